"""The demonstration's other layers: protected areas, parks, rivers and what belongs to them, towns and farmland.  All
of it is invented."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from greenrule.casework import demo_places as places
from greenrule.casework.demo_sites import Sites
from greenrule.spatial import sketch
from greenrule.spatial.frame import Frame

_DEMO = "演示数据（非官方）"

#: How wide the demonstration draws a bank area on each side of a river, metres.
_BANK_WIDTH = {"yellow_main": 900.0, "main": 600.0, "tributary": 250.0}

#: How many villages and farmland patches are scattered over the province.
_VILLAGES = 1_400
_PATCHES = 900


class _Table:
    """Rows gathered one by one: shapes of the drawing plane and their attributes; empty shapes are left out."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._shapes: list[Any] = []
        self._rows: list[tuple[Any, ...]] = []

    def add(self, shape: Any, *values: Any) -> None:
        if not shape.is_empty:
            self._shapes.append(shape)
            self._rows.append(values)

    def frame(self) -> Frame:
        """The table as a frame in degrees; a shape that vanishes on the grid is left out."""
        drawn = [(sketch.in_degrees(shape), row) for shape, row in zip(self._shapes, self._rows, strict=True)]
        drawn = [(shape, row) for shape, row in drawn if not shape.is_empty]
        columns: dict[str, Sequence[Any]] = {
            name: [row[place] for _, row in drawn] for place, name in enumerate(self._names)
        }
        columns["remark"] = [_DEMO] * len(drawn)
        geometry = np.empty(len(drawn), dtype=object)
        geometry[:] = [shape for shape, _ in drawn]
        return Frame(geometry, columns)


def draw_areas(sites: Sites, units: Frame) -> dict[str, Frame]:
    """All layers besides counties and units, by layer kind, EPSG:4490."""
    towns = _towns(sites)
    parks = _parks(sites)
    bans = [*towns.values(), *(shape for shape, _ in parks)]
    painters: dict[str, Callable[[], Frame]] = {
        "city": lambda: _cities(sites),
        "ecological_red_line": lambda: _red_lines(units),
        "nature_reserve": lambda: _protected(sites, units, "level", places.RESERVES, 31),
        "scenic_area": lambda: _protected(sites, None, "level", places.SCENIC_AREAS, 32),
        "water_source": lambda: _water_sources(sites, bans),
        "spring_area": lambda: _round(
            sites, (("name",), [((name,), at, size) for name, at, size in places.SPRINGS]), 33
        ),
        "heritage_site": lambda: _round(
            sites,
            (("name", "level"), [((name, level), at, size) for name, level, at, size in places.HERITAGE_SITES]),
            34,
        ),
        "permanent_farmland": lambda: _farmland(sites, bans),
        "park": lambda: _park_frame(sites, parks),
        "river_line": lambda: _river_lines(sites),
        "river_bank": lambda: _river_banks(sites),
        "valley": lambda: _valleys(sites),
        "basin": lambda: _basins(sites),
        "taixin_zone": lambda: _taixin(sites),
        "built_up_area": lambda: _around_towns(sites, towns, 0, "建成区"),
        "heat_network": lambda: _around_towns(sites, towns, 500, "集中供热管网覆盖范围"),
        "fuel_ban_zone": lambda: _fuel_ban(sites, towns),
        "noise_sensitive_area": lambda: _noise_sensitive(sites, towns),
        "residential_area": lambda: _residential(sites, towns, [shape for shape, _ in parks]),
    }
    return {kind: paint() for kind, paint in painters.items()}


def _cities(sites: Sites) -> Frame:
    columns = sites.counties.columns
    codes = sorted(set(columns["city_code"]))
    first = {code: list(columns["city_code"]).index(code) for code in codes}
    geometry = np.empty(len(codes), dtype=object)
    pairs = list(zip(columns["city_code"], sites.counties.geometry, strict=True))
    geometry[:] = [sketch.join(shape for owner, shape in pairs if owner == code) for code in codes]
    names = [columns["city"][first[code]] for code in codes]
    province = [columns["province"][first[code]] for code in codes]
    return Frame(geometry, {"code": codes, "name": names, "province": province})


