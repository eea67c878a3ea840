"""Tables of daily or hourly AQI, observed and forecast, as readings by place; every bad cell is named by row and column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from greenrule.casework.grids import Grid, headings, moment, open_grids
from greenrule.core.errors import Fault, InputFault, near
from greenrule.response.episode_air import Reading
from greenrule.response.episode_causes import COARSE

#: Header → what it holds.
HEADERS = {
    "地点": "place", "城市": "place", "县区": "place", "区域": "place", "place": "place", "city": "place", "county": "place",
    "日期": "day", "时间": "day", "监测时间": "day", "预报时间": "day", "预报日期": "day", "date": "day", "time": "day",
    "aqi": "aqi", "空气质量指数": "aqi", "类别": "kind", "类型": "kind", "kind": "kind", "发布时间": "issued", "起报时间": "issued",
    "预报发布时间": "issued", "issued": "issued", "获知时间": "known", "known": "known", "首要污染物": "cause", "成因": "cause",
    "cause": "cause", "primary": "cause",
}  # fmt: skip
_KINDS = {"forecast": False, "预报": False, "预测": False, "observed": True, "实测": True, "监测": True, "实况": True}
_MISSING = {"", "-", "—", "——", "na", "n/a", "nan", "null", "缺", "缺测", "缺报", "无"}
#: An index has three digits at most; what has more is a mark for "missing" or a slip.
_MOST = 999
_CAUSES = (
    ("pm2.5", "pm25"),
    ("pm25", "pm25"),
    ("细颗粒物", "pm25"),
    ("沙尘", "dust"),
    ("dust", "dust"),
    ("o3", "o3"),
    ("臭氧", "o3"),
    ("pm10", COARSE),
    ("可吸入颗粒物", COARSE),
)


@dataclass
class Rows:
    """Readings by place, in the order of the file, and what has to be said of how they were read."""

    path: Path
    places: dict[str, list[Reading]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read_rows(path: Path) -> Rows:
    """The readings of a table.

    An hour's time is its end, as stations report it; a date alone is a day.  An observation without 获知时间 is known when its
    day or hour is over.  Errors, all at once: those of `grids.open_grids`; H020 header · H021 place · H022 time · H023 index ·
    H024 kind · H025 issue time · H026 two values for one thing · H027 days and hours mixed at one place.
    """
    grid = open_grids(path)[0]
    columns, first = _columns(grid)
    faults: list[Fault] = []
    out = Rows(Path(path))
    taken: dict[tuple[str, Any], Reading] = {}
    for number, cells in grid.rows[first:]:
        found = _reading(grid, number, cells, columns, faults)
        if found is None:
            continue
        place, item = found
        key = place, (item.start, item.hours, item.observed, item.known)
        other = taken.get(key)
        if other is not None:
            if (other.aqi, other.cause) != (item.aqi, item.cause):
                told = f"{place} 同一时刻有两个不同的值：第 {other.row} 行 {other.aqi}，第 {number} 行 {item.aqi}"
                faults.append(Fault("H026", told, grid.place(number, columns["aqi"]), "留一行；订正值另写 获知时间"))
            continue
        taken[key] = item
        out.places.setdefault(place, []).append(item)
    for place, items in out.places.items():
        hours = {item.hours: item for item in items}
        if len(hours) > 1:
            rows = "、".join(f"第 {item.row} 行" for item in hours.values())
            told = f"{place} 既有按日的值又有按小时的值（{rows}）"
            faults.append(Fault("H027", told, grid.place(items[0].row), "分成两个文件，或只留一种"))
        undated = [item for item in items if not item.observed and item.known == datetime.min]
        if undated:
            since = min(item.start for item in undated)
            out.places[place] = [replace(item, known=since) if item in undated else item for item in items]
            rows = f"第 {undated[0].row} 行等 {len(undated)} 行"
            out.notes[place].append(f"预报没有发布时间（{rows}），当作在 {since:%Y-%m-%d %H:%M} 已知")
    if faults:
        raise InputFault(faults)
    if not out.places:
        raise InputFault(Fault("H020", "表里只有表头，没有数据", grid.place(), "从第二行起一行写一个值"))
    return out


def _columns(grid: Grid) -> tuple[dict[str, int], int]:
    found = headings(grid, lambda words: _header(words) is not None)
    columns: dict[str, int] = {}
    faults: list[Fault] = []
    heads = found[0] if found else []
    for head in heads:
        name = _header(head.words)
        if name is None:
            continue
        if name in columns:
            faults.append(
                Fault(
                    "H020",
                    f"表头 `{head.words}` 与 {columns[name] + 1} 列是同一项",
                    grid.place(head.row, head.column),
                    "两列留一列",
                )
            )
        columns.setdefault(name, head.column)
    for name, label in (("place", "地点"), ("day", "日期"), ("aqi", "AQI"), ("kind", "类别")):
        if name not in columns:
            close = "、".join(near(label, [head.words for head in heads]))
            help = (
                f"是否就是 `{close}`？" if close else "表头写 地点、日期（或时间）、AQI、类别（实测或预报）、发布时间"
            )
            faults.append(Fault("H020", f"缺少 `{label}` 这一列", grid.place(1), help))
    if faults:
        raise InputFault(faults)
    return columns, found[1] if found else 1


def _header(words: str) -> str | None:
    return HEADERS.get(re.sub(r"[\s（(].*", "", words.strip()).lower())


def _reading(
    grid: Grid, number: int, cells: list[Any], columns: Mapping[str, int], faults: list[Fault]
) -> tuple[str, Reading] | None:
    before = len(faults)

    def cell(name: str) -> Any:
        column = columns.get(name)
        return cells[column] if column is not None and column < len(cells) else None

    def wrong(code: str, name: str, told: str, help: str) -> None:
        faults.append(Fault(code, told, grid.place(number, columns.get(name)), help))

    place = cell("place")
    if place is None:
        wrong("H021", "place", "没有写地点", "补上地点")
    when = moment(cell("day")) if cell("day") is not None else None
    if when is None:
        told = f"`{cell('day')}` 不是日期或时间" if cell("day") is not None else "没有写日期"
        wrong("H022", "day", told, "写成 2026-01-05 或 2026-01-05 13:00")
    elif isinstance(when, datetime) and (when.minute or when.second):
        wrong("H022", "day", f"`{cell('day')}` 不是整点", "小时值写在整点上")
    word = str(cell("kind") or "").strip().lower()
    if word not in _KINDS:
        wrong("H024", "kind", f"类别 `{cell('kind') if cell('kind') is not None else ''}` 不认识", "写 实测 或 预报")
    observed = _KINDS.get(word, True)
    aqi = _index(cell("aqi"))
    if isinstance(aqi, str):
        wrong("H023", "aqi", aqi, "写 0 以上的整数；缺测留空")
    stated = {name: _moment(cell(name)) for name in ("issued", "known")}
    for name, label in (("issued", "发布时间"), ("known", "获知时间")):
        if stated[name] is False:
            wrong("H025", name, f"{label} `{cell(name)}` 不是时间", "写成 2026-01-05 17:00")
    if len(faults) > before or when is None or isinstance(aqi, str):
        return None
    if isinstance(when, datetime):
        hours, start = 1, when - timedelta(hours=1)
    else:
        hours, start = 24, datetime.combine(when, time())
    over = start + timedelta(hours=hours)
    known = stated["known"] or (over if observed else stated["issued"] or datetime.min)
    assert isinstance(known, datetime)
    if observed and known < over:
        wrong(
            "H025",
            "known" if stated["known"] else "day",
            f"{over:%Y-%m-%d %H:%M} 才结束的时段，不可能在 {known:%Y-%m-%d %H:%M} 已有实测",
            "核对时间和类别",
        )
        return None
    return str(place).strip(), Reading(
        start, hours, observed, aqi, known, _cause(cell("cause")), number, grid.path.name
    )


def _index(cell: Any) -> int | str | None:
    """The index of a cell, None where it says "missing"; a sentence where it is neither."""
    if cell is None or str(cell).strip().lower() in _MISSING:
        return None
    if isinstance(cell, bool):
        return f"AQI `{cell}` 不是数"
    try:
        value = float(str(cell))
    except ValueError:
        return f"AQI `{str(cell)[:40]}` 不是数"
    if value != value or value in (float("inf"), float("-inf")) or value < 0 or value > _MOST:
        return f"AQI `{cell}` 不在指数的范围里"
    if value != int(value):
        return f"AQI `{cell}` 不是整数"
    return int(value)


def _moment(cell: Any) -> datetime | bool | None:
    if cell is None:
        return None
    found = moment(cell)
    if found is None:
        return False
    return found if isinstance(found, datetime) else datetime.combine(found, time())


def _cause(cell: Any) -> str | None:
    """The cause of a primary pollutant; of PM10 alone nobody can say whether it is dust."""
    text = str(cell or "").lower().replace("₂.₅", "2.5").replace("_", "").replace("₃", "3").replace("₁₀", "10")
    return next((id for word, id in _CAUSES if word in text), None)


def day_of(value: date | datetime) -> date:
    """The calendar day."""
    return value.date() if isinstance(value, datetime) else value
