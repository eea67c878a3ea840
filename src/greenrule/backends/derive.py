"""Facts that follow from other facts: all derivations of a rulebook as one generated function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from greenrule.backends.scalar import facts_in
from greenrule.backends.situation import Members, Value, encode, exact, members
from greenrule.backends.writer import Writer, climb, under
from greenrule.core.units import Quantity, factor
from greenrule.rules.book import Derivation, FactSpec, Rulebook
from greenrule.rules.nodes import Defined, Fact, In, Node, Under

#: Derivations may build on one another; three rounds are more than any pack needs.
_ROUNDS = 3
#: Industries whose answers are kept at the same time.
_KEPT = 512


@dataclass(frozen=True, slots=True)
class Derived:
    """One derivation by itself: where `when` is true, `spec` is worth `value` (a function, or the id of another fact).

    `constant` is what it gives where that is one value whatever is known; `default` holds wherever nothing else is stated.
    """

    spec: FactSpec
    when: Any
    value: Any
    reads: frozenset[str]
    constant: Any = None
    default: bool = False

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


@dataclass(frozen=True, slots=True)
class _Part:
    """What one fact bears on: the facts that may follow otherwise, and the two rounds that derive them."""

    facts: frozenset[str]
    first: Callable[..., None]
    again: Callable[..., None]


class Derivations:
    """What follows from given facts, in machine form and as people write it."""

    def __init__(self, book: Rulebook, on: date) -> None:
        self.book, self.on = book, on
        #: facts that a derivation reads: when one changes, others may
        self.sources = {name for spec in book.facts.values() for item in spec.derive for name in _reads(book, item)}
        items = [(spec, item) for spec in book.facts.values() for item in spec.derive]
        self._items, self._partial = items, dict[str, _Part | None]()
        self._yes_or_no = {spec.id for spec, _ in items if spec.kind.form == "truth"}
        #: the facts completed last, and what came of it: one project is asked whether it agrees, then screened
        self._last: tuple[Mapping[str, Value], dict[str, Any], dict[str, Value]] | None = None
        writer = _Derive(book, on)
        self._first = writer.function(items)
        self._again = writer.function(_later(book, items))

    @cached_property
    def of(self) -> dict[str, list[Derived]]:
        """Fact → its derivations one by one, in their order, compiled when first asked for."""
        writer, out = _Derive(self.book, self.on), dict[str, list[Derived]]()
        for spec in self.book.facts.values():
            for item in spec.derive:
                value: Any = item.value.id if isinstance(item.value, Fact) else writer.single(spec, item.value)
                when = None if item.when is None else writer.single(spec, item.when)
                constant = None if facts_in(item.value) else _human(spec, value({}.get, {}, {}))
                reads = frozenset(_reads(self.book, item))
                out.setdefault(spec.id, []).append(
                    Derived(spec, when, value, reads, constant, item.when is None or item.presumed)
                )
        return out

    def contradictions(self, given: Mapping[str, Any]) -> list[tuple[str, Any, tuple[str, ...], Any]]:
        """Stated facts that differ from what follows from others: (fact, stated, facts it follows from, what follows)."""
        stated = [name for name, value in given.items() if value is not None and name in self.of]
        if not stated:
            return []
        values, derived = self.complete(given)
        facts = {**derived, **given}
        out = []
        for name in stated:
            for item in self.of[name]:
                found = item.follows(values, facts) if not item.default and item.holds(values) else None
                if found is not None and not same(found, given[name]):
                    out.append((name, given[name], tuple(sorted(item.reads)), found))
                    break
        return out

    def complete(self, given: Mapping[str, Value]) -> tuple[dict[str, Any], dict[str, Value]]:
        """Machine entries of the given facts and of all that follows, and the values that followed; the caller's own."""
        given = {name: value for name, value in given.items() if value is not None}
        last = self._last  # read once: another thread may put its own there
        if last is None or last[0] != given:
            last = self._last = given, *self._completed(given)
        return dict(last[1]), dict(last[2])

    def _completed(self, given: Mapping[str, Value]) -> tuple[dict[str, Any], dict[str, Value]]:
        values, facts = encode(self.book, given), self.book.facts
        derived: dict[str, Value] = {}
        for name, copied in self.follow(values):
            if copied is not None:
                derived[name] = derived[copied] if given.get(copied) is None else given[copied]
            elif name in self._yes_or_no:
                derived[name] = values[name] == 2
            else:
                derived[name] = _human(facts[name], values[name])
        return values, derived

    def follow(self, values: dict[str, Any], part: _Part | None = None) -> list[tuple[str, str | None]]:
        """Add to machine entries what follows from them; names what was added, and of which fact it is a copy.

        part : only what follows from one fact (`part_of`); the rest is in the entries already
        """
        first, again = (self._first, self._again) if part is None else (part.first, part.again)
        out: list[tuple[str, str | None]] = []
        first(values, values.get, out)
        for _ in range(_ROUNDS - 1):
            before = len(out)
            again(values, values.get, out)
            if len(out) == before:
                break
        return out

    def part_of(self, name: str, stated: bool = True) -> _Part | None:
        """The derivations that one fact bears on, directly or through others, written when first asked for.

        stated : the fact has a value; where it has none it may itself follow from others, and all has to be followed

        None where they cannot be followed by themselves: one of them reads what is derived only after its place, so that in a full
        round another that says something may come before it.
        """
        if not stated and self.book.facts[name].derive:
            return None
        if name not in self._partial:
            self._partial[name] = self._part(name)
        return self._partial[name]

    def _part(self, name: str) -> _Part | None:
        reads = [_reads(self.book, item) for _, item in self._items]
        touched: set[str] = set()
        while True:
            more = {
                spec.id for (spec, _), read in zip(self._items, reads, strict=True) if name in read or read & touched
            }
            more.discard(name)  # what is stated does not follow
            if more <= touched:
                break
            touched |= more
        last = {spec.id: place for place, (spec, _) in enumerate(self._items)}
        mine = [
            (place, read)
            for place, ((spec, _), read) in enumerate(zip(self._items, reads, strict=True))
            if spec.id in touched
        ]
        if any(last.get(other, -1) >= place for place, read in mine for other in read - touched - {name}):
            return None
        items = [item for item in self._items if item[0].id in touched]
        writer = _Derive(self.book, self.on)
        first = writer.function(items)
        return _Part(frozenset(touched), first, writer.function(_later(self.book, items)))


