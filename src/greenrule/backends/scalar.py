"""The scalar machine: one situation through the whole rulebook, as generated Python.

All rules that may matter for an industry become one function over exact numbers; rules whose industry cannot match are
never asked.  `greenrule.backends.trace` explains the same rules; the two are tested against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenrule.backends.decide import Outcome, Speaker, decide, speakers
from greenrule.backends.situation import Members
from greenrule.backends.writer import Writer, climb, under
from greenrule.core.truth import Truth
from greenrule.rules.book import Rulebook
from greenrule.rules.clocks import binding, standing
from greenrule.rules.items import Rule
from greenrule.rules.link import reads
from greenrule.rules.nodes import And, Applies, Decided, Defined, Fact, In, Node, Not, Or, Under

_Function = Callable[[Mapping[str, Any], Mapping[str, int], Mapping[str, Outcome]], Any]


@dataclass
class Step:
    """One entry of the evaluation order: a definition, a rule or a decision."""

    name: str
    body: Node | None
    exceptions: tuple[str, ...] = ()
    gate: Under | None = None
    decision: str | None = None
    function: _Function | None = None
    needs: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    voices: tuple[tuple[str, Speaker], ...] = ()
    otherwise: Node | None = None
    floor: _Function | None = None


@dataclass
class Answer:
    """What the machine found: the truth of every rule that may matter, and the outcome of every decision."""

    truths: dict[str, int]
    outcomes: dict[str, Outcome]
    #: unknown "otherwise" rules that hold unless a stricter one does: at least their value is sure
    floors: set[str] = field(default_factory=set)

    def truth(self, rule: str) -> Truth:
        """Truth of a rule; rules that were never called are false."""
        return Truth(self.truths.get(rule, 0))


@dataclass
class Program:
    """The rulebook as it stood on a day and as it was known on another, ready to run.

    `events` are the date facts that the cases state, for the transition clauses (`greenrule.rules.clocks`).

    >>> Program(book, on=date(2026, 11, 21)).run(encode(book, facts)).outcomes["access"].word  # doctest: +SKIP
    'prohibited'
    """

    book: Rulebook
    on: date
    known: date | None = None
    steps: list[Step] = field(default_factory=list)
    plans: dict[tuple[frozenset[str] | None, str | None], tuple[Step, ...]] = field(default_factory=dict)
    touched: dict[tuple[frozenset[str] | None, str | None, frozenset[str]], tuple[Step, ...]] = field(
        default_factory=dict
    )
    speaking: dict[str, tuple[Speaker, ...]] = field(default_factory=dict)
    fused: dict[tuple[frozenset[str] | None, str | None], Callable[[Any], Answer]] = field(default_factory=dict)
    events: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.book = standing(self.book, self.on, self.known, self.events)
        #: the transition clauses that bear on these cases
        self.binding = binding(self.book, self.on, self.known, self.events)
        self.writer = Writer(self.book, self.on)
        self.live = {rule for rule in self.book.rules if self.in_force(rule)}
        self.exceptions: dict[str, tuple[str, ...]] = {}
        overriding = self.book.all_exceptions()
        for name in self.book.order:
            if name in self.book.definitions:
                self.steps.append(Step(name, self.book.definitions[name].body))
            elif name in self.live:
                rule = self.book.rules[name]
                exceptions = tuple(other for other in overriding.get(name, ()) if other in self.live)
                if exceptions:
                    self.exceptions[name] = exceptions
                self.steps.append(Step(name, rule.when, exceptions, gate(rule), otherwise=without_stricter(rule)))
            elif name.startswith("decision:"):
                self.steps.append(Step(name, None, decision=name.removeprefix("decision:")))
        spoken: dict[str, list[tuple[str, Speaker]]] = {}
        place = {step.name: index for index, step in enumerate(self.steps)}
        for spec in self.book.decisions.values():
            voices = (voice for voice in speakers(self.book, spec) if voice.rule in self.live)
            # In the order of evaluation, so that findings name rules in one order whichever way they were asked.
            self.speaking[spec.id] = tuple(sorted(voices, key=lambda voice: place[voice.rule]))
            for voice in self.speaking[spec.id]:
                spoken.setdefault(voice.rule, []).append((spec.id, voice))
        for step in self.steps:
            if step.decision is not None:
                rules = {rule for rule, voices in spoken.items() if any(name == step.decision for name, _ in voices)}
                base = self.book.decisions[step.decision].base
                step.needs = frozenset(rules | ({f"decision:{base}"} if base else set()))
            else:
                item = self.book.definitions.get(step.name) or self.book.rules[step.name]
                step.needs = frozenset(reads(self.book, item, overriding))
                step.facts = facts_in(item.when if isinstance(item, Rule) else item.body)
                step.voices = tuple(spoken.get(step.name, ())) if step.name in self.live else ()

    def in_force(self, rule: str) -> bool:
        """Whether a rule is in force on the day and was known on the other."""
        if rule not in self.book.validity:
            return True
        first, last, recorded, _ = self.book.validity[rule]
        return first <= self.on and (last is None or self.on <= last) and (self.known is None or recorded <= self.known)

    def run(self, values: Mapping[str, Any], goal: str | None = None) -> Answer:
        """Evaluate everything that may hold for one situation, or only what one decision (`goal`) rests on."""
        found = values.get("industry^")
        key = (None if found is None else found.given, goal)
        fused = self.fused.get(key)
        if fused is None:
            fused = self.fused[key] = fuse(self, self.plan(found, goal))
        return fused(values.get)

    def rerun(
        self, values: Mapping[str, Any], before: Answer, facts: frozenset[str], goal: str | None = None
    ) -> Answer:
        """The answer after some facts changed (`values` are the new ones): only what reads them is evaluated again.

        The industry must be the same, for it decides which rules are asked at all.
        """
        found = values.get("industry^")
        truths, outcomes, floors = dict(before.truths), dict(before.outcomes), set(before.floors)
        get = values.get
        moved: set[str] = set()  # what came out otherwise than before; a decision that hears nothing new stays
        for step in self.dependents(found, goal, facts):
            if step.decision is not None:
                name = step.decision
                if moved.isdisjoint(step.needs):
                    continue
                heard: dict[int, list[Speaker]] = {1: [], 2: []}
                for voice in self.speaking[name]:
                    truth = truths.get(voice.rule, 0)
                    if truth:
                        heard[truth].append(voice)
                outcomes[name] = decide(self.book.decisions[name], heard[2], heard[1], outcomes, floors)
                if outcomes[name] != before.outcomes.get(name):
                    moved.add(f"decision:{name}")
                continue
            if step.function is None:
                step.function = self.compile(step)
            truth = step.function(get, truths, outcomes)  # type: ignore[arg-type]
            for other in step.exceptions:
                truth = min(truth, 2 - truths.get(other, 0))
            if truth != before.truths.get(step.name, 0):
                moved.add(step.name)
            truths[step.name] = truth
            floors.discard(step.name)
            if (
                truth == 1
                and step.otherwise is not None
                and not step.exceptions
                and self.least(step, get, truths, outcomes)
            ):
                floors.add(step.name)
            if (step.name in floors) != (step.name in before.floors):
                moved.add(step.name)
        return Answer(truths, outcomes, floors)

    def dependents(self, found: Members | None, goal: str | None, facts: frozenset[str]) -> tuple[Step, ...]:
        """The steps of a plan that read any of the facts, directly or through others."""
        key = (None if found is None else found.given, goal, facts)
        if key not in self.touched:
            changed: set[str] = set()
            kept = []
            for step in self.plan(found, goal):
                if not facts.isdisjoint(step.facts) or not changed.isdisjoint(step.needs):
                    kept.append(step)
                    changed.add(f"decision:{step.decision}" if step.decision is not None else step.name)
            self.touched[key] = tuple(kept)
        return self.touched[key]

    def least(self, step: Step, get: Any, truths: dict[str, int], outcomes: dict[str, Outcome]) -> bool:
        """Whether an unknown "otherwise" rule would hold if no stricter row did."""
        if step.floor is None:
            assert step.otherwise is not None
            step.floor = self.compile(Step(step.name, step.otherwise))
        return bool(step.floor(get, truths, outcomes) == 2)

    def plan(self, found: Members | None, goal: str | None = None) -> tuple[Step, ...]:
        """The steps that may matter for an industry (and a goal); the others cannot hold or are not asked."""
        key = (None if found is None else found.given, goal)
        if key in self.plans:
            return self.plans[key]
        kept: list[Step] = []
        wanted = {f"decision:{goal}"} if goal else None
        used: set[str] = set()
        for step in reversed(self.steps):
            name = f"decision:{step.decision}" if step.decision is not None else step.name
            if wanted is not None and name not in wanted and name not in used:
                continue
            if step.name in self.book.definitions and name not in used:
                continue
            if step.name in self.live and not self.passes(step, found):
                continue
            kept.append(step)
            used |= step.needs
        plan = tuple(reversed(kept))
        self.plans[key] = plan
        return plan

    def passes(self, step: Step, found: Members | None) -> bool:
        """Whether a rule's industry condition leaves it possible."""
        return step.gate is None or under(found, *climb(self.book, step.gate)) != 0

    def compile(self, step: Step) -> _Function:
        """Python function of one body."""
        assert step.body is not None
        source = f"lambda g, t, d: {self.writer.run(step.body)}"
        return eval(compile(source, f"<{step.name}>", "eval"), self.writer.names)  # type: ignore[no-any-return]


