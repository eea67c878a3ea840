"""Exact predicates on doubles: on which side of a line a point lies, and whether two segments meet.

The sign is first taken from the plain determinant when that is larger than its rounding error can be (Shewchuk,
Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997, error bound A); otherwise it
is computed without rounding, from products split into a value and its error.  There is no tolerance anywhere.
"""

from __future__ import annotations

from fractions import Fraction

from greenrule.core.kernels import inner

#: (3 + 16 ε) ε with ε = 2⁻⁵³: the determinant's relative error.
_BOUND = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
#: Products that underflow lose more than their relative error; nothing this small is trusted.
UNDERFLOW = 1e-290
#: Coordinates that are not zero must lie between these for the unrounded stage; others are answered UNDECIDED.
SMALLEST, LARGEST = 2.0**-400, 2.0**400
#: Answer where a coordinate lies outside that range.
UNDECIDED = 2
_SPLITTER = 2.0**27 + 1.0


@inner
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


@inner
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


@inner
def _exact_difference(a, b, d):
    """Whether d, the rounded a - b, has no error (Knuth's two-sum)."""
    around = a - d
    return (a - (d + around)) + (around - b) == 0.0


@inner
def ordinary(value):
    """Whether products of the number neither overflow nor underflow."""
    size = abs(value)
    return size == 0.0 or (size >= SMALLEST and size <= LARGEST)


@inner
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
    # Shewchuk's grow-expansion: the components do not overlap, so the largest that is not zero has the sign.
    sum_of = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for value, error in (
        _product(ax, by), _product(-ax, cy), _product(-cx, by), _product(-ay, bx), _product(ay, cx), _product(cy, bx)
    ):  # fmt: skip
        sum_of = _grown(_grown(sum_of, error), value)
    for k in range(11, -1, -1):
        if sum_of[k] != 0.0:
            return 1 if sum_of[k] > 0.0 else -1
    return 0


@inner
def _two_sum(a, b):
    """a + b as a value and its error (Knuth)."""
    value = a + b
    around = value - a
    return value, (a - (value - around)) + (b - around)


@inner
def _grown(terms, more):
    """An expansion with one number more: twelve components that do not overlap, ascending, the lowest zero before.

    Twelve names, not an array: making one would have all arrays of the callers counted.
    """
    total, _ = _two_sum(more, terms[0])
    total, a = _two_sum(total, terms[1])
    total, b = _two_sum(total, terms[2])
    total, c = _two_sum(total, terms[3])
    total, d = _two_sum(total, terms[4])
    total, e = _two_sum(total, terms[5])
    total, f = _two_sum(total, terms[6])
    total, g = _two_sum(total, terms[7])
    total, h = _two_sum(total, terms[8])
    total, i = _two_sum(total, terms[9])
    total, j = _two_sum(total, terms[10])
    total, k = _two_sum(total, terms[11])
    return a, b, c, d, e, f, g, h, i, j, k, total


@inner
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
