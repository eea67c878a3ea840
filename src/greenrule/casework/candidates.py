"""Candidates for a site: parks, a user's parcels or a grid, each with its best spot, ranked.

The best spot of a candidate is the middle of the largest circle that fits into its best land: as far as can be from
every line at which the verdict would turn.  Each spot is asked again as a project there before it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from greenrule.casework.ground import Ground
from greenrule.casework.placing import touched_units
from greenrule.casework.project import Project
from greenrule.casework.screening import Screener
from greenrule.casework.siting import Area, Siting, Verdict
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
class Candidate:
    """Land that may be a site.

    shape : polygon in degrees, EPSG:4490, None where there is no area; row : its row in the user's file; notes : what was
    mended, or why there is no area
    """

    name: str
    shape: Any
    row: int | None = None
    notes: tuple[str, ...] = ()


#: Why a candidate has no spot.
NO_AREA, OUTSIDE, FORBIDDEN = "no_area", "outside", "prohibited"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A candidate of the user's without a spot: `why` is one of `NO_AREA`, `OUTSIDE`, `FORBIDDEN`, `rules` those that forbid."""

    candidate: Candidate
    why: str
    rules: tuple[str, ...] = ()


@dataclass
class Ranking:
    """Candidates by what becomes of them: every one is among the spots, the left out or behind.

    left_out : those of a user's file; counts : all that were left out, by reason; behind : ranked, but not asked for
    """

    spots: list[Spot] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    behind: int = 0


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
    row: int | None = None
    notes: tuple[str, ...] = ()


def rank(screener: Screener, siting: Siting, shapes: Iterable[Candidate], most: int = 20) -> Ranking:
    """The best spots, best verdict first, then the one with most room; and what became of the other candidates."""
    ground = screener.ground(siting.project.on)
    assert ground is not None
    patches = Patches([area.geometry for area in siting.areas])
    ranking = Ranking()
    found: list[tuple[Any, ...]] = []
    for item in shapes:
        near = [] if item.shape is None else [siting.areas[number] for number in patches.near(item.shape)]
        usable = _cut(item.shape, [area for area in near if area.verdict.decision in BEST_FIRST])
        if not usable:
            _leave(ranking, item, [area for area, _ in _cut(item.shape, near)])
            continue
        best = min(BEST_FIRST.index(area.verdict.decision) for area, _ in usable)
        spots = [(roomiest_spot(piece), area, piece) for area, piece in usable
                 if area.verdict.decision == BEST_FIRST[best]]  # fmt: skip
        (lon, lat, room), area, _ = max(spots, key=lambda spot: spot[0][2])
        total = sum(measure(piece) for _, _, piece in spots)
        found.append((best, -room, item.name, len(found), item, lon, lat, room, area, total))
    found.sort(key=lambda row: row[:4])
    ranking.spots = [_spot(screener, ground, siting.project, *row[4:]) for row in found[:most]]
    ranking.behind = len(found) - len(ranking.spots)
    return ranking


def _cut(shape: Any, areas: Sequence[Area]) -> list[tuple[Area, Any]]:
    """The areas that have land in a shape, each with that land."""
    pieces = [(area, cut_out(area.geometry, shape)) for area in areas]
    return [(area, piece) for area, piece in pieces if piece is not None]


def _leave(ranking: Ranking, item: Candidate, areas: Sequence[Area]) -> None:
    """Note why a candidate has no spot; a user's own by name, parks and squares by number."""
    why = NO_AREA if item.shape is None else FORBIDDEN if areas else OUTSIDE
    ranking.counts[why] = ranking.counts.get(why, 0) + 1
    if item.row is not None:
        rules = dict.fromkeys(rule for area in areas for rule in area.verdict.deciding)
        ranking.left_out.append(LeftOut(item, why, tuple(rules)))


def _spot(
    screener: Screener, ground: Ground, project: Project, item: Candidate, lon: float, lat: float, room: float, area: Area,
    total: float,
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
        item.name, area.verdict, lon, lat, room, total, area.county,
        units[0]["code"] if units else None, units[0]["class"] if units else None, near,
        outcome.word == area.verdict.decision, item.row, item.notes,
    )  # fmt: skip


def parks(ground: Ground) -> list[Candidate]:
    """The parks of the workspace (N012 where it has none)."""
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
        Candidate(str(index.frame.row(row).get("name") or f"园区 {row + 1}"), shape)
        for row, shape in enumerate(index.frame.geometry)
    ]


def squares(siting: Siting, side_km: float) -> Iterator[Candidate]:
    """A grid of squares of about `side_km` over the asked land, named by row and column."""
    west, south, east, north = Patches([area.geometry for area in siting.areas]).bounds
    tall = side_km / 111.0
    wide = tall / float(np.cos(np.radians((south + north) / 2)))
    for row in range(int(np.ceil((north - south) / tall))):
        for column in range(int(np.ceil((east - west) / wide))):
            x, y = west + column * wide, south + row * tall
            yield Candidate(f"第{row + 1}行第{column + 1}列", box_of(x, y, x + wide, y + tall))
