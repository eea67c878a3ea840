"""Weather tables for an outlook (forecasts of the past and of today, analyses), and forecasts of another model, as arrays by day.

A weather row says when it is valid and since when it was known (起报时间, or 时效 in hours before it); a row without is an analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from greenrule.casework.outlook_sheets import Sheet, named_columns, read_sheets
from greenrule.casework.outlook_tables import PLACE, TIME, read_times
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.forecast_days import POLLUTANTS
from greenrule.quality.forecast_series import MOST_LEAD, Series, Weather

_VARIABLES = {
    "temperature": ("气温", "温度", "temp", "t2m", "TEMP"), "dewpoint": ("露点", "dewp", "d2m"), "humidity": ("相对湿度", "湿度", "rh"),
    "pressure": ("气压", "pres", "sp", "msl"), "wind_speed": ("风速", "wspm", "ws", "wind"), "u10": ("u", "纬向风"), "v10": ("v", "经向风"),
    "rain": ("降水", "降水量", "tp", "precipitation"), "boundary_layer": ("边界层高度", "blh", "混合层高度", "pblh"),
    "radiation": ("辐射", "ssrd"), "cloud": ("云量", "tcc"), "visibility": ("能见度",),
}  # fmt: skip
_DIRECTION = {"wind_dir": ("风向", "wd")}
_WHEN = {"issued": ("起报时间", "发布时间", "run"), "lead": ("时效", "预报时效", "step")}
_POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_HOUR = np.timedelta64(1, "h")
_DAY = np.timedelta64(1, "D")


@dataclass
class WeatherRows:
    """Weather by day: place ("" for everywhere), day, issue time (NaT for an analysis), (n, k) daily means."""

    names: tuple[str, ...]
    places: np.ndarray
    days: np.ndarray
    issued: np.ndarray
    values: np.ndarray
    notes: list[str] = field(default_factory=list)

    def has(self, place: str) -> bool:
        """Whether there are rows for a place, or rows for everywhere."""
        return bool(np.isin(self.places, [place, ""]).any())

    def of(self, series: Series, delay: float) -> Weather:
        """The rows of a place (or of everywhere) over the days of its series."""
        mine = np.flatnonzero((self.places == series.place) | (self.places == ""))
        start = np.datetime64(series.first, "s")
        valid = ((self.days[mine] - start.astype("datetime64[D]")) // _DAY).astype(np.int64)
        issued = (self.issued[mine] - start) / np.timedelta64(86_400, "s")
        return Weather.of_rows(
            self.names, len(series), valid, np.where(np.isnan(issued), -np.inf, issued), self.values[mine], delay
        )


def read_weather(paths: Sequence[Path]) -> WeatherRows:
    """Weather files as daily means per place and issue.

    Errors: F001–F005 as for observations; F010 no variable that is known, or an issue that is later than what it foretells.
    """
    faults: list[Fault] = []
    pieces = [piece for path in paths for sheet in read_sheets(path) if (piece := _rows(sheet, faults)) is not None]
    if faults:
        raise InputFault(faults)
    names = tuple(dict.fromkeys(name for piece in pieces for name in piece.names))
    values = [np.column_stack([piece.values[:, piece.names.index(name)] if name in piece.names else np.full(len(piece.days), np.nan)
                               for name in names]) for piece in pieces]  # fmt: skip
    return WeatherRows(
        names, np.concatenate([piece.places for piece in pieces]), np.concatenate([piece.days for piece in pieces]),
        np.concatenate([piece.issued for piece in pieces]), np.vstack(values), [note for piece in pieces for note in piece.notes],
    )  # fmt: skip


def _rows(sheet: Sheet, faults: list[Fault]) -> WeatherRows | None:
    times = read_times(sheet, faults)
    heads = named_columns(sheet, {**_VARIABLES, **_DIRECTION, **_WHEN, **PLACE})
    found = [name for name in _VARIABLES if name in heads]
    if not found:
        words = "、".join(aliases[0] for aliases in _VARIABLES.values())
        faults.append(Fault("F010", "没有认得的气象列", sheet.place(), f"可用：{words}"))
    if times is None or not found:
        return None
    values = {name: sheet.numbers(heads[name], faults) for name in found}
    if "wind_dir" in heads:
        angle = np.deg2rad(_degrees(sheet, heads["wind_dir"], faults))
        speed = values.get("wind_speed", np.ones(len(sheet)))
        values |= {"wind_u": -speed * np.sin(angle), "wind_v": -speed * np.cos(angle)}
    issued = np.full(len(sheet), np.datetime64("NaT"), dtype="datetime64[s]")
    if "issued" in heads:
        told = np.array([word is not None for word in sheet.words(heads["issued"])])
        issued[told] = sheet.moments(heads["issued"], [] if not told.all() else faults)[told]
    elif "lead" in heads:
        lead = sheet.numbers(heads["lead"], faults)
        ahead = lead > 0
        issued[ahead] = times[ahead] - (lead[ahead] * 3600).astype("timedelta64[s]")
    late = issued > times + _DAY  # a daily row is named by the start of its day
    for at in np.flatnonzero(late):
        faults.append(Fault("F010", "起报时间晚于所报的时间", sheet.place(int(at)), "检查 时间 与 起报时间 是否写反"))
    places = sheet.words(heads["place"]) if "place" in heads else [""] * len(sheet)
    return _daily(np.array([place or "" for place in places]), times.astype("datetime64[D]"), issued, values)


def _degrees(sheet: Sheet, column: str, faults: list[Fault]) -> np.ndarray:
    """Directions from which the wind blows, in degrees or as points of the compass."""
    words = sheet.words(column)
    if all(word is None or word.upper() in (*_POINTS, "NA", "C", "CV") for word in words):
        known = {point: at * 22.5 for at, point in enumerate(_POINTS)}
        return np.array([known.get((word or "").upper(), np.nan) for word in words])
    return sheet.numbers(column, faults)


def _daily(places: np.ndarray, days: np.ndarray, issued: np.ndarray, values: dict[str, np.ndarray]) -> WeatherRows:
    """Means over each day of each place and issue."""
    names = tuple(values)
    stamp = np.where(np.isnat(issued), np.iinfo(np.int64).min, issued.astype(np.int64))
    _, place_code = np.unique(places, return_inverse=True)
    keys = np.column_stack([place_code, days.astype(np.int64), stamp])
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    out = np.full((len(first), len(names)), np.nan)
    for at, name in enumerate(names):
        known = ~np.isnan(values[name])
        count = np.bincount(group[known], minlength=len(first))
        total = np.bincount(group[known], weights=values[name][known], minlength=len(first))
        out[:, at] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return WeatherRows(names, places[first], days[first], issued[first], out)


def read_other(path: Path, series: Series, delay: float) -> np.ndarray:
    """Another model's table (place, date, issued or lead in days, concentrations) as (days, 10, 6), NaN where it says nothing.

    Errors: F001–F005; F011 neither issue time nor lead.
    """
    faults: list[Fault] = []
    out = np.full((len(series), MOST_LEAD, len(POLLUTANTS)), np.nan)
    for sheet in read_sheets(path):
        names = {name: (name.upper(), name.replace("pm25", "PM2.5"), name.replace("_", "-")) for name in POLLUTANTS}
        heads = named_columns(sheet, {**PLACE, **TIME, **_WHEN, **names})
        times = read_times(sheet, faults)
        if times is None or not {"issued", "lead"} & set(heads):
            faults.append(
                Fault(
                    "F011",
                    "预报表没有 起报时间 或 时效（天）",
                    sheet.place(),
                    "用 `greenrule air forecast --out` 写出的表头",
                )
            )
            continue
        valid = ((times.astype("datetime64[D]") - np.datetime64(series.first, "D")) // _DAY).astype(np.int64)
        if "issued" in heads:
            moments = sheet.moments(heads["issued"], faults)
            made = (moments - np.datetime64(series.first, "s")) / np.timedelta64(86_400, "s")
            origin = np.where(np.isnan(made), -1, np.ceil(np.nan_to_num(made) - delay - 1e-9) - 1).astype(np.int64)
        else:
            origin = valid - np.nan_to_num(sheet.numbers(heads["lead"], faults), nan=-1.0).astype(np.int64)
        places = sheet.words(heads["place"]) if "place" in heads else [series.place] * len(sheet)
        lead = valid - origin
        good = (np.array([place == series.place for place in places], dtype=bool)
                & (origin >= 0) & (origin < len(series)) & (lead >= 1) & (lead <= MOST_LEAD))  # fmt: skip
        for at, name in enumerate(POLLUTANTS):
            if name in heads:
                values = sheet.numbers(heads[name], faults)
                out[origin[good], lead[good] - 1, at] = values[good]
    if faults:
        raise InputFault(faults)
    return out
