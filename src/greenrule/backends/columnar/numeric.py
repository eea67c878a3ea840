"""Comparisons of exact numbers as cuts: "x ≥ t" and "x > t" on one column, or on a sum of columns.

What cannot be said by cuts (a product of two facts, a table of a table) is a *puzzle*: a comparison that is worked out
exactly for each distinct combination of its facts.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from greenrule.backends.columnar.graph import FALSE, TRUE, Graph
from greenrule.backends.writer import lookup
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import OPPOSITE, Amount, Arithmetic, Fact, Node, Table

#: A column of numbers: a fact, or a sum of facts as pairs (fact, coefficient), the first coefficient being 1.
Line = str | tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Plane: the column has a value."""

    fact: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Plane: the column has a value, and it lies at `bound` or above; strictly above where `strict`."""

    line: Line
    bound: Fraction
    strict: bool


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Plane: the comparison of two expressions over raw facts holds, and all it needs is known."""

    op: str
    left: Node
    right: Node

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it reads, sorted."""
        both = (*self.left.walk(), *self.right.walk())
        return tuple(sorted({node.id for node in both if isinstance(node, Fact)}))


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_COMPUTE: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
#: What a comparison becomes when both sides change sign.
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def compared(op: str, left: Fraction | int, right: Fraction | int) -> bool:
    """`left op right`."""
    return _COMPARE[op](left, right)


def worked_out(book: Rulebook, node: Node, facts: Mapping[str, Fraction | int | None]) -> Fraction | int | None:
    """The exact value of a numeric expression over raw facts; None where it has none."""
    match node:
        case Amount(value=value):
            return value
        case Fact(id=name):
            return facts[name]
        case Table(parameter=name, arg=arg):
            return lookup(book.parameters[name], worked_out(book, arg, facts))
        case Arithmetic(op=op, left=left, right=right):
            one, other = worked_out(book, left, facts), worked_out(book, right, facts)
            return None if one is None or other is None else _COMPUTE[op](one, other)
    raise TypeError(f"{type(node).__name__} is no number")


@dataclass(frozen=True, slots=True)
class Linear:
    """`sum of coefficient · fact + constant`; facts whose coefficients cancel stay, for the sum needs them known."""

    parts: tuple[tuple[str, Fraction], ...]
    constant: Fraction

    def plus(self, other: Linear, sign: int) -> Linear:
        """The sum or the difference of two."""
        parts = dict(self.parts)
        for fact, coefficient in other.parts:
            parts[fact] = parts.get(fact, Fraction(0)) + sign * coefficient
        return Linear(tuple(sorted(parts.items())), self.constant + sign * other.constant)

    def times(self, factor: Fraction) -> Linear:
        """A multiple."""
        return Linear(tuple((fact, factor * part) for fact, part in self.parts), factor * self.constant)


def linear(node: Node) -> Linear | None:
    """A raw expression as a linear form; None where it is none."""
    match node:
        case Amount(value=value):
            return Linear((), value)
        case Fact(id=name):
            return Linear(((name, Fraction(1)),), Fraction(0))
        case Arithmetic(op=op, left=left, right=right):
            one, other = linear(left), linear(right)
            if one is None or other is None:
                return None
            if op != "*":
                return one.plus(other, 1 if op == "+" else -1)
            if not one.parts:
                return other.times(one.constant)
            return None if other.parts else one.times(other.constant)
    return None


class Comparer:
    """Writes comparisons into a graph; the literal of one is true where it holds and everything it needs is known."""

    def __init__(self, graph: Graph, book: Rulebook) -> None:
        self.graph, self.book = graph, book

    def known(self, fact: str) -> int:
        """Where a numeric fact is given."""
        return self.graph.leaf(Known(fact))

    def holds(self, op: str, left: Node, right: Node) -> int:
        """Where `left op right` holds; both are expressions over raw facts and amounts in base units."""
        one, other = linear(left), linear(right)
        if one is not None and other is not None:
            return self._linear(op, one.plus(other, -1))
        if isinstance(left, Table) and other is not None and not other.parts:
            found = self._table(op, left, other.constant)
        elif isinstance(right, Table) and one is not None and not one.parts:
            found = self._table(_MIRRORED[op], right, one.constant)
        else:
            found = None
        return self._puzzle(Puzzle(op, left, right)) if found is None else found

    def _puzzle(self, puzzle: Puzzle) -> int:
        if puzzle.facts:
            return self.graph.leaf(puzzle)
        one, other = worked_out(self.book, puzzle.left, {}), worked_out(self.book, puzzle.right, {})
        return TRUE if one is not None and other is not None and compared(puzzle.op, one, other) else FALSE

    def _linear(self, op: str, form: Linear) -> int:
        """Where `form op 0`."""
        kept = [(fact, part) for fact, part in form.parts if part]
        cancelled = self.graph.all(self.known(fact) for fact, part in form.parts if not part)
        if not kept:
            return cancelled if compared(op, form.constant, Fraction(0)) else FALSE
        lead = kept[0][1]
        line: Line = kept[0][0] if len(kept) == 1 else tuple((fact, part / lead) for fact, part in kept)
        found = self.cut(line, op if lead > 0 else _MIRRORED[op], -form.constant / lead)
        return self.graph.both(cancelled, found)

    def cut(self, line: Line, op: str, bound: Fraction) -> int:
        """Where a column is known and `column op bound`."""
        graph = self.graph
        if op == ">=":
            return graph.leaf(Cut(line, bound, False))
        if op == ">":
            return graph.leaf(Cut(line, bound, True))
        if op == "==":
            return graph.both(self.cut(line, ">=", bound), self.cut(line, ">", bound) ^ 1)
        known = self.known(line) if isinstance(line, str) else graph.all(self.known(fact) for fact, _ in line)
        return graph.both(known, self.cut(line, OPPOSITE[op], bound) ^ 1)

    def _table(self, op: str, node: Table, limit: Fraction) -> int | None:
        """Where a piecewise table of one fact compares with a constant; None where it is a puzzle."""
        arg = linear(node.arg)
        if arg is None or len(arg.parts) != 1 or arg.parts[0][1] <= 0:
            return None
        fact, scale = arg.parts[0]
        spec = self.book.parameters[node.parameter]
        if not spec.table:
            return FALSE  # no edition of the table holds on the day: nobody knows what it says
        points = sorted(((p.x - arg.constant) / scale, p.y) for p in spec.table)
        pieces = []
        for (x, y), (end, y_end) in zip(points, [*points[1:], (None, Fraction(0))], strict=True):
            here = self.cut(fact, ">=", x)
            if end is not None:
                here = self.graph.both(here, self.cut(fact, ">=", end) ^ 1)
            elif spec.shape != "steps":
                here = self.cut(fact, "==", x)
            slope = (y_end - y) / (end - x) if spec.shape != "steps" and end is not None else Fraction(0)
            if not slope:
                pieces.append(here if compared(op, y, limit) else FALSE)
            else:
                turned = op if slope > 0 else _MIRRORED[op]
                pieces.append(self.graph.both(here, self.cut(fact, turned, x + (limit - y) / slope)))
        return self.graph.any(pieces)
