"""Answers of the columnar machine as the columns of a result table: decisions, items, reasons, missing facts, remarks.

What a column says of a row is what `greenrule screen` says of the same project (a test compares them); rows that are alike
are put into words once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar import Columnar
from greenrule.backends.columnar.machine import Distinct, Name
from greenrule.casework.batch_clocks import Clocks, Group, crossed
from greenrule.casework.batch_reading import Projects
from greenrule.casework.batch_sites import Placement
from greenrule.casework.doubts import datum_doubt
from greenrule.casework.finding import items_cited
from greenrule.casework.report_words import DECISION
from greenrule.casework.screening import Screener

#: Decisions that a row answers, and the catalogue decisions from which it takes the items.
ASKED = ("access", "eia.form", "permit.class", "approver")
_LISTED = {
    "eia_item": ("eia.catalogue_form", "cn-eia-catalogue-2021"),
    "permit_item": ("permit.catalogue_class", "cn-permit-catalogue-2019"),
}
#: Columns of a result with their Chinese headings.
HEADINGS = {
    "row": "行号", "name": "项目名称", "on": "日期", "decision": "准入结论", "possible": "可能的结论", "eia_form": "环评形式", "eia_item": "环评名录项",
    "permit_class": "排污许可管理类别", "permit_item": "许可名录项", "approver": "审批层级", "deciding": "准入依据", "eia_deciding": "环评依据",
    "permit_deciding": "许可依据", "approver_deciding": "审批层级依据", "missing": "待补事实", "remarks": "备注",
}  # fmt: skip
_VALUES = {"decision": "access", "eia_form": "eia.form", "permit_class": "permit.class", "approver": "approver"}
_DECIDING = {
    "deciding": "access",
    "eia_deciding": "eia.form",
    "permit_deciding": "permit.class",
    "approver_deciding": "approver",
}


@dataclass
class Worded:
    """One result column: `codes` (n,) int32 into `words`, -1 for nothing."""

    codes: npt.NDArray[np.int32]
    words: list[str] = field(default_factory=list)

    def put(self, rows: npt.NDArray[np.int64], words: Sequence[str | None], codes: npt.NDArray[np.int32]) -> None:
        """Give rows their words."""
        table = []
        for word in words:
            table.append(-1 if word is None else len(self.words))
            self.words += [] if word is None else [word]
        self.codes[rows] = np.array(table, dtype=np.int32)[codes]

    def at(self, row: int) -> str | None:
        """The words of one row."""
        code = int(self.codes[row])
        return None if code < 0 else self.words[code]


@dataclass
class Answerer:
    """Answers pieces of a table; machines and wordings are kept from piece to piece."""

    screener: Screener
    clocks: Clocks = field(init=False)
    _planes: dict[int, tuple[list[tuple[Name, int]], list[Name]]] = field(default_factory=dict, repr=False)
    #: held while the graph of a machine grows
    lock: Any = field(default_factory=RLock, repr=False)

    def __post_init__(self) -> None:
        self.clocks = Clocks(self.screener)

    def answers(self, projects: Projects, placement: Placement) -> dict[str, Worded]:
        """The columns of a piece that the rulebook answers, rows set aside included (the caller leaves them out)."""
        size = projects.columns.size
        out = {
            name: Worded(np.full(size, -1, dtype=np.int32)) for name in HEADINGS if name not in ("row", "name", "on")
        }
        owners = np.array([*range(size), *(row for row, _, _ in placement.others)], dtype=np.int64)
        for group in self.clocks.groups(projects, placement.columns, owners):
            self._answer(group, size, out, placement)
        return out

    def _answer(self, group: Group, size: int, out: dict[str, Worded], placement: Placement) -> None:
        machine, columns, rows = group.asked.machine, group.columns, group.rows
        law, book = self.screener.law, machine.book
        with self.lock:  # the graph grows while it is asked for something new
            named, conflicts = self._named(machine)
            machine.prepared(columns, named)
        voices = machine.lowered.voices
        planes = machine.planes(columns, named, threads=1)
        inside = rows[rows < size]  # behind them: other readings of places, which answer for a remark only

        def fill(column: str, names: Sequence[Name], say: Callable[[Collection[Name]], str | None]) -> None:
            found = planes.distinct(names)
            out[column].put(inside, [say(some) for some in found.sets()], found.codes[: len(inside)])

        def candidates(decision: str) -> list[Name]:
            return [("candidate", decision, value) for value in voices[decision].candidates]

        # A decision that nobody knew of on the day of knowledge has no voices: it stays empty.
        for column, decision in _VALUES.items():
            if decision in voices:
                fill(column, candidates(decision), _only)
        order = [value for value, _ in reversed(book.decisions["access"].values)]
        fill("possible", candidates("access"), lambda found: _possible(found, order))
        for column, decision in _DECIDING.items():
            if decision in voices:
                ranked = _ranked(machine, decision)
                names: list[Name] = [("deciding", decision, rule) for rule in voices[decision].deciding]
                fill(column, names, lambda found, ranked=ranked: "; ".join(ranked(found)) or None)  # type: ignore[misc]
        for column, (decision, instrument) in _LISTED.items():
            if decision in voices:
                ranked, heard = _ranked(machine, decision), voices[decision]
                sorts = (("deciding", heard.deciding), ("open", heard.open), ("waiting", heard.waiting))
                names = [(sort, decision, rule) for sort, rules in sorts for rule in rules]
                fill(column, names, lambda found, ranked=ranked, instrument=instrument: next(  # type: ignore[misc]
                    iter(items_cited(book, instrument, ranked(found))), None))  # fmt: skip
        place = {name: number for number, name in enumerate(book.facts)}
        facts = [name for name in planes.all_names() if name[0] == "missing"]
        facts.sort(key=lambda name: place[name[1]])
        out["missing"].put(inside, *_listed(planes.distinct(facts), facts, len(inside)))
        found = planes.distinct(conflicts)
        told = [[f"规定冲突：{law.conflicts[name[1]].get('topic')}" for name in sorted(some)] for some in found.sets()]
        remarks, remark_of = crossed(group.remarks, group.remark_of, told, found.codes)
        said = ["；".join(parts) or None for parts in remarks]
        out["remarks"].put(inside, said, remark_of[: len(inside)].astype(np.int32))
        if placement.remarks or placement.others:
            found = planes.distinct(candidates("access"))
            words = [_only(some) for some in found.sets()]
            self._place_remarks(out["remarks"], rows, [words[code] for code in found.codes.tolist()], placement)

    @staticmethod
    def _place_remarks(
        out: Worded, rows: npt.NDArray[np.int64], decisions: Sequence[str], placement: Placement
    ) -> None:
        """What a finding says of the place, and of the reference system where its readings lead to different decisions."""
        words = dict(zip(rows.tolist(), decisions, strict=True))
        readings: dict[int, dict[str, str]] = {}
        for owner, system, row in placement.others:
            if row in words:
                readings.setdefault(owner, {placement.systems[owner]: words[owner]})[system] = words[row]
        for row in sorted(words.keys() & (placement.remarks.keys() | readings.keys())):
            said = {system: DECISION.get(value, value) for system, value in readings.get(row, {}).items()}
            told = [out.at(row), *placement.remarks.get(row, ()), *datum_doubt("结论", said)]
            text = "；".join(part for part in told if part)
            if text:
                out.put(np.array([row]), [text], np.zeros(1, dtype=np.int32))

    def _named(self, machine: Columnar) -> tuple[list[tuple[Name, int]], list[Name]]:
        """All planes that a result needs, and those of declared conflicts among them."""
        if id(machine) not in self._planes:
            conflicts = {("conflict", number): plane for number, plane in self._conflicts(machine)}
            heard = machine.lowered.voices
            asked = [decision for decision in (*ASKED, *(name for name, _ in _LISTED.values())) if decision in heard]
            missing = machine.missing_names([decision for decision in ASKED if decision in heard])
            named = [*machine.outcome_names(), *machine.voice_names(asked), *missing, *conflicts.items()]
            self._planes[id(machine)] = named, list(conflicts)
        return self._planes[id(machine)]

    def _conflicts(self, machine: Columnar) -> list[tuple[int, int]]:
        """Declared conflicts in which at least two of the rules hold: (number of the conflict, plane)."""
        graph, truths, out = machine.lowered.graph, machine.lowered.truths, []
        for number, item in enumerate(self.screener.law.conflicts):
            some = several = 0
            for rule in item["rules"]:
                true = truths.get(rule, (0, 0))[0]
                several = graph.any((several, graph.both(some, true)))
                some = graph.any((some, true))
            out.append((number, several))
        return out


def _listed(found: Distinct, order: Sequence[Name], size: int) -> tuple[list[str | None], npt.NDArray[np.int32]]:
    """The second part of all names that are set, in the given order: put together word by word, for lists are long and
    many, and the same 64 planes come back in few combinations."""
    segment = {name: number // 64 for number, name in enumerate(found.names)}
    segments: list[list[Name]] = [[] for _ in range(max(found.words.shape[1], 1))]
    at = 0
    for name in order:
        at = segment.get(name, at)
        if name in segment or name in found.always:
            segments[at].append(name)
    known: dict[tuple[int, int], str] = {}
    out: list[str | None] = []
    for row in found.words.tolist() if found.names else [[0]]:
        parts = []
        for place, word in enumerate(row):
            part = known.get((place, word))
            if part is None:
                here = found.always.union(found.chosen(place, word))
                part = known[place, word] = "; ".join(name[1] for name in segments[place] if name in here)
            if part:
                parts.append(part)
        out.append("; ".join(parts) or None)
    return out, found.codes[:size]


def _only(found: Collection[Name]) -> str:
    """The one value that is possible, else `undetermined`."""
    values = [name[2] for name in found]
    return values[0] if len(values) == 1 and values[0] is not None else "undetermined"


def _possible(found: Collection[Name], order: Sequence[str]) -> str | None:
    """The values between which a decision is undetermined, the strictest first."""
    values = {name[2] for name in found}
    return "; ".join(value for value in order if value in values) if len(values) > 1 else None


def _ranked(machine: Columnar, decision: str) -> Callable[[Collection[Name]], list[str]]:
    """Names of voices → rules as a finding lists them: those that decide (a replacing one first), then those left open."""
    book = machine.book
    chain = [decision]
    while (base := book.decisions[chain[-1]].base) is not None:
        chain.append(base)
    order: dict[str, tuple[int, int]] = {}
    for spoken in chain:
        for number, voice in enumerate(machine.speaking[spoken]):
            order.setdefault(voice.rule, (0 if voice.replaces else 1, number))

    def rank(found: Collection[Name]) -> list[str]:
        deciding = sorted((name[2] for name in found if name[0] == "deciding"), key=order.__getitem__)
        waiting = {name[2] for name in found if name[0] == "waiting"}
        opened = [name[2] for name in found if name[0] == "open"]
        # Stricter rules that may hold come before those that wait for them, and what may replace comes last.
        opened.sort(key=lambda rule: (order[rule][0] == 0, rule in waiting, order[rule][1]))
        return [*deciding, *opened]

    return rank
