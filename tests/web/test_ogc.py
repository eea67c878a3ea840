"""OGC API – Features Part 1 after its abstract test suite, what is served beside it, and GDAL as a client that knows nothing of us."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture
def ask(client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gets a document under /ogc."""
    from greenrule.web.guard import Bucket
    from greenrule.web.ogc import views

    monkeypatch.setattr(views, "OGC", Bucket(rate=1e6, burst=1_000_000))

    def get(address: str = "", status: int = 200, **told: Any) -> Any:
        answer = client.get(f"/ogc{address}", told)
        assert answer.status_code == status, answer.content[:500]
        return answer.json()

    return get


@pytest.fixture(scope="module")
def frame(served: Any) -> Any:
    """The control units as the workspace holds them."""
    from greenrule.store.workspace import Workspace

    workspace = Workspace.open(served.workspace)
    return workspace.read(workspace.layers()["control_unit"])


def _links(document: Any) -> dict[str, Any]:
    return {link["rel"]: link for link in document["links"]}


_ITEMS = "/collections/control_unit/items"


def test_landing_page_leads_everywhere_and_only_where_something_is(ask: Any, client: Any) -> None:
    page = ask()
    links = _links(page)
    assert {"service-desc", "conformance", "data"} <= set(links)
    assert "绿尺" in page["title"]
    for link in page["links"]:
        parts = urlsplit(link["href"])
        answer = client.get(parts.path, parse_qs(parts.query))
        assert answer.status_code == 200, link
        assert answer["Content-Type"].split(";")[0] in link["type"]


def test_conformance_names_what_is_tested_here(ask: Any) -> None:
    classes = ask("/conformance")["conformsTo"]
    for name in ("core", "oas30", "geojson"):
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" in classes
    assert not any(name.endswith(("/html", "/callback", "/create-replace-delete")) for name in classes)


def test_the_description_is_openapi(ask: Any, client: Any) -> None:
    document = ask("/openapi")
    assert client.get("/ogc/openapi")["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert document["openapi"].startswith("3.0")
    assert "get" in document["paths"][_ITEMS]


def test_collections_are_described_alike_in_the_list_and_alone(ask: Any) -> None:
    document = ask("/collections")
    assert _links(document)["self"]
    found = {item["id"]: item for item in document["collections"]}
    assert {"control_unit", "county", "river_line"} <= set(found)
    units = found["control_unit"]
    assert units["title"].startswith("生态环境管控单元")
    assert "演示数据（非官方）" in units["title"]
    assert units["extent"]["spatial"]["bbox"][0] == pytest.approx([110.2295, 34.584, 114.5604, 40.7436], abs=1e-3)
    assert units["extent"]["temporal"]["interval"] == [["2021-01-01T00:00:00Z", None]]
    assert "http://www.opengis.net/def/crs/OGC/1.3/CRS84" in units["crs"]
    assert _links(units)["items"]["type"] == "application/geo+json"
    alone = ask("/collections/control_unit")
    assert {key: alone[key] for key in ("id", "title", "extent", "crs")} == {
        key: units[key] for key in ("id", "title", "extent", "crs")
    }
    assert all(link["type"] not in ("text/html", "application/ld+json") for link in alone["links"])
    ask("/collections/nothing", 404)


def test_items_are_geojson_in_crs84(ask: Any, client: Any, frame: Any) -> None:
    page = ask(_ITEMS, limit=3)
    answer = client.get(f"/ogc{_ITEMS}?limit=3")
    assert answer["Content-Type"] == "application/geo+json"
    assert answer["Content-Crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert page["type"] == "FeatureCollection"
    assert (page["numberMatched"], page["numberReturned"], len(page["features"])) == (len(frame), 3, 3)
    assert page["timeStamp"].endswith("Z")
    for feature in page["features"]:
        row = feature["id"] - 1
        assert shapely.equals_exact(shapely.from_geojson(json.dumps(feature["geometry"])), frame.geometry[row], 0)
        assert feature["properties"]["code"] == frame.columns["code"][row]
        assert feature["properties"]["valid_from"] == "2021-01-01"


def test_paging_gives_every_feature_once_in_order(ask: Any, client: Any, frame: Any) -> None:
    address, seen = f"/ogc{_ITEMS}?limit=500&skipGeometry=true&properties=code", []
    while address:
        page = client.get(address).json()
        seen += [feature["id"] for feature in page["features"]]
        following = _links(page).get("next")
        assert following is None or "limit=500" in following["href"]
        address = following["href"].removeprefix("http://testserver") if following else ""
    assert seen == list(range(1, len(frame) + 1))


@pytest.mark.parametrize(
    ("limit", "status"), [("1", 200), ("99999", 200), ("0", 400), ("-1", 400), ("x", 400), ("1.5", 400)]
)
def test_limit(ask: Any, limit: str, status: int) -> None:
    page = ask(_ITEMS, status, limit=limit, skipGeometry="true", properties="code")
    if status == 200:
        assert len(page["features"]) == min(int(limit), 1599)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(109, 115), st.floats(34, 41), st.floats(0, 2), st.floats(0, 2))
def test_bbox_gives_what_meets_it(ask: Any, frame: Any, west: float, south: float, wide: float, high: float) -> None:
    box = (west, south, west + wide, south + high)
    page = ask(_ITEMS, bbox=",".join(map(repr, box)), limit=5000, skipGeometry="true", properties="code")
    wanted = np.flatnonzero(shapely.intersects(frame.geometry, shapely.box(*box))) + 1
    assert [feature["id"] for feature in page["features"]] == wanted.tolist()


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "110,36,109,35", "1,2,3,4,5", ""])
def test_a_bad_bbox_is_refused(ask: Any, bbox: str) -> None:
    if bbox == "110,36,109,35":
        ask(_ITEMS, 400, bbox=bbox)
    else:
        ask(_ITEMS, 400, bbox=bbox)


