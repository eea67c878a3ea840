"""Read projects: YAML, JSON, and rows of XLSX or CSV sheets with Chinese or English headers.

A project is what a person wrote, checked against the vocabulary; nothing is guessed and nothing is lost.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place, near
from greenrule.core.units import Quantity
from greenrule.packs.book import Law
from greenrule.packs.marked import Marked, parse_marked
from greenrule.packs.values import find_fact, near_facts, read_value

#: Earliest day a question can be asked for: the first instruments that carry rules are of this century.
KEYS = ("name", "on", "industry", "nature", "location", "facts", "none_of")
HEADERS = {
    "项目名称": "name", "名称": "name", "日期": "on", "查询日期": "on", "行业": "industry", "行业代码": "industry", "国民经济行业": "industry",
    "建设性质": "nature", "均无": "none_of", "坐标系": "crs", "经度": "lon", "纬度": "lat", "县区": "county", "县（市、区）": "county", "所在县": "county",
    "设区市": "city", "所在市": "city", "地址": "address", "建设地点": "address", "范围文件": "file", "坐标": "dms", "度分秒": "dms",
}  # fmt: skip
_WAYS = ("geometry", "file", "point", "dms", "bbox_dms")
_PLACE_KEYS = ("crs", "lon", "lat", "county", "city", "town", "address", "file", "dms", "point", "geometry", "bbox_dms")
#: A project file is a page or two; what is larger is something else (geometry belongs in a file of its own).
MOST_BYTES = 32 * 1024 * 1024
#: What a compressed sheet may unpack to; a real one is a tenth of it, a crafted one a thousand times the file.
MOST_UNPACKED = 512 * 1024 * 1024
#: Characters that no report, sheet or record can carry.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
#: Numbers that nothing measured has: more digits or a larger power of ten than exact arithmetic should be fed.
_ENDLESS = re.compile(r"[0-9][0-9,，]{59}|[0-9.][eE][-+]?[0-9]{3}")
_LONG_DIGITS = re.compile("[0-9]{1000}")
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


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
    #: facts that hold only because the writer declared "nothing of this group but what is stated"
    declared: frozenset[str] = frozenset()


def read_projects(path: Path, law: Law, on: date | None = None, *, repair: bool = False) -> list[Project]:
    """All projects of a file; one `InputFault` names everything that is wrong in it, the places too.

    J001 no such file · J002 empty or not UTF-8 · J003 too large · J004 kind of file · J005 headers · J006 cells ·
    J007 control characters · J008 endless digits · J009 cannot be read (EnvironmentFault) · J010–J019 keys · J02x values.
    `repair` as in `Screener.screen`: self-crossing polygons are then no fault.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFault(Fault("J001", "没有这个文件", Place(str(path)), "检查路径"))
    size = path.stat().st_size
    if size == 0:
        raise InputFault(Fault("J002", "文件是空的", Place(str(path)), "见 docs/tutorial/first-finding.md 的最小例子"))
    if size > MOST_BYTES:
        help = "项目文件只写项目；范围图形另存为 .gpkg/.shp，用 `location: {file: …}` 引用"
        raise InputFault(
            Fault("J003", f"项目文件有 {size / 1e6:.0f} MB，超过 {MOST_BYTES / 1e6:.0f} MB", Place(str(path)), help)
        )
    suffix = path.suffix.lower()
    faults: list[Fault] = []
    if suffix in (".yaml", ".yml", ".json"):
        entries = _documents(path, faults)
    elif suffix == ".csv":
        entries = _csv_rows(path, faults)
    elif suffix == ".xlsx":
        entries = _xlsx_rows(path, faults)
    else:
        raise InputFault(
            Fault("J004", f"不认识的项目文件类型 `{suffix}`", Place(str(path)), "可用：.yaml .yml .json .csv .xlsx")
        )
    projects = [understand(entry, places, law, faults, on, path.parent) for entry, places in entries]
    if faults:
        faults += _site_faults(projects, repair)
        own = str(path)
        raise InputFault(
            sorted(faults, key=lambda f: (f.place.line or 0) if f.place and f.place.file == own else 1 << 30)
        )
    return projects