def _human(spec: FactSpec, value: Any) -> Value:
    """A computed value as people write it: a truth as bool, a base number as a quantity in the fact's unit."""
    if value is None or (spec.kind.form == "truth" and value == 1):
        return None
    if spec.kind.form == "truth":
        return bool(value == 2)
    if spec.kind.form == "quantity":
        return Quantity(Fraction(value) / factor(spec.unit)[1], spec.unit)
    return value  # type: ignore[no-any-return]


def same(one: Any, other: Any) -> bool:
    """Whether two values of a fact are the same, in whatever unit they are written."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one.dimension == other.dimension and one.base == other.base
    return bool(one == other)


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
        self.names.update({"exact": exact, "members": members, "tests": self._tests})
        #: questions about the industry, by number, and the answers to them for the industries asked last
        self._asked: dict[tuple[frozenset[str], ...], int] = {}
        self._answers: dict[Members | None, tuple[int, ...]] = {}
        self._hoisted = False

    def _tests(self, found: Members | None) -> tuple[int, ...]:
        """The answers to all questions about an industry: what is given does not change while others follow from it."""
        kept = self._answers.get(found)
        if kept is None or len(kept) < len(self._asked):
            if len(self._answers) >= _KEPT:
                self._answers.clear()
            kept = self._answers[found] = tuple(under(found, *asked) for asked in self._asked)
        return kept

    def visit_Under(self, node: Under) -> str:
        if not self._hoisted or node.fact != "industry":
            return super().visit_Under(node)
        return f"I[{self._asked.setdefault(climb(self.book, node), len(self._asked))}]"

    def visit_Defined(self, node: Defined) -> str:
        return self.run(self.book.definitions[node.name].body)  # type: ignore[no-any-return]

    def single(self, spec: FactSpec, node: Node) -> Any:
        """One expression as a function of its own."""
        source = f"lambda g, t, d: {self.run(node)}"
        return eval(compile(source, f"<{spec.id}>", "eval"), self.names)

    def function(self, items: Iterable[tuple[FactSpec, Derivation]]) -> Callable[..., None]:
        """One round of derivations, in their order."""
        items = list(items)
        self._hoisted = all(spec.id != "industry" for spec, _ in items)
        lines = [line for spec, item in items for line in self.lines(spec, item)]
        first = [" I = tests(g('industry^'))"] if any("I[" in line for line in lines) else []
        exec(
            compile("\n".join(["def follow(v, g, out):", *first, *lines, " return"]), "<derivations>", "exec"),
            self.names,
        )
        self._hoisted = False
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
