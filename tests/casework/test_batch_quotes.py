"""However a sheet is quoted, its cells come out as the standard library reads them."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.batch_csv import CsvTable
from greenrule.casework.batch_quotes import LONGEST, whole_records

HEAD = ["甲", "乙", "丙"]
_TEXTS = st.text(alphabet='ab",\n\r 中；', max_size=12)
_ROWS = st.lists(st.lists(_TEXTS, min_size=3, max_size=3), min_size=1, max_size=30)


def cells(content: bytes, size: int) -> list[list[str]]:
    """All rows of a table, piece by piece; blanks are empty."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "表.csv"
        path.write_bytes(content)
        out = []
        numbers: list[int] = []
        for load in CsvTable.open(path).pieces(size):
            piece = load()
            assert not piece.faults
            numbers += piece.rows.tolist()
            out += [[column.at(row) or "" for column in piece.columns] for row in range(len(piece))]
    assert numbers == sorted(set(numbers))
    return out


def kept(rows: list[list[str]]) -> list[list[str]]:
    """The rows in which something is written; blanks are empty."""
    shown = [[cell if cell.strip() else "" for cell in row] for row in rows]
    return [row for row in shown if any(row)]


@given(rows=_ROWS, quoting=st.sampled_from((csv.QUOTE_ALL, csv.QUOTE_MINIMAL)), end=st.sampled_from(("\n", "\r\n")),
       size=st.integers(1, 8), code=st.sampled_from(("utf-8", "gb18030")), last=st.booleans())  # fmt: skip
def test_quoted_sheets_are_read_as_written(rows, quoting, end, size, code, last):
    """Small and large blocks, cells with commas, quotes and line ends, a last line with and without its end."""
    if quoting == csv.QUOTE_MINIMAL:  # which leaves a lone carriage return bare, where it ends a line
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    if not kept(rows):
        return
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator=end).writerows([HEAD, *rows])
    written = text.getvalue() if last else text.getvalue().removesuffix(end)
    assert cells(written.encode(code), size) == kept(rows)


@pytest.mark.parametrize(
    ("block", "records"),
    [
        (b"", 0), (b"a,b\n", 1), (b"a,b", 1), (b'"a","b"\r\n"c",\r\n', 2), (b'"a\nb",c\n', 1), (b'a,"b""c"\n', 1), (b'""\n\n', 2),
        (b'a,"b\n', None), (b'a"b,c\n', None), (b'"a"b,c\n', None), (b"a\rb\n", None), (b"a\r", None), (b'"a"\r', None), (b'"a" ,b\n', None),
        (b'"' + b"a" * LONGEST + b'aa"\n', None), (b"a" * (LONGEST + 2), None),
    ],
)  # fmt: skip
def test_records_are_counted_or_left_to_the_careful_reader(block, records):
    """Whatever two readers might take differently is left to one."""
    assert whole_records(block) == records


def test_quoted_sheets_go_the_short_way(tmp_path, monkeypatch):
    """A sheet that quotes every cell is not read record by record."""
    path = tmp_path / "表.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([HEAD, *([str(n), "b,c", 'd"e'] for n in range(5000))])
    monkeypatch.setattr(CsvTable, "_quoted", None)
    table = CsvTable.open(path)
    pieces = [load() for load in table.pieces(64)]
    assert [int(row) for piece in pieces for row in piece.rows] == list(range(2, 5002))
    assert pieces[0].columns[2].at(0) == 'd"e'
    assert len(pieces) > 5
