"""Questions in words: from open facts to what a reader sees, with why it is asked and what each answer can lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from greenrule.casework.question import INDUSTRIES, Item, Question, Reason
from greenrule.casework.saying import label
from greenrule.core.units import Quantity
from greenrule.packs.book import Law
from greenrule.rules.book import FactSpec

if TYPE_CHECKING:
    from greenrule.casework.interview import Interview

#: So many of the rules that wait for a fact are named with the question.
NAMED = 3


def outcome_words(law: Law, goal: str, candidates: Iterable[Any]) -> tuple[str, ...]:
    """Values of a decision as people call them."""
    labels = dict(law.book.decisions[goal].values)
    return tuple("未定" if value is None else labels.get(value, value) for value in candidates)


class Asking:
    """The words of one interview's next question."""

    def __init__(self, interview: Interview) -> None:
        self.talk, self.law, self.ways = interview, interview.law, interview.ways

    def industry(self) -> Question:
        """Which industry: the first question, for it decides which rules are asked at all; or which class of a coarse one."""
        spec = self.law.book.facts["industry"]
        item = self._item(spec)
        if spec.id in self.ways.coarse:
            codes, vocabulary = self.ways.coarse[spec.id], self.law.book.vocabularies[spec.kind.vocab or ""]
            told = "、".join(f"{code} {vocabulary.labels[code]}" for code in codes)
            above = set(vocabulary.parent.values())
            below = tuple(
                (code, name) for code, name in vocabulary.labels.items()
                if code not in above and not set(codes).isdisjoint(vocabulary.ancestors(code))
            )  # fmt: skip
            item = replace(item, text=f"“{told}”要写到最细的一级：是哪一个？", choices=below)
        return Question("fact", self.talk.standing.number, self.talk.at_most, item.label, (item,))

    def place(self, at_most: int | None) -> Question:
        """Where the project is: the layers then answer what they can."""
        return Question(
            "place",
            self.talk.standing.number,
            at_most,
            "项目在哪里？写经度、纬度，如 112.55, 37.87（CGCS2000 或 WGS84）",
        )

    def facts(self, names: tuple[str, ...], at_most: int | None) -> Question:
        """One fact, or several truths of one group to tick."""
        specs = [self.law.book.facts[name] for name in names]
        items = tuple(self._item(spec) for spec in specs)
        if len(items) == 1:
            return Question("fact", self.talk.standing.number, at_most, items[0].label, items)
        group, _ = self.law.groups.get(specs[0].group or "", (specs[0].group or "", False))
        return Question("checklist", self.talk.standing.number, at_most, group, items)

    def _item(self, spec: FactSpec) -> Item:
        rules = dict.fromkeys(
            rule for name in (spec.id, *self.ways.followers(spec.id)) for rule in self.ways.open.get(name, ())
        )
        return Item(
            spec.id, spec.zh, spec.question, "industry" if spec.kind.vocab == INDUSTRIES else spec.kind.form, self._units(spec),
            self._choices(spec), spec.note, self._leads(spec), tuple(self._reason(rule) for rule in list(rules)[:NAMED]), len(rules),
        )  # fmt: skip

    def _units(self, spec: FactSpec) -> tuple[str, ...]:
        if spec.kind.form != "quantity":
            return ()
        family = (other.unit for other in self.law.book.facts.values() if spec.family and other.family == spec.family)
        return tuple(dict.fromkeys((spec.unit, *family)))

    def _choices(self, spec: FactSpec) -> tuple[tuple[str, str], ...]:
        if spec.kind.form not in ("category", "set") or spec.kind.vocab == INDUSTRIES:
            return ()
        labels: Mapping[str, str] = self.law.book.vocabularies[spec.kind.vocab or ""].labels
        if spec.kind.form == "category":
            return tuple(labels.items())
        # Of a long list only what the rules at hand tell apart; any other code may be written out.
        bounds = self.ways.regions.bounds.get(spec.id)
        named = bounds.codes if bounds is not None else set()
        codes = [code for code in labels if code in named or code == "other"]
        return tuple((code, labels[code]) for code in codes)

    def _leads(self, spec: FactSpec) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What can still come out after each value, for the first goal where it is one with values."""
        goal = self.talk.goals[0]
        if spec.id == "industry" or self.law.book.decisions[goal].collect:
            return ()
        ahead = self.talk.ahead(spec.id)
        if ahead is None:
            return ()
        return tuple(
            (self._said(spec, value), outcome_words(self.law, goal, found[0]))
            for value, found in zip(ahead.values, ahead.candidates, strict=True)
        )

    def _said(self, spec: FactSpec, value: Any) -> str:
        return str(value) if isinstance(value, Quantity) else label(self.law, spec.id, value)

    def _reason(self, rule: str) -> Reason:
        item = self.law.book.rules[rule]
        found = self.law.instruments.resolve(item.cites[0], self.talk.machine.on)
        return Reason(rule, item.title, f"{found.number or f'《{found.title}》'}{found.clause_label or ''}")


def state(talk: Interview) -> dict[str, Any]:
    """Where an interview stands, as plain data: the next question or why there is none, and what can still come out."""
    question = talk.question
    return {
        "goals": list(talk.goals), "possible": {goal: list(words) for goal, words in talk.possible.items()},
        "decided": talk.decided, "ending": talk.ending, "question": question.to_json() if question else None,
        "project": talk.written(),
    }  # fmt: skip
