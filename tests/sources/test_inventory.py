"""Inventories are exact: products, sums, differences of years, shares; a missing number is never 0."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.sources.inventory import (
    Activity,
    Control,
    Estimate,
    Factor,
    Inventory,
    Origin,
    mass_scale,
    overlapping,
    take_stock,
    totals,
)
from greenrule.sources.inventory_change import PARTS, compared
from greenrule.sources.inventory_range import Draws, spread
from greenrule.sources.shares import apportioned, balanced

PARENTS = {"a": None, "a.b": "a", "c": None}
HERE = Origin("演示")


def exact(text: str, low: str | None = None, high: str | None = None) -> Estimate:
    return Estimate(Fraction(text), *(None if side is None else Fraction(side) for side in (low, high)))


def activity(amount: str = "2", unit: str = "万吨", **more) -> Activity:
    given_ = {"category": "a.b", "county": "甲", "year": 2024} | more
    return Activity(amount=exact(amount), unit=unit, origin=HERE, **given_)


def a_factor(value: str = "3", unit: str = "kg/t", category: str = "a", pollutant: str = "SO2", **more) -> Factor:
    return Factor(category, pollutant, more.pop("amount", None) or exact(value), unit, HERE, **more)


def stock(*activities: Activity, factors=(), controls=(), pollutants=("SO2",)) -> Inventory:
    return take_stock(activities, factors, controls, PARENTS, pollutants)


def test_activity_times_factor_times_what_passes() -> None:
    """2 × 10⁴ t × 3 kg/t × (1 − 0.9)(1 − 0.5) = 3 t."""
    controls = [Control("袋", "SO2", exact("0.9"), HERE), Control("塔", "SO2", exact("0.5"), HERE)]
    line = stock(activity(controls=("袋", "塔")), factors=[a_factor()], controls=controls).lines[0]

    assert line.grams == 3_000_000
    assert line.left == Fraction(1, 20)


@pytest.mark.parametrize(
    ("amount", "per", "scale"),
    [
        ("吨", "kg/t", 1000), ("万吨/年", "kg/t", 10**7), ("立方米", "g/m3", 1), ("万立方米/年", "mg/m³", 10), ("辆", "kg/辆", 1000),
        ("头", "公斤/头/年", 1000), ("公顷", "kg/公顷", 1000), ("t", "%", 10**4), ("辆", "kg/t", None), ("吨/小时", "kg/t", None), ("吨", "千瓦", None),
    ],
)  # fmt: skip
def test_units_must_give_a_mass(amount: str, per: str, scale: int | None) -> None:
    assert mass_scale(amount, per) == scale


def test_what_is_missing_is_named_and_never_nought() -> None:
    """No factor, no efficiency, no word about controls, units that do not fit."""
    found = stock(
        activity(category="c"), activity(controls=("袋",)), activity(controls=None), activity(unit="辆"), activity(),
        factors=[a_factor()],
    )  # fmt: skip

    assert [[item.kind for item in line.missing] for line in found.lines] == [
        ["factor"],
        ["control"],
        ["control"],
        ["unit"],
        [],
    ]
    assert [line.grams is None for line in found.lines] == [True] * 4 + [False]
    total = totals(found, lambda line: line.pollutant)["SO2"]
    assert (total.grams, total.known, len(total.unknown)) == (60_000_000, 1, 4)


def test_the_nearest_factor_counts_in_its_years_for_its_thing() -> None:
    near = a_factor("5", category="a.b", first=2025)
    far = a_factor("3", category="a", last=2025)
    coal = a_factor("7", category="a", what="煤")
    found = stock(activity(year=2024), activity(year=2025), activity(year=2026), activity(year=2024, what="煤"), activity(year=2024, what="气"),
                  factors=[near, far, coal])  # fmt: skip

    assert [line.factor for line in found.lines] == [far, near, near, coal, far]


def test_factors_that_hold_in_one_year_are_found() -> None:
    one, two, three = a_factor(last=2023), a_factor(first=2024), a_factor(first=2020, last=2022)

    assert overlapping([one, two]) == []
    assert overlapping([one, two, three]) == [(one, three)]


numbers = st.fractions(min_value=0, max_value=1000, max_denominator=997)
shares = st.fractions(min_value=0, max_value=1, max_denominator=97)


@st.composite
def inventories(draw) -> Inventory:
    """Two years, up to five sources, changing activities, factors and controls; sources come and go."""
    activities, factors, controls = [], [], []
    for year in (2023, 2024):
        factors.append(a_factor(amount=Estimate(draw(numbers)), first=year, last=year))
        for at in range(draw(st.integers(0, 5))):
            name = f"{year}-{at}"
            activities.append(
                Activity(
                    "a.b",
                    draw(st.sampled_from("甲乙")),
                    year,
                    Estimate(draw(numbers)),
                    draw(st.sampled_from(("吨", "万吨"))),
                    HERE,
                    str(at),
                    "",
                    (name,),
                )
            )
            controls.append(Control(name, "SO2", Estimate(draw(shares)), HERE))
    return stock(*activities, factors=factors, controls=controls)


@given(inventories())
def test_sums_balance_exactly_whatever_they_are_summed_by(found: Inventory) -> None:
    whole = sum((line.grams for line in found.lines if line.grams is not None), Fraction(0))
    for by in (lambda line: line.activity.county, lambda line: line.activity.year, lambda line: line.activity.name):
        assert sum((total.grams for total in totals(found, by).values()), Fraction(0)) == whole


@given(inventories())
def test_the_parts_of_a_change_add_up_exactly(found: Inventory) -> None:
    changes = compared(found, 2023, 2024, lambda line: line.activity.county)
    by_year = totals(found, lambda line: line.activity.year)
    whole = sum((change.whole for change in changes.values()), Fraction(0))

    for change in changes.values():
        assert sum((getattr(change, part) for part in PARTS), Fraction(0)) == change.whole
    assert whole == sum(total.grams * (1 if year == 2024 else -1) for year, total in by_year.items())


@given(inventories())
def test_a_change_back_is_the_change_turned_round(found: Inventory) -> None:
    there = compared(found, 2023, 2024, lambda line: line.pollutant)
    back = compared(found, 2024, 2023, lambda line: line.pollutant)

    for key, change in there.items():
        assert [getattr(change, part) for part in ("activity", "factor", "control")] == [
            -getattr(back[key], part) for part in ("activity", "factor", "control")
        ]
        assert change.new == -back[key].gone


def test_only_what_changed_is_named() -> None:
    """The same activity and control under a doubled factor: all of the change is the factor's; units may differ."""
    found = stock(
        activity("2", "万吨", year=2023), activity("20000", "吨", year=2024),
        factors=[a_factor("3", last=2023), a_factor("6", first=2024)],
    )  # fmt: skip
    change = compared(found, 2023, 2024, lambda line: line.pollutant)["SO2"]

    assert (change.factor, change.activity, change.control) == (60_000_000, 0, 0)


