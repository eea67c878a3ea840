"""Papers of a case, and its site on the map."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenrule.core.clock import china_today
from tests.web.filing_world import World, accepted, make_world

pytestmark = pytest.mark.both


@pytest.fixture(scope="module")
def world(served: Any) -> World:
    return make_world()


def test_papers_of_a_case(world: World) -> None:
    case = accepted(world)
    for which in ("notice", "commitment", "publication"):
        text = world.client("officer").get(f"/api/v1/filings/cases/{case['id']}/papers/{which}.text")
        assert text.status_code == 200
        assert "某焦化项目" in text.content.decode()
    publication = (
        world.client("officer")
        .get(f"/api/v1/filings/cases/{case['id']}/papers/publication.html?decision=approved&reason=已核实&contact=0350")
        .content.decode()
    )
    assert "与审查结论不一致，理由：已核实" in publication
    period = case["published"]["merged"]
    assert (period["days"], period["counting"], period["sure"]) == (10, "working", False)
    assert f"至 {period['end']}（自 {china_today()} 起不少于 10 个工作日，生态环境部令第4号第22条" in publication
    assert "请核对原文" in publication
    form = accepted(world, "eia_form")
    assert form["published"] == {"proposed": None, "merged": None}
    blank = world.client("officer").get(f"/api/v1/filings/cases/{form['id']}/papers/publication.text").content.decode()
    assert "公示期限：至 ________。" in blank
    assert world.client("firm").get(f"/api/v1/filings/mine/{case['id']}/papers/notice.docx").content[:2] == b"PK"
    assert world.client("officer").get(f"/api/v1/filings/cases/{case['id']}/papers/notice.xls").status_code == 404


def test_the_site_of_a_finding_on_the_map(world: World, client: Any) -> None:
    import shapely

    found = client.get(f"/api/v1/findings/{world.finding}/site").json()["features"]
    finding = client.get(f"/api/v1/findings/{world.finding}").json()
    *units, site = found
    assert site["properties"] == {"what": "site"}
    assert [unit["properties"]["code"] for unit in units] == [unit["code"] for unit in finding["units"]]
    assert units[0]["properties"]["class_label"].endswith("单元")
    point = shapely.from_geojson(json.dumps(site["geometry"]))
    assert shapely.from_geojson(json.dumps(units[0]["geometry"])).distance(point) < 0.001
    raw = {"name": "没有场址", "industry": "2521", "nature": "new"}
    made = client.post("/api/v1/findings?save=true", json.dumps(raw), content_type="application/json").json()
    assert client.get(f"/api/v1/findings/{made['id']}/site").json()["features"] == []
    assert client.get("/api/v1/findings/F0/site").status_code == 404
