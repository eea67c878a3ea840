"""The columnar machine: the whole rulebook over tables of projects, equal to the scalar machine on every row.

Memory holds the columns, one chunk of working planes per thread, and a few bits per project of answers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import Columns
from greenrule.backends.columnar.filling import Filler
from greenrule.backends.columnar.lowering import Lowered, Lowering
from greenrule.backends.columnar.missing import missing_planes
from greenrule.backends.columnar.wiring import Wired, wire
from greenrule.backends.decide import Speaker
from greenrule.backends.scalar import Program
from greenrule.rules.book import Rulebook

if TYPE_CHECKING:
    from greenrule.backends.columnar.answers import Answers

#: Blocks that one thread runs without looking up: enough that the interpreter costs nothing, few enough that progress is told.
_CHUNK = 16

#: Name of one output plane, e.g. ("true", rule), ("candidate", decision, value).
Name = tuple[Any, ...]


@dataclass
class Columnar:
    """A rulebook as it stood on a day and as it was known on another, ready for any number of projects.

    >>> answers = Columnar(book, on=date(2026, 11, 21)).run(Columns.of(book, situations))  # doctest: +SKIP
    >>> answers.words("access")  # doctest: +SKIP
    array(['prohibited', 'undetermined'], dtype=object)
    """

    book: Rulebook
    on: date
    known: date | None = None
    #: the scalar program of the same day, where the caller has one already
    program: Program | None = None
    #: date facts that all of the projects state, for the transition clauses
    events: frozenset[str] = frozenset()
    _wired: dict[tuple[Any, ...], tuple[tuple[Name, ...], Wired]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.program is None:
            self.program = Program(self.book, self.on, self.known, events=self.events)
        self.book = self.program.book  # the law of the day, as known then

    @cached_property
    def lowering(self) -> Lowering:
        """The rulebook as planes, written when first asked for."""
        assert self.program is not None
        return Lowering(self.program)

    @property
    def lowered(self) -> Lowered:
        """Planes of truths and decisions."""
        return self.lowering.out

    @property
    def live(self) -> set[str]:
        """The rules that are in force and known."""
        assert self.program is not None
        return self.program.live

    @property
    def speaking(self) -> dict[str, tuple[Speaker, ...]]:
        """The rules that speak on each decision, in the order of evaluation."""
        assert self.program is not None
        return self.program.speaking

    # -- what can be asked ---------------------------------------------------------------------------------
    def outcome_names(self) -> list[tuple[Name, int]]:
        """Planes of the possible values of every decision."""
        return [
            (("candidate", decision, value), plane)
            for decision, voices in self.lowered.voices.items()
            for value, plane in voices.candidates.items()
        ]

    def truth_names(self) -> list[tuple[Name, int]]:
        """Planes of every rule: is true, may be true, and "at least this" where it is an unknown otherwise-row."""
        out: list[tuple[Name, int]] = []
        for rule, (true, may) in self.lowered.truths.items():
            out += [(("true", rule), true), (("may", rule), may)]
        return out + [(("floor", rule), plane) for rule, plane in self.lowered.floors.items()]

    def voice_names(self, decisions: Iterable[str]) -> list[tuple[Name, int]]:
        """Planes of the rules that decide a decision and of those that leave it open (or only wait, see `Voices`)."""
        out: list[tuple[Name, int]] = []
        for decision in decisions:
            voices = self.lowered.voices[decision]
            out += [(("deciding", decision, rule), plane) for rule, plane in voices.deciding.items()]
            out += [(("open", decision, rule), plane) for rule, plane in voices.open.items()]
            out += [(("waiting", decision, rule), plane) for rule, plane in voices.waiting.items()]
        return out

    def missing_names(self, decisions: Iterable[str] | None) -> list[tuple[Name, int]]:
        """Planes of the facts that are missing: for any rule that may hold, or for decisions that are undetermined."""
        found = missing_planes(self.lowering, None if decisions is None else tuple(decisions))
        return [(("missing", fact), plane) for fact, plane in found.items()]

    # -- running -------------------------------------------------------------------------------------------
    def run(
        self,
        columns: Columns,
        threads: int | None = None,
        truths: bool = True,
        done: Callable[[int], None] | None = None,
    ) -> Answers:
        """All decisions of all projects, and the truths of all rules unless `truths` is false (then on demand).

        `threads`: by default as many as there are cores; `done` is told how many more projects are answered.
        """
        from greenrule.backends.columnar.answers import Answers

        named = [*self.outcome_names(), *(self.truth_names() if truths else ())]
        return Answers(self, columns, self.planes(columns, named, threads, done), truths)

    def planes(
        self,
        columns: Columns,
        named: Sequence[tuple[Name, int]],
        threads: int | None = None,
        done: Callable[[int], None] | None = None,
    ) -> Planes:
        """The named planes of all projects; planes that are the same for all take no memory."""
        from greenrule.backends.columnar import kernels

        names, wired = self._wire(columns, named)
        constant = {name: plane for name, plane in named if plane < 2}
        whole, rest = divmod(columns.size, kernels.ROWS)
        results = np.zeros((whole + (rest > 0), wired.outputs, kernels.WORDS), dtype=np.uint64)
        filled = Filler(self.book, wired, columns).filled
        tables = filled.whole_blocks()
        chunks = range(0, whole, _CHUNK)
        memories = SimpleQueue[npt.NDArray[np.uint64]]()

        def run(low: int, high: int, tables: tuple[Any, ...], into: npt.NDArray[np.uint64]) -> int:
            try:
                memory = memories.get_nowait()
            except Empty:
                memory = np.zeros((wired.registers, kernels.WORDS), dtype=np.uint64)
            truths, numbers, looks, _ = tables
            kernels.run(low, high, truths, numbers, looks, wired.code, wired.flips, memory, into)
            memories.put(memory)
            return (high - low) * kernels.ROWS

        def work(first: int) -> int:
            return run(first, min(first + _CHUNK, whole), tables, results)

        count = threads or os.cpu_count() or 1
        if count == 1 or len(chunks) < 2:
            found: Iterable[int] = map(work, chunks)
            for size in found:
                if done is not None:
                    done(size)
        else:
            with ThreadPoolExecutor(min(count, len(chunks))) as pool:
                for size in pool.map(work, chunks):
                    if done is not None:
                        done(size)
        if rest:
            run(0, 1, filled.last_block(), results[whole:])
            if done is not None:
                done(rest)
        return Planes(columns.size, {name: number for number, name in enumerate(names)}, constant, results)

    def prepared(self, columns: Columns, named: Sequence[tuple[Name, int]]) -> None:
        """Put the program for columns of this shape together now; whoever runs it from several threads does so first."""
        self._wire(columns, named)

    def _wire(self, columns: Columns, named: Sequence[tuple[Name, int]]) -> tuple[tuple[Name, ...], Wired]:
        present = {name: type(column) for name, column in columns.columns.items()}
        key = (tuple(sorted(present)), tuple(plane for _, plane in named))
        if key not in self._wired:
            kept = [(name, plane) for name, plane in named if plane > 1]
            wired = wire(self.lowered.graph, [plane for _, plane in kept], present)
            self._wired[key] = tuple(name for name, _ in kept), wired
        return self._wired[key]


@dataclass
class Planes:
    """Bit planes of answers: `results` (blocks, planes, words) uint64, and planes that are the same for all projects."""

    size: int
    number: dict[Name, int]
    constant: dict[Name, int]
    results: npt.NDArray[np.uint64]

    def __contains__(self, name: object) -> bool:
        return name in self.number or name in self.constant

    def all_names(self) -> list[Name]:
        """Every plane, also those that are the same for all projects."""
        return [*self.number, *self.constant]

    def bit(self, name: Name, row: int) -> bool:
        """One bit."""
        number = self.number.get(name)
        if number is None:
            return bool(self.constant[name])
        block, at = divmod(row, self.results.shape[2] * 64)
        return bool(int(self.results[block, number, at >> 6]) >> (at & 63) & 1)

    def row(self, row: int) -> set[Name]:
        """The names of all planes that are set for one project."""
        block, at = divmod(row, self.results.shape[2] * 64)
        bits = self.results[block, :, at >> 6] >> np.uint64(at & 63) & np.uint64(1)
        out = {name for name, number in self.number.items() if bits[number]}
        return out | {name for name, value in self.constant.items() if value}

    def mask(self, name: Name) -> npt.NDArray[np.bool_]:
        """One plane as (n,) booleans."""
        number = self.number.get(name)
        if number is None:
            return np.full(self.size, bool(self.constant[name]))
        words = np.ascontiguousarray(self.results[:, number, :]).view(np.uint8)
        return np.unpackbits(words.reshape(-1), count=self.size, bitorder="little").astype(np.bool_)

    def sums(self, weights: Sequence[tuple[Name, int]], kind: type[Any] = np.uint32) -> npt.NDArray[Any]:
        """Per project the sum of the weights of the planes that are set."""
        from greenrule.backends.columnar import kernels

        out = np.zeros(self.size, dtype=kind)
        for name, weight in weights:
            number = self.number.get(name)
            if number is not None:
                kernels.spread(self.results, number, weight, out)
            elif self.constant[name]:
                out += kind(weight)
        return out

    def distinct(self, names: Sequence[Name]) -> Distinct:
        """Which of some planes are set together, each combination once."""
        import pyarrow as pa

        from greenrule.backends.columnar import kernels

        always = frozenset(name for name in names if self.constant.get(name))
        varying = [name for name in names if name in self.number]
        if not varying or not self.size:
            words = np.zeros((1, 0), dtype=np.uint64)
            return Distinct([], always, words, np.zeros(self.size, dtype=np.int32))
        bits = np.zeros((self.size, (len(varying) + 63) // 64), dtype=np.uint64)
        kernels.gather(self.results, np.array([self.number[name] for name in varying], dtype=np.int64), bits)
        kind = pa.binary(bits.shape[1] * 8)
        found = pa.FixedSizeBinaryArray.from_buffers(kind, self.size, [None, pa.py_buffer(bits)]).dictionary_encode()
        codes = found.indices.to_numpy().astype(np.int32, copy=False)
        first = np.full(len(found.dictionary), self.size, dtype=np.int64)
        np.minimum.at(first, codes, np.arange(self.size))
        return Distinct(varying, always, bits[first], codes)

    def nbytes(self) -> int:
        """Bytes of the answers."""
        return self.results.nbytes


@dataclass
class Distinct:
    """Combinations of planes: bit p of row k of `words` (k, ⌈p/64⌉) uint64 is plane `names[p]`, `always` are set in all.

    codes : (n,) the combination of every project
    """

    names: list[Name]
    always: frozenset[Name]
    words: npt.NDArray[np.uint64]
    codes: npt.NDArray[np.int32]

    def sets(self) -> list[frozenset[Name]]:
        """The combinations as sets of names."""
        known: dict[tuple[int, int], frozenset[Name]] = {}
        out = []
        for row in self.words.tolist():
            found = self.always
            for place, word in enumerate(row):
                if word:
                    part = known.get((place, word))
                    if part is None:
                        part = known[place, word] = frozenset(self.chosen(place, word))
                    found = found | part
            out.append(found)
        return out

    def chosen(self, place: int, word: int) -> list[Name]:
        """The names whose bits are set in one word, in their order."""
        return [name for bit, name in enumerate(self.names[64 * place : 64 * place + 64]) if word >> bit & 1]
