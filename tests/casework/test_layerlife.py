"""The keeper's desk: gates before publication, what a new version changes and touches, export that reads back, dues."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from greenrule.casework.layerlife import compare, due, gate_report, history, take, touched, version_of
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.cli.main import main
from greenrule.core.errors import InputFault
from greenrule.spatial.frame import Frame
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_law

START = date(2024, 4, 1)
COUNTIES = Frame(
    np.array([shapely.box(112, 37, 113, 38)], dtype=object), {"code": ["140100"], "name": ["甲县"], "city": ["甲市"]}
)


def units(
    border: float = 112.5,
    codes: tuple[str, str] = ("ZH14010010001", "ZH14010020001"),
    classes: tuple[str | None, ...] = ("priority", "key"),
    east: float = 113.0,
) -> Frame:
    shapes = [shapely.box(112, 37, border, 38), shapely.box(border, 37, east, 38)]
    return Frame(np.array(shapes, dtype=object), {"code": list(codes), "name": ["一", "二"], "class": list(classes)})


def put(workspace: Workspace, frame: Frame, day: date, kind: str = "control_unit", **more):
    return workspace.import_frame(
        kind, frame, title=kind, source="某局", accuracy_m=1.0, complete=True, valid_from=START, recorded=day, **more
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = Workspace.create(tmp_path / "ws")
    put(found, COUNTIES, START, "county")
    put(found, units(), START)
    return found


def test_a_new_scheme_from_draft_to_publication(workspace: Workspace) -> None:
    draft = put(workspace, units(112.6), START + timedelta(1), draft=True)
    assert take(workspace, draft, "已备案", who="甲局", day=START + timedelta(2), paper="备案一号")[0].state == "filed"
    done = take(workspace, draft, "已发布", who="甲市政府", day=START + timedelta(3), paper="政发二号")
    assert [(step.version, step.state) for step in done] == [(draft.seq, "published"), (2, "superseded")]
    assert [row["state"] for row in history(workspace, "control_unit")] == ["superseded", "published"]
    assert workspace.layers(START, START + timedelta(3))["control_unit"].seq == draft.seq
    assert workspace.layers(START, START + timedelta(2))["control_unit"].seq == 2


@pytest.mark.parametrize(
    ("frame", "checks"),
    [
        (units(east=112.9), {"county"}),
        (units(codes=("ZH14010010001", "ZH14990020001")), {"orphan", "county"}),
        (units(classes=("priority", None)), {"null", "words", "count"}),
        (units(classes=("priority", "priority")), {"class", "count"}),
        (Frame(np.array([*units().geometry, shapely.box(112, 37, 112.1, 37.1)], dtype=object), {"code": ["ZH14010010001", "ZH14010020001", "ZH14010030001"], "name": ["一", "二", "三"], "class": ["priority", "key", "general"]}), {"overlap", "count", "county"}),
        (Frame(np.array([shapely.box(112, 37, 113, 37.99999), shapely.box(112, 37.99999, 113, 38)], dtype=object), {"code": ["ZH14010010001", "ZH14010020001"], "name": ["一", "二"], "class": ["priority", "key"]}), set()),
    ],
)  # fmt: skip
def test_gates_name_what_is_wrong(workspace: Workspace, frame: Frame, checks: set[str]) -> None:
    draft = put(workspace, frame, START + timedelta(1), draft=True)
    report = gate_report(workspace, draft)
    assert checks <= {finding.check for finding in report.findings}
    if report.errors:
        take(workspace, draft, "filed", who="甲局", day=START + timedelta(2), paper="一号")
        with pytest.raises(InputFault) as caught:
            take(workspace, draft, "published", who="甲局", day=START + timedelta(3), paper="二号")
        assert {fault.code for fault in caught.value.faults} == {"LAY021"}
        assert workspace.layers()["control_unit"].seq == 2


def test_slivers_are_questioned(workspace: Workspace) -> None:
    thin = shapely.box(112, 37.9999995, 113, 38)
    frame = Frame(
        np.array([shapely.box(112, 37, 113, 37.9999995), thin], dtype=object),
        {"code": ["ZH14010010001", "ZH14010020001"], "name": ["一", "二"], "class": ["priority", "key"]},
    )
    report = gate_report(workspace, put(workspace, frame, START + timedelta(1), draft=True))
    assert {finding.features for finding in report.findings if finding.check == "sliver"} == {("ZH14010020001",)}


def test_stored_findings_on_changed_land_are_found(workspace: Workspace) -> None:
    screener = Screener(shared_law(), workspace)
    saved = {}
    for name, lon in (("东", 112.55), ("西", 112.2)):
        project = project_from(
            {
                "name": name,
                "on": "2024-05-01",
                "industry": "2521",
                "nature": "new",
                "location": {"crs": "cgcs2000", "point": [lon, 37.5]},
            },
            screener.law,
        )
        saved[name] = workspace.save_finding(screener.screen(project))
    draft = put(workspace, units(112.6), START + timedelta(1), draft=True)
    diff = compare(workspace, version_of(workspace, "control_unit"), draft)
    assert not diff  # the latest of the kind is the draft itself
    diff = compare(workspace, version_of(workspace, "2"), draft)
    assert diff.areas().keys() == {("key", "priority")}
    assert [item.finding for item in touched(workspace, diff)] == [saved["东"]]


def test_the_regular_adjustment_falls_due_after_five_years(workspace: Workspace) -> None:
    rows = due(workspace, shared_law(), date(2026, 11, 21))
    assert [(row["due"], row["days_left"], row["cite"]) for row in rows] == [("2029-04-01", 862, "sx-zoning-opinion#1")]


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "zip", "parquet"])
def test_what_is_exported_reads_back_the_same(workspace: Workspace, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"单元.{ending}"
    found = CliRunner().invoke(main, ["layer", "export", "2", str(out), "-w", str(workspace.path)])
    assert found.exit_code == 0, found.output
    if ending == "parquet":
        return
    again = CliRunner().invoke(
        main, ["layer", "import", "control_unit", str(out), "-w", str(workspace.path), "--draft", "--format", "json"]
    )
    assert again.exit_code == 0, again.output
    version = json.loads(again.stdout)["version"]
    answer = CliRunner().invoke(
        main, ["layer", "diff", "2", str(version["seq"]), "-w", str(workspace.path), "--format", "json"]
    )
    plain = json.loads(answer.stdout)
    assert (plain["added"], plain["removed"], plain["moved"], plain["areas"]) == ([], [], [], [])


def test_the_list_is_a_workbook_with_chinese_headings(workspace: Workspace, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    out = tmp_path / "清单.xlsx"
    found = CliRunner().invoke(main, ["layer", "export", "2", str(out), "-w", str(workspace.path)])
    assert found.exit_code == 0, found.output
    rows = list(load_workbook(out).active.iter_rows(values_only=True))
    assert rows[1][:3] == ("管控单元编码", "管控单元名称", "管控单元分类")
    assert rows[2][:2] == ("ZH14010010001", "一")


def test_a_text_a_shapefile_would_cut_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    frame = units()
    frame.columns["spatial_constraint"] = ["约" * 200, ""]
    version = put(workspace, frame, START + timedelta(1), draft=True)
    found = CliRunner().invoke(
        main, ["layer", "export", str(version.seq), str(tmp_path / "u.zip"), "-w", str(workspace.path)]
    )
    assert found.exit_code == 2
    assert found.stderr.startswith("G061")
    assert list(tmp_path.glob("u*")) == []


def test_versions_that_are_not_there(workspace: Workspace) -> None:
    with pytest.raises(InputFault) as caught:
        version_of(workspace, "control_units")
    assert caught.value.faults[0].code == "W033"
    assert "control_unit" in caught.value.faults[0].help
