"""What the cases of a rule must show: each part of its condition deciding both ways, each bound hit exactly, each missing fact asked for.

A part *decides* a case when the rule would come out otherwise were the part otherwise (MC/DC, as avionics software is tested).
Goals are read from the rule alone and measured on the scalar machine, whoever wrote the cases.

Source: K. Hayhurst et al., A Practical Tutorial on Modified Condition/Decision Coverage, NASA/TM-2001-210876.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from greenrule.backends.replay import Cone, Replay, defined_away
from greenrule.backends.scalar import Program, Step, facts_in
from greenrule.backends.situation import Members
from greenrule.backends.trace import explain
from greenrule.core.units import factor
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Compare,
    Decided,
    Defined,
    In,
    Literal,
    Node,
    Not,
    Or,
    Parameter,
    Undecided,
    Under,
    both,
)  # fmt: skip
from greenrule.rules.render import expression_text

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing that a case must show of a rule.

    `sort`: `true` and `false` (a part decides so), `edge` (a bound is hit), `beside` (it is just passed), `code` (a code of a list decides), `unknown` (a fact is missing).
    `part` is the place of the part in the condition, `detail` a code or a fact.
    """

    sort: str
    part: Path
    label: str
    detail: str = ""


def condition(book: Rulebook, rule: str, carried: Iterable[str] = (), exceptions: Iterable[str] = ()) -> Node:
    """A rule's condition with the definitions it carries written out, and its exceptions as parts."""
    inside = frozenset(carried)

    def open_(node: Node) -> Node:
        match node:
            case Defined(name=name) if name in inside:
                return open_(book.definitions[name].body)
            case Not(arg=arg):
                return replace(node, arg=open_(arg))
            case And(parts=parts) | Or(parts=parts):
                return replace(node, parts=tuple(open_(part) for part in parts))
            case _:
                return node

    body = open_(book.rules[rule].when)
    others = tuple(Not(Applies(other)) for other in exceptions)
    return both((body, *others)) if others else body


def carriers(book: Rulebook, live: Iterable[str]) -> dict[str, str]:
    """Definition → the first rule in force that reads it: there its own parts are shown, elsewhere it is one part."""
    out: dict[str, str] = {}
    alive = set(live)
    for name in book.order:
        if name not in alive:
            continue
        todo: list[Node] = [book.rules[name].when]
        while todo:
            for node in todo.pop().walk():
                if isinstance(node, Defined) and node.name not in out:
                    out[node.name] = name
                    todo.append(book.definitions[node.name].body)
    return out


def list_carriers(book: Rulebook, live: Iterable[str]) -> dict[str, str]:
    """List of codes → the first rule in force that reads it: there each of its codes is shown."""
    alive = set(live)
    out: dict[str, str] = {}
    for name in book.order:
        if name in alive:
            for node in defined_away(book, book.rules[name].when).walk():
                if isinstance(node, Under) and node.listed is not None:
                    out.setdefault(node.listed, name)
    return out


