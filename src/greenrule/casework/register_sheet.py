"""Registers of the desk as sheets: written for Excel, and read back with every fault at its row and column.

Read with our own reader, not through a general import library: whoever corrects a sheet wants every fault with its row and column
at once, in words, before anything is stored.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from greenrule.casework.paper import Paper, Table, Text, lay_out
from greenrule.casework.workbooks import MOST_UNPACKED, legible
from greenrule.core.errors import Fault, InputFault, Place, near

MOST_ROWS = 20_000


def write_sheet(
    title: str, sheet: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], form: str, lead: str,
    marks: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """A register as `xlsx` or `csv` (UTF-8 with a mark, as Excel wants it); what looks like a formula is text.

    columns : key → header, in the order of the sheet
    """
    table = [[_cell(row.get(key)) for key in columns] for row in rows]
    if form == "csv":
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(columns.values())
        writer.writerows([harmless(_text(value)) for value in row] for row in table)
        return out.getvalue().encode("utf-8-sig")
    paper = Paper(title, [Text(lead)], tuple(marks))
    paper.parts.append(Table(sheet, tuple(columns.values()), table))
    return lay_out(paper, form)


def harmless(text: str) -> str:
    """A text that a spreadsheet does not run.

    >>> harmless("=1+1"), harmless("甲")
    ("'=1+1", '甲')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return "".join(char for char in text if char >= " " or char in "\n\t")[:32_000]


def _cell(value: Any) -> Any:
    """Days and numbers as such, so that a spreadsheet sorts and counts them; everything else as text."""
    return value if value is None or isinstance(value, date | int | float) else _text(value)


def sheet_rows(
    path: Path, columns: Mapping[str, str], needed: Sequence[str], what: str
) -> list[tuple[int, dict[str, str]]]:
    """The rows of a sheet (.xlsx: first sheet that has the headers; .csv), each with its number and its cells by key; empty ones left out.

    Raises InputFault DSK002 kind of file, encoding, size · DSK003 headers.
    """
    head, rows = _header(_cells(path, columns, what), path, columns, needed, what)
    out = []
    for at, raw in rows:
        cells = {key: raw[column] for key, column in head.items() if column < len(raw) and raw[column]}
        if cells:
            out.append((at, cells))
    return out


def choice(text: str, choices: Mapping[str, str], place: Place, faults: list[Fault]) -> str | None:
    """The key of a choice that is written as its key or as its label; DSK008 where it is neither."""
    if not text:
        return None
    for key, label in choices.items():
        if text in (key, label):
            return key
    close = near(text, choices.values(), 1)
    help = f"是否想写 {close[0]}？" if close else f"可用：{'、'.join(choices.values())}"
    faults.append(Fault("DSK008", f"没有 `{text}`", place, help))
    return None


def _header(
    table: list[list[str]], path: Path, columns: Mapping[str, str], needed: Iterable[str], what: str
) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Where each column is, and the rows below with their numbers."""
    names = {label: key for key, label in columns.items()} | {key: key for key in columns}
    for at, row in enumerate(table[:20]):
        found = {names[text]: column for column, text in enumerate(row) if text in names}
        if len(found) < 3:
            continue
        faults = [Fault("DSK003", f"没有“{columns[key]}”一列", Place(path.name, at + 1), f"按导出的{what}写表头")
                  for key in needed if key not in found]  # fmt: skip
        faults += [Fault("DSK003", f"不认识的表头 `{text}`", Place(path.name, at + 1, text), f"可用：{'、'.join(columns.values())}")
                   for text in row if text and text not in names]  # fmt: skip
        if faults:
            raise InputFault(faults)
        return found, [(at + 2 + number, row) for number, row in enumerate(table[at + 1 :])]
    raise InputFault(Fault("DSK003", f"没有找到{what}的表头", Place(path.name, 1), f"第一行写：{'、'.join(columns[key] for key in needed)} 等"))  # fmt: skip


def _cells(path: Path, columns: Mapping[str, str], what: str) -> list[list[str]]:
    suffix = path.suffix.lower()
    if suffix == ".csv":
        table = _csv(path)
    elif suffix == ".xlsx":
        table = _xlsx(path, columns)
    else:
        raise InputFault(Fault("DSK002", f"{what}不能是 `{suffix}` 文件", Place(path.name), "用 .xlsx 或 .csv"))
    if len(table) > MOST_ROWS:
        raise InputFault(Fault("DSK002", f"{what}超过 {MOST_ROWS} 行", Place(path.name), "分几次导入"))
    return [[_plain(cell) for cell in row] for row in table]


def _csv(path: Path) -> list[list[Any]]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputFault(Fault("DSK002", "编码既不是 UTF-8 也不是 GB18030", Place(path.name), "另存为 UTF-8"))
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise InputFault(Fault("DSK002", f"读不成表格：{error}", Place(path.name), "检查引号是否成对")) from None


def _xlsx(path: Path, columns: Mapping[str, str]) -> list[list[Any]]:
    import openpyxl

    with legible(path, MOST_UNPACKED // 8, "删去图片和无关的表，另存为 .xlsx"):
        book = openpyxl.load_workbook(path, data_only=True, read_only=True)
        known = set(columns.values())
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what the file says of its own size is not believed
                rows = []
                for row in sheet.iter_rows(values_only=True):
                    rows.append(list(row[:200]))
                    if len(rows) > MOST_ROWS + 20:
                        break
                if any(len(known & {str(cell).strip() for cell in row if cell}) >= 3 for row in rows[:20]):
                    return rows
        finally:
            book.close()
    return []


def _plain(cell: Any) -> str:
    """A cell as text; a quote before what looked like a formula is taken off again."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    return text[1:] if text[:1] == "'" and harmless(text[1:]) != text[1:] else text
