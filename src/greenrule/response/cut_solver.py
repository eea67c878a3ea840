"""Solve the choice of measures: a proven bound from HiGHS, and an answer that holds in whole grams.

The solver works in floats within a tolerance.  Its answer is rounded, checked in integers and, where a few grams lack, raised;
the bound it proved stays a bound, so the gap that is reported is that of the answer given.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.response.cut_depth import in_depths
from greenrule.response.cut_highs import solver
from greenrule.response.cut_model import CutModel
from greenrule.response.cut_repair import Mending
from greenrule.response.episode_rules import LEVELS
from greenrule.response.grade_order import turned_orders
from greenrule.response.reduction_list import POLLUTANTS, Measure, ReductionList, shares

#: How often the rows are tightened before it gives up.
_MOST_REPAIRS = 12
#: An answer within so many times the gap asked for is near: what remains is the proof.
_NEAR = 1.5
#: Of the gap asked for, what the search is asked to reach: a little is left for what whole grams cost.
_LEFT = 0.97


@dataclass(frozen=True)
class Answer:
    """`status` optimal (within the gap asked for), feasible (time was up), infeasible, unknown (time was up, nothing found).

    `objective`, `bound` in weighted yuan; `gap` (objective - bound) / objective; `chosen` columns of the model.
    """

    status: str
    chosen: npt.NDArray[np.int64]
    objective: float = 0.0
    bound: float = 0.0
    seconds: float = 0.0

    @property
    def gap(self) -> float:
        """How far the answer may at most be from the best, as a share of its own loss."""
        return max(0.0, (self.objective - self.bound) / self.objective) if self.objective > 0 else 0.0


def solve(model: CutModel, gap: float = 0.01, seconds: float = 60.0) -> Answer:
    """The least loss, proven to within `gap` where the time suffices.

    The relaxation gives the bound, and its prices guide the mending of what it splits; where that does not reach the gap (lists
    of a few dozen processes, where one process is more than the gap), the whole program is searched from the mended answer on.
    """
    begun = time.perf_counter()
    if model.count == 0:
        met = not len(model.lower) or bool((model.lower <= 0).all())
        return Answer("optimal" if met else "infeasible", np.zeros(0, np.int64))
    import highspy

    highs = _relaxed(model, begun + seconds)
    if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return Answer("infeasible", np.zeros(0, np.int64), seconds=time.perf_counter() - begun)
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return Answer("unknown", np.zeros(0, np.int64), seconds=time.perf_counter() - begun)
    relaxed = highs.getSolution()
    x, dual = np.asarray(relaxed.col_value), np.asarray(relaxed.row_dual)
    bound = proven_bound(model, dual)
    far = _distance(model, x, np.asarray(relaxed.col_dual), _process_of(model))
    best: npt.NDArray[np.bool_] | None = None
    objective = np.inf
    for strict in (1.1, 1.4):
        mending = Mending(model, dual, far, strict)
        mending.start(x)
        found = exact(model, mending, mending.mend(seconds / 4, bound / (1 - 0.9 * gap)))
        if found is not None and (cost := float(model.cost[found].sum())) < objective:
            best, objective = found, cost
        if objective - bound <= gap * objective:
            break
    status = "unknown"
    if not objective - bound <= gap * objective and (left := seconds - (time.perf_counter() - begun)) > 0.1:
        found, lower, ended = _search(model, best, gap, left, objective - bound)
        bound = max(bound, lower)
        if found is not None:
            mending.take(found)
            found = exact(model, mending, found)
        elif ended and best is None:
            status = "infeasible"
        if found is not None and (cost := float(model.cost[found].sum())) < objective:
            best, objective = found, cost
    spent = time.perf_counter() - begun
    if best is None:
        return Answer(status, np.zeros(0, np.int64), bound=bound, seconds=spent)
    answer = Answer("optimal", np.flatnonzero(best), objective, min(objective, bound), spent)
    return answer if answer.gap <= gap else replace(answer, status="feasible")


def _relaxed(model: CutModel, until: float) -> Any:
    """HiGHS after the relaxation.  Begun anew once where it gave up while there was time left.

    On a machine that was held up it was seen to give up after a second of work; what else happened then is not known.
    """
    import highspy

    for last in (False, True):
        highs = solver(model, integral=False)
        highs.setOptionValue("time_limit", max(0.1, until - time.perf_counter()))
        highs.run()
        ended = highs.getModelStatus() in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
        if ended or last or time.perf_counter() >= until:
            break
    return highs


def proven_bound(model: CutModel, dual: npt.NDArray[np.float64]) -> float:
    """A lower bound of the loss by weak duality: it holds for whatever prices of the rows, however well the solver found them."""
    y, reduced = _priced(model, dual)
    sides = np.where(
        y > 0, np.where(np.isinf(model.lower), 0.0, model.lower), np.where(np.isinf(model.upper), 0.0, model.upper)
    )
    open_ = model.column_group < 0
    return max(0.0, float((y * sides).sum() + np.minimum(reduced[open_], 0.0).sum()))


def _priced(model: CutModel, dual: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Prices of the rows where these have the side that a price speaks of, and what every column costs beyond them."""
    y = np.where((dual > 0) & np.isinf(model.lower), 0.0, np.where((dual < 0) & np.isinf(model.upper), 0.0, dual))
    rows = np.repeat(np.arange(len(y)), np.diff(model.starts))
    return y, model.cost - np.bincount(model.columns, weights=y[rows] * model.values, minlength=model.count)


