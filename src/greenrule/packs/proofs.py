"""`proofs.yaml`: how instruments stand to each other, and the findings of `pack prove` that somebody has read and keeps.

A kept finding names itself by its id and says why it stays; what is not named is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.book import Law
from greenrule.packs.instrument import KINDS
from greenrule.packs.marked import Marked, load_marked, take
from greenrule.rules.items import VERBS

#: What `pack prove` reports, with its name for readers.
FINDINGS = {
    "contradiction": "矛盾", "gap": "空白", "dead": "无用", "duplicate": "重复", "redundant": "多余", "relaxes": "下位放宽上位",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding that was read and stays: its id, why, and what was written about it for the page of disagreements."""

    finding: str
    reason: str
    at: Place | None = None


@dataclass(frozen=True)
class Conventions:
    """What proofs go by: levels from high to low, facts that make no common ground, opposed verbs, findings that are kept."""

    levels: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = ()
    general: frozenset[str] = frozenset()
    opposed: frozenset[frozenset[str]] = frozenset()
    kept: Mapping[str, Kept] = field(default_factory=dict)

    def level(self, law: Law, rule: str) -> int:
        """How high the instrument stands that a rule cites first: 0 the highest; behind all where no level names it."""
        lead = law.instruments[law.book.rules[rule].cites[0].partition("#")[0]]
        named = [number for number, (_, _, instruments) in enumerate(self.levels) if lead.id in instruments]
        return next(
            iter(named),
            next((number for number, (_, kinds, _) in enumerate(self.levels) if lead.kind in kinds), len(self.levels)),
        )

    def level_name(self, number: int) -> str:
        """The level as people call it."""
        return self.levels[number][0] if number < len(self.levels) else "层级未定"


def load_conventions(law: Law) -> Conventions:
    """Read `proofs.yaml` of all packs of a law, levels in the order of the packs.

    Errors: one `InputFault` with everything wrong: those of packs.marked; P102 an instrument, fact, verb or kind of finding that does not
    exist, or a finding kept twice.
    """
    faults: list[Fault] = []
    levels: list[tuple[str, frozenset[str], frozenset[str]]] = []
    general: set[str] = set()
    opposed: set[frozenset[str]] = set()
    kept: dict[str, Kept] = {}
    for folder in law.folders:
        path = folder / "proofs.yaml"
        if not path.exists():
            continue
        try:
            document = load_marked(path)
        except InputFault as error:
            faults.extend(error.faults)
            continue
        top = take(
            document, {}, {"levels": "sequence", "general": "any", "opposed": "sequence", "kept": "sequence"},
            faults=faults, what=path.name,
        )  # fmt: skip
        levels += [_level(law, item, faults) for item in top["levels"] or []]
        if top["general"] is not None:
            found = take(top["general"], {"facts": "texts", "reason": "text"}, {}, faults=faults, what="general ")
            _exist(top["general"], found["facts"] or [], law.book.facts, "事实", faults)
            general.update(found["facts"] or [])
        for item in top["opposed"] or []:
            verbs = item.texts()
            _exist(item, verbs, VERBS, "动词", faults)
            opposed.add(frozenset(verbs))
        for item in top["kept"] or []:
            _keep(item, kept, faults)
    if faults:
        raise InputFault(faults)
    return Conventions(tuple(levels), frozenset(general), frozenset(opposed), kept)


def _level(law: Law, item: Marked, faults: list[Fault]) -> tuple[str, frozenset[str], frozenset[str]]:
    found = take(item, {"name": "text"}, {"kinds": "texts", "instruments": "texts"}, faults=faults, what="层级")
    _exist(item, found["kinds"] or [], KINDS, "文件种类", faults)
    _exist(item, found["instruments"] or [], law.instruments, "文件", faults)
    return found["name"] or "", frozenset(found["kinds"] or ()), frozenset(found["instruments"] or ())


def _keep(item: Marked, kept: dict[str, Kept], faults: list[Fault]) -> None:
    found = take(item, {"findings": "texts", "reason": "text"}, {}, faults=faults, what="kept ")
    for name in found["findings"] or []:
        if name.partition(":")[0] not in FINDINGS:
            faults.append(item.fault("P123", f"`{name}` 不是发现的编号", f"以其中之一开头：{'、'.join(FINDINGS)}"))
        elif name in kept:
            faults.append(item.fault("P123", f"发现 `{name}` 写了两次（上一处 {kept[name].at}）", "两处留一处"))
        else:
            kept[name] = Kept(name, found["reason"] or "", item.place)


def _exist(at: Marked, names: Iterable[str], known: Iterable[str], what: str, faults: list[Fault]) -> None:
    choices = list(known)
    for name in names:
        if name not in choices:
            hint = "、".join(near(name, choices)) or f"可用：{'、'.join(choices[:12])}"
            faults.append(at.fault("P123", f"proofs.yaml 提到的{what} `{name}` 不存在", hint))
