"""Expressions as Python source: what every rule means, in exact numbers and three truth values (0, 1, 2).

The scalar machine runs what this writes; the tracer writes the same with reasons.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from greenrule.backends.base import Backend
from greenrule.backends.decide import Outcome
from greenrule.backends.situation import Members, exact
from greenrule.core.units import factor
from greenrule.rules.book import ParameterSpec, Rulebook
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Arithmetic,
    Compare,
    Day,
    Decided,
    Defined,
    Fact,
    In,
    Literal,
    Not,
    Or,
    Parameter,
    Table,
    Undecided,
    Under,
)  # fmt: skip


def lookup(spec: ParameterSpec, x: Fraction | int | None) -> Fraction | int | None:
    """A piecewise table at `x` (base units): steps hold from their point on; lines join the points; None outside.

    A table of which no edition held on the day has no points and no value.
    """
    if x is None or not spec.table or x < spec.table[0].x:
        return None
    below = max((point for point in spec.table if point.x <= x), key=lambda point: point.x)
    if spec.shape == "steps":
        return exact(below.y)
    above = min((point for point in spec.table if point.x >= x), key=lambda point: point.x, default=None)
    if above is None:
        return None
    if above.x == below.x:
        return exact(below.y)
    return exact(below.y + (above.y - below.y) * (Fraction(x) - below.x) / (above.x - below.x))


def among(outcome: Outcome | None, values: frozenset[str]) -> int:
    """Whether a decision comes out among the values: 2 if it must, 0 if it cannot, 1 otherwise."""
    if outcome is None:
        return 1
    hits = sum(value in values for value in outcome.candidates)
    return 2 if hits and hits == len(outcome.candidates) else 1 if hits or None in outcome.candidates else 0


def climb(book: Rulebook, node: Under) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Listed codes, open codes, and the strict ancestors of both (a coarser code than the rule's decides nothing)."""
    spec = book.facts[node.fact]
    vocabulary = book.vocabularies[spec.kind.vocab or ""]
    listed, opened = frozenset(node.codes), frozenset(node.open_codes)
    above = frozenset(up for code in listed | opened if code != "*" for up in vocabulary.ancestors(code)[1:])
    return listed, opened, above - listed


def under(found: Members | None, listed: frozenset[str], opened: frozenset[str], above: frozenset[str]) -> int:
    """Three-valued membership below codes of a hierarchy."""
    if found is None:
        return 1
    if not found.upward.isdisjoint(listed):
        return 2
    return 1 if not found.upward.isdisjoint(opened) or not found.given.isdisjoint(above) else 0


class Writer(Backend):
    """Writes one expression as Python source; constants go into `names`."""

    def __init__(self, book: Rulebook, on: date) -> None:
        self.book, self.on = book, on
        self.names: dict[str, Any] = {"u": under, "dd": among, "lk": lookup}
        self.count = 0

    def fresh(self, value: Any = None) -> str:
        self.count += 1
        if value is not None:
            self.names[f"k{self.count}"] = value
            return f"k{self.count}"
        return f"v{self.count}"

    def visit_Literal(self, node: Literal) -> str:
        return "2" if node.value else "0"

    def visit_Undecided(self, node: Undecided) -> str:
        return "1"

    def visit_Amount(self, node: Amount) -> str:
        value = exact(node.value * factor(node.unit)[1])
        return repr(value) if isinstance(value, int) else self.fresh(value)

    def visit_Day(self, node: Day) -> str:
        return self.fresh(node.value)

    def visit_Fact(self, node: Fact) -> str:
        return f"g({node.id!r}, 1)" if self.book.facts[node.id].kind.form == "truth" else f"g({node.id!r})"

    def visit_Parameter(self, node: Parameter) -> str:
        value, _ = self.book.parameters[node.id].on(self.on)
        return "None" if value is None else self.fresh(exact(value))

    def visit_Table(self, node: Table) -> str:
        return f"lk({self.fresh(self.book.parameters[node.parameter])}, {self.run(node.arg)})"

    def visit_Defined(self, node: Defined) -> str:
        return f"t[{node.name!r}]"

    def visit_Applies(self, node: Applies) -> str:
        return f"t.get({node.rule!r}, 0)"

    def visit_Decided(self, node: Decided) -> str:
        return f"dd(d.get({node.decision!r}), {self.fresh(frozenset(node.values))})"

    def visit_In(self, node: In) -> str:
        name = self.fresh()
        test = (
            f"{name} == {node.codes[0]!r}" if len(node.codes) == 1 else f"{name} in {self.fresh(frozenset(node.codes))}"
        )
        return f"(1 if ({name} := g({node.fact!r})) is None else 2 if {test} else 0)"

    def visit_Under(self, node: Under) -> str:
        sets = ", ".join(self.fresh(part) if part else "()" for part in climb(self.book, node))
        return f"u(g({node.fact + '^'!r}), {sets})"

    def visit_Compare(self, node: Compare) -> str:
        left, right = self.fresh(), self.fresh()
        return (
            f"(1 if ({left} := {self.run(node.left)}) is None or ({right} := {self.run(node.right)}) is None"
            f" else 2 if {left} {node.op} {right} else 0)"
        )

    def visit_Arithmetic(self, node: Arithmetic) -> str:
        left, right = self.fresh(), self.fresh()
        return (
            f"(None if ({left} := {self.run(node.left)}) is None or ({right} := {self.run(node.right)}) is None"
            f" else {left} {node.op} {right})"
        )

    def visit_Not(self, node: Not) -> str:
        return f"(2 - {self.run(node.arg)})"

    def visit_And(self, node: And) -> str:
        names = [self.fresh() for _ in node.parts]
        tests = " or ".join(f"({name} := {self.run(part)}) == 0" for name, part in zip(names, node.parts, strict=True))
        return f"(0 if {tests} else 2 if {' + '.join(names)} == {2 * len(names)} else 1)"

    def visit_Or(self, node: Or) -> str:
        names = [self.fresh() for _ in node.parts]
        tests = " or ".join(f"({name} := {self.run(part)}) == 2" for name, part in zip(names, node.parts, strict=True))
        return f"(2 if {tests} else 1 if {' or '.join(names)} else 0)"
