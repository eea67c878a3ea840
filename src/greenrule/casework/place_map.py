"""A map of places coloured by a figure: its classes in the legend, the figure printed on each place, places without one hatched.

The data come as plain lon/lat numbers (degrees); `air_map` says what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from greenrule.casework import report_plane as plane
from greenrule.casework.map_sheet import (
    INK,
    Box,
    Line,
    Row,
    box_sign,
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
from greenrule.casework.report_plane import XY, LonLat, Window
from greenrule.casework.report_words import clean

_HATCH = '<path d="M-2 8 8 -2M6 16 16 6M-2 18 18 -2" stroke-width="1.1"/>'
_BARE, _BORDER = "#f1f2f4", "#6a717d"


class Shade(NamedTuple):
    """A class: its colour and its line of the legend."""

    fill: str
    label: str


class Rule(NamedTuple):
    """A line of the legend between classes: what parts them."""

    label: str


class ColouredPlace(NamedTuple):
    """A place: rings, name, figure as printed (None: no data), place of its class in `PlaceMap.scale`, where its label stands."""

    rings: Sequence[Line]
    name: str
    figure: str | None
    shade: int | None
    spot: LonLat


@dataclass(frozen=True, slots=True)
class PlaceMap:
    """What the map shows.

    extent : west, south, east, north; scale : the legend from low to high; notes : further lines of the legend
    edges : lines of the larger places around
    """

    title: str
    extent: Box
    scale: Sequence[Shade | Rule]
    places: Sequence[ColouredPlace]
    notes: Sequence[str] = ()
    edges: Sequence[Line] = ()
    source: str = ""
    demo: bool = False


def place_svg(data: PlaceMap, width: int = 880, *, key: str = "places") -> str:
    """The map as an SVG document, as tall as the land asks for; `key` prefixes the ids inside the picture."""
    # Figures that found no room are counted in the legend, and the legend sets the frame: so labels are tried first.
    rows = [*_rows(data, key), (_nothing, "")]
    height = height_of(data.extent, width, len(rows), False)
    missed: list[int] = []

    def drawing(window: Window) -> list[str]:
        drawn, without = _drawing(data, window, key)
        missed.append(without)
        return drawn

    def made() -> str:
        return sheet(
            data.title, width, height, (), window=lambda *box: Window.fit(data.extent, *box), drawing=drawing, rows=rows,
            source=data.source, demo=data.demo, defs=pattern(f"{key}-bare", _BARE, "#8b93a1", _HATCH),
        )  # fmt: skip

    svg = made()
    if missed[-1]:
        rows[-1] = (_nothing, f"{missed[-1]} 处的数写不下，没有印")
        svg = made()
    return svg


def _drawing(data: PlaceMap, window: Window, key: str) -> tuple[list[str], int]:
    """The map, and how many figures found no room."""
    left, top, right, bottom = window.frame()
    out = [framed(window, key)]
    shapes = [rings_in(place.rings, window) for place in data.places]
    for place, drawn in zip(data.places, shapes, strict=True):
        if drawn:
            shade = data.scale[place.shade] if place.shade is not None else None
            fill = shade.fill if isinstance(shade, Shade) else f"url(#{key}-bare)"
            out.append(
                f'<path d="{path_data(drawn, close=True)}" fill="{fill}" fill-rule="evenodd" stroke="{_BORDER}" '
                'stroke-width="0.8" stroke-linejoin="round"/>'
            )
    out += strokes(data.edges, window, INK, 1.5)
    # The corners belong to the title, the north arrow and the scale bar.
    wide = min(12 + _title_width(data.title), window.width - 60)
    taken: list[Box] = [
        (right - 48, top, right, top + 52), (left, bottom - 40, left + window.width / 4 + 30, bottom),
        (left, top, left + wide + 12, top + 30),
    ]  # fmt: skip
    missed = 0
    # A figure is worth more than a name: names come last.
    texts: list[str] = []
    told: dict[int, XY] = {}
    for number, place in enumerate(data.places):
        if place.figure is None:
            continue
        spots = [*_widest(shapes[number]), window.xy(place.spot)]
        spots.sort(key=lambda spot: not _inside(spot[0], spot[1] + 16, shapes[number]))  # room for the name below
        if spot := _label(place.figure, spots, (0, 9, -9), shapes[number], taken, window):
            told[number] = spot
            texts.append(text_at(*spot, place.figure, 12, anchor="middle", halo=True, bold=True))
        else:
            missed += 1
    for number, place in enumerate(data.places):
        name = clean(place.name)
        spots, shifts = ([told[number]], (11, -19)) if number in told else ([window.xy(place.spot)], (0,))
        if spot := _label(name, spots, shifts, shapes[number], taken, window):
            texts.append(text_at(*spot, name, 10.5, fill="#3d434d", anchor="middle", halo=True))
    title = (
        f'<rect x="{px(left + 6)}" y="{px(top + 6)}" width="{px(wide)}" height="22" rx="3" fill="#ffffff" opacity="0.9"/>'
        + text_at(left + 12, top + 22, data.title, 13, bold=True)
    )
    return [*out, *texts, title, "</g>"], missed


def _widest(rings: Sequence[Sequence[XY]]) -> list[XY]:
    found = plane.label_spot(rings)
    return [] if found is None else [found[:2]]


def _label(
    text: str,
    spots: Sequence[XY],
    shifts: Sequence[float],
    rings: Sequence[Sequence[XY]],
    taken: list[Box],
    window: Window,
) -> XY | None:
    """Where a label finds room with its middle on its own place: on another it would say something false."""
    for x, y in spots:
        own = [shift for shift in shifts if _inside(x, y + shift, rings)]
        if spot := placed_at(x, y, [text], taken, window, own):
            return spot
    return None


def _inside(x: float, y: float, rings: Sequence[Sequence[XY]]) -> bool:
    """Whether a pixel lies in rings, even–odd, so that holes are outside."""
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise([*ring, ring[0]]):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                crossings += 1
    return crossings % 2 == 1


def _title_width(text: str) -> float:
    """About how many pixels a bold text of 13 takes."""
    return sum(13.0 if ord(letter) > 0x2E7F else 7.6 for letter in text)


def _rows(data: PlaceMap, key: str) -> list[Row]:
    rows: list[Row] = []
    for item in data.scale:
        if isinstance(item, Shade):
            rows.append((box_sign(item.fill, _BORDER, 0.8), item.label))
        else:
            rows.append((line_sign(INK, 2.2), item.label))
    if any(place.figure is None for place in data.places):
        rows.append((box_sign(f"url(#{key}-bare)", _BORDER, 0.8), "没有数据"))
    if data.edges:
        rows.append((line_sign(INK, 1.5), "市界"))
    return rows + [(_nothing, note) for note in data.notes]


def _nothing(x: float, y: float) -> str:
    return ""
