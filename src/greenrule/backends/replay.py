"""A situation put before the scalar machine, to confirm what the solver found, and made as short as it can be.

The solver is trusted with nothing that a reader sees: what does not replay is raised as `Unreplayed`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Any

from greenrule.backends.decide import Outcome, decide
from greenrule.backends.scalar import Answer, Program, Step, facts_in
from greenrule.backends.situation import Value
from greenrule.backends.trace import explain
from greenrule.core.errors import EnvironmentFault, Fault
from greenrule.core.truth import Truth
from greenrule.core.units import Quantity
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import And, Applies, Decided, Defined, Node, Not, Or


class Unreplayed(EnvironmentFault):
    """The solver's situation came out otherwise on the scalar machine: one of the two machines is wrong (Z001)."""

    def __init__(self, what: str, facts: Mapping[str, Value]) -> None:
        self.facts = dict(facts)
        told = f"求解器给出的情形在标量机上复算不符（{what}）：这是本软件的错误，结果不可用"
        super().__init__(Fault("Z001", told, None, "请把命令和政策包版本报告给维护者"))


class Replay:
    """The scalar machine's answer for machine values, asked for rules, expressions and decisions."""

    def __init__(self, program: Program, values: Mapping[str, Any]) -> None:
        self.program, self.values = program, values

    @cached_property
    def answer(self) -> Answer:
        """Truths of all rules and outcomes of all decisions."""
        return self.program.run(self.values)

    def truth(self, claim: str | Node) -> Truth:
        """Truth of a rule or of an expression."""
        if isinstance(claim, str):
            return self.answer.truth(claim)
        function = self.program.compile(Step("claim", defined_away(self.program.book, claim)))
        return Truth(function(self.values.get, self.answer.truths, self.answer.outcomes))  # type: ignore[arg-type]

    def outcome(self, decision: str, only: Collection[str] | None = None) -> Outcome:
        """Outcome of a decision, or what it would be if only some rules spoke on it and on its base."""
        if only is None:
            return self.answer.outcomes[decision]
        spec = self.program.book.decisions[decision]
        heard = [voice for voice in self.program.speaking[decision] if voice.rule in only]
        sure = [voice for voice in heard if self.answer.truths.get(voice.rule, 0) == 2]
        maybe = [voice for voice in heard if self.answer.truths.get(voice.rule, 0) == 1]
        below = {spec.base: self.outcome(spec.base, only)} if spec.base is not None else {}
        return decide(spec, sure, maybe, below, self.answer.floors)

    def deciding(self, claims: Iterable[str | Node], decisions: Iterable[str] = ()) -> tuple[str, ...]:
        """Facts that decided the claims and decisions, with those behind the decisions they read; an expression gives all it mentions.

        Last come the facts from which some of them follow: one "no" often stands for many.
        """
        explanation = explain(self.program, self.values, self.answer)
        book = self.program.book
        facts: dict[str, None] = {}
        seen: set[str] = set()
        todo: list[str] = [f"decision:{name}" for name in decisions]
        for claim in claims:
            if isinstance(claim, str):
                todo.append(claim)
            else:
                whole = defined_away(book, claim)
                facts.update(dict.fromkeys(sorted(facts_in(whole))))
                todo += [node.rule for node in whole.walk() if isinstance(node, Applies)]
                todo += [f"decision:{node.decision}" for node in whole.walk() if isinstance(node, Decided)]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            if name.startswith("decision:"):
                spec = book.decisions[name.removeprefix("decision:")]
                todo += [voice.rule for voice in self.program.speaking[spec.id]]
                todo += [f"decision:{spec.base}"] if spec.base is not None else []
                continue
            for read in explanation.rule(name).reads:
                if read.sort == "fact":
                    facts[read.id] = None
                elif read.sort == "decision":
                    todo.append(f"decision:{read.id}")
        sources = {
            source: None for name in facts for item in book.facts[name].derive for part in (item.value, item.when)
            if part is not None for source in sorted(facts_in(part))
        }  # fmt: skip
        return (*(name for name in facts if name not in sources), *sources)


