"""The SMT machine: rules, exceptions and decisions as formulas, so that a solver can speak of all situations at once.

Every truth is two formulas (*true*, *false*; neither means unknown), after Kleene as in the scalar machine, with which it is tested to
agree.  Amounts are exact rationals.  It answers nothing by itself; `greenrule.backends.questions` asks.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import z3

from greenrule.backends.base import Backend
from greenrule.backends.decide import Speaker
from greenrule.backends.scalar import Program, facts_in, without_stricter
from greenrule.backends.worlds import Formula, World, conj, disj, formula, neg, rational, test_of
from greenrule.backends.writer import lookup
from greenrule.core.units import factor
from greenrule.rules.book import DecisionSpec, ParameterSpec, Point, Rulebook
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Arithmetic,
    Compare,
    Day,
    Decided,
    Defined,
    Fact,
    In,
    Literal,
    Node,
    Not,
    Or,
    Parameter,
    Table,
    Undecided,
    Under,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A Kleene truth as two formulas; never both.

    >>> Pair(True, False).unknown
    False
    """

    true: Formula
    false: Formula

    @property
    def unknown(self) -> Formula:
        """Neither true nor false."""
        return neg(disj(self.true, self.false))

    @property
    def possible(self) -> Formula:
        """True or unknown."""
        return neg(self.false)


@dataclass(frozen=True, slots=True)
class Term:
    """An amount or a day that may be unknown; `value` is a constant or the solver's expression, in base units or as an ordinal."""

    known: Formula
    value: Any


#: Not known, whatever the world.
_NOTHING = Term(False, Fraction(0))