def parts(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """The parts of a condition that are true, false or unknown by themselves, each with its place."""
    match node:
        case Not(arg=arg):
            yield from parts(arg, (*path, 0))
        case And(parts=inner) | Or(parts=inner):
            for index, part in enumerate(inner):
                yield from parts(part, (*path, index))
        case Literal():
            return
        case _:
            yield path, node


def put(node: Node, path: Path, new: Node) -> Node:
    """The condition with another part in one place."""
    if not path:
        return new
    if isinstance(node, Not):
        return replace(node, arg=put(node.arg, path[1:], new))
    assert isinstance(node, (And, Or))
    inner = list(node.parts)
    inner[path[0]] = put(inner[path[0]], path[1:], new)
    return replace(node, parts=tuple(inner))


def at(node: Node, path: Path) -> Node:
    """The part in a place."""
    for index in path:
        node = node.arg if isinstance(node, Not) else node.parts[index]  # type: ignore[attr-defined]
    return node


def compared(op: str, offset: Fraction) -> bool:
    """Whether a comparison holds whose left side is greater than its right by an offset."""
    return {
        "<": offset < 0,
        "<=": offset <= 0,
        ">": offset > 0,
        ">=": offset >= 0,
        "==": offset == 0,
        "!=": offset != 0,
    }[op]


def goals(book: Rulebook, body: Node, lists: frozenset[str]) -> list[Goal]:
    """What cases must show of a condition; `lists` are those whose codes are shown here."""
    found: list[Goal] = []
    told: dict[str, int] = {}
    for path, part in parts(body):
        text = expression_text(part)
        told[text] = told.get(text, 0) + 1
        name = text if told[text] == 1 else f"{text} #{told[text]}"
        if isinstance(part, Undecided):
            found.append(Goal("unknown", path, f"{name} 未定"))
            continue
        found += [Goal("true", path, f"{name} 成立而决定"), Goal("false", path, f"{name} 不成立而决定")]
        if isinstance(part, Compare):
            found += [Goal("edge", path, f"{name} 恰为界值"), Goal("beside", path, f"{name} 刚过界值")]
        if isinstance(part, Under) and len(part.codes) > 1 and (part.listed is None or part.listed in lists):
            found += [Goal("code", path, f"{name} 因 {code}", code) for code in part.codes if code != "*"]
        if isinstance(part, In):
            found += [Goal("code", path, f"{name} 因 {code}", code) for code in part.codes if len(part.codes) > 1]
        if isinstance(part, (Applies, Decided)):
            continue
        # What a definition reads of other rules is unknown in their own cases.
        facts = sorted(facts_in(defined_away(book, part)))
        if isinstance(part, Defined):
            found += [Goal("unknown", path, f"{name} 未知")] if facts else []
        else:
            found += [Goal("unknown", path, f"{name} 缺 {fact}", fact) for fact in facts]
    return found


class Measure:
    """Which goals of one rule a situation shows, told by the scalar machine."""

    def __init__(self, program: Program, rule: str, body: Node) -> None:
        self.program, self.rule, self.body = program, rule, body
        self.cone = Cone(program, [rule])
        book = program.book
        self._whole = self._compile(body)
        self._with: dict[Path, tuple[Any, Any]] = {}
        self._sides: dict[Path, tuple[Any, Any]] = {}
        self._part: dict[Path, Any] = {}
        for path, part in parts(body):
            self._with[path] = (
                self._compile(put(body, path, Literal(False))),
                self._compile(put(body, path, Literal(True))),
            )
            self._part[path] = self._compile(part)
            if isinstance(part, Compare):
                self._sides[path] = (self._compile(part.left), self._compile(part.right))
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
        answer = self.cone.run(values)
        given = (values.get, answer.truths, answer.outcomes)
        now = self._whole(*given)
        out = []
        asked: frozenset[str] | None = None
        for goal in wanted:
            if goal.sort == "unknown":
                if now != 1 or self._part[goal.part](*given) != 1:
                    continue
                if goal.detail:
                    if asked is None:
                        seen = explain(self.program, values, answer).rule(self.rule)
                        asked = frozenset(read.id for read in seen.reads if read.sort == "fact")
                    if values.get(goal.detail) is not None and not _coarse(self.program.book, values, goal.detail):
                        continue
                    if goal.detail not in asked:
                        continue
                out.append(goal)
                continue
            mine = self._part[goal.part](*given)
            if mine == 1 or now == 1 or self._with[goal.part][0 if mine == 2 else 1](*given) == now:
                continue
            if goal.sort in ("edge", "beside"):
                left, right = (side(*given) for side in self._sides[goal.part])
                if left == right if goal.sort == "edge" else self._just_past(goal.part, left, right, mine == 2):
                    out.append(goal)
            elif goal.sort == "code":
                if mine == 2 and self._by_code(values, goal):
                    out.append(goal)
            elif (mine == 2) == (goal.sort == "true"):
                out.append(goal)
        return out

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

    A ten-thousandth of the bound, rounded to a power of ten of the unit it is written in; where facts are compared with one another,
    one of the unit of the first.
    """
    for side in (part.right, part.left):
        unit, value = "", None
        if isinstance(side, Amount):
            unit, value = side.unit, side.value
        elif isinstance(side, Parameter):
            spec = program.book.parameters[side.id]
            base, _ = spec.on(program.on)
            unit, value = spec.unit, None if base is None else base / factor(spec.unit)[1]
        if value is not None:
            power = len(str(abs(int(value)))) - 3 if abs(value) >= 1 else -4
            return Fraction(10) ** (power - 1) * factor(unit)[1] if value else Fraction(1, 1000) * factor(unit)[1]
    fact = next(iter(sorted(facts_in(part))), None)
    unit = program.book.facts[fact].unit if fact is not None else ""
    return factor(unit)[1] if unit else Fraction(1)


def _coarse(book: Rulebook, values: Mapping[str, Any], fact: str) -> bool:
    """Whether a set fact is stated by a code that has others below it: too coarse to decide."""
    spec = book.facts[fact]
    found = values.get(f"{fact}^")
    if spec.kind.form not in ("set", "category") or not isinstance(found, Members):
        return False
    above = set(book.vocabularies[spec.kind.vocab or ""].parent.values())
    return not found.given.isdisjoint(above)
