"""Why a rule came out as it did: the facts, parameters and open texts that decided it.

Every rule becomes a second generated function that returns its truth together with what decided it; tests hold it equal
to the scalar machine's own function.  What did not decide (the false half of a true `or`) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import add, eq, ge, gt, le, lt, mul, ne, sub
from typing import Any

from greenrule.backends.scalar import Answer, Program
from greenrule.backends.writer import Writer, among, lookup, under
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
    Not,
    Or,
    Parameter,
    Table,
    Undecided,
    Under,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that was read: a `fact`, a `parameter`, a `decision`, or a `text` that leaves something open."""

    sort: str
    id: str
    value: Any = None
    cite: str | None = None


class Seen:
    """The truth of a rule and what decided it; `reads` are put together when asked for."""

    __slots__ = ("_marks", "_owner", "value")

    def __init__(self, value: int, marks: tuple[_Mark, ...], owner: Explanation) -> None:
        self.value, self._marks, self._owner = value, marks, owner

    @property
    def reads(self) -> tuple[Read, ...]:
        """Everything that decided, each once, in reading order."""
        return tuple(self._owner.read(mark) for mark in dict.fromkeys(self._marks))


# While it runs, an explanation is a pair (value, marks); a mark is (sort, id, cite) and is looked up only at the end.  What a
# table gave depends on what it was asked, so its mark carries the value.
_Mark = tuple[str, str, str | None] | tuple[str, str, str | None, Any]
_Pair = tuple[Any, tuple[_Mark, ...]]


def _all(*parts: _Pair) -> _Pair:
    low = 2
    for part in parts:
        if part[0] == 0:
            return part
        if part[0] < low:
            low = part[0]
    marks: tuple[_Mark, ...] = ()
    for part in parts:
        marks += part[1]
    return low, marks


def _any(*parts: _Pair) -> _Pair:
    high = 0
    for part in parts:
        if part[0] == 2:
            return part
        if part[0] > high:
            high = part[0]
    marks: tuple[_Mark, ...] = ()
    for part in parts:
        if part[0] == high:
            marks += part[1]
    return high, marks


def _compared(operator: Any, left: _Pair, right: _Pair) -> _Pair:
    if left[0] is None or right[0] is None:
        return 1, left[1] + right[1]
    return 2 if operator(left[0], right[0]) else 0, left[1] + right[1]


def _computed(operator: Any, left: _Pair, right: _Pair) -> _Pair:
    if left[0] is None or right[0] is None:
        return None, left[1] + right[1]
    return operator(left[0], right[0]), left[1] + right[1]


def _looked(spec: Any, arg: _Pair, mark: _Mark) -> _Pair:
    value = lookup(spec, arg[0])
    return value, (*arg[1], (*mark, value))


def _not(part: _Pair) -> _Pair:
    return 2 - part[0], part[1]


def _open(truth: int, marks: tuple[_Mark, ...], text: _Mark) -> _Pair:
    return truth, (*marks, text) if truth == 1 else marks


_OPERATORS = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne, "+": add, "-": sub, "*": mul}


