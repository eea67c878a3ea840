"""The values of a fact that a part of the rulebook can tell apart: one representative of every region.

Both truths, every category, each bound and a point on either side of it, one code of every group that the rules treat alike.
A fact that is computed with others (a sum, a line between points, two facts compared) has regions that move with them; its
representatives are then only likely ones, and `exact` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from greenrule.backends.scalar import Step
from greenrule.core.units import Quantity, UnitError, factor
from greenrule.rules.book import FactSpec, Rulebook
from greenrule.rules.nodes import Amount, Arithmetic, Compare, Day, Fact, In, Node, Parameter, Table, Under


@dataclass
class Bounds:
    """Where a fact is cut: amounts in base units, days, codes; `moving` where another fact moves the cut."""

    amounts: set[Fraction] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    moving: bool = False


class Regions:
    """Representatives for the facts that some expressions read.

    `expressions` are those of a plan; facts that follow from others hand their bounds to those they follow from.
    """

    def __init__(self, book: Rulebook, on: date, expressions: Iterable[Node]) -> None:
        self.book, self.on = book, on
        self.bounds: dict[str, Bounds] = {}
        for expression in expressions:
            for node in expression.walk():
                self._cut(node)
        self._inherit()
        self._kept: dict[str, tuple[Any, ...]] = {}

    @classmethod
    def of_steps(cls, book: Rulebook, on: date, steps: Iterable[Step]) -> Regions:
        """For the rules and definitions of a plan and all derivations."""
        bodies = [step.body for step in steps if step.body is not None]
        for spec in book.facts.values():
            for item in spec.derive:
                bodies += [part for part in (item.when,) if part is not None]
        return cls(book, on, bodies)

    def of(self, name: str) -> tuple[Any, ...]:
        """Representative values of a fact, as people write them; empty where nothing reads it so that values differ."""
        if name not in self._kept:
            self._kept[name] = self._represent(self.book.facts[name])
        return self._kept[name]

    def exact(self, name: str) -> bool:
        """Whether the representatives stand for all values, whatever the other facts are."""
        bounds = self.bounds.get(name)
        return bounds is None or not (bounds.moving or self.book.facts[name].kind.form == "set")

    # -- cuts ----------------------------------------------------------------------------------------------------------
    def _at(self, name: str) -> Bounds:
        return self.bounds.setdefault(name, Bounds())

    def _cut(self, node: Node) -> None:
        if isinstance(node, (In, Under)):
            self._at(node.fact).codes.update(node.codes, () if isinstance(node, In) else node.open_codes)
        elif isinstance(node, Compare):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                self._compare(one, other)

    def _compare(self, one: Node, other: Node) -> None:
        facts = [part.id for part in one.walk() if isinstance(part, Fact)]
        if isinstance(one, Fact):
            if isinstance(other, Day):
                self._at(one.id).days.add(other.value)
                return
            value = constant(self.book, other, self.on)
            if value is not None:
                self._at(one.id).amounts.add(value)
                return
        if isinstance(one, Table) and isinstance(one.arg, Fact) and constant(self.book, other, self.on) is not None:
            spec = self.book.parameters[one.parameter]
            bounds = self._at(one.arg.id)
            bounds.amounts.update(point.x for point in spec.table)
            bounds.moving |= spec.shape == "lines"  # the crossing lies between two points
            return
        for part in one.walk():
            if isinstance(part, Table) and isinstance(part.arg, Fact):
                self._at(part.arg.id).amounts.update(point.x for point in self.book.parameters[part.parameter].table)
        for name in facts:
            bounds = self._at(name)
            bounds.moving = True
            if isinstance(one, Arithmetic):  # a guess where the others are nought or equal; proofs do not rest on it
                value = constant(self.book, other, self.on)
                if value is not None:
                    bounds.amounts |= {value, value / max(len(facts), 1)}

    def _inherit(self) -> None:
        """`capacity.added` is `capacity` for a new project: its bounds cut both."""
        for _ in range(3):
            for spec in self.book.facts.values():
                theirs = self.bounds.get(spec.id)
                for item in spec.derive:
                    if theirs is not None and isinstance(item.value, Fact):
                        mine = self._at(item.value.id)
                        mine.amounts |= theirs.amounts
                        mine.days |= theirs.days
                        mine.codes |= theirs.codes
                        mine.moving |= theirs.moving

    # -- representatives -----------------------------------------------------------------------------------------------
    def _represent(self, spec: FactSpec) -> tuple[Any, ...]:
        bounds = self.bounds.get(spec.id, Bounds())
        match spec.kind.form:
            case "truth":
                return (True, False)
            case "category":
                return tuple(self.book.vocabularies[spec.kind.vocab or ""].labels)
            case "quantity":
                step = factor(spec.unit)[1]
                cuts = bounds.amounts or ({Fraction(0)} if bounds.moving else set())
                return tuple(Quantity(point / step, spec.unit) for point in around(cuts, step))
            case "number":
                return tuple(around(bounds.amounts or ({Fraction(0)} if bounds.moving else set()), Fraction(1)))
            case "date":
                return tuple(_days(bounds.days or ({self.on} if bounds.moving else set())))
            case "set":
                return tuple(frozenset((code,)) for code in self._codes(spec, bounds.codes))
        return ()

    def _codes(self, spec: FactSpec, named: set[str]) -> list[str]:
        """One finest code for every set of named codes that lie at or above it."""
        vocabulary = self.book.vocabularies[spec.kind.vocab or ""]
        above = set(vocabulary.parent.values())
        found: dict[frozenset[str], str] = {}
        for code in vocabulary.labels:
            if code not in above:
                found.setdefault(frozenset(vocabulary.ancestors(code)) & named, code)
        return list(found.values())


def around(amounts: Iterable[Fraction], step: Fraction) -> list[Fraction]:
    """Each bound and a point between it and its neighbours, below the first and above the last; none without bounds.

    Nothing measured is negative: there is no point below a bound of nought.  `step` is one unit.

    >>> [float(point) for point in around([Fraction(0), Fraction(10)], Fraction(1))]
    [0.0, 5.0, 10.0, 15.5]
    """
    bounds = sorted(amounts)
    points = [bounds[0] * Fraction(99, 100)] if bounds and bounds[0] > 0 else []
    for low, high in zip(bounds, [*bounds[1:], bounds[-1] * 2 + step] if bounds else [], strict=True):
        points += [low, (low + high) / 2]
    return points


def _days(days: Iterable[date]) -> list[date]:
    ordered = sorted(days)
    return sorted({*ordered, *(day + timedelta(shift) for day in ordered for shift in (-1, 1))})


def constant(book: Rulebook, node: Node, on: date) -> Fraction | None:
    """The value (base units) of an amount or a parameter; None for anything else and for what is only announced."""
    if isinstance(node, Amount):
        try:
            return node.value * factor(node.unit)[1]
        except UnitError:
            return None
    if isinstance(node, Parameter):
        value, _ = book.parameters[node.id].on(on)
        return None if value is None else Fraction(value)
    return None
