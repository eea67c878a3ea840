"""What a change of law would do: who flips, from what to what, by which item of the change.

Two laws are asked of the same columns of facts by the columnar machine.  A project flips in a decision where the possible
outcomes are others than before.  What makes it flip is looked for among the items of the change whose truth turned in its
case; where there are several, the smallest mixture of old and new law that gives the new outcome is found by asking again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar import Answers, Columnar, Columns
from greenrule.backends.decide import Outcome
from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.casework.lawdiff import LawItem, differences, frozen, frozen_pair, mixture, relevant
from greenrule.casework.reach import Reach
from greenrule.casework.situation import Machine
from greenrule.casework.smallest import smallest
from greenrule.core.units import Quantity, factor
from greenrule.packs.book import Law
from greenrule.rules.book import Rulebook

#: How many projects are asked at a time: bounds the memory that the truths of all rules take.
_SLICE = 100_000

Key = tuple[str, str]
#: What one decision may come out as: its values, None for "no value".
Possible = frozenset[str | None]


@dataclass(frozen=True, slots=True)
class Turn:
    """One way of flipping: a decision, from what to what, by which items of the change, and in which rows.

    `exact` is false where the items were not narrowed down to the least (too many mixtures).
    """

    decision: str
    before: Possible
    after: Possible
    causes: tuple[Key, ...]
    rows: npt.NDArray[np.int64]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a collecting decision gains or loses: in how many cases, by which items, in which rows."""

    decision: str
    value: str
    gained: bool
    causes: tuple[Key, ...]
    rows: npt.NDArray[np.int64]


@dataclass
class Effects:
    """What the change does to some cases."""

    size: int
    turns: list[Turn] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    @property
    def flipped(self) -> int:
        """Cases in which at least one decision comes out otherwise."""
        rows = [turn.rows for turn in self.turns]
        return len(np.unique(np.concatenate(rows))) if rows else 0

    def by_cause(self) -> Counter[Key]:
        """Item of the change → cases that it flips in some decision."""
        rows: dict[Key, list[npt.NDArray[np.int64]]] = {}
        for turn in self.turns:
            for cause in turn.causes:
                rows.setdefault(cause, []).append(turn.rows)
        return Counter({cause: len(np.unique(np.concatenate(found))) for cause, found in rows.items()})


@dataclass
class Change:
    """Two laws on one day, and what they say differently."""

    base: Law
    draft: Law
    on: date
    known: date | None = None
    events: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.before = Columnar(self.base.book, self.on, self.known, events=self.events)
        self.after = Columnar(self.draft.book, self.on, self.known, events=self.events)

    @cached_property
    def frozen(self) -> tuple[Rulebook, Rulebook]:
        """Both laws without days."""
        return frozen(self.program(self.before)), frozen(self.program(self.after))

    @cached_property
    def items(self) -> list[LawItem]:
        """What the draft says differently on the day."""
        return differences(*self.frozen)

    @cached_property
    def reach(self) -> Reach:
        """Which items of the change can bear on which decision."""
        return Reach(*self.frozen, [item for item in self.items if not item.wording])

    @staticmethod
    def program(machine: Columnar) -> Program:
        """The scalar program of a columnar machine."""
        assert machine.program is not None
        return machine.program

    def decisions(self, collect: bool) -> list[str]:
        """Decisions of either law that take one value, or that collect several."""
        specs = {**self.before.book.decisions, **self.after.book.decisions}
        return [name for name, spec in specs.items() if spec.collect == collect]

    # -- asking --------------------------------------------------------------------------------------------
    def effects(
        self, columns: Columns, after: Columns | None = None, done: Callable[[int], None] | None = None
    ) -> Effects:
        """What the change does to all cases of the columns (`after`: their facts under the draft, where those differ)."""
        turns: dict[tuple[Any, ...], list[npt.NDArray[np.int64]]] = {}
        pieces: dict[tuple[str, str, bool, tuple[Key, ...]], list[npt.NDArray[np.int64]]] = {}
        for first in range(0, columns.size, _SLICE):
            rows = slice(first, min(first + _SLICE, columns.size))
            one = columns.taken(rows)
            other = one if after is None else after.taken(rows)
            self._slice(one, other, first, turns, pieces)
            if done is not None:
                done(one.size)
        out = Effects(columns.size)
        for (decision, before, now, causes), found in turns.items():
            where = np.concatenate(found)
            exact = len(causes) < 2
            if not exact:
                causes, exact = self._narrowed(decision, causes, columns, after or columns, int(where[0]))
            out.turns.append(Turn(decision, before, now, causes, where, exact))
        for (decision, value, gained, causes), found in pieces.items():
            out.pieces.append(Piece(decision, value, gained, causes, np.concatenate(found)))
        order = {name: place for place, name in enumerate([*self.decisions(False), *self.decisions(True)])}
        out.turns.sort(key=lambda turn: (order[turn.decision], -len(turn.rows), turn.causes))
        out.pieces.sort(key=lambda piece: (order[piece.decision], piece.value, piece.gained, piece.causes))
        return out

    def _slice(
        self, one: Columns, other: Columns, first: int, turns: dict[Any, list[Any]], pieces: dict[Any, list[Any]]
    ) -> None:
        before, after = self.before.run(one), self.after.run(other)
        touched = self.reach.touched(before, after)
        for decision in self.decisions(collect=False):
            self._single(decision, before, after, touched, first, turns)
        for decision in self.decisions(collect=True):
            self._collecting(decision, before, after, touched, first, pieces)

    def _single(
        self, decision: str, before: Answers, after: Answers, touched: Mapping[Key, Any], first: int, turns: dict[Any, list[Any]]
    ) -> None:  # fmt: skip
        ones, others = possible(before, decision), possible(after, decision)
        pairs = ones[0].astype(np.int64) * len(others[1]) + others[0]
        same = np.array([a == b for a in ones[1] for b in others[1]], dtype=np.bool_)
        rows = np.flatnonzero(~same[pairs])
        if not len(rows):
            return
        names = self.reach.of_decision(decision, touched)
        for pair in np.unique(pairs[rows]):
            a, b = divmod(int(pair), len(others[1]))
            found = rows[pairs[rows] == pair]
            for causes, part in _by_causes(names, touched, found):
                turns.setdefault((decision, ones[1][a], others[1][b], causes), []).append(part + first)

    def _collecting(
        self, decision: str, before: Answers, after: Answers, touched: Mapping[Key, Any], first: int, pieces: dict[Any, list[Any]]
    ) -> None:  # fmt: skip
        sides = (_values(self.program(self.before), decision), _values(self.program(self.after), decision))
        for value in dict.fromkeys([*sides[0], *sides[1]]):
            rules = tuple(side.get(value, ()) for side in sides)
            if not self.reach.can_move(rules[0] + rules[1], touched):
                continue
            masks = [_any_true(answers, names) for answers, names in zip((before, after), rules, strict=True)]
            names = self.reach.of_rules(rules[0] + rules[1], touched)
            for gained, mask in ((True, masks[1] & ~masks[0]), (False, masks[0] & ~masks[1])):
                for causes, part in _by_causes(names, touched, np.flatnonzero(mask)):
                    pieces.setdefault((decision, value, gained, causes), []).append(part + first)

    def _narrowed(
        self, decision: str, causes: tuple[Key, ...], columns: Columns, after: Columns, row: int
    ) -> tuple[tuple[Key, ...], bool]:
        """The least of several items that gives the new outcome in one case of the group."""
        facts, new = columns.facts(row), after.facts(row)
        if facts != new or decision not in self.before.book.decisions:
            return causes, False
        names = set()
        for machine in (self.before, self.after):
            found = encode(machine.book, as_given(machine.book, facts)).get("industry^")
            names |= relevant(self.program(machine), found, decision)  # type: ignore[arg-type]
        pair = frozen_pair(self.program(self.before), self.program(self.after), (names, names))
        items = [item.key for item in differences(*pair) if not item.wording]
        held = [key for key in items if key in causes]
        rest = [key for key in items if key not in causes]
        target = _outcome(self.machine(pair[1]), facts, decision)

        def reaches(taken: frozenset[Key]) -> bool:
            # Items that turned nothing in this case are put in with the rest: they can only help to read the new text.
            return bool(_outcome(self.machine(mixture(pair[0], pair[1], [*taken, *rest])), facts, decision) == target)

        if not held or not reaches(frozenset(held)):
            return causes, False
        least = smallest(held, reaches, budget=60)
        return least.parts, least.proven

    def machine(self, book: Rulebook) -> Machine:
        """A machine over a frozen book."""
        return Machine(replace(self.base, book=book), self.on)


