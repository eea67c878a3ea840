"""When the items of a pack hold and since when they are known, drawn from their instruments, their own words and what ends them.

`greenrule.rules.clocks` reads what is put together here and gives the law of one day as it was known on another.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from greenrule.core.errors import Fault, InputFault
from greenrule.packs.instrument import Instrument
from greenrule.packs.instruments import Instruments
from greenrule.rules.book import Ending, ParameterSpec, Rulebook
from greenrule.rules.items import CodeList, ListVersion

#: Day before every instrument; used where a text gives no first day of its own.
DAWN = date(1900, 1, 1)
_DAY = timedelta(days=1)


def amended(old: Any, new: Any, faults: list[Fault]) -> Any:
    """A parameter or list of a lower pack with the later values or editions that a higher pack adds."""
    if isinstance(old, CodeList):
        if old.vocab != new.vocab:
            faults.append(
                Fault("P058", f"名录 `{old.id}` 属词表 `{old.vocab}`，补充的属 `{new.vocab}`", new.at, "改成同一词表")
            )
        versions = (*_editions(old), *_editions(new))
        latest = max(versions, key=lambda item: (item.first or DAWN, item.recorded or DAWN))
        return replace(
            old,
            codes=latest.codes,
            open_within=latest.open_within,
            cites=latest.cites,
            note=latest.note,
            versions=versions,
        )
    if old.unit != new.unit or (old.tables and new.tables and old.argument != new.argument):
        faults.append(
            Fault("P058", f"参数 `{old.id}` 的单位是 `{old.unit}`，补充的是 `{new.unit}`", new.at, "改成同一单位")
        )
    rows = sorted(
        zip((*old.values, *new.values), (*old.recorded, *new.recorded), strict=True),
        key=lambda row: (row[0][0], row[1] or DAWN),
    )
    tables = tuple(sorted((*old.tables, *new.tables), key=lambda item: (item.first or DAWN, item.recorded or DAWN)))
    written = dict.fromkeys((*(cite for _, _, cite in new.values), *(item.cite for item in new.tables)), new.at)
    return replace(
        old, values=tuple(row[0] for row in rows), recorded=tuple(row[1] for row in rows), tables=tables,
        table=tables[-1].points if tables else (), cited_at={**old.cited_at, **written},
    )  # fmt: skip


def _editions(item: CodeList) -> tuple[ListVersion, ...]:
    return item.versions or (ListVersion(None, None, item.codes, item.open_within, item.cites, item.note),)


def own_list(packs: CodeList | None, item: CodeList) -> CodeList:
    """A user's list: it goes before the packs' from the day on which it says that it was known, under the packs' title."""
    mine = tuple(replace(version, own=True) for version in _editions(item))
    if packs is None:
        return replace(item, versions=mine)
    return replace(item, title=packs.title, versions=(*_editions(packs), *mine))


def known_values(spec: ParameterSpec, instruments: Instruments, faults: list[Fault]) -> ParameterSpec:
    """A parameter whose values are known since the day they state, or since their instrument could be read."""

    def since(cite: str, stated: date | None) -> date | None:
        try:
            found = instruments.find(cite, spec.cited_at.get(cite, spec.at))[0]
        except InputFault as error:
            faults.extend(error.faults)
            return stated
        return stated or found.recorded

    return replace(
        spec,
        recorded=tuple(
            since(cite, stated) for (_, _, cite), stated in zip(spec.values, spec.recorded, strict=True)
        ),
        tables=tuple(
            replace(item, recorded=since(item.cite, item.recorded) if item.first is not None else item.recorded)
            for item in spec.tables
        ),
    )  # fmt: skip


def validity(
    book: Rulebook, instruments: Instruments, faults: list[Fault]
) -> tuple[dict[str, tuple[date, date | None, date, date]], dict[str, tuple[Ending, ...]], dict[str, date | None]]:
    """Rule → (first day, last day, day of knowledge, day of precedence), from its instruments, its own bounds and what ends it.

    Beside it the ends that later acts brought, each with its own day of knowledge, and the rule's last day without them.
    """
    out: dict[str, tuple[date, date | None, date, date]] = {}
    endings: dict[str, list[Ending]] = {}
    bounds: dict[str, date | None] = {}
    for rule in book.rules.values():
        cited = []
        for cite in rule.cites:
            try:
                cited.append(instruments.find(cite, rule.at)[0])
            except InputFault as error:
                faults.extend(error.faults)
        if cited:
            lead = cited[0]
            # An unknown first day has a bound; rules are asked from there on, with a doubt until it is certain.
            first = rule.starts or lead.in_force.first or lead.in_force.not_before or DAWN
            bounds[rule.id] = rule.ends
            out[rule.id] = (first, rule.ends, rule.recorded or lead.recorded, lead.issued or first)
            endings[rule.id] = _ends(lead, instruments)
    for rule in book.rules.values():
        for other in rule.replaces:
            if rule.id in out and other in endings:
                first, _, recorded, _ = out[rule.id]
                endings[other].append(Ending(first - _DAY, recorded, rule.id))
    for name, ends in endings.items():
        first, own, recorded, standing_since = out[name]
        last = min([end.last for end in ends if end.sure] + ([own] if own else []), default=None)
        out[name] = (first, last, recorded, standing_since)
    return out, {name: tuple(ends) for name, ends in endings.items() if ends}, bounds


def _ends(lead: Instrument, instruments: Instruments) -> list[Ending]:
    """What ends the rules of an instrument: its own last day, or what replaced it.

    What a newer act absorbed goes on under that act and ends nothing.
    """
    successor = lead.successor
    if successor is not None and successor.how == "absorbed":
        return []
    out = []
    if lead.in_force.last is not None:
        out.append(Ending(lead.in_force.last, lead.in_force.last_recorded, lead.id))
    if successor is not None:
        target = instruments.get(successor.id)
        since = target.recorded if target is not None else None
        out.append(Ending(successor.first - _DAY, since, successor.id, successor.sure, successor.reason))
    return out
