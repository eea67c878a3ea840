"""Exact predicates on doubles: on which side of a line a point lies, and whether two segments meet.

The sign is first taken from the plain determinant when that is larger than its rounding error can be (Shewchuk,
Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997, error bound A); otherwise it
is computed without rounding, from products split into a value and its error.  There is no tolerance anywhere.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from greenrule.core.kernels import kernel

#: (3 + 16 ε) ε with ε = 2⁻⁵³: the determinant's relative error.
_BOUND = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
#: Products that underflow lose more than their relative error; nothing this small is trusted.
UNDERFLOW = 1e-290
#: Coordinates that are not zero must lie between these for the unrounded stage; others are answered UNDECIDED.
SMALLEST, LARGEST = 2.0**-400, 2.0**400
#: Answer where a coordinate lies outside that range.
UNDECIDED = 2
_SPLITTER = 2.0**27 + 1.0


@kernel
def orient(ax, ay, bx, by, cx, cy):
    """1 where c lies left of the line from a to b, -1 right of it, 0 exactly on it; `UNDECIDED` out of range."""
    left = (ax - cx) * (by - cy)
    right = (ay - cy) * (bx - cx)
    determinant = left - right
    bound = _BOUND * (abs(left) + abs(right)) + UNDERFLOW
    if determinant > bound:
        return 1
    if determinant < -bound:
        return -1
    return orient_unrounded(ax, ay, bx, by, cx, cy)


@kernel
def _product(a, b):
    """a·b as a value and its error (Dekker 1971)."""
    value = a * b
    c = _SPLITTER * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLITTER * b
    b_high = c - (c - b)
    b_low = b - b_high
    return value, a_low * b_low - (((value - a_high * b_high) - a_low * b_high) - a_high * b_low)


@kernel
def _exact_difference(a, b, d):
    """Whether d, the rounded a - b, has no error (Knuth's two-sum)."""
    around = a - d
    return (a - (d + around)) + (around - b) == 0.0


@kernel
def ordinary(value):
    """Whether products of the number neither overflow nor underflow."""
    size = abs(value)
    return size == 0.0 or (size >= SMALLEST and size <= LARGEST)


@kernel
def orient_unrounded(ax, ay, bx, by, cx, cy):
    """`orient` without a filter."""
    if not (ordinary(ax) and ordinary(ay) and ordinary(bx) and ordinary(by) and ordinary(cx) and ordinary(cy)):
        return UNDECIDED
    dax = ax - cx
    day = ay - cy
    dbx = bx - cx
    dby = by - cy
    if (
        _exact_difference(ax, cx, dax)
        and _exact_difference(ay, cy, day)
        and _exact_difference(bx, cx, dbx)
        and _exact_difference(by, cy, dby)
        and ordinary(dax)
        and ordinary(day)
        and ordinary(dbx)
        and ordinary(dby)
    ):
        # Two products to compare.  Rounding keeps order, so the values decide, and their errors where they are equal.
        left, left_error = _product(dax, dby)
        right, right_error = _product(day, dbx)
        if left != right:
            return 1 if left > right else -1
        if left_error != right_error:
            return 1 if left_error > right_error else -1
        return 0
    terms = np.empty(12)
    terms[1], terms[0] = _product(ax, by)
    terms[3], terms[2] = _product(-ax, cy)
    terms[5], terms[4] = _product(-cx, by)
    terms[7], terms[6] = _product(-ay, bx)
    terms[9], terms[8] = _product(ay, cx)
    terms[11], terms[10] = _product(cy, bx)
    # Shewchuk's grow-expansion: the components do not overlap, so the largest that is not zero has the sign.
    for count in range(1, 12):
        total = terms[count]
        for index in range(count):
            other = terms[index]
            value = total + other
            around = value - total
            terms[index] = (total - (value - around)) + (other - around)
            total = value
        terms[count] = total
    for index in range(11, -1, -1):
        if terms[index] != 0.0:
            return 1 if terms[index] > 0.0 else -1
    return 0


@kernel
def segments_meet(ax, ay, bx, by, cx, cy, dx, dy):
    """1 where the closed segments ab and cd have a point in common, 0 where not; either may be a single point."""
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return 0
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return 0
    c_side = orient(ax, ay, bx, by, cx, cy)
    d_side = orient(ax, ay, bx, by, dx, dy)
    if c_side == UNDECIDED or d_side == UNDECIDED:
        return UNDECIDED
    if c_side * d_side > 0:
        return 0
    a_side = orient(cx, cy, dx, dy, ax, ay)
    b_side = orient(cx, cy, dx, dy, bx, by)
    if a_side == UNDECIDED or b_side == UNDECIDED:
        return UNDECIDED
    # All four on one line: the boxes overlap, so the segments do.
    return 0 if a_side * b_side > 0 else 1


def orient_rational(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """`orient` in rational arithmetic: slow, for any finite doubles; the yardstick of the tests.

    >>> orient_rational(0, 0, 1, 1, 0, 1), orient_rational(0.1, 0.1, 0.3, 0.3, 0.2, 0.2)
    (1, 0)
    """
    one, two, three, four, five, six = (Fraction(value) for value in (ax, ay, bx, by, cx, cy))
    determinant = (one - five) * (four - six) - (two - six) * (three - five)
    return (determinant > 0) - (determinant < 0)
