"""The solver's word on whether a fact can matter: a pair of continuations, or the proof that there is none.

One world in which what is known is a constant and all else a variable; a second copy of the fact in question and of what follows
from it; the solver looks for outcomes that differ.  What it finds is put to the scalar machine before it counts.
"""

from __future__ import annotations

from typing import Any

import z3

from greenrule.backends.smt import Smt
from greenrule.backends.worlds import Formula, Variable, World, conj, disj, formula
from greenrule.casework.continuations import Continuations
from greenrule.casework.relevance import Witness
from greenrule.casework.situation import Machine
from greenrule.rules.book import FactSpec
from greenrule.rules.nodes import Fact

#: Milliseconds after which the solver gives up on one fact.
PATIENCE_MS = 10_000


class Here(World):
    """The world of one situation: constants for what is known, so that most rules fold away.

    `whole` is a world of the whole book, whose variables and classes of codes are shared.
    """

    def __init__(self, whole: World, ways: Continuations) -> None:
        self.book, self.leaves, self.tag, self.classes = whole.book, whole.leaves, whole.tag, whole.classes
        askable: Any = set(ways.askable)
        self.variables = {
            name: self._constant(variable.spec, ways.values[name])
            if name in ways.values
            else Variable(variable.spec, name in askable, variable.value, variable.classes)
            for name, variable in whole.variables.items()
        }
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

    def sound(self) -> list[z3.BoolRef]:
        """What holds of every world by the kinds of the facts that are not known."""
        rest = World.__new__(World)
        rest.variables = {name: self.variables[name] for name in self.unknown}
        return rest.sound()


class Prover:
    """Pairs of continuations of a situation and of all that it grows into by answers; "I do not know" needs another one."""

    def __init__(self, ways: Continuations, patience_ms: int = PATIENCE_MS) -> None:
        machine = ways.machine
        whole = whole_world(machine, leaves=not ways.coarse)
        self.skipped, self.world = ways.skipped, Here(whole, ways)
        self.smt = Smt(
            whole.book, machine.on, machine.known, incomplete=True, world=self.world, program=machine.program
        )
        self.axioms = self.smt.axioms()
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


def whole_world(machine: Machine, leaves: bool = True) -> World:
    """The solver's world of a machine's book, made when first asked for; without `leaves` for codes above classes too."""
    kept: dict[bool, World] = machine.__dict__.setdefault("_worlds", {})
    if leaves not in kept:
        kept[leaves] = World(machine.law.book, leaves=leaves)
    return kept[leaves]
