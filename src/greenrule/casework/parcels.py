"""A user's own parcels as candidates for a site: every row of the file is one, also the row that cannot be a site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greenrule.casework.candidates import Candidate
from greenrule.spatial.carving import land_of
from greenrule.spatial.validity import areal, find_flaws, mended
from greenrule.spatial.vectorfile import read_vector

#: What a column with the names of parcels may be called.
NAMES = ("name", "名称", "地块", "编号")


def read_parcels(path: Path) -> list[Candidate]:
    """The parcels of a file, named by a column of `NAMES` or by their row; what is knotted is mended and says so.

    A row without an area is a candidate without a shape.
    Errors: those of `read_vector`.
    """
    vector = read_vector(path)
    names = next((vector.columns[key] for key in vector.columns if key.lower() in NAMES), None)
    found = []
    for number, (row, shape) in enumerate(zip(vector.rows.tolist(), vector.geometry, strict=True)):
        name = str(names[number]) if names is not None and names[number] else f"地块 {row}"
        land, notes = _area(shape)
        found.append(Candidate(name, land, row, notes))
    found += [Candidate(f"地块 {row}", None, row, ("没有图形",)) for row in vector.bare.tolist()]
    return sorted(found, key=lambda item: item.row or 0)


def _area(shape: Any) -> tuple[Any, tuple[str, ...]]:
    """The land of a shape, None where it has none, and what is to be known of it."""
    land, dropped = areal(shape)
    if land is None:
        return None, ("是点或线，不是面",)
    notes: tuple[str, ...] = ("另有点或线，没有采用",) if dropped else ()
    flaws = find_flaws(land)
    if flaws:
        land, said = mended(land)
        notes += (flaws[0].message, *said)
        if land.is_empty:
            return None, (*notes, "修正后没有剩下面积")
    return (land, notes) if land_of(land) is not None else (None, (*notes, "各点几乎在一条线上"))
