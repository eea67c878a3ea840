"""How a situation may go on: every open fact answered, facts that follow from others following, nothing contradicted.

A *continuation* is given by choices, a value for each open fact; a fact that follows from others in it takes no notice of its own
choice.  Facts of which somebody said "I do not know" stay unknown unless they follow.  So two continuations that differ in the
choice of one fact differ in it and in what follows from it, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from greenrule.backends.derive import Derived, same
from greenrule.backends.scalar import Answer
from greenrule.backends.situation import Members, encode_one
from greenrule.backends.support import coarse, open_facts, reach
from greenrule.casework.regions import Regions
from greenrule.casework.situation import Machine
from greenrule.casework.statements import statements_of


@dataclass(frozen=True, slots=True)
class Way:
    """One continuation: its choices, machine entries, facts as people write them, and the derivation of each derived one."""

    choices: Mapping[str, Any]
    values: dict[str, Any]
    facts: dict[str, Any]
    derived: dict[str, Derived]


class Continuations:
    """The ways in which one situation may go on, as far as some decisions (`goals`) can tell.

    given : facts as people write them; skipped : open facts that nobody knows; also : facts to look at although no goal hangs on them.
    `open` are the facts on which a goal may still hang, each with the rules that read it; `names` those and all that they may
    follow from, sources first.
    """

    def __init__(
        self, machine: Machine, given: Mapping[str, Any], goals: tuple[str, ...], skipped: Iterable[str] = (),
        also: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self.machine, self.goals, self.skipped, self.also = machine, goals, frozenset(skipped), tuple(also)
        self.given = {name: value for name, value in given.items() if value is not None}
        self.goal = goals[0] if len(goals) == 1 else None
        self.values, self.derived = machine.complete(self.given)
        self.answer = machine.program.run(self.values, self.goal)
        self.key = self.outcome(self.answer)
        self.coarse = {name: codes for name in self.given if (codes := coarse(machine.book, name, self.given[name]))}
        self.open = self._open()
        self.names = self._names()
        #: the industry as far as it decides which rules are asked; a coarse one that may be refined does not
        self.industry: Members | None = None if "industry" in self.coarse else self.values.get("industry^")
        self.plan = machine.program.plan(self.industry, self.goal)
        self.regions = regions(machine, self.industry, self.goal)
        self._entries: dict[tuple[str, int], tuple[Any, dict[str, Any]]] = {}
        self._facts = {**self.given, **{name: known.value for name, known in self.derived.items()}}
        self._items = {name: self._derivations(name) for name in self.names}
        self._followers: dict[str, tuple[str, ...]] = {}
        self._checks = self._what_may_contradict()
        self._statements = statements_of(machine.law, machine.on).about(self.names)

    # -- what is open --------------------------------------------------------------------------------------------------
    def _open(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for goal in self.goals:
            for name, rules in open_facts(self.machine.program, self.values, self.answer, goal).items():
                found.setdefault(name, {}).update(dict.fromkeys(rules))
        return {name: tuple(rules) for name, rules in found.items()}

    def _names(self) -> tuple[str, ...]:
        order: dict[str, None] = {}

        def add(name: str, above: frozenset[str]) -> None:
            if name in order or name in above or (name in self.values and name not in self.coarse):
                return
            for item in self.machine.derivations.of.get(name, ()):
                for source in sorted(item.reads):
                    add(source, above | {name})
            order[name] = None

        for name in (*self.open, *self.also):
            add(name, frozenset())
        return tuple(order)

    @property
    def reached(self) -> tuple[str, ...]:
        """Every fact that the goals may read for this industry, with all that it may follow from; known ones too."""
        ahead = sorted(frozenset().union(*reach(self.machine.program, self.plan).values(), self.given, self.also))
        order: dict[str, None] = {}
        while ahead:
            name = ahead.pop()
            if name not in order:
                order[name] = None
                ahead += [source for item in self.machine.derivations.of.get(name, ()) for source in sorted(item.reads)]
        return tuple(name for name in self.machine.book.facts if name in order)

    @property
    def askable(self) -> tuple[str, ...]:
        """Open facts of which nobody has said that they are not known."""
        return tuple(name for name in self.names if name not in self.skipped)

    def choices(self, name: str) -> tuple[Any, ...]:
        """Values of an open fact that the rules at hand can tell apart."""
        found = self.regions.of(name)
        if name not in self.coarse:
            return found
        ancestors = self.machine.book.vocabularies[self.machine.book.facts[name].kind.vocab or ""].ancestors
        fine = self.given[name] - set(self.coarse[name])
        return tuple(
            fine | value for value in found if any(set(ancestors(code)) & set(self.coarse[name]) for code in value)
        )

    # -- one way -------------------------------------------------------------------------------------------------------
    def way(self, choices: Mapping[str, Any]) -> Way | None:
        """The continuation of some choices (open facts without a choice stay unknown); None if it contradicts itself."""
        return self._choose(choices, dict(self.values), dict(self._facts), {}, self.names)

    def sound(self, choices: Mapping[str, Any]) -> Way:
        """A continuation as near to some choices as nothing contradicts: sources first, another value where one does not fit."""
        way = self.way({})
        assert way is not None, "the situation contradicts itself"
        for name in self.names:
            if name in way.derived or name not in choices:
                continue
            others = (value for value in self.choices(name) if value is not choices[name])
            for value in (choices[name], *others):
                found = self.vary(way, name, value)
                if found is not None:
                    way = found
                    break
        return way

    def vary(self, way: Way, name: str, value: Any) -> Way | None:
        """The continuation that differs from another in the choice of one fact; None if it contradicts itself."""
        moved = (name, *self.followers(name))
        values, facts, derived = dict(way.values), dict(way.facts), dict(way.derived)
        for other in moved:
            if other not in self.coarse:
                values.pop(other, None)
                values.pop(f"{other}^", None)
                facts.pop(other, None)
            derived.pop(other, None)
        return self._choose({**way.choices, name: value}, values, facts, derived, moved)

    def followers(self, name: str) -> tuple[str, ...]:
        """Open facts that may follow from a fact, sources first."""
        if name not in self._followers:
            reached = {name}
            for other in self.names:  # sources stand first: one pass is enough
                items = self._items[other]
                if items and any(not item.reads.isdisjoint(reached) for item in items):
                    reached.add(other)
            self._followers[name] = tuple(other for other in self.names if other in reached and other != name)
        return self._followers[name]

    def _choose(
        self, choices: Mapping[str, Any], values: dict[str, Any], facts: dict[str, Any], derived: dict[str, Derived],
        names: Iterable[str],
    ) -> Way | None:  # fmt: skip
        for name in names:
            found = None
            for item in self._items[name]:
                if item.holds(values) and (found := item.follows(values, facts)) is not None:
                    derived[name] = item
                    break
            if found is None and name not in self.skipped:
                found = choices.get(name)
            if found is not None:
                facts[name] = found
                values.update(self._encoded(name, found))
        return None if self._contradicts(values, facts) else Way(choices, values, facts, derived)

    def _encoded(self, name: str, value: Any) -> dict[str, Any]:
        key = (name, id(value))  # values are few objects used over and over; the entry keeps them alive
        if key not in self._entries:
            book = self.machine.book
            self._entries[key] = value, encode_one(book, book.facts[name], value)
        return self._entries[key][1]

    def _derivations(self, name: str) -> tuple[Derived, ...]:
        """Those that may still give something: what rests on known facts alone has spoken already, or never will."""
        names = set(self.names)
        return tuple(item for item in self.machine.derivations.of.get(name, ()) if not item.reads.isdisjoint(names))

    def _what_may_contradict(self) -> list[Derived]:
        """Derivations of facts that are stated or have several ways to follow, whose sources are still open."""
        names = set(self.names)
        found = []
        for name, items in self.machine.derivations.of.items():
            if name in self.given or (name in names and len(items) > 1):
                found += [item for item in items if item.reads & names]
        return found

    def _contradicts(self, values: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
        if any(check.truth(values.get, {}, {}) == 0 for check in self._statements):
            return True
        for item in self._checks:
            if item.holds(values):
                found = item.follows(values, facts)
                mine = facts.get(item.spec.id)
                if found is not None and mine is not None and not same(found, mine):
                    return True
        return False

    # -- outcomes ------------------------------------------------------------------------------------------------------
    def run(self, way: Way) -> Answer:
        """The machine's answer."""
        return self.machine.program.run(way.values, self.goal)

    def rerun(self, way: Way, moved: Iterable[str]) -> Answer:
        """The machine's answer where only some facts differ from the situation itself."""
        if "industry" in moved:  # it decides which rules are asked at all
            return self.run(way)
        return self.machine.program.rerun(way.values, self.answer, frozenset(moved), self.goal)

    def outcome(self, answer: Answer) -> tuple[Hashable, ...]:
        """What the goals come out as: their candidates; for those that collect, what is collected and what may be."""
        out: list[Hashable] = []
        for goal in self.goals:
            found = answer.outcomes[goal]
            if self.machine.book.decisions[goal].collect:
                values = {rule: value for value, rule in found.collected}
                speaking = {voice.rule: voice.value for voice in self.machine.program.speaking[goal]}
                out.append((frozenset(values.values()), frozenset(speaking[rule] for rule in found.open)))
            else:
                out.append(found.candidates)
        return tuple(out)


def regions(machine: Machine, found: Any, goal: str | None) -> Regions:
    """Regions of the facts that a plan reads, made once for each plan."""
    kept: dict[Any, Regions] = machine.__dict__.setdefault("_plan_regions", {})
    key = (None if found is None else found.given, goal)
    if key not in kept:
        kept[key] = Regions.of_steps(machine.book, machine.on, machine.program.plan(found, goal))
    return kept[key]
