"""Questions about all situations at once: never, always, implies, equivalent, disjoint, gap, dead, redundant, lower relaxes higher.

An answer is *yes* or *no*, either proved (no situation contradicts it) or shown by a witness: a situation that the scalar machine has
replayed.  Where the solver stops, the answer is *undecided* and carries the solver's reason.  A witness that does not replay is an
error of this software and is raised, never shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import z3

from greenrule.backends.decide import Outcome, Speaker
from greenrule.backends.replay import Replay, Unreplayed, defined_away, shrink
from greenrule.backends.scalar import Program, facts_in, gate
from greenrule.backends.situation import Value, encode
from greenrule.backends.smt import Pair, Smt
from greenrule.backends.worlds import Formula, World, conj, disj, formula, neg
from greenrule.backends.writer import climb
from greenrule.core.truth import TRUE
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Node

Verdict = Literal["yes", "no", "undecided"]
#: A rule by its id, or any expression of kind truth.
Claim = str | Node


@dataclass(frozen=True, slots=True)
class Witness:
    """A situation that shows an answer: facts as people write them (no more than are needed), and what the scalar machine
    says in it of the rules and decisions that were asked about."""

    facts: Mapping[str, Value]
    truths: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked and what came out.

    `proved` answers hold of every sound world; others carry a `witness`, or, when undecided, the solver's `reason`.
    """

    question: str
    about: tuple[str, ...]
    verdict: Verdict
    proved: bool = False
    witness: Witness | None = None
    reason: str | None = None
    seconds: float = 0.0


