"""The air quality index of HJ 633: sub-indices, index, primary pollutants, level; by the hour and by the day, for many rows at once.

Order of the standard: average, round (GB/T 8170), interpolate, round up, take the largest.  All of it on whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.quality.editions import LABELS, NO_INDEX, POLLUTANTS, Edition

REPORTS = ("hour", "day")


@dataclass(frozen=True)
class Index:
    """The index of n rows under one edition.

    iaqi : pollutant → (n,) int16, NO_INDEX where there is none
    highest : (n,) int16, largest of the sub-indices that are there; NO_INDEX where none is
    aqi : (n,) int16, what may be published: as `highest`, NO_INDEX (NA) where the edition withholds an incomplete one
    primary : (n,) uint8, a bit for each pollutant in the order of POLLUTANTS; 0 where there is none
    level : (n,) int8, 1–6; 0 where there is none
    incomplete : (n,) bool, whether a pollutant of the report is missing
    """

    edition: str
    iaqi: Mapping[str, npt.NDArray[np.int16]]
    highest: npt.NDArray[np.int16]
    aqi: npt.NDArray[np.int16]
    primary: npt.NDArray[np.uint8]
    level: npt.NDArray[np.int8]
    incomplete: npt.NDArray[np.bool_]


def evaluate(
    values: Mapping[str, npt.NDArray[Any]], report: str, edition: Edition, not_monitored: tuple[str, ...] = ()
) -> Index:
    """The index of rows of concentrations.

    values : pollutant → (n,) whole numbers of the last reported digit (μg/m³, CO tenths of mg/m³); MISSING where not there
    report : "hour" (values of one hour) or "day" (means of a day; O3 the largest mean of eight hours)
    not_monitored : pollutants that are not monitored by plan and take nothing from an index's completeness (HJ 633-2026, 5.3)
    Source: HJ 633-2012, HJ 633-2026.
    """
    columns = edition.hour if report == "hour" else edition.day
    count = len(next(iter(values.values())))
    iaqi = {}
    highest = np.full(count, NO_INDEX, np.int16)
    incomplete = np.zeros(count, np.bool_)
    for pollutant in POLLUTANTS:
        given = values.get(pollutant)
        if given is None:
            found = np.full(count, NO_INDEX, np.int16)
            incomplete |= pollutant not in not_monitored
        else:
            found = columns[pollutant].indices(given)
            if pollutant not in not_monitored:
                incomplete |= given < 0
        iaqi[pollutant] = found
        np.maximum(highest, found, out=highest)
    there = highest != NO_INDEX
    np.maximum(highest, edition.least, out=highest, where=there)
    aqi = highest.copy()
    if edition.partial_above is not None:
        aqi[incomplete & (highest <= edition.partial_above)] = NO_INDEX
    primary = np.zeros(count, np.uint8)
    tell = (aqi != NO_INDEX) & (aqi > edition.primary_above)
    for bit, pollutant in enumerate(POLLUTANTS):
        primary |= ((iaqi[pollutant] == highest) & tell).astype(np.uint8) << np.uint8(bit)
    level = edition.level_lookup[np.maximum(aqi, 0)].copy()
    level[aqi == NO_INDEX] = 0
    return Index(edition.id, iaqi, highest, aqi, primary, level, incomplete)


def primary_names(mask: int, labels: bool = False) -> tuple[str, ...]:
    """The pollutants of a `primary` mask, as ids or as labels.

    >>> primary_names(0b110000), primary_names(0b101000, labels=True)
    (('pm10', 'pm25'), ('O3', 'PM2.5'))
    """
    return tuple(LABELS[item] if labels else item for bit, item in enumerate(POLLUTANTS) if mask >> bit & 1)
