"""Read tiles out of a PMTiles archive (version 3): a mapped file with a header, directories of runs, and the tiles.

Layout after the public specification of PMTiles: directories are columns of variable-length integers, compressed with gzip;
tiles are numbered along a Hilbert curve, all of one zoom after those of the zoom before.
"""

from __future__ import annotations

import bisect
import gzip
import json
import mmap
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, Place

_HEADER = struct.Struct("<7sB11QBBBBBBiiiiB")
_GZIP, _MVT = 2, 1
#: Directories may point to directories; more than this is a ring or a broken file.
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class _Runs:
    """One directory: from which tile, for how many (0: a further directory), how long, where."""

    tiles: list[int]
    counts: list[int]
    lengths: list[int]
    offsets: list[int]


class TileArchive:
    """An archive of vector tiles, open.  Reading holds no lock; a file that was replaced or removed stays readable."""

    def __init__(self, path: Path) -> None:
        """Errors, EnvironmentFault: TIL001 a file that is no such archive, or is cut short."""
        self._place = Place(str(path))
        with path.open("rb") as file:
            try:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError:  # an empty file cannot be mapped
                raise self._broken() from None
        if len(self._bytes) < _HEADER.size:
            raise self._broken()
        found = _HEADER.unpack_from(self._bytes)
        (self._root, root_size, told, told_size, self._leaves, leaves_size, self._tiles, tiles_size) = found[2:10]
        inner, outer, kind = found[14:17]
        ends = (self._root + root_size, told + told_size, self._leaves + leaves_size, self._tiles + tiles_size)
        sound = found[0] == b"PMTiles" and found[1] == 3 and max(ends) <= len(self._bytes)
        if not sound or (inner, outer, kind) != (_GZIP, _GZIP, _MVT):
            raise self._broken()
        #: lowest and highest zoom that has tiles
        self.zooms: tuple[int, int] = found[17:19]
        #: west, south, east, north in degrees
        self.bounds: tuple[float, ...] = tuple(number / 1e7 for number in found[19:23])
        #: number of different tile contents
        self.contents: int = found[12]
        try:
            self.told: dict[str, Any] = json.loads(gzip.decompress(self._bytes[told : told + told_size]))
            self._first = _directory(self._bytes[self._root : self._root + root_size])
        except (OSError, EOFError, ValueError, IndexError) as error:
            raise self._broken() from error
        self._further = lru_cache(maxsize=64)(self._leaf)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """The tile as it lies there, a Mapbox vector tile compressed with gzip; None where there is nothing.

        Raises EnvironmentFault TIL001 where a directory is broken.
        """
        if not self.zooms[0] <= z <= self.zooms[1] or not (0 <= x < 1 << z and 0 <= y < 1 << z):
            return None
        wanted, runs = tile_number(z, x, y), self._first
        for _ in range(_DEEPEST):
            at = bisect.bisect_right(runs.tiles, wanted) - 1
            if at < 0:
                return None
            if runs.counts[at]:
                if wanted >= runs.tiles[at] + runs.counts[at]:
                    return None
                start = self._tiles + runs.offsets[at]
                return self._bytes[start : start + runs.lengths[at]]
            runs = self._further(runs.offsets[at], runs.lengths[at])
        raise self._broken()

    def _leaf(self, offset: int, length: int) -> _Runs:
        start = self._leaves + offset
        try:
            return _directory(self._bytes[start : start + length])
        except (OSError, EOFError, ValueError, IndexError) as error:
            raise self._broken() from error

    def _broken(self) -> EnvironmentFault:
        return EnvironmentFault(
            Fault("TIL001", "瓦片文件不完整或不是 PMTiles 第 3 版", self._place, "删去该文件，下次用到时会重新生成")
        )


def _directory(compressed: bytes) -> _Runs:
    numbers = _integers(gzip.decompress(compressed))
    size = numbers[0]
    if len(numbers) != 1 + 4 * size:
        raise ValueError("the columns of the directory are not equally long")
    steps, counts, lengths, written = (numbers[1 + size * part : 1 + size * (part + 1)] for part in range(4))
    tiles: list[int] = []
    offsets: list[int] = []
    last = 0
    for at, step in enumerate(steps):
        last += step
        tiles.append(last)
        # 0 says: right after the one before; else the place plus one
        offsets.append(written[at] - 1 if written[at] else offsets[at - 1] + lengths[at - 1])
    return _Runs(tiles, counts, lengths, offsets)


def _integers(data: bytes) -> list[int]:
    """Variable-length integers, seven bits a byte, the lowest first."""
    out, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            out.append(value)
            value = shift = 0
    if shift:
        raise ValueError("the last number is cut short")
    return out


def tile_number(z: int, x: int, y: int) -> int:
    """The number of a tile: those of all lower zooms, then its place on the Hilbert curve.

    >>> tile_number(0, 0, 0), tile_number(1, 0, 0), tile_number(1, 0, 1), tile_number(1, 1, 1), tile_number(1, 1, 0)
    (0, 1, 2, 3, 4)
    """
    number = ((1 << 2 * z) - 1) // 3
    side = 1 << z
    half = side >> 1
    while half:
        right, lower = int(x & half > 0), int(y & half > 0)
        number += half * half * ((3 * right) ^ lower)
        if not lower:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        half >>= 1
    return number
