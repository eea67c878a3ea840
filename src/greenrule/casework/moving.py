"""The smallest move: the shortest shift of a site, not turned, after which a decision comes out as wanted, asked again there.

Where a site may be is where its handle may be (`spatial.shifting`); there the zones of `siting` are carved, every kind of
cell is asked like a project there, and the nearest land that answers as wanted, with a little room, is the move.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from greenrule.backends.decide import Outcome
from greenrule.casework.ground import Ground
from greenrule.casework.project import Project
from greenrule.casework.saying import shown
from greenrule.casework.screening import Screener
from greenrule.casework.siting import deciding_places, with_places, zone_of
from greenrule.casework.situation import Machine
from greenrule.casework.turning import Turning
from greenrule.casework.turns import Turn, Turnings, came_out
from greenrule.spatial.carving import Zone, carve, joined
from greenrule.spatial.frame import as_geojson
from greenrule.spatial.overlay import measure
from greenrule.spatial.shifting import (
    Body,
    Felt,
    borders_of,
    disc,
    geodesic_m,
    kept_inside,
    land_around,
    less,
    nearest_with_room,
)

#: The first circle that is looked at; the next is four times as wide, up to the reach.
_FIRST_M, _WIDER = 1000.0, 4.0
#: How often a place is left aside at which the asking does not confirm what the map says.
_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Move:
    """A shift that does it, confirmed by asking there.

    distance_m, bearing : geodesic, of the site's handle (the middle of its box); bearing in degrees from north, clockwise
    at_least_m : no shift shorter than this does it, unless the site then lies within `tolerance_m` of a line where it turns
    geometry : the moved site (EPSG:4490); turned : place facts that are otherwise there, with what they are now and then
    as_stated : what is said there of the project as it stands, without the other changes and the conditions
    """

    distance_m: float
    bearing: float
    lon: float
    lat: float
    county: str
    at_least_m: float
    tolerance_m: float
    room_m: float
    geometry: Any
    turned: tuple[tuple[str, str, bool | None, bool | None], ...]
    outcome: str
    as_stated: str

    def to_json(self) -> dict[str, Any]:
        """Plain data; the moved site as GeoJSON."""
        return {
            "distance_m": round(self.distance_m, 2), "bearing": round(self.bearing, 2), "direction": direction(self.bearing),
            "lon": round(self.lon, 8), "lat": round(self.lat, 8), "county": self.county,
            "at_least_m": round(self.at_least_m, 2), "tolerance_m": round(self.tolerance_m, 2), "room_m": self.room_m,
            "turned": [{"fact": name, "label": zh, "from": shown(before), "to": shown(after)}
                       for name, zh, before, after in self.turned],
            "outcome": self.outcome, "verified": True, "as_stated": self.as_stated, "geometry": as_geojson(self.geometry),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoMove:
    """No place within reach: the rules that make it come out otherwise, with the share of the land in reach where they do.

    unconfirmed : places that the map offered and the asking did not confirm
    """

    reach_m: float
    rules: tuple[tuple[str, float], ...]
    unconfirmed: int = 0

    @property
    def everywhere(self) -> tuple[str, ...]:
        """Rules that hold on all the land in reach."""
        return tuple(rule for rule, share in self.rules if share > 1.0 - 1e-9)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "reach_m": self.reach_m, "unconfirmed": self.unconfirmed,
            "rules": [{"rule": rule, "share": round(share, 6)} for rule, share in self.rules],
        }  # fmt: skip


@dataclass
class _Circle:
    """What lies within one distance: the tile in which the handle may be, and the zones as the site feels them."""

    radius_m: float
    lat: float
    tile: Any
    zones: dict[str, Zone] = field(default_factory=dict)


class Mover:
    """The search for one project; circles and zones are kept from one question to the next.

    room_m : metres that the moved site keeps from every line at which the answer turns; reach_m : how far is looked
    Errors: those of `Screener.inquire`; a project without a site or a workspace without counties has `possible` False.
    """

    def __init__(self, screener: Screener, project: Project, *, room_m: float = 1.0, reach_m: float = 50_000.0) -> None:
        self.screener, self.project = screener, project
        self.room_m, self.reach_m = room_m, reach_m
        self.ground = screener.ground(project.on)
        inquiry = screener.inquire(project)
        self.site = inquiry.site
        self.now = {name: placed.value for name, placed in inquiry.placed.items()}
        self.possible = self.site is not None and self.ground is not None and self.ground.index("county") is not None
        if self.site is not None:
            self.body = Body(self.site.geometry)
        self._circles: dict[tuple[float, float], _Circle] = {}

    def find(
        self,
        decision: str,
        target: str,
        facts: Mapping[str, Any] | None = None,
        without: Collection[str] = (),
        keep: Collection[str] = (),
    ) -> Move | NoMove:
        """The smallest move after which the decision comes out as the target.

        facts : other facts as they are then (changes, conditions); without : stated facts that no longer hold then;
        keep : place facts that shall be there what they are here.  What a layer says of the new place goes before both.
        """
        kept = {name: value for name, value in self.project.facts.items() if name not in without}
        there = replace(self.project, facts={**kept, **(facts or {})})
        given = self.screener.inquire(replace(there, location=None)).given
        machine = self.screener.machine(there.on, self.screener.events(there))
        assert self.ground is not None
        told = {
            name for name, spec in machine.book.facts.items()
            if spec.place is not None and self._zone(self.ground, name) is not None
        }  # fmt: skip
        relevant = deciding_places(machine, given, told, decision)
        names = [name for name in machine.book.facts if name in told and (name in relevant or name in keep)]
        search = _Search(machine, decision, target, given, names, {name: self.now.get(name) for name in keep})
        radius = min(max(_FIRST_M, 2 * self.body.reach_m), self.reach_m)
        lat = self.body.handle[1]
        aside: list[Any] = []
        while True:
            circle = self._circle(radius, lat)
            found = search.land(circle, self._zones(circle, names), aside)
            spot = None
            if found is not None:
                spot = nearest_with_room(found, *self.body.handle, self.room_m + self.body.off_m, radius)
            if spot is None:
                if radius >= self.reach_m:
                    return NoMove(self.reach_m, search.reasons(), len(aside))
                radius = min(radius * _WIDER, self.reach_m)
            elif self.body.warp_m(lat, spot[1]) > self.room_m / 20:
                lat = spot[1]  # drawn for another latitude than that where it ends: once more, drawn for this one
            else:
                move = self._confirmed(there, machine, decision, target, spot, lat)
                if move is not None:
                    return move
                aside.append(disc(spot[0], spot[1], 2 * self.room_m))
                if len(aside) >= _AGAIN:
                    return NoMove(self.reach_m, search.reasons(), len(aside))

    # -- the land within reach -----------------------------------------------------------------------------------------
    def _zone(self, ground: Ground, name: str) -> Zone | None:
        rule: Mapping[str, Any] = self.screener.law.book.facts[name].place or {}
        if rule.get("derive") != "cross_city":
            return zone_of(self.screener, ground, name)
        cities = ground.index("city")
        if cities is None:
            return None
        if self.body.is_point:  # lies in one city
            return Zone(name, None, elsewhere=False)
        kept: dict[str, Zone] = ground.__dict__.setdefault("_city_borders", {})
        if name not in kept:
            kept[name] = borders_of(name, cities)
        return kept[name]

    def _zones(self, circle: _Circle, names: list[str]) -> list[Zone]:
        assert self.ground is not None
        for name in names:
            if name not in circle.zones:
                zone = self._zone(self.ground, name)
                assert zone is not None
                circle.zones[name] = zone if self.body.is_point else Felt(zone, self.body, circle.lat)
        return [circle.zones[name] for name in names]

    def _circle(self, radius: float, lat: float) -> _Circle:
        key = (radius, lat)
        if key not in self._circles:
            assert self.ground is not None
            counties = self.ground.index("county")
            assert counties is not None
            around = disc(*self.body.handle, radius)
            land = land_around(counties, self.body, radius)
            tile = None if land is None else kept_inside(around, land, self.body, lat)
            self._circles[key] = _Circle(radius, lat, tile)
        return self._circles[key]

    # -- the check -----------------------------------------------------------------------------------------------------
    def _confirmed(
        self, there: Project, machine: Machine, decision: str, target: str, spot: tuple[float, float, float], lat: float
    ) -> Move | None:
        """The move to a spot, where asking there confirms it."""
        lon, there_lat, border = spot
        shape = self.body.moved(lon, there_lat)
        location = {"crs": "cgcs2000", "geometry": as_geojson(shape)}
        inquiry = self.screener.inquire(replace(there, location=location))
        outcome = machine.answer(inquiry.given, decision).outcomes[decision]
        if not came_out(machine.book, outcome, target):
            return None
        plain = replace(self.project, location=location)
        asked = self.screener.machine(plain.on, self.screener.events(plain))
        as_stated = asked.answer(self.screener.inquire(plain).given, decision).outcomes[decision].word
        distance, bearing = geodesic_m(self.body.handle, (lon, there_lat))
        facts = machine.book.facts
        turned = tuple(
            (name, facts[name].zh, self.now.get(name), placed.value) for name, placed in inquiry.placed.items()
            if placed.value != self.now.get(name)
        )  # fmt: skip
        # The outline elsewhere within the distance is off by what the latitudes there differ from the one it is drawn for.
        step = distance / 110_500.0
        own = self.body.handle[1]
        off = max(self.body.warp_m(lat, own - step), self.body.warp_m(lat, own + step)) + self.body.off_m
        return Move(
            distance, bearing, lon, there_lat, str(inquiry.where.get("county") or ""),
            max(min(border, distance) - 0.001, 0.0), off, self.room_m, shape, turned, outcome.word, as_stated,
        )  # fmt: skip


class _Search:
    """Cells of circles, asked; the land that answers as wanted, and why the rest does not."""

    def __init__(
        self,
        machine: Machine,
        decision: str,
        target: str,
        given: Mapping[str, Any],
        names: list[str],
        stay: Mapping[str, bool | None],
    ) -> None:
        self.machine, self.decision, self.target = machine, decision, target
        self.given, self.names, self.stay = dict(given), names, stay
        self._outcomes: dict[tuple[bool | None, ...], Outcome] = {}
        self._refused: list[tuple[Outcome, float]] = []

    def land(self, circle: _Circle, zones: list[Zone], aside: list[Any]) -> Any:
        """Where in a circle the decision comes out as wanted; None for nowhere."""
        self._refused = []
        good = []
        for cell in carve(circle.tile, zones) if circle.tile is not None else ():
            if cell.answers not in self._outcomes:
                facts = {n: v for n, v in zip(self.names, cell.answers, strict=True) if v is not None}
                answer = self.machine.answer(with_places(self.machine, self.given, facts), self.decision)
                self._outcomes[cell.answers] = answer.outcomes[self.decision]
            outcome = self._outcomes[cell.answers]
            if came_out(self.machine.book, outcome, self.target):
                told = dict(zip(self.names, cell.answers, strict=True))
                if all(told.get(name, value) == value for name, value in self.stay.items()):
                    good.append(cell.geometry)
            else:
                self._refused.append((outcome, measure(cell.geometry)))
        return less(joined(good), aside) if good else None

    def reasons(self) -> tuple[tuple[str, float], ...]:
        """Rules that decide otherwise (where it stays open: that may), with the share of the land where they do."""
        whole = sum(area for _, area in self._refused) or 1.0
        shares: dict[str, float] = {}
        for outcome, area in self._refused:
            for rule in outcome.deciding or outcome.open:
                shares[rule] = shares.get(rule, 0.0) + area / whole
        return tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def with_moves(mover: Mover, search: Turning, found: Turnings) -> Turnings:
    """Turns that move the site, each with its smallest move; and what comes of moving it alone, where no turn does only that."""
    if found.ending == "already" or not mover.possible:
        return found
    found.turns = [_moved(mover, search, item) for item in found.turns]
    if not any(all(change.act == "move" for change in item.changes) for item in found.turns):
        facts = search.book.facts
        keep = [name for name in search.stated if facts[name].act != "move"]
        alone = search.keeping(keep).run(1)
        alone.turns = [_moved(mover, search, item) for item in alone.turns]
        found.alone = alone
    return found


def _moved(mover: Mover, search: Turning, item: Turn) -> Turn:
    if not item.moves:
        return item
    # What a layer tells is told by the layer at the new place; the rest is as the turn has it.
    facts = {change.fact: change.after for change in item.changes if change.fact not in mover.now}
    facts |= {condition.fact: condition.value for condition in item.conditions}
    follows = frozenset(name for name, _, _ in item.follows)
    keep = [name for name in search.keep if name in mover.now]
    return replace(item, move=mover.find(search.decision, search.target, facts, follows, keep))


_COMPASS = [
    "北",
    "东北偏北",
    "东北",
    "东北偏东",
    "东",
    "东南偏东",
    "东南",
    "东南偏南",
    "南",
    "西南偏南",
    "西南",
    "西南偏西",
    "西",
    "西北偏西",
    "西北",
    "西北偏北",
]


def direction(bearing: float) -> str:
    """A bearing as one of sixteen directions.

    >>> direction(0.0), direction(44.0), direction(350.0)
    ('北', '东北', '北')
    """
    return _COMPASS[int((bearing % 360.0 + 11.25) // 22.5) % 16]
