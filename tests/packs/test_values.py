"""Values as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from greenrule.core.units import Quantity
from greenrule.packs.book import load_book
from greenrule.packs.values import find_fact, read_facts_given


@pytest.fixture
def book(pack):
    """The small rulebook."""
    return load_book([pack]).book


def test_words_labels_and_units_are_understood(book):
    """Chinese labels, yes and no, quantities in any fitting unit, names for codes."""
    faults: list = []
    given = {"生产能力": "106 万吨/年", "near": "是", "建设性质": "新建", "industry": "炼焦"}
    found = read_facts_given(book, given, None, faults)

    assert not faults
    assert found == {
        "capacity": Quantity(Fraction(106), "万吨/年"),
        "near": True,
        "nature": "new",
        "industry": frozenset({"2521"}),
    }


def test_a_family_name_finds_its_member_by_dimension(book):
    """`capacity: 5 兆瓦` is power."""
    assert find_fact(book, "capacity", "5 兆瓦").id == "capacity.power"
    assert find_fact(book, "capacity", "5 万吨/年").id == "capacity"


def test_unknown_stays_unknown(book):
    """`?`, 不清楚 and nothing are all the same answer."""
    assert read_facts_given(book, {"near": "?", "capacity": "未知", "nature": None}, None, []) == {
        "near": None,
        "capacity": None,
        "nature": None,
    }


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("near", "大概", "J021 `邻近` 应填 是 或 否，却是 `大概`"),
        ("added", "90", "J024 `新增能力` 缺少单位"),
        ("added", "90 公里", "J025 `新增能力` 的单位应与 `吨/年` 同类，`公里` 量纲不符"),
        ("added", "很多", "J023 `新增能力` 的值 `很多` 不是“数值 单位”的写法"),
        ("nature", "重建", "J027 `建设性质` 没有取值 `重建`"),
        ("neer", "是", "J020 没有名为 `neer` 的事实"),
    ],
)
def test_what_cannot_be_read_is_named(book, name, raw, said):
    """Nothing is guessed."""
    faults: list = []
    read_facts_given(book, {name: raw}, None, faults)

    assert [str(fault).splitlines()[0] for fault in faults] == [said]
