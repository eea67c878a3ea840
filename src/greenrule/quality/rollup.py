"""All figures of a set of stations from their hours, and again after new hours: only what the new hours reach is computed anew.

Hour → day → month and year → composite index → rank.  Whatever the order in which hours arrive, the figures are those of a rebuild,
bit for bit: both go through the same loops over whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.quality.composite import Composite, composite, ranks
from greenrule.quality.days import DayIndex, DayTable, HourGrid, day_table
from greenrule.quality.editions import POLLUTANTS, Edition, Editions
from greenrule.quality.index import evaluate
from greenrule.quality.periods import Period, PeriodTable, months_of, statistics, years_of

_HOUR = np.timedelta64(1, "h")


@dataclass
class Figures:
    """A period under an edition: statistics, composite index and places of all stations."""

    period: Period
    edition: Edition
    table: PeriodTable
    composite: Composite
    places: npt.NDArray[np.int32]


class Rollup:
    """Figures over a grid of hours.  `figures` are by (period id, edition id); a year across editions has one for each.

    The grid must not be changed from outside afterwards; `put` changes it.
    """

    def __init__(self, grid: HourGrid, editions: Editions, days: DayTable | None = None) -> None:
        self.grid, self.editions = grid, editions
        self.days = day_table(grid, editions) if days is None else days
        self.index: DayIndex = self.days.index(editions)
        self.figures: dict[tuple[str, str], Figures] = {}
        self._periods = [*months_of(grid.first, self.days.last), *years_of(grid.first, self.days.last)]
        self._rows = {name: at for at, name in enumerate(grid.stations)}
        self._fold(self._periods)

    def put(
        self, time: npt.NDArray[np.datetime64], stations: npt.NDArray[Any], values: Mapping[str, npt.NDArray[np.int16]]
    ) -> list[tuple[str, str]]:
        """Put hours in (ends of hours, rows of stations, values of the pollutants that are given) and bring all figures up to date.

        Returns the keys of the figures that were computed anew.  Raises IndexError for an hour outside the grid.
        """
        start = np.datetime64(self.grid.first, "h") + _HOUR
        hour = (time.astype("datetime64[h]") - start).astype(np.int64)
        if len(hour) and (hour.min() < 0 or hour.max() >= 24 * self.grid.days):
            raise IndexError("an hour lies outside the grid")
        for name, column in values.items():
            self.grid.hours[name][stations, hour] = column
        changed = [day for day in np.unique(hour // 24).tolist() if self._day(int(day))]
        touched = [
            period for period in self._periods
            if any(0 <= day - (period.first - self.grid.first).days < period.days for day in changed)
        ]  # fmt: skip
        return self._fold(touched)

    def _day(self, day: int) -> bool:
        """One day anew; whether a value of it changed."""
        fresh = day_table(self.grid, self.editions, day, day + 1)
        changed = False
        for name in POLLUTANTS:
            changed |= bool((self.days.exact[name][:, day] != fresh.exact[name][:, 0]).any())
            self.days.exact[name][:, day] = fresh.exact[name][:, 0]
            self.days.rounded[name][:, day] = fresh.rounded[name][:, 0]
            self.days.counts[name][:, day] = fresh.counts[name][:, 0]
        edition = self.editions.on(fresh.first)
        if changed and edition is not None:
            self.index.put(
                evaluate({name: fresh.rounded[name][:, 0] for name in POLLUTANTS}, "day", edition), day, day + 1
            )
        return changed

    def _fold(self, periods: list[Period]) -> list[tuple[str, str]]:
        """Statistics, index and places of periods; editions that ask for the same statistics share them."""
        together: dict[tuple[str, ...], tuple[tuple[Edition, ...], list[Period]]] = {}
        for period in periods:
            governing = self.editions.governing(period.first, period.last)
            together.setdefault(tuple(item.id for item in governing), (governing, []))[1].append(period)
        done = []
        for governing, members in together.values():
            known: dict[object, PeriodTable] = {}
            for edition in governing:
                asked = _asked(edition)
                if asked in known:
                    table = replace(known[asked], edition=edition)
                else:
                    table = known[asked] = statistics(self.days, members, edition)
                done += self._keep(table)
        return done

    def _keep(self, table: PeriodTable) -> list[tuple[str, str]]:
        """The figures of each period of a table."""
        index = composite(table)
        done = []
        for at, period in enumerate(table.periods):
            one = PeriodTable(
                table.series, (period,), table.edition, {id: array[:, at : at + 1] for id, array in table.values.items()},
                {name: array[:, at : at + 1] for name, array in table.days.items()},
                {name: array[:, at : at + 1] for name, array in table.valid.items()},
            )  # fmt: skip
            part = Composite(table.edition, index.statistics, index.value[:, at : at + 1], index.main[:, at : at + 1])
            self.figures[period.id, table.edition.id] = Figures(
                period, table.edition, one, part, ranks(index.value[:, at])
            )
            done.append((period.id, table.edition.id))
        return done


def _asked(edition: Edition) -> object:
    """What of an edition its statistics depend on."""
    items = tuple((item.id, item.pollutant, item.percent) for item in (*edition.statistics, *edition.composite))
    return items, tuple(edition.statistic_decimals.items()), tuple(edition.decimals.items()), edition.validity
