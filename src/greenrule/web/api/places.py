"""What lies at a place: county, control units and what they demand, the layers that it is in, the rules that these bring."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from greenrule.casework.ground import Ground
from greenrule.casework.localrules import describe, local_rules
from greenrule.casework.placefinding import find_named, is_coordinates, names_on_map, only_in_part, read_typed
from greenrule.casework.placing import locate, place_facts, touched_units
from greenrule.casework.report_words import DEMO, LAYER, ZONE_CLASS
from greenrule.core.clock import china_today
from greenrule.core.errors import Place
from greenrule.core.tongue import said
from greenrule.spatial.intake import Site, read_site
from greenrule.store.filings.registers import projects_named
from greenrule.web.api.access import person, within_rate
from greenrule.web.engine import engine

router = Router()


class At(Schema):
    """A point, and the day."""

    lon: float
    lat: float
    crs: str = "cgcs2000"
    on: date | None = None


@router.get("/place", summary="一个地点的分区管控要求")
def place(request: HttpRequest, at: Query[At]) -> dict[str, Any]:
    """County, units and overlay layers at a point (`crs`: cgcs2000, wgs84, gcj02, bd09)."""
    within_rate(request)
    return at_place(at)


def at_place(at: At) -> dict[str, Any]:
    """What lies at a point."""
    site, where = _read(at)
    with engine().asked() as screener:
        ground = screener.ground(at.on or china_today())
        assert ground is not None  # a server has a workspace
        found = locate(ground, site.geometry, where)
        layers = [
            {
                "layer": kind,
                "label": LAYER.get(kind, kind),
                "title": version.title.replace(DEMO, "").strip(),
                "demo": version.demo,
            }
            for kind, version in sorted(ground.versions.items())
            if kind not in ("county", "city", "province", "control_unit") and ground.hits(kind, site.geometry)
        ]
        units = touched_units(ground, site.geometry)
        return {
            "point": [site.geometry.x, site.geometry.y], "county": found["county"], "city": found["city"],
            "units": [unit | {"label": ZONE_CLASS.get(unit["class"], unit["class"])} for unit in units], "layers": layers,
            "notes": list(site.notes), "notices": _notices(ground),
            "versions": screener.versions(at.on or china_today())["layers"],
        }  # fmt: skip


@router.get("/place/rules", summary="一个地点带来的规定")
def rules_of_place(request: HttpRequest, at: Query[At]) -> dict[str, Any]:
    """For each fact that the layers establish at a point: the rules that may hold because of it, heaviest first, with citations."""
    within_rate(request)
    site, where = _read(at)
    on = at.on or china_today()
    with engine().asked() as screener:
        ground = screener.ground(on)
        assert ground is not None
        cities = locate(ground, site.geometry, where)["cities"]
        placed = place_facts(screener.law, ground, site.geometry, cities)
        machine = screener.machine(on)
        found = local_rules(screener.law, machine, {name: one.value for name, one in placed.items() if one.value is not None})  # fmt: skip
        return {
            "on": on.isoformat(),
            "items": [
                {"fact": one.fact, "label": one.label, "rules": [describe(screener.law, machine, rule) for rule in one.rules]}
                for one in found
            ],
            "notices": _notices(ground),
        }  # fmt: skip


@router.get("/places", summary="按地名或坐标找地点")
def find_places(request: HttpRequest, q: str, crs: str = "", limit: Query[int] = 10) -> dict[str, Any]:
    """Coordinates as people type them, or names of counties, parks, units and protected areas in the loaded layers.

    There are no streets: an address is found as far as the county named in it.  Who may read filings also finds projects of the area by
    name.  `in_doubt`: nobody said the reference system, and it
    makes a difference; whoever uses the point should not say one either.
    """
    within_rate(request)
    with engine().asked() as screener:
        ground = screener.ground(china_today())
        assert ground is not None
        if is_coordinates(q):
            site = read_typed(ground, q, crs.strip() or None)
            point = [round(site.geometry.x, 7), round(site.geometry.y, 7)]
            item = {"kind": "point", "label": "坐标", "name": q.strip(), "within": None, "point": point, "bounds": None, "demo": False}  # fmt: skip
            return {"items": [item], "crs": site.crs, "in_doubt": site.in_doubt, "notes": list(site.notes)}
        found = find_named(ground, q, max(1, min(limit, 50)))
        items = [
            {"kind": one.kind, "label": one.label, "name": one.name, "within": one.within, "point": list(one.point),
             "bounds": list(one.bounds), "demo": one.demo}
            for one in found
        ]  # fmt: skip
        items += [
            {
                "kind": "project",
                "label": "申报项目",
                "name": row.name,
                "within": row.county or None,
                "point": [row.lon, row.lat],
                "bounds": None,
                "demo": row.demo,
            }
            for row in projects_named(person(request), q, max(0, min(limit, 50) - len(items)))
        ]
        notes = []
        if not items:
            notes = [said("图层里没有这个名称；没有门牌地址库，可改写县（市、区）、园区、管控单元的名称或坐标")]
        elif only_in_part(found, q) and len(items) == len(found):
            notes = [said("没有门牌地址库，只找到其中写到的地方，所示是它中间的一点；请在地图上点准位置")]
        return {"items": items, "crs": None, "in_doubt": False, "notes": notes}


@router.get("/places/names", summary="地图上写的市县名")
def names(request: HttpRequest) -> dict[str, Any]:
    """Cities and counties with one point inside each, for the names on a map."""
    within_rate(request)
    with engine().asked() as screener:
        ground = screener.ground(china_today())
        assert ground is not None
        return {"items": [{"kind": one.kind, "name": one.name, "point": list(one.point)} for one in names_on_map(ground)]}  # fmt: skip


def _read(at: At) -> tuple[Site, Place]:
    where = Place("lon,lat")
    return read_site({"point": [at.lon, at.lat], "crs": at.crs}, base_dir=Path(), where=where), where


def _notices(ground: Ground) -> list[str]:
    return [DEMO] if any(version.demo for version in ground.versions.values()) else []