class Smt(Backend):
    """A rulebook on a day, lowered over a world when asked.

    With `incomplete` a fact may be unknown (its variable `known`); otherwise every fact is known and only what the texts leave open is not.
    With `derive` facts that follow from known ones are known too, as when a project is screened; the world must then be sound
    (`axioms`), for a derivation never contradicts what is given in a sound world.  With a `program`, `book` is the program's own
    (`program.book`: the law as it stood) or a part of it.

    >>> smt = Smt(book, date(2026, 11, 21))  # doctest: +SKIP
    >>> solver.add(*smt.axioms(), smt.rule("m24-02-c").true)  # doctest: +SKIP
    """

    def __init__(
        self, book: Rulebook, on: date, known: date | None = None, *, incomplete: bool = False, derive: bool = True,
        world: World | None = None, program: Program | None = None,
    ) -> None:  # fmt: skip
        self.program = program or Program(book, on, known)
        # Without a program of the caller's, the law as it stood: tables, lists, derivations and transition clauses of the day.
        self.book, self.on, self.incomplete = book if program is not None else self.program.book, on, incomplete
        self.world = world or World(self.book)
        self._pairs: dict[str, Pair] = {}
        self._can: dict[tuple[str, frozenset[str] | None], dict[str | None, Formula]] = {}
        self._tests: dict[tuple[str, Any], Pair] = {}
        self.known: dict[str, Formula] = {
            name: variable.known if incomplete else True for name, variable in self.world.variables.items()
        }
        if incomplete and derive:
            self._derive()

    # -- worlds --------------------------------------------------------------------------------------------
    def axioms(self, statements: Iterable[Node] = ()) -> list[z3.BoolRef]:
        """What holds of every sound world: kinds of facts, derivations, and further statements (never false)."""
        return list(self.named_axioms({str(number): node for number, node in enumerate(statements)}).values())

    def named_axioms(self, statements: Mapping[str, Node] | None = None, givens: bool = True) -> dict[str, z3.BoolRef]:
        """The axioms by name: `kind:FACT`, `derive:FACT:NUMBER`, `state:NAME`, so that a proof can say what it rests on.

        `givens` counts what a pack takes for granted unless a project says otherwise; a world with unknown facts needs them.
        """
        whole = self if not self.incomplete else Smt(self.book, self.on, world=self.world, program=self.program)
        out = {f"kind:{name}": holds for name, holds in self.world.sound().items()}
        for spec in self.book.facts.values():
            for number, item in enumerate(spec.derive):
                if not givens and (item.presumed or (item.when is None and isinstance(item.value, Literal))):
                    continue
                fires = True if item.when is None else whole.run(item.when).true
                out[f"derive:{spec.id}:{number}"] = formula(disj(neg(fires), whole._same(spec.id, item.value)))
        for name, node in (statements or {}).items():
            out[f"state:{name}"] = formula(neg(whole.run(node).false))
        return {name: holds for name, holds in out.items() if not z3.is_true(holds)}

    def _same(self, name: str, value: Node) -> Formula:
        """That a fact has the value of an expression, as far as that is known."""
        mine = self.world.variables[name]
        if mine.classes:
            other = self.world.variables[self._copied(name, value)]
            return conj(*(one == two for one, two in zip(mine.classes, other.classes, strict=True)))
        if mine.spec.kind.form == "truth":
            pair = self.run(value)
            return conj(disj(neg(pair.true), mine.value), disj(neg(pair.false), neg(mine.value)))
        term = self.run(value)
        return disj(neg(term.known), operator.eq(*_alike(mine.value, term.value)))

    def _copied(self, name: str, value: Node) -> str:
        if not isinstance(value, Fact) or self.book.facts[value.id].kind.vocab != self.book.facts[name].kind.vocab:
            raise TypeError(f"the solver cannot derive `{name}` from {value}")
        return value.id

    def _derive(self) -> None:
        """Facts known because they follow: the rounds of screening, with a fact looked at again only when its sources moved."""
        stamp = dict.fromkeys(self.known, 0)
        seen: dict[tuple[str, int], int] = {}
        clock = 0
        for _ in range(3):
            moved = False
            for spec in self.book.facts.values():
                for index, item in enumerate(spec.derive):
                    sources = facts_in(item.value) | (facts_in(item.when) if item.when is not None else frozenset())
                    newest = max((stamp[name] for name in sources), default=0)
                    if seen.get((spec.id, index), -1) == newest:
                        continue
                    seen[(spec.id, index)] = newest
                    fires = True if item.when is None else self.run(item.when).true
                    known = disj(self.known[spec.id], conj(fires, self._is_known(item.value)))
                    if known is not self.known[spec.id]:
                        clock += 1
                        self.known[spec.id], stamp[spec.id], moved = known, clock, True
                        for test in [test for test in self._tests if test[0] == spec.id]:
                            del self._tests[test]
            if not moved:
                break

    def _is_known(self, value: Node) -> Formula:
        if isinstance(value, Fact):
            return self.known[value.id]
        found = self.run(value)
        return disj(found.true, found.false) if isinstance(found, Pair) else found.known

    # -- rules and decisions -------------------------------------------------------------------------------
    def rule(self, name: str) -> Pair:
        """Whether a rule applies: its condition, and none of its exceptions; rules not in force are false."""
        if name not in self._pairs:
            if name not in self.program.live:
                self._pairs[name] = Pair(False, True)
            else:
                pair = self.run(self.book.rules[name].when)
                others = [self.rule(other) for other in self.program.exceptions.get(name, ())]
                self._pairs[name] = Pair(
                    conj(pair.true, *(other.false for other in others)),
                    disj(pair.false, *(other.true for other in others)),
                )
        return self._pairs[name]

    def can(self, decision: str, only: frozenset[str] | None = None) -> Mapping[str | None, Formula]:
        """Value → that the decision may still come out so: all its candidates, `None` for "nothing said".

        `only` lets no other rules speak, on the decision or on its base; what these rules read stays as it is.
        """
        key = (decision, only)
        if key not in self._can:
            self._can[key] = self._decide(self.book.decisions[decision], only)
        return self._can[key]

    def outcome(self, decision: str, value: str | None, only: frozenset[str] | None = None) -> Formula:
        """That a decision has come out as one value and no other."""
        can = self.can(decision, only)
        return conj(can.get(value, False), *(neg(other) for name, other in can.items() if name != value))

    def _decide(self, spec: DecisionSpec, only: frozenset[str] | None) -> dict[str | None, Formula]:
        """`greenrule.backends.decide` as formulas."""
        if spec.collect:
            return {}
        voices = [voice for voice in self.program.speaking[spec.id] if only is None or voice.rule in only]
        first = self._first([voice for voice in voices if not voice.replaces], spec, only)
        replacing = [voice for voice in voices if voice.replaces]
        if not replacing:
            return first
        # Newest first, then strictest: the order in which replacing voices win.
        ranks = sorted({(voice.newness, voice.rank) for voice in replacing}, reverse=True)
        sure = {key: disj(*(self.rule(v.rule).true for v in replacing if (v.newness, v.rank) == key)) for key in ranks}
        none = neg(disj(*sure.values()))
        out: dict[str | None, Formula] = {None: conj(none, first[None])}
        for rank, (value, _) in enumerate(spec.values):
            ways = [conj(none, first[value])]
            for key in ranks:
                if key[1] != rank:
                    continue
                maybe = disj(*(self.rule(v.rule).unknown for v in replacing if (v.newness, v.rank) == key))
                ways.append(conj(sure[key], *(neg(sure[other]) for other in ranks if other > key)))
                ways.append(conj(maybe, *(neg(sure[other]) for other in ranks if other[0] > key[0])))
            out[value] = disj(*ways)
        return out

    def _first(
        self, voices: list[Speaker], spec: DecisionSpec, only: frozenset[str] | None
    ) -> dict[str | None, Formula]:
        """The strictest of the rules that hold, or at least hold if nothing stricter does; above it, those that may hold."""
        count = len(spec.values)
        pairs = [(voice.rank, self.rule(voice.rule), self.least(voice.rule)) for voice in voices]
        floor = [disj(*(disj(pair.true, least) for at, pair, least in pairs if at == rank)) for rank in range(count)]
        maybe = [disj(*(pair.unknown for at, pair, _ in pairs if at == rank)) for rank in range(count)]
        nothing = neg(disj(*floor))
        default = -1 if spec.default is None else spec.rank(spec.default)
        out: dict[str | None, Formula] = {None: nothing if spec.default is None else False}
        for rank, (value, _) in enumerate(spec.values):
            starts = [conj(floor[rank], *(neg(above) for above in floor[rank + 1 :]))]
            if rank == default:
                starts.append(nothing)
            lower = neg(disj(*floor[rank:]))  # no floor here or above
            rises = conj(maybe[rank], lower, True if rank > default else neg(nothing))
            out[value] = disj(*starts, rises)
        if spec.base is None:
            return out
        silent = conj(*(pair.false for _, pair, _ in pairs))
        below = self.can(spec.base, only)
        return {
            value: disj(conj(silent, below.get(value, False)), conj(neg(silent), mine)) for value, mine in out.items()
        }

    def least(self, name: str) -> Formula:
        """That an unknown "otherwise" rule holds unless a stricter one does."""
        rest = without_stricter(self.book.rules[name])
        if rest is None or self.program.exceptions.get(name):
            return False
        return conj(self.rule(name).unknown, self.run(rest).true)

    # -- nodes ---------------------------------------------------------------------------------------------
    def visit_Literal(self, node: Literal) -> Pair:
        return Pair(node.value, not node.value)

    def visit_Undecided(self, node: Undecided) -> Pair:
        return Pair(False, False)

    def visit_Amount(self, node: Amount) -> Term:
        return Term(True, node.value * factor(node.unit)[1])

    def visit_Day(self, node: Day) -> Term:
        return Term(True, node.value.toordinal())

    def visit_Fact(self, node: Fact) -> Pair | Term:
        value, known = self.world.variables[node.id].value, self.known[node.id]
        if self.book.facts[node.id].kind.form == "truth":
            return Pair(conj(known, value), conj(known, neg(value)))
        return Term(known, value)

    def visit_Parameter(self, node: Parameter) -> Term:
        value, _ = self.book.parameters[node.id].on(self.on)
        return _NOTHING if value is None else Term(True, value)

    def visit_Table(self, node: Table) -> Term:
        arg = self.run(node.arg)
        return _lookup(self.book.parameters[node.parameter], arg)

    def visit_Defined(self, node: Defined) -> Pair:
        key = f"define:{node.name}"
        if key not in self._pairs:
            self._pairs[key] = self.run(self.book.definitions[node.name].body)
        return self._pairs[key]

    def visit_Applies(self, node: Applies) -> Pair:
        return self.rule(node.rule)

    def visit_Decided(self, node: Decided) -> Pair:
        can = self.can(node.decision)
        hits = disj(*(can.get(value, False) for value in node.values))
        others = disj(*(way for value, way in can.items() if value not in node.values))
        return Pair(conj(hits, neg(others)), conj(neg(hits), neg(can.get(None, False))))

    def visit_In(self, node: In) -> Pair:
        return self._member(node)

    def visit_Under(self, node: Under) -> Pair:
        return self._member(node)

    def _member(self, node: In | Under) -> Pair:
        variable, test = self.world.variables[node.fact], test_of(self.book, node)
        key = (node.fact, test)
        if key not in self._tests:
            truths = self.world.classes[variable.spec.kind.vocab or ""].answer(test)
            known = self.known[node.fact]
            held = disj(*(one for one, truth in zip(variable.classes, truths, strict=True) if truth == 2))
            maybe = disj(*(one for one, truth in zip(variable.classes, truths, strict=True) if truth))
            self._tests[key] = Pair(conj(known, held), conj(known, neg(maybe)))
        return self._tests[key]

    def visit_Compare(self, node: Compare) -> Pair:
        left, right = self.run(node.left), self.run(node.right)
        known = conj(left.known, right.known)
        if known is False:
            return Pair(False, False)
        holds = _OPERATORS[node.op](*_alike(left.value, right.value))
        return Pair(conj(known, holds), conj(known, neg(holds)))

    def visit_Arithmetic(self, node: Arithmetic) -> Term:
        left, right = self.run(node.left), self.run(node.right)
        known = conj(left.known, right.known)
        if known is False:
            return _NOTHING
        one, two = _alike(left.value, right.value)
        return Term(known, one + two if node.op == "+" else one - two if node.op == "-" else one * two)

    def visit_Not(self, node: Not) -> Pair:
        pair = self.run(node.arg)
        return Pair(pair.false, pair.true)

    def visit_And(self, node: And) -> Pair:
        pairs = [self.run(part) for part in node.parts]
        return Pair(conj(*(pair.true for pair in pairs)), disj(*(pair.false for pair in pairs)))

    def visit_Or(self, node: Or) -> Pair:
        pairs = [self.run(part) for part in node.parts]
        return Pair(disj(*(pair.true for pair in pairs)), conj(*(pair.false for pair in pairs)))


