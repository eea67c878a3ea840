"""The atlas: every cell is what a project of the class is told inside the unit, by screening it there."""

from __future__ import annotations

import io
from datetime import date
from random import Random

import numpy as np
import pytest
import shapely

from greenrule.casework.atlas_file import atlas_parquet, head, read_atlas
from greenrule.casework.atlas_text import plain, text
from greenrule.casework.atlas_xlsx import atlas_xlsx
from greenrule.casework.class_verdicts import ClassQuestion, assumptions
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.casework.siting import land, where
from greenrule.casework.unit_atlas import UnitAtlas, unit_atlas
from greenrule.core.errors import InputFault, Place
from greenrule.spatial.frame import Frame
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_law

DAY = date(2026, 11, 21)
#: Assumptions under which all four answers occur.
SAID = ("符合性=是", "场址=否", "产业结构调整指导目录类别=允许类", "用煤=否", "工艺和物料=否", "建设化工园区=否")
FREE = tuple(name for name, (_, none_of) in shared_law().groups.items() if none_of)


def asked(workspace: Workspace, said: tuple[str, ...] = SAID, on: date = DAY, **more) -> ClassQuestion:
    law = shared_law()
    return ClassQuestion(
        Screener(law, workspace), on, none_of=FREE, assumed=assumptions(law, said, Place("x")), said=said, **more
    )


def atlas_of(question: ClassQuestion, place: str, **more) -> UnitAtlas:
    return unit_atlas(question, within=land(question.screener.ground(question.on), place), within_name=place, **more)


@pytest.fixture(scope="module")
def atlas(demo_workspace) -> UnitAtlas:
    return atlas_of(asked(demo_workspace), "忻州市", keep_shapes=True)


@pytest.fixture(scope="module")
def told(atlas) -> dict:
    return head(atlas)


def some_point(shape, random: Random) -> tuple[float, float]:
    """A random point well inside a polygon (not on its edge); None where none was found."""
    west, south, east, north = shapely.bounds(shape).tolist()
    for _ in range(200):
        at = random.uniform(west, east), random.uniform(south, north)
        if shapely.contains_properly(shape, shapely.Point(at)):
            return at
    point = shapely.point_on_surface(shape)
    return point.x, point.y


def project_there(atlas: UnitAtlas, code: str, point: tuple[float, float]):
    """A project of a class at a point, written as a user writes it."""
    question = atlas.question
    facts = {name: raw for name, raw in question.assumed.items() if code not in question.set_aside.get(name, ())}
    raw = {
        "name": "甲", "on": question.on.isoformat(), "industry": code, "nature": "新建", "none_of": list(question.none_of),
        "facts": facts, "location": {"crs": "cgcs2000", "point": list(point)},
    }  # fmt: skip
    return project_from(raw, question.screener.law)


def test_a_cell_is_what_screening_tells_inside_the_unit(atlas) -> None:
    """Random cells, a random point in a random piece of each: the same decision by the same rules, the same rules still open."""
    random = Random(20261121)
    screener = atlas.question.screener
    seen = set()
    for number in range(260):
        row, code = random.randrange(len(atlas.units)), random.choice(atlas.classes)
        if number % 3 == 0:
            code = random.choice(
                [one for one in atlas.classes if one[:2] in ("06", "25", "26", "30", "31", "32", "44", "59")]
            )
        unit = atlas.units[row]
        place = random.randrange(len(unit.pieces))
        signature = unit.pieces[place][0]
        point = some_point(atlas.ground.shapes[row][place], random)
        project = project_there(atlas, code, point)
        given = screener.inquire(project).given
        outcome = atlas.question.machine.answer(given, "access").outcomes["access"]
        verdict = atlas.verdicts.table[atlas.verdicts.number[atlas.classes.index(code), signature]]
        assert (outcome.word, tuple(sorted(outcome.deciding)), tuple(sorted(outcome.open))) == (
            verdict.decision, verdict.deciding, verdict.open,
        ), (code, unit.key, point)  # fmt: skip
        cell = atlas.cell(code, unit.key)
        part = next(part for part in cell.parts if part.decision == outcome.word)
        assert set(outcome.deciding) <= set(part.deciding)
        assert set(outcome.open) <= set(part.open)
        seen.add(outcome.word)
    assert seen == {"allowed", "restricted", "prohibited", "undetermined"}


