"""Cells of a table as facts of many projects: each distinct cell is read once, by the same reader as a project file's.

What is wrong with a cell sets its row aside and nothing else.  Plain amounts (`106.5 万吨/年`) have a short way of their own,
for a long table may hold a million different ones; a test holds it equal to the long way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import UNKNOWN, Coded, Column, Columns, Scaled, common_step
from greenrule.casework.batch_tables import Cells
from greenrule.casework.entries import CONTROL
from greenrule.casework.project import read_fact
from greenrule.core.errors import Fault, Place
from greenrule.core.units import Quantity
from greenrule.packs.book import Law
from greenrule.packs.values import named_fact, near_facts
from greenrule.rules.book import FactSpec

_NUMBERS = ("quantity", "number", "date")
_MOST = int(np.iinfo(np.int64).max)
#: From so many distinct cells on the short way is tried.
_MANY = 256
#: Where a fault will be shown is known only when its row is.
_LATER = Place("")


@dataclass(slots=True)
class _Read:
    """One distinct cell as read the long way: the fact (place among the column's `specs`), its value or faults."""

    spec: int
    known: bool = False
    number: int = 0
    step: int = 0
    value: Any = None
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class Reads:
    """The distinct cells of a column as read, (n,) each: fact, whether it has a value, the value as `number` × step.

    `step` is -1 where the value is in `values` (codes, truths, numbers too large); `faults` by cell.
    """

    spec: npt.NDArray[np.int16]
    known: npt.NDArray[np.bool_]
    number: npt.NDArray[np.int64]
    step: npt.NDArray[np.int32]
    values: dict[int, Any] = field(default_factory=dict)
    faults: dict[int, tuple[Fault, ...]] = field(default_factory=dict)


@dataclass
class FactColumn:
    """One column of a table that holds a fact, or a family of facts told apart by their units.  Several threads may read."""

    law: Law
    name: str
    #: facts that its cells turned out to speak of
    specs: list[FactSpec] = field(default_factory=list)
    #: steps (base units) of its plain numbers
    steps: list[Fraction] = field(default_factory=list)
    _cells: dict[Any, _Read] = field(default_factory=dict, repr=False)
    _units: dict[str, tuple[int, Fraction] | None] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=RLock, repr=False)

    def read(self, cells: Cells) -> Reads:
        """The distinct cells of one piece."""
        size = len(cells)
        out = Reads(
            np.full(size, -1, np.int16), np.zeros(size, np.bool_), np.zeros(size, np.int64), np.zeros(size, np.int32)
        )
        rest: Iterable[int] = range(size)
        if size > _MANY and not isinstance(cells.values, list):
            rest = self._plain(cells, out)
        with self._lock:
            for place in rest:
                found = self._long(cells.cells[place])
                out.spec[place], out.known[place], out.number[place], out.step[place] = (
                    found.spec,
                    found.known,
                    found.number,
                    found.step,
                )
                if found.faults:
                    out.faults[place] = found.faults
                elif found.known and found.step < 0:
                    out.values[place] = found.value
        return out

    def _plain(self, cells: Cells, out: Reads) -> list[int]:
        """Read the plain amounts in units that the long way knows; the places of all other cells."""
        import pyarrow as pa

        from greenrule.casework.batch_amounts import plain_amounts

        if pa.types.is_boolean(cells.values.type) or pa.types.is_temporal(cells.values.type):
            return list(range(len(cells)))
        texts = cells.values if pa.types.is_string(cells.values.type) else cells.values.cast(pa.string())
        amounts = plain_amounts(texts)
        done = np.zeros(len(cells), dtype=bool)
        for number, unit in enumerate(amounts.units):
            with self._lock:
                if unit not in self._units:
                    self._units[unit] = self._unit(unit, pa.types.is_string(cells.values.type))
                known = self._units[unit]
                if known is None:
                    continue
                steps = np.array([self._step(known[1] / 10**places) for places in range(7)], dtype=np.int32)
            mine = amounts.unit == number
            out.spec[mine], out.known[mine] = known[0], True
            out.number[mine], out.step[mine] = amounts.number[mine], steps[amounts.places[mine]]
            done |= mine
        rest: list[int] = np.flatnonzero(~done).tolist()
        return rest

    def _unit(self, unit: str, text: bool) -> tuple[int, Fraction] | None:
        one: Any = f"1 {unit}" if unit else "1" if text else 1
        spec, meant = named_fact(self.law.book, self.name, one)
        faults: list[Fault] = []
        if spec is None or spec.kind.form not in ("quantity", "number"):
            return None
        value = read_fact(self.law, spec, meant, _LATER, faults)
        if faults or value is None:
            return None
        return self._spec(spec), value.base if isinstance(value, Quantity) else Fraction(value)

    def _spec(self, spec: FactSpec) -> int:
        if spec not in self.specs:
            self.specs.append(spec)
        return self.specs.index(spec)

    def _step(self, step: Fraction) -> int:
        if step not in self.steps:
            self.steps.append(step)
        return self.steps.index(step)

    def _long(self, cell: Any) -> _Read:
        # True and 1 are one key of a dictionary, but not one value of a fact.
        key = (cell, type(cell)) if isinstance(cell, (bool, float)) else cell
        found = self._cells.get(key)
        if found is None:
            if len(self._cells) > 100_000:  # a column of all different values: remembering them helps nobody
                self._cells.clear()
            found = self._cells[key] = self._meant(cell)
        return found

    def _meant(self, cell: Any) -> _Read:
        faults: list[Fault] = []
        if isinstance(cell, str) and (CONTROL.search(cell) or any("\ud800" <= char <= "\udfff" for char in cell)):
            return _Read(-1, faults=(Fault("J007", f"`{self.name}` 里有不可见的控制字符", _LATER, "删去它"),))
        spec, meant = named_fact(self.law.book, self.name, cell)
        if spec is None:
            return _Read(-1, faults=(unknown_header(self.law, self.name, _LATER),))
        value = read_fact(self.law, spec, meant, _LATER, faults)
        place = self._spec(spec)
        if faults:
            return _Read(place, faults=tuple(faults))
        if value is None:
            return _Read(place)
        if spec.kind.form not in _NUMBERS:
            return _Read(place, True, step=-1, value=value)
        exact = _exact(value)
        if abs(exact.numerator) >= 2**53:
            return _Read(place, True, step=-1, value=exact)
        return _Read(place, True, exact.numerator, self._step(Fraction(1, exact.denominator)))


