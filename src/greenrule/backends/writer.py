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
    Node,
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
    """Writes one expression as Python source; constants go into `names`.

    What is certain when it is written (constants, parameters without value) is not computed when it runs.
    """

    def __init__(self, book: Rulebook, on: date) -> None:
        self.book, self.on = book, on
        self.names: dict[str, Any] = {"u": under, "dd": among, "lk": lookup}
        self.count = 0
        #: names of constants that are numbers or days, so that nobody asks whether they are None
        self.sure: set[str] = set()

    def fresh(self, value: Any = None) -> str:
        self.count += 1
        if value is not None:
            self.names[f"k{self.count}"] = value
            return f"k{self.count}"
        return f"v{self.count}"

    def constant(self, value: Any) -> str:
        """A number or a day, as a literal where Python has one."""
        if isinstance(value, int):
            return repr(value) if value >= 0 else f"({value})"
        name = self.fresh(value)
        self.sure.add(name)
        return name

    def held(self, text: str) -> tuple[str, str]:
        """An expression as written first, and the name under which it can be used again."""
        if text.isidentifier():
            return text, text
        name = self.fresh()
        return f"({name} := {text})", name

    def visit_Literal(self, node: Literal) -> str:
        return "2" if node.value else "0"

    def visit_Undecided(self, node: Undecided) -> str:
        return "1"

    def visit_Amount(self, node: Amount) -> str:
        return self.constant(exact(node.value * factor(node.unit)[1]))

    def visit_Day(self, node: Day) -> str:
        return self.constant(node.value)

    def visit_Fact(self, node: Fact) -> str:
        return self.entry(node.id, truth=self.book.facts[node.id].kind.form == "truth")

    def entry(self, key: str, truth: bool = False) -> str:
        """How a machine entry is read; a truth that is absent is unknown."""
        return f"g({key!r}, 1)" if truth else f"g({key!r})"

    def visit_Parameter(self, node: Parameter) -> str:
        value, _ = self.book.parameters[node.id].on(self.on)
        return "None" if value is None else self.constant(exact(value))

    def visit_Table(self, node: Table) -> str:
        return f"lk({self.fresh(self.book.parameters[node.parameter])}, {self.run(node.arg)})"

    def visit_Defined(self, node: Defined) -> str:
        return f"t[{node.name!r}]"

    def visit_Applies(self, node: Applies) -> str:
        return f"t.get({node.rule!r}, 0)"

    def visit_Decided(self, node: Decided) -> str:
        return f"dd(d.get({node.decision!r}), {self.fresh(frozenset(node.values))})"

    def visit_In(self, node: In) -> str:
        first, name = self.held(self.entry(node.fact))
        test = (
            f"{name} == {node.codes[0]!r}" if len(node.codes) == 1 else f"{name} in {self.fresh(frozenset(node.codes))}"
        )
        return f"(1 if {first} is None else 2 if {test} else 0)"

    def visit_Under(self, node: Under) -> str:
        sets = ", ".join(self.fresh(part) if part else "()" for part in climb(self.book, node))
        return f"u({self.entry(node.fact + '^')}, {sets})"

    def visit_Compare(self, node: Compare) -> str:
        asked, left, right = self._operands(node.left, node.right)
        if asked is None:
            return "1"
        # A fraction of two whole numbers is compared by multiplying out: several times faster, and as exact.
        bound = self.names.get(right)
        if isinstance(bound, Fraction):
            left, right = f"{left} * {bound.denominator}", repr(bound.numerator)
        test = f"2 if {left} {node.op} {right} else 0"
        return f"(1 if {asked} else {test})" if asked else f"({test})"

    def visit_Arithmetic(self, node: Arithmetic) -> str:
        asked, left, right = self._operands(node.left, node.right)
        if asked is None:
            return "None"
        return f"(None if {asked} else {left} {node.op} {right})" if asked else f"({left} {node.op} {right})"

    def _operands(self, left: Node, right: Node) -> tuple[str | None, str, str]:
        """The question whether one of two numbers is not known (empty: both are, None: one never is), and their names."""
        asked, names = [], []
        for text in (self.run(left), self.run(right)):
            if text == "None":
                return None, "", ""
            if text in self.sure or text.strip("()-").isdigit():
                names.append(text)
                continue
            first, name = self.held(text)
            asked.append(f"{first} is None")
            names.append(name)
        return " or ".join(asked), names[0], names[1]

    def visit_Not(self, node: Not) -> str:
        text = self.run(node.arg)
        return str(2 - int(text)) if text in _TRUTHS else f"(2 - {text})"

    def visit_And(self, node: And) -> str:
        texts = [self.run(part) for part in node.parts]
        if "0" in texts:
            return "0"
        rest = _cheap_first(texts)
        if not rest:
            return "1" if "1" in texts else "2"
        if "1" in texts:
            return f"(1 if {' and '.join(rest)} else 0)"
        if len(rest) == 1:
            return rest[0]
        if len(rest) == 2 and all(text.isidentifier() for text in rest):
            return f"({rest[0]} if {rest[0]} < {rest[1]} else {rest[1]})"
        held = [self.held(text) for text in rest]
        known = " + ".join(name for _, name in held)
        return f"(0 if not {' or not '.join(first for first, _ in held)} else 2 if {known} == {2 * len(held)} else 1)"

    def visit_Or(self, node: Or) -> str:
        texts = [self.run(part) for part in node.parts]
        if "2" in texts:
            return "2"
        rest = _cheap_first(texts)
        if not rest:
            return "1" if "1" in texts else "0"
        if "1" in texts:
            return f"(2 if {' or '.join(f'{text} == 2' for text in rest)} else 1)"
        if len(rest) == 1:
            return rest[0]
        if len(rest) == 2 and all(text.isidentifier() for text in rest):
            return f"({rest[0]} if {rest[0]} > {rest[1]} else {rest[1]})"
        held = [self.held(text) for text in rest]
        tests = " or ".join(f"{first} == 2" for first, _ in held)
        return f"(2 if {tests} else 1 if {' or '.join(name for _, name in held)} else 0)"


def _cheap_first(texts: list[str]) -> list[str]:
    """Parts that must be asked, those that have a name already first: the order of parts decides nothing."""
    rest = [text for text in texts if text not in _TRUTHS]
    return sorted(rest, key=lambda text: not text.isidentifier())


_TRUTHS = ("0", "1", "2")
#: what an expression says that needs no fact
CERTAIN = (*_TRUTHS, "None")
