from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.book import load_book
from greenrule.packs.coverage import Coverage, load_coverage

TASK = "tasks:\n  t-1: {title: 甲, cites: 'x-1#2', mode: unstated, deadlines: [], output: 乙, places: [全省], strength: promote}\n"
TARGET = "targets:\n  g-1: {indicator: 甲, places: [全省], operator: done, kind: binding, cites: 'x-1#2'}\n"
SOUND = (
    "registers:\n  book-a: {name: 某台账, area: air}\nclauses:\n  x-1:\n    '1': {rules: [x-a], registers: [book-a]}\n"
    "    '2': {tasks: [t-1], targets: [g-1]}\n    '3': {reason: 只有标题}\n"
)


@pytest.fixture
def three(pack: Path) -> Path:
    """The tiny pack with three clauses, a task and a target."""
    path = pack / "instruments" / "x-1.yaml"
    more = "  - {id: '2', label: 第2条, heading: 乙}\n  - {id: '3', label: 第3条, heading: 丙}\n"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    for name, text in (("tasks", TASK), ("targets", TARGET)):
        (pack / name).mkdir()
        (pack / name / "a.yaml").write_text(text, encoding="utf-8")
    return pack


def read(pack: Path, text: str) -> Coverage:
    """The coverage of a pack with this `coverage.yaml`."""
    (pack / "coverage.yaml").write_text(text, encoding="utf-8")
    return load_coverage(load_book([pack]))


def codes(pack: Path, text: str) -> list[str]:
    """Codes of what is wrong."""
    with pytest.raises(InputFault) as caught:
        read(pack, text)
    return [fault.code for fault in caught.value.faults]


def test_every_clause_and_what_carries_it(three: Path) -> None:
    coverage = read(three, SOUND)
    assert coverage.unmapped == ()
    assert [entry.mapped for entry in coverage] == [True, True, True]
    assert coverage.table(load_book([three])) == [
        {"instrument": "x-1", "clauses": 3, "rules": 1, "tasks": 1, "targets": 1, "conflicts": 0, "registers": 1,
         "reason": 1, "unmapped": 0}
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", [SOUND.replace("    '3': {reason: 只有标题}\n", ""), SOUND.replace("{reason: 只有标题}", "{}")]
)
def test_a_clause_left_out_is_named_with_its_place(three: Path, text: str) -> None:
    coverage = read(three, text)
    assert [fault.code for fault in coverage.unmapped] == ["P090"]
    assert "x-1#3（第3条 丙）" in coverage.unmapped[0].message
    assert coverage.unmapped[0].place is not None
    assert coverage.table(load_book([three]))[0]["unmapped"] == 1


def test_an_instrument_left_out_is_all_unmapped(three: Path) -> None:
    for name in ("tasks", "targets"):
        (three / name / "a.yaml").unlink()
    with pytest.raises(InputFault, match="P088"):
        read(three, "clauses: {}\n")
    (three / "rules" / "x.rules").write_text("", encoding="utf-8")
    assert len(read(three, "clauses: {}\n").unmapped) == 3


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("'3':", "'4':", ["P086"]),
        ("  x-1:", "  y-1:", ["P086", "P088", "P088", "P088", "P089"]),
        ("[book-a]", "[book-a, book-b]", ["P087"]),
        ("rules: [x-a]", "rules: [x-a, x-b]", ["P087"]),
        ("rules: [x-a], ", "", ["P088"]),
        ("tasks: [t-1], ", "", ["P088"]),
        (", targets: [g-1]", "", ["P088"]),
        (", registers: [book-a]", "", ["P089"]),
        ("targets: [g-1]", "targets: [g-1], reason: 只有标题", ["P091"]),
        ("area: air", "area: sky", ["P013"]),
    ],
)
def test_a_slip_is_named(three: Path, old: str, new: str, found: list[str]) -> None:
    assert old in SOUND
    assert codes(three, SOUND.replace(old, new, 1)) == found


def test_a_conflict_that_does_not_exist(three: Path) -> None:
    assert codes(three, SOUND.replace("rules: [x-a]", "rules: [x-a], conflicts: [c-1]")) == ["P087"]


def test_faults_of_tasks_and_targets_come_together(three: Path) -> None:
    (three / "tasks" / "a.yaml").write_text(TASK.replace("全省", "火星"), encoding="utf-8")
    (three / "targets" / "a.yaml").write_text(TARGET.replace("x-1#2", "x-1#9"), encoding="utf-8")
    assert codes(three, SOUND) == ["P081", "P024"]
