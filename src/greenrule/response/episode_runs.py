"""Whether an index stays above a threshold for so many 24-hour windows, in three-valued logic.

Time is counted in units (hours, or days where the input is daily).  A window is 24 hours in a row, wherever it begins; what is
not known is bounded, never guessed: a window is above when it is so whatever the missing hours were.
Truths are int8: 1 true, 0 unknown, -1 false.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.response.episode_rules import Condition

Truths = npt.NDArray[np.int8]
TRUE, UNKNOWN, FALSE = 1, 0, -1
#: An index that nobody knows: larger than any scale.
BOUNDLESS = 1 << 40


@dataclass(frozen=True)
class Air:
    """Lower and upper bounds of the index per unit, (n,) int64 each, and how many units make 24 hours.

    `counted` (n,) int8: whether the unit counts for a warning (an hour driven by dust does not; unknown where nobody says).
    """

    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    counted: Truths
    window: int

    def __len__(self) -> int:
        return len(self.low)

    def above(self, condition: Condition, causes: bool = True) -> Truths:
        """Truth per window, placed at its last unit; the first `window - 1` places have no whole window: unknown.

        The mean over the window is compared as a sum of integers.  With `causes`, a window counts where at least half of
        its units do.
        """
        width = self.window
        out = np.zeros(len(self), dtype=np.int8)
        if len(self) < width:
            return out
        limit = condition.index * width - (1 if condition.reach else 0)
        low, high = _sums(self.low, width), _sums(self.high, width)
        out[width - 1 :][low > limit] = TRUE
        out[width - 1 :][high <= limit] = FALSE
        if causes:
            counted, possible = _sums(self.counted == TRUE, width), _sums(self.counted != FALSE, width)
            mine = np.where(2 * counted >= width, TRUE, np.where(2 * possible < width, FALSE, UNKNOWN)).astype(np.int8)
            # Who says nothing of the cause has the episode counted: leaving it out would be the guess.
            out[width - 1 :] = np.minimum(out[width - 1 :], np.where(mine == FALSE, FALSE, TRUE).astype(np.int8))
        return out


@dataclass(frozen=True)
class Runs:
    """Every place where a level's condition may hold: `truth` (n,) of the run that ends at unit i and covers `length` units."""

    truth: Truths
    length: int
    words: str

    def begins(self, last: int) -> int:
        """First unit of the run that ends at a unit."""
        return last - self.length + 1


def longest(together: Sequence[Condition]) -> Condition:
    """The condition that takes the most time; the others lie within or across it."""
    return max(together, key=lambda item: item.days)


def runs(air: Air, together: Sequence[Condition], above: Mapping[Condition, Truths]) -> Runs:
    """The runs over which all conditions hold, the shorter ones somewhere within or across the longest."""
    lead = longest(together)
    truth = _lasting(above[lead], lead.days, air.window)
    length = lead.days * air.window
    for other in together:
        if other is lead:
            continue
        part = _lasting(above[other], other.days, air.window)
        # The other run ends from the first unit of this one on, and begins at its last unit at the latest.
        truth = np.minimum(truth, _any_between(part, 1 - length, other.days * air.window - 1))
    return Runs(truth, length, " 且 ".join(item.words for item in together))


def _sums(values: npt.NDArray[Any], width: int) -> npt.NDArray[np.int64]:
    total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return np.asarray(total[width:] - total[:-width])


def _lasting(above: Truths, days: int, width: int) -> Truths:
    """All of `days` windows one after another, the last ending at each place."""
    out = above.copy()
    for back in range(width, days * width, width):
        earlier = np.zeros_like(above)
        earlier[back:] = above[: len(above) - back]
        out = np.minimum(out, earlier)
    return out


def _any_between(truth: Truths, first: int, last: int) -> Truths:
    """The best truth within i + first … i + last of every place i; beyond the ends nothing is known."""
    padded = np.concatenate([np.zeros(-first, np.int8), truth, np.zeros(last, np.int8)])
    width = last - first + 1
    yes, open_ = _sums(padded == TRUE, width) > 0, _sums(padded == UNKNOWN, width) > 0
    return np.where(yes, TRUE, np.where(open_, UNKNOWN, FALSE)).astype(np.int8)
