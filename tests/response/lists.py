"""Reduction lists for tests: made by chance, or by hand."""

from __future__ import annotations

import random
from fractions import Fraction

from greenrule.packs.compiled import load_law
from greenrule.packs.episodes import load_episodes
from greenrule.response.episode_rules import LEVELS
from greenrule.response.reduction_list import Demand, Enterprise, Grams, ListRules, Option, Process, ReductionList

#: 10, 20, 30 % and, where set off, 20, 40, 60 %: as the packs have them; tests of arithmetic take what they like.
DEMANDS = {level: Demand(Fraction(n, 10), Fraction(2 * n, 10)) for n, level in enumerate(LEVELS, 1)}
STRICT = {level: Demand(Fraction(n, 10), None) for n, level in enumerate(LEVELS, 1)}
DAYS = {level: Fraction(1) for level in LEVELS}


def rules() -> ListRules:
    """The rules of lists that the packs hold."""
    law = load_law()
    found = load_episodes(law.folders, law.instruments).list_rules
    assert found is not None
    return found


def grams(values: list[int]) -> Grams:
    """Four amounts."""
    return values[0], values[1], values[2], values[3]


def chance_list(count: int, seed: int, exempt: float = 0.1, steps: int = 4) -> ReductionList:
    """Enterprises of five trades and all grades, one process each with options one deeper than the other."""
    draw = random.Random(seed)
    enterprises, processes, options = [], [], []
    for number in range(count):
        grade = draw.choices(["A", "B", "B-", "C", "D"], [4, 12, 4, 50, 30])[0]
        one = Enterprise(
            f"E{number:05d}",
            f"企业{number}",
            grade,
            draw.choice(["2521", "3110", "3011", "3391", "3360"]),
            f"P{number}",
            row=number + 4,
        )
        size = draw.lognormvariate(3, 1.2)
        emission = grams([int(1000 * size * draw.lognormvariate(0, 0.8)) for _ in range(4)])
        spared = draw.random() < exempt
        item = Process(
            one.id,
            "1号线",
            "主工序",
            emission,
            {},
            "livelihood" if spared else "",
            "供暖" if spared else "",
            number + 4,
        )
        enterprises.append(one)
        processes.append(item)
        price, before = draw.lognormvariate(0, 0.7) * size, (0, 0, 0, 0)
        for step in sorted(draw.uniform(0.1, 1) for _ in range(steps)):
            before = grams(
                [
                    max(old, int(amount * min(1, step * draw.uniform(0.97, 1))))
                    for old, amount in zip(before, emission, strict=True)
                ]
            )
            options.append(
                Option(
                    item.key,
                    f"停用{number}-{len(options) % steps + 1}号设备",
                    before,
                    int(1000 * price * step**1.5),
                    "用电量",
                )
            )
    return ReductionList(tuple(enterprises), tuple(processes), tuple(options))
