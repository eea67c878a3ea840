"""`greenrule atlas` and `greenrule layers coherence` as people type them."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner

from greenrule.cli.main import main

pytestmark = pytest.mark.usefixtures("quick")
ON = ("--on", "2026-11-21")


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_one_class_in_one_county_as_a_table_and_as_json(demo) -> None:
    words = ("atlas", "-w", demo, "--within", "介休市", "--industry", "炼焦", "--assume", "符合性=是", *ON)
    shown, told = run(*words), run(*words, "--format", "json")
    assert shown.exit_code == told.exit_code == 0, shown.output + told.output
    answer = json.loads(told.stdout)
    assert answer["filters"] == {"industry": ["炼焦"], "within": ["介休市"]}
    assert answer["assumed"]["said"] == ["符合性=是"]
    assert answer["notices"] == ["演示数据（非官方）"]
    assert len(answer["cells"]) == answer["cells_total"] == answer["units"]
    for cell in answer["cells"]:
        assert f"{cell['industry']} {cell['industry_name']} × {cell['unit']}" in shown.stdout
        assert sum(part["share"] for part in cell["parts"]) == pytest.approx(1, abs=1e-5)
    assert {part["decision"] for cell in answer["cells"] for part in cell["parts"]} == {"prohibited", "undetermined"}


def test_files_are_written_whole_and_compared(demo, tmp_path) -> None:
    a, b, changes = tmp_path / "a.parquet", tmp_path / "b.parquet", tmp_path / "d.xlsx"
    common = ("atlas", "-w", demo, "--unit", "ZH14078120001", "--industry", "26", *ON)
    assert run(*common, "--out", a, "--out", tmp_path / "a.xlsx").exit_code == 0
    assert run(*common, "--assume", "符合性=是", "--nature", "扩建", "--out", b).exit_code == 0
    found = run("atlas", "--diff", a, b, "--out", changes, "--format", "json")
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    assert 0 < answer["changed"] <= answer["cells"] == 38
    assert {cause for turn in answer["turns"] for cause in turn["cause"]} == {"assumed"}
    assert "结论未变、依据改变" in run("atlas", "--diff", a, b).stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "a.xlsx", "b.parquet", "d.xlsx"]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (("--out", "图谱.csv", "--out", "图谱"), ["T010", "T010"]), (("--unit", "ZH14078120009x", "--unit", "没有"), ["T004", "T004"]),
        (("--industry", "太空采矿"), None), (("--nature", "重建"), ["T001"]), (("--decision", "obligations"), ["T001"]),
        (("--assume", "符合性", "--assume", "无此事=是"), ["T002", "J020"]), (("--within", "没有这个县"), ["N011"]),
    ],
)  # fmt: skip
def test_every_fault_is_told(demo, words, codes) -> None:
    found = run("atlas", "-w", demo, *words)
    assert found.exit_code == 2
    told = [line.split()[0] for line in found.stderr.splitlines() if not line.startswith("help:")]
    assert codes is None or told == codes
    assert found.stderr.count("help:") == len(told)


def test_without_a_workspace_or_with_another_file_it_says_so(tmp_path) -> None:
    assert run("atlas").stderr.startswith("T003")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 nothing PAR1")
    found = run("atlas", "--diff", tmp_path / "x.parquet", tmp_path / "y.parquet")
    assert (found.exit_code, found.stderr.split()[0]) == (2, "T006")
    assert run(
        "atlas", "--diff", tmp_path / "x.parquet", tmp_path / "y.parquet", "--out", "d.parquet"
    ).stderr.startswith("T010")


def test_coherence_by_either_name_of_the_group(demo, tmp_path) -> None:
    import pyogrio

    words = ("coherence", "-w", demo, "--within", "绛县", "--industry", "26", "--assume", "符合性=是", *ON)
    shown, told = run("layers", *words), run("layer", *words, "--format", "json", "--out", tmp_path / "界线.gpkg")
    assert shown.exit_code == told.exit_code == 0, shown.output + told.output
    answer = json.loads(told.stdout)
    assert answer["disagreeing"] == len(answer["pairs"]) > 0
    info, _, wkb, columns = pyogrio.raw.read(tmp_path / "界线.gpkg")
    lines = dict(zip(info["fields"], columns, strict=True))
    assert lines["unit_1"].tolist() == [pair["units"][0]["unit"] for pair in answer["pairs"]]
    assert lines["differ_m"].sum() / 1e3 == pytest.approx(answer["differing_km"], abs=0.01)
    assert {shape.geom_type for shape in shapely.from_wkb(wkb)} == {"MultiLineString"}
    for pair in answer["pairs"][:3]:
        assert f"{pair['units'][0]['unit']} " in shown.stdout
    assert "layers" not in run("--help").stdout.split()


def test_coherence_tells_its_faults(demo, tmp_path) -> None:
    assert run("layers", "coherence").stderr.startswith("T003")
    assert run("layers", "coherence", "-w", demo, "--out", tmp_path / "x.txt").stderr.startswith("G060")
    calm = run(
        "layers", "coherence", "-w", demo, "--out", tmp_path / "x.gpkg", "--within", "五台县", "--industry", "A", *ON
    )
    assert (calm.exit_code, calm.stderr.split("，")[0]) == (0, "没有结论不同的界线")
    assert list(tmp_path.iterdir()) == []
