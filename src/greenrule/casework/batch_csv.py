"""Long sheets of comma-separated values, block by block; a record that is no table row costs that record only.

Blocks that can only be split in one way are split by arrow; the others (a quote out of place, a quoted cell that goes on in
the next block) go through the reader of the standard library, the one that reads short sheets.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from greenrule.casework.batch_quotes import whole_records
from greenrule.casework.batch_tables import Piece, Table, arrow_cells, piece_of, without_empty
from greenrule.casework.sheets import header_keys
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

#: What a row may take, for the size of blocks.
_ROW_BYTES = 128


class _Lines:
    """The lines of a file from a place on, with those of the record at hand kept, so that one can go back behind a bad one."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream, self.encoding = stream, encoding
        self.back: list[bytes] = []
        self.held: list[bytes] = []
        self.at = stream.tell()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.back:
            line = self.back.pop()
        else:
            # A lone carriage return ends a line, too, as old spreadsheets wrote it.
            line, *rest = self.stream.readline().splitlines(keepends=True) or [b""]
            self.back.extend(reversed(rest))
        if not line:
            raise StopIteration
        self.held.append(line)
        return line.decode(self.encoding)

    def settle(self) -> None:
        """The record at hand is read: forget its lines."""
        self.at += sum(map(len, self.held))
        self.held.clear()

    def give_up_first(self) -> str:
        """The first line of the record at hand is bad: hand out the others again."""
        first, *rest = self.held or [b""]
        self.back.extend(reversed(rest))
        self.held = [first]
        self.settle()
        return first.decode(self.encoding)


@dataclass
class CsvTable(Table):
    """A sheet of comma-separated values, in UTF-8 or GB18030."""

    encoding: str = "utf-8"
    #: where the records below the header begin
    start: int = 0

    @classmethod
    def open(cls, path: Path) -> CsvTable:
        """Find the encoding, read the header; J004 where it is neither encoding."""
        encoding = next((name for name in ("utf-8", "gb18030") if _decodes(path, name)), None)
        if encoding is None:
            raise InputFault(Fault("J004", "文件编码既不是 UTF-8 也不是 GB18030", Place(str(path)), "另存为 UTF-8"))
        with path.open("rb") as stream:
            stream.seek(3 if stream.read(3) == codecs.BOM_UTF8 else 0)
            lines = _Lines(stream, encoding)
            try:
                first = next(csv.reader(lines, strict=True), [])
            except csv.Error as error:
                told, help = f"表头读不成表格：{error}", "检查引号是否成对、单元格是否过长"
                raise InputFault(Fault("J005", told, Place(str(path), 1), help)) from None
            lines.settle()
            table = cls(path, header_keys(first, path)[0], encoding=encoding, start=lines.at)
            if not any(line.strip(' \t\r\n,"') for line in lines):
                raise InputFault(Fault("J002", "表里只有表头，没有项目", Place(str(path)), "从第二行起一行写一个项目"))
        return table

    def pieces(self, size: int) -> Iterator[Callable[[], Piece]]:
        """Records are counted from the header, which is 1; a record that is no table row is set aside by itself."""
        total = self.path.stat().st_size
        number = 2
        with self.path.open("rb") as stream:
            at = self.start
            while at < total:
                stream.seek(at)
                block = stream.read(size * _ROW_BYTES) + stream.readline()
                records = whole_records(block)
                if records is None:
                    stream.seek(at)
                    piece, number, at = self._quoted(stream, number, at + len(block))
                    self.share = at / total
                    yield piece
                    continue
                at += len(block)
                self.share = at / total
                yield partial(self._plain, block, number)
                number += records

    def _plain(self, block: bytes, number: int) -> Piece:
        """A block of whole records of which nobody doubts where their cells end."""
        import pyarrow as pa
        import pyarrow.csv as pc

        if self.encoding != "utf-8":
            block = block.decode(self.encoding).encode()
        names = [str(place) for place in range(len(self.header))]
        text = pa.dictionary(pa.int32(), pa.string())
        try:
            if b"\0" in block or len(names) == 1:  # arrow takes an empty line for no row of a single column
                raise pa.ArrowInvalid
            found = pc.read_csv(
                pa.py_buffer(block),
                pc.ReadOptions(column_names=names, use_threads=False, block_size=max(len(block), 1)),
                pc.ParseOptions(ignore_empty_lines=False, newlines_in_values=b'"' in block),
                pc.ConvertOptions(column_types=dict.fromkeys(names, text), strings_can_be_null=False),
            )
        except pa.ArrowInvalid:  # rows of several lengths, empty lines
            rows = list(csv.reader(io.StringIO(block.decode(), newline="")))
            return piece_of(list(rows), list(range(number, number + len(rows))), self, [])
        rows_read = np.arange(number, number + found.num_rows, dtype=np.int64)
        return without_empty(Piece(rows_read, [arrow_cells(column) for column in found.columns]))

    def _quoted(self, stream: BinaryIO, number: int, end: int) -> tuple[Callable[[], Piece], int, int]:
        """The records that begin before `end`, the number of the next one and where it begins."""
        lines = _Lines(stream, self.encoding)
        reader = csv.reader(lines, strict=True)
        rows: list[Sequence[Any]] = []
        numbers: list[int] = []
        faults: list[tuple[int, list[Any], Fault]] = []
        while lines.at < end:
            try:
                row = next(reader, None)
            except csv.Error as error:
                line = lines.give_up_first()
                fault = Fault(
                    "J006", f"这一行读不成表格：{error}", self.place(number), "检查引号是否成对、单元格是否过长"
                )
                faults.append((number, line.rstrip("\r\n").split(","), fault))
                reader = csv.reader(lines, strict=True)
                number += 1
                continue
            lines.settle()
            if row is None:
                break
            rows.append(row)
            numbers.append(number)
            number += 1
        return partial(piece_of, rows, numbers, self, faults), number, lines.at


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while data := stream.read(1 << 22):
                decoder.decode(data)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    except OSError as error:
        raise EnvironmentFault(
            Fault("J009", f"文件读不出来：{error.strerror}", Place(str(path)), "检查文件权限与磁盘")
        ) from None
    return True
