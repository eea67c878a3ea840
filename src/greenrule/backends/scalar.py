"""The scalar machine: one situation through the whole rulebook, as generated Python.

Rules whose industry cannot match are never asked.  The others are asked one by one; for an industry that is asked for
again and again they become one function.  `greenrule.backends.trace` explains them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import compress
from typing import Any

from greenrule.backends.decide import Outcome, Speaker, decide, speakers
from greenrule.backends.fusing import fuse
from greenrule.backends.situation import Members
from greenrule.backends.writer import Writer, climb, under
from greenrule.core.truth import Truth
from greenrule.rules.book import Rulebook
from greenrule.rules.clocks import binding, standing
from greenrule.rules.items import Rule
from greenrule.rules.link import reads
from greenrule.rules.nodes import And, Applies, Fact, In, Node, Not, Or, Under

_Function = Callable[[Mapping[str, Any], Mapping[str, int], Mapping[str, Outcome]], Any]


@dataclass
class Step:
    """One entry of the evaluation order: a definition, a rule or a decision."""

    name: str
    body: Node | None
    exceptions: tuple[str, ...] = ()
    gate: Under | None = None
    reach: tuple[frozenset[str], frozenset[str], frozenset[str]] | None = None
    decision: str | None = None
    function: _Function | None = None
    needs: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    voices: tuple[tuple[str, Speaker], ...] = ()
    ruled: bool = False
    otherwise: Node | None = None
    floor: _Function | None = None


@dataclass
class Answer:
    """What the machine found: the truth of every rule that may matter, and the outcome of every decision."""

    truths: dict[str, int]
    outcomes: dict[str, Outcome]
    #: unknown "otherwise" rules that hold unless a stricter one does: at least their value is sure
    floors: set[str] = field(default_factory=set)
    #: False where only what one decision rests on was asked
    whole: bool = True

    def truth(self, rule: str) -> Truth:
        """Truth of a rule; rules that were never called are false."""
        return Truth(self.truths.get(rule, 0))


@dataclass
class Plan:
    """The steps that may matter for one industry and goal, and what was written for them."""

    steps: tuple[Step, ...]
    asked: int = 0
    fused: Callable[[Any], Answer] | None = None
    #: facts → the steps that read any of them
    touched: dict[frozenset[str], tuple[Step, ...]] = field(default_factory=dict)
    #: the same for one fact
    readers: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    #: decision → those who may speak on it here, and their rules; the others are never asked
    voices: dict[str, tuple[tuple[Speaker, ...], tuple[str, ...]]] = field(default_factory=dict)
    #: what `greenrule.backends.trace` wrote for the same rules
    reasons: Any = None


#: A plan is written as one function when it is asked for the third time: writing it takes as long as a hundred answers.
PATIENCE = 2
#: Plans that are kept at the same time; the one that was made first goes first.
_KEPT = 512


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
    plans: dict[tuple[frozenset[str] | None, str | None], Plan] = field(default_factory=dict)
    speaking: dict[str, tuple[Speaker, ...]] = field(default_factory=dict)
    #: date facts that the project states: transition clauses look at them
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
                self.steps.append(
                    Step(name, rule.when, exceptions, gate(rule), otherwise=without_stricter(rule), ruled=True)
                )
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
        #: decisions on which something else rests, as steps name them
        self.rested = {name for step in self.steps for name in step.needs if name.startswith("decision:")}

    def in_force(self, rule: str) -> bool:
        """Whether a rule is in force on the day and was known on the other."""
        if rule not in self.book.validity:
            return True
        first, last, recorded, _ = self.book.validity[rule]
        return first <= self.on and (last is None or self.on <= last) and (self.known is None or recorded <= self.known)

    def run(self, values: Mapping[str, Any], goal: str | None = None) -> Answer:
        """Evaluate everything that may hold for one situation, or only what one decision (`goal`) rests on."""
        found = values.get("industry^")
        plan = self.kept(found, goal)
        if plan.fused is None:
            if plan.asked < PATIENCE:
                plan.asked += 1
                return self.walk(values, plan, goal)
            plan.fused = fuse(self, plan.steps, found, Answer, goal is None)
        return plan.fused(values.get)

    def walk(self, values: Mapping[str, Any], plan: Plan, goal: str | None = None) -> Answer:
        """The same as the fused function of a plan, step by step."""
        get = values.get
        answer = Answer({}, {}, set(), goal is None)
        truths, outcomes = answer.truths, answer.outcomes
        for step in plan.steps:
            if step.decision is not None:
                outcomes[step.decision] = self.heard(step.decision, answer, self.speaking[step.decision])
                continue
            truth = self.truth(step, get, truths, outcomes)
            if truth or not step.ruled:
                truths[step.name] = truth
            if truth == 1 and self.least(step, get, truths, outcomes):
                answer.floors.add(step.name)
        return answer

    def truth(self, step: Step, get: Any, truths: dict[str, int], outcomes: dict[str, Outcome]) -> int:
        """Truth of one definition, or of one rule with its exceptions."""
        if step.function is None:
            step.function = self.compile(step)
        truth: int = step.function(get, truths, outcomes)
        for other in step.exceptions:
            truth = min(truth, 2 - truths.get(other, 0))
        return truth

    def heard(
        self, decision: str, answer: Answer, voices: Sequence[Speaker], rules: Sequence[str] | None = None
    ) -> Outcome:
        """What comes out for a decision when every rule that speaks on it has a truth; `voices` are those of `rules`."""
        sure: list[Speaker] = []
        maybe: list[Speaker] = []
        # Most who may speak are silent: they are passed over without a line of Python for each.
        truths = tuple(map(answer.truths.get, [voice.rule for voice in voices] if rules is None else rules))
        for voice, truth in compress(zip(voices, truths, strict=True), truths):
            (sure if truth == 2 else maybe).append(voice)
        return decide(self.book.decisions[decision], sure, maybe, answer.outcomes, answer.floors)

    def rerun(
        self, values: Mapping[str, Any], before: Answer, facts: frozenset[str], goal: str | None = None
    ) -> Answer:
        """The answer after some facts changed (`values` are the new ones): only what reads them is evaluated again.

        The industry must be the same, for it decides which rules are asked at all.
        """
        found = values.get("industry^")
        steps = self.dependents(found, goal, facts)
        if not steps:
            return before if goal is None else replace(before, whole=False)
        answer = Answer(dict(before.truths), dict(before.outcomes), set(before.floors), before.whole and goal is None)
        truths, outcomes, floors, get = answer.truths, answer.outcomes, answer.floors, values.get
        moved: set[str] = set()  # what came out otherwise than before; a decision that hears nothing new stays
        for step in steps:
            if step.decision is not None:
                name = step.decision
                if moved.isdisjoint(step.needs):
                    continue
                outcomes[name] = self.heard(name, answer, *self.voices(found, name))
                if outcomes[name] != before.outcomes.get(name):
                    moved.add(f"decision:{name}")
                continue
            truths[step.name] = truth = self.truth(step, get, truths, outcomes)
            floors.discard(step.name)
            if truth == 1 and self.least(step, get, truths, outcomes):
                floors.add(step.name)
            if truth != before.truths.get(step.name, 0) or (step.name in floors) != (step.name in before.floors):
                moved.add(step.name)
        return answer

    def least(self, step: Step, get: Any, truths: dict[str, int], outcomes: dict[str, Outcome]) -> bool:
        """Whether an unknown "otherwise" rule would hold if no stricter row did."""
        if step.otherwise is None or step.exceptions:
            return False
        if step.floor is None:
            step.floor = self.compile(Step(step.name, step.otherwise))
        return bool(step.floor(get, truths, outcomes) == 2)

    def dependents(self, found: Members | None, goal: str | None, facts: frozenset[str]) -> tuple[Step, ...]:
        """The steps of a plan that read any of the facts, directly or through others."""
        plan = self.kept(found, goal)
        if facts not in plan.touched:
            changed: set[str] = set()
            kept = []
            for step in plan.steps:
                if not facts.isdisjoint(step.facts) or not changed.isdisjoint(step.needs):
                    kept.append(step)
                    changed.add(f"decision:{step.decision}" if step.decision is not None else step.name)
            plan.touched[facts] = tuple(kept)
        return plan.touched[facts]

    def readers(
        self, found: Members | None, goal: str | None, fact: str, followers: frozenset[str] = frozenset()
    ) -> tuple[Step, ...]:  # fmt: skip
        """The steps of a plan that read one fact, or the same facts that follow from it, directly or through others, ready to be asked."""
        plan = self.kept(found, goal)
        key = fact if not followers else f"{fact} and what follows"
        steps = plan.readers.get(key)
        if steps is None:
            steps = plan.readers[key] = self.dependents(found, goal, followers | {fact})
            for step in steps:
                if step.decision is None and step.function is None:
                    step.function = self.compile(step)
        return steps

    def voices(self, found: Members | None, decision: str) -> tuple[tuple[Speaker, ...], tuple[str, ...]]:
        """Those who may speak on a decision for an industry, in the order of evaluation, and their rules."""
        plan = self.kept(found, None)
        if decision not in plan.voices:
            asked = {step.name for step in plan.steps}
            voices = tuple(voice for voice in self.speaking[decision] if voice.rule in asked)
            plan.voices[decision] = voices, tuple(voice.rule for voice in voices)
        return plan.voices[decision]

    def kept(self, found: Members | None, goal: str | None) -> Plan:
        """The plan for an industry and a goal, made once."""
        key = (None if found is None else found.given, goal)
        plan = self.plans.get(key)
        if plan is None:
            if len(self.plans) >= _KEPT:
                self.plans.pop(next(iter(self.plans)), None)
            plan = self.plans[key] = Plan(self.plan(found, goal))
        return plan

    def plan(self, found: Members | None, goal: str | None = None) -> tuple[Step, ...]:
        """The steps that may matter for an industry (and a goal); the others cannot hold or are not asked."""
        kept: list[Step] = []
        wanted = {f"decision:{goal}"} if goal else None
        used: set[str] = set()
        for step in reversed(self.steps):
            name = f"decision:{step.decision}" if step.decision is not None else step.name
            if wanted is not None and name not in wanted and name not in used:
                continue
            if not step.ruled and step.decision is None and name not in used:
                continue
            if step.gate is not None and not self.passes(step, found):
                continue
            kept.append(step)
            used |= step.needs
        return tuple(reversed(kept))

    def passes(self, step: Step, found: Members | None) -> bool:
        """Whether a rule's industry condition leaves it possible."""
        if step.gate is None:
            return True
        if step.reach is None:
            step.reach = climb(self.book, step.gate)
        return under(found, *step.reach) != 0

    def compile(self, step: Step) -> _Function:
        """Python function of one body."""
        assert step.body is not None
        source = f"lambda g, t, d: {self.writer.run(step.body)}"
        return eval(compile(source, f"<{step.name}>", "eval"), self.writer.names)  # type: ignore[no-any-return]


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
