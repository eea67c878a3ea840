"""The map of an answer about land: where a project could be built, how a line could run; one SVG picture.

The data come as plain lon/lat numbers, cut and thinned for the sheet by `region_mapping`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
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
    height_of,
    line_sign,
    path_data,
    pattern,
    placed_at,
    px,
    rings_in,
    sheet,
    strokes,
    text_at,
)  # fmt: skip
from greenrule.casework.report_plane import LonLat, Window
from greenrule.casework.report_words import clean


class _Look(NamedTuple):
    fill: str
    stroke: str
    hatch: str


_DIAGONALS = '<path d="M-2 8 8 -2M6 16 16 6M-2 18 18 -2" stroke-width="1.1"/>'
_CROSSES = '<path d="M0 0 16 16M16 0 0 16" stroke-width="1.1"/>'
_DOTS = '<circle cx="4" cy="4" r="1"/><circle cx="12" cy="12" r="1"/>'
# Hatches differ as well as hues, so that kinds of land are told apart without colour.
LOOKS = {
    "allowed": _Look("#d8efdc", "#2f7d4f", ""),
    "undetermined": _Look("#e1e8f4", "#4d6899", _DOTS),
    "restricted": _Look("#fbe6bd", "#a8721a", _DIAGONALS),
    "both": _Look("#f3d5e6", "#8a3a6d", _DIAGONALS + _DOTS),
    "prohibited": _Look("#f3c9c6", "#a3141d", _CROSSES),
    "avoided": _Look("#d9d9d9", "#444444", _CROSSES),
}
#: Colours of the first, second, … line; a number stands on each.
TRACKS = ("#0b4f9e", "#7b1fa2", "#00695c", "#6d3b1f")
_HELD, _OPEN, _BARRIER = "#ff9d00", "#3f7fd6", "#c8102e"


class Track(NamedTuple):
    """A line to draw: its name in the legend, the whole of it, its parts on restricted land and on land still to be decided."""

    label: str
    lines: Sequence[Line]
    held: Sequence[Line] = ()
    open: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class RegionMap:
    """What the map of an answer shows; positions are (longitude, latitude) in degrees.

    extent : west, south, east, north; patches : rings and kind (see `LOOKS`), in drawing order; labels : kind → legend
    borders : county lines; edges : city lines; names : places with their names; spots : numbered candidates; stops : ends of lines with names
    barrier : the closed stretches that a line would have to cross; outline : rings of each part of the province
    """

    title: str
    extent: Box
    labels: dict[str, str]
    patches: Sequence[tuple[Sequence[Line], str]] = ()
    borders: Sequence[Line] = ()
    edges: Sequence[Line] = ()
    names: Sequence[tuple[LonLat, str]] = ()
    spots: Sequence[LonLat] = ()
    tracks: Sequence[Track] = ()
    stops: Sequence[tuple[LonLat, str]] = ()
    barrier: Sequence[Line] = ()
    outline: Sequence[Sequence[Line]] = ()
    source: str = ""
    demo: bool = False


def region_svg(data: RegionMap, width: int = 880, height: int | None = None, *, key: str = "land") -> str:
    """The map as an SVG document, as tall as the land asks for where no height is given.

    `key` prefixes the ids inside the picture; give two maps on one page different keys.
    """
    rows = _legend_rows(data, key)
    if not data.patches and not data.tracks:
        nothing = [text_at(width / 2, 60, "没有可显示的土地", 14, anchor="middle")]
        return document(data.title, width, height or 120, nothing)
    shown = {kind for _, kind in data.patches}
    return sheet(
        data.title, width, height or height_of(data.extent, width, len(rows), bool(data.outline)), data.outline,
        window=lambda *box: Window.fit(data.extent, *box),
        drawing=lambda window: _drawing(data, window, key),
        rows=rows, source=data.source, demo=data.demo, area=True,
        defs="".join(pattern(f"{key}-{name}", *look) for name, look in LOOKS.items() if name in shown),
    )  # fmt: skip


def _drawing(data: RegionMap, window: Window, key: str) -> list[str]:
    left, top, right, bottom = window.frame()
    out = [framed(window, key)]
    for rings, kind in data.patches:
        if drawn := rings_in(rings, window):
            # The thin stroke of its own fill closes the seam between neighbours.
            out.append(
                f'<path d="{path_data(drawn, close=True)}" fill="url(#{key}-{kind})" fill-rule="evenodd" '
                f'stroke="{LOOKS[kind].fill}" stroke-width="0.6"/>'
            )
    out += strokes(data.borders, window, "#8b8f98", 0.7, dash="5 2 1.2 2")
    out += strokes(data.edges, window, "#3d434d", 1.3)
    for track in data.tracks:
        out += strokes(track.held, window, _HELD, 10, opacity=0.85) + strokes(
            track.open, window, _OPEN, 10, opacity=0.6
        )
    for number, track in enumerate(data.tracks):
        out += strokes(track.lines, window, "#ffffff", 5.4)
        out += strokes(track.lines, window, TRACKS[number % len(TRACKS)], 3)
    out += strokes(data.barrier, window, "#ffffff", 9) + strokes(data.barrier, window, _BARRIER, 6, dash="9 5")
    # The corners belong to the north arrow and the scale bar.
    taken: list[Box] = [(right - 48, top, right, top + 52), (left, bottom - 40, left + window.width / 4 + 30, bottom)]
    marks = _marks(data, window, taken)
    names: list[str] = []
    for stop, name in data.stops:
        x, y = window.xy(stop)
        if spot := placed_at(x, y - 16, [name], taken, window, (0, 34, -18, 50)):
            names.append(text_at(*spot, name, 12, anchor="middle", halo=True, bold=True))
    for place, name in data.names:
        x, y = window.xy(place)
        inside = left < x < right and top < y < bottom
        if inside and (spot := placed_at(x, y, [clean(name)], taken, window, (0, -14, 14))):
            names.append(text_at(*spot, clean(name), 11, fill="#4a505b", anchor="middle", halo=True))
    return [*out, *names, *marks, "</g>"]


def _marks(data: RegionMap, window: Window, taken: list[Box]) -> list[str]:
    """Numbers of lines and candidates, and the ends of lines; they keep names off."""
    out = []
    for stop, _ in data.stops:
        x, y = window.xy(stop)
        taken.append((x - 7, y - 7, x + 7, y + 7))
        out.append(f'<rect x="{px(x - 5)}" y="{px(y - 5)}" width="10" height="10" fill="#14142b" stroke="#ffffff" stroke-width="1.6"/>')  # fmt: skip
    for number, track in enumerate(data.tracks):
        points = [window.xy(point) for line in finite_lines(track.lines) for point in line]
        if points:
            at = _along(points, (number + 1) / (len(data.tracks) + 1))
            out += _disc(*at, str(number + 1), TRACKS[number % len(TRACKS)], taken)
    for number, spot in enumerate(data.spots, 1):
        out += _disc(*window.xy(spot), str(number), "#14142b", taken)
    return out


def _along(points: Sequence[tuple[float, float]], share: float) -> tuple[float, float]:
    """The point of a line at a share of its length."""
    steps = [math.dist(one, other) for one, other in pairwise(points)]
    left = sum(steps) * share
    for (one, other), step in zip(pairwise(points), steps, strict=True):
        if left <= step and step > 0:
            return one[0] + (other[0] - one[0]) * left / step, one[1] + (other[1] - one[1]) * left / step
        left -= step
    return points[-1]


def _disc(x: float, y: float, number: str, fill: str, taken: list[Box]) -> list[str]:
    taken.append((x - 9, y - 9, x + 9, y + 9))
    return [
        f'<circle cx="{px(x)}" cy="{px(y)}" r="8.5" fill="{fill}" stroke="#ffffff" stroke-width="1.4"/>',
        text_at(x, y + 4, number, 11, anchor="middle", fill="#ffffff", bold=True),
    ]


def _legend_rows(data: RegionMap, key: str) -> list[Row]:
    shown = {kind for rings, kind in data.patches if any(_meets(ring, data.extent) for ring in rings)}
    rows: list[Row] = [
        (box_sign(f"url(#{key}-{kind})", LOOKS[kind].stroke, 1.2), label)
        for kind, label in data.labels.items()
        if kind in shown
    ]
    for number, track in enumerate(data.tracks):
        rows.append((line_sign(TRACKS[number % len(TRACKS)], 3), f"{number + 1} {clean(track.label)}"))
    if any(track.held for track in data.tracks):
        rows.append((line_sign(_HELD, 8), "线路上的限制区段"))
    if any(track.open for track in data.tracks):
        rows.append((line_sign(_OPEN, 8), "线路上的待论证区段"))
    if data.barrier:
        rows.append((line_sign(_BARRIER, 5, "9 5"), "绕不开的禁止地段"))
    if data.spots:
        rows.append((_spot_sign, "候选（序号同表）"))
    if data.borders:
        rows.append((line_sign("#8b8f98", 1.2, "5 2 1.2 2"), "县界"))
    if data.edges:
        rows.append((line_sign("#3d434d", 1.4), "市界"))
    return rows


def _meets(ring: Line, extent: Box) -> bool:
    """Whether the box of a ring meets what the map is to show."""
    box = plane.bounds([ring])
    return box is not None and box[0] < extent[2] and box[2] > extent[0] and box[1] < extent[3] and box[3] > extent[1]


def _spot_sign(x: float, y: float) -> str:
    return "".join(_disc(x + 12, y + 7, "1", "#14142b", []))