def _process_of(model: CutModel) -> npt.NDArray[np.int64]:
    """Column → number of its process."""
    numbers: dict[tuple[str, str, str], int] = {}
    of = np.array([numbers.setdefault(option.process, len(numbers)) for option in model.options], np.int64)
    return of[model.option_of]


def _distance(
    model: CutModel, x: npt.NDArray[np.float64], reduced: npt.NDArray[np.float64], process: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Process → 0 where the relaxation splits it, else how much the nearest other choice would cost, relative to its loss."""
    count = int(process.max()) + 1
    far = np.full(count, np.inf)
    idle = x < 1e-7
    np.minimum.at(far, process[idle], np.abs(reduced[idle]) / np.maximum(model.cost[idle], 1e-9) + 1e-9)
    split = (x > 1e-7) & (x < 1 - 1e-7)
    far[np.unique(process[split])] = 0.0
    return far


def _search(
    model: CutModel, best: npt.NDArray[np.bool_] | None, gap: float, seconds: float, room: float
) -> tuple[npt.NDArray[np.bool_] | None, float, bool]:
    """The whole program, from an answer on where there is one: (choice, its bound, whether it ended).

    `room`: the answer's loss over the bound so far.  Where the answer is near what is asked for, it is the bound that has to rise
    (grades of few plants, which the relaxation mixes): the time goes into cuts, not into looking for other answers.
    """
    import highspy

    form = in_depths(model)
    highs = form.highs()
    highs.setOptionValue("mip_rel_gap", gap * _LEFT)
    highs.setOptionValue("time_limit", float(seconds))
    if best is not None:
        if room <= _NEAR * gap * float(model.cost[best].sum()):
            highs.setOptionValue("mip_heuristic_effort", 0.0)
            highs.setOptionValue("mip_allow_restart", False)
            # The rows are as tight as they get; looking at them takes longer than the cuts.
            highs.setOptionValue("presolve", "off")
        start = highspy.HighsSolution()
        start.col_value = form.depths(best).tolist()
        highs.setSolution(start)
    highs.run()
    info = highs.getInfo()
    ended = highs.getModelStatus() in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, 0.0, ended
    found = form.choice(np.asarray(highs.getSolution().col_value))
    return found, max(0.0, float(info.mip_dual_bound)), ended


def exact(model: CutModel, mending: Mending, found: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_] | None:
    """The choice with a few steps more where whole grams show that a share is missed or an order turned; None where that fails."""
    mending.lower = model.lower[mending.rows].copy()
    for attempt in range(_MOST_REPAIRS):
        if found is None:
            return None
        lacking = _lacking(model, found)
        if not lacking:
            return found
        for place, row in enumerate(mending.rows):
            if int(model.row_group[row]) in lacking:
                mending.lower[place] = model.lower[row] + 1e-9 * 4**attempt
        mending.take(found)
        found = mending.mend(2.0, np.inf)
    return None


def _lacking(model: CutModel, x: npt.NDArray[np.bool_]) -> set[int]:
    """Groups of rows that the choice misses in integers."""
    listed = with_choice(model, np.flatnonzero(x))
    groups = {group.id: number for number, group in enumerate(model.groups)}
    out = set()
    for item in shares(listed, model.demands):
        traded = groups.get(f"traded:{item.level}")
        if item.pollutant in POLLUTANTS[:2] and traded is not None:
            if item.met is False:
                out.add(traded)
        elif item.met is not True:
            out.add(groups[f"share:{item.level}:{item.pollutant}"])
    if "order" in groups and turned_orders(listed, model.grades):
        out.add(groups["order"])
    return out | _uniform_missed(model, x)


def _uniform_missed(model: CutModel, x: npt.NDArray[np.bool_]) -> set[int]:
    """The group of rows on uniform measures where one is missed; whole numbers, so floats are exact."""
    out = set()
    for number, group in enumerate(model.groups):
        if group.kind == "uniform":
            for row in np.flatnonzero(model.row_group == number):
                part = slice(model.starts[row], model.starts[row + 1])
                if float(model.values[part] @ x[model.columns[part]]) < model.lower[row] - 0.5:
                    out.add(number)
    return out


def with_choice(model: CutModel, chosen: npt.NDArray[np.int64]) -> ReductionList:
    """The list with the chosen options as its measures; processes of industry that are not chosen have none."""
    from greenrule.response.reduction_list import INDUSTRY

    measures: dict[tuple[str, str, str], dict[str, Measure]] = {}
    for column in chosen:
        option = model.options[int(model.option_of[column])]
        measures.setdefault(option.process, {})[LEVELS[int(model.level_of[column])]] = Measure(
            option.text, option.cut, option.evidence
        )
    optional = {option.process for option in model.options}
    by_id = model.listed.by_id
    processes = tuple(
        replace(item, measures=measures.get(item.key, {}))
        if item.key in optional or by_id[item.enterprise].source == INDUSTRY or item.exempt
        else item
        for item in model.listed.processes
    )
    return replace(model.listed, processes=processes)


def losses(model: CutModel, chosen: npt.NDArray[np.int64]) -> Mapping[str, int]:
    """Level → yuan per day."""
    return {
        level: int(model.yuan[chosen[model.level_of[chosen] == number]].sum()) for number, level in enumerate(LEVELS)
    }
