"""The rulebook examined whole: which questions are asked of it, and which answers are findings.

Contradictions between instruments, gaps, dead, duplicate and redundant rules, and places where a lower level relaxes a higher one.
Findings named in `conflicts.yaml` or kept in `proofs.yaml` are known; the others are new.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from greenrule.backends.decide import Speaker
from greenrule.backends.questions import Answer, Prover
from greenrule.backends.scalar import Program
from greenrule.backends.situation import Value
from greenrule.backends.thresholds import Dip, amounts, dip
from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.book import Law
from greenrule.packs.proofs import FINDINGS, Conventions, load_conventions
from greenrule.packs.worlds import load_statements, statement_nodes
from greenrule.rules.nodes import Decided


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: its kind, the rules it is about, what each says, and the situation that shows it.

    `known` names the entry of conflicts.yaml, or is `kept`; `why` is the reason written there.  `rests_on` are the axioms of a proof.
    """

    kind: str
    subject: tuple[str, ...]
    rules: tuple[str, ...]
    answer: Answer
    decision: str | None = None
    said: tuple[str | None, ...] = ()
    by: tuple[str, ...] = ()
    remark: str | None = None
    situations: tuple[Mapping[str, Value], ...] = ()
    known: str | None = None
    why: str | None = None
    rests_on: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its name in `proofs.yaml`: kind, decision and what it is about."""
        return ":".join(part for part in (self.kind, self.decision, "+".join(self.subject)) if part)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the examination: `ask` answers it, and `found` turns an answer that is a finding into one."""

    kind: str
    rules: tuple[str, ...]
    ask: Callable[[bool], Answer]
    bad: str
    finding: Callable[[Answer], Finding]


@dataclass
class Report:
    """What came out: findings, what stayed undecided, kept findings that are no longer there, and how much was asked."""

    findings: list[Finding] = field(default_factory=list)
    undecided: list[Finding] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    #: pairs of rules of conflicts.yaml, each with a situation in which both hold, or proved never to hold together
    conflicts: list[Finding] = field(default_factory=list)
    questions: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    seconds: float = 0.0
    #: pairs of which one forbids and one restricts, about different matters: the stricter prevails, nothing contradicts
    side_by_side: int = 0

    @property
    def new(self) -> list[Finding]:
        """Findings that nobody has read, and questions that nobody has accepted as undecided."""
        return [item for item in (*self.findings, *self.undecided) if item.known is None]


