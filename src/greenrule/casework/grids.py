"""Sheets as people hand them in: cells with their rows and columns, merged cells filled, headers of one or two rows.

CSV (UTF-8 or GB18030), XLSX and Parquet.  Nothing is known here of what the columns mean.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from greenrule.casework.sheets import column_letter
from greenrule.casework.workbooks import MOST_UNPACKED, text_of, whole
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_EMPTY_FORMULA = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*><f(?:\s[^>]*)?(?:/>|>([^<]*)</f>)(?:<v\s*/>|<v></v>)?</c>')
#: Rows above a header: a title, a unit line, a note.
_LEAD = 8
#: A merged cell that covers more than this is a drawing, not a table.
_MOST_MERGED = 200_000


@dataclass
class Grid:
    """One sheet: rows (number as the reader counts, cells from column A on), empty rows left out."""

    path: Path
    sheet: str
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)

    def place(self, row: int | None = None, column: int | None = None) -> Place:
        """Where a cell is, as a reader finds it."""
        name = f"{self.path}[{self.sheet}]" if self.sheet else str(self.path)
        return Place(name, row, None if column is None else column_letter(column))


@dataclass
class Heading:
    """A column: the words of its group (merged above several columns) and its own, and where it stands."""

    column: int
    group: str
    words: str
    row: int

    @property
    def whole(self) -> str:
        """Both together."""
        return f"{self.group}{self.words}" if self.group != self.words else self.words


def open_grids(path: Path) -> list[Grid]:
    """Every sheet of a file.

    Errors: H010 no such file, or empty · H011 kind, form or encoding · H012 a formula that nobody has computed;
    EnvironmentFault H013 cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFault(Fault("H010", "没有这个文件", Place(str(path)), "检查路径"))
    try:
        if path.stat().st_size == 0:
            raise InputFault(Fault("H010", "文件是空的", Place(str(path)), "第一行写表头，从第二行起写内容"))
        suffix = path.suffix.lower()
        if suffix == ".csv":
            return [_csv(path)]
        if suffix == ".xlsx":
            return _xlsx(path)
        if suffix == ".parquet":
            return [_parquet(path)]
    except PermissionError as error:
        raise EnvironmentFault(
            Fault("H013", f"文件读不出来：{error.strerror}", Place(str(path)), "检查文件权限与磁盘")
        ) from None
    raise InputFault(
        Fault("H011", f"不认识 `{path.suffix or path.name}` 这种文件", Place(str(path)), "用 .csv、.xlsx 或 .parquet")
    )


def _csv(path: Path) -> Grid:
    data = path.read_bytes()
    text = text_of(data)
    if text is None:
        raise InputFault(Fault("H011", "文件编码既不是 UTF-8 也不是 GB18030", Place(str(path)), "另存为 UTF-8"))
    grid = Grid(path, "")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            row = [cell.strip() or None for cell in cells]
            if any(cell is not None for cell in row):
                grid.rows.append((reader.line_num, row))
    except csv.Error as error:
        raise InputFault(
            Fault("H011", f"从这一行起读不成表格：{error}", Place(str(path), reader.line_num), "检查引号是否成对")
        ) from None
    if "\0" in text:
        raise InputFault(Fault("H011", "文件里有空字节，不是文本表格", Place(str(path)), "另存为 UTF-8 的 CSV"))
    return grid


def _xlsx(path: Path) -> list[Grid]:
    import openpyxl

    out: list[Grid] = []
    faults: list[Fault] = []

    def wrong(told: str, help: str) -> InputFault:
        return InputFault(Fault("H011", told, Place(str(path)), help))

    with whole(path, MOST_UNPACKED, "删去图片和无关的表，另存为 .xlsx", wrong), zipfile.ZipFile(path) as archive:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for sheet in book.worksheets:
            grid = Grid(path, sheet.title)
            xml = archive.read(sheet._worksheet_path)  # type: ignore[attr-defined]
            for found in _EMPTY_FORMULA.finditer(xml):
                told = f"公式 `={(found[3] or b'').decode(errors='replace')[:40]}` 没有算出的值"
                at = Place(f"{path}[{sheet.title}]", int(found[2]), found[1].decode())
                faults.append(Fault("H012", told, at, "在 Excel 或 WPS 里打开并保存一次，或改写成值"))
            sheet.reset_dimensions()
            raw = [list(row) for row in sheet.iter_rows(values_only=True)]
            _fill(raw, xml)
            for number, cells in enumerate(raw, 1):
                row = [_cell(cell) for cell in cells]
                if any(cell is not None for cell in row):
                    grid.rows.append((number, row))
            out.append(grid)
        book.close()
    if faults:
        raise InputFault(faults)
    return out


