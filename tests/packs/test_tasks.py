from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.packs.instruments import load_instruments
from greenrule.packs.places import load_places
from greenrule.packs.tasks import Deadline, Task, load_tasks

SOUND = (
    "tasks:\n  t-1:\n    title: 甲\n    cites: 'x-1#1'\n    mode: shared\n    departments: [某厅, 某局]\n    open_ended: true\n"
    "    deadlines: [{by: 2025-12-31, what: 乙}, {by: 2024-10-31, what: 丙}]\n    output: 丁\n    places: [全省]\n"
    "    strength: mandatory\n"
)


def read(pack: Path, text: str, name: str = "a.yaml") -> dict[str, Task]:
    """The tasks of a tiny pack with one file of tasks."""
    path = pack / "tasks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_tasks([pack], load_instruments([pack]), load_places([pack]))


def faults(pack: Path, text: str) -> list[tuple[str, int | None]]:
    """Codes and lines of what is wrong."""
    with pytest.raises(InputFault) as caught:
        read(pack, text)
    return [(fault.code, fault.place.line if fault.place else None) for fault in caught.value.faults]


def test_a_task_reads_as_it_is_written(pack: Path) -> None:
    task = read(pack, SOUND)["t-1"]
    assert (task.title, task.cites, task.everyone, task.open_ended) == ("甲", ("x-1#1",), ("某厅", "某局"), True)
    assert task.deadlines == (Deadline(date(2024, 10, 31), "丙"), Deadline(date(2025, 12, 31), "乙"))
    assert task.to_json()["deadline"] == "2024-10-31"


def test_no_date_stays_no_date(pack: Path) -> None:
    text = SOUND.replace("[{by: 2025-12-31, what: 乙}, {by: 2024-10-31, what: 丙}]", "[]")
    task = read(pack, text)["t-1"]
    assert task.deadline is None
    assert task.to_json()["deadline"] is None


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("x-1#1", "x-1#9", "P024", 4),
        ("x-1#1", "y-1#1", "P023", 4),
        ("[全省]", "[火星]", "P081", 10),
        ("mode: shared", "mode: sole", "P082", 3),
        ("mode: shared", "mode: lead", "P082", 3),
        ("mode: shared", "mode: shered", "P013", 5),
        ("    departments: [某厅, 某局]\n", "", "P082", 3),
        ("    departments:", "    lead: [某厅]\n    departments:", "P082", 3),
        ("2024-10-31", "2024-02-30", "P007", 8),
        ("output", "outptu", "P010", 9),
    ],
)
def test_a_slip_is_shown_at_its_line(pack: Path, old: str, new: str, code: str, line: int) -> None:
    assert old in SOUND
    assert (code, line) in faults(pack, SOUND.replace(old, new, 1))


def test_everything_is_told_at_once(pack: Path) -> None:
    text = SOUND.replace("x-1#1", "x-1#9").replace("[全省]", "[火星]").replace("mode: shared", "mode: sole")
    assert {code for code, _ in faults(pack, text)} == {"P024", "P081", "P082"}


def test_an_id_belongs_to_one_file(pack: Path) -> None:
    read(pack, SOUND)
    with pytest.raises(InputFault, match="P080"):
        read(pack, SOUND, "b.yaml")


@given(st.lists(st.dates(min_value=date(2000, 1, 1)), max_size=5))
def test_the_deadline_is_the_first_of_its_dates(days: list[date]) -> None:
    dated = tuple(Deadline(day, "乙") for day in days)
    task = Task("t", "甲", (), "unstated", (), (), False, dated, "丁", (), "mandatory")
    assert task.deadline == (sorted(days)[0] if days else None)
