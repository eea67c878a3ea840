"""One series out of a workspace for a chart: its days, its months, its hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from greenrule.casework.air_evaluate import day_rows, evaluate_workspace, number
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.editions import Editions
from greenrule.quality.periods import Period, months_of
from greenrule.store.observations_days import hour_grid
from greenrule.store.workspace import Workspace


def year_days(workspace: Workspace, editions: Editions, year: int, by: str, name: str) -> list[dict[str, Any]]:
    """The days of a year of one series, as `day_rows` gives them."""
    period = Period.year(year)
    found = evaluate_workspace(workspace, editions, [period], by, (name,))
    assert found.days is not None
    return day_rows(found.days, editions, period.first, period.last)


def month_values(
    workspace: Workspace, editions: Editions, pollutant: str, by: str, name: str, first: date, last: date
) -> tuple[date, list[float | None]]:
    """Means of whole months of one series (CO and O3: their percentile), each as its edition reports it; None where invalid."""
    periods = months_of(first, last)
    statistic = {"co": "co_p95", "o3": "o3_p90"}.get(pollutant, f"{pollutant}_mean")
    out: list[float | None] = []
    for period in periods:
        try:
            rows = evaluate_workspace(workspace, editions, [period], by, (name,)).rows
        except InputFault as fault:
            if fault.faults[0].code not in ("A055", "A056"):
                raise
            rows = []
        out.append(number(rows[0].values.get(statistic)) if rows else None)
    return periods[0].first, out


def hour_values(workspace: Workspace, station: str, pollutant: str, months: Sequence[str]) -> dict[Any, float]:
    """Valid hourly values of one station: the hour's end → μg/m³ (CO: mg/m³).  Raises InputFault AT009 where there is no such station."""
    lake = workspace.observations
    out: dict[Any, float] = {}
    seen = False
    for month in months:
        grid = hour_grid(lake, month)
        if grid is None or station not in grid.stations:
            continue
        seen = True
        row = np.asarray(grid.hours[pollutant][list(grid.stations).index(station)])
        start = np.datetime64(grid.first, "h")
        for at in np.flatnonzero(row >= 0):
            out[start + np.timedelta64(int(at) + 1, "h")] = float(row[at]) / (10 if pollutant == "co" else 1)
    if not seen:
        raise InputFault(
            Fault(
                "AT009", f"工作区里没有站点 {station} 的数据", None, "用 `greenrule air evaluate --by station` 看有哪些"
            )
        )
    return out


def span_of(workspace: Workspace) -> tuple[date, date]:
    """The first and the last day of the months that a workspace holds.  Raises InputFault A055 where it holds none."""
    months = workspace.observations.months()
    if not months:
        raise InputFault(Fault("A055", "工作区里没有监测数据", None, "先用 `greenrule air import` 导入"))
    year, month = map(int, months[-1].split("-"))
    return date.fromisoformat(f"{months[0]}-01"), Period.month(year, month).last
