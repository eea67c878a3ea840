"""Uploaded sites: what surveyors and programs hand over is read, and no file harms the server."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from greenrule.spatial.frame import Frame
from greenrule.spatial.vectorout import write_vector

_SITE = shapely.box(112.50, 37.80, 112.51, 37.81)
_EXCHANGE = """[属性描述]
格式版本号=1.01版本
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=37
[地块坐标]
9,1.0,1,厂区,面,,工业,,@
J1,1,4186000.00,37632000.00
J2,1,4186000.00,37632500.00
J3,1,4185500.00,37632500.00
J4,1,4185500.00,37632000.00
J1,1,4186000.00,37632000.00
J5,2,4185900.00,37632100.00
J6,2,4185900.00,37632200.00
J7,2,4185800.00,37632200.00
J5,2,4185900.00,37632100.00
"""


@pytest.fixture
def post(client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Posts a file; what comes back."""
    from greenrule.web.api import geometry
    from greenrule.web.guard import Bucket

    monkeypatch.setattr(geometry, "UPLOADS", Bucket(rate=1000, burst=1000))

    def send(name: str, data: bytes | str, **told: Any) -> Any:
        body = data.encode() if isinstance(data, str) else data
        return client.post("/api/v1/geometry", {"file": SimpleUploadedFile(name, body), **told})

    return send


def _codes(answer: Any) -> list[str]:
    assert answer["Content-Type"] == "application/problem+json"
    return [fault["code"] for fault in answer.json().get("faults", [])]


def _written(folder: Path, name: str) -> bytes:
    path = folder / name
    write_vector(path, {"site": Frame(np.array([_SITE], dtype=object), {"name": ["场地"]})})
    return path.read_bytes()


@pytest.mark.parametrize("name", ["a.zip", "a.gpkg", "a.geojson"])
def test_vector_files_come_back_as_one_shape(post: Any, tmp_path: Path, name: str) -> None:
    told = post(name, _written(tmp_path, name), crs="cgcs2000").json()
    assert shapely.equals_exact(shapely.from_geojson(json.dumps(told["geometry"])).normalize(), _SITE.normalize(), 1e-9)
    assert told["kind"] == "polygon"
    assert told["stated"] is True
    assert told["area_m2"] == pytest.approx(880.5 * 1110.0, rel=0.01)


def test_a_kml_of_a_web_map_keeps_its_doubt(post: Any) -> None:
    kml = "<kml xmlns='http://www.opengis.net/kml/2.2'><Placemark><Point><coordinates>112.5,37.8</coordinates></Point></Placemark></kml>"
    told = post("点.kml", kml).json()
    assert told["stated"] is False
    assert [item["crs"] for item in told["candidates"]] == ["cgcs2000", "gcj02", "bd09"]
    assert any("WGS-84" in note for note in told["notes"])


def test_an_exchange_file_of_corners_states_its_system_and_its_hole(post: Any) -> None:
    for data in (_EXCHANGE.encode(), _EXCHANGE.encode("gb18030")):
        told = post("界址点.txt", data).json()
        assert told["crs"] == "gk3:37"
        assert told["stated"] is True
        assert told["area_m2"] == pytest.approx(250_000 - 5_000, rel=0.01)
        assert len(told["geometry"]["coordinates"]) == 2
        assert any("北坐标" in note for note in told["notes"])


def test_pasted_text_is_read_by_what_it_is(post: Any, client: Any) -> None:
    corners = "点号,经度,纬度\n1,112.5,37.8\n2,112.51,37.8\n3,112.51,37.81"
    for text, kind in (
        (corners, "polygon"),
        ("112.5 37.8；112.51 37.8；112.51 37.81", "polygon"),
        (json.dumps({"type": "Point", "coordinates": [112.5, 37.8]}), "point"),
    ):
        told = client.post("/api/v1/geometry", {"text": text, "crs": "cgcs2000"}).json()
        assert told.get("kind") == kind, told
    line = client.post("/api/v1/geometry", {"text": corners, "crs": "cgcs2000", "shape": "line"}).json()
    assert line["kind"] == "line"
    assert line["length_m"] == pytest.approx(880 + 1110, rel=0.01)
    assert _codes(client.post("/api/v1/geometry", {"crs": "cgcs2000"})) == ["UPL008"]


