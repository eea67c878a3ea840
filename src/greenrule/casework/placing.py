"""From place to facts: what the layers say about one geometry, as typed facts with provenance.

The rule language never sees a geometry; it sees `site.red_line = true, from layer ecological_red_line@1a2b3c4d`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenrule.casework.ground import Asks, Ground
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.book import Law
from greenrule.rules.book import FactSpec
from greenrule.spatial.nearness import distance_to_lines_m, near_any, signed_distance_m, unsure_rows
from greenrule.spatial.overlay import Hit


@dataclass(frozen=True, slots=True)
class Placed:
    """One site fact: its value (None: the layer cannot tell), where it comes from, and how far the boundary is.

    `flip_m`: metres by which the boundary would have to move for the value to turn (positive outside, negative
    inside); None where the boundary is farther than the look-around or was not measured.
    """

    value: bool | None
    source: str
    layer: str | None = None
    flip_m: float | None = None
    accuracy_m: float | None = None
    on_boundary: bool = False


#: How far around a site boundaries are looked for that would turn a decision: metres. Not a legal distance.
REACH_M = 2000.0


def in_layers(ground: Ground, geometry: Any) -> bool:
    """Whether a geometry meets any of the loaded counties; without counties nobody can say that it does not."""
    return ground.index("county") is None or bool(ground.hits("county", geometry))


def locate(ground: Ground, geometry: Any, place: Place) -> dict[str, Any]:
    """County and city of a geometry; a site wholly outside the loaded counties is a fault (J030)."""
    out: dict[str, Any] = {"county": None, "city": None, "counties": [], "cities": [], "covered": 1.0}
    for kind in ("county", "city"):
        index = ground.index(kind)
        if index is None:
            continue
        hits = sorted(ground.hits(kind, geometry), key=lambda hit: -hit.share)
        names = [str(index.frame.row(hit.row).get("name")) for hit in hits]
        if kind == "county":
            out["covered"] = min(sum(hit.share for hit in hits), 1.0) if geometry.geom_type != "Point" else 1.0
        if kind == "county" and not names:
            raise InputFault(
                Fault("J030", "项目位置不在已加载图层的范围内", place, "核对坐标系与经纬度次序；或导入该地区的图层")
            )
        out[kind] = names[0] if names else None
        out["counties" if kind == "county" else "cities"] = names
    return out


def settled_enough(ground: Ground, readings: Sequence[tuple[str, Any]], place: Place) -> None:
    """Refuse (J030) a site that lies outside the layers as assumed but not in another system: the writer has to say which.

    readings : every reading of the coordinates, system and geometry, the working assumption first
    """
    assumed, *others = readings
    if in_layers(ground, assumed[1]):
        return
    inside = "、".join(crs for crs, geometry in others if in_layers(ground, geometry))
    if inside:
        message = f"坐标系未注明，按 {assumed[0]} 项目位置不在已加载图层的范围内"
        raise InputFault(Fault("J030", message, place, f"按 {inside} 读则在范围内：用 crs 注明坐标系"))


def touched_units(ground: Ground, geometry: Any) -> list[dict[str, Any]]:
    """Control units that a geometry touches, largest share first, with area (m², equal-area) for polygons."""
    index = ground.index("control_unit")
    if index is None:
        return []
    out = []
    for hit in sorted(ground.hits("control_unit", geometry), key=lambda hit: (-hit.share, hit.row)):
        if hit.share <= 0:  # an edge in common is not a unit touched; the boundary doubt tells of it
            continue
        row = index.frame.row(hit.row)
        unit = {key: row.get(key) for key in ("code", "name", "class", "subtype", "county")}
        unit["share"] = round(float(hit.share), 6)
        unit["area_m2"] = round(float(hit.measure), 1) if geometry.geom_type.endswith("Polygon") else None
        for key in ("spatial_constraint", "pollution_control", "risk_control", "resource_efficiency"):
            if row.get(key):
                unit[key] = row[key]
        out.append(unit)
    return out


#: What counts as lying exactly on a border where the layer states no accuracy: not a legal distance.
_ON_BORDER_M = 0.05


def unsure_units(ground: Ground, geometry: Any) -> list[tuple[dict[str, Any], float, float | None]]:
    """Control units of which the layer leaves open whether the site touches them: signed distance and accuracy in metres."""
    index = ground.index("control_unit")
    if index is None:
        return []
    accuracy = ground.versions["control_unit"].accuracy_m
    shares = {hit.row: hit.share for hit in ground.hits("control_unit", geometry)}
    found = unsure_rows(index, geometry, accuracy or _ON_BORDER_M, shares)
    return [(index.frame.row(row), round(away, 1), accuracy) for row, away in found]


def place_facts(
    law: Law, ground: Ground, geometry: Any, cities: list[str], names: Iterable[str] | None = None
) -> dict[str, Placed]:
    """All facts of the vocabulary that a layer answers for this geometry, or those of some names."""
    out: dict[str, Placed] = {}
    facts = law.book.facts
    for spec in ground.placed(facts if names is None else {name: facts[name] for name in names}):
        found = _place(law, ground, geometry, spec, cities)
        if found is not None:
            out[spec.id] = found
    return out


def _place(law: Law, ground: Ground, geometry: Any, spec: FactSpec, cities: list[str]) -> Placed | None:
    rule: Mapping[str, Any] = spec.place or {}
    if rule.get("derive") == "cross_city":
        return Placed(len(cities) > 1, ground.source("city")) if cities else None
    asks = ground.asks(spec)
    if asks is None:
        return None
    if rule["relation"] == "within":
        return _within(law, ground, geometry, asks)
    met = ground.hits(asks.kind, geometry)
    if not met:  # as nearly everywhere
        found = ground.absent.get(spec.id)
        if found is None:
            value = False if asks.version.complete and asks.known else None
            found = ground.absent[spec.id] = Placed(value, asks.source, asks.kind, None, asks.version.accuracy_m)
        return found
    hits = [hit for hit in met if asks.counts[hit.row]]
    inside = [hit for hit in hits if hit.share > 0 or not hit.on_boundary]
    value = True if inside else False if asks.version.complete and not _silent(asks, met) else None
    return Placed(
        value, asks.source, asks.kind, None, asks.version.accuracy_m, on_boundary=any(hit.on_boundary for hit in hits)
    )


def _silent(asks: Asks, met: Iterable[Hit]) -> bool:
    """Whether a layer cannot tell: it lacks a column that the question needs, or a touched feature leaves it empty."""
    columns = asks.index.frame.columns
    return not asks.known or any(
        columns[name][hit.row] in (None, "") for hit in met if hit.share > 0 for name in asks.where
    )


def _within(law: Law, ground: Ground, geometry: Any, asks: Asks) -> Placed:
    reach, _ = law.book.parameters[str(asks.rule["distance"])].on(ground.on, ground.known)
    if reach is None:
        return Placed(None, asks.source, asks.kind)
    complete = asks.version.complete
    if len(asks.rows) and not near_any(asks.index, geometry, asks.rows, float(reach) + REACH_M):
        return Placed(False if complete else None, asks.source, asks.kind, None, asks.version.accuracy_m)
    distance = distance_to_lines_m(asks.index, geometry, asks.rows)
    if distance is None:
        return Placed(False if complete and asks.known else None, asks.source, asks.kind)
    flip = round(distance - float(reach), 1)
    return Placed(flip <= 0 or (False if complete else None), asks.source, asks.kind, flip, asks.version.accuracy_m)


def measure(law: Law, ground: Ground, geometry: Any, name: str, placed: Placed) -> Placed:
    """The same fact with its flip distance measured (lazily: only boundaries that matter are measured)."""
    asks = None if placed.flip_m is not None or placed.layer is None else ground.asks(law.book.facts[name])
    if asks is None or asks.rule.get("relation") != "intersects":
        return placed
    distance = signed_distance_m(asks.index, geometry, asks.rows)
    if distance is None:
        return placed
    return Placed(
        placed.value, placed.source, placed.layer, round(float(distance), 1), placed.accuracy_m, placed.on_boundary
    )


def within_reach(law: Law, ground: Ground, geometry: Any, name: str, placed: Placed) -> bool:
    """Whether a fact that does not hold would hold within `REACH_M` of the site (a cheap look before measuring)."""
    if placed.flip_m is not None:
        return abs(placed.flip_m) <= REACH_M
    asks = None if placed.layer is None else ground.asks(law.book.facts[name])
    return asks is not None and ground.near(asks, geometry, REACH_M)


def county_code(ground: Ground | None, county: str | None, city: str | None) -> str | None:
    """The code of a county by its name and its city's, as the layer has it; None where it has none."""
    index = ground.index("county") if ground is not None else None
    if index is None or not county:
        return None
    for row in range(len(index.frame)):
        found = index.frame.row(row)
        if str(found.get("name")) == county and (not city or str(found.get("city") or city) == city):
            code = str(found.get("code") or "")
            return code if len(code) == 6 and code.isdigit() else None
    return None
