"""Intervals that hold what they promise: adaptive conformal prediction, each bound with a rate of its own.

A bound is a quantile of the errors made so far; each time that the truth comes out beyond it the bound moves out a little, each
time that it does not the bound moves in, so that in the long run it errs as often as promised, whatever the weather does.

Source: I. Gibbs, E. Candès, Adaptive conformal inference under distribution shift (2021).
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from dataclasses import dataclass, field

import numpy as np

#: Probabilities of the intervals that are given.
LEVELS = (0.5, 0.8, 0.95)
#: Errors remembered: a year, so that every season has its say.
_MEMORY = 365
#: No interval is given from fewer errors.
FEW_ERRORS = 60
#: How far a bound moves at a time: a year of a public series held within 2.5 points at this step, within 8 at a third of it, and the
#: intervals were hardly wider.
_STEP = 0.03


@dataclass
class Bound:
    """One side of an interval that shall be passed with probability `rate`; `side` +1 above, -1 below."""

    rate: float
    side: int
    now: float = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.rate

    def of(self, errors: list[float]) -> float:
        """The bound as an error, from sorted errors of this side (truth minus forecast, times side)."""
        count = len(errors)
        place = math.ceil((count + 1) * (1.0 - min(max(self.now, 1e-9), 1.0)))
        return errors[min(max(place, 1), count) - 1]

    def learn(self, error: float, bound: float) -> None:
        """What came out: an error (times side), where `bound` was promised."""
        self.now += _STEP * (self.rate - float(error > bound))


@dataclass
class Calibrated:
    """The intervals of one forecast method at one lead.

    offsets : (3, 2) lower and upper error of `LEVELS` for the next forecast, NaN where too little is known
    inside : (3,) how often the truth lay inside, counted only where an interval had been given before it was known; tried: how often
    given : (n, 3, 2) the offsets that were given at each origin
    """

    offsets: np.ndarray
    inside: np.ndarray
    tried: int
    given: np.ndarray


def calibrate(errors: np.ndarray, lead: int) -> Calibrated:
    """Go through past origins in order; an error made at origin o is known `lead` days later.

    errors : (n,) truth minus forecast on the model's scale by origin (consecutive days), NaN where either is missing
    """
    bounds = [[Bound((1 - level) / 2, side) for side in (-1, 1)] for level in LEVELS]
    sorted_: dict[int, list[float]] = {-1: [], 1: []}
    memory: list[float] = []
    given = np.full((len(errors), len(LEVELS), 2), np.nan)
    inside = np.zeros(len(LEVELS))
    tried = 0
    for origin in range(len(errors) + lead):
        known = origin - lead
        if 0 <= known < len(errors) and not np.isnan(errors[known]):
            error = float(errors[known])
            if not np.isnan(given[known, 0, 0]):
                tried += 1
                for place in range(len(LEVELS)):
                    low, high = given[known, place]
                    inside[place] += low <= error <= high
                    for bound, value in zip(bounds[place], (-low, high), strict=True):
                        bound.learn(error * bound.side, value)
            memory.append(error)
            for side in (-1, 1):
                insort(sorted_[side], error * side)
                if len(memory) > _MEMORY:
                    old = memory[-_MEMORY - 1] * side
                    del sorted_[side][bisect_left(sorted_[side], old)]
        if origin < len(errors) and len(sorted_[1]) >= FEW_ERRORS:
            given[origin] = _offsets(bounds, sorted_)
    last = _offsets(bounds, sorted_) if len(sorted_[1]) >= FEW_ERRORS else np.full((len(LEVELS), 2), np.nan)
    return Calibrated(last, inside / max(tried, 1), tried, given)


def _offsets(bounds: list[list[Bound]], sorted_: dict[int, list[float]]) -> np.ndarray:
    """Lower and upper errors; a wider interval never lies inside a narrower one."""
    found = np.array([[-one.of(sorted_[-1]), two.of(sorted_[1])] for one, two in bounds])
    found[:, 0] = np.minimum.accumulate(found[:, 0])
    found[:, 1] = np.maximum.accumulate(found[:, 1])
    return found
