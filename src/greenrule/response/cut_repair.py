"""From an almost whole answer to one that keeps every row, at little more than the relaxation's loss.

A relaxation splits a few dozen processes.  Rounding them breaks rows by a little.  Single steps of single processes, deeper or
shallower, then mend the rows; a step is worth what it costs plus what it leaves broken, priced by the relaxation's own prices.
A general search for a first answer takes minutes on the same task.
"""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from greenrule.response.cut_model import CutModel
from greenrule.response.episode_rules import LEVELS
from greenrule.response.reduction_list import POLLUTANTS

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_EPS = 1e-12
#: Of a row that all processes are part of, so many are looked at: those whose choice is nearest to tipping.
_NEAREST = 500
_COUNT = len(LEVELS)
#: Steps after which it ends whatever the clock says: on a busy machine the answer is the same.
_MOST = 20_000


class Mending:
    """The rows that ask for shares or keep the order of grades, and the choice per process and level.

    `choice` (processes, levels) option or `none`; `activity` of the rows under it; `price` what breaking a row by one costs:
    `strict` times what the relaxation pays for it; the higher, the sooner all rows are kept and the dearer.
    """

    def __init__(
        self, model: CutModel, dual: Floats | None = None, far: Floats | None = None, strict: float = 2.0
    ) -> None:
        self.model = model
        self.rows = np.flatnonzero(model.row_group >= 0)
        self.none = len(model.options)
        # Row per column, so that steps gather whole rows; the last one stands for "no measure".
        self.effect = np.zeros((model.count + 1, len(self.rows)))
        for place, row in enumerate(self.rows):
            part = slice(model.starts[row], model.starts[row + 1])
            self.effect[model.columns[part], place] = model.values[part]
        self.lower = model.lower[self.rows]
        numbers: dict[tuple[str, str, str], int] = {}
        self.process = np.array(
            [numbers.setdefault(option.process, len(numbers)) for option in model.options], np.int64
        )
        self.cuts = np.zeros((self.none + 1, len(POLLUTANTS)), np.int64)
        self.cuts[: self.none] = np.array([option.cut for option in model.options], np.int64).reshape(
            -1, len(POLLUTANTS)
        )
        self.column = np.full((self.none + 1, _COUNT), model.count, np.int64)
        self.column[model.option_of, model.level_of] = np.arange(model.count)
        self.usable = np.zeros((self.none + 1, _COUNT), bool)
        self.usable[model.option_of, model.level_of] = model.column_group < 0
        self.usable[self.none] = True
        self.cost = np.append(model.cost, 0.0)
        self.choice = np.full((len(numbers), _COUNT), self.none, np.int64)
        self.activity = np.zeros(len(self.rows))
        typical = float(model.cost.mean()) or 1.0
        prices = np.abs(dual[self.rows]) if dual is not None else np.zeros(len(self.rows))
        self.price = strict * prices + typical
        # Steps: every option of a process, and "no measure", as (process, option).
        everyone = np.arange(len(numbers))
        self.step_process = np.concatenate([self.process, everyone])
        self.step_option = np.concatenate([np.arange(self.none), np.full(len(numbers), self.none)])
        self.nearest = np.ones(len(numbers), bool)
        if far is not None and len(far) > _NEAREST:
            self.nearest[:] = False
            self.nearest[np.argsort(far, kind="stable")[:_NEAREST]] = True

    def start(self, x: Floats) -> None:
        """Begin with the choice nearest to a relaxed one: of each process and level the deepest that half of it reaches."""
        model = self.model
        weight = np.zeros((self.none, _COUNT))
        weight[model.option_of, model.level_of] = x
        order = np.argsort(self.cuts[:-1].sum(axis=1), kind="stable")[::-1]
        for level in range(_COUNT):
            reached = np.zeros(len(self.choice))
            for option in order:
                process = self.process[option]
                before = reached[process]
                reached[process] += weight[option, level]
                if before < 0.5 <= reached[process] and self.usable[option, level]:
                    self.choice[process, level] = option
        for level in range(1, _COUNT):  # rounding may have left a level behind the one below it
            behind = (self.cuts[self.choice[:, level]] < self.cuts[self.choice[:, level - 1]]).any(axis=1)
            self.choice[behind, level] = self.choice[behind, level - 1]
        self._refresh()

    def take(self, x: Bools) -> None:
        """Begin with a choice of columns."""
        chosen = np.flatnonzero(x)
        self.choice[:] = self.none
        self.choice[self.process[self.model.option_of[chosen]], self.model.level_of[chosen]] = self.model.option_of[
            chosen
        ]
        self._refresh()

    def _refresh(self) -> None:
        self.activity = self.effect[self.chosen()].sum(axis=0)

    def chosen(self) -> Ints:
        """The chosen columns."""
        columns = np.concatenate([self.column[self.choice[:, level], level] for level in range(_COUNT)])
        return columns[columns < self.model.count]

    def as_bools(self) -> Bools:
        """The choice over all columns."""
        out = np.zeros(self.model.count, bool)
        out[self.chosen()] = True
        return out

    @property
    def loss(self) -> float:
        """What the choice costs."""
        return float(self.cost[self.chosen()].sum())

    def mend(self, seconds: float = 4.0, enough: float = 0.0) -> Bools | None:
        """Step until every row is kept and no step is cheaper, or the loss is at most `enough`; the best choice that keeps all, or None."""
        until = time.perf_counter() + seconds
        left = _MOST
        best: Bools | None = None
        least = np.inf
        tried: set[int] = set()
        while left and time.perf_counter() < until:
            left -= 1
            lack = np.maximum(self.lower - self.activity, 0.0)
            broken = lack > _EPS
            if broken.any():
                tried.clear()
                row = int(np.argmax(np.where(broken, lack * self.price, -1.0)))
                if not self._improve(row, False):
                    self.price[row] *= 1.6
                    if self.price[row] > 1e15:
                        return best
                continue
            loss = self.loss
            if loss < least - 1e-6:
                best, least = self.as_bools(), loss
                tried.clear()
            if least <= enough:
                return best
            slack = np.where(
                np.isin(np.arange(len(self.rows)), list(tried)), -1.0, (self.activity - self.lower) * self.price
            )
            row = int(np.argmax(slack))
            if slack[row] < 0:
                return best
            if not self._improve(row, True):
                tried.add(row)
        return best

    def _improve(self, row: int, keeping: bool) -> bool:
        """The best single step among the processes of a row; with `keeping`, none that breaks a row."""
        part = np.unique(self.model.columns[self.model.starts[self.rows[row]] : self.model.starts[self.rows[row] + 1]])
        if not len(part):
            return False
        members = np.zeros(len(self.choice), bool)
        members[self.process[self.model.option_of[part]]] = True
        if members.sum() > _NEAREST:
            members &= self.nearest
        level = int(self.model.level_of[part[0]])
        steps = np.flatnonzero(members[self.step_process] & self.usable[self.step_option, level])
        process, option = self.step_process[steps], self.step_option[steps]
        old, new, fits = self._ways(process, option, level)
        change = np.zeros((len(steps), len(self.rows)))
        cost = np.zeros(len(steps))
        for at in range(_COUNT):
            before, after = self.column[old[:, at], at], self.column[new[:, at], at]
            differs = before != after
            change[differs] += self.effect[after[differs]] - self.effect[before[differs]]
            cost += self.cost[after] - self.cost[before]
        lack = np.maximum(self.lower - self.activity - change, 0.0)
        lack[lack <= _EPS] = 0.0
        merit = cost + (lack - np.maximum(self.lower - self.activity, 0.0)) @ self.price
        if keeping:
            fits &= ~lack.any(axis=1)
        merit[~fits] = np.inf
        if not len(merit):
            return False
        best = int(np.argmin(merit))
        if merit[best] >= -1e-6:
            return False
        self.activity += change[best]
        self.choice[process[best]] = new[best]
        return True

    def _ways(self, process: Ints, option: Ints, level: int) -> tuple[Ints, Ints, Bools]:
        """Choices before and after taking options at a level: deeper levels follow up, milder ones follow down."""
        old = self.choice[process]
        new = old.copy()
        new[:, level] = option
        fits = option != old[:, level]
        cut = self.cuts[option]
        for above in range(level + 1, _COUNT):
            follows = ~(self.cuts[old[:, above]] >= cut).all(axis=1)
            new[follows, above] = option[follows]
            fits &= ~follows | self.usable[option, above]
        for below in range(level):
            follows = ~(self.cuts[old[:, below]] <= cut).all(axis=1)
            new[follows, below] = np.where(self.usable[option[follows], below], option[follows], self.none)
        return old, new, fits
