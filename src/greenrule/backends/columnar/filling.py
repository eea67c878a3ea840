"""From columns to what the compiled loops take: values against cuts, dictionaries against questions, all exact.

What depends on a column's dictionary or step is prepared once per run; the loops over rows are `kernels`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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

_MOST = int(np.iinfo(np.int64).max)
#: Rows of which combinations of values are looked at together.
_AT_ONCE = 65_536
#: Looking up by class pays up to so many planes set in all classes together, for every 64 questions.
_PER_WORD = 1_500
_Whole = npt.NDArray[np.int64]


@dataclass
class Filled:
    """The columns of one run as `kernels.run` takes them, and the arrays whose addresses stand in it.

    `arrays` (source, array): one value per project of int8 (truths), 64 bits (numbers) or int32 (dictionaries)
    """

    size: int
    truths: list[tuple[int, npt.NDArray[Any]]] = field(default_factory=list)
    numbers: list[tuple[int, npt.NDArray[Any], list[Any]]] = field(default_factory=list)
    looks: list[tuple[int, npt.NDArray[Any], Looks]] = field(default_factory=list)

    def whole_blocks(self) -> tuple[Any, ...]:
        """The tables for all blocks that lie in the columns whole."""
        return self._tables(lambda array: array)

    def last_block(self) -> tuple[Any, ...]:
        """The tables for the rest, as block 0, filled up behind it with whatever."""
        from greenrule.backends.columnar.kernels import ROWS

        def filled_up(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
            out = np.zeros(ROWS, dtype=array.dtype)
            rest = array[len(array) // ROWS * ROWS :]
            out[: len(rest)] = rest
            return out

        return self._tables(filled_up)

    def _tables(self, seen: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> tuple[Any, ...]:
        """truths, numbers, looks, and (last) the arrays, to be kept as long as their addresses are used."""
        kept: list[npt.NDArray[Any]] = []

        def at(array: npt.NDArray[Any]) -> int:
            kept.append(np.ascontiguousarray(seen(array)))
            return int(kept[-1].ctypes.data)

        truths = _row(at(array) for _, array in self.truths), _row(first for first, _ in self.truths)
        cuts = [cut for _, _, cuts in self.numbers for cut in cuts]
        whole = np.array([array.dtype == np.int64 for _, array, _ in self.numbers], dtype=np.bool_)
        numbers = (
            _row(at(array) for _, array, _ in self.numbers), _row(first for first, _, _ in self.numbers),
            _begins(len(cuts) for _, _, cuts in self.numbers), whole,
            np.array([cut if isinstance(cut, int) else 0 for cut in cuts], dtype=np.int64),
            np.array([0.0 if isinstance(cut, int) else cut for cut in cuts], dtype=np.float64),
        )  # fmt: skip
        tables = [part for _, _, part in self.looks]
        begins = [
            _begins(len(array) for array in found) for found in zip(*(part.arrays() for part in tables), strict=True)
        ]
        ranges = np.array([[(b[n], b[n + 1]) for b in begins] for n in range(len(tables))], dtype=np.int64)
        looks = (
            _row(at(array) for _, array, _ in self.looks), _row(first for first, _, _ in self.looks),
            _row(part.count for part in tables), ranges.reshape(-1, 8),
            *(np.concatenate((empty, *found)) for empty, *found in
              zip(Looks(0).arrays(), *(part.arrays() for part in tables), strict=True)),
        )  # fmt: skip
        return truths, numbers, looks, kept


@dataclass
class Looks:
    """The answers to `count` questions for every value of a dictionary, last for "not known": by class of values that answer
    all of them alike, or one by one."""

    count: int
    class_of: npt.NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, dtype=np.uint16))
    begin: _Whole = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    planes_of: _Whole = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    table: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, dtype=np.uint64))

    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """The tables in the order in which `kernels.run` takes them."""
        return self.class_of, self.begin, self.planes_of, self.table

    @classmethod
    def of(cls, count: int, answers: Sequence[int]) -> Looks:
        """From the answers of each value as the bits of one number."""
        from greenrule.backends.columnar.kernels import MOST_CLASSES

        number: dict[int, int] = {}
        class_of = [number.setdefault(answer, len(number)) for answer in answers]
        planes = [_places(answer) for answer in number]
        words = (count + 63) // 64
        if len(number) <= MOST_CLASSES and sum(map(len, planes)) <= _PER_WORD * words:
            begin = _begins(map(len, planes))
            return cls(
                count, np.array(class_of, dtype=np.uint16), begin, _row(place for some in planes for place in some)
            )
        text = b"".join(answer.to_bytes(8 * words, "little") for answer in answers)
        return cls(count, table=np.frombuffer(text, dtype=np.uint64))


def _places(number: int) -> list[int]:
    """The places of the bits that are set."""
    out = []
    while number:
        out.append((number & -number).bit_length() - 1)
        number &= number - 1
    return out


def _row(numbers: Iterable[int]) -> _Whole:
    return np.array(list(numbers), dtype=np.int64)


def _begins(sizes: Iterable[int]) -> _Whole:
    return np.cumsum([0, *sizes], dtype=np.int64)


class Filler:
    """Puts together how the input planes of a program are filled from columns."""

    def __init__(self, book: Rulebook, wired: Wired, columns: Columns) -> None:
        self.book, self.columns = book, columns
        self.filled = Filled(columns.size)
        for source in wired.sources:
            self._add(source)

    def _add(self, source: Source) -> None:
        match source:
            case Truths(fact=fact):
                column = self._coded(fact)
                if column.values != (False, True) or column.index.dtype != np.int8:
                    raise TypeError("a truth column is int8 with the values False, True")
                # A column that is one value for all (stride 0) becomes rows of its own: the loops walk bytes.
                self.filled.truths.append((source.first, np.ascontiguousarray(column.index)))
            case Looked(fact=fact):
                column = self._coded(fact)
                self._look(source, column.index, _answers(self.book, source)(column.values))
            case Ranked():
                self._ranked(source)
            case Puzzled(puzzle=puzzle):
                self._puzzled(source, puzzle)

    def _coded(self, fact: str) -> Coded:
        column = self.columns.columns[fact]
        if not isinstance(column, Coded):
            raise TypeError(f"{fact}: a {self.book.facts[fact].kind} is a column of Coded")
        return column

    def _look(self, source: Source, index: npt.NDArray[Any], answers: Sequence[int]) -> None:
        looks = Looks.of(source.count, answers)
        self.filled.looks.append((source.first, np.ascontiguousarray(index, dtype=np.int32), looks))

    def _number(self, source: Ranked, column: Scaled | Floats) -> None:
        bounds = [(bound / column.step, strict) for bound, strict in source.cuts]
        if isinstance(column, Scaled):
            cuts: list[Any] = [UNKNOWN + 1, *(_whole_cut(bound, strict) for bound, strict in bounds)]
        else:
            cuts = [-np.inf, *(float(_float_cut(bound, strict)) for bound, strict in bounds)]
        self.filled.numbers.append((source.first, np.ascontiguousarray(column.numbers), cuts))

    def _ranked(self, source: Ranked) -> None:
        if isinstance(source.line, str):
            column = self.columns.columns[source.line]
            if isinstance(column, Coded):
                answers = [_rank_bits(source.cuts, value) for value in column.values]
                self._look(source, column.index, [*answers, 0])
            else:
                self._number(source, column)
            return
        line = source.line
        total = _exact_sum([(self.columns.columns[fact], coefficient) for fact, coefficient in line])
        if total is not None:
            self._number(source, total)
            return

        def bits(values: Sequence[Fraction]) -> int:
            found = sum((value * part for value, (_, part) in zip(values, line, strict=True)), Fraction(0))
            return _rank_bits(source.cuts, found)

        self._combined(source, tuple(fact for fact, _ in line), bits)

    def _puzzled(self, source: Source, puzzle: Puzzle) -> None:
        facts = puzzle.facts

        def bits(values: Sequence[Fraction]) -> int:
            known = dict(zip(facts, values, strict=True))
            left, right = worked_out(self.book, puzzle.left, known), worked_out(self.book, puzzle.right, known)
            return int(left is not None and right is not None and compared(puzzle.op, Fraction(left), Fraction(right)))

        self._combined(source, facts, bits)

    def _combined(self, source: Source, facts: Sequence[str], bits: Callable[[Sequence[Fraction]], int]) -> None:
        """Exact, and slow where many combinations differ: each distinct combination of known values is asked once."""
        columns = [self.columns.columns[fact] for fact in facts]
        keys = [column.index if isinstance(column, Coded) else column.numbers for column in columns]
        asked: dict[tuple[Any, ...], int] = {}
        codes: dict[int, int] = {}
        index = np.full(self.columns.size, -1, dtype=np.int32)
        for low in range(0, self.columns.size, _AT_ONCE):
            rows = zip(*(key[low : low + _AT_ONCE].tolist() for key in keys), strict=True)
            for row, values in enumerate(rows, low):
                found = asked.get(values)
                if found is None:
                    exact = [_exact(column, value) for column, value in zip(columns, values, strict=True)]
                    found = -1 if None in exact else codes.setdefault(bits(exact), len(codes))  # type: ignore[arg-type]
                    asked[values] = found
                index[row] = found
        self._look(source, index, [*codes, 0])


def _exact(column: Column, key: Any) -> Fraction | None:
    if isinstance(column, Coded):
        return None if key < 0 else Fraction(column.values[key])
    if isinstance(column, Scaled):
        return None if key == UNKNOWN else key * column.step
    return None if key != key else Fraction(repr(key)) * column.step


def _rank_bits(cuts: Sequence[tuple[Fraction, bool]], value: Any) -> int:
    """What `Ranked` asks of a known value: that it is known, and which cuts it reaches."""
    return (2 << _reached_cuts(cuts, value)) - 1


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
