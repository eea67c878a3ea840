"""Write frames as files that other programs open: GeoPackage, GeoJSON, GeoParquet; whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.spatial.frame import FRAME_CRS, Frame, write_geoparquet

#: Endings that can be written, and GDAL's names of them.
DRIVERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".parquet": "GeoParquet",
    ".zip": "ESRI Shapefile",
}

#: What one text field of a shapefile holds, in bytes of its encoding.
_DBF_BYTES = 254


def write_vector(path: Path, layers: Mapping[str, Frame]) -> None:
    """Write named frames to a file; an existing file stays as it was until the new one is complete.

    layers : name → frame (EPSG:4490); a GeoPackage takes several, the other formats the first only
    Errors: G060 (InputFault) for an ending that is not known; OSError where the disk refuses, and nothing is left behind.
    """
    path = Path(path)
    driver = driver_of(path)
    # GDAL keeps side files beside a GeoPackage while it writes; the ending must stay for it to know the format.
    temporary = path.parent / f".greenrule-{secrets.token_hex(8)}.tmp{path.suffix}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if driver == "ESRI Shapefile":
            _zip_shapefile(temporary, *next(iter(layers.items())))
        elif driver == "GeoParquet":
            write_geoparquet(next(iter(layers.values())), temporary)
        else:
            for number, (name, frame) in enumerate(layers.items()):
                if driver == "GPKG" or number == 0:
                    _write(temporary, driver, name, frame, append=number > 0)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def driver_of(path: Path, others: Sequence[str] = ()) -> str:
    """GDAL's name for the format of a file; G060 (InputFault) for an ending that is not known.

    others : endings that the caller writes itself, told with the rest.  Commands that take long ask before they begin.
    """
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        told = f"不会写 `{path.suffix or '没有扩展名'}` 文件"
        raise InputFault(Fault("G060", told, Place(str(path)), f"可用：{'、'.join((*DRIVERS, *others))}"))
    return driver


def _zip_shapefile(path: Path, name: str, frame: Frame) -> None:
    """A shapefile set in an archive: attributes in GBK with its code page said, names cut as the format must."""
    import tempfile
    import zipfile

    frame = _fit_for_dbf(path, frame)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".greenrule-") as folder:
        shape = Path(folder) / f"{name}.shp"
        _write(shape, "ESRI Shapefile", name, frame, append=False)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                # A fixed time, so that the same layer makes the same bytes.
                entry = zipfile.ZipInfo(part.name, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, part.read_bytes())


def _fit_for_dbf(path: Path, frame: Frame) -> Frame:
    """Names of at most ten bytes, told apart; G061 where a text would be cut, which the format does without a word."""
    columns: dict[str, Any] = {}
    long = []
    for name, values in frame.columns.items():
        short, number = name.encode("gbk", "replace")[:10].decode("gbk", "ignore"), 1
        while short in columns:
            number += 1
            short = name.encode("gbk", "replace")[: 9 - len(str(number))].decode("gbk", "ignore") + f"_{number}"
        columns[short] = values
        widest = max((len(str(value).encode("gbk", "replace")) for value in values if value is not None), default=0)
        if widest > _DBF_BYTES:
            long.append(f"{name}（{widest} 字节）")
    if long:
        help = "改用 .gpkg，或另交 .xlsx 清单"
        raise InputFault(
            Fault("G061", f"SHP 的一栏最多 {_DBF_BYTES} 字节，装不下：{'、'.join(long)}", Place(str(path)), help)
        )
    return Frame(frame.geometry, columns, frame.meta)


def _write(path: Path, driver: str, name: str, frame: Frame, *, append: bool) -> None:
    import pyogrio.errors
    import shapely
    from pyogrio import raw

    geometry = np.array([shapely.multipolygons(shapely.get_parts(shape)) if shapely.get_dimensions(shape) == 2 else shape
                         for shape in frame.geometry], dtype=object)  # fmt: skip
    kinds = {shape.geom_type for shape in geometry}
    try:
        raw.write(
            str(path),
            shapely.to_wkb(geometry),
            [column(values) for values in frame.columns.values()],
            list(frame.columns),
            field_mask=[np.array([value is None for value in values]) for values in frame.columns.values()],
            layer=name,
            driver=driver,
            geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
            crs=FRAME_CRS,
            append=append,
            # Degrees to the last bit: a rounded coordinate could fall on the other side of a boundary.
            **({"COORDINATE_PRECISION": "15"} if driver == "GeoJSON" else {}),
            **({"encoding": "GBK"} if driver == "ESRI Shapefile" else {}),
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as problem:
        raise OSError(str(problem)) from problem


def column(values: Any) -> np.ndarray:
    """A column as GDAL takes it: numbers as they are, everything else as text."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return np.array([bool(value) for value in values])
    if known and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        whole = all(isinstance(value, int) for value in known)
        return np.array([0 if value is None else value for value in values], dtype=np.int64 if whole else float)
    return np.array([None if value is None else str(value) for value in values], dtype=object)
