"""The outlook sees no future, keeps what its intervals promise, and claims no skill that it has not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.packs.air import load_editions
from greenrule.quality.days import HourGrid, day_table
from greenrule.quality.editions import POLLUTANTS as EVALUATED
from greenrule.quality.forecast import Outlook, outlook, trial
from greenrule.quality.forecast_days import (
    POLLUTANTS,
    by_days,
    folded,
)
from greenrule.quality.forecast_features import ground_of
from greenrule.quality.forecast_intervals import LEVELS, calibrate
from greenrule.quality.forecast_series import MOST_LEAD, Calendar, Series, Weather, city_series
from greenrule.quality.forecast_skill import judge, roll

EDITIONS = load_editions()
FIRST = date(2022, 1, 1)


def made(days: int, *, memory: float = 0.0, missing: float = 0.0, seed: int = 1) -> Series:
    """A year's course with noise that fades with `memory` from day to day; some days missing."""
    rng = np.random.default_rng(seed)
    noise = np.zeros((days, len(POLLUTANTS)))
    for day in range(1, days):
        noise[day] = memory * noise[day - 1] + rng.normal(size=len(POLLUTANTS)) * 0.4
    course = 3.5 + 0.6 * np.cos(2 * np.pi * np.arange(days) / 365.25)[:, None]
    values = np.exp(course + noise)
    values[rng.random(values.shape) < missing] = np.nan
    return Series("甲", FIRST, values, values * 1.01)


def weather_for(series: Series, seed: int = 2) -> Weather:
    """Archived forecasts: the logarithm of what will come, for the first pollutant, with a little error."""
    rng = np.random.default_rng(seed)
    days = len(series)
    told = np.full((days, MOST_LEAD, 1), np.nan)
    for lead in range(1, MOST_LEAD + 1):
        told[: days - lead, lead - 1, 0] = np.log(series.values[lead:, 0]) + 0.1 * rng.normal(size=days - lead)
    told[np.isnan(told)] = 3.5
    return Weather(("omen",), told, np.full((days + MOST_LEAD, 1), np.nan))


def plain(found: Outlook) -> list[tuple]:
    return [
        (item.pollutant, item.lead, item.value, item.method, tuple(sorted(item.intervals.items())))
        for item in found.told
    ]


@settings(max_examples=3)
@given(st.integers(0, 10_000), st.integers(300, 420))
def test_what_comes_after_the_origin_changes_nothing(seed: int, origin: int) -> None:
    """Values, the day's last hours, weather forecasts and analyses behind the origin may be anything."""
    series = made(450, memory=0.6, missing=0.1)
    weather = weather_for(series)
    rng = np.random.default_rng(seed)
    other = replace(series, values=series.values.copy(), late=series.late.copy())
    later = replace(weather, told=weather.told.copy(), analysed=weather.analysed.copy())
    other.values[origin + 1 :] = rng.uniform(0, 5000, size=other.values[origin + 1 :].shape)
    other.late[origin + 1 :] = np.nan
    later.told[origin + 1 :] = rng.normal(size=later.told[origin + 1 :].shape)
    later.analysed[origin + 1 :] = 7.0
    ask = {"origin": origin, "pollutants": ("pm25",), "tried": 120}

    assert plain(outlook(series, None, weather, **ask)) == plain(outlook(other, None, later, **ask))


def test_the_day_before_does_change_it() -> None:
    """The test above can fail: a value at the origin is read."""
    series = made(450, memory=0.6)
    other = replace(series, values=series.values.copy())
    other.values[400] *= 3
    ask = {"origin": 400, "pollutants": ("pm25",), "tried": 120}

    assert plain(outlook(series, **ask)) != plain(outlook(other, **ask))


def test_past_forecasts_of_a_rolling_origin_see_only_their_past() -> None:
    """What was foretold before the last fold does not depend on the days behind it."""
    series = made(520, memory=0.6, missing=0.2)
    other = replace(series, values=series.values.copy())
    other.values[460:] = 900.0
    one, two = (roll(ground_of(item, Calendar(), None), 0, 140) for item in (series, other))
    assert one is not None
    assert two is not None
    before = 460 - one.first

    for method in one.told:
        assert np.array_equal(one.told[method][:before], two.told[method][:before], equal_nan=True)
    assert not np.array_equal(one.told["model"][before:], two.told["model"][before:], equal_nan=True)


