"""Vector files as they arrive from bureaus and consultants, read into CGCS2000 longitude/latitude.

Shapefiles (also zipped), GeoPackage, KML/KMZ, GeoJSON, file geodatabases.  What these files get wrong in practice is
handled here: attribute tables in GBK with no word about it, missing .prj, several layers, archives whose member names
are mis-encoded, rows without geometry.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.spatial.archives import unpacked
from greenrule.spatial.attributes import plain_columns
from greenrule.spatial.crs import HELP, candidate_grids, convert, in_metres, parse_crs

Progress = Callable[[str, float], None]

#: What can be read, by suffix.
SUFFIXES = (".shp", ".gpkg", ".kml", ".kmz", ".geojson", ".json", ".gdb", ".dxf", ".zip")
#: How names begin that are made up for what has none, in memory.
_UNNAMED = "pyogrio_"
_LARGE_BYTES = 100 << 20


@dataclass(frozen=True)
class VectorFile:
    """One layer of a vector file.

    geometry : object array (n,), shapely, degrees, EPSG:4490, two-dimensional, never missing or empty
    columns : name → list of n values (text, number or None)
    crs : the reference system the file was read in, as text
    notes : what was assumed, in Chinese
    rows : (n,) feature number in the file, from 1 (rows without geometry are left out)
    layer : name of the layer read
    crs_from : `stated` by the caller, `file`, or `format` (only the format's specification says WGS-84: KML, GeoJSON)
    bare : (m,) feature numbers of the rows without geometry
    """

    geometry: np.ndarray
    columns: dict[str, Sequence[Any]]
    crs: str
    notes: tuple[str, ...] = ()
    rows: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))
    layer: str | None = None
    crs_from: str = "file"
    bare: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))


@dataclass(frozen=True)
class _Source:
    """What pyogrio opens: a path or recoded bytes, and what is known about it."""

    data: str | bytes
    suffix: str
    layer: str | None
    code_page: str | None = None
    notes: tuple[str, ...] = ()


def read_vector(
    path: Path | str,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> VectorFile:
    """Read one layer of a vector file in a single pass, in CGCS2000 longitude/latitude.

    layer : needed when the file holds several; crs : needed when the file says none, and overrides what it says;
    encoding : of the text, when detection (UTF-8, then GB18030) is not wanted; progress : called with a stage and a
    fraction.

    Errors, InputFault: VEC001 no such file, VEC002 empty file, VEC003 unknown kind, VEC004 unreadable, VEC005 layer
    to be chosen or unknown, VEC006 no features, VEC007 no reference system, VEC008 bad archive, VEC009 bad encoding;
    CRS… of `convert`.  EnvironmentFault VEC010 when there is no room to unpack.
    """
    where = Place(str(path))
    tell = progress or (lambda stage, fraction: None)
    spec = parse_crs(crs, where) if crs is not None else None
    read = read_as_written(path, layer=layer, encoding=encoding, progress=tell)
    tell("换算坐标", 0.8)
    notes = list(read.notes)
    if spec is None:
        if not read.crs:
            raise InputFault(_no_crs(read.geometry, where))
        spec = parse_crs(read.crs, where)
        crs_from = read.crs_from
    else:
        crs_from = "stated"
        own = parse_crs(read.crs, where) if read.crs_from == "file" and read.crs else spec
        if own != spec:
            notes.append(f"文件自带坐标系 {own.label}，按给定的 {spec.label} 读取")
    converted, said = convert(read.geometry, spec, where)
    tell("完成", 1.0)
    return VectorFile(converted, read.columns, spec.text, (*notes, *said), read.rows, read.layer, crs_from, read.bare)


def read_as_written(
    path: Path | str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> VectorFile:
    """Read one layer with its coordinates as the file writes them; `crs` is what the file says, or empty.

    For callers that weigh several reference systems themselves; otherwise as `read_vector`, same errors but VEC007.
    """
    path = Path(path)
    where = Place(str(path))
    tell = progress or (lambda stage, fraction: None)
    _check_file(path, where)
    tell("打开", 0.0)
    with _opened(path, layer, encoding, where) as source:
        notes = list(source.notes)
        if path.is_file() and path.stat().st_size > _LARGE_BYTES:
            notes.append(f"文件较大（{path.stat().st_size / 1e6:.0f} MB），一次读入内存")
        chosen = _chosen_layer(source, where)
        tell("读取", 0.1)
        unnamed = isinstance(source.data, bytes) and chosen.startswith(_UNNAMED)
        meta, blobs, values = _read(source, _place_of(source, chosen, where), where, notes)
        if unnamed:
            chosen = path.stem
        tell("解析图形", 0.6)
        columns = plain_columns(meta, values, source.suffix, source.code_page, encoding, where, notes)
        # These two formats are WGS-84 by specification; only the old `crs` member of GeoJSON is a statement.
        own_word = source.suffix not in (".json", ".kml") or (source.suffix == ".json" and _says_crs(source.data))
    shapes = _shapes(blobs, where)
    if source.suffix == ".dxf":
        shapes = _closed(shapes)
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not kept.any():
        what = "没有任何要素" if len(shapes) == 0 else f"{len(shapes)} 个要素都没有图形"
        raise InputFault(Fault("VEC006", f"图层 `{chosen}` {what}", where, "检查导出时是否选错了图层或筛选条件"))
    rows, bare = np.flatnonzero(kept) + 1, np.flatnonzero(~kept) + 1
    if len(bare):
        notes.append(f"{len(bare)} 个要素没有图形，已略去（首个在第 {int(bare[0])} 行）")
        shapes = shapes[kept]
        columns = {name: [column[row - 1] for row in rows.tolist()] for name, column in columns.items()}
    crs_from = "file" if own_word else "format"
    return VectorFile(shapes, columns, meta["crs"] or "", tuple(notes), rows, chosen, crs_from, bare)


def _shapes(blobs: Any, where: Place) -> np.ndarray:
    """Two-dimensional geometries; a row whose geometry is torn (rings that do not close) is a fault, not a row without one."""
    written = np.asarray(blobs if blobs is not None else [], dtype=object)
    with np.errstate(invalid="ignore"):  # numbers that are none are told by whoever reads the coordinates
        shapes = np.asarray(shapely.from_wkb(written, on_invalid="ignore"), dtype=object)
    torn = np.flatnonzero(shapely.is_missing(shapes) & np.array([blob is not None for blob in written], dtype=bool)) + 1
    if len(torn):
        rows = "、".join(str(row) for row in torn[:10].tolist()) + (" 等" if len(torn) > 10 else "")
        fault = Fault(
            "VEC004",
            f"{len(torn)} 个要素的图形是坏的（第 {rows} 行）",
            where,
            "文件可能损坏；在 GIS 软件中修复后重新导出",
        )
        raise InputFault(fault)
    return np.asarray(shapely.force_2d(shapes), dtype=object)


def _closed(shapes: np.ndarray) -> np.ndarray:
    """Closed lines as areas: a drawing knows outlines, not polygons."""
    rings = (shapely.get_type_id(shapes) == 1) & shapely.is_closed(shapes) & (shapely.get_num_points(shapes) >= 4)
    out = np.array(shapes, dtype=object)
    out[rings] = [shapely.Polygon(shapely.get_coordinates(line)) for line in shapes[rings]]
    return out


def list_layers(path: Path | str) -> tuple[str, ...]:
    """Names of the layers with geometry in a vector file, for "which one?"; errors as `read_vector`."""
    where = Place(str(path))
    _check_file(Path(path), where)
    with _opened(Path(path), None, None, where, choose=False) as source:
        return _layers(source, where) if source.data else tuple(source.notes)


def _check_file(path: Path, where: Place) -> None:
    if not path.exists():
        raise InputFault(
            Fault("VEC001", f"找不到文件 `{path.name}`", where, "核对路径；相对路径以项目文件所在目录为准")
        )
    if path.suffix.lower() not in SUFFIXES:
        kinds = "、".join(SUFFIXES)
        raise InputFault(Fault("VEC003", f"不认识的矢量文件类型 `{path.suffix or path.name}`", where, f"可读：{kinds}"))
    if path.is_dir() != (path.suffix.lower() == ".gdb"):
        raise InputFault(
            Fault(
                "VEC003", "应为 .gdb 文件夹或单个文件", where, "文件地理数据库是以 .gdb 结尾的文件夹，可整体压缩为 .zip"
            )
        )
    if (path.is_file() and path.stat().st_size == 0) or (path.is_dir() and not any(path.iterdir())):
        raise InputFault(Fault("VEC002", "文件是空的（0 字节）", where, "重新导出或重新传送该文件"))


@contextmanager
def _opened(
    path: Path, layer: str | None, encoding: str | None, where: Place, choose: bool = True
) -> Iterator[_Source]:
    """The source to read, unpacked and recoded as needed; unpacked files live as long as the context."""
    suffix = path.suffix.lower()
    if suffix not in (".zip", ".kmz"):
        yield _single(path, layer, encoding, where)
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="greenrule-") as folder:
        found = unpacked(path, Path(folder), where)
        if len(found) == 1:
            ((_, inner),) = found.items()
        elif layer in found:
            inner, layer = found[layer or ""], None
        elif not choose:
            yield _Source("", suffix, None, notes=tuple(found))
            return
        else:
            raise InputFault(_choose(layer, tuple(found), where))
        # A zipped shapefile is its own only layer, whatever it was renamed to here.
        if inner.suffix == ".shp" and layer in found:
            layer = None
        yield _single(inner, layer, encoding, where)


def _single(path: Path, layer: str | None, encoding: str | None, where: Place) -> _Source:
    suffix = path.suffix.lower()
    if suffix == ".shp":
        beside = {entry.suffix.lower(): entry for entry in path.parent.iterdir() if entry.stem == path.stem}
        if ".shx" not in beside:
            raise InputFault(
                Fault("VEC004", "缺少同名的 .shx 文件", where, "shapefile 由 .shp .shx .dbf .prj 组成，请一并提供")
            )
        page = beside[".cpg"].read_text("latin-1").strip() if ".cpg" in beside else None
        return _Source(str(path), ".shp", None if layer == path.stem else layer, page)
    if suffix in (".kml", ".geojson", ".json"):
        data, notes = _in_utf8(path, encoding, where)
        if suffix == ".kml":
            _refuse_entities(path if isinstance(data, str) else data, where)
        return _Source(data, ".kml" if suffix == ".kml" else ".json", layer, notes=notes)
    return _Source(str(path), suffix, layer)


def _in_utf8(path: Path, encoding: str | None, where: Place) -> tuple[str | bytes, tuple[str, ...]]:
    """The path itself when its text is UTF-8, else the text recoded; the drivers read nothing else."""
    raw = path.read_bytes()
    declared = re.match(rb"[^>]{0,80}encoding\s*=\s*[\"']([\w-]+)[\"']", raw[:200])
    for codec in [encoding] if encoding else ["utf-8-sig", "gb18030"]:
        try:
            text = raw.decode(codec)
        except (UnicodeError, LookupError):
            continue
        if codec == "utf-8-sig" and (declared is None or declared[1].lower() == b"utf-8"):
            return str(path), ()
        text = re.sub(r"(encoding\s*=\s*[\"'])[\w-]+", r"\1UTF-8", text, count=1) if declared else text
        return text.lstrip("\ufeff").encode(), (f"文字按 {codec.upper()} 编码读取",) if codec != "utf-8-sig" else ()
    raise InputFault(Fault("VEC009", "文字编码既不是 UTF-8 也不是 GB18030", where, "另存为 UTF-8，或用 encoding 说明"))


def _refuse_entities(data: Path | bytes, where: Place) -> None:
    """A KML needs no document type; one that brings its own wants to name other files, or to grow."""
    raw = data.read_bytes() if isinstance(data, Path) else data
    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", raw, re.IGNORECASE):
        raise InputFault(Fault("VEC011", "KML 里有文档类型或实体声明，不读", where, "在 GIS 软件中重新导出 KML"))


def _says_crs(data: str | bytes) -> bool:
    """Whether a GeoJSON text carries the old `crs` member, at its head or its tail."""
    if isinstance(data, bytes):
        ends = data[:65536] + data[-4096:]
    else:
        with open(data, "rb") as file:
            ends = file.read(65536)
            file.seek(max(0, file.seek(0, 2) - 4096))
            ends += file.read()
    return re.search(rb'"crs"\s*:\s*\{', ends) is not None


def _choose(layer: str | None, layers: Sequence[str], where: Place) -> Fault:
    listed = "、".join(f"`{name}`" for name in layers[:20]) + ("…" if len(layers) > 20 else "")
    message = f"没有图层 `{layer}`" if layer else f"文件里有 {len(layers)} 个图层，没有说明用哪个"
    return Fault("VEC005", message, where, f"用 layer 指定其中一个：{listed}")


def _layers(source: _Source, where: Place) -> tuple[str, ...]:
    """Layers that can hold geometry; attribute-only tables are left out."""
    import pyogrio

    try:
        listed = pyogrio.list_layers(source.data)
        names = tuple(str(name) for name, kind in listed if kind is not None)
        if source.suffix == ".kml" and len(names) > 1:
            # Every folder of a KML is a layer, also the empty ones.
            info = {
                str(name): pyogrio.read_info(source.data, layer=place, force_feature_count=True)
                for place, (name, kind) in enumerate(listed)
                if kind is not None
            }
            names = tuple(name for name in names if info[name]["features"] > 0) or names[:1]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as problem:
        raise InputFault(_unreadable(problem, where)) from problem
    return names


def _unreadable(problem: Exception, where: Place) -> Fault:
    reason = str(problem).split(";")[0].replace(str(where.file), "")
    reason = re.sub(r"\S*\.(?:cpp|h), \d+: ", "", reason).strip(" :'")  # where in GDAL's own sources helps nobody
    return Fault(
        "VEC004",
        f"文件读不出来：{reason[:200]}",
        where,
        "文件可能损坏、不完整，或扩展名与内容不符；在 GIS 软件中重新导出",
    )


def _chosen_layer(source: _Source, where: Place) -> str:
    names = _layers(source, where)
    if source.layer is not None:
        if source.layer not in names:
            raise InputFault(_choose(source.layer, names, where))
        return source.layer
    if not names:
        raise InputFault(Fault("VEC006", "文件里没有图形图层", where, "提供含点、线或面的图层"))
    if len(names) > 1:
        raise InputFault(_choose(None, names, where))
    return names[0]


def _place_of(source: _Source, chosen: str, where: Place) -> str | int:
    """What to ask for a layer by: its name, or where it stands when GDAL makes up a name for it each time it looks."""
    if not isinstance(source.data, bytes):
        return chosen
    import pyogrio

    try:
        names = [str(name) for name, _ in pyogrio.list_layers(source.data)]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as problem:
        raise InputFault(_unreadable(problem, where)) from problem
    return next((place for place, name in enumerate(names) if name == chosen or name.startswith(_UNNAMED)), chosen)


def _read(
    source: _Source, layer: str | int, where: Place, notes: list[str]
) -> tuple[dict[str, Any], Any, list[np.ndarray]]:
    """Meta data, WKB and column arrays; the driver's warnings become notes."""
    import pyogrio
    from pyogrio import raw

    # Latin-1 hands every byte of a shapefile table through unchanged; the decision on the encoding is taken in
    # `plain_columns`.
    encoding = "ISO-8859-1" if source.suffix == ".shp" else None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            meta, _, blobs, values = raw.read(
                source.data, layer=layer, encoding=encoding, force_2d=True, datetime_as_string=True
            )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as problem:
            raise InputFault(_unreadable(problem, where)) from problem
        except (ValueError, RuntimeError, OverflowError) as problem:
            raise InputFault(_unreadable(problem, where)) from problem
        except UnboundLocalError as problem:  # what pyogrio makes of a .prj that PROJ cannot read
            told = "坐标系说明（.prj）读不出来"
            raise InputFault(Fault("VEC004", told, where, f"重新导出 .prj；或删去它，用 crs 说明：{HELP}")) from problem
    said = dict.fromkeys(str(warning.message).split("\n")[0][:160] for warning in caught)
    notes.extend(f"读取时的提示：{text}" for text in list(said)[:5])
    return meta, blobs, values


def _no_crs(shapes: np.ndarray, where: Place) -> Fault:
    points = shapely.get_coordinates(shapes[:1000])
    if in_metres(points):
        grids = "、".join(candidate_grids(points))
        guess = f"坐标是米制数值，可能是 {grids}" if grids else "坐标是米制数值"
    else:
        guess = "坐标像经纬度，可能是 cgcs2000，也可能是 gcj02 或 bd09"
    return Fault("VEC007", f"文件没有说明坐标系（缺 .prj）；{guess}", where, f"用 crs 说明：{HELP}")
