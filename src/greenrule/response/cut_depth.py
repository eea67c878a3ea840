"""The same program in other columns: not "this option", but "at least as deep as this option".

Where the options of a process lie one above the other, as halves and whole stops do, its rows then only compare two columns each, a
branch halves what is left of a process, and the cuts that a solver finds on the rows of shares and grades close several times more
of the gap between the relaxation and whole choices.  Processes whose options cannot be put in a row keep the columns they have.

x[option, level] = z[option, level] - z[next deeper option of that level, level].
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.response.cut_highs import program
from greenrule.response.cut_model import CutModel
from greenrule.response.episode_rules import LEVELS

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DepthForm:
    """The program in depths: `after` of a column is that of the next deeper option of its process and level, -1 where there is none.

    `order` lists the columns so that every one comes after its `after`; rows as in CutModel, all of them from `lower` on.
    """

    after: Ints
    order: Ints
    cost: Floats
    column_upper: Floats
    rows: tuple[Ints, Ints, Floats]
    lower: Floats
    upper: Floats

    def depths(self, x: Bools) -> Floats:
        """The columns of depths for a choice of options."""
        z = np.append(x.astype(float), 0.0)  # the last one, which -1 means, stands for "no deeper option"
        for column in self.order:
            z[column] += z[self.after[column]]
        return z[:-1]

    def choice(self, z: Floats) -> Bools:
        """The choice of options for depths that are whole within a tolerance."""
        deep = np.append(z > 0.5, False)
        return np.asarray(deep[:-1] & ~deep[self.after])

    def highs(self, integral: bool = True) -> Any:
        """HiGHS with the program passed."""
        return program(self.cost, self.column_upper, self.rows, self.lower, self.upper, integral)


def in_depths(model: CutModel) -> DepthForm:
    """The program of a model in depths; it has the same choices at the same loss."""
    after = np.full(model.count, -1, np.int64)
    steps = np.zeros(model.count, np.int64)
    owned = np.zeros(model.count, bool)
    pairs: list[tuple[int, int]] = []  # (deeper at least as much, than this one)
    for chain in _chains(model):
        for level in range(len(LEVELS)):
            here = [columns[level] for columns in chain if level in columns]
            owned[here] = True
            after[here[:-1]] = here[1:]
            steps[here] = range(len(here), 0, -1)
            pairs += itertools.pairwise(here)
            pairs += [
                (columns[level + 1], columns[level]) for columns in chain if level in columns and level + 1 in columns
            ]
    row_of = np.repeat(np.arange(len(model.lower)), np.diff(model.starts))
    # Rows of one process are said anew, by pairs; those over many processes are carried over.
    kept = np.ones(len(model.lower), bool)
    kept[row_of[owned[model.columns] & (model.row_group[row_of] < 0)]] = False
    taken = kept[row_of]
    row, column, value = (np.cumsum(kept) - 1)[row_of[taken]], model.columns[taken], model.values[taken]
    follows = after[column] >= 0
    cost = model.cost.copy()
    cost[after[after >= 0]] -= model.cost[after >= 0]
    base = int(kept.sum())
    compared = np.array(pairs, np.int64).reshape(-1, 2)
    number = base + np.arange(len(compared))
    return DepthForm(
        after,
        np.argsort(steps, kind="stable"),
        cost,
        np.where(model.column_group >= 0, 0.0, 1.0),
        _rows(
            np.concatenate([row, row[follows], number, number]),
            np.concatenate([column, after[column[follows]], compared[:, 0], compared[:, 1]]),
            np.concatenate([value, -value[follows], np.ones(len(compared)), -np.ones(len(compared))]),
            base + len(compared),
        ),
        np.concatenate([model.lower[kept], np.zeros(len(compared))]),
        np.concatenate([model.upper[kept], np.full(len(compared), np.inf)]),
    )


def _chains(model: CutModel) -> list[list[dict[int, int]]]:
    """Processes whose options lie strictly one above the other: their options from the mildest on, each as level → column."""
    columns: dict[int, dict[int, int]] = defaultdict(dict)
    for column, (option, level) in enumerate(zip(model.option_of.tolist(), model.level_of.tolist(), strict=True)):
        columns[option][level] = column
    of: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for index, option in enumerate(model.options):
        of[option.process].append(index)
    out = []
    for mine in of.values():
        mine.sort(key=lambda index: sum(model.options[index].cut))
        cuts = [model.options[index].cut for index in mine]
        # Of equal cuts either may follow the other from level to level: these are in no order.
        if all(a != b and all(x <= y for x, y in zip(a, b, strict=True)) for a, b in itertools.pairwise(cuts)):
            out.append([columns[index] for index in mine])
    return out


def _rows(row: Ints, column: Ints, value: Floats, count: int) -> tuple[Ints, Ints, Floats]:
    """Rows in CSR of entries in any order; what stands twice in a place is added, and left out where it comes to nothing."""
    order = np.lexsort((column, row))
    row, column, value = row[order], column[order], value[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    value = np.add.reduceat(value, np.flatnonzero(first)) if len(value) else value
    row, column = row[first], column[first]
    left = value != 0
    starts = np.concatenate([[0], np.cumsum(np.bincount(row[left], minlength=count))])
    return starts.astype(np.int64), column[left], value[left]
