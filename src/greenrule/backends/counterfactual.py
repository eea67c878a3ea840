"""How decisions would come out if one fact were otherwise: asked a hundred times for one situation, so that nothing is copied.

`greenrule.casework.situation.Machine.changed` gives whole answers; this gives the words of the same answers.  One fact is put into the
entries of the situation, the rules that read it are asked again, and all is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from greenrule.backends.decide import Outcome
from greenrule.backends.derive import Derivations
from greenrule.backends.scalar import Answer, Program, Step

_GONE: Any = object()


@dataclass(slots=True)
class _Tally:
    """How many rules speak on a decision for each of its values: those that hold, those that may, and of these the floors.

    That is enough to tell its word where no rule replaces another's.
    """

    sure: list[int]
    maybe: list[int]
    floors: list[int]


class Counterfactuals:
    """One answered situation, to be asked what would be if one of its facts were otherwise.

    given : facts as given; values : their machine entries with all that follows (`Derivations.complete`); before : the whole answer
    """

    def __init__(
        self, program: Program, derivations: Derivations, given: Mapping[str, Any], values: Mapping[str, Any],
        before: Answer,
    ) -> None:  # fmt: skip
        self.program, self.derivations, self.given = program, derivations, given
        self.values, self.before = dict(values), before
        self.truths, self.outcomes, self.floors = dict(before.truths), dict(before.outcomes), set(before.floors)
        self._was: Callable[..., Any] = before.truths.get
        self._floored = before.floors
        self.found = values.get("industry^")
        self._tallies: dict[str, _Tally | None] = {}
        self._derived: list[str] | None = None

    def words(self, name: str, entries: Mapping[str, Any], goal: str | None = None) -> dict[str, str]:
        """Decisions that would come out otherwise if the fact had that value, and how; only `goal` where one is named.

        entries : the value as `encode_one` has it.  What collects values has no word and is left out.
        """
        undo = self._suppose(name, entries)
        try:
            if name not in self.derivations.sources:
                return self._asked(self.program.readers(self.found, goal, name), goal)
            facts = self._differing(undo)
            if "industry" not in facts:
                return self._asked(self.program.dependents(self.found, goal, facts), goal)
            told = {
                decision: outcome.word for decision, outcome in self.program.run(self.values, goal).outcomes.items()
            }
            return {
                decision: word for decision, word in told.items()
                if (goal is None or decision == goal) and self._differs(decision, word)
            }  # fmt: skip
        finally:
            self._restore(undo)

    def outcomes_of(self, name: str, values: Iterable[Mapping[str, Any]], goal: str) -> set[str]:
        """How one decision would come out for each of some values (their entries) of the fact."""
        now = self.before.outcomes[goal].word
        if name in self.derivations.sources:
            return self._outcomes_with_what_follows(name, values, goal, now)
        steps = self.program.readers(self.found, goal, name)
        if not steps:
            return {now}
        strictest = self._strictest(steps, goal)
        if strictest is not None and not strictest:
            return {now}
        undo = self._suppose(name, {})
        try:
            out = set()
            for entries in values:
                self.values.update(entries)
                if strictest is None:
                    out.add(self._asked(steps, goal).get(goal, now))
                else:
                    out.add(self._bars(strictest, goal))
            return out
        finally:
            self._restore(undo)

    def _outcomes_with_what_follows(
        self, name: str, values: Iterable[Mapping[str, Any]], goal: str, now: str
    ) -> set[str]:  # fmt: skip
        """The same of a fact from which others follow."""
        part = self.derivations.part_of(name) if name != "industry" else None
        strictest = None
        if part is not None and "industry" not in part.facts:
            steps = self.program.readers(self.found, goal, name, part.facts)
            strictest = self._strictest(steps, goal)
        if strictest is None:
            return {self.words(name, entries, goal).get(goal, now) for entries in values}
        if not strictest:
            return {now}
        out = set()
        for entries in values:
            undo = self._suppose(name, entries)
            try:
                out.add(self._bars(strictest, goal))
            finally:
                self._restore(undo)
        return out

    def _strictest(self, steps: Iterable[Step], goal: str) -> list[Step] | None:
        """Of the rules that read a fact those that would give the strictest value, where nothing else of them can matter.

        That is so while another rule may give that value, whatever the fact is: the decision then is open unless one gives it surely.
        """
        tally = None if f"decision:{goal}" in self.program.rested else self._tally(goal)
        if tally is None:
            return None
        top = len(tally.maybe) - 1
        others, out = tally.maybe[top], list[Step]()
        asked = {step.name for step in steps}
        for step in steps:
            voices = sum(spoken == goal and voice.rank == top for spoken, voice in step.voices)
            if voices:
                if step.otherwise is not None or not asked.isdisjoint(step.needs):
                    return None  # a floor, or what rests on what changes too
                others -= voices * (self._was(step.name, 0) == 1)
                out.append(step)
        return out if others > 0 and not tally.sure[top] and not tally.floors[top] else None

    def _bars(self, strictest: Iterable[Step], goal: str) -> str:
        get: Any = self.values.get
        for step in strictest:
            truth: int = step.function(get, self.truths, self.outcomes) if step.function else self._truth(step)
            if truth == 2 and not any(self.truths.get(other, 0) for other in step.exceptions):
                return self.program.book.decisions[goal].values[-1][0]
        return "undetermined"

    def _differs(self, decision: str, word: str) -> bool:
        return not self.program.book.decisions[decision].collect and word != self.before.outcomes[decision].word

    # -- entries -------------------------------------------------------------------------------------------------------
    def _suppose(self, name: str, entries: Mapping[str, Any]) -> dict[str, Any]:
        """Put the fact and what follows from it into the entries; what stood there before."""
        values, derivations = self.values, self.derivations
        undo = {name: values.pop(name, _GONE), f"{name}^": values.pop(f"{name}^", _GONE)}
        if name not in derivations.sources:
            values.update(entries)
            return undo
        part = derivations.part_of(name, bool(entries))
        if part is None:
            if self._derived is None:
                self._derived = [key for key in (*values, *undo) if self.given.get(key.removesuffix("^")) is None]
            gone: Iterable[str] = self._derived
        else:
            gone = [key for fact in part.facts if self.given.get(fact) is None for key in (fact, f"{fact}^")]
        for key in gone:
            if key not in undo:
                undo[key] = values.pop(key, _GONE)
        values.update(entries)
        for fact, _ in derivations.follow(values, part):
            undo.setdefault(fact, _GONE)
            undo.setdefault(f"{fact}^", _GONE)
        return undo

    def _restore(self, undo: Mapping[str, Any]) -> None:
        values = self.values
        for key, old in undo.items():
            if old is _GONE:
                values.pop(key, None)
            else:
                values[key] = old

    def _differing(self, undo: Mapping[str, Any]) -> frozenset[str]:
        get = self.values.get
        return frozenset([key for key, old in undo.items() if key[-1] != "^" and get(key, _GONE) != old])

    # -- rules ---------------------------------------------------------------------------------------------------------
    def _asked(self, steps: Iterable[Step], goal: str | None) -> dict[str, str]:
        """Ask some steps again, tell which decisions come out otherwise, and put back what they were before."""
        truths, program = self.truths, self.program
        get: Any = self.values.get
        moved: list[Step] = []
        found: dict[str, str] = {}
        kept: dict[str, Outcome] = {}
        names: set[str] = set()
        try:
            for step in steps:
                if step.decision is None:
                    truth: int = step.function(get, truths, self.outcomes) if step.function else self._truth(step)
                    for other in step.exceptions:
                        truth = min(truth, 2 - truths.get(other, 0))
                    rule = step.name
                    floor = (
                        truth == 1 and step.otherwise is not None and program.least(step, get, truths, self.outcomes)
                    )
                    if truth != self._was(rule, 0) or floor != (rule in self._floored):
                        names.add(rule)
                        moved.append(step)
                        truths[rule] = truth
                        (self.floors.add if floor else self.floors.discard)(rule)
                elif names and not names.isdisjoint(step.needs):
                    outcome = self._hear(step.decision, moved, found, goal)
                    if outcome is not None and outcome != self.outcomes[step.decision]:
                        kept[step.decision] = self.outcomes[step.decision]
                        self.outcomes[step.decision] = outcome
                        names.add(step.name)
            return found
        finally:
            for step in moved:
                rule = step.name
                if (was := self._was(rule)) is None:
                    del truths[rule]
                else:
                    truths[rule] = was
                (self.floors.add if rule in self._floored else self.floors.discard)(rule)
            self.outcomes.update(kept)

    def _truth(self, step: Step) -> int:
        """Of a step that was never asked before: written first."""
        return self.program.truth(step, self.values.get, self.truths, self.outcomes)

    def _hear(
        self, decision: str, moved: Iterable[Step], found: dict[str, str], goal: str | None
    ) -> Outcome | None:  # fmt: skip
        """A decision some of whose rules moved: its word goes to `found`; the outcome itself only where something rests on it."""
        rested = f"decision:{decision}" in self.program.rested
        if not rested and (self.program.book.decisions[decision].collect or (goal is not None and decision != goal)):
            return None
        outcome = None
        tally = None if rested else self._tally(decision)
        if tally is not None:
            word = self._count(decision, tally, moved)
        else:
            answer = Answer(self.truths, self.outcomes, self.floors)
            outcome = self.program.heard(decision, answer, *self.program.voices(self.found, decision))
            word = outcome.word
        if (goal is None or decision == goal) and self._differs(decision, word):
            found[decision] = word
        return outcome

    # -- decisions -----------------------------------------------------------------------------------------------------
    def _tally(self, decision: str) -> _Tally | None:
        """The voices of the situation counted; None where counting does not tell the word."""
        if decision not in self._tallies:
            spec = self.program.book.decisions[decision]
            voices, _ = self.program.voices(self.found, decision)
            plain = spec.base is None and not spec.collect and not any(voice.replaces for voice in voices)
            tally = None
            if plain and spec.values:
                tally = _Tally(*([0] * len(spec.values) for _ in range(3)))
                counts = (None, tally.maybe, tally.sure)
                for voice in voices:
                    if (mine := counts[self._was(voice.rule, 0)]) is not None:
                        mine[voice.rank] += 1
                        tally.floors[voice.rank] += voice.rule in self._floored
            self._tallies[decision] = tally
        return self._tallies[decision]

    def _count(self, decision: str, tally: _Tally, moved: Iterable[Step]) -> str:
        """The word of a decision after some rules moved (`greenrule.backends.decide`: the strictest that holds, unless a stricter may)."""
        sure, maybe, floors = tally.sure[:], tally.maybe[:], tally.floors[:]
        counts = (None, maybe, sure)
        for step in moved:
            rule = step.name
            for spoken, voice in step.voices:
                if spoken == decision:
                    rank = voice.rank
                    was, now = counts[self._was(rule, 0)], counts[self.truths[rule]]
                    if was is not None:
                        was[rank] -= 1
                    if now is not None:
                        now[rank] += 1
                    floors[rank] += (rule in self.floors) - (rule in self._floored)
        low = max(_last(sure), _last(floors))
        spec = self.program.book.decisions[decision]
        start = spec.default if low < 0 else spec.values[low][0]
        if low < 0 and start is not None:
            low = spec.rank(start)
        return "undetermined" if start is None or _last(maybe) > low else start


def _last(counts: list[int]) -> int:
    """The highest place with a count, -1 where there is none."""
    for rank in range(len(counts) - 1, -1, -1):
        if counts[rank]:
            return rank
    return -1
