"""A small interpreter of the rulebook in plain Python: what one would write first, to compare speed and answers with.

It walks the expression of every rule, three-valued, and can say which facts decided.  It shares the node classes and the
way decisions are combined (and which rows are "otherwise" rows) with the machines, but no evaluation of expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from greenrule.backends.decide import Outcome, Speaker, decide, speakers
from greenrule.backends.scalar import without_stricter
from greenrule.core.units import factor
from greenrule.rules import nodes as n
from greenrule.rules.book import Rulebook

_COMPARE = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip
Facts = frozenset[str]
_NONE: Facts = frozenset()


class Interpreter:
    """The rulebook on a day, walked node by node for each situation.

    values : machine entries as `greenrule.backends.situation.encode` makes them; truths are 0, 1 (unknown), 2
    """

    def __init__(self, book: Rulebook, on: date, live: set[str]) -> None:
        self.book, self.on, self.live = book, on, live
        self.exceptions = {rule: tuple(o for o in book.exceptions(rule) if o in live) for rule in live}
        self.voices = {d.id: [v for v in speakers(book, d) if v.rule in live] for d in book.decisions.values()}
        self.otherwise = {rule: node for rule in live if (node := without_stricter(book.rules[rule])) is not None}
        self.values: Mapping[str, Any] = {}
        self.truths: dict[str, tuple[int, Facts]] = {}
        self.outcomes: dict[str, Outcome] = {}

    def run(self, values: Mapping[str, Any]) -> dict[str, tuple[int, Facts]]:
        """Truth of every rule in force, each with the facts that decided it."""
        self.values, self.truths, self.outcomes = values, {}, {}
        for name in self.book.order:
            if name in self.live:
                self.rule(name)
            elif name.startswith("decision:"):
                self.decide(name.removeprefix("decision:"))
        return {name: self.truths[name] for name in self.live}

    def decide(self, name: str) -> None:
        """Combine the rules that speak on a decision."""
        heard: dict[int, list[Speaker]] = {0: [], 1: [], 2: []}
        for voice in self.voices[name]:
            heard[self.rule(voice.rule)[0]].append(voice)
        # An unknown "otherwise" row whose own condition holds: it or a stricter row is sure.
        least = [voice.rule for voice in heard[1] if voice.rule in self.otherwise and not self.exceptions[voice.rule]
                 and self.node(self.otherwise[voice.rule])[0] == 2]  # fmt: skip
        self.outcomes[name] = decide(self.book.decisions[name], heard[2], heard[1], self.outcomes, least)

    def rule(self, name: str) -> tuple[int, Facts]:
        """A rule and its exceptions."""
        if name not in self.live:
            return 0, _NONE
        if name not in self.truths:
            parts = [self.node(self.book.rules[name].when)]
            for other in self.exceptions[name]:
                truth, facts = self.rule(other)
                parts.append((2 - truth, facts))
            self.truths[name] = _all(parts)
        return self.truths[name]

    def node(self, node: n.Node) -> tuple[Any, Facts]:
        """Value and deciding facts of one node."""
        match node:
            case n.And(parts=parts):
                return _all([self.node(part) for part in parts])
            case n.Or(parts=parts):
                return _any([self.node(part) for part in parts])
            case n.Not(arg=arg):
                value, facts = self.node(arg)
                return 2 - value, facts
            case n.Fact(id=name):
                default = 1 if self.book.facts[name].kind.form == "truth" else None
                return self.values.get(name, default), frozenset((name,))
            case n.Under(fact=name):
                return self.under(node), frozenset((name,))
            case n.In(fact=name, codes=codes):
                value = self.values.get(name)
                return (1 if value is None else 2 if value in codes else 0), frozenset((name,))
            case n.Defined(name=name):
                if name not in self.truths:
                    self.truths[name] = self.node(self.book.definitions[name].body)
                return self.truths[name]
            case n.Applies(rule=rule):
                return self.rule(rule)
            case n.Compare(op=op, left=left, right=right):
                (one, a), (two, b) = self.node(left), self.node(right)
                return (1 if one is None or two is None else 2 if _COMPARE[op](one, two) else 0), a | b
            case n.Amount(value=value, unit=unit):
                return value * factor(unit)[1], _NONE
            case n.Literal(value=value):
                return (2 if value else 0), _NONE
            case n.Undecided():
                return 1, _NONE
            case n.Day(value=value):
                return value, _NONE
            case n.Parameter(id=name):
                return self.book.parameters[name].on(self.on)[0], _NONE
            case n.Arithmetic(op=op, left=left, right=right):
                (one, a), (two, b) = self.node(left), self.node(right)
                if one is None or two is None:
                    return None, a | b
                return (one + two if op == "+" else one - two if op == "-" else one * two), a | b
            case n.Table(parameter=name, arg=arg):
                value, facts = self.node(arg)
                return self.table(name, value), facts
            case n.Decided(decision=name, values=values):
                return self.decided(name, frozenset(values))
        raise TypeError(f"unknown node {type(node).__name__}")

    def under(self, node: n.Under) -> int:
        """Three-valued membership below the codes of a hierarchy."""
        found = self.values.get(f"{node.fact}^")
        if found is None:
            return 1
        vocabulary = self.book.vocabularies[self.book.facts[node.fact].kind.vocab or ""]
        if any(code in found.upward for code in node.codes):
            return 2
        if any(code in found.upward for code in node.open_codes):
            return 1
        # A code coarser than one that the rule names decides nothing.
        named = [code for code in (*node.codes, *node.open_codes) if code != "*"]
        coarse = any(
            up in found.given and up not in node.codes for code in named for up in vocabulary.ancestors(code)[1:]
        )
        return 1 if coarse else 0

    def table(self, name: str, x: Fraction | None) -> Fraction | None:
        """A piecewise table."""
        spec = self.book.parameters[name]
        if x is None or x < spec.table[0].x:
            return None
        for low, high in zip(spec.table, spec.table[1:], strict=False):
            if low.x <= x < high.x:
                return low.y if spec.shape == "steps" else low.y + (high.y - low.y) * (x - low.x) / (high.x - low.x)
        return spec.table[-1].y if spec.shape == "steps" or x == spec.table[-1].x else None

    def decided(self, name: str, values: frozenset[str]) -> tuple[int, Facts]:
        """Whether a decision comes out among the values; the facts missing for it are missing here too."""
        outcome = self.outcomes.get(name)
        if outcome is None:
            return 1, _NONE
        hits = [value in values for value in outcome.candidates]
        truth = 2 if hits and all(hits) else 1 if any(hits) or None in outcome.candidates else 0
        facts = _NONE
        if truth == 1:
            for rule in outcome.open:
                facts |= frozenset(fact for fact in self.rule(rule)[1] if self.values.get(fact) is None)
        return truth, facts


def _all(parts: list[tuple[int, Facts]]) -> tuple[int, Facts]:
    value = min(truth for truth, _ in parts)
    if value == 0:
        return 0, next(facts for truth, facts in parts if truth == 0)
    return value, _NONE.union(*(facts for _, facts in parts))


def _any(parts: list[tuple[int, Facts]]) -> tuple[int, Facts]:
    value = max(truth for truth, _ in parts)
    if value == 2:
        return 2, next(facts for truth, facts in parts if truth == 2)
    kept = [facts for truth, facts in parts if truth == value] if value == 1 else [facts for _, facts in parts]
    return value, _NONE.union(*kept)


class Terse(Interpreter):
    """The same without reasons: `and`/`or` stop early, nothing but truths is kept."""

    def rule(self, name: str) -> tuple[int, Facts]:
        """A rule and its exceptions, stopping at the first that settles it."""
        if name not in self.live:
            return 0, _NONE
        if name not in self.truths:
            value = self.node(self.book.rules[name].when)[0]
            for other in self.exceptions[name]:
                if value == 0:
                    break
                value = min(value, 2 - self.rule(other)[0])
            self.truths[name] = (value, _NONE)
        return self.truths[name]

    def node(self, node: n.Node) -> tuple[Any, Facts]:
        """Value of one node."""
        match node:
            case n.And(parts=parts):
                value = 2
                for part in parts:
                    value = min(value, self.node(part)[0])
                    if value == 0:
                        break
                return value, _NONE
            case n.Or(parts=parts):
                value = 0
                for part in parts:
                    value = max(value, self.node(part)[0])
                    if value == 2:
                        break
                return value, _NONE
            case n.Fact(id=name):
                default = 1 if self.book.facts[name].kind.form == "truth" else None
                return self.values.get(name, default), _NONE
        return super().node(node)
