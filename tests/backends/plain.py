"""Rules with reasons, evaluated node by node in the plainest way: what the generated explanations are held equal to."""

from __future__ import annotations

from collections.abc import Mapping
from operator import add, eq, ge, gt, le, lt, mul, ne, sub
from typing import Any

from greenrule.backends.scalar import Answer, Program
from greenrule.backends.writer import among, climb, lookup, under
from greenrule.core.units import factor
from greenrule.rules import nodes as n

_OPERATORS = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne, "+": add, "-": sub, "*": mul}
#: What decided: (sort, id, cite, value of a parameter).
Marks = tuple[tuple[str, str, str | None, Any], ...]


class Plain:
    """Truth and reasons of every rule for one situation; `answer` gives only the outcomes of decisions."""

    def __init__(self, program: Program, values: Mapping[str, Any], answer: Answer) -> None:
        self.program, self.book, self.values, self.answer = program, program.book, values, answer

    def rule(self, name: str) -> tuple[int, Marks]:
        """A rule with its exceptions, reasons each once and in reading order."""
        value, marks = self.pair(name)
        return value, tuple(dict.fromkeys(marks))

    def pair(self, name: str) -> tuple[Any, Marks]:
        if name not in self.program.live:
            return 0, ()
        parts = [self.node(self.book.rules[name].when)]
        for other in self.program.exceptions.get(name, ()):
            truth, marks = self.pair(other)
            parts.append((2 - truth, marks))
        return _all(parts)

    def node(self, node: n.Node) -> tuple[Any, Marks]:
        match node:
            case n.Literal(value=value):
                return (2 if value else 0), ()
            case n.Undecided(reason=reason):
                return 1, (("text", reason, None, None),)
            case n.Amount(value=value, unit=unit):
                return value * factor(unit)[1], ()
            case n.Day(value=value):
                return value, ()
            case n.Fact(id=name):
                default = 1 if self.book.facts[name].kind.form == "truth" else None
                return self.values.get(name, default), (("fact", name, None, None),)
            case n.Parameter(id=name):
                value, cite = self.book.parameters[name].on(self.program.on)
                return value, (("parameter", name, cite, value),)
            case n.Table(parameter=name, arg=arg):
                asked, marks = self.node(arg)
                spec = self.book.parameters[name]
                value = lookup(spec, asked)
                return value, (*marks, ("parameter", name, spec.cite, value))
            case n.Defined(name=name):
                return self.node(self.book.definitions[name].body)
            case n.Applies(rule=name):
                return self.pair(name)
            case n.Decided(decision=name, values=values):
                return self.decided(name, frozenset(values))
            case n.In(fact=name, codes=codes):
                value = self.values.get(name)
                return (1 if value is None else 2 if value in codes else 0), (("fact", name, None, None),)
            case n.Under(fact=name, listed=listed):
                truth = under(self.values.get(f"{name}^"), *climb(self.book, node))
                marks: Marks = (("fact", name, None, None),)
                if listed is not None and truth == 1:
                    spec = self.book.lists[listed]
                    marks += (("text", f"名录“{spec.title}”未决：{spec.note or '原文未列全'}", None, None),)
                return truth, marks
            case n.Compare(op=op, left=left, right=right) | n.Arithmetic(op=op, left=left, right=right):
                (one, first), (two, second) = self.node(left), self.node(right)
                unknown = one is None or two is None
                if isinstance(node, n.Compare):
                    return (1 if unknown else 2 if _OPERATORS[op](one, two) else 0), first + second
                return (None if unknown else _OPERATORS[op](one, two)), first + second
            case n.Not(arg=arg):
                truth, marks = self.node(arg)
                return 2 - truth, marks
            case n.And(parts=parts):
                return _all([self.node(part) for part in parts])
            case n.Or(parts=parts):
                value, marks = _all([(2 - truth, marks) for truth, marks in map(self.node, parts)], lone=True)
                return 2 - value, marks
        raise TypeError(type(node).__name__)

    def decided(self, decision: str, values: frozenset[str]) -> tuple[int, Marks]:
        outcome = self.answer.outcomes.get(decision)
        truth = among(outcome, values)
        marks: Marks = (("decision", decision, None, None),)
        if truth == 1 and outcome is not None:
            for rule in outcome.open:
                for mark in self.pair(rule)[1]:
                    if mark[0] == "text" or (mark[0] == "fact" and self.values.get(mark[1]) is None):
                        marks += (mark,)
        return truth, marks


def _all(parts: list[tuple[Any, Marks]], lone: bool = False) -> tuple[int, Marks]:
    """A conjunction: its first false part, or all parts (`lone`: of several that leave it open, only the open ones)."""
    low = min(truth for truth, _ in parts)
    if low == 0:
        return 0, next(marks for truth, marks in parts if truth == 0)
    return low, tuple(mark for truth, marks in parts if not lone or truth == low for mark in marks)
