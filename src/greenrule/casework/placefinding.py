"""From what a person types to a place: coordinates as they are written, or a name that the loaded layers know.

There is no gazetteer of streets here: an address is found as far as a county is named in it, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenrule.casework.ground import Ground
from greenrule.casework.placing import settled_enough
from greenrule.casework.question import read_place
from greenrule.core.errors import Place
from greenrule.spatial.intake import Site, read_site

#: Layers whose features people know by name, the widest first, and what such a feature is called.
NAMED = (
    ("city", "市"), ("county", "县（市、区）"), ("park", "开发区、园区"), ("control_unit", "管控单元"), ("nature_reserve", "自然保护地"),
    ("scenic_area", "风景名胜区"), ("water_source", "水源保护区"), ("spring_area", "泉域"), ("heritage_site", "文物保护单位"),
)  # fmt: skip
_NUMBERS = re.compile(r"""[\d\s.,，;；、:：+\-−°º度′’'分″”"秒东西南北经纬EWNSewns]+""")
_WHERE = Place("q")


@dataclass(frozen=True)
class Named:
    """A feature found by its name: where it is pointed at (degrees, CGCS2000) and the box around it."""

    kind: str
    label: str
    name: str
    within: str | None
    point: tuple[float, float]
    bounds: tuple[float, float, float, float]
    demo: bool


def is_coordinates(text: str) -> bool:
    """Whether a text is meant as coordinates.

    >>> is_coordinates("112.55, 37.87"), is_coordinates("112°33′ 37°52′"), is_coordinates("小店区"), is_coordinates("37")
    (True, True, False, False)
    """
    return _NUMBERS.fullmatch(text.strip()) is not None and len(re.findall(r"\d+", text)) >= 2


def read_typed(ground: Ground, text: str, crs: str | None = None) -> Site:
    """A point as people type it: decimal degrees, degrees–minutes–seconds, or metres of a grid; `crs` where it is known.

    Raises InputFault: ASK007 two parts are needed, and those of `greenrule.spatial.intake.read_site`.
    """
    location: dict[str, Any] = read_place(text)
    if crs:
        location["crs"] = crs
    site = read_site(location, base_dir=Path(), where=_WHERE)
    if site.in_doubt:
        settled_enough(ground, [(one.crs, one.geometry) for one in site.candidates], _WHERE)
    return site


def find_named(ground: Ground, text: str, limit: int = 10) -> list[Named]:
    """Features whose name or code holds the text, or whose name stands in it (an address); the closest and widest first."""
    wanted = re.sub(r"\s+", "", text).lower()
    if not wanted:
        return []
    found: list[tuple[int, int, int, str, str, int]] = []
    for width, (kind, label) in enumerate(NAMED):
        for row, name, code in _names(ground, kind):
            rank = _rank(wanted, name.lower(), code.lower())
            if rank is not None:
                found.append((rank, width, len(name), kind, label, row))
    found.sort()
    return [_named(ground, kind, label, row) for _, _, _, kind, label, row in found[: max(0, limit)]]


def names_on_map(ground: Ground) -> list[Named]:
    """Cities and counties, each once: what a map writes at one point in each."""
    return [_named(ground, kind, label, row) for kind, label in NAMED[:2] for row, _, _ in _names(ground, kind)]


def _names(ground: Ground, kind: str) -> Iterator[tuple[int, str, str]]:
    index = ground.index(kind)
    columns = index.frame.columns if index is not None else {}
    if "name" not in columns:
        return
    codes = columns.get("code")
    for row, name in enumerate(columns["name"]):
        if name:
            yield row, str(name), str(codes[row]) if codes is not None and codes[row] else ""


def _rank(wanted: str, name: str, code: str) -> int | None:
    if wanted in (name, code):
        return 0
    if name.startswith(wanted):
        return 1
    if wanted in name or (len(wanted) > 3 and wanted in code):
        return 2
    # An address names its county in full; two characters would be found in anything.
    return 3 if len(name) > 2 and name in wanted else None


def _named(ground: Ground, kind: str, label: str, row: int) -> Named:
    index = ground.index(kind)
    assert index is not None
    shape, feature = index.frame.geometry[row], index.frame.row(row)
    inside = shape.representative_point()
    within = feature.get("county") if kind != "county" else feature.get("city")
    return Named(
        kind, label, str(feature["name"]), str(within) if within else None, (round(inside.x, 6), round(inside.y, 6)),
        tuple(round(side, 6) for side in shape.bounds), ground.versions[kind].demo,
    )  # fmt: skip
