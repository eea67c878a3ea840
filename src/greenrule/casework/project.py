"""Read projects: YAML, JSON, and rows of XLSX or CSV sheets with Chinese or English headers.

A project is what a person wrote, checked against the vocabulary; nothing is guessed and nothing is lost.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.book import Law
from greenrule.packs.marked import Marked, parse_marked
from greenrule.packs.values import find_fact, near_facts, read_value

#: Earliest day a question can be asked for: the first instruments that carry rules are of this century.
KEYS = ("name", "on", "industry", "nature", "location", "facts")
HEADERS = {
    "项目名称": "name", "名称": "name", "日期": "on", "查询日期": "on", "行业": "industry", "行业代码": "industry", "国民经济行业": "industry",
    "建设性质": "nature", "坐标系": "crs", "经度": "lon", "纬度": "lat", "县区": "county", "县（市、区）": "county", "所在县": "county",
    "设区市": "city", "所在市": "city", "地址": "address", "建设地点": "address", "范围文件": "file", "坐标": "dms", "度分秒": "dms",
}  # fmt: skip
_PLACE_KEYS = ("crs", "lon", "lat", "county", "city", "town", "address", "file", "dms", "point", "geometry", "bbox_dms")
#: A project file is a page or two; what is larger is something else (geometry belongs in a file of its own).
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Project:
    """One project as it was written and as it is understood.

    `facts` are machine values by fact id (None where the writer said "unknown"); `raw` is what `verify` reads again.
    """

    name: str
    on: date
    facts: Mapping[str, Any]
    location: Mapping[str, Any] | None
    raw: Mapping[str, Any]
    place: Place
    base_dir: Path = field(default_factory=Path)


def read_projects(path: Path, law: Law, on: date | None = None) -> list[Project]:
    """All projects of a file; one `InputFault` names everything that is wrong in it.

    J001 no such file · J002 empty · J003 too large · J004 kind of file · J005 headers · J010–J014 keys · J02x values.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFault(Fault("J001", "没有这个文件", Place(str(path)), "检查路径"))
    size = path.stat().st_size
    if size == 0:
        raise InputFault(Fault("J002", "文件是空的", Place(str(path)), "见 docs/tutorial/first-finding.md 的最小例子"))
    if size > MOST_BYTES:
        help = "项目文件只写项目；范围图形另存为 .gpkg/.shp，用 `location: {file: …}` 引用"
        raise InputFault(Fault("J003", f"项目文件有 {size / 1e6:.0f} MB，超过 {MOST_BYTES / 1e6:.0f} MB", Place(str(path)), help))
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml", ".json"):
        entries = _documents(path)
    elif suffix == ".csv":
        entries = _csv_rows(path)
    elif suffix == ".xlsx":
        entries = _xlsx_rows(path)
    else:
        raise InputFault(Fault("J004", f"不认识的项目文件类型 `{suffix}`", Place(str(path)), "可用：.yaml .yml .json .csv .xlsx"))
    faults: list[Fault] = []
    projects = [understand(entry, places, law, faults, on, path.parent) for entry, places in entries]
    if faults:
        raise InputFault(faults)
    return projects


def project_from(raw: Mapping[str, Any], law: Law, on: date | None = None, base_dir: Path | None = None) -> Project:
    """A project from plain data (library use, and `verify`)."""
    faults: list[Fault] = []
    project = understand(dict(raw), {"": Place("project")}, law, faults, on, base_dir or Path())
    if faults:
        raise InputFault(faults)
    return project


Places = Mapping[str, Place]


