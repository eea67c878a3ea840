from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.packs.industries import Industries, likeness

PACK = Path(__file__).parents[2] / "packs" / "cn"
TABLE = Industries.load(PACK / "vocab")
CODES = sorted(TABLE.rows)
SOURCE = Path(__file__).parents[3] / "shared" / "data" / "gbt4754_2017_amendment1.csv"


def outcome(text: str) -> str:
    try:
        return TABLE.read(text)
    except InputFault as error:
        return "、".join(fault.code for fault in error.faults)


def test_counts_of_the_standard() -> None:
    assert Counter(row.level for row in TABLE) == {"section": 20, "division": 97, "group": 473, "class": 1382}
    assert "".join(TABLE.children(None)) == "ABCDEFGHIJKLMNOPQRST"


def test_agrees_with_the_public_table() -> None:
    if not SOURCE.exists():
        pytest.skip(f"no {SOURCE.name} beside the repository")
    with SOURCE.open(encoding="utf-8-sig", newline="") as file:
        source = {
            row[f"{row['level']}_code"]: row[f"{row['level']}_name"].translate(str.maketrans("()", "（）"))
            for row in csv.DictReader(file)
        }
    assert {row.code: row.name for row in TABLE if row.level != "section"} == source


def test_tree() -> None:
    assert TABLE.ancestors("2521") == ("252", "25", "C")
    assert TABLE.parent("C") is None
    assert TABLE.children("252") == ("2521", "2522", "2523", "2524", "2529")
    assert TABLE.classes("06") == ("0610", "0620", "0690")
    assert TABLE.is_under("0610", "06")
    assert TABLE.is_under("0610", "B")
    assert not TABLE.is_under("25", "2521")
    with pytest.raises(KeyError):
        TABLE.is_under("2521", "26XX")


@given(st.sampled_from(CODES))
def test_every_code_lies_under_its_ancestors_and_reads_back(code: str) -> None:
    assert TABLE.read(code) == code
    assert all(TABLE.is_under(code, above) for above in TABLE.ancestors(code))
    assert TABLE.ancestors(code)[-1:] == ((TABLE[code].section,) if len(code) > 1 else ())
    assert set(TABLE.classes(code)) == {c for c in CODES if len(c) == 4 and TABLE.is_under(c, code)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2521", "2521"),
        ("C2521", "2521"),
        ("c2521", "2521"),
        ("２５２１", "2521"),
        (" 25 ", "25"),
        ("C", "C"),
        ("2521 炼焦", "2521"),
        ("2521-焦化厂", "2521"),
        ("炼焦", "2521"),
        ("炼铁", "3110"),
        ("煤炭加工", "252"),
        ("焦化厂", "2521"),
        ("焦化项目", "2521"),
        ("洗煤厂", "0610"),
        ("光伏电站", "4416"),
        ("风电场", "4415"),
        ("铸造厂", "3391"),
        ("法兰", "3393"),
        ("耐火砖", "3089"),
        ("陶瓷", "307"),
        ("玻璃器皿", "3054"),
        ("白酒", "1512"),
        ("醋", "1462"),
        ("养猪场", "0313"),
        ("污水处理厂", "4620"),
        ("垃圾焚烧发电", "4417"),
        ("数据中心", "6450"),
        ("加油站", "5265"),
        ("制氢", "2619"),
        ("皮箱、包(袋)制造", "1922"),
    ],
)
def test_what_people_write(text: str, code: str) -> None:
    assert TABLE.read(text) == code


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("2525", "P068", "2521 炼焦"),
        ("9", "P068", "90 娱乐业"),
        ("25211", "P068", "2521 炼焦"),
        ("焦化长", "P068", "2521 炼焦"),
        ("某焦化项目", "P068", "2521 炼焦"),
        ("", "P068", "GB/T 4754"),
        ("B2521", "P069", "C2521"),
        ("2521 炼铁", "P069", "核对"),
        ("钢铁厂", "P069", "3110 炼铁"),
        ("燃气生产和供应业", "P069", "451"),
    ],
)
def test_what_is_not_certain_is_a_fault_with_a_suggestion(text: str, code: str, said: str) -> None:
    with pytest.raises(InputFault) as caught:
        TABLE.read(text)
    (fault,) = caught.value.faults
    assert fault.code == code
    assert said in (fault.help or "")


def test_find_ranks() -> None:
    assert TABLE.find("炼焦")[0].code == "2521"
    assert TABLE.find("252")[0].how == "code"
    assert {match.code for match in TABLE.find("252")[1:6]} == set(TABLE.children("252"))
    assert TABLE.find("某焦化项目")[0].code == "2521"
    assert TABLE.find("光付电站")[0].code == "4416"
    assert TABLE.find("") == []
    assert len(TABLE.find("制造", limit=7)) == 7


@settings(max_examples=40)
@given(st.text("煤焦水泥电厂制造加工0123456789 C", max_size=8))
def test_find_is_ordered_without_repeats_and_read_agrees(text: str) -> None:
    found = TABLE.find(text, limit=20)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert len({match.code for match in found}) == len(found)
    assert all(0 < match.score <= 1 for match in found)
    assert outcome(text) in {*TABLE.rows, "P068", "P069"}


@given(st.text("煤焦水泥", max_size=6), st.text("煤焦水泥", max_size=6))
def test_likeness_is_symmetric_and_one_only_of_the_same_pieces(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == (1.0 if one else 0.0)


def test_a_synonym_of_no_code_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "gbt4754.csv").write_text("code,name,level,parent,section\nA,农业,section,,A\n", encoding="utf-8")
    (tmp_path / "industry_synonyms.csv").write_text("name,code,note\n种地,01,\n", encoding="utf-8")
    with pytest.raises(InputFault, match=r"P067 .*industry_synonyms\.csv:2"):
        Industries.load(tmp_path)
    (tmp_path / "gbt4754.csv").write_text("code,name,level,parent,section\n01,农业,division,A,A\n", encoding="utf-8")
    with pytest.raises(InputFault, match=r"P067 .*gbt4754\.csv:2"):
        Industries.load(tmp_path)
