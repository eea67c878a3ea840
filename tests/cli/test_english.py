"""The command line in English: a kept finding printed in every format, and what has one language only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from greenrule.cli.main import main
from greenrule.store.workspace import Workspace

PROJECT = "name: 某焦化项目\non: 2026-11-21\nindustry: '2521'\nnature: new\n"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A workspace, the id of a finding in it, and its digest."""
    folder = tmp_path_factory.mktemp("kept")
    workspace, project = folder / "workspace", folder / "project.yaml"
    project.write_text(PROJECT, encoding="utf-8")
    assert run("workspace", workspace).exit_code == 0
    assert run("screen", project, "-w", workspace, "--save").exit_code == 0
    (row,) = Workspace.open(workspace).findings()
    return workspace, row.id, row.digest


def test_a_kept_finding_is_printed_in_english(kept: tuple[Path, str, str], tmp_path: Path) -> None:
    workspace, name, digest = kept
    told = run("finding", "show", name, "-w", workspace, "--lang", "en").stdout
    assert "What to file, and with whom" in told
    assert "The Chinese finding is the authoritative one" in " ".join(told.split())
    assert digest in told
    assert "办理链条" in run("finding", "show", name, "-w", workspace).stdout
    for fmt in ("html", "docx"):
        out = tmp_path / f"finding.{fmt}"
        assert run("finding", "show", name, "-w", workspace, "--lang", "en", "--format", fmt, "--out", out).exit_code == 0  # fmt: skip
        assert out.stat().st_size > 10_000


def test_the_sealed_document_has_one_language(kept: tuple[Path, str, str]) -> None:
    workspace, name, _ = kept
    told = run("finding", "show", name, "-w", workspace, "--lang", "en", "--format", "json")
    assert (told.exit_code, re.match(r"\w+", told.stderr)[0]) == (2, "D012")  # type: ignore[index]


def test_papers_are_not_printed_on_the_screen(kept: tuple[Path, str, str]) -> None:
    workspace, name, _ = kept
    told = run("finding", "show", name, "-w", workspace, "--format", "pdf")
    assert (told.exit_code, told.stderr[:4]) == (2, "D010")
