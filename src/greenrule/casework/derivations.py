"""Facts that follow from others: derivations compiled, facts completed, contradictions found.

A derivation never overrules what is given; where both are known and differ, the facts contradict one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from greenrule.backends.scalar import facts_in
from greenrule.backends.situation import encode_one
from greenrule.backends.writer import Writer
from greenrule.core.units import Quantity, factor
from greenrule.rules.book import FactSpec, Rulebook
from greenrule.rules.nodes import Fact, Node


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

    def follows(self, values: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
        """What it gives where it applies, as people write it; None where its own source is not known."""
        if self.constant is not None:
            return self.constant
        if isinstance(self.value, str):
            return facts.get(self.value)
        return _human(self.spec, self.value(values.get, {}, {}))


class Derivations:
    """All derivations of a rulebook on a day: `of` each fact that follows from others; `sources` are what they follow from."""

    def __init__(self, book: Rulebook, on: date) -> None:
        self.book = book
        self.of: dict[str, list[Derived]] = {}
        writer = Writer(book, on)
        for spec in book.facts.values():
            for item in spec.derive:
                when = _function(writer, spec, item.when) if item.when is not None else None
                reads = facts_in(item.value) | (facts_in(item.when) if item.when is not None else frozenset())
                value: Any = item.value.id if isinstance(item.value, Fact) else _function(writer, spec, item.value)
                constant = None if facts_in(item.value) else _human(spec, value({}.get, {}, {}))
                self.of.setdefault(spec.id, []).append(Derived(spec, when, value, reads, constant))
        self.sources = frozenset(name for items in self.of.values() for item in items for name in item.reads)

    def complete(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Known]]:
        """Machine entries of the given facts and of all that follows from them, and the derived facts as people see them."""
        values: dict[str, Any] = {}
        for name, value in given.items():
            if value is not None:
                values.update(encode_one(self.book, self.book.facts[name], value))
        derived: dict[str, Known] = {}
        for _ in range(3):  # derivations may build on one another; three rounds are more than any pack needs
            changed = False
            for name, items in self.of.items():
                for item in items:
                    if name in values or not item.holds(values):
                        continue
                    found = item.follows(values, given)
                    if found is None and isinstance(item.value, str) and item.value in derived:
                        found = derived[item.value].value
                    if found is not None:
                        derived[name] = Known(found, "derived")
                        values.update(encode_one(self.book, item.spec, found))
                        changed = True
            if not changed:
                break
        return values, derived

    def contradictions(self, given: Mapping[str, Any]) -> list[tuple[str, Any, tuple[str, ...], Any]]:
        """Stated facts that differ from what follows from others: (fact, stated, facts it follows from, what follows)."""
        values, derived = self.complete(given)
        facts = {**{name: known.value for name, known in derived.items()}, **given}
        out = []
        for name, stated in given.items():
            for item in self.of.get(name, ()) if stated is not None else ():
                found = item.follows(values, facts) if item.holds(values) else None
                if found is not None and not same(found, stated):
                    out.append((name, stated, tuple(sorted(item.reads)), found))
                    break
        return out


@dataclass(frozen=True, eq=False)
class _One:
    """A book as itself: two books are one only if they are the same object."""

    book: Rulebook

    def __hash__(self) -> int:
        return id(self.book)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _One) and other.book is self.book


@lru_cache(maxsize=8)
def _compiled(one: _One, on: date) -> Derivations:
    return Derivations(one.book, on)


def derivations_of(book: Rulebook, on: date) -> Derivations:
    """The derivations of a book on a day; compiled functions are kept outside the book, which may be pickled."""
    return _compiled(_One(book), on)


def same(one: Any, other: Any) -> bool:
    """Whether two values of a fact are the same, in whatever unit they are written."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one.dimension == other.dimension and one.base == other.base
    return bool(one == other)


def _function(writer: Writer, spec: FactSpec, node: Node) -> Any:
    return eval(compile(f"lambda g, t, d: {writer.run(node)}", f"<{spec.id}>", "eval"), writer.names)


def _human(spec: FactSpec, value: Any) -> Any:
    """A derived machine value as people write it: a truth as bool, a base number as a quantity in the fact's unit."""
    if value is None:
        return None
    if spec.kind.form == "truth":
        return None if value == 1 else value == 2
    if spec.kind.form == "quantity":
        return Quantity(Fraction(value) / factor(spec.unit)[1], spec.unit)
    return value
