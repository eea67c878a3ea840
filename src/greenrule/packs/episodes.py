"""Heavy-pollution episodes as the packs hold them: editions of the warning rule, causes, key regions by date, standing doubts.

Read strictly from `episodes/*.yaml` of every pack; what is not certain carries its reason, which goes with every result.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.instruments import Instruments
from greenrule.packs.marked import Kind, Marked, load_marked, take
from greenrule.packs.regions import Membership, Region, read_region, same_place
from greenrule.response.episode_rules import HOURS, LEVELS, Cause, Condition, Edition, Waiting, edition_on
from greenrule.response.reduction_list import Grade, ListRules


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about the rules that nobody has settled, from a day on."""

    first: date
    last: date | None
    cite: str
    note: str


@dataclass(frozen=True)
class EpisodeLaw:
    """Everything about warnings that the packs say."""

    editions: tuple[Edition, ...]
    causes: Mapping[str, tuple[Cause, ...]]
    regions: tuple[Region, ...]
    doubts: tuple[Doubt, ...]
    cause_cite: str | None = None
    cause_note: str | None = None
    list_rules: ListRules | None = None

    def edition(self, day: date) -> Edition | None:
        """The edition of a day."""
        return edition_on(self.editions, day)

    def key_region(self, place: str, day: date) -> tuple[Region, Membership] | None:
        """The key region that a city lies in on a day; None where it lies in none that is written here."""
        for region in self.regions:
            found = region.on(day)
            if found is not None and same_place(place, found.places):
                return region, found
        return None

    def known_outside(self, day: date) -> bool:
        """Whether the memberships of a day are written in full, so that a city that is absent lies outside."""
        found = [region.on(day) for region in self.regions]
        return all(item is not None and not item.open for item in found)

    def causes_of(self, edition: str) -> dict[str, Cause]:
        """The causes that an edition tells apart."""
        return {cause.id: cause for cause in self.causes.get(edition, ())}


def load_episodes(packs: Sequence[Path], instruments: Instruments) -> EpisodeLaw:
    """Read `episodes/*.yaml` of all packs; raises InputFault with all faults.

    Besides those of packs.marked and the citations' own: H001 a level or condition that is not written as it should be ·
    H002 editions that overlap or an edition twice · H003, H055 unsure without a reason · H004 a name with two meanings.
    """
    faults: list[Fault] = []
    editions: dict[str, Edition] = {}
    causes: dict[str, tuple[Cause, ...]] = {}
    regions: dict[str, Region] = {}
    doubts: list[Doubt] = []
    cause_cite = cause_note = None
    list_rules: ListRules | None = None
    for pack in packs:
        for path in sorted((pack / "episodes").glob("*.yaml")):
            try:
                top = load_marked(path)
            except InputFault as error:
                faults.extend(error.faults)
                continue
            row = take(
                top, {},
                {"editions": "mapping", "causes": "mapping", "cause_cite": "text", "cause_note": "text", "regions": "mapping",
                 "doubts": "sequence", "list_rules": "any"},
                faults=faults, what="预警规则",
            )  # fmt: skip
            own = {id: _cause(id, item, faults) for id, item in (row["causes"] or {}).items()}
            for id, item in (row["editions"] or {}).items():
                edition, told = _edition(id, item, own, faults)
                if edition is None:
                    continue
                if id in editions:
                    faults.append(item.fault("H002", f"版次 `{id}` 重复", "删去一处"))
                editions[id], causes[id] = edition, told
                _cites(instruments, (edition.cite, edition.lift.cite, edition.lead.cite), item.place, faults)
            for id, item in (row["regions"] or {}).items():
                region = read_region(id, item, faults)
                regions[id] = region
                _cites(instruments, [m.cite for m in region.members], item.place, faults)
            for item in row["doubts"] or []:
                part = take(
                    item,
                    {"from": "date", "cite": "text", "note": "text"},
                    {"to": "date"},
                    faults=faults,
                    what="doubts ",
                )
                if part["from"] and part["cite"] and part["note"]:
                    doubts.append(Doubt(part["from"], part["to"], part["cite"], part["note"]))
                    _cites(instruments, [part["cite"]], item.place, faults)
            if row["list_rules"] is not None:
                list_rules = _list_rules(row["list_rules"], faults)
                _cites(instruments, [list_rules.cite] if list_rules.cite else [], top.place, faults)
            if row["cause_cite"]:
                cause_cite, cause_note = row["cause_cite"], row["cause_note"]
                _cites(instruments, [cause_cite], top.place, faults)
    ordered = sorted(editions.values(), key=lambda item: item.first)
    for one, other in itertools.pairwise(ordered):
        if one.last is None or one.last >= other.first:
            faults.append(Fault("H002", f"版次 `{one.id}` 与 `{other.id}` 的日子重叠", None, "给前一版写上 `to:`"))
    if faults:
        raise InputFault(faults)
    return EpisodeLaw(
        tuple(ordered), causes, tuple(regions.values()), tuple(doubts), cause_cite, cause_note, list_rules
    )


def _cites(instruments: Instruments, cites: Iterable[str], place: Place, faults: list[Fault]) -> None:
    for cite in cites:
        try:
            instruments.find(cite, place)
        except InputFault as error:
            faults.extend(error.faults)


