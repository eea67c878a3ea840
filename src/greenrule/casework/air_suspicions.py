"""What looks wrong about readings as a whole: a unit, two columns exchanged, a clock, the future.

A unit that is certain is put right and said; the rest is said and left, for a guess in the data is worse than a warning beside them.
Every station is looked at by itself: one bad station among a thousand does not show in the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.air_sheets import in_micrograms
from greenrule.core.clock import china_now
from greenrule.quality.editions import LABELS

#: CO above this (mg/m³) is a number in μg/m³: nobody could breathe there.
_CO_MICRO = 50.0
#: No concentration: an instrument's codes.
_CODES = (9_999, 90_000)
#: A day (of hours) or month (of days) with so many values tells its own unit; one with fewer has that of its station.
_ENOUGH = 12
#: So many hours of both particles before their order says something.
_PAIRS = 24
#: A station needs so many days of every hour, the file as a whole so many days.
_STATION_DAYS, _FILE_DAYS = 10, 5
#: How much more ozone the wrong part of the day must hold than the afternoon, hours counted by their end.
_MORE = 1.3
_AFTERNOON, _MORNING, _NIGHT = (13, 14, 15, 16, 17), (5, 6, 7, 8, 9), (21, 22, 23, 0, 1)


def carbon_monoxide(
    given: npt.NDArray[Any],
    station: npt.NDArray[np.int32],
    stations: Sequence[str],
    time: npt.NDArray[np.datetime64],
    kind: str,
    unit: str,
    notes: list[str],
) -> npt.NDArray[Any]:
    """CO (n,) in mg/m³, whatever it was given in; `notes` says what was converted and what looks wrong.

    Without a unit in the header a station is judged by most of its values, and a station that changes its unit day by day
    (kind "hour") or month by month ("day").
    """
    if in_micrograms(unit):
        notes.append(f"CO 的单位是 {unit}，已换算成 mg/m³")
        return given / 1000
    sound = np.isfinite(given) & (given >= 0) & (given < _CODES[1]) & (given != _CODES[0])
    high = sound & (given > _CO_MICRO)
    if not high.any():
        return given
    total = np.bincount(station[sound], minlength=len(stations))
    highs = np.bincount(station[high], minlength=len(stations))
    micro = (highs * 2 > total)[station]
    mixed = (highs > 0) & (highs < total)
    rows = np.flatnonzero(sound & mixed[station])
    if len(rows):
        moments = time[rows]
        # An hour is dated by its end: midnight closes the day before.
        spans = (
            moments.astype("datetime64[M]")
            if kind == "day"
            else (moments - np.timedelta64(1, "h")).astype("datetime64[D]")
        ).astype(np.int64)
        pairs = np.stack((station[rows].astype(np.int64), spans))
        _, span = np.unique(pairs, axis=1, return_inverse=True)
        span = span.ravel()
        counts, above = np.bincount(span), np.bincount(span, weights=high[rows])
        full = counts[span] >= _ENOUGH
        micro[rows[full]] = (above * 2 > counts)[span[full]]
    converted = np.unique(station[micro & sound])
    if len(converted):
        partly = np.unique(station[sound & ~micro & np.isin(station, converted)])
        told = f"CO 大多高于 {_CO_MICRO:g}：{_named(converted, stations)}的单位是 μg/m³，已换算成 mg/m³"
        if len(partly):
            told += f"；其中 {_named(partly, stations)}中途换了单位，逐{'月' if kind == 'day' else '日'}判断，换的那{'月' if kind == 'day' else '日'}请核对"
        notes.append(told)
    left = high & ~micro
    if left.any():
        notes.append(f"CO：{int(left.sum()):,} 个值高于 {_CO_MICRO:g} mg/m³，照原样用了，单位可能不对，请核对")
    return np.where(micro, given / 1000, given)


def suspicions(
    kind: str,
    stations: Sequence[str],
    station: npt.NDArray[np.int32],
    time: npt.NDArray[np.datetime64],
    values: Mapping[str, npt.NDArray[np.int16]],
    now: datetime | None = None,
) -> list[str]:
    """Sentences about what looks wrong: particles exchanged, a clock off by eight hours, times that have not come yet.

    station (n,) into `stations`, time (n,) datetime64[h], values : pollutant → (n,), negative where there is none
    """
    told = []
    fine, coarse = values.get("pm25"), values.get("pm10")
    if fine is not None and coarse is not None:
        told += _exchanged(stations, station, fine, coarse)
    if kind == "hour" and "o3" in values:
        told += _clocks(stations, station, time, values["o3"])
    moment = np.datetime64((now or china_now()).replace(tzinfo=None), "h") + np.timedelta64(1, "h")
    late = time > moment
    if late.any():
        latest = str(time[late].max()).replace("T", " ")
        told.append(f"{int(late.sum()):,} 行的时间还没有到（最晚 {latest} 时），请核对")
    return told


def _named(places: npt.NDArray[Any], stations: Sequence[str]) -> str:
    shown = "、".join(stations[int(place)] for place in places[:5])
    return f"{len(places)} 站（{shown}{'等' if len(places) > 5 else ''}）"


def _exchanged(
    stations: Sequence[str],
    station: npt.NDArray[np.int32],
    fine: npt.NDArray[np.int16],
    coarse: npt.NDArray[np.int16],
) -> list[str]:
    """Fine particles are part of the coarse ones: mostly more of them is two columns exchanged."""
    both = (fine >= 0) & (coarse >= 0)
    above = both & (fine > coarse)
    sentence = f"{LABELS['pm25']} 大多高于 {LABELS['pm10']}：两列可能对调了，请核对"
    if both.sum() >= _PAIRS and above.sum() * 2 > both.sum():
        return [sentence]
    pairs = np.bincount(station[both], minlength=len(stations))
    wrong = np.flatnonzero((pairs >= _PAIRS) & (np.bincount(station[above], minlength=len(stations)) * 2 > pairs))
    return [f"{_named(wrong, stations)}{sentence}"] if len(wrong) else []


def _clocks(
    stations: Sequence[str],
    station: npt.NDArray[np.int32],
    time: npt.NDArray[np.datetime64],
    ozone: npt.NDArray[np.int16],
) -> list[str]:
    """Ozone peaks in the afternoon; where it peaks in the early morning the clock is likely UTC, in the night eight hours ahead."""
    there = ozone >= 0
    hour = (time - time.astype("datetime64[D]")).astype(np.int64)
    cell = station[there].astype(np.int64) * 24 + hour[there]
    size = len(stations) * 24
    sums = np.bincount(cell, weights=ozone[there], minlength=size).reshape(-1, 24)
    counts = np.bincount(cell, minlength=size).reshape(-1, 24)
    days = len(np.unique(time[there].astype("datetime64[D]")))
    if days >= _FILE_DAYS and counts.sum(axis=0).all():
        means = sums.sum(axis=0) / counts.sum(axis=0)
        peak = int(np.argmax(means))
        if means.max() > 1.5 * means.min():
            if 4 <= peak <= 9:
                return [f"臭氧平均在 {peak} 时最高，通常在下午：{_SLOW}"]
            if peak >= 21 or peak <= 1:
                return [f"臭氧平均在 {peak} 时最高，通常在下午：{_FAST}"]
    enough = (counts >= _STATION_DAYS).all(axis=1)
    means = sums / np.maximum(counts, 1)
    noon = _MORE * means[:, _AFTERNOON].mean(axis=1)
    told = []
    for part, sentence in ((_MORNING, _SLOW), (_NIGHT, _FAST)):
        wrong = np.flatnonzero(enough & (means[:, part].mean(axis=1) > noon))
        if len(wrong):
            told.append(f"{_named(wrong, stations)}的臭氧{'清晨' if part is _MORNING else '夜里'}高于下午：{sentence}")
    return told


_SLOW = "钟可能慢了 8 小时（UTC），可用 `--shift-hours 8` 更正"
_FAST = "钟可能快了 8 小时，可用 `--shift-hours -8` 更正"
