"""Layer files and Excel lists as a bureau would send them, for the tests of reading, checking and importing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

_DRIVERS = {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".geojson": "GeoJSON"}
NATIONAL = ("HJZHGKDYBM", "HJZHGKDYMC", "ZHGKDYFL")


def squares(count: int, west: float = 112.0, south: float = 37.0, size: float = 0.01) -> np.ndarray:
    """A row of squares that share their sides."""
    return np.array(
        [
            shapely.box(round(west + n * size, 6), south, round(west + (n + 1) * size, 6), south + size)
            for n in range(count)
        ],
        dtype=object,
    )


def units(heads: Sequence[str] = NATIONAL) -> dict[str, list[Any]]:
    """Three sound control units under the given headings of code, name and class."""
    codes = ["ZH14010510001", "ZH14010520001", "ZH14010530001"]
    return dict(
        zip(
            heads,
            (codes, ["甲优先保护单元", "乙重点管控单元", "丙一般管控单元"], ["优先保护单元", "2", "一般"]),
            strict=True,
        )
    )


def write_layer(
    path: Path,
    columns: Mapping[str, Sequence[Any]],
    geometry: np.ndarray | None = None,
    *,
    encoding: str = "UTF-8",
    crs: str = "EPSG:4490",
) -> Path:
    """A vector file with these columns; one square per row where no geometry is given."""
    from pyogrio import raw

    if geometry is None:
        geometry = squares(len(next(iter(columns.values()))))
    fields = [
        np.array(values, dtype=object if any(isinstance(value, str | None) for value in values) else None)
        for values in columns.values()
    ]
    kinds = {part.geom_type for part in geometry}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw.write(
            str(path), np.array(shapely.to_wkb(geometry), dtype=object), fields, np.array(list(columns), dtype=object),
            geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown", crs=crs, driver=_DRIVERS[path.suffix],
            **({"encoding": encoding} if path.suffix == ".shp" else {}),
        )  # fmt: skip
    return path


def write_list(path: Path, rows: Sequence[Sequence[Any]], merge: str | None = None) -> Path:
    """An Excel list."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    book.save(path)
    return path
