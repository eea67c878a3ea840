"""One situation: what is known about one project, in the form that the scalar machine reads.

Truths are 0/2, quantities exact numbers in base units, sets carry their ancestors; what is not known is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from greenrule.core.units import Quantity
from greenrule.rules.book import FactSpec, Rulebook, Vocabulary

#: What a fact may be worth outside the machine; None is not known.
Value = bool | Quantity | Fraction | int | str | date | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Members:
    """Codes of a set fact, and everything at or above them in the hierarchy."""

    given: frozenset[str]
    upward: frozenset[str]


def exact(value: Fraction) -> Fraction | int:
    """Whole numbers as int: comparisons of ints are several times faster and as exact."""
    return value.numerator if value.denominator == 1 else value


def members(vocabulary: Vocabulary, codes: Iterable[str]) -> Members:
    """A set fact with its ancestors."""
    given = frozenset(codes)
    return Members(given, frozenset(up for code in given for up in vocabulary.ancestors(code)))


def encode_one(book: Rulebook, spec: FactSpec, value: Value) -> dict[str, object]:
    """Machine entries of one known fact (a category or set has two: itself and, under `id^`, its members)."""
    if value is None:
        return {}
    form = spec.kind.form
    if form == "truth":
        return {spec.id: 2 if value else 0}
    if form == "quantity":
        assert isinstance(value, Quantity)
        return {spec.id: exact(value.base)}
    if form == "number":
        return {spec.id: exact(value.base if isinstance(value, Quantity) else Fraction(value))}  # type: ignore[arg-type]
    if form == "date":
        return {spec.id: value}
    vocabulary = book.vocabularies[spec.kind.vocab or ""]
    codes = {value} if isinstance(value, str) else set(value)  # type: ignore[arg-type]
    found = members(vocabulary, codes)
    return {spec.id: value, f"{spec.id}^": found}


def encode(book: Rulebook, facts: Mapping[str, Value]) -> dict[str, object]:
    """Machine form of all known facts; unknown ids are the caller's fault and raise KeyError."""
    out: dict[str, object] = {}
    for name, value in facts.items():
        if value is not None:
            out.update(encode_one(book, book.facts[name], value))
    return out
