"""What would decide and what would turn it are claims: each is put to the machine again through the front door."""

from __future__ import annotations

import pytest

from greenrule.casework.changes import alternatives, shown
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.core.units import Quantity
from greenrule.packs.book import load_book

PROJECTS = [
    {"industry": "2521", "nature": "new", "facts": {"capacity": "10 万吨/年", "burns_coal": True, "industry_catalogue.class": "eliminated"}},
    {"industry": "3110", "nature": "expand", "facts": {"adds_capacity": True, "capacity": "10 万吨/年"}},
    {"industry": "4411", "nature": "new", "facts": {"burns_coal": True}},
    {"industry": "0610", "nature": "new", "facts": {"capacity": "30 万吨/年"}},
]


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(load_book())


def _asked(screener: Screener, project: dict, fact: str, value: object) -> str:
    written = str(value) if isinstance(value, Quantity) else shown(screener.law.book, screener.law.book.facts[fact], value)
    facts = {name: item for name, item in project.get("facts", {}).items() if name != fact}
    return screener.screen(project_from({**project, "on": "2026-11-21", "facts": {**facts, fact: written}}, screener.law))["decision"]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda item: item["industry"])
def test_what_would_decide_does(project, screener):
    """Every outcome named for a missing fact comes out for one of its values, and no other does."""
    finding = screener.screen(project_from({**project, "on": "2026-11-21"}, screener.law))
    machine = screener.machine(project_from({**project, "on": "2026-11-21"}, screener.law).on)
    claims = [item for item in finding["missing"] if item["would_decide"]]
    for item in claims[:3]:
        values = alternatives(machine, screener.law.book.facts[item["fact"]])
        assert {_asked(screener, project, item["fact"], value) for value in values} == set(item["would_decide"])


@pytest.mark.parametrize("project", PROJECTS, ids=lambda item: item["industry"])
def test_what_would_turn_it_does(project, screener):
    """The changed project comes out as the finding said it would."""
    finding = screener.screen(project_from({**project, "on": "2026-11-21"}, screener.law))
    for turn in finding["turns"]:
        assert turn["decision"] != finding["decision"]
        assert _asked(screener, project, turn["fact"], turn["to"]) == turn["decision"]


def test_some_claims_are_made(screener):
    """The two tests above have something to test."""
    findings = [screener.screen(project_from({**project, "on": "2026-11-21"}, screener.law)) for project in PROJECTS]

    assert sum(bool(item["would_decide"]) for finding in findings for item in finding["missing"]) > 0
    assert sum(len(finding["turns"]) for finding in findings) > 0