def test_whole_findings_say_the_same(atlas) -> None:
    random = Random(3)
    for _ in range(6):
        row, code = random.randrange(len(atlas.units)), random.choice(atlas.classes)
        point = some_point(atlas.ground.shapes[row][0], random)
        finding = atlas.question.screener.screen(project_there(atlas, code, point))
        cell = atlas.cell(code, atlas.units[row].key)
        assert finding["decision"] in {part.decision for part in cell.parts}
        assert finding["units"][0]["code"] == atlas.units[row].key
        missing = {item["fact"] for item in finding["missing"]}
        part = next(part for part in cell.parts if part.decision == finding["decision"])
        if finding["decision"] == "undetermined":
            assert missing & set(part.missing)


def test_shares_are_those_that_where_finds(atlas) -> None:
    """`where` cuts counties by the places that matter for one project; confined to a unit it must find the cell's shares."""
    screener = atlas.question.screener
    frame = screener.ground(DAY).index("control_unit").frame
    random = Random(11)
    mixed = [
        (row, column)
        for row, column in np.argwhere(np.array([len(c.parts) > 1 for c in atlas.cells])[atlas.number]).tolist()
    ]
    for row, column in random.sample(mixed, 5):
        unit, code = atlas.units[row], atlas.classes[column]
        totals = where(screener, project_there(atlas, code, (112.5, 38.5)), frame.geometry[unit.row]).totals()
        whole = sum(totals.values())
        cell = atlas.cell(code, unit.key)
        assert {part.decision: pytest.approx(part.share, abs=1e-6) for part in cell.parts if part.share > 1e-5} == {
            word: area / whole for word, area in totals.items() if area / whole > 1e-5
        }


def test_every_cell_is_whole_and_its_own_part_is_the_largest(atlas) -> None:
    for cell in atlas.cells:
        shares = [part.share for part in cell.parts]
        assert sum(shares) == pytest.approx(1)
        assert shares[0] >= max(shares) - 1e-9
        assert len({part.decision for part in cell.parts}) == len(cell.parts)
    assert len(atlas.classes) == 1382
    assert {unit.city for unit in atlas.units} == {"忻州市"}


def test_units_that_overlap_are_told_both(tmp_path) -> None:
    """Ground under two units is asked as what both are, as a site there is."""
    workspace = Workspace.create(tmp_path / "ws")
    units = Frame(
        np.array([shapely.box(112, 37, 112.2, 37.1), shapely.box(112.15, 37, 112.3, 37.1)]),
        {
            "code": ["A", "B"],
            "name": ["甲", "乙"],
            "class": ["priority", "key"],
            "subtype": ["water_source", "receptor_sensitive"],
        },
    )
    county = Frame(np.array([shapely.box(112, 37, 112.3, 37.1)]), {"name": ["某县"], "city": ["某市"]})
    common = {
        "source": "测试",
        "accuracy_m": 5.0,
        "complete": True,
        "valid_from": date(2021, 1, 1),
        "recorded": date(2021, 1, 1),
    }
    for kind, frame in (("control_unit", units), ("county", county)):
        workspace.import_frame(kind, frame, title=kind, **common)
    atlas = unit_atlas(asked(workspace), industries=["2521"], keep_shapes=True)
    told = atlas.ground.told.index("site.unit.priority"), atlas.ground.told.index("site.unit.receptor_sensitive")
    kinds = [{(atlas.ground.signatures[n][told[0]], atlas.ground.signatures[n][told[1]]): share for n, share in unit.pieces}
             for unit in atlas.units]  # fmt: skip
    assert kinds[0] == {(True, False): pytest.approx(0.75), (True, True): pytest.approx(0.25)}
    assert kinds[1] == {(False, True): pytest.approx(2 / 3), (True, True): pytest.approx(1 / 3)}
    assert "site.red_line" in atlas.ground.untold
    for unit, shapes in zip(atlas.units, atlas.ground.shapes, strict=True):
        for (number, _), shape in zip(unit.pieces, shapes, strict=True):
            at = shapely.point_on_surface(shape)
            given = atlas.question.screener.inquire(project_there(atlas, "2521", (at.x, at.y))).given
            outcome = atlas.question.machine.answer(given, "access").outcomes["access"]
            assert outcome.word == atlas.verdicts.table[atlas.verdicts.number[0, number]].decision


