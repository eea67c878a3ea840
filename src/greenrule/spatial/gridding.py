"""A regular grid over a territory: cells in degrees or in square metres of a plane, how polygons lie on them, and rasters of them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.frame import FRAME_CRS, Frame
from greenrule.spatial.landgrid import LandGrid

#: Cells that a grid may have; more is a slip of the size.
MOST_CELLS = 20_000_000


@dataclass
class Mesh:
    """Cells of one size over a box of degrees; the first row lies in the north.

    bounds : west, south, east, north (degrees, EPSG:4490) · size : side of a cell · metres : whether it is in metres, else in degrees
    """

    bounds: tuple[float, float, float, float]
    size: float
    metres: bool

    @cached_property
    def _land(self) -> LandGrid:
        return LandGrid(self.bounds, self.size if self.metres else 1000.0)

    @cached_property
    def left(self) -> float:
        """West edge, in the grid's own coordinates; a whole multiple of the size."""
        return float(np.floor((self._land.left if self.metres else self.bounds[0]) / self.size) * self.size)

    @cached_property
    def top(self) -> float:
        """North edge."""
        return float(np.ceil((self._land.top if self.metres else self.bounds[3]) / self.size) * self.size)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        if self.metres:
            edge = shapely.get_coordinates(self._land.flat(shapely.segmentize(shapely.box(*self.bounds), 0.1)))
            right, bottom = edge[:, 0].max(), edge[:, 1].min()
        else:
            right, bottom = self.bounds[2], self.bounds[1]
        tiny = 1e-9
        return (
            max(int(np.ceil((self.top - bottom) / self.size - tiny)), 1),
            max(int(np.ceil((right - self.left) / self.size - tiny)), 1),
        )

    @property
    def crs_text(self) -> str:
        """The grid's own reference system, as PROJ or GDAL reads it."""
        return self._land.plane_text if self.metres else FRAME_CRS

    def own(self, geometry: Any) -> Any:
        """Shapes in degrees, in the grid's own coordinates."""
        return self._land.flat(geometry) if self.metres else geometry

    def cells_of(self, lon: Sequence[float], lat: Sequence[float]) -> np.ndarray:
        """Cells (n, 2: row, column) of positions, -1 for those outside; the south and east edges of the grid belong to it."""
        xy = shapely.get_coordinates(self.own(shapely.points(np.asarray(lon, float), np.asarray(lat, float))))
        out = np.column_stack(
            [np.floor((self.top - xy[:, 1]) / self.size), np.floor((xy[:, 0] - self.left) / self.size)]
        ).astype(np.int64)
        rows, columns = self.shape
        out[:, 0] = np.where(out[:, 0] == rows, rows - 1, out[:, 0])
        out[:, 1] = np.where(out[:, 1] == columns, columns - 1, out[:, 1])
        out[(out < 0).any(axis=1) | (out[:, 0] >= rows) | (out[:, 1] >= columns)] = -1
        return out

    def shares(self, polygon: Any) -> tuple[np.ndarray, np.ndarray]:
        """Cells (n, 2) that a polygon (degrees) covers, and how much of it lies in each, in whole square decimetres of the plane.

        The area is that of the transverse Mercator plane on the middle of the grid, true to a thousandth over a province.
        """
        flat = self.own(polygon)
        west, south, east, north = shapely.bounds(flat)
        first, last = int((self.top - north) // self.size), int((self.top - south) // self.size)
        near, far = int((west - self.left) // self.size), int((east - self.left) // self.size)
        rows, columns = np.meshgrid(
            np.arange(max(first, 0), min(last + 1, self.shape[0])),
            np.arange(max(near, 0), min(far + 1, self.shape[1])),
            indexing="ij",
        )
        cells = np.column_stack([rows.ravel(), columns.ravel()])
        boxes = self.boxes(cells)
        shapely.prepare(flat)
        touching = shapely.intersects(flat, boxes)
        cells, boxes = cells[touching], boxes[touching]
        inside = shapely.contains_properly(flat, boxes)
        pieces = boxes.copy()
        pieces[~inside] = shapely.intersection(flat, boxes[~inside])
        area = shapely.area(pieces if self.metres else self._land.flat(pieces))
        weights = np.rint(area * 100).astype(np.int64)
        if not (weights > 0).any():  # smaller than a square decimetre: it lies in one cell
            point = shapely.point_on_surface(polygon)
            return self.cells_of([point.x], [point.y]), np.ones(1, dtype=np.int64)
        return cells[weights > 0], weights[weights > 0]

    def boxes(self, cells: np.ndarray) -> np.ndarray:
        """Squares of cells, in the grid's own coordinates."""
        west, north = self.left + cells[:, 1] * self.size, self.top - cells[:, 0] * self.size
        return np.asarray(shapely.box(west, north - self.size, west + self.size, north))

    def frame(self, cells: np.ndarray, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Cells as polygons in degrees with columns of values."""
        boxes = self.boxes(cells)
        if self.metres:
            boxes = np.asarray(shapely.transform(boxes, self._land.degrees))
        return Frame(boxes, {name: list(values) for name, values in columns.items()}, {})

    def centres(self, cells: np.ndarray) -> np.ndarray:
        """Centres (n, 2: lon, lat) of cells."""
        xy = np.column_stack([self.left + (cells[:, 1] + 0.5) * self.size, self.top - (cells[:, 0] + 0.5) * self.size])
        return self._land.degrees(xy) if self.metres else xy


def joined(shapes: np.ndarray) -> Any:
    """The polygons among some shapes as one; what crosses itself is mended."""
    return shapely.union_all(shapely.make_valid(shapes[shapely.get_dimensions(shapes) == 2]))


def bounds_of(shapes: Sequence[Any], places: np.ndarray) -> tuple[float, float, float, float]:
    """West, south, east, north of shapes and of places (n, 2); never quite empty, so that a grid has a cell."""
    corners = [np.asarray(shapely.bounds(shape)).reshape(2, 2) for shape in shapes if not shape.is_empty]
    stack = np.vstack([*corners, places])
    if not len(stack):
        return 0.0, 0.0, 1e-6, 1e-6
    west, south = map(float, stack.min(axis=0))
    east, north = map(float, stack.max(axis=0))
    return west, south, max(east, west + 1e-6), max(north, south + 1e-6)


def lying_in(shape: Any, places: np.ndarray) -> np.ndarray:
    """Which places (n, 2) a polygon holds, its edge with it."""
    shapely.prepare(shape)
    return np.asarray(shapely.intersects_xy(shape, places[:, 0], places[:, 1]))


def write_raster(path: Path, mesh: Mesh, bands: Mapping[str, np.ndarray]) -> None:
    """Arrays (rows, columns) as bands of a GeoTIFF (float64, which holds whole numbers up to 2^53 exactly); whole or not at all."""
    import rasterio
    from rasterio.transform import from_origin

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".greenrule-{secrets.token_hex(8)}.tmp.tif"
    rows, columns = mesh.shape
    try:
        with rasterio.open(
            temporary, "w", driver="GTiff", height=rows, width=columns, count=len(bands), dtype="float64", crs=mesh.crs_text,
            transform=from_origin(mesh.left, mesh.top, mesh.size, mesh.size), compress="deflate", nodata=None,
        ) as target:  # fmt: skip
            for number, (name, values) in enumerate(bands.items(), 1):
                target.write(values.astype("float64"), number)
                target.set_band_description(number, name)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
