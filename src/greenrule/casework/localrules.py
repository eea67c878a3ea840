"""What a place brings with it: for each fact that the layers establish there, the rules that may hold because of it.

A rule speaks because of a fact where it may hold as things are and could not if the fact alone did not.  Of the project nothing
is known here, so most rules only *may* hold: what they wait for is in their sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenrule.casework.report_words import EFFECT
from greenrule.casework.situation import Machine
from greenrule.core.truth import Truth
from greenrule.packs.book import Law
from greenrule.rules.items import Rule

#: What weighs on a project comes before what helps it.
_ORDER = ("prohibit", "restrict", "require", "retire", "assess", "classify", "delegate", "simplify", "prioritise", "reward", "exempt")  # fmt: skip


@dataclass(frozen=True)
class LocalRules:
    """A fact that holds at a place, and the rules that speak because of it, the heaviest first."""

    fact: str
    label: str
    rules: tuple[Rule, ...]


def local_rules(law: Law, machine: Machine, given: Mapping[str, Any]) -> list[LocalRules]:
    """The rules in force that each fact of a place brings; facts that bring none are named all the same.

    given : the facts of the place as a screening has them (true, false, or absent where no layer tells)
    """
    program = machine.program
    now = program.run(machine.complete(given)[0])
    may = [name for name in law.book.rules if program.in_force(name) and now.truth(name) is not Truth.FALSE]
    out = []
    for name, value in given.items():
        spec = law.book.facts.get(name)
        if value is not True or spec is None or spec.place is None:
            continue
        without = program.run(machine.complete({**given, name: False})[0])
        rules = [law.book.rules[rule] for rule in may if without.truth(rule) is Truth.FALSE]
        out.append(LocalRules(name, spec.zh, tuple(sorted(rules, key=lambda rule: (_weight(rule), rule.id)))))
    return out


def _weight(rule: Rule) -> int:
    return min((_ORDER.index(effect.verb) if effect.verb in _ORDER else len(_ORDER) for effect in rule.effects), default=len(_ORDER))  # fmt: skip


def describe(law: Law, machine: Machine, rule: Rule) -> dict[str, Any]:
    """A rule as a list of a place shows it: title, what it does, what it rests on."""
    return {
        "id": rule.id, "title": rule.title, "strength": rule.strength,
        "effects": [
            {"decision": effect.decision, "decision_label": law.book.decisions[effect.decision].zh,
             "effect": effect.verb, "label": EFFECT.get(effect.verb, effect.verb)}
            for effect in rule.effects
        ],
        "cites": [machine.citation(cite).to_json() for cite in rule.cites],
    }  # fmt: skip
