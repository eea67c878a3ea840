"""Plane geometry of the locating map: local projection, clipping, thinning, a place for a label, round numbers.

Drawing aids only: areas, distances and containment that decide anything come from `greenrule.spatial`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LonLat = tuple[float, float]
XY = tuple[float, float]

# Mean length of one degree of latitude on the WGS84/CGCS2000 ellipsoid near 37°N, in km; a map drawing needs no more.
KM_PER_DEGREE = 111.0


@dataclass(frozen=True, slots=True)
class Window:
    """A lon/lat box drawn into a pixel box, equirectangular with true scale at the middle latitude.

    `west`, `south` in degrees; `scale` in pixels per degree of latitude; `left`, `top`, `width`, `height` in pixels.
    """

    west: float
    south: float
    scale: float
    squeeze: float
    left: float
    top: float
    width: float
    height: float

    @classmethod
    def fit(
        cls, box: tuple[float, float, float, float], left: float, top: float, width: float, height: float
    ) -> Window:
        """The window that shows the whole lon/lat `box` (west, south, east, north), centred."""
        west, south, east, north = box
        squeeze = max(math.cos(math.radians((south + north) / 2)), 0.01)
        span_x, span_y = max((east - west) * squeeze, 1e-9), max(north - south, 1e-9)
        scale = min(width / span_x, height / span_y)
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        return cls(
            west=middle_x - width / scale / squeeze / 2,
            south=middle_y - height / scale / 2,
            scale=scale,
            squeeze=squeeze,
            left=left,
            top=top,
            width=width,
            height=height,
        )

    @property
    def east(self) -> float:
        """The right edge, in degrees."""
        return self.west + self.width / self.scale / self.squeeze

    @property
    def north(self) -> float:
        """The upper edge, in degrees."""
        return self.south + self.height / self.scale

    @property
    def pixels_per_km(self) -> float:
        """Scale of the drawing."""
        return self.scale / KM_PER_DEGREE

    def xy(self, point: Sequence[float]) -> XY:
        """A lon/lat position in pixels (y downwards)."""
        x = self.left + (point[0] - self.west) * self.squeeze * self.scale
        y = self.top + self.height - (point[1] - self.south) * self.scale
        return x, y

    def frame(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """The pixel box (left, top, right, bottom), grown by `margin`."""
        return self.left - margin, self.top - margin, self.left + self.width + margin, self.top + self.height + margin


def bounds(parts: Iterable[Iterable[Sequence[float]]]) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all positions; None of nothing.

    >>> bounds([[(1.0, 2.0), (3.0, 0.0)]])
    (1.0, 0.0, 3.0, 2.0)
    """
    points = [point for part in parts for point in part]
    if not points:
        return None
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def clip_ring(ring: Sequence[XY], frame: tuple[float, float, float, float]) -> list[XY]:
    """The ring cut to a box.

    Source: I. E. Sutherland, G. W. Hodgman, Reentrant polygon clipping, CACM 17 (1974).

    >>> clip_ring([(0, 0), (4, 0), (4, 1), (0, 1)], (1, 0, 3, 1))
    [(1.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0)]
    """
    points: list[XY] = [(float(x), float(y)) for x, y in ring]
    for axis, limit, sign in ((0, frame[0], 1), (0, frame[2], -1), (1, frame[1], 1), (1, frame[3], -1)):
        kept: list[XY] = []
        for index, here in enumerate(points):
            before = points[index - 1]
            inside, was_inside = sign * (here[axis] - limit) >= 0, sign * (before[axis] - limit) >= 0
            if inside != was_inside:
                share = (limit - before[axis]) / (here[axis] - before[axis])
                cut = [before[0] + share * (here[0] - before[0]), before[1] + share * (here[1] - before[1])]
                cut[axis] = float(limit)
                kept.append((cut[0], cut[1]))
            if inside:
                kept.append(here)
        points = kept
    return points


