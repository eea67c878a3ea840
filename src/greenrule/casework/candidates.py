"""Candidates for a site: parks, a user's parcels or a grid, each with its best spot, ranked.

The best spot of a candidate is the middle of the largest circle that fits into its best land: as far as can be from
every line at which the verdict would turn.  Each spot is asked again as a project there before it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from greenrule.casework.ground import Ground
from greenrule.casework.placing import touched_units
from greenrule.casework.project import Project
from greenrule.casework.screening import Screener
from greenrule.casework.siting import Siting, Verdict
from greenrule.core.errors import Fault, InputFault
from greenrule.spatial.carving import cut_out
from greenrule.spatial.nearness import distance_to_lines_m
from greenrule.spatial.overlay import measure
from greenrule.spatial.patches import Patches, box_of, point_at
from greenrule.spatial.roomiest import roomiest_spot

#: From the best land to the worst; forbidden land is no candidate.
BEST_FIRST = ("allowed", "restricted", "undetermined")
#: What people want to have near: column of the answer → layer kind.
NEAR = {"river_m": "river_line", "road_m": "road", "railway_m": "railway"}


@dataclass(frozen=True, slots=True)
class Spot:
    """The best spot of one candidate.

    room_m : metres to the nearest line at which verdict or county change; area_m2 : land of this verdict in the candidate
    near : column of `NEAR` → metres, for the layers that are loaded; confirmed : asked again as a project at the spot
    """

    name: str
    verdict: Verdict
    lon: float
    lat: float
    room_m: float
    area_m2: float
    county: str
    unit: str | None
    unit_class: str | None
    near: dict[str, float]
    confirmed: bool


def rank(screener: Screener, siting: Siting, shapes: Sequence[tuple[str, Any]], most: int = 20) -> list[Spot]:
    """The best spots, best verdict first, then the one with most room; candidates wholly on forbidden land are left out.

    shapes : (name, polygon) in degrees, EPSG:4490
    """
    ground = screener.ground(siting.project.on)
    assert ground is not None
    areas = [area for area in siting.areas if area.verdict.decision in BEST_FIRST]
    if not areas:
        return []
    patches = Patches([area.geometry for area in areas])
    found = []
    for name, shape in shapes:
        pieces = [(areas[number], cut_out(areas[number].geometry, shape)) for number in patches.near(shape)]
        pieces = [(area, piece) for area, piece in pieces if piece is not None]
        if not pieces:
            continue
        best = min(BEST_FIRST.index(area.verdict.decision) for area, _ in pieces)
        spots = [(roomiest_spot(piece), area, piece) for area, piece in pieces
                 if area.verdict.decision == BEST_FIRST[best]]  # fmt: skip
        (lon, lat, room), area, _ = max(spots, key=lambda item: item[0][2])
        total = sum(measure(piece) for _, other, piece in spots for _ in [other])
        found.append((best, -room, name, lon, lat, room, area, total))
    found.sort(key=lambda item: item[:3])
    return [_spot(screener, ground, siting.project, *item[2:]) for item in found[:most]]


def _spot(
    screener: Screener, ground: Ground, project: Project, name: str, lon: float, lat: float, room: float, area: Any, total: float
) -> Spot:  # fmt: skip
    point = point_at(lon, lat)
    there = screener.inquire(replace(project, location={"crs": "cgcs2000", "point": [lon, lat]}))
    outcome = screener.machine(project.on, screener.events(project)).answer(there.given, "access").outcomes["access"]
    units = touched_units(ground, point)
    near = {}
    for column, kind in NEAR.items():
        index = ground.index(kind)
        distance = distance_to_lines_m(index, point) if index is not None else None
        if distance is not None:
            near[column] = round(distance, 0)
    return Spot(
        name, area.verdict, lon, lat, room, total, area.county,
        units[0]["code"] if units else None, units[0]["class"] if units else None, near,
        outcome.word == area.verdict.decision,
    )  # fmt: skip


def parks(ground: Ground) -> list[tuple[str, Any]]:
    """The parks of the workspace (C010 where it has none)."""
    index = ground.index("park")
    if index is None:
        raise InputFault(
            Fault(
                "N012",
                "工作区没有开发区与工业园区图层",
                None,
                "导入 park 图层，或用 `--candidates 文件`、`--candidates grid:10`",
            )
        )
    return [
        (str(index.frame.row(row).get("name") or f"园区 {row + 1}"), shape)
        for row, shape in enumerate(index.frame.geometry)
    ]


def squares(siting: Siting, side_km: float) -> Iterator[tuple[str, Any]]:
    """A grid of squares of about `side_km` over the asked land, named by row and column."""
    west, south, east, north = Patches([area.geometry for area in siting.areas]).bounds
    tall = side_km / 111.0
    wide = tall / float(np.cos(np.radians((south + north) / 2)))
    for row in range(int(np.ceil((north - south) / tall))):
        for column in range(int(np.ceil((east - west) / wide))):
            x, y = west + column * wide, south + row * tall
            yield f"第{row + 1}行第{column + 1}列", box_of(x, y, x + wide, y + tall)
