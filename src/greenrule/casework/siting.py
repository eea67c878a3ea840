"""Where could it be built: the exact region of a province in which a project without a site would be admitted.

Only place facts that can still matter for the decision are drawn.  They cut each county into cells; every cell is asked
like a project there; cells with one answer and the same reasons are one area.  The region is that of a point: a project
with an extent must lie wholly inside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenrule.backends.trace import explain
from greenrule.casework.agreeing import overruled, overrulers
from greenrule.casework.ground import Ground
from greenrule.casework.project import Project
from greenrule.casework.screening import Screener
from greenrule.casework.situation import Machine
from greenrule.core.errors import Fault, InputFault, near
from greenrule.rules.nodes import Fact, In, Under
from greenrule.spatial.carving import Zone, carve, cut_out, joined
from greenrule.spatial.overlay import measure


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer: the decision, the rules that make it, the rules that may still change it, and what is missing for them.

    facts : the place facts that lead to it (id → value), one example where several do
    """

    decision: str
    deciding: tuple[str, ...]
    open: tuple[str, ...]
    missing: tuple[str, ...]
    facts: tuple[tuple[str, bool | None], ...] = field(compare=False, default=())


@dataclass(frozen=True, slots=True)
class Area:
    """A piece of one county with one verdict (polygons, degrees, EPSG:4490; m², equal-area)."""

    county: str
    city: str
    verdict: Verdict
    geometry: Any
    area_m2: float


@dataclass
class Siting:
    """The answer for a project: areas that together are the asked land."""

    project: Project
    areas: list[Area]
    relevant: tuple[str, ...]
    #: place facts that would matter but that no loaded layer tells
    untold: tuple[str, ...]
    remarks: list[str] = field(default_factory=list)
    #: the day of knowledge of the answer
    known: date | None = None

    def totals(self) -> dict[str, float]:
        """Decision → m², in the order of the decisions' strictness."""
        out: dict[str, float] = {}
        for area in self.areas:
            out[area.verdict.decision] = out.get(area.verdict.decision, 0.0) + area.area_m2
        return {word: out[word] for word in ("allowed", "undetermined", "restricted", "prohibited") if word in out}


def where(screener: Screener, project: Project, within: Any = None, progress: Any = None) -> Siting:
    """The areas of a province for one project; its own location, if any, is not looked at.

    within : shapely polygon (degrees, EPSG:4490) to which the question is confined, None for all counties
    progress : wraps the list of counties and yields them again, to show how far it is
    Errors: N010 (InputFault) without a workspace or without county outlines, N017 where within holds none of their land.
    """
    ground = screener.ground(project.on)
    counties = ground.index("county") if ground is not None else None
    if ground is None or counties is None:
        raise InputFault(no_counties(ground, project.place))
    machine = screener.machine(project.on, screener.events(project))
    given = dict(project.facts)
    zones = {
        name: zone
        for name, spec in screener.law.book.facts.items()
        if spec.place is not None and (zone := zone_of(screener, ground, name)) is not None
    }
    relevant = deciding_places(machine, given, zones)
    told = tuple(name for name in relevant if name in zones)
    asked = [zones[name] for name in told]
    siting = Siting(project, [], told, tuple(name for name in relevant if name not in zones), known=screener.known)
    verdicts: dict[tuple[bool | None, ...], Verdict] = {}
    tiles = list(_tiles(ground, within))
    if not tiles:
        why = "所给的范围与已加载的县没有重叠" if within is not None else "县级行政区图层里没有县"
        raise InputFault(Fault("N017", why, project.place, "核对范围的坐标系和经纬度次序，或已加载的县"))
    for county, city, tile in tiles if progress is None else progress(tiles):
        merged: dict[Verdict, list[Any]] = {}
        for cell in carve(tile, asked):
            if cell.answers not in verdicts:
                facts = dict(zip(told, cell.answers, strict=True))
                verdicts[cell.answers] = verdict_of(machine, given, facts)
            merged.setdefault(verdicts[cell.answers], []).append(cell.geometry)
        for verdict, shapes in merged.items():
            shape = joined(shapes)
            siting.areas.append(Area(county, city, verdict, shape, measure(shape)))
    return siting


def deciding_places(
    machine: Machine, given: Mapping[str, Any], told: Collection[str], goal: str = "access"
) -> tuple[str, ...]:
    """Place facts that can still matter for a decision of a project, in the vocabulary's order.

    told : place facts of which a layer speaks; its word goes before what the writer says or what follows from it.
    A rule that comes out the same whatever the place is left out: more knowledge never turns what is known.
    """
    book = machine.book
    loose = overrulers(machine.law, machine.on, given, told)
    values, derived = machine.complete(
        {name: value for name, value in given.items() if name not in told and name not in loose}
    )
    for name in derived:
        if not sources(machine, name, set()).isdisjoint(told):
            values.pop(name, None)
            values.pop(f"{name}^", None)
    answer = machine.program.run(values, goal)
    explanation = explain(machine.program, values, answer)
    wanted: set[str] = set()
    for rule, truth in answer.truths.items():
        if truth == 1 and rule in book.rules:
            for read in explanation.rule(rule).reads:
                if read.sort == "fact" and read.value is None:
                    wanted |= sources(machine, read.id, set())
    for name in wanted & loose.keys():  # a written fact that matters: where a layer overrules it, it is not known
        wanted |= loose[name]
    return tuple(name for name, spec in book.facts.items() if name in wanted and spec.place is not None)


