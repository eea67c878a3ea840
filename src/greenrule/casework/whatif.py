"""`plan`: what a draft of law would do to the stored projects and to the atlas, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.backends.scalar import Program
from greenrule.casework.atlas import Atlas, atlas
from greenrule.casework.lawdiff import LawItem, differences, frozen
from greenrule.casework.planning import Change, Effects, Key, Piece, Possible, Turn
from greenrule.casework.roster import Kept, Roster, roster, with_law
from greenrule.casework.screening import Screener
from greenrule.core.clock import china_today
from greenrule.packs.book import Law
from greenrule.packs.drafts import horizon, pack_id

#: How many projects or classes a group names at once in the summary; JSON and XLSX name all projects.
_NAMED = 8

Say = Callable[[str, int, int], None]


@dataclass
class Plan:
    """A draft, the law it changes, and what the change does."""

    base: Law
    draft: Law
    folders: tuple[Path, ...]
    on: date
    changes: dict[frozenset[str], Change]
    rewrites: list[LawItem]
    later: list[tuple[str, date]]
    projects: Roster
    #: what the change does to each group of projects, with the rows of the group in the roster
    effects: list[tuple[Any, Effects]]
    map: Atlas | None = None
    map_effects: Effects | None = None

    @property
    def change(self) -> Change:
        """The change for cases that state no day."""
        return self.changes[frozenset()]

    def item(self, key: Key) -> LawItem:
        """An item of the change by its key."""
        return next(item for change in self.changes.values() for item in change.items if item.key == key)


def default_day(base: Law, draft: Law, today: date) -> date:
    """The day to compare on: today, or the first day on which all that the draft adds is in force."""
    added = [
        first for name, (first, last, *_) in draft.book.validity.items()
        if (last is None or last >= today) and base.book.validity.get(name) != draft.book.validity[name]
    ]  # fmt: skip
    values = [
        start for name, spec in draft.book.parameters.items() for start, *_ in spec.values
        if name not in base.book.parameters or (start not in {first for first, *_ in base.book.parameters[name].values})
    ]  # fmt: skip
    return max([today, *added, *values])


def plan(
    screener: Screener,
    draft: Law,
    files: Iterable[Path] = (),
    *,
    on: date | None = None,
    folders: Sequence[Path] = (),
    natures: Sequence[str] = ("new",),
    with_atlas: bool = True,
    bare: bool = False,
    assumed: Mapping[str, Any] | None = None,
    today: date | None = None,
    say: Say | None = None,
    kept: Kept | None = None,
) -> Plan:
    """Compare the law of the screener with a draft over its stored projects, files of projects, and the atlas.

    The cells of the atlas declare "nothing of it" where that may be declared, unless they are `bare`; the facts `assumed`
    hold in all of them.  kept : as `roster` says.

    Errors: `InputFault` with all faults of the files.
    """
    base = screener.law
    day = on or default_day(base, draft, today or china_today())
    told: Say = say or (lambda what, done, whole: None)
    stored = roster(screener, files, day, lambda done, whole: told("读取项目", done, whole), kept)
    other = (
        roster(with_law(screener, draft), files, day, lambda done, whole: told("按草案重读场址", done, whole), kept)
        if _reads_otherwise(base, draft, day)
        else None
    )
    changes: dict[frozenset[str], Change] = {frozenset(): Change(base, draft, day, screener.known)}
    effects = []
    done = 0
    for events, rows in stored.groups():
        change = (
            changes.setdefault(events, Change(base, draft, day, screener.known, events)) if events else changes[events]
        )
        columns = stored.columns.taken(rows)
        after = other.columns.taken(rows) if other is not None and other.ids == stored.ids else None

        def count(size: int) -> None:
            nonlocal done
            done += size
            told("比较项目", done, len(stored))

        effects.append((rows, change.effects(columns, after, count)))
    out = Plan(
        base,
        draft,
        tuple(folders),
        day,
        changes,
        _rewrites(base, draft, day),
        _later(base, draft, day),
        stored,
        effects,
    )
    if with_atlas:
        free = () if bare else tuple(name for name, (_, none_of) in draft.groups.items() if none_of)
        out.map = atlas(draft.book, natures, free, assumed)
        asked = 0

        def cells(size: int) -> None:
            nonlocal asked
            asked += size
            told("比较图谱", asked, out.map.columns.size if out.map else 0)

        out.map_effects = out.change.effects(out.map.columns, None, cells)
    return out


def _reads_otherwise(base: Law, draft: Law, on: date) -> bool:
    """Whether projects and places mean other facts under the draft: vocabulary of facts, places, groups, distances."""
    facts = {
        name: (base.book.facts[name].kind, base.book.facts[name].place, base.book.facts[name].group) for name in base.book.facts
    }  # fmt: skip
    others = {name: (spec.kind, spec.place, spec.group) for name, spec in draft.book.facts.items()}
    distances = {
        str(spec.place["distance"]) for spec in draft.book.facts.values() if spec.place and "distance" in spec.place
    }
    moved = any(
        name not in base.book.parameters
        or base.book.parameters[name].on(on)[0] != draft.book.parameters[name].on(on)[0]
        for name in distances
    )
    changed = any(name in others and others[name] != found for name, found in facts.items())
    added = any(name not in facts and found[1] is not None for name, found in others.items())
    return moved or changed or added or base.groups != draft.groups


def _rewrites(base: Law, draft: Law, on: date) -> list[LawItem]:
    """What the draft changes of the law as it was known at the horizon of the packs: answers of the past would change."""
    known = horizon(base.folders)
    if known is None:
        return []
    pair = [frozen(Program(law.book, min(on, known), known)) for law in (base, draft)]
    return [item for item in differences(*pair) if not item.wording]


def _later(base: Law, draft: Law, on: date) -> list[tuple[str, date]]:
    """Rules of the draft that are not yet in force on the day."""
    return sorted(
        (name, first) for name, (first, *_) in draft.book.validity.items() if first > on and name not in base.book.rules
    )


# -- as plain data -------------------------------------------------------------------------------------------
def plan_json(plan: Plan) -> dict[str, Any]:
    """The whole plan as plain data."""
    return {
        "on": plan.on.isoformat(),
        "known": plan.change.known.isoformat() if plan.change.known else None,
        "packs": {"base": dict(plan.base.versions), "draft": dict(plan.draft.versions)},
        "drafts": [
            {"folder": str(path), "id": pack_id(path), "replaces": pack_id(path) in plan.base.versions}
            for path in plan.folders
        ],
        "law": [_item(plan, item) for item in plan.change.items],
        "rewrites": [_item(plan, item) for item in plan.rewrites],
        "later": [{"rule": name, "from": first.isoformat()} for name, first in plan.later],
        "projects": _projects(plan),
        "atlas": _atlas(plan),
    }


def _item(plan: Plan, item: LawItem) -> dict[str, Any]:
    return {**item.to_json(), "clauses": clauses(plan, item)}


def clauses(plan: Plan, item: LawItem) -> list[str]:
    """The clauses that an item rests on, as people say them."""
    out = []
    for law in (plan.draft, plan.base):
        for cite in item.cites:
            if cite.partition("#")[0] in law.instruments:
                text = law.instruments.resolve(cite, plan.on).text
                if text not in out:
                    out.append(text)
    return out


def labelled(plan: Plan, decision: str, possible: Possible) -> list[str]:
    """Outcomes in words, mildest first."""
    spec = plan.draft.book.decisions.get(decision) or plan.base.book.decisions[decision]
    words = dict(spec.values)
    order = list(words)
    return [
        str(words.get(value or "", "无" if value is None else value))
        for value in sorted(
            possible, key=lambda value: -1 if value is None else order.index(value) if value in order else 99
        )
    ]


def title(plan: Plan, decision: str) -> str:
    """A decision's Chinese name."""
    spec = plan.draft.book.decisions.get(decision) or plan.base.book.decisions[decision]
    return spec.zh


