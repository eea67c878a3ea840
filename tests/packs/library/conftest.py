"""The library of the packs that come with the software, made once."""

from __future__ import annotations

import pytest

from greenrule.packs.compiled import load_law
from greenrule.packs.library.pages import Library
from greenrule.packs.library.shelf import Shelf


@pytest.fixture(scope="session")
def library() -> Library:
    return Library(Shelf.of(load_law()))
