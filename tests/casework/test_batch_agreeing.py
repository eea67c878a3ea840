"""Rows that contradict themselves are set aside for what a project file would be refused for, and no others."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from random import Random

import pytest

from greenrule.casework.agreeing import contradictions
from greenrule.casework.batch import screen_table
from greenrule.casework.batch_agreeing import Agreement
from greenrule.casework.batch_clocks import Clocks
from greenrule.casework.batch_reading import Reading
from greenrule.casework.batch_tables import open_table
from greenrule.casework.planning import as_given
from greenrule.casework.screening import Screener
from greenrule.core.errors import InputFault
from greenrule.core.units import Quantity, number_text
from tests.casework.test_batch import DAY, one_by_one, written
from tests.cli.workspace import shared_law
from tests.cli.worlds import World


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(shared_law())


def _noisy(count: int, seed: int) -> list[dict[str, object]]:
    """Projects of which something is said at random: some of it contradicts the rest."""
    law, random = shared_law(), Random(seed)
    world, out = World(Screener(law)), []
    for number in range(count):
        share = random.choice((0.0, 0.1, 0.5))
        known = {
            name: value
            for name, value in world.described(random).items()
            if name in ("industry", "nature") or random.random() < share
        }
        for spec in law.book.facts.values():
            if spec.derive and spec.id not in known and random.random() < (0.02 if number % 2 else 0.005):
                if spec.kind.form == "truth":
                    known[spec.id] = random.random() < 0.5
                elif spec.kind.form == "quantity":
                    known[spec.id] = Quantity(Fraction(random.choice((0, 5))), spec.unit)
        out.append(known)
    return out


def _row(known: dict[str, object], number: int) -> dict[str, object]:
    row: dict[str, object] = {"项目名称": f"项目{number}", "日期": "2023-05-01" if number % 9 == 0 else DAY}
    for name, value in known.items():
        row[{"industry": "行业", "nature": "建设性质"}.get(name, name)] = _cell(value)
    return row


def _cell(value: object) -> str:
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    if isinstance(value, Fraction):
        return number_text(value)
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)


def _doubtful(projects, screener: Screener) -> dict[int, list[tuple[str, str]]]:
    """Contradictions by row; `place` is asked for the fact that each is about."""
    found: dict[int, list[tuple[str, str]]] = {}
    told: list[tuple[int, str]] = []

    def place(row, fact):
        told.append((row, fact))

    Agreement(Clocks(screener)).check(projects, place)
    facts = iter(told)
    for row, faults in projects.faulty.faults.items():
        found[row] = [(next(facts)[1], fault.message) for fault in faults]
    return found


def test_contradictions_are_those_of_single_projects(tmp_path, screener):
    """Random facts, two days: the same rows, the same facts, in the same words; none is passed over by the bit planes."""
    worlds = _noisy(160, seed=3)
    sheet = written(tmp_path / "表.csv", [_row(known, number) for number, known in enumerate(worlds)])
    table = open_table(sheet)
    reading = Reading.of(screener.law, table, None, ())
    (piece,) = (load() for load in table.pieces(10_000))
    projects = reading.projects(piece, tmp_path)
    assert not projects.faulty.faults
    found = _doubtful(projects, screener)
    expected = {}
    for row, known in enumerate(worlds):
        told = contradictions(screener.law, projects.days[projects.day_of[row]], known)
        if told:
            expected[row] = told
    assert {row: sorted(told) for row, told in found.items()} == {row: sorted(told) for row, told in expected.items()}
    assert 10 < len(found) < 150


def test_a_row_is_told_where_it_contradicts_itself(tmp_path, screener):
    """In the cell of the first fact, with both facts by name; the rows beside it are answered."""
    rows = [
        {"项目名称": "好", "日期": DAY, "行业": "2521", "emission.so2": "5 吨/年", "emission.to_air": "是"},
        {"项目名称": "矛盾", "日期": DAY, "行业": "2521", "emission.so2": "5 吨/年", "emission.to_air": "否"},
        {"项目名称": "不知道", "日期": DAY, "行业": "2521", "emission.so2": "5 吨/年", "emission.to_air": "未知"},
    ]
    summary = screen_table(written(tmp_path / "表.csv", rows), tmp_path / "结果.csv", screener)
    assert (summary.answered, summary.set_aside, dict(summary.codes)) == (2, 1, {"J032": 1})
    alone = one_by_one(rows[1], tmp_path, screener)
    assert isinstance(alone, InputFault)
    assert [(fault.code, fault.message, fault.help) for fault in summary.faults] == [
        (fault.code, fault.message, fault.help) for fault in alone.faults
    ]
    assert (summary.faults[0].place.line, summary.faults[0].place.column) == (3, "D")


def test_nothing_of_a_group_gives_way_to_what_follows(tmp_path, screener):
    """`均无` denies what is not stated, but not what follows from what is: as in a project file, fact by fact."""
    random = Random(8)
    groups = ("锅炉和小型燃煤设施", "furnace", "surface", "coal", "boiler；furnace")
    rows = [{**_row(known, number), "均无": random.choice(groups)} for number, known in enumerate(_noisy(60, seed=11))]
    own = (("small_coal.any", "boiler"), ("coal_unit.any", "coal"), ("fuel_gas_producer.any", "furnace"))
    start = {"日期": DAY, "行业": "2521", "建设性质": "新建"}
    rows += [{"项目名称": fact, **start, fact: "是", "均无": group} for fact, group in own]
    table = open_table(written(tmp_path / "表.csv", rows))
    reading = Reading.of(screener.law, table, None, ())
    (piece,) = (load() for load in table.pieces(10_000))
    projects = reading.projects(piece, tmp_path)
    before = [projects.columns.facts(row) for row in range(len(rows))]
    Agreement(Clocks(screener)).check(projects, lambda row, fact: reading.written_at(piece, row, fact))
    bad = set(projects.faulty.faults)
    given_way = 0
    for number, row in enumerate(rows):
        alone = one_by_one(row, tmp_path, screener)
        assert (number in bad) == isinstance(alone, InputFault), number
        if number not in bad:
            facts = as_given(screener.law.book, projects.columns.facts(number))
            assert facts == {name: value for name, value in alone.facts.items() if value is not None}, number
            given_way += projects.columns.facts(number) != before[number]
    assert given_way >= len(own)
    assert projects.days == sorted(
        {date.fromisoformat(str(row["日期"])) for row in rows} | set(projects.days), key=projects.days.index
    )
