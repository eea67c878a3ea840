"""What the columnar machine found: decisions as columns; rules, reasons and missing facts of any row on demand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import Columns, entries
from greenrule.backends.columnar.machine import Columnar, Planes
from greenrule.backends.decide import Outcome, decide
from greenrule.backends.scalar import Answer
from greenrule.core.truth import Truth


@dataclass
class Answers:
    """The answers for `columns.size` projects.

    Columns of all rows: `words`, `codes`, `candidates`, `truth`, `missing`.  One row: `outcome`, `answer`, `missing_of`.
    """

    machine: Columnar
    columns: Columns
    planes: Planes
    with_truths: bool
    _near: tuple[int, Planes] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return self.columns.size

    # -- all rows ------------------------------------------------------------------------------------------
    def candidates(self, decision: str) -> npt.NDArray[np.uint32]:
        """Possible values as bits: bit i is value i of the decision, the bit after the last is "no value"."""
        return self._masks(decision, np.uint32)

    def _masks(self, decision: str, kind: type[Any]) -> npt.NDArray[Any]:
        values = [value for value, _ in self.machine.book.decisions[decision].values]
        found = self.machine.lowered.voices[decision].candidates
        bits = {value: 1 << (len(values) if value is None else values.index(value)) for value in found}
        return self.planes.sums([(("candidate", decision, value), bit) for value, bit in bits.items()], kind)

    def codes(self, decision: str) -> npt.NDArray[np.int8]:
        """The value by its place in the declared order, -1 while undetermined (or without value)."""
        from greenrule.backends.columnar import kernels

        found: npt.NDArray[Any]
        inverse: npt.NDArray[Any]
        count = len(self.machine.book.decisions[decision].values)
        if count > 7:
            found, inverse = np.unique(self.candidates(decision), return_inverse=True)
        else:
            found, inverse = np.arange(256), self._masks(decision, np.uint8)
        places = {1 << place: place for place in range(count)}
        table = np.array([places.get(int(mask), -1) for mask in found], dtype=np.int8)
        out = np.empty(len(self), dtype=np.int8)
        kernels.recode(inverse, table, out)
        return out

    def words(self, decision: str) -> npt.NDArray[np.object_]:
        """The value as the finding writes it: `prohibited`, …, `undetermined`."""
        names = [value for value, _ in self.machine.book.decisions[decision].values]
        return np.array([*names, "undetermined"], dtype=object)[self.codes(decision)]

    def truth(self, rule: str) -> npt.NDArray[np.uint8]:
        """Truth of a rule: 0 false, 1 unknown, 2 true; rules that are not in force are false."""
        true, may = ("true", rule), ("may", rule)
        pair = self.machine.lowered.truths.get(rule)
        if pair is None:
            return np.zeros(len(self), dtype=np.uint8)
        planes = (
            self.planes if self.with_truths else self.machine.planes(self.columns, [(true, pair[0]), (may, pair[1])])
        )
        return planes.sums([(true, 1), (may, 1)], np.uint8)

    def missing(self, decisions: Iterable[str] | None = None) -> Planes:
        """Planes ("missing", fact) of all rows: facts that nobody gave and that rules which may hold ask for.

        With `decisions` only facts that leave one of these undetermined.
        """
        return self.machine.planes(self.columns, self.machine.missing_names(decisions))

    def voices(self, decisions: Iterable[str]) -> Planes:
        """Planes ("deciding", decision, rule) and ("open", decision, rule) of all rows."""
        return self.machine.planes(self.columns, self.machine.voice_names(decisions))

    # -- one row -------------------------------------------------------------------------------------------
    def answer(self, row: int) -> Answer:
        """Everything about one project, as the scalar machine answers."""
        from greenrule.backends.columnar.kernels import ROWS

        if self.with_truths:
            names = self.planes.row(row)
        else:
            block = row // ROWS
            if self._near is None or self._near[0] != block:
                part = self.columns.taken(slice(block * ROWS, min((block + 1) * ROWS, len(self))))
                self._near = block, self.machine.planes(part, self.machine.truth_names(), threads=1)
            names = self._near[1].row(row % ROWS)
        truths = {rule: (("true", rule) in names) + (("may", rule) in names) for rule in self.machine.lowered.truths}
        floors = {name[1] for name in names if name[0] == "floor"}
        outcomes: dict[str, Outcome] = {}
        program = self.machine.program
        assert program is not None
        for decision in self.machine.lowered.voices:
            heard = program.speaking[decision]
            sure = [voice for voice in heard if truths[voice.rule] == 2]
            maybe = [voice for voice in heard if truths[voice.rule] == 1]
            outcomes[decision] = decide(self.machine.book.decisions[decision], sure, maybe, outcomes, floors)
        return Answer({rule: truth for rule, truth in truths.items() if truth}, outcomes, floors)

    def outcome(self, row: int, decision: str) -> Outcome:
        """One decision of one project, with the rules that decide it and those that leave it open."""
        return self.answer(row).outcomes[decision]

    def missing_of(self, row: int, decisions: Iterable[str] | None = None) -> tuple[str, ...]:
        """Missing facts of one project, in the order of the vocabulary."""
        part = self.columns.taken(slice(row, row + 1))
        found = self.machine.planes(part, self.machine.missing_names(decisions), threads=1)
        return tuple(name[1] for name in found.number if found.bit(name, 0))

    def values(self, row: int) -> dict[str, Any]:
        """The given facts of one project in the form that the scalar machine reads (nothing derived)."""
        return entries(self.machine.book, self.columns.facts(row))

    def nbytes(self) -> int:
        """Bytes that the answers hold beyond the columns."""
        return self.planes.nbytes()


__all__ = ["Answers", "Truth"]
