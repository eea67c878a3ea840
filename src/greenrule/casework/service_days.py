"""Service days (环保服务日) of a year, as rows and as a calendar file (iCalendar, RFC 5545).

Source: 晋环发〔2022〕8号第2条, Tuesday of the first week of each month; what "first week" means is not said there, so it is a setting.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from greenrule.core.workdays import service_day
from greenrule.packs.filings import FilingLaw

READINGS = {
    "first": "当月第一个星期二",
    "week_of_first": "1日所在周的星期二，可能落在上月末",
    "main_week": "多数日子在当月的第一个周的星期二，可能落在上月末",
    "full_week": "第一个完整的周的星期二",
}
CITE = "sx-2022-8-taixin#2"


#: A reading that was offered earlier and never differed from `first`.
_FORMERLY = {"calendar_week": "first"}


def reading_of(kept: str) -> str:
    """The reading that a setting stands for.

    >>> reading_of("calendar_week"), reading_of("full_week")
    ('first', 'full_week')
    """
    return _FORMERLY.get(kept, kept)


def service_days(law: FilingLaw, year: int, reading: str) -> list[dict[str, Any]]:
    """The twelve days; `working` is None where the year's holidays are not published yet."""
    rows = []
    for month in range(1, 13):
        day = service_day(year, month, calendar.TUESDAY, reading)
        known = day.year in law.calendar.years
        rows.append(
            {"month": month, "day": day.isoformat(), "working": law.calendar.is_working(day) if known else None}
        )
    return rows


def ics(rows: list[dict[str, Any]], organisation: str, stamp: str) -> str:
    """The days as a calendar file; `stamp` is when it was made, as 20261125T080000Z."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//greenrule//service days//ZH", "CALSCALE:GREGORIAN"]
    for row in rows:
        day = date.fromisoformat(row["day"])
        told = {True: "", False: "（放假，是否顺延原文未载）", None: "（当年放假安排未录入）"}[row["working"]]
        lines += [
            "BEGIN:VEVENT", f"UID:{day:%Y%m%d}-service-day@greenrule", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}", f"SUMMARY:{_escaped(f'环保服务日 {organisation}{told}')}",
            f"DESCRIPTION:{_escaped('晋环发〔2022〕8号第2条')}", "TRANSP:TRANSPARENT", "END:VEVENT",
        ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _escaped(text: str) -> str:
    for char, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(char, written)
    return text


def _folded(line: str) -> str:
    """A line of at most 75 octets; the rest goes on after a space."""
    out, size = [""], 0
    for char in line:
        size += len(char.encode())
        if size > 74:
            out.append("")
            size = 1 + len(char.encode())
        out[-1] += char
    return "\r\n ".join(out)
