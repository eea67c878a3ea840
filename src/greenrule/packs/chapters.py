"""A chapter of cases while it is written: what is still missing, and what may be kept.

A case is kept only if it could be (the axioms hold of what it states), and only after the scalar machine has given the truth that the
solver expects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

from greenrule.backends.questions import Prover
from greenrule.backends.replay import Unreplayed, plainer, shrink
from greenrule.backends.scalar import facts_in
from greenrule.backends.situation import Value
from greenrule.backends.worlds import Formula
from greenrule.core.truth import UNKNOWN, Truth
from greenrule.core.units import Quantity
from greenrule.packs.boundaries import Goal, Path, Wording, at, condition, goals
from greenrule.packs.casebook import Chapter, Line, fingerprint
from greenrule.packs.measuring import Measure
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Amount, Compare, Fact, In, Under

Complete = Callable[[Mapping[str, Value]], Mapping[str, Any]]


@dataclass(frozen=True)
class Desk:
    """What all chapters of a law share: the prover, `complete` as in `Prover`, `carried` and `lists` as in `goals`.

    `because` says what a named axiom is, for goals that it keeps out of reach.
    """

    prover: Prover
    complete: Complete
    carried: Mapping[str, frozenset[str]]
    lists: Mapping[str, frozenset[str]]
    because: Callable[[str], str]
    wording: Wording


@dataclass
class Deciding:
    """A case in which a part decides, one way or the other."""

    kept: dict[str, Value]
    expected: Truth


class Draft:
    """The chapter of one rule, its goals and what they are measured with."""

    def __init__(self, owner: Desk, rule: str) -> None:
        self.prover, self.complete, self.rule = owner.prover, owner.complete, rule
        self.because, self.wording = owner.because, owner.wording
        self.book, self.world, self.smt = self.prover.book, self.prover.smt.world, self.prover.smt
        exceptions = self.prover.program.exceptions.get(rule, ())
        self.body = condition(self.book, rule, owner.carried.get(rule, frozenset()), exceptions)
        self.goals = goals(self.book, self.body, owner.lists.get(rule, frozenset()), self.wording)
        self.measure = Measure(self.prover.program, rule, self.body)
        self.form = self.smt.run(self.body)
        self.cone = sorted(_with_sources(self.book, self.measure.cone.facts | {"industry"} & self.book.facts.keys()))
        self.turned: dict[Path, Formula] = {}
        self.out = Chapter(
            rule, fingerprint(self.body, self.goals), "; ".join(str(e) for e in self.book.rules[rule].effects)
        )
        self.missing: dict[Goal, None] = dict.fromkeys(self.goals)
        self.worlds: dict[Path, Deciding] = {}
        self.kept = False
        self.units = {
            node.left.id: node.right.unit for node in self.body.walk()
            if isinstance(node, Compare) and isinstance(node.left, Fact) and isinstance(node.right, Amount) and node.right.unit
        }  # fmt: skip

    def confirms(self, before: Chapter) -> bool:
        """Whether a chapter is about this very condition and effect, and all its cases come out as it says."""
        same = (before.fingerprint, before.effect) == (self.out.fingerprint, self.out.effect)
        return same and all(self.truth(line.facts) is line.expected for line in before.lines)

    def keep(
        self, goal: Goal | None, model: z3.ModelRef, expected: Truth, free: frozenset[str], why: str | None,
        fixed: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """A model as a case: only the facts that it needs to show its goal, replayed."""
        full = self._by_name(self.world.facts(model, self.cone), goal)
        decided = self.measure.deciding(self.complete(full))
        if self.truth(full) is not expected:
            raise Unreplayed(f"{self.rule}：{goal.label if goal else why}", full)
        base = next(iter(self.worlds.values()), None)
        likely = dict.fromkeys((*(base.kept if base is not None else ()), *decided, *sorted(free)))

        def holds(facts: Mapping[str, Value]) -> bool:
            if any(facts.get(name) != full[name] for name in fixed):
                return False
            return self.truth(facts) is expected and (goal is None or goal in self.shown(facts))

        if goal is not None and not holds(full):
            raise Unreplayed(f"{self.rule}：{goal.label}", full)
        few = {name: full[name] for name in likely if name in full}
        same = {name: value for name, value in few.items() if base is not None and name in base.kept}
        # What the rule's first case states is stated again, so that a line shows what differs; other facts only if they are needed.
        kept = _lean(few, same, holds) if holds(few) else shrink(full, holds, list(likely))
        kept = self._plain(kept, holds, base.kept if base is not None else {})
        if not self.could_be(kept):
            raise Unreplayed(f"{self.rule}：{goal.label if goal else why}（与常理不合）", kept)
        if goal is not None and expected is not UNKNOWN:
            self.worlds.setdefault(goal.part, Deciding(kept, expected))
        self.add(kept, expected, why or (goal.label if goal else ""), goal)

    def _by_name(self, facts: dict[str, Value], goal: Goal | None) -> dict[str, Value]:
        """A class of codes called by the code that a goal is about, where that is one of them."""
        if goal is None or goal.sort != "code":
            return facts
        part = at(self.body, goal.part)
        assert isinstance(part, (In, Under))
        vocab = self.book.facts[part.fact].kind.vocab or ""
        vocabulary, classes = self.book.vocabularies[vocab], self.world.classes[vocab]

        def named(code: str) -> str:
            below = (one for one in classes.codes[classes.of[code]] if goal.detail in vocabulary.ancestors(one))
            return next(below, code)

        value = facts[part.fact]
        return {**facts, part.fact: frozenset(map(named, value)) if isinstance(value, frozenset) else named(str(value))}

    def _plain(
        self, kept: dict[str, Value], holds: Callable[[Mapping[str, Value]], bool], base: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Amounts as a person would write them, as long as the case stays what it is and could be."""
        for name, value in kept.items():
            if base.get(name) == value:
                continue
            same = [base[name]] if name in base else []
            stated = value.to(self.units[name]) if isinstance(value, Quantity) and name in self.units else value
            for other in (*same, *plainer(stated)) if isinstance(value, (Quantity, Fraction)) else ():
                fewer = {**kept, name: other}
                if holds(fewer) and self.could_be(fewer):
                    kept[name] = other
                    break
        return kept

    def _stated(self, facts: Mapping[str, Value]) -> dict[str, Value]:
        """Facts as a line states them: amounts in the unit of the bound they are compared with."""
        return {
            name: value.to(self.units[name]) if isinstance(value, Quantity) and name in self.units else value
            for name, value in facts.items()
        }

    def add(self, facts: Mapping[str, Value], expected: Truth, why: str, goal: Goal | None = None) -> None:
        """A line of the chapter, unless the same one is there."""
        stated = self._stated(facts)
        if self.truth(stated) is not expected:
            raise Unreplayed(f"{self.rule}：{why}（写成文字之后）", stated)
        for found in self.shown(stated):
            self.missing.pop(found, None)
            if expected is not UNKNOWN:
                self.worlds.setdefault(found.part, Deciding(dict(facts), expected))
        if goal is not None:
            self.missing.pop(goal, None)
        if all(line.facts != stated for line in self.out.lines):
            self.out.lines.append(Line(expected, stated, why))

    def give_up(self, goal: Goal, told: z3.ModelRef | str, *sought: Formula) -> None:
        """A goal out of reach: proved so, with what the proof rests on, or not decided."""
        self.missing.pop(goal, None)
        if told == "unsat":
            names = self.prover.rests_on(*sought)
            self.out.impossible.append((goal.label, f"证明不能：{'、'.join(map(self.because, names)) or '条件自身'}"))
        else:
            self.out.undecided.append((goal.label, f"求解器未决：{told}"))

    def truth(self, facts: Mapping[str, Value]) -> Truth:
        return Truth(self.measure.truth(self.complete(facts)))

    def shown(self, facts: Mapping[str, Value]) -> list[Goal]:
        return self.measure.shown(self.complete(facts), self.goals)

    def could_be(self, facts: Mapping[str, Value]) -> bool:
        """Whether some sound world has these facts."""
        told, _ = self.prover.check(*(self.world.equals(name, value) for name, value in facts.items()), once=True)
        return told != "unsat"


def _with_sources(book: Rulebook, facts: Iterable[str]) -> set[str]:
    """Facts with all from which they follow."""
    found, todo = set(facts), list(facts)
    while todo:
        for item in book.facts[todo.pop()].derive:
            for part in (item.value, item.when):
                new = facts_in(part) - found if part is not None else set()
                found |= new
                todo += new
    return found


def _lean(
    few: Mapping[str, Value], same: Mapping[str, Value], holds: Callable[[Mapping[str, Value]], bool]
) -> dict[str, Value]:
    kept = dict(few)
    for name in few:
        if name not in same:
            fewer = {key: value for key, value in kept.items() if key != name}
            if holds(fewer):
                kept = fewer
    return kept
