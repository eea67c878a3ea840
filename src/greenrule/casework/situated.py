"""One situation as the solver sees it: its own rules and facts only, constants for what is known, variables for the rest."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import z3

from greenrule.backends.smt import Smt
from greenrule.backends.worlds import Formula, Variable, World, conj, disj
from greenrule.casework.continuations import Continuations
from greenrule.casework.statements import statements_of
from greenrule.rules.book import FactSpec
from greenrule.rules.nodes import Fact


class Here(World):
    """The world of one situation: its own rules and facts only, with constants for what is known, so that most rules fold away."""

    def __init__(self, ways: Continuations) -> None:
        whole = ways.machine.book
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


@dataclass(frozen=True)
class Lowered:
    """A world, the rules over it, and what holds of every sound one."""

    world: Here
    smt: Smt
    axioms: list[z3.BoolRef]

    def follows(self, name: str) -> Formula:
        """That a fact follows from others."""
        out = []
        for item in self.world.book.facts[name].derive:
            holds: Formula = True if item.when is None else self.smt.run(item.when).true
            known: Formula = self.smt.known[item.value.id] if isinstance(item.value, Fact) else True
            out.append(conj(holds, known))
        return disj(*out)


def lower(ways: Continuations) -> Lowered:
    """A situation lowered: open facts are known variables, facts that nobody knows stay unknown unless they follow."""
    machine, world = ways.machine, Here(ways)
    program = copy(machine.program)
    # Rules whose industry cannot match are not in the plan, and false.
    live = program.live = {step.name for step in ways.plan} & program.live
    program.speaking = {
        goal: tuple(voice for voice in voices if voice.rule in live) for goal, voices in program.speaking.items()
    }
    smt = Smt(world.book, machine.on, machine.known, incomplete=True, world=world, program=program)
    stated = statements_of(machine.law, machine.on).about(ways.reached)
    nodes = [check.statement.holds for check in stated if check.reads <= set(world.variables)]
    named = smt.named_axioms({str(number): node for number, node in enumerate(nodes)})
    # What holds wherever nothing else is stated does not bind what is stated.
    idle = {
        f"derive:{name}:{number}" for name in ways.given for number, item in enumerate(machine.book.facts[name].derive)
        if item.when is None and name in world.book.facts
    }  # fmt: skip
    return Lowered(world, smt, [holds for name, holds in named.items() if name not in idle])
