"""Situations beside a given one: the facts that an expression reads take every value at which it might turn.

Used to tell a case that is wanting from a change that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from greenrule.core.units import Quantity, factor
from greenrule.rules.book import FactSpec, Rulebook
from greenrule.rules.nodes import Amount, Applies, Compare, Decided, Defined, Fact, In, Node, Under

_NEAR = (Fraction(9, 10), Fraction(1), Fraction(11, 10))


def neighbours(book: Rulebook, node: Node, facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The facts with one of those that the expression reads given another value, or taken away.

    Rules and decisions that the expression rests on are not opened: nothing is yielded for them.
    """
    for name in dict.fromkeys(_read(book, node)):
        for value in _values(book, book.facts[name], node):
            if value is None:
                yield {key: kept for key, kept in facts.items() if key != name}
            else:
                yield {**facts, name: value}


def _read(book: Rulebook, node: Node) -> Iterator[str]:
    for part in node.walk():
        if isinstance(part, Fact):
            yield part.id
        elif isinstance(part, (In, Under)):
            yield part.fact
        elif isinstance(part, Defined):
            yield from _read(book, book.definitions[part.name].body)
        elif isinstance(part, (Applies, Decided)):
            return


def _values(book: Rulebook, spec: FactSpec, node: Node) -> Iterator[Any]:
    form = spec.kind.form
    if form == "truth":
        yield from (True, False)
    elif form == "category":
        yield from book.vocabularies[spec.kind.vocab or ""].labels
    elif form == "set":
        # One of each division is enough to step outside whatever the expression names.
        vocabulary = book.vocabularies[spec.kind.vocab or ""]
        yield from (frozenset({code}) for code in vocabulary.labels if len(code) <= 2 or not vocabulary.parent)
    elif form in ("quantity", "number"):
        limits = [part.right for part in node.walk() if isinstance(part, Compare) and isinstance(part.right, Amount)]
        for limit in limits:
            for share in _NEAR:
                yield _quantity(spec, limit.value * factor(limit.unit)[1] * share)
        yield _quantity(spec, Fraction(0))
    yield None


def _quantity(spec: FactSpec, base: Fraction) -> Any:
    return Quantity(base / factor(spec.unit)[1], spec.unit) if spec.kind.form == "quantity" else base