def test_no_skill_is_claimed_over_pure_noise() -> None:
    """Days without memory: climatology is all there is, and the outlook says so."""
    found = outlook(made(800, memory=0.0), pollutants=("pm25", "no2"))

    assert {item.method for item in found.told} == {"climatology"}
    assert all(item.why for item in found.told)


def test_memory_and_weather_are_skill() -> None:
    """A strong memory helps tomorrow; a good weather forecast helps to the last day."""
    series = made(800, memory=0.5)
    blind = outlook(series, pollutants=("pm25",))
    seeing = outlook(series, None, weather_for(series), pollutants=("pm25",))

    assert blind.told[0].method == "model"
    assert blind.told[9].method == "climatology"
    assert not blind.weather
    assert {item.method for item in seeing.told} == {"model"}
    assert seeing.weather
    assert seeing.skill["pm25"][10].skill > 0.3


def test_weather_without_an_archive_is_not_used() -> None:
    series = made(500)
    weather = weather_for(series)
    weather.told[:-1] = np.nan

    assert not outlook(series, None, weather, pollutants=("co",), days=1, tried=60).weather


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_intervals_hold_what_they_promise(missing: float) -> None:
    """Also with 40 % of the days missing, and where a reference stands in for the model."""
    found = trial(made(1000, memory=0.6, missing=missing), pollutants=("pm25", "o3_8h"), tried=600)

    for item in found:
        for skill in item.leads:
            assert skill.covered > 150
            for level in LEVELS:
                assert abs(skill.coverage[level] - level) < 0.06, (item.pollutant, skill.lead, skill.coverage)


def test_intervals_follow_a_drift() -> None:
    """The errors double half-way: fixed quantiles would cover too little, adaptive ones come back."""
    rng = np.random.default_rng(3)
    errors = rng.normal(size=1400) * np.where(np.arange(1400) < 500, 1.0, 2.0)
    found = calibrate(errors, 3)
    late = found.given[900:-3, 1]
    inside = (late[:, 0] <= errors[900:-3]) & (errors[900:-3] <= late[:, 1])

    assert abs(inside.mean() - 0.8) < 0.04


def test_wider_intervals_contain_narrower_ones_and_nothing_is_negative() -> None:
    found = outlook(made(500, memory=0.5, missing=0.3))
    for item in found.told:
        bounds = [item.intervals[level] for level in LEVELS]
        assert (
            0
            <= bounds[2][0]
            <= bounds[1][0]
            <= bounds[0][0]
            <= item.value
            <= bounds[0][1]
            <= bounds[1][1]
            <= bounds[2][1]
        )


def test_a_short_history_gives_a_reference_without_intervals() -> None:
    found = outlook(made(90), pollutants=("pm25",), days=3)

    assert [item.method for item in found.told] == ["climatology"] * 3
    assert all(not item.intervals and "历史太短" in item.why for item in found.told)


def test_nothing_measured_is_nothing_foretold() -> None:
    series = made(500)
    series.values[:, 3] = np.nan
    found = outlook(series, pollutants=("no2",), days=2)

    assert [(item.value, item.method) for item in found.told] == [(None, "none")] * 2


def test_another_model_is_measured_in_the_same_way() -> None:
    """A perfect one has all the skill, a constant one has none and is still given as asked."""
    series = made(700, memory=0.7)
    right = np.full((700, MOST_LEAD, 6), np.nan)
    for lead in range(1, MOST_LEAD + 1):
        right[:-lead, lead - 1] = series.values[lead:]
    right[np.isnan(right)] = 40.0
    good = outlook(series, pollutants=("pm25",), other=right)
    bad = outlook(series, pollutants=("pm25",), other=np.full_like(right, 400.0))

    assert good.skill["pm25"][10].skill == pytest.approx(1.0)
    assert [item.method for item in bad.told] == ["other"] * 10
    assert [item.value for item in bad.told] == pytest.approx([400.0] * 10)
    assert all(item.why == "与参照相比没有可靠的技巧" for item in bad.told)


def test_skill_is_one_minus_the_ratio_of_errors() -> None:
    rolled = roll(ground_of(made(600, memory=0.8), Calendar(), None), 0, 200)
    assert rolled is not None
    one = judge(rolled, 1)
    truth, told = np.expm1(rolled.truth[:, 0]), np.expm1(rolled.told["model"][:, 0])

    assert one.mae["model"] == pytest.approx(np.nanmean(np.abs(truth - told)))
    assert one.skill == pytest.approx(1 - one.mae["model"] / min(one.mae["persistence"], one.mae["climatology"]))
    assert one.low < one.skill < one.high


