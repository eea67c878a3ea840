"""Whole projects of the packs get the findings that their authors expect, reasons included."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.casework.findingcases import check_file
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
