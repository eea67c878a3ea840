"""Programs handed to HiGHS: the one place that knows its classes and how its options are set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from greenrule.response.cut_model import CutModel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def program(
    cost: Floats,
    column_upper: Floats,
    rows: tuple[Ints, Ints, Floats],
    lower: Floats,
    upper: Floats,
    integral: bool,
) -> Any:
    """HiGHS with a program passed: columns from 0 to `column_upper`; `rows` (starts, columns, values) between `lower` and `upper`."""
    import highspy

    # The class above it adds callbacks, and prints a banner on standard output while doing so.
    highs: Any = highspy.Highs.__mro__[1]()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 2)  # the same for every run of the process: HiGHS refuses another number later
    inf = highspy.kHighsInf
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(lower)
    lp.col_cost_ = cost
    lp.col_lower_, lp.col_upper_ = np.zeros(len(cost)), column_upper
    lp.row_lower_ = np.where(np.isinf(lower), -inf, lower)
    lp.row_upper_ = np.where(np.isinf(upper), inf, upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows
    if integral:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
    highs.passModel(lp)
    return highs


def solver(model: CutModel, groups: npt.NDArray[np.bool_] | None = None, integral: bool = True) -> Any:
    """HiGHS with the model passed; only the groups that are marked hold (all where `groups` is None)."""
    lower, upper = model.lower, model.upper
    column_upper = np.where(model.column_group >= 0, 0.0, 1.0)
    if groups is not None:
        off = (model.row_group >= 0) & ~groups[np.maximum(model.row_group, 0)]
        lower, upper = np.where(off, -np.inf, lower), np.where(off, np.inf, upper)
        free = (model.column_group >= 0) & ~groups[np.maximum(model.column_group, 0)]
        column_upper = np.where(free, 1.0, column_upper)
    return program(model.cost, column_upper, (model.starts, model.columns, model.values), lower, upper, integral)
