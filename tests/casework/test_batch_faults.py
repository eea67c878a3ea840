"""Bad tables: a bad row costs that row, a bad header is told at once, and a run that is killed is taken up again."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.backends.columnar.columns import Scaled
from greenrule.casework import batch, batch_cells
from greenrule.casework.batch import screen_table
from greenrule.casework.batch_cells import Assembly, FactColumn, Faulty
from greenrule.casework.batch_files import set_aside_path
from greenrule.casework.batch_tables import coded
from greenrule.casework.screening import Screener
from greenrule.core.errors import EnvironmentFault, InputFault, Place
from greenrule.rules.clocks import change_days, standing
from tests.cli.workspace import shared_law, write

HEAD = "项目名称,日期,行业,建设性质,生产能力\n"


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(shared_law())


def run(folder: Path, name: str, content, screener: Screener, **options):
    """A table screened: summary, result rows, rows set aside."""
    out = folder / "结果.csv"
    summary = screen_table(write(folder / name, content), out, screener, **options)
    aside = set_aside_path(out)
    return summary, rows_of(out), rows_of(aside) if aside.exists() else []


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def told(error: pytest.ExceptionInfo) -> list[tuple[str, str]]:
    return [(fault.code, str(fault.place.column if fault.place else None)) for fault in error.value.faults]


BAD = {
    2: "好,2026-11-21,2521,新建,90 万吨/年", 3: "单位,2026-11-21,2521,新建,90", 4: "量纲,2026-11-21,2521,新建,90 公里",
    5: "负,2026-11-21,2521,新建,-90 万吨/年", 6: "日,2026-13-21,2521,新建,", 7: "早,1900-01-01,2521,新建,", 8: "业,2026-11-21,9999,新建,",
    9: "性,2026-11-21,2521,新新,", 10: "控制\x07,2026-11-21,2521,新建,", 11: "长,2026-11-21,2521,新建,1 吨/年,多",
    12: "大,2026-11-21,2521,新建,1e999 吨/年", 13: '"引号"乱,2026-11-21,2521,新建,', 14: "又好,2026-11-21,0610,扩建,3 吨/年", 15: "短,2026-11-21",
}  # fmt: skip


def test_bad_rows_are_set_aside_and_told_with_row_and_column(tmp_path, screener):
    """Every kind of bad cell; the rows between them are answered."""
    summary, rows, aside = run(tmp_path, "表.csv", HEAD + "\n".join(BAD.values()) + "\n", screener)

    assert [int(row["row"]) for row in rows] == [2, 14, 15]
    assert [int(row["原行号"]) for row in aside] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    places = [(f.code, f.place.line, f.place.column) for f in summary.faults]
    assert places == [("J024", 3, "E"), ("J025", 4, "E"), ("J029", 5, "E"), ("J026", 6, "B"), ("J014", 7, "B"), ("P068", 8, "C"),
                      ("J027", 9, "D"), ("J007", 10, "A"), ("J006", 11, "F"), ("J028", 12, "E"), ("J006", 13, None)]  # fmt: skip
    assert all(f.help and f.message for f in summary.faults)
    assert "E 列：J024" in aside[0]["问题"]
    assert aside[1]["生产能力"] == "90 公里", "what was written is kept"


def test_what_was_set_aside_is_mended_and_handed_in_again(tmp_path, screener):
    """The file of rows set aside is itself a table: its two columns of remarks are passed over."""
    run(tmp_path, "表.csv", HEAD + "\n".join(BAD.values()) + "\n", screener)
    aside = tmp_path / "结果-待改.csv"
    aside.write_text(aside.read_text(encoding="utf-8-sig").replace("90 公里", "90 吨/年"), encoding="utf-8-sig")
    with pytest.raises(InputFault) as error:
        screen_table(aside, tmp_path / "结果.csv", screener)
    assert told(error) == [("B005", "None")], "the input would be lost"

    summary = screen_table(aside, tmp_path / "再.csv", screener)
    # The badly quoted line is a proper row now, for it was written out as one; the others are as wrong as they were.
    assert [row["name"] for row in rows_of(tmp_path / "再.csv")] == ["量纲", '"引号"乱']
    assert summary.set_aside == 9
    assert "1 吨/年,多" in (tmp_path / "再-待改.csv").read_text(encoding="utf-8-sig")
    assert list(rows_of(tmp_path / "再-待改.csv")[0]) == [*HEAD.strip().split(","), "原行号", "问题"]


def test_a_quote_that_is_never_closed_costs_its_row_only(tmp_path, screener):
    """The reader goes back behind the bad line, however much the open quote has swallowed."""
    body = [
        '"一,二",2026-11-21,2521,新建,',
        '"断,2026-11-21,2521,新建,',
        *(f"甲{n},2026-11-21,2521,新建," for n in range(5000)),
    ]
    summary, rows, aside = run(tmp_path, "表.csv", HEAD + "\n".join(body) + "\n", screener)

    assert len(rows) == 5001
    assert rows[0]["name"] == "一,二"
    assert [row["原行号"] for row in aside] == ["3"]
    assert dict(summary.codes) == {"J006": 1}
    assert [int(row["row"]) for row in rows[1:]] == list(range(4, 5004))


def test_cells_with_line_ends_and_old_line_ends(tmp_path, screener):
    """Rows are counted as rows, whatever lines they take."""
    _, rows, _ = run(
        tmp_path, "表.csv", HEAD + '"甲\n乙",2026-11-21,2521,新建,\r\n丙,2026-11-21,2521,新建,\r\n', screener
    )
    assert [(row["row"], row["name"]) for row in rows] == [("2", "甲\n乙"), ("3", "丙")]
    _, rows, _ = run(
        tmp_path,
        "旧.csv",
        (HEAD + "甲,2026-11-21,2521,新建,\n乙,2026-11-21,2521,新建,\n").replace("\n", "\r"),
        screener,
    )
    assert [row["name"] for row in rows] == ["甲", "乙"]


def test_units_are_mixed_in_a_column_as_people_do(tmp_path, screener):
    """Each cell may have its own unit, the header may give one; what a family of facts means is told by the unit."""
    head = "项目名称,日期,行业,建设性质,capacity（万吨/年）,emission.so2\n"
    cells = [("90", "1 吨/年"), ("900000 吨/年", "1000 千克/年"), ("0.9亿千克/年", "1000000 克/年"), ("90.0", "1吨/年"), ("1,060,000 吨/年", ""),
             ("3 万立方米/年", "?"), ("90 公里", "1 吨"), ("九十", "")]  # fmt: skip
    body = [f'"甲{n}",2026-11-21,2521,新建,"{a}","{b}"' for n, (a, b) in enumerate(cells)]
    table = write(tmp_path / "表.csv", head + "\n".join(body) + "\n")
    from greenrule.casework.batch_reading import Reading
    from greenrule.casework.batch_tables import open_table

    opened = open_table(table)
    reading = Reading.of(screener.law, opened.head, None, ())
    (piece,) = (load() for load in opened.pieces(1000))
    projects = reading.projects(piece, tmp_path)
    capacity, so2 = projects.columns.columns["capacity"], projects.columns.columns["emission.so2"]
    assert [capacity.at(row) for row in range(5)] == [9 * 10**8, 9 * 10**8, 9 * 10**7, 9 * 10**8, 106 * 10**7]
    assert capacity.at(5) is None
    assert projects.columns.columns["capacity.volume"].at(5) == 30_000
    assert {so2.at(row) for row in (0, 1, 2, 3)} == {Fraction(1000)}
    assert so2.at(5) is None
    assert sorted(projects.faulty.faults) == [6, 7]
    assert [fault.code for fault in projects.faulty.faults[6]] == ["J025", "J025"]


@pytest.mark.parametrize(
    ("name", "content", "codes"),
    [
        ("空.csv", b"", ["J002"]), ("只有表头.csv", HEAD, ["J002"]), ("只有空行.csv", HEAD + ",,,,\n\n", ["J002"]),
        ("没有表头.csv", ",,\n1,2,3\n", ["J005"]), ("不认识的列.csv", "项目名称,行业,联系人,生产能力\n甲,2521,张,\n", ["J020"]),
        ("两列一样.csv", "项目名称,名称,行业\n甲,乙,2521\n", ["J005"]), ("都错.csv", "项目名称,名称,电话,生产能例\n甲,,,\n", ["J005", "J020", "J020"]),
        ("种类.xls", b"x", ["J004"]), ("不是文字.csv", b"\xff\xfe\x00\x01\x81", ["J004"]), ("坏.xlsx", b"PK\x03\x04junk", ["J004"]),
        ("坏.parquet", b"PAR1junkPAR1", ["J004"]), ("坏.geojson", "{", ["VEC004"]),
        ("空表.xlsx", [["项目名称", "行业"]], ["J002"]), ("没有表头.xlsx", [[None], [1]], ["J005"]),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_as_a_whole(tmp_path, screener, name, content, codes):
    """All complaints at once, nothing is written."""
    with pytest.raises(InputFault) as error:
        screen_table(write(tmp_path / name, content), tmp_path / "结果.csv", screener)
    assert [code for code, _ in told(error)] == codes
    assert all(fault.help for fault in error.value.faults)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_column_that_nobody_asked_for_can_be_passed_over(tmp_path, screener):
    """By name, or all of them; the summary says which."""
    text = "项目名称,行业,联系人,电话\n甲,2521,张,1\n"
    with pytest.raises(InputFault) as error:
        run(tmp_path, "表.csv", text, screener, ignore=["联系人"])
    assert told(error) == [("J020", "D")]
    assert "--ignore" in error.value.faults[0].help
    summary, rows, _ = run(tmp_path, "表.csv", text, screener, ignore=["*"])
    assert summary.ignored == ["联系人", "电话"]
    assert len(rows) == 1


def test_workbooks(tmp_path, screener):
    """Merged headers are refused; a formula without a value, a cell beyond the header cost their rows."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["项目名称", "日期", "行业", "建设性质", "生产能力（万吨/年）"])
    sheet.append(["甲", date(2026, 11, 21), "2521", "新建", 90])
    sheet.append(["乙", date(2026, 11, 21), "2521", "新建", "=A1"])
    sheet.append([None] * 5)
    sheet.append(["丙", date(2026, 11, 21), 2521, "新建", 106.5, None, "多"])
    sheet.append(["丁", None, "0610", True, None])
    sheet["G9"] = " "
    book.save(tmp_path / "表.xlsx")
    summary, rows, aside = run(tmp_path, "表.xlsx", (tmp_path / "表.xlsx").read_bytes(), screener)
    assert [(row["row"], row["name"]) for row in rows] == [("2", "甲")]
    assert [(f.code, f.place.line, f.place.column) for f in summary.faults] == [
        ("J006", 3, "E"),
        ("J006", 5, "G"),
        ("J027", 6, "D"),
    ]
    assert aside[0]["生产能力（万吨/年）"] == "=A1"

    sheet.merge_cells("A1:B1")
    book.save(tmp_path / "并.xlsx")
    with pytest.raises(InputFault) as error:
        screen_table(tmp_path / "并.xlsx", tmp_path / "二.csv", screener)
    assert told(error) == [("J005", "A")]


