"""One paper in five layouts: the same words in each, the same bytes again, nothing that a spreadsheet would run."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from greenrule.casework.paper import FORMATS, Chart, Head, Paper, Table, Text, lay_out
from greenrule.casework.plotting import chart, picture
from greenrule.core.errors import InputFault


def line(suffix: str) -> bytes:
    with chart(3, 2) as figure:
        figure.subplots().plot([0, 1], [0, 1])
        return picture(figure, suffix, "一条线")


PAPER = Paper(
    "某通报",
    [Head("一、甲"), Text("正文 #set text(red) <b>乙</b>"), Table("表题", ["名", "数"], [["=1+1", Decimal("4.50")], ["丁", None]], (2, 1), frozenset({1})),
     Chart("图题", line)],
    ("演示数据（非官方）",),
)  # fmt: skip


def words(form: str) -> str:
    data = lay_out(PAPER, form)
    if form in ("text", "html"):
        return data.decode()
    if form == "docx":
        from docx import Document

        document = Document(io.BytesIO(data))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    if form == "pdf":
        from pypdf import PdfReader

        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data))
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


@pytest.mark.parametrize("form", FORMATS)
def test_every_layout_says_the_same(form):
    said = words(form)
    for text in ("某通报", "演示数据（非官方）", "一、甲", "4.5", "丁"):
        assert text in said, text
    assert "#set text(red)" in said  # data, not markup
    assert "<b>" not in said if form == "html" else "<b>" in said


@pytest.mark.parametrize("form", ["text", "html", "docx", "pdf"])
def test_the_same_paper_is_the_same_bytes(form):
    assert lay_out(PAPER, form) == lay_out(PAPER, form)


def test_a_workbook_holds_numbers_as_numbers_and_no_formula():
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(lay_out(PAPER, "xlsx")))["表题"]
    assert sheet["B2"].value == 4.5
    assert sheet["A2"].value == "'=1+1"
    assert sheet["A2"].data_type == "s"


def test_a_format_that_there_is_not():
    with pytest.raises(InputFault, match="D025"):
        lay_out(PAPER, "doc")
    with pytest.raises(InputFault, match="D024"):
        line(".gif")
