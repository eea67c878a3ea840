"""The first sheet of a workbook row by row, in one pass and little memory: half a million rows in seconds.

openpyxl tells of the workbook (sheets, texts, which styles are dates); the rows themselves are read here, by the XML
parser of the standard library, for openpyxl takes minutes over them.

Source: ECMA-376-1, 18.3.1 (worksheets), 18.18.11 (cell types).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from xml.parsers import expat

from greenrule.casework.batch_tables import Piece, Table, piece_of
from greenrule.casework.sheets import empty_formula, header_keys, merged_header
from greenrule.casework.workbooks import MOST_UNPACKED, legible
from greenrule.core.errors import Fault, InputFault, Place

#: A sheet that is read as a stream may unpack to this much: ten million rows of a few columns.
_MOST_STREAMED = 16 * MOST_UNPACKED
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+1:[A-Z]+\d+)"')
_FORMULA = "\0formula"


@dataclass
class XlsxTable(Table):
    """A workbook's first sheet; rows and columns are named as Excel shows them."""

    part: str = ""
    texts: list[str] = field(default_factory=list)
    dated: frozenset[int] = frozenset()
    epoch: Any = None

    @classmethod
    def open(cls, path: Path) -> XlsxTable:
        """Read what the workbook says of itself, and the header.

        Errors: J003 unpacks to too much · J004 not a workbook · J005 no header or merged header cells · J002 nothing below
        it; EnvironmentFault J009 cannot be read.
        """
        import openpyxl

        with legible(path, _MOST_STREAMED, "拆成几个文件，或改用 CSV、Parquet"):
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            sheet: Any = book.worksheets[0]
            dated = frozenset(set(book._date_formats) | set(book._timedelta_formats))  # type: ignore[attr-defined]
            table = cls(
                path, [], part=sheet._worksheet_path, texts=list(sheet._shared_strings), dated=dated, epoch=book.epoch
            )
            book.close()
            merged = table._merged()
            if merged:
                raise merged_header(merged, path)
            rows = table._rows()
            number, first = next(rows, (1, []))
            table.header = header_keys(first if number == 1 else [], path)[0]
            if next(rows, None) is None:
                raise InputFault(Fault("J002", "表里只有表头，没有项目", Place(str(path)), "从第二行起一行写一个项目"))
        return table

    def _merged(self) -> list[str]:
        """Merged areas that begin in the first row; they stand behind the rows, so the part is passed over once."""
        found: list[str] = []
        with zipfile.ZipFile(self.path) as archive, archive.open(self.part) as stream:
            rest = b""
            while data := stream.read(1 << 20):
                rest = rest[-200:] + data
                found += [area.decode() for area in _MERGED.findall(rest)]
        return list(dict.fromkeys(found))

    def pieces(self, size: int) -> Iterator[Callable[[], Piece]]:
        """Rows under their own numbers; a row that the file breaks off in ends the reading with a fault (J006)."""
        rows: list[Any] = []
        numbers: list[int] = []
        faults: list[tuple[int, list[Any], Fault]] = []
        last = 1
        source = self._rows()
        next(source, None)
        while True:
            try:
                found = next(source, None)
            except (expat.ExpatError, zipfile.BadZipFile, EOFError, ValueError) as error:
                told, help = f"从这一行起读不成表格：{error}", "文件不完整：重新传送，或用 Excel 另存"
                faults.append((last + 1, [], Fault("J006", told, self.place(last + 1), help)))
                found = None
            if found is not None:
                last, cells = found
                formula = next(
                    (n for n, cell in enumerate(cells) if isinstance(cell, str) and cell.startswith(_FORMULA)), None
                )
                if formula is None:
                    rows.append(cells)
                    numbers.append(last)
                else:
                    shown = [str(cell).replace(_FORMULA, "=") if cell is not None else None for cell in cells]
                    faults.append((last, shown, empty_formula(shown[formula] or "", self.place(last, formula))))
            if len(rows) + len(faults) >= size or (found is None and (rows or faults)):
                yield partial(piece_of, rows, numbers, self, faults)
                rows, numbers, faults = [], [], []
            if found is None:
                return

    def _rows(self) -> Iterator[tuple[int, list[Any]]]:
        """(row number, cells from column A on) of every row that has cells."""
        parser = _Rows(self)
        total = zipfile.ZipFile(self.path).getinfo(self.part).file_size or 1
        done = 0
        with zipfile.ZipFile(self.path) as archive, archive.open(self.part) as stream:
            while data := stream.read(1 << 18):
                done += len(data)
                parser.expat.Parse(data, False)
                yield from parser.taken()
                self.share = done / total
            parser.expat.Parse(b"", True)
            yield from parser.taken()


class _Rows:
    """Gathers the cells of a sheet from the parser's events."""

    def __init__(self, table: XlsxTable) -> None:
        self.texts, self.dated, self.epoch = table.texts, table.dated, table.epoch
        self.expat = expat.ParserCreate()
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._text
        self.done: list[tuple[int, list[Any]]] = []
        self.number = 0
        self.cells: list[Any] = []
        self.kind: str | None = None
        self.style = 0
        self.column = -1
        self.where = ""
        self.value: list[str] = []
        self.formula: list[str] | None = None
        self.columns: dict[str, int] = {}

    def taken(self) -> list[tuple[int, list[Any]]]:
        done, self.done = self.done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r")
            self.column = self.column + 1 if reference is None else self._column(reference)
            self.kind = attributes.get("t")
            self.style = int(attributes.get("s", 0))
            self.value = []
            self.formula = None
        elif name in ("v", "t"):
            self.where = "v"
        elif name == "f":
            self.where, self.formula = "f", []
        elif name == "rPh":  # how a text is read aloud, not the text
            self.where = "rPh"
        elif name == "row":
            self.number = int(attributes.get("r", self.number + 1))
            self.cells, self.column = [], -1

    def _text(self, data: str) -> None:
        if self.where == "v":
            self.value.append(data)
        elif self.where == "f" and self.formula is not None:
            self.formula.append(data)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in ("v", "t", "f"):
            self.where = ""
        elif name == "c":
            cells = self.cells
            while len(cells) <= self.column:
                cells.append(None)
            cells[self.column] = self._cell("".join(self.value))
        elif name == "row" and self.cells:
            self.done.append((self.number, self.cells))

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        found = self.columns.get(letters)
        if found is None:
            found = 0
            for letter in letters:
                found = found * 26 + ord(letter) - 64
            if not 0 < found <= 16_384:
                raise ValueError(f"`{reference}` 不是单元格")
            self.columns[letters] = found
        return found - 1

    def _cell(self, text: str) -> Any:
        """The value of a cell as openpyxl gives it; a formula without a value is marked."""
        kind = self.kind
        if text == "":
            return _FORMULA + "".join(self.formula) if self.formula is not None else None
        if kind == "s":
            return self.texts[int(text)]
        if kind in ("inlineStr", "str", "e"):
            return text
        if kind == "b":
            return text != "0"
        if kind == "d":
            return datetime.fromisoformat(text).date()
        if self.style in self.dated:
            from openpyxl.utils.datetime import from_excel

            moment = from_excel(float(text), self.epoch)
            return (
                moment.date() if isinstance(moment, datetime) else moment if isinstance(moment, date) else str(moment)
            )
        return float(text) if "." in text or "e" in text or "E" in text else int(text)
