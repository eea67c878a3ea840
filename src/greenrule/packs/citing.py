"""Who cites a clause: rules, parameters, lists, tasks, targets and places, and the conflicts that rules are part of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenrule.core.errors import Place
from greenrule.packs.book import Law
from greenrule.packs.coverage import carriers_of, load_coverage
from greenrule.packs.places import Gazetteer, load_places
from greenrule.packs.tables import load_tables
from greenrule.packs.targets import load_targets
from greenrule.packs.tasks import load_tasks

#: Kind of what cites → its name for readers.
CITING = {
    "rules": "规则", "parameters": "参数", "lists": "名录", "tasks": "任务", "targets": "目标", "places": "地名", "conflicts": "冲突",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Citing:
    """One thing that cites one listed clause; a conflict cites what its rules cite."""

    kind: str
    id: str
    instrument: str
    clause: str
    at: Place | None = None

    @property
    def cite(self) -> str:
        """`instrument#clause`."""
        return f"{self.instrument}#{self.clause}"


def citations(law: Law) -> list[Citing]:
    """Everything in the packs that cites a listed clause; raises InputFault where tasks, targets or places cannot be read."""
    gazetteer = load_places(law.folders)
    tasks = load_tasks(law.folders, law.instruments, gazetteer)
    targets = load_targets(law.folders, law.instruments, gazetteer)
    found = [Citing(kind, id, name, clause, at) for name, clause, kind, id, at in carriers_of(law, tasks, targets)]
    return list(dict.fromkeys([*found, *_others(law, gazetteer)]))


def _others(law: Law, gazetteer: Gazetteer) -> Iterator[Citing]:
    groups: tuple[tuple[str, Iterable[Any]], ...] = (
        ("parameters", (*law.book.parameters.values(), *load_tables(law.folders).values())),
        ("lists", law.book.lists.values()),
        ("places", gazetteer),
    )
    for kind, items in groups:
        for item in items:
            for cite in item.cites:
                name, _, clause = cite.partition("#")
                if name in law.instruments and clause in law.instruments[name].clauses:
                    yield Citing(kind, item.id, name, clause, item.at)


def by_clause(items: list[Citing]) -> Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]:
    """(instrument, clause) → kind → ids, in the order of the packs."""
    out: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        out[item.instrument, item.clause][item.kind].append(item.id)
    return {
        place: {kind: tuple(dict.fromkeys(kinds[kind])) for kind in CITING if kinds.get(kind)}
        for place, kinds in out.items()
    }


def folder_of(at: Place | None, folders: tuple[Path, ...]) -> Path | None:
    """The pack that holds a file."""
    if at is None or at.file is None:
        return None
    path = Path(at.file).resolve()
    return next((folder for folder in folders if path.is_relative_to(folder.resolve())), None)


def told(kinds: Mapping[str, tuple[str, ...]]) -> str:
    """Who cites, in Chinese: 规则 a、b；任务 c."""
    return "；".join(f"{CITING[kind]} {'、'.join(ids)}" for kind, ids in kinds.items() if ids)


@dataclass(frozen=True, slots=True)
class Uncited:
    """A clause that nothing cites, nor anything within it; `why` is what coverage.yaml says of it."""

    instrument: str
    clause: str
    label: str
    why: str
    place: Place | None = None


def uncited_clauses(law: Law, items: list[Citing]) -> list[Uncited]:
    """Every listed clause that nothing cites, itself or in a clause within it; raises InputFault where coverage cannot be read."""
    coverage = load_coverage(law)
    reached: set[tuple[str, str]] = set()
    for item in items:
        clauses = law.instruments[item.instrument].clauses
        at: str | None = item.clause
        while at is not None:
            reached.add((item.instrument, at))
            at = clauses[at].part_of
    out = []
    for instrument in law.instruments.values():
        entries = coverage.entries.get(instrument.id, {})
        for clause in instrument.clauses.values():
            if (instrument.id, clause.id) in reached:
                continue
            entry = entries.get(clause.id)
            registers = [coverage.registers[id].name for id in entry.carriers["registers"]] if entry else []
            why = (
                f"由台账承载：{'、'.join(registers)}" if registers else (entry.reason if entry else None) or "没有说明"
            )
            out.append(Uncited(instrument.id, clause.id, clause.label, why, clause.place))
    return out
