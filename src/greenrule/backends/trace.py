"""Why a rule came out as it did: the facts, parameters and open texts that decided it.

The scalar machine has found the truths; what decided them follows from each rule's form and its truth.  For most rules
that is one fixed list, written when the rule is first explained; the rest become small functions.  Tests hold both equal
to a plain evaluation with reasons.  What did not decide (the false half of a true `or`) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from greenrule.backends.fusing import Fused
from greenrule.backends.reasons import Mark, Marks, Reasoner, fixed
from greenrule.backends.scalar import Answer, Program, Step
from greenrule.backends.situation import Members
from greenrule.backends.writer import CERTAIN, among
from greenrule.rules.nodes import Applies, Compare, Decided, Defined, Under


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that was read: a `fact`, a `parameter`, a `decision`, or a `text` that leaves something open."""

    sort: str
    id: str
    value: Any = None
    cite: str | None = None


class Seen:
    """The truth of a rule and what decided it: `marks` (sort, id, …), each once, and `reads`, which are looked up when asked for."""

    __slots__ = ("_owner", "_reads", "marks", "value")

    def __init__(self, value: int, marks: Marks, owner: Explanation) -> None:
        self.value, self.marks, self._owner = value, marks, owner
        self._reads: tuple[Read, ...] | None = None

    @property
    def reads(self) -> tuple[Read, ...]:
        """Everything that decided, each once, in reading order."""
        if self._reads is None:
            self._reads = tuple(map(self._owner.read, self.marks))
        return self._reads


class Tracer(Reasoner):
    """Reasons of single rules and definitions, each written when it is first asked for."""

    def __init__(self, program: Program) -> None:
        super().__init__(program.book, program.on)
        self.program = program
        self.found: dict[tuple[str, int], Marks | Callable[..., Marks]] = {}

    def marks(self, name: str, truth: int) -> Marks | Callable[..., Marks]:
        """Marks of a rule or definition that came out so: a fixed tuple, or a function of the situation."""
        key = (name, truth)
        if key not in self.found:
            pieces = self.reasons(name, truth)
            marks = fixed(pieces)
            if marks is None:
                source = f"lambda g, t, d, V, P, W: {self.joined(pieces)}"
                self.found[key] = eval(compile(source, f"<why {name}>", "eval"), self.names)
            else:
                self.found[key] = marks
        return self.found[key]

    def truth(self, name: str) -> Any:
        """The function that evaluates a definition for an answer that did not need it."""
        source = f"lambda g, t, d, V: {self.run(self.book.definitions[name].body)}"
        return eval(compile(source, f"<{name}>", "eval"), self.names)

    def visit_Defined(self, node: Defined) -> str:
        return f"V({node.name!r})"


class _Fused(Reasoner, Fused):
    """Reasons of a whole plan as one function; what the industry settles is settled when it is written."""

    def __init__(self, program: Program, found: Members | None) -> None:
        Fused.__init__(self, program.book, program.on, found)
        self.program = program

    def visit_Defined(self, node: Defined) -> str:
        return self.share(f"V({node.name!r})")

    def visit_Applies(self, node: Applies) -> str:
        return self.share(super().visit_Applies(node))

    def visit_Decided(self, node: Decided) -> str:
        return self.share(super().visit_Decided(node))

    def visit_Under(self, node: Under) -> str:
        text = super().visit_Under(node)
        return text if text in CERTAIN else self.share(text)

    def visit_Compare(self, node: Compare) -> str:
        return self.share(super().visit_Compare(node))


class Fixed:
    """Marks of the rules of a plan that do not depend on the situation, by what the rules came out as: `sure` (they hold), `maybe`
    (unknown); `rest` gives those of the other rules that hold or may hold."""

    __slots__ = ("maybe", "rest", "sure")

    def __init__(self) -> None:
        self.sure: dict[str, Marks] = {}
        self.maybe: dict[str, Marks] = {}
        self.rest: Callable[..., dict[str, Marks]] = _nothing


def _nothing(*_: Any) -> dict[str, Marks]:
    return {}


#: Of a plan that was not written as one function.
_NONE = Fixed()


def fuse_reasons(program: Program, steps: Iterable[Step], found: Members | None) -> Fixed:
    """What decided every rule of a plan that holds or may hold."""
    writer = _Fused(program, found)
    out, lines = Fixed(), [" m = {}"]
    for step in steps:
        if not step.ruled:
            continue
        ways = []
        for truth in (2, 1):
            pieces = writer.reasons(step.name, truth)
            marks = fixed(pieces)
            if marks is None:
                ways.append((truth, writer.joined(pieces)))
            else:
                (out.sure if truth == 2 else out.maybe)[step.name] = marks
        if ways:
            told = ways[0][1] if len(ways) == 1 else f"{ways[0][1]} if x == 2 else {ways[1][1]}"
            test = f"x == {ways[0][0]}" if len(ways) == 1 else "x"
            lines += [f" x = t.get({step.name!r}, 0)", f" if {test}: m[{step.name!r}] = {told}"]
    lines.append(" return m")
    source = writer.source("def reasons(g, t, d, V, P, W):", lines)
    exec(compile(source, "<reasons>", "exec"), writer.names)
    out.rest = writer.names["reasons"]
    return out


