"""Cases that write themselves: the solver finds, for each goal of a rule, a project that shows it.

A case is kept only if it could be (the axioms hold of what it states), and only after the scalar machine has given the truth that the
solver expects.  What cannot be shown is proved so and listed; it is often a part of a rule that does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import z3

from greenrule.backends.questions import Prover
from greenrule.backends.replay import Unreplayed, defined_away, plainer, shrink
from greenrule.backends.scalar import facts_in
from greenrule.backends.situation import Value
from greenrule.backends.worlds import Formula, conj, disj, neg, test_of
from greenrule.core.truth import FALSE, TRUE, UNKNOWN, Truth
from greenrule.core.units import Quantity
from greenrule.packs.boundaries import Goal, Path, Wording, at, compared, condition, goals, parts, put
from greenrule.packs.casebook import Chapter, Line, fingerprint
from greenrule.packs.measuring import Measure, step
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Amount, Compare, Fact, In, Literal, Node, Undecided, Under

_Complete = Callable[[Mapping[str, Value]], Mapping[str, Any]]


@dataclass
class _World:
    """A case in which a part decides, one way or the other."""

    kept: dict[str, Value]
    expected: Truth


@dataclass
class Generator:
    """Generates chapters for the rules of one prover; `complete` as in `Prover`, `carried` and `lists` as in `goals`.

    `because` says what a named axiom is, for goals that it keeps out of reach.
    """

    prover: Prover
    complete: _Complete
    carried: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    because: Callable[[str], str] = str
    wording: Wording = field(init=False)

    def __post_init__(self) -> None:
        self.wording = Wording(self.prover.book)

    def chapter(self, rule: str, before: Chapter | None = None) -> Chapter:
        """All cases of one rule; those of a chapter that still holds stay, and the solver looks for what they do not show."""
        fresh = _Chapter(self, rule)
        return fresh.write(before.lines if before is not None and fresh.confirms(before) else ())


class _Chapter:
    def __init__(self, owner: Generator, rule: str) -> None:
        self.prover, self.complete, self.rule = owner.prover, owner.complete, rule
        self.because, self.wording = owner.because, owner.wording
        self.book, self.world, self.smt = self.prover.book, self.prover.smt.world, self.prover.smt
        exceptions = self.prover.program.exceptions.get(rule, ())
        self.body = condition(self.book, rule, owner.carried.get(rule, frozenset()), exceptions)
        self.goals = goals(self.book, self.body, owner.lists.get(rule, frozenset()), self.wording)
        self.measure = Measure(self.prover.program, rule, self.body)
        self.form = self.smt.run(self.body)
        self.cone = sorted(_with_sources(self.book, self.measure.cone.facts | {"industry"} & self.book.facts.keys()))
        self.turned: dict[Path, Formula] = {}
        self.out = Chapter(
            rule, fingerprint(self.body, self.goals), "; ".join(str(e) for e in self.book.rules[rule].effects)
        )
        self.missing: dict[Goal, None] = dict.fromkeys(self.goals)
        self.worlds: dict[Path, _World] = {}
        self.kept = False
        self.units = {
            node.left.id: node.right.unit for node in self.body.walk()
            if isinstance(node, Compare) and isinstance(node.left, Fact) and isinstance(node.right, Amount) and node.right.unit
        }  # fmt: skip

    def confirms(self, before: Chapter) -> bool:
        """Whether a chapter is about this very condition and effect, and all its cases come out as it says."""
        same = (before.fingerprint, before.effect) == (self.out.fingerprint, self.out.effect)
        return same and all(self.truth(line.facts) is line.expected for line in before.lines)

    def write(self, kept: Sequence[Line] = ()) -> Chapter:
        """The chapter; the first line is a case in which the rule holds, wherever there is one.

        What the scalar machine does not confirm is not shown, and said so.
        """
        self.kept = bool(kept)
        for line in kept:
            self.add(line.facts, line.expected, line.why)
        for goal in self.goals:
            if (goal.sort == "edge" and not kept) or (goal in self.missing and goal.sort != "unknown"):
                self._try(goal)
        if not kept:
            self._neighbours()
        for goal in self.goals:
            if goal in self.missing and goal.sort == "unknown":
                self._try(goal)
        self.out.undecided += [(goal.label, "没有找到标量机能复算的情形") for goal in self.missing]
        return self.out

    def _try(self, goal: Goal) -> None:
        try:
            getattr(self, f"_{goal.sort}")(goal)
        except Unreplayed as error:
            self.missing.pop(goal, None)
            self.out.undecided.append((goal.label, error.faults[0].message))

    # -- formulas ------------------------------------------------------------------------------------------
    def decides(self, path: Path) -> Formula:
        """That the condition turns with a part."""
        if path not in self.turned:
            yes, no = (self.smt.run(put(self.body, path, Literal(value))) for value in (True, False))
            # From true to unknown is a turn too: what is left open keeps the rest from being false.
            self.turned[path] = disj(
                conj(yes.true, neg(no.true)), conj(no.true, neg(yes.true)), conj(yes.false, neg(no.false)), conj(no.false, neg(yes.false))
            )  # fmt: skip
        return self.turned[path]

    def near(self, world: _World, free: frozenset[str]) -> list[Formula]:
        """The facts kept of a world, but those that may move."""
        return [self.world.equals(name, value) for name, value in world.kept.items() if name not in free]

    def find(self, *wanted: Formula, close: Iterable[Formula] = ()) -> z3.ModelRef | str:
        """A model of one industry if there is one, close to another if that can be; or why there is none."""
        told, near = "unsat", tuple(close)
        attempts: list[tuple[tuple[Formula, ...], int | None]] = [((), 1), ((), None)]
        for extra, most in [(near, 1), *attempts] if near else attempts:
            told, model = self.prover.check(*wanted, *extra, most=most, once=True)
            if model is not None:
                return model
        return told

    # -- goals ---------------------------------------------------------------------------------------------
    def _true(self, goal: Goal) -> None:
        for world in self.worlds.values():
            if world.expected is TRUE and goal in self.shown(world.kept):
                self.worlds.setdefault(goal.part, world)
                return
        self._side(goal, TRUE, ())

    def _false(self, goal: Goal) -> None:
        self._side(goal, FALSE, ())

    def _side(self, goal: Goal, expected: Truth, more: Iterable[Formula], why: str | None = None) -> None:
        """A case in which a part decides one way: close to a case in which it decides the other, if there is one."""
        part_true = self.smt.run(at(self.body, goal.part))
        side = part_true.true if goal.sort in ("true", "code") else part_true.false if goal.sort == "false" else True
        free = facts_in(defined_away(self.book, at(self.body, goal.part)))
        for outcome in (expected, FALSE if expected is TRUE else TRUE):
            wanted = (self.decides(goal.part), side, self.form.true if outcome is TRUE else self.form.false, *more)
            base = self.worlds.get(goal.part) or next(iter(self.worlds.values()), None)
            found = self.find(*wanted, close=self.near(base, free) if base is not None else ())
            if isinstance(found, z3.ModelRef):
                self.keep(goal, found, outcome, free, why)
                return
        self.give_up(goal, found, self.decides(goal.part), side, *more)

    def _edge(self, goal: Goal) -> None:
        """The bound itself, and a small step to each side of it."""
        part = at(self.body, goal.part)
        assert isinstance(part, Compare)
        left, right = self.smt.run(part.left), self.smt.run(part.right)
        size, free, name = step(self.prover.program, part), facts_in(part), goal.label.removesuffix("：恰为界值")
        failed: dict[Goal, tuple[str, Formula]] = {}
        beside = next(other for other in self.goals if other.sort == "beside" and other.part == goal.part)
        for offset, words in ((Fraction(0), "恰为界值"), (-size, "略低于界值"), (size, "略高于界值")):
            holds, at_bound = compared(part.op, offset), compared(part.op, Fraction(0))
            aimed = goal if offset == 0 else beside if holds is not at_bound else None
            if self.kept and aimed not in self.missing:
                continue
            why = f"{name}：{words}，{'成立' if holds else '不成立'}"
            aim = _difference(left.value, right.value, offset)
            found = self._edge_at(aim, goal.part, free)
            if isinstance(found, str):
                if aimed is not None:
                    failed[aimed] = found, aim
                continue
            try:
                self.keep(aimed, *found, free, why, fixed=free)
            except Unreplayed as error:
                self.out.undecided.append((why, error.faults[0].message))
        for one, (told, aim) in failed.items():  # "==" may be passed on either side
            if one in self.missing:
                self.give_up(one, told, self.decides(goal.part), aim)

    def _edge_at(self, aim: Formula, path: Path, free: frozenset[str]) -> tuple[z3.ModelRef, Truth] | str:
        told: z3.ModelRef | str = "unsat"
        base = self.worlds.get(path)
        for form, expected in ((self.form.true, TRUE), (self.form.false, FALSE)):
            told = self.find(self.decides(path), aim, form, close=self.near(base, free) if base is not None else ())
            if isinstance(told, z3.ModelRef):
                return told, expected
        return told

    def _beside(self, goal: Goal) -> None:
        """Found with the bound itself, unless that was kept."""
        if self.kept:
            self._edge(next(other for other in self.goals if other.sort == "edge" and other.part == goal.part))

    def _code(self, goal: Goal) -> None:
        part = at(self.body, goal.part)
        assert isinstance(part, (In, Under))
        vocab = self.book.facts[part.fact].kind.vocab or ""
        vocabulary, classes = self.book.vocabularies[vocab], self.world.classes[vocab]
        below = {
            classes.of[code] for code in classes.of
            if code == goal.detail or (isinstance(part, Under) and goal.detail in vocabulary.ancestors(code))
        }  # fmt: skip
        variable, truth = self.world.variables[part.fact], classes.answer(test_of(self.book, part))
        others = [one for index, one in enumerate(variable.classes) if truth[index] == 2 and index not in below]
        self._side(goal, TRUE, [disj(*(variable.classes[index] for index in sorted(below))), neg(disj(*others))])

    def _neighbours(self) -> None:
        """For each code that decides, the nearest code outside: the same project one class further."""
        for path, part in parts(self.body):
            world = self.worlds.get(path)
            if not isinstance(part, (In, Under)) or world is None or part.fact not in world.kept:
                continue
            told: set[str] = set()
            vocab = self.book.facts[part.fact].kind.vocab or ""
            vocabulary = self.book.vocabularies[vocab]
            truth = self.world.classes[vocab].answer(test_of(self.book, part))
            for code in part.codes[:12]:
                above = vocabulary.parent.get(code)
                beside = [
                    other for other, index in self.world.classes[vocab].of.items()
                    if truth[index] == 0 and (above is None or above in vocabulary.ancestors(other))
                ]  # fmt: skip
                if not beside or beside[0] in told:
                    continue
                told.add(beside[0])
                one = beside[0] if self.book.facts[part.fact].kind.form == "category" else frozenset((beside[0],))
                facts = {**world.kept, part.fact: one}
                expected = FALSE if world.expected is TRUE else TRUE
                if self.could_be(facts) and self.truth(facts) is expected:
                    self.add(
                        facts,
                        expected,
                        f"{self.wording.fact(part.fact)}为{self.wording.code(part.fact, beside[0])}：在 {code} 之外",
                    )

    def _unknown(self, goal: Goal) -> None:
        """The same project with a fact missing, and what it follows from."""
        part = at(self.body, goal.part)
        world = self.worlds.get(goal.part)
        gone = {goal.detail} if goal.detail else set(facts_in(defined_away(self.book, part)))
        if world is None:
            found = self.find(self.smt.run(part).unknown, self.form.unknown)
            if not isinstance(found, z3.ModelRef):
                self.give_up(goal, found, self.smt.run(part).unknown, self.form.unknown)
            elif isinstance(part, Undecided):
                self.keep(goal, found, UNKNOWN, frozenset(), None)
            else:
                self._without(
                    goal, self.world.facts(found, self.cone), gone, "缺不缺它都未知：所依据的界值或名录尚未定"
                )
            return
        if self._without(goal, world.kept, gone, None):
            self._coarse(part, world)

    def _without(self, goal: Goal, full: Mapping[str, Value], gone: set[str], otherwise: str | None) -> bool:
        """A case with facts taken away, and with them what they follow from, until the goal is shown."""
        for _ in range(3):
            facts = {name: value for name, value in full.items() if name not in gone}
            if goal in self.shown(facts):
                few = shrink(facts, lambda fewer: goal in self.shown(fewer)) if otherwise else facts
                self.add(few, UNKNOWN, goal.label, goal)
                return True
            gone |= {
                source for name in gone for item in self.book.facts[name].derive for piece in (item.value, item.when)
                if piece is not None for source in facts_in(piece)
            }  # fmt: skip
        always = [
            name for name in sorted(gone) if any(item.when is None and isinstance(item.value, Literal) for item in self.book.facts[name].derive)
        ]  # fmt: skip
        self.missing.pop(goal, None)
        if always:
            self.out.impossible.append(
                (goal.label, f"不填时按政策包的既定值：{'、'.join(map(self.wording.fact, always))}")
            )
        else:
            self.out.undecided.append((goal.label, otherwise or "从已有的情形里去掉它，结果仍由其他事实推得"))
        return False

    def _coarse(self, part: Node, world: _World) -> None:
        """A code one step coarser than the one that decides, where that says too little."""
        if (
            not isinstance(part, Under)
            or not isinstance(held := world.kept.get(part.fact), frozenset)
            or len(held) != 1
        ):
            return
        above = self.book.vocabularies[self.book.facts[part.fact].kind.vocab or ""].parent.get(next(iter(held)))
        while above:
            facts = {**world.kept, part.fact: frozenset((above,))}
            if self.truth(facts) is UNKNOWN:
                self.add(
                    facts,
                    UNKNOWN,
                    f"{self.wording.fact(part.fact)}只说到{self.wording.code(part.fact, above)}：太粗，不能判定",
                )
                return
            above = self.book.vocabularies[self.book.facts[part.fact].kind.vocab or ""].parent.get(above)

    def _by_name(self, facts: dict[str, Value], goal: Goal | None) -> dict[str, Value]:
        """A class of codes called by the code that a goal is about, where that is one of them."""
        if goal is None or goal.sort != "code":
            return facts
        part = at(self.body, goal.part)
        assert isinstance(part, (In, Under))
        vocab = self.book.facts[part.fact].kind.vocab or ""
        vocabulary, classes = self.book.vocabularies[vocab], self.world.classes[vocab]

        def named(code: str) -> str:
            below = (one for one in classes.codes[classes.of[code]] if goal.detail in vocabulary.ancestors(one))
            return next(below, code)

        value = facts[part.fact]
        return {**facts, part.fact: frozenset(map(named, value)) if isinstance(value, frozenset) else named(str(value))}

    # -- keeping -------------------------------------------------------------------------------------------
    def keep(
        self, goal: Goal | None, model: z3.ModelRef, expected: Truth, free: frozenset[str], why: str | None,
        fixed: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """A model as a case: only the facts that it needs to show its goal, replayed."""
        full = self._by_name(self.world.facts(model, self.cone), goal)
        decided = self.measure.deciding(self.complete(full))
        if self.truth(full) is not expected:
            raise Unreplayed(f"{self.rule}：{goal.label if goal else why}", full)
        base = next(iter(self.worlds.values()), None)
        likely = dict.fromkeys((*(base.kept if base is not None else ()), *decided, *sorted(free)))

        def holds(facts: Mapping[str, Value]) -> bool:
            if any(facts.get(name) != full[name] for name in fixed):
                return False
            return self.truth(facts) is expected and (goal is None or goal in self.shown(facts))

        if goal is not None and not holds(full):
            raise Unreplayed(f"{self.rule}：{goal.label}", full)
        few = {name: full[name] for name in likely if name in full}
        same = {name: value for name, value in few.items() if base is not None and name in base.kept}
        # What the rule's first case states is stated again, so that a line shows what differs; other facts only if they are needed.
        kept = _lean(few, same, holds) if holds(few) else shrink(full, holds, list(likely))
        kept = self._plain(kept, holds, base.kept if base is not None else {})
        if not self.could_be(kept):
            raise Unreplayed(f"{self.rule}：{goal.label if goal else why}（与常理不合）", kept)
        if goal is not None and expected is not UNKNOWN:
            self.worlds.setdefault(goal.part, _World(kept, expected))
        self.add(kept, expected, why or (goal.label if goal else ""), goal)

    def _plain(
        self, kept: dict[str, Value], holds: Callable[[Mapping[str, Value]], bool], base: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Amounts as a person would write them, as long as the case stays what it is and could be."""
        for name, value in kept.items():
            if base.get(name) == value:
                continue
            same = [base[name]] if name in base else []
            for other in (*same, *plainer(value)) if isinstance(value, (Quantity, Fraction)) else ():
                fewer = {**kept, name: other}
                if holds(fewer) and self.could_be(fewer):
                    kept[name] = other
                    break
        return kept

    def _stated(self, facts: Mapping[str, Value]) -> dict[str, Value]:
        """Facts as a line states them: who first, amounts in the unit of the bound they are compared with."""
        order = {name: number for number, name in enumerate(("industry", "nature", "works.kind"))}
        out = {}
        for name in sorted(facts, key=lambda name: (order.get(name, len(order)), name)):
            value = facts[name]
            out[name] = value.to(self.units[name]) if isinstance(value, Quantity) and name in self.units else value
        return out

    def add(self, facts: Mapping[str, Value], expected: Truth, why: str, goal: Goal | None = None) -> None:
        """A line of the chapter, unless the same one is there."""
        stated = self._stated(facts)
        if self.truth(stated) is not expected:
            raise Unreplayed(f"{self.rule}：{why}（写成文字之后）", stated)
        for found in self.shown(stated):
            self.missing.pop(found, None)
            if expected is not UNKNOWN:
                self.worlds.setdefault(found.part, _World(dict(facts), expected))
        if goal is not None:
            self.missing.pop(goal, None)
        if all(line.facts != stated for line in self.out.lines):
            self.out.lines.append(Line(expected, stated, why))

    def give_up(self, goal: Goal, told: z3.ModelRef | str, *sought: Formula) -> None:
        """A goal out of reach: proved so, with what the proof rests on, or not decided."""
        self.missing.pop(goal, None)
        if told == "unsat":
            names = self.prover.rests_on(
                *sought, disj(self.form.true, self.form.false, self.form.unknown if goal.sort == "unknown" else False)
            )
            self.out.impossible.append((goal.label, f"证明不能：{'、'.join(map(self.because, names)) or '条件自身'}"))
        else:
            self.out.undecided.append((goal.label, f"求解器未决：{told}"))

    def truth(self, facts: Mapping[str, Value]) -> Truth:
        return Truth(self.measure.truth(self.complete(facts)))

    def shown(self, facts: Mapping[str, Value]) -> list[Goal]:
        return self.measure.shown(self.complete(facts), self.goals)

    def could_be(self, facts: Mapping[str, Value]) -> bool:
        """Whether some sound world has these facts."""
        told, _ = self.prover.check(*(self.world.equals(name, value) for name, value in facts.items()), once=True)
        return told != "unsat"


def _with_sources(book: Rulebook, facts: Iterable[str]) -> set[str]:
    """Facts with all from which they follow."""
    found, todo = set(facts), list(facts)
    while todo:
        for item in book.facts[todo.pop()].derive:
            for part in (item.value, item.when):
                new = facts_in(part) - found if part is not None else set()
                found |= new
                todo += new
    return found


def _lean(
    few: Mapping[str, Value], same: Mapping[str, Value], holds: Callable[[Mapping[str, Value]], bool]
) -> dict[str, Value]:
    kept = dict(few)
    for name in few:
        if name not in same:
            fewer = {key: value for key, value in kept.items() if key != name}
            if holds(fewer):
                kept = fewer
    return kept


def _difference(left: Any, right: Any, offset: Fraction) -> Formula:
    if z3.is_int(left) or z3.is_int(right):
        return left - right == int(offset)
    return left - right == z3.RealVal(f"{offset.numerator}/{offset.denominator}")
