"""What would decide, and what would turn it: one fact changed at a time, each claim checked by asking again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from greenrule.backends.scalar import Answer
from greenrule.casework.regions import Regions
from greenrule.casework.situation import Machine
from greenrule.core.units import Quantity
from greenrule.rules.book import FactSpec


def alternatives(machine: Machine, spec: FactSpec) -> tuple[Any, ...]:
    """Values of a fact that rules can tell apart: both truths, every category, both sides of every threshold.

    None for sets: their many codes are for `greenrule.casework.regions`, which looks at part of the rulebook only.
    """
    kept: Regions | None = machine.__dict__.get("_regions")
    if kept is None:
        kept = machine.__dict__["_regions"] = Regions.of_steps(machine.law.book, machine.on, machine.program.steps)
    return () if spec.kind.form == "set" else kept.of(spec.id)


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
    order = {name: index for index, (name, _) in enumerate(machine.law.book.decisions[decision].values)}
    return sorted(found, key=lambda word: -order.get(word, -1))


def turns(
    machine: Machine, given: Mapping[str, Any], facts: Iterable[str], decision: str = "access"
) -> list[dict[str, Any]]:
    """Changes of a single fact after which the decision comes out otherwise, each confirmed by asking again."""
    book = machine.law.book
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
