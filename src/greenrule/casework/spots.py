"""Spots found in supervision – by satellite, drone or data – read from a file and laid over units and layers.

GeoJSON, KML, GeoPackage and zipped shapefiles carry shapes; a workbook carries longitude and latitude in two columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.casework.ground import Ground
from greenrule.casework.layer_desk import area_of
from greenrule.casework.placing import touched_units
from greenrule.casework.workbooks import legible
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.spatial.frame import as_geojson
from greenrule.spatial.intake import read_site
from greenrule.spatial.overlay import measures
from greenrule.spatial.vectorfile import read_vector

#: What a column may be called; the first is what we write.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "number": ("图斑编号", "编号", "number", "id", "TBBH"),
    "title": ("问题", "问题描述", "疑似问题", "title", "WTMS"),
    "found_on": ("发现日期", "影像日期", "日期", "found_on", "date", "FXRQ"),
    "lon": ("经度", "lon", "longitude"),
    "lat": ("纬度", "lat", "latitude"),
}
KINDS = (".geojson", ".json", ".kml", ".gpkg", ".zip", ".xlsx")
MOST_SPOTS = 20_000
_MOST_UNPACKED = 200 * 1024 * 1024
#: Layers that say where a spot is, not what it touches.
_FRAMES = ("county", "city", "province", "control_unit")


@dataclass(frozen=True)
class Spot:
    """One spot as it was found and what it lies on; `geometry` is GeoJSON in CGCS2000 degrees."""

    number: str
    title: str
    found_on: date
    geometry: dict[str, Any]
    area_m2: float | None
    area: str
    place: str
    units: list[dict[str, Any]]
    layers: list[dict[str, str]]


def read_spots(
    path: Path, ground: Ground, *, crs: str | None = None, found_on: date | None = None, today: date,
    tell: Callable[[str, float], None] = lambda stage, done: None,
) -> list[Spot]:  # fmt: skip
    """The spots of a file, all or none; `found_on` is the day for rows that name none.

    Raises InputFault with all faults: PLD030 a column that is missing, PLD031 a number twice or missing, PLD032 a day that is none or
    in the future, PLD033 a place outside the counties, PLD034 too many rows, PLD035 coordinates that are no numbers; those of the
    readers of files.
    """
    tell("读取", 0.05)
    sheet = path.suffix.lower() == ".xlsx"
    shapes, columns, lines = _sheet(path, crs) if sheet else _vector(path, crs)
    if len(shapes) > MOST_SPOTS:
        raise InputFault(
            Fault("PLD034", f"有 {len(shapes)} 个图斑，一次最多 {MOST_SPOTS} 个", Place(path.name), "分几次导入")
        )
    named = {key: next((name for name in names if name in columns), None) for key, names in _NAMES.items()}
    faults = [
        Fault("PLD030", f"缺少“{_NAMES[key][0]}”一栏", Place(path.name), f"可写作：{'、'.join(_NAMES[key])}")
        for key in ("number", "title")
        if named[key] is None
    ]
    if named["found_on"] is None and found_on is None:
        faults.append(Fault("PLD030", "没有发现日期：文件里没有这一栏，也没有另外给出", Place(path.name), "给出日期"))
    if faults:
        raise InputFault(faults)
    if ground.index("county") is None:
        raise InputFault(Fault("PLD033", "工作区没有县界图层，图斑落不到县", None, "先导入 county 图层"))
    ground.expect(shapes)
    sizes = measures(np.asarray(shapes, dtype=object)).tolist()
    out, seen = [], dict[str, int]()
    for row, shape in enumerate(shapes):
        if row % 200 == 0:
            tell("叠加管控单元和图层", 0.1 + 0.85 * row / max(1, len(shapes)))
        said = {key: columns[name][row] if name else None for key, name in named.items()}
        spot = _spot(row, shape, sizes[row], said, ground, Place(path.name, lines[row]), seen, found_on, today, faults)
        if spot is not None:
            out.append(spot)
    ground.expect(())
    if faults:
        raise InputFault(faults)
    return out


def _spot(
    row: int, shape: Any, size: float, said: Mapping[str, Any], ground: Ground, at: Place, seen: dict[str, int],
    otherwise: date | None, today: date, faults: list[Fault],
) -> Spot | None:  # fmt: skip
    before = len(faults)
    number, title = str(said["number"] or "").strip(), str(said["title"] or "").strip()
    if not number or number in seen:
        told = f"编号 `{number}` 与第 {seen[number]} 行重复" if number else "没有图斑编号"
        faults.append(Fault("PLD031", told, at, "每个图斑一个编号"))
    seen.setdefault(number, at.line or row + 1)
    day = _day(said["found_on"]) if said["found_on"] not in (None, "") else otherwise
    if day is None or day > today:
        faults.append(Fault("PLD032", f"`{said['found_on']}` 不能作为发现日期", at, "写成 2026-10-31，不晚于今天"))
    counties = sorted(ground.hits("county", shape), key=lambda hit: -hit.share)
    if not counties:
        faults.append(Fault("PLD033", "图斑不在已加载的县界内", at, "核对坐标系与经纬度次序"))
    if len(faults) > before or day is None:
        return None
    index = ground.index("county")
    assert index is not None
    county = index.frame.row(counties[0].row)
    layers = [
        {"layer": kind, "title": version.title, "feature": str(index_of(ground, kind, hit.row))}
        for kind, version in sorted(ground.versions.items())
        if kind not in _FRAMES
        for hit in ground.hits(kind, shape)
    ]
    units = [{key: unit[key] for key in ("code", "name", "class", "share")} for unit in touched_units(ground, shape)]
    polygon = shape.geom_type.endswith("Polygon")
    return Spot(
        number[:100], (title or "未写明问题")[:300], day, as_geojson(shape), round(size, 1) if polygon else None,
        area_of("county", {"code": [county.get("code")]}, ""), f"{county.get('city') or ''}{county.get('name') or ''}", units, layers,
    )  # fmt: skip


def index_of(ground: Ground, kind: str, row: int) -> Any:
    """What a feature of a layer is called."""
    index = ground.index(kind)
    assert index is not None
    found = index.frame.row(row)
    return found.get("name") or found.get("code") or f"第{row + 1}个"


def _vector(path: Path, crs: str | None) -> tuple[list[Any], dict[str, Sequence[Any]], list[int]]:
    read = read_vector(path, crs=crs)
    return list(read.geometry), dict(read.columns), [int(row) for row in read.rows]


def _sheet(path: Path, crs: str | None) -> tuple[list[Any], dict[str, Sequence[Any]], list[int]]:
    import openpyxl

    faults: list[Fault] = []
    with legible(path, _MOST_UNPACKED, "只留下图斑一张表"):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        table = [
            list(row) for row in book.worksheets[0].iter_rows(max_row=MOST_SPOTS + 2, max_col=100, values_only=True)
        ]
        book.close()
    head = [str(cell or "").strip() for cell in (table[0] if table else ())]
    lon, lat = (next((head.index(name) for name in _NAMES[key] if name in head), None) for key in ("lon", "lat"))
    if lon is None or lat is None:
        raise InputFault(
            Fault("PLD030", "缺少“经度”“纬度”两栏", Place(path.name, 1), "表头写 图斑编号、问题、发现日期、经度、纬度")
        )
    shapes, rows, lines = [], [], []
    for line, row in enumerate(table[1:], 2):
        if all(cell is None for cell in row):
            continue
        at = Place(path.name, line)
        try:
            point = [float(str(row[lon])), float(str(row[lat]))]
        except (TypeError, ValueError):
            faults.append(Fault("PLD035", f"经纬度 `{row[lon]}`、`{row[lat]}` 不是数", at, "写成 112.5501 和 37.8702"))
            continue
        try:
            shapes.append(read_site({"point": point, "crs": crs or "cgcs2000"}, base_dir=Path(), where=at).geometry)
        except InputFault as error:
            faults += error.faults
            continue
        rows.append(row)
        lines.append(line)
    if faults:
        raise InputFault(faults)
    return shapes, {name: [row[place] for row in rows] for place, name in enumerate(head) if name}, lines


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip().replace("/", "-").replace(".", "-")[:10]
    for form in ("%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
