"""Rows whose facts contradict one another: found by the columnar machine, told by the reader of single projects.

What a row only declares ("nothing of that group") gives way to what follows from what it states, as in a project file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from threading import RLock
from typing import Any

import numpy as np

from greenrule.backends.columnar import Coded, Columnar, Columns
from greenrule.backends.columnar.agreeing import doubtful
from greenrule.backends.columnar.columns import UNKNOWN, Scaled
from greenrule.backends.derive import derivations_of
from greenrule.casework.agreeing import contradictions, disagreement
from greenrule.casework.batch_clocks import Clocks
from greenrule.casework.batch_reading import Projects
from greenrule.casework.planning import as_given
from greenrule.casework.statements import statements_of
from greenrule.core.errors import Place

_DOUBT = ("doubtful",)


@dataclass
class Agreement:
    """Sets rows aside that contradict themselves (J032); one for a table, asked from several threads.

    lock : held while the graph of a machine grows
    """

    clocks: Clocks
    lock: Any = field(default_factory=RLock)
    _planes: dict[int, int] = field(default_factory=dict, repr=False)
    #: what was found of facts that were met before
    _told: dict[Any, tuple[list[tuple[str, str]], frozenset[str]]] = field(default_factory=dict, repr=False)

    def check(self, projects: Projects, place: Callable[[int, str], Place]) -> None:
        """Faults of a piece's rows, told at `place(row, fact)`; declarations that do not hold are taken back."""
        taken_back: dict[str, list[int]] = {}
        for number, day in enumerate(projects.days):
            rows = np.flatnonzero(projects.day_of == number)
            if not len(rows):
                continue
            part = projects.columns if len(rows) == projects.columns.size else projects.columns.taken(rows)
            for row in rows[np.flatnonzero(self._doubtful(self.clocks.epoch(day), part))].tolist():
                found, declared = self._told_of(projects, row, day)
                for fact, told in found:
                    projects.faulty.add(row, disagreement(told, None), place(row, fact))
                for name in declared:
                    taken_back.setdefault(name, []).append(row)
        for name, mine in taken_back.items():
            forget(projects.columns, name, mine)

    def _doubtful(self, epoch: date, columns: Columns) -> Any:
        machine = self.clocks.asked(epoch, frozenset()).machine
        with self.lock:
            if id(machine) not in self._planes:
                law = self.clocks.screener.law
                statements = [check.statement.holds for check in statements_of(law, epoch).checks]
                self._planes[id(machine)] = doubtful(machine.lowering, statements)
            named = [(_DOUBT, self._planes[id(machine)])]
            machine.prepared(columns, named)
        return _asked(machine, columns, named)

    def _told_of(self, projects: Projects, row: int, day: date) -> tuple[list[tuple[str, str]], frozenset[str]]:
        """What contradicts in one row, and the declarations of it that do not hold."""
        law = self.clocks.screener.law
        given = as_given(law.book, projects.columns.facts(row))
        written = {
            name: value for name, value in given.items() if name in projects.written and projects.written[name][row]
        }
        declared = {name: value for name, value in given.items() if name not in written}
        derivations, statements = derivations_of(law.book, day), statements_of(law, day)
        of = [
            name for name in given if name in derivations.sources or name in derivations.of or name in statements.reads
        ]
        key = (day, frozenset((name, given[name], name in written) for name in of))
        found = self._told.get(key)
        if found is None:
            told, kept = contradictions(law, day, written), dict(declared)
            while kept and (
                against := {name for name, *_ in derivations.contradictions({**kept, **written}) if name in kept}
            ):
                kept = {name: value for name, value in kept.items() if name not in against}
            if len(self._told) > 100_000:
                self._told.clear()
            found = self._told[key] = told, frozenset(declared.keys() - kept.keys())
        return found


def _asked(machine: Columnar, columns: Columns, named: Any) -> Any:
    return machine.planes(columns, named, threads=1).mask(_DOUBT)


def forget(columns: Columns, name: str, rows: Any) -> None:
    """Make a fact unknown in some rows."""
    column = columns.columns[name]
    if isinstance(column, Coded):
        index = column.index.copy()
        index[rows] = -1
        columns.columns[name] = Coded(index, column.values)
        return
    assert isinstance(column, Scaled)
    numbers = column.numbers.copy()
    numbers[rows] = UNKNOWN
    columns.columns[name] = Scaled(numbers, column.step)
