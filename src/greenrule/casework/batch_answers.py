"""Answers of the columnar machine as the columns of a result table: decisions, items, reasons, missing facts, remarks.

What a column says of a row is what `greenrule screen` says of the same project (a test compares them); rows that are alike
are put into words once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar import Columnar, Columns
from greenrule.backends.columnar.machine import Name
from greenrule.casework.batch_reading import Projects
from greenrule.casework.batch_sites import Placement
from greenrule.casework.doubts import datum_doubt
from greenrule.casework.finding import items_cited
from greenrule.casework.law_doubts import silent_packs
from greenrule.casework.report_words import DECISION
from greenrule.casework.screening import Screener
from greenrule.packs.book import Law

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


def change_days(law: Law) -> list[date]:
    """The days on which anything in the law changes: between two of them every day has the same rulebook."""
    days = {start for spec in law.book.parameters.values() for start, _, _ in spec.values}
    for first, last, _, _ in law.book.validity.values():
        days.add(first)
        if last is not None and last < date.max:
            days.add(date.fromordinal(last.toordinal() + 1))
    return sorted(days)


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
    _machines: dict[date, Columnar] = field(default_factory=dict)

    @cached_property
    def _days(self) -> list[date]:
        return change_days(self.screener.law)

    def epoch(self, day: date) -> date:
        """The first day from which the law was what it is on a day."""
        from bisect import bisect_right

        place = bisect_right(self._days, day)
        return self._days[place - 1] if place else day

    def machine(self, epoch: date) -> Columnar:
        """The rulebook from a day of change on."""
        if epoch not in self._machines:
            self._machines[epoch] = Columnar(self.screener.law.book, epoch, self.screener.known)
        return self._machines[epoch]

    def answers(self, projects: Projects, placement: Placement) -> dict[str, Worded]:
        """The columns of a piece that the rulebook answers, rows set aside included (the caller leaves them out)."""
        size = projects.columns.size
        out = {
            name: Worded(np.full(size, -1, dtype=np.int32)) for name in HEADINGS if name not in ("row", "name", "on")
        }
        epochs = {day: self.epoch(day) for day in set(projects.days)}
        owners = np.array([*range(size), *(row for row, _, _ in placement.others)], dtype=np.int64)
        number = {epoch: place for place, epoch in enumerate(sorted(set(epochs.values())))}
        of_row = np.array([number[epochs[day]] for day in projects.days], dtype=np.int64)[owners]
        for epoch, place in number.items():
            rows = np.flatnonzero(of_row == place)
            whole = len(rows) == placement.columns.size
            columns = placement.columns if whole else placement.columns.taken(rows)
            self._epoch(epoch, rows, columns, size, out, placement)
        return out

    def _epoch(
        self, epoch: date, rows: npt.NDArray[np.int64], columns: Columns, size: int, out: dict[str, Worded], placement: Placement
    ) -> None:  # fmt: skip
        machine, law = self.machine(epoch), self.screener.law
        voices = machine.lowered.voices
        conflicts = {("conflict", number): plane for number, plane in self._conflicts(machine)}
        asked = (*ASKED, *(decision for decision, _ in _LISTED.values()))
        named = [
            *machine.outcome_names(),
            *machine.voice_names(asked),
            *machine.missing_names(ASKED),
            *conflicts.items(),
        ]
        planes = machine.planes(columns, named)
        inside = rows[rows < size]  # behind them: other readings of places, which answer for a remark only

        def fill(column: str, names: Sequence[Name], say: Callable[[Collection[Name]], str | None]) -> None:
            sets, codes = planes.patterns(names)
            out[column].put(inside, [say(found) for found in sets], codes[: len(inside)])

        def candidates(decision: str) -> list[Name]:
            return [("candidate", decision, value) for value in voices[decision].candidates]

        for column, decision in _VALUES.items():
            fill(column, candidates(decision), _only)
        order = [value for value, _ in reversed(law.book.decisions["access"].values)]
        fill("possible", candidates("access"), lambda found: _possible(found, order))
        for column, decision in _DECIDING.items():
            ranked = _ranked(machine, decision)
            names: list[Name] = [("deciding", decision, rule) for rule in voices[decision].deciding]
            fill(column, names, lambda found, ranked=ranked: "; ".join(ranked(found)) or None)  # type: ignore[misc]
        for column, (decision, instrument) in _LISTED.items():
            ranked, heard = _ranked(machine, decision), voices[decision]
            sorts = (("deciding", heard.deciding), ("open", heard.open), ("waiting", heard.waiting))
            names = [(sort, decision, rule) for sort, rules in sorts for rule in rules]
            fill(column, names, lambda found, ranked=ranked, instrument=instrument: next(  # type: ignore[misc]
                iter(items_cited(law.book, instrument, ranked(found))), None))  # fmt: skip
        place = {name: number for number, name in enumerate(law.book.facts)}
        facts = [name for name in planes.all_names() if name[0] == "missing"]
        fill("missing", facts, lambda found: "; ".join(sorted((n[1] for n in found), key=place.__getitem__)) or None)
        silent = list(silent_packs(law, machine.lowering.program))
        fill("remarks", list(conflicts), lambda found: "；".join(
            [*silent, *(f"规定冲突：{law.conflicts[name[1]].get('topic')}" for name in sorted(found))]) or None)  # fmt: skip
        sets, codes = planes.patterns(candidates("access"))
        self._place_remarks(out["remarks"], rows, [_only(sets[code]) for code in codes.tolist()], placement)

    @staticmethod
    def _place_remarks(
        out: Worded, rows: npt.NDArray[np.int64], decisions: Sequence[str], placement: Placement
    ) -> None:
        """What a finding says of the place, and of the reference system where its readings lead to different decisions."""
        if not placement.remarks and not placement.others:
            return
        words = dict(zip(rows.tolist(), decisions, strict=True))
        readings: dict[int, dict[str, str]] = {}
        for owner, system, row in placement.others:
            if row in words:
                readings.setdefault(owner, {placement.systems[owner]: words[owner]})[system] = words[row]
        for row in sorted(words.keys() & (placement.remarks.keys() | readings.keys())):
            said = {system: DECISION[value] for system, value in readings.get(row, {}).items()}
            told = [out.at(row), *placement.remarks.get(row, ()), *datum_doubt("结论", said)]
            text = "；".join(part for part in told if part)
            if text:
                out.put(np.array([row]), [text], np.zeros(1, dtype=np.int32))

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
