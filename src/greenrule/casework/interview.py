"""The shortest interview: ask what can still matter, in the order that leaves the fewest facts open, until it is decided.

A fact is asked only with a witness in hand (`greenrule.casework.relevance`): two ways in which the situation may go on that
differ in nothing but this fact (and what follows from it) and come out differently.  The object does no input or output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from greenrule.backends.scalar import Answer
from greenrule.casework.agreeing import agree
from greenrule.casework.asking import Asking
from greenrule.casework.continuations import Continuations
from greenrule.casework.goals import read_goals
from greenrule.casework.ordering import RARE, Ahead, Ordering
from greenrule.casework.project import Project, project_from
from greenrule.casework.question import AT, Question, read_answer, read_place, unknown
from greenrule.casework.relevance import Relevance, Witness
from greenrule.casework.saying import shown
from greenrule.casework.screening import Inquiry, Screener
from greenrule.core.errors import Fault, InputFault

if TYPE_CHECKING:
    from greenrule.casework.pairing import Pairing

#: A list to tick has no more lines than this: what does not fit on a screen is not read.
LINES = 8
#: What one more line of a list costs, in questions: reading a line is less than answering a question. A judgement.
LINE_COST = 0.15


@dataclass(frozen=True)
class Standing:
    """Where an interview stands: what is known, what nobody knows, and what was found out about what is open."""

    raw: Mapping[str, Any]
    inquiry: Inquiry
    answers: Mapping[str, Any] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    #: facts that can take one value only, after what was said
    implied: Mapping[str, Any] = field(default_factory=dict)
    number: int = 1
    #: facts that are known not to matter; only "I do not know" can make one matter again
    idle: frozenset[str] = frozenset()
    #: those of them of which the solver could not say so in time
    unsure: frozenset[str] = frozenset()
    placeless: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """All facts, as people write them."""
        return {**self.inquiry.given, **self.implied, **self.answers}


class Interview:
    """An interview about one project for some decisions.

    >>> import greenrule
    >>> talk = greenrule.interview({"industry": "2521"}, goal="access")
    >>> talk.question.facts
    ('industry_catalogue.class',)
    >>> talk.answer("淘汰类")
    >>> talk.question is None, talk.possible
    (True, {'access': ('prohibited',)})
    """

    def __init__(
        self, screener: Screener, project: Project, goals: Iterable[str] = ("access",), *, checklists: bool = True, rare: float = RARE,
        patience_ms: int = 10_000,
    ) -> None:  # fmt: skip
        self.screener, self.law, self.machine = (
            screener,
            screener.law,
            screener.machine(project.on, screener.events(project)),
        )
        self.goals = read_goals(self.law, goals)
        self.checklists, self.rare, self.base_dir = checklists, rare, project.base_dir
        self.patience_ms, self._pairing = patience_ms, cast("Pairing | None", None)
        inquiry = screener.inquire(project)
        agree(self.law, self.machine.on, inquiry.given)
        nobody = frozenset(name for name, value in project.facts.items() if value is None and name not in inquiry.known)
        self._past: list[Standing] = []
        self._witnesses: dict[str, Witness] = {}
        self._to(Standing(project.raw, inquiry, skipped=nobody))

    # -- state ---------------------------------------------------------------------------------------------------------
    def _to(self, standing: Standing) -> None:
        self.standing = standing
        for name in ("ways", "question", "_ordering", "_relevance"):
            self.__dict__.pop(name, None)

    @cached_property
    def ways(self) -> Continuations:
        """What is open, and the ways in which it may go on."""
        return Continuations(self.machine, self.standing.given, self.goals, self.standing.skipped)

    @property
    def possible(self) -> dict[str, tuple[str, ...]]:
        """Goal → what it can still come out as; of goals that collect, what is collected and what may be."""
        out = {}
        for goal in self.goals:
            found = self.ways.answer.outcomes[goal]
            if self.law.book.decisions[goal].collect:
                key = self.ways.outcome(self.ways.answer)[self.goals.index(goal)]
                out[goal] = tuple(sorted({*key[0], *key[1]}))  # type: ignore[index]
            else:
                out[goal] = tuple("undetermined" if value is None else value for value in found.candidates)
        return out

    @property
    def decided(self) -> bool:
        """Whether every goal has come out, and nothing more can be said on those that collect."""
        return self._came_out(self.ways.answer)

    def _came_out(self, answer: Answer) -> bool:
        for goal in self.goals:
            found = answer.outcomes[goal]
            if found.open if self.law.book.decisions[goal].collect else found.value is None:
                return False
        return True

    # -- the next question ---------------------------------------------------------------------------------------------
    @cached_property
    def question(self) -> Question | None:
        """The next question; None where nothing that can be asked can still matter (`ending` says why)."""
        if self.decided:
            return None
        if "industry" in self.ways.askable and self._matters("industry"):
            return Asking(self).industry()
        if (found := self._place()) is not None:
            return found
        self._imply()
        while not self.decided and (units := self._units()):
            for names in units:
                kept = tuple(name for name in names if self._matters(name))
                if kept:
                    return Asking(self).facts(kept, self.at_most)
        return None

    @cached_property
    def _ordering(self) -> Ordering:
        return Ordering(self.ways, self.rare)

    def ahead(self, name: str) -> Ahead | None:
        """What an open fact can lead to; None before the industry is known."""
        return None if "industry" in self.ways.askable else self._ordering.ahead.get(name)

    @cached_property
    def _relevance(self) -> Relevance:
        if "industry" in self.ways.askable:  # too much is open to look ahead
            harmless = {name: next(iter(self.ways.choices(name)), None) for name in self.ways.askable}
        else:
            harmless = {name: self._ordering.usual(name) for name in self.ways.askable}
        return Relevance(self.ways, self.ways.sound(harmless).choices, self._witnesses)

    def _matters(self, name: str) -> bool:
        """Whether a fact can matter: a witness from the machine, else from the solver, else a fact that is idle from now on."""
        if name in self.standing.idle:
            return False
        found: Witness | bool | None = self._relevance.witness(name)
        if found is None:
            found = self._solver().witness(self.ways, name)
        if isinstance(found, Witness):
            self._witnesses[name] = found
            return True
        self._witnesses.pop(name, None)
        unsure = self.standing.unsure | {name} if found is None else self.standing.unsure
        self.standing = replace(self.standing, idle=self.standing.idle | {name}, unsure=unsure)
        return False

    def _solver(self) -> Pairing:
        # The solver takes a moment to load, and many interviews do without.
        from greenrule.casework.pairing import Pairing

        if self._pairing is None or self._pairing.skipped != self.ways.skipped:
            self._pairing = Pairing(self.ways, self.patience_ms)
        return self._pairing

    def _imply(self) -> None:
        """Facts that can take one value only, after what was said, need no question."""
        while "industry" not in self.ways.askable:
            found: dict[str, Any] = {}
            for ahead in self._ordering.ahead.values():
                if len(ahead.values) == 1 < len(self.ways.choices(ahead.name)) and self.ways.regions.exact(ahead.name):
                    found[ahead.name] = ahead.values[0]
            if not found:
                return
            self._to(replace(self.standing, implied={**self.standing.implied, **found}))

    def _place(self) -> Question | None:
        """Where a workspace can answer facts of the site, the place comes before them."""
        if self.screener.workspace is None or self.standing.placeless or self.standing.inquiry.project.location:
            return None
        sited = [name for name in self.ways.askable if self.law.book.facts[name].place is not None]
        if not any(self._matters(name) for name in sited):
            return None
        return Asking(self).place(self.at_most)

    def _units(self) -> list[tuple[str, ...]]:
        """What could be asked next, the best first: single facts, and lists of truths of one group."""
        ordering = self._ordering
        cost: dict[tuple[str, ...], float] = {}
        for names in self._lists():
            usual = {name: ordering.usual(name) for name in names}
            left = ordering.after(usual) if len(names) > 1 else ordering.ahead[names[0]].expected
            cost[names] = (left - ordering.left) / (1 + LINE_COST * (len(names) - 1))
        return sorted(cost, key=lambda names: (cost[names], names))

    def _lists(self) -> list[tuple[str, ...]]:
        """The askable facts, each in its list: truths of one group that do not follow from one another, `LINES` at a time."""
        ordering = self._ordering
        names = [name for name in self.ways.askable if name not in self.standing.idle and ordering.ahead[name].values]
        out: list[tuple[str, ...]] = []
        for members in self._layers(names):
            ranked = sorted(members, key=lambda name: (ordering.ahead[name].expected, name))
            out += [tuple(ranked[start : start + LINES]) for start in range(0, len(ranked), LINES)][:1]
        return out

    def _layers(self, names: Iterable[str]) -> list[list[str]]:
        """Facts that may stand in one list: those of a group of which none may follow from another; all others alone."""
        found: dict[tuple[str, int], list[str]] = {}
        alone: list[list[str]] = []
        names = list(names)
        for name in names:
            spec = self.law.book.facts[name]
            if not self.checklists or spec.group is None or spec.kind.form != "truth":
                alone.append([name])
                continue
            depth = self._depth(name, {other for other in names if self.law.book.facts[other].group == spec.group})
            found.setdefault((spec.group, depth), []).append(name)
        return [*found.values(), *alone]

    def _depth(self, name: str, group: set[str]) -> int:
        """How many facts of a group stand above one in a line of derivations."""
        above = [other for other in group if other != name and name in self.ways.followers(other)]
        return 1 + max((self._depth(other, group - {name}) for other in above), default=-1)

    @property
    def at_most(self) -> int | None:
        """How many questions can follow the one asked now, at most; None before the industry is known.

        Every fact on which the machine may still hang is counted, in the list in which it would be asked: answers only ever
        take facts out.  "I do not know" can bring a fact back that an answer would have settled; the bound is for answers.
        """
        if "industry" in self.ways.askable and "industry" not in self.ways.coarse:
            return None
        names = [name for name in self.ways.askable if name not in self.standing.idle]
        total = sum(-(-len(members) // LINES) for members in self._layers(names))
        return max(total - 1, 0)

    # -- answers -------------------------------------------------------------------------------------------------------
    def answer(self, raw: Any) -> None:
        """Answer the question; "不知道" or None is `skip`.

        Errors: `InputFault` — ASK001 there is no question · ASK002–ASK004, J02x the answer cannot be read · ASK005 it
        contradicts what was said.  Nothing has changed then.
        """
        question = self._asked()
        if raw is None or unknown(raw):
            self.skip()
            return
        if question.sort == "place":
            self._settle(raw)
            return
        found = read_answer(self.law, question, raw)
        answers = {name: value for name, value in found.items() if value is not None}
        nobody = frozenset(found) - set(answers) | (frozenset(question.facts) - set(found))
        given = {**self.standing.given, **answers}
        agree(self.law, self.machine.on, given)
        self._advance(answers={**self.standing.answers, **answers}, skipped=self.standing.skipped | nobody)

    def _settle(self, raw: Any) -> None:
        location = raw if isinstance(raw, Mapping) else read_place(str(raw))
        project = project_from({**self.written(), "location": dict(location)}, self.law, self.machine.on, self.base_dir)
        inquiry = self.screener.inquire(project)
        agree(self.law, self.machine.on, {**self.standing.given, **inquiry.given})
        self._advance(raw={**self.standing.raw, "location": dict(location)}, inquiry=inquiry)

    def skip(self) -> None:
        """Nobody knows: the facts stay unknown and are not asked again."""
        question = self._asked()
        if question.sort == "place":
            self._advance(placeless=True)
            return
        self._advance(skipped=self.standing.skipped | set(question.facts))

    def back(self) -> bool:
        """Take the last answer back; False where there is none."""
        if not self._past:
            return False
        self._to(self._past.pop())
        return True

    def _asked(self) -> Question:
        if self.question is None:
            raise InputFault(Fault("ASK001", "没有要问的了", AT, "`ending` 说明为什么"))
        return self.question

    def _advance(self, **changes: Any) -> None:
        before = self.standing
        self._past.append(before)
        more = changes.get("skipped", before.skipped) != before.skipped
        if more:  # a fact that an answer would have settled may matter while nobody knows it
            changes |= {"idle": frozenset(), "unsure": frozenset()}
        self._to(replace(before, number=before.number + 1, **changes))

    # -- the end -------------------------------------------------------------------------------------------------------
    @property
    def ending(self) -> str | None:
        """Why there is no further question; None while there is one.

        `decided` · `settled`: the machine needs more facts to say so, but every way to go on comes out the same · `unsure`: the
        solver did not tell in time whether a fact can matter · `unknown`: what nobody knows would decide · `text`: the texts
        leave it open.
        """
        if self.question is not None:
            return None
        if self.decided:
            return "decided"
        if self.standing.unsure:
            return "unsure"
        if any(name in self.standing.skipped for name in self.ways.open):
            return "unknown"
        return "settled" if self.settled is not None else "text"

    @property
    def settled(self) -> Answer | None:
        """What comes out in every way to go on, where nothing can matter any more; None where something can, or texts are open."""
        if self.question is not None:
            return None
        ordering = self._ordering
        answer = self.ways.run(self.ways.sound({name: ordering.usual(name) for name in self.ways.askable}))
        return answer if self._came_out(answer) else None

    def written(self) -> dict[str, Any]:
        """The project with everything that was answered, as a project file holds it."""
        out = dict(self.standing.raw)
        facts = dict(out.get("facts") or {})
        for name, value in {**self.standing.implied, **self.standing.answers}.items():
            if name in ("industry", "nature"):
                out[name] = shown(value)
            else:
                facts.pop(self.law.book.facts[name].zh, None)
                facts[name] = shown(value)
        if facts:
            out["facts"] = facts
        return out

    def project(self) -> Project:
        """The project as it now stands."""
        return project_from(self.written(), self.law, self.machine.on, self.base_dir)

    def finding(self, **options: Any) -> dict[str, Any]:
        """The finding of the project as it now stands."""
        return self.screener.screen(self.project(), **options)
