"""How sure a sum is: exact bounds from all ranges at their ends, and a Monte Carlo with draws that are always the same.

A number that several lines share (a factor, an efficiency) is drawn once for all of them, so that its error does not average out.
A range is the middle 95 % of a two-piece lognormal about the value (a share: of its logarithm of what passes).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from greenrule.sources.inventory import Estimate, Line

DRAWS = 10_000
#: Half the width of the middle 95 % of a normal distribution.
_Z95 = 1.959963984540054
_LEAST = 1e-12


@dataclass(frozen=True)
class Spread:
    """The range of a sum in grams.

    low, high : exact, every range at its worst end · middle : the 2.5th, 50th and 97.5th percentile of the draws
    unstated : rows whose range nobody stated; they are taken as exact, so the true range is wider
    """

    low: Fraction
    high: Fraction
    middle: tuple[float, float, float]
    unstated: tuple[str, ...] = ()


@dataclass
class Draws:
    """Draws of all numbers of an inventory; each number's depend on where it stands alone, not on what stands beside it."""

    count: int = DRAWS
    seed: int = 20240101
    _kept: dict[str, np.ndarray] = field(default_factory=dict)

    def ratios(self, name: str, estimate: Estimate, share: bool = False) -> np.ndarray | None:
        """Draws of a number over its value, (count,); of a share, of what passes over what passes; None where no range is stated."""
        if not estimate.ranged:
            return None
        if name not in self._kept:
            key = int.from_bytes(hashlib.sha256(f"{self.seed}|{name}".encode()).digest()[:8], "big")
            self._kept[name] = np.random.Generator(np.random.PCG64(key)).standard_normal(self.count)
        low, high = estimate.bounds()
        value, down, up = float(estimate.value), float(low), float(high)
        if share:
            value, down, up = 1 - value, 1 - up, 1 - down
        if value <= 0:
            return np.ones(self.count)
        below = math.log(value / max(down, value * _LEAST)) / _Z95
        above = math.log(max(up, value) / value) / _Z95
        normal = self._kept[name]
        drawn = np.exp(np.where(normal < 0, below, above) * normal)
        return np.asarray(np.minimum(drawn, 1 / value) if share else drawn)  # not more passes than comes


def spread(lines: Iterable[Line], draws: Draws) -> Spread:
    """The range of the sum of the lines that are known."""
    low = high = Fraction(0)
    total = np.zeros(draws.count)
    unstated: dict[str, None] = {}
    for line in lines:
        if line.grams is None or line.factor is None:
            continue
        worst = [line.activity.amount.bounds(), line.factor.amount.bounds()]
        floor, ceiling = (worst[0][side] * worst[1][side] * line.scale for side in (0, 1))
        drawn = np.full(draws.count, float(line.grams))
        activity, used = line.activity, line.factor
        # Named by what they are of, so that a row keeps its draws wherever it stands.
        parts = [
            (f"活动水平 {activity.year} {' '.join(activity.key)}", activity.amount, False),
            (f"系数 {used.category} {used.pollutant} {used.what} {used.first} {used.last}", used.amount, False),
            *((f"去除效率 {item.technology} {item.pollutant}", item.share, True) for item in line.controls),
        ]
        for control in line.controls:
            down, up = control.share.bounds()
            floor, ceiling = floor * (1 - up), ceiling * (1 - down)
        for name, estimate, share in parts:
            ratios = draws.ratios(name, estimate, share)
            if ratios is None:
                if estimate.value:  # nothing is nothing, whatever the range
                    unstated[name] = None
            else:
                drawn *= ratios
        low, high = low + floor, high + ceiling
        total += drawn
    middle = np.quantile(total, [0.025, 0.5, 0.975])
    return Spread(low, high, (float(middle[0]), float(middle[1]), float(middle[2])), tuple(unstated))
