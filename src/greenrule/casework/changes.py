"""What would decide, and what would turn it: one fact changed at a time, each claim checked by asking again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from greenrule.backends.counterfactual import Counterfactuals
from greenrule.backends.derive import same
from greenrule.backends.situation import encode_one
from greenrule.casework.agreeing import contradictions
from greenrule.casework.regions import Regions
from greenrule.casework.saying import shown
from greenrule.casework.situation import Machine
from greenrule.core.units import Quantity
from greenrule.rules.book import FactSpec


def alternatives(machine: Machine, spec: FactSpec) -> tuple[Any, ...]:
    """Values of a fact that rules can tell apart: both truths, every category, both sides of every threshold.

    None for sets: their many codes are for `greenrule.casework.regions`, which looks at part of the rulebook only.
    """
    kept: Regions | None = machine.__dict__.get("_regions")
    if kept is None:
        kept = machine.__dict__["_regions"] = Regions.of_steps(machine.book, machine.on, machine.program.steps)
    return () if spec.kind.form == "set" else kept.of(spec.id)


def _entries(machine: Machine, spec: FactSpec) -> list[dict[str, object]]:
    """The alternatives in the form that the machine reads."""
    kept: dict[str, list[dict[str, object]]] = machine.__dict__.setdefault("_entries", {})
    if spec.id not in kept:
        kept[spec.id] = [encode_one(machine.book, spec, value) for value in alternatives(machine, spec)]
    return kept[spec.id]


def would_decide(
    machine: Machine, otherwise: Counterfactuals, spec: FactSpec, decision: str = "access"
) -> list[str]:  # fmt: skip
    """The outcomes of a decision over the values that a missing fact may take, as they then stand, strictest first."""
    found = otherwise.outcomes_of(spec.id, _entries(machine, spec), decision)
    if len(found) < 2:
        return list(found)
    order = {name: index for index, (name, _) in enumerate(machine.book.decisions[decision].values)}
    return sorted(found, key=lambda word: -order.get(word, -1))


def turns(
    machine: Machine, given: Mapping[str, Any], facts: Iterable[str], decision: str = "access"
) -> list[dict[str, Any]]:
    """Changes of a single stated fact after which the decision comes out otherwise, each confirmed by asking again.

    given : facts as stated and placed, without what follows from them; facts : those that decided.  A fact that follows from others
    changes with them; a change that contradicts what else is stated is none.  `greenrule.casework.turning` finds sets of changes.
    """
    law = machine.law
    values = machine.complete(given)[0]
    before = machine.program.run(values, decision)
    now = before.outcomes[decision].word
    out = []
    for name in dict.fromkeys(lever for fact in facts for lever in _levers(machine, given, fact)):
        spec, mine = machine.book.facts[name], given[name]
        if spec.fixed:
            continue
        found: dict[str, list[Any]] = {}
        for value in alternatives(machine, spec):
            changed = {**given, name: value}
            if same(value, mine) or contradictions(law, machine.on, changed):
                continue
            word = machine.changed(given, values, before, name, value, decision).outcomes[decision].word
            if word != now:
                found.setdefault(word, []).append(value)
        for word, fit in found.items():
            near = min(fit, key=lambda value: abs(value.base - mine.base)) if isinstance(mine, Quantity) else fit[0]
            out.append({"fact": name, "label": spec.zh, "from": shown(mine), "to": shown(near), "act": spec.act,
                        "decision": word, "verified": True})  # fmt: skip
    return out


def _levers(machine: Machine, given: Mapping[str, Any], name: str) -> Iterable[str]:
    """Stated facts by which a fact changes: itself, or those from which it follows."""
    if given.get(name) is not None:
        yield name
        return
    for item in machine.derivations.of.get(name, ()):
        for source in sorted(item.reads):
            yield from _levers(machine, given, source)


__all__ = ["alternatives", "shown", "turns", "would_decide"]
