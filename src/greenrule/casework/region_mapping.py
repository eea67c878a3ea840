"""What the maps of `where` and `route` show: land by its verdict, candidates, lines with their stretches, the barrier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from greenrule.casework.candidates import Spot
from greenrule.casework.ground import Ground
from greenrule.casework.lineland import ASKED, BOTH, FREE, HELD, SHUT, Land, LonLat
from greenrule.casework.region_map import RegionMap, Track
from greenrule.casework.report_words import DECISION
from greenrule.casework.routing import Route, Routing
from greenrule.casework.siting import Siting
from greenrule.spatial.drawing import Rings, box_around, clipped_rings, grown, inner_points, pieces, rings_of
from greenrule.spatial.patches import Metres

#: What land is to a line → how the map shows it, and its words.
_KINDS = {FREE: "allowed", ASKED: "undetermined", HELD: "restricted", BOTH: "both", SHUT: "prohibited"}
_LABELS = {
    "allowed": "可以通过", "undetermined": "待论证", "restricted": "限制", "both": "限制且待论证", "prohibited": "禁止",
    "avoided": "要求避让",
}  # fmt: skip
_ORDER = ("allowed", "restricted", "undetermined", "prohibited")
#: How fine shapes are drawn: the longer side of the map over this.
_FINE = 1000.0
#: Counties up to this number are named on the map; on a map of more the cities are.
_FEW = 24
#: A map that shows this share of the province has no inset.
_WHOLE = 0.7


def where_map(siting: Siting, spots: Sequence[Spot], ground: Ground) -> RegionMap:
    """The map of `where`: the asked land by decision, candidates by their number in the table."""
    extent = box_around([area.geometry for area in siting.areas], 0.03)
    patches = [
        (rings, area.verdict.decision)
        for area, rings in zip(siting.areas, _drawn([area.geometry for area in siting.areas], extent), strict=True)
        if rings
    ]
    return RegionMap(
        f"在哪里可以建：{siting.project.name}", extent, {word: DECISION[word] for word in _ORDER}, patches,
        spots=[(spot.lon, spot.lat) for spot in spots], **_base(ground, extent),
    )  # fmt: skip


def route_map(routing: Routing, land: Land, stops: Sequence[LonLat], names: Sequence[str], ground: Ground) -> RegionMap:
    """The map of `route`: land around the lines by what it is to a line, the lines with their stretches, or the barrier."""
    lines = [route.line for route in routing.routes] + [part for item in routing.barrier for part in item.lines]
    extent = box_around([*lines, *stops], 0.12)
    shapes = [area.geometry for area in land.areas]
    patches = [
        (rings, _KINDS[kind]) for rings, kind in zip(_drawn(shapes, extent), land.sorts, strict=True) if rings
    ]  # fmt: skip
    patches += [(rings, "avoided") for rings in _drawn(land.avoid, extent) if rings]
    return RegionMap(
        f"线路怎么走：{land.siting.project.name}", extent, _LABELS, patches,
        tracks=[_track(route, land) for route in routing.routes],
        stops=[(stop, name) for stop, name in zip(stops, names, strict=True)],
        barrier=[line for item in routing.barrier for part in item.lines for line in rings_of(part)],
        **_base(ground, extent),
    )  # fmt: skip


def _drawn(shapes: Sequence[Any], extent: tuple[float, float, float, float]) -> Iterable[Rings]:
    # The sheet may be broader or taller than the land: what lies around fills it.
    return clipped_rings(shapes, grown(extent, 1.5), _step(extent))


def _step(extent: tuple[float, float, float, float]) -> float:
    return max(extent[2] - extent[0], extent[3] - extent[1]) / _FINE


def _track(route: Route, land: Land) -> Track:
    metres = Metres(route.line)
    held: list[Any] = []
    waiting: list[Any] = []
    for item in route.stretches:
        kind = land.kind_of(item.verdict)
        part = rings_of(metres.piece(item.start_m, item.end_m))
        if kind in (HELD, BOTH):
            held += part
        if kind in (ASKED, BOTH):
            waiting += part
    return Track(f"{route.taste}，{round(route.length_m / 1000, 3):.1f} 公里", rings_of(route.line), held, waiting)


def _base(ground: Ground, extent: tuple[float, float, float, float]) -> dict[str, Any]:
    """What every map shows beneath: county lines, names, the province for the inset, where it comes from."""
    whole = (-180.0, -90.0, 180.0, 90.0)
    out: dict[str, Any] = {}
    counties, cities = ground.index("county"), ground.index("city")
    if counties is not None:
        drawn = list(pieces(counties, grown(extent, 1.5), _step(extent)))
        out["borders"] = [line for _, rings in drawn for line in rings]
        # On a map of a few counties these are named, else the cities.
        inside = inner_points(counties, extent)
        if len(inside) > _FEW and cities is not None:
            counties, inside = cities, inner_points(cities, extent)
        out["names"] = [(place, str(counties.frame.row(row).get("name") or "")) for row, place in inside.items()]
    if cities is not None:
        out["edges"] = [line for _, rings in pieces(cities, grown(extent, 1.5), _step(extent)) for line in rings]
        outline = [rings for _, rings in pieces(cities, whole, 0.01)]
        west, south, east, north = box_around(list(cities.frame.geometry), 0.0)
        if max((extent[2] - extent[0]) / (east - west), (extent[3] - extent[1]) / (north - south)) < _WHOLE:
            out["outline"] = outline
    out["source"] = "；".join(
        sorted({ground.versions[kind].source for kind in ("county", "city") if kind in ground.versions})
    )
    out["demo"] = any(version.demo for version in ground.versions.values())
    return out
