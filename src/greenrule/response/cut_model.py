"""The choice of measures as a mixed-integer program in arrays: one option per process and level, deeper at higher levels.

Every constraint belongs to a `group` with words of its own, so that what makes a list impossible can be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from greenrule.response.episode_rules import LEVEL_WORDS, LEVELS
from greenrule.response.grade_order import comparable, graded_emissions, grams_lost, plain_text
from greenrule.response.reduction_list import (
    INDUSTRY,
    POLLUTANT_WORDS,
    POLLUTANTS,
    Demand,
    Grade,
    Grams,
    Option,
    Process,
    ReductionList,
    added,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """A reason: `kind` share, traded, exempt, own, order, uniform; `words` say it to people; `count` how many it stands for."""

    id: str
    kind: str
    words: str
    count: int = 1
    names: tuple[str, ...] = ()
    #: of a share: what is still to be cut and what fixed measures already cut, as shares of the base
    need: float = 0.0
    fixed: float = 0.0


@dataclass
class CutModel:
    """Columns are (option, level); rows in CSR with bounds; `group` of a row or of a column's upper bound, -1 for what always holds.

    `need`, `fixed`: grams that a level needs of a pollutant, and has from measures that are not to be chosen.
    """

    listed: ReductionList
    demands: Mapping[str, Demand]
    options: list[Option]
    option_of: Ints
    level_of: Ints
    cost: Floats
    starts: Ints
    columns: Ints
    values: Floats
    lower: Floats
    upper: Floats
    row_group: Ints
    column_group: Ints
    groups: list[Group] = field(default_factory=list)
    grades: Mapping[str, Grade] = field(default_factory=dict)
    yuan: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def count(self) -> int:
        """How many columns there are."""
        return len(self.cost)


class _Rows:
    def __init__(self) -> None:
        self.starts = [0]
        self.columns: list[Ints] = []
        self.values: list[Floats] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.group: list[int] = []
        self.size = 0

    def add(
        self,
        columns: Sequence[int] | Ints,
        values: Sequence[float] | Floats,
        lower: float,
        upper: float,
        group: int = -1,
    ) -> None:
        """One row."""
        self.columns.append(np.asarray(columns, np.int64))
        self.values.append(np.asarray(values, np.float64))
        self.size += len(self.columns[-1])
        self.starts.append(self.size)
        self.lower.append(lower)
        self.upper.append(upper)
        self.group.append(group)


def fixed_cuts(listed: ReductionList) -> dict[str, Grams]:
    """What sources other than industry cut by the measures of the list itself, level by level; those with options are chosen anew."""
    chosen = {item.process for item in listed.options}
    by_id = listed.by_id
    return {
        level: added(
            item.measures[level].cut for item in listed.processes
            if level in item.measures and by_id[item.enterprise].source != INDUSTRY and item.key not in chosen and not item.exempt
        )
        for level in LEVELS
    }  # fmt: skip


def build(
    listed: ReductionList,
    demands: Mapping[str, Demand],
    grades: Mapping[str, Grade],
    exemptions: Mapping[str, str],
    days: Mapping[str, Fraction],
    fairness: Fraction = Fraction(0),
    trade: bool = True,
    order: bool = True,
) -> CutModel:
    """The program of a list.

    `exemptions` id → label; `days` how much a day of each level counts in the loss; `fairness` adds that share of its loss to
    an enterprise for every time that its past burden is above the mean of those who can be cut.
    """
    process_at = {item.key: index for index, item in enumerate(listed.processes)}
    by_id = listed.by_id
    options = [item for item in listed.options if item.process in process_at]
    weight = _weights(listed, options, fairness)
    groups: list[Group] = []
    barred = _barred(listed.processes, by_id, grades, exemptions, groups, {item.process for item in options})
    option_of: list[int] = []
    level_of: list[int] = []
    cost: list[float] = []
    column_group: list[int] = []
    yuan: list[int] = []
    column: dict[tuple[int, int], int] = {}
    for index, option in enumerate(options):
        group = barred.get(option.process, -1)
        for level, name in enumerate(LEVELS):
            if option.first - 1 <= level:
                column[index, level] = len(option_of)
                option_of.append(index)
                level_of.append(level)
                yuan.append(option.loss)
                cost.append(option.loss * weight[option.process[0]] * float(days[name]))
                column_group.append(group)
    rows = _Rows()
    _choices(rows, options, column, process_at)
    level_array, option_array = np.array(level_of, np.int64), np.array(option_of, np.int64)
    cuts = np.array([item.cut for item in options], np.int64).reshape(-1, len(POLLUTANTS))
    _shares(rows, groups, listed, demands, cuts, option_array, level_array, trade)
    if order:
        _order(rows, groups, listed, grades, cuts, option_array, level_array, options)
    _uniform(rows, groups, listed, grades, option_array, level_array, options)
    return CutModel(
        listed, demands, options, option_array, level_array, np.array(cost), np.array(rows.starts, np.int64),
        np.concatenate(rows.columns) if rows.columns else np.zeros(0, np.int64),
        np.concatenate(rows.values) if rows.values else np.zeros(0), np.array(rows.lower), np.array(rows.upper),
        np.array(rows.group, np.int64), np.array(column_group, np.int64), groups, dict(grades), np.array(yuan, np.int64),
    )  # fmt: skip


def _weights(listed: ReductionList, options: Sequence[Option], fairness: Fraction) -> dict[str, float]:
    """Enterprise → factor of its loss: 1 at or below the mean past burden, more above it."""
    names = list(dict.fromkeys(item.process[0] for item in options))
    past = {name: listed.burden.get(name, 0) for name in names}
    mean = sum(past.values()) / len(past) if past else 0
    return {name: 1.0 + float(fairness) * max(0.0, value / mean - 1) if mean else 1.0 for name, value in past.items()}


def _barred(
    processes: Sequence[Process], by_id: Mapping[str, object], grades: Mapping[str, Grade], exemptions: Mapping[str, str],
    groups: list[Group], optional: set[tuple[str, str, str]],
) -> dict[tuple[str, str, str], int]:  # fmt: skip
    """Process → the group that forbids its options: an exemption, or a grade that decides for itself."""
    found: dict[tuple[str, str], list[Process]] = defaultdict(list)
    for item in processes:
        if item.key not in optional:
            continue
        enterprise = by_id[item.enterprise]
        grade = grades.get(getattr(enterprise, "grade", ""))
        if item.exempt:
            found["exempt", item.exempt].append(item)
        elif grade is not None and grade.own:
            found["own", grade.id].append(item)
    out = {}
    for (kind, id), items in sorted(found.items()):
        names = tuple(dict.fromkeys(str(getattr(by_id[item.enterprise], "name", "")) for item in items))
        label = f"{exemptions.get(id, id)}豁免" if kind == "exempt" else f"{grades[id].label}自主减排，不下达强制措施"
        for item in items:
            out[item.key] = len(groups)
        groups.append(
            Group(f"{kind}:{id}", kind, f"{label}（{len(names)} 家、{len(items)} 道工序）", len(items), names)
        )
    return out


def _choices(
    rows: _Rows,
    options: Sequence[Option],
    column: Mapping[tuple[int, int], int],
    process_at: Mapping[tuple[str, str, str], int],
) -> None:
    """At most one option per process and level; what a level chooses, the next covers in every pollutant."""
    of: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for index, option in enumerate(options):
        of[option.process].append(index)
    for mine in of.values():
        for level in range(len(LEVELS)):
            here = [column[index, level] for index in mine if (index, level) in column]
            if len(here) > 1:
                rows.add(here, np.ones(len(here)), 0, 1)
        for index in mine:
            cut = options[index].cut
            deeper = [other for other in mine if all(a >= b for a, b in zip(options[other].cut, cut, strict=True))]
            # Of equal cuts one option is enough to carry the row.
            if any(options[other].cut == cut and other < index for other in deeper):
                continue
            for level in range(len(LEVELS) - 1):
                here = [column[other, level] for other in deeper if (other, level) in column]
                above = [column[other, level + 1] for other in deeper if (other, level + 1) in column]
                if here:
                    rows.add([*above, *here], [*np.ones(len(above)), *-np.ones(len(here))], 0, np.inf)


def _shares(
    rows: _Rows,
    groups: list[Group],
    listed: ReductionList,
    demands: Mapping[str, Demand],
    cuts: Ints,
    option_of: Ints,
    level_of: Ints,
    trade: bool,
) -> None:
    base = listed.denominator
    fixed = fixed_cuts(listed)
    for level, name in enumerate(LEVELS):
        if name not in demands:
            continue
        demand, label = demands[name], LEVEL_WORDS[level + 1]
        here = np.flatnonzero(level_of == level)
        part = cuts[option_of[here]]
        paired = trade and demand.traded is not None and base[0] > 0 and base[1] > 0
        if paired and demand.traded is not None:
            values = part[:, 0] / base[0] + part[:, 1] / base[1]
            need = demand.traded - Fraction(fixed[name][0], base[0]) - Fraction(fixed[name][1], base[1])
            words = f"{label}：二氧化硫与氮氧化物的减排比例之和不低于 {_percent(demand.traded)}"
            _need(
                rows,
                groups,
                Group(f"traded:{name}", "traded", words),
                here,
                values,
                float(need),
                float(demand.traded - need),
            )
        for index, pollutant in enumerate(POLLUTANTS):
            if base[index] == 0 or (paired and index < 2):
                continue
            need_grams = demand.share * base[index] - fixed[name][index]
            words = f"{label}：{POLLUTANT_WORDS[pollutant]}减排比例不低于 {_percent(demand.share)}"
            _need(
                rows,
                groups,
                Group(f"share:{name}:{pollutant}", "share", words),
                here,
                part[:, index] / base[index],
                float(need_grams / base[index]),
                fixed[name][index] / base[index],
            )


def _need(
    rows: _Rows, groups: list[Group], group: Group, here: Ints, values: Floats, need: float, fixed: float
) -> None:
    if need <= 0:
        return
    groups.append(replace(group, need=need, fixed=fixed))
    keep = values > 0
    # Scaled to 1 on the right: the solver's tolerance is then a millionth of what is needed.
    rows.add(here[keep], values[keep] / need, 1.0, np.inf, len(groups) - 1)


def _percent(value: Fraction) -> str:
    whole = value * 100
    return f"{whole.numerator // whole.denominator}%" if whole.denominator == 1 else f"{float(whole):g}%"


def _uniform(
    rows: _Rows,
    groups: list[Group],
    listed: ReductionList,
    grades: Mapping[str, Grade],
    option_of: Ints,
    level_of: Ints,
    options: Sequence[Option],
) -> None:
    """In an industry with several grades, not every process takes one and the same measure at a level."""
    place: dict[tuple[tuple[str, str, str], int], list[int]] = defaultdict(list)
    for column, index in enumerate(option_of):
        place[options[int(index)].process, int(level_of[column])].append(column)
    group = -1
    for processes in comparable(listed, grades).values():
        for level in range(len(LEVELS)):
            texts: dict[str, list[int]] = defaultdict(list)
            for item in processes:
                for column in place.get((item.key, level), ()):
                    texts[plain_text(options[int(option_of[column])].text)].append(column)
            for columns in texts.values():
                if len({options[int(option_of[column])].process for column in columns}) == len(processes):
                    if group < 0:
                        group = len(groups)
                        groups.append(
                            Group("uniform", "uniform", "同行业不同等级的企业不全采取同一项措施（不搞一刀切）")
                        )
                    rows.add(columns, -np.ones(len(columns)), 1 - len(processes), np.inf, group)


def _order(
    rows: _Rows, groups: list[Group], listed: ReductionList, grades: Mapping[str, Grade], cuts: Ints, option_of: Ints, level_of: Ints,
    options: Sequence[Option],
) -> None:  # fmt: skip
    """In an industry, a better grade is not cut by a larger share of its emissions than a worse one, at any level."""
    of: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place, index in enumerate(option_of):
        of[options[int(index)].process].append(place)
    sums = cuts.sum(axis=1)
    group = -1
    for _, ranks in sorted(graded_emissions(listed, grades).items()):
        present = [rank for rank in sorted(ranks) if ranks[rank][0] > 0]
        for better, worse in zip(present, present[1:], strict=False):  # noqa: RUF007
            mine = np.array([place for item in ranks[better][1] for place in of.get(item.key, ())], np.int64)
            other = np.array([place for item in ranks[worse][1] for place in of.get(item.key, ())], np.int64)
            if not len(mine):
                continue
            if group < 0:
                group = len(groups)
                groups.append(Group("order", "order", "同行业里绩效等级高的减排比例不高于等级低的"))
            for level in range(len(LEVELS)):
                a, b = mine[level_of[mine] == level], other[level_of[other] == level] if len(other) else other
                values = np.concatenate([-sums[option_of[a]] / ranks[better][0], sums[option_of[b]] / ranks[worse][0]])
                if len(a):
                    slack = grams_lost(ranks[worse][1]) / ranks[worse][0]
                    rows.add(np.concatenate([a, b]), values, -slack, np.inf, group)
