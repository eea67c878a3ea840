"""Archives of vector files: what is in them, unpacked under plain names of our own.

Zipped shapefiles, geodatabases and KMZ as they arrive: member names in GBK, a folder inside, several data sets, passwords.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

_SINGLE = (".gpkg", ".kml", ".geojson", ".json", ".dxf")
# A sidecar is a file beside the .shp with the same stem.
_SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
# An archive that unpacks to more than this is a mistake or an attack; the largest provincial layer sets known are a
# tenth of it.
_UNPACKED_BYTES = 8 << 30


def unpacked(path: Path, folder: Path, where: Place) -> dict[str, Path]:
    """Unpack the data sets of an archive under plain names of our own; name in the archive → path."""
    import zipfile

    try:
        archive = zipfile.ZipFile(path)
    except PermissionError:
        raise
    # ValueError: a member name that claims to be UTF-8 and is not.
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as problem:
        raise InputFault(
            Fault("VEC008", f"压缩包打不开：{problem}", where, "重新压缩为 .zip（不加密、不分卷）")
        ) from problem
    with archive:
        members = [(info, PurePosixPath(_member_name(info))) for info in archive.infolist() if not info.is_dir()]
        members = [
            (info, name) for info, name in members if "__MACOSX" not in name.parts and not name.name.startswith("._")
        ]
        if any(info.flag_bits & 1 for info, _ in members):
            raise InputFault(Fault("VEC008", "压缩包有密码", where, "去掉密码后再提供"))
        if sum(info.file_size for info, _ in members) > _UNPACKED_BYTES:
            raise InputFault(Fault("VEC008", "压缩包解开后超过 8 GB", where, "拆分图层后分别提供"))
        found: dict[str, Path] = {}
        for key, (target, wanted) in _data_sets(members, folder).items():
            for info, file in wanted:
                _unpack(archive, info, file, where)
            found[key] = target
    if not found:
        raise InputFault(
            Fault(
                "VEC008",
                "压缩包里没有矢量数据",
                where,
                "应含 .shp（及 .shx、.dbf、.prj）、.gdb、.gpkg、.kml 或 .geojson",
            )
        )
    return found


def _unpack(archive: Any, info: Any, file: Path, where: Place) -> None:
    """One member of an archive as a file of our own; what cannot be read is the archive's fault, what cannot be written the disk's."""
    import zipfile
    import zlib

    def full(problem: OSError) -> EnvironmentFault:
        told = f"解压临时文件写不下：{problem.strerror or problem}"
        return EnvironmentFault(Fault("VEC010", told, where, "清理临时目录或用 TMPDIR 换一个"))

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        out = file.open("wb")
    except OSError as problem:
        raise full(problem) from problem
    with out:
        try:
            packed = archive.open(info)
            while chunk := packed.read(1 << 20):
                try:
                    out.write(chunk)
                except OSError as problem:
                    raise full(problem) from problem
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as problem:
            raise InputFault(Fault("VEC008", f"压缩包损坏：{problem}", where, "重新压缩或重新传送")) from problem


def _member_name(info: Any) -> str:
    """Archives made on Chinese Windows carry GBK names that zip readers take for code page 437."""
    if info.flag_bits & 0x800:
        return str(info.filename)
    for codec in ("utf-8", "gb18030"):
        try:
            return str(info.filename.encode("cp437").decode(codec))
        except UnicodeError:
            continue
    return str(info.filename)


def _data_sets(
    members: list[tuple[Any, PurePosixPath]], folder: Path
) -> dict[str, tuple[Path, list[tuple[Any, Path]]]]:
    """Group archive members into data sets; member names are never used as paths, so none can escape the folder."""
    groups: dict[str, tuple[Path, list[tuple[Any, Path]]]] = {}

    def place(key: str, name: str) -> tuple[Path, list[tuple[Any, Path]]]:
        return groups.setdefault(key, (folder / f"{len(groups)}" / name, []))

    for info, name in members:
        inside = next((i for i, part in enumerate(name.parts[:-1]) if part.lower().endswith(".gdb")), None)
        if inside is not None:
            target, files = place(name.parts[inside].rsplit(".", 1)[0], "data.gdb")
            files.append((info, target / name.name))
        elif name.suffix.lower() in _SINGLE:
            target, files = place(name.stem, "data" + name.suffix.lower())
            files.append((info, target))
    shapes = {
        name.with_suffix("").as_posix().lower(): name.stem for _, name in members if name.suffix.lower() == ".shp"
    }
    for info, name in members:
        stem = name.with_suffix("").as_posix().lower()
        if stem in shapes and name.suffix.lower() in _SIDECARS:
            target, files = place(shapes[stem], "data.shp")
            files.append((info, target.with_suffix(name.suffix.lower())))
    return groups
