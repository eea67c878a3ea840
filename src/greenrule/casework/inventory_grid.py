"""An inventory laid on a grid: sources with a position into their cell, the rest over their county by area or by a proxy.

Grams are whole, divided by largest remainders: the grid holds what the inventory holds, to the gram.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.casework.inventory import Stock
from greenrule.casework.outlook_files import table_bytes
from greenrule.casework.outlook_sheets import named_columns, read_sheets
from greenrule.casework.writing import write_bytes
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place, near
from greenrule.sources.inventory import Line
from greenrule.sources.shares import apportioned
from greenrule.spatial.gridding import MOST_CELLS, Mesh, bounds_of, joined, lying_in, write_raster
from greenrule.spatial.vectorfile import read_vector

GRIDS = (".gpkg", ".geojson", ".csv", ".xlsx", ".parquet", ".tif", ".tiff")
_COUNTY = ("县区", "县", "county", "name", "名称", "县名", "区县", "县级", "district")
_CODES = ("源类", "category")


@dataclass
class Gridded:
    """Whole grams by pollutant: (rows, columns) int64; what was laid, and what could not be because it is unknown."""

    mesh: Mesh
    grams: dict[str, np.ndarray]
    year: int
    unknown: int
    notes: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """What was laid, in plain data."""
        rows, columns = self.mesh.shape
        return {
            "year": self.year, "cell": self.mesh.size, "unit": "m" if self.mesh.metres else "degree", "rows": rows, "columns": columns,
            "crs": self.mesh.crs_text, "grams": {name: int(values.sum()) for name, values in self.grams.items()},
            "cells": {name: int((values > 0).sum()) for name, values in self.grams.items()}, "unknown_lines": self.unknown, "notes": self.notes,
        }  # fmt: skip


@dataclass
class _Weights:
    """Where the grams of a county go: cells (n, 2) and whole weights."""

    cells: np.ndarray
    weights: list[int]


def cell_size(text: str) -> tuple[float, bool]:
    """`3km`, `1000m`, `3公里`, `0.05度` → size, and whether it is in metres. Errors: I020.

    >>> cell_size("3km"), cell_size("0.05度")
    ((3000.0, True), (0.05, False))
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(km|公里|千米|m|米|度|deg|°)", text.strip())
    size = float(found[1]) if found else 0.0
    if found is None or size <= 0:
        raise InputFault(Fault("I020", f"格网大小 `{text}` 读不出", Place("--grid"), "写作 3km、1000m 或 0.05度"))
    if found[2] in ("度", "deg", "°"):
        return size, False
    return size * (1000 if found[2] in ("km", "公里", "千米") else 1), True


def grid(
    stock: Stock, size: str, areas: Path | None, proxy: Path | None = None, say: Callable[[str, int, int], None] | None = None
) -> Gridded:  # fmt: skip
    """Lay an inventory of one year on a grid.

    areas : polygons of the counties · proxy : a table of positions and weights (经度, 纬度, 权重[, 源类])
    Errors: I020 size · I021 several years · I022 no polygons where they are needed, or no name column · I023 a county without a polygon
    · I024 proxy · I025 too many cells; VEC… and CRS… of the vector reader.
    """
    wide, metres = cell_size(size)
    years = stock.inventory.years()
    if len(years) > 1:
        raise InputFault(
            Fault("I021", f"表里有几年：{'、'.join(map(str, years))}", None, "格网一次一年，加 `--year 年份`")
        )
    known = [line for line in stock.inventory.lines if line.grams is not None]
    spread = [line for line in known if line.activity.point is None]
    points = [line for line in known if line.activity.point is not None]
    shapes = _counties(areas, {line.activity.county for line in spread}) if spread or areas is not None else {}
    mesh = Mesh(_bounds(list(shapes.values()), points), wide, metres)
    rows, columns = mesh.shape
    if rows * columns > MOST_CELLS:
        raise InputFault(
            Fault("I025", f"格网有 {rows:,} × {columns:,} 格，太多了", Place("--grid"), f"不超过 {MOST_CELLS:,} 格")
        )
    out = Gridded(mesh, {name: np.zeros(mesh.shape, dtype=np.int64) for name in stock.inventory.pollutants()}, years[0] if years else 0,
                  len(stock.inventory.lines) - len(known))  # fmt: skip
    weigh = _Weigher(stock, mesh, shapes, _proxy(proxy, stock) if proxy is not None else None, out.notes)
    groups: dict[tuple[str, str, str], Fraction] = {}
    for line in spread:
        key = line.activity.county, line.activity.category, line.pollutant
        groups[key] = groups.get(key, Fraction(0)) + (line.grams or 0)
    for number, ((county, category, pollutant), grams) in enumerate(groups.items(), 1):
        found = weigh.of(county, category)
        shares = np.array(apportioned(round(grams), found.weights), dtype=np.int64)
        np.add.at(out.grams[pollutant], (found.cells[:, 0], found.cells[:, 1]), shares)
        if say is not None:
            say("分配到格网", number, len(groups))
    if points:
        places = [line.activity.point or (0.0, 0.0) for line in points]
        cells = mesh.cells_of([lon for lon, _ in places], [lat for _, lat in places])
        for line, (row, column) in zip(points, cells, strict=True):
            out.grams[line.pollutant][row, column] += round(line.grams or 0)
    return out


