"""A report has a Chinese word for every code that the packs and the language can put into a finding."""

from __future__ import annotations

import pytest

from greenrule.casework import report_words as words
from greenrule.casework.layerimport import layer_kinds
from greenrule.packs.book import load_book
from greenrule.rules.items import STRENGTHS, VERBS

BOOK = load_book().book


@pytest.mark.parametrize("decision", sorted(words.VALUE_BY_DECISION))
def test_every_value_of_a_decision_has_its_word(decision: str) -> None:
    values = {value for value, _ in BOOK.decisions[decision].values}
    assert values
    assert values <= set(words.VALUE_BY_DECISION[decision])


def test_every_decision_effect_strength_and_layer_has_its_word() -> None:
    assert set(BOOK.decisions) <= set(words.ABOUT)
    assert set(words.EFFECT) == set(VERBS)
    assert set(words.STRENGTH) == set(STRENGTHS)
    assert set(layer_kinds()) <= set(words.LAYER)
    assert set(words.NATURE) == set(BOOK.vocabularies["nature"].labels)
    assert set(words.ZONE_CLASS) == set(BOOK.vocabularies["unit_class"].labels)