@pytest.mark.parametrize(
    ("when", "there"),
    [("2021-01-01", True), ("2020-12-31", False), ("2024-05-01T10:00:00Z", True), ("../2020-12-31T23:59:59Z", False), ("../2021-01-01", True),
     ("2019-01-01/2022-01-01", True), ("2030-01-01/..", True), ("1999-01-01/2000-01-01", False)],
)  # fmt: skip
def test_datetime_meets_the_validity_of_the_version(ask: Any, when: str, there: bool) -> None:
    assert bool(ask(_ITEMS, datetime=when, limit=1)["features"]) == there


def test_properties_and_filters(ask: Any, frame: Any) -> None:
    def rows(**told: Any) -> list[int]:
        page = ask(_ITEMS, limit=5000, skipGeometry="true", properties="code", **told)
        assert page["numberMatched"] == len(page["features"])
        return [feature["id"] - 1 for feature in page["features"]]

    kinds, cities = np.array(frame.columns["class"]), np.array(frame.columns["city"])
    assert rows(**{"class": "key"}) == np.flatnonzero(kinds == "key").tolist()
    both = np.flatnonzero((kinds == "key") & (cities == "太原市")).tolist()
    assert rows(**{"class": "key", "city": "太原市"}) == both
    assert rows(filter="class = 'key' AND city LIKE '太原%'") == both
    assert (
        rows(filter="class IN ('priority') AND NOT city = '太原市'")
        == np.flatnonzero((kinds == "priority") & (cities != "太原市")).tolist()
    )
    assert rows(filter="row BETWEEN 3 AND 5") == [2, 3, 4]
    assert rows(filter="valid_to IS NULL") == list(range(len(frame)))
    shape = shapely.Polygon([(112, 37), (113, 37), (112, 38)])
    assert (
        rows(filter=f"INTERSECTS(geometry, {shape.wkt})")
        == np.flatnonzero(shapely.intersects(frame.geometry, shape)).tolist()
    )
    assert rows(q="汾") == [
        row for row in range(len(frame)) if any("汾" in str(frame.columns[name][row] or "") for name in frame.columns)
    ]
    by_code = ask(_ITEMS, sortby="-code", limit=2, properties="code", skipGeometry="true")["features"]
    assert [feature["properties"]["code"] for feature in by_code] == sorted(frame.columns["code"], reverse=True)[:2]


@pytest.mark.parametrize(
    "told",
    [{"nothing": "1"}, {"filter": "class = "}, {"filter": "nothing = 1"}, {"filter": "exec('import os') = 1"}, {"filter": "__import__('os') = 1"},
     {"filter": "NOT " * 60 + "row = 1"}, {"datetime": "yesterday"}, {"crs": "http://nowhere"}, {"sortby": "nothing"}, {"offset": "-1"}],
)  # fmt: skip
def test_what_means_nothing_is_refused(ask: Any, told: dict[str, str]) -> None:
    ask(_ITEMS, 400, **told)


