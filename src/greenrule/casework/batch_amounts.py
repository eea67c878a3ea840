"""Plain amounts (`106.5 万吨/年`) of a long column, read from the column's own bytes: a million of them in a moment.

Whatever is not plain is left to the reader that everybody uses; nothing is decided here about units or facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.core.kernels import kernel

#: Different units of one column that are told apart; a column that has more is read the long way.
_UNITS = 64


@dataclass(frozen=True, slots=True)
class Amounts:
    """Cells as `number` / 10^`places` of `units[unit]`; `unit` is -1 where the cell is not a plain amount."""

    number: npt.NDArray[np.int64]
    places: npt.NDArray[np.int8]
    unit: npt.NDArray[np.int8]
    units: list[str]


def plain_amounts(texts: Any) -> Amounts:
    """The plain amounts of an arrow array of texts (n,): up to nine digits, a point and up to six more, a unit or none.

    >>> import pyarrow as pa
    >>> found = plain_amounts(pa.array(["1.50 吨/年", " 3吨/年 ", "约 3 吨"]))
    >>> found.number.tolist(), found.places.tolist(), found.unit.tolist(), found.units
    ([150, 3, 0], [2, 0, 0], [0, 0, -1], ['吨/年'])
    """
    count = len(texts)
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + count + 1]
    bytes_ = np.frombuffer(data, dtype=np.uint8) if data is not None and len(data) else np.zeros(1, dtype=np.uint8)
    number, places = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int8)
    unit, known = np.full(count, -1, dtype=np.int8), np.zeros((_UNITS, 2), dtype=np.int64)
    many = int(_read(bytes_, ends, number, places, unit, known))
    units = [bytes_[low:high].tobytes().decode() for low, high in known[:many].tolist()]
    return Amounts(number, places, unit, units)


@kernel
def _read(data: Any, ends: Any, number: Any, places: Any, unit: Any, known: Any) -> int:
    """Fill the arrays of `Amounts`; `known` (k, 2) where the first cell with each unit has it; returns how many there are."""
    many = 0
    for row in range(number.size):
        at, end = ends[row], ends[row + 1]
        while at < end and (data[at] == 32 or data[at] == 9):
            at += 1
        while end > at and (data[end - 1] == 32 or data[end - 1] == 9):
            end -= 1
        value, digits, point = 0, 0, 0
        while at < end and 48 <= data[at] <= 57 and digits < 10:
            value = value * 10 + data[at] - 48
            digits += 1
            at += 1
        if digits == 0 or digits == 10:
            continue
        if at + 1 < end and data[at] == 46 and 48 <= data[at + 1] <= 57:
            at += 1
            while at < end and 48 <= data[at] <= 57 and point < 7:
                value = value * 10 + data[at] - 48
                point += 1
                at += 1
            if point == 7:
                continue
        while at < end and (data[at] == 32 or data[at] == 9):
            at += 1
        if at < end and (48 <= data[at] <= 57 or data[at] == 46):
            continue
        size = end - at
        found = -1
        for place in range(many):
            low = known[place, 0]
            if known[place, 1] - low != size:
                continue
            same = True
            for i in range(size):
                if data[low + i] != data[at + i]:
                    same = False
                    break
            if same:
                found = place
                break
        if found < 0:
            if many == known.shape[0]:
                continue
            found = many
            known[many, 0], known[many, 1] = at, end
            many += 1
        number[row], places[row], unit[row] = value, point, found
    return many
