"""Why a rule came out as it did: every fact and parameter that was read, and those that decided.

The tracer walks the same nodes as the scalar machine's generated code, one by one; tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenrule.backends.base import Backend
from greenrule.backends.scalar import Answer, Program, among, climb, lookup, under
from greenrule.backends.situation import exact
from greenrule.core.units import factor
from greenrule.rules.nodes import (
    Amount, And, Applies, Arithmetic, Compare, Day, Decided, Defined, Fact, In, Literal, Node, Not, Or, Parameter,
    Table, Undecided, Under,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that was read: a fact, a parameter, a decision, or a reason that the text leaves open."""

    sort: str
    id: str
    value: Any = None
    cite: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The value of a node, the reads that decided it, and all reads."""

    value: Any
    reads: tuple[Read, ...] = ()
    every: tuple[Read, ...] = ()


class Tracer(Backend):
    """Explains rules of one answered situation."""

    def __init__(self, program: Program, values: Mapping[str, Any], answer: Answer) -> None:
        self.program, self.book, self.values, self.answer = program, program.book, values, answer
        self.done: dict[str, Seen] = {}

    def rule(self, name: str) -> Seen:
        """A rule with its exceptions, explained once."""
        if name in self.done:
            return self.done[name]
        if name not in self.program.live:
            self.done[name] = Seen(0)
            return self.done[name]
        parts = [self.run(self.book.rules[name].when)]
        for other in self.book.exceptions(name):
            if other in self.program.live:
                seen = self.rule(other)
                parts.append(Seen(2 - seen.value, seen.reads, seen.every))
        self.done[name] = _all(parts) if len(parts) > 1 else parts[0]
        return self.done[name]

    def visit_Literal(self, node: Literal) -> Seen:
        return Seen(2 if node.value else 0)

    def visit_Undecided(self, node: Undecided) -> Seen:
        read = (Read("text", node.reason),)
        return Seen(1, read, read)

    def visit_Amount(self, node: Amount) -> Seen:
        return Seen(exact(node.value * factor(node.unit)[1]))

    def visit_Day(self, node: Day) -> Seen:
        return Seen(node.value)

    def fact(self, name: str, key: str | None = None) -> tuple[Any, tuple[Read, ...]]:
        return self.values.get(key or name), (Read("fact", name, self.values.get(name)),)

    def visit_Fact(self, node: Fact) -> Seen:
        value, read = self.fact(node.id)
        if value is None and self.book.facts[node.id].kind.form == "truth":
            value = 1
        return Seen(value, read, read)

    def visit_Parameter(self, node: Parameter) -> Seen:
        value, cite = self.book.parameters[node.id].on(self.program.on)
        read = (Read("parameter", node.id, value, cite),)
        return Seen(None if value is None else exact(value), read, read)

    def visit_Table(self, node: Table) -> Seen:
        arg = self.run(node.arg)
        value = lookup(self.book.parameters[node.parameter], arg.value)
        read = (Read("parameter", node.parameter, value),)
        return Seen(value, arg.reads + read, arg.every + read)

    def visit_Defined(self, node: Defined) -> Seen:
        if node.name not in self.done:
            self.done[node.name] = self.run(self.book.definitions[node.name].body)
        return self.done[node.name]

    def visit_Applies(self, node: Applies) -> Seen:
        return self.rule(node.rule)

    def visit_Decided(self, node: Decided) -> Seen:
        outcome = self.answer.outcomes.get(node.decision)
        value = among(outcome, frozenset(node.values))
        reads: tuple[Read, ...] = (Read("decision", node.decision, outcome.word if outcome else None),)
        if value == 1 and outcome is not None:
            # What is missing for the decision is missing here too.
            for name in outcome.open:
                reads += tuple(read for read in self.rule(name).reads if read.value is None)
        return Seen(value, reads, reads)

    def visit_In(self, node: In) -> Seen:
        value, read = self.fact(node.fact)
        return Seen(1 if value is None else 2 if value in node.codes else 0, read, read)

    def visit_Under(self, node: Under) -> Seen:
        value, read = self.fact(node.fact, f"{node.fact}^")
        truth = under(value, *climb(self.book, node))
        if truth == 1 and value is not None and node.listed is not None:
            listed = self.book.lists[node.listed]
            read += (Read("text", f"名录“{listed.title}”未决：{listed.note or '原文未列全'}"),)
        return Seen(truth, read, read)

    def visit_Compare(self, node: Compare) -> Seen:
        left, right = self.run(node.left), self.run(node.right)
        reads, every = left.reads + right.reads, left.every + right.every
        if left.value is None or right.value is None:
            return Seen(1, reads, every)
        return Seen(2 if _COMPARE[node.op](left.value, right.value) else 0, reads, every)

    def visit_Arithmetic(self, node: Arithmetic) -> Seen:
        left, right = self.run(node.left), self.run(node.right)
        reads, every = left.reads + right.reads, left.every + right.every
        if left.value is None or right.value is None:
            return Seen(None, reads, every)
        return Seen(_ARITHMETIC[node.op](left.value, right.value), reads, every)

    def visit_Not(self, node: Not) -> Seen:
        arg = self.run(node.arg)
        return Seen(2 - arg.value, arg.reads, arg.every)

    def visit_And(self, node: And) -> Seen:
        return _all([self.run(part) for part in node.parts])

    def visit_Or(self, node: Or) -> Seen:
        parts = [self.run(part) for part in node.parts]
        every = _once(read for part in parts for read in part.every)
        value = max(part.value for part in parts)
        if value == 2:
            return Seen(2, next(part for part in parts if part.value == 2).reads, every)
        kept = [part for part in parts if part.value == value] if value == 1 else parts
        return Seen(value, _once(read for part in kept for read in part.reads), every)


def _all(parts: list[Seen]) -> Seen:
    every = _once(read for part in parts for read in part.every)
    value = min(part.value for part in parts)
    if value == 0:
        return Seen(0, next(part for part in parts if part.value == 0).reads, every)
    return Seen(value, _once(read for part in parts for read in part.reads), every)


def _once(reads: Any) -> tuple[Read, ...]:
    return tuple({(read.sort, read.id): read for read in reads}.values())


_COMPARE = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip
_ARITHMETIC = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}
