"""Which goals of a rule a case shows, measured on the scalar machine, whoever wrote the case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from greenrule.backends.replay import Cone, Replay, defined_away
from greenrule.backends.scalar import Program, Step, facts_in
from greenrule.backends.situation import Members
from greenrule.backends.trace import explain
from greenrule.core.units import factor
from greenrule.packs.boundaries import Goal, Path, at, compared, parts, put
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Amount, Compare, In, Literal, Node, Parameter, Table, Under


class Measure:
    """Which goals of one rule a situation shows, told by the scalar machine."""

    def __init__(self, program: Program, rule: str, body: Node) -> None:
        self.program, self.rule, self.body = program, rule, body
        self.cone = Cone(program, [rule])
        book = program.book
        self._whole = self._compile(body)
        self._with: dict[Path, tuple[Any, Any]] = {}
        self._sides: dict[Path, tuple[Any, Any]] = {}
        self._asked: dict[Path, Any] = {}
        self._part: dict[Path, Any] = {}
        for path, part in parts(body):
            self._with[path] = (
                self._compile(put(body, path, Literal(False))),
                self._compile(put(body, path, Literal(True))),
            )
            self._part[path] = self._compile(part)
            if isinstance(part, Compare):
                self._sides[path] = (self._compile(part.left), self._compile(part.right))
                if isinstance(part.left, Table):
                    self._asked[path] = self._compile(part.left.arg)
        self.facts = {path: facts_in(defined_away(book, part)) for path, part in parts(body)}

    def _compile(self, node: Node) -> Callable[..., Any]:
        return self.program.compile(Step("part", defined_away(self.program.book, node)))

    def truth(self, values: Mapping[str, Any]) -> int:
        """Truth of the condition, exceptions counted."""
        answer = self.cone.run(values)
        return int(self._whole(values.get, answer.truths, answer.outcomes))

    def deciding(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Facts that decided the rule in a situation (`Replay.deciding`)."""
        replay = Replay(self.program, values)
        replay.answer = self.cone.run(values)
        return replay.deciding([self.rule])

    def shown(self, values: Mapping[str, Any], wanted: Iterable[Goal]) -> list[Goal]:
        """The goals among some that a situation shows."""
        return self.measured(values, wanted)[1]

    def measured(self, values: Mapping[str, Any], wanted: Iterable[Goal]) -> tuple[int, list[Goal]]:
        """Truth of the condition in a situation, and the goals among some that it shows."""
        answer = self.cone.run(values)
        given = (values.get, answer.truths, answer.outcomes)
        now = int(self._whole(*given))
        out = []
        asked: frozenset[str] | None = None
        if now == 1:
            seen = explain(self.program, values, answer).rule(self.rule)
            asked = frozenset(read.id for read in seen.reads if read.sort == "fact")
        # Unknown with nothing left to ask: the text itself is open, and the case is as settled as it can be.
        settled = asked is None or not any(self._missing(values, fact) for fact in asked)
        for goal in wanted:
            if goal.sort == "unknown":
                if now != 1 or self._part[goal.part](*given) != 1:
                    continue
                if not goal.detail or (goal.detail in (asked or ()) and self._missing(values, goal.detail)):
                    out.append(goal)
                continue
            mine = self._part[goal.part](*given)
            if mine == 1 or not settled or self._with[goal.part][0 if mine == 2 else 1](*given) == now:
                continue
            if goal.sort in ("edge", "beside"):
                left, right = (side(*given) for side in self._sides[goal.part])
                if left == right if goal.sort == "edge" else self._just_past(goal.part, left, right, mine == 2):
                    out.append(goal)
            elif goal.sort in ("step", "below"):
                if self._at_step(goal, self._asked[goal.part](*given)):
                    out.append(goal)
            elif goal.sort == "code":
                if mine == 2 and self._by_code(values, goal):
                    out.append(goal)
            elif (mine == 2) == (goal.sort == "true"):
                out.append(goal)
        return now, out

    def _just_past(self, path: Path, left: Any, right: Any, holds: bool) -> bool:
        """Whether a comparison comes out otherwise than at its bound, and close by (a hundredth of it, or a day)."""
        part = at(self.body, path)
        assert isinstance(part, Compare)
        if left == right or holds is compared(part.op, Fraction(0)):
            return False
        if isinstance(left, date):
            return bool(abs(left - right) <= timedelta(days=1))
        # Beside nought nothing is near by its share: whatever is more than nought has passed it.
        bounded = [side for side, node in ((left, part.left), (right, part.right)) if not facts_in(node)]
        if 0 in bounded:
            return True
        size = max(map(abs, bounded or (left, right)))
        return bool(abs(left - right) <= max(size / 100, step(self.program, part)))

    def _at_step(self, goal: Goal, value: Any) -> bool:
        """Whether what a table is asked stands on one of its steps, or close below it."""
        part = at(self.body, goal.part)
        assert isinstance(part, Compare)
        assert isinstance(part.left, Table)
        limit = self.program.book.parameters[part.left.parameter].table[int(goal.detail)].x
        if goal.sort == "step":
            return bool(value == limit)
        return bool(value < limit and limit - value <= max(limit / 100, step_below(self.program, part.left)))

    def _missing(self, values: Mapping[str, Any], fact: str) -> bool:
        return values.get(fact) is None or _coarse(self.program.book, values, fact)

    def _by_code(self, values: Mapping[str, Any], goal: Goal) -> bool:
        part = at(self.body, goal.part)
        assert isinstance(part, (In, Under))
        if isinstance(part, In):
            return bool(values.get(part.fact) == goal.detail)
        found = values.get(f"{part.fact}^")
        vocabulary = self.program.book.vocabularies[self.program.book.facts[part.fact].kind.vocab or ""]
        ups = [set(vocabulary.ancestors(code)) for code in found.given] if isinstance(found, Members) else []
        return any(goal.detail in up for up in ups) and all(
            goal.detail in up for up in ups if not up.isdisjoint(part.codes)
        )