def _towns(sites: Sites) -> dict[str, Any]:
    """County code → its built-up area, within the county."""
    rng = sites.rng(30)
    return {
        code: sketch.blob(places.SEATS[code], places.BIG_TOWNS.get(code, 1_600.0), rng, corners=28).intersection(
            sites.planes[code]
        )
        for code in sites.codes
    }


def _parks(sites: Sites) -> list[tuple[Any, Any]]:
    rng = sites.rng(35)
    bend = sketch.Warp(sites.seed + 35, (2_500, 1_100), 0.15)
    out = []
    for park in sites.parks:
        shape = sketch.block(park.centre, park.size, park.size * rng.uniform(0.55, 0.9), rng.uniform(0, np.pi))
        out.append((bend.apply(shape, 250).intersection(sites.planes[park.county]), park))
    return out


def _park_frame(sites: Sites, parks: list[tuple[Any, Any]]) -> Frame:
    table = _Table("name", "level", "kinds", "planning_eia", "city", "county")
    city = dict(zip(sites.codes, sites.counties.columns["city"], strict=True))
    county = dict(zip(sites.codes, sites.counties.columns["name"], strict=True))
    for shape, park in parks:
        table.add(shape, park.name, park.level, park.kinds, park.planning_eia, city[park.county], county[park.county])
    return table.frame()


#: How far the red line stays from units that are not named after it, metres.
_SETBACK = 650.0


def _red_lines(units: Frame) -> Frame:
    """The units that are named after the red line, but for a strip along all others: within a range of such units the
    line is one."""
    table = _Table("name", "category", "city", "county")
    columns = units.columns
    guarded = [index for index, subtype in enumerate(columns["subtype"]) if subtype in ("red_line", "nature_reserve")]
    others = sorted(set(range(len(units))) - set(guarded))
    strips = [sketch.in_plane(units.geometry[index]).simplify(150).buffer(_SETBACK, quad_segs=2) for index in others]
    cores = sketch.cut([sketch.in_plane(units.geometry[index]) for index in guarded], strips)
    for index, core in zip(guarded, cores, strict=True):
        category = (
            "生物多样性维护" if columns["subtype"][index] == "nature_reserve" else ("水土保持", "水源涵养")[index % 2]
        )
        name = f"{columns['county'][index]}{category}生态保护红线"
        table.add(sketch.areas(core, 8e5), name, category, columns["city"][index], columns["county"][index])
    return table.frame()


def _protected(
    sites: Sites, units: Frame | None, field: str, rows: list[tuple[str, str, tuple[float, float], float]], purpose: int
) -> Frame:
    """Rough patches; where units are given, only inside priority units, as a protected area would be."""
    rng = sites.rng(purpose)
    inside = sites.province_plane
    if units is not None:
        words = units.columns["class"]
        inside = sketch.in_plane(
            sketch.join(shape for shape, word in zip(units.geometry, words, strict=True) if word == "priority")
        )
    table = _Table("name", field)
    for name, level, centre, radius in rows:
        shape = sketch.blob(centre, radius, rng, corners=40, rough=0.25)
        table.add(sketch.areas(shape.intersection(inside), 1e6), name, level)
    return table.frame()


def _round(
    sites: Sites,
    plan: tuple[tuple[str, ...], Iterable[tuple[tuple[Any, ...], tuple[float, float], float]]],
    purpose: int,
) -> Frame:
    rng = sites.rng(purpose)
    names, rows = plan
    table = _Table(*names)
    for values, centre, radius in rows:
        table.add(sketch.areas(sketch.blob(centre, radius, rng).intersection(sites.province_plane)), *values)
    return table.frame()