# -- assumptions and filters --------------------------------------------------------------------------------------
def test_what_follows_from_a_class_goes_before_what_is_assumed(atlas) -> None:
    """Only coke, steel and the like have capacity to replace; a common assumption does not make the others have it."""
    aside = atlas.question.set_aside["capacity_replacement.involved"]
    assert "0111" in aside
    assert "2521" not in aside


def test_groups_and_facts_can_be_assumed() -> None:
    law = shared_law()
    found = assumptions(law, ["符合性=是", "conformity.zoning=否"], Place("x"))
    assert found["conformity.zoning"] == "否"
    assert found["conformity.planning_eia"] == "是"
    with pytest.raises(InputFault) as fault:
        assumptions(law, ["两高", "没有这回事=是", "用煤=也许"], Place("x"))
    assert {one.code for one in fault.value.faults} >= {"T002", "J020"}
    assert len(fault.value.faults) == 3


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"units": ["没有这个"]}, "T004"), ({"industries": ["*"]}, None), ({"industries": ["太空采矿业"]}, None),
        ({"units": ["general"], "within": shapely.box(0, 0, 1, 1)}, "T004"),
    ],
)  # fmt: skip
def test_filters_that_find_nothing_are_told(demo_workspace, more, code) -> None:
    with pytest.raises(InputFault) as fault:
        unit_atlas(asked(demo_workspace), **more)
    assert code is None or fault.value.faults[0].code == code


def test_a_question_that_cannot_be_is_refused(demo_workspace) -> None:
    with pytest.raises(InputFault) as fault:
        asked(demo_workspace, decision="obligations", nature="重建")
    assert [one.code for one in fault.value.faults] == ["T001", "T001"]
    with pytest.raises(InputFault) as fault:
        unit_atlas(ClassQuestion(Screener(shared_law()), DAY))
    assert fault.value.faults[0].code == "T003"


def test_other_decisions_have_their_own_values(demo_workspace) -> None:
    found = atlas_of(asked(demo_workspace, (), decision="eia.form"), "介休市", industries=["25"])
    assert set(head(found)["values"]) == {"none", "registration", "form", "book", "undetermined"}
    machine = found.question.machine
    for code in found.classes[:3]:
        unit = found.units[0]
        given = {**found.question.project(code).facts,
                 **{n: v for n, v in zip(found.ground.told, found.ground.signatures[unit.pieces[0][0]], strict=True) if v is not None}}  # fmt: skip
        outcome = machine.answer(given, "eia.form").outcomes["eia.form"]
        assert outcome.word in {part.decision for part in found.cell(code, unit.key).parts}