def sources(machine: Machine, name: str, seen: set[str]) -> set[str]:
    """A fact and all facts from which it may be derived."""
    if name in seen:
        return seen
    seen.add(name)
    for item in machine.book.facts[name].derive:
        for part in (item.value, item.when):
            for node in part.walk() if part is not None else ():
                if isinstance(node, (Fact, In, Under)):
                    sources(machine, node.id if isinstance(node, Fact) else node.fact, seen)
    return seen


def zone_of(screener: Screener, ground: Ground, name: str) -> Zone | None:
    """How a place fact lies on the map; None where no loaded layer tells it."""
    kept: dict[str, Zone | None] = ground.__dict__.setdefault("_zones", {})
    if name not in kept:
        kept[name] = _zone(screener, ground, name)
    return kept[name]


def _zone(screener: Screener, ground: Ground, name: str) -> Zone | None:
    rule: Mapping[str, Any] = screener.law.book.facts[name].place or {}
    if rule.get("derive") == "cross_city":
        return Zone(name, None, elsewhere=None if ground.index("city") is None else False)  # a point lies in one city
    kind = str(rule["layer"])
    version, index = ground.versions.get(kind), ground.index(kind)
    if version is None or index is None:
        return None
    conditions: Mapping[str, Any] = rule.get("where") or {}
    columns = index.frame.columns
    elsewhere = False if version.complete and all(column in columns for column in conditions) else None
    yes = ground.rows(kind, conditions)
    if rule["relation"] == "within":
        reach, _ = screener.law.book.parameters[str(rule["distance"])].on(ground.on, ground.known)
        if reach is None:
            return Zone(name, None, elsewhere=None)
        return Zone(name, index, yes, (), elsewhere, float(reach))
    silent = [
        row for row in range(len(index.frame))
        if any(column in columns and columns[column][row] in (None, "") for column in conditions)
    ]  # fmt: skip
    return Zone(name, index, yes, silent, elsewhere)


def verdict_of(machine: Machine, given: Mapping[str, Any], facts: Mapping[str, bool | None]) -> Verdict:
    """What a project would be told where the place facts are these (a layer's word goes before the writer's)."""
    book = machine.book
    values = machine.complete(with_places(machine, given, facts))[0]
    answer = machine.program.run(values, "access")
    outcome = answer.outcomes["access"]
    explanation = explain(machine.program, values, answer)
    missing: dict[str, None] = {}
    for rule in outcome.open:
        for read in explanation.rule(rule).reads:
            if read.sort == "fact" and read.value is None:
                missing[read.id] = None
    order = {name: number for number, name in enumerate(book.facts)}
    return Verdict(
        outcome.word,
        tuple(sorted(outcome.deciding)),
        tuple(sorted(outcome.open)),
        tuple(sorted(missing, key=order.__getitem__)),
        tuple(facts.items()),
    )


def with_places(machine: Machine, given: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Written facts together with what layers tell of a place (None: silent), which goes first."""
    told = {name: value for name, value in facts.items() if value is not None}
    out = {**given, **told}
    for item in overruled(machine.law, machine.on, out, told):
        del out[item.fact]
    return out


def _tiles(ground: Ground, within: Any) -> Iterator[tuple[str, str, Any]]:
    """The asked part of each county with its name and city."""
    counties = ground.index("county")
    assert counties is not None
    for row, shape in enumerate(counties.frame.geometry):
        tile = shape if within is None else cut_out(shape, within)
        if tile is not None:
            item = counties.frame.row(row)
            yield str(item.get("name") or ""), str(item.get("city") or ""), tile


def no_counties(ground: Ground | None, place: Any) -> Fault:
    """N010: no county outlines; where there are some, but not on the day or not yet known, that is said."""
    versions = [] if ground is None else ground.workspace.versions("county")
    if ground is None or not versions:
        return Fault("N010", "没有县级行政区图层，不知道要在哪里找", place, "用 `--workspace` 指明装有图层的工作区")
    known = ground.known or ground.today
    asked = f"{ground.on} 这一天" + (f"（按 {known} 所知）" if known else "")
    have = "；".join(f"{item.recorded} 导入、自 {item.valid_from} 起有效" for item in versions[-3:])
    told = f"{asked}没有县级行政区图层，不知道要在哪里找"
    return Fault("N010", told, place, f"换 `--on`、`--known` 的日期，或不写 `--known`；工作区里有：{have}")


def land(ground: Ground, text: str, place: Any = None) -> Any:
    """The shape of a county, city or other named feature of the loaded layers.

    Errors: N010 where no county was known on the day; N011 with near names where nothing is called so.
    """
    names: list[str] = []
    for kind in ("city", "county", "park", "basin", "valley", "taixin_zone"):
        index = ground.index(kind)
        if index is None or "name" not in index.frame.columns:
            continue
        labels = [str(name) for name in index.frame.columns["name"]]
        rows = [
            row for row, label in enumerate(labels) if label == text or label.rstrip("市县区") == text.rstrip("市县区")
        ]
        if rows:
            return joined([index.frame.geometry[row] for row in rows])
        names += labels
    if ground.index("county") is None:
        raise InputFault(no_counties(ground, place))
    close = near(text, names)
    raise InputFault(
        Fault(
            "N011",
            f"没有名为 `{text}` 的地方",
            place,
            f"相近的有：{'、'.join(close)}" if close else "写县、市、园区的名称，或给一个面文件",
        )
    )
