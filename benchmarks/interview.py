"""How many questions until it is decided, and how long the next one takes: beside fixed orders over the same random projects.

Every contender asks about the same projects, of which most is as usual, and stops when the machine has decided; each must come to the
verdict of all facts together.  The order of the vocabulary and that of frequency are what a form does today.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from benchmarks.measure import Check, Figure, Section, figures_of, quantile
from benchmarks.sites import ON
from greenrule.backends.support import reach
from greenrule.casework.continuations import Continuations
from greenrule.casework.interview import Interview
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.casework.situation import Machine
from greenrule.casework.vocabulary import fact_table
from greenrule.core.units import Quantity

INDUSTRIES = ("2521", "0610", "4416", "3011", "4620", "1711", "2631", "6512", "3110", "0313")
NATURES = ("new", "expand", "rebuild", "relocate", "upgrade")
GOALS = ("access", "eia.form", "permit.class")
#: How often a truth of these projects is the other way than usual. An example, no statistics.
RARE = 0.1
QUESTION_TARGET_S = 0.100


@dataclass(frozen=True)
class Case:
    """One project of which everything is known: what is stated at first, and all facts with those that follow."""

    start: dict[str, Any]
    world: dict[str, Any]


def cases(machine: Machine, count: int, seed: int = 9) -> list[Case]:
    """Projects of several industries, drawn so that nothing contradicts anything."""
    rng, out = random.Random(seed), []
    for number in range(count):
        industry = INDUSTRIES[number % len(INDUSTRIES)]
        start = {"industry": frozenset((industry,))}
        ways = Continuations(machine, start, GOALS)
        choices: dict[str, Any] = {}
        for name in ways.names:
            spec, values = machine.book.facts[name], ways.choices(name)
            if spec.kind.form == "truth":
                # Conformity is the rule and the rest the exception, as on a filing that somebody took the trouble to make.
                choices[name] = (rng.random() < RARE) != (spec.group == "conformity")
            elif values:
                choices[name] = rng.choice(values)
        choices["nature"] = rng.choice(NATURES)
        choices["industry_catalogue.class"] = rng.choice(
            ("encouraged", "permitted", "permitted", "permitted", "restricted")
        )
        out.append(Case(start, ways.sound(choices).facts))
    return out


def written(value: Any) -> Any:
    """A value as somebody types it."""
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, Fraction):
        return f"{float(value):g}"
    return sorted(value) if isinstance(value, frozenset) else value


@dataclass
class Told:
    """What one contender did with one case."""

    questions: int
    lines: int
    outcome: tuple[Any, ...]
    decided: bool
    seconds: list[float]


def by_interview(screener: Screener, checklists: bool) -> Callable[[Case, str], Told]:
    """The interview, one fact at a time or with lists to tick."""

    def ask(case: Case, goal: str) -> Told:
        plain = {"name": "基准", "on": ON, "industry": sorted(case.start["industry"])}
        seconds, lines = [], 0
        talk = Interview(screener, project_from(plain, screener.law), (goal,), checklists=checklists)
        while True:
            start = time.perf_counter()
            question = talk.question
            seconds.append(time.perf_counter() - start)
            if question is None:
                break
            lines += len(question.facts)
            if question.sort == "checklist":
                talk.answer({name: case.world.get(name) for name in question.facts})
            else:
                talk.answer(written(case.world[question.facts[0]]))
        outcome = talk.ways.answer.outcomes[goal].candidates
        if not talk.decided and (settled := talk.settled) is not None:
            outcome = settled.outcomes[goal].candidates
        return Told(talk.standing.number - 1, lines, outcome, talk.decided, seconds)

    return ask


def by_order(machine: Machine, order: Callable[[Case, str], list[str]], closed: bool) -> Callable[[Case, str], Told]:
    """A fixed order, asked until the machine has decided; with `closed` facts that the machine no longer looks at are passed over."""

    def ask(case: Case, goal: str) -> Told:
        given, asked = dict(case.start), 0
        for name in order(case, goal):
            ways = Continuations(machine, given, (goal,))
            if ways.answer.outcomes[goal].value is not None or not ways.open:
                break
            if name in ways.values or name not in case.world or (closed and name not in ways.names):
                continue
            given[name] = case.world[name]
            asked += 1
        found = machine.answer(given, goal).outcomes[goal]
        return Told(asked, asked, found.candidates, found.value is not None, [])

    return ask


def hindsight(machine: Machine) -> Callable[[Case, str], Told]:
    """Who knows all answers beforehand: facts left out one after another while the verdict stands. Nobody can ask so; a lower mark."""

    def ask(case: Case, goal: str) -> Told:
        ways = Continuations(machine, case.start, (goal,))
        given = {**case.start, **{name: case.world[name] for name in ways.names if name in case.world}}
        whole = machine.answer(given, goal).outcomes[goal].candidates
        # Facts that follow from others may follow: the plain ones are left out first.
        for name in sorted(ways.names, key=lambda name: len(ways.followers(name))):
            less = {key: value for key, value in given.items() if key != name}
            if machine.answer(less, goal).outcomes[goal].candidates == whole:
                given = less
        count = len(given) - len(case.start)
        return Told(count, count, whole, len(whole) == 1, [])

    return ask


def run(screener: Screener, quick: bool) -> Section:
    """Questions until it is decided, and seconds per question."""
    from datetime import date

    machine = screener.machine(date.fromisoformat(ON))
    section = Section("问到有结论为止：题数与每题的时间")
    sample = cases(machine, 10 if quick else 60)

    def vocabulary(case: Case, goal: str) -> list[str]:
        return [row["id"] for row in fact_table(screener.law, next(iter(case.start["industry"])))]

    def frequent(case: Case, goal: str) -> list[str]:
        values = machine.complete(case.start)[0]
        steps = machine.program.plan(values["industry^"], goal)
        counts: Counter[str] = Counter()
        for name, facts in reach(machine.program, steps).items():
            if name in machine.book.rules:
                counts.update(facts)
        return [name for name, _ in counts.most_common()]

    contenders: Mapping[str, Callable[[Case, str], Told]] = {
        "greenrule, one fact a question": by_interview(screener, False),
        "greenrule, lists of one group": by_interview(screener, True),
        "frequency order, closed facts passed over": by_order(machine, frequent, True),
        "vocabulary order, closed facts passed over": by_order(machine, vocabulary, True),
        "frequency order, every fact": by_order(machine, frequent, False),
        "vocabulary order, every fact of the industry": by_order(machine, vocabulary, False),
        "with hindsight (nobody can)": hindsight(machine),
    }
    for goal in GOALS:
        _goal(section, machine, sample, goal, contenders)
    return section


def _goal(
    section: Section,
    machine: Machine,
    sample: list[Case],
    goal: str,
    contenders: Mapping[str, Callable[[Case, str], Told]],
) -> None:
    label = machine.book.decisions[goal].zh
    told = {who: [ask(case, goal) for case in sample] for who, ask in contenders.items()}
    seconds = {}
    for who, found in told.items():
        counts = [float(item.questions) for item in found]
        mean = sum(counts) / len(counts)
        lines = sum(item.lines for item in found) / len(found)
        note = f"均值 {mean:.1f}" + (f"，所列事实均值 {lines:.1f}" if lines != mean else "")
        section.figures.append(
            Figure(f"{label}：题数", who, quantile(counts, 0.5), quantile(counts, 0.95), len(counts), "题", note=note)
        )
        if found[0].seconds:
            seconds[who] = [one for item in found for one in item.seconds]
    section.figures += figures_of(f"{label}：每题用时", seconds, target=QUESTION_TARGET_S)
    whole = [machine.answer(case.world, goal).outcomes[goal].candidates for case in sample]
    for who in list(contenders)[:-1]:
        wrong = sum(item.outcome != full for item, full in zip(told[who], whole, strict=True))
        section.checks.append(Check(f"{label}：{who} 的结论与全部事实已知时相同（项目数）", len(sample), wrong))
    means = "；".join(f"{who} {sum(item.questions for item in found) / len(found):.1f}" for who, found in told.items())
    section.notes.append(f"{label}，平均题数：{means}。")
