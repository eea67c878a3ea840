"""Coverage: every clause of an instrument and what carries it, read strictly from `coverage.yaml` of the packs.

A clause is carried by rules, tasks, targets, conflicts, or a register that is still to be built; or it says why
nothing can carry it.  The check goes both ways: what cites a clause must stand under it, and what stands there must exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.book import Law
from greenrule.packs.marked import Marked, load_marked, take
from greenrule.packs.places import load_places
from greenrule.packs.targets import Target, load_targets
from greenrule.packs.tasks import Task, load_tasks

#: What may carry a clause, with its name for readers.
CARRIERS = {"rules": "规则", "tasks": "任务", "targets": "目标", "conflicts": "冲突", "registers": "台账与系统"}
#: The part of the software that is to hold a register.
AREAS = {
    "screening": "准入研判与分区管控",
    "filings": "审批办理",
    "air": "空气质量",
    "water": "水环境",
    "soil_waste": "土壤与固废",
    "ecology": "生态保护",
    "emergency": "重污染与突发事件应急",
    "quota": "总量与排污权",
    "sources": "污染源监管",
    "enforcement": "执法与信用",
    "carbon": "能源与碳",
    "value": "价值、补偿与金融",
    "planning": "任务、考核与规划",
    "disclosure": "公开与查询",
}


@dataclass(frozen=True, slots=True)
class Register:
    """A register or system that clauses call for; `area` names the part of the software that is to hold it."""

    id: str
    name: str
    area: str
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What carries one clause: ids by kind of carrier, or the reason why none can."""

    instrument: str
    clause: str
    carriers: Mapping[str, tuple[str, ...]]
    reason: str | None = None
    at: Place | None = None

    @property
    def mapped(self) -> bool:
        """Whether something carries it or a reason is given."""
        return bool(self.reason) or any(self.carriers.values())


@dataclass(frozen=True)
class Coverage:
    """Entries by instrument and clause, with what they name; `unmapped` are faults, one for each clause that lacks all."""

    entries: Mapping[str, Mapping[str, Entry]]
    registers: Mapping[str, Register]
    tasks: Mapping[str, Task]
    targets: Mapping[str, Target]
    unmapped: tuple[Fault, ...] = field(default=())

    def __iter__(self) -> Iterator[Entry]:
        for clauses in self.entries.values():
            yield from clauses.values()

    def table(self, law: Law) -> list[dict[str, int | str]]:
        """A row for each instrument: clauses, how many each kind of carrier carries, by reason only, unmapped."""
        rows: list[dict[str, int | str]] = []
        for name, clauses in self.entries.items():
            row: dict[str, int | str] = {"instrument": name, "clauses": len(law.instruments[name].clauses)}
            for kind in CARRIERS:
                row[kind] = sum(bool(entry.carriers.get(kind)) for entry in clauses.values())
            row["reason"] = sum(bool(entry.reason) and not any(entry.carriers.values()) for entry in clauses.values())
            row["unmapped"] = sum(id not in clauses or not clauses[id].mapped for id in law.instruments[name].clauses)
            rows.append(row)
        return rows


def load_coverage(law: Law) -> Coverage:
    """Read `coverage.yaml` of every pack that has one, with the tasks and targets it names.

    Raises InputFault with all faults: besides those of packs.marked, packs.tasks and packs.targets: P086 a clause that
    the instrument does not have · P087 a carrier that does not exist · P088 a carrier that cites a clause whose entry
    does not name it · P089 a register that no clause needs · P091 a reason beside
    carriers.  A clause that nothing carries (P090) is no
    fault of form: it stands in `unmapped`, so that a table can still be shown.
    """
    gazetteer = load_places(law.folders)
    faults: list[Fault] = []
    tasks: dict[str, Task] = {}
    targets: dict[str, Target] = {}
    try:
        tasks = load_tasks(law.folders, law.instruments, gazetteer)
    except InputFault as error:
        faults.extend(error.faults)
    try:
        targets = load_targets(law.folders, law.instruments, gazetteer)
    except InputFault as error:
        faults.extend(error.faults)
    if faults:  # what is missing below would only repeat these
        raise InputFault(faults)
    entries: dict[str, dict[str, Entry]] = {}
    registers: dict[str, Register] = {}
    for folder in law.folders:
        path = folder / "coverage.yaml"
        if path.exists():
            # A pack that accounts for its clauses accounts for all its instruments that list any.
            for file in sorted((folder / "instruments").glob("*.yaml")):
                if law.instruments[file.stem].clauses:
                    entries[file.stem] = {}
            try:
                _read(load_marked(path), law, tasks, targets, entries, registers, faults)
            except InputFault as error:
                faults.extend(error.faults)
    _check_named(law, tasks, targets, entries, faults)
    used = {id for clauses in entries.values() for entry in clauses.values() for id in entry.carriers["registers"]}
    for register in registers.values():
        if register.id not in used:
            faults.append(
                Fault("P089", f"台账 `{register.id}` 没有条款需要", register.at, "写到所需的条款之下，或删去")
            )
    if faults:
        raise InputFault(faults)
    return Coverage(entries, registers, tasks, targets, tuple(_unmapped(law, entries)))


