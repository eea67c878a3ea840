"""`greenrule where` as people type it."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner

from greenrule.cli.main import main


def run(*words: str):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", ["可建.gpkg", "可建.geojson", "可建.parquet"])
def test_the_file_holds_what_the_table_says(demo, tmp_path, name) -> None:
    import pyogrio

    path = tmp_path / name
    found = run(
        "where", "examples/xinfu-solar.yaml", "-w", demo, "--within", "五台县", "--format", "json", "--out", path
    )
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    if path.suffix == ".parquet":
        from greenrule.spatial.frame import read_geoparquet

        frame = read_geoparquet(path)
        words, sizes, shapes = frame.columns["decision"], frame.columns["area_m2"], frame.geometry
    else:
        info, _, wkb, columns = pyogrio.raw.read(path)
        by_name = dict(zip(info["fields"], columns, strict=True))
        words, sizes, shapes = by_name["decision"], by_name["area_m2"], shapely.from_wkb(wkb)
    for row in answer["totals"]:
        size = sum(size for word, size in zip(words, sizes, strict=True) if word == row["decision"])
        assert size / 1e6 == pytest.approx(row["area_km2"], abs=0.001)
    assert shapely.is_valid(shapes).all()
    assert answer["notices"] == ["演示数据（非官方）"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.usefixtures("quick")
def test_parcels_of_a_file_are_candidates_by_name(demo, tmp_path) -> None:
    parcels = tmp_path / "parcels.geojson"
    shape = {
        "type": "Polygon",
        "coordinates": [[[112.6, 38.4], [112.7, 38.4], [112.7, 38.5], [112.6, 38.5], [112.6, 38.4]]],
    }
    feature = {"type": "Feature", "properties": {"名称": "东地块"}, "geometry": shape}
    parcels.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    found = run("where", "examples/xinfu-solar.yaml", "-w", demo, "--candidates", parcels, "--format", "json")
    assert found.exit_code == 0, found.output
    assert [row["name"] for row in json.loads(found.stdout)["candidates"]] == ["东地块"]


def _box(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


@pytest.mark.usefixtures("quick")
def test_every_parcel_is_answered_for(demo, tmp_path) -> None:
    """Of what a user gives nothing vanishes: in the list, or left out by row and with the reason."""
    knot = [[112.6, 38.4], [112.7, 38.5], [112.7, 38.4], [112.6, 38.5], [112.6, 38.4]]
    shapes = [
        ("好", {"type": "Polygon", "coordinates": [_box(112.6, 38.4, 112.7, 38.5)]}),
        ("结", {"type": "Polygon", "coordinates": [knot]}),
        ("线", {"type": "LineString", "coordinates": [[112.6, 38.4], [112.7, 38.5]]}),
        ("空", None),
        ("远", {"type": "Polygon", "coordinates": [_box(111.0, 35.0, 111.1, 35.1)]}),
        ("平", {"type": "Polygon", "coordinates": [[[112.6, 38.4], [112.7, 38.5], [112.8, 38.6], [112.6, 38.4]]]}),
        (
            "杂",
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "coordinates": [_box(112.6, 38.4, 112.7, 38.5)]},
                    {"type": "Point", "coordinates": [112.6, 38.4]},
                ],
            },
        ),
    ]
    features = [{"type": "Feature", "properties": {"名称": name}, "geometry": shape} for name, shape in shapes]
    parcels = tmp_path / "parcels.geojson"
    parcels.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    words = ("where", "examples/xinfu-solar.yaml", "-w", demo, "--within", "忻州市", "--candidates", parcels)
    found = run(*words, "--format", "json")
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    listed, left = ({row["row"]: row for row in answer[key]} for key in ("candidates", "left_out"))
    assert sorted([*listed, *left]) == list(range(1, len(shapes) + 1))
    assert {row: item["why"] for row, item in left.items()} == {3: "no_area", 4: "no_area", 5: "outside", 6: "no_area"}
    assert answer["not_listed"] == {"no_area": 3, "outside": 1}
    assert listed[1]["notes"] == []
    assert any("相交" in note for note in listed[2]["notes"])
    assert listed[2]["area_km2"] < listed[1]["area_km2"] * 0.75  # half of the box is in the knot
    assert listed[7]["notes"] == ["另有点或线，没有采用"]
    told = run(*words, "--most", "1").stdout
    for line in (
        "第 3 行 线：没有面积",
        "第 4 行 地块 4：没有面积；没有图形",
        "第 5 行 远：在所问的范围之外",
        "2 个排在后面",
    ):
        assert line in told
    page = run(*words, "--format", "html").stdout
    assert "没有列入的候选 4 个" in page


@pytest.mark.usefixtures("quick")
def test_a_parcel_wholly_on_forbidden_land_names_the_rule(demo, tmp_path) -> None:
    whole = tmp_path / "where.gpkg"
    words = ("where", "examples/xinfu-solar.yaml", "-w", demo, "--within", "五台县")
    assert run(*words, "--candidates", "none", "--out", whole).exit_code == 0
    import pyogrio

    _, _, wkb, columns = pyogrio.raw.read(whole, columns=["decision", "rules"])
    shape, rules = next(
        (shapely.from_wkb(blob), rules) for blob, word, rules in zip(wkb, *columns, strict=True) if word == "prohibited"
    )
    spot = shapely.Point(shape.representative_point()).buffer(1e-5)
    (tmp_path / "spot.geojson").write_text(shapely.to_geojson(spot), encoding="utf-8")
    answer = json.loads(run(*words, "--candidates", tmp_path / "spot.geojson", "--format", "json").stdout)
    assert answer["candidates"] == []
    (row,) = answer["left_out"]
    assert (row["row"], row["why"]) == (1, "prohibited")
    assert {item["rule"] for item in row["rules"]} <= set(rules.split(";"))
    assert row["rules"][0]["cites"]


@pytest.mark.usefixtures("quick")
def test_land_outside_all_counties_is_refused(demo, tmp_path) -> None:
    (tmp_path / "far.geojson").write_text(shapely.to_geojson(shapely.box(116, 39, 117, 40)), encoding="utf-8")
    found = run("where", "examples/xinfu-solar.yaml", "-w", demo, "--within", tmp_path / "far.geojson")
    assert found.exit_code == 2
    assert found.stderr.startswith("N017"), found.stderr


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--within", "忻洲市"], "N011"),
        (["--candidates", "grid:0"], "N013"),
        (["--candidates", "grid:ten"], "N013"),
        (["--candidates", "nowhere.gpkg"], "VEC001"),
        (["--within", "五台县", "--out", "x.dwg"], "G060"),
    ],
)
def test_faults_are_told(demo, tmp_path, monkeypatch, words, code) -> None:
    found = run("where", "examples/xinfu-solar.yaml", "-w", demo, *words)
    assert found.exit_code == 2
    assert found.stderr.startswith(code)
    assert "help:" in found.stderr
    assert "Traceback" not in found.output


LINE = {"type": "LineString", "coordinates": [[112.6, 38.4], [112.7, 38.5]]}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("words", [["where", "examples/xinfu-solar.yaml", "--within"],
                                   ["route", "太谷区", "平遥县", "--kind", "输电", "--avoid"]])  # fmt: skip
def test_land_that_is_no_land_is_refused(demo, tmp_path, words) -> None:
    """A line has no area, and a file that is not there is not a place of an unknown name."""
    (tmp_path / "line.geojson").write_text(json.dumps(LINE), encoding="utf-8")
    for name, code, told in (
        ("line.geojson", "N016", "不是面"),
        ("lines.geojson", "N015", "相近的有：line.geojson"),
        ("maps/area.gpkg", "N015", "也没有文件夹"),
    ):
        found = run(*words, tmp_path / name, "-w", demo)
        assert found.exit_code == 2
        assert found.stderr.startswith(code), found.stderr
        assert told in found.stderr


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("words", [["--within", "阳曲县"], []])
def test_before_any_county_was_known_that_is_said(demo, words) -> None:
    found = run("where", "examples/xinfu-solar.yaml", "-w", demo, "--known", "1990-01-01", *words)
    assert found.exit_code == 2
    assert found.stderr.startswith("N010"), found.stderr
    assert "按 1990-01-01 所知" in found.stderr
    assert "导入" in found.stderr


@pytest.mark.usefixtures("quick")
def test_without_a_workspace_the_fault_says_what_to_do() -> None:
    found = run("where", "examples/xinfu-solar.yaml")
    assert found.exit_code == 2
    assert found.stderr.startswith("N010")


def test_a_cell_that_is_no_number_is_refused() -> None:
    found = run("route", "太谷区", "平遥县", "--kind", "输电", "--cell", "nan")
    assert found.exit_code == 2
    assert "--cell" in found.output


@pytest.mark.usefixtures("quick")
def test_where_no_way_leads_the_file_that_is_not_written_is_said(demo, tmp_path) -> None:
    """Walled in on all sides by what is to be avoided: nothing is written, and an older file is not taken for the answer."""
    ring = shapely.box(112.1, 37.0, 112.5, 37.3).difference(shapely.box(112.2, 37.08, 112.4, 37.22))
    (tmp_path / "wall.geojson").write_text(shapely.to_geojson(ring), encoding="utf-8")
    out = tmp_path / "line.gpkg"
    words = (
        "route",
        "太谷区",
        "平遥县",
        "--kind",
        "输电",
        "-w",
        demo,
        "--cell",
        400,
        "--avoid",
        tmp_path / "wall.geojson",
    )
    found = run(*words, "--out", out)
    assert found.exit_code == 1, found.output
    assert f"没有线路，未写 {out}" in found.stderr
    assert "原有的文件" not in found.stderr
    assert f"要求避让的地方（{tmp_path / 'wall.geojson'}）" in found.stdout
    out.write_bytes(b"older")
    assert "原有的文件没有改动" in run(*words, "--out", out).stderr
    assert out.read_bytes() == b"older"


def test_the_endings_that_a_layer_is_exported_in(tmp_path) -> None:
    found = run("layers", "export", "control_unit", tmp_path / "x.txt", "-w", tmp_path)
    assert found.exit_code == 2
    assert found.stderr.startswith("G060")
    assert ".xlsx" in found.stderr
