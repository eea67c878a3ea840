"""What lies at a place: county, control units and what they demand, the overlay layers that it is in."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from greenrule.casework.placing import locate, touched_units
from greenrule.core.errors import Place
from greenrule.spatial.intake import read_site
from greenrule.web.api.access import within_rate
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
    where = Place("lon,lat")
    site = read_site({"point": [at.lon, at.lat], "crs": at.crs}, base_dir=Path(), where=where)
    with engine().asked() as screener:
        ground = screener.ground(at.on or date.today())
        assert ground is not None  # a server has a workspace
        found = locate(ground, site.geometry, where)
        layers = [
            {"layer": kind, "title": version.title, "demo": version.demo}
            for kind, version in sorted(ground.versions.items())
            if kind not in ("county", "city", "province", "control_unit") and ground.hits(kind, site.geometry)
        ]
        return {
            "point": [site.geometry.x, site.geometry.y], "county": found["county"], "city": found["city"],
            "units": touched_units(ground, site.geometry), "layers": layers,
            "notices": ["演示数据（非官方）"] if any(version.demo for version in ground.versions.values()) else [],
            "versions": screener.versions(at.on or date.today())["layers"],
        }  # fmt: skip
