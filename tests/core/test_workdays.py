"""Laws of counting working days, and dates that anybody can check in the published calendars."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.workdays import WorkCalendar, calendar_end, service_day

CALENDAR = WorkCalendar(
    off=frozenset(date(2026, 10, day) for day in range(1, 8)),
    worked=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    years=frozenset({2026}),
)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
COUNTS = st.integers(1, 60)


def spans(start: date) -> st.SearchStrategy[list[tuple[date, date]]]:
    return st.lists(
        st.tuples(st.integers(1, 40), st.integers(0, 9)).map(
            lambda pair: (start + timedelta(days=pair[0]), start + timedelta(days=pair[0] + pair[1]))
        ),
        max_size=3,
    )


@given(DAYS, COUNTS)
def test_a_period_ends_on_a_working_day_and_holds_so_many(start, days):
    end = CALENDAR.end(start, days)
    assert CALENDAR.is_working(end.day)
    assert CALENDAR.between(start, end.day) == days
    assert CALENDAR.between(start, end.day - timedelta(days=1)) == days - 1


@given(st.data(), DAYS, COUNTS)
def test_a_pause_never_brings_the_end_nearer_and_its_days_do_not_count(data, start, days):
    pauses = data.draw(spans(start))
    end = CALENDAR.end(start, days, pauses)
    assert end.day >= CALENDAR.end(start, days).day
    assert not any(first <= end.day <= last for first, last in pauses)
    assert CALENDAR.between(start, end.day, pauses) == days
    plain = calendar_end(start, days, pauses)
    stopped = {first + timedelta(days=n) for first, last in pauses for n in range((last - first).days + 1)}
    counted = [start + timedelta(days=n) for n in range(1, (plain.day - start).days + 1)]
    assert len([day for day in counted if day not in stopped]) == days


@given(DAYS, COUNTS)
def test_time_that_stands_still_has_no_end(start, days):
    assert CALENDAR.end(start, days, [(start, None)]) is None
    assert CALENDAR.end(start, 60, [(start + timedelta(days=3), None)]) is None
    assert calendar_end(start, 60, [(start + timedelta(days=3), None)]) is None


def test_a_year_that_is_not_published_is_not_sure():
    assert CALENDAR.end(date(2026, 12, 1), 5).sure
    assert not CALENDAR.end(date(2026, 12, 30), 5).sure


def test_over_the_national_day_of_2026():
    # Sunday 20 September is worked, 1–7 October is off, Saturday 10 October is worked.
    assert CALENDAR.end(date(2026, 9, 18), 1).day == date(2026, 9, 20)
    assert CALENDAR.end(date(2026, 9, 30), 3).day == date(2026, 10, 10)


@given(st.integers(2022, 2060), st.integers(1, 12), st.integers(0, 6))
def test_every_reading_of_the_first_week_gives_a_day_near_the_first(year, month, weekday):
    readings = ("first", "week_of_first", "main_week", "full_week")
    days = {reading: service_day(year, month, weekday, reading) for reading in readings}
    first = date(year, month, 1)
    assert all(day.weekday() == weekday for day in days.values())
    assert (days["first"].year, days["first"].month) == (year, month)
    assert 1 <= days["first"].day <= 7
    assert timedelta(-6) <= days["week_of_first"] - first <= timedelta(6)
    assert timedelta(-3) <= days["main_week"] - first <= timedelta(9)
    assert days["week_of_first"] <= days["main_week"] <= days["full_week"]
    assert days["week_of_first"] <= days["first"] <= days["full_week"]
    assert days["full_week"].day <= 13


@pytest.mark.parametrize(
    ("month", "begins", "first", "week_of_first", "main_week", "full_week"),
    [
        ("2026-06", "Mon", "2026-06-02", "2026-06-02", "2026-06-02", "2026-06-02"),
        ("2026-12", "Tue", "2026-12-01", "2026-12-01", "2026-12-01", "2026-12-08"),
        ("2026-07", "Wed", "2026-07-07", "2026-06-30", "2026-06-30", "2026-07-07"),
        ("2026-10", "Thu", "2026-10-06", "2026-09-29", "2026-09-29", "2026-10-06"),
        ("2026-05", "Fri", "2026-05-05", "2026-04-28", "2026-05-05", "2026-05-05"),
        ("2026-08", "Sat", "2026-08-04", "2026-07-28", "2026-08-04", "2026-08-04"),
        ("2026-11", "Sun", "2026-11-03", "2026-10-27", "2026-11-03", "2026-11-03"),
    ],
)
def test_the_tuesday_of_the_first_week_by_the_day_on_which_a_month_begins(
    month, begins, first, week_of_first, main_week, full_week
):
    year, number = map(int, month.split("-"))
    assert f"{date(year, number, 1):%a}" == begins
    told = [str(service_day(year, number, 1, one)) for one in ("first", "week_of_first", "main_week", "full_week")]
    assert told == [first, week_of_first, main_week, full_week]
