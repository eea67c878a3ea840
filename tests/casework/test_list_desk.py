"""The reduction list as a workbook: the usual layout read, every fault named by row and column, written and read back the same."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.casework.list_desk import check_file, ground, open_list, optimise_file
from greenrule.casework.list_file import ListFile, read_list
from greenrule.casework.list_json import list_json, list_xlsx
from greenrule.cli.air_list import list_, optimise
from greenrule.core.errors import InputFault
from greenrule.response.list_checks import Permit
from greenrule.response.reduction_list import ReductionList
from tests.response.lists import chance_list, rules

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "air-reduction-list.xlsx"
RULES = rules()


def bare(file: ListFile) -> dict[str, Any]:
    """The content without row numbers."""
    told = list_json(file)
    for key in ("enterprises", "processes", "options", "permits"):
        for entry in told[key] or ():
            entry.pop("row")
    return told


def book_of(path: Path, rows: list[list[Any]], merges: tuple[str, ...] = (), **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "减排清单"
    for row in rows:
        book.active.append(row)
    for area in merges:
        book.active.merge_cells(area)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


HEAD = [
    ["某市应急减排清单"],
    ["企业名称", "绩效等级", "工序", "正常排放量（吨/日）", None, "黄色预警", None, None],
    [None, None, None, "二氧化硫", "氮氧化物", "措施", "二氧化硫（千克/日）", "核查方式"],
]


def told(error: pytest.ExceptionInfo[InputFault]) -> list[tuple[str, str]]:
    """(code, cell) of every fault."""
    return [(fault.code, str(fault.place).rpartition("]")[2].lstrip(":")) for fault in error.value.faults]


def test_merged_headers_and_enterprises_are_read_and_units_kept(tmp_path: Path) -> None:
    rows = [
        *HEAD,
        ["甲厂", "Ｃ".replace("Ｃ", "C级"), "窑", 1.2345678, 0.1 + 0.2, "停用1号", 3.5, "用电量"],
        [None, None, "磨", 2, None, None, None, None],
        ["合计", None, None, 3.2, 0.3],
    ]
    path = book_of(tmp_path / "l.xlsx", rows, ("A1:H1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:H2", "A4:A5", "B4:B5"))
    listed = read_list(path, RULES).listed
    assert [(item.name, item.grade) for item in listed.enterprises] == [("甲厂", "C")]
    first, second = listed.processes
    assert first.emission == (
        1234568,
        300000,
        0,
        0,
    )  # what is finer than a gram counts against who states it; 0.1 + 0.2 is 0.3
    assert (first.measures["yellow"].cut, first.measures["yellow"].evidence) == ((3500, 0, 0, 0), "用电量")
    assert (second.enterprise, second.emission, second.measures) == ("甲厂", (2000000, 0, 0, 0), {})


def test_every_bad_cell_is_named_at_once(tmp_path: Path) -> None:
    rows = [
        *HEAD,
        ["甲厂", "E级", "窑", "许多", -1, "停用1号", 3, "用电量"],
        ["乙厂", "B", None, 1, 1, None, 5, None],
        [None, "B", "窑", 1, 1],
        ["乙厂", "C", "磨", 1e20, 1],
    ]
    with pytest.raises(InputFault) as error:
        read_list(book_of(tmp_path / "l.xlsx", rows), RULES)
    assert told(error) == [("H044", "4:B"), ("H043", "4:D"), ("H043", "4:E"), ("H046", "5:C"), ("H046", "5:F"), ("H046", "6:A"), ("H047", "7"), ("H043", "7:D")]  # fmt: skip


def test_headers_that_do_not_say_enough(tmp_path: Path) -> None:
    rows = [["企业名称", "绩效等级", "工序名称", "二氧化硫", "绩效等级"], ["甲", "B", "窑", 1, "B"]]
    with pytest.raises(InputFault) as error:
        read_list(book_of(tmp_path / "l.xlsx", rows), RULES)
    assert sorted(told(error)) == [("H040", "1:C"), ("H040", "1:E"), ("H041", "1"), ("H042", "1:D")]
    with pytest.raises(InputFault) as error:
        read_list(book_of(tmp_path / "m.xlsx", [["这是", "什么"], [1, 2]]), RULES)
    assert told(error) == [("H040", "1")]


def test_options_and_permits_that_belong_to_nothing(tmp_path: Path) -> None:
    rows = [["企业名称", "绩效等级", "工序", "二氧化硫(千克/日)"], ["甲", "B", "窑", 1]]
    options = [
        ["企业名称", "工序", "措施", "二氧化硫减排(千克/日)", "日损失(万元/日)", "最低级别"],
        ["乙", "窑", "停用", 1, 1, None], ["甲", "磨", "停用", 1, 1, None], ["甲", "窑", "停用", 2, 1, "紫色"],
    ]  # fmt: skip
    permits = [["排污许可证编号", "企业名称", "是否涉气"], [None, "甲", "是"], ["P1", "甲", "或许"]]
    base = [["二氧化硫(千克/日)"], [0.5]]
    with pytest.raises(InputFault) as error:
        read_list(book_of(tmp_path / "l.xlsx", rows, 备选措施=options, 排污许可证=permits, 排放基数=base), RULES)
    assert told(error) == [
        ("H048", "2:A"),
        ("H048", "3:A"),
        ("H043", "4:C"),
        ("H049", "4:F"),
        ("H046", "2:A"),
        ("H049", "3:C"),
        ("H043", "2"),
    ]


def test_a_formula_that_nobody_computed(tmp_path: Path) -> None:
    rows = [["企业名称", "绩效等级", "工序", "二氧化硫(千克/日)"], ["甲", "B", "窑", "=1+1"]]
    with pytest.raises(InputFault) as error:
        read_list(book_of(tmp_path / "l.xlsx", rows), RULES)
    assert told(error) == [("H012", "2:D")]


@settings(max_examples=6)
@given(st.integers(1, 12), st.integers(0, 1000), st.booleans())
def test_written_and_read_back_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, count: int, seed: int, based: bool
) -> None:
    listed = chance_list(count, seed, 0.4)
    listed = replace(listed, base=(10**9,) * 4 if based else None, burden={listed.enterprises[0].id: 123_4500})
    file = ListFile(listed, [Permit("P1", "甲", None), Permit("P2", "乙", True, "2521")])
    folder = tmp_path_factory.mktemp("lists")
    data = list_xlsx(file, RULES, "样")
    assert data == list_xlsx(file, RULES, "样")
    (folder / "l.xlsx").write_bytes(data)
    (folder / "l.json").write_text(json.dumps(list_json(file)), encoding="utf-8")
    assert bare(read_list(folder / "l.xlsx", RULES)) == bare(file) == bare(read_list(folder / "l.json", RULES))


def test_a_formula_in_a_name_stays_text(tmp_path: Path) -> None:
    listed = chance_list(1, 1)
    one = replace(listed.enterprises[0], name="=HYPERLINK(1)")
    file = ListFile(ReductionList((one,), listed.processes))
    sheet = openpyxl.load_workbook(io.BytesIO(list_xlsx(file, RULES, "样"))).active
    assert sheet.cell(4, 2).data_type == "s"


def test_the_example_fails_the_check_and_its_answer_passes_it(tmp_path: Path) -> None:
    run = CliRunner()
    before = run.invoke(list_, ["check", str(EXAMPLE), "--on", "2026-11-25", "--format", "json"])
    assert before.exit_code == 1
    kinds = {item["kind"] for item in json.loads(before.output)["complaints"]}
    assert {"coverage", "uniform", "grade", "check"} <= kinds
    out = tmp_path / "new.xlsx"
    found = run.invoke(
        optimise, [str(EXAMPLE), "--on", "2026-11-25", "--out", str(out), "--format", "json", "--gap", "0.05"]
    )
    assert found.exit_code == 0, found.output
    answer = json.loads(found.output)
    assert answer["gap_proven"] <= 0.05
    after = json.loads(run.invoke(list_, ["check", str(out), "--on", "2026-11-25", "--format", "json"]).output)
    assert {item["kind"] for item in after["complaints"]} <= {"coverage", "doubt"}
    assert all(item["met"] is not False for item in after["shares"])
    assert [(item["cut_g"], item["share"]) for item in after["shares"]] == [
        (item["cut_g"], item["share"]) for item in answer["check"]["shares"]
    ]


def test_what_cannot_be_reached_is_told_with_its_reasons() -> None:
    found = CliRunner().invoke(optimise, [str(EXAMPLE), "--on", "2026-11-25", "--no-trade"])
    assert found.exit_code == 1
    for part in ("缺一不可", "民生保障豁免（2 家、2 道工序）", "演示热力一厂", "红色预警：二氧化硫减排比例不低于 30%"):
        assert part in found.output


def test_shares_go_by_date() -> None:
    with pytest.raises(InputFault) as error:
        ground(date(2019, 12, 30))
    assert error.value.faults[0].code == "H052"
    on_ground = ground(date(2020, 1, 1))
    assert [float(item.share) for item in on_ground.demands.values()] == [0.1, 0.2, 0.3]
    assert [cite for item in on_ground.demands.values() for cite in item.cites] == ["cn-episode-measures-2019"] * 3


def test_no_options_is_a_fault_and_a_burden_makes_it_fair() -> None:
    on_ground = ground()
    file = open_list(EXAMPLE, on_ground)
    with pytest.raises(InputFault) as error:
        optimise_file(replace(file, listed=replace(file.listed, options=())), on_ground)
    assert error.value.faults[0].code == "H053"
    assert check_file(file, on_ground).wrong


def test_import_and_export_and_the_template(tmp_path: Path) -> None:
    run = CliRunner()
    assert run.invoke(list_, ["import", str(EXAMPLE), "--out", str(tmp_path / "l.json")]).exit_code == 0
    assert run.invoke(list_, ["export", str(tmp_path / "l.json"), "--out", str(tmp_path / "l.xlsx")]).exit_code == 0
    assert bare(read_list(EXAMPLE, RULES)) == bare(read_list(tmp_path / "l.xlsx", RULES))
    assert run.invoke(list_, ["template", "--out", str(tmp_path / "t.xlsx")]).exit_code == 0
    assert len(read_list(tmp_path / "t.xlsx", RULES).listed.processes) == 1
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputFault) as error:
        read_list(tmp_path / "bad.json", RULES)
    assert error.value.faults[0].code == "H050"
