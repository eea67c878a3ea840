"""Doubts that come from the law of the day: packs that did not speak yet, lists without a day, editions that meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from greenrule.backends.scalar import Program
from greenrule.casework.situation import Machine
from greenrule.packs.book import Law


def law_doubts(law: Law, machine: Machine, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a finding must tell of the law it was asked under; `given` are the facts of the project."""
    told = [*silent_packs(law, machine.program), *_silent_lists(law, machine), *_transitions(machine, given)]
    return [{"kind": "text", "rule": None, "message": message, "distance_m": None} for message in told]


def was_known(machine: Machine, recorded: date | None) -> bool:
    """Whether what was recorded on a day counts as known for this machine."""
    return _known(machine.program, recorded)


def _known(program: Program, recorded: date | None) -> bool:
    return program.known is None or recorded is None or recorded <= program.known


def silent_packs(law: Law, program: Program) -> Iterator[str]:
    """Packs none of whose rules were in force (or known) on the day: what held before them is not here."""
    validity = program.book.validity
    for pack, rules in law.rules_of.items():
        if not rules or any(rule in program.live for rule in rules):
            continue
        spoken = [rule for rule in rules if _known(program, validity[rule][2])]
        if spoken:
            first = min(validity[rule][0] for rule in spoken)
            yield f"政策包 {pack} 收录的规定最早自 {first} 起施行；所问日期（或已知日期）早于它，更早的规定不在包内，结论不全"
        else:
            yield f"政策包 {pack} 收录的规定在已知日期 {program.known} 都还不为人知；当时的规定不在包内，结论不全"


def _silent_lists(law: Law, machine: Machine) -> Iterator[str]:
    """A user's lists that do not say since when they are known: asked for a known day, they stay out."""
    undated = [
        item.title for item in law.book.lists.values()
        if any(version.own and version.recorded is None for version in item.versions)
    ]  # fmt: skip
    if undated and machine.known is not None:
        yield f"自备名录 {'、'.join(undated)} 没有写 recorded（何日知悉），按已知日期提问时不采用"


def _transitions(machine: Machine, given: Mapping[str, Any]) -> Iterator[str]:
    """Which edition governs, where the project states a day that lies before a change of law."""
    for item in machine.transitions:
        stated = given.get(item.event)
        if stated is not None and stated >= item.day:
            continue
        label = machine.book.facts[item.event].zh
        when = f"{label} {stated}，早于 {item.day}" if stated is not None else f"{label}未知，可能早于 {item.day}"
        if item.before == "old":
            told = f"按旧版；{item.missing}不在包内" if item.missing else "按旧版"
        else:
            told = (item.note if item.before == "new" else item.reason) or "按哪一版不明"
        yield f"{item.zh}：{when}；{told}"
