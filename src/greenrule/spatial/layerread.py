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
    by_alias = {spoken(alias): f.name for f in kind.fields.values() for alias in (f.name, f.label, *f.aliases)}
    out: dict[str, str] = {}
    for column in columns:
        name = by_alias.get(spoken(column), column)
        out[column] = column if name in out.values() else name
    return out


def read_layer(
    kind: LayerKind, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None,
    table: Path | None = None, progress: Callable[[str, float], None] | None = None,
) -> Frame:  # fmt: skip
    """A vector file (and, joined by code, an Excel list) as a frame with canonical columns.

    Errors, InputFault with all faults: LAY001 geometry of another sort, LAY002 field missing, LAY003 value missing or not
    understood (row and column), LAY004–LAY006 Excel list; VEC… and CRS… of the reader.
    """
    vector = read_vector(path, layer=layer, crs=crs, encoding=encoding, progress=progress)
    columns: dict[str, Any] = {new: list(vector.columns[old]) for old, new in canonical_columns(kind, list(vector.columns)).items()}
    faults: list[Fault] = []
    if table is not None:
        _join(kind, columns, table, path, faults)
    _check_geometry(kind, vector, path, faults)
    for spec in kind.fields.values():
        if spec.name in columns:
            columns[spec.name] = _values(spec, columns[spec.name], vector.rows, path, faults)
        elif spec.required:
            close = near(spoken(spec.aliases[0] if spec.aliases else spec.name), [spoken(c) for c in vector.columns])
            help = f"可用的字段名：{'、'.join((spec.label, *spec.aliases[:4]))}" + (f"；文件里相近的有 {close[0]}" if close else "")
            faults.append(Fault("LAY002", f"{kind.label}缺少字段“{spec.label}”", Place(str(path)), help))
    if faults:
        raise InputFault(faults)
    return Frame(vector.geometry, columns, {"kind": kind.id, "read_from": path.name, "crs": vector.crs, "notes": list(vector.notes)})


def _check_geometry(kind: LayerKind, vector: VectorFile, path: Path, faults: list[Fault]) -> None:
    wanted = {"point": 0, "line": 1, "polygon": 2}[kind.geometry]
    wrong = np.flatnonzero(shapely.get_dimensions(vector.geometry) != wanted)
    if len(wrong):
        rows = "、".join(str(int(vector.rows[i])) for i in wrong[:5])
        zh = {"point": "点", "line": "线", "polygon": "面"}[kind.geometry]
        faults.append(Fault("LAY001", f"{kind.label}应为{zh}图层，第 {rows} 个要素不是", Place(str(path), int(vector.rows[wrong[0]])), "选对图层文件"))


def _values(spec: FieldKind, values: Sequence[Any], rows: np.ndarray, path: Path, faults: list[Fault]) -> list[Any]:
    words = {spoken(key): value for key, value in spec.words.items()} | {spoken(v): v for v in spec.words.values()}
    out: list[Any] = []
    for number, value in zip(rows.tolist(), values, strict=True):
        text = None if value is None or str(value).strip() == "" else str(value).strip()
        at = Place(str(path), int(number), spec.label)
        if text is None:
            if spec.required:
                faults.append(Fault("LAY003", f"第 {number} 个要素的“{spec.label}”是空的", at, "补上该值后重新导入"))
            out.append(None)
        elif not words:
            out.append(text)
        else:
            found = [words.get(spoken(part)) for part in re.split(r"[;；、,，]", re.sub(r"\.0$", "", text))]
            if None in found and spec.required:
                faults.append(Fault("LAY003", f"第 {number} 个要素的“{spec.label}”值 `{text}` 不认识", at, f"可用：{'、'.join(spec.words)}"))
            out.append(";".join(word for word in found if word) or (None if spec.required else text))
    return out


def _join(kind: LayerKind, columns: dict[str, Any], table: Path, path: Path, faults: list[Fault]) -> None:
    rows = _sheet(table)
    head = canonical_columns(kind, rows[0][1])
    names = [head[column] for column in rows[0][1]]
    if "code" not in names or "code" not in columns:
        where = table if "code" not in names else path
        faults.append(Fault("LAY005", "清单与图形按编码连接，缺少编码字段", Place(str(where)), "两边都要有管控单元编码"))
        return
    listed: dict[str, dict[str, Any]] = {}
    for number, cells in rows[1:]:
        entry = dict(zip(names, cells, strict=False))
        code = str(entry.get("code") or "").strip()
        if not code:
            faults.append(Fault("LAY003", f"清单第 {number} 行没有编码", Place(str(table), number), "补上编码或删去该行"))
        elif code in listed:
            faults.append(Fault("LAY006", f"清单第 {number} 行编码 `{code}` 重复", Place(str(table), number), "每个单元一行"))
        else:
            listed[code] = entry
    codes = [str(code).strip() for code in columns["code"]]
    for code in [code for code in codes if code not in listed][:20]:
        faults.append(Fault("LAY006", f"图形里的单元 `{code}` 不在清单里", Place(str(table)), "补上该单元的清单"))
    for code in sorted(set(listed) - set(codes))[:20]:
        faults.append(Fault("LAY006", f"清单里的单元 `{code}` 没有图形", Place(str(path)), "补上该单元的图形"))
    for name in names:
        if name != "code":
            columns[name] = [listed.get(code, {}).get(name) for code in codes]


def _sheet(table: Path) -> list[tuple[int, list[Any]]]:
    import zipfile

    import openpyxl

    try:
        sheet = openpyxl.load_workbook(table, data_only=True).worksheets[0]
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputFault(Fault("LAY004", f"打不开 Excel 清单：{error}", Place(str(table)), "另存为 .xlsx")) from None
    merged = [str(area) for area in sheet.merged_cells.ranges]
    if merged:
        help = "取消合并，每个单元一行、每列一个表头"
        raise InputFault(Fault("LAY004", f"清单有合并单元格：{'、'.join(sorted(merged)[:5])}", Place(str(table)), help))
    rows = [(number, list(row)) for number, row in enumerate(sheet.iter_rows(values_only=True), 1)]
    rows = [(number, row) for number, row in rows if any(cell not in (None, "") for cell in row)]
    if len(rows) < 2:
        raise InputFault(Fault("LAY004", "清单里没有数据", Place(str(table)), "第一行表头，其后一行一个单元"))
    head = [(rows[0][0], [str(cell) if cell is not None else f"列{i}" for i, cell in enumerate(rows[0][1], 1)])]
    return [*head, *rows[1:]]
