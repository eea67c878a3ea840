"""Tasks, targets and coverage as the user asks for them."""

from __future__ import annotations

import json

from tests.cli.workspace import run


def test_tasks_of_a_department_before_a_day() -> None:
    result = run("task", "--department", "省交通厅", "--due-before", "2025-01-01")
    assert result.exit_code == 0
    assert "t-air-24" in result.output
    assert "晋政发〔2024〕7号任务24" in result.output
    assert "共 1 项" in result.output


def test_a_task_without_a_date_is_never_due() -> None:
    all_of_them = json.loads(run("task", "--format", "json").output)["tasks"]
    due = json.loads(run("task", "--format", "json", "--due-before", "2100-01-01").output)["tasks"]
    assert {item["id"] for item in due} == {item["id"] for item in all_of_them if item["deadline"]}
    assert 0 < len(due) < len(all_of_them)


def test_targets_of_a_city() -> None:
    found = json.loads(run("target", "--place", "太原市", "--format", "json").output)["targets"]
    concentration = [item for item in found if item["indicator"] == "PM2.5年均浓度"]
    assert [(item["operator"], item["value"], item["unit"]) for item in concentration] == [("<=", "38", "μg/m3")]
    assert all("太原市" in item["places"] for item in found)


def test_names_that_do_not_exist() -> None:
    for words, code in ((("target", "--place", "太原城"), "P070"), (("task", "--instrument", "sx-none"), "P023")):
        result = run(*words)
        assert result.exit_code == 2
        assert code in result.stderr


def test_coverage_table() -> None:
    result = run("pack", "coverage", "--format", "json")
    assert result.exit_code == 0
    told = json.loads(result.output)
    assert len(told["instruments"]) == 5
    assert told["unmapped"] == []
    assert "合计\t281" in run("pack", "coverage").output


def test_an_unmapped_clause_fails_the_command(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import shutil

    from greenrule.packs.book import default_packs

    nation, province = default_packs()
    shutil.copytree(province, tmp_path / "cn-shanxi", ignore=shutil.ignore_patterns("cases"))
    path = tmp_path / "cn-shanxi" / "coverage.yaml"
    text = path.read_text(encoding="utf-8")
    reason = next(line for line in text.splitlines() if line.startswith("      reason:"))
    path.write_text(
        text.replace(reason + "\n", "", 1).replace("'preamble':\n", "'preamble': {}\n", 1), encoding="utf-8"
    )
    result = run("pack", "coverage", "--packs", nation, "--packs", tmp_path / "cn-shanxi")
    assert result.exit_code == 1
    assert "P090" in result.output
