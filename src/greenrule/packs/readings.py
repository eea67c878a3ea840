"""Readings: for each citation the SHA-256 of the clause text that was read when the thing that cites it was written.

They stand in `readings.yaml` of the pack that cites.  An instrument says which wording of a clause is registered; a reading
says which wording a rule was made from.  When a new edition is registered, both differ until somebody has read the rule again
and said so (`greenrule pack confirm`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.book import Law
from greenrule.packs.citing import CITING, Citing, citations, folder_of
from greenrule.packs.marked import load_marked, take

#: Conflicts speak of rules, whose own readings are recorded.
READERS = tuple(kind for kind in CITING if kind != "conflicts")
FILE = "readings.yaml"
_HEAD = """\
# 每一处引用写成时所读条款文本的 SHA-256（算法见 docs/how-to/read-a-document.md）。
# 由 `greenrule pack confirm` 写，不用手改：条款换了文本，读过并改好引用它的规则之后，再确认一次。
readings:
"""
_WIDTH = 118

#: (kind, id, instrument#clause) → hash that was read
Readings = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True)
class Reading:
    """A citation beside the clause as it is registered now."""

    citing: Citing
    registered: str
    read: str | None

    @property
    def stands(self) -> bool:
        """Whether the text that was read is the one that is registered."""
        return self.read == self.registered


def load_readings(folders: Iterable[Path]) -> tuple[dict[tuple[str, str, str], str], dict[tuple[str, str, str], Place]]:
    """The readings of all packs, and where each stands; raises InputFault with all faults.

    Besides those of packs.marked: BND001 a citation with two readings.
    """
    faults: list[Fault] = []
    out: dict[tuple[str, str, str], str] = {}
    places: dict[tuple[str, str, str], Place] = {}
    for folder in folders:
        path = folder / FILE
        if not path.is_file():
            continue
        try:
            top = take(load_marked(path), {"readings": "sequence"}, faults=faults, what=FILE)
        except InputFault as error:
            faults.extend(error.faults)
            continue
        for item in top["readings"] or []:
            kinds = dict.fromkeys(READERS, "texts")
            row = take(item, {"cite": "text", "sha256": "text"}, kinds, faults=faults, what=f"{FILE} ")
            for kind in READERS:
                for id in row[kind] or ():
                    key = (kind, id, str(row["cite"]))
                    if key in out:
                        told = f"{CITING[kind]} `{id}` 对 {row['cite']} 有两个读数（上一处 {places[key]}）"
                        faults.append(item.fault("BND001", told, f"删去一处，或运行 greenrule pack confirm {id}"))
                    out[key], places[key] = str(row["sha256"]), item.place
    if faults:
        raise InputFault(faults)
    return out, places


def compare(law: Law, items: Iterable[Citing], readings: Readings) -> list[Reading]:
    """Each citation of a clause with a registered hash, beside what was read."""
    out = []
    for item in items:
        registered = law.instruments[item.instrument].clauses[item.clause].sha256
        if registered and item.kind in READERS:
            out.append(Reading(item, registered, readings.get((item.kind, item.id, item.cite))))
    return out


def check_readings(law: Law, items: Iterable[Citing]) -> list[Fault]:
    """BND002 a clause has another text than the one that was read · BND003 no reading · BND004 a reading of what is no more."""
    readings, places = load_readings(law.folders)
    compared = compare(law, items, readings)
    out = []
    for reading in compared:
        item = reading.citing
        who = f"{CITING[item.kind]} `{item.id}`"
        if reading.read is None:
            told = f"{who} 引用 {item.cite}，没有记下所读的文本"
            out.append(Fault("BND003", told, item.at, f"对照原文读过后，运行 greenrule pack confirm {item.id}"))
        elif not reading.stands:
            told = f"{who} 所读的 {item.cite} 已换文本（读的是 {reading.read[:12]}，现登记 {reading.registered[:12]}）"
            help = f"对照新文本改好，再运行 greenrule pack confirm {item.id}"
            out.append(Fault("BND002", told, item.at, help))
    wanted = {(reading.citing.kind, reading.citing.id, reading.citing.cite) for reading in compared}
    for key in readings:
        if key not in wanted:
            kind, id, cite = key
            told = f"{FILE} 记着 {CITING[kind]} `{id}` 对 {cite} 的读数，但它已不在，或不再引用"
            out.append(Fault("BND004", told, places[key], f"运行 greenrule pack confirm {id}"))
    return out


def confirm(
    law: Law, ids: Collection[str] = (), cites: Collection[str] = (), everything: bool = False
) -> dict[Path, str]:
    """The new text of `readings.yaml` of each pack that has citations, with the readings of `ids`, or of what cites `cites`, set
    to the hashes that are registered now.  Other readings stay; readings of what is no more go.

    Raises InputFault BND005: nothing of that name cites a clause with a registered text.
    """
    readings, _ = load_readings(law.folders)
    compared = compare(law, citations(law), readings)
    known = {reading.citing.id for reading in compared} | {id for _, id, _ in readings}
    cited = {reading.citing.cite for reading in compared}
    faults = []
    for name, choices in (*((id, known) for id in ids), *((cite, cited) for cite in cites)):
        if name not in choices:
            close = "、".join(near(name, choices)) or "编号见 greenrule pack lint"
            told = f"没有引用条款文本的 `{name}`" if choices is known else f"没有什么引用 `{name}`，或它没有登记文本"
            faults.append(Fault("BND005", told, None, close))
    if faults:
        raise InputFault(faults)
    groups: dict[Path, dict[tuple[str, str], dict[str, list[str]]]] = {}
    for reading in compared:
        item = reading.citing
        chosen = everything or item.id in ids or item.cite in cites
        sha256 = reading.registered if chosen else reading.read
        folder = folder_of(item.at, law.folders)
        if sha256 is not None and folder is not None:
            group = groups.setdefault(folder, {}).setdefault((item.cite, sha256), defaultdict(list))
            group[item.kind].append(item.id)
    order = {f"{name}#{clause}": (at, place) for at, name in enumerate(law.instruments)
             for place, clause in enumerate(law.instruments[name].clauses)}  # fmt: skip
    return {
        folder: _HEAD + "".join(_entry(cite, sha256, kinds) for (cite, sha256), kinds in
                                sorted(group.items(), key=lambda entry: (order[entry[0][0]], entry[0][1])))
        for folder, group in groups.items()
    }  # fmt: skip


def _entry(cite: str, sha256: str, kinds: Mapping[str, list[str]]) -> str:
    lines = [f"  - cite: {cite}", f"    sha256: {sha256}"]
    for kind in READERS:
        if ids := sorted(set(kinds.get(kind, ()))):
            head = f"    {kind}: ["
            rest = wrap(", ".join(ids) + "]", _WIDTH - len(head), break_long_words=False, break_on_hyphens=False)
            lines += [head + rest[0], *(" " * len(head) + line for line in rest[1:])]
    return "\n".join(lines) + "\n"
