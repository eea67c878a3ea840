"""Hours to days to periods: worked examples, laws, and the oracle on random and on measured hours."""

from __future__ import annotations

import csv
import json
import math
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.quality.cities import city_table
from greenrule.quality.composite import composite, composite_of, ranks
from greenrule.quality.days import DayTable, HourGrid, daily_values, day_table
from greenrule.quality.editions import MISSING, POLLUTANTS, Edition, Editions
from greenrule.quality.periods import Period, day_counts, exceedance, months_of, rate, statistics, years_of
from greenrule.quality.rounding import half_even, scaled_integers
from tests.oracle import air_days

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
START = date(2024, 1, 1)


def named(editions: Editions, id: str) -> Edition:
    found = editions.named(id)
    assert found is not None
    return found


def one_station(first: date, hours: list[int | None], pollutant: str) -> HourGrid:
    grid = HourGrid.empty(["s"], first, len(hours) // 24)
    grid.hours[pollutant][0] = [MISSING if value is None else value for value in hours]
    return grid


def exact(table: DayTable, name: str, one: int, day: int) -> Fraction | None:
    found = int(table.exact[name][one, day])
    return None if found < 0 else Fraction(found, table.denominator)


def test_eight_hours_of_ozone(editions: Editions) -> None:
    hours = [None, None, 60, 72, 88, 101, 121, 140]
    day: list[int | None] = [*hours, *[None] * 16]
    # One window alone is too few for a day, unless it exceeds the limit.
    assert exact(day_table(one_station(START, day, "o3"), editions), "o3", 0, 0) is None
    high: list[int | None] = [None if value is None else value + 100 for value in day]
    found = day_table(one_station(START, high, "o3"), editions)
    assert exact(found, "o3", 0, 0) == Fraction(582 + 600, 6)
    assert (found.rounded["o3"][0, 0], found.counts["o3"][0, 0]) == (197, 3)
    steady: list[int | None] = [*hours, *[97] * 16]
    assert exact(day_table(one_station(START, steady, "o3"), editions), "o3", 0, 0) == air_days.eight_hours_of_day(
        steady
    )


def test_twenty_hours_make_a_day(editions: Editions) -> None:
    table = day_table(one_station(START, [30] * 20 + [None] * 4 + [30] * 19 + [None] * 5, "pm25"), editions)
    assert table.rounded["pm25"][0].tolist() == [30, -1]
    assert table.counts["pm25"][0].tolist() == [20, 19]


def test_a_half_goes_to_the_even_digit(editions: Editions) -> None:
    table = day_table(one_station(START, [34, 35] * 12 + [35, 36] * 12, "pm25"), editions)
    assert table.rounded["pm25"][0].tolist() == [34, 36]


def test_the_worked_percentile(editions: Editions) -> None:
    tenths = [
        6,
        7,
        7,
        8,
        8,
        9,
        9,
        10,
        10,
        11,
        11,
        12,
        12,
        12,
        13,
        13,
        14,
        14,
        15,
        15,
        16,
        16,
        17,
        17,
        18,
        18,
        19,
        20,
        22,
        24,
        29,
    ]
    values = {name: np.full((1, 31), -1) for name in POLLUTANTS}
    values["co"] = np.array([tenths[::-1]])
    table = statistics(daily_values(["s"], START, values, editions), [Period.month(2024, 1)], named(editions, "2012"))
    assert table.value("co_p95", 0, 0) == Fraction("2.3")
    assert bool(table.valid["co"][0, 0])
    assert not table.complete(0, 0)


WORKED = {
    "so2": Fraction(12),
    "no2": Fraction(33),
    "pm10": Fraction(74),
    "pm25": Fraction(38),
    "co": Fraction("1.4"),
    "o3": Fraction(171),
}


def test_the_worked_composite_index(editions: Editions) -> None:
    assert composite_of(WORKED, named(editions, "2012")) == (Fraction("4.59"), ("pm25",))
    assert composite_of(WORKED, named(editions, "2026")) == (Fraction("4.94"), ("pm25",))
    assert composite_of(WORKED, named(editions, "2026"), variant=True) == (Fraction("9.37"), ("pm25",))
    assert exceedance(Fraction(83), Fraction(60), named(editions, "2026")) == Fraction("0.38")
    assert exceedance(Fraction(83), Fraction(75), named(editions, "2012")) == Fraction("0.11")
    assert exceedance(Fraction(60), Fraction(60), named(editions, "2026")) == 0


def test_the_published_composite_index(editions: Editions) -> None:
    path = DATA / "composite_index_published.json"
    if not path.exists():
        pytest.skip("the published index is not beside the checkout")
    for item in json.loads(path.read_text(encoding="utf-8")):
        given_ = {
            "so2": item["SO2"],
            "no2": item["NO2"],
            "pm10": item["PM10"],
            "pm25": item["PM2.5"],
            "o3": item["O3_90"],
        }
        values = {**{name: Fraction(value) for name, value in given_.items()}, "co": Fraction(str(item["CO_95"]))}
        found, main = composite_of(values, named(editions, "2012"))
        # The inputs are printed rounded, so that the index is known to ±0.02.
        assert abs(found - Fraction(str(item["published_index"]))) <= Fraction("0.02")
        assert main == ("o3",)


def test_arrays_and_single_rows_give_one_index(editions: Editions) -> None:
    values = {name: np.full((1, 31), int(WORKED[name] * (10 if name == "co" else 1))) for name in POLLUTANTS}
    days = daily_values(["s"], START, values, editions)
    for id in editions.names:
        table = composite(statistics(days, [Period.month(2024, 1)], named(editions, id)))
        assert (table.published(0, 0), table.main_pollutants(0, 0)) == composite_of(WORKED, named(editions, id))


HOUR = st.one_of(st.none(), st.integers(0, 320))


@settings(max_examples=60)
@given(st.lists(st.lists(HOUR, min_size=24, max_size=24), min_size=1, max_size=40), st.floats(0, 1), st.booleans())
def test_the_oracle_agrees_on_random_hours(
    editions: Editions, days: list[list[int | None]], full: float, ozone: bool
) -> None:
    # Most random days lack too many hours: a part of them is filled up.
    hours = [
        value if value is not None or index % 24 < 24 * full else 40 for day in days for index, value in enumerate(day)
    ]
    name = "o3" if ozone else "pm10"
    table = day_table(one_station(START, hours, name), editions)
    expected = air_days.days_of(START, hours, ozone)
    for number in range(table.days):
        assert exact(table, name, 0, number) == expected.get(date.fromordinal(START.toordinal() + number))
    edition = named(editions, "2012")
    found = statistics(table, months_of(START, table.last), edition)
    for place, period in enumerate(found.periods):
        values = [value for day, value in expected.items() if period.first <= day <= period.last]
        percent = 90 if ozone else 95
        at = found.value(f"{name}_p{percent}", 0, place)
        assert at == air_days.percentile(values, percent)
        if not ozone:
            assert found.value(f"{name}_mean", 0, place) == air_days.mean(values)
        assert bool(found.valid[name][0, place]) == air_days.enough(expected, period.first.year, period.first.month)


def test_the_oracle_agrees_on_four_measured_years(editions: Editions) -> None:
    path = DATA / "prsa_aotizhongxin_2013-2017.csv"
    if not path.exists():
        pytest.skip("the measured series is not beside the checkout")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first = date(2013, 3, 1)
    columns = {"so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3", "pm10": "PM10", "pm25": "PM2.5"}
    grid = HourGrid.empty(["Aotizhongxin"], first, len(rows) // 24)
    for name, column in columns.items():
        raw = np.array([math.nan if row[column] in ("", "NA") else float(row[column]) for row in rows])
        grid.hours[name][0] = scaled_integers(raw / 1000 if name == "co" else raw, 1 if name == "co" else 0)
    table = day_table(grid, editions)
    edition = named(editions, "2012")
    months, years = months_of(first, table.last), years_of(first, table.last)
    monthly, yearly = statistics(table, months, edition), statistics(table, years, edition)
    for name in POLLUTANTS:
        hours = [None if value == MISSING else int(value) for value in grid.hours[name][0]]
        days = air_days.days_of(first, hours, name == "o3")
        for number in range(table.days):
            value = days.get(date.fromordinal(first.toordinal() + number))
            assert exact(table, name, 0, number) == value
            assert table.rounded[name][0, number] == (-1 if value is None else round(value))
        for found in (monthly, yearly):
            for place, period in enumerate(found.periods):
                values = [value for day, value in days.items() if period.first <= day <= period.last]
                month = period.first.month if period.kind == "month" else None
                assert bool(found.valid[name][0, place]) == air_days.enough(days, period.first.year, month)
                for item in edition.statistics:
                    if item.pollutant == name:
                        expected = (
                            air_days.mean(values) if item.percent is None else air_days.percentile(values, item.percent)
                        )
                        assert int(found.values[item.id][0, place]) == (-1 if expected is None else expected)
    # 2013 has ten months and 2017 two: neither is a valid year.
    assert [bool(yearly.valid["pm25"][0, place]) for place in (0, 4)] == [False, False]
    counted = day_counts(table.index(editions), 0, Period.year(2014), first)
    assert counted.valid == sum(counted.levels) >= 300
    assert counted.good + sum(counted.levels[2:]) == counted.valid


def test_days_fall_under_the_edition_of_their_date(editions: Editions) -> None:
    first = date(2026, 2, 27)
    values = {name: np.full((1, 4), 1) for name in POLLUTANTS}
    values["pm25"] = np.full((1, 4), 75)
    days = daily_values(["s"], first, values, editions)
    index = days.index(editions)
    assert index.edition == ["2012", "2012", "2026", "2026"]
    assert index.aqi[0].tolist() == [100, 100, 114, 114]
    assert days.index(editions, named(editions, "2012")).aqi[0].tolist() == [100] * 4
    early = daily_values(["s"], date(2012, 2, 27), values, editions).index(editions)
    assert (early.edition, early.aqi[0].tolist()) == ([None, None, "2012", "2012"], [-1, -1, 100, 100])


def test_attainment_looks_at_means_and_percentiles(editions: Editions) -> None:
    values = {name: np.full((1, 365), 1) for name in POLLUTANTS}
    values["pm25"] = np.full((1, 365), 30)
    days = daily_values(["s"], date(2025, 1, 1), values, editions)
    old, new, final = (statistics(days, [Period.year(2025)], item) for item in editions.items)
    assert [table.attains(0, 0) for table in (old, new, final)] == [True, True, False]
    values["pm25"][0, :40] = 80
    days = daily_values(["s"], date(2025, 1, 1), values, editions)
    table = statistics(days, [Period.year(2025)], named(editions, "2012"))
    assert table.value("pm25_mean", 0, 0) == 35  # 35.479 → 35
    assert (table.attains(0, 0), table.attains(0, 0, headline=True)) == (False, True)
    values["so2"][:] = -1
    days = daily_values(["s"], date(2025, 1, 1), values, editions)
    assert statistics(days, [Period.year(2025)], named(editions, "2026")).attains(0, 0) is False
    values["pm25"][:] = 10
    days = daily_values(["s"], date(2025, 1, 1), values, editions)
    assert statistics(days, [Period.year(2025)], named(editions, "2026")).attains(0, 0) is None
    assert rate(40, 365, named(editions, "2012")) == Fraction("11.0")
    assert rate(0, 0, named(editions, "2012")) is None


def test_a_city_is_the_mean_of_enough_stations(editions: Editions) -> None:
    values = {name: np.array([[10, 10, 10], [11, 11, -1], [13, -1, -1], [14, 14, 14]]) for name in POLLUTANTS}
    days = daily_values(["a", "b", "c", "d"], START, values, editions)
    city = city_table(days, {"four": [0, 1, 2, 3], "three": [0, 1, 2]}, editions)
    # Four stations: three are needed. Three stations: two are (50 % of three, rounded up).
    assert [exact(city, "pm25", 0, day) for day in range(3)] == [12, Fraction(35, 3), None]
    assert [exact(city, "pm25", 1, day) for day in range(3)] == [Fraction(34, 3), Fraction(21, 2), None]
    assert city.rounded["pm25"].tolist() == [[12, 12, -1], [11, 10, -1]]
    month = statistics(city, [Period.month(2024, 1)], named(editions, "2012"))
    assert month.value("pm25_mean", 1, 0) == round((Fraction(34, 3) + Fraction(21, 2)) / 2)


def test_a_city_of_hundreds_of_stations_stays_exact(editions: Editions) -> None:
    chance = np.random.default_rng(2)
    values = {
        name: np.where(chance.random((300, 60)) < 0.15, -1, chance.integers(0, 200, (300, 60))) for name in POLLUTANTS
    }
    days = daily_values([str(n) for n in range(300)], START, values, editions)
    city = city_table(days, {"all": range(300), "few": range(5)}, editions)
    assert city.fractions is not None
    edition = named(editions, "2012")
    found = statistics(city, [Period.month(2024, 1), Period.month(2024, 2)], edition)
    for name in POLLUTANTS:
        means: list[Fraction] = []
        for day in range(31):
            there = [int(value) for value in values[name][:, day] if value >= 0]
            if len(there) >= 225:
                means.append(Fraction(sum(there), len(there)))
                assert city.rounded[name][0, day] == round(means[-1])
        assert int(found.days[name][0, 0]) == len(means)
        for item in edition.statistics:
            if item.pollutant == name:
                expected = air_days.mean(means) if item.percent is None else air_days.percentile(means, item.percent)
                assert int(found.values[item.id][0, 0]) == expected
    # The slow way and the quick way agree where both can go.
    small = city_table(days, {"few": range(5)}, editions)
    assert small.fractions is None
    quick = statistics(small, found.periods, edition)
    for id, array in quick.values.items():
        assert (array[0] == found.values[id][1]).all()


def test_only_stations_that_stood_there_count(editions: Editions) -> None:
    values = {name: np.array([[10, 10, 10], [20, 20, 20]]) for name in POLLUTANTS}
    days = daily_values(["a", "b"], START, values, editions)
    present = {"x": np.array([[True, True, False], [False, True, True]])}
    city = city_table(days, {"x": [0, 1]}, editions, present)
    assert city.rounded["pm25"].tolist() == [[10, 15, 20]]


@given(st.lists(st.integers(-1, 900), min_size=1, max_size=40))
def test_ranks_are_places_with_ties(values: list[int]) -> None:
    array = np.array(values, np.int32)
    found = ranks(array)
    for value, place in zip(values, found.tolist(), strict=True):
        assert place == (0 if value < 0 else 1 + sum(0 <= other < value for other in values))
    down = ranks(array, descending=True)
    for value, place in zip(values, down.tolist(), strict=True):
        assert place == (0 if value < 0 else 1 + sum(other > value for other in values))


def test_the_mean_of_a_month_is_rounded_once(editions: Editions) -> None:
    # 31 days of 10.5: rounded days would give 10, as would the mean; 10.5 and 11.5 mixed tell them apart.
    hours: list[int | None] = ([10, 11] * 12 + [11, 12] * 12) * 15 + [11] * 24
    table = day_table(one_station(START, hours, "pm25"), editions)
    mean = statistics(table, [Period.month(2024, 1)], named(editions, "2012")).value("pm25_mean", 0, 0)
    assert mean == half_even(sum(value for value in hours if value is not None), len(hours)) == 11
