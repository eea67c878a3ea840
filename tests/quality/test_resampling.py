"""Draws come from the same time of other years, in runs that happened, and are the same for the same seed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from greenrule.quality.resampling import draw

START = date(2021, 1, 1)
#: Every value says its day: years · 1000 + day of the year.
HISTORY = [(START + timedelta(days=n), float((START + timedelta(days=n)).toordinal())) for n in range(365 * 4)]
AHEAD = [date(2025, 11, 20) + timedelta(days=n) for n in range(30)]


def test_blocks_are_runs_of_days_near_their_own_time_of_the_year():
    found = draw(HISTORY, AHEAD, block=7, window=10, draws=200, seed=3)
    for row in found.days[:50]:
        for at in range(0, 30, 7):
            piece = row[at : at + 7]
            assert np.all(np.diff(piece) == 1)
            first = date.fromordinal(int(piece[0]))
            assert (
                abs((first.replace(year=2025) - AHEAD[at]).days) <= 10
                or abs((first - AHEAD[at].replace(year=first.year)).days) <= 10
            )


def test_the_seed_decides_and_the_factor_multiplies():
    one, two = (draw(HISTORY, AHEAD, 7, 10, 100, seed) for seed in (1, 1))
    assert np.array_equal(one.days, two.days)
    assert not np.array_equal(one.days, draw(HISTORY, AHEAD, 7, 10, 100, 2).days)
    assert np.allclose(draw(HISTORY, AHEAD, 7, 10, 100, 1, factor=2.0).days, 2 * one.days)


def test_the_share_rises_with_the_sum_and_is_one_at_the_top():
    found = draw(HISTORY, AHEAD, 7, 10, 500, 1)
    sums = sorted(found.days.sum(axis=1))
    shares = [found.share_within(most)[0] for most in (sums[0] - 1, sums[100], sums[-1])]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert found.share_within(sums[250])[1] == pytest.approx((0.25 / 500) ** 0.5, rel=0.05)


def test_a_time_of_the_year_that_was_never_measured_gives_nothing():
    summer = [(day, value) for day, value in HISTORY if day.month in (6, 7)]
    assert draw(summer, AHEAD, 7, 10, 10, 1) is None


def test_a_leap_day_has_a_time_of_the_year():
    assert draw(HISTORY, [date(2028, 2, 29)], 1, 0, 10, 1) is not None


def test_the_fan_ends_where_the_sums_do():
    found = draw(HISTORY, AHEAD, 7, 10, 100, 1)
    fan = found.fan(100.0, 10, (0.0, 1.0))
    means = (100.0 + found.days.sum(axis=1)) / 40
    assert fan[:, -1] == pytest.approx([means.min(), means.max()])
