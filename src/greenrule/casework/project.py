"""Read projects: YAML, JSON, and rows of XLSX or CSV sheets with Chinese or English headers.

A project is what a person wrote, checked against the vocabulary; nothing is guessed and nothing is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.backends.derive import derivations_of
from greenrule.casework.entries import CONTROL, KEYS, Places, read_documents
from greenrule.casework.sheets import read_csv, read_xlsx
from greenrule.core.clock import china_today
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place, near
from greenrule.core.units import Quantity
from greenrule.packs.book import Law
from greenrule.packs.values import find_fact, named_fact, near_facts, read_value, split_list
from greenrule.rules.book import FactSpec
from greenrule.spatial.intake import WAYS, read_site

#: A project file is a page or two; what is larger is something else (geometry belongs in a file of its own).
MOST_BYTES = 32 * 1024 * 1024
#: Numbers that nothing measured has: more digits or a larger power of ten than exact arithmetic should be fed.
_ENDLESS = re.compile(r"[0-9][0-9,，]{59}|[0-9.][eE][-+]?[0-9]{3}")


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
        entries = read_documents(path, faults)
    elif suffix == ".csv":
        entries = read_csv(path, faults)
    elif suffix == ".xlsx":
        entries = read_xlsx(path, faults)
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
    faults: list[Fault] = []
    for project in projects:
        try:
            if project.location and any(project.location.get(way) is not None for way in WAYS):
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
    day = on or read_day(entry.get("on"), places.get("on", top), faults) or china_today()
    first = law.first_day or day
    if day < first:
        faults.append(too_early(day, first, Place("--on") if on is not None else places.get("on", top)))
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
            facts[name] = read_industry(law, entry[name], places.get(name, top), faults) if name == "industry" else read_value(
                law.book, law.book.facts[name], entry[name], places.get(name, top), faults)  # fmt: skip
    for name, raw in given.items():
        at = places.get(f"facts.{name}", places.get("facts", top))
        spec, meant = named_fact(law.book, str(name), raw)
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
            facts[spec.id] = read_fact(law, spec, meant, at, faults, str(name))
    _agree(law, day, facts, places, top, faults)
    declared = _declared(law, day, entry.get("none_of"), facts, places.get("none_of", top), faults)
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
        location = entry["location"] = with_shape(location, base_dir, _site_place(location, places, top), faults)
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


def read_fact(law: Law, spec: FactSpec, raw: Any, at: Place, faults: list[Fault], said: str | None = None) -> Any:
    """The machine's value of a fact as a project states it, None where it says "unknown"; what is wrong goes to `faults`.

    Besides J02x of `read_value`: J028 endless numbers · J029 negative ones.  `said` is the name that the writer used.
    """
    if _ENDLESS.search(str(raw)):
        told = f"`{said or spec.zh}` 的数值 `{str(raw)[:40]}` 大得或小得不可能"
        faults.append(Fault("J028", told, at, "核对位数和指数，换用合适的单位"))
        return None
    if spec.id == "industry":
        return read_industry(law, raw, at, faults)
    value = read_value(law.book, spec, raw, at, faults)
    if isinstance(value, (Quantity, Fraction)) and (value.value if isinstance(value, Quantity) else value) < 0:
        faults.append(Fault("J029", f"`{spec.zh}` 是负数 `{raw}`", at, "填写不小于零的数；减少的量另有事实表示"))
    return value


def with_shape(location: Mapping[str, Any], base_dir: Path, at: Place, faults: list[Fault]) -> dict[str, Any] | None:
    """A location with the shapes of its file in the file's place, as the file writes them.

    The project then carries all that a finding rests on, and whoever verifies it needs no file.
    """
    from greenrule.spatial.frame import as_geojson
    from greenrule.spatial.vectorfile import read_as_written

    others = [way for way in WAYS if way != "file" and location.get(way) is not None]
    if others:
        faults.append(
            Fault(
                "SITE001",
                f"location 同时给了 file、{'、'.join(others)}",
                at,
                f"给出且只给出其中一种：{'、'.join(WAYS)}",
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
    ways = [places[f"location.{way}"] for way in WAYS if location and way in location and f"location.{way}" in places]
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
    elif isinstance(value, str) and (CONTROL.search(value) or any("\ud800" <= char <= "\udfff" for char in value)):
        at = places.get(path) or places.get(path.partition(".")[0]) or places.get("", Place("project"))
        faults.append(Fault("J007", f"`{path or '键'}` 里有不可见的控制字符", at, "删去它"))


def _declared(
    law: Law, day: date, raw: Any, facts: Mapping[str, Any], at: Place, faults: list[Fault]
) -> dict[str, Any]:
    """Facts of the groups of which the writer says: nothing but what is stated."""
    out: dict[str, Any] = {}
    for name in named_groups(law, raw, at, faults):
        members = group_members(law, name)
        # A boiler that is stated without its size has a size: amounts are zero only where nothing of the group is stated.
        stated = any(facts.get(spec.id) not in (None, False) for spec in members)
        for spec in members:
            if spec.id in facts:
                continue
            if spec.kind.form == "truth":
                out[spec.id] = False
            elif spec.kind.form == "quantity" and not stated:
                out[spec.id] = Quantity(Fraction(0), spec.unit)
    # What follows from what is stated is stated too: a new project with furnaces of its own has new furnaces.
    derivations = derivations_of(law.book, day)
    while out and (against := {name for name, *_ in derivations.contradictions({**out, **facts}) if name in out}):
        out = {name: value for name, value in out.items() if name not in against}
    return out


def _agree(law: Law, day: date, facts: Mapping[str, Any], places: Places, top: Place, faults: list[Fault]) -> None:
    """Facts of one project must not contradict one another (J032): what follows from some is what others say."""
    from greenrule.casework.agreeing import contradictions, disagreement

    for name, told in contradictions(law, day, facts):
        at = places.get(f"facts.{name}") or places.get(f"facts.{law.book.facts[name].zh}") or places.get(name, top)
        faults.append(disagreement(told, at))


def named_groups(law: Law, raw: Any, at: Place, faults: list[Fault]) -> list[str]:
    """Groups of facts of which a writer says that there is nothing; others than those that may be so called are J015."""
    out: list[str] = []
    by_label = {label: name for name, (label, _) in law.groups.items()}
    items: Iterable[Any] = (
        () if raw is None else raw if isinstance(raw, (list, tuple)) else split_list(str(raw)) or [raw]
    )
    for item in items:
        name = by_label.get(str(item).strip(), str(item).strip())
        if name in law.groups and law.groups[name][1]:
            out.append(name)
            continue
        allowed = [f"{key}（{label}）" for key, (label, free) in law.groups.items() if free]
        said = "这一组不能概括地说“均无”" if name in law.groups else f"没有名为 `{item}` 的事实分组"
        faults.append(Fault("J015", said, at, f"可用：{'、'.join(allowed)}"))
    return out


def group_members(law: Law, group: str) -> list[FactSpec]:
    """The facts of a group that a project states itself."""
    return [spec for spec in law.book.facts.values() if spec.group == group and spec.place is None]


def too_early(day: date, first: date, at: Place) -> Fault:
    """A day before all that is known of the law (J014)."""
    return Fault("J014", f"{day} 早于任何已收录文件的施行日（最早 {first}）", at, f"用 {first} 或之后的日期")


def read_day(raw: Any, at: Place, faults: list[Fault]) -> date | None:
    """The day that is asked for, None where none is written; J026 where it is no day."""
    if raw is None or isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        faults.append(Fault("J026", f"`on` 的值 `{raw}` 不是日期", at, "日期写作 YYYY-MM-DD"))
        return None


def read_industry(law: Law, raw: Any, at: Place, faults: list[Fault]) -> frozenset[str] | None:
    """Industry codes or names; names and everyday synonyms are looked up in the catalogue."""
    vocabulary = law.book.vocabularies["gbt4754"]
    items: Iterable[Any] = raw if isinstance(raw, (list, tuple)) else split_list(str(raw)) or [raw]
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
