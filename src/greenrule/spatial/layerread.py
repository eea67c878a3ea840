"""From files to frames: official layers under the many names their fields go by, every bad row named.

A layer kind is data (`packs/cn/layers.yaml`); this module knows only how to apply it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.spatial.frame import Frame
from greenrule.spatial.vectorfile import VectorFile, read_vector


@dataclass(frozen=True)
class FieldKind:
    """One field: its canonical name, Chinese label, the names it goes by, and the words that stand for its values."""

    name: str
    label: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CodeRule:
    """How codes are built, and which part of them repeats the class and the county."""

    pattern: str
    class_group: int
    county_group: int
    classes: Mapping[str, str]


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer: `coverage` layers tile their territory."""

    id: str
    label: str
    geometry: str
    fields: Mapping[str, FieldKind]
    coverage: bool = False
    code: CodeRule | None = None


def spoken(name: object) -> str:
    """A field name or value without what people add by accident: case, spaces, line breaks, full-width brackets."""
    return re.sub(r"[\s\u3000]+", "", str(name)).replace("（", "(").replace("）", ")").lower()


def canonical_columns(kind: LayerKind, columns: Sequence[str]) -> dict[str, str]:
    """Column of the file → canonical field; unknown columns keep their names.

    >>> kind = LayerKind("x", "甲", "polygon", {"code": FieldKind("code", "编码", True, ("HJZHGKDYBM",))})
    >>> canonical_columns(kind, ["hjzhgkdybm\\n", "其他"])
    {'hjzhgkdybm\\n': 'code', '其他': '其他'}
    """
    taken: dict[str, str] = {}
    for spec in kind.fields.values():
        # The standard's names come first in the list of aliases: a file may hold NAME beside them for something else.
        names = [spoken(alias) for alias in (*spec.aliases, spec.label, spec.name)]
        said = {spoken(column): column for column in reversed(columns) if column not in taken}
        column = next((said[name] for name in names if name in said), None)
        if column is not None:
            taken[column] = spec.name
    for column in columns:
        cut = _cut_short(kind, column)
        if column not in taken and len(cut) == 1 and not cut <= set(taken.values()):
            taken[column] = cut.pop()
    reserved = set(taken.values())
    return {column: taken.get(column, f"{column}_" if column in reserved else column) for column in columns}


def _cut_short(kind: LayerKind, column: str) -> set[str]:
    """The fields whose Chinese name begins with a column name of ten bytes, where the table of a shapefile cuts it."""
    begun = spoken(column)
    if begun.isascii() or len(begun.encode("gbk", "replace")) != 10:
        return set()
    return {
        spec.name
        for spec in kind.fields.values()
        for alias in (*spec.aliases, spec.label)
        if spoken(alias).startswith(begun)
    }


def read_layer(
    kind: LayerKind, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None,
    table: Path | None = None, progress: Callable[[str, float], None] | None = None,
) -> Frame:  # fmt: skip
    """A vector file (and, joined by code, an Excel list) as a frame with canonical columns.

    Errors, InputFault with all faults: LAY001 geometry of another sort, LAY002 field missing, LAY003 value missing or not
    understood (row and column), LAY004–LAY006 Excel list; LAY007 rows without geometry; VEC… and CRS… of the reader.
    """
    vector = read_vector(path, layer=layer, crs=crs, encoding=encoding, progress=progress)
    worded = [name for name, values in vector.columns.items() if not _measured(values)]
    heads = canonical_columns(kind, worded)
    columns: dict[str, Any] = {heads.get(old, old): list(values) for old, values in vector.columns.items()}
    faults: list[Fault] = []
    listed: dict[str, list[Place | None]] = {}
    if table is not None:
        listed = _join(kind, columns, table, path, faults)
    _check_geometry(kind, vector, path, faults)
    for spec in kind.fields.values():
        if spec.name in columns:
            told = listed.get(spec.name) or [None] * len(vector.rows)
            places = [at or Place(str(path), int(row), spec.label) for at, row in zip(told, vector.rows, strict=True)]
            columns[spec.name] = _values(spec, columns[spec.name], places, faults)
        elif spec.required:
            names = (*spec.aliases, spec.label, spec.name)
            # Columns that were understood go by the names of their fields now.
            by_name = {spoken(column): column for column in columns if column not in kind.fields}
            close = [by_name[word] for alias in names for word in near(spoken(alias), by_name, 1)]
            help = f"可用的字段名：{'、'.join((spec.label, *spec.aliases[:4]))}"
            help += f"；{'文件或清单' if table else '文件'}里相近的有 {close[0]}" if close else ""
            where = f"{kind.label}{'的图形和清单都' if table else ''}缺少字段“{spec.label}”"
            faults.append(Fault("LAY002", where, Place(str(path)), help))
    if faults:
        raise InputFault(faults)
    columns = {name: values if name in kind.fields else _uniform(values) for name, values in columns.items()}
    return Frame(
        vector.geometry,
        columns,
        {"kind": kind.id, "read_from": path.name, "crs": vector.crs, "notes": list(vector.notes)},
    )


