"""How far a change must go: the values of one fact with which a decision comes out as wanted, everything else as it is.

An amount goes to the nearest value on the other side of a threshold; the run of values around it is told as an inequality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from greenrule.casework.regions import around
from greenrule.core.units import Quantity, number_text

#: Whether a value of the fact will do.
Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Limits:
    """A run of amounts that will do: its ends (None: without end), whether they belong to it, and one amount in it."""

    low: Fraction | None
    low_in: bool
    high: Fraction | None
    high_in: bool
    amount: Fraction

    def words(self, said: Callable[[Fraction], str]) -> str:
        """The run as an inequality in Chinese.

        >>> Limits(None, False, Fraction(90), False, Fraction(89)).words(lambda x: f"{x} 万吨/年")
        '小于 90 万吨/年'
        """
        if self.low is not None and self.low == self.high:
            return f"等于 {said(self.low)}"
        parts = []
        if self.low is not None and (self.low > 0 or not self.low_in):
            parts.append(f"{'不小于' if self.low_in else '大于'} {said(self.low)}")
        if self.high is not None:
            parts.append(f"{'不超过' if self.high_in else '小于'} {said(self.high)}")
        return "且".join(parts) or "任何数值"


def limits(
    before: Fraction, cuts: Iterable[Fraction], step: Fraction, will_do: Callable[[Fraction], bool], stated: bool = True
) -> Limits | None:
    """The nearest run of amounts (base units) that will do; None where none of the regions between the cuts does.

    before : the amount as it is or, where nobody `stated` one, an amount that will do; step : one unit of the fact.  Between two cuts
    all amounts are taken to be alike.
    """
    bounds = sorted({cut for cut in cuts if cut >= 0})
    points = around(bounds, step)
    if bounds and bounds[0] > 0:
        bounds = [Fraction(0), *bounds]
        points = [Fraction(0), *points]
    found = [will_do(point) for point in points]
    if not any(found):
        return None
    near = min((place for place, ok in enumerate(found) if ok), key=lambda place: abs(points[place] - before))
    first = last = near
    while first > 0 and found[first - 1]:
        first -= 1
    while last + 1 < len(points) and found[last + 1]:
        last += 1
    exact = set(bounds)
    low, low_in = (points[first], True) if points[first] in exact else (points[first - 1] if first else None, False)
    high, high_in = (
        (points[last], True) if points[last] in exact else (points[last + 1] if last + 1 < len(points) else None, False)
    )
    amount = _near(before, low, low_in, high, high_in, step, will_do, points[near]) if stated else points[near]
    return Limits(low, low_in, high, high_in, amount)


def moving(cuts: Iterable[Fraction], will_do: Callable[[Fraction], bool]) -> set[Fraction]:
    """Cuts that depend on other facts (a sum, a line between points), looked for between and beyond the known ones.

    Exact where the place of a cut is a plain number; two cuts closer together than the known ones may be passed over.

    >>> sorted(moving([Fraction(0), Fraction(40)], lambda x: x < 17)) == [0, 17, 40]
    True
    """
    known = sorted({cut for cut in cuts if cut >= 0} | {Fraction(0)})
    top = known[-1] or Fraction(1)
    points = sorted(
        {*known, *((low + high) / 2 for low, high in pairwise(known)), *(top * 4**power for power in range(1, 12))}
    )
    found = set(known)
    for low, high in pairwise(points):
        if will_do(low) != will_do(high):
            found.add(_cut(low, high, will_do))
    return found


def _cut(low: Fraction, high: Fraction, will_do: Callable[[Fraction], bool]) -> Fraction:
    """The plainest number in a narrow gap in which the answer turns."""
    first = will_do(low)
    for _ in range(60):
        middle = plainest(low + (high - low) / 4, high - (high - low) / 4)
        low, high = (middle, high) if will_do(middle) == first else (low, middle)
    return plainest(low, high)


def plainest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator between two others, ends included.

    >>> plainest(Fraction(314, 100), Fraction(315, 100))
    Fraction(22, 7)
    """
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    floor = low.numerator // low.denominator
    return floor + 1 / plainest(1 / (high - floor), 1 / (low - floor))


def _near(
    before: Fraction, low: Fraction | None, low_in: bool, high: Fraction | None, high_in: bool, step: Fraction,
    will_do: Callable[[Fraction], bool], known: Fraction,
) -> Fraction:  # fmt: skip
    """A plain amount in a run, on the side from which one comes."""
    if high is not None and before >= high:
        end, inside, sign = high, high_in, -1
    elif low is not None and before <= low:
        end, inside, sign = low, low_in, 1
    else:
        return before if will_do(before) else known
    if inside and will_do(end):
        return end
    grain = Fraction(10) ** (len(str(int(end / step))) - 2) if end >= step else Fraction(1, 100)
    for fine in (1, 10, 100, 1000):
        amount = end + sign * grain * step / fine
        within = (low is None or amount > low) and (high is None or amount < high) and amount >= 0
        if within and will_do(amount):
            return amount
    return known


def said(amount: Fraction, unit: str, step: Fraction) -> str:
    """An amount in base units as people write it, in a unit of `step` base units or, where that is shorter, in ten thousands of it.

    >>> said(Fraction(9 * 10**8), "吨/年", Fraction(1000)), said(Fraction(9000), "吨/年", Fraction(1000))
    ('90 万吨/年', '9 吨/年')
    """
    value = amount / step
    if unit[:1] in "吨立件头只" and value >= 10_000 and (value / 100).denominator == 1:
        return f"{number_text(value / 10_000)} 万{unit}"
    return f"{number_text(value)} {unit}".strip()


def amount_of(value: Any) -> Fraction:
    """An amount in base units, or a plain number."""
    return value.base if isinstance(value, Quantity) else Fraction(value)