def test_another_reference_system(ask: Any, frame: Any) -> None:
    page = ask(_ITEMS, limit=1, crs="http://www.opengis.net/def/crs/EPSG/0/3857")
    x, y = page["features"][0]["geometry"]["coordinates"][0][0]
    lon, lat = shapely.get_coordinates(frame.geometry[0])[0]
    assert x == pytest.approx(lon * 111319.49079, abs=1)
    assert y == pytest.approx(np.log(np.tan(np.radians(45 + lat / 2))) * 6378137, abs=1)


def test_one_feature(ask: Any, frame: Any) -> None:
    feature = ask(f"{_ITEMS}/7")
    assert (feature["type"], feature["id"], feature["properties"]["code"]) == ("Feature", 7, frame.columns["code"][6])
    assert {"self", "collection"} <= set(_links(feature))
    for wrong in ("0", "1600", "x", "１"):
        ask(f"{_ITEMS}/{wrong}", 404)


def test_queryables_and_schema_speak_chinese(ask: Any) -> None:
    schema = ask("/collections/control_unit/schema")
    assert schema["properties"]["code"]["title"] == "管控单元编码"
    assert set(ask("/collections/control_unit/queryables")["properties"]) == set(schema["properties"])


def _chinese(value: Any, where: str = "") -> list[str]:
    if isinstance(value, dict):
        return [told for key, item in value.items() for told in _chinese(item, f"{where}/{key}")]
    if isinstance(value, list):
        return [told for item in value for told in _chinese(item, where)]
    return [f"{where} {value}"] if isinstance(value, str) and re.search("[\u4e00-\u9fff]", value) else []


def test_everything_is_described_in_english_on_demand(ask: Any, client: Any) -> None:
    """Titles, descriptions, keywords and fields of every collection and process; layers keep the sources they name."""
    assert client.get("/ogc", {"lang": "en"})["Content-Language"] == "en"
    assert client.get("/ogc", headers={"Accept-Language": "en-GB"}).json()["title"] == ask("", lang="en")["title"]
    assert client.get("/ogc")["Content-Language"].startswith("zh")
    found = ask("/collections", lang="en")["collections"]
    addresses = ["", "/processes", "/processes/screen", "/processes/place", "/TileMatrixSets"]
    addresses += [
        f"/collections/{item['id']}{rest}" for item in found for rest in ("", "/schema", "/queryables", "/tiles")
    ]
    for address in addresses:
        left = [re.sub("Source: .*?; valid", "", told) for told in _chinese(ask(address, lang="en"))]
        assert not [told for told in left if re.search("[\u4e00-\u9fff]", told)], address
    told = json.dumps(ask("/openapi", lang="en"), ensure_ascii=False)
    assert not re.search("[\u4e00-\u9fff]", re.sub("Source: .*?; valid", "", told))
    assert set(ask("/openapi", lang="en")["paths"]) == set(ask("/openapi")["paths"])
    assert (
        ask("/collections/control_unit", lang="en")["title"]
        == "environmental control units [demonstration data, not official]"
    )


def test_fields_of_every_kind_of_layer_have_english() -> None:
    from greenrule.casework.layerimport import layer_kinds
    from greenrule.core.tongue import words

    labels = {field.label for kind in layer_kinds().values() for field in kind.fields.values()}
    assert sorted(labels - set(words())) == []


def test_faults_of_processes_are_english_on_demand(client: Any) -> None:
    wrong = json.dumps({"inputs": {"project": {"industry": "25219"}}})
    told = client.post("/ogc/processes/screen/execution?lang=en", wrong, content_type="application/json")
    assert told.status_code == 400
    assert "There is no such industry" in told.json()["description"]
    assert client.get("/ogc/nothing?lang=en").json()["detail"] == "There is no such address"


