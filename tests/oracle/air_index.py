"""AQI of a row of values by HJ 633-2012 and HJ 633-2026: breakpoints typed again from the printed tables."""

from __future__ import annotations

import math
from fractions import Fraction

STEPS = [0, 50, 100, 150, 200, 300, 400, 500]
COLUMNS = {
    "so2 day": [0, 50, 150, 475, 800, 1600, 2100, 2620],
    "so2 hour": [0, 150, 500, 650, 800],
    "no2 day": [0, 40, 80, 180, 280, 565, 750, 940],
    "no2 hour": [0, 100, 200, 700, 1200, 2340, 3090, 3840],
    "co day": [0, 2, 4, 14, 24, 36, 48, 60],
    "co hour": [0, 5, 10, 35, 60, 90, 120, 150],
    "o3 hour": [0, 160, 200, 300, 400, 800, 1000, 1200],
    "o3 day": [0, 100, 160, 215, 265, 800],
    "pm10 2012": [0, 50, 150, 250, 350, 420, 500, 600],
    "pm10 2026": [0, 50, 120, 250, 350, 420, 500, 600],
    "pm25 2012": [0, 35, 75, 115, 150, 250, 350, 500],
    "pm25 2026": [0, 35, 60, 115, 150, 250, 350, 500],
}


def sub_index(pollutant: str, value: Fraction, report: str, year: str) -> int | None:
    """IAQI of a rounded concentration (μg/m³, CO mg/m³)."""
    name = f"{pollutant} {year}" if pollutant.startswith("pm") else f"{pollutant} {report}"
    column = COLUMNS[name]
    for at in range(1, len(column)):
        if value <= column[at]:
            share = (value - column[at - 1]) / Fraction(column[at] - column[at - 1])
            return math.ceil(STEPS[at - 1] + share * (STEPS[at] - STEPS[at - 1]))
    if len(column) < len(STEPS) and year == "2012":
        return None
    return STEPS[len(column) - 1]


def index(values: dict[str, Fraction | None], report: str, year: str) -> tuple[int | None, set[str], dict[str, int]]:
    """(AQI or None, primary pollutants, sub-indices) of the six values of a row; None is missing."""
    subs = {}
    for pollutant, value in values.items():
        found = None if value is None else sub_index(pollutant, value, report, year)
        if found is not None:
            subs[pollutant] = found
    if not subs:
        return None, set(), subs
    aqi = max(subs.values())
    if year == "2026":
        aqi = max(aqi, 1)
        if aqi <= 100 and any(value is None for value in values.values()):
            return None, set(), subs
    primary = {name for name, found in subs.items() if found == aqi} if aqi > 50 else set()
    return aqi, primary, subs