def _counties(path: Path | None, names: set[str]) -> dict[str, Any]:
    """County → polygon in degrees; parts of one name are joined."""
    if path is None:
        told = f"没有经纬度的源要按县区分配：{'、'.join(sorted(names)[:5])}"
        raise InputFault(Fault("I022", told, None, "加 `--areas 县界.gpkg`"))
    vector = read_vector(path)
    said = {column: {str(value) for value in values} for column, values in vector.columns.items()}
    likely = sorted(said, key=lambda column: (-len(said[column] & names), column.lower() not in _COUNTY))
    if not likely or (names and not said[likely[0]] & names):
        told = "县界文件里没有一列是这些县区的名字"
        raise InputFault(Fault("I022", told, Place(str(path)), f"要有：{'、'.join(sorted(names)[:5])}"))
    column = likely[0]
    faults = []
    for name in sorted(names - said[column]):
        close = "、".join(near(name, said[column])) or f"`{column}` 列的写法要与表里一致"
        faults.append(Fault("I023", f"县界文件里没有 `{name}`", Place(str(path), None, column), close))
    if faults:
        raise InputFault(faults)
    named: dict[str, list[int]] = {}
    for at, name in enumerate(vector.columns[column]):
        if not names or str(name) in names:
            named.setdefault(str(name), []).append(at)
    out = {name: joined(vector.geometry[rows]) for name, rows in named.items()}
    lines = [name for name, shape in out.items() if shape.is_empty]
    if lines:
        told = f"县界文件里 {'、'.join(lines)} 不是面"
        raise InputFault(Fault("I022", told, Place(str(path)), "给面图层"))
    return out


def _bounds(shapes: Sequence[Any], points: Sequence[Line]) -> tuple[float, float, float, float]:
    places = [line.activity.point for line in points if line.activity.point is not None]
    return bounds_of(shapes, np.array(places, dtype=float).reshape(-1, 2))


def _proxy(path: Path, stock: Stock) -> dict[str | None, tuple[np.ndarray, np.ndarray]]:
    """Category (None: all) → positions (n, 2) and weights (n,)."""
    faults: list[Fault] = []
    out: dict[str | None, tuple[list[np.ndarray], list[np.ndarray]]] = {}
    labels = {item.label: item.id for item in stock.law.categories.values()}
    for sheet in read_sheets(path):
        heads = named_columns(
            sheet, {"lon": ("经度",), "lat": ("纬度",), "weight": ("权重", "人口", "量"), "category": _CODES}
        )
        if not {"lon", "lat", "weight"} <= set(heads):
            faults.append(
                Fault(
                    "I024",
                    "代理表要有 经度、纬度、权重 三列",
                    sheet.place(),
                    f"这张表有：{'、'.join(sheet.header[:10])}",
                )
            )
            continue
        lon, lat, weight = (sheet.numbers(heads[name], faults) for name in ("lon", "lat", "weight"))
        for at in np.flatnonzero(~(weight >= 0) | np.isnan(lon) | np.isnan(lat)):
            faults.append(Fault("I024", "位置或权重缺失，或权重是负数", sheet.place(int(at)), "补上，或删去这一行"))
        nothing: list[str | None] = [None] * len(sheet)
        words = sheet.words(heads["category"]) if "category" in heads else nothing
        for word in dict.fromkeys(words):
            name = labels.get(word or "", word)
            if word is not None and name not in stock.law.categories:
                faults.append(
                    Fault(
                        "I024",
                        f"源类 `{word}` 不认识",
                        sheet.place(words.index(word), heads["category"]),
                        "用源类的代码或名称，或留空",
                    )
                )
            mine = np.array([other == word for other in words])
            places, weights = out.setdefault(name, ([], []))
            places.append(np.column_stack([lon, lat])[mine])
            weights.append(weight[mine])
    if faults:
        raise InputFault(faults)
    return {name: (np.vstack(places), np.concatenate(weights)) for name, (places, weights) in out.items()}


