"""What changed between two years: activity, factor, control, what came and what went; the parts add up to the whole, exactly.

Each part is the mean of its effect over all orders in which the three could have changed (Shapley), which leaves no residual.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from greenrule.sources.inventory import Inventory, Line

Key = TypeVar("Key", bound=Hashable)
PARTS = ("activity", "factor", "control", "new", "gone")


@dataclass
class Change:
    """Grams by part; `unknown`: lines that are not known in one of the years and are in no part."""

    before: Fraction = Fraction(0)
    after: Fraction = Fraction(0)
    activity: Fraction = Fraction(0)
    factor: Fraction = Fraction(0)
    control: Fraction = Fraction(0)
    new: Fraction = Fraction(0)
    gone: Fraction = Fraction(0)
    unknown: int = 0

    @property
    def whole(self) -> Fraction:
        """The difference, which is the sum of the parts."""
        return self.after - self.before


def compared(inventory: Inventory, one: int, other: int, by: Callable[[Line], Key]) -> dict[Key, Change]:
    """Two years of an inventory, group by group.

    A line that is unknown in either year is left out of both, and counted.
    """
    sides: tuple[dict[tuple[object, ...], Line], dict[tuple[object, ...], Line]] = ({}, {})
    for line in inventory.lines:
        for side, year in zip(sides, (one, other), strict=True):
            if line.activity.year == year:
                side[*line.activity.key, line.pollutant] = line
    out: dict[Key, Change] = {}
    for key in dict.fromkeys((*sides[0], *sides[1])):
        first, second = sides[0].get(key), sides[1].get(key)
        latest = second or first
        assert latest is not None
        change = out.setdefault(by(latest), Change())
        if any(item is not None and item.grams is None for item in (first, second)):
            change.unknown += 1
            continue
        before = first.grams if first is not None and first.grams is not None else Fraction(0)
        after = second.grams if second is not None and second.grams is not None else Fraction(0)
        change.before += before
        change.after += after
        if first is None:
            change.new += after
        elif second is None:
            change.gone -= before
        else:
            for part, grams in zip(PARTS, _parts(first, second), strict=False):
                setattr(change, part, getattr(change, part) + grams)
    return out


def _parts(first: Line, second: Line) -> tuple[Fraction, Fraction, Fraction]:
    """The effects of activity, factor and control on one line."""
    a, b = _three(first), _three(second)
    out = []
    for at in range(3):
        x, y = [other for other in range(3) if other != at]
        mean = (2 * a[x] * a[y] + b[x] * a[y] + a[x] * b[y] + 2 * b[x] * b[y]) / 6
        out.append((b[at] - a[at]) * mean)
    return out[0], out[1], out[2]


def _three(line: Line) -> tuple[Fraction, Fraction, Fraction]:
    """Activity, factor and what passes, in units in which their product is grams."""
    assert line.factor is not None
    from greenrule.core.units import factor

    amount = line.activity.amount.value * factor(line.activity.unit)[1]
    return amount, line.factor.amount.value * line.scale / factor(line.activity.unit)[1], line.left
