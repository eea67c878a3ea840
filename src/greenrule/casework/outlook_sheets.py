"""Tables that the outlook and the inventory take: CSV, XLSX and Parquet as columns of text under their own row numbers.

Every cell is kept as it was written, so that exact numbers stay exact and a fault can show the row and the column.  Columns
of numbers and of times are read whole; only what cannot be read is looked at one by one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from greenrule.casework.workbooks import MOST_UNPACKED, text_of, whole
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

if TYPE_CHECKING:
    import pyarrow as pa

#: What people write into a cell that has no value.
MISSING = frozenset(
    ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "--", "—", "——", "/", "缺测", "无数据", "-;")
)
_MOMENT = re.compile(
    r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]*(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.0+)?)?|[时点])?)?"
)
_DAY = timedelta(days=1)


@dataclass
class Sheet:
    """One table.

    header : names as written · cells : name → (n,) text, None where the cell is empty · rows : (n,) row in the file, from 1
    """

    path: Path
    name: str
    header: list[str]
    cells: dict[str, pa.Array]
    rows: np.ndarray
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, at: int | None = None, column: str | None = None) -> Place:
        """Where the cell of row number `at` (from 0) stands, as a reader finds it."""
        file = f"{self.path}[{self.name}]" if self.name else str(self.path)
        return Place(file, None if at is None else int(self.rows[at]), column)

    def words(self, column: str) -> list[str | None]:
        """Cells of a column as text, blanks around them taken off; None where there is nothing."""
        out: list[str | None] = []
        for text in self.cells[column].to_pylist():
            text = text.strip() if text is not None else ""
            out.append(text or None)
        return out

    def numbers(self, column: str, faults: list[Fault]) -> np.ndarray:
        """Cells of a column as float64, NaN where there is none; F004 for each that is not a number."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.utf8_trim_whitespace(self.cells[column])
        found = pc.if_else(pc.is_in(found, pa.array(sorted(MISSING))), pa.scalar(None, pa.string()), found)
        good = pc.fill_null(pc.match_substring_regex(found, r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$"), True)
        for at in np.flatnonzero(~np.asarray(good)):
            told = f"`{str(found[int(at)])[:30]}` 不是数"
            faults.append(Fault("F004", told, self.place(int(at), column), "只写数；没有的留空，单位写在表头的括号里"))
        found = pc.if_else(good, found, pa.scalar(None, pa.string()))
        return np.array(pc.cast(found, pa.float64()).to_numpy(zero_copy_only=False), dtype=float)

    def moments(self, column: str, faults: list[Fault]) -> np.ndarray:
        """Cells of a column as datetime64[s], NaT where they cannot be read (F004, each); 24:00 is the next day's 00:00."""
        import pyarrow.compute as pc

        coded = pc.dictionary_encode(self.cells[column], null_encoding="encode")
        known = np.array([moment(text) for text in coded.dictionary.to_pylist()], dtype="datetime64[s]")
        out = known[np.asarray(coded.indices)] if len(known) else np.empty(0, "datetime64[s]")
        for at in np.flatnonzero(np.isnat(out)):
            told = f"`{str(self.cells[column][int(at)])[:30]}` 不是日期或时间"
            faults.append(Fault("F004", told, self.place(int(at), column), "写作 2026-01-05 或 2026-01-05 13:00"))
        return out


def moment(text: str | None) -> datetime | None:
    """A day or an hour as people write it; None where it is neither.

    >>> moment("2026-1-5"), moment("2026/01/05 24:00"), moment("2026-02-30")
    (datetime.datetime(2026, 1, 5, 0, 0), datetime.datetime(2026, 1, 6, 0, 0), None)
    """
    found = _MOMENT.fullmatch((text or "").strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        if hour == 24 and not minute and not second:
            return datetime(year, month, day) + _DAY
        return datetime(year, month, day, hour, minute, second)
    except (ValueError, OverflowError):
        return None


def spoken(name: str) -> str:
    """A header without case, blanks, dots and the unit in brackets: what it is looked up by.

    >>> spoken(" PM2.5（μg/m³）"), spoken("O3_8h")
    ('pm25', 'o38h')
    """
    head = re.sub(r"[（(\[].*?[)）\]]", "", name)
    return re.sub(r"[\s._·\-]+", "", head).lower()


def unit_of(name: str) -> str | None:
    """The unit that stands in the brackets of a header; None where there is none.

    >>> unit_of("CO（mg/m3）"), unit_of("CO")
    ('mg/m3', None)
    """
    found = re.search(r"[（(\[]([^)）\]]+)[)）\]]", name)
    return found[1].strip() if found else None


def named_columns(sheet: Sheet, names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Which column of the sheet is which of `names` (name → words it goes by); the first that fits."""
    said: dict[str, str] = {}
    for column in sheet.header:
        said.setdefault(spoken(column), column)
    out = {}
    for name, words in names.items():
        for word in (name, *words):
            if spoken(word) in said:
                out[name] = said[spoken(word)]
                break
    return out


def read_sheets(path: Path) -> list[Sheet]:
    """Every table of a file; of a workbook the sheets that have rows under a header.

    Errors, InputFault: F001 no such file, or nothing in it · F002 kind, form or encoding; EnvironmentFault F003 cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFault(Fault("F001", "没有这个文件", Place(str(path)), "检查路径"))
    readers = {".csv": _csv, ".txt": _csv, ".xlsx": _xlsx, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        told = f"不认识 `{path.suffix or path.name}` 这种文件"
        raise InputFault(Fault("F002", told, Place(str(path)), "用 .csv、.xlsx 或 .parquet"))
    try:
        sheets = reader(path)
    except PermissionError as error:
        help = "检查文件权限与磁盘"
        raise EnvironmentFault(Fault("F003", f"文件读不出来：{error.strerror}", Place(str(path)), help)) from None
    sheets = [sheet for sheet in sheets if len(sheet)]
    if not sheets:
        raise InputFault(Fault("F001", "文件里没有内容", Place(str(path)), "第一行写表头，从第二行起写内容"))
    return sheets


def _bad(path: Path, told: str, help: str, row: int | None = None) -> InputFault:
    return InputFault(Fault("F002", told, Place(str(path), row), help))


def _csv(path: Path) -> list[Sheet]:
    data = path.read_bytes()
    text = text_of(data)
    if text is None:
        raise _bad(path, "文件编码既不是 UTF-8 也不是 GB18030", "另存为 UTF-8")
    if "\0" in text:
        raise _bad(path, "文件里有空字节，不是文本表格", "另存为 UTF-8 的 CSV")
    if not text.strip():
        return []
    quick = None if '"' in text else _plain_csv(path, text)
    if quick is not None:
        return [quick]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[Any]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise _bad(path, f"从这一行起读不成表格：{error}", "检查引号是否成对", reader.line_num) from None
    return [_sheet(path, "", rows)]


def _plain_csv(path: Path, text: str) -> Sheet | None:
    """A file without quotes, read by columns; None where its rows are not all of one width."""
    import pyarrow as pa
    import pyarrow.csv as pc

    lines = text.splitlines()
    if not lines[0].strip() or any(not line.strip() for line in lines[1:-1]) or not lines[-1].strip():
        return None
    names = [name.strip() for name in lines[0].split(",")]
    if len(set(names)) != len(names) or "" in names:
        return None
    try:
        table = pc.read_csv(
            io.BytesIO("\n".join(lines[1:]).encode()),
            read_options=pc.ReadOptions(column_names=names),
            parse_options=pc.ParseOptions(quote_char=False),
            convert_options=pc.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    cells = {name: table[name].combine_chunks() for name in names}
    return Sheet(path, "", names, cells, np.arange(2, len(table) + 2))


def _xlsx(path: Path) -> list[Sheet]:
    import openpyxl

    with whole(path, MOST_UNPACKED, "改用 CSV 或 Parquet", lambda told, help: _bad(path, told, help)):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        out = []
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = [(number, list(cells)) for number, cells in enumerate(sheet.iter_rows(values_only=True), 1)
                    if any(cell is not None and str(cell).strip() for cell in cells)]  # fmt: skip
            out.append(_sheet(path, sheet.title, rows))
        book.close()
    return out


def _parquet(path: Path) -> list[Sheet]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        cells = {}
        for name in table.column_names:
            column = table[name].combine_chunks()
            if pa.types.is_timestamp(column.type):
                if column.type.tz is not None:  # hours of Chinese tables are Beijing time
                    column = pc.local_timestamp(column.cast(pa.timestamp("s", column.type.tz)))
                column = pc.strftime(column.cast(pa.timestamp("s")), "%Y-%m-%d %H:%M:%S")
            cells[name] = column.cast(pa.string())
            cells[name].validate(full=True)  # a text that is no UTF-8 would break whoever reads it
    except (ValueError, KeyError, NotImplementedError, OSError, OverflowError) as error:
        if isinstance(error, PermissionError):
            raise
        raise _bad(path, f"打不开这个 Parquet 文件：{str(error).splitlines()[0]}", "重新导出，各列用普通类型") from None
    return [Sheet(path, "", list(cells), cells, np.arange(2, table.num_rows + 2))]


def _sheet(path: Path, name: str, rows: list[tuple[int, list[Any]]]) -> Sheet:
    """Rows of cells under the first row as header; columns without a name are left out, of a name given twice the second is."""
    import pyarrow as pa

    if not rows:
        return Sheet(path, name, [], {}, np.empty(0, dtype=int))
    header: dict[str, int] = {}
    for at, cell in enumerate(rows[0][1]):
        words = _text(cell)
        if words and words not in header:
            header[words] = at
    cells = {
        words: pa.array([_text(row[at]) if at < len(row) else None for _, row in rows[1:]], pa.string())
        for words, at in header.items()
    }
    return Sheet(path, name, list(header), cells, np.array([number for number, _ in rows[1:]], dtype=int))


def _text(cell: Any) -> str | None:
    """A cell as text: numbers in their shortest form, days and hours as ISO writes them."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell).strip() or None