def _exact(value: Any) -> Fraction:
    if isinstance(value, date):
        return Fraction(value.toordinal())
    return value.base if isinstance(value, Quantity) else Fraction(value)


def unknown_header(law: Law, name: str, at: Place) -> Fault:
    """A column that no fact is called by (J020)."""
    close = near_facts(law.book, name)
    help = f"相近的有：{'、'.join(close)}；" if close else ""
    return Fault("J020", f"没有名为 `{name}` 的事实", at, f"{help}与审查无关的列用 `--ignore {name}` 略去")


@dataclass
class Faulty:
    """Rows of a piece that are set aside, with what is wrong with them."""

    size: int
    faults: dict[int, list[Fault]] = field(default_factory=dict)

    def add(self, row: int, fault: Fault, at: Place) -> None:
        """One more fault of a row."""
        self.faults.setdefault(row, []).append(replace(fault, place=at))

    @property
    def good(self) -> npt.NDArray[np.bool_]:
        """The rows without a fault."""
        out = np.ones(self.size, dtype=bool)
        out[list(self.faults)] = False
        return out


@dataclass(slots=True)
class _Part:
    """What one column says of one fact: in which rows, and by which of its distinct cells."""

    rows: npt.NDArray[np.int64]
    reads: Reads
    codes: npt.NDArray[np.int32]
    steps: list[Fraction]
    spec: int

    @property
    def mine(self) -> npt.NDArray[np.int64]:
        """The distinct cells that give this fact a value."""
        return np.flatnonzero((self.reads.spec == self.spec) & self.reads.known)


