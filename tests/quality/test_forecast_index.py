"""The index of a foretold day is that of an observed one; probabilities are what the quantiles say, and never more."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.packs.air import load_editions
from greenrule.quality.editions import POLLUTANTS
from greenrule.quality.forecast_index import QUANTILES, Foretold
from greenrule.quality.index import evaluate

EDITIONS = load_editions()
OLD, NEW = (EDITIONS.on(date(year, 1, 1)) for year in (2020, 2027))
assert OLD is not None
assert NEW is not None


def spread(**amounts: list[float]) -> Foretold:
    """A day whose quantiles are given lowest first."""
    return Foretold({name: dict(zip(QUANTILES, values, strict=True)) for name, values in amounts.items()})


@given(st.lists(st.integers(0, 600), min_size=6, max_size=6))
def test_the_index_is_that_of_an_observed_day(values: list[int]) -> None:
    for edition in (OLD, NEW):
        told = {
            name: {"point": value / 10 ** edition.decimals[name]}
            for name, value in zip(POLLUTANTS, values, strict=True)
        }
        seen = evaluate(
            {name: np.array([value]) for name, value in zip(POLLUTANTS, values, strict=True)}, "day", edition
        )
        aqi, primary = Foretold(told).index(edition)
        assert (-1 if aqi is None else aqi, primary) == (seen.aqi[0], seen.primary[0])


def test_a_quantile_drives_where_it_is_there_and_the_forecast_elsewhere() -> None:
    day = Foretold({"pm25": {"point": 100.0, "high80": 160.4}, "pm10": {"point": 150.0}})
    assert day.index(OLD)[0] == 132
    assert day.index(OLD, "high80")[0] == 210  # 160: 200 + 100 * 10 / 100
    assert day.index(OLD, "low95")[0] == 132
    # Under the new edition an index of incomplete pollutants is published above 100 only.
    assert Foretold({"pm25": {"point": 30.0}}).index(NEW)[0] is None


def test_probabilities_lie_on_the_quantiles() -> None:
    # 2012: an index above 150 begins at 116 µg/m³, which is what 115.5 and more is reported as.
    day = spread(pm25=[80, 95, 105, 115.5, 130, 150, 200])
    assert day.chance(OLD, 150) == (0.5, 0.5)
    assert day.chance(OLD, 150, reach=True) == pytest.approx((0.5 + 0.25 / 10.5, 0.5 + 0.25 / 10.5))
    assert day.chance(OLD, 300) == (0, pytest.approx(0.025))
    assert day.chance(OLD, 50) == (pytest.approx(0.975), 1)
    both = spread(pm25=[80, 95, 105, 115.5, 130, 150, 200], pm10=[100, 120, 140, 160, 180, 250.5, 300])
    low, high = both.chance(OLD, 150) or (0, 0)
    assert (low, high) == (0.5, pytest.approx(0.6))  # PM10 above 150 begins at 251: one in ten
    assert Foretold({"pm25": {"point": 90.0}}).chance(OLD, 150) is None
    assert Foretold({}).chance(OLD, 150) is None


@given(st.lists(st.floats(0, 700), min_size=7, max_size=7), st.lists(st.floats(0, 700), min_size=7, max_size=7))
def test_a_higher_threshold_is_not_likelier(fine: list[float], coarse: list[float]) -> None:
    day = spread(pm25=sorted(fine), pm10=sorted(coarse))
    found = [day.chance(OLD, index) for index in (50, 100, 150, 200, 300)]
    for one, other in itertools.pairwise(found):
        assert one is not None
        assert other is not None
        assert 0 <= other[0] <= one[0] <= one[1] <= 1
        assert other[1] <= one[1] + 1e-12
