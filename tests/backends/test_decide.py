"""How rules combine into decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from greenrule.backends.decide import Outcome, Speaker, decide
from greenrule.rules.book import DecisionSpec

FORM = DecisionSpec("form", "形式", (("none", "无"), ("registration", "登记"), ("form", "表"), ("book", "书")), {"classify": None},
                    {"exempt": "none", "simplify": None}, default="none")  # fmt: skip
NEW, OLD = date(2024, 4, 26).toordinal(), date(2022, 4, 12).toordinal()


def outcome(truths: dict[str, int], *voices: Speaker, spec: DecisionSpec = FORM) -> Outcome:
    """Decide over voices with given truths."""
    ranked = [replace(voice, rank=0 if spec.collect else spec.rank(voice.value)) for voice in voices]
    return decide(
        spec, [v for v in ranked if truths.get(v.rule) == 2], [v for v in ranked if truths.get(v.rule) == 1], {}
    )


BOOK, FORM_ = Speaker("b", "book", False, NEW), Speaker("f", "form", False, NEW)
EXEMPT = Speaker("x", "none", True, OLD)


@pytest.mark.parametrize(
    ("truths", "value", "candidates"),
    [
        ({}, "none", ("none",)),
        ({"f": 2}, "form", ("form",)),
        ({"f": 2, "b": 2}, "book", ("book",)),
        ({"f": 2, "b": 1}, None, ("form", "book")),
        ({"f": 1}, None, ("none", "form")),
        ({"b": 2, "f": 1}, "book", ("book",)),
    ],
)
def test_the_strictest_value_wins_and_only_stricter_unknowns_matter(truths, value, candidates):
    """A milder rule that may hold changes nothing."""
    found = outcome(truths, BOOK, FORM_)

    assert (found.value, found.candidates) == (value, candidates)


def test_an_exemption_replaces_and_an_unknown_exemption_leaves_both_possible():
    """The second layer."""
    assert outcome({"f": 2, "x": 2}, FORM_, EXEMPT).value == "none"
    assert outcome({"f": 2, "x": 1}, FORM_, EXEMPT).candidates == ("none", "form")


def test_of_two_replacements_the_newer_prevails_and_the_clash_is_reported():
    """晋环发〔2024〕7号 against 晋环发〔2022〕8号, for example."""
    newer, older = Speaker("n", "registration", True, NEW), Speaker("o", "none", True, OLD)
    found = outcome({"b": 2, "n": 2, "o": 2}, BOOK, newer, older)

    assert (found.value, found.clashes) == ("registration", (("n", "o"),))


def test_of_two_equally_new_replacements_the_stricter_prevails():
    """So that the order of files never matters."""
    one, two = Speaker("a", "none", True, NEW), Speaker("z", "registration", True, NEW)

    assert (
        outcome({"b": 2, "a": 2, "z": 2}, BOOK, one, two).value
        == outcome({"b": 2, "a": 2, "z": 2}, BOOK, two, one).value
        == "registration"
    )


def test_without_a_default_nothing_said_is_undetermined():
    """The approver: the catalogue of powers is not at hand."""
    spec = DecisionSpec(
        "approver", "审批", (("city", "市"), ("province", "省")), {"classify": None}, {"delegate": None}
    )

    assert outcome({}, spec=spec).word == "undetermined"
    assert outcome({"d": 2}, Speaker("d", "city", True, NEW), spec=spec).value == "city"
    assert outcome({"d": 1}, Speaker("d", "city", True, NEW), spec=spec).candidates == (None, "city")


def test_a_base_decision_is_taken_over_with_its_candidates():
    """eia.form starts from what the catalogue says."""
    spec = DecisionSpec("eia.form", "形式", FORM.values, {}, {"exempt": "none"}, base="form", default="none")
    below = Outcome("form", None, ("form", "book"))

    assert decide(spec, (), (), {"form": below}).candidates == ("form", "book")


def test_collecting_keeps_all_values_with_their_rules():
    """Routes and obligations."""
    spec = DecisionSpec("route", "方式", (), collect=True)
    found = outcome(
        {"p": 2, "q": 2, "r": 1},
        Speaker("p", "one", False, 0),
        Speaker("q", "two", False, 0),
        Speaker("r", "three", False, 0),
        spec=spec,
    )

    assert found.collected == (("one", "p"), ("two", "q"))
    assert found.open == ("r",)
