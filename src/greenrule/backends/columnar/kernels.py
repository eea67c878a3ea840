"""The compiled loops: values to bit planes, and one interpreter that runs any rulebook over them.

Nothing here is generated per rulebook: compiled once (by numba, kept in a cache), used for all.  All loops release the
interpreter lock.  A block is `WORDS` × 64 projects; a plane of a block is `WORDS` unsigned 64-bit words, project 0 in
the lowest bit of the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from greenrule.core.kernels import kernel

WORDS = 64
ROWS = 64 * WORDS
_BYTE_ONES = np.uint64(0x0101010101010101)
_GATHER = np.uint64(0x0102040810204080)
_ONE = np.uint64(1)


@kernel
def slice_bytes(words: Any, planes: Any, first: int, bit: int) -> None:
    """One bit of every byte as a plane.  words (n/8,) uint64: the bytes of whole blocks; planes (blocks, planes, WORDS)."""
    for b in range(planes.shape[0]):
        for w in range(WORDS):
            word = np.uint64(0)
            for g in range(8):
                at = (b * WORDS + w) * 8 + g
                ones = (words[at] >> np.uint64(bit)) & _BYTE_ONES
                word |= ((ones * _GATHER) >> np.uint64(56)) << np.uint64(8 * g)
            planes[b, first, w] = word


@kernel
def rank(values: Any, cuts: Any, codes: Any) -> None:
    """How many cuts each value reaches.  values (n,), cuts (k ≤ 255,) of one type, codes (≥ n,) uint8."""
    for low in range(0, values.size, ROWS):
        high = min(low + ROWS, values.size)
        part = values[low:high]
        out = codes[low:high]
        for i in range(part.size):
            out[i] = 0
        k = 0
        while k + 4 <= cuts.size:
            a, b, c, d = cuts[k], cuts[k + 1], cuts[k + 2], cuts[k + 3]
            for i in range(part.size):
                x = part[i]
                out[i] += np.uint8(np.uint8(x >= a) + np.uint8(x >= b) + np.uint8(x >= c) + np.uint8(x >= d))
            k += 4
        while k < cuts.size:
            a = cuts[k]
            for i in range(part.size):
                out[i] += np.uint8(part[i] >= a)
            k += 1


@kernel
def look_up(index: Any, table: Any, planes: Any, first: int, count: int) -> None:
    """Planes by dictionary: bit p of the words of `table[index]` goes to plane `first + p`.

    index (n,) int32, -1 for the last row of the table; table (values + 1, ⌈count/64⌉) uint64
    """
    last = table.shape[0] - 1
    square = np.empty(64, dtype=np.uint64)
    n = index.size
    for b in range(planes.shape[0]):
        for w in range(WORDS):
            low = b * ROWS + w * 64
            for q in range(table.shape[1]):
                for i in range(64):
                    at = last
                    if low + i < n and index[low + i] >= 0:
                        at = index[low + i]
                    square[i] = table[at, q]
                taken = min(64, count - 64 * q)
                if taken <= 4:
                    for p in range(taken):
                        word = np.uint64(0)
                        for i in range(64):
                            word |= ((square[i] >> np.uint64(p)) & _ONE) << np.uint64(i)
                        planes[b, first + 64 * q + p, w] = word
                    continue
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
                    planes[b, first + 64 * q + p, w] = square[p]


@kernel
def interpret(code: Any, flips: Any, planes: Any, results: Any, memory: Any) -> None:
    """Run a program over every block.

    code (steps, 4) int32: target, left, right, kind; kind -1 computes `(left ^ f0) & (right ^ f1)` on registers,
    kind ≥ 0 loads that input plane into the target, kind < -1 writes `left ^ f0` to result plane -2 - kind.
    One formula for and, or and not: no opcode, no branch to mispredict, and the inner loop is vector instructions only.
    flips (steps, 2) uint64: all ones where an operand is negated; planes (blocks, inputs, WORDS); results (blocks,
    outputs, WORDS); memory (registers, WORDS), register 0 is false
    """
    for b in range(planes.shape[0]):
        for s in range(code.shape[0]):
            kind = code[s, 3]
            left = memory[code[s, 1]]
            f0 = flips[s, 0]
            if kind == -1:
                target, right = memory[code[s, 0]], memory[code[s, 2]]
                f1 = flips[s, 1]
                for w in range(WORDS):
                    target[w] = (left[w] ^ f0) & (right[w] ^ f1)
            elif kind >= 0:
                target, source = memory[code[s, 0]], planes[b, kind]
                for w in range(WORDS):
                    target[w] = source[w]
            else:
                result = results[b, -2 - kind]
                for w in range(WORDS):
                    result[w] = left[w] ^ f0


@kernel
def spread(planes: Any, which: int, weight: int, out: Any) -> None:
    """Add `weight` to `out` (n,) for every project whose bit is set in one plane of `planes` (blocks, planes, WORDS)."""
    add = out.dtype.type(weight)
    for b in range(planes.shape[0]):
        for w in range(WORDS):
            word = planes[b, which, w]
            low = b * ROWS + w * 64
            if word == 0 or low >= out.size:
                continue
            for i in range(min(64, out.size - low)):
                out[low + i] += add * out.dtype.type((word >> np.uint64(i)) & _ONE)


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
