"""Days of places out of a workspace as readings for warnings, and what an import did to a day that was read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from greenrule.casework.air_evaluate import grouped
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.days import DayTable
from greenrule.quality.dust import DustProcess, touches_day
from greenrule.quality.editions import LABELS, Editions
from greenrule.quality.index import primary_names
from greenrule.response.episode_air import Reading
from greenrule.response.episode_causes import DUST, cause_of
from greenrule.store.observations import ObservationLake
from greenrule.store.observations_days import days_between, last_whole_day
from greenrule.store.observations_merging import HOUR
from greenrule.store.workspace import Workspace

#: What stands as the file of a reading that comes from the observations of a workspace.
LAKE = "监测库"
_DAY = timedelta(days=1)


@dataclass
class LakeDays:
    """Observed days of places; `imports` how many imports the observations had seen."""

    places: dict[str, list[Reading]]
    imports: int
    notes: list[str]


def lake_days(
    workspace: Workspace, editions: Editions, by: str, first: date | None, earliest: date, dust: Sequence[DustProcess] = (),
    level: str | None = None,
) -> LakeDays:  # fmt: skip
    """Every whole day of the places that stations belong to (`by` one of air_evaluate.GROUPS), under the edition of its date.

    first : the first day; by default that of the observations, not before `earliest` · dust : sand-dust processes that were found
    level : stations of this level only
    A day without a valid index is a reading without one.  The last day counts once its last hour, or a later one, is there.
    Errors: H038 nothing in these days; those of `air_evaluate.grouped`.
    """
    lake = workspace.observations
    months = lake.months()
    last = last_whole_day(lake)
    start = first or (max(earliest, date.fromisoformat(f"{months[0]}-01")) if months else earliest)
    imports = lake.imports()
    table = days_between(lake, editions, start, last) if last is not None and start <= last else None
    if table is None:
        have = f"库里有 {months[0]} 至 {months[-1]}" if months else "先用 `greenrule air import` 导入"
        raise InputFault(Fault("H038", f"{start} 以后没有一整天的监测数据", None, have))
    notes: list[str] = []
    table = grouped(table, workspace.stations.read(), by, (), level, editions, notes)
    members = {
        str(place): _members(workspace, by, str(place), table.first, table.last, level) for place in table.series
    }
    found = _readings(table, editions, first, dust, members)
    if dust:
        count = sum(item.cause == DUST for items in found.values() for item in items)
        notes.append(
            f"沙尘过程 {len(dust)} 次：所及的日子里首要污染物含 PM10 的 {count} 个按沙尘计（沾边一小时即算，是我们的读法）"
        )
    return LakeDays(found, imports, notes)


def _readings(
    table: DayTable, editions: Editions, first: date | None, dust: Sequence[DustProcess], members: Mapping[str, set[str]]
) -> dict[str, list[Reading]]:  # fmt: skip
    index = table.index(editions)
    there = np.stack(list(table.counts.values())).max(axis=0) > 0
    out = {}
    for row, place in enumerate(table.series):
        seen = np.flatnonzero(there[row])
        if not len(seen):
            continue
        # Before a place has anything it is not missing but not there yet.
        begin = int(seen[0]) if first is None else 0
        items = []
        for at in range(begin, table.days):
            start = datetime.combine(table.first + timedelta(days=at), time())
            aqi = int(index.aqi[row, at])
            stormy = any(touches_day(process, start.date(), members[str(place)]) for process in dust)
            cause = cause_of(primary_names(int(index.primary[row, at])), stormy)
            items.append(Reading(start, 24, True, None if aqi < 0 else aqi, start + _DAY, cause, 0, LAKE))
        out[str(place)] = items
    return out


def why_changed(workspace: Workspace, by: str, place: str, day: date, since: int, level: str | None = None) -> str:
    """What made a day of a place another one after import `since`: values replaced, values that came late, or neither."""
    lake = workspace.observations
    members = _members(workspace, by, place, day, day, level)
    start = np.datetime64(day, "h")
    parts = _revised(lake, members, start + HOUR, start + 24 * HOUR, since)
    month = lake.read_month(f"{day:%Y-%m}") if not parts else None
    if month is not None:
        rows = [at for at, name in enumerate(month.stations) if name in members]
        ids = month.ids[rows, 24 * (day.day - 1) : 24 * day.day]
        late = ids[ids > since]
        if late.size:
            parts.append(f"第 {'、'.join(map(str, np.unique(late)))} 次导入补报 {late.size} 站时")
    return "；".join(parts) or "小时值没有变：站点登记、沙尘过程、成因的认定或评价标准变了"


def _members(workspace: Workspace, by: str, place: str, first: date, last: date, level: str | None) -> set[str]:
    """The stations that make a place in a stretch of days."""
    return {place} if by == "station" else {
        item.id for item in workspace.stations.read()
        if getattr(item, by) == place and item.evaluated and item.on(first, last) and (level is None or item.level == level)
    }  # fmt: skip


def _revised(lake: ObservationLake, members: set[str], low: Any, high: Any, since: int) -> list[str]:
    table = lake.revisions()
    if table is None:
        return []
    import pyarrow as pa
    import pyarrow.compute as pc

    named = pc.is_in(table["station"], pa.array(sorted(members), pa.string()))
    table = table.filter(pc.and_(pc.greater(table["import_id"], since), named))
    moments = table["time"].to_numpy().astype("datetime64[h]")
    table = table.filter(pa.array((moments >= low) & (moments <= high)))
    out = []
    for id in sorted(set(table["import_id"].to_pylist())):
        part = table.filter(pc.equal(table["import_id"], id))
        pollutants = part["pollutant"].to_pylist()
        words = "、".join(
            f"{label} {pollutants.count(name)} 个" for name, label in LABELS.items() if name in pollutants
        )
        names = sorted(set(part["station"].to_pylist()))
        told = "、".join(names[:4]) + (f"等 {len(names)} 站" if len(names) > 4 else "")
        out.append(f"第 {id} 次导入更正 {told} 的小时值：{words}")
    return out
