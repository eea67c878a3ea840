"""What is known about one project: facts from the writer, from layers and by derivation, each with its origin.

Changing one fact and asking again (for "what would decide", "what would turn it") goes through the same door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from greenrule.backends.scalar import Answer, Program, Step, facts_in
from greenrule.backends.situation import encode_one
from greenrule.core.units import Quantity, factor
from greenrule.packs.book import Law
from greenrule.rules.book import FactSpec
from greenrule.rules.nodes import Fact
from greenrule.rules.render import Sentence


@dataclass(frozen=True, slots=True)
class Known:
    """A fact's value and where it comes from: `project`, `layer:…`, `derived`, `assumed`."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class Derived:
    """One derivation, compiled: where `when` is true, `spec` is worth `value` (a function, or the id of another fact)."""

    spec: FactSpec
    when: Any
    value: Any
    reads: frozenset[str]
    #: what it gives, where that is one value whatever is known
    constant: Any = None

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it applies to machine entries."""
        return self.when is None or self.when(values.get, {}, {}) == 2


@dataclass
class Machine:
    """A rulebook on a day, with its derivations compiled: from given facts to an answer.

    `derivations` are those of each fact that follows from others; `sources` the facts that others follow from.
    """

    law: Law
    on: date
    known: date | None = None
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        self.program = Program(self.law.book, self.on, self.known)
        self.sentence = Sentence(self.law.book)
        self.derivations: dict[str, list[Derived]] = {}
        for spec in self.law.book.facts.values():
            for item in spec.derive:
                when = self.program.compile(Step(spec.id, item.when)) if item.when is not None else None
                value = (
                    item.value.id if isinstance(item.value, Fact) else self.program.compile(Step(spec.id, item.value))
                )
                reads = facts_in(item.value) | (facts_in(item.when) if item.when is not None else frozenset())
                constant = None if facts_in(item.value) else _human(spec, value({}.get, {}, {}))  # type: ignore[operator, arg-type]
                self.derivations.setdefault(spec.id, []).append(Derived(spec, when, value, reads, constant))
        self.sources = frozenset(name for items in self.derivations.values() for item in items for name in item.reads)

    def complete(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Known]]:
        """Machine entries of the given facts and of all that follows from them, and the derived facts as people see them."""
        book = self.law.book
        values: dict[str, Any] = {}
        for name, value in given.items():
            if value is not None:
                values.update(encode_one(book, book.facts[name], value))
        derived: dict[str, Known] = {}
        for _ in range(3):  # derivations may build on one another; three rounds are more than any pack needs
            changed = False
            for items in self.derivations.values():
                for item in items:
                    name = item.spec.id
                    if name in values or not item.holds(values):
                        continue
                    found = self.follows(item, values, given)
                    if found is None and isinstance(item.value, str) and item.value in derived:
                        found = derived[item.value].value
                    if found is not None:
                        derived[name] = Known(found, "derived")
                        values.update(encode_one(book, item.spec, found))
                        changed = True
            if not changed:
                break
        return values, derived

    @staticmethod
    def follows(item: Derived, values: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
        """What a derivation that holds gives, as people write it; None where its own source is not known."""
        if item.constant is not None:
            return item.constant
        if isinstance(item.value, str):
            return facts.get(item.value)
        return _human(item.spec, item.value(values.get, {}, {}))

    def contradictions(self, given: Mapping[str, Any]) -> list[tuple[str, Any, tuple[str, ...], Any]]:
        """Stated facts that differ from what follows from others: (fact, stated, facts it follows from, what follows)."""
        values, derived = self.complete(given)
        facts = {**{name: known.value for name, known in derived.items()}, **given}
        out = []
        for name, stated in given.items():
            for item in self.derivations.get(name, ()) if stated is not None else ():
                found = self.follows(item, values, facts) if item.holds(values) else None
                if found is not None and not same(found, stated):
                    out.append((name, stated, tuple(sorted(item.reads)), found))
                    break
        return out

    def answer(self, given: Mapping[str, Any], goal: str | None = None) -> Answer:
        """Run the rulebook over given facts, or only what one decision rests on."""
        return self.program.run(self.complete(given)[0], goal)

    def changed(
        self,
        given: Mapping[str, Any],
        values: Mapping[str, Any],
        before: Answer,
        name: str,
        value: Any,
        goal: str | None = None,
    ) -> Answer:
        """The answer after one fact is given another value.

        Facts that others are derived from need the whole derivation again; for most, what reads the fact is enough.
        """
        if name not in self.sources:
            patched = dict(values)
            patched.pop(f"{name}^", None)
            patched.update(encode_one(self.law.book, self.law.book.facts[name], value))
            return self.program.rerun(patched, before, frozenset((name,)), goal)
        patched = self.complete({**given, name: value})[0]
        facts = frozenset(
            key for key in {*values, *patched} if not key.endswith("^") and values.get(key) != patched.get(key)
        )
        return (
            self.program.run(patched, goal) if "industry" in facts else self.program.rerun(patched, before, facts, goal)
        )


def same(one: Any, other: Any) -> bool:
    """Whether two values of a fact are the same, in whatever unit they are written."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one.dimension == other.dimension and one.base == other.base
    return bool(one == other)


def _human(spec: FactSpec, value: Any) -> Any:
    """A derived machine value as people write it: a truth as bool, a base number as a quantity in the fact's unit."""
    if value is None:
        return None
    if spec.kind.form == "truth":
        return None if value == 1 else value == 2
    if spec.kind.form == "quantity":
        return Quantity(Fraction(value) / factor(spec.unit)[1], spec.unit)
    return value
