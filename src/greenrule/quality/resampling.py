"""How likely the days ahead are to stay under a sum: years gone by, drawn again in blocks of days.

Weather comes in spells, so days are drawn in blocks that keep their order; a block comes from the same time of another year, for
winter days say nothing of summer.  Source: H. R. Künsch, Ann. Statist. 17 (1989) 1217–1241 (moving blocks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Draws:
    """Sums over the days ahead, drawn; and the same day by day.

    days : (draws, days ahead) the drawn daily values · blocks : how many different blocks there were to draw from
    """

    days: npt.NDArray[np.float64]
    blocks: int

    def share_within(self, most: float) -> tuple[float, float]:
        """The share of draws whose sum is at most `most`, and its standard error."""
        share = float(np.mean(self.days.sum(axis=1) <= most))
        return share, float(np.sqrt(share * (1 - share) / len(self.days)))

    def fan(self, total: float, days: int, quantiles: Sequence[float]) -> npt.NDArray[np.float64]:
        """(quantiles, days ahead) of the running mean, beginning with `days` days that sum up to `total`."""
        running = (total + np.cumsum(self.days, axis=1)) / (days + np.arange(1, self.days.shape[1] + 1))
        out: npt.NDArray[np.float64] = np.quantile(running, quantiles, axis=0)
        return out


def draw(
    history: Sequence[tuple[date, float]],
    ahead: Sequence[date],
    block: int,
    window: int,
    draws: int,
    seed: int,
    factor: float = 1.0,
) -> Draws | None:
    """Draw the days ahead from a history of daily values; None where some time of the year was never measured.

    block : days drawn together · window : a block begins at most so many days of the year away · factor : multiplies every value,
    where this year stands above or below the years before
    """
    values = dict(history)
    starts: list[list[npt.NDArray[np.float64]]] = []
    for at in range(0, len(ahead), block):
        length = min(block, len(ahead) - at)
        found = []
        for year in sorted({day.year for day in values}):
            for shift in range(-window, window + 1):
                first = _same_day(ahead[at], year) + timedelta(days=shift)
                piece = [values.get(first + timedelta(days=step)) for step in range(length)]
                if all(value is not None for value in piece):
                    found.append(np.array(piece, np.float64))
        if not found:
            return None
        starts.append(found)
    generator = np.random.default_rng(seed)
    out = np.empty((draws, len(ahead)))
    for number, found in enumerate(starts):
        chosen = generator.integers(0, len(found), draws)
        out[:, number * block : number * block + len(found[0])] = np.stack(found)[chosen]
    return Draws(out * factor, sum(len(found) for found in starts))


def _same_day(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)