def _check_geometry(kind: LayerKind, vector: VectorFile, path: Path, faults: list[Fault]) -> None:
    if len(vector.bare):
        # What is lost here would be land on which nothing lies; left out silently, a whole layer would swear to it.
        rows = "、".join(str(row) for row in vector.bare[:10].tolist()) + (" 等" if len(vector.bare) > 10 else "")
        told = f"{len(vector.bare)} 个要素没有图形（第 {rows} 行）"
        faults.append(Fault("LAY007", told, Place(str(path), int(vector.bare[0])), "补上图形，或删去这些行后重新导入"))
    wanted = {"point": 0, "line": 1, "polygon": 2}[kind.geometry]
    wrong = np.flatnonzero(shapely.get_dimensions(vector.geometry) != wanted)
    if len(wrong):
        rows = "、".join(str(int(vector.rows[i])) for i in wrong[:5])
        zh = {"point": "点", "line": "线", "polygon": "面"}[kind.geometry]
        faults.append(
            Fault(
                "LAY001",
                f"{kind.label}应为{zh}图层，第 {rows} 个要素不是",
                Place(str(path), int(vector.rows[wrong[0]])),
                "选对图层文件",
            )
        )


def _measured(values: Sequence[Any]) -> bool:
    """Whether a column holds measurements: GIS software adds AREA in square metres, which is not the standard's AREA,
    the county."""
    return any(isinstance(value, float) and not value.is_integer() for value in values)


def _uniform(values: Sequence[Any]) -> Sequence[Any]:
    """A column that no field asks for, as text where its values are of several sorts; a stored column has one."""
    sorts = {float if type(value) is int else type(value) for value in values if value is not None}
    return values if len(sorts) <= 1 else [None if value is None else str(value) for value in values]


