"""From columns to input planes: values against cuts, dictionaries against questions, all exact.

What depends on a column's dictionary or step is prepared once per run; the loops over rows are `kernels`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor, nextafter
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import UNKNOWN, Coded, Column, Columns, Floats, Scaled, common_step
from greenrule.backends.columnar.lowering import Below, Member, Stated
from greenrule.backends.columnar.numeric import Puzzle, compared, worked_out
from greenrule.backends.columnar.wiring import Looked, Puzzled, Ranked, Source, Truths, Wired
from greenrule.rules.book import Rulebook

#: Fills the planes (blocks, inputs, WORDS) of one source for the projects from … to.
Job = Callable[[int, int, npt.NDArray[np.uint64]], None]
_MOST = int(np.iinfo(np.int64).max)


class Filler:
    """Fills the input planes of a program from columns: what depends on their dictionaries and steps is prepared once."""

    def __init__(self, book: Rulebook, wired: Wired, columns: Columns) -> None:
        self.book, self.columns = book, columns
        self.jobs = [self._job(source) for source in wired.sources]

    def fill(self, low: int, high: int, planes: npt.NDArray[np.uint64]) -> None:
        """Planes (blocks, inputs, WORDS) of the projects `low` … `high` - 1; `low` is the first of a block."""
        for job in self.jobs:
            job(low, high, planes)

    def _job(self, source: Source) -> Job:
        match source:
            case Truths(fact=fact):
                return _truth_job(source, self._column(fact, Coded))
            case Looked(fact=fact):
                return _look_job(source, self._column(fact, Coded), _answers(self.book, source))
            case Ranked():
                return self._rank_job(source)
            case Puzzled(puzzle=puzzle):
                return self._puzzle_job(source, puzzle)
        raise TypeError(type(source).__name__)

    def _column(self, fact: str, kind: type) -> Any:
        column = self.columns.columns[fact]
        if not isinstance(column, kind):
            raise TypeError(f"{fact}: a {self.book.facts[fact].kind} is a column of {kind.__name__}")
        return column

    def _rank_job(self, source: Ranked) -> Job:
        if isinstance(source.line, str):
            column = self.columns.columns[source.line]
            if isinstance(column, Coded):
                codes = [1 + _reached_cuts(source.cuts, value) for value in column.values]
                return _look_job(source, column, lambda values: [*codes, 0])
            return _number_job(source, column)
        line = source.line
        parts = [(self.columns.columns[fact], coefficient) for fact, coefficient in line]
        total = _exact_sum(parts)
        if total is not None:
            return _number_job(source, total)
        facts = tuple(fact for fact, _ in line)

        def code(values: Sequence[Fraction]) -> int:
            found = sum((value * part for value, (_, part) in zip(values, line, strict=True)), Fraction(0))
            return 1 + _reached_cuts(source.cuts, found)

        return self._combined_job(source, facts, code)

    def _puzzle_job(self, source: Source, puzzle: Puzzle) -> Job:
        facts = puzzle.facts

        def code(values: Sequence[Fraction]) -> int:
            known = dict(zip(facts, values, strict=True))
            left, right = worked_out(self.book, puzzle.left, known), worked_out(self.book, puzzle.right, known)
            return int(left is not None and right is not None and compared(puzzle.op, Fraction(left), Fraction(right)))

        return self._combined_job(source, facts, code)

    def _combined_job(self, source: Source, facts: Sequence[str], code: Callable[[Sequence[Fraction]], int]) -> Job:
        """Exact, and slow where many combinations differ: each distinct combination of known values is asked once."""
        columns = [self.columns.columns[fact] for fact in facts]
        asked: dict[tuple[Any, ...], int] = {}

        def job(low: int, high: int, planes: npt.NDArray[np.uint64]) -> None:
            keys = [
                column.index[low:high] if isinstance(column, Coded) else column.numbers[low:high] for column in columns
            ]
            index = np.full(high - low, -1, dtype=np.int32)
            codes: dict[int, int] = {}
            for row, values in enumerate(zip(*(key.tolist() for key in keys), strict=True)):
                found = asked.get(values)
                if found is None:
                    exact = [_exact(column, value) for column, value in zip(columns, values, strict=True)]
                    found = asked[values] = -1 if None in exact else code(exact)  # type: ignore[arg-type]
                if found >= 0:
                    index[row] = codes.setdefault(found, len(codes))
            _look_up(source, index, _table(source, [*codes, 0]), planes)

        return job


def _exact(column: Column, key: Any) -> Fraction | None:
    if isinstance(column, Coded):
        return None if key < 0 else Fraction(column.values[key])
    if isinstance(column, Scaled):
        return None if key == UNKNOWN else key * column.step
    return None if key != key else Fraction(repr(key)) * column.step


def _truth_job(source: Source, column: Coded) -> Job:
    from greenrule.backends.columnar import kernels

    if column.values != (False, True) or column.index.dtype != np.int8:
        raise TypeError("a truth column is int8 with the values False, True")

    def job(low: int, high: int, planes: npt.NDArray[np.uint64]) -> None:
        whole = planes.shape[0] * kernels.ROWS
        part = column.index[low:high]
        if len(part) < whole or part.ctypes.data % 8 or not part.flags.c_contiguous:
            part = np.concatenate((part, np.zeros(whole - len(part), dtype=np.int8)))
        words = part.view(np.uint64)
        kernels.slice_bytes(words, planes, source.first, 0)
        kernels.slice_bytes(words, planes, source.first + 1, 7)

    return job


def _look_job(source: Source, column: Coded, answers: Callable[[tuple[Any, ...]], list[int]]) -> Job:
    table = _table(source, answers(column.values))
    index = column.index

    def job(low: int, high: int, planes: npt.NDArray[np.uint64]) -> None:
        _look_up(source, index[low:high], table, planes)

    return job


def _table(source: Source, answers: Sequence[int]) -> npt.NDArray[np.uint64]:
    width = (source.count + 63) // 64 * 8
    words = np.frombuffer(b"".join(answer.to_bytes(width, "little") for answer in answers), dtype=np.uint64)
    return words.reshape(len(answers), -1)


def _look_up(
    source: Source, index: npt.NDArray[Any], table: npt.NDArray[np.uint64], planes: npt.NDArray[np.uint64]
) -> None:
    from greenrule.backends.columnar import kernels

    kernels.look_up(index.astype(np.int32, copy=False), table, planes, source.first, source.count)


def _number_job(source: Ranked, column: Scaled | Floats) -> Job:
    from greenrule.backends.columnar import kernels

    if isinstance(column, Scaled):
        native = [UNKNOWN + 1, *(_whole_cut(bound / column.step, strict) for bound, strict in source.cuts)]
        cuts: npt.NDArray[Any] = np.array(native, dtype=np.int64)
    else:
        cuts = np.array([-np.inf, *(_float_cut(bound / column.step, strict) for bound, strict in source.cuts)])
    numbers = column.numbers

    def job(low: int, high: int, planes: npt.NDArray[np.uint64]) -> None:
        part = numbers[low:high]
        if len(cuts) <= 255:
            codes: npt.NDArray[Any] = np.zeros(planes.shape[0] * kernels.ROWS, dtype=np.uint8)
            kernels.rank(part, cuts, codes)
            words = codes.view(np.uint64)
            for bit in range(source.count):
                kernels.slice_bytes(words, planes, source.first + bit, bit)
            return
        codes = np.searchsorted(cuts, part, side="right")
        codes[part != part] = 0  # NaN sorts behind everything
        for half in range(0, source.count, 8):
            low_bytes = np.zeros(planes.shape[0] * kernels.ROWS, dtype=np.uint8)
            low_bytes[: len(part)] = codes >> half & 255
            for bit in range(half, min(half + 8, source.count)):
                kernels.slice_bytes(low_bytes.view(np.uint64), planes, source.first + bit, bit - half)

    return job


def _reached_cuts(cuts: Sequence[tuple[Fraction, bool]], value: Any) -> int:
    """How many cuts an exact value reaches; a strict cut lies just above its bound."""
    return bisect_right(cuts, (Fraction(value), False)) if cuts else 0


def _whole_cut(bound: Fraction, strict: bool) -> int:
    """The smallest whole number that reaches a cut, within 64 bits."""
    least = floor(bound) + 1 if strict else ceil(bound)
    return max(UNKNOWN + 1, min(least, _MOST))


def _float_cut(bound: Fraction, strict: bool) -> float:
    """The smallest float whose shortest decimal reaches a cut; decimals of floats are in the order of the floats."""

    def reaches(number: float) -> bool:
        if number in (np.inf, -np.inf):
            return number > 0
        exact = Fraction(repr(number))
        return exact > bound if strict else exact >= bound

    try:
        found = float(bound)
    except OverflowError:
        found = np.inf if bound > 0 else -np.inf
    while reaches(lower := nextafter(found, -np.inf)) and lower != -np.inf:
        found = lower
    while not reaches(found):
        found = nextafter(found, np.inf)
    return found


def _exact_sum(parts: Sequence[tuple[Column, Fraction]]) -> Scaled | None:
    """`sum of coefficient · column` as whole numbers; None where 64 bits do not hold it or a column is no `Scaled`."""
    scaled = [(column, coefficient) for column, coefficient in parts if isinstance(column, Scaled)]
    if len(scaled) < len(parts):
        return None
    step = common_step(abs(coefficient * column.step) for column, coefficient in scaled)
    weights = [int(coefficient * column.step / step) for column, coefficient in scaled]
    known = [column.numbers != UNKNOWN for column, _ in scaled]
    most = [
        int(np.abs(np.where(k, column.numbers, 0)).max(initial=0)) for k, (column, _) in zip(known, scaled, strict=True)
    ]
    if sum(abs(weight) * top for weight, top in zip(weights, most, strict=True)) >= _MOST:
        return None
    total = np.zeros(len(known[0]), dtype=np.int64)
    for weight, k, (column, _) in zip(weights, known, scaled, strict=True):
        total += weight * np.where(k, column.numbers, 0)
    total[~np.logical_and.reduce(known)] = UNKNOWN
    return Scaled(total, step)


def _answers(book: Rulebook, source: Looked) -> Callable[[tuple[Any, ...]], list[int]]:
    """For each value of a dictionary (and last for "not known") the answers to all questions, as bits of one number."""
    by_code: dict[str, int] = {}
    upward: dict[str, int] = {}
    exactly: dict[str, int] = {}
    always = unknown = 0
    vocabulary = ""
    for number, question in enumerate(source.questions):
        bit = 1 << number
        match question:
            case Stated():
                always |= bit
            case Member(codes=codes):
                for code in codes:
                    by_code[code] = by_code.get(code, 0) | bit
            case Below(vocabulary=name, listed=listed, opened=opened, above=above, may=may):
                vocabulary = name
                for code in listed | opened if may else listed:
                    upward[code] = upward.get(code, 0) | bit
                for code in above if may else ():
                    exactly[code] = exactly.get(code, 0) | bit
                unknown |= bit if may else 0
    tree = book.vocabularies.get(vocabulary)

    def ask(values: tuple[Any, ...]) -> list[int]:
        out = []
        for value in values:
            found = source.rows.get(value)
            if found is None:
                codes = (value,) if isinstance(value, str) else value
                found = always | (by_code.get(value, 0) if isinstance(value, str) else 0)
                for code in codes if tree is not None else ():
                    found |= exactly.get(code, 0)
                    for up in tree.ancestors(code):  # type: ignore[union-attr]
                        found |= upward.get(up, 0)
                source.rows[value] = found
            out.append(found)
        return [*out, unknown]

    return ask
