"""Doubts that come from the law of the day: packs that did not speak yet, lists without a day, editions that meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from greenrule.backends.scalar import Program
from greenrule.packs.book import Law
from greenrule.rules.book import Rulebook, Transition


def law_doubts(law: Law, program: Program, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a finding must tell of the law it was asked under; `given` are the facts of the project."""
    told = [*law_remarks(law, program), *transition_remarks(program, given)]
    return [{"kind": "text", "rule": None, "message": message, "distance_m": None} for message in told]


def law_remarks(law: Law, program: Program) -> list[str]:
    """What is to be told of the law of a day, whatever the project."""
    return [*_silent_packs(law, program), *_silent_lists(law, program)]


def was_known(program: Program, recorded: date | None) -> bool:
    """Whether what was recorded on a day counts as known for this program."""
    return program.known is None or recorded is None or recorded <= program.known


def _silent_packs(law: Law, program: Program) -> Iterator[str]:
    """Packs none of whose rules were in force (or known) on the day: what held before them is not here."""
    validity = program.book.validity
    for pack, rules in law.rules_of.items():
        if not rules or any(rule in program.live for rule in rules):
            continue
        spoken = [rule for rule in rules if was_known(program, validity[rule][2])]
        if spoken:
            first = min(validity[rule][0] for rule in spoken)
            yield f"政策包 {pack} 收录的规定最早自 {first} 起施行；所问日期（或已知日期）早于它，更早的规定不在包内，结论不全"
        else:
            yield f"政策包 {pack} 收录的规定在已知日期 {program.known} 都还不为人知；当时的规定不在包内，结论不全"


def _silent_lists(law: Law, program: Program) -> Iterator[str]:
    """A user's lists that do not say since when they are known: asked for a known day, they stay out."""
    undated = [
        item.title for item in law.book.lists.values()
        if any(version.own and version.recorded is None for version in item.versions)
    ]  # fmt: skip
    if undated and program.known is not None:
        yield f"自备名录 {'、'.join(undated)} 没有写 recorded（何日知悉），按已知日期提问时不采用"


def transition_remarks(program: Program, given: Mapping[str, Any]) -> list[str]:
    """Which edition governs, where the project states a day that lies before a change of law (or may do so)."""
    out = []
    for item in program.binding:
        stated = given.get(item.event)
        if stated is None or stated < item.day:
            out.append(transition_words(program.book, item, stated))
    return out


def transition_words(book: Rulebook, item: Transition, stated: date | None) -> str:
    """One transition clause and what it does to a case of that day (None: the day is not known)."""
    label = book.facts[item.event].zh
    when = f"{label} {stated}，早于 {item.day}" if stated is not None else f"{label}未知，可能早于 {item.day}"
    if item.before == "old":
        told = f"按旧版；{item.missing}不在包内" if item.missing else "按旧版"
    else:
        told = (item.note if item.before == "new" else item.reason) or "按哪一版不明"
    return f"{item.zh}：{when}；{told}"
