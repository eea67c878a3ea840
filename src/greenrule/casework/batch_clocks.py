"""Which law each row of a table is asked under: rows of one day, or of days between which nothing changes, are asked together.

What a finding tells of that law (packs that did not speak yet, codes of another day, transition clauses) is told of rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar import Coded, Columnar, Columns
from greenrule.casework.batch_reading import Projects
from greenrule.casework.law_doubts import law_doubts
from greenrule.casework.screening import Screener, forgotten
from greenrule.casework.situation import Machine
from greenrule.rules.clocks import change_days


@dataclass(frozen=True, slots=True)
class Asked:
    """The law of some rows: its scalar machine (for words) and its columnar one."""

    words: Machine
    machine: Columnar


@dataclass
class Group:
    """Rows of a piece that are asked under one law: `rows` by number, ascending, and their facts.

    remarks, remark_of : what is told of the law, and (n,) which of these belongs to each row
    """

    asked: Asked
    rows: npt.NDArray[np.int64]
    columns: Columns
    remarks: list[list[str]]
    remark_of: npt.NDArray[np.int64]


@dataclass
class Clocks:
    """The laws of one table, put together when a row first needs them."""

    screener: Screener
    _asked: dict[tuple[date, frozenset[str]], Asked] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock, repr=False)

    @cached_property
    def _days(self) -> list[date]:
        return change_days(self.screener.law.book)

    @cached_property
    def _events(self) -> list[str]:
        """Date facts on which a transition clause turns."""
        return sorted({item.event for item in self.screener.law.book.transitions})

    def epoch(self, day: date) -> date:
        """The first day from which the law was what it is on a day."""
        place = bisect_right(self._days, day)
        return self._days[place - 1] if place else day

    def asked(self, epoch: date, events: frozenset[str]) -> Asked:
        """The law from a day of change on, for cases that state the days of `events`."""
        with self._lock:
            found = self._asked.get((epoch, events))
            if found is None:
                words = self.screener.machine(epoch, events)
                machine = Columnar(self.screener.law.book, epoch, self.screener.known, words.program, events)
                found = self._asked[epoch, events] = Asked(words, machine)
            return found

    def groups(self, projects: Projects, columns: Columns, owners: npt.NDArray[np.int64]) -> Iterator[Group]:
        """The rows of `columns` (row k says what row `owners[k]` of the piece says) by the law they are asked under."""
        epochs = [self.epoch(day) for day in projects.days]
        order = {epoch: place for place, epoch in enumerate(sorted(set(epochs)))}
        keys = np.array([order[epoch] for epoch in epochs], dtype=np.int64)[projects.day_of]
        for number, event in enumerate(self._events):
            if event in projects.written:
                keys += projects.written[event] * len(order) << number
        keys = keys[owners]
        for key in np.unique(keys).tolist():
            stated, place = divmod(key, len(order))
            events = frozenset(event for number, event in enumerate(self._events) if stated >> number & 1)
            rows = np.flatnonzero(keys == key)
            part = columns if len(rows) == columns.size else columns.taken(rows)
            yield self._group(self.asked(sorted(order)[place], events), rows, part)

    def _group(self, asked: Asked, rows: npt.NDArray[np.int64], columns: Columns) -> Group:
        """Forget what the law of the day does not know; say what a finding says of the law."""
        remark_of = np.zeros(len(rows), dtype=np.int64)
        told: list[list[str]] = [[]]
        columns = replace(columns, columns=dict(columns.columns))
        for name, column in columns.columns.items():
            vocabulary = asked.words.book.vocabularies.get(asked.words.book.facts[name].kind.vocab or "")
            if vocabulary is None or not vocabulary.dated or not isinstance(column, Coded):
                continue
            gone = [_missing(value, vocabulary.labels) for value in column.values]
            if any(gone):
                says = [[forgotten(asked.words.book, name, codes)] if codes else [] for codes in gone]
                told, remark_of = crossed(told, remark_of, [*says, []], column.index)
                lost = np.array([*map(bool, gone), False])[column.index]
                columns.columns[name] = Coded(np.where(lost, -1, column.index).astype(np.int32), column.values)
        law = self.screener.law
        said: list[list[str]] = [[]]
        said_of = np.zeros(len(rows), dtype=np.int64)
        days: list[dict[str, Any]] = [{}]
        for event in sorted(asked.machine.events):
            values, codes = _days_of(columns, event)
            pairs, said_of = np.unique(said_of * len(values) + codes, return_inverse=True)
            days = [{**days[pair // len(values)], event: values[pair % len(values)]} for pair in pairs.tolist()]
        said = [[item["message"] for item in law_doubts(law, asked.words.program, given)] for given in days]
        told, remark_of = crossed(told, remark_of, said, said_of)
        return Group(asked, rows, columns, told, remark_of)


def _missing(value: Any, labels: Any) -> list[str]:
    return sorted(code for code in ({value} if isinstance(value, str) else value) if code not in labels)


def _days_of(columns: Columns, event: str) -> tuple[list[date | None], npt.NDArray[np.int64]]:
    """The distinct days of a date fact, and which of them each row has."""
    column = columns.columns.get(event)
    if column is None:
        return [None], np.zeros(columns.size, dtype=np.int64)
    numbers = column.index if isinstance(column, Coded) else column.numbers
    _, first, codes = np.unique(numbers, return_index=True, return_inverse=True)
    values = [column.at(int(row)) for row in first]
    return [None if value is None else date.fromordinal(int(value)) for value in values], codes.astype(np.int64)


def crossed(
    told: list[list[str]], remark_of: npt.NDArray[np.int64], more: list[list[str]], more_of: npt.NDArray[Any]
) -> tuple[list[list[str]], npt.NDArray[np.int64]]:
    """Remarks with further remarks behind them; `more_of` may count from behind, as indexes do."""
    codes = np.where(more_of < 0, len(more) + more_of, more_of).astype(np.int64)
    pairs, out = np.unique(remark_of * len(more) + codes, return_inverse=True)
    return [told[pair // len(more)] + more[pair % len(more)] for pair in pairs.tolist()], out.astype(np.int64)
