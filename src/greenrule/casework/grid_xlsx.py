"""A workbook with a sheet of millions of coloured cells: openpyxl writes the book, the grid's rows are streamed into it.

openpyxl takes about ten microseconds for a cell, half a minute for two millions; cells of a grid repeat a few thousand texts,
so their XML is written once per text and joined.

Source: ECMA-376-1, 18.3.1.4 (cells), 18.3.1.73 (rows), 18.4.9 (shared strings).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from openpyxl import Workbook

#: What a sheet holds (ECMA-376): rows, and columns.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384


@dataclass
class Grid:
    """Rows that are put below those which a sheet of the book has already.

    first : number of the first row; cells : (text, style number) of every distinct cell, None for an empty one
    lead : per row the cells before the grid (text, style number); number : (rows, columns) which of `cells` stands there
    """

    sheet: str
    first: int
    cells: Sequence[tuple[str, int] | None]
    lead: Sequence[Sequence[tuple[str, int]]]
    number: npt.NDArray[np.int32]

    def texts(self) -> list[str]:
        """Every text of the grid, once."""
        found = [cell[0] for cell in self.cells if cell is not None] + [text for row in self.lead for text, _ in row]
        return list(dict.fromkeys(found))

    def rows(self, shared: dict[str, int]) -> Iterable[bytes]:
        """The XML of the rows; `shared` numbers the texts of the workbook."""

        def cell(one: tuple[str, int] | None) -> str:
            if one is None:
                return "<c/>"
            text, style = one
            return f'<c s="{style}" t="s"><v>{shared[text]}</v></c>' if text else f'<c s="{style}"/>'

        written = [cell(one) for one in self.cells]
        for place, (lead, numbers) in enumerate(zip(self.lead, self.number.tolist(), strict=True)):
            body = "".join([*map(cell, lead), *(written[number] for number in numbers)])
            yield f'<row r="{self.first + place}">{body}</row>'.encode()


def with_grid(book: Workbook, grid: Grid) -> bytes:
    """The workbook as bytes, with the rows of a grid in one of its sheets."""
    stream = io.BytesIO()
    book.save(stream)
    part = f"xl/worksheets/sheet{book.sheetnames.index(grid.sheet) + 1}.xml"
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as target:
        texts = grid.texts()
        for item in source.infolist():
            data = source.read(item)
            if item.filename == part:
                _write_sheet(target, part, data, grid, {text: place for place, text in enumerate(texts)})
                continue
            for ending, entry in _REGISTERED.items():
                if item.filename.endswith(ending):
                    before, close, last = data.rpartition(b"</")
                    data = before + entry + close + last
            target.writestr(item.filename, data)
        target.writestr("xl/sharedStrings.xml", _shared(texts))
    return out.getvalue()


#: openpyxl writes texts into their cells and has no table of shared ones; where the table is announced.
_REGISTERED = {
    "[Content_Types].xml": b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>',
    "workbook.xml.rels": b'<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
    b'Target="sharedStrings.xml" Id="rIdTexts"/>',
}


def _write_sheet(target: zipfile.ZipFile, part: str, data: bytes, grid: Grid, shared: dict[str, int]) -> None:
    head, end, rest = data.partition(b"</sheetData>")
    # The sheet is larger than openpyxl knew; readers find its size for themselves.
    head = re.sub(rb'<dimension ref="[^"]*" ?/>', b"", head)
    with target.open(part, "w", force_zip64=True) as sheet:
        sheet.write(head)
        rows = iter(grid.rows(shared))
        while batch := list(islice(rows, 64)):
            sheet.write(b"".join(batch))
        sheet.write(end + rest)


def _shared(texts: Sequence[str]) -> bytes:
    """The table of shared texts."""
    items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{items}</sst>'.encode()


def loose_cell(sheet: Any) -> Any:
    """A cell that stands in no sheet: to be dressed, for its style."""
    from openpyxl.cell import Cell

    return Cell(sheet, row=1, column=1)


def style_of(cell: Any) -> int:
    """The number under which the style of an openpyxl cell is written."""
    return int(cell.style_id)