def _edition(
    id: str, item: Marked, causes: Mapping[str, Cause], faults: list[Fault]
) -> tuple[Edition | None, tuple[Cause, ...]]:
    before = len(faults)
    row = take(
        item, {"label": "text", "from": "date", "cite": "text", "levels": "mapping", "lift": "any", "lead": "any"},
        {"to": "date", "sure": "boolean", "note": "text", "outside": "any", "reading": "text", "causes": "texts"},
        faults=faults, what=f"版次 {id} ",
    )  # fmt: skip
    levels: dict[str, tuple[tuple[Condition, ...], ...]] = {}
    for name, part in (row["levels"] or {}).items():
        if name not in LEVELS:
            faults.append(part.fault("H001", f"没有预警级别 `{name}`", f"可用：{'、'.join(LEVELS)}"))
            continue
        levels[name] = _conditions(part, faults)
    if row["levels"] and set(levels) != set(LEVELS):
        faults.append(item.fault("H001", f"版次 {id} 的级别不全", f"三级都要写：{'、'.join(LEVELS)}"))
    lift, lead = (_waiting(row[key], key, faults) for key in ("lift", "lead"))
    doubts = [row["note"]] if row["sure"] is False and row["note"] else []
    if row["sure"] is False and not row["note"]:
        faults.append(item.fault("H003", f"版次 {id} 标了 `sure: false`，却没有说明理由", "用 `note:` 写明"))
    outside = None
    if row["outside"] is not None:
        outside = take(row["outside"], {"note": "text"}, {"sure": "boolean"}, faults=faults, what="outside ")["note"]
    told = tuple(causes[name] for name in (row["causes"] or causes) if name in causes)
    if len(faults) > before or lift is None or lead is None:
        return None, told
    edition = Edition(id, row["label"], row["from"], row["to"], levels, lift, lead, row["cite"], tuple(doubts), outside, row["reading"])  # fmt: skip
    return edition, told


def _conditions(part: Marked, faults: list[Fault]) -> tuple[tuple[Condition, ...], ...]:
    row = take(part, {"conditions": "sequence"}, faults=faults, what="级别")
    out = []
    for option in row["conditions"] or []:
        together = []
        for item in option.sequence():
            found = take(
                item, {"hours": "integer"}, {"above": "integer", "reach": "integer"}, faults=faults, what="条件"
            )
            index = found["above"] if found["above"] is not None else found["reach"]
            if index is None or (found["above"] is not None) == (found["reach"] is not None) or not found["hours"]:
                faults.append(
                    item.fault("H001", "一个条件要写 above 或 reach 之一，和 hours", "如 {above: 200, hours: 48}")
                )
                continue
            if found["hours"] % HOURS:
                faults.append(item.fault("H001", f"时长 {found['hours']} 小时不是24小时的整倍数", "按24小时的段数写"))
                continue
            together.append(Condition(index, found["hours"], found["reach"] is not None))
        out.append(tuple(together))
    return tuple(option for option in out if option)


def _waiting(part: Marked | None, name: str, faults: list[Fault]) -> Waiting | None:
    if part is None:
        return None
    kinds: dict[str, Kind] = {"more_than": "boolean", "sure": "boolean", "note": "text"}
    row: dict[str, Any] = take(part, {"hours": "integer", "cite": "text"}, kinds, faults=faults, what=f"{name} ")
    if row["hours"] is None or row["cite"] is None:
        return None
    if row["sure"] is False and not row["note"]:
        faults.append(part.fault("H003", f"{name} 标了 `sure: false`，却没有说明理由", "用 `note:` 写明"))
    return Waiting(row["hours"], bool(row["more_than"]), row["cite"], row["sure"] is not False, row["note"])


def _cause(id: str, item: Marked, faults: list[Fault]) -> Cause:
    row = take(item, {"label": "text", "reductions": "boolean", "told": "text"}, faults=faults, what=f"成因 {id} ")
    return Cause(id, row["label"] or id, bool(row["reductions"]), row["told"] or "")


def _list_rules(item: Marked, faults: list[Fault]) -> ListRules:
    words = ("own_words", "stop_words", "limit_words", "vague_words", "evidence_words")
    required: dict[str, Kind] = {
        "cite": "text",
        "grades": "mapping",
        "exemptions": "mapping",
        **dict.fromkeys(words, "texts"),
    }
    row = take(item, required, {"sure": "boolean", "note": "text"}, faults=faults, what="list_rules ")
    grades: dict[str, Grade] = {}
    exemptions: dict[str, str] = {}
    names: tuple[dict[str, str], dict[str, str]] = {}, {}
    for kind, key in enumerate(("grades", "exemptions")):
        for id, part in (row[key] or {}).items():
            more: dict[str, Kind] = {"aliases": "texts", "rank": "integer", "own": "boolean"}
            found = take(part, {"label": "text"}, more, faults=faults, what=f"{key} {id} ")
            label = found["label"] or id
            if kind == 0:
                grades[id] = Grade(id, label, found["rank"], bool(found["own"]))
            else:
                exemptions[id] = label
            for name in (id, label, *(found["aliases"] or ())):
                if names[kind].setdefault(name, id) != id:
                    faults.append(part.fault("H004", f"`{name}` 既指 {names[kind][name]} 又指 {id}", "留一处"))
    if row["sure"] is False and not row["note"]:
        faults.append(item.fault("H003", "list_rules 标了 `sure: false`，却没有说明理由", "用 `note:` 写明"))
    told = {key: tuple(row[key] or ()) for key in words}
    return ListRules(grades, exemptions, names[0], names[1], cite=row["cite"] or "", note=row["note"], **told)
