"""The tasks and targets of the packs, read once: which targets belong to a task, and where a citation leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.book import default_packs
from greenrule.packs.instruments import Instruments, load_instruments
from greenrule.packs.places import load_places
from greenrule.packs.targets import Target, load_targets
from greenrule.packs.tasks import Task, load_tasks


@dataclass(frozen=True)
class TaskBook:
    """All tasks by id, each with the targets that rest on the same clause."""

    tasks: Mapping[str, Task]
    targets: Mapping[str, Target]
    instruments: Instruments
    _of: dict[str, tuple[Target, ...]] = field(default_factory=dict)

    def task(self, name: str) -> Task:
        """A task by id; InputFault TSK001 with near names otherwise."""
        if name not in self.tasks:
            close = near(name, self.tasks)
            told = f"相近的有：{'、'.join(close)}" if close else "用 `greenrule task` 查看全部任务"
            raise InputFault(Fault("TSK001", f"没有编号为 {name} 的任务", None, told))
        return self.tasks[name]

    def targets_of(self, task: Task) -> tuple[Target, ...]:
        """The targets that cite a clause which the task cites."""
        if task.id not in self._of:
            cites = set(task.cites)
            self._of[task.id] = tuple(item for item in self.targets.values() if cites & set(item.cites))
        return self._of[task.id]

    def source(self, cite: str) -> dict[str, str]:
        """Where a citation leads, for people: instrument, number, title, clause and its label."""
        instrument, clause = self.instruments.find(cite)
        return {
            "instrument": instrument.id, "number": instrument.number or "", "title": instrument.title["zh"],
            "clause": clause.id if clause else "", "label": clause.label if clause else "",
        }  # fmt: skip


@lru_cache(maxsize=2)
def task_book(folders: tuple[Path, ...] | None = None) -> TaskBook:
    """The tasks and targets of pack folders (the installed ones by default), read once in a process."""
    packs = folders or default_packs()
    instruments, gazetteer = load_instruments(packs), load_places(packs)
    return TaskBook(load_tasks(packs, instruments, gazetteer), load_targets(packs, instruments, gazetteer), instruments)
