"""`greenrule air …` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from click.testing import CliRunner

from greenrule.cli.main import main

HEAD = "station,time,pm25,pm10,so2,no2,co,o3\n"


def air(*words: object) -> tuple[int, str, str]:
    """(exit code, standard output, standard error)."""
    found = CliRunner().invoke(main, ["air", *map(str, words)], catch_exceptions=False)
    return found.exit_code, found.stdout, found.stderr


def test_a_table_gets_its_index(tmp_path: Path) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "o.csv"
    table.write_text(HEAD + "A,2026-03-01,83,126,18,46,1.3,72\n", encoding="utf-8")
    code, told, _ = air("aqi", table, "--out", out)
    assert code == 0
    assert "1 行日均值" in told
    assert pl.read_csv(out)["aqi"].to_list() == [121]
    code, told, _ = air("aqi", table, "--out", out, "--edition", "2012", "--format", "json")
    assert (code, json.loads(told)["editions"]) == (0, {"2012": 1})
    assert pl.read_csv(out)["aqi"].to_list() == [110]


def test_what_is_wrong_leaves_with_2_and_writes_nothing(tmp_path: Path) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "o.csv"
    table.write_text(HEAD + "A,2026-03-01,x,126,18,46,1.3,72\n", encoding="utf-8")
    code, _, wrong = air("aqi", table, "--out", out)
    assert (code, out.exists()) == (2, False)
    assert "A028" in wrong
    assert ":2:pm25" in wrong
    assert "help:" in wrong
    for words in (
        ("--out", tmp_path / "o.txt"),
        ("--out", out, "--edition", "1999"),
        ("--out", out, "--not-monitored", "voc"),
    ):
        table.write_text(HEAD + "A,2026-03-01,1,126,18,46,1.3,72\n", encoding="utf-8")
        code, _, wrong = air("aqi", table, *words)
        assert (code, out.exists()) == (2, False)
        assert "help:" in wrong


def test_a_workspace_from_import_to_rank(tmp_path: Path) -> None:
    workspace, table = tmp_path / "ws", tmp_path / "t.csv"
    rows = [
        f"{name},2026-04-{day:02} {hour:02}:00,{city},{pm},60,10,30,0.8,90\n"
        for name, city, pm in (("A", "甲市", 30), ("B", "乙市", 40)) for day in range(1, 31) for hour in range(1, 25)
    ]  # fmt: skip
    table.write_text("station,time,城市,pm25,pm10,so2,no2,co,o3\n" + "".join(rows), encoding="utf-8")
    assert CliRunner().invoke(main, ["workspace", str(workspace)]).exit_code == 0
    code, told, _ = air("import", table, "-w", workspace)
    assert (code, "新增 1,440 行" in told, "新站 2 个" in told) == (0, True, True)
    assert "没有变化" in air("import", table, "-w", workspace)[1]
    code, told, _ = air("evaluate", "-w", workspace, "--by", "city", "--month", "2026-04", "--format", "json")
    assert code == 0
    assert [(row["series"], row["values"]["pm25_mean"], row["edition"]) for row in json.loads(told)["rows"]] == [
        ("乙市", 40, "2026"),
        ("甲市", 30, "2026"),
    ]
    out = tmp_path / "days.csv"
    code, told, _ = air(
        "evaluate",
        "-w",
        workspace,
        "--station",
        "A",
        "--from",
        "2026-04-01",
        "--to",
        "2026-04-02",
        "--daily",
        "--out",
        out,
    )
    assert (code, pl.read_csv(out)["aqi"].to_list()) == (0, [58, 58])
    assert "PM10" in told
    code, told, _ = air("rank", "-w", workspace, "--month", "2026-04", "--out", tmp_path / "rank.xlsx")
    assert (code, "甲市" in told, "未知" in told, (tmp_path / "rank.xlsx").exists()) == (0, True, True, True)
    code, told, _ = air("stations", "-w", workspace, "--format", "json")
    assert [row["city"] for row in json.loads(told)["stations"]] == ["甲市", "乙市"]
    for words in (
        ["evaluate"],
        ["evaluate", "--month", "2026-13"],
        ["rank", "--from", "2026-04-01"],
        ["evaluate", "--year", "2020"],
    ):
        code, _, wrong = air(words[0], "-w", workspace, *words[1:])
        assert (code, "help:" in wrong) == (2, True), words