def test_a_workbook_that_breaks_off(tmp_path, screener):
    """What came before the break is answered; the break is told with its row."""
    import openpyxl

    book = openpyxl.Workbook()
    for row in [["项目名称", "日期", "行业"], *([f"甲{n}", "2026-11-21", "2521"] for n in range(3000))]:
        book.active.append(row)
    book.save(tmp_path / "全.xlsx")
    with zipfile.ZipFile(tmp_path / "全.xlsx") as whole, zipfile.ZipFile(tmp_path / "断.xlsx", "w") as torn:
        for part in whole.infolist():
            data = whole.read(part)
            torn.writestr(part.filename, data[: len(data) // 2] if "sheet1" in part.filename else data)
    summary, rows, _ = run(tmp_path, "断.xlsx", (tmp_path / "断.xlsx").read_bytes(), screener)
    assert 1000 < len(rows) < 2000
    assert [(f.code, f.place.line) for f in summary.faults] == [("J006", len(rows) + 2)]


def test_places_that_cannot_be_cost_their_rows(tmp_path, screener):
    """Half a pair, swapped numbers, another country; the others are read."""
    text = ("项目名称,日期,行业,经度,纬度\n好,2026-11-21,2521,112.55,37.87\n半,2026-11-21,2521,112.55,\n反,2026-11-21,2521,37.87,112.55\n"
            "外,2026-11-21,2521,2.35,48.85\n无,2026-11-21,2521,,\n")  # fmt: skip
    summary, rows, _ = run(tmp_path, "表.csv", text, screener)
    assert [row["name"] for row in rows] == ["好", "无"]
    assert [(f.code, f.place.line, f.place.column) for f in summary.faults] == [
        ("J016", 3, "D"), ("SITE007", 4, None), ("SITE008", 5, None)]  # fmt: skip


def test_features_without_a_shape_are_told(tmp_path, screener):
    """A feature that has no geometry is no project without a place: somebody lost it on the way."""
    features = [{"type": "Feature", "properties": {"name": f"甲{n}", "on": "2026-11-21", "industry": "2521"},
                 "geometry": None if n == 1 else {"type": "Point", "coordinates": [112.5, 37.8]}} for n in range(4)]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features})
    summary, rows, _ = run(tmp_path, "点.geojson", text, screener)
    assert [row["row"] for row in rows] == ["1", "3", "4"]
    assert [(f.code, f.place.line) for f in summary.faults] == [("B004", 2)]


