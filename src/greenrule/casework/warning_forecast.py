"""Tables of `air forecast` as readings for warnings: the index of each day under its edition, and how likely it passes a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from greenrule.casework.outlook_sheets import Sheet, named_columns, read_sheets
from greenrule.casework.outlook_tables import PLACE, TIME
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.editions import Editions
from greenrule.quality.forecast_days import POLLUTANTS
from greenrule.quality.forecast_index import QUANTILES, Foretold
from greenrule.quality.index import primary_names
from greenrule.response.episode_air import Reading
from greenrule.response.episode_causes import cause_of

_ISSUED = {"issued": ("起报时间", "发布时间", "run")}


@dataclass(frozen=True)
class ForetoldDay:
    """A day of a place as one forecast has it."""

    reading: Reading
    foretold: Foretold


@dataclass
class Forecasts:
    """Days that are foretold, by place, in the order of the tables."""

    places: dict[str, list[ForetoldDay]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_forecasts(paths: Sequence[Path], editions: Editions, value: str = "point") -> Forecasts:
    """The days of tables as `air forecast --out` writes them: place, date, time of issue, concentrations, their intervals.

    value : which quantile of the concentrations drives the warning, one of `quality.forecast_index.QUANTILES`
    Errors, all at once: F001–F005 of the tables · H037 a table without a time of issue, a place or a concentration, a day that
    was over when it was foretold, or two values for one thing.
    """
    faults: list[Fault] = []
    out = Forecasts()
    plain = 0
    for path in paths:
        try:
            sheets = read_sheets(path)
        except InputFault as error:
            faults += error.faults
            continue
        for sheet in sheets:
            plain += _take(sheet, editions, value, out, faults)
    if faults:
        raise InputFault(faults)
    if plain and value != "point":
        out.notes.append(f"{plain} 个预报值没有区间，用的是预报值本身")
    return out


def _take(sheet: Sheet, editions: Editions, value: str, out: Forecasts, faults: list[Fault]) -> int:
    """Add the days of a sheet; how many concentrations had no such quantile."""
    names = {name: (name.upper(), name.replace("pm25", "PM2.5"), name.replace("_", "-")) for name in POLLUTANTS}
    bounds = {f"{name}_{key}": () for name in POLLUTANTS for key in QUANTILES if key != "point"}
    heads = named_columns(sheet, {**PLACE, **TIME, **_ISSUED, **names, **bounds})
    lacking = [
        label
        for label, there in (
            ("place（地点）", "place" in heads),
            ("date（日期）", "time" in heads),
            ("issued（发布时间）", "issued" in heads),
            ("pm25 等浓度", any(name in heads for name in POLLUTANTS)),
        )
        if not there
    ]
    if lacking:
        told = f"预报表缺 {'、'.join(lacking)}"
        faults.append(Fault("H037", told, sheet.place(), "用 `greenrule air forecast --out` 写出的表"))
        return 0
    before = len(faults)
    days, issued = sheet.moments(heads["time"], faults), sheet.moments(heads["issued"], faults)
    amounts = {key: sheet.numbers(heads[key], faults) for key in (*names, *bounds) if key in heads}
    if len(faults) > before:
        return 0
    plain = 0
    for at, place in enumerate(sheet.words(heads["place"])):
        start, known = _moment(days[at]), _moment(issued[at])
        if place is None or start.hour or (known - start).days >= 1:
            told = (
                "没有写地点"
                if place is None
                else "不是一天"
                if start.hour
                else f"{known:%Y-%m-%d %H:%M} 才预报已过去的 {start:%m-%d}"
            )
            column = heads["place" if place is None else "time" if start.hour else "issued"]
            faults.append(Fault("H037", told, sheet.place(at, column), "一行写一个地点一天，发布时间不晚于这一天"))
            continue
        quantiles: dict[str, dict[str, float]] = {}
        for name in POLLUTANTS:
            found = {key: float(amounts[column][at]) for key in QUANTILES
                     if (column := name if key == "point" else f"{name}_{key}") in amounts and not np.isnan(amounts[column][at])}  # fmt: skip
            if "point" in found:
                quantiles["o3" if name == "o3_8h" else name] = found
                plain += value not in found
        foretold = Foretold(quantiles)
        edition = editions.on(start.date())
        aqi, primary = foretold.index(edition, value) if edition is not None else (None, 0)
        item = Reading(
            start, 24, False, aqi, known, cause_of(primary_names(primary)), int(sheet.rows[at]), sheet.path.name
        )
        _put(out.places.setdefault(place, []), ForetoldDay(item, foretold), sheet, at, faults)
    return plain


def _put(days: list[ForetoldDay], new: ForetoldDay, sheet: Sheet, at: int, faults: list[Fault]) -> None:
    for day in days:
        if day.reading.key == new.reading.key:
            if (day.reading.aqi, day.reading.cause) != (new.reading.aqi, new.reading.cause):
                told = f"同一次发布对 {new.reading.start:%Y-%m-%d} 有两个不同的值（另一行是 {day.reading.file} 第 {day.reading.row} 行）"
                faults.append(Fault("H037", told, sheet.place(at), "留一行"))
            return
    days.append(new)


def _moment(value: np.datetime64) -> datetime:
    found = value.astype("datetime64[s]").item()
    assert isinstance(found, datetime)
    return found