class Tracer(Writer):
    """Writes the explaining functions of a program; `explain` runs them for one answered situation."""

    def __init__(self, program: Program) -> None:
        super().__init__(program.book, program.on)
        self.program = program
        self.names.update(
            {
                "A": _all,
                "O": _any,
                "N": _not,
                "C": _compared,
                "M": _computed,
                "L": _looked,
                "U": under,
                "T": _open,
                "D": among,
            }
        )
        self.names.update({f"op{index}": operator for index, operator in enumerate(_OPERATORS.values())})
        self.functions: dict[str, Any] = {}

    def function(self, name: str) -> Any:
        """The explaining function of a rule's condition or of a definition, written when first asked."""
        if name not in self.functions:
            item = self.book.rules.get(name)
            body = item.when if item is not None else self.book.definitions[name].body
            self.functions[name] = eval(compile(f"lambda g, R: {self.run(body)}", f"<why {name}>", "eval"), self.names)
        return self.functions[name]

    def mark(self, sort: str, id: str, cite: str | None = None) -> str:
        return self.fresh((sort, id, cite))

    def visit_Literal(self, node: Literal) -> str:
        return f"({2 if node.value else 0}, ())"

    def visit_Undecided(self, node: Undecided) -> str:
        return f"(1, ({self.mark('text', node.reason)},))"

    def visit_Amount(self, node: Amount) -> str:
        return f"({super().visit_Amount(node)}, ())"

    def visit_Day(self, node: Day) -> str:
        return f"({super().visit_Day(node)}, ())"

    def visit_Fact(self, node: Fact) -> str:
        return f"({super().visit_Fact(node)}, ({self.mark('fact', node.id)},))"

    def visit_Parameter(self, node: Parameter) -> str:
        _, cite = self.book.parameters[node.id].on(self.on)
        return f"({super().visit_Parameter(node)}, ({self.mark('parameter', node.id, cite)},))"

    def visit_Table(self, node: Table) -> str:
        spec = self.fresh(self.book.parameters[node.parameter])
        return f"L({spec}, {self.run(node.arg)}, {self.mark('parameter', node.parameter, self.book.parameters[node.parameter].cite)})"

    def visit_Defined(self, node: Defined) -> str:
        return f"R({node.name!r})"

    def visit_Applies(self, node: Applies) -> str:
        return f"R({node.rule!r})"

    def visit_Decided(self, node: Decided) -> str:
        return f"R('decision:' + {node.decision!r}, {self.fresh(frozenset(node.values))})"

    def visit_In(self, node: In) -> str:
        return f"({super().visit_In(node)}, ({self.mark('fact', node.fact)},))"

    def visit_Under(self, node: Under) -> str:
        plain = f"{super().visit_Under(node)}, ({self.mark('fact', node.fact)},)"
        if node.listed is None:
            return f"({plain})"
        listed = self.book.lists[node.listed]
        reason = f"名录“{listed.title}”未决：{listed.note or '原文未列全'}"
        return f"T({plain}, {self.mark('text', reason)})"

    def visit_Compare(self, node: Compare) -> str:
        return f"C({self._operator(node.op)}, {self.run(node.left)}, {self.run(node.right)})"

    def visit_Arithmetic(self, node: Arithmetic) -> str:
        return f"M({self._operator(node.op)}, {self.run(node.left)}, {self.run(node.right)})"

    @staticmethod
    def _operator(op: str) -> str:
        return f"op{list(_OPERATORS).index(op)}"

    def visit_Not(self, node: Not) -> str:
        return f"N({self.run(node.arg)})"

    def visit_And(self, node: And) -> str:
        return f"A({', '.join(self.run(part) for part in node.parts)})"

    def visit_Or(self, node: Or) -> str:
        return f"O({', '.join(self.run(part) for part in node.parts)})"


class Explanation:
    """The explanations of one answered situation; each rule is explained once, when asked."""

    def __init__(self, tracer: Tracer, values: Mapping[str, Any], answer: Answer) -> None:
        self.tracer, self.values, self.answer = tracer, values, answer
        self.program, self.book = tracer.program, tracer.book
        self._pairs: dict[str, _Pair] = {}
        self._reads: dict[_Mark, Read] = {}

    def rule(self, name: str) -> Seen:
        """A rule with its exceptions."""
        value, marks = self.pair(name)
        return Seen(value, marks, self)

    def pair(self, name: str, values: frozenset[str] | None = None) -> _Pair:
        """Truth and marks of a rule, a definition, or of a decision coming out among `values`."""
        if values is not None:
            return self._decided(name.removeprefix("decision:"), values)
        found = self._pairs.get(name)
        if found is None:
            found = self._pairs[name] = self._explain(name)
        return found

    def _explain(self, name: str) -> _Pair:
        if name not in self.book.rules:
            pair: _Pair = self.tracer.function(name)(self.values.get, self.pair)
            return pair
        if name not in self.program.live:
            return 0, ()
        pair = self.tracer.function(name)(self.values.get, self.pair)
        exceptions = self.program.exceptions.get(name)
        return _all(pair, *(_not(self.pair(other)) for other in exceptions)) if exceptions else pair

    def _decided(self, decision: str, values: frozenset[str]) -> _Pair:
        outcome = self.answer.outcomes.get(decision)
        truth = among(outcome, values)
        marks: tuple[_Mark, ...] = (("decision", decision, None),)
        if truth == 1 and outcome is not None:
            # What is missing for the decision is missing here too.
            for rule in outcome.open:
                marks += tuple(
                    mark
                    for mark in self.pair(rule)[1]
                    if mark[0] == "text" or (self.values.get(mark[1]) is None and mark[0] == "fact")
                )
        return truth, marks

    def read(self, mark: _Mark) -> Read:
        """What a mark stands for, with its value."""
        found = self._reads.get(mark)
        if found is None:
            found = self._reads[mark] = self._look_up(mark)
        return found

    def _look_up(self, mark: _Mark) -> Read:
        sort, name, cite = mark[:3]
        if sort == "fact":
            return Read(sort, name, self.values.get(name))
        if len(mark) == 4:
            return Read(sort, name, mark[3], cite)
        if sort == "parameter":
            return Read(sort, name, self.book.parameters[name].on(self.program.on)[0], cite)
        if sort == "decision":
            outcome = self.answer.outcomes.get(name)
            return Read(sort, name, outcome.word if outcome else None)
        return Read(sort, name)


def explain(program: Program, values: Mapping[str, Any], answer: Answer) -> Explanation:
    """Explanations for one answer; the generated functions stay with the program."""
    tracer = program.__dict__.get("_tracer")
    if tracer is None:
        tracer = program.__dict__["_tracer"] = Tracer(program)
    return Explanation(tracer, values, answer)
