"""What a finding says when place or time is not as plain as it looks."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import shapely

from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.casework.verifying import verify
from greenrule.core.errors import InputFault
from greenrule.spatial.nearness import signed_distance_m
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_law


@pytest.fixture(scope="module")
def screener(demo_workspace) -> Screener:
    """Over the demonstration workspace."""
    return Screener(shared_law(), demo_workspace)


def screened(screener: Screener, location: dict, **rest: object) -> dict:
    """The finding of a coking plant at a place."""
    project = {"name": "甲", "on": "2026-11-21", "industry": "2521", "nature": "new", "location": location, **rest}
    return screener.screen(project_from(project, screener.law))


def boundary_point(screener: Screener) -> tuple[float, float]:
    """A corner of a red line that is no other red line's corner."""
    ground = screener.ground(date(2026, 11, 21))
    assert ground is not None
    index = ground.index("ecological_red_line")
    assert index is not None
    for part in index.parts:
        for corner in part.exterior.coords:
            if abs(signed_distance_m(index, shapely.Point(corner)) or 0.0) < 0.01:
                return corner
    raise AssertionError("no outer corner")


def test_a_line_that_leaves_the_province_is_not_told_no(screener):
    """What lies outside the loaded counties is unknown: a layer's "not in it" holds for the part inside only."""
    line = {"crs": "cgcs2000", "geometry": {"type": "LineString", "coordinates": [[113.0, 37.8], [116.4, 39.9]]}}
    finding = screened(screener, line)
    inside = screened(
        screener, {"crs": "cgcs2000", "geometry": {"type": "LineString", "coordinates": [[113.0, 37.8], [113.1, 37.9]]}}
    )

    assert any("范围之外" in doubt["message"] for doubt in finding["doubts"])
    assert not any("范围之外" in doubt["message"] for doubt in inside["doubts"])
    assert len(finding["missing"]) > len(inside["missing"])


def test_a_site_exactly_on_a_border_raises_a_doubt(screener):
    """Covered by the zone, and said to lie on its border."""
    lon, lat = boundary_point(screener)
    finding = screened(screener, {"crs": "cgcs2000", "point": [lon, lat]})
    doubts = [doubt for doubt in finding["doubts"] if doubt["kind"] == "boundary" and doubt["fact"] == "site.red_line"]

    assert doubts
    assert "恰在边界上" in doubts[0]["message"]


def test_a_boundary_nearer_than_the_layer_is_exact_raises_a_doubt(screener):
    """Five metres outside, with a stated accuracy of ten."""
    lon, lat = boundary_point(screener)
    found = []
    for east, north in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)):
        step = 5 / 111_000
        finding = screened(screener, {"crs": "cgcs2000", "point": [lon + east * step, lat + north * step]})
        found += [
            doubt for doubt in finding["doubts"] if doubt["kind"] == "boundary" and doubt["fact"] == "site.red_line"
        ]

    assert found
    assert all(abs(doubt["distance_m"]) < 10 for doubt in found)


def test_two_datums_with_two_verdicts_are_told(screener):
    """Without a stated datum a point near a border may lie on either side: the finding says so."""
    ground = screener.ground(date(2026, 11, 21))
    assert ground is not None
    index = ground.index("water_source")
    assert index is not None
    told = set()
    for part in index.parts[:60]:
        lon, lat = part.centroid.coords[0]
        finding = screened(screener, {"point": [lon, lat]}, facts={"red_line.limited_activity": "否"})
        told |= {doubt["kind"] for doubt in finding["doubts"]}
        if "datum" in told:
            break

    assert "datum" in told
    stated = screened(screener, {"crs": "cgcs2000", "point": [lon, lat]}, facts={"red_line.limited_activity": "否"})
    assert not any(doubt["kind"] == "datum" for doubt in stated["doubts"])


def near_the_edge(screener: Screener, inward: float) -> shapely.Point:
    """A point so far (degrees) inside the western edge of the province; negative: outside it."""
    ground = screener.ground(date(2026, 11, 21))
    assert ground is not None
    index = ground.index("county")
    assert index is not None
    province = shapely.union_all(list(index.frame.geometry))
    for lat in (38.5, 38.0, 37.0, 39.0):
        west, *_ = shapely.intersection(province, shapely.LineString([(109.0, lat), (116.0, lat)])).bounds
        point = shapely.Point(west + inward, lat)
        if shapely.contains(province, point) == (inward > 0):
            return point
    raise AssertionError("no such place")


def test_a_datum_that_leads_out_of_the_layers_is_a_doubt(screener):
    """Near the edge of the province GCJ-02 and BD-09 would put the site outside: told, not refused."""
    point = near_the_edge(screener, 0.003)
    finding = screened(screener, {"point": [point.x, point.y]})
    told = [doubt["message"] for doubt in finding["doubts"] if doubt["kind"] == "datum"]

    assert any("按 gcj02 场址在已加载图层的范围之外" in message for message in told)
    stated = screened(screener, {"crs": "cgcs2000", "point": [point.x, point.y]})
    assert not any(doubt["kind"] == "datum" for doubt in stated["doubts"])
    assert stated["decision"] == finding["decision"]


