"""The front pages keep their promises: the example runs, the commands exist, the picture is there and small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents import ROOT, examples, settled

READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_example_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    shown, real = settled(page, tmp_path)
    assert real == shown, "run the test with GREENRULE_UPDATE_GOLDEN=1 and read what changed"


def test_both_pages_show_the_same_short_example() -> None:
    bodies = [[block["body"] for block in examples(page.read_text(encoding="utf-8"))] for page in READMES]
    assert bodies[0] == bodies[1]
    assert len(bodies[0]) == 1
    assert len(bodies[0][0].splitlines()) <= 12


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_page_is_one_screen_with_one_picture(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert len(pictures) == 1
    picture = ROOT / pictures[0]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size <= 300_000


def test_the_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    for page in READMES:
        named = re.findall(r"^make (\w+)", page.read_text(encoding="utf-8"), flags=re.M)
        assert named == ["demo", "test"]
        assert set(named) <= targets
