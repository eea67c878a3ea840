"""The workspace and the law that the command line is driven with."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.packs.book import Law
from tests.cli.workspace import shared_demo, shared_law


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """A workspace with demonstration layers; never written to."""
    return shared_demo(tmp_path_factory)


@pytest.fixture(scope="session")
def law() -> Law:
    """The packs that come with the software, read once."""
    return shared_law()


@pytest.fixture
def quick(monkeypatch, law) -> None:
    """Commands use the law already read; only what is asked is new."""
    monkeypatch.setattr("greenrule.casework.screening.load_law", lambda *rest: law)
    monkeypatch.setattr("greenrule.packs.compiled.load_law", lambda *rest: law)
