"""The locating map of a report: site, control units and overlays drawn as one SVG picture.

The data come as plain lon/lat numbers (CGCS2000 or WGS84, degrees), so that a map can be drawn
from a stored finding without the geometry libraries.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from greenrule.casework import report_plane as plane
from greenrule.casework.report_plane import XY, LonLat, Window
from greenrule.casework.report_text import display_width, wrap
from greenrule.casework.report_words import DEMO, ZONE_CLASS, clean, word

Line = Sequence[LonLat]


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
_CLASS_LOOK = {
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
_FONTS = (
    "'Noto Sans CJK SC','Source Han Sans SC','WenQuanYi Micro Hei','PingFang SC','Microsoft YaHei',SimHei,sans-serif"
)
_INK, _FAINT = "#22262e", "#5a616d"


def map_svg(map_data: MapData, width: int = 760, height: int = 500, *, key: str = "map") -> str:
    """The locating map as an SVG document of `width` × `height` pixels.

    From 560 px on the legend stands at the right, below that under the map.  `key` prefixes the ids inside
    the picture; give two maps on one page different keys.  Nothing to draw makes a picture that says so.
    """
    extent = _extent(map_data)
    body: list[str] = []
    if extent is None:
        body.append(_text(width / 2, height / 2, "没有可显示的位置数据", 14, anchor="middle"))
    else:
        wide = width >= 560
        side = 196 if wide else 0
        rows = _legend_rows(map_data)
        below = 0 if wide else 46 + 18 * math.ceil(len(rows) / 2) + (124 if map_data.outline else 0)
        frame_width, frame_height = width - 30 - side - 8, max(height - 8 - 44 - below, 120)
        window = _filled(map_data, Window.fit(extent, 30, 8, frame_width, frame_height))
        body += _drawing(map_data, window, key)
        body += _furniture(window)
        if map_data.demo:
            body.append(_watermark(window))
        body.append(
            f'<rect x="30" y="8" width="{_n(frame_width)}" height="{_n(frame_height)}" fill="none" stroke="{_INK}"/>'
        )
        foot = 8 + frame_height + 34
        if wide:
            top = 8.0
            if map_data.outline:
                body += _inset(
                    map_data, window, Window.fit(*_inset_box(map_data, width - side + 4, top, side - 12, 168))
                )
                top += 186
            body += _legend(rows, width - side + 4, top, key, columns=1, column_width=side - 12)
        else:
            body += _legend(rows, 12, foot + 4, key, columns=2, column_width=(width - 24) / 2)
            if map_data.outline:
                top = foot + 26 + 18 * math.ceil(len(rows) / 2)
                body += _inset(map_data, window, Window.fit(*_inset_box(map_data, width / 2 - 70, top, 140, 108)))
        body += _source_line(map_data, height, width)
    defs = "".join(_pattern(key, name) for name in _CLASS_LOOK)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="项目位置图" font-family="{escape(_FONTS)}"><title>项目位置图</title>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/><defs>{defs}</defs>{"".join(body)}</svg>'
    )


def _extent(data: MapData) -> tuple[float, float, float, float] | None:
    """The lon/lat box to show: the site with room around it, and the touched units as far as they are not much larger."""
    site = plane.bounds(_finite([*data.site_rings, *data.site_lines, data.site_points]))
    shapes = [ring for rings, _, _, _, touched in data.units if touched or site is None for ring in rings]
    around = plane.bounds(_finite(shapes))
    if site is None:
        return around or plane.bounds(_finite(ring for rings, _ in data.outline for ring in rings))
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
    cover = plane.bounds(_finite(ring for rings, *_ in data.units for ring in rings))
    site = plane.bounds(_finite([*data.site_rings, *data.site_lines, data.site_points]))
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


def _finite(lines: Iterable[Line]) -> list[list[LonLat]]:
    """The lines without positions that are not numbers (a drawing skips them; it does not judge)."""
    return [[(float(p[0]), float(p[1])) for p in line if math.isfinite(p[0]) and math.isfinite(p[1])] for line in lines]


def _drawing(data: MapData, window: Window, key: str) -> list[str]:
    clip = f"{key}-clip"
    left, top, right, bottom = window.frame()
    out = [
        f'<clipPath id="{clip}"><rect x="{_n(left)}" y="{_n(top)}" width="{_n(right - left)}" '
        f'height="{_n(bottom - top)}"/></clipPath><g clip-path="url(#{clip})">'
        f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(right - left)}" height="{_n(bottom - top)}" fill="#fbfbf8"/>'
    ]
    labels: list[tuple[float, float, float, str, str]] = []
    for rings, zone_class, _code, name, touched in sorted(data.units, key=lambda unit: unit[4]):
        drawn = _rings(rings, window)
        if not drawn:
            continue
        look = zone_class if zone_class in _CLASS_LOOK else "other"
        stroke = _CLASS_LOOK[look][1]
        path = _path(drawn, close=True)
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
    said: set[str] = set()
    for x, y, name, stroke in wanted:
        # One label for a name however many pieces it has; a label that fits nowhere is left to the legend.
        if name not in said and (
            placed := _placed(x, y - 5, [name], taken, window, (0, -16, 16, -32, 32, -48, 48, -64, 64))
        ):
            said.add(name)
            names.append(_text(*placed, name, 11, fill=stroke, anchor="middle", halo=True))
    return [*out, *names, *site, "</g>"]


def _rings(rings: Sequence[Line], window: Window) -> list[list[XY]]:
    """Rings in pixels, cut a little outside the frame so that the cut edges are not seen."""
    out = []
    for ring in _finite(rings):
        clipped = plane.clip_ring(plane.thin([window.xy(point) for point in ring]), window.frame(12))
        if len(clipped) >= 3:
            out.append(clipped)
    return out


def _overlay(lines: Sequence[Line], kind: str, window: Window) -> tuple[list[str], XY | None]:
    look = OVERLAYS.get(kind, _OTHER_OVERLAY)
    style = f'stroke="{look.stroke}" stroke-width="{look.thick}" stroke-linejoin="round" stroke-linecap="round"' + (
        f' stroke-dasharray="{look.dash}"' if look.dash else ""
    )
    out: list[str] = []
    spot: XY | None = None
    finite = _finite(lines)
    closed = [line for line in finite if len(line) >= 4 and line[0] == line[-1] and look.fill != "none"]
    if drawn := _rings(closed, window):
        out.append(f'<path d="{_path(drawn, close=True)}" fill="{look.fill}" fill-rule="evenodd" {style}/>')
        visible = [clipped for ring in drawn if (clipped := plane.clip_ring(ring, window.frame(-8)))]
        found = plane.label_spot(visible)
        spot = (found[0], found[1]) if found else None
    runs: list[list[XY]] = []
    for line in finite:
        if line not in closed:
            runs += plane.clip_line(plane.thin([window.xy(point) for point in line]), window.frame())
    if runs:
        out.append(f'<path d="{_path(runs, close=False)}" fill="none" {style}/>')
        longest = max(runs, key=len)
        spot = spot or longest[len(longest) // 3]
    return out, spot


def _site(data: MapData, window: Window) -> tuple[list[str], tuple[float, float, float, float] | None]:
    """The site with a white rim; a pin where it is a point or too small to be seen."""
    rings, points = _rings(data.site_rings, window), [window.xy(p) for p in _finite([data.site_points])[0]]
    runs = [
        run
        for line in _finite(data.site_lines)
        for run in plane.clip_line([window.xy(p) for p in line], window.frame(12))
    ]
    out: list[str] = []
    if rings:
        path = _path(rings, close=True)
        out.append(f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="6" stroke-linejoin="round"/>')
        out.append(
            f'<path d="{path}" fill="{_SITE}" fill-opacity="0.42" fill-rule="evenodd" stroke="{_SITE}" '
            'stroke-width="2.4" stroke-linejoin="round"/>'
        )
    if runs:
        path = _path(runs, close=False)
        for colour, thick in (("#ffffff", 7.5), (_SITE, 3.6)):
            out.append(
                f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick}" stroke-linejoin="round"/>'
            )
    box = plane.bounds([*rings, *runs, points])
    if box is None:
        # A site smaller than a pixel has no outline left: it is still where it is.
        spot = plane.bounds([window.xy(p) for p in line] for line in _finite([*data.site_rings, *data.site_lines]))
        if spot is None:
            return [], None
        box = spot
    if not points and max(box[2] - box[0], box[3] - box[1]) < 14:
        points = [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)]
    for x, y in points:
        out.append(_pin(x, y))
    top = min([box[1], *(y - 24 for _, y in points)])
    out.append(_text((box[0] + box[2]) / 2, top - 7, "场址", 13, anchor="middle", fill=_SITE, halo=True, bold=True))
    return out, (box[0] - 22, top - 22, box[2] + 22, box[3] + 4)


def _pin(x: float, y: float) -> str:
    return (
        f'<path d="M{_n(x)} {_n(y)}c-3-7-9-10-9-16a9 9 0 0 1 18 0c0 6-6 9-9 16z" fill="{_SITE}" stroke="#ffffff" '
        f'stroke-width="1.8"/><circle cx="{_n(x)}" cy="{_n(y - 16)}" r="3.2" fill="#ffffff"/>'
    )


_Box = tuple[float, float, float, float]


def _placed(
    x: float, y: float, parts: Sequence[str], taken: list[_Box], window: Window, shifts: Sequence[float]
) -> XY | None:
    """Middle and first baseline of a label near `x`, `y` that lies in the frame and on no other; None where none fits."""
    left, top, right, bottom = window.frame(-3)
    half, tall = max(display_width(part) for part in parts) * 5.6 / 2, 15 * len(parts)
    if right - left < 2 * half:
        return None
    x = min(max(x, left + half), right - half)
    for shift in shifts:
        box = (x - half, y + shift - tall / 2, x + half, y + shift + tall / 2)
        free = not any(box[0] < b[2] and box[2] > b[0] and box[1] < b[3] and box[3] > b[1] for b in taken)
        if free and box[1] >= top and box[3] <= bottom:
            taken.append(box)
            return x, box[1] + 12
    return None


def _unit_label(
    x: float, y: float, free: float, name: str, stroke: str, taken: list[_Box], window: Window
) -> list[str]:
    """The unit's name where it fits, in one or two lines; a name that does not fit is left to the table of units."""
    halves = [name] if len(name) <= 10 else [name[: math.ceil(len(name) / 2)], name[math.ceil(len(name) / 2) :]]
    if not name or free < max(len(part) for part in halves) * 11 * 0.75:
        return []
    placed = _placed(x, y, halves, taken, window, (0, 34, -34, 60, -60))
    if placed is None:
        return []
    return [
        _text(placed[0], placed[1] + 15 * i, part, 11, anchor="middle", fill=stroke, halo=True)
        for i, part in enumerate(halves)
    ]


