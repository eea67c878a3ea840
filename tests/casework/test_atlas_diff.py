"""The difference of two atlases: every cell that changed, by comparing them one by one, and what moved."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pytest
import shapely

from greenrule.casework.atlas_diff import atlas_diff, diff_plain, diff_text
from greenrule.casework.atlas_diff_xlsx import diff_xlsx
from greenrule.casework.atlas_file import atlas_parquet, head, read_atlas
from greenrule.casework.unit_atlas import UnitAtlas
from greenrule.core.clock import china_today
from greenrule.core.errors import InputFault
from greenrule.spatial.frame import Frame
from greenrule.store.workspace import Workspace
from tests.casework.test_unit_atlas import DAY, asked, atlas_of


def saved(atlas: UnitAtlas, path):
    path.write_bytes(atlas_parquet(atlas, head(atlas)))
    return read_atlas(path)


def brute(one: UnitAtlas, other: UnitAtlas) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Cells that changed, by comparing them one by one."""
    out = {}
    for unit in {u.key for u in one.units} & {u.key for u in other.units}:
        for code in set(one.classes) & set(other.classes):
            a, b = one.cell(code, unit), other.cell(code, unit)
            shares = {value: abs(a.share(value) - b.share(value)) for value, _ in one.question.values}
            said = [{(p.decision, p.deciding, p.open if p.decision == "undetermined" else (), p.missing if p.decision == "undetermined" else ())
                     for p in cell.parts} for cell in (a, b)]  # fmt: skip
            kind = (
                "decision"
                if a.decision != b.decision
                else "share"
                if max(shares.values()) > 1e-6
                else "basis"
                if said[0] != said[1]
                else ""
            )
            if kind:
                out[code, unit] = kind, a.decision, b.decision
    return out


def found_in(diff) -> dict[tuple[str, str], tuple[str, str, str]]:
    return {
        (diff.classes[column], diff.units[row]): (turn.kind, turn.before, turn.after)
        for turn in diff.turns for column, row in zip(turn.classes.tolist(), turn.units.tolist(), strict=True)
    }  # fmt: skip


def test_a_change_of_law_is_found_cell_by_cell(demo_workspace, tmp_path) -> None:
    old = atlas_of(asked(demo_workspace, on=date(2022, 6, 1)), "介休市", industries=["C", "B"])
    new = atlas_of(asked(demo_workspace), "介休市", industries=["C", "D"])
    diff = atlas_diff(saved(old, tmp_path / "a.parquet"), saved(new, tmp_path / "b.parquet"))
    assert found_in(diff) == brute(old, new)
    assert diff.changed == len(brute(old, new)) > 100
    assert {turn.cause for turn in diff.turns} == {("law",)}
    assert set(diff.only["classes_before"]) == {code for code in old.classes if code not in new.classes}
    answer = diff_plain(diff)
    turned = next(turn for turn in answer["turns"] if turn["kind"] == "decision")
    for rule in turned["come"]:
        assert rule["clauses"]
    # What came makes the new decision somewhere in the cell, and did not speak before; what went is the other way round.
    for turn in diff.turns:
        if turn.kind == "decision":
            code, unit = diff.classes[turn.classes[0]], diff.units[turn.units[0]]
            sides = [
                {rule for part in one.cell(code, unit).parts for rule in (*part.deciding, *part.open)}
                for one in (old, new)
            ]
            firm = [{rule for part in one.cell(code, unit).parts for rule in part.deciding} for one in (old, new)]
            assert set(turn.come) <= sides[1] - firm[0]
            assert set(turn.gone) <= sides[0] - firm[1]
            assert turn.come or turn.gone or sides[0] == sides[1]
    assert "结论改变" in diff_text(answer)


def test_nothing_changed_is_said(demo_workspace, tmp_path) -> None:
    one = saved(atlas_of(asked(demo_workspace), "介休市", industries=["25"]), tmp_path / "a.parquet")
    assert atlas_diff(one, one).changed == 0
    assert "没有改变的格" in diff_text(diff_plain(atlas_diff(one, one)))


def test_a_layer_that_moved_is_the_cause_where_it_moved(demo_workspace, tmp_path) -> None:
    """A red line is drawn over half of one unit: that unit changes by the ground, its neighbours do not."""
    import shutil

    shutil.copytree(demo_workspace.path, tmp_path / "ws")
    workspace = Workspace.open(tmp_path / "ws")
    old = atlas_of(asked(workspace), "介休市", industries=["25", "26"])
    frame = workspace.read(workspace.layers()["ecological_red_line"])
    units = old.question.screener.ground(DAY).index("control_unit").frame
    unit = next(one for one in old.units if one.kind == "key")
    west, south, east, north = shapely.bounds(units.geometry[unit.row]).tolist()
    half = shapely.intersection(units.geometry[unit.row], shapely.box(west, south, (west + east) / 2, north))
    columns = {name: [*values, values[0]] for name, values in frame.columns.items()}
    workspace.import_frame(
        "ecological_red_line", Frame(np.append(frame.geometry, half), columns), title="红线", source="测试", accuracy_m=5.0,
        complete=True, valid_from=date(2021, 1, 1), recorded=china_today(), demo=True,
    )  # fmt: skip
    new = atlas_of(asked(Workspace.open(tmp_path / "ws")), "介休市", industries=["25", "26"])
    diff = atlas_diff(saved(old, tmp_path / "a.parquet"), saved(new, tmp_path / "b.parquet"))
    assert found_in(diff) == brute(old, new)
    assert diff.changed
    assert {key for _, key in found_in(diff)} == {unit.key}
    assert {turn.cause for turn in diff.turns} == {("ground",)}


def test_assumptions_are_a_cause_and_decisions_are_not_mixed(demo_workspace, tmp_path) -> None:
    import openpyxl

    one = atlas_of(asked(demo_workspace, ()), "介休市", industries=["25"])
    other = atlas_of(asked(demo_workspace), "介休市", industries=["25"])
    diff = atlas_diff(saved(one, tmp_path / "a.parquet"), saved(other, tmp_path / "b.parquet"))
    assert {turn.cause for turn in diff.turns} == {("assumed",)}
    book = openpyxl.load_workbook(io.BytesIO(diff_xlsx(diff, diff_plain(diff))), read_only=True)
    matrix = [list(row) for row in book["矩阵"].iter_rows(min_row=2, values_only=True)]
    shown = {
        (code, row[0]): cell for row in matrix[2:] for code, cell in zip(matrix[0][3:], row[3:], strict=False) if cell
    }
    assert set(shown) == set(found_in(diff))
    letters = {"undetermined": "未", "prohibited": "禁", "restricted": "限", "allowed": "允"}
    for key, (kind, before, after) in found_in(diff).items():
        assert shown[key] == (f"{letters[before]}→{letters[after]}" if kind == "decision" else f"≈{letters[after]}")
    forms = atlas_of(asked(demo_workspace, decision="eia.form"), "介休市", industries=["25"])
    for wrong in (forms, atlas_of(asked(demo_workspace), "五台县", industries=["26"])):
        with pytest.raises(InputFault) as fault:
            atlas_diff(saved(one, tmp_path / "a.parquet"), saved(wrong, tmp_path / "c.parquet"))
        assert fault.value.faults[0].code == "T009"