def _documents(path: Path) -> list[tuple[dict[str, Any], Places]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputFault(Fault("J002", "文件不是 UTF-8 编码", Place(str(path)), "另存为 UTF-8")) from None
    document = parse_marked(text, str(path))
    items = document.value if isinstance(document.value, list) else [document]
    return [(_plain(item), _places(item)) for item in items]


def _plain(marked: Marked) -> dict[str, Any]:
    if not isinstance(marked.value, dict):
        raise InputFault(marked.fault("J010", "一个项目应是键值表", "从 `name: 项目名称` 写起"))
    return {key: _value(item) for key, item in marked.value.items()}


def _value(marked: Marked) -> Any:
    """Plain value, but scalars that are codes or quantities keep the writer's text (0610 is not 610)."""
    if isinstance(marked.value, dict):
        return {key: _value(item) for key, item in marked.value.items()}
    if isinstance(marked.value, list):
        return [_value(item) for item in marked.value]
    return marked.value


def _places(marked: Marked) -> dict[str, Place]:
    out = {"": marked.place}
    if isinstance(marked.value, dict):
        for key, item in marked.value.items():
            out[key] = item.place
            if key == "facts" and isinstance(item.value, dict):
                out.update({f"facts.{name}": inner.place for name, inner in item.value.items()})
    return out


def _csv_rows(path: Path) -> list[tuple[dict[str, Any], Places]]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputFault(Fault("J004", "文件编码既不是 UTF-8 也不是 GB18030", Place(str(path)), "另存为 UTF-8"))
    rows = list(csv.reader(io.StringIO(text)))
    return _rows(rows, path, 1)


def _xlsx_rows(path: Path) -> list[tuple[dict[str, Any], Places]]:
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise InputFault(Fault("J004", f"打不开这个 Excel 文件：{error}", Place(str(path)), "用 Excel 或 WPS 另存为 .xlsx")) from None
    merged = [str(area) for area in sheet.merged_cells.ranges if area.min_row == 1]
    if merged:
        help = "第一行每列一个表头，取消合并单元格，说明文字放到别的表"
        raise InputFault(Fault("J005", f"表头有合并单元格：{'、'.join(merged)}", Place(str(path), 1, merged[0].split(":")[0]), help))
    return _rows([list(row) for row in sheet.iter_rows(values_only=True)], path, 1)


def _rows(rows: list[list[Any]], path: Path, first: int) -> list[tuple[dict[str, Any], Places]]:
    rows = [row for row in rows]
    if not rows or all(cell in (None, "") for cell in rows[0]):
        raise InputFault(Fault("J005", "第一行没有表头", Place(str(path), first), "第一行写 项目名称、行业、建设性质、经度、纬度 等"))
    head = [str(cell).strip() if cell not in (None, "") else "" for cell in rows[0]]
    out = []
    for number, row in enumerate(rows[1:], first + 1):
        if all(cell in (None, "") for cell in row):
            continue
        entry: dict[str, Any] = {"facts": {}, "location": {}}
        places: dict[str, Place] = {"": Place(str(path), number)}
        for column, (name, cell) in enumerate(zip(head, row, strict=False)):
            if not name or cell in (None, ""):
                continue
            at = Place(str(path), number, _letter(column))
            key = HEADERS.get(name, name)
            value = cell.date() if isinstance(cell, datetime) else cell
            if key in KEYS and key not in ("facts", "location"):
                entry[key], places[key] = value, at
            elif key in _PLACE_KEYS:
                entry["location"][key], places["location"] = value, at
            else:
                entry["facts"][name], places[f"facts.{name}"] = value, at
        out.append((_tidy(entry), places))
    if not out:
        raise InputFault(Fault("J002", "表里只有表头，没有项目", Place(str(path)), "从第二行起一行写一个项目"))
    return out


def _tidy(entry: dict[str, Any]) -> dict[str, Any]:
    where = entry["location"]
    if "lon" in where and "lat" in where:
        where["point"] = [_float(where.pop("lon")), _float(where.pop("lat"))]
    if not where:
        del entry["location"]
    return entry


def _float(cell: Any) -> Any:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return cell


def _letter(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def understand(
    entry: dict[str, Any], places: Places, law: Law, faults: list[Fault], on: date | None, base_dir: Path
) -> Project:
    """Check one project's keys and values against the vocabulary."""
    top = places.get("", Place("project"))
    for key in entry:
        if key not in KEYS:
            close = near(key, KEYS, 1)
            spec = find_fact(law.book, key, entry[key])
            help = f"`{key}` 是事实，写到 `facts:` 之下" if spec else f"是否想写 `{close[0]}`？" if close else f"可用的键：{'、'.join(KEYS)}"
            faults.append(Fault("J011", f"不认识的键 `{key}`", places.get(key, top), help))
    day = on or _day(entry.get("on"), places.get("on", top), faults) or date.today()
    first = min((first for first, *_ in law.book.validity.values()), default=day)
    if day < first:
        faults.append(Fault("J014", f"{day} 早于任何已收录文件的施行日（最早 {first}）", places.get("on", top), f"用 {first} 或之后的日期"))
    facts: dict[str, Any] = {}
    given = entry.get("facts") or {}
    if not isinstance(given, Mapping):
        faults.append(Fault("J012", "`facts` 应是键值表", places.get("facts", top), "写成 `facts: {capacity: 106 万吨/年}`"))
        given = {}
    for name in ("industry", "nature"):
        if entry.get(name) is not None:
            facts[name] = _industry(law, entry[name], places.get(name, top), faults) if name == "industry" else read_value(
                law.book, law.book.facts[name], entry[name], places.get(name, top), faults)  # fmt: skip
    for name, raw in given.items():
        at = places.get(f"facts.{name}", places.get("facts", top))
        spec = find_fact(law.book, str(name), raw)
        if spec is None:
            close = near_facts(law.book, str(name))
            faults.append(Fault("J020", f"没有名为 `{name}` 的事实", at, f"相近的有：{'、'.join(close)}" if close else "用 `greenrule facts` 查看全部"))
        elif spec.id in ("industry", "nature") and entry.get(spec.id) is not None:
            faults.append(Fault("J013", f"`{spec.zh}` 写了两次", at, "只在 `facts:` 之外写一次"))
        else:
            facts[spec.id] = _industry(law, raw, at, faults) if spec.id == "industry" else read_value(law.book, spec, raw, at, faults)
    location = entry.get("location")
    if location is not None and not isinstance(location, Mapping):
        faults.append(Fault("J012", "`location` 应是键值表", places.get("location", top), "写成 `location: {point: [112.55, 37.87]}`"))
        location = None
    name = str(entry.get("name") or "未命名项目")
    raw_project = {"name": name, "on": day.isoformat(), **{key: entry[key] for key in ("industry", "nature", "location", "facts") if entry.get(key)}}
    return Project(name, day, facts, location, _jsonable(raw_project), top, base_dir)


def _day(raw: Any, at: Place, faults: list[Fault]) -> date | None:
    if raw is None or isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        faults.append(Fault("J026", f"`on` 的值 `{raw}` 不是日期", at, "日期写作 YYYY-MM-DD"))
        return None


def _industry(law: Law, raw: Any, at: Place, faults: list[Fault]) -> frozenset[str] | None:
    """Industry codes or names; names and everyday synonyms are looked up in the catalogue."""
    vocabulary = law.book.vocabularies["gbt4754"]
    items: Iterable[Any] = raw if isinstance(raw, (list, tuple)) else str(raw).replace("、", ",").replace("，", ",").split(",")
    out = set()
    for item in items:
        text = str(item).strip()
        if text in vocabulary.labels:
            out.add(text)
            continue
        try:
            out.add(law.industries.read(text, at))
        except InputFault as error:
            faults.extend(error.faults)
    return frozenset(out) or None


def _jsonable(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))