def test_a_forecast_is_told_only_once_it_was_issued() -> None:
    """The latest issue by the end of the day counts; a delay lets in what came out the next morning."""
    rows = {
        "valid": np.array([5, 5, 5]),
        "issued": np.array([2.5, 4.3, -np.inf]),
        "values": np.array([[1.0], [2.0], [9.0]]),
    }
    plain_ = Weather.of_rows(("t",), 8, **rows)
    late = Weather.of_rows(("t",), 8, **rows, delay=0.4)

    assert plain_.told[2, 2, 0] == 1.0
    assert plain_.told[3, 1, 0] == 1.0
    assert plain_.told[4, 0, 0] == 2.0
    assert np.isnan(plain_.told[1, 3, 0])
    assert late.told[3, 1, 0] == 2.0
    assert plain_.analysed[5, 0] == 9.0


@given(st.integers(0, 2**24 - 1), st.sampled_from([date(2010, 5, 1), FIRST, date(2027, 5, 1)]))
def test_days_by_their_definition(mask: int, day: date) -> None:
    """Mean and peak of running eight hours against the words of the standard, hour by hour."""
    hours = np.arange(24.0) ** 1.5
    hours[[at for at in range(24) if mask >> at & 1]] = np.nan
    valid = [float(value) for value in hours if not np.isnan(value)]
    windows = []
    for end in range(8, 25):
        eight = [float(value) for value in hours[end - 8 : end] if not np.isnan(value)]
        if len(eight) >= 6:
            windows.append(sum(eight) / len(eight))
    mean, peak = (folded(name, by_days(hours), day, EDITIONS)[0] for name in ("pm25", "o3"))

    assert np.isnan(mean) if len(valid) < 20 else mean == pytest.approx(sum(valid) / len(valid), abs=1e-4)
    assert np.isnan(peak) if len(windows) < 14 else peak == pytest.approx(max(windows), abs=1e-4)


def test_whole_hours_fold_to_the_very_mean_and_as_the_evaluation_does() -> None:
    rng = np.random.default_rng(3)
    hours = rng.integers(0, 400, (40, 24)).astype(float)
    hours[rng.random(hours.shape) < 0.12] = np.nan
    whole = np.where(np.isnan(hours), -32768, hours).astype(np.int16).reshape(1, -1)
    table = day_table(HourGrid(["A"], FIRST, dict.fromkeys(EVALUATED, whole)), EDITIONS)
    for name in ("pm25", "o3"):
        found, wanted = folded(name, hours, FIRST, EDITIONS), table.exact[name][0]
        assert (np.isnan(found) == (wanted < 0)).all()
        there = wanted >= 0
        assert (found[there] == wanted[there] / table.denominator).all()
    enough = (~np.isnan(hours)).sum(axis=1) >= 20
    assert (
        folded("pm25", hours, FIRST, EDITIONS)[enough]
        == (np.nansum(hours, axis=1) / (~np.isnan(hours)).sum(axis=1))[enough]
    ).all()


def test_a_city_needs_enough_of_its_stations() -> None:
    series = [Series(name, FIRST + timedelta(days=at), np.full((3, 6), value), np.full((3, 6), value))
              for at, (name, value) in enumerate((("a", 10.0), ("b", 20.0), ("c", 30.0), ("d", 40.0)))]  # fmt: skip
    city = city_series("城", series, EDITIONS)

    assert city.first == FIRST
    assert np.isnan(city.values[[0, 1, 4, 5]]).all()
    assert city.values[2, 0] == pytest.approx(20.0)
    assert city.values[3, 0] == pytest.approx(30.0)


def test_the_calendar_knows_festivals_and_heating() -> None:
    calendar = Calendar([date(2023, 1, 22)], [(date(2022, 11, 1), date(2023, 3, 31))])
    columns = calendar.columns(date(2023, 1, 20), 100)

    assert list(columns[:4, 3]) == [-2, -1, 0, 1]
    assert columns[70, 4] == 1
    assert columns[71, 4] == 0
    assert columns[99, 3] == 21
    assert np.isnan(Calendar().columns(FIRST, 2)[:, 3:]).all()
