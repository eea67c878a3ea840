"""The observations of a workspace as the days that an outlook learns from: of stations, or of the places that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from greenrule.casework.air_evaluate import grouped
from greenrule.casework.outlook_tables import Observations
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.days import DayTable
from greenrule.quality.editions import MISSING, Editions
from greenrule.quality.forecast_days import LATE_HOURS, POLLUTANTS
from greenrule.quality.forecast_series import Series
from greenrule.store.observations import ObservationLake
from greenrule.store.observations_days import days_between, hour_grid, last_whole_day
from greenrule.store.workspace import Workspace

#: Of an outlook's pollutant, the one whose hours it is made of.
_HOURS = {name: "o3" if name == "o3_8h" else name for name in POLLUTANTS}


def lake_observations(
    workspace: Workspace, editions: Editions, by: str, names: Sequence[str] = (), level: str | None = None
) -> Observations:
    """Every day of the workspace up to the last one that is over, of the stations or of what they are grouped `by`.

    level : stations of this level only.  Days are those of the evaluation: the same validity, the same register, each under the edition of its date.
    Errors: F017 no whole day · those of `air_evaluate.grouped`.
    """
    lake = workspace.observations
    months, last = lake.months(), last_whole_day(lake)
    first = date.fromisoformat(f"{months[0]}-01") if months else None
    table = None if first is None or last is None else days_between(lake, editions, first, last)
    if table is None or last is None:
        have = f"库里有 {months[0]} 至 {months[-1]}" if months else "先用 `greenrule air import` 导入"
        raise InputFault(Fault("F017", "工作区里没有一整天的监测数据", None, have))
    register = workspace.stations.read()
    out = Observations({}, {}, True)
    found = grouped(table, register, by, tuple(names), level, editions, out.notes)
    late = grouped(_late(lake, table), register, by, tuple(names), level, editions, [])
    for row, place in enumerate(found.series):
        values, ends = _amounts(found, row, editions), _amounts(late, row, editions)
        seen = np.flatnonzero(~np.isnan(values).all(axis=1))
        if not len(seen):
            out.notes.append(f"{place}：没有一天有效，未报")
            continue
        low = int(seen[0])
        out.stations[str(place)] = Series(
            str(place), table.first + timedelta(days=low), values[low:].copy(), ends[low:].copy()
        )
    if not out.stations:
        raise InputFault(Fault("F017", "工作区里没有一个地点有有效的日值", None, "导入更多的小时值"))
    return out


def _late(lake: ObservationLake, table: DayTable) -> DayTable:
    """What the last hours of each day hold, in the form of days, so that places are made of stations in one way."""
    shape = (len(table.series), table.days)
    at = {str(name): row for row, name in enumerate(table.series)}
    exact = {name: np.full(shape, -1, np.int64) for name in table.exact}
    for month in lake.months():
        grid = hour_grid(lake, month)
        if grid is None:
            continue
        begin = (grid.first - table.first).days
        days = min(grid.days, table.days - begin)
        rows = np.array([at[str(name)] for name in grid.stations])
        for name, hours in grid.hours.items():
            last = np.asarray(hours).reshape(len(rows), -1, 24)[:, :days, -LATE_HOURS:].astype(np.int64)
            valid = last != MISSING
            count = valid.sum(axis=2)
            total = np.where(valid, last, 0).sum(axis=2) * table.denominator
            mean = (2 * total + count) // np.maximum(2 * count, 1)
            exact[name][rows, begin : begin + days] = np.where(count >= LATE_HOURS // 2, mean, -1)
    none = {name: np.full(shape, -1, np.int16) for name in table.exact}
    return DayTable(table.series, table.first, table.denominator, exact, none, table.counts)


def _amounts(table: DayTable, row: int, editions: Editions) -> np.ndarray:
    """(days, 6) of a series in the units of an outlook; NaN where there is no valid day."""
    decimals = editions.items[0].decimals
    out = np.full((table.days, len(POLLUTANTS)), np.nan)
    for place, name in enumerate(POLLUTANTS):
        hours = _HOURS[name]
        if table.fractions is not None:
            whole = [np.nan if item is None else float(item) for item in table.fractions[hours][row]]
            out[:, place] = np.array(whole) / 10 ** decimals[hours]
        else:
            exact = table.exact[hours][row]
            out[:, place] = np.where(exact < 0, np.nan, exact / float(table.denominator * 10 ** decimals[hours]))
    return out