def test_a_drawing_gives_its_outline(post: Any) -> None:
    corners = [(37632000, 4186000), (37632500, 4186000), (37632500, 4185500), (37632000, 4185500)]
    body = "".join(f"10\n{x}\n20\n{y}\n" for x, y in corners)
    dxf = f"0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n8\n0\n100\nAcDbEntity\n100\nAcDbPolyline\n90\n4\n70\n1\n{body}"
    dxf += "0\nTEXT\n8\n0\n10\n37632100\n20\n4185900\n40\n5\n1\nA\n0\nENDSEC\n0\nEOF\n"
    told = post("总图.dxf", dxf).json()
    assert told["kind"] == "polygon"
    assert told["crs"] == "gk3:37"
    assert told["area_m2"] == pytest.approx(250_000, rel=0.01)
    assert any("没有采用" in note for note in told["notes"])


def test_a_crossing_ring_is_named_or_mended(post: Any) -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[112.5, 37.8], [112.51, 37.81], [112.51, 37.8], [112.5, 37.81], [112.5, 37.8]]],
    }
    assert _codes(post("a.geojson", json.dumps(bow), crs="cgcs2000")) == ["SITE009"]
    told = post("a.geojson", json.dumps(bow), crs="cgcs2000", repair="true").json()
    assert told["kind"] == "polygon"
    assert any("原图形" in note for note in told["notes"])


