"""From place to facts: what the layers say about one geometry, as typed facts with provenance.

The rule language never sees a geometry; it sees `site.red_line = true, from layer ecological_red_line@1a2b3c4d`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.book import Law
from greenrule.rules.book import FactSpec
from greenrule.spatial.nearness import distance_to_lines_m, near_any, signed_distance_m, unsure_rows
from greenrule.spatial.overlay import Hit, LayerIndex
from greenrule.spatial.overlay import measure as measure_of
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace


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


@dataclass
class Ground:
    """The layers that hold on a day as known on another, indexed when first asked."""

    workspace: Workspace
    on: date
    known: date | None = None
    versions: dict[str, LayerVersion] = field(default_factory=dict)
    #: kind → "sha256:…": exactly these versions, whatever was imported since
    pinned: Mapping[str, str] | None = None
    #: what counts as today where no day of knowledge is given
    today: date | None = None
    #: layers that are open already, and where those opened here are put
    opened: MutableMapping[LayerVersion, LayerIndex] = field(default_factory=dict)
    _indexes: dict[str, LayerIndex] = field(default_factory=dict)
    _rows: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    #: hits of the geometry asked last, by layer kind: one screening asks the same question several times
    _asked: tuple[Any, float | None, dict[str, list[Hit]]] = (None, None, {})
    #: what `expect` was told, by the geometries' bytes, and the hits of all of them, by layer kind
    _expected: tuple[Any, list[bytes]] | None = None
    _many: dict[str, dict[bytes, list[Hit]]] = field(default_factory=dict)
    #: the geometry asked last and its bytes: it is asked of one layer after another
    _keyed: tuple[Any, bytes] = (None, b"")

    def __post_init__(self) -> None:
        if self.pinned is None:
            self.versions = self.workspace.layers(self.on, self.known or self.today)
        else:
            wanted = set(self.pinned.items())
            self.versions = {v.kind: v for v in self.workspace.versions() if (v.kind, f"sha256:{v.sha256}") in wanted}

    def index(self, kind: str) -> LayerIndex | None:
        """The index of a layer kind, None where the workspace holds none."""
        version = self.versions.get(kind)
        if version is None:
            return None
        if kind not in self._indexes:
            found = self.opened.get(version)
            if found is None:
                found = self.opened[version] = self.workspace.index(version)
            self._indexes[kind] = found
        return self._indexes[kind]

    def rows(self, kind: str, where: Mapping[str, Any]) -> tuple[int, ...]:
        """Features of a layer whose attributes match."""
        key = (kind, repr(sorted(where.items())))
        if key not in self._rows:
            index = self.index(kind)
            assert index is not None
            columns = index.frame.columns
            self._rows[key] = tuple(
                row for row in range(len(index.frame))
                if all(name in columns and _matches(columns[name][row], wanted) for name, wanted in where.items())
            )  # fmt: skip
        return self._rows[key]

    def expect(self, geometries: Sequence[Any]) -> None:
        """Say which geometries will be asked; each layer then answers for all of them at once, when first asked.

        Answers stay the same.  Worth it from some hundred sites on; an empty sequence forgets them.
        """
        from greenrule.spatial.index.exact import SiteBatch

        keys = [bytes(geometry.wkb) for geometry in geometries]
        self._expected = (SiteBatch(list(geometries)), keys) if keys else None
        self._many = {}

    def _expected_hits(self, kind: str, index: LayerIndex, geometry: Any) -> list[Hit] | None:
        if self._expected is None:
            return None
        if kind not in self._many:
            batch, keys = self._expected
            self._many[kind] = dict(zip(keys, index.hits_of_sites(batch), strict=True))
        if self._keyed[0] is not geometry:
            self._keyed = (geometry, bytes(geometry.wkb))
        return self._many[kind].get(self._keyed[1])

    def hits(self, kind: str, geometry: Any) -> list[Hit]:
        """Features of a layer that a geometry meets."""
        index = self.index(kind)
        assert index is not None
        known = self._expected_hits(kind, index, geometry)
        if known is not None:
            return known
        if self._asked[0] is not geometry:
            whole = measure_of(geometry) if geometry.geom_type not in ("Point", "MultiPoint") else None
            self._asked = (geometry, whole, {})
        kept = self._asked[2]
        if kind not in kept:
            kept[kind] = index.hits(geometry, whole=self._asked[1])
        return kept[kind]

    def source(self, kind: str) -> str:
        """How a finding names the layer version."""
        version = self.versions[kind]
        return f"layer:{kind}@{version.sha256[:12]}"


def _matches(cell: Any, wanted: Any) -> bool:
    options = {str(item).lower() for item in (wanted if isinstance(wanted, list) else [wanted])}
    cells = cell if isinstance(cell, (list, tuple)) else str(cell).replace("；", ";").replace(",", ";").split(";")
    return any(str(item).strip().lower() in options for item in cells)


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
    for spec in law.book.facts.values() if names is None else (law.book.facts[name] for name in names):
        if spec.place is None:
            continue
        found = _place(law, ground, geometry, spec, cities)
        if found is not None:
            out[spec.id] = found
    return out


def _place(law: Law, ground: Ground, geometry: Any, spec: FactSpec, cities: list[str]) -> Placed | None:
    rule: Mapping[str, Any] = spec.place or {}
    if rule.get("derive") == "cross_city":
        return Placed(len(cities) > 1, ground.source("city")) if cities else None
    kind = str(rule["layer"])
    version = ground.versions.get(kind)
    index = ground.index(kind)
    if version is None or index is None:
        return None
    rows = ground.rows(kind, rule.get("where") or {})
    if rule["relation"] == "within":
        return _within(law, ground, geometry, rule, kind, version, rows)
    chosen = set(rows)
    hits = [hit for hit in ground.hits(kind, geometry) if hit.row in chosen]
    inside = [hit for hit in hits if hit.share > 0 or not hit.on_boundary]
    value: bool | None = True if inside else False if version.complete else None
    if value is False and _silent(ground, kind, rule.get("where") or {}, geometry):
        value = None
    return Placed(
        value, ground.source(kind), kind, None, version.accuracy_m, on_boundary=any(hit.on_boundary for hit in hits)
    )


def _silent(ground: Ground, kind: str, where: Mapping[str, Any], geometry: Any) -> bool:
    """Whether a layer cannot tell: it lacks a column that the question needs, or a touched feature leaves it empty."""
    index = ground.index(kind)
    assert index is not None
    columns = index.frame.columns
    if any(name not in columns for name in where):
        return True
    return any(
        columns[name][hit.row] in (None, "") for name in where for hit in ground.hits(kind, geometry) if hit.share > 0
    )


def _within(
    law: Law,
    ground: Ground,
    geometry: Any,
    rule: Mapping[str, Any],
    kind: str,
    version: LayerVersion,
    rows: tuple[int, ...],
) -> Placed:
    reach, _ = law.book.parameters[str(rule["distance"])].on(ground.on, ground.known)
    index = ground.index(kind)
    assert index is not None
    if reach is None:
        return Placed(None, ground.source(kind), kind)
    known = all(name in index.frame.columns for name in rule.get("where") or {})
    distance = distance_to_lines_m(index, geometry, rows)
    if distance is None:
        return Placed(False if version.complete and known else None, ground.source(kind), kind)
    flip = round(distance - float(reach), 1)
    return Placed(
        flip <= 0 or (False if version.complete else None), ground.source(kind), kind, flip, version.accuracy_m
    )


def measure(law: Law, ground: Ground, geometry: Any, name: str, placed: Placed) -> Placed:
    """The same fact with its flip distance measured (lazily: only boundaries that matter are measured)."""
    rule: Mapping[str, Any] = law.book.facts[name].place or {}
    if placed.flip_m is not None or placed.layer is None or rule.get("relation") != "intersects":
        return placed
    index = ground.index(placed.layer)
    assert index is not None
    distance = signed_distance_m(index, geometry, ground.rows(placed.layer, rule.get("where") or {}))
    if distance is None:
        return placed
    return Placed(
        placed.value, placed.source, placed.layer, round(float(distance), 1), placed.accuracy_m, placed.on_boundary
    )


#: How far around a site boundaries are looked for that would turn a decision: metres. Not a legal distance.
REACH_M = 2000.0


def within_reach(law: Law, ground: Ground, geometry: Any, name: str, placed: Placed) -> bool:
    """Whether a fact that does not hold would hold within `REACH_M` of the site (a cheap look before measuring)."""
    if placed.flip_m is not None:
        return abs(placed.flip_m) <= REACH_M
    rule: Mapping[str, Any] = law.book.facts[name].place or {}
    if placed.layer is None or "layer" not in rule:
        return False
    index = ground.index(placed.layer)
    assert index is not None
    return near_any(index, geometry, ground.rows(placed.layer, rule.get("where") or {}), REACH_M)


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
