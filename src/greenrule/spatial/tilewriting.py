"""A frame as vector tiles: one PMTiles archive, written by GDAL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from greenrule.spatial.frame import FRAME_CRS, Frame
from greenrule.spatial.vectorout import column

#: Whole provinces fit on a screen from 4 on; at 12 a step of the tile's grid is 2.4 m, and maps enlarge beyond.
ZOOMS = (4, 12)
#: Columns with longer texts stay out of tiles: a map shows names, whoever wants the clauses asks for them.
_LONGEST_TEXT = 80
#: The number of a feature in its layer, from 1: what a map marks and asks by.
NUMBER = "row"


def carried(frame: Frame) -> list[str]:
    """Names of the columns that tiles carry: numbers and short texts."""
    return [name for name, values in frame.columns.items() if all(_short(value) for value in values)]


def _short(value: object) -> bool:
    return value is None or isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= _LONGEST_TEXT)


def write_tiles(frame: Frame, path: Path, name: str, columns: Sequence[str]) -> None:
    """Write the tiles of a frame; GDAL keeps files beside it while it writes, so the caller gives a folder of its own.

    path : ends in .pmtiles; name : of the layer inside the tiles; columns : those to carry, with `row` added
    Errors: OSError where GDAL cannot write.
    """
    import pyogrio.errors
    from pyogrio import raw

    values = {column_name: frame.columns[column_name] for column_name in columns}
    kept = np.flatnonzero(~(shapely.is_missing(frame.geometry) | shapely.is_empty(frame.geometry)))
    rows = [[cells[number] for number in kept.tolist()] for cells in values.values()]
    try:
        raw.write(
            str(path),
            shapely.to_wkb(frame.geometry[kept]),
            [kept.astype(np.int64) + 1, *(column(cells) for cells in rows)],
            [NUMBER, *values],
            field_mask=[np.zeros(len(kept), dtype=bool), *(np.array([cell is None for cell in cells], dtype=bool) for cells in rows)],
            layer=name, driver="PMTiles", geometry_type="Unknown", crs=FRAME_CRS,
            MINZOOM=str(ZOOMS[0]), MAXZOOM=str(ZOOMS[1]),
        )  # fmt: skip
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as problem:
        raise OSError(str(problem)) from problem