def test_a_site_inside_in_another_datum_only_must_say_which(screener):
    """As CGCS2000 it lies outside the province, as another system inside: nobody guesses."""
    ground = screener.ground(date(2026, 11, 21))
    assert ground is not None
    index = ground.index("county")
    assert index is not None
    province = shapely.union_all(list(index.frame.geometry))
    for lat in (35.5, 36.5, 37.0, 38.0, 39.0, 39.5):  # GCJ-02 numbers lie east of the true ones
        *_, east, _ = shapely.intersection(province, shapely.LineString([(109.0, lat), (116.0, lat)])).bounds
        point = shapely.Point(east + 0.003, lat)
        if shapely.contains(province, point):
            continue
        with pytest.raises(InputFault, match="J030") as caught:
            screened(screener, {"point": [point.x, point.y]})
        if "gcj02" in (caught.value.faults[0].help or ""):
            assert "用 crs 注明坐标系" in (caught.value.faults[0].help or "")
            assert screened(screener, {"crs": "gcj02", "point": [point.x, point.y]})["site"]["crs"] == "gcj02"
            return
    raise AssertionError("no such place")


def test_two_datums_in_two_units_are_told(screener):
    """Even where the decision is the same, the reader wants to know which unit the site is in."""
    ground = screener.ground(date(2026, 11, 21))
    assert ground is not None
    index = ground.index("control_unit")
    assert index is not None
    for part in index.parts[:40]:
        x, y = part.exterior.coords[0]
        finding = screened(screener, {"point": [x + 0.002, y]})
        told = [doubt["message"] for doubt in finding["doubts"] if doubt["kind"] == "datum"]
        if any("管控单元不同" in message for message in told):
            assert finding["units"][0]["code"] in next(message for message in told if "管控单元不同" in message)
            return
    raise AssertionError("no such place")


def test_a_county_that_does_not_exist_is_a_fault(screener):
    """With near names."""
    with pytest.raises(InputFault, match="J031") as caught:
        screened(screener, {"crs": "cgcs2000", "point": [110.925, 35.63], "county": "积山县"})

    assert "稷山县" in (caught.value.faults[0].help or "")


def test_a_county_without_coordinates_leaves_the_site_unknown(screener):
    """And says so."""
    finding = screened(screener, {"county": "稷山县"})

    assert finding["site"] is None
    assert any("没有坐标" in doubt["message"] for doubt in finding["doubts"])


def test_the_address_settles_the_datum(screener):
    """Near a county border one datum falls into the next county: the county of the address rules it out."""
    ground = screener.ground(date(2026, 11, 21))
    assert ground is not None
    index = ground.index("county")
    assert index is not None
    settled = False
    for row in range(len(index.frame)):
        name = str(index.frame.columns["name"][row])
        if len(name) < 3:
            continue
        west = min(shapely.get_coordinates(index.frame.geometry[row]).tolist())
        # 200 m inside the county's western end: shifted by 500 m the place lies in the neighbour.
        point = [west[0] + 0.002, west[1]]
        if not shapely.contains(index.frame.geometry[row], shapely.Point(point)):
            continue
        project = {"name": "甲", "on": "2026-11-21", "location": {"point": point, "address": f"{name}某村"}}
        site = screener.inquire(project_from(project, screener.law)).site
        assert site is not None
        settled = settled or len(site.candidates) < 3
        if settled:
            break

    assert settled


def test_a_written_fact_against_the_layer_is_a_doubt(screener):
    """The layer's answer is used, the contradiction shown."""
    lon, lat = boundary_point(screener)
    finding = screened(screener, {"crs": "cgcs2000", "point": [lon, lat]}, facts={"site.red_line": "否"})

    assert any(doubt["kind"] == "layer" and doubt.get("fact") == "site.red_line" for doubt in finding["doubts"])


def test_a_later_import_does_not_make_an_honest_finding_wrong(demo_workspace, tmp_path):
    """`verify` uses the layer versions that the finding names."""
    copy = tmp_path / "ws"
    shutil.copytree(Path(demo_workspace.path), copy)
    workspace = Workspace.open(copy)
    finding = screened(Screener(shared_law(), workspace), {"crs": "cgcs2000", "point": [110.925, 35.63]})
    park = workspace.layers()["park"]
    frame = workspace.read(park)
    workspace.import_frame("park", type(frame)(frame.geometry[:1], {k: v[:1] for k, v in frame.columns.items()}, frame.meta), title="新版",
                           source="测试", accuracy_m=10.0, complete=True, valid_from=date(2026, 1, 1), recorded=date(2026, 1, 1))  # fmt: skip
    fresh = Screener(shared_law(), Workspace.open(copy))

    assert verify(finding, fresh) == []
    assert screened(fresh, {"crs": "cgcs2000", "point": [110.925, 35.63]})["versions"] != finding["versions"]