class Assembly:
    """The facts of one piece, put together from its columns; a fact that is written twice in a row is a fault (J013)."""

    def __init__(self, size: int) -> None:
        self.size = size
        #: fact → rows in which something is written for it, were it only "unknown"
        self.written: dict[str, npt.NDArray[np.bool_]] = {}
        self._specs: dict[str, FactSpec] = {}
        self._parts: dict[str, list[_Part]] = {}

    def add(
        self, column: FactColumn, number: int, cells: Cells, faulty: Faulty, place: Callable[[int, int], Place]
    ) -> None:
        """The cells of one column; `place(row, column number)` says where a fault is shown."""
        reads = column.read(cells)
        if reads.faults:
            wrong = np.zeros(len(cells) + 1, dtype=bool)
            wrong[list(reads.faults)] = True
            for row in np.flatnonzero(wrong[cells.codes]).tolist():
                for fault in reads.faults[int(cells.codes[row])]:
                    faulty.add(row, fault, place(row, number))
        spoken = np.append(reads.spec, np.int16(-1))[cells.codes]
        for index, spec in enumerate(column.specs):
            rows = np.flatnonzero(spoken == index)
            if not len(rows):
                continue
            written = self.written.setdefault(spec.id, np.zeros(self.size, dtype=bool))
            twice = Fault("J013", f"`{spec.zh}`（{spec.id}）写了两次", None, "编号和名称是同一项，只写一次")
            for row in rows[written[rows]].tolist():
                faulty.add(row, twice, place(row, number))
            rows = rows[~written[rows]]
            written[rows] = True
            self._specs[spec.id] = spec
            self._parts.setdefault(spec.id, []).append(_Part(rows, reads, cells.codes[rows], column.steps, index))

    def columns(self) -> Columns:
        """The columns of all facts that are written in some row."""
        out = Columns(self.size)
        for name, spec in self._specs.items():
            out.columns[name] = self._numbers(name) if spec.kind.form in _NUMBERS else self._codes(name, spec)
        return out

    def _codes(self, name: str, spec: FactSpec) -> Column:
        truth = spec.kind.form == "truth"
        values: dict[Any, int] = {False: 0, True: 1} if truth else {}
        index = np.full(self.size, -1, dtype=np.int8 if truth else np.int32)
        for part in self._parts[name]:
            table = np.full(len(part.reads.spec), -1, dtype=index.dtype)
            for code in part.mine.tolist():
                table[code] = values.setdefault(part.reads.values[code], len(values))
            index[part.rows] = table[part.codes]
        return Coded(index, tuple(values))

    def _numbers(self, name: str) -> Column:
        """Whole numbers on one step where 64 bits hold them; else a dictionary of exact fractions."""
        parts = [(part, part.mine) for part in self._parts[name]]
        steps = [
            part.steps[number]
            for part, mine in parts
            for number in np.unique(part.reads.step[mine]).tolist()
            if number >= 0
        ]
        common = common_step(steps)
        out = np.full(self.size, UNKNOWN, dtype=np.int64)
        for part, mine in parts:
            step, number = part.reads.step[mine], part.reads.number[mine]
            if (step < 0).any():
                return self._fractions(name)
            table = np.full(len(part.reads.spec), UNKNOWN, dtype=np.int64)
            for one in np.unique(step).tolist():
                factor = int(part.steps[one] / common)
                same = step == one
                if int(np.abs(number[same]).max()) * factor > _MOST:
                    return self._fractions(name)
                table[mine[same]] = number[same] * factor
            out[part.rows] = table[part.codes]
        return Scaled(out, common)

    def _fractions(self, name: str) -> Column:
        values: dict[Fraction, int] = {}
        index = np.full(self.size, -1, dtype=np.int32)
        for part in self._parts[name]:
            table = np.full(len(part.reads.spec), -1, dtype=np.int32)
            for code in part.mine.tolist():
                large = part.reads.step[code] < 0
                exact = (
                    part.reads.values[code]
                    if large
                    else int(part.reads.number[code]) * part.steps[part.reads.step[code]]
                )
                table[code] = values.setdefault(exact, len(values))
            index[part.rows] = table[part.codes]
        return Coded(index, tuple(values))