# -- files --------------------------------------------------------------------------------------------------------
def test_the_file_holds_every_cell(atlas, told, tmp_path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    path.write_bytes(atlas_parquet(atlas, told))
    table = pq.read_table(path)
    assert table.num_rows == len(atlas.classes) * len(atlas.units)
    read = read_atlas(path)
    random = Random(5)
    for _ in range(300):
        row, column = random.randrange(len(atlas.units)), random.randrange(len(atlas.classes))
        cell = atlas.cells[int(atlas.number[row, column])]
        at = table.slice(column * len(atlas.units) + row, 1).to_pylist()[0]
        assert (at["industry"], at["unit"]) == (atlas.classes[column], atlas.units[row].key)
        assert at["decision"] == cell.decision == read.values["decision"][read.codes["decision"][column, row]]
        for value in told["values"]:
            assert at[f"share_{value}"] == pytest.approx(cell.share(value), abs=1e-9)
            part = next((part for part in cell.parts if part.decision == value), None)
            assert at[f"rules_{value}"] == (None if part is None else "; ".join(part.deciding))
        assert at["notice"] == "演示数据（非官方）"


def test_files_that_are_no_whole_atlas_are_refused(atlas, told, tmp_path) -> None:
    import pyarrow.parquet as pq

    path, whole = tmp_path / "a.parquet", atlas_parquet(atlas, told)
    path.write_bytes(whole)
    table = pq.read_table(path)
    pq.write_table(table.slice(0, table.num_rows - 7), tmp_path / "short.parquet")
    pq.write_table(table.take(np.roll(np.arange(table.num_rows), 1)), tmp_path / "turned.parquet")
    pq.write_table(table.replace_schema_metadata({}), tmp_path / "bare.parquet")
    (tmp_path / "torn.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.parquet").write_text("不是图谱", encoding="utf-8")
    for name, code in (
        ("short", "T007"),
        ("turned", "T007"),
        ("bare", "T006"),
        ("torn", "T006"),
        ("text", "T006"),
        ("none", "T006"),
    ):
        with pytest.raises(InputFault) as fault:
            read_atlas(tmp_path / f"{name}.parquet")
        assert fault.value.faults[0].code == code, name


def test_the_workbook_says_what_the_atlas_says(atlas, told) -> None:
    """Every cell of the matrix is read back: its code leads to the basis, its colour is that of its decision."""
    import openpyxl

    answer = plain(atlas, told)
    book = openpyxl.load_workbook(io.BytesIO(atlas_xlsx(atlas, told, answer)), read_only=True)
    assert book.sheetnames == ["说明", "汇总", "矩阵", "依据", "管控单元"]
    for sheet in book.worksheets:
        assert "演示数据（非官方）" in str(next(sheet.iter_rows(max_row=1, values_only=True))[0])
    basis = {row[0]: row for row in book["依据"].iter_rows(min_row=3, values_only=True)}
    rows = book["矩阵"].iter_rows(min_row=3)
    codes = [cell.value for cell in next(rows)][5:]
    assert codes == list(atlas.classes)
    next(rows)
    fills = {}
    for number, row in enumerate(rows):
        assert row[0].value == atlas.units[number].key
        cells = row[5:] if number % 40 == 0 else row[5::50]
        for cell, place in zip(cells, range(0, 1382, 1 if number % 40 == 0 else 50), strict=True):
            mine = atlas.cells[int(atlas.number[number, place])]
            shown = [basis[code] for code in cell.value.split("+")]
            parts = [part for at, part in enumerate(mine.parts) if not at or part.share >= 0.001]
            assert [row[1] for row in shown] == [told["values"][part.decision] for part in parts]
            assert [row[6] or "" for row in shown] == ["; ".join(part.deciding or part.open) for part in parts]
            kind = mine.decision, len(parts) > 1
            fills.setdefault(kind, set()).add(
                (cell.fill.fill_type, cell.fill.bgColor.rgb if kind[1] else cell.fill.fgColor.rgb)
            )
    assert number + 1 == len(atlas.units)
    assert all(len(found) == 1 for found in fills.values())
    assert len({next(iter(found))[1] for found in fills.values()}) == 4  # one colour per decision, plain or hatched
    assert {next(iter(found))[0] for (_, mixed), found in fills.items() if mixed} == {"lightUp"}


def test_a_matrix_larger_than_a_sheet_is_refused(atlas, told, monkeypatch) -> None:
    monkeypatch.setattr("greenrule.casework.atlas_xlsx.MOST_COLUMNS", 1000)
    with pytest.raises(InputFault) as fault:
        atlas_xlsx(atlas, told, plain(atlas, told))
    assert fault.value.faults[0].code == "T008"


def test_the_table_for_people_adds_up(atlas, told) -> None:
    answer = plain(atlas, told)
    for part in (answer["by_unit_class"], answer["by_division"]):
        assert sum(item["cells"] for item in part) == answer["cells_total"] == sum(answer["totals"].values())
        for value in told["values"]:
            assert sum(item["totals"][value] for item in part) == answer["totals"][value]
    shown = text(answer)
    assert "【演示数据（非官方）】" in shown
    assert "假定：符合性=是，场址=否" in shown
    assert answer["cells"] is None
    assert max(len(line.encode("gbk")) for line in shown.splitlines()) <= 112
