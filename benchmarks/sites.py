"""Random projects for the benchmarks: places inside the province, and a handful of trades with plausible sizes.

The sizes are examples, not thresholds; the seed is fixed so that two runs ask the same questions.
"""

from __future__ import annotations

import math
import random
from typing import Any

from greenrule.casework.project import Project, project_from
from greenrule.casework.screening import Screener

#: (industry code, facts as a project file would hold them)
TRADES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("2521", {"capacity": "106 万吨/年", "adds_capacity": False}),
    ("0610", {"capacity": "300 万吨/年", "adds_capacity": True}),
    ("4416", {"capacity": "5 兆瓦"}),
    ("3011", {"capacity": "100 万吨/年"}),
    ("4620", {}),
    ("1495", {}),
)
ON = "2026-11-21"
CORNERS = 5000


def place(rng: random.Random, screener: Screener, margin: float = 0.0) -> tuple[float, float]:
    """A point (degrees, CGCS2000) inside the counties of the workspace, `margin` degrees from leaving their box."""
    from datetime import date

    import shapely

    ground = screener.ground(date.fromisoformat(ON))
    assert ground is not None
    index = ground.index("county")
    assert index is not None
    west, south, east, north = shapely.total_bounds(index.frame.geometry).tolist()
    while True:
        x, y = rng.uniform(west + margin, east - margin), rng.uniform(south + margin, north - margin)
        if len(index.meeting(shapely.Point(x, y))):
            return x, y


def outline(x: float, y: float, corners: int = CORNERS) -> list[list[float]]:
    """A closed wavy ring of about 2 km radius around a place, as a surveyed site with many corners."""
    ring = []
    for k in range(corners):
        angle, wave = k / corners * 2 * math.pi, 1 + 0.05 * math.sin(k / 7)
        ring.append([x + 0.02 * wave * math.cos(angle), y + 0.02 * wave * math.sin(angle)])
    # The wave does not close after a whole turn; the jump at the seam is smaller than the wave itself.
    return [*ring, ring[0]]


def project(screener: Screener, location: dict[str, Any], number: int) -> Project:
    """One project at a place; the trade goes round with the number."""
    code, facts = TRADES[number % len(TRADES)]
    plain = {"name": f"基准项目{number}", "on": ON, "industry": code, "nature": "new", "facts": dict(facts),
             "location": {"crs": "cgcs2000", **location}}  # fmt: skip
    return project_from(plain, screener.law)


def point_projects(screener: Screener, count: int, seed: int = 1) -> list[Project]:
    """Projects at random points."""
    rng = random.Random(seed)
    return [project(screener, {"point": list(place(rng, screener))}, number) for number in range(count)]


def polygon_projects(screener: Screener, count: int, seed: int = 2) -> list[Project]:
    """Projects on random polygons of 5,000 corners."""
    rng = random.Random(seed)
    out = []
    for number in range(count):
        ring = outline(*place(rng, screener, 0.05))
        out.append(project(screener, {"geometry": {"type": "Polygon", "coordinates": [ring]}}, number))
    return out
