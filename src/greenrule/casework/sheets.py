"""Projects as rows of a sheet, XLSX or CSV, under Chinese or English headers; every bad cell is named by row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from greenrule.casework.entries import KEYS, Places, read_bytes
from greenrule.casework.workbooks import MOST_UNPACKED, legible, text_of
from greenrule.core.errors import Fault, InputFault, Place

HEADERS = {
    "项目名称": "name", "名称": "name", "日期": "on", "查询日期": "on", "行业": "industry", "行业代码": "industry", "国民经济行业": "industry",
    "建设性质": "nature", "均无": "none_of", "坐标系": "crs", "经度": "lon", "纬度": "lat", "县区": "county", "县（市、区）": "county", "所在县": "county",
    "设区市": "city", "所在市": "city", "地址": "address", "建设地点": "address", "范围文件": "file", "坐标": "dms", "度分秒": "dms",
}  # fmt: skip
PLACE_KEYS = ("crs", "lon", "lat", "county", "city", "town", "address", "file", "dms", "point", "geometry", "bbox_dms")


def read_csv(path: Path, faults: list[Fault]) -> list[tuple[dict[str, Any], Places]]:
    """The projects of a CSV sheet in UTF-8 or GB18030, one per row, with the cell of every value.

    Bad cells are added to `faults`; raised are J004 neither encoding · J005 headers · J006 not a table from some row on.
    """
    data = read_bytes(path)
    text = text_of(data)
    if text is None:
        raise InputFault(Fault("J004", "文件编码既不是 UTF-8 也不是 GB18030", Place(str(path)), "另存为 UTF-8"))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[Any]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        at = Place(str(path), len(rows) + 1)
        raise InputFault(
            Fault("J006", f"从这一行起读不成表格：{error}", at, "检查引号是否成对、单元格是否过长")
        ) from None
    return _rows(rows, path, faults)


def read_xlsx(path: Path, faults: list[Fault]) -> list[tuple[dict[str, Any], Places]]:
    """The projects of the first sheet of a workbook, one per row, with the cell of every value.

    Formulas without a stored result and other bad cells are added to `faults`; raised are J003 unpacks to too much · J004
    not a workbook · J005 headers; EnvironmentFault J009 cannot be read.
    """
    import zipfile

    import openpyxl

    with legible(path, MOST_UNPACKED, "删去图片和无关的表，另存为 .xlsx"):
        with zipfile.ZipFile(path) as archive:
            parts = [part for part in archive.namelist() if part.startswith("xl/worksheets/sheet")]
            formulas = any(b"<f" in archive.read(part) for part in parts)
        sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
        written = openpyxl.load_workbook(path).worksheets[0] if formulas else None
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    merged = [str(area) for area in sheet.merged_cells.ranges if area.min_row == 1]
    if merged:
        raise merged_header(merged, path)
    if written is not None:
        for number, row in enumerate(written.iter_rows(values_only=True), 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("=") and rows[number - 1][column] is None:
                    at = Place(str(path), number, column_letter(column))
                    faults.append(empty_formula(cell, at))
    return _rows(rows, path, faults)


def header_keys(first: Sequence[Any], path: Path) -> tuple[list[str], list[str]]:
    """The header cells as written and the keys they stand for (facts stand for themselves); J005 where there is none."""
    if all(cell in (None, "") for cell in first):
        raise InputFault(
            Fault("J005", "第一行没有表头", Place(str(path), 1), "第一行写 项目名称、行业、建设性质、经度、纬度 等")
        )
    head = [str(cell).strip() if cell not in (None, "") else "" for cell in first]
    return head, [HEADERS.get(name, name) for name in head]


def repeated_headers(head: Sequence[str], keys: Sequence[str], path: Path) -> list[Fault]:
    """Headers that say the same as one before them (J005)."""
    faults = []
    for column, key in enumerate(keys):
        if key and key in keys[:column]:
            told = f"表头 `{head[column]}` 与 {column_letter(keys.index(key))} 列的 `{head[keys.index(key)]}` 是同一项"
            faults.append(Fault("J005", told, Place(str(path), 1, column_letter(column)), "两列留一列"))
    return faults


def merged_header(areas: Sequence[str], path: Path) -> InputFault:
    """Merged cells in the first row (J005)."""
    help = "第一行每列一个表头，取消合并单元格，说明文字放到别的表"
    at = Place(str(path), 1, areas[0].partition(":")[0].rstrip("0123456789"))
    return InputFault(Fault("J005", f"表头有合并单元格：{'、'.join(areas)}", at, help))


def empty_formula(text: str, at: Place) -> Fault:
    """A formula that nobody has computed (J006)."""
    return Fault("J006", f"公式 `{text[:40]}` 没有算出的值", at, "在 Excel 或 WPS 里打开并保存一次，或改写成值")


def _rows(rows: list[list[Any]], path: Path, faults: list[Fault]) -> list[tuple[dict[str, Any], Places]]:
    head, keys = header_keys(rows[0] if rows else [], path)
    faults += repeated_headers(head, keys, path)
    out: list[tuple[dict[str, Any], Places]] = []
    for number, row in enumerate(rows[1:], 2):
        if all(cell in (None, "") for cell in row):
            continue
        entry: dict[str, Any] = {"facts": {}, "location": {}}
        places: dict[str, Place] = {"": Place(str(path), number)}
        for column, cell in enumerate(row):
            at = Place(str(path), number, column_letter(column))
            if cell in (None, "") or (isinstance(cell, str) and not cell.strip()):
                continue
            if column >= len(head) or not head[column]:
                faults.append(
                    Fault(
                        "J006", f"`{str(cell)[:40]}` 上面没有表头", at, "补上表头，或删去这一格；含逗号的内容要加引号"
                    )
                )
                continue
            key = keys[column]
            value = cell.date() if isinstance(cell, datetime) else cell
            if key in KEYS and key not in ("facts", "location"):
                entry[key], places[key] = value, at
            elif key in PLACE_KEYS:
                entry["location"][key], places["location"], places[f"location.{key}"] = value, at, at
            else:
                entry["facts"][head[column]], places[f"facts.{head[column]}"] = value, at
        out.append((_tidy(entry, places, faults), places))
    if not out:
        raise InputFault(Fault("J002", "表里只有表头，没有项目", Place(str(path)), "从第二行起一行写一个项目"))
    return out


def _tidy(entry: dict[str, Any], places: dict[str, Place], faults: list[Fault]) -> dict[str, Any]:
    where = entry["location"]
    if "lon" in where and "lat" in where:
        places["location.point"] = places["location.lon"]
    for lacking, given in paired_point(where):
        faults.append(
            Fault("J016", f"缺少{lacking}", places[f"location.{given}"], "经度、纬度要成对填写，或两格都留空")
        )
    if not where:
        del entry["location"]
    return entry


def paired_point(where: dict[str, Any]) -> list[tuple[str, str]]:
    """Put `lon` and `lat` of a location together as its `point`; what is lacking, and the key that stands alone."""
    if "lon" in where and "lat" in where:
        where["point"] = [_float(where.pop("lon")), _float(where.pop("lat"))]
    return [(other, key) for key, other in (("lon", "纬度"), ("lat", "经度")) if where.pop(key, None) is not None]


def _float(cell: Any) -> Any:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return cell


def column_letter(column: int) -> str:
    """The letter of a column, counted from 0.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