def _furniture(window: Window) -> list[str]:
    """Graticule ticks, scale bar and north arrow."""
    left, top, right, bottom = window.frame()
    out: list[str] = []
    step = plane.graticule_step(window.east - window.west, max(2, int(window.width // 120)))
    for index in range(math.ceil(window.west / step), math.floor(window.east / step) + 1):
        x = window.xy((index * step, window.south))[0]
        out.append(f'<path d="M{_n(x)} {_n(bottom)}v5M{_n(x)} {_n(top)}v5" stroke="{_INK}"/>')
        out.append(_text(x, bottom + 17, plane.dms(index * step, "E"), 10, anchor="middle", fill=_FAINT))
    step = plane.graticule_step(window.north - window.south, max(2, int(window.height // 120)))
    for index in range(math.ceil(window.south / step), math.floor(window.north / step) + 1):
        y = window.xy((window.west, index * step))[1]
        out.append(f'<path d="M{_n(left - 5)} {_n(y)}h5M{_n(right - 5)} {_n(y)}h5" stroke="{_INK}"/>')
        out.append(
            f'<g transform="rotate(-90 {_n(left - 9)} {_n(y)})">'
            f"{_text(left - 9, y, plane.dms(index * step, 'N'), 10, anchor='middle', fill=_FAINT)}</g>"
        )
    length = plane.round_length(window.width / window.pixels_per_km / 4)
    bar = length * window.pixels_per_km
    x, y = left + 14, bottom - 16
    unit = f"{length * 1000:g} m" if length < 1 else f"{length:g} km"
    out.append(
        f'<rect x="{_n(x - 8)}" y="{_n(y - 18)}" width="{_n(bar + 22)}" height="28" rx="3" fill="#ffffff" '
        f'opacity="0.86"/><rect x="{_n(x)}" y="{_n(y)}" width="{_n(bar)}" height="5" fill="#ffffff" stroke="{_INK}" '
        f'stroke-width="0.9"/><rect x="{_n(x)}" y="{_n(y)}" width="{_n(bar / 2)}" height="5" fill="{_INK}"/>'
    )
    out.append(_text(x, y - 5, "0", 10, anchor="middle"))
    out.append(_text(x + bar, y - 5, unit, 10, anchor="end"))
    x, y = right - 24, top + 14
    out.append(
        f'<g><circle cx="{_n(x)}" cy="{_n(y + 14)}" r="19" fill="#ffffff" opacity="0.86"/>'
        f'<path d="M{_n(x)} {_n(y + 4)}l7 24-7-5z" fill="{_INK}"/>'
        f'<path d="M{_n(x)} {_n(y + 4)}l-7 24 7-5z" fill="#ffffff" stroke="{_INK}"/></g>'
    )
    out.append(_text(x, y + 2, "北", 11, anchor="middle", bold=True))
    return out


def _watermark(window: Window) -> str:
    x, y = window.left + window.width / 2, window.top + window.height / 2
    size = min(44.0, window.width / 11)
    return (
        f'<g transform="rotate(-22 {_n(x)} {_n(y)})" opacity="0.2">'
        f"{_text(x, y + size / 3, DEMO, size, anchor='middle', fill='#7a0019', bold=True)}</g>"
    )


def _legend_rows(data: MapData) -> list[tuple[str, str, str]]:
    rows = [("site", "", "项目场址")]
    shown = {unit[1] for unit in data.units}
    for code in (*ZONE_CLASS, *sorted(shown - set(ZONE_CLASS))):
        if code in shown:
            rows.append(("class", code if code in _CLASS_LOOK else "other", word(ZONE_CLASS, clean(code))))
    for kind in dict.fromkeys(kind for _, kind, _ in data.overlays):
        rows.append(("overlay", kind, OVERLAYS[kind].label if kind in OVERLAYS else clean(kind)))
    return rows


def _legend(
    rows: list[tuple[str, str, str]], x: float, y: float, key: str, *, columns: int, column_width: float
) -> list[str]:
    out = [_text(x, y + 12, "图例", 12, bold=True)]
    for index, (what, code, label) in enumerate(rows):
        row_x = x + column_width * (index % columns)
        row_y = y + 22 + (20 if columns == 1 else 18) * (index // columns)
        box = f'x="{_n(row_x)}" y="{_n(row_y)}" width="24" height="13"'
        if what == "site":
            out.append(f'<rect {box} fill="{_SITE}" fill-opacity="0.42" stroke="{_SITE}" stroke-width="2.2"/>')
        elif what == "class":
            out.append(f'<rect {box} fill="url(#{key}-{code})" stroke="{_CLASS_LOOK[code][1]}" stroke-width="1.4"/>')
        else:
            look = OVERLAYS.get(code, _OTHER_OVERLAY)
            dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
            if look.fill == "none":
                out.append(
                    f'<path d="M{_n(row_x)} {_n(row_y + 7)}h24" stroke="{look.stroke}" '
                    f'stroke-width="{look.thick}"{dash}/>'
                )
            else:
                out.append(f'<rect {box} fill="{look.fill}" stroke="{look.stroke}" stroke-width="{look.thick}"{dash}/>')
        out.append(_text(row_x + 31, row_y + 11, label, 11))
    return out


def _inset_box(
    data: MapData, x: float, y: float, width: float, height: float
) -> tuple[tuple[float, float, float, float], float, float, float, float]:
    box = plane.bounds(_finite(ring for rings, _ in data.outline for ring in rings)) or (0.0, 0.0, 1.0, 1.0)
    return box, x + 6, y + 6, width - 12, height - 12


def _inset(data: MapData, main: Window, window: Window) -> list[str]:
    """The province with the place of the site."""
    left, top, right, bottom = window.frame(6)
    frame = f'x="{_n(left)}" y="{_n(top)}" width="{_n(right - left)}" height="{_n(bottom - top)}"'
    out = [f'<rect {frame} fill="#fbfbf8" stroke="#b9bec8"/>']
    for rings, _ in data.outline:
        drawn = [
            thinned for ring in _finite(rings) if len(thinned := plane.thin([window.xy(p) for p in ring], 1.0)) >= 3
        ]
        if drawn:
            out.append(
                f'<path d="{_path(drawn, close=True)}" fill="#e9ecef" fill-rule="evenodd" stroke="#8b93a1" '
                'stroke-width="0.8"/>'
            )
    x, y = window.xy(((main.west + main.east) / 2, (main.south + main.north) / 2))
    out.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="8" fill="#c8102e" fill-opacity="0.22"/>')
    out.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.4" fill="#c8102e" stroke="#ffffff"/>')
    return out


def _source_line(data: MapData, height: int, width: int) -> list[str]:
    """What the map is not, whether it is demonstration data, and where it comes from: three lines at most."""
    parts = (
        "示意图，不作边界依据",
        DEMO if data.demo else "",
        f"图件来源：{clean(data.source)}" if data.source else "",
    )
    lines = wrap("；".join(filter(None, parts)), int((width - 16) / 5))[:3]
    return [_text(8, height - 8 - 12 * (len(lines) - 1 - i), line, 9.5, fill=_FAINT) for i, line in enumerate(lines)]


def _pattern(key: str, name: str) -> str:
    fill, stroke, hatch = _CLASS_LOOK[name]
    drawn = f'<g stroke="{stroke}" fill="{stroke}" opacity="0.55">{hatch}</g>' if hatch else ""
    return (
        f'<pattern id="{key}-{name}" width="16" height="16" patternUnits="userSpaceOnUse">'
        f'<rect width="16" height="16" fill="{fill}"/>{drawn}</pattern>'
    )


def _path(lines: Iterable[Sequence[XY]], *, close: bool) -> str:
    end = "z" if close else ""
    return "".join("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in line) + end for line in lines)


def _text(
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    anchor: str = "start",
    fill: str = _INK,
    halo: bool = False,
    bold: bool = False,
) -> str:
    extra = ' stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"' if halo else ""
    extra += ' font-weight="700"' if bold else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}" text-anchor="{anchor}"{extra}>'
        f"{escape(text)}</text>"
    )


def _n(value: float) -> str:
    """A pixel coordinate with one decimal at most."""
    return (
        f"{value:.1f}".removesuffix(".0").replace("-0", "0") if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")
    )