def _zip(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


_KML = "<?xml version='1.0'?>{}<kml xmlns='http://www.opengis.net/kml/2.2'><Placemark><name>{}</name><Point><coordinates>112.5,37.8</coordinates></Point></Placemark></kml>"
_LAUGHS = (
    "<!DOCTYPE k ["
    + "".join(f"<!ENTITY a{n} '{('&a' + str(n - 1) + ';') * 10 if n else 'lol'}'>" for n in range(9))
    + "]>"
)
_VRT = "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


@pytest.mark.parametrize(
    ("name", "data", "codes"),
    [
        ("a.zip", _zip(**{"a.geojson": b" " * (300 << 20)}), ["UPL001"]),  # a bomb
        ("a.kmz", _zip(**{"doc.kml": b" " * (300 << 20)}), ["UPL001"]),
        ("a.zip", _zip(**{f"{n}.txt": b"" for n in range(3000)}), ["UPL001"]),
        ("a.zip", _zip(**{"../../../../etc/greenrule.geojson": b"{}"}), ["VEC004"]),
        ("a.kml", _KML.format("<!DOCTYPE k [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "&x;"), ["VEC011"]),
        ("a.kml", _KML.format(_LAUGHS, "&a8;"), ["VEC011"]),
        ("a.kml", _VRT, ["VEC004"]),
        ("a.geojson", _VRT, ["VEC004"]),
        ("a.gpkg", _VRT, ["VEC004"]),
        ("a.geojson", '{"type":"Point","coordinates":[NaN,37.8]}', None),
        ("a.geojson", '{"type":"Point","coordinates":[1e999,37.8]}', None),
        ("a.geojson", '{"type":"Polygon","coordinates":[[[112.5,37.8],[112.', ["VEC004"]),
        ("a.geojson", "[" * 200_000, ["VEC004"]),
        ("a.zip", b"PK\x03\x04 cut short", ["VEC008"]),
        ("a.gpkg", b"SQLite format 3\x00" + bytes(100), ["VEC004"]),
        ("a.dxf", "0\nSECTION\n2\nENTITIES\n0\nLWPOLY", ["VEC004"]),
        ("a.txt", "1,112.5,37.8\n2,nan,37.9\n3,112.6,x\n4,112.6,37.9\n5,112.7,37.9", ["UPL012", "UPL012"]),
        ("a.txt", bytes(range(256)) * 10, ["UPL010"]),
        ("a.csv", "", ["UPL011"]),
        ("../../etc/passwd", "root", ["UPL007"]),
        ("a.shp", b"", ["UPL007"]),
        ("a.geojson", b" " * (20 << 20) + b"{}", ["UPL006"]),
    ],
)  # fmt: skip
def test_files_that_mean_harm_or_are_broken_are_refused_with_a_reason(
    post: Any, client: Any, name: str, data: Any, codes: Any
) -> None:
    answer = post(name, data, crs="cgcs2000")
    assert answer.status_code == 422, answer.content
    found = _codes(answer)
    assert codes is None or found == codes, answer.json()
    assert found
    assert b"/tmp" not in answer.content
    assert b"upload." not in answer.content
    assert b"root:" not in answer.content
    assert client.get("/api/v1/health").status_code == 200


def test_a_file_of_ten_million_parts_is_stopped(post: Any) -> None:
    points = ",".join(["[112.5,37.8]"] * 400_000)
    data = '{"type":"MultiPoint","coordinates":[' + points + "]}"
    with override_settings(UPLOAD_MEMORY_BYTES=500 << 20):
        found = _codes(post("a.geojson", data, crs="cgcs2000"))
    assert found[0] in ("SITE012", "UPL004", "UPL005", "VEC004")
    rows = "\n".join(f"{n},{112.5 + n * 1e-9:.9f},37.8" for n in range(300_000))
    assert _codes(post("a.txt", rows, crs="cgcs2000", shape="point")) == ["UPL002"]


def test_a_slow_file_is_stopped(post: Any, client: Any) -> None:
    with override_settings(UPLOAD_SECONDS=0.05):
        assert _codes(post("a.txt", "1,112.5,37.8")) == ["UPL003"]
    assert client.get("/api/v1/health").status_code == 200


def test_memory_is_bounded(post: Any) -> None:
    with override_settings(UPLOAD_MEMORY_BYTES=350 << 20):
        answer = post("a.geojson", json.dumps({"type": "MultiPoint", "coordinates": [[112.5, 37.8]] * 500_000}))
    assert set(_codes(answer)) & {"UPL004", "UPL005", "VEC004"}, answer.json()


def test_a_killed_reader_is_told_and_leaves_nothing(post: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import subprocess
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    begun: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(*words: Any, **rest: Any) -> Any:
        begun.append(real(*words, **rest))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(post("a.txt", "1,112.5,37.8")))
    asking.start()
    until = time.monotonic() + 20
    while not begun and time.monotonic() < until:
        time.sleep(0.001)
    os.kill(begun[0].pid, signal.SIGKILL)
    asking.join(30)
    assert _codes(answers[0]) == ["UPL004"]
    assert list(tmp_path.iterdir()) == []


def test_too_many_at_once_come_again(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from greenrule.web import uploads

    monkeypatch.setattr(uploads, "_AT_ONCE", threading.BoundedSemaphore(1))
    assert uploads._AT_ONCE.acquire()
    answer = post("a.txt", "1,112.5,37.8")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"


def test_the_reader_knows_no_secret_and_no_other_format(served: Any) -> None:
    import subprocess
    import sys

    from greenrule.spatial.uploaded import Order

    order = Order("/nowhere/a.kml", "a.kml").to_text().encode()
    done = subprocess.run(
        [sys.executable, "-I", "-m", "greenrule.spatial.uploaded"], input=order, capture_output=True, check=False
    )
    assert [fault["code"] for fault in json.loads(done.stdout)["faults"]] == ["UPL009"]


def test_a_body_over_the_limit_is_not_read(client: Any) -> None:
    answer = client.generic(
        "POST", "/api/v1/geometry", b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(1 << 40)
    )
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"


def test_uploads_are_counted(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from greenrule.web.api import geometry
    from greenrule.web.guard import Bucket

    monkeypatch.setattr(geometry, "UPLOADS", Bucket(rate=0.001, burst=1))
    assert _codes(client.post("/api/v1/geometry", {})) == ["UPL008"]
    answer = client.post("/api/v1/geometry", {})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 60