def test_a_layer_without_the_column_cannot_say_no(demo_workspace, tmp_path):
    """Official units without a sub-class: whether the unit is a high-emission one stays unknown."""
    workspace = Workspace.create(tmp_path / "ws")
    for kind in ("county", "city", "control_unit"):
        frame = demo_workspace.read(demo_workspace.layers()[kind])
        columns = {name: values for name, values in frame.columns.items() if name != "subtype"}
        workspace.import_frame(kind, type(frame)(frame.geometry, columns, frame.meta), title=kind, source="测试", accuracy_m=10.0, complete=True,
                               valid_from=date(2021, 1, 1), recorded=date(2021, 1, 1))  # fmt: skip
    screener = Screener(shared_law(), workspace)
    inquiry = screener.inquire(
        project_from(
            {"name": "甲", "on": "2026-11-21", "location": {"crs": "cgcs2000", "point": [110.925, 35.63]}}, shared_law()
        )
    )

    assert inquiry.placed["site.unit.high_emission"].value is None
    assert inquiry.placed["site.unit.priority"].value is False


def test_nothing_of_a_group_but_what_is_stated(screener):
    """`none_of` declares truths false, leaves sizes of stated things alone, and shows its origin."""
    project = {
        "name": "甲",
        "on": "2026-11-21",
        "industry": "2521",
        "nature": "new",
        "facts": {"boiler.coal": "是"},
        "none_of": ["boiler", "锅炉和小型燃煤设施"],
    }
    read = project_from(project, screener.law)

    assert "small_coal.any" in read.declared
    assert "boiler.coal" not in read.declared
    finding = screener.screen(read)
    origins = {
        fact["from"] for reason in finding["reasons"] for fact in reason["facts"] if fact["id"] == "loose_coal.any"
    }
    assert origins <= {"declared"}


def test_a_group_that_may_not_be_declared_away_is_a_fault(screener):
    """ "Nothing conforms" would make rules hold."""
    with pytest.raises(InputFault, match="J015"):
        project_from({"name": "甲", "industry": "2521", "none_of": ["conformity"]}, screener.law)


def test_a_day_before_the_provincial_documents_is_told(screener):
    """ "No rule forbids it" means little where the rules of the time are not held."""
    project = {"name": "甲", "industry": "2521", "nature": "new"}
    early = screener.screen(project_from({**project, "on": "2021-06-01"}, screener.law))
    now = screener.screen(project_from({**project, "on": "2026-11-21"}, screener.law))

    assert any("cn-shanxi" in doubt["message"] for doubt in early["doubts"])
    assert not any("cn-shanxi" in doubt["message"] for doubt in now["doubts"])


def test_a_unit_whose_border_is_nearer_than_the_layer_is_exact_is_a_doubt(screener):
    """Both the unit that the site is in and the one it may be in are told, with the distance; far from borders none is."""
    ground = screener.ground(date(2026, 11, 21))
    assert ground is not None
    index = ground.index("control_unit")
    assert index is not None
    accuracy = ground.versions["control_unit"].accuracy_m
    assert accuracy
    part = next(part for part in index.parts if part.area > 0.005)
    border = part.exterior.interpolate(0.3, normalized=True)
    inside = part.representative_point()
    for away, expected in ((accuracy / 2, True), (0.0, True), (accuracy * 30, False)):
        share = away / 111_000.0 / border.distance(inside)
        point = shapely.Point(border.x + (inside.x - border.x) * share, border.y + (inside.y - border.y) * share)
        finding = screened(screener, {"crs": "cgcs2000", "point": [point.x, point.y]})
        told = {doubt["unit"]: doubt["distance_m"] for doubt in finding["doubts"] if doubt.get("unit")}
        own = index.frame.row(int(index.part_row[list(index.parts).index(part)]))["code"]

        assert bool(told) == expected
        if expected:
            assert own in told
            assert len(told) > 1
            assert all(abs(distance) < accuracy for distance in told.values())


def test_a_strip_thinner_than_the_layer_is_exact_is_a_doubt(screener):
    """A field that reaches 3 m into the next unit: told; the unit it lies in almost wholly is not."""
    ground = screener.ground(date(2026, 11, 21))
    assert ground is not None
    index = ground.index("control_unit")
    assert index is not None
    for part in index.parts:
        west, south, east, north = part.bounds
        if east - west < 0.08 or north - south < 0.08:
            continue
        ring = shapely.get_coordinates(part.exterior)
        corner = ring[ring[:, 0].argmax()]
        box = shapely.box(corner[0] - 3 / 88_000.0, corner[1] - 0.01, corner[0] + 0.02, corner[1] + 0.01)
        strip = shapely.intersection(box, part)
        others = [shapely.intersection(box, other).area / box.area for other in index.parts[index.tree.query(box)]]
        if strip.area <= 0 or max(others) < 0.9:
            continue
        finding = screened(
            screener, {"crs": "cgcs2000", "geometry": {"type": "Polygon", "coordinates": [list(box.exterior.coords)]}}
        )
        told = {doubt["unit"]: doubt["distance_m"] for doubt in finding["doubts"] if doubt.get("unit")}
        own = index.frame.row(int(index.part_row[list(index.parts).index(part)]))["code"]
        assert -10 < told[own] < 0
        assert max(finding["units"], key=lambda unit: unit["share"])["code"] not in told
        return
    raise AssertionError("no such place")