def test_unknown_lines_are_left_out_of_both_years() -> None:
    found = stock(activity(year=2023), activity(year=2024, controls=None), factors=[a_factor()])
    change = compared(found, 2023, 2024, lambda line: line.pollutant)["SO2"]

    assert (change.unknown, change.before, change.after) == (1, 0, 0)


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any))
def test_shares_lose_nothing(total: int, weights: list[int]) -> None:
    parts = apportioned(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(st.lists(numbers, min_size=1, max_size=30))
def test_a_printed_column_adds_up_to_its_printed_total(parts: list[Fraction]) -> None:
    printed = balanced(parts)

    assert sum(printed) == round(sum(parts, Fraction(0)))
    assert all(abs(one - other) < 1 for one, other in zip(printed, parts, strict=True))


def test_shares_need_a_weight() -> None:
    with pytest.raises(ValueError, match="above 0"):
        apportioned(5, [0, 0])


def ranged(amount: Estimate, factor_: Estimate, share: Estimate | None = None, count: int = 1) -> list:
    controls = [Control("袋", "SO2", share, HERE)] if share is not None else []
    activities = [
        Activity("a", "甲", 2024, amount, "吨", HERE, str(at), "", ("袋",) if controls else ()) for at in range(count)
    ]
    return stock(*activities, factors=[Factor("a", "SO2", factor_, "g/t", HERE)], controls=controls).lines


def test_exact_bounds_are_the_worst_ends() -> None:
    found = spread(ranged(exact("10", "8", "12"), exact("5", "4", "7"), exact("0.9", "0.8", "0.95")), Draws(100))

    assert found.low == 8 * 4 * Fraction("0.05")
    assert found.high == 12 * 7 * Fraction("0.2")


def test_the_middle_95_per_cent_of_one_number_is_its_range() -> None:
    found = spread(ranged(exact("10"), exact("5", "2", "20")), Draws(200_000))

    assert found.middle == pytest.approx((20, 50, 200), rel=0.03)
    assert found.unstated == ("活动水平 2024 a 甲 0 ",)


def test_a_shared_factor_does_not_average_out() -> None:
    """A hundred sources under one factor are as unsure as one; a hundred independent activities are surer."""
    shared = spread(ranged(exact("10"), exact("5", "2.5", "10"), count=100), Draws(20_000))
    own = spread(ranged(exact("10", "5", "20"), exact("5"), count=100), Draws(20_000))

    assert shared.middle[2] / shared.middle[1] == pytest.approx(2, rel=0.05)
    assert own.middle[2] / own.middle[1] < 1.12


def test_draws_are_the_same_whatever_stands_beside_them() -> None:
    lines = ranged(exact("10", "5", "20"), exact("5", "3", "9"), count=3)
    one, both = Draws(500), Draws(500)
    spread(lines, both)

    assert spread(lines[1:2], one) == spread(lines[1:2], both)
    assert spread(lines, Draws(500)) == spread(lines, Draws(500))
    assert spread(lines, Draws(500, seed=1)) != spread(lines, Draws(500, seed=2))


def test_no_more_passes_than_comes() -> None:
    drawn = Draws(5000).ratios("x", exact("0.5", "0.01", "0.9"), share=True)

    assert drawn is not None
    assert drawn.max() * 0.5 <= 1 + 1e-12
    assert np.quantile(drawn, 0.025) * 0.5 == pytest.approx(0.1, rel=0.1)
