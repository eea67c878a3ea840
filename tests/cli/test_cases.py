"""`greenrule pack cases` as the user types it."""

from __future__ import annotations

import json

from tests.cli.workspace import run


def test_a_table_by_clause_and_what_has_no_case() -> None:
    """Counts for people, reasons on request, all of it as JSON."""
    result = run("pack", "cases", "--only", "m24-02")
    assert result.exit_code == 0
    assert "第（二）条" in result.output
    assert "不符 0" in result.output
    beyond = run("pack", "cases", "--only", "m24-02", "--beyond").output
    assert "! m24-02-a-zone  适用“跨市小规模煤矿由牵头市办理”：成立而决定 | 证明不能" in beyond
    found = json.loads(run("pack", "cases", "--only", "m24-02", "--format", "json").output)
    assert found["cases"] == sum(row["cases"] for row in found["clauses"]) > 20
    assert found["goals"] == found["shown"] + found["impossible"] + found["undecided"]
    assert {item["proved"] for item in found["beyond"]} == {True}


def test_files_that_are_current_have_no_difference() -> None:
    """The exit code says it too."""
    result = run("pack", "cases", "--diff", "--only", "m24-01-a", "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.output) == {"rules": 1, "added": 0, "removed": 0, "diff": []}


def test_options_that_do_not_go_together_and_rules_that_are_not_there() -> None:
    """Each says what to do instead."""
    assert run("pack", "cases", "--diff", "--generate").exit_code == 2
    assert run("pack", "cases", "--fresh").exit_code == 2
    result = run("pack", "cases", "--only", "m42-")
    assert result.exit_code == 2
    assert "C038" in result.stderr