def clip_line(line: Sequence[XY], frame: tuple[float, float, float, float]) -> list[list[XY]]:
    """The runs of a line that lie in a box.

    Source: Y.-D. Liang, B. A. Barsky, A new concept and method for line clipping, ACM TOG 3 (1984).

    >>> clip_line([(-1, 0), (1, 0), (5, 0)], (0, -1, 2, 1))
    [[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]]
    """
    runs: list[list[XY]] = []
    for (x0, y0), (x1, y1) in itertools.pairwise(line):
        dx, dy = x1 - x0, y1 - y0
        enter, leave = 0.0, 1.0
        for step, room in ((-dx, x0 - frame[0]), (dx, frame[2] - x0), (-dy, y0 - frame[1]), (dy, frame[3] - y0)):
            if step == 0:
                if room < 0:
                    enter = 2.0
            elif step < 0:
                enter = max(enter, room / step)
            else:
                leave = min(leave, room / step)
        if enter > leave:
            continue
        start, end = (x0 + enter * dx, y0 + enter * dy), (x0 + leave * dx, y0 + leave * dy)
        if runs and runs[-1][-1] == start:
            runs[-1].append(end)
        else:
            runs.append([start, end])
    return runs


def thin(points: Sequence[XY], apart: float = 0.6) -> list[XY]:
    """Drop points nearer than `apart` pixels to the last kept one; the ends stay."""
    kept: list[XY] = []
    for point in points:
        if not kept or math.dist(kept[-1], point) >= apart:
            kept.append(point)
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return kept


def label_spot(rings: Sequence[Sequence[XY]]) -> tuple[float, float, float] | None:
    """A good place for a label: x, y and free width, the middle of the widest inner stretch.

    Even–odd over all rings, so holes are avoided; None where nothing is drawn.

    >>> label_spot([[(0, 0), (10, 0), (10, 4), (0, 4)]])
    (5.0, 2.0, 10.0)
    """
    box = bounds(rings)
    if box is None:
        return None
    best: tuple[float, float, float] | None = None
    best_score = 0.0
    height = box[3] - box[1]
    for step in range(1, 12):
        y = box[1] + height * step / 12
        crossings = []
        for ring in rings:
            for index, (x1, y1) in enumerate(ring):
                x0, y0 = ring[index - 1]
                if (y0 > y) != (y1 > y):
                    crossings.append(x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        crossings.sort()
        for left, right in zip(crossings[::2], crossings[1::2], strict=False):
            # A stretch near the middle of the height is preferred to one as wide at the rim.
            score = (right - left) * (1 - abs(step - 6) / 12)
            if score > best_score:
                best, best_score = ((left + right) / 2, y, right - left), score
    return best


def round_length(target: float) -> float:
    """The largest of 1, 2, 5 × 10ⁿ that is not above `target`.

    >>> round_length(7.3), round_length(0.3), round_length(20)
    (5.0, 0.2, 20.0)
    """
    power = 10.0 ** math.floor(math.log10(target))
    return float(f"{next(step for step in (5, 2, 1) if step * power <= target * (1 + 1e-9)) * power:.3g}")


def graticule_step(span: float, ticks: int = 4) -> float:
    """A step in degrees, a whole number of minutes or degrees, that puts about `ticks` ticks on `span` degrees.

    >>> round(graticule_step(0.4) * 60), graticule_step(6.0)
    (5, 2.0)
    """
    steps = [0.25 / 60, 0.5 / 60, 1 / 60, 2 / 60, 5 / 60, 10 / 60, 15 / 60, 30 / 60, 1.0, 2.0, 5.0, 10.0]
    return min(steps, key=lambda step: abs(math.log(max(span, 1e-9) / step / ticks)))


def dms(degrees: float, suffix: str) -> str:
    """Degrees as 度分（秒） for the map frame.

    >>> dms(110.5, "E"), dms(35.00416666, "N"), dms(111.0, "E")
    ('110°30′E', '35°00′15″N', '111°E')
    """
    seconds = round(abs(degrees) * 3600)
    whole, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if seconds:
        return f"{whole}°{minutes:02d}′{seconds:02d}″{suffix}"
    return f"{whole}°{minutes:02d}′{suffix}" if minutes else f"{whole}°{suffix}"
