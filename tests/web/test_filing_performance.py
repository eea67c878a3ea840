"""How filings were handled within their periods, counted by who handles them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenrule.core.clock import china_today
from tests.web.filing_world import World, make_world, opened, send, step

pytestmark = pytest.mark.both


@pytest.fixture(scope="module")
def world(served: Any) -> World:
    return make_world()


def test_filings_are_counted_by_what_became_of_them_in_time(world: World) -> None:
    def counted(who: str, query: str = "") -> dict[str, int]:
        found = world.client(who).get(f"/api/v1/filings/performance{query}").json()
        name = world.organisations["county"].name
        row = next((item for item in found["items"] if item["organisation"] == name), None)
        return row or dict.fromkeys(found["columns"], 0)

    today = china_today()
    query = f"?since={today - timedelta(days=300)}&until={today}"
    before = counted("officer", query)
    quick = step(world, "window", opened(world, "eia_form"), "received").json()
    quick = step(world, "window", quick, "accepted").json()
    slow = step(world, "window", opened(world, "eia_form"), "received", day=today - timedelta(days=200)).json()
    step(world, "window", opened(world, "eia_form"), "received", day=today - timedelta(days=200))
    for case in (quick, slow):
        body = {"version": case["version"], "decision": "approved", "reason": "已核实"}
        assert send(world.client("officer"), f"/cases/{case['id']}/decision", body).status_code == 200
    after = counted("officer", query)
    grown = {
        key: after[key] - before[key] for key in ("received", "decided", "in_time", "too_late", "open_late", "against")
    }
    assert grown == {"received": 3, "decided": 2, "in_time": 1, "too_late": 1, "open_late": 1, "against": 2}
    # Those received long ago are outside a short period; nobody elsewhere sees any of it.
    assert counted("officer", f"?since={today}")["too_late"] == 0
    assert counted("stranger", query)["received"] == 0
    backwards = world.client("officer").get(f"/api/v1/filings/performance?since={today}&until=2020-01-01")
    assert [fault["code"] for fault in backwards.json()["faults"]] == ["DSK085"]
    sheet = world.client("officer").get(f"/api/v1/filings/performance.csv{query}").content.decode("utf-8-sig")
    assert f"{world.organisations['county'].name},140981,{after['received']}," in sheet
    assert world.client("firm").get("/api/v1/filings/performance").status_code == 403
