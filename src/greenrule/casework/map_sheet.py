"""What every map of a report has: strokes and texts of SVG, graticule, scale bar, north arrow, legend, inset, source line.

Positions come as plain lon/lat numbers (CGCS2000 or WGS84, degrees), so that a map can be drawn without the geometry
libraries.  What is on the map is drawn by `report_map` (the site of a finding) and `region_map` (land and lines).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

from greenrule.casework import report_plane as plane
from greenrule.casework.report_plane import XY, LonLat, Window
from greenrule.casework.report_text import display_width, wrap
from greenrule.casework.report_words import DEMO, clean
from greenrule.core.tongue import said

Line = Sequence[LonLat]
Box = tuple[float, float, float, float]
#: A row of a legend: what draws its sign at a pixel position (left, top of 24 × 13), and its label.
Row = tuple[Callable[[float, float], str], str]

FONTS = (
    "'Noto Sans CJK SC','Source Han Sans SC','WenQuanYi Micro Hei','PingFang SC','Microsoft YaHei',SimHei,sans-serif"
)
INK, FAINT = "#22262e", "#5a616d"


def sheet(
    title: str, width: int, height: int, outline: Sequence[Sequence[Line]], *,
    window: Callable[[float, float, float, float], Window], drawing: Callable[[Window], list[str]], rows: Sequence[Row],
    source: str, demo: bool, defs: str = "", area: bool = False,
) -> str:  # fmt: skip
    """A whole map: the drawing in its frame, with legend and inset at the right from 560 px on, else under it.

    window : pixel box (left, top, width, height) → what it shows; drawing : window → SVG, cut to the frame
    outline : rings of each part of the province for the inset, which shows a point or, with `area`, the frame
    """
    wide = width >= 560
    side = 196 if wide else 0
    below = 0 if wide else room_below(len(rows), bool(outline))
    frame_width, frame_height = width - 30 - side - 8, max(height - 8 - 44 - below, 120)
    shown = window(30, 8, frame_width, frame_height)
    body = drawing(shown) + furniture(shown)
    if demo:
        body.append(watermark(shown))
    body.append(
        f'<rect x="30" y="8" width="{px(frame_width)}" height="{px(frame_height)}" fill="none" stroke="{INK}"/>'
    )
    foot = 8 + frame_height + 34
    if wide:
        if outline:
            body += inset(outline, shown, width - side + 4, 8.0, side - 12, 168, area=area)
        body += legend(rows, width - side + 4, 194.0 if outline else 8.0, columns=1, column_width=side - 12)
    else:
        body += legend(rows, 12, foot + 4, columns=2, column_width=(width - 24) / 2)
        if outline:
            top = foot + 26 + 18 * math.ceil(len(rows) / 2)
            body += inset(outline, shown, width / 2 - 70, top, 140, 108, area=area)
    return document(title, width, height, body + source_line(source, demo, height, width), defs)


def room_below(rows: int, outline: bool) -> int:
    """Pixels that legend, inset and source line need under a narrow map."""
    return 46 + 18 * math.ceil(rows / 2) + (124 if outline else 26)


def height_of(extent: Box, width: int, rows: int, outline: bool) -> int:
    """The height of a sheet at which the land of `extent` (degrees) fills the frame, within reason."""
    west, south, east, north = extent
    wide = width >= 560
    frame = width - 38 - (196 if wide else 0)
    aspect = (north - south) / max((east - west) * math.cos(math.radians((south + north) / 2)), 1e-9)
    least = 420 if wide else 260
    below = 0 if wide else room_below(rows, outline)
    return round(min(max(frame * aspect, least), 860 if wide else 520)) + 52 + below


def document(title: str, width: int, height: int, body: Iterable[str], defs: str = "") -> str:
    """An SVG document of `width` × `height` pixels on white."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title)}" font-family="{escape(FONTS)}"><title>{escape(title)}</title>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/><defs>{defs}</defs>{"".join(body)}</svg>'
    )


def framed(window: Window, key: str) -> str:
    """The opening of a group that is cut to the frame, with its ground; close it with `</g>`."""
    left, top, right, bottom = window.frame()
    box = f'x="{px(left)}" y="{px(top)}" width="{px(right - left)}" height="{px(bottom - top)}"'
    return (
        f'<clipPath id="{key}-clip"><rect {box}/></clipPath><g clip-path="url(#{key}-clip)">'
        f'<rect {box} fill="#fbfbf8"/>'
    )


def finite_lines(lines: Iterable[Line]) -> list[list[LonLat]]:
    """The lines without positions that are not numbers (a drawing skips them; it does not judge)."""
    return [[(float(p[0]), float(p[1])) for p in line if math.isfinite(p[0]) and math.isfinite(p[1])] for line in lines]


