"""Monitoring data into a workspace: files read and made sound, one commit, the days of the months they touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.casework.air_readings import MARK_NAMES, MARKS, Readings, read_readings
from greenrule.casework.air_sheets import read_sheet
from greenrule.core.errors import Fault, InputFault
from greenrule.packs.regions import same_place
from greenrule.quality.editions import MISSING, POLLUTANTS, Editions
from greenrule.store.observations import Imported
from greenrule.store.observations_days import refresh
from greenrule.store.observations_merging import HourBatch
from greenrule.store.stations import LEVELS, Station
from greenrule.store.workspace import Workspace

_STUCK = MARKS.index("stuck")
_MOST = 50
#: Header of a register → field, Chinese and English.
_REGISTER = {
    "station": "id", "站点编号": "id", "站点编码": "id", "id": "id", "name": "name", "站点名称": "name", "名称": "name", "level": "level", "级别": "level",
    "city": "city", "城市": "city", "county": "county", "县区": "county", "township": "township", "乡镇": "township", "lon": "lon", "经度": "lon",
    "lat": "lat", "纬度": "lat", "since": "since", "起": "since", "until": "until", "止": "until", "evaluated": "evaluated", "参与评价": "evaluated",
}  # fmt: skip


@dataclass
class ImportReport:
    """What came of an import: what the lake did, what was said of each file, stations that are new or stand elsewhere."""

    imported: Imported
    notes: list[str] = field(default_factory=list)
    new_stations: int = 0
    moved: list[tuple[str, float]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        moved = [{"station": name, "away_m": round(away)} for name, away in self.moved]
        return {**self.imported.to_json(), "new_stations": self.new_stations, "moved": moved, "notes": self.notes}


def import_files(
    workspace: Workspace, paths: Sequence[Path], editions: Editions, withdraw_blanks: bool = False, shift_hours: int = 0,
    progress: Callable[[float], None] | None = None,
) -> ImportReport:  # fmt: skip
    """Import files of hourly values, all of them or nothing.

    Raises InputFault with the faults of all files: those of reading · A051 two rows of a station and time with different
    values · A052 daily means; EnvironmentFault A050.
    """
    faults: list[Fault] = []
    read: list[Readings] = []
    for number, path in enumerate(paths):
        try:
            readings = read_readings(read_sheet(path), "auto", shift_hours=shift_hours)
            if readings.kind == "day":
                told = "这是日均值，库里存的是小时值"
                faults.append(
                    Fault("A052", told, readings.sheet.place(-1), "导入小时值；日均值用 `greenrule air aqi` 评价")
                )
            faults += _contradictions(readings)
            read.append(readings)
        except InputFault as error:
            faults += error.faults
        if progress is not None:
            progress(0.6 * (number + 1) / len(paths))
    if faults:
        raise InputFault(faults)
    imported = workspace.observations.import_hours(_batch(read), withdraw_blanks)
    if progress is not None:
        progress(0.9)
    report = ImportReport(imported)
    for readings in read:
        report.notes += [f"{readings.sheet.path.name}：{note}" for note in readings.notes]
        seen = _seen(readings)
        count, moved = workspace.stations.add_seen(seen)
        report.new_stations += count
        report.moved += {item.id: away for item, away in moved}.items()
        report.notes += _elsewhere(seen, workspace.stations.read())
    refresh(workspace.observations, editions, imported.months)
    return report


def revision_rows(workspace: Workspace, stations: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Every value that was changed, oldest first: import, day and hour of recording (UTC), station, time, pollutant, old and new value.

    Values in μg/m³, CO in mg/m³; None where there was or is none, and `why` then says what the new mark is.
    """
    table = workspace.observations.revisions()
    out = []
    for row in table.to_pylist() if table is not None else ():
        if stations and row["station"] not in stations:
            continue
        unit = 10 if row["pollutant"] == "co" else 1
        old, new = (None if row[key] == MISSING else row[key] / unit for key in ("old", "new"))
        out.append({
            "import": row["import_id"], "recorded": row["recorded"].isoformat(), "station": row["station"], "time": row["time"].isoformat(),
            "pollutant": row["pollutant"], "old": old, "new": new, "why": MARK_NAMES.get(MARKS[row["new_mark"]], ""),
        })  # fmt: skip
    return out


def _contradictions(readings: Readings) -> list[Fault]:
    """Rows of the same station and time that say different things (A051)."""
    if not readings.repeated.any():
        return []
    order = np.lexsort((np.arange(len(readings)), readings.time, readings.station))
    station, time = readings.station[order], readings.time[order]
    same = (station[1:] == station[:-1]) & (time[1:] == time[:-1])
    differs = np.zeros(len(same), np.bool_)
    for values in readings.values.values():
        column = values[order]
        differs |= same & (column[1:] != column[:-1]) & (column[1:] != MISSING) & (column[:-1] != MISSING)
    out = []
    for at in np.flatnonzero(differs)[:_MOST]:
        one, other = sorted((int(order[at]), int(order[at + 1])))
        told = f"{readings.stations[int(station[at])]} {str(time[at]).replace('T', ' ')} 时有两行，值不同（另一行是第 {one + readings.sheet.first_row} 行）"
        out.append(Fault("A051", told, readings.sheet.place(other, "time"), "留下对的一行"))
    return out


