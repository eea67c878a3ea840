"""Cells of a table as facts of many projects: each distinct cell is read once, by the same reader as a project file's.

What is wrong with a cell sets its row aside and nothing else.  Plain amounts (`106.5 万吨/年`) have a short way of their own,
for a long table may hold a million different ones; a test holds it equal to the long way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import UNKNOWN, Coded, Column, Columns, Scaled, on_one_step
from greenrule.casework.batch_tables import Cells
from greenrule.casework.entries import CONTROL
from greenrule.casework.project import read_fact
from greenrule.core.errors import Fault, Place
from greenrule.core.units import Quantity
from greenrule.packs.book import Law
from greenrule.packs.values import named_fact, near_facts
from greenrule.rules.book import FactSpec

_PLAIN = re.compile(r"\s*([0-9]{1,9})(?:\.([0-9]{1,6}))?\s*(\D.{0,20})?")
_NUMBERS = ("quantity", "number", "date")
_MOST = int(np.iinfo(np.int64).max)
#: Where a fault will be shown is known only when its row is.
_LATER = Place("")


@dataclass(slots=True)
class _Read:
    """One distinct cell as read: the fact (place among the column's `specs`, -1 where there is none), its value or faults."""

    spec: int
    known: bool = False
    number: int = 0
    step: int = 0
    value: Any = None
    faults: tuple[Fault, ...] = ()


@dataclass
class FactColumn:
    """One column of a table that holds a fact, or a family of facts told apart by their units."""

    law: Law
    name: str
    #: facts that its cells turned out to speak of
    specs: list[FactSpec] = field(default_factory=list)
    #: steps (base units) of its plain numbers
    steps: list[Fraction] = field(default_factory=list)
    _cells: dict[Any, _Read] = field(default_factory=dict, repr=False)
    _units: dict[str, tuple[int, Fraction] | None] = field(default_factory=dict, repr=False)

    def read(self, cells: Cells) -> list[_Read]:
        """The distinct cells of one piece."""
        kept = self._cells
        if len(kept) > 300_000:  # a column of all different values: remembering them helps nobody
            kept.clear()
        out = []
        for cell in cells.values:
            # True and 1 are one key of a dictionary, but not one value of a fact.
            key = (cell, bool) if isinstance(cell, bool) else cell
            found = kept.get(key)
            if found is None:
                found = kept[key] = self._plain(cell) or self._long(cell)
            out.append(found)
        return out

    def _plain(self, cell: Any) -> _Read | None:
        """A plain amount in a unit that was met before, or None: then the long way is asked."""
        match = _PLAIN.fullmatch(cell if isinstance(cell, str) else str(cell))
        if match is None:
            return None
        whole, part, unit = match[1], match[2] or "", (match[3] or "").strip()
        if unit not in self._units:
            self._units[unit] = self._unit(unit, isinstance(cell, str))
        found = self._units[unit]
        if found is None:
            return None
        spec, step = found
        return _Read(spec, True, int(whole + part), self._step(step / 10 ** len(part)))

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
            return _Read(place, True, value=value)
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
    reads: list[_Read]
    codes: npt.NDArray[np.int32]
    steps: list[Fraction]
    spec: int

    def known(self, read: _Read) -> bool:
        """Whether a cell gives this fact a value."""
        return read.known and not read.faults and read.spec == self.spec


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
        spec_of = np.array([read.spec for read in reads] + [-1], dtype=np.int32)
        wrong = np.array([bool(read.faults) for read in reads] + [False])
        for row in np.flatnonzero(wrong[cells.codes]).tolist():
            for fault in reads[int(cells.codes[row])].faults:
                faulty.add(row, fault, place(row, number))
        spoken = spec_of[cells.codes]
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
            table = [values.setdefault(read.value, len(values)) if part.known(read) else -1 for read in part.reads]
            index[part.rows] = np.array(table, dtype=index.dtype)[part.codes]
        return Coded(index, tuple(values))

    def _numbers(self, name: str) -> Column:
        """Whole numbers on one step where 64 bits hold them; else a dictionary of exact fractions."""
        pairs: list[tuple[int, Fraction]] = []
        places = np.full(self.size, -1, dtype=np.int64)
        for part in self._parts[name]:
            at = np.full(len(part.reads), -1, dtype=np.int64)
            for code, read in enumerate(part.reads):
                if part.known(read):
                    at[code] = len(pairs)
                    large = read.step < 0
                    pairs.append(
                        (read.value.numerator, Fraction(1, read.value.denominator))
                        if large
                        else (read.number, part.steps[read.step])
                    )
            places[part.rows] = at[part.codes]
        found = _on_one_step(pairs)
        if found is None:
            return Coded(places.astype(np.int32), tuple(number * step for number, step in pairs))
        numbers, step = found
        return Scaled(np.append(numbers, UNKNOWN)[places], step)


def _on_one_step(pairs: Sequence[tuple[int, Fraction]]) -> tuple[npt.NDArray[np.int64], Fraction] | None:
    steps: dict[Fraction, int] = {}
    largest: dict[Fraction, int] = {}
    for number, step in pairs:
        steps.setdefault(step, len(steps))
        largest[step] = max(largest.get(step, 0), abs(number))
    if any(top > _MOST for top in largest.values()):
        return None
    found = on_one_step([(1, step) for step in steps])
    most = on_one_step([(number, step) for step, number in largest.items()])
    if found is None or most is None:
        return None
    factors = np.array(found[0], dtype=np.int64)
    numbers = np.fromiter((number for number, _ in pairs), np.int64, len(pairs))
    which = np.fromiter((steps[step] for _, step in pairs), np.int64, len(pairs))
    return numbers * factors[which], found[1]
