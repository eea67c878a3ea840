"""Which facts can still matter: each claim is a pair of continuations that differ in one fact and come out differently.

The pair is looked for with the scalar machine: from a harmless continuation towards one in which a rule that reads the fact
holds and nothing stricter does.  What is found is a proof; what is not found is left to the solver.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from greenrule.backends.scalar import Answer, facts_in
from greenrule.backends.trace import explain
from greenrule.casework.continuations import Continuations, Way

#: How many single changes one search may make before it gives up, and how often it starts anew.
STEPS, STARTS = 24, 1
#: A fact of more values than this is first tried without walking: each step would ask for most of them.
MANY = 50


@dataclass(frozen=True, slots=True)
class Witness:
    """Two continuations that differ in one fact and come out differently.

    choices : the values of all other open facts; one, other : the two values of the fact; outcomes : what each leads to.
    """

    fact: str
    choices: Mapping[str, Any]
    one: Any
    other: Any
    outcomes: tuple[Hashable, Hashable]


class Relevance:
    """Witnesses for the open facts of one situation.

    `harmless` are the values that a continuation starts from; `earlier` witnesses are tried first, as they stand.
    """

    def __init__(
        self, ways: Continuations, harmless: Mapping[str, Any], earlier: Mapping[str, Witness] | None = None
    ) -> None:
        self.ways, self.harmless = ways, dict(harmless)
        self.earlier = dict(earlier or {})
        self._starts: dict[str, dict[str, Any]] = {}
        self.asked = 0

    def witness(self, name: str) -> Witness | None:
        """A pair of continuations that shows that a fact can matter, or None where none was found."""
        if name in self.ways.skipped or len(self.ways.choices(name)) < 2:
            return None
        before = self.earlier.get(name)
        if (
            before is not None
            and (
                found := self._differing(name, {k: v for k, v in before.choices.items() if k not in self.ways.skipped})
            )
            is not None
        ):
            return found
        if len(self.ways.choices(name)) > MANY and (found := self._plainly(name)) is not None:
            return found
        for rule in self._rules(name):
            if (found := self._differing(name, self._start(rule))) is not None:
                return found
        random = Random(name)
        for _ in range(STARTS):
            for rule in self._rules(name):
                if (found := self._walk(name, rule, random)) is not None:
                    return found
        return None

    # -- search --------------------------------------------------------------------------------------------------------
    def _rules(self, name: str) -> tuple[str, ...]:
        """Open rules that read a fact, or a fact that may follow from it."""
        found: dict[str, None] = dict.fromkeys(self.ways.open.get(name, ()))
        for other in self.ways.followers(name):
            found.update(dict.fromkeys(self.ways.open.get(other, ())))
        return tuple(found)

    def _plainly(self, name: str) -> Witness | None:
        """A witness where nothing else is so, or only what one rule reads: enough for a fact of many values, as the industry is."""
        choices = self.ways.choices
        plain = {
            other: False if False in choices(other) else next(iter(choices(other)), None) for other in self.ways.askable
        }
        base = self.ways.sound(plain).choices
        found = self._differing(name, base)
        rules = self.ways.machine.book.rules
        for rule in self._rules(name) if found is None else ():
            read = facts_in(rules[rule].when) if rule in rules else frozenset()
            so = {other: True for other in read if other in plain and True in choices(other)}
            if so and (found := self._differing(name, {**base, **so})) is not None:
                break
        return found

    def _differing(self, name: str, choices: Mapping[str, Any]) -> Witness | None:
        """The witness that some choices make, if they do."""
        seen: tuple[Any, Hashable] | None = None
        base = self.ways.way(choices)
        for value in self.ways.choices(name):
            way = self.ways.way({**choices, name: value}) if base is None else self.ways.vary(base, name, value)
            if way is None:
                continue
            self.asked += 1
            outcome = self.ways.outcome(self.ways.run(way))
            if seen is None:
                seen = value, outcome
            elif seen[1] != outcome:
                return Witness(name, dict(choices), seen[0], value, (seen[1], outcome))
        return None

    def _start(self, rule: str) -> dict[str, Any]:
        """Choices under which a rule holds or may hold, harmless otherwise as far as it goes."""
        if rule not in self._starts:
            self._starts[rule] = self._toward(rule, dict(self.harmless), Random(rule))
        return self._starts[rule]

    def _toward(self, rule: str, choices: dict[str, Any], random: Random) -> dict[str, Any]:
        for _ in range(STEPS):
            way = self.ways.way(choices)
            if way is None:
                break
            answer = self.ways.run(way)
            self.asked += 1
            if answer.truths.get(rule, 0):
                break
            if not self._change(rule, way, answer, choices, random):
                break
        return choices

    def _walk(self, name: str, rule: str, random: Random) -> Witness | None:
        """Make the rule hold, then turn off what hides it, looking after every change whether the fact shows."""
        choices = self._toward(rule, dict(self.harmless), random)
        for _ in range(STEPS):
            if (found := self._differing(name, choices)) is not None:
                return found
            way = self.ways.way(choices)
            if way is None:
                return None
            answer = self.ways.run(way)
            if not answer.truths.get(rule, 0):
                target = rule
            else:
                hiding = [
                    other for goal in self.ways.goals for other in answer.outcomes[goal].deciding if other != rule
                ]
                target = random.choice(hiding) if hiding and random.random() < 0.8 else rule
            if not self._change(target, way, answer, choices, random, keep=name):
                return None
        return None

    def _change(
        self, rule: str, way: Way, answer: Answer, choices: dict[str, Any], random: Random, keep: str | None = None
    ) -> bool:
        """Choose another value for one of the facts that decided a rule; False where none of them can be chosen."""
        reads = explain(self.ways.machine.program, way.values, answer).rule(rule).reads
        levers = [
            lever
            for read in reads
            if read.sort == "fact"
            for lever in self._levers(read.id, way)
            if lever != keep and len(self.ways.choices(lever)) > 1
        ]
        if not levers:
            return False
        lever = random.choice(levers)
        before = answer.truths.get(rule, 0)
        others = [value for value in self.ways.choices(lever) if value != choices.get(lever)]
        random.shuffle(others)
        picked = None
        for value in others:
            other = self.ways.vary(way, lever, value)
            if other is None:
                continue
            self.asked += 1
            picked = value
            if self.ways.run(other).truths.get(rule, 0) != before:
                break
        if picked is None:
            return False
        choices[lever] = picked
        return True

    def _levers(self, name: str, way: Way) -> Iterable[str]:
        """What can be chosen so that a fact changes: itself, or what it follows from."""
        item = way.derived.get(name)
        if item is not None:
            for source in sorted(item.reads):
                yield from self._levers(source, way)
        elif name in self.ways.names and name not in self.ways.skipped:
            yield name
