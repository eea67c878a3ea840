"""Real plants of the province are placed in the county that the register names, and every one gets a finding."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from random import Random

import pytest
import shapely

from greenrule.casework import placing
from greenrule.casework.placing import place_facts
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.store.workspace import Workspace
from tests.cli.workspace import ROOT, shared_demo, shared_law

DATA = ROOT.parent / "shared" / "data"
#: Plants whose coordinates are marked approximate and lie beyond the border of the county named; none so far.
ELSEWHERE: dict[str, str] = {}


def _rows(pattern: str) -> list[dict[str, str]]:
    found = sorted(DATA.glob(pattern))
    if not found:
        pytest.skip(f"no {pattern} in {DATA.name}/: the real plants are not at hand")
    with found[0].open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def screener(tmp_path_factory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


def _screened(screener: Screener, name: str, industry: str, lon: str, lat: str, facts: dict[str, str]) -> str:
    project = {"name": name, "on": "2026-11-21", "industry": industry, "nature": "new", "facts": facts,
               "location": {"crs": "wgs84", "point": [float(lon), float(lat)]}}  # fmt: skip
    finding = screener.screen(project_from(project, screener.law))
    assert finding["decision"] in ("prohibited", "restricted", "allowed", "undetermined")
    assert finding["units"]
    return finding["site"]["county"]


def test_every_steel_plant_has_a_finding(screener):
    """26 plants, county by point as in the register."""
    rows = _rows("gem_gist_*.csv")
    found = {
        row["plant-id"]: _screened(screener, row["plant-name-(other-language)"], "3110", row["lng"], row["lat"], {})
        for row in rows
    }

    assert len(rows) == 26
    assert [
        row["plant-id"]
        for row in rows
        if found[row["plant-id"]] != ELSEWHERE.get(row["plant-id"], row["district_name"])
    ] == []


def test_every_coal_power_unit_has_a_finding(screener: Screener, tmp_path: Path):
    """369 units; the units of one place are one question about the place."""
    rows = _rows("gem_gcpt_*.csv")
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row["Longitude"], row["Latitude"])
        if key not in found:
            found[key] = _screened(
                screener,
                row["Plant name (local)"] or row["Plant name"],
                "4411",
                key[0],
                key[1],
                {"capacity": f"{row['Capacity (MW)']} 兆瓦"},
            )

    assert len(rows) == 369
    wrong = [
        row["GEM unit/phase ID"] for row in rows
        if found[row["Longitude"], row["Latitude"]] != ELSEWHERE.get(row["GEM unit/phase ID"], row["district_name"])
    ]  # fmt: skip
    assert wrong == []


def test_a_line_far_away_is_not_measured_and_tells_the_same(screener: Screener, monkeypatch: pytest.MonkeyPatch):
    """Where boxes show that a river is out of reach nothing is measured; the value is that of the measured distance."""
    ground = screener.ground(date(2026, 11, 21))
    west, south, east, north = shapely.total_bounds(ground.index("county").frame.geometry).tolist()
    random, skipped, measured = Random(8), 0, 0
    names = [name for name, spec in screener.law.book.facts.items() if (spec.place or {}).get("relation") == "within"]
    for _ in range(60):
        point = shapely.Point(random.uniform(west, east), random.uniform(south, north))
        quick = place_facts(screener.law, ground, point, [], names)
        with monkeypatch.context() as patch:
            patch.setattr(placing, "near_any", lambda *_: True)
            slow = place_facts(screener.law, ground, point, [], names)
        for name, found in quick.items():
            assert found.value == slow[name].value
            if found.flip_m is None:
                assert slow[name].flip_m > placing.REACH_M
                skipped += 1
            else:
                assert found == slow[name]
                measured += 1
    assert skipped
    assert measured
