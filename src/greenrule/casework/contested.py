"""A contested fact: what comes out if one side is right, and what if the other is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greenrule.casework.project import project_from, read_fact
from greenrule.casework.report_words import ABOUT, VALUE_BY_DECISION
from greenrule.casework.saying import label, shown
from greenrule.casework.screening import Screener
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.book import Law
from greenrule.packs.values import find_fact, named_fact, near_facts
from greenrule.rules.book import FactSpec

#: Decisions whose outcome is set side by side.
_SHOWN = ("access", "eia.form", "permit.class", "approver", "quota.timing")
_TOP = ("industry", "nature")


def contested_fact(law: Law, name: str, value: Any) -> tuple[FactSpec, Any]:
    """The fact that is contested, by id or label, and the value claimed as the machine has it.

    Raises InputFault DSK001 no such fact, and J02x for a value that it cannot have.
    """
    spec, meant = named_fact(law.book, name, value)
    if spec is None:
        close = near_facts(law.book, name)
        help = f"相近的有：{'、'.join(close)}" if close else "用 `greenrule facts` 查看全部"
        raise InputFault(Fault("DSK001", f"没有名为 `{name}` 的事实", Place("fact"), help))
    faults: list[Fault] = []
    read = read_fact(law, spec, meant, Place("value"), faults, name)
    if faults:
        raise InputFault(faults)
    return spec, read


def both_outcomes(screener: Screener, project: Mapping[str, Any], name: str, values: Sequence[Any]) -> dict[str, Any]:
    """The outcomes of a project (plain data, as a finding has it) with each of the values of one fact (None: not known).

    Each side has `value`, `text`, `outcomes` (decision → value, label) and `finding`, the whole finding; None where the fact is
    read off a layer, for such a finding would not be recomputed from its project: then the layer is what would have to be mended.
    `differ` names the decisions that turn on it.  Raises InputFault as `contested_fact` and `Screener.screen`.
    """
    law = screener.law
    spec, _ = contested_fact(law, name, next((value for value in values if value is not None), "?"))
    own = screener.inquire(project_from(project, law), repair=True)
    placed = own.placed.get(spec.id)
    layered = placed is not None and placed.value is not None
    sides = []
    for value in values:
        machine_value = None if value is None else contested_fact(law, name, value)[1]
        read = project_from(_with(law, project, spec, value), law)
        inquiry = screener.inquire(read, repair=True)
        given = {**inquiry.given, spec.id: machine_value}
        found = screener.machine(read.on, screener.events(read)).answer(given).outcomes
        sides.append({
            "value": shown(machine_value),
            "text": "未知" if machine_value is None else label(law, spec.id, machine_value),
            "outcomes": {decision: _outcome(decision, found[decision].word) for decision in _SHOWN if decision in found},
            "finding": None if layered else screener.screen(read, repair=True),
        })  # fmt: skip
    differ = [
        decision for decision in sides[0]["outcomes"]
        if len({side["outcomes"][decision]["value"] for side in sides}) > 1
    ]  # fmt: skip
    return {
        "fact": spec.id, "label": spec.zh, "question": spec.question,
        "layer": placed.source if layered and placed is not None else None, "sides": sides,
        "differ": [{"decision": decision, "label": ABOUT[decision]} for decision in differ],
    }  # fmt: skip


def current_value(screener: Screener, project: Mapping[str, Any], name: str) -> Any:
    """What the finding went by: the fact's value as the layers or the project have it, None where it is not known."""
    spec = find_fact(screener.law.book, name)
    if spec is None:
        return None
    found = screener.inquire(project_from(project, screener.law), repair=True).given.get(spec.id)
    return shown(found)


def _outcome(decision: str, value: str) -> dict[str, str]:
    words = {"undetermined": "待定"} | dict(VALUE_BY_DECISION.get(decision, {}))
    return {"value": value, "label": words.get(value, value), "decision": ABOUT[decision]}


def _with(law: Law, project: Mapping[str, Any], spec: FactSpec, value: Any) -> dict[str, Any]:
    """The project with one fact said otherwise; under whatever name it was stated before."""
    out = {key: entry for key, entry in project.items() if key != spec.id}
    out["facts"] = {
        said: entry for said, entry in (project.get("facts") or {}).items()
        if (named := named_fact(law.book, str(said), entry)[0]) is None or named.id != spec.id
    }  # fmt: skip
    if spec.id not in _TOP:
        out["facts"][spec.id] = "?" if value is None else value
    elif value is not None:
        out[spec.id] = value
    return out
