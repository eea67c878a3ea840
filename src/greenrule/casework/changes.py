"""What would decide, and what would turn it: one fact changed at a time, each claim checked by asking again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from greenrule.backends.scalar import Answer
from greenrule.casework.situation import Machine
from greenrule.core.units import Quantity, UnitError, factor
from greenrule.rules.book import FactSpec, Rulebook
from greenrule.rules.nodes import Amount, Compare, Fact, Node, Parameter


def alternatives(machine: Machine, spec: FactSpec) -> list[Any]:
    """Values of a fact that rules can tell apart: both truths, every category, both sides of every threshold."""
    kept: dict[str, list[Any]] = machine.__dict__.setdefault("_alternatives", {})
    if spec.id not in kept:
        kept[spec.id] = _alternatives(machine, spec)
    return kept[spec.id]


def _alternatives(machine: Machine, spec: FactSpec) -> list[Any]:
    if spec.kind.form == "truth":
        return [True, False]
    if spec.kind.form == "category":
        return list(machine.book.vocabularies[spec.kind.vocab or ""].labels)
    if spec.kind.form == "quantity":
        bounds = sorted(thresholds(machine, spec))
        if not bounds:
            return []
        step = factor(spec.unit)[1]
        points = [bounds[0] * Fraction(99, 100) if bounds[0] > 0 else bounds[0] - step]
        for low, high in zip(bounds, [*bounds[1:], bounds[-1] * 2 + step], strict=True):
            points += [low, (low + high) / 2]
        return [Quantity(_short(point / step), spec.unit) for point in points]
    return []


def _short(value: Fraction) -> Fraction:
    return Fraction(str(round(float(value), 6)))


def thresholds(machine: Machine, spec: FactSpec) -> set[Fraction]:
    """Bounds (base units) with which rules compare a fact."""
    cache: dict[str, set[Fraction]] = machine.__dict__.setdefault("_thresholds", {})
    if not cache:
        book = machine.book
        for rule in machine.program.live:
            for node in book.rules[rule].when.walk():
                if isinstance(node, Compare):
                    _bound(book, node, machine, cache)
        for definition in book.definitions.values():
            for node in definition.body.walk():
                if isinstance(node, Compare):
                    _bound(book, node, machine, cache)
    return cache.get(spec.id, set())


def _bound(book: Rulebook, node: Compare, machine: Machine, cache: dict[str, set[Fraction]]) -> None:
    for one, other in ((node.left, node.right), (node.right, node.left)):
        value = _constant(book, other, machine)
        if isinstance(one, Fact) and value is not None:
            cache.setdefault(one.id, set()).add(value)


def _constant(book: Rulebook, node: Node, machine: Machine) -> Fraction | None:
    if isinstance(node, Amount):
        try:
            return node.value * factor(node.unit)[1]
        except UnitError:
            return None
    if isinstance(node, Parameter):
        value, _ = book.parameters[node.id].on(machine.on)
        return None if value is None else Fraction(value)
    return None


def would_decide(
    machine: Machine,
    given: Mapping[str, Any],
    values: Mapping[str, Any],
    before: Answer,
    spec: FactSpec,
    decision: str = "access",
) -> list[str]:
    """The outcomes of a decision over the values that a missing fact may take, as they then stand.

    given : facts as given; values : their machine entries (`Machine.complete`); before : the answer to them.
    """
    found: dict[str, None] = {}
    for value in alternatives(machine, spec):
        found[machine.changed(given, values, before, spec.id, value, decision).outcomes[decision].word] = None
    order = {name: index for index, (name, _) in enumerate(machine.book.decisions[decision].values)}
    return sorted(found, key=lambda word: -order.get(word, -1))


def turns(
    machine: Machine, given: Mapping[str, Any], facts: Iterable[str], decision: str = "access"
) -> list[dict[str, Any]]:
    """Changes of a single fact after which the decision comes out otherwise, each confirmed by asking again."""
    book = machine.book
    now = machine.answer(given, decision).outcomes[decision].word
    out = []
    for name in facts:
        spec = book.facts[name]
        if spec.fixed or given.get(name) is None:
            continue
        best: dict[str, tuple[Any, Any]] = {}
        for value in alternatives(machine, spec):
            if value == given[name]:
                continue
            word = machine.answer({**given, name: value}, decision).outcomes[decision].word
            if word == now:
                continue
            distance = abs(value.base - given[name].base) if isinstance(value, Quantity) else 0
            if word not in best or distance < best[word][0]:
                best[word] = (distance, value)
        for word, (_, value) in best.items():
            out.append({"fact": name, "label": spec.zh, "from": shown(given[name]), "to": shown(value),
                        "decision": word, "verified": True})  # fmt: skip
    return out


def shown(value: Any) -> Any:
    """A fact's value as the finding writes it."""
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Fraction):
        return float(value) if value.denominator != 1 else value.numerator
    return value if isinstance(value, (bool, int, str)) or value is None else str(value)
