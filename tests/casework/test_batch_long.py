"""A workbook of half a million rows: three bad ones cost themselves, and nothing is held in memory whole."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from greenrule.casework.batch_files import set_aside_path

ROWS = 500_000
BAD = {4_711: "9十 万吨/年", 250_000: "90 公里", 499_999: "-1 万吨/年"}
HEAD = ("项目名称", "行业", "建设性质", "生产能力")
#: Law and compiled code take 400, three pieces at work 200; 560 to 690 were seen, and once, on a busy machine, 1,210.
_BUDGET_MB = 1_500


def _workbook(path: Path) -> None:
    """Written cell by cell as text: openpyxl would take minutes."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["x"])
    book.save(path.with_suffix(".empty.xlsx"))
    part = "xl/worksheets/sheet1.xml"
    with (
        zipfile.ZipFile(path.with_suffix(".empty.xlsx")) as empty,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
    ):
        for name in empty.namelist():
            if name != part:
                out.writestr(name, empty.read(name))
        with out.open(part, "w", force_zip64=True) as stream:
            stream.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            stream.write(_row(1, HEAD))
            for number in range(2, ROWS + 2):
                capacity = BAD.get(number, f"{number % 977} 万吨/年")
                stream.write(_row(number, (f"项目{number}", ("2521", "0610", "3011")[number % 3], "新建", capacity)))
            stream.write(b"</sheetData></worksheet>")


def _row(number: int, cells: tuple[str, ...]) -> bytes:
    inside = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f'<row r="{number}">{inside}</row>'.encode()


_PROGRAM = """
import json, resource, sys
from datetime import date
from pathlib import Path
from greenrule.casework.batch import screen_table
from greenrule.casework.screening import Screener
from greenrule.packs.compiled import load_law
summary = screen_table(Path(sys.argv[1]), Path(sys.argv[2]), Screener(load_law()), on=date(2026, 11, 21))
told = [(f.place.line, f.place.column, f.code) for f in summary.faults]
print(json.dumps([summary.answered, summary.set_aside, told, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""


@pytest.mark.long
def test_three_bad_rows_of_half_a_million(tmp_path):
    """They are told by row and column and set aside as they were written; all others are answered, in order."""
    table, out = tmp_path / "全省.xlsx", tmp_path / "结果.csv"
    _workbook(table)
    done = subprocess.run([sys.executable, "-c", _PROGRAM, table, out], capture_output=True, text=True, check=True)
    answered, aside, told, megabytes = json.loads(done.stdout)

    assert (answered, aside) == (ROWS - 3, 3)
    assert sorted({(line, column) for line, column, _ in told}) == [(number, "D") for number in sorted(BAD)]
    with set_aside_path(out).open(encoding="utf-8-sig", newline="") as stream:
        assert {int(row["原行号"]): row["生产能力"] for row in csv.DictReader(stream)} == BAD
    with out.open(encoding="utf-8", newline="") as stream:
        rows = [int(row["row"]) for row in csv.DictReader(stream)]
    assert rows == [number for number in range(2, ROWS + 2) if number not in BAD]
    assert megabytes < _BUDGET_MB
