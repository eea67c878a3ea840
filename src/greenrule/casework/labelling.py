"""Labels inside plain data in English: one walk over what a door gives out, by the ids and keys that stand there.

A record that names a rule or a fact gets its English from the packs; under a key that holds labels a closed set of Chinese words is
looked up, under one that holds sentences they are recognised (`core.retelling`).  Names of places, projects and people, citations and
free text are left alone, and so is what has no English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from greenrule.casework.questioning import question_in_english, unit_label
from greenrule.core.retelling import CHINESE, fault_in_english, retold
from greenrule.core.tongue import amount, unit_words, words
from greenrule.packs.book import Law
from greenrule.packs.english import english_sentence, english_words
from greenrule.packs.translated import chinese, texts_beside
from greenrule.rules.english import EnglishSentence

#: Keys whose text, list of texts or table of texts is words of a closed set.
_LABELS = frozenset((
    "label", "possible", "states", "events", "decisions", "opinions", "grades", "colours", "occasions", "notices", "sorts",
    "levels", "roles", "columns", "published", "before", "after", "readings",
))  # fmt: skip
#: Keys whose text, or list of texts, is told by the program or the packs: a closed set of texts and sentences made of them.
_TOLD = frozenset((
    "title", "why", "what", "note", "notes", "notices", "duties", "demand", "stage", "grade", "indicator", "output", "departments", "lead",
    "places", "asks", "gained", "lost", "source", "detail", "decision",
))  # fmt: skip
#: What somebody wrote, and shapes.
_KEPT = frozenset(("project", "geometry"))


def in_english(data: Any, law: Law) -> Any:
    """The same data with English labels; nothing else of it changes, and `data` itself does not."""
    return _Walk(law).of(data)


def _phrases(law: Law) -> Mapping[str, str]:
    """Chinese label → English: facts, decisions and their values, vocabularies, groups, and the program's own words."""
    found = english_words(law)
    book = law.book
    out: dict[str, str] = {}
    for spec in book.facts.values():
        out.setdefault(spec.zh, spec.en)
    for name, (label, values) in found.decisions.items():
        if name in book.decisions:
            out[book.decisions[name].zh] = label
            for code, zh in book.decisions[name].values:
                out.setdefault(zh, values.get(code, zh))
    for name, labels in found.vocabularies.items():
        if name in book.vocabularies:
            for code, zh in book.vocabularies[name].labels.items():
                out.setdefault(zh, labels.get(code, zh))
    for name, (zh, _) in law.groups.items():
        out.setdefault(zh, found.groups.get(name, zh))
    english = english_sentence(law)
    for rule in book.rules.values():
        out.setdefault(rule.title, english.title(rule))
    out.update(found.beside["departments"])
    for limit, zh in chinese(law)["filings"]["limits"].items():
        out[zh] = found.filing_limits.get(limit, zh)
    out.update(texts_beside(law, ("tasks", "targets", "limit_notes")))
    return {**out, **words()}


def _progress(number: int, at_most: int | None) -> str:
    if at_most is None:
        return f"Question {number}"
    return f"Question {number}, " + (f"at most {at_most} more" if at_most else "the last one")


class _Held:
    """A law as a key of a cache: the same versions are the same law."""

    def __init__(self, law: Law) -> None:
        self.law = law

    def __hash__(self) -> int:
        return hash(tuple(self.law.versions.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.law.versions == other.law.versions


@lru_cache(maxsize=4)
def _book_of(held: _Held) -> tuple[Mapping[str, str], EnglishSentence]:
    return _phrases(held.law), english_sentence(held.law)


class _Walk:
    def __init__(self, law: Law) -> None:
        self.law = law
        self.phrases, self.english = _book_of(_Held(law))

    def of(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            return self.record(data)
        if isinstance(data, list | tuple):
            return [self.of(item) for item in data]
        return data

    def record(self, data: Mapping[str, Any]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in data.items():
            if key in _KEPT:
                out[key] = value
            elif key in _LABELS or key.endswith("_label"):
                out[key] = self.label(value)
            elif key == "words" and isinstance(value, Mapping):  # column → code → label
                out[key] = {name: self.label(item) for name, item in value.items()}
            elif key in _TOLD and isinstance(value, str):
                out[key] = self.told(value)
            elif key in _TOLD and isinstance(value, list) and all(isinstance(item, str) for item in value):
                out[key] = [self.told(item) for item in value]
            else:
                out[key] = self.of(value)
        rule = self.law.book.rules.get(str(data.get("rule") or "")) or (
            self.law.book.rules.get(str(data.get("id") or "")) if "strength" in data and "effects" in data else None
        )
        if rule is not None and isinstance(data.get("title"), str):
            out["title"] = self.english.title(rule)
            if "sentence" in data:
                out["sentence"] = self.english.rule(rule)
            if "then" in data:
                out["then"] = self.english.then(rule)
        spec = self.law.book.facts.get(str(data.get("fact") or (data.get("id") if "question" in data else "") or ""))
        if spec is not None:
            if "label" in data:
                out["label"] = spec.en or spec.zh
            if data.get("question"):
                out["question"] = question_in_english(self.law, spec)
            if isinstance(data.get("units"), list):
                out["unit_labels"] = [unit_label(str(unit)) for unit in data["units"]]
            elif isinstance(data.get("unit"), str):  # as it is written in a project, and as it is read
                out["unit_label"] = unit_label(data["unit"])
        if data.get("sort") in ("fact", "checklist", "place") and isinstance(data.get("number"), int):
            out["title"] = self.text(str(data.get("title")))
            out["progress"] = _progress(data["number"], data.get("at_most"))
        if isinstance(data.get("code"), str) and isinstance(data.get("message"), str):
            out = fault_in_english(out, self.phrases)
        if "indicator" in data and isinstance(data.get("unit"), str):
            out["unit"] = unit_words(data["unit"])[0] if unit_words(data["unit"])[1] == 1 else data["unit"]
        if isinstance(data.get("leads_to"), list):
            out["leads_to"] = [{**item, "value": self.text(str(item.get("value"))), "possible": self.label(item.get("possible"))}
                               for item in data["leads_to"]]  # fmt: skip
        return out

    def label(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            table = all(isinstance(item, str) for item in value.values())
            return {key: self.text(item) for key, item in value.items()} if table else self.record(value)
        if isinstance(value, list | tuple):
            return [self.label(item) for item in value]
        return value

    def text(self, value: str) -> str:
        if value in self.phrases:
            return self.phrases[value]
        parts = value.split("、")
        if len(parts) > 1 and all(part in self.phrases for part in parts):
            return ", ".join(self.phrases[part] for part in parts)
        return retold(value, self.phrases) or amount(value)

    def told(self, value: str) -> str:
        """A text of the program or the packs; what a person wrote is none and stays."""
        if not CHINESE.search(value):
            return value
        return self.phrases.get(value) or retold(value, self.phrases) or value
