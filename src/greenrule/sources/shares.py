"""Whole numbers divided by weights so that nothing is lost: largest remainders."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def apportioned(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in parts as near to the weights as whole numbers can be; the parts add up to it exactly.

    Equal remainders go to the earlier part.  ValueError where no weight is above 0 or one is below.

    >>> apportioned(10, [1, 1, 1]), apportioned(-3, [1, 1])
    ([4, 3, 3], [-2, -1])
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, and one must be above 0")
    sign, size = (-1, -total) if total < 0 else (1, total)
    out = [size * weight // whole for weight in weights]
    rest = size - sum(out)
    order = sorted(range(len(weights)), key=lambda at: (-(size * weights[at] % whole), at))
    for at in order[:rest]:
        out[at] += 1
    return [sign * part for part in out]


def balanced(parts: Sequence[Fraction], step: Fraction = Fraction(1)) -> list[int]:
    """Parts as whole numbers of `step` whose sum is the rounded sum of the parts: a printed column adds up to its printed total.

    >>> balanced([Fraction(1, 3)] * 3)
    [1, 0, 0]
    """
    scaled = [part / step for part in parts]
    down = [part.numerator // part.denominator for part in scaled]
    rest = round(sum(scaled, Fraction(0))) - sum(down)
    order = sorted(range(len(parts)), key=lambda at: (-(scaled[at] - down[at]), at))
    for at in order[:rest]:
        down[at] += 1
    return down
