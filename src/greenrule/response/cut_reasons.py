"""Why no choice of measures reaches the shares: an irreducible set of reasons, in words, with how far one gets.

Every reason of the set is needed: without any one of them the rest could be met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from greenrule.response.cut_highs import solver
from greenrule.response.cut_model import CutModel, Group

#: Reasons are dropped in this order where they can be: a set without exemptions says more than one with them.
_ORDER = ("uniform", "order", "own", "exempt", "traded", "share")


@dataclass(frozen=True)
class Reason:
    """One reason; of a share also how much is reachable with the other reasons that are no shares in force."""

    group: Group
    asked: float | None = None
    reachable: float | None = None


@dataclass(frozen=True)
class Reasons:
    """`core` is the irreducible set; `short` every other share that falls short by itself; `whole` False: only whole choices fail."""

    core: tuple[Reason, ...]
    short: tuple[Reason, ...]
    whole: bool


def reasons(model: CutModel, seconds: float = 60.0) -> Reasons:
    """An irreducible infeasible set over the groups of a model that has no answer, found by leaving out one after the other."""
    active = np.ones(len(model.groups), bool)
    whole = not possible(model, active, False, seconds)
    order = sorted(range(len(active)), key=lambda number: (_ORDER.index(model.groups[number].kind), -number))
    for number in order:
        active[number] = False
        if possible(model, active, not whole, seconds):
            active[number] = True
    core = list(np.flatnonzero(active))
    limits = active.copy()
    for number, group in enumerate(model.groups):
        if group.kind in ("share", "traded"):
            limits[number] = False
    found = tuple(_reason(model, int(number), limits) for number in core)
    everything = np.array([group.kind not in ("share", "traded") for group in model.groups])
    rest = (
        _reason(model, number, everything)
        for number, group in enumerate(model.groups)
        if group.kind in ("share", "traded") and not active[number]
    )
    short = tuple(
        item
        for item in rest
        if item.reachable is not None and item.asked is not None and item.reachable < item.asked - 1e-9
    )
    return Reasons(found, short, whole)


def possible(model: CutModel, active: npt.NDArray[np.bool_], integral: bool, seconds: float) -> bool:
    """Whether the groups that are marked can be met together; a search that does not end counts as possible."""
    import highspy

    highs = solver(model, active, integral)
    everyone = np.arange(model.count, dtype=np.int32)
    highs.changeColsCost(model.count, everyone, np.zeros(model.count))
    highs.setOptionValue("time_limit", float(seconds))
    highs.run()
    return bool(highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible)


def _reason(model: CutModel, number: int, limits: npt.NDArray[np.bool_]) -> Reason:
    group = model.groups[number]
    if group.kind not in ("share", "traded"):
        return Reason(group)
    import highspy

    row = int(np.flatnonzero(model.row_group == number)[0])
    part = slice(model.starts[row], model.starts[row + 1])
    reached = 0.0
    if part.stop > part.start:
        highs = solver(model, limits, False)
        gain = np.zeros(model.count)
        gain[model.columns[part]] = model.values[part]
        highs.changeColsCost(model.count, np.arange(model.count, dtype=np.int32), -gain)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return Reason(group, group.need + group.fixed)
        reached = -float(highs.getInfo().objective_function_value)
    return Reason(group, group.need + group.fixed, reached * group.need + group.fixed)
