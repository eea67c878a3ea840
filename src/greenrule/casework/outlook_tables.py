"""The files of an outlook: hourly or daily concentrations, weather, a calendar, a forecast of another model.

What monitoring data do to a table is told or set aside (negative and filler values, repeated hours, CO in µg/m³); what
nobody can know is a fault, all of them at once, with row and column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from greenrule.casework.outlook_sheets import Sheet, moment, named_columns, read_sheets, spoken, unit_of
from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.units import UnitError, factor
from greenrule.quality.editions import Editions
from greenrule.quality.forecast_days import (
    POLLUTANTS,
    by_days,
    folded,
    late_means,
)
from greenrule.quality.forecast_series import Series

PLACE = {"place": ("station", "地点", "站点", "点位", "站点名称", "点位名称", "监测点", "城市站点", "code")}
CITY = {"city": ("城市", "设区市", "所在市", "市")}
TIME = {"time": ("date", "日期", "时间", "监测时间", "监测日期", "datetime", "time_point", "day")}
PARTS = {"year": ("年",), "month": ("月",), "day": ("日",), "hour": ("时", "小时")}
_HOURLY = {"pm25": ("PM2.5", "细颗粒物"), "pm10": ("PM10", "可吸入颗粒物"), "so2": ("SO2", "二氧化硫"), "no2": ("NO2", "二氧化氮"),
           "co": ("CO", "一氧化碳"), "o3": ("O3", "O3_1h", "臭氧"), "o3_8h": ("O3-8h", "O38h", "臭氧8小时", "mda8")}  # fmt: skip
#: What loggers write where there is no value; 999 may be dust.
_FILLERS = (9999.0, 99999.0, 999999.0)
#: CO in mg/m³ has a median below this and in µg/m³ above: clean air holds 0.1 to 0.2 mg/m³, the worst cities 5.
_CO_MICRO = 20.0
#: A longer record than anybody has.
_MOST_DAYS = 40_000
#: Days whose mean course tells when the sun is high.
_CLOCK_DAYS = 20


@dataclass
class Observations:
    """Series of stations by name, the city each belongs to, and what was assumed."""

    stations: dict[str, Series]
    cities: dict[str, str]
    hourly: bool
    notes: list[str] = field(default_factory=list)


def read_observations(paths: Sequence[Path], editions: Editions, hour_ends: bool = False) -> Observations:
    """Concentrations of one or more files, hourly or daily, as days.

    hour_ends : a time names the end of its hour, so that 00:00 belongs to the day before
    Errors: F001–F003 files · F004 cells · F005 columns · F006 two values for one time · F007 hours and days mixed · F008 units · F014 no station · F015 no such hour · F016 times too far
    apart.
    """
    faults: list[Fault] = []
    out = Observations({}, {}, False)
    pieces = []
    for path in paths:
        try:
            sheets = read_sheets(path)
        except InputFault as error:
            if error.exit_code != 2:
                raise
            faults.extend(error.faults)
            continue
        for sheet in sheets:
            piece = _piece(sheet, faults, out.notes)
            if piece is not None:
                pieces.append(piece)
    if faults:
        raise InputFault(faults)
    hourly = {piece.hourly for piece in pieces}
    if len(hourly) > 1:
        told = "几个文件里有的是小时值，有的是日值"
        raise InputFault(Fault("F007", told, pieces[-1].sheet.place(), "分开给，或先合成同一种"))
    out.hourly = hourly.pop()
    if out.hourly and not hour_ends:
        # Said because observations for a workspace are read the other way: one table would give other days there.
        out.notes.append("小时值的时间按每小时的起点读；是终点的（`air import` 都按终点读）写 `--hour-ends`")
    for place in sorted({name for piece in pieces for name in set(piece.places)}):
        out.stations[place] = _series(place, pieces, editions, hour_ends, faults, out.notes)
    for piece in pieces:
        if piece.cities is not None:
            out.cities.update({name: city for name, city in zip(piece.places, piece.cities, strict=True) if city})
    if faults:
        raise InputFault(faults)
    return out


@dataclass
class _Piece:
    sheet: Sheet
    places: np.ndarray
    cities: list[str | None] | None
    times: np.ndarray
    values: dict[str, np.ndarray]
    hourly: bool

    @cached_property
    def _rows(self) -> dict[str, np.ndarray]:
        names, code = np.unique(self.places, return_inverse=True)
        order = np.argsort(code, kind="stable")
        return dict(zip(names.tolist(), np.split(order, np.cumsum(np.bincount(code))[:-1]), strict=True))

    def rows_of(self, place: str) -> np.ndarray:
        """The rows of a place, in the order of the file."""
        return self._rows.get(place, np.empty(0, dtype=np.int64))


def _piece(sheet: Sheet, faults: list[Fault], notes: list[str]) -> _Piece | None:
    """One sheet as columns; None where it cannot be read (told)."""
    heads = named_columns(sheet, {**PLACE, **CITY, **_HOURLY})
    times = read_times(sheet, faults)
    found = [name for name in _HOURLY if name in heads]
    if times is None or not found:
        if not found:
            close = "、".join(sheet.header[:12])
            faults.append(
                Fault(
                    "F005",
                    f"没有认得的污染物列（表头：{close}）",
                    sheet.place(),
                    "列名写 PM2.5、PM10、SO2、NO2、CO、O3",
                )
            )
        return None
    values = {name: _measured(sheet, heads[name], name, faults, notes) for name in found}
    names = sheet.words(heads["place"]) if "place" in heads else [sheet.path.stem] * len(sheet)
    for at in (at for at, name in enumerate(names) if name is None):
        faults.append(Fault("F014", "没有写站点", sheet.place(at, heads["place"]), "补上，或删去这一行"))
    cities = sheet.words(heads["city"]) if "city" in heads else None
    clock = times.astype("datetime64[h]").astype(np.int64) % 24
    hourly = bool((clock[~np.isnat(times)] != 0).any())
    if hourly and "o3_8h" in values:
        values.pop("o3_8h")
        notes.append(f"{sheet.path.name}：小时表里的 O3-8h 列不用，日最大8小时由小时值算")
    if not hourly and "o3_8h" not in values and "o3" in values:
        values["o3_8h"] = values.pop("o3")
        notes.append(f"{sheet.path.name}：日表的 `{heads['o3']}` 列当作日最大8小时平均")
    return _Piece(sheet, np.array([str(name) for name in names]), cities, times, values, hourly)


def read_times(sheet: Sheet, faults: list[Fault]) -> np.ndarray | None:
    """When each row is: from one column, or from columns of year, month, day and hour."""
    parts = named_columns(sheet, PARTS)
    if {"year", "month", "day"} <= set(parts):
        numbers = {name: sheet.numbers(column, faults) for name, column in parts.items()}
        hours = numbers.get("hour", np.zeros(len(sheet)))
        out = np.full(len(sheet), np.datetime64("NaT"), dtype="datetime64[s]")
        for at, (year, month, day, hour) in enumerate(
            zip(numbers["year"], numbers["month"], numbers["day"], hours, strict=True)
        ):
            found = None
            if not np.isnan([year, month, day, hour]).any() and all(
                float(x).is_integer() for x in (year, month, day, hour)
            ):
                found = moment(f"{int(year):04d}-{int(month)}-{int(day)} {int(hour)}:00")
            if found is None:
                faults.append(
                    Fault(
                        "F015", "年月日时合不成一个时间", sheet.place(at, parts["year"]), "检查这一行的年、月、日、时"
                    )
                )
            else:
                out[at] = np.datetime64(found)
        return out
    heads = named_columns(sheet, TIME)
    if "time" not in heads:
        faults.append(Fault("F005", "没有时间列", sheet.place(), "加一列 时间（2026-01-05 13:00）或 日期"))
        return None
    return sheet.moments(heads["time"], faults)


def _measured(sheet: Sheet, column: str, name: str, faults: list[Fault], notes: list[str]) -> np.ndarray:
    """Concentrations of a column in the unit of the pollutant; what cannot be air is missing, and told."""
    values = sheet.numbers(column, faults)
    wanted = "mg/m³" if name == "co" else "µg/m³"
    where = f"{sheet.path.name} `{column}`"
    bad = (values < 0) | np.isin(values, _FILLERS)
    if bad.any():
        notes.append(f"{where}：{int(bad.sum()):,} 个负值或填充值（如 -999、9999）按缺测处理")
        values[bad] = np.nan
    unit = unit_of(column)
    if unit is not None:
        try:
            given, base = factor(unit), factor(wanted)
        except UnitError as error:
            faults.append(Fault("F008", f"`{column}`：{error}", sheet.place(None, column), f"写 {wanted}"))
            return values
        if given[0] != base[0]:
            faults.append(Fault("F008", f"`{column}` 的单位不是质量浓度", sheet.place(None, column), f"写 {wanted}"))
            return values
        return values * float(given[1] / base[1])
    if name == "co" and (~np.isnan(values)).any() and np.nanmedian(values) > _CO_MICRO:
        notes.append(f"{where}：没有写单位，中位数 {np.nanmedian(values):.0f}，当作 µg/m³ 换成 mg/m³")
        return values / 1000
    return values


def _series(
    place: str, pieces: Sequence[_Piece], editions: Editions, hour_ends: bool, faults: list[Fault], notes: list[str]
) -> Series:
    """One station's hours or days, put in order, as days."""
    hourly = pieces[0].hourly
    step = np.timedelta64(1, "h") if hourly else np.timedelta64(1, "D")
    mine = [(piece, piece.rows_of(place)) for piece in pieces]
    times = np.concatenate([piece.times[rows] for piece, rows in mine]).astype("datetime64[s]")
    if hourly and hour_ends:
        times = times - step
    first = times.min().astype("datetime64[D]")
    slots = ((times - first) // step).astype(np.int64)
    days = int(slots.max()) // (24 if hourly else 1) + 1
    if days > _MOST_DAYS:
        piece, rows = next((piece, rows) for piece, rows in mine if len(rows))
        told = f"{place} 的时间从 {first} 到 {str(times.max())[:10]}，跨度不像真的"
        faults.append(Fault("F016", told, piece.sheet.place(int(rows[0])), "找出写错年份的行"))
        return Series(
            place, date(2000, 1, 1), np.full((1, len(POLLUTANTS)), np.nan), np.full((1, len(POLLUTANTS)), np.nan)
        )
    if hourly and days > 1 and slots.max() % 24 != 23:
        whole = slots < (days - 1) * 24
        told = str(times.max()).replace("T", " ")[:13]
        notes.append(f"{place}：最后一天只到 {told} 时，还不完整，起报日是前一天")
        mine = [(piece, rows[keep]) for (piece, rows), keep in zip(mine, _split(whole, mine), strict=True)]
        slots, days = slots[whole], days - 1
    table: dict[str, np.ndarray] = {}
    for name in _HOURLY:
        column = np.concatenate(
            [piece.values.get(name, np.full(len(piece.sheet), np.nan))[rows] for piece, rows in mine]
        )
        table[name] = np.full(days * (24 if hourly else 1), np.nan)
        known = ~np.isnan(column)
        table[name][slots[known]] = column[known]
        _repeated(place, name, column, slots, table[name], mine, faults)
    repeats = len(slots) - len(np.unique(slots))
    if repeats:
        notes.append(f"{place}：{repeats:,} 行的时间重复而数值相同，只计一次")
    if hourly:
        hours = {name: by_days(values) for name, values in table.items()}
        begin = first.astype(date)
        values = [
            folded("o3" if name == "o3_8h" else name, hours["o3" if name == "o3_8h" else name], begin, editions)
            for name in POLLUTANTS
        ]
        late = [late_means(hours["o3" if name == "o3_8h" else name]) for name in POLLUTANTS]
        stuck = sum(_stuck(table[name]) for name in _HOURLY)
        notes += _suspicions(place, hours)
        if stuck:
            notes.append(f"{place}：有 {stuck} 段连续 24 小时以上数值不变：仪器卡住或低于检出限，请复核（未剔除）")
    else:
        values = [table[name] for name in POLLUTANTS]
        late = [np.full(days, np.nan)] * len(POLLUTANTS)
    return Series(place, first.astype(date), np.column_stack(values), np.column_stack(late))


def _split(flags: np.ndarray, mine: Sequence[tuple[_Piece, np.ndarray]]) -> list[np.ndarray]:
    """Flags of all rows, piece by piece."""
    return np.split(flags, np.cumsum([len(rows) for _, rows in mine])[:-1])


def _repeated(
    place: str, name: str, column: np.ndarray, slots: np.ndarray, kept: np.ndarray, mine: Sequence[tuple[_Piece, np.ndarray]],
    faults: list[Fault],
) -> None:  # fmt: skip
    """F006 for each value that differs from another one of the same time."""
    differing = np.flatnonzero(~np.isnan(column) & (kept[slots] != column))
    starts = np.cumsum([0, *(len(rows) for _, rows in mine)])
    for at in differing:
        which = int(np.searchsorted(starts, at, side="right")) - 1
        piece, rows = mine[which]
        row = int(rows[at - starts[which]])
        told = f"{place} {str(piece.times[row]).replace('T', ' ')[:16]} 的 {name} 另有一个值 {kept[slots[at]]:g}，这里是 {column[at]:g}"
        faults.append(Fault("F006", told, piece.sheet.place(row), "同一时间只留一个值（以审核后的为准）"))


def _suspicions(place: str, hours: dict[str, np.ndarray]) -> list[str]:
    """What a table's own days say against it: a clock of another zone, particles under each other's name."""
    out = []
    both = ~np.isnan(hours["pm25"]) & ~np.isnan(hours["pm10"])
    if both.sum() >= 24 and np.mean(hours["pm25"][both] > hours["pm10"][both]) > 0.5:
        out.append(f"{place}：过半的小时 PM2.5 高于 PM10，两列像是写反了，请复核（未改）")
    known = ~np.isnan(hours["o3"])
    if known.any(axis=0).all() and known.sum() >= _CLOCK_DAYS * 24:
        course = np.where(known, hours["o3"], 0.0).sum(axis=0) / known.sum(axis=0)
        peak = int(course.argmax())
        if course.max() > 1.2 * course.min() and not 11 <= peak <= 19:
            out.append(f"{place}：臭氧平均在 {peak} 时最高，时钟像是差了几小时（世界时？），请复核（未改）")
    return out


def _stuck(values: np.ndarray) -> int:
    """Runs of at least 24 equal values, none of them 0."""
    same = np.concatenate([[False], (values[1:] == values[:-1]) & (values[1:] != 0), [False]])
    edges = np.flatnonzero(same[1:] != same[:-1])
    return int((edges[1::2] - edges[::2] >= 23).sum())


def read_calendar(path: Path) -> tuple[list[date], list[tuple[date, date]]]:
    """A user's calendar: rows of 名称 (春节 or 采暖), 起, 止; Spring Festivals and heating seasons.

    Errors: F001–F005, and F009 a name that is not known or an end before its beginning.
    """
    faults: list[Fault] = []
    festivals: list[date] = []
    heating: list[tuple[date, date]] = []
    for sheet in read_sheets(path):
        heads = named_columns(sheet, {"name": ("名称", "类别"), "from": ("起", "开始", "日期"), "to": ("止", "结束")})
        if not {"name", "from"} <= set(heads):
            faults.append(Fault("F005", "日历要有 名称、起、止 三列", sheet.place(), "名称写 春节 或 采暖"))
            continue
        names = sheet.words(heads["name"])
        starts = [moment(text) for text in sheet.words(heads["from"])]
        ends = [moment(text) for text in sheet.words(heads["to"])] if "to" in heads else [None] * len(names)
        for at, (name, start, end) in enumerate(zip(names, starts, ends, strict=True)):
            heated = spoken(name or "") in ("采暖", "供暖", "采暖期", "供暖期", "heating")
            if not heated and spoken(name or "") not in ("春节", "springfestival"):
                close = near(name or "", ("春节", "采暖"), 1) or ["春节、采暖"]
                faults.append(
                    Fault("F009", f"日历里的 `{name}` 不认识", sheet.place(at, heads["name"]), f"可用：{close[0]}")
                )
            elif start is None or (heated and (end is None or end < start)):
                faults.append(
                    Fault("F009", "起止日期读不出，或止在起之前", sheet.place(at, heads["from"]), "写作 2026-11-01")
                )
            elif heated:
                assert end is not None
                heating.append((start.date(), end.date()))
            else:
                festivals.append(start.date())
    if faults:
        raise InputFault(faults)
    return festivals, heating
