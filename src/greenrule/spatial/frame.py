"""A frame: geometries in CGCS2000 longitude/latitude with named columns, the one shape in which layers travel.

Whoever builds a frame has checked it; inside the house nobody checks again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

#: Every frame is in CGCS2000 geographic coordinates, longitude first.
FRAME_CRS = "EPSG:4490"


@dataclass(frozen=True)
class Frame:
    """Geometries and their attributes.

    geometry : object array, (n,), shapely geometries, degrees, EPSG:4490
    columns : name → sequence of n values (text, number or None)
    meta : plain data that travels with the file (source, accuracy_m, demo mark …)
    """

    geometry: np.ndarray
    columns: dict[str, Sequence[Any]] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.geometry)

    def row(self, index: int) -> dict[str, Any]:
        """The attributes of one feature."""
        return {name: values[index] for name, values in self.columns.items()}


def write_geoparquet(frame: Frame, path: Path) -> None:
    """Write a frame as GeoParquet 1.1 (WKB, EPSG:4490); the caller renames it into place."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyproj

    arrays = {name: pa.array(list(values)) for name, values in frame.columns.items()}
    arrays["geometry"] = pa.array(as_wkb(frame.geometry), pa.binary())
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",
                "geometry_types": sorted({shape.geom_type for shape in frame.geometry}),
                "crs": pyproj.CRS(FRAME_CRS).to_json_dict(),
            }
        },
    }
    table = pa.table(arrays)
    metadata = {b"geo": json.dumps(geo).encode(), b"greenrule": json.dumps(frame.meta, ensure_ascii=False).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")


def read_geoparquet(path: Path) -> Frame:
    """Read a frame that `write_geoparquet` wrote."""
    import pyarrow.parquet as pq

    # One file by itself: `read_table` loads arrow's data sets, and pandas where it is installed, which takes longer than all layers.
    with pq.ParquetFile(path) as file:
        table = file.read()
    meta = json.loads((table.schema.metadata or {}).get(b"greenrule", b"{}"))
    geometry = from_wkb(table.column("geometry").to_pylist())
    columns = {name: table.column(name).to_pylist() for name in table.column_names if name != "geometry"}
    return Frame(geometry, columns, meta)


def as_wkb(geometry: np.ndarray) -> list[bytes]:
    """Geometries (n,) as well-known binary, little-endian."""
    import shapely

    return list(shapely.to_wkb(geometry, byte_order=1))


def from_wkb(cells: Sequence[bytes]) -> np.ndarray:
    """Well-known binary as geometries: object array (n,)."""
    import shapely

    return np.asarray(shapely.from_wkb(list(cells)), dtype=object)


def bounds(frame: Frame) -> tuple[float, float, float, float]:
    """West, south, east, north of all geometries, degrees; not a number where there are none."""
    import shapely

    west, south, east, north = shapely.total_bounds(frame.geometry).tolist()
    return west, south, east, north


def as_geojson(geometry: Any, fineness: float = 0.0) -> dict[str, Any]:
    """A geometry as a GeoJSON dict (degrees, EPSG:4490), so that it can travel inside a finding; drawn no finer than some degrees."""
    import shapely

    plain: dict[str, Any] = json.loads(
        shapely.to_geojson(shapely.simplify(geometry, fineness) if fineness else geometry)
    )
    return plain
