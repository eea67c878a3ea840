"""What the remaining days of a year may bring for a yearly mean to keep to its target: exact, with the rounding of the standard.

A mean is reported rounded half to even (GB/T 8170); a target is kept when the reported mean is not above it.  All numbers are
fractions in the unit of the concentration.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from greenrule.quality.rounding import round_fraction


@dataclass(frozen=True, slots=True)
class Budget:
    """Days so far and days ahead against a target.

    total : sum of the valid daily means so far, over `days` days · left : days ahead, all taken to be valid
    decimals : to which the yearly mean is reported
    """

    target: Fraction
    decimals: int
    total: Fraction
    days: int
    left: int

    def kept(self, ahead: Fraction) -> bool:
        """Whether the target is kept when the days ahead sum up to `ahead`."""
        whole = self.days + self.left
        return whole > 0 and round_fraction((self.total + ahead) / whole, self.decimals) <= self.target

    @property
    def ceiling(self) -> tuple[Fraction, bool]:
        """The largest sum of the days ahead, and whether it may itself be reached; negative: already missed.

        >>> Budget(Fraction(35), 0, Fraction(0), 0, 2).ceiling, Budget(Fraction(34), 0, Fraction(0), 0, 2).ceiling
        ((Fraction(71, 1), False), (Fraction(69, 1), True))
        """
        step = Fraction(1, 10**self.decimals)
        whole = floor(self.target / step)  # the largest report that keeps to a target written with more digits
        largest = (whole + Fraction(1, 2)) * step
        return largest * (self.days + self.left) - self.total, whole % 2 == 0

    def mean_allowed(self, decimals: int) -> Fraction | None:
        """What the days ahead may average at most, rounded down to `decimals`; None where no day is ahead or it is too late.

        >>> Budget(Fraction(35), 0, Fraction(40 * 300), 300, 65).mean_allowed(1)
        Fraction(147, 10)
        """
        if self.left == 0:
            return None
        most, reached = self.ceiling
        scaled = most / self.left * 10**decimals
        value = floor(scaled) if reached else ceil(scaled) - 1
        return None if value < 0 else Fraction(value, 10**decimals)

    def after(self, days: int, mean: Fraction) -> Budget:
        """The budget after so many days ahead at a mean, an episode for example."""
        spent = min(days, self.left)
        return Budget(self.target, self.decimals, self.total + spent * mean, self.days + spent, self.left - spent)