def _text(value: Any) -> str | None:
    """A cell as text without blanks around it; a code that a spreadsheet keeps as a number has no decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    return text or None


def _values(spec: FieldKind, values: Sequence[Any], places: Sequence[Place], faults: list[Fault]) -> list[Any]:
    """The values of a field in the words of the layer kind; a required one has exactly one word."""
    words = {spoken(key): value for key, value in spec.words.items()} | {spoken(v): v for v in spec.words.values()}
    out: list[Any] = []
    for at, value in zip(places, values, strict=True):
        text = _text(value)
        if text is None:
            if spec.required:
                faults.append(Fault("LAY003", f"第 {at.line} 行的“{spec.label}”是空的", at, "补上该值后重新导入"))
            out.append(None)
        elif not words:
            out.append(text)
        elif spec.required:
            if spoken(text) not in words:
                told = f"第 {at.line} 行的“{spec.label}”值 `{text}` 不认识"
                faults.append(Fault("LAY003", told, at, f"可用：{'、'.join(spec.words)}"))
            out.append(words.get(spoken(text)))
        else:
            # Words that nobody knows are kept: the check of the layer tells of them.
            out.append(
                ";".join(
                    words.get(spoken(part), part.strip()) for part in re.split(r"[;；、,，]", text) if part.strip()
                )
                or None
            )
    return out


def _join(
    kind: LayerKind, columns: dict[str, Any], table: Path, path: Path, faults: list[Fault]
) -> dict[str, list[Place | None]]:
    """Fill the columns from the list, unit by unit; returns per field where each value stands in the list.

    The list prevails; where its cell is empty the value of the geometry file stays.
    """
    rows = _sheet(table)
    head = canonical_columns(kind, rows[0][1])
    names = [head[column] for column in rows[0][1]]
    if "code" not in names or "code" not in columns:
        where = table if "code" not in names else path
        faults.append(
            Fault("LAY005", "清单与图形按编码连接，缺少编码字段", Place(str(where)), "两边都要有管控单元编码")
        )
        return {}
    listed: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, cells in rows[1:]:
        entry = dict(zip(names, cells, strict=False))
        code = _text(entry.get("code"))
        if code is None:
            faults.append(
                Fault("LAY003", f"清单第 {number} 行没有编码", Place(str(table), number), "补上编码或删去该行")
            )
        elif code in listed:
            faults.append(
                Fault("LAY006", f"清单第 {number} 行编码 `{code}` 重复", Place(str(table), number), "每个单元一行")
            )
        else:
            listed[code] = (number, entry)
    codes = [_text(code) for code in columns["code"]]
    drawn = {code for code in codes if code is not None}
    for code in sorted(drawn - set(listed)):
        faults.append(Fault("LAY006", f"图形里的单元 `{code}` 不在清单里", Place(str(table)), "补上该单元的清单"))
    for code in sorted(set(listed) - drawn):
        faults.append(
            Fault("LAY006", f"清单里的单元 `{code}` 没有图形", Place(str(table), listed[code][0]), "补上该单元的图形")
        )
    found = [listed.get(code or "", (0, {})) for code in codes]
    places: dict[str, list[Place | None]] = {}
    for name, title in zip(names, rows[0][1], strict=True):
        if name == "code":
            continue
        before = columns.get(name) or [None] * len(codes)
        given = [_text(entry.get(name)) is not None for _, entry in found]
        if any(given) or name in columns or name in kind.fields:
            columns[name] = [
                entry[name] if has else old for (_, entry), has, old in zip(found, given, before, strict=True)
            ]
            # An empty cell is to be filled in the list, unless the geometry file has a value.
            places[name] = [
                Place(str(table), number, title) if number and (has or old is None) else None
                for (number, _), has, old in zip(found, given, before, strict=True)
            ]
    return places


def _sheet(table: Path) -> list[tuple[int, list[Any]]]:
    import zipfile
    import zlib

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        # Formulas are read as their last results.
        sheet = openpyxl.load_workbook(table, data_only=True).worksheets[0]
    # SyntaxError is what the XML reader raises for a torn part.
    except (
        InvalidFileException, zipfile.BadZipFile, zlib.error, KeyError, IndexError, OSError, ValueError, TypeError,
        AttributeError, SyntaxError, EOFError, NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise InputFault(Fault("LAY004", f"打不开 Excel 清单：{error}", Place(str(table)), "另存为 .xlsx")) from None
    merged = [str(area) for area in sheet.merged_cells.ranges]
    if merged:
        help = "取消合并，每个单元一行、每列一个表头"
        raise InputFault(Fault("LAY004", f"清单有合并单元格：{'、'.join(sorted(merged)[:5])}", Place(str(table)), help))
    rows = [(number, list(row)) for number, row in enumerate(sheet.iter_rows(values_only=True), 1)]
    rows = [(number, row) for number, row in rows if any(cell not in (None, "") for cell in row)]
    if len(rows) < 2:
        raise InputFault(Fault("LAY004", "清单里没有数据", Place(str(table)), "第一行表头，其后一行一个单元"))
    titles = [_text(cell) or f"列{number}" for number, cell in enumerate(rows[0][1], 1)]
    double = sorted({title for title in titles if titles.count(title) > 1})
    if double:
        raise InputFault(
            Fault("LAY004", f"清单表头重复：{'、'.join(double)}", Place(str(table), rows[0][0]), "每列一个不同的表头")
        )
    head = [(rows[0][0], titles)]
    return [*head, *rows[1:]]
