"""The smallest changes that turn a decision: which facts to change, how far, at what cost, or the proof that nothing can.

The solver finds the cheapest set of stated facts that cannot all stay as they are, then the next one that does not contain it, and so
on; each is put to the scalar machine again with its values.  Fixed facts never change; facts that follow from others follow.
Costs are judgements of the packs (`facts/*.yaml`, `fact_groups.yaml`), not law.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import z3

from greenrule.backends.decide import Outcome
from greenrule.backends.derive import same
from greenrule.backends.worlds import Formula, disj, formula
from greenrule.casework.agreeing import agree
from greenrule.casework.continuations import Continuations, Way
from greenrule.casework.limits import amount_of, limits, moving, said
from greenrule.casework.ordering import plan_of
from greenrule.casework.saying import label, shown
from greenrule.casework.situated import Lowered, lower
from greenrule.casework.situation import Machine
from greenrule.casework.statements import statements_of
from greenrule.casework.turns import Change, Condition, Turn, Turnings, Wall, came_out
from greenrule.core.units import Quantity, factor
from greenrule.rules.book import FactSpec

#: What one more fact of an act costs that is done anyway: the site moves once, wherever it then lies.
MORE_OF_AN_ACT = 1
#: What it counts as that a fact which nobody stated and nobody can change is otherwise than usual: more than moving the site.
LUCK = 10


class Turning:
    """The search for one project, decision and target.

    given : facts as people write them; keep : facts that shall stay as they are.
    """

    def __init__(
        self, machine: Machine, given: Mapping[str, Any], decision: str, target: str, *,
        keep: Iterable[str] = (), patience_s: float = 20.0,
    ) -> None:  # fmt: skip
        self.machine, self.book = machine, machine.book
        self.decision, self.target, self.patience_ms = decision, target, int(patience_s * 1000)
        self.keep = frozenset(keep)
        self.given = {name: value for name, value in given.items() if value is not None}
        agree(machine.law, machine.on, self.given)
        self.stated = self._stated(self.keep)
        self.fixed = {
            name: value for name, value in self.stated.items() if self.book.facts[name].fixed or name in self.keep
        }
        self.ways = Continuations(machine, self.fixed, (decision,), also=self._bound())
        self.held = {
            name: self.stated[name] for name in self.ways.names if name in self.stated and name not in self.fixed
        }
        #: truths as in most projects, and (`usual`) as they are then where the stated facts leave no other
        self.elsewhere = plan_of(machine, self.ways.industry, self.ways.goal).usual
        self.usual = dict(self.elsewhere)

    def _stated(self, keep: Collection[str]) -> dict[str, Any]:
        """Stated facts without those that follow from other stated facts: these move with what they follow from."""
        out = dict(self.given)
        for name in list(out):
            if name in self.machine.derivations.of and name not in keep:
                less = {other: value for other, value in out.items() if other != name}
                if name in self.machine.complete(less)[1]:
                    out = less
        return out

    def _bound(self) -> set[str]:
        """Stated facts on which the decision does not hang and which cannot stay whatever else changes: they follow, or must agree."""
        seen = set(Continuations(self.machine, self.fixed, (self.decision,)).names)
        checks = statements_of(self.machine.law, self.machine.on).checks
        out: set[str] = set()
        while True:
            found = {
                name for name in self.stated.keys() - seen - self.fixed.keys()
                if any(item.reads & seen for item in self.machine.derivations.of.get(name, ()))
                or any(name in check.reads and check.reads & seen for check in checks)
            }  # fmt: skip
            if not found:
                return out
            out |= found
            seen |= found

    def keeping(self, keep: Iterable[str]) -> Turning:
        """The same search with more facts that shall stay as they are."""
        kept = {name for name in self.fixed if not self.book.facts[name].fixed}
        return Turning(
            self.machine,
            self.given,
            self.decision,
            self.target,
            keep=kept | set(keep),
            patience_s=self.patience_ms / 1000,
        )

    # -- search --------------------------------------------------------------------------------------------------------
    def run(self, most: int = 5) -> Turnings:
        """Up to `most` smallest sets of changes, cheapest first."""
        now = self.machine.answer(self.given, self.decision).outcomes[self.decision]
        found = Turnings(self.decision, self.target, now)
        if self._came_out(now):
            found.ending = "already"
            return found
        lowered = lower(self.ways)
        world, solver = lowered.world, z3.Optimize()
        solver.set("timeout", self.patience_ms)
        solver.add(*lowered.axioms, formula(self._wanted(lowered.smt)))
        stays = {name: world.equals(name, value) for name, value in self.held.items()}
        self._adjust(lowered, stays.values())
        self._weigh(solver, stays, lowered)
        while len(found.turns) < most:
            told = solver.check()
            if told == z3.unknown:
                found.ending = "timeout"
                return found
            if told == z3.unsat:
                found.ending = "all" if found.turns else "none"
                found.wall = None if found.turns else self._wall()
                return found
            model = solver.model()
            changed = [name for name, same in stays.items() if not z3.is_true(model.eval(same, model_completion=True))]
            choices = {name: world.read(model, name) for name in self.ways.askable}
            found.turns.append(
                self._turn(changed, {**choices, **{n: v for n, v in self.held.items() if n not in changed}})
            )
            if not changed:  # nothing need change: every other set would contain this one
                found.ending = "all"
                return found
            solver.add(z3.Or([stays[name] for name in changed]))
        return found

    def _wanted(self, smt: Any) -> Formula:
        """That the decision comes out as wanted, or collects what is wanted."""
        if not self.book.decisions[self.decision].collect:
            return smt.outcome(self.decision, self.target)
        voices = [voice for voice in smt.program.speaking[self.decision] if voice.value == self.target]
        return disj(*(smt.rule(voice.rule).true for voice in voices))

    def _adjust(self, lowered: Lowered, stays: Iterable[z3.BoolRef]) -> None:
        """What is as usual under the stated facts: 汾河谷地 being a river valley, to lie in one is no premise there."""
        solver = z3.Optimize()
        solver.set("timeout", self.patience_ms)
        solver.add(*lowered.axioms, *stays)
        wished = {
            name: z3.Or(lowered.world.equals(name, self.usual.get(name, False)), formula(lowered.follows(name)))
            for name in self._truths()
        }
        for holds in wished.values():
            solver.add_soft(holds)
        if solver.check() == z3.sat:
            model = solver.model()
            otherwise = [
                name for name, holds in wished.items() if not z3.is_true(model.eval(holds, model_completion=True))
            ]
            self.usual |= {name: not self.usual.get(name, False) for name in otherwise}

    def _truths(self) -> list[str]:
        """Truths that nobody stated."""
        return [n for n in self.ways.askable if n not in self.held and self.book.facts[n].kind.form == "truth"]

    def _weigh(self, solver: z3.Optimize, stays: Mapping[str, z3.BoolRef], lowered: Lowered) -> None:
        """Costs as soft constraints: of every change, of every act once, of every premise."""
        acts: dict[str, list[str]] = {}
        for name, holds in stays.items():
            spec = self.book.facts[name]
            if spec.act is not None:
                acts.setdefault(spec.act, []).append(name)
            solver.add_soft(holds, weight=str(MORE_OF_AN_ACT if spec.act else self._cost(spec)))
        done = {act: z3.Bool(f"act:{act}") for act in acts}
        for act, names in acts.items():
            solver.add(*(z3.Or(stays[name], done[act]) for name in names))
            solver.add_soft(z3.Not(done[act]), weight=str(self._act_cost(act) - MORE_OF_AN_ACT))
        for name in self._truths():
            spec, equals = self.book.facts[name], lowered.world.equals
            ways = [equals(name, self.usual.get(name, False)), formula(lowered.follows(name))]
            if spec.act in done:  # at another site it may be as at most sites
                ways.append(z3.And(done[spec.act], equals(name, self.elsewhere.get(name, False))))
            solver.add_soft(z3.Or(ways), weight=str(self._premise(name)))

    def _premise(self, name: str) -> int:
        """What it counts as that a truth nobody stated is otherwise than usual: making it so, or luck."""
        spec = self.book.facts[name]
        return LUCK if spec.fixed else self._cost(spec)

    @staticmethod
    def _cost(spec: FactSpec) -> int:
        return spec.cost or 1

    def _act_cost(self, act: str) -> int:
        """What an act costs, done once: as much as the dearest of the facts that it changes."""
        return max(self._cost(spec) for spec in self.book.facts.values() if spec.act == act)

    # -- one turn ------------------------------------------------------------------------------------------------------
    def _will_do(self, choices: Mapping[str, Any], changed: Collection[str]) -> Way | None:
        """The way of some choices where it comes out as wanted and every stated fact stands that is not to change."""
        way = self.ways.way(choices)
        if way is None or not self._came_out(self.ways.run(way).outcomes[self.decision]):
            return None
        stands = all(same(way.facts.get(name), value) for name, value in self.held.items() if name not in changed)
        return way if stands else None

    def _came_out(self, outcome: Outcome) -> bool:
        return came_out(self.book, outcome, self.target)

    def _turn(self, changed: list[str], choices: dict[str, Any]) -> Turn:
        """The values to which facts change, the conditions without which it would not come out, and the check."""
        choices = self._plain(changed, choices)
        within: dict[str, str] = {}
        for name in changed:
            choices[name], within[name] = self._settle(name, choices, changed)
        way = self._will_do(choices, changed)
        free = [name for name in choices if name not in self.held and way is not None and name not in way.derived]
        for name in free:
            _, within[name] = self._settle(name, choices, changed)
        changes = {name: choices[name] for name in changed}
        conditions = {name: choices[name] for name in free}
        return Turn(
            tuple(self._change(name, value, within[name]) for name, value in changes.items()),
            tuple(self._condition(name, value, within[name], changed) for name, value in conditions.items()),
            tuple(self._following(way, changed)), self._total(changed) + self._premises(conditions, changed), self.target, self._verified(changes, conditions, way),
        )  # fmt: skip

    def _plain(self, changed: Collection[str], choices: dict[str, Any]) -> dict[str, Any]:
        """Facts that nobody stated: as usual where that will do, and left out where it comes out without them."""
        free = [name for name in self.ways.askable if name not in self.held]
        for name in self._truths():
            usual = {**choices, name: self.usual.get(name, False)}
            if self._unusual(name, choices[name], changed) and self._will_do(usual, changed) is not None:
                choices = usual
        for name in sorted(free, key=lambda name: len(self.ways.followers(name))):
            less = {other: value for other, value in choices.items() if other != name}
            if self._will_do(less, changed) is not None:
                choices = less
        return choices

    def _settle(self, name: str, choices: Mapping[str, Any], changed: Collection[str]) -> tuple[Any, str]:
        """The value of one fact and what would do in its place, the other facts as chosen."""
        spec, before, now = self.book.facts[name], self.held.get(name), choices[name]

        def will_do(value: Any) -> bool:
            return self._will_do({**choices, name: value}, changed) is not None

        if spec.kind.form in ("quantity", "number"):
            stated = before if before is not None else now
            unit, step = (stated.unit, factor(stated.unit)[1]) if isinstance(stated, Quantity) else ("", Fraction(1))
            fits = lru_cache(maxsize=None)(lambda x: will_do(_as_value(spec, x, unit, step)))
            cuts = self._cuts(spec, choices)
            if not self.ways.regions.exact(name):
                cuts = moving(cuts, fits)
            found = limits(amount_of(stated), cuts, step, fits, before is not None)
            if found is None:
                return now, str(shown(now))
            return _as_value(spec, found.amount, unit, step), found.words(lambda x: said(x, unit, step))
        law = self.machine.law
        if spec.kind.form == "truth":
            return now, label(law, name, now)
        fit = [value for value in self.ways.choices(name) if value == now or (value != before and will_do(value))]
        return now, "或".join(label(law, name, value) for value in fit or [now])

    def _cuts(self, spec: FactSpec, choices: Mapping[str, Any]) -> set[Fraction]:
        """Where the values of an amount may part: its bounds, and amounts of its kind with which it may be compared."""
        bounds = self.ways.regions.bounds.get(spec.id)
        cuts = set(bounds.amounts) if bounds is not None else set()
        cuts |= {
            amount_of(value) for name, value in choices.items()
            if name != spec.id and value is not None and self.book.facts[name].kind == spec.kind
        }  # fmt: skip
        if choices.get(spec.id) is not None:
            cuts.add(amount_of(choices[spec.id]))
        return cuts

    def _change(self, name: str, after: Any, within: str) -> Change:
        spec = self.book.facts[name]
        return Change(name, spec.zh, self.held[name], after, within, self._cost(spec), spec.act)

    def _condition(self, name: str, value: Any, within: str, changed: Collection[str]) -> Condition:
        return Condition(name, self.book.facts[name].zh, value, within, not self._unusual(name, value, changed))

    def _unusual(self, name: str, value: Any, changed: Collection[str]) -> bool:
        spec = self.book.facts[name]
        moved = spec.act is not None and any(self.book.facts[other].act == spec.act for other in changed)
        fit = {self.usual.get(name, False), *([self.elsewhere.get(name, False)] if moved else [])}
        return spec.kind.form == "truth" and value not in fit

    def _premises(self, conditions: Mapping[str, Any], changed: Collection[str]) -> int:
        return sum(self._premise(name) for name, value in conditions.items() if self._unusual(name, value, changed))

    def _following(self, way: Way | None, changed: list[str]) -> Iterable[tuple[str, str, Any]]:
        """Facts that were known and are otherwise now because they follow from what changes."""
        if way is None:
            return
        before = {**{name: known.value for name, known in self.machine.complete(self.given)[1].items()}, **self.given}
        for name in way.derived:
            if name in before and name not in changed and way.facts[name] != before[name]:
                yield name, self.book.facts[name].zh, way.facts[name]

    def _total(self, changed: list[str]) -> int:
        acts: dict[str, list[str]] = {}
        total = 0
        for name in changed:
            spec = self.book.facts[name]
            if spec.act is None:
                total += self._cost(spec)
            else:
                acts.setdefault(spec.act, []).append(name)
        return total + sum(self._act_cost(act) + MORE_OF_AN_ACT * (len(names) - 1) for act, names in acts.items())

    def _verified(self, changes: Mapping[str, Any], conditions: Mapping[str, Any], way: Way | None) -> bool:
        """The changed project put to the whole machine, as a screening would."""
        moved = set(way.derived) if way is not None else set()
        kept = {name: value for name, value in self.stated.items() if name not in moved}
        again = self.machine.answer({**kept, **changes, **conditions})
        return self._came_out(again.outcomes[self.decision])

    # -- proof ---------------------------------------------------------------------------------------------------------
    def _wall(self) -> Wall:
        """Fixed facts without which something could be done, as few as will do, and the rules that hold with them alone."""
        industry = {name: value for name, value in self.fixed.items() if name == "industry"}
        lowered = lower(Continuations(self.machine, industry, (self.decision,)))
        solver = z3.Solver()
        solver.set("timeout", self.patience_ms)
        solver.add(*lowered.axioms, formula(self._wanted(lowered.smt)))
        facts = {
            name: lowered.world.equals(name, value) for name, value in self.fixed.items()
            if name in lowered.world.variables and name != "industry"
        }  # fmt: skip
        for name in list(facts):
            rest = [holds for other, holds in facts.items() if other != name]
            if solver.check(*rest) == z3.unsat:
                del facts[name]
        core = {**industry, **{name: self.fixed[name] for name in facts}}
        found = self.machine.answer(core, self.decision).outcomes[self.decision]
        sure = found.deciding if self.target not in found.candidates else ()
        return Wall(tuple(sure) or self._forced(lowered, list(facts.values())), tuple(core))

    def _forced(self, lowered: Lowered, facts: Iterable[z3.BoolRef]) -> tuple[str, ...]:
        """Rules that speak otherwise on the decision and hold however the other facts are."""
        solver = z3.Solver()
        solver.set("timeout", self.patience_ms)
        solver.add(*lowered.axioms, *facts)
        return tuple(
            voice.rule for voice in lowered.smt.program.speaking[self.decision]
            if voice.value != self.target
            and solver.check(z3.Not(formula(lowered.smt.rule(voice.rule).true))) == z3.unsat
        )  # fmt: skip


def _as_value(spec: FactSpec, amount: Fraction, unit: str, step: Fraction) -> Any:
    return Quantity(amount / step, unit) if spec.kind.form == "quantity" else amount
