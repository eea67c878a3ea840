"""Whether the facts of one project agree: with what follows from them, and with what cannot be otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from greenrule.backends.derive import Derivations, derivations_of
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


@dataclass(frozen=True, slots=True)
class Overruled:
    """A written fact that gives way to what layers tell: what was written, and what follows instead (None: nothing does)."""

    fact: str
    written: Any
    follows: Any


def overruled(law: Law, on: date, given: Mapping[str, Any], placed: Collection[str]) -> list[Overruled]:
    """Written facts that cannot stand beside what layers tell of the place; a layer's word goes first.

    given : facts as they are after the layers have spoken; placed : those of them that a layer told.
    What is written agrees with itself (`agree`), so whatever does not agree now, a layer has made so.
    """
    derivations, statements = derivations_of(law.book, on), statements_of(law, on)
    kept = {name: value for name, value in given.items() if value is not None}
    out: list[Overruled] = []
    while True:
        gone: dict[str, Any] = {}
        for name, _, sources, found in derivations.contradictions(kept):
            if name not in placed:
                gone[name] = found
            else:
                gone |= dict.fromkeys(_yielding(law, sources, kept, placed))
        if not gone and not statements.reads.isdisjoint(placed):
            for check in statements.broken(derivations.complete(kept)[0]):
                if not check.reads.isdisjoint(placed):
                    gone |= dict.fromkeys(_yielding(law, check.reads, kept, placed))
        if not gone:
            return out
        out += [Overruled(name, kept.pop(name), found) for name, found in gone.items()]


def overrulers(law: Law, on: date, written: Iterable[str], told: Collection[str]) -> dict[str, set[str]]:
    """Written facts that layers could overrule somewhere, each with the place facts (of those told by layers) that could."""
    derivations, statements = derivations_of(law.book, on), statements_of(law, on)
    out: dict[str, set[str]] = {}
    for name in written:
        if name in told:
            continue
        reads = {read for item in derivations.of.get(name, ()) if not item.default for read in item.reads}
        found = _behind(derivations, reads) & set(told)
        if law.book.facts[name].kind.form == "truth":
            found |= {
                place for place in told
                if any(name in item.reads for item in derivations.of.get(place, ()) if not item.default)
            }  # fmt: skip
            for check in statements.about([name]):
                found |= check.reads & set(told)
        if found:
            out[name] = found
    return out


def bearing_on(law: Law, on: date, names: Iterable[str]) -> set[str]:
    """Some facts with all that can decide whether they agree: what they follow from, and what is stated beside them."""
    derivations, statements = derivations_of(law.book, on), statements_of(law, on)
    out = _behind(derivations, names)
    return _behind(derivations, out.union(*(check.reads for check in statements.about(out))))


def _behind(derivations: Derivations, names: Iterable[str]) -> set[str]:
    """Some facts and all from which they may follow."""
    out: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in out:
            out.add(name)
            waiting += [read for item in derivations.of.get(name, ()) for read in item.reads]
    return out


def _yielding(law: Law, names: Iterable[str], kept: Mapping[str, Any], placed: Collection[str]) -> list[str]:
    """Those of some facts that were written and say yes or no; an industry or an amount is not a guess about the place."""
    return [
        name for name in sorted(names)
        if name in kept and name not in placed and law.book.facts[name].kind.form == "truth"
    ]  # fmt: skip


def _named(law: Law, names: Iterable[str]) -> str:
    return "、".join(f"“{law.book.facts[name].zh}”" for name in names)
