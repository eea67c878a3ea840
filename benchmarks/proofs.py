"""The whole rulebook examined: how long, how many questions, how many undecided; beside a fresh solver for every question."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from datetime import date
from typing import Any

import z3

from benchmarks.measure import Check, Figure, Section, figures_of
from benchmarks.sites import ON
from greenrule.backends.questions import Prover
from greenrule.backends.smt import formula
from greenrule.casework.proving import examine
from greenrule.casework.screening import Screener
from greenrule.packs.proving import Examination, Question

TARGET_S = 120.0


class Fresh(Prover):
    """The same formulas, but every question goes to a solver of its own that is told all axioms anew, as a script would."""

    def check(self, *wanted: Any, most: int | None = None, once: bool = False) -> tuple[str, Any]:
        """As `Prover.check`."""
        solver = z3.Solver()
        solver.set("timeout", int(self.timeout * 1000))
        solver.add(*self.axioms.values())
        solver.add(*(formula(part) for part in wanted))
        if most is not None:
            solver.add(self._bound(most))
        found = solver.check()
        told = str(found) if found != z3.unknown else solver.reason_unknown()
        return told, solver.model() if found == z3.sat else None

    def _bound(self, most: int) -> Any:
        return formula(self.smt.world.industries(most))


def run(screener: Screener, quick: bool) -> Section:
    """`pack prove` over everything (a part of it when quick), and a sample of its questions asked both ways."""
    section = Section("证明：整个规则库逐项检查")
    law, on = screener.law, date.fromisoformat(ON)
    start = time.perf_counter()
    proofs = examine(law, on, only=("dead",) if quick else ())
    seconds = time.perf_counter() - start
    report = proofs.report
    asked = sum(report.questions.values())
    what = "死规则（部分）" if quick else "矛盾、空隙、死规则、重复、冗余、放宽"
    question = f"{len(law.book.rules)} 条规则，{what}：{asked:,} 个问题，含见证的重放"
    target = None if quick else TARGET_S
    section.figures.append(Figure(question, "greenrule pack prove", seconds, target=target, bound="median"))
    kinds = "、".join(f"{kind} {count:,}" for kind, count in sorted(report.questions.items()))
    section.notes.append(
        f"问题：{kinds}；求解器共答 {report.checks:,} 次；发现 {len(report.findings)} 项，未决 {len(report.undecided)} 项"
        f"（每题至多 10 秒），其中没有读过的 {len(report.new)} 项。"
    )
    _sample(section, law, on, 6 if quick else 25, proofs.report.questions)
    return section


def _sample(section: Section, law: Any, on: date, each: int, kinds: Any) -> None:
    """Questions of every kind, asked of the solver that remembers the rulebook and of a fresh one; verdicts are compared."""
    ours, theirs = Examination(law, on), Examination(law, on)
    fresh = theirs.prover
    fresh.__class__ = Fresh
    mine, others = list(ours.questions()), list(theirs.questions())
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(mine):
        if item.kind in kinds:
            by_kind[item.kind].append(number)
    draw = random.Random(9)
    chosen = [
        number for kind in sorted(by_kind) for number in draw.sample(by_kind[kind], min(each, len(by_kind[kind])))
    ]
    draw.shuffle(chosen)
    taken: dict[str, list[float]] = {"greenrule": [], "z3, a fresh solver for every question": []}
    different = undecided = 0
    for number in chosen:
        said = []
        for who, questions in zip(taken, (mine, others), strict=True):
            seconds, verdict = _asked(questions[number])
            taken[who].append(seconds)
            said.append(verdict)
        undecided += "undecided" in said
        different += "undecided" not in said and said[0] != said[1]
    section.figures += figures_of(f"抽样 {len(chosen)} 个问题，每个", taken)
    section.checks.append(Check("抽样问题的答案与每题新开的求解器相同", len(chosen) - undecided, different))
    section.notes.append(
        f"抽样问题先后问同一批：我们的求解器只听一遍规则库，以后每题只给名字；旁边的每题新开一个，公理重讲一遍，公式是现成的。"
        f"任一方未决的 {undecided} 个不比答案。两方都不作见证。"
    )


def _asked(question: Question) -> tuple[float, str]:
    start = time.perf_counter()
    verdict = question.ask(False).verdict
    return time.perf_counter() - start, verdict