class _Weigher:
    """Weights of cells per county, and per category where a proxy tells them apart; made when first asked for."""

    def __init__(
        self, stock: Stock, mesh: Mesh, shapes: dict[str, Any], proxy: dict[str | None, Any] | None, notes: list[str]
    ) -> None:
        self.stock, self.mesh, self.shapes, self.proxy, self.notes = stock, mesh, shapes, proxy, notes
        self._areas: dict[str, _Weights] = {}
        self._proxies: dict[tuple[str, str | None], _Weights | None] = {}

    def of(self, county: str, category: str) -> _Weights:
        """By the proxy of the category or of one above it, by the one for all, or by area."""
        if self.proxy is not None:
            step: str | None = category
            while step is not None and step not in self.proxy:
                step = self.stock.law.categories[step].parent
            if step in self.proxy:
                if (county, step) not in self._proxies:
                    self._proxies[county, step] = self._by_proxy(county, step)
                found = self._proxies[county, step]
                if found is not None:
                    return found
        if county not in self._areas:
            self._areas[county] = _Weights(*self._plain(county))
        return self._areas[county]

    def _plain(self, county: str) -> tuple[np.ndarray, list[int]]:
        cells, weights = self.mesh.shares(self.shapes[county])
        return cells, [int(weight) for weight in weights]

    def _by_proxy(self, county: str, name: str | None) -> _Weights | None:
        assert self.proxy is not None
        places, weights = self.proxy[name]
        shape = self.shapes[county]
        inside = lying_in(shape, places) & (weights > 0)
        if not inside.any():
            label = "" if name is None else f"“{self.stock.law.categories[name].label}”的"
            self.notes.append(f"{county} 里没有{label}代理权重，按面积分配")
            return None
        cells, where = np.unique(self.mesh.cells_of(places[inside, 0], places[inside, 1]), axis=0, return_inverse=True)
        total = np.bincount(where.reshape(-1), weights=weights[inside])
        # A million millionths of the largest: whole numbers, whatever unit the weights are in.
        whole = [round(value / total.max() * 10**12) for value in total]
        return _Weights(cells, whole)


def write_grid(path: Path, found: Gridded) -> None:
    """The grid as cells with grams (.gpkg, .geojson, .csv, .xlsx, .parquet) or as a raster, a band for each pollutant (.tif).

    Errors: I026 an ending that is not known; D001 as `writing`.
    """
    suffix = path.suffix.lower()
    if suffix not in GRIDS:
        raise InputFault(
            Fault("I026", f"不会写 `{path.suffix or path.name}` 格网", Place(str(path)), f"用 {'、'.join(GRIDS)}")
        )
    try:
        if suffix in (".tif", ".tiff"):
            write_raster(path, found.mesh, found.grams)
            return
        filled = np.zeros(found.mesh.shape, dtype=bool)
        for values in found.grams.values():
            filled |= values > 0
        cells = np.argwhere(filled)
        columns: dict[str, list[Any]] = {"row": cells[:, 0].tolist(), "column": cells[:, 1].tolist()}
        columns |= {f"{name}_g": values[cells[:, 0], cells[:, 1]].tolist() for name, values in found.grams.items()}
        if suffix in (".gpkg", ".geojson"):
            from greenrule.spatial.vectorout import write_vector

            write_vector(path, {"inventory": found.mesh.frame(cells, columns)})
            return
    except OSError as error:
        told = f"写不进去：{error.strerror or error}"
        raise EnvironmentFault(Fault("I027", told, Place(str(path)), "检查目录权限和剩余空间")) from None
    centres = found.mesh.centres(cells)
    heads = ["row", "column", "lon", "lat", *(f"{name}_g" for name in found.grams)]
    rows = [[row, column, round(float(lon), 6), round(float(lat), 6), *values]
            for (row, column), (lon, lat), *values in zip(cells.tolist(), centres, *(columns[f"{name}_g"] for name in found.grams), strict=True)]  # fmt: skip
    write_bytes(path, table_bytes(path, {"格网": (heads, rows)}))
