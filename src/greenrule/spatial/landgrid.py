"""A raster of the land on which a line may run: weights of cells, lines through it, and the way back to degrees.

The raster lies in a transverse Mercator plane on the land's own middle meridian, so that cells are square and true to a
thousandth over a province.  It only proposes: what it proposes is checked against the shapes afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from greenrule.core.errors import Fault, InputFault, Place


@dataclass
class LandGrid:
    """Square cells over a box of degrees.

    bounds : west, south, east, north (degrees, EPSG:4490); cell_m : side of a cell in metres
    """

    bounds: tuple[float, float, float, float]
    cell_m: float

    def __post_init__(self) -> None:
        west, south, east, north = self.bounds
        edge = shapely.segmentize(shapely.box(west, south, east, north), 0.1)
        x, y = self._plane.transform(*shapely.get_coordinates(edge).T)
        self.left, self.top = float(np.floor(x.min())), float(np.ceil(y.max()))
        self.shape = (
            int(np.ceil((self.top - y.min()) / self.cell_m)),
            int(np.ceil((x.max() - self.left) / self.cell_m)),
        )

    @property
    def size(self) -> int:
        """How many cells it has."""
        return self.shape[0] * self.shape[1]

    @property
    def plane_text(self) -> str:
        """The plane as PROJ writes it."""
        west, _, east, _ = self.bounds
        return f"+proj=tmerc +lat_0=0 +lon_0={(west + east) / 2} +x_0=0 +y_0=0 +ellps=GRS80 +units=m"

    @cached_property
    def _plane(self) -> Any:
        import pyproj

        return pyproj.Transformer.from_crs("EPSG:4490", self.plane_text, always_xy=True)

    def flat(self, geometry: Any) -> Any:
        """Shapes in degrees, in metres of the plane."""
        return shapely.transform(geometry, lambda at: np.column_stack(self._plane.transform(at[:, 0], at[:, 1])))

    def degrees(self, xy: np.ndarray) -> np.ndarray:
        """Positions (n, 2) in metres of the plane, in degrees."""
        return np.column_stack(self._plane.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))

    def cell(self, lon: float, lat: float) -> tuple[int, int]:
        """Row and column of a position, whether or not it lies on the raster."""
        x, y = self._plane.transform(lon, lat)
        return int((self.top - y) // self.cell_m), int((x - self.left) // self.cell_m)

    def cells(self, places: np.ndarray) -> list[tuple[int, int]]:
        """Row and column of many positions (n, 2: longitude, latitude)."""
        x, y = self._plane.transform(places[:, 0], places[:, 1])
        rows, columns = (self.top - y) // self.cell_m, (x - self.left) // self.cell_m
        return list(zip(rows.astype(int).tolist(), columns.astype(int).tolist(), strict=True))

    def centres(self, cells: np.ndarray) -> np.ndarray:
        """Centres (n, 2) in metres of the plane, of cells (n, 2: row, column)."""
        return np.column_stack(
            [self.left + (cells[:, 1] + 0.5) * self.cell_m, self.top - (cells[:, 0] + 0.5) * self.cell_m]
        )

    def inside(self, cell: tuple[int, int]) -> bool:
        """Whether a cell lies on the raster."""
        return 0 <= cell[0] < self.shape[0] and 0 <= cell[1] < self.shape[1]

    def burn(self, raster: np.ndarray, shapes: Iterable[tuple[Any, int]], *, touched: bool) -> None:
        """Write values into the cells that shapes (degrees) cover; `touched` takes every cell that they touch, else
        those whose centre they hold.  Later shapes go over earlier ones."""
        import rasterio.features
        from rasterio.transform import from_origin

        pairs = [(self.flat(shape), value) for shape, value in shapes]
        if pairs:
            rasterio.features.rasterize(
                pairs,
                out=raster,
                transform=from_origin(self.left, self.top, self.cell_m, self.cell_m),
                all_touched=touched,
            )

    def read(self, path: Path) -> np.ndarray:
        """The first band of a raster file on these cells (float32, nearest value); 0 where it has none or a negative one.

        Errors: N023 (InputFault) where the file cannot be read, has no reference system, or no value on the land.
        """
        import rasterio
        import rasterio.errors
        from rasterio.transform import from_origin
        from rasterio.warp import Resampling, reproject

        place = Place(str(path))
        out = np.zeros(self.shape, dtype=np.float32)
        try:
            with rasterio.open(path) as source:
                if source.crs is None:
                    raise InputFault(Fault("N023", "栅格没有坐标系", place, "用 GIS 软件为它指定坐标系"))
                reproject(
                    rasterio.band(source, 1), out, dst_crs=self.plane_text, dst_nodata=0, init_dest_nodata=True,
                    dst_transform=from_origin(self.left, self.top, self.cell_m, self.cell_m), resampling=Resampling.nearest,
                )  # fmt: skip
        except rasterio.errors.RasterioError as problem:
            raise InputFault(Fault("N023", f"读不了栅格：{problem}", place, "给一个 GeoTIFF 文件")) from None
        out[~np.isfinite(out) | (out < 0)] = 0
        if not (out > 0).any():
            help = "核对坐标系和范围；值应为正数，1 为平地"
            raise InputFault(Fault("N023", "栅格在所问范围内没有值", place, help))
        return out