def test_results_that_cannot_be_written(tmp_path, screener):
    """The kind of result is checked before anything is read; a folder that is not there is made."""
    table = write(tmp_path / "表.csv", HEAD + BAD[2] + "\n")
    with pytest.raises(InputFault) as error:
        screen_table(table, tmp_path / "结果.doc", screener)
    assert told(error) == [("B001", "None")]
    write(tmp_path / "挡路", "x")
    with pytest.raises(EnvironmentFault) as blocked:
        screen_table(table, tmp_path / "挡路" / "结果.csv", screener)
    assert told(blocked) == [("D001", "None")]
    screen_table(table, tmp_path / "新" / "结果.csv", screener)
    assert len(rows_of(tmp_path / "新" / "结果.csv")) == 1


# -- killed and taken up again ---------------------------------------------------------------------------------------
PROGRAM = """
import sys
from pathlib import Path
from greenrule.casework import batch
from greenrule.casework.screening import Screener
from greenrule.packs.compiled import load_law
batch.PIECE = 300
summary = batch.screen_table(Path(sys.argv[1]), Path(sys.argv[2]), Screener(load_law()))
print(summary.answered, summary.taken_over, summary.set_aside)
"""


def long_table(path: Path) -> Path:
    random = Random(4)
    rows = [
        f"甲{n},2026-11-21,{random.choice(('2521', '0610', '3110', '瞎写'))},新建,{random.randint(0, 200)} 万吨/年"
        for n in range(9000)
    ]
    return write(path, HEAD + "\n".join(rows) + "\n")


