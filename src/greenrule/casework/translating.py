"""A finding in English: the labels, titles, sentences and questions of its Chinese JSON, by the ids that stand beside them.

The finding itself is Chinese, sealed, and stays so: this is a reading of it.  What somebody wrote (names, places, access lists of
units) and the numbers of documents stay Chinese; so does what has no English, and what the finding says otherwise than the packs whose
English is read: English that says more or less than the finding would be worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from greenrule.casework.questioning import question_in_english
from greenrule.core.retelling import retold
from greenrule.core.tongue import amount, said, speaking, unit_words, words
from greenrule.packs.book import Law
from greenrule.packs.clause_labels import clause_in_english
from greenrule.packs.english import english_sentence
from greenrule.rules.book import Transition
from greenrule.rules.english import INDUSTRIES, EnglishSentence


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
        for key in ("eia", "permit", "approver", "quota"):
            if part := finding.get(key):
                out[key] = self.cited(part)
        if quota := finding.get("quota"):
            out["quota"] |= {
                "sources": [self.by_text(item) for item in quota.get("sources") or ()],
                "needed": [self.needed(item) for item in quota.get("needed") or ()],
            }
        if approver := finding.get("approver"):
            lead = {rule.then: self.english.then(rule) for rule in self.book.rules.values()}
            out["approver"]["lead_rule"] = [lead.get(text, text) for text in approver.get("lead_rule") or ()]
        if site := finding.get("site"):
            out["site"] = {**site, "notes": [self.again(note) for note in site.get("notes") or ()]}
        names = self.words.vocabularies.get(INDUSTRIES, {})
        out["industries"] = [
            {**item, "name": names.get(str(item.get("code")), item.get("name"))}
            for item in finding.get("industries") or ()
        ]
        out["missing"] = [self.missing(item) for item in finding.get("missing") or ()]
        out["turns"] = [self.turn(item) for item in finding.get("turns") or ()]
        out["boundaries"] = [{**item, "label": self.fact_label(item)} for item in finding.get("boundaries") or ()]
        out["conflicts"] = [self.conflict(item) for item in finding.get("conflicts") or ()]
        out["notices"] = [_notice(text) for text in finding.get("notices") or ()]
        out["doubts"] = [{**item, "message": self.doubt(item)} for item in finding.get("doubts") or ()]
        return out

    def cited(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A part of a finding with its citations in English."""
        return {**item, "cites": [self.cite(one) for one in item["cites"]]} if item.get("cites") else dict(item)

    def cite(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A citation: titles in English with the Chinese kept beside, the clause by its English name; numbers of documents as they are."""
        out = dict(item)
        for key, name in (("title", "instrument"), ("superseded_by_title", "superseded_by")):
            if item.get(key) and (told := self.words.instruments.get(str(item.get(name)))):
                out |= {key: told, f"{key}_zh": item[key]}
        if item.get("clause_label"):
            out["clause_label"] = clause_in_english(str(item["clause_label"]))
        return out

    def reason(self, item: Mapping[str, Any]) -> dict[str, Any]:
        rule = self.book.rules.get(item.get("rule") or "")
        out = self.cited({**item, "facts": [self.fact(one) for one in item.get("facts") or ()]})
        if rule is None:
            return out
        if item.get("title") == rule.title:
            out["title"] = self.english.title(rule)
        if item.get("then") == rule.then:
            out["then"] = self.english.then(rule)
            out["sentence"] = self.english.rule(rule)
        out["due"] = self.due(item.get("due"))
        if rule.notes and item.get("note") == "；".join(rule.notes):
            out["note"] = self.english.note(rule) or item["note"]
        return out

    def told(self, item: Mapping[str, Any]) -> dict[str, Any]:
        rule = self.book.rules.get(item.get("rule") or "")
        out = self.cited(item)
        if rule is None:
            return out
        if item.get("title") == rule.title:
            out["title"] = self.english.title(rule)
        if item.get("text") == rule.then:
            out["text"] = self.english.then(rule)
        return {**out, "due": self.due(item.get("due"))}

    def by_text(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A source of quotas, which carries its rule's consequence and citations but no id."""
        for rule in self.book.rules.values():
            if rule.then == item.get("text"):
                return {**self.cited(item), "text": self.english.then(rule)}
        return self.cited(item)

    def needed(self, item: Mapping[str, Any]) -> dict[str, Any]:
        text = item.get("amount")
        return {**item, "amount": amount(text) if isinstance(text, str) else text}

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
        if spec is not None and spec.kind.vocab == INDUSTRIES:  # a report names the class of each code
            return value
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
        name, topic = str(item.get("id") or ""), item.get("topic") or ""
        out = {**item, "topic": self.words.conflicts.get(name, named.get(topic, topic))}
        now = next((one for one in self.law.conflicts if str(one["id"]) == name), {})
        texts = self.words.beside.get("conflict_texts", {}).get(name, {})
        for key in ("differ", "reason"):
            text = item.get(key)
            if text and text == now.get(key):
                out[key] = texts.get(key, text)
            elif text:
                out[key] = self.again(text)
        return out

    def doubt(self, item: Mapping[str, Any]) -> str:
        """A doubt: an open text or list of the packs, two editions that meet, or what the program found at the site."""
        message = str(item.get("message") or "")
        if message in self.words.undecided:
            return self.words.undecided[message]
        if found := _OPEN_LIST.match(message):
            return self.open_list(found[1], found[2])
        for turn in self.book.transitions:
            if message.startswith(f"{turn.zh}："):
                return self.transition(turn, message)
        return self.again(message)

    def open_list(self, title: str, why: str) -> str:
        """What a list leaves open."""
        listed = next((one for one in self.book.lists.values() if one.title == title), None)
        told = self.words.lists.get(listed.id, title) if listed else title
        if listed and listed.note == why:
            why = self.words.beside.get("list_notes", {}).get(listed.id, why)
        return f"The list “{told}” is not settled: {self.again(why)}"

    def transition(self, turn: Transition, message: str) -> str:
        """Which edition governs: its name, the day of the project's event, and what the packs say of it."""
        texts = self.words.beside.get("transitions", {}).get(turn.id, {})
        _, when, governs = [
            *message.removeprefix(turn.zh).split("；", 1)[0].partition("："),
            message.partition("；")[2],
        ][-3:]
        told = {text: texts.get(key, text) for key in ("note", "reason", "missing") if (text := getattr(turn, key))}
        why = told.get(governs) or retold(governs, told)
        return f"{texts.get('label', turn.zh)}: {self.again(when)}; {why or governs}"

    def again(self, text: str) -> str:
        """A sentence of the program told again; as it is where that cannot be."""
        return words().get(text) or retold(text, self.labels) or text

    @cached_property
    def labels(self) -> dict[str, str]:
        """Chinese → English of what stands in sentences of the program: facts, decisions and their values, what differs by datum."""
        found = {spec.zh: spec.en for spec in self.book.facts.values() if spec.en}
        found |= {spec.zh: self.english.decision(spec.id) for spec in self.book.decisions.values()}
        return found | {"结论": "result", "所在的管控单元": "control units touched", "无": "none"}


def _notice(text: Any) -> Any:
    with speaking("en"):
        return said(text) if isinstance(text, str) else text
