"""What the demonstration places before it draws: a rough relief, rivers, basins, parks and water intakes of every
county."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from greenrule.casework import demo_places as places
from greenrule.spatial import sketch

if TYPE_CHECKING:
    from greenrule.spatial.frame import Frame

#: Counties smaller than this get no park or water intake of their own, square metres.
_SMALL_COUNTY = 230e6


#: A river that ends within this distance of another flows into it, metres.
_MOUTH = 9_500


@dataclass(frozen=True)
class Park:
    """A park to be drawn: where, how large, and what it is said to be."""

    county: str
    name: str
    level: str
    kinds: str
    planning_eia: bool
    centre: tuple[float, float]
    size: float


@dataclass
class Sites:
    """The plan of the demonstration: counties in degrees and in the drawing plane, and the points that matter in
    them."""

    counties: Frame
    seed: int
    parks: list[Park] = field(default_factory=list)
    water: dict[str, tuple[float, float]] = field(default_factory=dict)

    def rng(self, purpose: int) -> np.random.Generator:
        """An independent stream of random numbers per purpose, so that one layer can change without moving the
        others."""
        return np.random.default_rng([self.seed, purpose])

    @cached_property
    def codes(self) -> list[str]:
        """County codes in the order of the frame."""
        return list(self.counties.columns["code"])

    @cached_property
    def planes(self) -> dict[str, Any]:
        """County code → its area in the drawing plane."""
        return {code: sketch.in_plane(shape) for code, shape in zip(self.codes, self.counties.geometry, strict=True)}

    @cached_property
    def labels(self) -> dict[str, str]:
        """County code → a name that tells districts of different cities apart."""
        columns = self.counties.columns
        rows = zip(self.codes, columns["name"], columns["city"], strict=True)
        return {code: f"{city}{name}" if name.endswith("区") else name for code, name, city in rows}

    @cached_property
    def province(self) -> Any:
        """The province in degrees."""
        return sketch.combine(self.counties.geometry)

    @cached_property
    def province_plane(self) -> Any:
        """The province in the drawing plane."""
        return sketch.in_plane(self.province)

    @cached_property
    def rivers(self) -> dict[str, Any]:
        """River → its course in the drawing plane, not yet clipped to the province."""
        bend = sketch.Warp(self.seed + 11, (9_000, 4_000, 1_800), 0.22)
        courses = {name: bend.apply(sketch.line(points), 500) for name, (_, points) in places.RIVERS.items()}
        start, end = places.YELLOW_RIVER_ENDS
        courses = {"黄河": sketch.border_course(self.province, start, end), **courses}
        # The rough courses end a little before the river that they flow into.
        return {
            name: course
            if name == "黄河"
            else sketch.led_into(course, [other for key, other in courses.items() if key != name], _MOUTH)
            for name, course in courses.items()
        }

    @cached_property
    def basins(self) -> dict[str, Any]:
        """Basin → its area in the drawing plane, within the province."""
        bend = sketch.Warp(self.seed + 12, (14_000, 5_000, 2_200), 0.2)
        return {
            name: sketch.combine([bend.apply(sketch.outline(part), 900) for part in parts]).intersection(
                self.province_plane
            )
            for name, parts in places.BASINS.items()
        }

    @cached_property
    def _relief(self) -> tuple[Any, Any, Any]:
        ranges = sketch.combine([sketch.line(points) for points in places.RANGES.values()])
        rivers = sketch.combine([shape.simplify(300) for name, shape in self.rivers.items() if name != "黄河"])
        basins = sketch.combine([shape.simplify(300) for shape in self.basins.values()])
        return ranges, rivers, basins

    def height(self, points: np.ndarray) -> np.ndarray:
        """A rough relative height at points (n, 2) of the plane: about 1.5 on the ranges, below 0 in the basins; no
        unit."""
        ranges, rivers, basins = self._relief
        high = 1.2 * np.exp(-((sketch.distances(points, ranges) / 15_000) ** 2))
        low = 0.9 * np.exp(-((sketch.distances(points, basins) / 8_000) ** 2))
        cut = 0.25 * np.exp(-((sketch.distances(points, rivers) / 5_000) ** 2))
        return np.asarray(0.35 + high - low - cut)


def plan_sites(counties: Frame, seed: int) -> Sites:
    """Choose places for parks and water intakes in every county; the parks that stand for real ones keep their
    place."""
    sites = Sites(counties, seed)
    sites.parks.extend(Park(*row) for row in places.PARKS)
    settled = {park.county for park in sites.parks}
    rng = sites.rng(1)
    for code in sites.codes:
        area = sites.planes[code]
        if area.area < _SMALL_COUNTY:
            continue
        seat = sketch.to_plane(np.array(places.SEATS[code]))
        town = places.BIG_TOWNS.get(code, 1_600.0)
        inner = area.buffer(-1_500)
        if code not in settled:
            spot = _pick(sites, seat, inner, (town + 2_600, town + 4_200), rng, lowest=True)
            sites.parks.append(_generic_park(code, sites.labels[code], spot, rng))
        spot = _pick(sites, seat, area.buffer(-2_500), (town + 4_500, town + 9_500), rng, lowest=False)
        sites.water[code] = (float(spot[0]), float(spot[1]))
    return sites


def _pick(
    sites: Sites, seat: np.ndarray, area: Any, reach: tuple[float, float], rng: np.random.Generator, *, lowest: bool
) -> np.ndarray:
    """Of points in a ring about the seat and inside the area the lowest or highest; longitude and latitude."""
    angle, radius = rng.uniform(0, 2 * np.pi, 60), rng.uniform(*reach, 60)
    points = seat + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    points = points[sketch.inside(points, area)]
    if not len(points):
        points = sketch.scatter(area, 20, rng)
    height = sites.height(points)
    return sketch.to_degrees(points[int(height.argmin() if lowest else height.argmax())])


def _generic_park(code: str, label: str, spot: np.ndarray, rng: np.random.Generator) -> Park:
    draw = rng.random(3)
    provincial = bool(draw[0] < 0.55)
    kinds = ["industrial"]
    if code in places.CHEMICAL_COUNTIES:
        kinds.append("chemical")
    if provincial and draw[1] < 0.3:
        kinds.append("pilot")
    name = f"{label}{'经济技术开发区' if provincial else '工业园区'}"
    size = float(1_700 + 1_200 * draw[2])
    centre = (float(spot[0]), float(spot[1]))
    return Park(code, name, "province" if provincial else "county", ";".join(kinds), provincial, centre, size)