def _once(marks: Marks) -> Marks:
    """Each mark once; those that are fixed are so already."""
    return tuple(dict.fromkeys(marks)) if len(marks) > 1 else marks


def _never(name: str) -> None:
    """Nothing is written for rules that are false."""


class Explanation:
    """The explanations of one answered situation; each rule is explained when asked."""

    def __init__(self, tracer: Tracer, values: Mapping[str, Any], answer: Answer) -> None:
        self.tracer, self.values = tracer, values
        self.program, self.book = tracer.program, tracer.book
        # An answer to one question left out rules that may hold: those are needed here.
        self.answer = answer if answer.whole else tracer.program.run(values)
        self._marks: dict[str, Marks] = {}
        self._reads: dict[Mark, Read] = {}
        self._truths: dict[str, Any] = {}
        self._missing: dict[str, Marks] = {}
        self._fixed: Fixed | None = None
        # What written reasons are given: g, t, d, V, P, W.
        self._situation = (
            values.get, self.answer.truths, self.answer.outcomes, self._truth, self.marks, self._decided,
        )  # fmt: skip

    def rule(self, name: str) -> Seen:
        """A rule with its exceptions."""
        return Seen(self.answer.truths.get(name, 0), _once(self.marks(name)), self)

    def rules(self, names: Iterable[str]) -> dict[str, Seen]:
        """Several rules at once."""
        truths = self.answer.truths.get
        return self._seen((name, truths(name, 0)) for name in names)

    def live(self) -> dict[str, Seen]:
        """Every rule that holds or may hold."""
        return self._seen(self.answer.truths.items(), known=self.book.rules)

    def _seen(self, items: Iterable[tuple[str, int]], known: Container[str] | None = None) -> dict[str, Seen]:
        """The rules among (name, truth); with `known` only these, and only where they are not false."""
        plan = self._plan()
        rest = plan.rest(*self._situation)
        # One look-up by name and truth: a third of the time would go into making keys of both.
        by_truth = _never, plan.maybe.get, plan.sure.get
        others = rest.get
        out = {}
        for name, truth in items:
            if known is not None and not truth:
                continue
            marks = by_truth[truth](name)
            if marks is None:
                marks = others(name)
                if marks is None:
                    if known is not None and name not in known:
                        continue
                    marks = self.marks(name)
                marks = _once(marks)
            out[name] = Seen(truth, marks, self)
        return out

    def _plan(self) -> Fixed:
        """What was written for an industry whose plan is one function."""
        if self._fixed is None:
            found = self.values.get("industry^")
            plan = self.program.kept(found, None)
            if plan.fused is None:
                self._fixed = _NONE
            else:
                if plan.reasons is None:
                    plan.reasons = fuse_reasons(self.program, plan.steps, found)
                self._fixed = plan.reasons
        return self._fixed

    def marks(self, name: str) -> Marks:
        """What decided a rule or a definition."""
        found = self._marks.get(name)
        if found is None:
            truth = self._truth(name)
            plan = self._fixed or _NONE
            found = plan.sure.get(name) if truth == 2 else plan.maybe.get(name) if truth else None
            if found is None:
                written = self.tracer.marks(name, truth)
                found = written if isinstance(written, tuple) else written(*self._situation)
            self._marks[name] = found
        return found

    def _truth(self, name: str) -> Any:
        """Truth of a rule, or value of a definition (which the answer lacks where no rule that was asked needed it)."""
        truths = self.answer.truths
        if name in truths or name in self.book.rules:
            return truths.get(name, 0)
        if name not in self._truths:
            written = self.tracer.truth(name)
            self._truths[name] = written(self.values.get, truths, self.answer.outcomes, self._truth)
        return self._truths[name]

    def _decided(self, decision: str, values: frozenset[str]) -> Marks:
        outcome = self.answer.outcomes.get(decision)
        if among(outcome, values) != 1 or outcome is None:
            return (("decision", decision, None),)
        found = self._missing.get(decision)
        if found is None:
            # What is missing for the decision is missing here too.  By name: a text is never called like a fact, and making keys of
            # whole marks would take longer than all else here.
            known, own, plain = self.values.get, self._marks.get, (self._fixed or _NONE).maybe.get
            missing: dict[str, Mark] = {}
            for rule in outcome.open:  # which are unknown, all of them
                for mark in plain(rule) or own(rule) or self.marks(rule):
                    sort, name = mark[0], mark[1]
                    if name not in missing and (sort == "text" or (sort == "fact" and known(name) is None)):
                        missing[name] = mark
            found = self._missing[decision] = (("decision", decision, None), *missing.values())
        return found

    def read(self, mark: Mark) -> Read:
        """What a mark stands for, with its value."""
        found = self._reads.get(mark)
        if found is None:
            found = self._reads[mark] = self._look_up(mark)
        return found

    def _look_up(self, mark: Mark) -> Read:
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
    """Explanations for one answer; what was written for it stays with the program."""
    tracer = program.__dict__.get("_tracer")
    if tracer is None:
        tracer = program.__dict__["_tracer"] = Tracer(program)
    return Explanation(tracer, values, answer)