_OPERATORS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Two values of which one may be a constant, so that the solver compares like with like; two constants stay Python's."""
    if z3.is_expr(left) == z3.is_expr(right):
        return left, right
    if z3.is_expr(left):
        return left, z3.IntVal(right) if left.is_int() else rational(right)
    return z3.IntVal(left) if right.is_int() else rational(left), right


def _lookup(spec: ParameterSpec, arg: Term) -> Term:
    """A piecewise table as a formula (`greenrule.backends.writer.lookup`)."""
    x = arg.value
    if not z3.is_expr(x):
        found = lookup(spec, Fraction(x)) if arg.known is True else None
        return _NOTHING if found is None else Term(True, Fraction(found))
    points: dict[Fraction, Point] = {}
    for point in spec.table:
        points.setdefault(point.x, point)
    stairs = sorted(points.values(), key=lambda point: point.x)
    value: Any = rational(stairs[-1].y)
    for below, above in reversed(list(itertools.pairwise(stairs))):
        here: Any = rational(below.y)
        if spec.shape != "steps":
            here = here + rational((above.y - below.y) / (above.x - below.x)) * (x - rational(below.x))
        value = z3.If(x < rational(above.x), here, value)
    inside = [x >= rational(spec.table[0].x)]
    if spec.shape != "steps":
        inside.append(x <= rational(stairs[-1].x))
    return Term(conj(arg.known, *inside), value)
