"""Whether the facts of one project agree: with what follows from them, and with what cannot be otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from greenrule.backends.derive import derivations_of
from greenrule.casework.saying import label
from greenrule.casework.statements import statements_of
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.book import Law


def agree(law: Law, on: date, given: Mapping[str, Any]) -> None:
    """Raise one `InputFault` with every contradiction among some facts (ASK005)."""
    faults = [
        Fault("ASK005", told, None, "核对并改正其中一处；与图层不同的，以图层为准")
        for _, told in contradictions(law, on, given)
    ]
    if faults:
        raise InputFault(faults)


def disagreement(told: str, at: Place | None) -> Fault:
    """A contradiction inside one project, as written (J032)."""
    return Fault("J032", told, at, "两处改正一处；不知道的写“未知”")


def contradictions(law: Law, on: date, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Facts that contradict what follows from others, or one another, each with that in words."""
    derivations, statements = derivations_of(law.book, on), statements_of(law, on)
    stated = {name for name, value in given.items() if value is not None}
    if not any(law.book.facts[name].derive for name in stated) and stated.isdisjoint(statements.reads):
        return []
    out = [
        (name, f"“{law.book.facts[name].zh}”为{label(law, name, value)}，而由{_named(law, sources)}推得为{label(law, name, found)}，两者矛盾")
        for name, value, sources, found in derivations.contradictions(given)
    ]  # fmt: skip
    for check in statements.broken(derivations.complete(given)[0]):
        mine = [name for name in sorted(check.reads) if name in stated]
        told = "，".join(f"“{law.book.facts[name].zh}”为{label(law, name, given[name])}" for name in mine)
        if mine:
            out.append((mine[0], f"{told}，两者矛盾：{check.statement.why}"))
    return out


def _named(law: Law, names: Iterable[str]) -> str:
    return "、".join(f"“{law.book.facts[name].zh}”" for name in names)