class _Fused(Writer):
    """Writes a whole plan as one function: rules and definitions become local variables."""

    def __init__(self, book: Rulebook, on: date) -> None:
        super().__init__(book, on)
        self.locals: dict[str, str] = {}

    def local(self, name: str) -> str:
        return self.locals.setdefault(name, f"s{len(self.locals)}")

    def visit_Defined(self, node: Defined) -> str:
        return self.local(node.name)

    def visit_Applies(self, node: Applies) -> str:
        return self.locals.get(node.rule, "0")

    def visit_Decided(self, node: Decided) -> str:
        return f"dd(d.get({node.decision!r}), {self.fresh(frozenset(node.values))})"


def fuse(program: Program, plan: Sequence[Step]) -> Callable[[Any], Answer]:
    """One Python function for a plan: no calls between rules, nothing looked up by name that a local can hold."""
    writer = _Fused(program.book, program.on)
    writer.names.update({"decide": decide, "Answer": Answer})
    lines = ["def fused(g):", " t = {}; d = {}; f = set()"]
    heard = {step.decision: f"h{index}" for index, step in enumerate(plan) if step.decision is not None}
    if heard:
        lines.append(" " + "; ".join(f"{name}_2 = []; {name}_1 = []" for name in heard.values()))
    for step in plan:
        if step.decision is not None:
            name = heard[step.decision]
            spec = writer.fresh(program.book.decisions[step.decision])
            lines.append(f" d[{step.decision!r}] = decide({spec}, {name}_2, {name}_1, d, f)")
            continue
        assert step.body is not None
        body, local = writer.run(step.body), writer.local(step.name)
        lines.append(f" {local} = {body}")
        if step.name in program.book.definitions:
            lines.append(f" t[{step.name!r}] = {local}")
            continue
        for other in step.exceptions:
            if other in writer.locals:
                lines.append(f" if {local} > 2 - {writer.local(other)}: {local} = 2 - {writer.local(other)}")
        lines.append(f" if {local}:")
        lines.append(f"  t[{step.name!r}] = {local}")
        for decision, voice in step.voices:
            if decision in heard:
                name = heard[decision]
                lines.append(f"  ({name}_2 if {local} == 2 else {name}_1).append({writer.fresh(voice)})")
        if step.otherwise is not None and not step.exceptions:
            lines.append(f"  if {local} == 1 and {writer.run(step.otherwise)} == 2: f.add({step.name!r})")
    lines.append(" return Answer(t, d, f)")
    exec(compile("\n".join(lines), "<rulebook>", "exec"), writer.names)
    return writer.names["fused"]  # type: ignore[no-any-return]


def facts_in(node: Node) -> frozenset[str]:
    """Facts that an expression mentions."""
    return frozenset(
        part.id if isinstance(part, Fact) else part.fact for part in node.walk() if isinstance(part, (Fact, In, Under))
    )


def without_stricter(rule: Rule) -> Node | None:
    """The condition of an "otherwise" row (其他) without its `not applies(…)` parts; None where it has none.

    When this holds and the row itself is unknown, either the row applies or one of the rows it waits for does.
    """
    if not isinstance(rule.when, And):
        return None
    kept = tuple(part for part in rule.when.parts if not _waits(part))
    if len(kept) == len(rule.when.parts) or not kept:
        return None
    return kept[0] if len(kept) == 1 else And(kept)


def _waits(part: Node) -> bool:
    if not isinstance(part, Not):
        return False
    inner = part.arg.parts if isinstance(part.arg, Or) else (part.arg,)
    return all(isinstance(node, Applies) for node in inner)


def gate(rule: Rule) -> Under | None:
    """The industry condition without which a rule cannot hold, if its condition is a conjunction that has one."""
    parts = rule.when.parts if isinstance(rule.when, And) else (rule.when,)
    return next((part for part in parts if isinstance(part, Under) and part.fact == "industry"), None)