def _water_sources(sites: Sites, bans: list[Any]) -> Frame:
    """Per county an intake with a first and a second protection zone; some have a quasi zone around them."""
    rng = sites.rng(36)
    table = _Table("name", "level", "city", "county")
    columns = sites.counties.columns
    for number, code in enumerate(sites.codes):
        if code not in sites.water:
            continue
        name = f"{sites.labels[code]}集中式饮用水水源地"
        zones = [sketch.blob(sites.water[code], radius, rng, rough=0.1) for radius in (380, 1_500, 3_200)]
        second, quasi = zones[1].difference(zones[0]), zones[2].difference(zones[1])
        shapes = {"1": zones[0], "2": second, "quasi": quasi} if number % 4 == 0 else {"1": zones[0], "2": second}
        for level, shape in shapes.items():
            (shape,) = sketch.cut([shape], bans)
            shape = sketch.areas(shape.intersection(sites.planes[code]), 1e4)
            table.add(shape, name, level, columns["city"][number], columns["name"][number])
    return table.frame()


def _low_points(sites: Sites, count: int, purpose: int) -> np.ndarray:
    """Random points of the province, more of them where it is low; in the plane."""
    rng = sites.rng(purpose)
    found = np.empty((0, 2))
    while len(found) < count:
        points = sketch.scatter(sites.province_plane, 4_000, rng)
        chance = 1 / (1 + np.exp(5 * (sites.height(points) - 0.25)))
        found = np.vstack([found, points[rng.random(len(points)) < chance]])
    return found[:count]


def _owner(sites: Sites, points: np.ndarray) -> np.ndarray:
    """The number of the county in which each point of the plane lies; -1 outside the province."""
    out = np.full(len(points), -1)
    for number, code in enumerate(sites.codes):
        out[sketch.inside(points, sites.planes[code])] = number
    return out


def _farmland(sites: Sites, bans: list[Any]) -> Frame:
    rng = sites.rng(37)
    points = _low_points(sites, _PATCHES, 38)
    patches = [
        sketch.blob(tuple(spot), rng.uniform(450, 1_250), rng, corners=9, rough=0.25)
        for spot in sketch.to_degrees(points)
    ]
    whole = sketch.combine(patches).intersection(sites.province_plane)
    left = sketch.cut(sketch.pieces(whole), bans)
    table = _Table("name", "county")
    middles = np.array([[shape.centroid.x, shape.centroid.y] if not shape.is_empty else [0.0, 0.0] for shape in left])
    for number, (shape, owner) in enumerate(zip(left, _owner(sites, middles), strict=True), 1):
        if owner >= 0:
            table.add(sketch.areas(shape, 5e4), f"永久基本农田图斑{number}", sites.counties.columns["name"][int(owner)])
    return table.frame()


def _order(river: str) -> str:
    return "yellow_main" if river == "黄河" else places.RIVERS[river][0]


def _river_lines(sites: Sites) -> Frame:
    table = _Table("name", "order")
    for name, shape in sites.rivers.items():
        course = shape if name == "黄河" else shape.intersection(sites.province_plane)
        table.add(course.simplify(15), name, _order(name))
    return table.frame()


def _river_banks(sites: Sites) -> Frame:
    table = _Table("name", "river", "order", "basin")
    for name, shape in sites.rivers.items():
        strip = sketch.ribbon(shape, _BANK_WIDTH[_order(name)]).intersection(sites.province_plane)
        table.add(
            sketch.areas(strip, 1e4),
            f"{name}岸线管控范围",
            name,
            _order(name),
            "hai" if name in places.HAI_BASIN else "yellow",
        )
    return table.frame()


def _valleys(sites: Sites) -> Frame:
    bend = sketch.Warp(sites.seed + 39, (12_000, 5_000, 2_200), 0.2)
    table = _Table("name", "river")
    for name, (river, start, end, half_width) in places.VALLEYS.items():
        strip = sketch.ribbon(sketch.stretch(sites.rivers[river], start, end).simplify(1_500), half_width)
        table.add(sketch.areas(bend.apply(strip, 900).intersection(sites.province_plane), 1e6), name, river)
    return table.frame()


