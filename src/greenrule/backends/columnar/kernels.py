"""The compiled loops: values to bit planes, and one interpreter that runs any rulebook over them.

Nothing here is generated per rulebook: compiled once (by numba, kept in a cache), used for all.  All loops release the
interpreter lock.  A block is `WORDS` × 64 projects; a plane of a block is `WORDS` unsigned 64-bit words, project 0 in
the lowest bit of the first.  Columns are given by the addresses of whole blocks of values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from greenrule.core.kernels import kernel
from greenrule.core.lanes import (
    add_to_bytes,
    add_to_words,
    bytes_with,
    floats_from,
    short_whole,
    shorts_with,
    wholes_from,
)

WORDS = 64
ROWS = 64 * WORDS
#: Values fall into so many classes at most, to be looked up by class.
MOST_CLASSES = 4096
#: Planes to work in: lower bits, upper bits, both.
ROOM = 64 + 64 + 1
_ONE = np.uint64(1)


@kernel
def truth_planes(at: Any, first: Any, block: int, memory: Any) -> None:
    """Truth columns (int8: 1, 0, -1 not known), as planes "may be true" and, after it, "not known".

    at, first (columns,) int64: address of the first block, register of the first plane; memory (registers, WORDS)
    """
    for column in range(at.size):
        start = at[column] + block * ROWS
        may, unknown = memory[first[column]], memory[first[column] + 1]
        for w in range(WORDS):
            may[w] = bytes_with(start + 64 * w, np.uint8(1))
            unknown[w] = bytes_with(start + 64 * w, np.uint8(128))


@kernel
def number_planes(
    at: Any, first: Any, begin: Any, whole: Any, wholes: Any, floats: Any, block: int, memory: Any
) -> None:
    """Columns of 64-bit numbers against cuts: one plane "reaches it" for each cut.

    at, first (columns,) as above; begin (columns + 1,) where the cuts of each column begin in wholes and floats;
    whole (columns,): whether its numbers are whole, not floats
    """
    for column in range(at.size):
        start = at[column] + block * ROWS * 8
        low, high, register = begin[column], begin[column + 1], first[column]
        for w in range(WORDS):
            here = start + 512 * w
            if whole[column]:
                for k in range(low, high):
                    memory[register + k - low, w] = wholes_from(here, wholes[k])
            else:
                for k in range(low, high):
                    memory[register + k - low, w] = floats_from(here, floats[k])


@kernel
def class_planes(
    at: int, class_of: Any, begin: Any, planes_of: Any, first: int, count: int, memory: Any, room: Any, codes: Any
) -> None:
    """Planes by dictionary, for values that fall into few classes: the class as bits, of these "is this class", of these
    the planes.

    at : address of ROWS whole numbers of 32 bits, negative for not known; class_of (values + 1,) uint16, the last for not
    known; begin (classes + 1,), planes_of: the planes that are set for each class; room (ROOM, WORDS), codes (ROWS,) uint16:
    to work in
    """
    last = class_of.size - 1
    for i in range(ROWS):
        value = short_whole(at + 4 * i)
        codes[i] = class_of[last if value < 0 else value]
    classes = begin.size - 1
    bits = 1
    while 1 << bits < classes:
        bits += 1
    half = bits // 2
    wide = bits - half
    start = codes.ctypes.data
    # "The lower bits of the class are these": all combinations, by doubling; the upper bits likewise.
    for part in range(2):
        base, width, shift = (0, wide, 0) if part == 0 else (1 << wide, half, wide)
        for w in range(WORDS):
            room[base, w] = ~np.uint64(0)
        for bit in range(width):
            size = 1 << bit
            for w in range(WORDS):
                plane = shorts_with(start + 128 * w, np.uint16(1 << (shift + bit)))
                for combination in range(size):
                    room[base + size + combination, w] = room[base + combination, w] & plane
                    room[base + combination, w] &= ~plane
    for plane in range(first, first + count):
        memory[plane] = 0
    low_mask = (1 << wide) - 1
    for found in range(begin.size - 1):
        if begin[found] == begin[found + 1]:
            continue
        lower, upper = room[found & low_mask], room[(1 << wide) + (found >> wide)]
        both = room[room.shape[0] - 1]
        for w in range(WORDS):
            both[w] = lower[w] & upper[w]
        for k in range(begin[found], begin[found + 1]):
            plane = memory[first + planes_of[k]]
            for w in range(WORDS):
                plane[w] |= both[w]


@kernel
def look_up(at: int, table: Any, first: int, count: int, memory: Any) -> None:
    """Planes by dictionary, for values of many classes: bit p of the words of `table[index]` goes to plane `first + p`.

    at : address of ROWS whole numbers of 32 bits, negative for the last row; table (values + 1, ⌈count/64⌉) uint64
    """
    last = table.shape[0] - 1
    square = np.empty(64, dtype=np.uint64)
    for w in range(WORDS):
        for q in range(table.shape[1]):
            for i in range(64):
                value = short_whole(at + 4 * (64 * w + i))
                square[i] = table[last if value < 0 else value, q]
            taken = min(64, count - 64 * q)
            # Transpose of a 64 × 64 bit matrix by halves; H. S. Warren, Hacker's Delight, 2nd ed., section 7-3.
            j, mask = 32, np.uint64(0x00000000FFFFFFFF)
            while j:
                shift = np.uint64(j)
                k = 0
                while k < 64:
                    moved = ((square[k] >> shift) ^ square[k + j]) & mask
                    square[k] ^= moved << shift
                    square[k + j] ^= moved
                    k = ((k + j) + 1) & ~j
                j >>= 1
                mask ^= mask << np.uint64(j)
            for p in range(taken):
                memory[first + 64 * q + p, w] = square[p]


@kernel
def interpret(code: Any, flips: Any, memory: Any, results: Any) -> None:
    """Run a program over one block.

    code (steps, 4) int32: target, left, right, kind; kind -1 computes `(left ^ f0) & (right ^ f1)` on registers,
    kind < -1 writes `left ^ f0` to result plane -2 - kind.
    One formula for and, or and not: no opcode, no branch to mispredict, and the inner loop is vector instructions only.
    flips (steps, 2) uint64: all ones where an operand is negated; memory (registers, WORDS): register 0 is false, then
    the input planes; results (outputs, WORDS)
    """
    for s in range(code.shape[0]):
        kind = code[s, 3]
        left = memory[code[s, 1]]
        f0 = flips[s, 0]
        if kind == -1:
            target, right = memory[code[s, 0]], memory[code[s, 2]]
            f1 = flips[s, 1]
            for w in range(WORDS):
                target[w] = (left[w] ^ f0) & (right[w] ^ f1)
        else:
            result = results[-2 - kind]
            for w in range(WORDS):
                result[w] = left[w] ^ f0


@kernel
def run(
    low: int, high: int, truths: Any, numbers: Any, looks: Any, code: Any, flips: Any, memory: Any, results: Any
) -> None:
    """Fill the input planes of some blocks and run a program over each; results (blocks, outputs, WORDS).

    truths, numbers, looks : the columns, as `filling.Filled` puts them together: what `truth_planes` and `number_planes` take;
    of dictionaries the tables of all columns one behind the other, and for each column from where to where its own lie
    """
    room = np.empty((ROOM, WORDS), dtype=np.uint64)
    codes = np.empty(ROWS, dtype=np.uint16)
    truth_at, truth_first = truths
    number_at, number_first, cuts_begin, whole, wholes, floats = numbers
    look_at, look_first, look_count, look_ranges, class_of, class_begin, planes_of, table = looks
    for block in range(low, high):
        truth_planes(truth_at, truth_first, block, memory)
        number_planes(number_at, number_first, cuts_begin, whole, wholes, floats, block, memory)
        for look in range(look_at.size):
            at = look_at[look] + block * ROWS * 4
            first, count, ranges = look_first[look], look_count[look], look_ranges[look]
            if ranges[6] == ranges[7]:
                own = (
                    class_of[ranges[0] : ranges[1]],
                    class_begin[ranges[2] : ranges[3]],
                    planes_of[ranges[4] : ranges[5]],
                )
                class_planes(at, own[0], own[1], own[2], first, count, memory, room, codes)
            else:
                rows = table[ranges[6] : ranges[7]].reshape((-1, (count + 63) // 64))
                look_up(at, rows, first, count, memory)
        interpret(code, flips, memory, results[block])


@kernel
def spread(planes: Any, which: int, weight: int, out: Any) -> None:
    """Add `weight` to `out` (n,) uint8 or uint32 for every project whose bit is set in one plane of `planes` (blocks, planes,
    WORDS)."""
    add = out.dtype.type(weight)
    start = out.ctypes.data
    for b in range(planes.shape[0]):
        for w in range(WORDS):
            word = planes[b, which, w]
            low = b * ROWS + w * 64
            if word == 0 or low >= out.size:
                continue
            if low + 64 <= out.size:
                if out.itemsize == 1:
                    add_to_bytes(start + low, word, np.uint8(add))
                else:
                    add_to_words(start + 4 * low, word, np.uint32(add))
                continue
            for i in range(out.size - low):
                out[low + i] += add * out.dtype.type((word >> np.uint64(i)) & _ONE)


@kernel
def recode(numbers: Any, table: Any, out: Any) -> None:
    """`table[numbers]` into `out`, for small numbers; numpy would make addresses of them first.  numbers, out (n,)"""
    for i in range(numbers.size):
        out[i] = table[numbers[i]]


@kernel
def gather(planes: Any, which: Any, out: Any) -> None:
    """Bits of chosen planes side by side for every project: bit p of word p/64 of `out` (n, ⌈k/64⌉) is plane `which[p]` (k,)."""
    square = np.empty(64, dtype=np.uint64)
    n = out.shape[0]
    for b in range(planes.shape[0]):
        for w in range(WORDS):
            low = b * ROWS + w * 64
            if low >= n:
                return
            for q in range(out.shape[1]):
                some = np.uint64(0)
                for p in range(64):
                    at = 64 * q + p
                    square[p] = planes[b, which[at], w] if at < which.size else np.uint64(0)
                    some |= square[p]
                if some:
                    j, mask = 32, np.uint64(0x00000000FFFFFFFF)
                    while j:
                        shift = np.uint64(j)
                        k = 0
                        while k < 64:
                            moved = ((square[k] >> shift) ^ square[k + j]) & mask
                            square[k] ^= moved << shift
                            square[k + j] ^= moved
                            k = ((k + j) + 1) & ~j
                        j >>= 1
                        mask ^= mask << np.uint64(j)
                for i in range(min(64, n - low)):
                    out[low + i, q] = square[i]
