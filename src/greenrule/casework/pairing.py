"""The solver's word on whether a fact can matter: a pair of continuations, or the proof that there is none.

One world in which what is known is a constant and all else a variable; a second copy of the fact in question and of what follows
from it; the solver looks for outcomes that differ.  What it finds is put to the scalar machine before it counts.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any

import z3

from greenrule.backends.smt import Smt
from greenrule.backends.worlds import Formula, Variable, World, conj, disj, formula
from greenrule.casework.continuations import Continuations
from greenrule.casework.relevance import Witness
from greenrule.casework.statements import statements_of
from greenrule.rules.book import FactSpec
from greenrule.rules.nodes import Fact

#: Milliseconds after which the solver gives up on one fact.
PATIENCE_MS = 10_000


class Here(World):
    """The world of one situation: its own rules and facts only, with constants for what is known, so that most rules fold away."""

    def __init__(self, ways: Continuations) -> None:
        whole = ways.machine.law.book
        rules = {step.name: whole.rules[step.name] for step in ways.plan if step.name in whole.rules}
        facts = {name: whole.facts[name] for name in ways.reached}
        vocabularies = dict(whole.vocabularies)
        if ways.industry is not None:  # no other code can occur, and parting all of them into classes takes longest
            kind = whole.facts["industry"].kind
            tree = vocabularies[kind.vocab or ""]
            only = {code: tree.labels[code] for code in ways.industry.given}
            vocabularies[kind.vocab or ""] = replace(tree, labels=only)
        super().__init__(
            replace(whole, rules=rules, facts=facts, vocabularies=vocabularies),
            leaves=not ways.coarse,
        )
        askable: Any = set(ways.askable)
        for name, free in list(self.variables.items()):
            self.variables[name] = (
                self._constant(free.spec, ways.values[name])
                if name in ways.values
                else Variable(free.spec, name in askable, free.value, free.classes)
            )
        self.unknown = [name for name in self.variables if name not in ways.values]

    def _constant(self, spec: FactSpec, value: Any) -> Variable:
        known: Any = True
        form = spec.kind.form
        if form in ("category", "set"):
            classes = self.classes[spec.kind.vocab or ""]
            held = {classes.of[code] for code in ({value} if isinstance(value, str) else value)}
            codes: Any = tuple(index in held for index in range(len(classes.codes)))
            return Variable(spec, known, None, codes)
        return Variable(spec, known, value == 2 if form == "truth" else value.toordinal() if form == "date" else value)

    def sound(self) -> dict[str, z3.BoolRef]:
        """What holds of every world by the kinds of the facts that are not known."""
        rest = World.__new__(World)
        rest.variables = {name: self.variables[name] for name in self.unknown}
        return rest.sound()


class Pairing:
    """Pairs of continuations of a situation and of all that it grows into by answers; "I do not know" needs another one."""

    def __init__(self, ways: Continuations, patience_ms: int = PATIENCE_MS) -> None:
        machine = ways.machine
        self.skipped, self.world = ways.skipped, Here(ways)
        program = copy(machine.program)
        # Rules whose industry cannot match are not in the plan, and false.
        live = program.live = {step.name for step in ways.plan} & program.live
        program.speaking = {
            goal: tuple(voice for voice in voices if voice.rule in live) for goal, voices in program.speaking.items()
        }
        self.smt = Smt(self.world.book, machine.on, machine.known, incomplete=True, world=self.world, program=program)
        stated = statements_of(machine.law, machine.on).about(ways.reached)
        nodes = [check.statement.holds for check in stated if check.reads <= set(self.world.variables)]
        self.axioms = self.smt.axioms(nodes)
        self.outcome = [formula(item) for goal in ways.goals for item in self._outcome(ways, goal)]
        self.solver = z3.Solver()
        self.solver.set("timeout", patience_ms)
        self.solver.add(*self.axioms)

    def witness(self, ways: Continuations, name: str) -> Witness | bool | None:
        """The two continuations that differ in a fact; False where there are none, None where the solver does not know."""
        moved = (name, *ways.followers(name))
        twins = {fact: _twins(self.world.variables[fact]) for fact in moved}
        pairs = [pair for found in twins.values() for pair in found]

        def other(item: z3.BoolRef) -> z3.BoolRef:
            return z3.substitute(item, *pairs)

        self.solver.push()
        try:
            stated = [fact for fact in self.world.unknown if fact in ways.given]
            self.solver.add(*(self.world.equals(fact, ways.given[fact]) for fact in stated))
            self.solver.add(*map(other, self.axioms))
            self.solver.add(z3.Or([one != two for one, two in twins[name]]))
            for fact in moved[1:]:  # what follows in neither way is the same choice in both
                follows = formula(self._follows(ways, fact))
                self.solver.add(z3.Or(follows, other(follows), *(z3.And([one == two for one, two in twins[fact]]),)))
            self.solver.add(z3.Or([item != other(item) for item in self.outcome]))
            found = self.solver.check()
            if found == z3.unsat:
                return False
            return None if found == z3.unknown else self._replayed(ways, name, self.solver.model())
        finally:
            self.solver.pop()

    def _follows(self, ways: Continuations, name: str) -> Formula:
        """That a fact follows from others."""
        out = []
        for item in ways.machine.law.book.facts[name].derive:
            holds: Formula = True if item.when is None else self.smt.run(item.when).true
            known: Formula = self.smt.known[item.value.id] if isinstance(item.value, Fact) else True
            out.append(conj(holds, known))
        return disj(*out)

    def _outcome(self, ways: Continuations, goal: str) -> list[Formula]:
        """What the outcome of a goal consists of: its candidates, or the values that are and that may be collected."""
        if not self.world.book.decisions[goal].collect:
            return list(self.smt.can(goal).values())
        rules: dict[str, list[str]] = {}
        for voice in ways.machine.program.speaking[goal]:
            rules.setdefault(voice.value, []).append(voice.rule)
        out = []
        for names in rules.values():
            pairs = [self.smt.rule(rule) for rule in names]
            out += [disj(*(pair.true for pair in pairs)), disj(*(pair.unknown for pair in pairs))]
        return out

    def _replayed(self, ways: Continuations, name: str, model: z3.ModelRef) -> Witness | None:
        """The pair as choices, confirmed by the scalar machine."""
        twin = World.__new__(World)
        twin.classes, twin.variables = self.world.classes, {}
        for fact in (name, *ways.followers(name)):
            found = self.world.variables[fact]
            after = [other for _, other in _twins(found)]
            twin.variables[fact] = (
                Variable(found.spec, found.known, None, tuple(after))
                if found.classes
                else Variable(found.spec, found.known, after[0])
            )
        choices = {fact: self.world.read(model, fact) for fact in ways.askable if fact != name}
        values = self.world.read(model, name), twin.read(model, name)
        first = ways.way({**choices, name: values[0]})
        if first is None:
            return None
        for fact in first.derived:  # what followed in the first way has a choice of its own where it does not follow
            if fact in choices and fact in twin.variables:
                choices[fact] = twin.read(model, fact)
        outcomes = []
        for value in values:
            way = ways.way({**choices, name: value})
            if way is None:
                return None
            outcomes.append(ways.outcome(ways.run(way)))
        return Witness(name, choices, *values, (outcomes[0], outcomes[1])) if outcomes[0] != outcomes[1] else None


def _twins(variable: Variable) -> list[tuple[Any, Any]]:
    """The solver's variables of a fact, each with its copy."""
    own = variable.classes or (variable.value,)
    return [(one, z3.Const(f"{one}'", one.sort())) for one in own]
