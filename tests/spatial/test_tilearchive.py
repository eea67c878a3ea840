"""Reading tile archives: the numbering is a curve, directories lead to directories, GDAL's own archives are read as GDAL reads
them, and damaged files are refused."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.core.errors import EnvironmentFault
from greenrule.spatial.borderlines import border_lines
from greenrule.spatial.frame import Frame
from greenrule.spatial.tilearchive import TileArchive, tile_number
from greenrule.spatial.tilewriting import ZOOMS, carried, write_tiles

_SQUARES = Frame(
    np.array([shapely.box(112, 37, 112.5, 37.5), shapely.box(112.5, 37, 113, 37.5)], dtype=object),
    {"code": ["甲", "乙"], "area": [1.5, None], "text": ["字" * 200, "短"]},
)


@given(st.integers(0, 6))
def test_the_numbers_of_a_zoom_are_a_curve_without_jumps(z: int) -> None:
    side = 1 << z
    at = {tile_number(z, x, y): (x, y) for x in range(side) for y in range(side)}
    first = sum(4**lower for lower in range(z))
    assert sorted(at) == list(range(first, first + side * side))
    steps = [abs(at[n][0] - at[n + 1][0]) + abs(at[n][1] - at[n + 1][1]) for n in range(first, first + side * side - 1)]
    assert set(steps) <= {1}


def _varints(numbers: list[int]) -> bytes:
    out = bytearray()
    for number in numbers:
        while number > 127:
            out.append(number & 127 | 128)
            number >>= 7
        out.append(number)
    return bytes(out)


def _directory(entries: list[tuple[int, int, int, int]]) -> bytes:
    """(tile, run, length, offset) rows, in the form of the specification, compressed."""
    tiles = [entry[0] for entry in entries]
    steps = [tile - before for tile, before in zip(tiles, [0, *tiles], strict=False)]
    written = [
        0 if at and entry[3] == entries[at - 1][3] + entries[at - 1][2] else entry[3] + 1
        for at, entry in enumerate(entries)
    ]
    columns = [steps, [entry[1] for entry in entries], [entry[2] for entry in entries], written]
    return gzip.compress(_varints([len(entries), *(number for part in columns for number in part)]))


def _archive(path: Path, contents: dict[int, bytes], leaf: int) -> None:
    """An archive whose root leads to directories of `leaf` entries; equal neighbours share a run."""
    data, rows = b"", []
    for number in sorted(contents):
        body = contents[number]
        if rows and rows[-1][0] + rows[-1][1] == number and data[rows[-1][3] : rows[-1][3] + rows[-1][2]] == body:
            rows[-1] = (rows[-1][0], rows[-1][1] + 1, *rows[-1][2:])
        else:
            rows.append((number, 1, len(body), len(data)))
            data += body
    leaves, root = b"", []
    for start in range(0, len(rows), leaf):
        packed = _directory(rows[start : start + leaf])
        root.append((rows[start][0], 0, len(packed), len(leaves)))
        leaves += packed
    first, told = _directory(root), gzip.compress(b"{}")
    at = 127
    parts = [at, len(first), at + len(first), len(told), at + len(first) + len(told), len(leaves)]
    parts += [parts[4] + len(leaves), len(data), len(contents), len(rows), len(rows)]
    head = struct.pack(
        "<7sB11QBBBBBBiiiiBii", b"PMTiles", 3, *parts, 1, 2, 2, 1, 0, 5, -1800000000, -850000000, 1800000000, 850000000, 0, 0, 0
    )  # fmt: skip
    path.write_bytes(head + first + told + leaves + data)


@settings(max_examples=40)
@given(
    st.dictionaries(st.tuples(st.integers(0, 31), st.integers(0, 31)), st.sampled_from([b"a", b"bb", b"ccc"]), min_size=1),
    st.integers(1, 9),
)  # fmt: skip
def test_every_tile_is_found_and_no_other(
    tmp_path_factory: Any, tiles: dict[tuple[int, int], bytes], leaf: int
) -> None:
    path = tmp_path_factory.mktemp("archive") / "a.pmtiles"
    _archive(path, {tile_number(5, x, y): body for (x, y), body in tiles.items()}, leaf)
    archive = TileArchive(path)
    assert {(x, y): archive.tile(5, x, y) for x in range(32) for y in range(32)} == {
        (x, y): tiles.get((x, y)) for x in range(32) for y in range(32)
    }
    assert archive.tile(6, 0, 0) is None
    assert archive.tile(5, 32, 0) is None
    assert archive.tile(4, 0, 0) is None


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiles") / "squares.pmtiles"
    write_tiles(_SQUARES, path, "squares", carried(_SQUARES))
    return path


def test_an_archive_of_gdal_is_read_as_gdal_reads_it(written: Path) -> None:
    from pyogrio import raw

    archive = TileArchive(written)
    assert archive.zooms == ZOOMS
    assert archive.bounds == pytest.approx((112, 37, 113, 37.5))
    z = ZOOMS[1]
    span = range(1 << z)
    xs = [x for x in span if 111.9 < x / (1 << z) * 360 - 180 < 113.1]
    ys = [y for y in span if 0.38 < y / (1 << z) < 0.40]
    ours = [archive.tile(z, x, y) for x in xs for y in ys]
    found = [raw.read(gzip.decompress(body)) for body in ours if body]
    assert found
    assert all("row" in meta["fields"] and "text" not in meta["fields"] for meta, *_ in found)
    _, _, blobs, _ = raw.read(str(written), ZOOM_LEVEL=str(z))
    assert sum(len(blobs) for _, _, blobs, _ in found) == len(blobs)


def test_words_and_numbers_arrive(written: Path) -> None:
    from pyogrio import raw

    meta, _, _, fields = raw.read(str(written))
    rows = {tuple(row) for row in zip(*(values.tolist() for values in fields), strict=True)}
    names = meta["fields"].tolist()
    assert {(row[names.index("row")], row[names.index("code")]) for row in rows} == {(1, "甲"), (2, "乙")}


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:100], lambda data: data[:-10], lambda data: b"X" + data[1:],
                                    lambda data: data[:127] + bytes(400) + data[527:]])  # fmt: skip
def test_damaged_archives_are_refused(written: Path, tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "broken.pmtiles"
    path.write_bytes(damage(written.read_bytes()))
    with pytest.raises(EnvironmentFault) as told:
        TileArchive(path)
    assert told.value.faults[0].code == "TIL001"


def test_each_border_is_drawn_once_and_at_its_highest_level() -> None:
    counties = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(3) for y in range(2)], dtype=object)
    cities = np.array([shapely.box(0, 0, 1, 2), shapely.box(1, 0, 3, 2)], dtype=object)
    found = border_lines({"county": counties, "city": cities})
    lengths = dict.fromkeys(("province", "city", "county"), 0.0)
    for level, line in zip(found.columns["level"], found.geometry, strict=True):
        lengths[level] += line.length
    assert lengths == {"province": 10.0, "city": 2.0, "county": 5.0}
    assert shapely.union_all(found.geometry).length == sum(lengths.values())
    assert len(border_lines({})) == 0
