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