@pytest.mark.parametrize("kind", [".csv", ".parquet"])
def test_killed_in_the_middle_and_run_again(tmp_path, kind, screener, monkeypatch):
    """Whatever moment the kill comes at: the second run answers the rest, no row is there twice, none is lost."""
    monkeypatch.setattr(batch, "PIECE", 300)
    table = long_table(tmp_path / "表.csv")
    whole = tmp_path / f"整{kind}"
    screen_table(table, whole, screener)
    out = tmp_path / f"果{kind}"
    parts = tmp_path / f"果{kind}.part"
    command = [sys.executable, "-c", PROGRAM, str(table), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while process.poll() is None and len(list(parts.glob("0*.json"))) < 3:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not out.exists(), "killed too late to show anything"
    assert len(list(parts.glob("0*.json"))) >= 3

    again = subprocess.run(command, capture_output=True, text=True, check=True)
    answered, taken_over, aside = map(int, again.stdout.split())
    assert taken_over >= 500
    assert answered + aside == 9000
    assert out.read_bytes() == whole.read_bytes()
    assert set_aside_path(out).read_bytes() == set_aside_path(whole).read_bytes()
    assert not parts.exists()


def test_a_torn_part_and_another_question_begin_anew(tmp_path, screener, monkeypatch):
    """A part that is not what was written is made again; with another law, day or table nothing is taken over."""
    monkeypatch.setattr(batch, "PIECE", 300)
    table, out = long_table(tmp_path / "表.csv"), tmp_path / "果.csv"
    screen_table(table, tmp_path / "整.csv", screener)

    def broken_off(**options) -> None:
        with monkeypatch.context() as context:
            context.setattr(batch.Parts, "finish", lambda *rest: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                screen_table(table, out, screener, **options)

    broken_off()
    part = tmp_path / "果.csv.part" / "000002.csv"
    part.write_bytes(part.read_bytes()[:-7])
    (tmp_path / "果.csv.part" / "000004.json").write_text("{", encoding="utf-8")
    summary = screen_table(table, out, screener)
    assert 0 < summary.taken_over < summary.answered
    assert out.read_bytes() == (tmp_path / "整.csv").read_bytes()

    broken_off()
    assert screen_table(table, out, screener, on=date(2025, 1, 1)).taken_over == 0


def test_two_runs_do_not_write_the_same_result(tmp_path, screener):
    """The second is told to wait; the lock of a run that died is gone."""
    from greenrule.casework.batch_files import Parts

    first = Parts.open(tmp_path / "果.csv", {"a": 1})
    with pytest.raises(EnvironmentFault) as error:
        Parts.open(tmp_path / "果.csv", {"a": 1})
    assert told(error) == [("B003", "None")]
    first._lock.close()
    Parts.open(tmp_path / "果.csv", {"a": 1})


# -- laws ----------------------------------------------------------------------------------------------------------
_NUMBERS = st.from_regex(r"[ \t]{0,2}[0-9]{1,11}(\.[0-9]{1,8})?[ ]{0,2}", fullmatch=True)
_UNITS = st.sampled_from(
    ("吨/年", "万吨/年", "千克/年", "立方米/年", "公里", "", "吨 /年", "t/a", "5吨/年", ".吨/年", "吨/年 ")
)
_CELLS = st.one_of(
    st.builds("{}{}".format, _NUMBERS, _UNITS), st.sampled_from(("未知", "?", "-5 吨/年", "1e3 吨/年", "1,000 吨/年", "约 3 吨", "\u30003 吨/年", "٣ 吨/年", ".5 吨/年"))
)  # fmt: skip


@given(
    cells=st.lists(_CELLS, min_size=1, max_size=30),
    name=st.sampled_from(("capacity", "emission.so2", "生产能力（万吨/年）", "hospital.beds")),
)
def test_the_short_way_reads_amounts_as_the_long_way(cells, name):
    """Plain amounts of long columns never pass the common reader; they mean the same."""
    law = shared_law()
    found = []
    for many in (-1, 10**9):
        before, batch_cells._MANY = batch_cells._MANY, many
        try:
            column, faulty, facts = FactColumn(law, name), Faulty(len(cells)), Assembly(len(cells))
            facts.add(column, 0, coded(cells), faulty, lambda row, number: Place("表", row, number))
            columns = facts.columns().columns
        finally:
            batch_cells._MANY = before
        values = {
            fact: [one.at(row) for row in range(len(cells))]
            for fact, one in columns.items()
            if not _empty(one, len(cells))
        }
        found.append((values, {row: [fault.code for fault in faults] for row, faults in faulty.faults.items()}))
    assert found[0] == found[1]


def _empty(column, size: int) -> bool:
    return all(column.at(row) is None for row in range(size))


def test_between_two_days_of_change_the_law_is_the_same():
    """Rows of different days are asked together where nothing changes between them."""
    law, random = shared_law(), Random(2)
    days = change_days(law.book)
    assert len(days) > 10
    for _ in range(25):
        place = random.randrange(1, len(days))
        gap = (days[place] - days[place - 1]).days
        first, other = days[place - 1], date.fromordinal(days[place - 1].toordinal() + random.randrange(gap))
        known = random.choice((None, None, date(2024, 1, 1)))
        one, two = standing(law.book, first, known), standing(law.book, other, known)
        assert one == two
        assert _in_force(one, first) == _in_force(two, other)
        assert [spec.on(first) for spec in one.parameters.values()] == [
            spec.on(other) for spec in two.parameters.values()
        ]


def _in_force(book, day: date) -> set[str]:
    return {rule for rule, (first, last, *_) in book.validity.items() if first <= day and (last is None or day <= last)}


def test_columns_of_numbers_stay_exact_where_64_bits_do_not_hold_them():
    """A dictionary of fractions takes over; small ones are whole numbers on one step."""
    law = shared_law()
    column, facts = FactColumn(law, "capacity"), Assembly(3)
    facts.add(
        column,
        0,
        coded(["1 吨/年", "0.000000000000000000001 克/年", "99999999999999999999999 亿吨/年"]),
        Faulty(3),
        lambda *rest: Place("表"),
    )
    kept = facts.columns().columns["capacity"]
    assert not isinstance(kept, Scaled)
    assert [kept.at(row) for row in range(3)] == [
        Fraction(1000),
        Fraction(1, 10**24),
        Fraction(99999999999999999999999 * 10**11),
    ]
    assert np.asarray(kept.index).dtype == np.int32
