"""Transition clauses: which edition of an instrument governs a case that came in before its first day.

A pack declares them in `transitions.yaml`, each on one event of the case (a date fact)::

    transitions:
      catalogue-2021:
        label: 某名录由旧版到2021年版
        to: cn-catalogue-2021           # the new edition; its first day is the day of change
        from: [cn-catalogue-2018]       # editions before it that a pack holds, or
        missing: 2018年版                # what the edition before was, where no pack holds it
        event: case.accepted_on
        before: undecided               # old | new | undecided: what governs a case whose event lies before
        decisions: [eia.catalogue_form]
        reason: 所据文本未载过渡条款      # why it is undecided
        cite: cn-catalogue-2021#art8    # the clause, where one says so
        cited: first                    # rules that cite the new edition first (or `any`where) are meant

Nothing is invented: `old` and `new` need the clause that says so, and one that was read at second hand (`sure: false`)
is undecided.  What follows from them is the work of `greenrule.rules.clocks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.declarations import entries
from greenrule.packs.instruments import Instruments
from greenrule.packs.marked import Marked, take
from greenrule.rules.book import Rulebook, Transition

WAYS = ("old", "new", "undecided")


def read_transitions(path: Path, faults: list[Fault]) -> dict[str, Marked]:
    """The declarations of one `transitions.yaml`, by id; they are understood when all packs are read."""
    return entries(path, "transitions", faults)


def understand(
    declared: Mapping[str, Marked], book: Rulebook, instruments: Instruments, faults: list[Fault]
) -> tuple[Transition, ...]:
    """The declarations against the whole law; whatever is wrong is collected.

    TRN001 no such event, or one that is not a date · TRN002 no such decision, or one that takes no value ·
    TRN003 undecided without a reason, or decided without its clause · TRN004 the new edition's first day is not known ·
    P023, P024 an instrument or a clause that is not registered.
    """
    out = []
    for name, entry in declared.items():
        found = take(
            entry, {"label": "text", "to": "text", "event": "text", "before": WAYS, "decisions": "texts"},
            {"from": "texts", "cited": ("first", "any"), "missing": "text", "reason": "text", "cite": "text", "note": "text", "sure": "boolean",
             "day": "date"},
            faults=faults, what=f"衔接 {name} ",
        )  # fmt: skip
        if all(found[key] is not None for key in ("label", "to", "event", "before", "decisions")):
            item = _one(name, entry.place, found, book, instruments, faults)
            if item is not None:
                out.append(item)
    return tuple(out)


def _one(
    name: str, at: Place, found: dict[str, Any], book: Rulebook, instruments: Instruments, faults: list[Fault]
) -> Transition | None:
    before = len(faults)
    for cite in (found["to"], *(found["from"] or ()), *([found["cite"]] if found["cite"] else [])):
        try:
            instruments.find(cite, at)
        except InputFault as error:
            faults.extend(error.faults)
    event = book.facts.get(found["event"])
    if event is None or event.kind.form != "date":
        dates = [spec.id for spec in book.facts.values() if spec.kind.form == "date"]
        faults.append(
            Fault("TRN001", f"衔接 {name} 的事件 `{found['event']}` 不是日期类事实", at, f"可用：{'、'.join(dates)}")
        )
    for decision in found["decisions"]:
        spec = book.decisions.get(decision)
        if spec is None or (found["missing"] and spec.collect):
            faults.append(Fault("TRN002", f"衔接 {name} 的决定 `{decision}` 不存在，或不是取一个值的决定", at,
                                f"可用：{'、'.join(book.decisions)}"))  # fmt: skip
    ruled = found["before"]
    if ruled == "undecided" and not found["reason"]:
        faults.append(Fault("TRN003", f"衔接 {name} 未决，却没有说明理由", at, "用 `reason:` 写明文本何处未载"))
    if ruled != "undecided" and not found["cite"]:
        faults.append(
            Fault("TRN003", f"衔接 {name} 没有写出过渡条款", at, "用 `cite:` 引到条款；没有条款的写 undecided")
        )
    target = instruments.get(found["to"])
    day = found["day"] or (target.in_force.first or target.in_force.not_before if target else None)
    if target is not None and day is None:
        faults.append(Fault("TRN004", f"衔接 {name} 的新版 `{found['to']}` 没有施行日", at, "写上 `day:`"))
    if len(faults) > before or target is None or day is None:
        return None
    if found["sure"] is False:
        ruled = "undecided"
    wanted = set(found["decisions"])
    return Transition(
        name, found["label"], found["event"], day, ruled, found["to"], tuple(found["decisions"]),
        _ruled(book, {found["to"]}, wanted, found["cited"]), _ruled(book, set(found["from"] or ()), wanted, None), found["missing"],
        found["reason"], found["note"], found["cite"], target.recorded, at,
    )  # fmt: skip


def _ruled(book: Rulebook, instruments: set[str], decisions: Iterable[str], cited: str | None) -> tuple[str, ...]:
    """Rules that rest on one of the instruments (cite it first, or at all) and speak on one of the decisions."""
    return tuple(
        rule.id for rule in book.rules.values()
        if any(cite.partition("#")[0] in instruments for cite in (rule.cites if cited == "any" else rule.cites[:1]))
        and any(effect.decision in decisions for effect in rule.effects)
    )  # fmt: skip
