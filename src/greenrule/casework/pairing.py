"""The solver's word on whether a fact can matter: a pair of continuations, or the proof that there is none.

One world in which what is known is a constant and all else a variable; a second copy of the fact in question and of what follows
from it; the solver looks for outcomes that differ.  What it finds is put to the scalar machine before it counts.
"""

from __future__ import annotations

from typing import Any

import z3

from greenrule.backends.worlds import Formula, Variable, World, disj, formula
from greenrule.casework.continuations import Continuations
from greenrule.casework.relevance import Witness
from greenrule.casework.situated import lower

#: Milliseconds after which the solver gives up on one fact.
PATIENCE_MS = 10_000


class Pairing:
    """Pairs of continuations of a situation and of all that it grows into by answers; "I do not know" needs another one."""

    def __init__(self, ways: Continuations, patience_ms: int = PATIENCE_MS) -> None:
        self.skipped, self.lowered = ways.skipped, lower(ways)
        self.world, self.smt, self.axioms = self.lowered.world, self.lowered.smt, self.lowered.axioms
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
                follows = formula(self.lowered.follows(fact))
                self.solver.add(z3.Or(follows, other(follows), *(z3.And([one == two for one, two in twins[fact]]),)))
            self.solver.add(z3.Or([item != other(item) for item in self.outcome]))
            found = self.solver.check()
            if found == z3.unsat:
                return False
            return None if found == z3.unknown else self._replayed(ways, name, self.solver.model())
        finally:
            self.solver.pop()

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