def possible(answers: Answers, decision: str) -> tuple[npt.NDArray[np.int64], list[Possible]]:
    """Per case the place of its possible outcomes, and those sets of outcomes by place; one empty set where there is no such decision."""
    if decision not in answers.machine.lowered.voices:
        return np.zeros(len(answers), dtype=np.int64), [frozenset()]
    found, inverse = np.unique(answers.candidates(decision), return_inverse=True)
    values = [*(value for value, _ in answers.machine.book.decisions[decision].values), None]
    sets = [frozenset(value for place, value in enumerate(values) if int(mask) >> place & 1) for mask in found]
    return inverse.astype(np.int64), sets


def _by_causes(
    names: Iterable[Key], touched: Mapping[Key, npt.NDArray[np.bool_]], rows: npt.NDArray[np.int64]
) -> list[tuple[tuple[Key, ...], npt.NDArray[np.int64]]]:
    """Rows by the items that turned in their case."""
    if not len(rows):
        return []
    order = [name for name in names if touched[name][rows].any()]
    keys = np.zeros((len(rows), max(len(order), 1)), dtype=np.bool_)
    for place, name in enumerate(order):
        keys[:, place] = touched[name][rows]
    found, inverse = np.unique(keys, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    return [
        (tuple(name for name, on in zip(order, key, strict=False) if on), rows[inverse == number])
        for number, key in enumerate(found)
    ]


def _values(program: Program, decision: str) -> dict[str, tuple[str, ...]]:
    """Value of a collecting decision → the rules that give it."""
    out: dict[str, list[str]] = {}
    for voice in program.speaking.get(decision, ()):
        out.setdefault(voice.value, []).append(voice.rule)
    return {value: tuple(rules) for value, rules in out.items()}


def _any_true(answers: Answers, rules: Iterable[str]) -> npt.NDArray[np.bool_]:
    out = np.zeros(len(answers), dtype=np.bool_)
    for rule in rules:
        if ("true", rule) in answers.planes:
            out |= answers.planes.mask(("true", rule))
    return out


def _outcome(machine: Machine, facts: Mapping[str, Any], decision: str) -> Any:
    if decision not in machine.book.decisions:
        return None
    found: Outcome = machine.answer(as_given(machine.book, facts), decision).outcomes[decision]
    return found.value, frozenset(found.candidates)


def as_given(book: Rulebook, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of one row of columns (numbers in base units) as a project states them; those that the book lacks are left out."""
    out: dict[str, Any] = {}
    for name, value in facts.items():
        spec = book.facts.get(name)
        if spec is None:
            continue
        if spec.kind.form == "quantity":
            value = Quantity(Fraction(value) / factor(spec.unit)[1], spec.unit)
        elif spec.kind.form == "date":
            value = date.fromordinal(int(value))
        out[name] = value
    return out