def _site_faults(projects: Iterable[Project], repair: bool) -> list[Fault]:
    """What is wrong with the places of projects that are refused anyway, so that the writer hears it now."""
    from greenrule.spatial.intake import read_site

    faults: list[Fault] = []
    for project in projects:
        try:
            if project.location and any(project.location.get(way) is not None for way in _WAYS):
                read_site(project.location, base_dir=project.base_dir, where=project.place, repair=repair)
        except InputFault as error:
            faults.extend(error.faults)
    return faults


def project_from(raw: Mapping[str, Any], law: Law, on: date | None = None, base_dir: Path | None = None) -> Project:
    """A project from plain data (library use, and `verify`)."""
    faults: list[Fault] = []
    project = understand(dict(raw), {"": Place("project")}, law, faults, on, base_dir or Path())
    if faults:
        raise InputFault(faults)
    return project


Places = Mapping[str, Place]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFault(
            Fault("J009", f"文件读不出来：{error.strerror}", Place(str(path)), "检查文件权限与磁盘")
        ) from None


def _documents(path: Path, faults: list[Fault]) -> list[tuple[dict[str, Any], Places]]:
    data = _bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = Place(str(path), data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start))
        help = "像是 GBK 编码；用编辑器另存为 UTF-8" if _is_gbk(data) else "用编辑器另存为 UTF-8"
        raise InputFault(Fault("J002", "文件不是 UTF-8 编码", at, help)) from None
    for pattern, code, said, help in (
        (_CONTROL, "J007", "有不可见的控制字符", "删去它；文件若是别的格式，换成 YAML 或 JSON"),
        (_LONG_DIGITS, "J008", "有一串上千位的数字", "核对这个数"),
    ):
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise InputFault(
                Fault(code, said, Place(str(path), line, found.start() - text.rfind("\n", 0, found.start())), help)
            )
    if path.suffix.lower() == ".json":
        text = _json_text(text, path)
    document = _parsed(text, path, faults)
    out: list[tuple[dict[str, Any], Places]] = []
    for item in document.value if isinstance(document.value, list) else [document]:
        if isinstance(item.value, dict):
            out.append((_value(item), _places(item)))
        else:
            faults.append(item.fault("J010", "一个项目应是键值表", "从 `name: 项目名称` 写起"))
    return out


def _parsed(text: str, path: Path, faults: list[Fault]) -> Marked:
    """The tree; days that do not exist are noted and read on as if nothing stood there, so that the rest is checked too."""
    try:
        return parse_marked(text, str(path))
    except InputFault as error:
        if any(fault.code != "P007" for fault in error.faults):
            raise
        faults.extend(error.faults)
        lines = text.split("\n")
        for fault in error.faults:
            at = fault.place or Place(str(path))
            row, column = (at.line or 1) - 1, int(at.column or 1) - 1
            lines[row] = lines[row][:column] + "~".ljust(10) + lines[row][column + 10 :]
        return parse_marked("\n".join(lines), str(path))


