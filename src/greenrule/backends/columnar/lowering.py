"""The whole rulebook as logic over bit planes: every truth is two planes, "is true" and "may be true".

Facts that follow from others (`derive`) are worked in first, then definitions, rules and decisions in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from greenrule.backends.base import Backend
from greenrule.backends.columnar.graph import FALSE, TRUE, Graph
from greenrule.backends.columnar.numeric import Comparer
from greenrule.backends.columnar.outcomes import Voices, combine
from greenrule.backends.scalar import Program, Step
from greenrule.backends.writer import climb
from greenrule.core.units import factor
from greenrule.rules.book import FactSpec
from greenrule.rules.nodes import (
    OPPOSITE,
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

#: Literals of "is true" and "may be true".
Pair = tuple[int, int]
#: A number, category or set that depends on what is known: (literal of the case, expression over raw facts).
Cases = tuple[tuple[int, Node], ...]
UNKNOWN: Pair = (FALSE, TRUE)


@dataclass(frozen=True, slots=True)
class Given:
    """Plane of a truth fact as it was given: `may` = "may be true", else "is true"."""

    fact: str
    may: bool


@dataclass(frozen=True, slots=True)
class Member:
    """Plane: the category is known and one of the codes."""

    fact: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stated:
    """Plane: the category or set is known."""

    fact: str


@dataclass(frozen=True, slots=True)
class Below:
    """Plane: the set is (`may`: may be) at or below the listed codes of a vocabulary."""

    fact: str
    vocabulary: str
    listed: frozenset[str]
    opened: frozenset[str]
    above: frozenset[str]
    may: bool


@dataclass(slots=True)
class Seen:
    """A truth expression that was lowered: where it is unknown, what it was made of, and what is missing then."""

    unknown: int
    parts: tuple[int, ...] = ()
    facts: tuple[str, ...] = ()
    decision: str | None = None


@dataclass(slots=True)
class Lowered:
    """The lowered rulebook: planes by what they say, all literals of one graph."""

    graph: Graph
    truths: dict[str, Pair] = field(default_factory=dict)
    floors: dict[str, int] = field(default_factory=dict)
    voices: dict[str, Voices] = field(default_factory=dict)


class Lowering(Backend):
    """Visits every node of the language and writes planes; see the module."""

    lowered: ClassVar = {}
    refused: ClassVar = {}

    def __init__(self, program: Program) -> None:
        self.program, self.book = program, program.book
        self.graph = Graph()
        self.comparer = Comparer(self.graph, self.book)
        self.out = Lowered(self.graph)
        self.facts: dict[str, Pair] = {}
        #: derived values of facts that are no truths: (where, expression over raw facts)
        self.derived: dict[str, Cases] = {}
        self._pairs: dict[Node, tuple[Pair, int]] = {}
        #: everything that was lowered, parts before wholes: the ground on which missing facts are named
        self.seen: list[Seen] = []
        self.of_rule: dict[str, int] = {}
        self._of_definition: dict[str, tuple[Pair, int]] = {}
        self._derive()
        self._pairs.clear()
        self.seen.clear()
        for step in program.steps:
            self._step(step)

    # -- facts that follow from others ---------------------------------------------------------------------
    def _derive(self) -> None:
        """As `casework.situation` completes one project: in the order of the vocabulary, three rounds, first come."""
        told: dict[tuple[str, int], object] = {}
        for _ in range(3):
            for spec in self.book.facts.values():
                for number, item in enumerate(spec.derive):
                    self._pairs.clear()
                    when = self.run(item.when)[0] if item.when is not None else TRUE
                    value = self._follows(spec, item.value)
                    # What reads the same as last time has nothing to add.
                    if told.get((spec.id, number)) != (when, value):
                        told[(spec.id, number)] = (when, value)
                        if spec.kind.form == "truth":
                            self._add_truth(spec, when, value)  # type: ignore[arg-type]
                        else:
                            self._add_cases(spec, when, value)  # type: ignore[arg-type]

    def _follows(self, spec: FactSpec, node: Node) -> Pair | Cases:
        if spec.kind.form in ("category", "set") and not isinstance(node, Fact):
            raise TypeError(f"{spec.id}: a {spec.kind} follows from a fact only")
        found: Pair | Cases = self.run(node)
        return found

    def _add_truth(self, spec: FactSpec, when: int, value: Pair) -> None:
        graph, (true, may), (yes, perhaps) = self.graph, self._truth(spec.id), value
        here = graph.all((may, true ^ 1, when))
        no = graph.both(here, perhaps ^ 1)
        self.facts[spec.id] = graph.any((true, graph.both(here, yes))), graph.both(may, no ^ 1)

    def _add_cases(self, spec: FactSpec, when: int, value: Cases) -> None:
        here = self.graph.both(self._known(spec) ^ 1, when)
        added = []
        for case, node in value:
            if spec.kind.form in _NUMBERS:
                known = self.comparer.holds("==", node, node)
            else:
                known = self.graph.leaf(Stated(_fact(node)))
            where = self.graph.all((here, case, known))
            if where != FALSE:
                added.append((where, node))
        self.derived[spec.id] = (*self.derived.get(spec.id, ()), *added)

    def _truth(self, fact: str) -> Pair:
        return self.facts.get(fact) or (self.graph.leaf(Given(fact, False)), self.graph.leaf(Given(fact, True)))

    def _cases(self, fact: str) -> Cases:
        """The given value of a fact, then what it may follow from; the cases exclude each other."""
        return ((TRUE, Fact(fact)), *self.derived.get(fact, ()))

    def _known(self, spec: FactSpec) -> int:
        """Where a fact has a value, given or derived."""
        if spec.kind.form == "truth":
            true, may = self._truth(spec.id)
            return self.graph.any((true, may ^ 1))
        given = self.comparer.known(spec.id) if spec.kind.form in _NUMBERS else self.graph.leaf(Stated(spec.id))
        return self.graph.any((given, *(where for where, _ in self.derived.get(spec.id, ()))))

    def missing(self, fact: str) -> int:
        """Where a fact is not known."""
        return self._known(self.book.facts[fact]) ^ 1

    def given(self, fact: str) -> Pair:
        """Planes of a truth as it was given, whatever follows."""
        return self.graph.leaf(Given(fact, False)), self.graph.leaf(Given(fact, True))

    def stated(self, fact: str) -> int:
        """Where a category or set was given."""
        return self.graph.leaf(Stated(fact))

    def truth(self, node: Node) -> Pair:
        """Planes of a further condition over the facts, given and derived."""
        return self._pair(node)[0]

    # -- steps ---------------------------------------------------------------------------------------------
    def _step(self, step: Step) -> None:
        graph = self.graph
        if step.decision is not None:
            spec = self.book.decisions[step.decision]
            speaking = self.program.speaking[step.decision]
            self.out.voices[spec.id] = combine(graph, spec, speaking, self.out.truths, self.out.floors, self.out.voices)
            return
        assert step.body is not None
        pair, number = self._pair(step.body)
        if step.name in self.book.definitions:
            self._of_definition[step.name] = pair, number
            return
        if step.exceptions:
            others = [self.out.truths.get(other, (FALSE, FALSE)) for other in step.exceptions]
            pair = (
                graph.all((pair[0], *(may ^ 1 for _, may in others))),
                graph.all((pair[1], *(true ^ 1 for true, _ in others))),
            )
            parts = (number, *(self.of_rule[other] for other in step.exceptions if other in self.of_rule))
            number = self._remember(pair, parts)
        elif step.otherwise is not None:
            sure = self._pair(step.otherwise)[0][0]
            self.out.floors[step.name] = graph.all((pair[1], pair[0] ^ 1, sure))
        self.out.truths[step.name] = pair
        self.of_rule[step.name] = number

    def _remember(
        self, pair: Pair, parts: Iterable[int] = (), facts: tuple[str, ...] = (), decision: str | None = None
    ) -> int:
        self.seen.append(Seen(self.graph.both(pair[1], pair[0] ^ 1), tuple(parts), facts, decision))
        return len(self.seen) - 1

    def _pair(self, node: Node) -> tuple[Pair, int]:
        """Planes of a truth expression, and its number among what was seen; each expression once."""
        found = self._pairs.get(node)
        if found is None:
            found = self._pairs[node] = self._lower(node)
        return found

    def _lower(self, node: Node) -> tuple[Pair, int]:
        if isinstance(node, Defined):
            return self._of_definition[node.name] if node.name in self._of_definition else self._pair(
                self.book.definitions[node.name].body)  # fmt: skip
        pair: Pair = self.run(node)
        if isinstance(node, (Not, And, Or)):
            children = (node.arg,) if isinstance(node, Not) else node.parts
            return pair, self._remember(pair, (self._pair(child)[1] for child in children))
        if isinstance(node, Applies):
            return pair, self.of_rule[node.rule] if node.rule in self.of_rule else self._remember(pair)
        if isinstance(node, Decided):
            return pair, self._remember(pair, decision=node.decision)
        facts = (part.id if isinstance(part, Fact) else part.fact
                 for part in node.walk() if isinstance(part, (Fact, In, Under)))  # fmt: skip
        return pair, self._remember(pair, facts=tuple(dict.fromkeys(facts)))

    # -- truths --------------------------------------------------------------------------------------------
    def visit_Literal(self, node: Literal) -> Pair:
        return (TRUE, TRUE) if node.value else (FALSE, FALSE)

    def visit_Undecided(self, node: Undecided) -> Pair:
        return UNKNOWN

    def visit_Not(self, node: Not) -> Pair:
        true, may = self._pair(node.arg)[0]
        return may ^ 1, true ^ 1

    def visit_And(self, node: And) -> Pair:
        parts = self._parts(node.parts)
        return self.graph.all(true for true, _ in parts), self.graph.all(may for _, may in parts)

    def visit_Or(self, node: Or) -> Pair:
        parts = self._parts(node.parts)
        return self.graph.any(true for true, _ in parts), self.graph.any(may for _, may in parts)

    def _parts(self, nodes: Sequence[Node]) -> list[Pair]:
        return [self._pair(node)[0] for node in nodes]

    def visit_Defined(self, node: Defined) -> Pair:
        return self._pair(node)[0]

    def visit_Applies(self, node: Applies) -> Pair:
        return self.out.truths.get(node.rule, (FALSE, FALSE))

    def visit_Decided(self, node: Decided) -> Pair:
        voices = self.out.voices.get(node.decision)
        return UNKNOWN if voices is None else voices.among(self.graph, frozenset(node.values))

    def visit_In(self, node: In) -> Pair:
        codes = frozenset(node.codes)
        true, false = [], []
        for where, case in self._cases(node.fact):
            inside = self.graph.leaf(Member(_fact(case), codes))
            stated = self.graph.leaf(Stated(_fact(case)))
            true.append(self.graph.both(where, inside))
            false.append(self.graph.all((where, stated, inside ^ 1)))
        return self.graph.any(true), self.graph.any(false) ^ 1

    def visit_Under(self, node: Under) -> Pair:
        vocabulary = self.book.facts[node.fact].kind.vocab or ""
        true, false = [], []
        for where, case in self._cases(node.fact):
            below, may = (Below(_fact(case), vocabulary, *climb(self.book, node), may=may) for may in (False, True))
            true.append(self.graph.both(where, self.graph.leaf(below)))
            false.append(self.graph.both(where, self.graph.leaf(may) ^ 1))
        return self.graph.any(true), self.graph.any(false) ^ 1

    def visit_Compare(self, node: Compare) -> Pair:
        true, false = [], []
        for where, left in self.run(node.left):
            for also, right in self.run(node.right):
                case = self.graph.both(where, also)
                true.append(self.graph.both(case, self.comparer.holds(node.op, left, right)))
                false.append(self.graph.both(case, self.comparer.holds(OPPOSITE[node.op], left, right)))
        return self.graph.any(true), self.graph.any(false) ^ 1

    # -- numbers: cases, each an expression over raw facts and amounts in base units ------------------------
    def visit_Fact(self, node: Fact) -> Pair | Cases:
        return self._truth(node.id) if self.book.facts[node.id].kind.form == "truth" else self._cases(node.id)

    def visit_Amount(self, node: Amount) -> Cases:
        return ((TRUE, Amount(node.value * factor(node.unit)[1])),)

    def visit_Day(self, node: Day) -> Cases:
        return ((TRUE, Amount(Fraction(node.value.toordinal()))),)

    def visit_Parameter(self, node: Parameter) -> Cases:
        value, _ = self.book.parameters[node.id].on(self.program.on)
        return () if value is None else ((TRUE, Amount(Fraction(value))),)

    def visit_Arithmetic(self, node: Arithmetic) -> Cases:
        return tuple(
            (self.graph.both(where, also), Arithmetic(node.op, left, right))
            for where, left in self.run(node.left)
            for also, right in self.run(node.right)
        )

    def visit_Table(self, node: Table) -> Cases:
        return tuple((where, Table(node.parameter, arg)) for where, arg in self.run(node.arg))


_NUMBERS = ("quantity", "number", "date")


def _fact(node: Node) -> str:
    assert isinstance(node, Fact)
    return node.id
