from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.packs.documents.markers import chinese_number, chinese_numeral, marker_of


@given(st.integers(1, 9999))
def test_numerals_there_and_back(number: int) -> None:
    assert chinese_number(chinese_numeral(number)) == number


@pytest.mark.parametrize(
    ("line", "segment", "rest"),
    [
        ("一、甲", "s1", "甲"),
        ("二十六、甲", "s26", "甲"),
        ("（三）甲", "c3", "甲"),
        ("( 十 二 )甲", None, ""),
        ("（ 十二 ）甲", "c12", "甲"),
        ("３．甲", "n3", "甲"),
        ("14. 甲", "n14", "甲"),
        ("1、甲", "n1", "甲"),
        ("（4）甲", "i4", "甲"),
        ("4）甲", "i4", "甲"),
        ("②甲", "o2", "甲"),
        ("第三章　总则", "ch3", "总则"),
        ("第一节 甲", "sec1", "甲"),
        ("第 一百二十 条　甲", "art120", "甲"),
        ("第二十条之一　甲", "art20-1", "甲"),
        ("第12条 甲", "art12", "甲"),
        ("专栏５　甲", "box5", "甲"),
        ("附件2", "annex2", ""),
        ("附 件", "annex1", ""),
    ],
)
def test_numbers_at_the_start_of_a_line(line: str, segment: str | None, rest: str) -> None:
    found = marker_of(line)
    assert (found.segment if found else None) == segment
    if found:
        assert line[found.after :] == rest


@pytest.mark.parametrize(
    "line",
    ["3.5万吨", "2025年底前", "1200立方米", "1、2号机组", "一、二、三类", "第六条的规定", "第六条第二款", "第六条、第七条", "第三章程", "第一节能源",
     "附件：1.甲", "附件2所列", "（试行）", "一般项目", "十十、甲", "(含县城)"],
)  # fmt: skip
def test_what_looks_like_one(line: str) -> None:
    assert marker_of(line) is None
