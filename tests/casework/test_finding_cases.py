"""Whole projects of the packs get the findings that their authors expect, reasons included."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.casework.findingcases import check_file, finding_cases
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.packs.book import default_packs
from greenrule.packs.compiled import load_law

FILES = sorted(path for folder in default_packs() for path in folder.glob("cases/findings/*.yaml"))


@pytest.fixture(scope="module")
def screener() -> Screener:
    """Over the packs, without a workspace: site facts are given by hand."""
    return Screener(load_law())


def test_there_are_whole_cases():
    """An empty folder must not pass."""
    assert len(FILES) >= 11


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_finding_is_as_expected(path: Path, screener: Screener):
    """Decisions, rules that hold, rules that must not, facts asked for."""
    assert [str(fault) for fault in check_file(path, screener)] == []


def test_every_conflict_of_rules_is_told_with_its_precedence(screener: Screener):
    """Each entry of conflicts.yaml that is between rules has a project whose finding tells it, as certain, the way it is written."""
    cases = finding_cases(next(path for path in FILES if path.name == "conflicts.yaml"))
    wanted = {item["id"]: item for item in screener.law.conflicts if item["rules"]}
    assert len(wanted) >= 24
    assert set(cases) == set(wanted)
    for name, (raw, _) in cases.items():
        assert name in raw["expect"]["conflicts"], name
        project = {key: value for key, value in raw.items() if key != "expect"}
        told = {
            item["id"]: item
            for item in screener.screen(project_from(project, screener.law))["conflicts"]
            if "id" in item
        }
        assert told[name]["certain"], name
        assert told[name]["resolved_by"] == wanted[name]["resolved_by"]
        assert told[name]["prefer"] == wanted[name]["prefer"]


def test_conflicts_outside_projects_stand_in_the_register_only(screener: Screener):
    """How violations are punished, which lorries go first, which counties were named: no finding can show them."""
    law = screener.law
    others = {item["id"]: item["clauses"] for item in law.conflicts if not item["rules"]}

    assert set(others) == {"leniency", "lorry-standards", "demonstration-counties"}
    assert all(law.instruments.find(cite)[1] is not None for clauses in others.values() for cite in clauses)
