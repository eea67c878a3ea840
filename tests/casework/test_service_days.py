"""Service days as a calendar file."""

from __future__ import annotations

from greenrule.casework.filingcase import filing_law
from greenrule.casework.service_days import READINGS, ics, service_days


def test_twelve_tuesdays_under_every_reading() -> None:
    law = filing_law()
    for reading in READINGS:
        rows = service_days(law, 2026, reading)
        assert [row["month"] for row in rows] == list(range(1, 13))
        days = [row["day"] for row in rows]
        assert days == sorted(set(days))
    assert {row["working"] for row in service_days(law, 2100, "first")} == {None}


def test_the_calendar_file_keeps_to_its_format() -> None:
    text = ics(
        service_days(filing_law(), 2026, "first"), "某市生态环境局; 行政审批科, 一楼大厅" * 3, "20261125T080000Z"
    )
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == 12
    whole = text.replace("\r\n ", "")
    assert r"某市生态环境局\; 行政审批科\, 一楼大厅" in whole
    assert "DTSTART;VALUE=DATE:20260106" in whole
