"""AQI: worked examples, the published national hour station by station, the oracle, and laws."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.quality.editions import LABELS, MISSING, NO_INDEX, POLLUTANTS, Edition, Editions
from greenrule.quality.index import REPORTS, Index, evaluate, primary_names
from tests.oracle.air_index import index as oracle

HOUR = Path(__file__).resolve().parents[3] / "shared" / "data" / "cnemc_national_20170707T16.json"
#: How the feed names the pollutants that are primary.
FEED_NAMES = {
    "臭氧1小时": "o3", "颗粒物(PM10)": "pm10", "细颗粒物(PM2.5)": "pm25", "二氧化硫": "so2", "二氧化氮": "no2", "一氧化碳": "co",
}  # fmt: skip

CONCENTRATION = st.one_of(st.just(MISSING), st.integers(0, 4500))


def edition(editions: Editions, id: str) -> Edition:
    found = editions.named(id)
    assert found is not None
    return found


def of_row(values: dict[str, int], report: str, one: Edition) -> Index:
    return evaluate({name: np.array([value], np.int16) for name, value in values.items()}, report, one)


DAY = {"so2": 18, "no2": 46, "co": 13, "o3": 72, "pm10": 126, "pm25": 83}


def test_the_worked_day_under_both_editions(editions: Editions) -> None:
    new = of_row(DAY, "day", edition(editions, "2026"))
    assert [int(new.iaqi[name][0]) for name in POLLUTANTS] == [18, 58, 33, 36, 103, 121]
    assert (new.aqi[0], primary_names(int(new.primary[0])), new.level[0], new.edition) == (121, ("pm25",), 3, "2026")
    old = of_row(DAY, "day", edition(editions, "2012"))
    assert [int(old.iaqi[name][0]) for name in POLLUTANTS] == [18, 58, 33, 36, 88, 110]
    assert (old.aqi[0], primary_names(int(old.primary[0]), labels=True)) == (110, ("PM2.5",))
    level = edition(editions, "2012").level(110)
    assert level is not None
    assert (level.ordinal, level.name, level.hex) == ("三级", "轻度污染", "#FF7E00")


def test_the_limits_themselves_are_not_exceeded(editions: Editions) -> None:
    for id, top in (("2012", 75), ("2026", 60)):
        breakpoints = edition(editions, id).day["pm25"]
        assert (breakpoints.index(top), breakpoints.index(top + 1)) == (100, 101 if id == "2026" else 102)


def test_every_station_of_the_published_hour(editions: Editions) -> None:
    if not HOUR.exists():
        pytest.skip("the national hour is not beside the checkout")
    rows = [feature["properties"] for feature in json.loads(HOUR.read_text(encoding="utf-8"))["features"]]
    # The feed's o3 and o3_24h are swapped: the hour stands under o3_24h.
    names = {"so2": "so2", "no2": "no2", "co": "co", "o3": "o3_24h", "pm10": "pm10", "pm25": "pm2_5"}

    def read(text: str, scale: int) -> int:
        return MISSING if text == "-;" else round(float(text) * scale)

    values = {
        name: np.array([read(row[key], 10 if name == "co" else 1) for row in rows], np.int16)
        for name, key in names.items()
    }
    found = evaluate(values, "hour", edition(editions, "2012"))
    published = np.array([read(row["aqi"], 1) for row in rows])
    there = published != MISSING
    assert there.sum() == 1462
    assert (found.aqi[there] == published[there]).all()
    # Of the 33 stations without a published index 32 have no value at all; one has some but published none.
    assert (found.aqi[~there] == NO_INDEX).sum() == 32
    for row, mask, aqi in zip(rows, found.primary, found.aqi, strict=True):
        if row["aqi"] != "-;":
            expected = (
                set()
                if row["primarypollutant"] == "-;"
                else {FEED_NAMES[name] for name in row["primarypollutant"].split(",")}
            )
            assert set(primary_names(int(mask))) == expected, row["stationcode"]
            level = edition(editions, "2012").level(int(aqi))
            assert level is not None
            assert level.name == row["quality"]


@given(
    st.lists(CONCENTRATION, min_size=6, max_size=6), st.sampled_from(REPORTS), st.sampled_from(["2012", "2026", "2031"])
)
def test_the_oracle_agrees(editions: Editions, row: list[int], report: str, id: str) -> None:
    values = dict(zip(POLLUTANTS, row, strict=True))
    found = of_row(values, report, edition(editions, id))
    exact = {
        name: None if value == MISSING else Fraction(value, 10 if name == "co" else 1) for name, value in values.items()
    }
    aqi, primary, subs = oracle(exact, report, "2012" if id == "2012" else "2026")
    assert {name: int(found.iaqi[name][0]) for name in POLLUTANTS if found.iaqi[name][0] != NO_INDEX} == subs
    assert (int(found.aqi[0]), set(primary_names(int(found.primary[0])))) == (NO_INDEX if aqi is None else aqi, primary)


@pytest.mark.parametrize("id", ["2012", "2026", "2031"])
def test_a_sub_index_never_falls_as_the_concentration_rises(editions: Editions, id: str) -> None:
    for columns in (edition(editions, id).hour, edition(editions, id).day):
        for breakpoints in columns.values():
            found = breakpoints.indices(np.arange(breakpoints.points[-1][0] + 1))
            assert (np.diff(found) >= 0).all()
            assert breakpoints.indices(np.array([MISSING, -1])).tolist() == [NO_INDEX, NO_INDEX]
            assert [breakpoints.index(value) for value, _ in breakpoints.points] == [
                index for _, index in breakpoints.points
            ]


@given(st.permutations(POLLUTANTS), st.lists(CONCENTRATION, min_size=6, max_size=6))
def test_the_order_of_pollutants_does_not_matter(editions: Editions, order: list[str], row: list[int]) -> None:
    values = dict(zip(POLLUTANTS, row, strict=True))
    one = of_row(values, "day", edition(editions, "2026"))
    other = of_row({name: values[name] for name in order}, "day", edition(editions, "2026"))
    assert (one.aqi[0], one.primary[0], one.level[0]) == (other.aqi[0], other.primary[0], other.level[0])


def test_above_the_top(editions: Editions) -> None:
    old, new = edition(editions, "2012"), edition(editions, "2026")
    assert (old.hour["so2"].index(801), new.hour["so2"].index(801)) == (None, 200)
    assert (old.day["o3"].index(801), new.day["o3"].index(801)) == (None, 300)
    assert (old.day["pm25"].index(900), new.day["pm25"].index(900)) == (500, 500)


def test_an_incomplete_index_is_published_above_100_only(editions: Editions) -> None:
    partial = {**DAY, "so2": MISSING}
    new = of_row(partial, "day", edition(editions, "2026"))
    assert (int(new.aqi[0]), bool(new.incomplete[0])) == (121, True)
    clean = of_row({**partial, "pm25": 30, "pm10": 40}, "day", edition(editions, "2026"))
    assert (int(clean.aqi[0]), int(clean.highest[0]), int(clean.level[0]), int(clean.primary[0])) == (
        NO_INDEX,
        58,
        0,
        0,
    )
    planned = evaluate(
        {k: np.array([v]) for k, v in {**partial, "pm25": 30, "pm10": 40}.items()},
        "day",
        edition(editions, "2026"),
        ("so2",),
    )
    assert int(planned.aqi[0]) == 58
    assert int(of_row({**partial, "pm25": 30, "pm10": 40}, "day", edition(editions, "2012")).aqi[0]) == 58


def test_ties_are_primary_together(editions: Editions) -> None:
    tied = of_row({**dict.fromkeys(POLLUTANTS, 1), "pm10": 120, "pm25": 60}, "day", edition(editions, "2026"))
    assert primary_names(int(tied.primary[0])) == ("pm10", "pm25")
    assert [LABELS[name] for name in ("pm10", "pm25")] == list(primary_names(int(tied.primary[0]), labels=True))
