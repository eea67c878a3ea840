"""Working days of a calendar of holidays: which days count, and when a period ends.

A year whose holidays are not published yet is not guessed: weekends are left out, and what comes of it says that it is not sure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class End:
    """The last day of a period; `sure` is False where a year was counted without its published holidays."""

    day: date
    sure: bool


@dataclass(frozen=True)
class WorkCalendar:
    """Days off and days worked instead, for the years that are known.

    off : holidays, weekends among them or not
    worked : weekend days that are worked in exchange
    years : the years that `off` and `worked` are complete for
    """

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Whether a day counts.

        >>> WorkCalendar(worked=frozenset({date(2026, 2, 14)}), years=frozenset({2026})).is_working(date(2026, 2, 14))
        True
        """
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def knows(self, first: date, last: date) -> bool:
        """Whether the holidays of every year that a period touches are known."""
        return all(year in self.years for year in range(first.year, last.year + 1))

    def end(self, start: date, days: int, pauses: Iterable[tuple[date, date | None]] = ()) -> End | None:
        """The last working day of a period of `days` that begins on the day after `start`; None while a pause has no end.

        pauses : first and last day on which time stands still, both included

        >>> WorkCalendar(years=frozenset({2026})).end(date(2026, 6, 5), 2).day
        datetime.date(2026, 6, 9)
        """
        stopped = [(first, last) for first, last in pauses]
        if any(last is None and first <= start for first, last in stopped):
            return None
        day, left = start, days
        while left > 0:
            day += _DAY
            held = next((span for span in stopped if span[0] <= day and (span[1] is None or day <= span[1])), None)
            if held is not None:
                if held[1] is None:
                    return None
                day = held[1]
            elif self.is_working(day):
                left -= 1
        return End(day, self.knows(start, day))

    def between(self, start: date, last: date, pauses: Iterable[tuple[date, date | None]] = ()) -> int:
        """How many working days lie after `start` up to `last`, pauses left out."""
        stopped = list(pauses)
        count, day = 0, start + _DAY
        while day <= last:
            still = any(first <= day and (end is None or day <= end) for first, end in stopped)
            count += self.is_working(day) and not still
            day += _DAY
        return count


def calendar_end(start: date, days: int, pauses: Iterable[tuple[date, date | None]] = ()) -> End | None:
    """The last day of a period counted in calendar days, pauses left out.

    >>> calendar_end(date(2026, 6, 5), 30).day
    datetime.date(2026, 7, 5)
    """
    day, left, stopped = start, days, list(pauses)
    while left > 0:
        day += _DAY
        held = next((span for span in stopped if span[0] <= day and (span[1] is None or day <= span[1])), None)
        if held is None:
            left -= 1
        elif held[1] is None:
            return None
        else:
            day = held[1]
    return End(day, True)


#: Thursday: a week belongs to the month in which its middle lies (as ISO 8601 counts the weeks of a year).
_MIDDLE = 3


def service_day(year: int, month: int, weekday: int, reading: str) -> date:
    """A weekday "of the first week" of a month, in one of four readings; weeks begin on Monday.

    first: the month's first such weekday · week_of_first: that weekday of the week in which the 1st lies, though it may fall into the
    month before · main_week: of the first week most of whose days lie in the month, which too may begin in the month before ·
    full_week: of the first week that lies wholly in the month.

    A month that begins on a Monday has one answer.  One that begins on a Tuesday has its own Tuesday or the next one (full_week); one
    that begins later in the week has a Tuesday before it or after its beginning.

    >>> service_day(2026, 7, 1, "first"), service_day(2026, 7, 1, "week_of_first")  # 1 July is a Wednesday
    (datetime.date(2026, 7, 7), datetime.date(2026, 6, 30))
    >>> service_day(2026, 8, 1, "main_week"), service_day(2026, 12, 1, "full_week")  # a Saturday; a Tuesday
    (datetime.date(2026, 8, 4), datetime.date(2026, 12, 8))
    """
    first = date(year, month, 1)
    if reading == "first":
        return first + timedelta(days=(weekday - first.weekday()) % 7)
    monday = first - timedelta(days=first.weekday())
    if reading == "week_of_first":
        return monday + timedelta(days=weekday)
    if reading == "main_week":
        later = first.weekday() > _MIDDLE
        return monday + timedelta(days=weekday + 7 * later)
    if reading == "full_week":
        if monday < first:
            monday += timedelta(days=7)
        return monday + timedelta(days=weekday)
    raise ValueError(f"no reading of the first week is called {reading!r}")
