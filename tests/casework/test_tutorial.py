"""The examples of the tutorial and of the how-to pages print what the pages show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents import ROOT, examples, rerun, settled

PAGES = [ROOT / "docs" / "tutorial" / "first-finding.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
WITH_EXAMPLES = [page for page in PAGES if examples(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.stem)
def test_examples_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    shown, real = settled(page, tmp_path)
    assert real == shown, "run the test with GREENRULE_UPDATE_GOLDEN=1 and read what changed"


def test_the_tutorial_and_most_how_to_pages_have_examples() -> None:
    assert PAGES[0] in WITH_EXAMPLES
    assert len(WITH_EXAMPLES) >= 5


def test_a_wrong_output_is_noticed(tmp_path: Path) -> None:
    page = "<!-- run -->\n```console\n$ echo one\ntwo\n```\n\n<!-- python -->\n```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    assert rerun(page, tmp_path) == page.replace("two", "one").replace("\n3\n", "\n2\n")
