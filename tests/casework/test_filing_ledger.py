"""The ledger: what is written is read back; a bad one tells every fault with row and column and gives nothing."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.filing_ledger import COLUMNS, NEEDED, read_ledger, write_ledger
from greenrule.casework.filingcase import filing_law
from greenrule.core.errors import InputFault

LAW, TODAY = filing_law(), date(2026, 11, 25)
GOOD = {
    "number": "140105-2026-00001", "project": "某铸造项目", "applicant": "甲公司", "area": "140105", "kind": "环境影响报告表审批",
    "received": "2026-06-01", "accepted": "2026-06-03", "decided": "2026-06-20", "decision": "批准",
}  # fmt: skip


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_ledger_is_read_back(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"台账.{form}"
    path.write_bytes(write_ledger([GOOD, {**GOOD, "number": "2", "decided": "", "decision": ""}], form))
    first, second = read_ledger(path, LAW, TODAY)
    assert [event["event"] for event in first.events] == ["received", "accepted", "decided"]
    assert first.kind == "eia_form"
    assert first.cells["project"] == "某铸造项目"
    assert len(second.events) == 2


def test_a_workbook_of_the_ledger_can_be_sorted_and_counted() -> None:
    row = {
        **GOOD,
        "received": date(2026, 6, 1),
        "accepted": date(2026, 6, 3),
        "decided": None,
        "owed": 2,
        "remark": "说明" * 80,
    }
    sheet = openpyxl.load_workbook(io.BytesIO(write_ledger([row], "xlsx")))["台账"]
    cells = {head.value: sheet.cell(2, at) for at, head in enumerate(sheet[1], 1)}
    assert cells["收件日期"].is_date
    assert cells["收件日期"].number_format == "yyyy-mm-dd"
    assert (cells["未补交的容缺材料"].value, cells["决定日期"].value) == (2, None)
    assert (cells["收件号"].value, cells["辖区代码"].data_type) == ("140105-2026-00001", "s")
    assert sheet.auto_filter.ref == sheet.dimensions
    assert sheet.column_dimensions["A"].width >= len("140105-2026-00001")
    assert max(item.width for item in sheet.column_dimensions.values()) <= 60
    text = write_ledger([row], "csv").decode("utf-8-sig")
    assert "2026-06-01,2026-06-03," in text


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(_TEXT, st.sampled_from(["", "=", "+", "-", "@"]), st.sampled_from(["xlsx", "csv"]))
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str, sign: str, form: str) -> None:
    import tempfile

    said = sign + text
    data = write_ledger([{**GOOD, "project": said}], form)
    if form == "csv":
        cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
    else:
        book = openpyxl.load_workbook(io.BytesIO(data))
        assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
        cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert not any(cell[:1] in ("=", "+", "-", "@") for cell in cells)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{form}"
        path.write_bytes(data)
        (row,) = read_ledger(path, LAW, TODAY)
    # A text that begins with a quote before a sign is the one thing that a spreadsheet cannot tell apart.
    if not (said[:1] == "'" and said[1:2] in ("=", "+", "-", "@")):
        assert row.cells["project"] == said


def test_all_faults_of_a_ledger_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    rows = [
        {**GOOD, "project": ""}, {**GOOD, "number": "2", "kind": "环境影响报告"}, {**GOOD, "number": "3", "received": "六月"},
        {**GOOD, "number": "4", "decided": "2026-05-01"}, {**GOOD, "number": "4", "area": "太原"},
        {**GOOD, "number": "6", "received": "2027-01-01"}, {**GOOD, "number": "7", "decision": ""},
    ]  # fmt: skip
    path.write_bytes(write_ledger(rows, "csv"))
    with pytest.raises(InputFault) as raised:
        read_ledger(path, LAW, TODAY)
    told = [(fault.code, fault.place.line, fault.place.column) for fault in raised.value.faults]
    assert told == [
        ("DSK004", 2, "项目名称"), ("DSK008", 3, "办件种类"), ("DSK005", 4, "收件日期"), ("DSK007", 5, "收件日期"),
        ("DSK005", 6, "辖区代码"), ("DSK006", 6, "收件号"), ("DSK005", 7, "收件日期"), ("DSK004", 8, "决定"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"%PDF", "DSK002"), ("a.csv", b"\xff\xff\xff\xfe\x00", "DSK002"), ("a.csv", "甲,乙\n1,2\n".encode(), "DSK003"),
        ("a.csv", '"甲'.encode(), "DSK002"), ("a.xlsx", b"PK\x03\x04 torn", "J004"), ("a.csv", b"", "DSK003"),
        ("a.csv", "项目名称,申请单位,收件日期,颜色\n".encode(), "DSK003"),
    ],
)  # fmt: skip
def test_what_is_no_ledger(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputFault) as raised:
        read_ledger(path, LAW, TODAY)
    assert {fault.code for fault in raised.value.faults} == {code}


def test_what_is_needed_is_a_column() -> None:
    assert set(NEEDED) <= set(COLUMNS)
