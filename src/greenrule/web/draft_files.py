"""A draft of law as it is uploaded – a zipped pack folder – and the stored projects that it concerns, on the map."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.spatial.frame import as_geojson
from greenrule.spatial.intake import read_site

#: What may lie in a pack; anything else is left out of what is unpacked by refusing the archive.
_SUFFIXES = (".yaml", ".toml", ".rules", ".csv", ".md", ".txt")
_MOST_FILES = 5000
_MOST_BYTES = 100 * 1024 * 1024


def unpack_draft(path: Path, folder: Path) -> Path:
    """Unpack a zipped pack; returns the folder that holds its `pack.toml`.

    Raises InputFault with all faults: PLD070 no archive or a torn one, PLD071 members that lead outside, links, or files of kinds that a
    pack has not, PLD072 too much, PLD073 no pack.toml, or several.
    """
    place = Place(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir() and "__MACOSX" not in info.filename]
            if len(members) > _MOST_FILES or sum(info.file_size for info in members) > _MOST_BYTES:
                told = f"最多 {_MOST_FILES} 个文件、{_MOST_BYTES // 1024 // 1024} MB"
                raise InputFault(Fault("PLD072", "草案解开后太大", place, told))
            faults = [
                Fault(
                    "PLD071",
                    f"`{info.filename[:100]}` 不能放在草案里",
                    place,
                    f"只放 {'、'.join(_SUFFIXES)}，路径不出文件夹",
                )
                for info in members
                if _strange(info)
            ]
            if faults:
                raise InputFault(faults[:50])
            left = _MOST_BYTES
            for info in members:
                target = folder.joinpath(*PurePosixPath(info.filename).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as packed, target.open("xb") as out:
                    while chunk := packed.read(1 << 20):
                        left -= len(chunk)
                        if left < 0:  # the archive says less than it holds
                            raise InputFault(
                                Fault("PLD072", "草案解开后太大", place, "压缩包的大小与目录不符，重新压缩")
                            )
                        out.write(chunk)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InputFault(
            Fault("PLD070", f"压缩包打不开：{error}", place, "重新压缩为 .zip（不加密、不分卷）")
        ) from None
    found = sorted(folder.rglob("pack.toml"))
    if len(found) != 1:
        told = "压缩包里应有且只有一个 pack.toml，在草案文件夹的顶层"
        raise InputFault(Fault("PLD073", f"压缩包里有 {len(found)} 个 pack.toml", place, told))
    return found[0].parent


def _strange(info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename)
    link = (info.external_attr >> 16) & 0o170000 == 0o120000
    return (
        link or name.is_absolute() or ".." in name.parts or "\\" in info.filename or ":" in info.filename
        or name.suffix.lower() not in _SUFFIXES
    )  # fmt: skip


def project_points(workspace: Path, stored: Mapping[str, str], found: dict[str, Any]) -> dict[str, Any]:
    """The stored projects of a plan that have a site, as GeoJSON; `flipped` names the decisions that come out otherwise.

    stored : the projects of the saved findings as JSON text, by finding id
    """
    turned: dict[str, list[str]] = {}
    for turn in found["projects"]["turns"]:
        said = f"{turn['label']}：{'、'.join(turn['before'])} → {'、'.join(turn['after'])}"
        for mine in turn["projects"]:
            turned.setdefault(mine["id"], []).append(said)
    features = []
    for name, text in stored.items():
        project = json.loads(text)
        location = project.get("location") or {}
        place = {key: value for key, value in location.items() if key not in ("county", "city", "town", "address")}
        if not place or "file" in place:
            continue
        try:
            shape = read_site(place, base_dir=workspace).geometry
        except InputFault:
            continue
        features.append({
            "type": "Feature", "geometry": as_geojson(shape.representative_point()),
            "properties": {"id": name, "name": project.get("name"), "flipped": "；".join(turned.get(name, ()))},
        })  # fmt: skip
    return {"type": "FeatureCollection", "features": features}
