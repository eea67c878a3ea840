"""Questions and values of facts in English, by one pattern per kind of fact, from the label, the unit and the vocabulary."""

from __future__ import annotations

from typing import Any

from greenrule.core.tongue import amount, unit_words
from greenrule.packs.book import Law
from greenrule.packs.english import english_words
from greenrule.rules.book import FactSpec
from greenrule.rules.english import INDUSTRIES

_PATTERNS = {
    "truth": "Does this hold for the project: {label}?",
    "quantity": "How much: {label}{unit}? Where there is none, 0.",
    "number": "How much: {label}{unit}?",
    "category": "Which one: {label}?",
    "set": "Which of these: {label}? Several may be chosen.",
    "date": "On which day: {label}?",
    "code": "Which one: {label}?",
}


def question_in_english(law: Law, spec: FactSpec) -> str:
    """The question for a fact.

    >>> from greenrule.packs.compiled import load_law
    >>> law = load_law()
    >>> question_in_english(law, law.book.facts["process.electroplating"])
    'Does this hold for the project: electroplating (incl. chemical plating, anodising)?'
    """
    if spec.id == "industry":
        return "Which industries of GB/T 4754-2017 does the project belong to (code or Chinese name)?"
    unit = f" ({unit_label(spec.unit)})" if spec.unit else ""
    return _PATTERNS[spec.kind.form].format(label=spec.en or spec.zh, unit=unit)


def unit_label(unit: str) -> str:
    """A unit to choose from.

    >>> unit_label("万吨/年"), unit_label("吨/年")
    ('10,000 t/year', 't/year')
    """
    name, factor = unit_words(unit)
    return name if factor == 1 else f"{factor:,} {name}"


def label_in_english(law: Law, name: str, value: Any) -> str:
    """A value in words: yes, no, a category's label, an amount."""
    spec = law.book.facts[name]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if spec.kind.vocab:
        words = english_words(law).vocabularies.get(spec.kind.vocab, {})
        labels = law.book.vocabularies[spec.kind.vocab].labels
        codes = [value] if isinstance(value, str) else sorted(value)
        told = [(code, words.get(code) or labels.get(code, code)) for code in codes]
        coded = spec.kind.vocab == INDUSTRIES or spec.kind.vocab not in english_words(law).vocabularies
        return ", ".join(f"{name} ({code})" if coded else name for code, name in told)
    return amount(str(value))