def _causes(plan: Plan, causes: Sequence[Key]) -> list[dict[str, Any]]:
    out = []
    for key in causes:
        item = plan.item(key)
        out.append(
            {"kind": item.kind, "id": item.id, "change": item.change, "label": item.zh, "clauses": clauses(plan, item)}
        )
    return out


def _turn(plan: Plan, turn: Turn) -> dict[str, Any]:
    return {
        "decision": turn.decision, "label": title(plan, turn.decision),
        "before": labelled(plan, turn.decision, turn.before), "after": labelled(plan, turn.decision, turn.after),
        "count": len(turn.rows), "causes": _causes(plan, turn.causes), "exact": turn.exact,
    }  # fmt: skip


def piece_title(plan: Plan, piece: Piece) -> str:
    """What a collecting decision gains or loses, in words: the value's name, or the title of the rule."""
    spec = plan.draft.book.decisions.get(piece.decision) or plan.base.book.decisions[piece.decision]
    if piece.value in dict(spec.values):
        return dict(spec.values)[piece.value]
    for law in (plan.draft, plan.base):
        if piece.value in law.book.rules:
            return law.book.rules[piece.value].title
    return piece.value


def _projects(plan: Plan) -> dict[str, Any]:
    stored = plan.projects
    turns, pieces = [], []
    for rows, effects in plan.effects:
        for turn in effects.turns:
            names = [{"id": stored.ids[row], "title": stored.titles[row]} for row in rows[turn.rows]]
            turns.append({**_turn(plan, turn), "projects": names})
        for piece in effects.pieces:
            names = [{"id": stored.ids[row], "title": stored.titles[row]} for row in rows[piece.rows]]
            pieces.append({
                "decision": piece.decision, "label": title(plan, piece.decision), "value": piece.value,
                "title": piece_title(plan, piece), "change": "gained" if piece.gained else "lost", "count": len(piece.rows),
                "causes": _causes(plan, piece.causes), "projects": names,
            })  # fmt: skip
    return {
        "count": len(stored), "flipped": sum(effects.flipped for _, effects in plan.effects),
        "aside": [{"id": name, "reason": reason} for name, reason in stored.aside],
        "turns": turns, "pieces": pieces, "by_cause": _by_cause(plan, [effects for _, effects in plan.effects]),
    }  # fmt: skip


