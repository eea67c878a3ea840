"""Facts that follow from other facts: all derivations of a rulebook as one generated function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from greenrule.backends.situation import Value, encode, exact, members
from greenrule.backends.writer import Writer
from greenrule.core.units import Quantity, factor
from greenrule.rules.book import Derivation, FactSpec, Rulebook
from greenrule.rules.nodes import Defined, Fact, In, Node, Under

#: Derivations may build on one another; three rounds are more than any pack needs.
_ROUNDS = 3


class Derivations:
    """What follows from given facts, in machine form and as people write it."""

    def __init__(self, book: Rulebook, on: date) -> None:
        self.book = book
        #: facts that a derivation reads: when one changes, others may
        self.sources = {name for spec in book.facts.values() for item in spec.derive for name in _reads(book, item)}
        items = [(spec, item) for spec in book.facts.values() for item in spec.derive]
        writer = _Derive(book, on)
        self._first = writer.function(items)
        self._again = writer.function(_later(book, items))

    def complete(self, given: Mapping[str, Value]) -> tuple[dict[str, Any], dict[str, Value]]:
        """Machine entries of the given facts and of all that follows, and the values that followed."""
        values = encode(self.book, given)
        derived: dict[str, Value] = {}
        for name, copied in self.follow(values):
            derived[name] = self._human(self.book.facts[name], values[name]) if copied is None else (
                derived[copied] if given.get(copied) is None else given[copied]
            )  # fmt: skip
        return values, derived

    def follow(self, values: dict[str, Any]) -> list[tuple[str, str | None]]:
        """Add to machine entries what follows from them; names what was added, and of which fact it is a copy."""
        out: list[tuple[str, str | None]] = []
        self._first(values, values.get, out)
        for _ in range(_ROUNDS - 1):
            before = len(out)
            self._again(values, values.get, out)
            if len(out) == before:
                break
        return out

    @staticmethod
    def _human(spec: FactSpec, value: Any) -> Value:
        """A computed value as people write it: a truth as bool, a base number as a quantity in the fact's unit."""
        if spec.kind.form == "truth":
            return bool(value == 2)
        if spec.kind.form == "quantity":
            return Quantity(Fraction(value) / factor(spec.unit)[1], spec.unit)
        return value  # type: ignore[no-any-return]


def _later(book: Rulebook, items: Sequence[tuple[FactSpec, Derivation]]) -> list[tuple[FactSpec, Derivation]]:
    """Derivations that may say something new in a second round: they read what is derived at or after their place.

    The others read only what was settled before them, so that they have said what they can.
    """
    last = {spec.id: place for place, (spec, _) in enumerate(items)}
    again: set[str] = set()
    while True:
        found = [
            (spec, item) for place, (spec, item) in enumerate(items)
            if any(last.get(name, -1) >= place or name in again for name in _reads(book, item))
        ]  # fmt: skip
        if again == {spec.id for spec, _ in found}:
            return found
        again = {spec.id for spec, _ in found}


def _reads(book: Rulebook, item: Derivation) -> set[str]:
    """Facts that a derivation reads, through definitions too."""
    out: set[str] = set()
    parts: list[Node] = [item.value] if item.when is None else [item.value, item.when]
    while parts:
        for node in parts.pop().walk():
            if isinstance(node, Defined):
                parts.append(book.definitions[node.name].body)
            elif isinstance(node, (Fact, In, Under)):
                out.add(node.id if isinstance(node, Fact) else node.fact)
    return out


class _Derive(Writer):
    """Writes one derivation as a few lines that add to the entries `v`."""

    def __init__(self, book: Rulebook, on: date) -> None:
        super().__init__(book, on)
        self.names.update({"exact": exact, "members": members})

    def visit_Defined(self, node: Defined) -> str:
        return self.run(self.book.definitions[node.name].body)  # type: ignore[no-any-return]

    def function(self, items: Iterable[tuple[FactSpec, Derivation]]) -> Callable[..., None]:
        """One round of derivations, in their order."""
        lines = [line for spec, item in items for line in self.lines(spec, item)]
        exec(compile("\n".join(["def follow(v, g, out):", *lines, " return"]), "<derivations>", "exec"), self.names)
        return self.names["follow"]  # type: ignore[no-any-return]

    def lines(self, spec: FactSpec, item: Derivation) -> list[str]:
        """What is given, or followed before, stays; of several derivations the first that says something counts."""
        asked = f" if {spec.id!r} not in v" + (f" and {self.run(item.when)} == 2:" if item.when is not None else ":")
        copied = item.value.id if isinstance(item.value, Fact) else None
        value = f"g({copied!r})" if copied is not None else self.run(item.value)
        form = spec.kind.form
        said = "x != 1 and x is not None" if form == "truth" else "x is not None"
        kept = [f"v[{spec.id!r}] = {'exact(x)' if form in ('quantity', 'number') else 'x'}"]
        if form in ("category", "set"):
            vocabulary = self.fresh(self.book.vocabularies[spec.kind.vocab or ""])
            codes = "(x,)" if form == "category" else "x"
            kept.append(f"v[{spec.id + '^'!r}] = members({vocabulary}, {codes})")
        kept.append(f"out.append(({spec.id!r}, {copied!r}))")
        return [asked, f"  x = {value}", f"  if {said}:", *(f"   {line}" for line in kept)]
