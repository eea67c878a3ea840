"""What the locating map of a finding shows: the site, the units around it, the boundaries that decided, the province."""

from __future__ import annotations

from typing import Any

from greenrule.casework.project import Project
from greenrule.casework.report_map import MapData
from greenrule.casework.report_words import ZONE_CLASS
from greenrule.casework.screening import Screener
from greenrule.spatial.drawing import pieces, points_of, rings_of, window_of
from greenrule.spatial.frame import as_geojson

#: Layer kind → kind of overlay on the map, and the attribute that labels it.
_OVERLAYS = {
    "ecological_red_line": "red_line", "nature_reserve": "protected", "scenic_area": "protected", "heritage_site": "protected",
    "water_source": "water_source", "spring_area": "spring", "park": "park", "river_line": "river", "river_bank": "river_bank",
    "valley": "valley", "county": "county",
}  # fmt: skip


def map_data(screener: Screener, project: Project, finding: dict[str, Any]) -> MapData | None:
    """Shapes around the site of a finding; None without a site."""
    site = screener.inquire(project, repair=True).site
    if site is None:
        return None
    shapes: dict[str, Any] = {
        "site_rings": rings_of(site.geometry) if site.kind == "polygon" else (),
        "site_lines": rings_of(site.geometry) if site.kind == "line" else (),
        "site_points": points_of(site.geometry),
    }
    ground = screener.ground(project.on)
    if ground is None:
        return MapData(**shapes)
    window = window_of(site.geometry)
    touched = {unit["code"] for unit in finding["units"]}
    units = []
    if (index := ground.index("control_unit")) is not None:
        for row, rings in pieces(index, window):
            item = index.frame.row(row)
            units.append((rings, str(item["class"]), str(item["code"]), str(item["name"]), item["code"] in touched))
    overlays = []
    for kind, style in _OVERLAYS.items():
        if (index := ground.index(kind)) is not None:
            overlays += [
                (rings, style, str(index.frame.row(row).get("name") or "")) for row, rings in pieces(index, window)
            ]
    outline = []
    if (index := ground.index("city")) is not None:
        whole = (-180.0, -90.0, 180.0, 90.0)
        outline = [(rings, str(index.frame.row(row).get("name") or "")) for row, rings in pieces(index, whole, 0.01)]
    sources = sorted(
        {version.source for kind, version in ground.versions.items() if kind in ("control_unit", "county", "city")}
    )
    demo = any(version.demo for version in ground.versions.values())
    return MapData(**shapes, units=units, outline=outline, overlays=overlays, source="；".join(sources), demo=demo)


#: Borders of units are drawn no finer, degrees; a page shows them some kilometres wide.
_FINENESS = 0.0002


def site_features(screener: Screener, project: Project, finding: dict[str, Any]) -> dict[str, Any] | None:
    """The site of a finding and the units that it touches as GeoJSON features, degrees; None without a site.

    A feature's property `what` is "site" or "unit"; a unit has `code`, `name`, `class`, `class_label` and `share` besides.
    """
    site = screener.inquire(project, repair=True).site
    if site is None:
        return None
    ground = screener.ground(project.on)
    index = ground.index("control_unit") if ground is not None else None
    shapes = {}
    if index is not None:
        codes = list(index.frame.columns.get("code") or ())
        shapes = dict(zip(codes, index.frame.geometry, strict=False))
    features = [
        {"type": "Feature", "geometry": as_geojson(shapes[unit["code"]], _FINENESS),
         "properties": {"what": "unit", "class_label": ZONE_CLASS.get(unit["class"]),
                        **{key: unit.get(key) for key in ("code", "name", "class", "share")}}}
        for unit in finding["units"] if unit["code"] in shapes
    ]  # fmt: skip
    features.append({"type": "Feature", "geometry": as_geojson(site.geometry), "properties": {"what": "site"}})
    return {"type": "FeatureCollection", "features": features}