def _fill(rows: list[list[Any]], xml: bytes) -> None:
    """Give every cell of a merged area the value that stands in its corner."""
    left = _MOST_MERGED
    for found in _MERGED.finditer(xml):
        first, last = _number(found[1]), _number(found[3])
        top, bottom = int(found[2]), int(found[4])
        left -= (last - first + 1) * (bottom - top + 1)
        if left < 0 or top > len(rows) or first >= len(rows[top - 1]):
            continue
        value = rows[top - 1][first]
        for row in rows[top - 1 : bottom]:
            row.extend([None] * (last + 1 - len(row)))
            row[first : last + 1] = [value] * (last - first + 1)


def _number(letters: bytes) -> int:
    total = 0
    for letter in letters:
        total = total * 26 + letter - 64
    return total - 1


def _parquet(path: Path) -> Grid:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        if isinstance(error, PermissionError):
            raise
        raise InputFault(
            Fault("H011", f"打不开这个 Parquet 文件：{str(error).splitlines()[0]}", Place(str(path)), "重新导出")
        ) from None
    grid = Grid(path, "")
    grid.rows.append((1, list(table.column_names)))
    columns = [column.to_pylist() for column in table.columns]
    for number, cells in enumerate(zip(*columns, strict=True), 2):
        row = [_cell(cell) for cell in cells]
        if any(cell is not None for cell in row):
            grid.rows.append((number, row))
    return grid


def _cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, float) and cell != cell:
        return None
    return cell


def headings(grid: Grid, known: Callable[[str], bool]) -> tuple[list[Heading], int] | None:
    """The columns of a sheet and how many of its rows are above the content; None where no row looks like a header.

    `known` says of a cell's words whether they are a header.  The header is the row of the first rows that has the most;
    where groups stand above it, or the column names below it, both rows belong to it.
    """
    scores = [sum(1 for cell in cells if cell is not None and known(str(cell))) for _, cells in grid.rows[:_LEAD]]
    best = max(scores, default=0)
    if best < 2 and not (best == 1 and len(grid.rows[0][1]) <= 2):
        return None
    at = scores.index(best)
    top = bottom = at
    if at and scores[at - 1] >= 2:
        top = at - 1
    elif at + 1 < len(scores) and scores[at + 1] >= 2 and _texts(grid.rows[at + 1][1]):
        bottom = at + 1
    upper, lower = grid.rows[top][1], grid.rows[bottom][1]
    width = max(len(upper), len(lower))
    out = []
    group = ""
    for column in range(width):
        above = upper[column] if column < len(upper) else None
        below = lower[column] if column < len(lower) else None
        if top == bottom:
            group = ""
        elif above is not None:
            group = str(above)
        elif below is None:
            group = ""
        words = str(below) if below is not None else str(above) if above is not None else ""
        if words:
            head = group if top != bottom and below is not None and group != words else ""
            out.append(Heading(column, _tidy(head), _tidy(words), grid.rows[bottom][0]))
    return out, bottom + 1


def _texts(cells: Sequence[Any]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not _is_number(cell)) for cell in cells)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?[\d,.]+%?", text) is not None


def _tidy(words: str) -> str:
    """Words of a header without the spaces and line breaks that people put in to make it look well."""
    return re.sub(r"\s+", "", words).replace("（", "(").replace("）", ")")


def moment(cell: Any) -> datetime | date | None:
    """A day or a moment as a cell writes it; None where it is neither.

    >>> moment("2026-1-5"), moment("2026/01/05 13:00"), moment("20260105")
    (datetime.date(2026, 1, 5), datetime.datetime(2026, 1, 5, 13, 0), datetime.date(2026, 1, 5))
    """
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, date):
        return cell
    text = str(cell).strip().replace("年", "-").replace("月", "-").replace("日", "")
    found = re.fullmatch(
        r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[ T]*(\d{1,2})(?::(\d{2})(?::(\d{2}))?|[时点])?)?", text
    )
    if not found:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if found[4] is None:
            return day
        return datetime(day.year, day.month, day.day, int(found[4]), int(found[5] or 0), int(found[6] or 0))
    except ValueError:
        return None


def first_sheet(grids: Iterable[Grid], words: Sequence[str]) -> Grid | None:
    """The sheet whose name holds one of the words; None where there is none."""
    for grid in grids:
        if any(word in grid.sheet for word in words):
            return grid
    return None
