"""The editions that the packs hold."""

from __future__ import annotations

import pytest

from greenrule.packs.air import load_editions
from greenrule.quality.editions import Editions


@pytest.fixture(scope="session")
def editions() -> Editions:
    return load_editions()