class Examination:
    """All questions about a law on a day.

    `only` are kinds of findings and beginnings of rule ids (P103: neither); `complete` as in `Prover`.
    """

    def __init__(
        self, law: Law, on: date, known: date | None = None, *, timeout: float = 10.0, only: Iterable[str] = (),
        program: Program | None = None, complete: Callable[[Mapping[str, Value]], Mapping[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        self.law, self.book = law, law.book
        self.conventions: Conventions = load_conventions(law)
        self.statements = load_statements(law)
        self.prover = Prover(
            law.book,
            on,
            known,
            statements=statement_nodes(self.statements),
            timeout=timeout,
            program=program,
            complete=complete,
        )
        self.program = self.prover.program
        wanted = tuple(only)
        self.kinds = {name for name in wanted if name in FINDINGS} or set(FINDINGS)
        self.beginnings = tuple(name for name in wanted if name not in FINDINGS)
        for name in self.beginnings:
            if not any(rule.startswith(name) for rule in law.book.rules):
                hint = f"类别：{'、'.join(FINDINGS)}；相近的规则：{'、'.join(near(name, law.book.rules)) or '无'}"
                raise InputFault(Fault("P124", f"`{name}` 不是发现的类别，也没有编号以它开头的规则", None, hint))
        self.scopes = self._scopes()
        self.beside = 0
        self.dead: set[str] = set()

    def run(self, progress: Callable[[int, int], None] | None = None) -> Report:
        """Ask everything; `progress` hears how many of how many questions are answered."""
        start = time.perf_counter()
        report = Report()
        questions = [item for item in self.questions() if self._wanted(item)]
        for number, question in enumerate(questions):
            if question.kind == "redundant" and question.rules[0] in self.dead:
                continue  # that it says nothing is told already
            answer = question.ask(False)
            if question.kind == "dead" and answer.verdict == "yes" and len(question.rules) == 1:
                self.dead.add(question.rules[0])
            report.questions[question.kind] += 1
            if answer.verdict == "undecided":
                report.undecided.append(self._known(question.finding(answer)))
            elif answer.verdict == question.bad:
                report.findings.append(self._known(question.finding(question.ask(True))))
            if progress is not None:
                progress(number + 1, len(questions))
        report.findings = [self._known(item) for item in _paired(report.findings, self._covers)]
        report.findings.sort(key=lambda item: (list(FINDINGS).index(item.kind), item.decision or "", item.subject))
        if not self.beginnings:
            there = {item.id for item in (*report.findings, *report.undecided)}
            report.stale = [
                name for name in self.conventions.kept if name not in there and name.partition(":")[0] in self.kinds
            ]
        if "contradiction" in self.kinds:
            report.conflicts = list(self._registered())
        report.checks, report.seconds = self.prover.asked, time.perf_counter() - start
        report.side_by_side = self.beside
        return report

    def _wanted(self, question: Question) -> bool:
        kinds = {question.kind} | ({"duplicate"} if question.kind == "redundant" else set())
        return bool(kinds & self.kinds) and (
            not self.beginnings or any(rule.startswith(self.beginnings) for rule in question.rules)
        )

    def _known(self, finding: Finding) -> Finding:
        if finding.known is not None:
            return finding
        kept = self.conventions.kept.get(finding.id)
        if kept is not None:
            return replace(finding, known="kept", why=kept.reason)
        sides = {
            "contradiction": [set(finding.rules)], "duplicate": [set(finding.rules)],
            "redundant": [{finding.rules[0], other} for other in finding.by],
        }.get(finding.kind, [])  # fmt: skip
        for item in self.law.conflicts:
            if any(side <= set(item["rules"]) for side in sides):
                return replace(finding, known=str(item["id"]), why=str(item["reason"]))
        return finding

    # -- what is asked ---------------------------------------------------------------------------------------
    def questions(self) -> Iterator[Question]:
        """Every question, the dear ones last."""
        yield from self._contradictions()
        yield from self._gaps()
        yield from self._relaxations()
        yield from self._dead()
        yield from self._redundant()

    def _lead(self, rule: str) -> str:
        return self.book.rules[rule].cites[0].partition("#")[0]

    def _scopes(self) -> dict[str, frozenset[str]]:
        """Instrument → facts that most of its rules read: where or of whom it speaks at all, no common ground of two rules."""
        rules: dict[str, list[str]] = defaultdict(list)
        for rule in self.program.live:
            rules[self._lead(rule)].append(rule)
        out = {}
        for instrument, mine in rules.items():
            counts = Counter(name for rule in mine for name in self.prover.mentioned(rule))
            out[instrument] = frozenset(
                name for name, count in counts.items() if len(mine) > 3 and count * 2 > len(mine)
            )
        return out

    def topics(self, rule: str) -> frozenset[str]:
        """What a rule is about: facts it reads but those that nearly every rule, or nearly every rule of its instrument, reads."""
        return self.prover.mentioned(rule) - self.conventions.general - self.scopes[self._lead(rule)]

    def same_matter(self, one: str, other: str) -> bool:
        """Whether two rules are about one thing: they share more than half of what the narrower is about."""
        mine, yours = self.topics(one), self.topics(other)
        return 2 * len(mine & yours) > min(len(mine), len(yours))

    def _contradictions(self) -> Iterator[Question]:
        for name, spec in self.book.decisions.items():
            voices = self.program.speaking[name]
            for one, other in itertools.combinations(voices, 2):
                if one.rule == other.rule:
                    continue
                if spec.collect:
                    verbs = frozenset(self._verb(voice.rule, name) for voice in (one, other))
                    opposed = verbs in self.conventions.opposed and self._lead(one.rule) != self._lead(other.rule)
                    if opposed and self.same_matter(one.rule, other.rule):
                        yield self._pair(name, one, other, (self._verb(one.rule, name), self._verb(other.rule, name)))
                elif one.value == other.value or one.replaces != other.replaces:
                    continue
                elif one.replaces:
                    yield self._pair(name, one, other, (one.value, other.value))
                elif self._lead(one.rule) != self._lead(other.rule):
                    if self.same_matter(one.rule, other.rule):
                        yield self._pair(name, one, other, (one.value, other.value))
                    elif name == "access":
                        self.beside += 1

    def _verb(self, rule: str, decision: str) -> str:
        return next(effect.verb for effect in self.book.rules[rule].effects if effect.decision == decision)

    def _pair(self, decision: str, one: Speaker, other: Speaker, said: tuple[str, str]) -> Question:
        rules = (one.rule, other.rule)
        order = sorted(zip(rules, said, strict=True))

        def finding(answer: Answer) -> Finding:
            return Finding(
                "contradiction", tuple(rule for rule, _ in order), tuple(rule for rule, _ in order), answer, decision,
                tuple(value for _, value in order), remark=self._levels(decision, one, other),
            )  # fmt: skip

        return Question("contradiction", rules, lambda show: self.prover.disjoint(*rules, show, 1), "no", finding)

    def _levels(self, decision: str, one: Speaker, other: Speaker) -> str | None:
        """Which of the two stands higher, and whether the lower one says less."""
        levels = [self.conventions.level(self.law, voice.rule) for voice in (one, other)]
        if levels[0] == levels[1]:
            return None
        upper, lower = (one, other) if levels[0] < levels[1] else (other, one)
        told = f"{upper.rule} 层级较高（{self.conventions.level_name(min(levels))}）"
        milder = not self.book.decisions[decision].collect and lower.rank < upper.rank
        return told + ("，下位文件说得较轻" if milder else "")

    def _gaps(self) -> Iterator[Question]:
        for name, spec in self.book.decisions.items():
            if spec.collect or not self.program.speaking[name]:
                continue
            rules = tuple(voice.rule for voice in self.program.speaking[name])
            yield Question(
                "gap", rules, lambda show, name=name: self.prover.gap(name, show), "yes",  # type: ignore[misc]
                lambda answer, name=name: Finding("gap", (), (), answer, name),  # type: ignore[misc]
            )  # fmt: skip
            clauses: dict[str, list[str]] = defaultdict(list)
            for rule in dict.fromkeys(rules):
                clauses[self.book.rules[rule].cites[0]].append(rule)
            for clause, mine in clauses.items():
                if any(isinstance(node, Decided) for rule in mine for node in self.book.rules[rule].when.walk()):
                    continue  # what waits for another decision has no thresholds of its own
                for fact in amounts(self.prover, mine):
                    yield self._hole(name, clause, tuple(mine), fact)

    def _hole(self, decision: str, clause: str, rules: tuple[str, ...], fact: str) -> Question:
        shown: list[Dip | None] = []

        def ask(show: bool) -> Answer:
            answer, found = dip(self.prover, rules, decision, fact)
            shown[:] = [found]
            return answer

        def finding(answer: Answer) -> Finding:
            situations = shown[0].situations if shown and shown[0] is not None else ()
            return Finding("gap", (clause, fact), rules, answer, decision, situations=situations)

        return Question("gap", rules, ask, "yes", finding)

    def _relaxations(self) -> Iterator[Question]:
        for name, spec in self.book.decisions.items():
            if spec.collect:
                continue
            speaking = self.program.speaking[name] + (self.program.speaking[spec.base] if spec.base else ())
            level = {voice.rule: self.conventions.level(self.law, voice.rule) for voice in speaking}
            for voice in self.program.speaking[name]:
                if not voice.replaces:
                    continue  # the strictest prevails among the others: none can relax
                higher = frozenset(rule for rule, at in level.items() if at < level[voice.rule])
                if higher:
                    yield self._relaxation(name, voice, higher)
        for rule, exceptions in self.program.exceptions.items():
            for other in exceptions:
                if self.conventions.level(self.law, other) > self.conventions.level(self.law, rule):
                    yield self._exception(rule, other)

    def _relaxation(self, decision: str, voice: Speaker, higher: frozenset[str]) -> Question:
        return Question(
            "relaxes", (voice.rule,), lambda show: self.prover.relaxes(voice.rule, decision, higher, show), "yes",
            lambda answer: Finding("relaxes", (voice.rule,), (voice.rule,), answer, decision, (voice.value,)),
        )  # fmt: skip

    def _exception(self, rule: str, other: str) -> Question:
        both = (other, self.book.rules[rule].when)
        return Question(
            "relaxes", (rule, other), lambda show: self.prover.disjoint(*both, show=show), "no",
            lambda answer: Finding("relaxes", (other, rule), (other, rule), answer, remark=f"{other} 是 {rule} 的例外"),
        )  # fmt: skip

    def _dead(self) -> Iterator[Question]:
        for rule in self.book.rules:
            if rule in self.program.live:
                yield Question(
                    "dead", (rule,), lambda show, rule=rule: self.prover.dead(rule, show), "yes",  # type: ignore[misc]
                    lambda answer, rule=rule: Finding(  # type: ignore[misc]
                        "dead", (rule,), (rule,), answer, rests_on=self.prover.rests_on(self.prover.pair(rule).true),
                        remark="只因名录或文字未定而从不成立" if answer.reason == "open" else None,
                    ),
                )  # fmt: skip
        for item in self.law.conflicts:
            for one, other in itertools.combinations(item["rules"], 2):
                if one in self.program.live and other in self.program.live:
                    yield self._void(str(item["id"]), one, other)

    def _registered(self) -> Iterator[Finding]:
        """The pairs of conflicts.yaml, each with a situation in which both sides hold."""
        for item in self.law.conflicts:
            for one, other in itertools.combinations(item["rules"], 2):
                wanted = not self.beginnings or one.startswith(self.beginnings) or other.startswith(self.beginnings)
                if wanted and one in self.program.live and other in self.program.live:
                    answer = self.prover.disjoint(one, other)
                    known = str(item["id"])
                    yield Finding(
                        "conflict", (known, one, other), (one, other), answer, known=known, why=str(item["reason"])
                    )

    def _void(self, conflict: str, one: str, other: str) -> Question:
        return Question(
            "dead", (one, other), lambda show: self.prover.disjoint(one, other, show), "yes",
            lambda answer: Finding(
                "dead", ("conflict", conflict, one, other), (one, other), answer, remark=f"conflicts.yaml 的 {conflict} 从不发生",
                rests_on=self.prover.rests_on(self.prover.pair(one).true, self.prover.pair(other).true),
            ),
        )  # fmt: skip

    def _redundant(self) -> Iterator[Question]:
        for name in self.book.decisions:
            for voice in {voice.rule: voice for voice in self.program.speaking[name]}.values():
                if self.prover.rivals(name, voice):
                    yield Question(
                        "redundant", (voice.rule,), lambda show, r=voice.rule, d=name: self.prover.redundant(r, d, show), "yes",  # type: ignore[misc]
                        lambda answer, r=voice.rule, d=name, v=voice.value: Finding("redundant", (r,), (r,), answer, d, (v,)),  # type: ignore[misc]
                    )  # fmt: skip

    def _covers(self, finding: Finding) -> list[tuple[str, bool]]:
        """Single rules that make a redundant one superfluous, and whether it does the same to them."""
        decision, rule = str(finding.decision), finding.rules[0]
        mine = [voice for voice in self.program.speaking[decision] if voice.rule == rule]
        value = {other.rule: other.value for voice in mine for other in self.prover.rivals(decision, voice)}
        out = []
        for other in self.prover.covered_by(rule, value):
            same = value[other] in {voice.value for voice in mine}
            out.append((other, same and self.prover.implies(other, rule, show=False).proved))
        return out


def _paired(findings: Sequence[Finding], covers: Callable[[Finding], list[tuple[str, bool]]]) -> Iterator[Finding]:
    """Redundant rules told apart: two that say the same of the same projects are one duplicate; others name what covers them."""
    seen: set[tuple[str | None, tuple[str, ...]]] = set()
    for item in findings:
        if item.kind != "redundant":
            yield item
            continue
        found = covers(item)
        twins = [other for other, back in found if back]
        for twin in twins:
            pair = tuple(sorted((item.rules[0], twin)))
            if (item.decision, pair) not in seen:
                seen.add((item.decision, pair))
                yield replace(
                    item, kind="duplicate", subject=pair, rules=pair, said=item.said * 2, known=None, why=None
                )
        if not twins:
            yield replace(item, by=tuple(other for other, _ in found))
