"""Tables of projects read piece by piece, however long they are: CSV, XLSX, Parquet, GeoJSON, GeoPackage.

A piece holds some rows of every column as codes into that piece's own cells, and says which rows cannot be read.  What is
wrong with the table as a whole (no header, merged header cells, nothing below it) is raised before the first piece.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from greenrule.casework.sheets import column_letter, header_keys
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

#: What `--batch` reads.
SUFFIXES = (".csv", ".xlsx", ".parquet", ".geojson", ".gpkg")


@dataclass(frozen=True, slots=True)
class Cells:
    """One column of a piece: `codes` (n,) int32 into `values`, the distinct cells; -1 where the cell is empty."""

    values: list[Any]
    codes: npt.NDArray[np.int32]

    def at(self, row: int) -> Any:
        """One cell, None where it is empty."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]


@dataclass
class Piece:
    """Some rows: `rows` (n,) their numbers as the reader counts, one `Cells` per column, geometry as the file writes it.

    `faults` are rows that cannot be read at all: (row number, cells as far as they go, fault).
    """

    rows: npt.NDArray[np.int64]
    columns: list[Cells]
    geometry: npt.NDArray[Any] | None = None
    faults: list[tuple[int, list[Any], Fault]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass
class Table:
    """A table that is open: `header` as written, `share` how much of it has been read (0–1)."""

    path: Path
    header: list[str]
    #: reference system that the file states for its geometry
    crs: str | None = None
    share: float = 0.0

    def pieces(self, size: int) -> Iterator[Piece]:
        """All pieces of `size` rows each, the last one shorter; empty rows are left out."""
        raise NotImplementedError

    def place(self, row: int, column: int | None = None) -> Place:
        """Where a cell is, as a reader finds it."""
        return Place(str(self.path), row, None if column is None else column_letter(column))


def open_table(path: Path) -> Table:
    """The table of a file.

    Errors: J001 no such file · J002 empty, or nothing below the header · J004 kind of file · J005 header; those of the
    readers of sheets and vector files.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFault(Fault("J001", "没有这个文件", Place(str(path)), "检查路径"))
    if path.stat().st_size == 0:
        raise InputFault(Fault("J002", "文件是空的", Place(str(path)), "第一行写表头，从第二行起一行写一个项目"))
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return CsvTable.open(path)
    if suffix == ".xlsx":
        from greenrule.casework.batch_xlsx import XlsxTable

        return XlsxTable.open(path)
    if suffix == ".parquet":
        return ParquetTable.open(path)
    if suffix in (".geojson", ".gpkg"):
        return VectorTable.open(path)
    raise InputFault(Fault("J004", f"不认识的表格类型 `{suffix}`", Place(str(path)), f"可用：{' '.join(SUFFIXES)}"))


def coded(values: Sequence[Any]) -> Cells:
    """A column of cells by its distinct values; None, empty texts and blanks are empty."""
    seen: dict[Any, int] = {}
    codes = np.fromiter((seen.setdefault(value, len(seen)) for value in values), np.int32, len(values))
    cells = list(seen)
    empty = [code for code, cell in enumerate(cells) if cell is None or (isinstance(cell, str) and not cell.strip())]
    if empty:
        codes[np.isin(codes, empty)] = -1
    return Cells(cells, codes)


def piece_of(rows: list[Sequence[Any]], numbers: list[int], width: int, table: Table) -> Piece:
    """A piece of a sheet's rows; rows with more cells than the header are faults (J006), empty ones are left out."""
    faults: list[tuple[int, list[Any], Fault]] = []
    if any(len(row) != width for row in rows):
        kept, kept_numbers = [], []
        for row, number in zip(rows, numbers, strict=True):
            extra = next((column for column in range(width, len(row)) if str(row[column] or "").strip()), None)
            if extra is not None:
                told = f"`{str(row[extra])[:40]}` 上面没有表头"
                help = "补上表头，或删去这一格；含逗号的内容要加引号"
                faults.append((number, list(row), Fault("J006", told, table.place(number, extra), help)))
                continue
            kept.append(row if len(row) == width else [*row, *[None] * (width - len(row))][:width])
            kept_numbers.append(number)
        rows, numbers = kept, kept_numbers
    columns = (
        [coded(column) for column in zip(*rows, strict=True)] if rows else [Cells([], np.empty(0, np.int32))] * width
    )
    piece = Piece(np.array(numbers, dtype=np.int64), columns, faults=faults)
    filled = np.zeros(len(rows), dtype=bool)
    for cells in piece.columns:
        filled |= cells.codes >= 0
    if not filled.all():
        piece.rows = piece.rows[filled]
        piece.columns = [Cells(cells.values, cells.codes[filled]) for cells in piece.columns]
    return piece


class _Lines:
    """The lines of a text, with those of the record at hand kept, so that a reader can go back behind a bad one."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.back: list[str] = []
        self.held: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.back.pop() if self.back else next(self.stream)
        self.held.append(line)
        return line

    def settle(self) -> None:
        """The record at hand is read: forget its lines."""
        self.held.clear()

    def give_up_first(self) -> str:
        """The first line of the record at hand is bad: hand out the others again."""
        first, *rest = self.held or [""]
        self.back.extend(reversed(rest))
        self.held.clear()
        return first


@dataclass
class CsvTable(Table):
    """A sheet of comma-separated values, in UTF-8 or GB18030."""

    encoding: str = "utf-8-sig"

    @classmethod
    def open(cls, path: Path) -> CsvTable:
        """Find the encoding, read the header; J004 where it is neither encoding."""
        encoding = next((name for name in ("utf-8-sig", "gb18030") if _decodes(path, name)), None)
        if encoding is None:
            raise InputFault(Fault("J004", "文件编码既不是 UTF-8 也不是 GB18030", Place(str(path)), "另存为 UTF-8"))
        table = cls(path, [], encoding=encoding)
        with table._text() as stream:
            first = next(csv.reader(stream), [])
            table.header = header_keys(first, path)[0]
            if not any(line.strip(' \t\r\n,"') for line in stream):
                raise InputFault(_only_header(path))
        return table

    def _text(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")

    def pieces(self, size: int) -> Iterator[Piece]:
        """Records are counted from the header, which is 1; a record that is no table row is set aside by itself."""
        total = self.path.stat().st_size
        with self._text() as stream:
            lines = _Lines(stream)
            reader = csv.reader(lines, strict=True)
            rows: list[Sequence[Any]] = []
            numbers: list[int] = []
            faults: list[tuple[int, list[Any], Fault]] = []
            number = 0
            while True:
                number += 1
                try:
                    row = next(reader, None)
                except csv.Error as error:
                    line = lines.give_up_first()
                    help = "检查引号是否成对、单元格是否过长"
                    fault = Fault("J006", f"这一行读不成表格：{error}", self.place(number), help)
                    faults.append((number, line.rstrip("\r\n").split(","), fault))
                    reader = csv.reader(lines, strict=True)
                    continue
                lines.settle()
                if row is not None and number > 1:
                    rows.append(row)
                    numbers.append(number)
                if len(rows) + len(faults) >= size or (row is None and (rows or faults)):
                    self.share = stream.buffer.tell() / total
                    piece = piece_of(rows, numbers, len(self.header), self)
                    piece.faults = sorted([*piece.faults, *faults], key=lambda item: item[0])
                    rows, numbers, faults = [], [], []
                    yield piece
                if row is None:
                    return


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


def _only_header(path: Path) -> Fault:
    return Fault("J002", "表里只有表头，没有项目", Place(str(path)), "从第二行起一行写一个项目")


@dataclass
class ParquetTable(Table):
    """A Parquet file: one project per row, counted from 1; a column is named, not lettered."""

    @classmethod
    def open(cls, path: Path) -> ParquetTable:
        """Read the schema; J004 where it is no Parquet file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(path) as file:
                header, rows = file.schema_arrow.names, file.metadata.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            told = f"打不开这个 Parquet 文件：{str(error)[:120]}"
            raise InputFault(Fault("J004", told, Place(str(path)), "检查文件是否完整")) from None
        if not rows:
            raise InputFault(Fault("J002", "表里没有项目", Place(str(path)), "一行写一个项目"))
        return cls(path, header_keys(header, path)[0])

    def place(self, row: int, column: int | None = None) -> Place:
        """Row number and column name."""
        return Place(str(self.path), row, None if column is None else self.header[column])

    def pieces(self, size: int) -> Iterator[Piece]:
        """Columns keep the file's own types: numbers, texts, truths, days, lists of texts."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as file:
            total, done = file.metadata.num_rows, 0
            for batch in file.iter_batches(batch_size=size):
                numbers = np.arange(done + 1, done + 1 + batch.num_rows, dtype=np.int64)
                done += batch.num_rows
                self.share = done / total
                yield Piece(numbers, [_arrow_cells(column) for column in batch.columns])


def _arrow_cells(column: Any) -> Cells:
    import pyarrow as pa

    if pa.types.is_nested(column.type):
        return coded([None if cell is None else "；".join(map(str, cell)) for cell in column.to_pylist()])
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    cells = [cell.date() if isinstance(cell, datetime) else cell for cell in column.dictionary.to_pylist()]
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    empty = [
        code
        for code, cell in enumerate(cells)
        if cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())
    ]
    if empty:
        codes[np.isin(codes, empty)] = -1
    return Cells(cells, codes)


@dataclass
class VectorTable(Table):
    """The features of a vector file, counted from 1: attributes are columns, the shape is the project's place."""

    read: Any = None

    @classmethod
    def open(cls, path: Path) -> VectorTable:
        """Read the file whole; faults as `spatial.vectorfile` tells them."""
        from greenrule.spatial.vectorfile import read_as_written

        read = read_as_written(path)
        header = header_keys(list(read.columns), path)[0] if read.columns else []
        crs = read.crs if read.crs_from == "file" and read.crs else None
        return cls(path, header, crs=crs, read=read)

    def place(self, row: int, column: int | None = None) -> Place:
        """Feature number and column name."""
        return Place(str(self.path), row, None if column is None else self.header[column])

    def pieces(self, size: int) -> Iterator[Piece]:
        """Features without a shape were left out by the reader of vector files: each is a fault (B004)."""
        numbers = np.asarray(self.read.rows, dtype=np.int64)
        last = int(numbers[-1]) if len(numbers) else 0
        bare = np.setdiff1d(np.arange(1, last + 1), numbers)
        columns = list(self.read.columns.values())
        for low in range(0, len(numbers), size):
            rows = numbers[low : low + size]
            high = low + len(rows)
            first = 0 if low == 0 else int(numbers[low - 1])
            faults: list[tuple[int, list[Any], Fault]] = [
                (
                    int(row),
                    [],
                    Fault("B004", "这一条没有图形", self.place(int(row)), "补上图形，或改用表格并写经度、纬度"),
                )
                for row in bare
                if first < row < rows[-1]
            ]
            self.share = high / len(numbers)
            cells = [coded(list(column[low:high])) for column in columns]
            yield Piece(rows, cells, np.asarray(self.read.geometry[low:high], dtype=object), faults)