class Cone:
    """What some rules rest on, and nothing else, evaluated step by step: cheap for many situations of few rules.

    `Program.run` writes one function for all that an industry may need; for a case of one rule that costs more than it saves.
    """

    def __init__(self, program: Program, rules: Iterable[str]) -> None:
        self.program = program
        by_name = {
            f"decision:{step.decision}" if step.decision is not None else step.name: step for step in program.steps
        }
        wanted: set[str] = set()
        todo = list(rules)
        while todo:
            name = todo.pop()
            if name in by_name and name not in wanted:
                wanted.add(name)
                todo += by_name[name].needs
        self.steps = [step for name, step in by_name.items() if name in wanted]
        self.facts = frozenset(name for step in self.steps for name in step.facts)

    def run(self, values: Mapping[str, Any]) -> Answer:
        """The truths, outcomes and floors of the cone."""
        program, get = self.program, values.get
        answer = Answer({}, {})
        truths, outcomes, floors = answer.truths, answer.outcomes, answer.floors
        for step in self.steps:
            if step.decision is not None:
                voices = program.speaking[step.decision]
                sure = [voice for voice in voices if truths.get(voice.rule, 0) == 2]
                maybe = [voice for voice in voices if truths.get(voice.rule, 0) == 1]
                outcomes[step.decision] = decide(program.book.decisions[step.decision], sure, maybe, outcomes, floors)
                continue
            if step.function is None:
                step.function = program.compile(step)
            truth = step.function(get, truths, outcomes)  # type: ignore[arg-type]
            for other in step.exceptions:
                truth = min(truth, 2 - truths.get(other, 0))
            truths[step.name] = truth
            if (
                truth == 1
                and step.otherwise is not None
                and not step.exceptions
                and program.least(step, get, truths, outcomes)
            ):
                floors.add(step.name)
        return answer


def defined_away(book: Rulebook, node: Node) -> Node:
    """An expression with its definitions written out."""
    match node:
        case Defined(name=name):
            return defined_away(book, book.definitions[name].body)
        case Not(arg=arg):
            return replace(node, arg=defined_away(book, arg))
        case And(parts=parts) | Or(parts=parts):
            return replace(node, parts=tuple(defined_away(book, part) for part in parts))
        case _:
            return node


def shrink(
    facts: Mapping[str, Value], holds: Callable[[Mapping[str, Value]], bool], likely: Collection[str] = ()
) -> dict[str, Value]:
    """As few of the facts as still do, with plain numbers where those do too; `holds` is true of all of them.

    First only the `likely` ones are kept, in their order, then half of what is left is tried to go, then quarters, down to single facts.
    """
    kept = dict(facts)
    few = {name: facts[name] for name in likely if name in facts}
    if few and holds(few):
        kept = few
    size = max(1, len(kept) // 2)
    while True:
        names, dropped = list(kept), False
        for start in range(0, len(names), size):
            gone = set(names[start : start + size])
            fewer = {name: value for name, value in kept.items() if name not in gone}
            if len(fewer) < len(kept) and holds(fewer):
                kept, dropped = fewer, True
        if size == 1 and not dropped:
            break
        size = max(1, size // 2)
    for name, value in kept.items():
        if isinstance(value, frozenset):
            kept[name] = _fewer(value, lambda codes, name=name: holds({**kept, name: codes}))  # type: ignore[misc]
        for plain in plainer(value):
            if holds({**kept, name: plain}):
                kept[name] = plain
                break
    return kept


def _fewer(codes: frozenset[str], holds: Callable[[frozenset[str]], bool]) -> frozenset[str]:
    for code in sorted(codes):
        if len(codes) > 1 and holds(codes - {code}):
            codes -= {code}
    return codes


def plainer(value: Value) -> list[Value]:
    """Amounts near a value that are easier to read: one, ten …, none, and whole ones; nothing for one that is easy already."""
    if isinstance(value, Quantity):
        return [Quantity(number, value.unit) for number in _whole(value.value)]
    return list(_whole(value)) if isinstance(value, Fraction) else []


def _whole(value: Fraction) -> list[Fraction]:
    near = [Fraction(number) for number in (1, 10, 100, 1000, 10_000, 0)]
    if value in near:
        return []
    if value.denominator != 1:
        # Down to what a reader could still write out; thirds and the like cannot be written at all.
        near += [
            Fraction(ceil(value)),
            Fraction(floor(value)),
            *(Fraction(round(value * 10**n), 10**n) for n in (1, 2, 4, 7)),
        ]
    return [number for number in near if number != value]
