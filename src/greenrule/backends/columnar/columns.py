"""Facts of many projects, one exact column per fact; what is not known is a sentinel, never a number.

Nothing here knows a rulebook's thresholds: the same columns may be asked of several rulebooks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.situation import Value
from greenrule.core.units import Quantity
from greenrule.rules.book import FactSpec, Rulebook

#: Stands for "not known" among whole numbers.
UNKNOWN = np.iinfo(np.int64).min
_MOST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Coded:
    """A column by dictionary: `index` (n,) int8 or int32 into `values`, -1 where not known.

    `values` are machine values: bool, code, frozenset of codes, or an exact number in base units (dates by ordinal).
    """

    index: npt.NDArray[Any]
    values: tuple[Any, ...]

    def at(self, row: int) -> Any:
        """The value of one row, None where not known."""
        found = int(self.index[row])
        return None if found < 0 else self.values[found]


@dataclass(frozen=True, slots=True)
class Scaled:
    """A column of exact numbers: `numbers` (n,) int64 times `step` base units, `UNKNOWN` where not known."""

    numbers: npt.NDArray[np.int64]
    step: Fraction

    def at(self, row: int) -> Fraction | None:
        """The value of one row in base units, None where not known."""
        found = int(self.numbers[row])
        return None if found == UNKNOWN else found * self.step


@dataclass(frozen=True, slots=True)
class Floats:
    """A column of decimals as programs hold them: `numbers` (n,) float64 times `step` base units, NaN where not known.

    Each number means the shortest decimal that reads back as it (what `repr` prints): 0.1 is one tenth, as written.
    """

    numbers: npt.NDArray[np.float64]
    step: Fraction

    def at(self, row: int) -> Fraction | None:
        """The value of one row in base units, None where not known."""
        found = float(self.numbers[row])
        return None if found != found else Fraction(repr(found)) * self.step


Column = Coded | Scaled | Floats


@dataclass
class Columns:
    """`size` projects; facts without a column are known of none of them.

    >>> Columns.of(book, [{"capacity": Quantity.parse("90 万吨/年")}, {}]).size  # doctest: +SKIP
    2
    """

    size: int
    columns: dict[str, Column] = field(default_factory=dict)

    @classmethod
    def of(cls, book: Rulebook, situations: Sequence[Mapping[str, Value]]) -> Columns:
        """Columns of situations as a project states them (fact id → value; None or absent is not known).

        Errors: KeyError for a fact that the rulebook does not have.
        """
        out = cls(len(situations))
        for name in dict.fromkeys(name for one in situations for name in one):
            out.put(book.facts[name], [one.get(name) for one in situations])
        return out

    def put(self, spec: FactSpec, values: Iterable[Value]) -> None:
        """Add the column of a fact from one value per project, None where not known."""
        form = spec.kind.form
        if form in ("truth", "category", "set"):
            self.columns[spec.id] = _coded([_member(form, value) for value in values], small=form == "truth")
        else:
            self.columns[spec.id] = _numbers([_number(value) for value in values])

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            size = len(column.index if isinstance(column, Coded) else column.numbers)
            if size != self.size:
                raise ValueError(f"{name}: {size} values for {self.size} projects")

    def facts(self, row: int) -> dict[str, Any]:
        """Machine values of one project's known facts, for the scalar machine (see `entries`)."""
        found = ((name, column.at(row)) for name, column in self.columns.items())
        return {name: value for name, value in found if value is not None}

    def taken(self, rows: npt.NDArray[Any] | slice) -> Columns:
        """Some of the projects, by number, mask or slice."""
        taken: dict[str, Column] = {}
        for name, column in self.columns.items():
            if isinstance(column, Coded):
                taken[name] = Coded(np.ascontiguousarray(column.index[rows]), column.values)
            else:
                taken[name] = type(column)(np.ascontiguousarray(column.numbers[rows]), column.step)
        size = len(np.empty(self.size, dtype=np.int8)[rows])
        return Columns(size, taken)

    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        return sum(c.index.nbytes if isinstance(c, Coded) else c.numbers.nbytes for c in self.columns.values())


def _member(form: str, value: Any) -> Any:
    if value is None or form != "set":
        return value
    return frozenset((value,)) if isinstance(value, str) else frozenset(value)


def _number(value: Any) -> Fraction | None:
    if value is None:
        return None
    if isinstance(value, Quantity):
        return value.base
    return Fraction(value.toordinal()) if isinstance(value, date) else Fraction(value)


def _coded(values: list[Any], small: bool = False) -> Coded:
    found: dict[Any, int] = {False: 0, True: 1} if small else {}
    index = np.fromiter(
        (-1 if value is None else found.setdefault(value, len(found)) for value in values), np.int32, len(values)
    )
    return Coded(index.astype(np.int8) if small else index, tuple(found))


def _numbers(values: list[Fraction | None]) -> Column:
    """Whole multiples of a common step where that fits into 64 bits, a dictionary of fractions where it does not."""
    seen: dict[Fraction, int] = {}
    places = [-1 if value is None else seen.setdefault(value, len(seen)) for value in values]
    found = on_one_step([(value.numerator, Fraction(1, value.denominator)) for value in seen])
    if found is None:
        return Coded(np.array(places, dtype=np.int32), tuple(seen))
    numbers, step = found
    table = np.array([*numbers, UNKNOWN], dtype=np.int64)
    return Scaled(table[np.array(places, dtype=np.int64)], step)


def on_one_step(pairs: Sequence[tuple[int, Fraction]]) -> tuple[list[int], Fraction] | None:
    """Numbers (whole number, step) as whole multiples of one step; None where that leaves 64 bits.

    >>> on_one_step([(3, Fraction(1, 2)), (1, Fraction(1, 3))])
    ([9, 2], Fraction(1, 6))
    """
    step = common_step({step for _, step in pairs})
    factors: dict[Fraction, int] = {}
    numbers = []
    for number, own in pairs:
        if own not in factors:
            factors[own] = int(own / step)
        numbers.append(number * factors[own])
    return (numbers, step) if all(abs(number) < _MOST for number in numbers) else None


def common_step(steps: Iterable[Fraction]) -> Fraction:
    """The largest step of which all given ones are whole multiples; 1 of none.

    >>> common_step([Fraction(1, 2), Fraction(3, 4)])
    Fraction(1, 4)
    """
    top, bottom = 0, 1
    for step in steps:
        bottom_new = bottom * step.denominator // gcd(bottom, step.denominator)
        top = gcd(top * (bottom_new // bottom), step.numerator * (bottom_new // step.denominator))
        bottom = bottom_new
    return Fraction(top, bottom) if top else Fraction(1)


def entries(book: Rulebook, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Machine values of `Columns.facts` in the form that the scalar machine reads."""
    from greenrule.backends.situation import exact, members

    out: dict[str, Any] = {}
    for name, value in facts.items():
        kind = book.facts[name].kind
        if kind.form == "truth":
            out[name] = 2 if value else 0
        elif kind.form == "date":
            out[name] = date.fromordinal(int(value))
        elif kind.form in ("quantity", "number"):
            out[name] = exact(Fraction(value))
        else:
            codes = {value} if isinstance(value, str) else value
            out[name] = value
            out[f"{name}^"] = members(book.vocabularies[kind.vocab or ""], codes)
    return out
