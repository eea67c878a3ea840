"""The locating map of a report: site, control units and overlays drawn as one SVG picture.

The data come as plain lon/lat numbers (CGCS2000 or WGS84, degrees), so that a map can be drawn
from a stored finding without the geometry libraries.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from greenrule.casework import report_plane as plane
from greenrule.casework.map_sheet import (
    Box,
    Line,
    Row,
    box_sign,
    document,
    finite_lines,
    framed,
    line_sign,
    path_data,
    pattern,
    placed_at,
    px,
    rings_in,
    sheet,
    text_at,
)  # fmt: skip
from greenrule.casework.report_plane import XY, LonLat, Window
from greenrule.casework.report_words import ZONE_CLASS, clean, word
from greenrule.core.tongue import said


class UnitShape(NamedTuple):
    """A control unit to draw: rings (outer and holes), class `priority|key|general`, code, name, touched by the site."""

    rings: Sequence[Line]
    zone_class: str
    code: str
    name: str
    touched: bool


class OutlineShape(NamedTuple):
    """A part of the province for the inset: rings and name."""

    rings: Sequence[Line]
    name: str


class OverlayShape(NamedTuple):
    """Something to show beside the units: closed rings or open lines, its kind (see `OVERLAYS`) and its label."""

    lines: Sequence[Line]
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class MapData:
    """What a locating map shows; all positions are (longitude, latitude) in degrees.

    `units`, `outline` and `overlays` take the named tuples above or plain tuples of the same order.
    `source` is the line that names where the shapes come from; `demo` marks demonstration data on the map.
    """

    site_rings: Sequence[Line] = ()
    site_lines: Sequence[Line] = ()
    site_points: Sequence[LonLat] = ()
    units: Sequence[UnitShape | tuple[Sequence[Line], str, str, str, bool]] = ()
    outline: Sequence[OutlineShape | tuple[Sequence[Line], str]] = ()
    overlays: Sequence[OverlayShape | tuple[Sequence[Line], str, str]] = ()
    source: str = ""
    demo: bool = False


class _Look(NamedTuple):
    label: str
    stroke: str
    fill: str
    dash: str
    thick: float


# Hatches differ as well as hues, so that the classes are told apart without colour.
CLASS_LOOK = {
    "priority": ("#cfe8d2", "#2f7d4f", '<path d="M-2 8 8 -2M6 16 16 6M-2 18 18 -2" stroke-width="1.1"/>'),
    "key": ("#f9d3c0", "#c8451b", '<path d="M0 0 16 16M8 0 16 8M0 8 8 16" stroke-width="1.3"/>'),
    "general": ("#f7efd2", "#a98a2e", '<circle cx="4" cy="4" r="1"/><circle cx="12" cy="12" r="1"/>'),
    "other": ("#e8e8ea", "#6b6f76", ""),
}
OVERLAYS = {
    "river": _Look("河流", "#1f6fb5", "none", "", 2.2),
    "river_bank": _Look("河流沿岸", "#1f6fb5", "#1f6fb522", "5 3", 1.4),
    "lake": _Look("水体", "#1f6fb5", "#bcdcf2", "", 1.2),
    "valley": _Look("河流谷地", "#5b7f95", "#5b7f951a", "8 4", 1.4),
    "red_line": _Look("生态保护红线", "#b3001b", "#b3001b14", "", 1.8),
    "protected": _Look("自然保护地", "#14593a", "#14593a1a", "6 3", 1.6),
    "water_source": _Look("饮用水水源保护区", "#0b5fa5", "#0b5fa51f", "2 2", 1.6),
    "spring": _Look("泉域重点保护区", "#00808a", "#00808a1f", "3 2", 1.6),
    "park": _Look("产业园区", "#5d4a8c", "#5d4a8c1a", "", 1.5),
    "road": _Look("道路", "#7a7a7a", "none", "", 1.4),
    "route": _Look("线路", "#7b1fa2", "none", "7 3", 2.4),
    "county": _Look("县界", "#8b8f98", "none", "6 2 1.5 2", 1.0),
}
_OTHER_OVERLAY = _Look("", "#6d4c8f", "#6d4c8f14", "4 3", 1.4)
_SITE = "#14142b"


def map_svg(map_data: MapData, width: int = 760, height: int = 500, *, key: str = "map") -> str:
    """The locating map as an SVG document of `width` × `height` pixels.

    From 560 px on the legend stands at the right, below that under the map.  `key` prefixes the ids inside
    the picture; give two maps on one page different keys.  Nothing to draw makes a picture that says so.
    """
    extent = _extent(map_data)
    if extent is None:
        nothing = [text_at(width / 2, height / 2, said("没有可显示的位置数据"), 14, anchor="middle")]
        return document(said("项目位置图"), width, height, nothing)
    return sheet(
        said("项目位置图"), width, height, [rings for rings, _ in map_data.outline],
        window=lambda *box: _filled(map_data, Window.fit(extent, *box)),
        drawing=lambda window: _drawing(map_data, window, key),
        rows=_legend_rows(map_data, key), source=map_data.source, demo=map_data.demo,
        defs="".join(pattern(f"{key}-{name}", *look) for name, look in CLASS_LOOK.items()),
    )  # fmt: skip


def _extent(data: MapData) -> tuple[float, float, float, float] | None:
    """The lon/lat box to show: the site with room around it, and the touched units as far as they are not much larger."""
    site = plane.bounds(finite_lines([*data.site_rings, *data.site_lines, data.site_points]))
    shapes = [ring for rings, _, _, _, touched in data.units if touched or site is None for ring in rings]
    around = plane.bounds(finite_lines(shapes))
    if site is None:
        return around or plane.bounds(finite_lines(ring for rings, _ in data.outline for ring in rings))
    middle_x, middle_y = (site[0] + site[2]) / 2, (site[1] + site[3]) / 2
    size = max(site[2] - site[0], site[3] - site[1])
    least, most = max(size, 0.03), max(size * 5, 0.12)
    reach_x = reach_y = least
    if around is not None:
        reach_x = max(middle_x - around[0], around[2] - middle_x)
        reach_y = max(middle_y - around[1], around[3] - middle_y)
    half_x, half_y = (min(max(reach * 1.08, least), most) for reach in (reach_x, reach_y))
    return middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y


def _filled(data: MapData, window: Window) -> Window:
    """The window drawn in until the shapes, which were cut to a box of their own, fill the sheet; never past the site."""
    cover = plane.bounds(finite_lines(ring for rings, *_ in data.units for ring in rings))
    site = plane.bounds(finite_lines([*data.site_rings, *data.site_lines, data.site_points]))
    if cover is None or site is None:
        return window
    middle_x, middle_y = (window.west + window.east) / 2, (window.south + window.north) / 2
    half_x, half_y = (window.east - window.west) / 2, (window.north - window.south) / 2
    share = min(
        1.0,
        min(middle_x - cover[0], cover[2] - middle_x) / half_x,
        min(middle_y - cover[1], cover[3] - middle_y) / half_y,
    )
    # Beyond these the site would leave the sheet, or a site at the edge of the data would be shown without surroundings.
    share = max(share, 0.6 * (site[2] - site[0]) / half_x, 0.6 * (site[3] - site[1]) / half_y, 0.5)
    half_x, half_y = half_x * min(share, 1.0), half_y * min(share, 1.0)
    box = (middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)
    return Window.fit(box, window.left, window.top, window.width, window.height)


def _drawing(data: MapData, window: Window, key: str) -> list[str]:
    left, top, right, bottom = window.frame()
    out = [framed(window, key)]
    labels: list[tuple[float, float, float, str, str]] = []
    for rings, zone_class, _code, name, touched in sorted(data.units, key=lambda unit: unit[4]):
        drawn = rings_in(rings, window)
        if not drawn:
            continue
        look = zone_class if zone_class in CLASS_LOOK else "other"
        stroke = CLASS_LOOK[look][1]
        path = path_data(drawn, close=True)
        out.append(
            f'<path d="{path}" fill="url(#{key}-{look})" fill-rule="evenodd" opacity="{1 if touched else 0.55}" '
            f'stroke="{stroke}" stroke-width="{2 if touched else 0.9}" stroke-linejoin="round"/>'
        )
        visible = [clipped for ring in drawn if (clipped := plane.clip_ring(ring, window.frame(-4)))]
        if spot := plane.label_spot(visible):
            labels.append((*spot, clean(name), stroke))
    wanted: list[tuple[float, float, str, str]] = []
    for lines, kind, label in data.overlays:
        shape, spot_xy = _overlay(lines, kind, window)
        out += shape
        if spot_xy and label:
            wanted.append((*spot_xy, clean(label), OVERLAYS.get(kind, _OTHER_OVERLAY).stroke))
    site, site_box = _site(data, window)
    # The corners belong to the north arrow and the scale bar.
    taken = [(right - 48, top, right, top + 52), (left, bottom - 40, left + window.width / 4 + 30, bottom)]
    if site_box:
        taken.append(site_box)
    names: list[str] = []
    for x, y, free, name, stroke in labels:
        names += _unit_label(x, y, free, name, stroke, taken, window)
    written: set[str] = set()
    for x, y, name, stroke in wanted:
        # One label for a name however many pieces it has; a label that fits nowhere is left to the legend.
        if name not in written and (
            placed := placed_at(x, y - 5, [name], taken, window, (0, -16, 16, -32, 32, -48, 48, -64, 64))
        ):
            written.add(name)
            names.append(text_at(*placed, name, 11, fill=stroke, anchor="middle", halo=True))
    return [*out, *names, *site, "</g>"]


def _overlay(lines: Sequence[Line], kind: str, window: Window) -> tuple[list[str], XY | None]:
    look = OVERLAYS.get(kind, _OTHER_OVERLAY)
    style = f'stroke="{look.stroke}" stroke-width="{look.thick}" stroke-linejoin="round" stroke-linecap="round"' + (
        f' stroke-dasharray="{look.dash}"' if look.dash else ""
    )
    out: list[str] = []
    spot: XY | None = None
    finite = finite_lines(lines)
    closed = [line for line in finite if len(line) >= 4 and line[0] == line[-1] and look.fill != "none"]
    if drawn := rings_in(closed, window):
        out.append(f'<path d="{path_data(drawn, close=True)}" fill="{look.fill}" fill-rule="evenodd" {style}/>')
        visible = [clipped for ring in drawn if (clipped := plane.clip_ring(ring, window.frame(-8)))]
        found = plane.label_spot(visible)
        spot = (found[0], found[1]) if found else None
    runs: list[list[XY]] = []
    for line in finite:
        if line not in closed:
            runs += plane.clip_line(plane.thin([window.xy(point) for point in line]), window.frame())
    if runs:
        out.append(f'<path d="{path_data(runs, close=False)}" fill="none" {style}/>')
        longest = max(runs, key=len)
        spot = spot or longest[len(longest) // 3]
    return out, spot


def _site(data: MapData, window: Window) -> tuple[list[str], tuple[float, float, float, float] | None]:
    """The site with a white rim; a pin where it is a point or too small to be seen."""
    rings, points = rings_in(data.site_rings, window), [window.xy(p) for p in finite_lines([data.site_points])[0]]
    runs = [
        run
        for line in finite_lines(data.site_lines)
        for run in plane.clip_line([window.xy(p) for p in line], window.frame(12))
    ]
    out: list[str] = []
    if rings:
        path = path_data(rings, close=True)
        out.append(f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="6" stroke-linejoin="round"/>')
        out.append(
            f'<path d="{path}" fill="{_SITE}" fill-opacity="0.42" fill-rule="evenodd" stroke="{_SITE}" '
            'stroke-width="2.4" stroke-linejoin="round"/>'
        )
    if runs:
        path = path_data(runs, close=False)
        for colour, thick in (("#ffffff", 7.5), (_SITE, 3.6)):
            out.append(
                f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick}" stroke-linejoin="round"/>'
            )
    box = plane.bounds([*rings, *runs, points])
    if box is None:
        # A site smaller than a pixel has no outline left: it is still where it is.
        spot = plane.bounds([window.xy(p) for p in line] for line in finite_lines([*data.site_rings, *data.site_lines]))
        if spot is None:
            return [], None
        box = spot
    if not points and max(box[2] - box[0], box[3] - box[1]) < 14:
        points = [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)]
    for x, y in points:
        out.append(_pin(x, y))
    top = min([box[1], *(y - 24 for _, y in points)])
    out.append(
        text_at((box[0] + box[2]) / 2, top - 7, said("场址"), 13, anchor="middle", fill=_SITE, halo=True, bold=True)
    )
    return out, (box[0] - 22, top - 22, box[2] + 22, box[3] + 4)


def _pin(x: float, y: float) -> str:
    return (
        f'<path d="M{px(x)} {px(y)}c-3-7-9-10-9-16a9 9 0 0 1 18 0c0 6-6 9-9 16z" fill="{_SITE}" stroke="#ffffff" '
        f'stroke-width="1.8"/><circle cx="{px(x)}" cy="{px(y - 16)}" r="3.2" fill="#ffffff"/>'
    )


def _unit_label(x: float, y: float, free: float, name: str, stroke: str, taken: list[Box], window: Window) -> list[str]:
    """The unit's name where it fits, in one or two lines; a name that does not fit is left to the table of units."""
    halves = [name] if len(name) <= 10 else [name[: math.ceil(len(name) / 2)], name[math.ceil(len(name) / 2) :]]
    if not name or free < max(len(part) for part in halves) * 11 * 0.75:
        return []
    placed = placed_at(x, y, halves, taken, window, (0, 34, -34, 60, -60))
    if placed is None:
        return []
    return [
        text_at(placed[0], placed[1] + 15 * i, part, 11, anchor="middle", fill=stroke, halo=True)
        for i, part in enumerate(halves)
    ]


def _legend_rows(data: MapData, key: str) -> list[Row]:
    rows: list[Row] = [(box_sign(_SITE, _SITE, 2.2, opacity=0.42), said("项目场址"))]
    shown = {unit[1] for unit in data.units}
    for code in (*ZONE_CLASS, *sorted(shown - set(ZONE_CLASS))):
        if code in shown:
            look = code if code in CLASS_LOOK else "other"
            rows.append((box_sign(f"url(#{key}-{look})", CLASS_LOOK[look][1], 1.4), word(ZONE_CLASS, clean(code))))
    for kind in dict.fromkeys(kind for _, kind, _ in data.overlays):
        look_of = OVERLAYS.get(kind, _OTHER_OVERLAY)
        sign = (
            line_sign(look_of.stroke, look_of.thick, look_of.dash) if look_of.fill == "none"
            else box_sign(look_of.fill, look_of.stroke, look_of.thick, look_of.dash)
        )  # fmt: skip
        rows.append((sign, said(OVERLAYS[kind].label) if kind in OVERLAYS else clean(kind)))
    return rows