def step(program: Program, part: Compare) -> Fraction:
    """A small step beside a bound, in base units (or days).

    A ten-thousandth of the bound, rounded to a power of ten of the unit it is written in, and one of what is counted; where facts are
    compared with one another, one of the unit of the first.
    """
    for side in (part.right, part.left):
        if isinstance(side, Amount):
            return _small(side.value, side.unit)
        if isinstance(side, Parameter):
            spec = program.book.parameters[side.id]
            base, _ = spec.on(program.on)
            if base is not None:
                return _small(base / factor(spec.unit)[1], spec.unit)
    unit = _unit(program.book, part)
    return factor(unit)[1] if unit else Fraction(1)


def step_below(program: Program, table: Table) -> Fraction:
    """The same of the steps of a table, in base units of what it is asked."""
    unit = _unit(program.book, table.arg)
    last = program.book.parameters[table.parameter].table[-1].x
    return _small(last / (factor(unit)[1] if unit else 1), unit)


def _unit(book: Rulebook, node: Node) -> str:
    fact = next(iter(sorted(facts_in(node))), None)
    return book.facts[fact].unit if fact is not None else ""


def _small(value: Fraction, unit: str) -> Fraction:
    dimension, size = factor(unit) if unit else ("1", Fraction(1))
    if "[count" in dimension and not unit.startswith("蒸吨"):  # steam is counted in halves and tenths
        return size
    power = len(str(abs(int(value)))) - 3 if abs(value) >= 1 else -4
    return (Fraction(10) ** (power - 1) if value else Fraction(1, 1000)) * size


def _coarse(book: Rulebook, values: Mapping[str, Any], fact: str) -> bool:
    """Whether a set fact is stated by a code that has others below it: too coarse to decide."""
    spec = book.facts[fact]
    found = values.get(f"{fact}^")
    if spec.kind.form not in ("set", "category") or not isinstance(found, Members):
        return False
    above = set(book.vocabularies[spec.kind.vocab or ""].parent.values())
    return not found.given.isdisjoint(above)