def _by_cause(plan: Plan, effects: Iterable[Effects]) -> list[dict[str, Any]]:
    count: dict[Key, int] = {}
    for one in effects:
        for cause, number in one.by_cause().items():
            count[cause] = count.get(cause, 0) + number
    ordered = sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{**_causes(plan, (cause,))[0], "count": number} for cause, number in ordered]


def _atlas(plan: Plan) -> dict[str, Any] | None:
    if plan.map is None or plan.map_effects is None:
        return None
    return {
        "plain": plan.map.plain,
        "classes": len(plan.map.classes), "units": [zh for _, zh in plan.map.units], "places": [zh for _, zh in plan.map.places],
        "natures": list(plan.map.natures), "cells": plan.map_effects.size, "flipped": plan.map_effects.flipped,
        "turns": [{**_turn(plan, turn), **spread(plan, turn)} for turn in plan.map_effects.turns],
        "by_cause": _by_cause(plan, [plan.map_effects]),
    }  # fmt: skip


def spread(plan: Plan, turn: Turn) -> dict[str, Any]:
    """Over which classes, units and places of the atlas a turn is spread."""
    import numpy as np

    assert plan.map is not None
    axes = plan.map.axes(turn.rows)
    labels = plan.draft.book.vocabularies[plan.draft.book.facts["industry"].kind.vocab or ""].labels
    codes = [plan.map.classes[number] for number in np.unique(axes["class"])]
    return {
        "classes": [{"code": code, "name": labels[code]} for code in codes],
        "units": [plan.map.units[number][1] for number in np.unique(axes["unit"])],
        "places": [plan.map.places[number][1] for number in np.unique(axes["place"])],
        "natures": [plan.map.natures[number] for number in np.unique(axes["nature"])],
    }


def named(items: Sequence[Mapping[str, Any]], key: str) -> str:
    """The first few of some things by name, and how many more there are."""
    shown = "、".join(str(item[key]) for item in items[:_NAMED])
    return shown + (f" 等 {len(items)} 个" if len(items) > _NAMED else "")
