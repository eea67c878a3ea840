"""What is known about one project: facts from the writer, from layers and by derivation, each with its origin.

Changing one fact and asking again (for "what would decide", "what would turn it") goes through the same door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from greenrule.backends.scalar import Answer, Program, Step
from greenrule.backends.situation import encode_one
from greenrule.core.units import Quantity, factor
from greenrule.packs.book import Law
from greenrule.rules.book import FactSpec, Rulebook
from greenrule.rules.nodes import Fact, In, Under
from greenrule.rules.render import Sentence


@dataclass(frozen=True, slots=True)
class Known:
    """A fact's value and where it comes from: `project`, `layer:…`, `derived`, `assumed`."""

    value: Any
    source: str


@dataclass
class Machine:
    """A rulebook on a day, with its derivations compiled: from given facts to an answer.

    `events` are the date facts that the cases state (`greenrule.rules.clocks`); `book` is the law of the day.
    """

    law: Law
    on: date
    known: date | None = None
    events: frozenset[str] = frozenset()
    program: Program = field(init=False)
    book: Rulebook = field(init=False)

    def __post_init__(self) -> None:
        self.program = Program(self.law.book, self.on, self.known, events=self.events)
        self.book = self.program.book
        self.sentence = Sentence(self.book)
        self._sources = {
            node.id if isinstance(node, Fact) else node.fact
            for spec in self.book.facts.values() for item in spec.derive
            for part in (item.value, item.when) if part is not None
            for node in part.walk() if isinstance(node, (Fact, In, Under))
        }  # fmt: skip
        self._derivations: list[tuple[FactSpec, Any, Any]] = []
        for spec in self.book.facts.values():
            for item in spec.derive:
                when = self.program.compile(Step(spec.id, item.when)) if item.when is not None else None
                value = (
                    item.value.id if isinstance(item.value, Fact) else self.program.compile(Step(spec.id, item.value))
                )
                self._derivations.append((spec, when, value))

    def complete(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Known]]:
        """Machine entries of the given facts and of all that follows from them, and the derived facts as people see them."""
        book = self.book
        values: dict[str, Any] = {}
        for name, value in given.items():
            if value is not None:
                values.update(encode_one(book, book.facts[name], value))
        derived: dict[str, Known] = {}
        for _ in range(3):  # derivations may build on one another; three rounds are more than any pack needs
            changed = False
            for spec, when, value in self._derivations:
                if spec.id in values or (when is not None and when(values.get, {}, {}) != 2):
                    continue
                found = given.get(value) if isinstance(value, str) else _human(spec, value(values.get, {}, {}))
                if isinstance(value, str) and found is None and value in derived:
                    found = derived[value].value
                if found is not None:
                    derived[spec.id] = Known(found, "derived")
                    values.update(encode_one(book, spec, found))
                    changed = True
            if not changed:
                break
        return values, derived

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
        if name not in self._sources:
            patched = dict(values)
            patched.pop(f"{name}^", None)
            patched.update(encode_one(self.book, self.book.facts[name], value))
            return self.program.rerun(patched, before, frozenset((name,)), goal)
        patched = self.complete({**given, name: value})[0]
        facts = frozenset(
            key for key in {*values, *patched} if not key.endswith("^") and values.get(key) != patched.get(key)
        )
        return (
            self.program.run(patched, goal) if "industry" in facts else self.program.rerun(patched, before, facts, goal)
        )


def _human(spec: FactSpec, value: Any) -> Any:
    """A derived machine value as people write it: a truth as bool, a base number as a quantity in the fact's unit."""
    if value is None:
        return None
    if spec.kind.form == "truth":
        return None if value == 1 else value == 2
    if spec.kind.form == "quantity":
        return Quantity(Fraction(value) / factor(spec.unit)[1], spec.unit)
    return value
