"""What is known about one project: facts from the writer, from layers and by derivation, each with its origin.

Changing one fact and asking again (for "what would decide", "what would turn it") goes through the same door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenrule.backends.scalar import Answer, Program
from greenrule.backends.situation import encode_one
from greenrule.casework.derivations import Known, derivations_of
from greenrule.packs.book import Law
from greenrule.rules.render import Sentence


@dataclass
class Machine:
    """A rulebook on a day, with its derivations compiled: from given facts to an answer."""

    law: Law
    on: date
    known: date | None = None
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        self.program = Program(self.law.book, self.on, self.known)
        self.sentence = Sentence(self.law.book)
        self.derivations = derivations_of(self.law.book, self.on)

    def complete(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Known]]:
        """Machine entries of the given facts and of all that follows from them, and the derived facts as people see them."""
        return self.derivations.complete(given)

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
        if name not in self.derivations.sources:
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


__all__ = ["Known", "Machine"]
