"""Figures brought up to date by new hours are those of a rebuild, bit for bit; a day that does not change touches nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.quality.days import HourGrid
from greenrule.quality.editions import MISSING, POLLUTANTS, Editions
from greenrule.quality.rollup import Rollup

START = date(2026, 2, 20)
DAYS = 20


def grid(seed: int, missing: float = 0.05) -> HourGrid:
    chance = np.random.default_rng(seed)
    out = HourGrid.empty(["a", "b", "c"], START, DAYS)
    for name in POLLUTANTS:
        values = chance.integers(0, 300, out.hours[name].shape).astype(np.int16)
        out.hours[name][:] = np.where(chance.random(values.shape) < missing, MISSING, values)
    return out


def same(one: Rollup, other: Rollup) -> None:
    assert one.figures.keys() == other.figures.keys()
    for name in POLLUTANTS:
        for kind in ("exact", "rounded", "counts"):
            assert (getattr(one.days, kind)[name] == getattr(other.days, kind)[name]).all()
        assert (one.index.iaqi[name] == other.index.iaqi[name]).all()
    for array in ("aqi", "primary", "level"):
        assert (getattr(one.index, array) == getattr(other.index, array)).all()
    for key, figures in one.figures.items():
        twin = other.figures[key]
        assert (figures.composite.value == twin.composite.value).all()
        assert (figures.composite.main == twin.composite.main).all()
        assert (figures.places == twin.places).all()
        for id, array in figures.table.values.items():
            assert (array == twin.table.values[id]).all()
        for name in POLLUTANTS:
            assert (figures.table.valid[name] == twin.table.valid[name]).all()
            assert (figures.table.days[name] == twin.table.days[name]).all()


def test_periods_and_editions(editions: Editions) -> None:
    rollup = Rollup(grid(1), editions)
    assert set(rollup.figures) == {("2026-02", "2012"), ("2026-03", "2026"), ("2026", "2012"), ("2026", "2026")}


HOURS = st.lists(
    st.tuples(st.integers(0, 24 * DAYS - 1), st.integers(0, 2), st.sampled_from(POLLUTANTS), st.one_of(st.just(MISSING), st.integers(0, 900))),
    min_size=1, max_size=40,
)  # fmt: skip


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.lists(HOURS, min_size=1, max_size=4), st.sampled_from([0.0, 0.1, 0.2]))
def test_incremental_is_a_full_rebuild(
    editions: Editions, seed: int, parts: list[list[tuple[int, int, str, int]]], missing: float
) -> None:
    rollup = Rollup(grid(seed, missing), editions)
    whole = grid(seed, missing)
    for part in parts:
        for hour, station, name, value in part:
            moment = np.array([np.datetime64(START, "h") + np.timedelta64(hour + 1, "h")])
            rollup.put(moment, np.array([station]), {name: np.array([value], np.int16)})
            whole.hours[name][station, hour] = value
    same(rollup, Rollup(whole, editions))


def test_an_hour_that_changes_no_day_touches_nothing(editions: Editions) -> None:
    rollup = Rollup(HourGrid.empty(["a"], START, DAYS), editions)
    moment = np.array([np.datetime64("2026-03-05T10", "h")])
    assert rollup.put(moment, np.array([0]), {"pm25": np.array([30], np.int16)}) == []
    for hour in range(1, 25):
        touched = rollup.put(
            np.array([np.datetime64("2026-03-05", "h") + np.timedelta64(hour, "h")]),
            np.array([0]),
            {"pm25": np.array([30], np.int16)},
        )
        assert set(touched) == ({("2026-03", "2026"), ("2026", "2012"), ("2026", "2026")} if hour == 20 else set())
    assert rollup.figures["2026-03", "2026"].table.value("pm25_mean", 0, 0) == 30
    assert rollup.figures["2026", "2012"].table.value("pm25_mean", 0, 0) == 30
