"""Which question first: the one after which the fewest facts are expected to be open.

For every value that an open fact may take the machine is asked again; what is then still open is counted.  This is the adaptive
greedy rule for evaluating a function of unknowns (Deshpande, Hellerstein and Kletenik, ACM Trans. Algorithms 12(3), 2016), with
facts left open in the place of their utility.  That most of what may be so is not so (`RARE`) is our judgement, not law.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from greenrule.backends.scalar import Answer, Step
from greenrule.backends.support import open_rules, reach
from greenrule.casework.continuations import Continuations, Way
from greenrule.casework.situation import Machine
from greenrule.packs.polarity import literals

#: How often a fact is the other way than usual.  A judgement: it orders questions, it decides nothing.
RARE = 0.1


@dataclass
class Ahead:
    """What one open fact can lead to: for each value that contradicts nothing, what is then open and what comes out."""

    name: str
    values: list[Any] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    candidates: list[tuple[Any, ...]] = field(default_factory=list)
    expected: float = 0.0


@dataclass
class Plan:
    """What a plan reads, as bits: `bit` of each fact, `mask` of each rule."""

    bit: dict[str, int]
    mask: dict[str, int]
    usual: dict[str, bool]


def plan_of(machine: Machine, found: Any, goal: str | None) -> Plan:
    """The bits of a plan, made once."""
    kept: dict[Any, Plan] = machine.__dict__.setdefault("_bits", {})
    key = (None if found is None else found.given, goal)
    if key not in kept:
        steps = machine.program.plan(found, goal)
        facts = reach(machine.program, steps)
        bit = {name: 1 << place for place, name in enumerate(sorted(frozenset().union(*facts.values(), ())))}
        mask = {step: sum(bit[name] for name in names) for step, names in facts.items()}
        kept[key] = Plan(bit, mask, _usual(machine, steps))
    return kept[key]


def _usual(machine: Machine, steps: Iterable[Step]) -> dict[str, bool]:
    """The value that a truth has in most projects: yes where rules speak against a no, as of 符合规划, and no otherwise.

    Of what only some authority can find (`fixed`), and of groups of which a project may say "nothing of the kind", it is no.
    """
    book, signs = machine.book, dict[str, int]()
    for step in steps:
        rule = book.rules.get(step.name)
        for name, sign in literals(book, rule.when) if rule is not None else ():
            signs[name] = signs.get(name, 0) + (1 if sign else -1)
    return {
        name: total < 0 and not book.facts[name].fixed and not machine.law.groups.get(book.facts[name].group or "", ("", False))[1]
        for name, total in signs.items()
    }  # fmt: skip


class Ordering:
    """Open facts of one situation with what they lead to."""

    def __init__(self, ways: Continuations, rare: float = RARE) -> None:
        self.ways, self.rare = ways, rare
        self.plan = plan_of(ways.machine, ways.values.get("industry^"), ways.goal)
        self.now = ways.way({})
        self.ahead: dict[str, Ahead] = {}
        if self.now is not None:
            self._known = self._bits(self.now, self.plan.bit)
            self.left = self._left(ways.answer, self._known)
            for name in ways.askable:
                self.ahead[name] = self._look(name)

    def usual(self, name: str) -> Any:
        """The value of an open fact that is expected where nothing else is known."""
        choices = self.ways.choices(name)
        if self.ways.machine.book.facts[name].kind.form == "truth":
            return self.plan.usual.get(name, False)
        ahead = self.ahead.get(name)
        if ahead is None or not ahead.values:
            return choices[0] if choices else None
        # One that settles nothing by itself, and of those the one that leaves the fewest facts open.
        best = min(range(len(ahead.values)), key=lambda place: (not ahead.left[place], ahead.left[place]))
        return ahead.values[best]

    def after(self, choices: Mapping[str, Any]) -> int:
        """How many facts are open after several answers."""
        way = self.ways.way(choices)
        return self.left if way is None else self._left(self.ways.run(way), self._bits(way, self.plan.bit))

    def _look(self, name: str) -> Ahead:
        ways, found = self.ways, Ahead(name)
        assert self.now is not None
        for value in ways.choices(name):
            way = ways.vary(self.now, name, value)
            if way is None:
                continue
            moved = (name, *ways.followers(name))
            answer = ways.rerun(way, moved)
            found.values.append(value)
            found.left.append(self._left(answer, self._known | self._bits(way, moved)))
            found.candidates.append(ways.outcome(answer))
        if found.values:
            found.expected = sum(
                w * left for w, left in zip(self._weights(name, found.values), found.left, strict=True)
            )
        return found

    def _weights(self, name: str, values: list[Any]) -> list[float]:
        if self.ways.machine.book.facts[name].kind.form == "truth" and len(values) == 2:
            usual = self.plan.usual.get(name, False)
            return [1 - self.rare if value == usual else self.rare for value in values]
        return [1 / len(values)] * len(values)

    def _left(self, answer: Answer, known: int) -> int:
        """How many facts are open: those that the rules that may still speak can read."""
        bits = 0
        for goal in self.ways.goals:
            for rule in open_rules(self.ways.machine.program, answer, goal):
                bits |= self.plan.mask.get(rule, 0)
        return (bits & ~known).bit_count()

    def _bits(self, way: Way, names: Iterable[str]) -> int:
        """Those of some facts that are known; what nobody knows will not be asked either."""
        bit, ways = self.plan.bit, self.ways
        return sum(
            bit.get(name, 0)
            for name in names
            if (name in way.facts or name in ways.skipped) and name not in ways.coarse
        )