def _read(
    document: Marked,
    law: Law,
    tasks: Mapping[str, Task],
    targets: Mapping[str, Target],
    entries: dict[str, dict[str, Entry]],
    registers: dict[str, Register],
    faults: list[Fault],
) -> None:
    top = take(document, {"clauses": "mapping"}, {"registers": "mapping"}, faults=faults, what="coverage.yaml ")
    for name, item in (top["registers"] or {}).items():
        found = take(item, {"name": "text", "area": tuple(AREAS)}, {}, faults=faults, what=f"台账 {name} ")
        registers[name] = Register(name, found["name"] or name, found["area"] or "", item.place)
    known: dict[str, Iterable[str]] = {
        "rules": law.book.rules, "tasks": tasks, "targets": targets, "registers": registers,
        "conflicts": [str(item["id"]) for item in law.conflicts],
    }  # fmt: skip
    for name, clauses in (top["clauses"] or {}).items():
        instrument = law.instruments.get(name)
        if instrument is None or not isinstance(clauses.value, dict):
            hint = "、".join(near(name, law.instruments)) or "在 instruments/ 下登记这个文件"
            faults.append(clauses.fault("P086", f"没有文件 `{name}`，或其下不是条款", hint))
            continue
        group = entries.setdefault(name, {})
        for clause, item in clauses.value.items():
            if clause not in instrument.clauses:
                hint = "、".join(near(clause, instrument.clauses)) or "条款编号见 instruments/ 下的文件"
                faults.append(item.fault("P086", f"`{name}` 没有条款 `{clause}`", hint))
                continue
            found = take(
                item,
                {},
                {**dict.fromkeys(CARRIERS, "texts"), "reason": "text"},
                faults=faults,
                what=f"{name}#{clause} ",
            )
            carriers = {kind: tuple(found[kind] or ()) for kind in CARRIERS}
            if found["reason"] and any(carriers.values()):
                told = f"{name}#{clause} 已有承载，又说没有"
                faults.append(item.fault("P091", told, "`reason:` 只写在没有承载的条款，删去一样"))
            group[clause] = Entry(name, clause, carriers, found["reason"], item.place)
            for kind, ids in carriers.items():
                for id in ids:
                    if id not in known[kind]:
                        close = near(id, known[kind])
                        hint = f"是否想写 `{'`、`'.join(close)}`？" if close else "改正编号，或删去"
                        told = f"{name}#{clause} 提到的{CARRIERS[kind]} `{id}` 不存在"
                        faults.append(item.fault("P087", told, hint))


def _check_named(
    law: Law,
    tasks: Mapping[str, Task],
    targets: Mapping[str, Target],
    entries: Mapping[str, Mapping[str, Entry]],
    faults: list[Fault],
) -> None:
    """Whatever cites a clause of a covered instrument must stand under it (P088)."""
    for instrument, clause, kind, id, at in carriers_of(law, tasks, targets):
        entry = entries.get(instrument, {}).get(clause)
        if instrument in entries and (entry is None or id not in entry.carriers[kind]):
            told = f"{CARRIERS[kind]} `{id}` 引用 {instrument}#{clause}，coverage.yaml 的这一条没有列出它"
            faults.append(Fault("P088", told, entry.at if entry else at, f"在 `{kind}:` 补上 `{id}`"))


def carriers_of(
    law: Law, tasks: Mapping[str, Task], targets: Mapping[str, Target]
) -> Iterator[tuple[str, str, str, str, Place | None]]:
    """Instrument, clause, kind, id and place for every rule, task and target that cites a listed clause, and every
    conflict under its clauses and those of its rules."""
    cited: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for rule in law.book.rules.values():
        for cite in rule.cites:
            instrument, _, clause = cite.partition("#")
            if clause in law.instruments[instrument].clauses:
                cited[rule.id].append((instrument, clause))
                yield instrument, clause, "rules", rule.id, rule.at
    for kind, items in (("tasks", tasks), ("targets", targets)):
        for item in items.values():
            for cite in item.cites:
                instrument, _, clause = cite.partition("#")
                yield instrument, clause, kind, item.id, item.at
    for conflict in law.conflicts:
        places = [place for rule in conflict["rules"] for place in cited.get(rule, ())]
        places += [
            (instrument, clause) for instrument, _, clause in (cite.partition("#") for cite in conflict["clauses"])
        ]
        for place in dict.fromkeys(places):
            yield (*place, "conflicts", str(conflict["id"]), None)


def _unmapped(law: Law, entries: Mapping[str, Mapping[str, Entry]]) -> Iterator[Fault]:
    for name, clauses in entries.items():
        for clause in law.instruments[name].clauses.values():
            entry = clauses.get(clause.id)
            if entry is None or not entry.mapped:
                told = f"{name}#{clause.id}（{clause.label} {clause.heading or ''}）没有任何规则、任务、目标、冲突或台账承载"
                place = entry.at if entry else clause.place
                yield Fault("P090", told, place, "写上承载它的，或用 `reason:` 说明为何没有")
