"""From what a person types to a place: coordinates as they are written, or a name that the loaded layers know.

There is no gazetteer of streets here: an address is found as far as a county is named in it, and that is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from greenrule.casework.ground import Ground
from greenrule.casework.placing import settled_enough
from greenrule.casework.question import read_place
from greenrule.core.errors import Place
from greenrule.spatial.crs import CHINA
from greenrule.spatial.dms import parse_position
from greenrule.spatial.intake import Site, read_site

#: Layers whose features people know by name, the widest first, and what such a feature is called.
NAMED = (
    ("province", "省"), ("city", "市"), ("county", "县（市、区）"), ("town", "乡镇、街道"), ("park", "开发区、园区"), ("control_unit", "管控单元"),
    ("nature_reserve", "自然保护地"), ("scenic_area", "风景名胜区"), ("water_source", "水源保护区"), ("spring_area", "泉域"),
    ("heritage_site", "文物保护单位"), ("river_line", "河流"), ("river_bank", "河道岸线"), ("valley", "河流谷地"), ("basin", "盆地"),
    ("taixin_zone", "太忻一体化经济区"),
)  # fmt: skip
_NUMBERS = re.compile(r"""[\d\s.,，;；、:：+\-−°º度′’'分″”"秒东西南北经纬EWNSewns]+""")
_WHERE = Place("q")
#: Words by which people, and the links of map services, say in which reference system numbers are.
_DATUMS = tuple(
    (crs, re.compile(words, re.IGNORECASE))
    for crs, words in (
        ("gcj02", r"gcj-?02|火星坐标系?|高德(?:地图)?|腾讯(?:地图)?|amap\.com|map\.qq\.com"), ("bd09", r"bd-?09(?:ll)?|百度(?:地图)?|map\.baidu\.com"),
        ("wgs84", r"wgs-?84|gps|^geo:"), ("cgcs2000", r"cgcs-?2000|国家大地坐标系?"),
    )
)  # fmt: skip
_LABELS = (
    (re.compile(r"longitude|经度|lng|lon", re.IGNORECASE), "经度"),
    (re.compile(r"latitude|纬度|lat", re.IGNORECASE), "纬度"),
)
#: The pair of numbers in a link of a map service; which comes first is the service's habit.
_LINKED = re.compile(
    r"(?:^geo:|[?&@](?:\w+=)?(?:coord:)?|[#&]map=[\d.]+/)(-?\d+\.\d+)(?:,|%2C|/)(-?\d+\.\d+)", re.IGNORECASE
)
#: What a keyboard set to Chinese writes for digits and marks: the same, wide.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
#: Surveyors' names of the two coordinates of a grid; the reader sees from the numbers which is which.
_AXES = re.compile(r"(?:(?<![a-z])[XY](?:\s*坐标)?|[东北]坐标)\s*[:=]?\s*(?=-?\d)", re.IGNORECASE)
_WKT = re.compile(r"POINT(?:\s*Z)?\s*\(\s*(-?\d[\d.]*)\s+(-?\d[\d.]*)(?:\s+-?[\d.]+)?\s*\)", re.IGNORECASE)
#: Degrees, minutes, seconds of both, told apart by nothing but blanks.
_SIX = re.compile(r"(\d{1,3})\s+(\d{1,2})\s+(\d{1,2}(?:\.\d+)?)[\s,;]+(\d{1,3})\s+(\d{1,2})\s+(\d{1,2}(?:\.\d+)?)")
_PLAIN_PAIR = re.compile(r"\s*(\d+(?:\.\d+)?)\s*[,;，；、\s]\s*(\d+(?:\.\d+)?)\s*")


#: The last rank of what is found: its name stands in the text.
_IN_ADDRESS = 3


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
    plain, _ = understood(text)
    return _NUMBERS.fullmatch(plain.strip()) is not None and len(re.findall(r"\d+", plain)) >= 2


def understood(text: str) -> tuple[str, str | None]:
    """A text without the words that say its reference system, labels of numbers in one form, and that system.

    >>> understood("高德 112.55, 37.87"), understood("lat: 37.87, lng: 112.55")
    (('112.55, 37.87', 'gcj02'), ('纬度37.87, 经度112.55', None))
    >>> understood("https://api.map.baidu.com/marker?location=37.876,112.562&title=x")
    ('112.562, 37.876', 'bd09')
    >>> understood("Ｘ＝４１９３０００，Ｙ＝３８４１２３４５．６")[0], understood("POINT(112.55 37.87)")[0]
    ('4193000,38412345.6', '112.55, 37.87')
    """
    text = _unwrapped(text.strip()[:2000].translate(_NARROW))
    crs = next((name for name, words in _DATUMS if words.search(text)), None)
    if linked := _LINKED.search(text) if "://" in text or text.lower().startswith("geo:") else None:
        # In China every longitude is larger than every latitude.
        lat, lon = sorted((linked[1], linked[2]), key=float)
        return f"{lon}, {lat}", crs
    plain = text
    for _, words in _DATUMS:
        plain = words.sub(" ", plain)
    plain = _AXES.sub("", plain)
    for words, label in _LABELS:
        plain = re.sub(rf"(?:{words.pattern})\s*[:：=]?\s*", label, plain, flags=re.IGNORECASE)
    return re.sub(r"[(（]\s*[)）]|^[\s:：,，]+|[\s,，&]+$", "", plain).strip() if plain != text else text, crs


def _unwrapped(text: str) -> str:
    """What programs copy: WKT, a pair in brackets, JSON with latitude and longitude; and six numbers with blanks between them."""
    if found := _WKT.fullmatch(text):
        return f"{found[1]}, {found[2]}"
    if found := _SIX.fullmatch(text):
        return "{}°{}′{}″, {}°{}′{}″".format(*found.groups())
    if not text.startswith(("{", "[")):
        return text
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(told, dict) and isinstance(told.get("coordinates"), list):  # GeoJSON
        told = told["coordinates"][:2]
    if isinstance(told, dict):
        named = {str(key).lower(): value for key, value in told.items()}
        told = [
            next((named[key] for key in keys if key in named), None)
            for keys in (("lng", "lon", "longitude"), ("lat", "latitude"))
        ]
    if isinstance(told, list) and len(told) == 2 and all(type(one) in (int, float) for one in told):
        return f"{told[0]}, {told[1]}"
    return text


def _north_first(plain: str) -> str | None:
    """Two bare numbers of degrees with the latitude first, turned; in China every longitude is larger than every latitude."""
    found = _PLAIN_PAIR.fullmatch(plain)
    west, south, east, north = CHINA
    if found and south <= float(found[1]) <= north and west <= float(found[2]) <= east:
        return f"{found[2]}, {found[1]}"
    return None


def read_typed(ground: Ground, text: str, crs: str | None = None) -> Site:
    """A point as people type it: decimal degrees, degrees–minutes–seconds with or without 东经 and 北纬, metres of a grid, or a link
    of a map service; `crs` where it is known, else what the text itself says.

    Raises InputFault: ASK007 two parts are needed, and those of `greenrule.spatial.intake.read_site`.
    """
    plain, said = understood(text)
    location: dict[str, Any]
    turned: str | None = None
    if re.search("[东西南北经纬EWNSewns]", plain):  # it says which number is which, in whatever order
        location = {"point": list(parse_position(plain.replace("、", ","), _WHERE))}
    else:
        turned = _north_first(plain)
        location = read_place(turned or plain)
    if crs or said:
        location["crs"] = crs or said
    site = read_site(location, base_dir=Path(), where=_WHERE)
    if turned:
        site = replace(site, notes=("纬度在前，已换为经度在前", *site.notes))
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
            if rank is not None:  # of what an address names the narrowest is the closest
                found.append((rank, -width if rank == _IN_ADDRESS else width, len(name), kind, label, row))
    found.sort()
    out: dict[tuple[str, str, str | None], Named] = {}  # a river comes in pieces of one name
    for _, _, _, kind, label, row in found:
        if len(out) >= max(0, limit):
            break
        one = _named(ground, kind, label, row)
        out.setdefault((kind, one.name, one.within), one)
    return list(out.values())


def only_in_part(found: Sequence[Named], text: str) -> bool:
    """Whether all that was found is named inside the text, as the county is in an address."""
    wanted = re.sub(r"\s+", "", text).lower()
    return bool(found) and all(one.name.lower() in wanted and one.name.lower() != wanted for one in found)


def names_on_map(ground: Ground) -> list[Named]:
    """Cities and counties, each once: what a map writes at one point in each."""
    return [
        _named(ground, kind, label, row)
        for kind, label in NAMED
        if kind in ("city", "county")
        for row, _, _ in _names(ground, kind)
    ]


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
    return _IN_ADDRESS if len(name) > 2 and name in wanted else None


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