def _basins(sites: Sites) -> Frame:
    table = _Table("name")
    for name, shape in sites.basins.items():
        table.add(sketch.areas(shape, 1e6), name)
    return table.frame()


def _taixin(sites: Sites) -> Frame:
    shapes = dict(zip(sites.codes, sites.counties.geometry, strict=True))
    geometry = np.empty(1, dtype=object)
    geometry[0] = sketch.join(shapes[code] for code in places.TAIXIN_COUNTIES)
    basis = "成员县（市、区）为演示假定，文件未列名单"
    return Frame(geometry, {"name": ["太忻一体化经济区"], "basis": [basis], "remark": [_DEMO]})


def _around_towns(sites: Sites, towns: dict[str, Any], margin: float, word: str) -> Frame:
    table = _Table("name", "city", "county")
    for number, (code, town) in enumerate(towns.items()):
        shape = town.buffer(margin, quad_segs=3).simplify(20).intersection(sites.planes[code]) if margin else town
        columns = sites.counties.columns
        table.add(
            sketch.areas(shape, 1e4), f"{sites.labels[code]}{word}", columns["city"][number], columns["name"][number]
        )
    return table.frame()


def _fuel_ban(sites: Sites, towns: dict[str, Any]) -> Frame:
    table = _Table("name", "group", "city", "county")
    columns = sites.counties.columns
    for number, (code, town) in enumerate(towns.items()):
        shape = town.buffer(250, quad_segs=3).simplify(20).intersection(sites.planes[code])
        group = "Ⅲ" if code in places.BIG_TOWNS else "Ⅱ"
        table.add(
            sketch.areas(shape, 1e4),
            f"{sites.labels[code]}高污染燃料禁燃区",
            group,
            columns["city"][number],
            columns["name"][number],
        )
    return table.frame()


def _noise_sensitive(sites: Sites, towns: dict[str, Any]) -> Frame:
    """Schools, hospitals and offices as small blocks in the towns."""
    rng = sites.rng(40)
    table = _Table("name", "category", "county")
    for number, (code, town) in enumerate(towns.items()):
        count = 2 + int(places.BIG_TOWNS.get(code, 1_600.0) // 1_500)
        spots = sketch.to_degrees(sketch.scatter(town, count, rng))
        for place, spot in enumerate(spots, 1):
            category = ("学校", "医院", "行政办公")[int(rng.integers(3))]
            shape = sketch.block(tuple(spot), rng.uniform(120, 320), rng.uniform(100, 260), rng.uniform(0, np.pi))
            county = sites.counties.columns["name"][number]
            table.add(
                shape.intersection(sites.province_plane), f"{sites.labels[code]}{category}{place}", category, county
            )
    return table.frame()


def _residential(sites: Sites, towns: dict[str, Any], parks: list[Any]) -> Frame:
    """The inner towns and many villages, outside the parks."""
    rng = sites.rng(41)
    table = _Table("name", "category", "county")
    names = sites.counties.columns["name"]
    for number, (code, town) in enumerate(towns.items()):
        (core,) = sketch.cut([town.buffer(-0.25 * town.area**0.5)], parks)
        table.add(sketch.areas(core, 1e4), f"{sites.labels[code]}城区居住区", "城镇", names[number])
    points = _low_points(sites, _VILLAGES, 42)
    owners = _owner(sites, points)
    villages = [sketch.blob(tuple(spot), rng.uniform(110, 380), rng, corners=9) for spot in sketch.to_degrees(points)]
    for number, (shape, owner) in enumerate(
        zip(sketch.cut(villages, [*parks, *towns.values()]), owners, strict=True), 1
    ):
        shape = sketch.areas(shape.intersection(sites.province_plane), 1e4)
        table.add(shape, f"{names[int(owner)]}居民点{number}", "村庄", names[int(owner)])
    return table.frame()