def _is_gbk(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _json_text(text: str, path: Path) -> str:
    """JSON is read by the YAML reader, for the places; what only one of the two allows is dealt with here."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        at = Place(str(path), error.lineno, error.colno)
        raise InputFault(Fault("P003", f"JSON 语法错误：{error.msg}", at, "检查引号、逗号和括号")) from None
    except (RecursionError, ValueError):
        pass  # too deep or too long: the reader says where
    # Characters beyond the first plane are two escapes in JSON; YAML knows one escape per character.
    return _PAIR.sub(lambda m: m[1] + chr(0x10000 + ((int(m[2], 16) & 0x3FF) << 10) + (int(m[3], 16) & 0x3FF)), text)


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
            if key in ("facts", "location") and isinstance(item.value, dict):
                out.update({f"{key}.{name}": inner.place for name, inner in item.value.items()})
    return out


def _csv_rows(path: Path, faults: list[Fault]) -> list[tuple[dict[str, Any], Places]]:
    data = _bytes(path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
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


def _xlsx_rows(path: Path, faults: list[Fault]) -> list[tuple[dict[str, Any], Places]]:
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MOST_UNPACKED:
                told = f"表格解开后超过 {MOST_UNPACKED / 1e6:.0f} MB"
                raise InputFault(Fault("J003", told, Place(str(path)), "删去图片和无关的表，另存为 .xlsx"))
            formulas = any(
                b"<f" in archive.read(part) for part in parts if part.filename.startswith("xl/worksheets/sheet")
            )
        sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
        written = openpyxl.load_workbook(path).worksheets[0] if formulas else None
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    except PermissionError as error:
        raise EnvironmentFault(
            Fault("J009", f"文件读不出来：{error.strerror}", Place(str(path)), "检查文件权限与磁盘")
        ) from None
    # SyntaxError is what the XML reader raises for a torn part.
    except (
        InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, OSError, ValueError, TypeError, AttributeError,
        SyntaxError, EOFError, NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise InputFault(
            Fault("J004", f"打不开这个 Excel 文件：{error}", Place(str(path)), "用 Excel 或 WPS 另存为 .xlsx")
        ) from None
    merged = [str(area) for area in sheet.merged_cells.ranges if area.min_row == 1]
    if merged:
        help = "第一行每列一个表头，取消合并单元格，说明文字放到别的表"
        raise InputFault(
            Fault("J005", f"表头有合并单元格：{'、'.join(merged)}", Place(str(path), 1, _letters(merged[0])), help)
        )
    if written is not None:
        for number, row in enumerate(written.iter_rows(values_only=True), 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("=") and rows[number - 1][column] is None:
                    at = Place(str(path), number, _letter(column))
                    faults.append(
                        Fault(
                            "J006",
                            f"公式 `{cell[:40]}` 没有算出的值",
                            at,
                            "在 Excel 或 WPS 里打开并保存一次，或改写成值",
                        )
                    )
    return _rows(rows, path, faults)


def _letters(area: str) -> str:
    return area.partition(":")[0].rstrip("0123456789")


def _rows(rows: list[list[Any]], path: Path, faults: list[Fault]) -> list[tuple[dict[str, Any], Places]]:
    if not rows or all(cell in (None, "") for cell in rows[0]):
        raise InputFault(
            Fault("J005", "第一行没有表头", Place(str(path), 1), "第一行写 项目名称、行业、建设性质、经度、纬度 等")
        )
    head = [str(cell).strip() if cell not in (None, "") else "" for cell in rows[0]]
    keys = [HEADERS.get(name, name) for name in head]
    for column, key in enumerate(keys):
        if key and key in keys[:column]:
            told = f"表头 `{head[column]}` 与 {_letter(keys.index(key))} 列的 `{head[keys.index(key)]}` 是同一项"
            faults.append(Fault("J005", told, Place(str(path), 1, _letter(column)), "两列留一列"))
    out: list[tuple[dict[str, Any], Places]] = []
    for number, row in enumerate(rows[1:], 2):
        if all(cell in (None, "") for cell in row):
            continue
        entry: dict[str, Any] = {"facts": {}, "location": {}}
        places: dict[str, Place] = {"": Place(str(path), number)}
        for column, cell in enumerate(row):
            at = Place(str(path), number, _letter(column))
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
            elif key in _PLACE_KEYS:
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
        where["point"] = [_float(where.pop("lon")), _float(where.pop("lat"))]
        places["location.point"] = places["location.lon"]
    for key, other in (("lon", "纬度"), ("lat", "经度")):
        if where.pop(key, None) is not None:
            faults.append(
                Fault("J016", f"缺少{other}", places[f"location.{key}"], "经度、纬度要成对填写，或两格都留空")
            )
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
    entry = {str(key): value for key, value in entry.items()}
    _no_controls(entry, "", places, faults)
    for key in entry:
        if key not in KEYS:
            close = near(key, KEYS, 1)
            spec = find_fact(law.book, key, entry[key])
            help = (
                f"`{key}` 是事实，写到 `facts:` 之下"
                if spec
                else f"是否想写 `{close[0]}`？"
                if close
                else f"可用的键：{'、'.join(KEYS)}"
            )
            faults.append(Fault("J011", f"不认识的键 `{key}`", places.get(key, top), help))
    day = on or _day(entry.get("on"), places.get("on", top), faults) or date.today()
    first = min((first for first, *_ in law.book.validity.values()), default=day)
    if day < first:
        at = Place("--on") if on is not None else places.get("on", top)
        faults.append(
            Fault("J014", f"{day} 早于任何已收录文件的施行日（最早 {first}）", at, f"用 {first} 或之后的日期")
        )
    facts: dict[str, Any] = {}
    given = entry.get("facts")
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        faults.append(
            Fault("J012", "`facts` 应是键值表", places.get("facts", top), "写成 `facts: {capacity: 106 万吨/年}`")
        )
        given = {}
    for name in ("industry", "nature"):
        if entry.get(name) is not None:
            facts[name] = _industry(law, entry[name], places.get(name, top), faults) if name == "industry" else read_value(
                law.book, law.book.facts[name], entry[name], places.get(name, top), faults)  # fmt: skip
    for name, raw in given.items():
        at = places.get(f"facts.{name}", places.get("facts", top))
        if _ENDLESS.search(str(raw)):
            faults.append(
                Fault(
                    "J028", f"`{name}` 的数值 `{str(raw)[:40]}` 大得或小得不可能", at, "核对位数和指数，换用合适的单位"
                )
            )
            continue
        spec = find_fact(law.book, str(name), raw)
        if spec is None:
            if isinstance(at.column, str):  # a sheet: the header is wrong, once, not every row below it
                at = Place(at.file, 1, at.column)
                if any(fault.code == "J020" and fault.place == at for fault in faults):
                    continue
            close = near_facts(law.book, str(name))
            faults.append(
                Fault(
                    "J020",
                    f"没有名为 `{name}` 的事实",
                    at,
                    f"相近的有：{'、'.join(close)}" if close else "用 `greenrule facts` 查看全部",
                )
            )
        elif spec.id in ("industry", "nature") and entry.get(spec.id) is not None:
            faults.append(Fault("J013", f"`{spec.zh}` 写了两次", at, "只在 `facts:` 之外写一次"))
        elif spec.id in facts:
            faults.append(Fault("J013", f"`{spec.zh}`（{spec.id}）写了两次", at, "编号和名称是同一项，只写一次"))
        else:
            value = (
                _industry(law, raw, at, faults)
                if spec.id == "industry"
                else read_value(law.book, spec, raw, at, faults)
            )
            if isinstance(value, (Quantity, Fraction)) and (value.value if isinstance(value, Quantity) else value) < 0:
                faults.append(
                    Fault("J029", f"`{spec.zh}` 是负数 `{raw}`", at, "填写不小于零的数；减少的量另有事实表示")
                )
            facts[spec.id] = value
    declared = _declared(law, entry.get("none_of"), facts, places.get("none_of", top), faults)
    location = entry.get("location")
    if location is not None and not isinstance(location, Mapping):
        faults.append(
            Fault(
                "J012",
                "`location` 应是键值表",
                places.get("location", top),
                "写成 `location: {point: [112.55, 37.87]}`",
            )
        )
        location = None
    if location and location.get("file") is not None:
        location = entry["location"] = _with_shape(location, base_dir, _site_place(location, places, top), faults)
    if isinstance(entry.get("name"), (list, tuple, Mapping)):
        faults.append(Fault("J012", "`name` 应是一段文字", places.get("name", top), "名称里有冒号、方括号时加引号"))
    name = str(entry.get("name") or "未命名项目").strip()
    raw_project = {
        "name": name,
        "on": day.isoformat(),
        **{key: entry[key] for key in ("industry", "nature", "location", "facts", "none_of") if entry.get(key)},
    }
    return Project(
        name,
        day,
        {**declared, **facts},
        location,
        _jsonable(raw_project),
        _site_place(location, places, top),
        base_dir,
        frozenset(declared),
    )


def _with_shape(location: Mapping[str, Any], base_dir: Path, at: Place, faults: list[Fault]) -> dict[str, Any] | None:
    """A location with the shapes of its file in the file's place, as the file writes them.

    The project then carries all that a finding rests on, and whoever verifies it needs no file.
    """
    from greenrule.spatial.frame import as_geojson
    from greenrule.spatial.vectorfile import read_as_written

    others = [way for way in _WAYS if way != "file" and location.get(way) is not None]
    if others:
        faults.append(
            Fault(
                "SITE001",
                f"location 同时给了 file、{'、'.join(others)}",
                at,
                f"给出且只给出其中一种：{'、'.join(_WAYS)}",
            )
        )
        return None
    path = base_dir / str(location["file"])
    try:
        read = read_as_written(path, layer=location.get("layer"), encoding=location.get("encoding"))
    except EnvironmentFault:
        raise
    except InputFault as error:
        faults.extend(error.faults)
        return None
    kept = {key: value for key, value in location.items() if key not in ("file", "layer", "encoding")}
    if kept.get("crs") is None and read.crs_from == "file" and read.crs:
        kept["crs"] = read.crs
    shapes = [as_geojson(shape) for shape in read.geometry]
    kept["geometry"] = shapes[0] if len(shapes) == 1 else {"type": "GeometryCollection", "geometries": shapes}
    kept["note"] = "；".join([f"图形取自 {path.name}", *([str(kept["note"])] if kept.get("note") else []), *read.notes])
    return kept


def _site_place(location: Mapping[str, Any] | None, places: Places, top: Place) -> Place:
    """Where the writer gave the place: what is wrong with it is shown there."""
    ways = [places[f"location.{way}"] for way in _WAYS if location and way in location and f"location.{way}" in places]
    return ways[0] if len(ways) == 1 else places.get("location", top)


def _no_controls(value: Any, path: str, places: Places, faults: list[Fault]) -> None:
    """Escapes can smuggle in what no report, sheet or record can carry (J007)."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _no_controls(str(key), path, places, faults)
            _no_controls(item, f"{path}.{key}" if path else str(key), places, faults)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _no_controls(item, path, places, faults)
    elif isinstance(value, str) and (_CONTROL.search(value) or any("\ud800" <= char <= "\udfff" for char in value)):
        at = places.get(path) or places.get(path.partition(".")[0]) or places.get("", Place("project"))
        faults.append(Fault("J007", f"`{path or '键'}` 里有不可见的控制字符", at, "删去它"))


def _declared(law: Law, raw: Any, facts: Mapping[str, Any], at: Place, faults: list[Fault]) -> dict[str, Any]:
    """Facts of the groups of which the writer says: nothing but what is stated."""
    if raw is None:
        return {}
    out: dict[str, Any] = {}
    by_label = {label: name for name, (label, _) in law.groups.items()}
    items = raw if isinstance(raw, (list, tuple)) else str(raw).replace("、", ",").replace("，", ",").split(",")
    for item in items:
        name = by_label.get(str(item).strip(), str(item).strip())
        if name not in law.groups or not law.groups[name][1]:
            allowed = [f"{key}（{label}）" for key, (label, free) in law.groups.items() if free]
            said = "这一组不能概括地说“均无”" if name in law.groups else f"没有名为 `{item}` 的事实分组"
            faults.append(Fault("J015", said, at, f"可用：{'、'.join(allowed)}"))
            continue
        members = [spec for spec in law.book.facts.values() if spec.group == name and spec.place is None]
        # A boiler that is stated without its size has a size: amounts are zero only where nothing of the group is stated.
        stated = any(facts.get(spec.id) not in (None, False) for spec in members)
        for spec in members:
            if spec.id in facts:
                continue
            if spec.kind.form == "truth":
                out[spec.id] = False
            elif spec.kind.form == "quantity" and not stated:
                out[spec.id] = Quantity(Fraction(0), spec.unit)
    return out


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
    items: Iterable[Any] = (
        raw if isinstance(raw, (list, tuple)) else str(raw).replace("、", ",").replace("，", ",").split(",")
    )
    out = set()
    for item in items:
        text = str(item).strip()
        if text in vocabulary.labels:
            out.add(text)
            continue
        try:
            out.add(law.industries.read(text, at))
        except InputFault as error:
            zeroed = vocabulary.labels.get(f"0{text}") if text.isdecimal() else None
            help = f"表格软件会吞掉开头的 0；是否指 0{text} {zeroed}？"
            faults.extend(Fault(f.code, f.message, f.place, help if zeroed else f.help) for f in error.faults)
    return frozenset(out) or None


def _jsonable(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))