def _batch(read: Sequence[Readings]) -> HourBatch:
    names = sorted({name for readings in read for name in readings.stations})
    place = {name: at for at, name in enumerate(names)}
    station = np.concatenate(
        [np.array([place[name] for name in item.stations], np.int32)[item.station] for item in read]
    )
    time = np.concatenate([item.time for item in read])
    values, marks = {}, {}
    for name in POLLUTANTS:
        if not any(name in item.values for item in read):
            continue
        values[name] = np.concatenate([item.values.get(name, np.full(len(item), MISSING, np.int16)) for item in read])
        found = np.concatenate([item.marks.get(name, np.ones(len(item), np.uint8)) for item in read])
        # Whether a value is stuck depends on what stands beside it in the file: said at import, not stored.
        marks[name] = np.where(found == _STUCK, 0, found).astype(np.uint8)
    return HourBatch(names, station, time, values, marks)


def _seen(readings: Readings) -> list[Station]:
    """The stations of a table with what its other columns say of them in the first row, and in the last: one may move in between."""
    frame, columns = readings.sheet.frame, readings.sheet.columns
    lower = {name.lower(): name for name in frame.columns}
    _, first = np.unique(readings.station, return_index=True)
    _, last = np.unique(readings.station[::-1], return_index=True)
    out = []
    for row in dict.fromkeys((*first.tolist(), *(len(readings) - 1 - last).tolist())):

        def cell(header: str | None, row: int = row) -> str:
            value = frame[header][row] if header is not None else None
            return "" if value is None else str(value).strip()

        lon, lat = _degrees(cell(lower.get("lon"))), _degrees(cell(lower.get("lat")))
        out.append(
            Station(
                readings.stations[int(readings.station[row])],
                cell(columns.get("name")),
                city=cell(columns.get("city")),
                lon=lon,
                lat=lat,
            )
        )
    return out


def _elsewhere(seen: Sequence[Station], register: Sequence[Station]) -> list[str]:
    """Stations that a table puts into another city than the register, which is not changed by data."""
    cities = {item.id: item.city for item in register}
    told = {
        item.id: f"站点 {item.id} 表里写 {item.city}，登记的是 {cities[item.id]}：按登记的算，可能搬迁或写错，请核对登记表"
        for item in seen
        if item.city and cities.get(item.id) and not same_place(item.city, [cities[item.id]])
    }
    names = list(told)
    return [
        *(told[name] for name in names[:10]),
        *([f"另有 {len(names) - 10} 站的城市与登记的不同"] if len(names) > 10 else []),
    ]


def _degrees(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def read_register(path: Path) -> list[Station]:
    """A register of stations from a table.

    Columns: station 站点编号, name 站点名称, level 级别 (national 国控, provincial 省控, city 市控, county 县级, township 乡镇, park 园区), city 城市,
    county 县区, township 乡镇, lon 经度, lat 纬度, since 起, until 止, evaluated 参与评价.
    Raises InputFault with all faults: those of reading · A054 a cell that cannot be read · A063 no column of stations.
    """
    sheet = read_sheet(path)
    columns = {
        field: header
        for header in sheet.frame.columns
        if (field := _REGISTER.get(header.strip().lower()) or _REGISTER.get(header.strip()))
    }
    faults: list[Fault] = []
    if "id" not in columns:
        raise InputFault(Fault("A063", "登记表没有站点列", sheet.place(-1), "加一列 `station`（站点编号）"))
    words = {**{key: key for key in LEVELS}, **{zh: key for key, zh in LEVELS.items()}}
    out = []
    for row, record in enumerate(sheet.frame.iter_rows(named=True)):
        cells = {
            field: "" if record[header] is None else str(record[header]).strip() for field, header in columns.items()
        }

        def wrong(field: str, told: str, help: str, row: int = row) -> None:
            faults.append(Fault("A054", told, sheet.place(row, columns[field]), help))

        values: dict[str, Any] = {field: cells.get(field, "") for field in ("id", "name", "city", "county", "township")}
        level = cells.get("level", "")
        if level not in words:
            wrong("level", f"没有级别 `{level}`", f"可用：{'、'.join(LEVELS.values())}")
        values["level"] = words.get(level, "")
        for field in ("lon", "lat"):
            values[field] = _degrees(cells.get(field, ""))
            if cells.get(field) and values[field] is None:
                wrong(field, f"`{cells[field]}` 不是经纬度", "写十进制度")
        for field in ("since", "until"):
            try:
                values[field] = date.fromisoformat(cells[field][:10]) if cells.get(field) else None
            except ValueError:
                values[field] = None
                wrong(field, f"`{cells[field]}` 不是日期", "日期写作 YYYY-MM-DD")
        values["evaluated"] = cells.get("evaluated", "").lower() not in ("否", "no", "false", "0", "对照点")
        out.append(Station(**values))
    if faults:
        raise InputFault(faults)
    return out
