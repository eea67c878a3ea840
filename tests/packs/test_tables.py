"""Dated tables: what is wrong with one is told at its line; the air tables are whole."""

from __future__ import annotations

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.packs.book import default_packs
from greenrule.packs.instruments import load_instruments
from greenrule.packs.tables import load_tables

GOOD = """\
tables:
  t:
    label: 表
    keys: [a]
    columns: [a, b]
    editions:
      - {from: 2012-01-01, to: 2025-12-31, cite: gb-3095-2012, rows: [[x, 1], [y, "-"]]}
      - {from: 2026-01-01, cite: gb-3095-2026, rows: [[x, 2.5], [y, 3]]}
"""


def load(folder: Path, text: str) -> dict:
    path = folder / "parameters" / "more" / "t.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_tables([folder], load_instruments(default_packs()))


def codes(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputFault) as caught:
        load(folder, text)
    assert all(fault.place and fault.place.line and fault.help for fault in caught.value.faults)
    return [fault.code for fault in caught.value.faults]


def test_a_table_holds_by_its_days(tmp_path: Path) -> None:
    table = load(tmp_path, GOOD)["t"]
    old, new = table.on(date(2025, 12, 31)), table.on(date(2026, 1, 1))
    assert table.on(date(2011, 1, 1)) is None
    assert (old.rows[1]["b"].number([]), new.rows[0]["b"].number([])) == (None, Fraction(5, 2))
    assert table.cites == ("gb-3095-2012", "gb-3095-2026")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("[x, 1]", "[x, 1, 2]", "A001"),
        ('[y, "-"]', '[x, "-"]', "A002"),
        ("cite: gb-3095-2012,", "cite: gb-3095-2012, sure: false,", "A003"),
        ("to: 2025-12-31", "to: 2026-01-01", "A004"),
        ("keys: [a]", "keys: [c]", "A005"),
        ("cite: gb-3095-2026", "cite: gb-3095-2027", "P023"),
        ("label:", "lable:", "P010"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, before: str, after: str, code: str) -> None:
    assert before in GOOD
    assert code in codes(tmp_path, GOOD.replace(before, after, 1))


def test_the_limits_of_three_editions() -> None:
    editions = load_editions()
    assert editions.names == ("2012", "2026", "2031")
    limits = [
        (item.limit("pm25", "year"), item.limit("pm25", "day"), item.limit("pm10", "day"), item.limit("no2", "year"))
        for item in editions.items
    ]
    assert limits == [(35, 75, 150, 40), (30, 60, 120, 40), (25, 50, 100, 30)]
    assert editions.items[0].limit("co", "day") == 4
    assert editions.items[0].limit("co", "year") is None
    assert editions.items[2].limit("pm25", "year", zone=1) == 10
    on = [editions.on(day) for day in (date(2012, 2, 28), date(2026, 2, 28), date(2026, 3, 1), date(2031, 1, 1))]
    assert [item and item.id for item in on] == [None, "2012", "2026", "2031"]
    assert [item.id for item in editions.governing(date(2026, 1, 1), date(2026, 12, 31))] == ["2012", "2026"]


def test_what_is_not_sure_says_so() -> None:
    for item in load_editions().items:
        assert item.doubts
        assert "hj-633-2012" in item.sources or "hj-633-2026" in item.sources
    assert not any("非官方" in doubt for item in load_editions().items for doubt in item.doubts)


@pytest.mark.parametrize(
    ("file", "before", "after", "code"),
    [
        ("index.yaml", "[150, 475,", "[150, 45,", "A006"),
        ("index.yaml", "[day, so2, so2_day]", "[day, so2, so2_dya]", "A008"),
        ("evaluation.yaml", "air_validity.day_hours:", "air_validity.day_hour:", "A006"),
        ("evaluation.yaml", "[so2, μg/m3, 0, 0]", "[so2, μg/m3, none, 0]", "A007"),
        ("editions.yaml", "air.editions:", "air.edition:", "A006"),
    ],
)
def test_an_incomplete_pack_is_told(tmp_path: Path, file: str, before: str, after: str, code: str) -> None:
    folder = tmp_path / "cn"
    shutil.copytree(default_packs()[0] / "parameters" / "air", folder / "parameters" / "air")
    path = folder / "parameters" / "air" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        load_editions([folder])
    assert code in {fault.code for fault in caught.value.faults}
