"""Trends: exact on lines, blind to seasons and outliers, unsure where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.quality.trend import sen_slope, trend

STEPS = np.arange(60)
SEASON = 30 * np.cos(2 * np.pi * STEPS / 12)


@given(st.floats(-5, 5), st.floats(0, 100))
def test_a_line_has_its_slope(slope, offset):
    assert sen_slope(offset + slope * STEPS) == pytest.approx(slope, abs=1e-9)


@given(st.lists(st.floats(-50, 50), min_size=3, max_size=25))
def test_the_slope_is_that_of_all_pairs(values):
    pairs = [(values[j] - values[i]) / (j - i) for i in range(len(values)) for j in range(i + 1, len(values))]
    assert sen_slope(np.array(values)) == pytest.approx(float(np.median(pairs)), abs=1e-9)


def test_a_season_is_no_trend():
    # Removing the monthly means of a pure season leaves nothing.
    found = trend(80 + SEASON)
    assert found.slope == pytest.approx(0, abs=1e-9)


def test_a_fall_under_a_season_and_noise_is_found():
    noise = np.random.default_rng(5).normal(0, 4, 60)
    found = trend(100 - 0.5 * STEPS + SEASON + noise)
    assert found.low < found.slope < found.high
    assert found.low <= -6 <= found.high
    assert found.significant


def test_noise_alone_is_not_significant():
    quiet = [trend(80 + np.random.default_rng(seed).normal(0, 10, 60)).significant for seed in range(10)]
    assert sum(quiet) <= 3


def test_gaps_are_left_out_and_two_years_are_needed():
    values = 100 - 0.5 * STEPS
    values[7:12] = np.nan
    assert trend(values).slope == pytest.approx(-6, abs=1.0)
    assert trend(values[:20]) is None