def test_tiles_are_those_of_the_map(ask: Any, client: Any, served: Any) -> None:
    from greenrule.casework.tiling import map_layers
    from greenrule.store.workspace import Workspace

    layer = next(item for item in map_layers(Workspace.open(served.workspace)) if item.id == "taixin_zone")
    ask("/collections/taixin_zone/tiles")
    told = ask("/collections/taixin_zone/tiles/WebMercatorQuad")
    address = next(link["href"] for link in told["links"] if link["rel"] == "item").removeprefix("http://testserver")
    found = client.get(address.format(tileMatrix=8, tileRow=98, tileCol=208))
    assert found["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert found.content == client.get(f"/tiles/taixin_zone/{layer.digest}/8/208/98.mvt").content
    assert client.get(address.format(tileMatrix=8, tileRow=0, tileCol=0)).status_code == 204
    for wrong in ("/8/999/0", "/x/0/0", "/99/0/0"):
        assert client.get(f"/ogc/collections/taixin_zone/tiles/WebMercatorQuad{wrong}?f=mvt").status_code == 404


def test_processes_answer_as_the_api_does(client: Any, ask: Any) -> None:
    assert {item["id"] for item in ask("/processes")["processes"]} == {"screen", "place"}
    run = {"content_type": "application/json"}
    found = client.post("/ogc/processes/place/execution", json.dumps({"inputs": {"lon": 112.55, "lat": 37.87}}), **run)
    assert found.json() == client.get("/api/v1/place?lon=112.55&lat=37.87").json()
    project = {"industry": "2521", "nature": "new", "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}}
    found = client.post("/ogc/processes/screen/execution", json.dumps({"inputs": {"project": project}}), **run)
    assert found.json() == client.post("/api/v1/findings", json.dumps(project), **run).json()
    for wrong in ({}, {"inputs": {}}, {"inputs": {"project": 1}}, {"inputs": []}, [], {"inputs": {"project": {"location": {"file": "/etc/passwd"}}}},
                  {"inputs": {"project": project}, "subscriber": {"successUri": "http://127.0.0.1/"}}):  # fmt: skip
        assert client.post("/ogc/processes/screen/execution", json.dumps(wrong), **run).status_code == 400
    assert client.post("/ogc/processes/nothing/execution", json.dumps({"inputs": {}}), **run).status_code == 404


def test_nothing_is_changed_nothing_is_html_nobody_else_is_let_in(client: Any) -> None:
    for method in ("put", "patch", "delete", "post"):
        assert getattr(client, method)(f"/ogc{_ITEMS}").status_code == 405
    assert client.get("/ogc/jobs").status_code == 404
    assert client.get("/ogc?f=html").status_code == 400
    browser = client.get("/ogc/collections", headers={"Accept": "text/html,*/*", "Origin": "https://elsewhere.example"})
    assert browser["Content-Type"] == "application/json"
    assert "Access-Control-Allow-Origin" not in browser
    assert "default-src 'none'" in browser["Content-Security-Policy"]
    assert "X-Powered-By" not in browser


def test_requests_are_counted(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from greenrule.web.guard import Bucket
    from greenrule.web.ogc import views

    monkeypatch.setattr(views, "OGC", Bucket(rate=0.001, burst=1))
    assert client.get("/ogc/conformance").status_code == 200
    assert client.get("/ogc/conformance").status_code == 429


@pytest.fixture
def address(served: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server on a free port of this machine."""
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    from greenrule.web.application import application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *words: Any) -> None:
            pass

    monkeypatch.setenv("no_proxy", "localhost")
    with make_server("localhost", 0, application, handler_class=Quiet) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"http://localhost:{server.server_port}/ogc"
        server.shutdown()
        serving.join(10)


# A process of its own: while GDAL waits for an answer it lets no other thread of its process run.
_CLIENT = """
import json, sys
import pyogrio
from pyogrio import raw
source = sys.argv[1]
meta, _, blobs, fields = raw.read(source, layer="control_unit", bbox=(112.4, 37.7, 112.7, 38.0))
print(json.dumps({
    "layers": [name for name, _ in pyogrio.list_layers(source).tolist()], "crs": str(meta["crs"]), "shapes": len(blobs),
    "codes": fields[meta["fields"].tolist().index("code")].tolist(),
    "counties": pyogrio.read_info(source, layer="county", force_feature_count=True)["features"],
}))
"""


def test_gdal_reads_it_as_any_other_service(address: str, frame: Any) -> None:
    import pyogrio

    if "OAPIF" not in pyogrio.list_drivers():
        pytest.skip("this GDAL has no OAPIF driver")
    done = subprocess.run(
        [sys.executable, "-c", _CLIENT, f"OAPIF:{address}"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    wanted = shapely.intersects(frame.geometry, shapely.box(112.4, 37.7, 112.7, 38.0))
    assert sorted(told["codes"]) == sorted(np.array(frame.columns["code"])[wanted].tolist())
    assert told["shapes"] == wanted.sum() > 5
    assert "4326" in told["crs"] or "CRS84" in told["crs"]
    assert told["counties"] == 117
    assert "control_unit" in told["layers"]
