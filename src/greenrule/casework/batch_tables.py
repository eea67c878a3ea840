"""Tables of projects read piece by piece, however long they are: CSV, XLSX, Parquet, GeoJSON, GeoPackage.

A piece holds some rows of every column as codes into that piece's own cells, and says which rows cannot be read.  What is
wrong with the table as a whole (no header, merged header cells, nothing below it) is raised before the first piece.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from greenrule.casework.sheets import column_letter, header_keys
from greenrule.core.errors import Fault, InputFault, Place

#: What `--batch` reads.
SUFFIXES = (".csv", ".xlsx", ".parquet", ".geojson", ".gpkg")


@dataclass(slots=True)
class Cells:
    """One column of a piece: `codes` (n,) int32 into the distinct cells `values`, -1 where the cell is empty.

    `values` are an arrow array (of texts or numbers) where the file has one, else a list.
    """

    values: Any
    codes: npt.NDArray[np.int32]
    _list: list[Any] | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def cells(self) -> list[Any]:
        """The distinct cells as Python sees them."""
        if self._list is None:
            self._list = self.values if isinstance(self.values, list) else list(map(_day, self.values.to_pylist()))
        return self._list

    def at(self, row: int) -> Any:
        """One cell, None where it is empty."""
        code = int(self.codes[row])
        if code < 0:
            return None
        return self.values[code] if isinstance(self.values, list) else _day(self.values[code].as_py())

    def taken(self, rows: npt.NDArray[Any]) -> Cells:
        """Some of the rows."""
        return Cells(self.values, self.codes[rows], self._list)


def _day(cell: Any) -> Any:
    return cell.date() if isinstance(cell, datetime) else cell


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


@dataclass(frozen=True, slots=True)
class Head:
    """What a table says before its first row; plain data, so that pieces can be understood where the file is not.

    lettered : columns are called by letters, as sheets show them; else by their header
    crs : reference system that the file states for its geometry; shaped : every row brings a geometry
    """

    path: Path
    header: tuple[str, ...]
    lettered: bool = True
    crs: str | None = None
    shaped: bool = False

    def place(self, row: int, column: int | None = None) -> Place:
        """Where a cell is, as a reader finds it."""
        if column is None:
            return Place(str(self.path), row)
        return Place(str(self.path), row, column_letter(column) if self.lettered else self.header[column])


@dataclass
class Table(ABC):
    """A table that is open: `header` as written, `share` how much of it has been read (0–1)."""

    lettered: ClassVar[bool] = True
    shaped: ClassVar[bool] = False

    path: Path
    header: list[str]
    #: reference system that the file states for its geometry
    crs: str | None = None
    share: float = 0.0

    @abstractmethod
    def pieces(self, size: int) -> Iterator[Callable[[], Piece]]:
        """All pieces of about `size` rows each, as calls that put a piece together; empty rows are left out.

        The same file falls into the same pieces every time.  The calls may be made in any thread.
        """

    def place(self, row: int, column: int | None = None) -> Place:
        """Where a cell is, as a reader finds it."""
        return self.head.place(row, column)

    @property
    def head(self) -> Head:
        """What the table says before its first row."""
        return Head(self.path, tuple(self.header), self.lettered, self.crs, self.shaped)


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
        from greenrule.casework.batch_csv import CsvTable

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
    import pyarrow as pa

    try:
        return arrow_cells(pa.array(values, pa.string()))
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        pass
    seen: dict[Any, int] = {}
    keys = [(value, type(value)) if isinstance(value, (bool, float)) else value for value in values]
    codes = np.fromiter((seen.setdefault(key, len(seen)) for key in keys), np.int32, len(keys))
    cells = [key[0] if isinstance(key, tuple) else key for key in seen]
    empty = [code for code, cell in enumerate(cells) if cell is None or (isinstance(cell, str) and not cell.strip())]
    if empty:
        codes[np.isin(codes, empty)] = -1
    return Cells(cells, codes)


def arrow_cells(column: Any) -> Cells:
    """An arrow column by its distinct values; null, NaN, empty texts and blanks are empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_nested(column.type):
        return coded([None if cell is None else "；".join(map(str, cell)) for cell in column.to_pylist()])
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    values, codes = column.dictionary, column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = values.cast(pa.string())
        blank = pc.equal(pc.utf8_trim_whitespace(values), "")
    elif pa.types.is_floating(values.type):
        blank = pc.is_nan(values)
    else:
        blank = pc.is_null(values)
    empty = np.flatnonzero(blank.to_numpy(zero_copy_only=False))
    if len(empty):
        codes = np.where(np.isin(codes, empty), -1, codes).astype(np.int32)
    return Cells(values, codes)


def piece_of(
    rows: list[Sequence[Any]], numbers: list[int], table: Table, faults: list[tuple[int, list[Any], Fault]]
) -> Piece:
    """A piece of a sheet's rows; rows with more cells than the header are faults (J006), empty ones are left out."""
    width = len(table.header)
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
    faults.sort(key=lambda item: item[0])
    return without_empty(Piece(np.array(numbers, dtype=np.int64), columns, faults=faults))


def without_empty(piece: Piece) -> Piece:
    """Leave out the rows in which nothing is written."""
    filled = np.zeros(len(piece), dtype=bool)
    for cells in piece.columns:
        filled |= cells.codes >= 0
    if not filled.all():
        piece.rows = piece.rows[filled]
        piece.columns = [cells.taken(filled) for cells in piece.columns]
    return piece


@dataclass
class ParquetTable(Table):
    """A Parquet file: one project per row, counted from 1; a column is named, not lettered."""

    lettered: ClassVar[bool] = False

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

    def pieces(self, size: int) -> Iterator[Callable[[], Piece]]:
        """Columns keep the file's own types: numbers, texts, truths, days, lists of texts."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as file:
            total, done = file.metadata.num_rows, 0
            for batch in file.iter_batches(batch_size=size):
                numbers = np.arange(done + 1, done + 1 + batch.num_rows, dtype=np.int64)
                done += batch.num_rows
                self.share = done / total
                yield partial(_parquet_piece, numbers, batch.columns)


def _parquet_piece(numbers: npt.NDArray[np.int64], columns: Sequence[Any]) -> Piece:
    return without_empty(Piece(numbers, [arrow_cells(column) for column in columns]))


@dataclass
class VectorTable(Table):
    """The features of a vector file, counted from 1: attributes are columns, the shape is the project's place."""

    lettered: ClassVar[bool] = False
    shaped: ClassVar[bool] = True

    read: Any = None

    @classmethod
    def open(cls, path: Path) -> VectorTable:
        """Read the file whole; faults as `spatial.vectorfile` tells them."""
        from greenrule.spatial.vectorfile import read_as_written

        read = read_as_written(path)
        header = header_keys(list(read.columns), path)[0] if read.columns else []
        crs = read.crs if read.crs_from == "file" and read.crs else None
        return cls(path, header, crs=crs, read=read)

    def pieces(self, size: int) -> Iterator[Callable[[], Piece]]:
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
            piece = Piece(rows, cells, np.asarray(self.read.geometry[low:high], dtype=object), faults)
            yield partial(_same, piece)


def _same(piece: Piece) -> Piece:
    return piece