def rings_in(rings: Sequence[Line], window: Window) -> list[list[XY]]:
    """Rings in pixels, cut a little outside the frame so that the cut edges are not seen."""
    out = []
    for ring in finite_lines(rings):
        clipped = plane.clip_ring(plane.thin([window.xy(point) for point in ring]), window.frame(12))
        if len(clipped) >= 3:
            out.append(clipped)
    return out


def strokes(
    lines: Sequence[Line], window: Window, stroke: str, thick: float, dash: str = "", opacity: float = 1.0
) -> list[str]:
    """Lines in the frame, thinned to what is seen."""
    runs = []
    for line in finite_lines(lines):
        runs += plane.clip_line(plane.thin([window.xy(point) for point in line]), window.frame(12))
    if not runs:
        return []
    more = (f' stroke-dasharray="{dash}"' if dash else "") + (f' stroke-opacity="{opacity}"' if opacity < 1 else "")
    return [
        f'<path d="{path_data(runs, close=False)}" fill="none" stroke="{stroke}" stroke-width="{thick}" '
        f'stroke-linejoin="round" stroke-linecap="{"butt" if dash else "round"}"{more}/>'
    ]


def placed_at(
    x: float, y: float, parts: Sequence[str], taken: list[Box], window: Window, shifts: Sequence[float]
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


def furniture(window: Window) -> list[str]:
    """Graticule ticks, scale bar and north arrow."""
    left, top, right, bottom = window.frame()
    out: list[str] = []
    step = plane.graticule_step(window.east - window.west, max(2, int(window.width // 120)))
    for index in range(math.ceil(window.west / step), math.floor(window.east / step) + 1):
        x = window.xy((index * step, window.south))[0]
        out.append(f'<path d="M{px(x)} {px(bottom)}v5M{px(x)} {px(top)}v5" stroke="{INK}"/>')
        out.append(text_at(x, bottom + 17, plane.dms(index * step, "E"), 10, anchor="middle", fill=FAINT))
    step = plane.graticule_step(window.north - window.south, max(2, int(window.height // 120)))
    for index in range(math.ceil(window.south / step), math.floor(window.north / step) + 1):
        y = window.xy((window.west, index * step))[1]
        out.append(f'<path d="M{px(left - 5)} {px(y)}h5M{px(right - 5)} {px(y)}h5" stroke="{INK}"/>')
        out.append(
            f'<g transform="rotate(-90 {px(left - 9)} {px(y)})">'
            f"{text_at(left - 9, y, plane.dms(index * step, 'N'), 10, anchor='middle', fill=FAINT)}</g>"
        )
    length = plane.round_length(window.width / window.pixels_per_km / 4)
    bar = length * window.pixels_per_km
    x, y = left + 14, bottom - 16
    unit = f"{length * 1000:g} m" if length < 1 else f"{length:g} km"
    out.append(
        f'<rect x="{px(x - 8)}" y="{px(y - 18)}" width="{px(bar + 22)}" height="28" rx="3" fill="#ffffff" '
        f'opacity="0.86"/><rect x="{px(x)}" y="{px(y)}" width="{px(bar)}" height="5" fill="#ffffff" stroke="{INK}" '
        f'stroke-width="0.9"/><rect x="{px(x)}" y="{px(y)}" width="{px(bar / 2)}" height="5" fill="{INK}"/>'
    )
    out.append(text_at(x, y - 5, "0", 10, anchor="middle"))
    out.append(text_at(x + bar, y - 5, unit, 10, anchor="end"))
    x, y = right - 24, top + 14
    out.append(
        f'<g><circle cx="{px(x)}" cy="{px(y + 14)}" r="19" fill="#ffffff" opacity="0.86"/>'
        f'<path d="M{px(x)} {px(y + 4)}l7 24-7-5z" fill="{INK}"/>'
        f'<path d="M{px(x)} {px(y + 4)}l-7 24 7-5z" fill="#ffffff" stroke="{INK}"/></g>'
    )
    out.append(text_at(x, y + 2, said("北"), 11, anchor="middle", bold=True))
    return out


def watermark(window: Window) -> str:
    """The mark of demonstration data across the map."""
    x, y = window.left + window.width / 2, window.top + window.height / 2
    size = min(44.0, window.width / 11)
    return (
        f'<g transform="rotate(-22 {px(x)} {px(y)})" opacity="0.2">'
        f"{text_at(x, y + size / 3, DEMO, size, anchor='middle', fill='#7a0019', bold=True)}</g>"
    )


def legend(rows: Sequence[Row], x: float, y: float, *, columns: int, column_width: float) -> list[str]:
    """The legend with its heading; signs of 24 × 13 pixels beside their labels."""
    out = [text_at(x, y + 12, said("图例"), 12, bold=True)]
    for index, (sign, label) in enumerate(rows):
        row_x = x + column_width * (index % columns)
        row_y = y + 22 + (20 if columns == 1 else 18) * (index // columns)
        out += [sign(row_x, row_y), text_at(row_x + 31, row_y + 11, label, 11)]
    return out


def box_sign(
    fill: str, stroke: str, thick: float, dash: str = "", opacity: float = 1.0
) -> Callable[[float, float], str]:
    """The sign of an area."""
    more = (f' stroke-dasharray="{dash}"' if dash else "") + (f' fill-opacity="{opacity}"' if opacity < 1 else "")
    return lambda x, y: (
        f'<rect x="{px(x)}" y="{px(y)}" width="24" height="13" fill="{fill}" stroke="{stroke}" stroke-width="{thick}"{more}/>'
    )


def line_sign(stroke: str, thick: float, dash: str = "") -> Callable[[float, float], str]:
    """The sign of a line."""
    more = f' stroke-dasharray="{dash}"' if dash else ""
    return lambda x, y: (
        f'<path d="M{px(x)} {px(y + 7)}h24" fill="none" stroke="{stroke}" stroke-width="{thick}"{more}/>'
    )


def inset(
    outline: Sequence[Sequence[Line]],
    main: Window,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    area: bool = False,
) -> list[str]:
    """The province with the place of the main map: a point, or (`area`) its frame.

    outline : rings of each part of the province
    """
    box = plane.bounds(finite_lines(ring for rings in outline for ring in rings)) or (0.0, 0.0, 1.0, 1.0)
    window = Window.fit(box, left + 6, top + 6, width - 12, height - 12)
    x0, y0, x1, y1 = window.frame(6)
    frame = f'x="{px(x0)}" y="{px(y0)}" width="{px(x1 - x0)}" height="{px(y1 - y0)}"'
    out = [f'<rect {frame} fill="#fbfbf8" stroke="#b9bec8"/>']
    for rings in outline:
        drawn = [
            thinned
            for ring in finite_lines(rings)
            if len(thinned := plane.thin([window.xy(p) for p in ring], 1.0)) >= 3
        ]
        if drawn:
            out.append(
                f'<path d="{path_data(drawn, close=True)}" fill="#e9ecef" fill-rule="evenodd" stroke="#8b93a1" '
                'stroke-width="0.8"/>'
            )
    if area:
        (west, north), (east, south) = window.xy((main.west, main.north)), window.xy((main.east, main.south))
        west, north, east, south = max(west, x0), max(north, y0), min(east, x1), min(south, y1)
        out.append(
            f'<rect x="{px(west)}" y="{px(north)}" width="{px(east - west)}" height="{px(south - north)}" fill="#c8102e" '
            'fill-opacity="0.14" stroke="#c8102e"/>'
        )
        return out
    x, y = window.xy(((main.west + main.east) / 2, (main.south + main.north) / 2))
    out.append(f'<circle cx="{px(x)}" cy="{px(y)}" r="8" fill="#c8102e" fill-opacity="0.22"/>')
    out.append(f'<circle cx="{px(x)}" cy="{px(y)}" r="3.4" fill="#c8102e" stroke="#ffffff"/>')
    return out


def source_line(source: str, demo: bool, height: int, width: int) -> list[str]:
    """What the map is not, whether it is demonstration data, and where it comes from: three lines at most."""
    parts = (
        said("示意图，不作边界依据"),
        said(DEMO) if demo else "",
        said("图件来源：") + said(clean(source)) if source else "",
    )
    lines = wrap(said("；").join(filter(None, parts)), int((width - 16) / 5))[:3]
    return [text_at(8, height - 8 - 12 * (len(lines) - 1 - i), line, 9.5, fill=FAINT) for i, line in enumerate(lines)]


def pattern(name: str, fill: str, stroke: str, hatch: str) -> str:
    """A fill of 16 × 16 pixels with a hatch (SVG shapes that take the stroke's colour); use it as `url(#name)`."""
    drawn = f'<g stroke="{stroke}" fill="{stroke}" opacity="0.55">{hatch}</g>' if hatch else ""
    return (
        f'<pattern id="{name}" width="16" height="16" patternUnits="userSpaceOnUse">'
        f'<rect width="16" height="16" fill="{fill}"/>{drawn}</pattern>'
    )


def path_data(lines: Iterable[Sequence[XY]], *, close: bool) -> str:
    """The data of an SVG path through pixel positions."""
    end = "z" if close else ""
    return "".join("M" + "L".join(f"{px(x)} {px(y)}" for x, y in line) + end for line in lines)


def text_at(
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    anchor: str = "start",
    fill: str = INK,
    halo: bool = False,
    bold: bool = False,
) -> str:
    """A text of one line, escaped; `halo` gives it a white rim."""
    extra = ' stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"' if halo else ""
    extra += ' font-weight="700"' if bold else ""
    return (
        f'<text x="{px(x)}" y="{px(y)}" font-size="{px(size)}" fill="{fill}" text-anchor="{anchor}"{extra}>'
        f"{escape(text)}</text>"
    )


def px(value: float) -> str:
    """A pixel coordinate with one decimal at most."""
    return (
        f"{value:.1f}".removesuffix(".0").replace("-0", "0") if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")
    )
