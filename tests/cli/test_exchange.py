"""`greenrule exchange` and `greenrule jobs`: what is printed, exit codes, a file that goes out and comes in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from greenrule.cli.main import main
from greenrule.store.workspace import Workspace
from tests.casework.test_exchange import APPLICATIONS


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def workspace(demo_workspace, tmp_path) -> Path:
    shutil.copytree(demo_workspace.path, tmp_path / "ws")
    return tmp_path / "ws"


def test_kinds_and_schemas_are_told():
    assert "zoning-units" in run("exchange", "kinds").output
    assert json.loads(run("exchange", "schema", "service-results").output)["x-sure"] is False
    told = run("exchange", "schema", "service-result")
    assert told.exit_code == 2
    assert "ADP001" in told.stderr
    assert "`service-results`" in told.stderr


def test_applications_come_in_whole_and_go_out_as_results(workspace, tmp_path):
    file = tmp_path / "办件.json"
    file.write_text(json.dumps(APPLICATIONS, ensure_ascii=False), encoding="utf-8")
    assert "2 条，合格式" in run("exchange", "check", file).output
    done = run("exchange", "import", file, "-w", workspace, "--format", "json")
    names = [item["finding"] for item in json.loads(done.output)["findings"]]
    assert [row.id for row in Workspace.open(workspace).findings()] == names
    out = tmp_path / "结果.json"
    assert run("exchange", "export", "service-results", "-w", workspace, "--out", out).exit_code == 0
    assert {item["finding"] for item in json.loads(out.read_text(encoding="utf-8"))["results"]} == set(names)
    assert run("exchange", "check", out).exit_code == 0


def test_a_wrong_file_changes_nothing(workspace, tmp_path):
    file = tmp_path / "办件.json"
    wrong = {**APPLICATIONS, "applications": [{**APPLICATIONS["applications"][0], "number": ""}]}
    file.write_text(json.dumps(wrong, ensure_ascii=False), encoding="utf-8")
    done = run("exchange", "import", file, "-w", workspace)
    assert done.exit_code == 2
    assert "applications[0].number" in done.stderr
    assert Workspace.open(workspace).findings() == []
    assert run("exchange", "import", tmp_path / "none.json", "-w", workspace).exit_code == 2
    assert run("exchange", "export", "service-applications", "-w", workspace, "--out", tmp_path / "x").exit_code == 2
