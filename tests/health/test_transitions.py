"""Every instrument whose rules can decide a case says what happens to cases of before, or why that need not be said."""

from __future__ import annotations

from datetime import date

import pytest

from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.core.errors import InputFault
from greenrule.rules.clocks import standing
from tests.cli.workspace import shared_law

#: What follows from another decision has its transition there; what is asked of anybody at any time has none.
_FOLLOWS = {("cn-eia-catalogue-2021", "approver")}
_ALWAYS = {"obligations", "support", "quota.source"}
ON = date(2026, 11, 21)


def test_every_instrument_that_decides_cases_has_its_transition():
    """By instrument and decision, over all rules; and no transition is declared for nothing."""
    law = shared_law()
    ruled = {
        (rule.cites[0].partition("#")[0], effect.decision)
        for rule in law.book.rules.values() for effect in rule.effects if effect.decision not in _ALWAYS
    }  # fmt: skip
    declared = {(item.to, decision) for item in law.book.transitions for decision in item.decisions}

    assert len(ruled) >= 20
    assert ruled - declared - _FOLLOWS == set()
    assert {item.id for item in law.book.transitions if item.decisions and not item.rules} == set()


def test_nothing_is_settled_without_a_clause_that_was_seen():
    """What is decided cites; what is not has a reason, in Chinese."""
    law = shared_law()
    assert [item.id for item in law.book.transitions if item.before != "undecided"] == ["permit-catalogue-2019"]
    for item in law.book.transitions:
        assert item.before == "undecided" or item.cite, item.id
        assert item.before != "undecided" or any("\u4e00" <= char <= "\u9fff" for char in item.reason or ""), item.id
        assert item.rules or not item.decisions, item.id


@pytest.mark.parametrize(
    ("accepted", "form", "told"),
    [("2021-01-01", "book", 7), ("2020-12-31", "undetermined", 8), ("2026-11-01", "book", 0), (None, "book", 0)],
)
def test_a_case_accepted_before_an_edition(accepted, form, told):
    """The catalogue of 2021 governs what was accepted from its first day on; of earlier cases nobody has seen the rule."""
    screener = Screener(shared_law())
    facts = {
        "coking.independent": True,
        "capacity": "106 万吨/年",
        **({"case.accepted_on": accepted} if accepted else {}),
    }
    raw = {"name": "甲", "industry": "2521", "nature": "new", "on": ON.isoformat(), "facts": facts}
    finding = screener.screen(project_from(raw, screener.law))
    remarks = [item["message"] for item in finding["doubts"] if item["message"].count("早于")]

    assert finding["eia"]["catalogue_form"] == form
    assert len(remarks) == told
    assert len(set(remarks)) == told


def test_existing_dischargers_keep_their_class_and_are_told_of_their_time_limit():
    """Article 4 of the permit catalogue: the class is the same, the time limit is another."""
    screener = Screener(shared_law())
    plain = {"name": "甲", "industry": "2521", "nature": "new", "on": ON.isoformat(), "facts": {}}
    old = {**plain, "facts": {"production.started_on": "2015-05-01"}}
    before, after = (screener.screen(project_from(raw, screener.law)) for raw in (plain, old))

    assert before["permit"] == after["permit"]
    assert any("实施时限" in item["message"] for item in after["doubts"])
    assert not any("实施时限" in item["message"] for item in before["doubts"])


def test_a_day_that_is_said_to_be_unknown_is_asked_for():
    """It may lie before the change: the rules wait for it."""
    screener = Screener(shared_law())
    raw = {
        "name": "甲",
        "industry": "2521",
        "nature": "new",
        "on": ON.isoformat(),
        "facts": {"case.accepted_on": "未知"},
    }
    finding = screener.screen(project_from(raw, screener.law))

    assert "case.accepted_on" in {item["fact"] for item in finding["missing"]}
    assert finding["eia"]["catalogue_form"] == "undetermined"


def test_the_law_of_the_day_is_the_book_itself():
    """Asked of the real packs without a known day and without a stated day, nothing is rewritten."""
    book = shared_law().book
    assert standing(book, ON) is book


def test_a_standard_governs_by_the_day_of_the_data():
    """Editions and phases of GB 3095; a period on which two meet is never mixed."""
    register = shared_law().instruments
    asked = {
        (date(2025, 1, 1), date(2025, 12, 31)): ("gb-3095-2012", None),
        (date(2026, 3, 1), date(2026, 3, 31)): ("gb-3095-2026", "transition"),
        (date(2031, 1, 1), date(2031, 12, 31)): ("gb-3095-2026", "final"),
        (date(2026, 1, 1), date(2026, 12, 31)): (None, None),
        (date(2030, 12, 31), date(2031, 1, 1)): (None, None),
    }
    for (first, last), wanted in asked.items():
        found = register.governing("gb-3095-2012", first, last)
        assert (found.instrument, found.phase.id if found.phase else None) == wanted
        assert bool(found.reason) == (wanted[0] is None)
    assert (
        register.governing("gb-3095-2012", date(2027, 1, 1), date(2027, 1, 1), known=date(2026, 2, 11)).instrument
        == "gb-3095-2012"
    )
    with pytest.raises(InputFault):
        register.governing("gb-3095", ON, ON)
