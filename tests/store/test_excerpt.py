"""What is sent of a workspace answers as the workspace does, on every day, and tells of nothing else."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely

from greenrule.core.errors import InputFault
from greenrule.spatial.frame import Frame
from greenrule.store.excerpt import answering_layers, excerpt
from greenrule.store.workspace import Workspace

DAY = date(2026, 1, 1)


def layer(workspace: Workspace, kind: str, west: float, **more) -> None:
    """One more version of a layer."""
    frame = Frame(np.array([shapely.box(west, 37, west + 1, 38)], dtype=object), {"name": [f"{kind}{west}"]})
    stated = {"title": kind, "source": "test", "accuracy_m": None, "complete": True, "valid_from": DAY, "recorded": DAY}
    workspace.import_frame(kind, frame, **{**stated, **more})


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """Two kinds; one with versions that follow each other, one corrected, one draft, one known later."""
    made = Workspace.create(tmp_path / "from")
    layer(made, "county", 110, valid_to=DAY + timedelta(100))
    layer(made, "county", 111, valid_from=DAY + timedelta(100))
    layer(made, "control_unit", 112)
    layer(made, "control_unit", 113, recorded=DAY + timedelta(5))
    layer(made, "control_unit", 114, recorded=DAY + timedelta(6), draft=True)
    layer(made, "control_unit", 115, recorded=DAY + timedelta(50))
    return made


def unpacked(workspace: Workspace, folder: Path, known: date, on: date | None = None) -> Workspace:
    """The excerpt, put together."""
    for item in excerpt(workspace, on, known, folder / "made", indexed=True):
        target = folder / "there" / item.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(item.path, target)
    return Workspace.open(folder / "there")


def test_every_day_has_the_layers_that_it_has_here(tmp_path, workspace):
    """Also for those known days before the one that was sent."""
    known = DAY + timedelta(10)
    there = unpacked(workspace, tmp_path, known)
    days = [DAY + timedelta(step) for step in (-1, 0, 5, 50, 99, 100, 500)]
    for on in days:
        assert there.layers(on, known) == workspace.layers(on, known)
        for version in there.layers(on, known).values():
            assert there.read(version).columns == workspace.read(version).columns
            assert there.index(version).exact is not None
    sent = {path.stem for path in (tmp_path / "there" / "layers").rglob("*.parquet")}
    assert sent == {v.sha256 for v in workspace.versions()[:2]} | {workspace.versions()[3].sha256}
    assert len(list((tmp_path / "there" / "indexes").iterdir())) == 3


def test_one_day_needs_fewer_layers(workspace):
    assert [v.seq for v in answering_layers(workspace, DAY + timedelta(200), DAY + timedelta(300))] == [2, 6]
    assert [v.seq for v in answering_layers(workspace, None, DAY + timedelta(300))] == [1, 2, 6]
    assert answering_layers(workspace, None, DAY - timedelta(1)) == []


def test_findings_stay_at_home(tmp_path, workspace):
    workspace.save_finding({"title": "机密项目", "decision": "allowed", "project": {"name": "机密项目"}})
    there = unpacked(workspace, tmp_path, DAY)
    assert there.findings() == []
    assert "机密项目".encode() not in (there.path / "records.sqlite").read_bytes()
    assert sorted(path.name for path in there.path.iterdir()) == [
        "indexes",
        "layers",
        "records.sqlite",
        "workspace.json",
    ]


def test_a_damaged_layer_is_not_sent(tmp_path, workspace):
    path = workspace.layer_path(workspace.versions()[2])
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InputFault) as error:
        unpacked(workspace, tmp_path, DAY)
    assert [fault.code for fault in error.value.faults] == ["W006"]
