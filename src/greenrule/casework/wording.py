"""What findings say of rules and facts whatever the project: put together once for the rulebook of a day, as data and as text.

A finding names a hundred and fifty rules with their citations and sentences; of all that only the state and the facts are its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greenrule.backends.reasons import Mark
from greenrule.core.seal import written
from greenrule.core.truth import UNKNOWN
from greenrule.packs.book import Law
from greenrule.rules.book import FactSpec
from greenrule.rules.items import Effect, Rule

if TYPE_CHECKING:
    from greenrule.casework.situation import Machine

#: Decisions in the order in which a reader asks for them.
_ORDER = ("access", "eia.catalogue_form", "eia.form", "eia.route", "permit.catalogue_class", "permit.class", "approver",
          "approver.lead", "quota.needed", "quota.timing", "quota.source", "obligations", "support")  # fmt: skip
_HOLE = "\x00"


class Form:
    """A record of which two values are each finding's own: text before the first of them, between them, after them.

    >>> Form({"a": 1, "b": None, "c": None}, "b", "c").filled(b"[]", b'"x"')
    b'{"a":1,"b":[],"c":"x"}'
    """

    __slots__ = ("after", "before", "between", "plain")

    def __init__(self, plain: Mapping[str, Any], first: str, second: str) -> None:
        self.plain = plain
        text = written({**plain, first: _HOLE, second: _HOLE})
        self.before, self.between, self.after = text.split(written(_HOLE))

    def filled(self, first: bytes, second: bytes) -> bytes:
        """The record with its own two values, which are written already."""
        return b"%b%b%b%b%b" % (self.before, first, self.between, second, self.after)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One effect of a rule: what is said of it apart from its state and its facts, and its place among all that may be said.

    places : where the rule is false, where it is unknown, where it holds; `decides`: whether any of the rule's effects admits or bars
    """

    rule: str
    form: Form
    places: tuple[int, int, int]
    decides: bool


class Wording:
    """The words of one machine."""

    def __init__(self, law: Law, machine: Machine) -> None:
        self.law, self.machine, self.book = law, machine, machine.book
        self._cites: dict[str, dict[str, Any]] = {}
        self._phrases: dict[str, tuple[Phrase, ...]] = {}
        self._undated: dict[str, bool] = {}
        self._bits = {name: number for number, name in enumerate(self.book.decisions)}
        self._masks: dict[str, int] = {}
        self._decisions: dict[int, tuple[str, ...]] = {}
        # By decision, those that hold first, then by rule: every phrase has a place of its own, and places are quickly put in order.
        rank = {name: index for index, name in enumerate(_ORDER)}
        effects = [
            (rank.get(effect.decision, len(rank)), rule.id, number)
            for rule in self.book.rules.values() for number, effect in enumerate(rule.effects)
        ]  # fmt: skip
        self._effects = len(effects)
        self._places = {(name, number): (place, at) for place, (at, name, number) in enumerate(sorted(effects))}
        #: what decided, written, as far as it is the same in every finding: facts that nobody gave, parameters
        self.texts: dict[Mark, bytes] = {}
        self._missing: dict[str, Form] = {}
        self._lists: dict[tuple[str, ...], bytes] = {}

    @classmethod
    def of(cls, law: Law, machine: Machine) -> Wording:
        """Those of a machine, kept with it."""
        kept: Wording | None = machine.__dict__.get("_wording")
        if kept is None:
            kept = machine.__dict__["_wording"] = cls(law, machine)
        return kept

    def cites(self, cites: Iterable[str]) -> list[dict[str, Any]]:
        """Citations as a finding shows them; the caller's own."""
        out = []
        for cite in cites:
            if cite not in self._cites:
                self._cites[cite] = self._cite(cite)
            out.append(dict(self._cites[cite]))
        return out

    def _cite(self, cite: str) -> dict[str, Any]:
        found = self.machine.citation(cite)
        item = {"instrument": found.instrument, "clause": found.clause, "title": found.title, "number": found.number,
                "clause_label": found.clause_label}  # fmt: skip
        if found.superseded_by:
            item["superseded_by"] = found.superseded_by
            successor = self.law.instruments.get(found.superseded_by)
            item["superseded_by_title"] = successor.title["zh"] if successor else None
        if found.in_force is UNKNOWN:
            item["in_force"] = "unknown"
        return item

    def value_of(self, effect: Effect) -> str | None:
        """The value that an effect gives a decision."""
        decision = self.book.decisions[effect.decision]
        return effect.value if effect.value is not None else {**decision.verbs, **decision.replacing}.get(effect.verb)

    def phrases(self, rule: Rule) -> tuple[Phrase, ...]:
        """What is said of a rule, for each of its effects."""
        if rule.id not in self._phrases:
            decides = any(effect.decision == "access" for effect in rule.effects)
            found = []
            for number, effect in enumerate(rule.effects):
                place, rank = self._places[rule.id, number]
                first = 2 * rank * self._effects + place
                places = (first + self._effects, first + self._effects, first)
                form = Form(self._phrase(rule, effect), "facts", "state")
                found.append(Phrase(rule.id, form, places, decides))
            self._phrases[rule.id] = tuple(found)
        return self._phrases[rule.id]

    def undated(self, rule: Rule) -> bool:
        """Whether a rule rests on a document whose first day is not stated."""
        if rule.id not in self._undated:
            self._undated[rule.id] = any(cite.get("in_force") == "unknown" for cite in self.cites(rule.cites))
        return self._undated[rule.id]

    def _phrase(self, rule: Rule, effect: Effect) -> dict[str, Any]:
        return {
            "rule": rule.id, "title": rule.title, "decision": effect.decision, "effect": effect.verb,
            "value": self.value_of(effect), "state": None, "strength": rule.strength, "subject": rule.subject,
            "cites": self.cites(rule.cites), "facts": None, "then": rule.then, "due": rule.due,
            "sentence": self.machine.sentence.rule(rule), "note": "；".join(rule.notes) or None,
        }  # fmt: skip

    @staticmethod
    def fact(spec: FactSpec, value: Any, source: str | None) -> dict[str, Any]:
        """A fact that was read, as a finding shows it."""
        return {"id": spec.id, "label": spec.zh, "value": value, "unit": spec.unit or None, "from": source}

    def mask(self, rule: Rule) -> int:
        """The decisions on which a rule speaks, as bits."""
        found = self._masks.get(rule.id)
        if found is None:
            found = self._masks[rule.id] = sum({1 << self._bits[effect.decision] for effect in rule.effects})
        return found

    def decisions(self, mask: int) -> tuple[str, ...]:
        """The decisions of such bits, in the order of their names."""
        if mask not in self._decisions:
            self._decisions[mask] = tuple(sorted(name for name, bit in self._bits.items() if mask >> bit & 1))
        return self._decisions[mask]

    def missing(self, name: str) -> Form:
        """What is said of a fact that nobody gave, apart from what it would decide and affects."""
        if name not in self._missing:
            spec = self.book.facts[name]
            plain = {"fact": name, "label": spec.zh, "question": spec.question, "unit": spec.unit or None,
                     "would_decide": None, "affects": None}  # fmt: skip
            self._missing[name] = Form(plain, "affects", "would_decide")
        return self._missing[name]

    def listed(self, words: tuple[str, ...]) -> bytes:
        """A list of decisions or of outcomes, written."""
        if words not in self._lists:
            self._lists[words] = written(list(words))
        return self._lists[words]
