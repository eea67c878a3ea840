"""What is known about one project: facts from the writer, from layers and by derivation, each with its origin.

Changing one fact and asking again (for "what would decide", "what would turn it") goes through the same door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenrule.backends.derive import Derivations
from greenrule.backends.scalar import Answer, Program
from greenrule.backends.situation import encode_one
from greenrule.packs.book import Law
from greenrule.packs.instruments import Citation
from greenrule.rules.book import Rulebook
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
        self.derivations = Derivations(self.book, self.on)
        self._citations: dict[str, Citation] = {}

    def complete(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Known]]:
        """Machine entries of the given facts and of all that follows from them, and the derived facts as people see them."""
        values, derived = self.derivations.complete(given)
        return values, {name: Known(value, "derived") for name, value in derived.items()}

    def citation(self, cite: str) -> Citation:
        """A cite as of the day and as known on the other, resolved once."""
        if cite not in self._citations:
            self._citations[cite] = self.law.instruments.resolve(cite, self.on, self.known)
        return self._citations[cite]

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

        `given` are facts as given, `values` their machine entries with all that follows (`complete`), `before` the answer to
        them.  Facts that others are derived from need the derivation again; for most, what reads the fact is enough.
        """
        entries = encode_one(self.book, self.book.facts[name], value)
        if name not in self.derivations.sources:
            patched = {**values, **entries}
            if f"{name}^" not in entries:
                patched.pop(f"{name}^", None)
            if name not in entries:
                patched.pop(name, None)
            return self.program.rerun(patched, before, frozenset((name,)), goal)
        part = self.derivations.part_of(name, bool(entries))
        if part is not None:
            return self._changed_in_part(given, values, before, name, entries, part, goal)
        derived = [key for key in values if given.get(key.removesuffix("^")) is None]
        patched = dict(values)
        for key in (*derived, name, f"{name}^"):
            patched.pop(key, None)
        patched.update(entries)
        followed = self.derivations.follow(patched)
        may_differ = {name, *(key.removesuffix("^") for key in derived), *(key for key, _ in followed)}
        facts = frozenset(key for key in may_differ if values.get(key) != patched.get(key))
        if "industry" in facts:
            return self.program.run(patched, goal)
        return self.program.rerun(patched, before, facts, goal)

    def _changed_in_part(
        self, given: Mapping[str, Any], values: Mapping[str, Any], before: Answer, name: str, entries: Mapping[str, Any],
        part: Any, goal: str | None,
    ) -> Answer:  # fmt: skip
        """The same where what follows from the fact can be followed by itself: the rest of the entries stays."""
        patched = dict(values)
        may_differ = [name, *(fact for fact in part.facts if given.get(fact) is None)]
        for fact in may_differ:
            patched.pop(fact, None)
            patched.pop(f"{fact}^", None)
        patched.update(entries)
        self.derivations.follow(patched, part)
        facts = frozenset(fact for fact in may_differ if values.get(fact) != patched.get(fact))
        if "industry" in facts:
            return self.program.run(patched, goal)
        return self.program.rerun(patched, before, facts, goal)