class Prover:
    """One rulebook on a day with a solver that remembers it, for many questions.

    What a pack takes for granted of every project (`givens.yaml`) is not taken for granted here: a project may say otherwise.
    `statements` are expressions that are never false of a project (`packs.worlds`); `extra` are expressions of coming questions that name codes
    which no rule names; `timeout` is in seconds for each question.  `complete` turns given facts into machine values (with what
    follows from them); by default nothing follows, and witnesses state every fact that they need.

    >>> Prover(book, date(2026, 11, 21)).disjoint("eia-003-book-a", "eia-003-registration").verdict  # doctest: +SKIP
    'yes'
    """

    def __init__(
        self, book: Rulebook, on: date, known: date | None = None, *, statements: Mapping[str, Node] | None = None,
        extra: Iterable[Node] = (), timeout: float = 10.0, program: Program | None = None,
        complete: Callable[[Mapping[str, Value]], Mapping[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        self.program = program or Program(book, on, known)
        self.book, self.timeout = self.program.book, timeout
        self.statements = dict(statements or {})
        world = World(self.book, (*self.statements.values(), *extra))
        self.smt = Smt(self.book, on, known, world=world, program=self.program)
        self.complete = complete or (lambda facts: encode(self.book, facts))
        self.axioms = self.smt.named_axioms(self.statements, givens=False)
        self.solver = z3.Solver()
        self.solver.add(*self.axioms.values())
        self.asked = 0
        self._literals: dict[int, z3.BoolRef] = {}
        self._reach: dict[str, frozenset[int]] = {}
        self._mentioned: dict[str, frozenset[str]] = {}
        self._read_by: dict[str, frozenset[str]] | None = None
        self._kept: list[z3.BoolRef] = []  # the solver's ids are reused once a formula is forgotten
        self._most = {count: self.literal(world.industries(count)) for count in (1, 2)}

    # -- the one way of asking -------------------------------------------------------------------------------
    def literal(self, part: Formula) -> z3.BoolRef:
        """A name for a formula, told to the solver once, so that questions are lists of names."""
        whole = formula(part)
        if z3.is_const(whole) or (z3.is_not(whole) and z3.is_const(whole.arg(0))):
            return whole
        key = whole.get_id()
        if key not in self._literals:
            name = self._literals[key] = z3.Bool(f"#{len(self._literals)}")
            self._kept.append(whole)
            self.solver.add(name == whole)
        return self._literals[key]

    def check(self, *wanted: Formula, most: int | None = None, once: bool = False) -> tuple[str, z3.ModelRef | None]:
        """Whether a sound world has all of these: `sat` with a model, `unsat`, or the solver's reason for not deciding.

        `most` bounds the industries of the project (1 or 2).  What is asked `once` the solver forgets again.
        """
        self.asked += 1
        if any(part is False for part in wanted):
            return "unsat", None
        bound = [self._most[most]] if most is not None else []
        names = [] if once else [self.literal(part) for part in wanted if part is not True]
        self.solver.set("timeout", max(1, int(self.timeout * 1000)))
        if once:
            self.solver.push()
            self.solver.add(*(formula(part) for part in wanted))
        found = self.solver.check(*names, *bound)
        told = str(found) if found != z3.unknown else self.solver.reason_unknown()
        model = self.solver.model() if found == z3.sat else None
        if once:
            self.solver.pop()
        return told, model

    def search(self, *wanted: Formula, most: int | None = None) -> tuple[str, z3.ModelRef | None]:
        """As `check`; a project of one industry is preferred, then of two, for it is easier to read."""
        one = self.check(*wanted, most=1)
        if one[1] is not None or most == 1:
            return one
        found = self.check(*wanted)
        if found[1] is None:
            return found
        two = self.check(*wanted, most=2)
        return two if two[1] is not None else found

    def settle(
        self, question: str, about: Iterable[str], wanted: Iterable[Formula], confirm: Callable[[Replay], bool],
        *, found: Verdict, claims: Iterable[Claim] = (), decisions: Iterable[str] = (), show: bool = True, most: int | None = None,
    ) -> Answer:  # fmt: skip
        """Look for a world that has all of `wanted`: the answer is `found` with a witness, or the opposite, proved.

        `confirm` is the same in the scalar machine's words; without `show` the witness is only said to exist.
        """
        start = time.perf_counter()
        names, stated = tuple(about), tuple(claims)
        told, model = self.search(*wanted, most=most)
        seconds = time.perf_counter() - start
        if told == "unsat":
            return Answer(question, names, "no" if found == "yes" else "yes", True, seconds=seconds)
        if model is None:
            return Answer(question, names, "undecided", reason=told, seconds=seconds)
        try:
            witness = self.witness(model, confirm, stated, tuple(decisions)) if show else None
        except ArithmeticError as error:  # amounts multiplied by one another: no project states such a number
            return Answer(question, names, "undecided", reason=str(error), seconds=time.perf_counter() - start)
        return Answer(question, names, found, False, witness, seconds=time.perf_counter() - start)

    def witness(
        self, model: z3.ModelRef, confirm: Callable[[Replay], bool], claims: Iterable[Claim] = (), decisions: Iterable[str] = ()
    ) -> Witness:  # fmt: skip
        """The facts of a model that are needed, replayed; raises `Unreplayed` where the scalar machine disagrees."""
        facts = self.smt.world.facts(model)
        stated = tuple(claims)
        names = [claim if isinstance(claim, str) else str(claim) for claim in stated]
        whole = self.replay(facts)
        if not confirm(whole):
            raise Unreplayed(f"{'、'.join(names)}", facts)
        kept = shrink(facts, lambda fewer: confirm(self.replay(fewer)), whole.deciding(stated, decisions))
        seen = self.replay(kept)
        return Witness(
            kept, {name: seen.truth(claim).word for name, claim in zip(names, stated, strict=True)},
            {name: seen.outcome(name).word for name in decisions},
        )  # fmt: skip

    def replay(self, facts: Mapping[str, Value]) -> Replay:
        """A situation put before the scalar machine."""
        return Replay(self.program, self.complete(facts))

    def mentioned(self, rule: str) -> frozenset[str]:
        """Facts in a rule's condition, its definitions written out; other rules and decisions that it reads are left out."""
        if rule not in self._mentioned:
            self._mentioned[rule] = facts_in(defined_away(self.book, self.book.rules[rule].when))
        return self._mentioned[rule]

    def axioms_on(self, facts: Collection[str]) -> list[z3.BoolRef]:
        """Axioms that speak of any of these facts."""
        if self._read_by is None:
            self._read_by = {f"kind:{name}": frozenset((name,)) for name in self.book.facts}
            for spec in self.book.facts.values():
                for number, item in enumerate(spec.derive):
                    parts = facts_in(item.value) | (facts_in(item.when) if item.when is not None else frozenset())
                    self._read_by[f"derive:{spec.id}:{number}"] = parts | {spec.id}
            for name, node in self.statements.items():
                self._read_by[f"state:{name}"] = facts_in(defined_away(self.book, node))
        return [holds for name, holds in self.axioms.items() if not self._read_by[name].isdisjoint(facts)]

    def pair(self, claim: Claim) -> Pair:
        """The two formulas of a claim."""
        return self.smt.rule(claim) if isinstance(claim, str) else self.smt.run(claim)

    # -- questions about claims ------------------------------------------------------------------------------
    def never(self, claim: Claim, show: bool = True) -> Answer:
        """Yes: there is no project of which it is true."""
        return self.settle("never", _names(claim), [self.pair(claim).true], lambda seen: seen.truth(claim) is TRUE,
                           found="no", claims=[claim], show=show)  # fmt: skip

    def always(self, claim: Claim, show: bool = True) -> Answer:
        """Yes: it is true of every project."""
        return self.settle("always", _names(claim), [neg(self.pair(claim).true)], lambda seen: seen.truth(claim) is not TRUE,
                           found="no", claims=[claim], show=show)  # fmt: skip

    def implies(self, one: Claim, other: Claim, show: bool = True) -> Answer:
        """Yes: wherever the one is true, so is the other."""
        return self.settle(
            "implies", _names(one, other), [self.pair(one).true, neg(self.pair(other).true)],
            lambda seen: seen.truth(one) is TRUE and seen.truth(other) is not TRUE, found="no", claims=[one, other], show=show,
        )  # fmt: skip

    def disjoint(self, one: Claim, other: Claim, show: bool = True, most: int | None = None) -> Answer:
        """Yes: the two are never true of one project (of at most so many industries)."""
        return self.settle(
            "disjoint", _names(one, other), [self.pair(one).true, self.pair(other).true],
            lambda seen: seen.truth(one) is TRUE and seen.truth(other) is TRUE,
            found="no", claims=[one, other], show=show, most=most,
        )  # fmt: skip

    def equivalent(self, one: Claim, other: Claim, show: bool = True) -> Answer:
        """Yes: the two have the same truth everywhere, unknown where the texts leave both open."""
        first, second = self.pair(one), self.pair(other)
        differ = disj(
            conj(first.true, neg(second.true)), conj(neg(first.true), second.true),
            conj(first.false, neg(second.false)), conj(neg(first.false), second.false),
        )  # fmt: skip
        return self.settle("equivalent", _names(one, other), [differ], lambda seen: seen.truth(one) is not seen.truth(other),
                           found="no", claims=[one, other], show=show)  # fmt: skip

    # -- questions about rules and decisions -----------------------------------------------------------------
    def dead(self, rule: str, show: bool = True) -> Answer:
        """Yes: the rule applies to no project.  One that never applies only because a text or list is open says so in `reason`."""
        answer = self.never(rule, show)
        reason = "open" if answer.proved and self.check(self.pair(rule).possible)[0] == "sat" else None
        return Answer("dead", answer.about, answer.verdict, answer.proved, answer.witness, answer.reason or reason, answer.seconds)  # fmt: skip

    def redundant(self, rule: str, decision: str, show: bool = True) -> Answer:
        """Yes: whenever the rule speaks on the decision, another says the same or prevails over it.

        On a decision that collects, another must say the same value; where each rule is a value of its own, none can.
        """
        mine = [voice for voice in self.program.speaking[decision] if voice.rule == rule]
        if not mine:
            raise LookupError(f"{rule} does not speak on {decision}")
        rivals = {voice: self.rivals(decision, voice) for voice in mine}

        def alone(near: bool) -> Formula:
            # A project of one industry is reached by few of hundreds of rules: the others need not be told apart from false.
            return disj(
                *(
                    conj(
                        self.pair(rule).true,
                        *(
                            neg(self.pair(other.rule).true)
                            for other in others
                            if not near or self.reach(rule) & self.reach(other.rule)
                        ),
                    )
                    for others in rivals.values()
                )
            )

        def confirm(seen: Replay) -> bool:
            return seen.truth(rule) is TRUE and any(
                all(seen.truth(other.rule) is not TRUE for other in others) for others in rivals.values()
            )

        start = time.perf_counter()
        _, model = self.check(alone(near=True), most=1)
        if model is None:
            return self.settle(
                "redundant", (rule, decision), [alone(near=False)], confirm, found="no", claims=[rule], show=show
            )
        witness = self.witness(model, confirm, [rule]) if show else None
        return Answer("redundant", (rule, decision), "no", False, witness, seconds=time.perf_counter() - start)

    def reach(self, rule: str) -> frozenset[int]:
        """Classes of industry of which a rule may hold, as far as its condition names them."""
        if rule not in self._reach:
            classes = self.smt.world.classes[self.book.facts["industry"].kind.vocab or ""]
            at = gate(self.book.rules[rule])
            truths = classes.answer(climb(self.book, at)) if at is not None else (1,) * len(classes.codes)
            self._reach[rule] = frozenset(index for index, truth in enumerate(truths) if truth)
        return self._reach[rule]

    def rivals(self, decision: str, voice: Speaker) -> list[Speaker]:
        """Voices of other rules that make one superfluous while they hold: as strict or stricter, or prevailing over it."""
        others = [other for other in self.program.speaking[decision] if other.rule != voice.rule]
        if self.book.decisions[decision].collect:
            return [other for other in others if other.value == voice.value]
        if voice.replaces:
            return [
                other
                for other in others
                if other.replaces and (other.newness, other.rank) >= (voice.newness, voice.rank)
            ]
        return [other for other in others if not other.replaces and other.rank >= voice.rank]

    def gap(self, decision: str, show: bool = True) -> Answer:
        """Yes: a project of which everything is known, and yet no rule says anything on the decision."""
        return self.settle(
            "gap", (decision,), [self.smt.outcome(decision, None)], lambda seen: seen.outcome(decision).candidates == (None,),
            found="yes", decisions=[decision], show=show,
        )  # fmt: skip

    def covered_by(self, rule: str, others: Iterable[str]) -> list[str]:
        """Those of some rules that hold wherever this one does; each counterexample rules out as many as it can at once."""
        left, covering = list(dict.fromkeys(others)), []
        while left:
            pairs = {name: self.pair(name) for name in left}
            told, model = self.check(self.pair(rule).true, neg(pairs[left[0]].true))
            if told == "unsat":
                covering.append(left[0])
            if model is None:
                left = left[1:]
                continue
            left = [
                name for name in left[1:] if z3.is_true(model.eval(formula(pairs[name].true), model_completion=True))
            ]
        return covering

    def relaxes(self, rule: str, decision: str, higher: frozenset[str], show: bool = True) -> Answer:
        """Yes: a project for which the rule brings a milder value than the rules of higher instruments alone would."""
        spec = self.book.decisions[decision]
        voices = [voice for voice in self.program.speaking[decision] if voice.rule == rule]
        ways = [
            conj(
                self.smt.outcome(decision, voice.value),
                disj(
                    *(self.smt.outcome(decision, name, higher) for name, _ in spec.values[spec.rank(voice.value) + 1 :])
                ),
            )
            for voice in voices
        ]

        def confirm(seen: Replay) -> bool:
            full, above = seen.outcome(decision), seen.outcome(decision, higher)
            return (
                seen.truth(rule) is TRUE
                and any(voice.value == full.value for voice in voices)
                and _milder(spec.rank, full, above)
            )

        return self.settle("relaxes", (rule, decision), [self.pair(rule).true, disj(*ways)], confirm, found="yes", claims=[rule],
                           decisions=[decision], show=show)  # fmt: skip

    # -- what a proof rests on -------------------------------------------------------------------------------
    def rests_on(self, *wanted: Formula) -> tuple[str, ...]:
        """Names of the axioms that keep these from holding together: a small set, not always the smallest; empty when they can."""
        solver = z3.Solver()
        solver.set("timeout", max(1, int(self.timeout * 1000)))
        solver.set("core.minimize", True)
        for name, holds in self.axioms.items():
            solver.assert_and_track(holds, name)
        solver.add(*(formula(part) for part in wanted))
        return tuple(sorted(str(name) for name in solver.unsat_core())) if solver.check() == z3.unsat else ()


def _milder(rank: Callable[[str], int], full: Outcome, above: Outcome) -> bool:
    return full.value is not None and above.value is not None and rank(full.value) < rank(above.value)


def _names(*claims: Claim) -> tuple[str, ...]:
    return tuple(claim if isinstance(claim, str) else str(claim) for claim in claims)
