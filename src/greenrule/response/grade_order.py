"""Grades against each other: in an industry the better ones are not cut harder, and not everybody alike.

The rules are our reading of "differentiated control"; what an enterprise of a grade does is data of its own plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from greenrule.response.episode_rules import LEVELS
from greenrule.response.reduction_list import INDUSTRY, POLLUTANTS, Grade, Process, ReductionList


def graded_emissions(
    listed: ReductionList, grades: Mapping[str, Grade]
) -> dict[str, dict[int, tuple[int, list[Process], str]]]:
    """Industry → rank of grade → (grams per day of all four pollutants, processes, label): what may be cut of graded industry."""
    out: dict[str, dict[int, tuple[int, list[Process], str]]] = defaultdict(dict)
    by_id = listed.by_id
    for item in listed.processes:
        enterprise = by_id[item.enterprise]
        grade = grades.get(enterprise.grade)
        if enterprise.source != INDUSTRY or item.exempt or grade is None or grade.rank is None or grade.own:
            continue
        total, members, label = out[enterprise.industry].setdefault(grade.rank, (0, [], grade.label))
        members.append(item)
        out[enterprise.industry][grade.rank] = (total + sum(item.emission), members, label)
    return out


def grams_lost(processes: Sequence[Process]) -> int:
    """What whole grams may hide: amounts are rounded down, one gram per pollutant and process."""
    return len(POLLUTANTS) * len(processes)


def plain_text(text: str) -> str:
    """A measure's text without the spaces in it."""
    return "".join(text.split())


def comparable(listed: ReductionList, grades: Mapping[str, Grade]) -> dict[str, list[Process]]:
    """Industry → processes of ranked enterprises that may be cut, where several grades and at least three enterprises compare."""
    found: dict[str, list[Process]] = defaultdict(list)
    by_id = listed.by_id
    for item in listed.processes:
        enterprise = by_id[item.enterprise]
        grade = grades.get(enterprise.grade)
        if (
            enterprise.source == INDUSTRY
            and not item.exempt
            and grade is not None
            and grade.rank is not None
            and not grade.own
        ):
            found[enterprise.industry].append(item)
    return {
        industry: items
        for industry, items in sorted(found.items())
        if len({by_id[item.enterprise].grade for item in items}) > 1 and len({item.enterprise for item in items}) > 2
    }


@dataclass(frozen=True, slots=True)
class Turned:
    """A better grade that is cut by a larger share than a worse one of its industry."""

    industry: str
    level: str
    better: str
    worse: str
    better_share: Fraction
    worse_share: Fraction


def turned_orders(listed: ReductionList, grades: Mapping[str, Grade]) -> list[Turned]:
    """Every place where the order of grades is turned, in exact fractions; grades without emissions are passed over."""
    out = []
    for industry, ranks in sorted(graded_emissions(listed, grades).items()):
        present = [ranks[rank] for rank in sorted(ranks) if ranks[rank][0] > 0]
        for level in LEVELS:
            cuts = [
                sum(sum(item.measures[level].cut) for item in items if level in item.measures)
                for _, items, _ in present
            ]
            for place in range(len(present) - 1):
                (better, _, one), (worse, items, other) = present[place], present[place + 1]
                if cuts[place] * worse > (cuts[place + 1] + grams_lost(items)) * better:
                    out.append(
                        Turned(
                            industry, level, one, other, Fraction(cuts[place], better), Fraction(cuts[place + 1], worse)
                        )
                    )
    return out
