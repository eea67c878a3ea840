"""A finding in English: the labels, titles, sentences and questions of its Chinese JSON, by the ids that stand beside them.

The finding itself is Chinese, sealed, and stays so: this is a reading of it.  Citations, industry names, remarks of layers, notes
and doubts keep their Chinese; a rule, fact or value without English keeps its Chinese too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from greenrule.casework.doubts import NOT_DATED
from greenrule.casework.questioning import question_in_english
from greenrule.core.tongue import amount, said, speaking, unit_words
from greenrule.packs.book import Law
from greenrule.packs.english import english_sentence
from greenrule.rules.english import EnglishSentence


def in_english(finding: Mapping[str, Any], law: Law) -> dict[str, Any]:
    """The finding with English where the packs have it; what is not text of a pack is the same as before.

    finding : contract, `greenrule screen`; law : the packs whose labels are used, of whatever version.
    """
    return _Reading(law).finding(finding)


#: How a finding tells that a list leaves something open.
_OPEN_LIST = re.compile("名录“(.+?)”未决：(.*)", re.DOTALL)


class _Reading:
    """One law's English, read into findings."""

    def __init__(self, law: Law) -> None:
        self.law, self.book = law, law.book
        self.english: EnglishSentence = english_sentence(law)
        self.words = self.english.words

    def finding(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(finding)
        out["language"] = "en"
        out["reasons"] = [self.reason(item) for item in finding.get("reasons") or ()]
        for key in ("obligations", "support"):
            out[key] = [self.told(item) for item in finding.get(key) or ()]
        if quota := finding.get("quota"):
            out["quota"] = {**quota, "sources": [self.by_text(item) for item in quota.get("sources") or ()]}
        if approver := finding.get("approver"):
            lead = {rule.then: self.english.then(rule) for rule in self.book.rules.values()}
            out["approver"] = {
                **approver,
                "lead_rule": [lead.get(text, text) for text in approver.get("lead_rule") or ()],
            }
        out["missing"] = [self.missing(item) for item in finding.get("missing") or ()]
        out["turns"] = [self.turn(item) for item in finding.get("turns") or ()]
        out["boundaries"] = [{**item, "label": self.fact_label(item)} for item in finding.get("boundaries") or ()]
        out["conflicts"] = [self.conflict(item) for item in finding.get("conflicts") or ()]
        out["notices"] = [_notice(text) for text in finding.get("notices") or ()]
        out["doubts"] = [{**item, "message": self.doubt(item)} for item in finding.get("doubts") or ()]
        return out

    def reason(self, item: Mapping[str, Any]) -> dict[str, Any]:
        rule = self.book.rules.get(item.get("rule") or "")
        out = {**item, "facts": [self.fact(one) for one in item.get("facts") or ()]}
        if rule is not None:
            out |= {
                "title": self.english.title(rule),
                "then": self.english.then(rule),
                "sentence": self.english.rule(rule),
            }
            out["due"] = self.due(item.get("due"))
        return out

    def told(self, item: Mapping[str, Any]) -> dict[str, Any]:
        rule = self.book.rules.get(item.get("rule") or "")
        if rule is None:
            return dict(item)
        return {
            **item,
            "title": self.english.title(rule),
            "text": self.english.then(rule),
            "due": self.due(item.get("due")),
        }

    def by_text(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A source of quotas, which carries its rule's consequence and citations but no id."""
        for rule in self.book.rules.values():
            if rule.then == item.get("text"):
                return {**item, "text": self.english.then(rule)}
        return dict(item)

    def due(self, text: Any) -> Any:
        return self.words.due.get(text, text) if isinstance(text, str) else text

    def fact_label(self, item: Mapping[str, Any]) -> Any:
        name = str(item.get("fact") or item.get("id") or "")
        if name.startswith("$"):
            return self.words.parameters.get(name[1:], item.get("label"))
        if name in self.book.facts:
            return self.book.facts[name].en or item.get("label")
        return self.english.decision(name) if name in self.book.decisions else item.get("label")

    def value(self, name: str, value: Any) -> Any:
        spec = self.book.facts.get(name)
        if isinstance(value, str) and spec is not None and spec.kind.form in ("quantity", "number"):
            return amount(value)
        if spec is not None and spec.kind.vocab and spec.kind.vocab in self.words.vocabularies:
            labels = self.words.vocabularies[spec.kind.vocab]
            if isinstance(value, list):
                return [labels.get(one, one) for one in value]
            return labels.get(value, value) if isinstance(value, str) else value
        return value

    def unit(self, unit: Any) -> Any:
        """A unit that can stand beside the number as it is: not one with 万 or 亿, which become part of the number."""
        if not isinstance(unit, str) or not unit:
            return unit
        name, factor = unit_words(unit)
        return name if factor == 1 else f"×{factor:,} {name}"

    def fact(self, item: Mapping[str, Any]) -> dict[str, Any]:
        name = str(item.get("id") or "")
        out = {**item, "label": self.fact_label(item), "value": self.value(name, item.get("value"))}
        if name.startswith("$") and item.get("value") is not None and item.get("unit"):
            return {**out, "value": amount(f"{item['value']} {item['unit']}"), "unit": None}
        return {**out, "unit": self.unit(item.get("unit"))}

    def missing(self, item: Mapping[str, Any]) -> dict[str, Any]:
        spec = self.book.facts.get(item.get("fact") or "")
        if spec is None:
            return dict(item)
        return {**item, "label": spec.en or spec.zh, "question": question_in_english(self.law, spec), "unit": None}

    def turn(self, item: Mapping[str, Any]) -> dict[str, Any]:
        name = str(item.get("fact") or "")
        return {
            **item,
            "label": self.fact_label(item),
            "from": self.value(name, item.get("from")),
            "to": self.value(name, item.get("to")),
        }

    def conflict(self, item: Mapping[str, Any]) -> dict[str, Any]:
        named = {decision.zh: self.english.decision(decision.id) for decision in self.book.decisions.values()}
        topic = item.get("topic") or ""
        return {**item, "topic": self.words.conflicts.get(item.get("id") or "", named.get(topic, topic))}

    def doubt(self, item: Mapping[str, Any]) -> str:
        """A doubt: those that have a pattern or an English in the pack; others keep their Chinese."""
        message = str(item.get("message") or "")
        if found := _OPEN_LIST.match(message):
            names = {listed.title: name for name, listed in self.book.lists.items()}
            told = self.words.lists.get(names.get(found[1], ""), found[1])
            return f"The list “{told}” is not settled: {found[2]}"
        if item.get("kind") == "boundary":
            away = item.get("distance_m")
            about = f"Control unit {item['unit']}" if item.get("unit") else f"“{self.fact_label(item)}”"
            where = "on the border" if away is None else f"{abs(away):.1f} m from the border"
            return f"{about}: the site lies {where}, nearer than the layer is sure to be accurate; on the other side the answer may differ"
        if message == NOT_DATED:
            return "The document does not state its first day; it is taken as in force"
        if item.get("kind") == "layer" and item.get("fact"):
            return f"“{self.fact_label(item)}”: the project says otherwise than the layer; the layer is taken"
        return self.words.undecided.get(message, message)


def _notice(text: Any) -> Any:
    with speaking("en"):
        return said(text) if isinstance(text, str) else text
