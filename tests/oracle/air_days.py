"""Days, months and years of one station in plain Python: lists of hours (None missing), exact fractions, no arrays.

Limits and needs are typed again: a day 20 hours; eight-hour means of 6 hours, ending 08 to 24 o'clock, 14 of 17, or above 160.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction

Days = dict[date, Fraction]


def mean_of_day(hours: list[int | None]) -> Fraction | None:
    """The mean of 24 hourly values."""
    there = [value for value in hours if value is not None]
    return Fraction(sum(there), len(there)) if len(there) >= 20 else None


def eight_hours_of_day(hours: list[int | None]) -> Fraction | None:
    """The largest mean of eight hours."""
    means = []
    for end in range(8, 25):
        there = [value for value in hours[end - 8 : end] if value is not None]
        if len(there) >= 6:
            means.append(Fraction(sum(there), len(there)))
    if len(means) >= 14 or (means and round(max(means)) > 160):
        return max(means)
    return None


def days_of(first: date, hours: list[int | None], ozone: bool) -> Days:
    """Day → exact value, for the days that have one."""
    out = {}
    for number in range(len(hours) // 24):
        part = hours[24 * number : 24 * number + 24]
        value = eight_hours_of_day(part) if ozone else mean_of_day(part)
        if value is not None:
            out[first + timedelta(days=number)] = value
    return out


def mean(values: list[Fraction]) -> int | None:
    """The rounded mean (Python rounds exact fractions half to even)."""
    return round(sum(values) / len(values)) if values else None


def percentile(values: list[Fraction], percent: int) -> int | None:
    """The rounded percentile of HJ 663."""
    if not values:
        return None
    ordered = sorted(values)
    place = 1 + Fraction((len(ordered) - 1) * percent, 100)
    at = int(place)
    if at == len(ordered):
        return round(ordered[-1])
    return round(ordered[at - 1] + (ordered[at] - ordered[at - 1]) * (place - at))


def enough(days: Days, year: int, month: int | None) -> bool:
    """Whether a month, or a year and each of its months, has days enough."""

    def in_month(number: int) -> int:
        return sum(day.year == year and day.month == number for day in days)

    if month is not None:
        return in_month(month) >= (25 if month == 2 else 27)
    whole = sum(day.year == year for day in days)
    return whole >= 324 and all(in_month(number) >= (25 if number == 2 else 27) for number in range(1, 13))


def last_of(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])
