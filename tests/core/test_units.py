"""Units as Chinese policy writes them, exact."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.units import COUNTS, Quantity, UnitError, compute, factor, number_text

MASSES = ("克", "千克", "吨", "万吨", "亿吨", "kg", "t", "毫克")


@given(
    value=st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=1000),
    one=st.sampled_from(MASSES),
    other=st.sampled_from(MASSES),
)
def test_conversion_there_and_back_is_the_identity(value, one, other):
    """Exactly, not nearly."""
    quantity = Quantity(value, one)

    assert quantity.to(other).to(one) == quantity
    assert quantity.to(other).base == quantity.base


@pytest.mark.parametrize(
    ("text", "base"),
    [("106 万吨/年", 1_060_000_000), ("5 亿立方米/年", 500_000_000), ("6000 千瓦", 6_000_000), ("30万千瓦", 300_000_000), ("10 %", Fraction(1, 10)),
     ("1,000 t/a", 1_000_000), ("3 亩", 2000), ("0.5 公里", 500), ("1.5万头", 15_000)],
)  # fmt: skip
def test_the_ways_people_write_quantities(text, base):
    """Chinese multipliers, Latin symbols, thousands separators."""
    assert Quantity.parse(text).base == base


def test_a_year_is_a_reporting_period_not_hours():
    """吨/年 and 吨/小时 are not comparable; neither are 蒸吨 and 吨, nor 头 and 户."""
    assert len({factor(unit)[0] for unit in ("吨/年", "吨/小时", "蒸吨/小时", "吨/月")}) == 4
    assert len({factor(unit)[0] for unit in COUNTS}) == len(COUNTS)
    assert factor("吨/日")[0] == factor("吨/小时")[0]


@pytest.mark.parametrize("text", ["很多", "", "90 万顿", "90 吨/牛", "吨"])
def test_what_is_not_a_quantity(text):
    """A clear error, never zero."""
    with pytest.raises(UnitError):
        Quantity.parse(text)


def test_different_dimensions_do_not_convert():
    """Length is not mass."""
    with pytest.raises(UnitError, match="量纲不同"):
        Quantity.parse("3 公里").to("吨")


def test_numbers_are_written_without_noise():
    """Exact decimals where there are."""
    assert [number_text(Fraction(x)) for x in ("3", "6.25", "0.1")] == ["3", "6.25", "0.1"]


def test_the_prepared_table_is_what_pint_says():
    """Every entry recomputed; the table is not empty."""
    from greenrule.core.units import _table, compute

    table = _table()
    assert len(table) > 100
    assert {unit: compute(unit) for unit in table} == table


@pytest.mark.parametrize("number", ["克", "毫克", "吨", "万吨", "亩", "立方米", "千瓦时"])
@pytest.mark.parametrize("per", ["日", "小时", "秒", "亩", "立方米", "吨"])
def test_a_unit_of_several_is_the_exact_fraction_of_them(number: str, per: str) -> None:
    assert compute(f"{number}/{per}")[1] == compute(number)[1] / compute(per)[1]
    assert compute("克/日")[1] == Fraction(1, 86_400_000)
