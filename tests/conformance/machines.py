"""The machines that must agree, each behind the same question: what holds in these worlds?

A further machine joins by a class with `name`, `can` and `read`, listed in `MACHINES`; what it cannot answer it leaves out
of `can`, and the suite leaves it out of those comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Protocol

from greenrule.backends.columnar import Columnar, Columns
from greenrule.backends.decide import Outcome
from greenrule.backends.scalar import Answer
from greenrule.backends.trace import explain
from greenrule.casework.situation import Machine
from greenrule.packs.book import Law
from greenrule.rules.book import Rulebook

World = Mapping[str, Any]


@dataclass
class Reading:
    """What a machine found in one world: truth (0, 1, 2) of every rule in force, decisions, facts that are missing."""

    truths: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()


class Reader(Protocol):
    """A machine as the suite asks it."""

    name: ClassVar[str]
    #: of "truths", "outcomes", "missing"
    can: ClassVar[frozenset[str]]

    def read(self, book: Rulebook, on: date, known: date | None, worlds: Sequence[World]) -> list[Reading]:
        """The readings of several worlds (facts as a project states them; None or absent is not known)."""


class Scalar:
    """The reference: one world after the other, derived facts by `casework`, missing facts by the trace."""

    name = "scalar"
    can = frozenset({"truths", "outcomes", "missing"})

    def read(self, book, on, known, worlds):
        machine = Machine(Law(book, None, {}, ()), on, known)  # type: ignore[arg-type]
        out = []
        for world in worlds:
            values, _ = machine.complete(world)
            answer = machine.program.run(values)
            out.append(Reading(_of_rules(machine.program, answer), answer.outcomes, _missing(machine, values, answer)))
        return out


class ColumnarReader:
    """All worlds as one table."""

    name = "columnar"
    can = frozenset({"truths", "outcomes", "missing"})

    def read(self, book, on, known, worlds):
        machine = Columnar(book, on, known)
        answers = machine.run(Columns.of(book, worlds), threads=1)
        truths = {rule: answers.truth(rule) for rule in machine.lowered.truths}
        words = {
            decision: answers.words(decision) for decision in book.decisions if not book.decisions[decision].collect
        }
        masks = {decision: answers.candidates(decision) for decision in words}
        voices, missing = answers.voices(book.decisions), answers.missing()
        out = []
        for row in range(len(worlds)):
            answer = answers.answer(row)
            for decision, outcome in answer.outcomes.items():
                _same_planes(book, decision, outcome, row, words, masks, voices)
            found = frozenset(name[1] for name in missing.row(row))
            out.append(Reading({rule: int(column[row]) for rule, column in truths.items()}, answer.outcomes, found))
        return out


def _same_planes(book, decision, outcome, row, words, masks, voices):
    """The columns of a machine say what its single rows say."""
    spec = book.decisions[decision]
    names = voices.row(row)
    assert {name[2] for name in names if name[:2] == ("deciding", decision)} == set(outcome.deciding)
    assert {name[2] for name in names if name[:2] == ("open", decision)} == set(outcome.open)
    if not spec.collect:
        order = [*(value for value, _ in spec.values), None]
        assert words[decision][row] == outcome.word
        assert masks[decision][row] == sum(1 << order.index(value) for value in outcome.candidates)


def _of_rules(program, answer: Answer) -> dict[str, int]:
    return {rule: answer.truths.get(rule, 0) for rule in program.live}


def _missing(machine: Machine, values, answer: Answer) -> frozenset[str]:
    explanation = explain(machine.program, values, answer)
    reads = (
        read for rule in machine.program.live if answer.truths.get(rule) == 1 for read in explanation.rule(rule).reads
    )
    return frozenset(read.id for read in reads if read.sort == "fact" and read.value is None)


REFERENCE: Reader = Scalar()
MACHINES: tuple[Reader, ...] = (ColumnarReader(),)
