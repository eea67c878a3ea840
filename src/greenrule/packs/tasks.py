"""Tasks of the instruments: who does what by when, read strictly from `tasks/*.yaml` of the packs.

A task is what an instrument lays on an authority, as distinct from a rule, which speaks on a project, a plant or an
enterprise.  What the text leaves out stays out: no department named is `unstated`, no date given is no date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.declarations import entries
from greenrule.packs.instruments import Instruments
from greenrule.packs.marked import Marked, take
from greenrule.packs.places import Gazetteer
from greenrule.rules.items import STRENGTHS

#: How the text shares the work out.
MODES = {
    "sole": "单独负责",
    "lead": "牵头，其他配合",
    "shared": "按职责分工负责",
    "unstated": "文中未写明",
}
#: The name of the whole area of a pack, which needs no entry in the gazetteer.
WHOLE = "全省"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something of a task is due; `what` in our own words."""

    by: date
    what: str


@dataclass(frozen=True, slots=True)
class Task:
    """One task; `title`, `output` and `note` are our own words, `cites` are `instrument#clause`.

    `lead` and `departments` are names as the text gives them (departments: all others that take part); `open_ended`
    says that the text ends its list with 等.
    """

    id: str
    title: str
    cites: tuple[str, ...]
    mode: str
    lead: tuple[str, ...]
    departments: tuple[str, ...]
    open_ended: bool
    deadlines: tuple[Deadline, ...]
    output: str
    places: tuple[str, ...]
    strength: str
    note: str | None = None
    at: Place | None = None

    @property
    def deadline(self) -> date | None:
        """The first of its dates; None where the text gives none."""
        return min((item.by for item in self.deadlines), default=None)

    @property
    def everyone(self) -> tuple[str, ...]:
        """Those who lead, then those who take part."""
        return tuple(dict.fromkeys((*self.lead, *self.departments)))

    def to_json(self) -> dict[str, object]:
        """The task as plain data; dates as text, absent ones null."""
        return {
            "id": self.id,
            "title": self.title,
            "cites": list(self.cites),
            "mode": self.mode,
            "lead": list(self.lead),
            "departments": list(self.departments),
            "open_ended": self.open_ended,
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "deadlines": [{"by": item.by.isoformat(), "what": item.what} for item in self.deadlines],
            "output": self.output,
            "places": list(self.places),
            "strength": self.strength,
            "note": self.note,
        }


class Placed(Protocol):
    """What is declared in a file."""

    @property
    def at(self) -> Place | None:
        """Where."""


T = TypeVar("T", bound=Placed)


def load_tasks(packs: Iterable[Path], instruments: Instruments, gazetteer: Gazetteer) -> dict[str, Task]:
    """Read `tasks/*.yaml` of every pack, by id in the order of the files; raises InputFault with all faults.

    Besides those of packs.marked and those of a cite (P022–P024): P080 an id twice over the files · P081 a place that
    the gazetteer does not know · P082 departments that contradict the mode.
    """

    def read(path: Path, faults: list[Fault]) -> dict[str, Task]:
        return _read_tasks(path, instruments, gazetteer, faults)

    return gather(packs, "tasks/*.yaml", read, "任务")


def gather(
    packs: Iterable[Path], pattern: str, read: Callable[[Path, list[Fault]], dict[str, T]], what: str
) -> dict[str, T]:
    """What `read` finds in the files of all packs, by id; raises InputFault with all faults, P080 for an id twice."""
    faults: list[Fault] = []
    out: dict[str, T] = {}
    for pack in packs:
        for path in sorted(pack.glob(pattern)):
            for name, item in read(path, faults).items():
                if name in out:
                    faults.append(
                        Fault("P080", f"{what} `{name}` 重复（上一处 {out[name].at}）", item.at, "改名或删去一处")
                    )
                else:
                    out[name] = item
    if faults:
        raise InputFault(faults)
    return out


def read_cites(entry: Marked, key: str, instruments: Instruments, faults: list[Fault]) -> None:
    """Add to `faults` every cite under `key` that leads to no clause."""
    found = entry.mapping().get(key)
    for item in (found.value if isinstance(found.value, list) else [found]) if found is not None else []:
        if item.raw is not None:
            try:
                instruments.find(item.text(), item.place)
            except InputFault as error:
                faults.extend(error.faults)


def read_places(entry: Marked, gazetteer: Gazetteer, faults: list[Fault]) -> tuple[str, ...]:
    """The names under `places:` as the gazetteer writes them; P081 for one it does not know.

    `全省` is the whole area of the pack.
    """
    found = entry.mapping().get("places")
    out = []
    for item in (found.value if isinstance(found.value, list) else [found]) if found is not None else []:
        name = item.raw or ""
        if name == WHOLE or not name:
            out.append(WHOLE)
            continue
        try:
            out.append(gazetteer.read(name, item.place).zh)
        except InputFault as error:
            help = error.faults[0].help
            faults.append(item.fault("P081", f"没有地名 `{name}`", f"全省写 `{WHOLE}`；{help}"))
    return tuple(out)


def _read_tasks(path: Path, instruments: Instruments, gazetteer: Gazetteer, faults: list[Fault]) -> dict[str, Task]:
    out: dict[str, Task] = {}
    for name, entry in entries(path, "tasks", faults).items():
        found = take(
            entry,
            {"title": "text", "cites": "texts", "mode": tuple(MODES), "deadlines": "sequence", "output": "text",
             "places": "texts", "strength": tuple(STRENGTHS)},
            {"lead": "texts", "departments": "texts", "open_ended": "boolean", "note": "text"},
            faults=faults, what=f"任务 {name} ",
        )  # fmt: skip
        if not isinstance(entry.value, dict):
            continue
        read_cites(entry, "cites", instruments, faults)
        _check_mode(name, entry, found, faults)
        out[name] = Task(
            name, found["title"] or name, tuple(found["cites"] or ()), found["mode"] or "unstated",
            tuple(found["lead"] or ()), tuple(found["departments"] or ()), bool(found["open_ended"]),
            tuple(sorted(_deadlines(found["deadlines"] or [], faults), key=lambda item: item.by)), found["output"] or "",
            read_places(entry, gazetteer, faults), found["strength"] or "mandatory", found["note"], entry.place,
        )  # fmt: skip
    return out


def _deadlines(items: list[Marked], faults: list[Fault]) -> list[Deadline]:
    out = []
    for item in items:
        found = take(item, {"by": "date", "what": "text"}, {}, faults=faults, what="deadlines ")
        if found["by"] and found["what"]:
            out.append(Deadline(found["by"], found["what"]))
    return out


def _check_mode(name: str, entry: Marked, found: dict[str, Any], faults: list[Fault]) -> None:
    lead, others = len(found["lead"] or ()), len(found["departments"] or ())
    wrong = {
        "sole": "`sole` 须只有一个 `lead`，没有 `departments`" if (lead, others) != (1, 0) else "",
        "lead": "`lead` 须写明谁牵头" if not lead else "",
        "shared": "`shared` 须在 `departments` 写明各部门，没有 `lead`" if lead or not others else "",
        "unstated": "`unstated` 是没有写明谁牵头，不能有 `lead`" if lead else "",
    }.get(found["mode"] or "", "")
    if wrong:
        faults.append(entry.fault("P082", f"任务 {name} 的部门与分工方式不合：{wrong}", "改分工方式，或改部门"))
