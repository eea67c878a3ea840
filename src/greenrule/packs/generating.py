"""Cases that write themselves: the solver finds, for each goal of a rule, a project that shows it.

What cannot be shown is proved so and listed; it is often a part of a rule that does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import z3

from greenrule.backends.questions import Prover
from greenrule.backends.replay import Unreplayed, defined_away, shrink
from greenrule.backends.scalar import facts_in
from greenrule.backends.situation import Value
from greenrule.backends.worlds import Formula, conj, disj, neg, rational, test_of
from greenrule.core.truth import FALSE, TRUE, UNKNOWN, Truth
from greenrule.core.units import factor
from greenrule.packs.boundaries import Goal, Path, Wording, at, compared, parts, put
from greenrule.packs.casebook import Chapter, Line
from greenrule.packs.chapters import Complete, Deciding, Desk, Draft
from greenrule.packs.measuring import step, step_below
from greenrule.rules.nodes import Compare, In, Literal, Node, Table, Undecided, Under


@dataclass
class Generator:
    """Generates chapters for the rules of one prover; `complete` as in `Prover`, `carried` and `lists` as in `goals`.

    `because` says what a named axiom is, for goals that it keeps out of reach.
    """

    prover: Prover
    complete: Complete
    carried: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    because: Callable[[str], str] = str
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        wording = Wording(self.prover.book)
        self.desk = Desk(self.prover, self.complete, self.carried, self.lists, self.because, wording)

    def chapter(self, rule: str, before: Chapter | None = None) -> Chapter:
        """All cases of one rule; those of a chapter that still holds stay, and the solver looks for what they do not show."""
        fresh = _Chapter(self.desk, rule)
        return fresh.write(before.lines if before is not None and fresh.confirms(before) else ())


class _Chapter(Draft):
    """Looks for the cases of one rule, a method for each sort of goal."""

    def write(self, kept: Sequence[Line] = ()) -> Chapter:
        """The chapter; the first line is a case in which the rule holds, wherever there is one.

        What the scalar machine does not confirm is not shown, and said so.
        """
        self.kept = bool(kept)
        for line in kept:
            self.add(line.facts, line.expected, line.why)
        for goal in self._in_order():
            if (goal.sort == "edge" and not kept) or (goal in self.missing and goal.sort != "unknown"):
                self._try(goal)
        if not kept:
            self._neighbours()
        for goal in self.goals:
            if goal in self.missing and goal.sort == "unknown":
                self._try(goal)
        self.out.undecided += [(goal.label, "没有找到标量机能复算的情形") for goal in self.missing]
        return self.out

    def _in_order(self) -> list[Goal]:
        """First a case to start from; then of each part its bound, which often shows that it holds and that it does not."""
        places = {goal.part: number for number, goal in enumerate(reversed(self.goals))}
        return [
            *self.goals[:1],
            *sorted(self.goals[1:], key=lambda goal: (-places[goal.part], goal.sort in ("true", "false"))),
        ]

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

    def near(self, world: Deciding, free: frozenset[str]) -> list[Formula]:
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
        for outcome in (expected, FALSE if expected is TRUE else TRUE, UNKNOWN):  # unknown: the text is open
            form = {TRUE: self.form.true, FALSE: self.form.false, UNKNOWN: self.form.unknown}[outcome]
            wanted = (self.decides(goal.part), side, form, *more)
            base = self.worlds.get(goal.part) or next(iter(self.worlds.values()), None)
            found = self.find(*wanted, close=self.near(base, free) if base is not None else ())
            if isinstance(found, z3.ModelRef):
                self.keep(goal, found, outcome, free, why)
                return
        self.give_up(goal, found, self.decides(goal.part), side, *more)

    def _edge(self, goal: Goal) -> None:
        """The bound itself, and a small step to each side of it."""
        part = self._compared(goal)
        left, right = self.smt.run(part.left), self.smt.run(part.right)
        size, free, name = step(self.prover.program, part), facts_in(part), goal.label.removesuffix("：恰为界值")
        # Beside nought nothing is near by its share: whatever is more has passed it.
        sides = ((part.left, left), (part.right, right))
        nought = any(not facts_in(node) and term.value == 0 for node, term in sides)
        failed: dict[Goal, tuple[str, Formula]] = {}
        beside = next(other for other in self.goals if other.sort == "beside" and other.part == goal.part)
        for offset, words in ((Fraction(0), "恰为界值"), (-size, "略低于界值"), (size, "略高于界值")):
            holds, at_bound = compared(part.op, offset), compared(part.op, Fraction(0))
            aimed = goal if offset == 0 else beside if holds is not at_bound else None
            if self.kept and aimed not in self.missing:
                continue
            why = f"{name}：{words}，{'成立' if holds else '不成立'}"
            known = conj(left.known, right.known)
            aim = conj(known, _difference(left.value, right.value, offset, beyond=nought and offset != 0))
            found = self._edge_at(aim, goal.part, free)
            if isinstance(found, str) and aimed is beside and not nought:  # no exact step: anything as close as that
                sizes = [term.value for node, term in sides if not facts_in(node)] or [left.value, right.value]
                aim = conj(known, _close(left.value, right.value, offset, sizes))
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
        """A model with a comparison where it is aimed at; of a sum of amounts the others are none or one, where that can be."""
        told: z3.ModelRef | str = "unsat"
        base, part = self.worlds.get(path), at(self.body, path)
        assert isinstance(part, Compare)
        several = sorted(free) if not facts_in(part.right) else []
        plain = [
            [self.world.variables[name].value == rational(number * factor(self.book.facts[name].unit)[1]) for name in several[1:]]
            for number in (0, 1)
        ] if several[1:] and all(self.book.facts[name].unit for name in several[1:]) else []  # fmt: skip
        for others in (*plain, ()):
            for form, expected in ((self.form.true, TRUE), (self.form.false, FALSE), (self.form.unknown, UNKNOWN)):
                close = self.near(base, free) if base is not None else ()
                told = self.find(self.decides(path), aim, form, *others, close=close)
                if isinstance(told, z3.ModelRef):
                    return told, expected
        return told

    def _beside(self, goal: Goal) -> None:
        """Found with the bound itself, unless that was kept."""
        if self.kept:
            self._edge(next(other for other in self.goals if other.sort == "edge" and other.part == goal.part))

    def _step(self, goal: Goal) -> None:
        self._at_step(goal, Fraction(0))

    def _below(self, goal: Goal) -> None:
        table = self._compared(goal).left
        assert isinstance(table, Table)
        self._at_step(goal, -step_below(self.prover.program, table))

    def _compared(self, goal: Goal) -> Compare:
        part = at(self.body, goal.part)
        assert isinstance(part, Compare)
        return part

    def _at_step(self, goal: Goal, offset: Fraction) -> None:
        """What a table is asked on one of its steps, or just below it."""
        part = self._compared(goal)
        assert isinstance(part.left, Table)
        limit = self.book.parameters[part.left.parameter].table[int(goal.detail)].x
        aim = conj(
            neg(self.smt.run(part).unknown), _difference(self.smt.run(part.left.arg).value, rational(limit), offset)
        )
        free = facts_in(part)
        found = self._edge_at(aim, goal.part, free)
        if isinstance(found, str) and offset:
            asked = self.smt.run(part.left.arg).value
            aim = conj(neg(self.smt.run(part).unknown), _close(asked, rational(limit), offset, [rational(limit)]))
            found = self._edge_at(aim, goal.part, free)
        if isinstance(found, str):
            self.give_up(goal, found, self.decides(goal.part), aim)
        else:
            self.keep(goal, *found, free, None, fixed=free)

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

    def _coarse(self, part: Node, world: Deciding) -> None:
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


def _difference(left: Any, right: Any, offset: Fraction, beyond: bool = False) -> Formula:
    """That the left is greater than the right by an offset; `beyond`: by any amount to that side."""
    if beyond:
        return left > right if offset > 0 else left < right
    if z3.is_int(left) or z3.is_int(right):
        return left - right == int(offset)
    return left - right == z3.RealVal(f"{offset.numerator}/{offset.denominator}")


def _close(left: Any, right: Any, offset: Fraction, sizes: Sequence[Any]) -> Formula:
    """That a bound is passed to the side of an offset by no more than it, or a hundredth of a size, as `Measure` counts it."""
    if z3.is_int(left) or z3.is_int(right):
        return _difference(left, right, offset)
    passed = left - right if offset > 0 else right - left
    near = [passed <= abs(offset), *(100 * passed <= way for size in sizes for way in (size, -size))]
    return conj(passed > 0, disj(*near))
