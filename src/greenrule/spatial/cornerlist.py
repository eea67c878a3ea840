"""Corner points as surveyors hand them over: exchange files of parcel corners, CSV lists, CASS point files, lists that were typed.

The exchange format of parcel corners (属性描述 / 地块坐标) states its reference system and numbers rings; everything else is a table
of which a pair of columns must be found.  Coordinates come out as written; whoever asks decides on the reference system.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.spatial.dms import parse_angle

#: What can be read, by suffix.
SUFFIXES = (".txt", ".csv", ".dat")

_HEADS = {
    "lon": ("经度", "东经", "lon", "lng", "long", "longitude", "l", "经度°", "经度(°)"),
    "lat": ("纬度", "北纬", "lat", "latitude", "b", "纬度°", "纬度(°)"),
    "x": ("x", "x坐标", "北坐标", "纵坐标", "x(m)", "x(北)", "北坐标x", "纵坐标x", "x坐标(m)", "x(米)"),
    "y": ("y", "y坐标", "东坐标", "横坐标", "y(m)", "y(东)", "东坐标y", "横坐标y", "y坐标(m)", "y(米)"),
    "ring": ("圈号", "环号", "地块圈号", "ring"),
    "part": ("地块", "地块号", "地块编号", "地块名称", "宗地号", "宗地", "图斑", "图斑号", "范围", "part", "parcel"),
    "label": ("点号", "序号", "编号", "界址点号", "界址点", "拐点", "拐点号", "拐点编号", "名称", "id", "no", "point"),
}  # fmt: skip
_MEANS = {name: key for key, names in _HEADS.items() for name in names}
_SHOWN_FAULTS = 20


@dataclass
class CornerList:
    """What a list says: shapes as written (object array), the stated reference system (None: none), notes in Chinese."""

    geometry: np.ndarray
    crs: str | None
    notes: list[str] = field(default_factory=list)


@dataclass
class _Row:
    line: int
    cells: list[str]
    part: int


def read_corner_file(path: Path, encoding: str | None = None, shape: str = "polygon") -> CornerList:
    """Read a list of corners from a file; see `read_corners`.  UPL010 (InputFault) for a file that is no text."""
    where = Place(str(path))
    data = path.read_bytes()
    tried = (
        [encoding] if encoding else ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    )
    for codec in tried:
        try:
            text = data.decode(codec)
        except (UnicodeError, LookupError):
            continue
        if "\x00" not in text:
            return read_corners(text, where, shape)
    raise InputFault(Fault("UPL010", "不是文本文件，或文字编码既不是 UTF-8 也不是 GB18030", where, "另存为 UTF-8 文本"))


def read_corners(text: str, where: Place | None = None, shape: str = "polygon") -> CornerList:
    """Read a list of corners.

    shape : what the points make – `polygon` (rings; fewer than three corners stay points), `line` or `point`
    Errors, InputFault: UPL011 no row with coordinates · UPL012 a row that cannot be read, all of them · UPL013 a table in which no
    two columns are coordinates.

    >>> found = read_corners("J1,4195000.0,37530000.0\\nJ2,4195100.0,37530000.0\\nJ3,4195100.0,37530100.0")
    >>> found.geometry[0].geom_type, found.crs
    ('Polygon', None)
    """
    rows, told = _rows(text)
    if not rows:
        raise InputFault(Fault("UPL011", "没有一行坐标", where, "每行一个点：点号,X,Y 或 点号,经度,纬度"))
    notes: list[str] = []
    columns, rows = _columns(rows, where)
    points = _points(rows, columns, where)
    points = _lon_first(points, columns, notes)
    rings = _rings(rows, points, columns)
    if shape == "point":
        shapes: list[Any] = [shapely.Point(point) for point in points]
    else:
        shapes = _shapes(rings, shape, notes)
    return CornerList(np.array(shapes, dtype=object), _stated(told), notes)


def _rows(text: str) -> tuple[list[_Row], dict[str, str]]:
    """The rows of the table, each with the number of its part, and what the head of an exchange file says."""
    rows: list[_Row] = []
    told: dict[str, str] = {}
    part = 0
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip().strip("\ufeff")
        if not line:
            part += bool(rows)  # an empty line parts what stands above from what stands below
        elif line.startswith(("[", "#", "//")) or re.fullmatch(r"[-=—_*\s]+", line):
            continue
        elif re.match(r"^[^\d,，;；\t.°-]+=", line):
            key, _, value = line.partition("=")
            told[key.strip()] = value.strip()
        elif line.endswith("@"):
            part += 1
        else:
            rows += [_Row(number, cells, part) for cells in _points_of(line)]
    return rows, told


def _points_of(line: str) -> list[list[str]]:
    """The rows of a line: several where points stand behind each other, parted by semicolons."""
    pieces = [_cells(piece) for piece in re.split(r"[;；]", line) if piece.strip()]
    if len(pieces) > 1 and all(sum(_number(cell) is not None for cell in cells) >= 2 for cells in pieces):
        return pieces
    return [_cells(line)]


def _cells(line: str) -> list[str]:
    parts = re.split(r"[,，;；\t|]", line) if re.search(r"[,，;；\t|]", line) else line.split()
    return [
        part.strip().strip("\"'“”") if not re.search(r"\d[\"'”]$", part.strip()) else part.strip() for part in parts
    ]


def _number(cell: str) -> float | None:
    """A finite number, decimal or in degrees, minutes and seconds; None for anything else."""
    try:
        value = float(cell)
    except ValueError:
        if not re.search(r"\d\s*[°º˚度]", cell):
            return None
        try:
            value = parse_angle(cell).value
        except InputFault:
            return None
    return value if math.isfinite(value) else None


def _columns(rows: list[_Row], where: Place | None) -> tuple[dict[str, int], list[_Row]]:
    """Which columns are what: by the headings where there are any, else by their numbers; and the rows without headings."""
    for at, row in enumerate(rows[:5]):
        found = {_MEANS[key]: number for number, cell in enumerate(row.cells) if (key := _spoken(cell)) in _MEANS}
        pair = ("lon", "lat") if {"lon", "lat"} <= found.keys() else ("x", "y") if {"x", "y"} <= found.keys() else None
        if pair:
            rest = rows[at + 1 :]
            if not rest:
                raise InputFault(Fault("UPL011", "表头之下没有一行坐标", where, "每行一个点"))
            return {"first": found[pair[0]], "second": found[pair[1]], "headed": 1, **found}, rest
    data = [row for row in rows if sum(_number(cell) is not None for cell in row.cells) >= 2]
    if not data:
        raise InputFault(Fault("UPL011", "没有一行坐标", where, "每行一个点：点号,X,Y 或 点号,经度,纬度"))
    # Words above the table are a title; below its first row they are rows gone wrong.
    start = next(at for at, row in enumerate(rows) if row is data[0])
    wide = max(len(row.cells) for row in data)
    best = None
    for first in range(wide - 1):
        pairs = [_pair(row, first) for row in data]
        good = sum(pair is not None and _plausible(*pair) for pair in pairs)
        # Running numbers may look like degrees; coordinates have fractions, and metres are never mistaken.
        whole = sum(number.is_integer() for pair in pairs if pair for number in pair)
        if best is None or (good, -whole) > best[0]:
            best = (good, -whole), first
    if best is None or best[0][0] * 2 <= len(data):
        raise InputFault(
            Fault(
                "UPL013",
                "看不出哪两列是坐标",
                Place(where.file if where else "", data[0].line),
                "加一行表头：点号,X,Y 或 点号,经度,纬度",
            )
        )
    first = best[1]
    columns = {"first": first, "second": first + 1}
    numbered = [row.cells[first - 1] for row in data if first >= 2 and len(row.cells) > first]
    if numbered and all(cell.isdigit() and int(cell) < 1000 for cell in numbered):
        columns["ring"] = first - 1
    return columns, rows[start:]


def _spoken(cell: str) -> str:
    return re.sub(r"\s+", "", cell).replace("（", "(").replace("）", ")").lower()


def _pair(row: _Row, first: int) -> tuple[float, float] | None:
    if len(row.cells) <= first + 1:
        return None
    one, other = _number(row.cells[first]), _number(row.cells[first + 1])
    return None if one is None or other is None else (one, other)


def _plausible(one: float, other: float) -> bool:
    """Whether two numbers may be a place in China: degrees in either order, or metres."""
    low, high = sorted((one, other))
    return (3 <= low <= 54 and 73 <= high <= 136) or (low >= 1e5 and high < 4.7e7)


def _points(rows: list[_Row], columns: dict[str, int], where: Place | None) -> np.ndarray:
    found, faults = [], []
    for row in rows:
        cells = [row.cells[at] if at < len(row.cells) else "" for at in (columns["first"], columns["second"])]
        pair = [_number(cell) for cell in cells]
        if None in pair:
            shown = "、".join(f"`{cell[:40]}`" for cell, value in zip(cells, pair, strict=True) if value is None)
            faults.append(
                Fault(
                    "UPL012",
                    f"这一行的坐标 {shown} 读不成数",
                    Place(where.file if where else "", row.line),
                    "改正或删去这一行",
                )
            )
        found.append(pair)
    if faults:
        more = (
            [Fault("UPL012", f"另有 {len(faults) - _SHOWN_FAULTS} 行读不成坐标", where)]
            if len(faults) > _SHOWN_FAULTS
            else []
        )
        raise InputFault(faults[:_SHOWN_FAULTS] + more)
    return np.array(found, dtype=float)


def _lon_first(points: np.ndarray, columns: dict[str, int], notes: list[str]) -> np.ndarray:
    """Degrees with the longitude first; metres stay as they are, their order is told by the numbers later."""
    first, second = points[:, 0], points[:, 1]
    if (np.abs(points) > 360).any() or "lon" in columns:
        return points
    if ((first >= 3) & (first <= 54)).all() and ((second >= 73) & (second <= 136)).all():
        notes.append("各行纬度在前，已换为经度在前")
        return points[:, ::-1]
    return points


def _rings(rows: list[_Row], points: np.ndarray, columns: dict[str, int]) -> list[list[np.ndarray]]:
    """Part by part its rings: by number where rings are numbered, else where the list returns to its start."""

    def cell(row: _Row, name: str) -> str:
        at = columns.get(name)
        return row.cells[at] if at is not None and at < len(row.cells) else ""

    parts: dict[tuple[int, str], dict[str, list[Any]]] = {}
    for row, point in zip(rows, points, strict=True):
        parts.setdefault((row.part, cell(row, "part")), {}).setdefault(cell(row, "ring"), []).append(point)
    out = []
    for rings in parts.values():
        found = [np.array(ring) for ring in rings.values()]
        out.append([piece for ring in found for piece in _returning(ring)])
    return out


def _returning(points: np.ndarray) -> list[np.ndarray]:
    """Cut a list wherever it has come back to where it began with at least three corners."""
    pieces, start = [], 0
    for at in range(len(points)):
        if at - start >= 3 and (points[at] == points[start]).all():
            pieces.append(points[start : at + 1])
            start = at + 1
    return [*pieces, points[start:]] if start < len(points) else pieces


def _shapes(parts: Sequence[Sequence[np.ndarray]], shape: str, notes: list[str]) -> list[Any]:
    out: list[Any] = []
    closed = 0
    for rings in parts:
        if shape == "line":
            out += [shapely.LineString(ring) for ring in rings if len(ring) > 1]
            continue
        areas = []
        for ring in rings:
            if len({tuple(point) for point in ring.tolist()}) < 3:
                out += [shapely.Point(point) for point in ring]
                continue
            closed += bool((ring[0] != ring[-1]).any())
            areas.append(shapely.Polygon(ring))
        out += _with_holes(areas)
    if closed:
        notes.append(f"{closed} 圈坐标首尾没有闭合，已闭合成面")
    if len(out) > 1 and shape == "polygon":
        notes.append(f"坐标分为 {len(out)} 个图形")
    return out


def _with_holes(areas: list[Any]) -> list[Any]:
    """The rings of one part as polygons: a ring inside another is a hole.  Rings that cross are left for the check to name."""
    if len(areas) < 2 or not all(shapely.is_valid(areas)):
        return areas
    whole = areas[0]
    for area in areas[1:]:
        whole = shapely.symmetric_difference(whole, area)
    return list(shapely.get_parts(whole))


def _stated(told: dict[str, str]) -> str | None:
    """The reference system that the head of an exchange file states, as a project file would write it."""
    system = re.sub(r"[\s_]", "", told.get("坐标系", "")).lower()
    if not system:
        return None
    zone, width = told.get("带号", "").strip(), re.sub(r"\D", "", told.get("几度分带", ""))
    if not re.search(r"2000|cgcs", system) or not zone.isdigit() or width not in ("3", "6"):
        return told["坐标系"]
    return f"gk{width}:{int(zone)}"
