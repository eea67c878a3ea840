"""The closed set of expression nodes: frozen dataclasses that evaluate nothing.

Machines (`greenrule.backends`) visit every one of these classes or refuse it by name; `KINDS` is the whole set.
A node remembers where it was written (`at`), which takes no part in comparison.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from greenrule.core.errors import Place


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all nodes."""

    at: Place | None = field(default=None, compare=False, repr=False, kw_only=True)

    def children(self) -> Iterator[Node]:
        """Direct children in reading order."""
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (part for part in value if isinstance(part, Node))

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A truth value written down: `true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Undecided(Node):
    """What the text itself leaves open: always unknown, with its reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Amount(Node):
    """A number with its unit (`90 万吨/年`) or without one (`3`)."""

    value: Fraction
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Day(Node):
    """A calendar day."""

    value: date


@dataclass(frozen=True, slots=True)
class Fact(Node):
    """A fact of the vocabulary, by id."""

    id: str


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A dated, cited value of a pack (`$boiler.coal.clear_max`)."""

    id: str


@dataclass(frozen=True, slots=True)
class Defined(Node):
    """A named expression (`define`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Applies(Node):
    """Whether another rule applies: its condition holds and none of its exceptions does."""

    rule: str


@dataclass(frozen=True, slots=True)
class Decided(Node):
    """Whether a decision comes out as one of the values."""

    decision: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class In(Node):
    """Whether a category fact is one of the codes of its vocabulary."""

    fact: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Under(Node):
    """Whether any member of a set fact lies at or below one of the codes of a hierarchy.

    Members below `open_codes` only make it unknown: the text names the codes "等", or its list is not at hand.
    """

    fact: str
    codes: tuple[str, ...]
    open_codes: tuple[str, ...] = ()
    listed: str | None = None


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`left op right` for quantities, numbers and dates; op is one of < <= > >= == !=."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Negation."""

    arg: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """Conjunction of two or more."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Disjunction of two or more."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left op right`, op one of + - *; units are checked at load."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Table(Node):
    """A piecewise table parameter looked up at a quantity: steps or straight lines between points."""

    parameter: str
    arg: Node


def rewritten(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` applied to every node, children first; what nothing changes is the same object as before."""
    new: dict[str, object] = {}
    for item in dataclasses.fields(node):
        value = getattr(node, item.name)
        if isinstance(value, Node):
            part = rewritten(value, change)
            if part is not value:
                new[item.name] = part
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            parts = tuple(rewritten(part, change) for part in value)
            if any(one is not other for one, other in zip(parts, value, strict=True)):
                new[item.name] = parts
    return change(dataclasses.replace(node, **new) if new else node)  # type: ignore[arg-type]


KINDS: tuple[type[Node], ...] = (
    Literal, Undecided, Amount, Day, Fact, Parameter, Defined, Applies, Decided,
    In, Under, Compare, Not, And, Or, Arithmetic, Table,
)  # fmt: skip

#: Comparison and its opposite, used by negation, rendering and the mutation check.
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def both(parts: tuple[Node, ...]) -> Node:
    """Conjunction, flattened; a single part is itself."""
    flat = tuple(piece for part in parts for piece in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat, at=flat[0].at)


def either(parts: tuple[Node, ...]) -> Node:
    """Disjunction, flattened; a single part is itself."""
    flat = tuple(piece for part in parts for piece in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat, at=flat[0].at)
