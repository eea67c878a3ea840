"""The exact index answers as shapely does on every row: random and hostile layers, sites that sit on everything."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.spatial.frame import Frame
from greenrule.spatial.index import building, exact
from greenrule.spatial.index.building import sizes
from greenrule.spatial.index.exact import ExactIndex, PointBatch, SiteBatch, met_by_shapely, single_parts
from greenrule.spatial.overlay import LayerIndex
from tests.spatial.test_overlay import coverage


def expected(layer: np.ndarray, sites: np.ndarray) -> list[tuple[int, int, bool]]:
    """What shapely says, as sorted triples of item, row and edge."""
    parts, row = single_parts(layer)
    met = met_by_shapely(parts, row, shapely.get_dimensions(parts) == 2, sites)
    return list(zip(met.item.tolist(), met.row.tolist(), met.edge.tolist(), strict=True))


def triples(met) -> list[tuple[int, int, bool]]:
    return list(zip(met.item.tolist(), met.row.tolist(), met.edge.tolist(), strict=True))


def agree(layer, sites) -> list[tuple[int, int, bool]]:
    """Assert that the index answers as shapely; the answer."""
    layer, sites = (np.array(list(some), dtype=object) for some in (layer, sites))
    index = ExactIndex.build(layer)
    assert index is not None
    said = expected(layer, sites)
    assert triples(index.sites(sites)) == said
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "_WORTH_BOXES", 0)
        patch.setattr(exact, "_WIDE", 1e300)
        assert triples(index.sites(sites)) == said
    points = shapely.get_type_id(sites) == 0
    if points.all() and not shapely.is_empty(sites).any():
        assert triples(index.points(shapely.get_coordinates(sites))) == said
    return said


def lattice_points(layer, extra=(0.25, 0.5)) -> np.ndarray:
    """Every vertex, the middle of every edge, and points on the same parallels and meridians."""
    corner = shapely.get_coordinates(layer)
    xs, ys = np.unique(corner[:, 0]), np.unique(corner[:, 1])
    middle = (corner[1:] + corner[:-1]) / 2
    cross = np.array(np.meshgrid(xs[:12], ys[:12])).reshape(2, -1).T
    shifted = np.vstack(
        [corner + np.array([step, 0]) for step in extra] + [corner + np.array([0, step]) for step in extra]
    )
    return shapely.points(np.vstack([corner, middle, cross, shifted]))


BOX = shapely.box
SHAPES = {
    "boxes that share edges on grid lines": [BOX(i, j, i + 1, j + 1) for i in range(4) for j in range(3)],
    "boxes over each other": [BOX(i * 0.5, 0, i * 0.5 + 2, 2) for i in range(6)],
    "the same area twice, and in it a third": [BOX(0, 0, 2, 2), BOX(0, 0, 2, 2), BOX(0.5, 0.5, 1, 1)],
    "a hole with an island, and a hole that touches its shell": [
        BOX(0, 0, 8, 8).difference(BOX(1, 1, 5, 5)),
        BOX(2, 2, 4, 4),
        shapely.Polygon([(0, 0), (6, 0), (6, 6), (0, 6)], [[(0, 0), (3, 1), (1, 3)]]),
    ],
    "parts that touch in a point": [
        shapely.MultiPolygon([BOX(0, 0, 1, 1), BOX(1, 1, 2, 2)]),
        shapely.MultiPolygon([BOX(1, 0, 2, 1), BOX(0, 1, 1, 2), BOX(5, 5, 6, 6)]),
    ],
    "slivers and spikes": [
        shapely.Polygon([(0, 0), (4, 1e-13), (4, 0)]),
        shapely.Polygon([(0, 0), (1, 3), (1.0000000000001, 0)]),
        shapely.Polygon([(0, 1), (4, 1), (4, 1.0000000000000002)]),
    ],
    "many borders in one point": [
        shapely.Polygon([(0, 0), (np.cos(a), np.sin(a)), (np.cos(a + 0.1), np.sin(a + 0.1))])
        for a in np.linspace(0, 2 * np.pi, 64)[:-1]
    ],
    "lines and points": [
        shapely.LineString([(0, 0), (2, 2), (2, 0)]), shapely.MultiPoint([(1, 1), (3, 3)]), shapely.Point(2, 1),
        shapely.LineString([(0, 1), (4, 1)]), shapely.LineString([(1, 0), (3, 0), (2, 2), (1, 0)]), BOX(0, 0, 1, 1),
    ],
    "collections, empty and missing": [
        shapely.GeometryCollection([BOX(0, 0, 1, 1), shapely.GeometryCollection([shapely.Point(2, 2), BOX(3, 0, 4, 1)])]),
        shapely.Polygon(), shapely.GeometryCollection(), shapely.MultiPolygon(), BOX(0.5, 0.5, 3.5, 1.5), None,
    ],
    "negative, zero and minus zero": [BOX(-2, -2, 0.0, 0.0), BOX(-0.0, -0.0, 2, 2), BOX(-2, 0, 0, 2)],
    "far from zero and tiny": [BOX(1e9, 1e9, 1e9 + 1e-6, 1e9 + 1e-6), BOX(1e9 + 1e-6, 1e9, 1e9 + 2e-6, 1e9 + 1e-6)],
    "huge": [BOX(-1e100, -1e100, 1e100, 1e100), BOX(0, 0, 1e90, 1e100)],
    "one outline drawn twenty times, almost alike": [BOX(112, 37, 113 + k * 1e-10, 38 + k * 1e-10) for k in range(20)],
    "teeth one last digit apart": [
        shapely.Polygon([(112, 36), *((112 + k * 2.0**-46, 37 + k % 2) for k in range(30)), (112 + 29 * 2.0**-46, 36)])
    ],
    "large beside small": [BOX(0, 0, 1000, 1000), *(BOX(k, k, k + 1e-3, k + 1e-3) for k in range(1, 30))],
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_points_on_and_beside_everything(name):
    agree(SHAPES[name], lattice_points([shape for shape in SHAPES[name] if shape is not None]))


@pytest.mark.parametrize("name", SHAPES)
def test_the_shapes_of_every_layer_asked_of_every_layer(name):
    """Lines and areas that share vertices, edges and whole borders with the layer, lie in its holes or around it."""
    layer = SHAPES[name]
    sites = [shape for shape in layer if shape is not None]
    sites += [shapely.boundary(shape) for shape in sites if shape.geom_type != "GeometryCollection"]
    sites += [shapely.transform(shape, lambda xy: xy + 0.5) for shape in sites]
    sites += [shapely.envelope(shape) for shape in sites if not shape.is_empty]
    sites += [shapely.buffer(shape, 0.75, quad_segs=1) for shape in sites[:8]]
    agree(layer, sites)


def test_one_vertex_beyond_the_arithmetic_leaves_the_whole_site_to_shapely():
    """Any vertex counts, not only the first: below zero by the least double, rows far away were told."""
    layer = [BOX(k, k, k + 6, k + 6) for k in range(4)] + [BOX(0, 2, 6, 8), BOX(0, 0, 1e-9, 1e-9)]
    agree(layer, [shapely.MultiPoint([corner, (-5e-324, -5e-324)]) for corner in shapely.get_coordinates(layer)])


def test_borders_that_no_cell_tells_apart_are_not_copied_into_every_cell():
    """Twenty boxes that differ by a hundredth of a millimetre took more than six gigabytes."""
    index = ExactIndex.build(np.array(SHAPES["one outline drawn twenty times, almost alike"]))
    assert index is not None
    assert sizes(index.arrays) < 1_000_000


def test_a_layer_that_would_take_too_much_room_is_asked_of_shapely(monkeypatch):
    rays = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    layer = np.array([shapely.LineString([(112, 37), (112 + np.cos(a), 37 + np.sin(a))]) for a in rays])
    assert ExactIndex.build(layer) is not None
    monkeypatch.setattr(building, "_FEW_NUMBERS", 1000)
    assert ExactIndex.build(layer) is None
    met = LayerIndex(Frame(layer)).rows_of_sites(layer[:5])
    assert triples(met) == expected(layer, layer[:5])


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([3, 9, 14]))
def test_a_point_is_in_one_cell_of_a_coverage_unless_on_a_border(seed, cells):
    layer = coverage(seed, cells=cells)
    rng = np.random.default_rng(seed)
    vertex = shapely.get_coordinates(layer)[rng.integers(4 * cells * cells, size=20)]
    asked = np.vstack([rng.uniform((112, 37), (113, 38), (60, 2)), vertex, vertex + np.array([1e-12, 0])])
    index = ExactIndex.build(layer)
    met = index.points(asked)
    assert triples(met) == expected(layer, shapely.points(asked))
    count = np.bincount(met.item, minlength=len(asked))
    on_border = np.zeros(len(asked), dtype=bool)
    on_border[met.item[met.edge]] = True
    assert (count[~on_border & (asked[:, 0] < 113)] == 1).all()
    assert (count[60:80] >= 1).all()


@settings(max_examples=40)
@given(st.data())
def test_small_lattices_where_everything_touches(data):
    """Triangles and lines with corners on a 7 × 7 lattice: half of all pairs touch in a corner or along an edge."""
    whole = st.integers(0, 6).map(float)
    corner = st.tuples(whole, whole)
    triangles = st.lists(corner, min_size=3, max_size=3, unique=True).map(shapely.Polygon)
    areas = data.draw(st.lists(triangles.filter(lambda shape: shape.area > 0), min_size=1, max_size=8))
    lines = data.draw(
        st.lists(st.lists(corner, min_size=2, max_size=5, unique=True).map(shapely.LineString), max_size=4)
    )
    points = data.draw(st.lists(corner.map(shapely.Point), min_size=1, max_size=8))
    agree(areas + lines, areas + lines + points)


def rough(rng, corners: int, size: float, middle) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = size * rng.uniform(0.5, 1.0, corners)
    return shapely.Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None] + middle)


def test_a_crowded_layer_with_cells_split_several_times():
    """Rough areas of very different sizes over each other; points by the ten thousand, lines, areas."""
    rng = np.random.default_rng(5)
    layer = np.array(
        [rough(rng, int(n), s, rng.uniform(0, 1, 2)) for n, s in zip(rng.integers(8, 900, 60), rng.uniform(0.002, 0.4, 60), strict=True)]
    )  # fmt: skip
    index = ExactIndex.build(layer)
    assert (index.arrays["cells"][1::2] < 0).any()
    assert len(index.arrays["set_starts"]) > 1
    border = shapely.get_coordinates(layer)
    asked = np.vstack(
        [rng.uniform(-0.2, 1.2, (6_000, 2)), border[::3], border[::5] + rng.normal(0, 1e-9, border[::5].shape)]
    )
    assert triples(index.points(asked)) == expected(layer, shapely.points(asked))
    sites = np.array(
        [shapely.LineString(rng.uniform(-0.1, 1.1, (int(n), 2))) for n in rng.integers(2, 30, 60)]
        + [rough(rng, 12, s, rng.uniform(0, 1, 2)) for s in rng.uniform(1e-4, 0.6, 120)]
        + [shapely.LineString(border[k : k + 4]) for k in range(0, 400, 40)]
        + [
            shapely.MultiPolygon([BOX(x, x, x + 0.01, x + 0.01), BOX(x + 0.5, x, x + 0.51, x + 0.01)])
            for x in (0.1, 0.3)
        ]
    )
    assert triples(index.sites(sites)) == expected(layer, sites)


def test_more_cells_with_borders_than_wait_together():
    """A lattice within one cell of the top grid: an outline and a line over all of it meet thousands of cells."""
    step = 2.0**-16
    layer = [BOX(i * step, j * step, (i + 1) * step, (j + 1) * step) for i in range(60) for j in range(60)]
    layer.append(BOX(3, 3, 4, 4))  # the top grid is as coarse as the layer is wide
    end, half = 60 * step, step / 2
    sites = [
        BOX(half, half, end - half, end - half),
        BOX(-step, -step, end + step, end + step),
        shapely.LineString([(half, half), (end - half, end - 3 * half)]),
        shapely.LineString([(0, step), (end, step)]),
        shapely.LineString([(half * (k % 7), end * k / 40) for k in range(41)]),
        shapely.LineString([(end * (k % 2), end * k / 200) for k in range(201)]),
        shapely.Polygon([(0, 0), (end, half), (half, end)]),
        shapely.Point(step, step),
    ]
    said = agree(layer, sites)
    assert len([1 for item, _, _ in said if item == 0]) == 3600


def test_threads_and_order_change_no_answer(monkeypatch):
    layer = coverage(8, cells=12)
    rng = np.random.default_rng(8)
    asked = rng.uniform((111.9, 36.9), (113.1, 38.1), (5_000, 2))
    asked[::7] = np.nan
    asked[1] = [np.inf, -np.inf]
    sites = shapely.buffer(shapely.points(rng.uniform((112, 37), (113, 38), (400, 2))), 0.01, quad_segs=2)
    index = ExactIndex.build(layer)
    plain = triples(index.points(asked)), triples(index.sites(sites))
    monkeypatch.setattr(exact, "_POINTS_PER_SHARE", 500)
    monkeypatch.setattr(exact, "_VERTICES_PER_SHARE", 500)
    monkeypatch.setattr("greenrule.spatial.index.sharing.workers", lambda: 5)
    assert len(PointBatch(asked).shares) == len(SiteBatch(sites).apart.shares) == 5
    assert (triples(index.points(PointBatch(asked))), triples(index.sites(SiteBatch(sites)))) == plain
    monkeypatch.setattr(exact, "_BOXES_PER_SHARE", 50)
    monkeypatch.setattr(exact, "_WORTH_BOXES", 0)
    batch = SiteBatch(sites)
    assert len(batch.shares) == 5
    assert triples(index.sites(batch)) == triples(index.sites(batch)) == plain[1]
    assert plain[0] == expected(layer, shapely.points(asked))


def test_a_layer_built_in_shares_is_the_same_layer(monkeypatch):
    rng = np.random.default_rng(6)
    layer = np.array([rough(rng, 600, 0.4, rng.uniform(0, 1, 2)) for _ in range(12)])
    asked = rng.uniform(-0.5, 1.5, (4_000, 2))
    alone = ExactIndex.build(layer)
    monkeypatch.setattr("greenrule.spatial.index.building._WORTH_SHARING", 10)
    monkeypatch.setattr("greenrule.spatial.index.building.workers", lambda: 3)
    shared = ExactIndex.build(layer)
    assert triples(shared.points(asked)) == triples(alone.points(asked)) == expected(layer, shapely.points(asked))


def test_nothing_and_what_is_no_number():
    for layer in ([], [shapely.Polygon()], [None], [shapely.Point(np.nan, 1.0)]):
        index = ExactIndex.build(np.array(layer, dtype=object))
        assert len(index.points(np.array([[1.0, 1.0], [np.nan, 0.0]]))) == 0
        assert len(index.sites(np.array([BOX(0, 0, 2, 2), shapely.Polygon(), None], dtype=object))) == 0
    index = ExactIndex.build(np.array([BOX(0, 0, 1, 1)]))
    assert len(index.points(np.empty((0, 2)))) == 0
    assert len(index.sites(np.array([], dtype=object))) == 0
    broken = shapely.LineString([(0.5, 0.5), (np.nan, 0.5)])
    assert triples(index.sites(np.array([broken, BOX(0.2, 0.2, 0.3, 0.3)], dtype=object))) == [(1, 0, False)]


def test_coordinates_beyond_the_arithmetic_are_left_to_shapely():
    """A layer of such coordinates is not indexed; such a point asked of a layer is answered all the same."""
    strange = [BOX(0, 0, 1e200, 1e200)]
    assert ExactIndex.build(np.array(strange)) is None
    layer = LayerIndex(Frame(np.array(strange)))
    assert triples(layer.rows_of_points(np.array([[1.0, 1.0]]))) == [(0, 0, False)]
    assert triples(layer.rows_of_sites(np.array([BOX(1, 1, 2, 2)]))) == [(0, 0, False)]
    box = ExactIndex.build(np.array([BOX(-1, -1, 1, 1), shapely.Polygon([(-1, -1), (1, 1), (-1, 1)])]))
    assert triples(box.points(np.array([[5e-324, 0.5], [0.5, 0.9], [0.5, -0.5]]))) == [
        (0, 0, False), (0, 1, False), (1, 0, False), (1, 1, False), (2, 0, False),
    ]  # fmt: skip
    line = shapely.LineString([(5e-324, -2), (5e-324, 2)])
    assert [pair[:2] for pair in triples(box.sites(np.array([line])))] == [(0, 0), (0, 1)]


def test_bow_ties_and_overlapping_units_do_not_mislead_the_index():
    """Inside a bow-tie is what an odd number of borders surrounds, for shapely and here."""
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    rng = np.random.default_rng(1)
    asked = rng.uniform(-0.5, 2.5, (500, 2))
    index = ExactIndex.build(np.array([bow_tie, BOX(0.5, 0.5, 1.5, 1.5)]))
    item, row = shapely.STRtree([bow_tie, BOX(0.5, 0.5, 1.5, 1.5)]).query(shapely.points(asked), predicate="intersects")
    met = index.points(asked)
    assert sorted(zip(item.tolist(), row.tolist(), strict=True)) == list(
        zip(met.item.tolist(), met.row.tolist(), strict=True)
    )


def test_too_many_areas_over_one_place_are_not_indexed(monkeypatch):
    monkeypatch.setattr("greenrule.spatial.index.building._MOST_OVER_ONE_PLACE", 8)
    assert ExactIndex.build(np.array([BOX(0, 0, 2 + k, 2) for k in range(12)])) is None
    assert ExactIndex.build(np.array([BOX(0, 0, 2 + k, 2) for k in range(6)])) is not None


def test_a_coverage_keeps_every_common_border_once():
    layer = coverage(2, cells=20)
    fine = shapely.segmentize(layer, 0.0008)
    vertices = ExactIndex.build(fine).arrays["points"]
    # Neighbours share all but the outer border; arcs repeat their ends.
    assert len(vertices) < 0.6 * shapely.get_num_coordinates(fine).sum()


def test_many_small_parts_in_one_feature():
    side = np.arange(70.0)
    many = shapely.MultiPolygon([BOX(x, y, x + 0.5, y + 0.5) for x in side for y in side])
    agree(
        [many, BOX(0, 0, 35, 35)],
        [shapely.Point(3.25, 3.25), shapely.Point(3.75, 3.25), BOX(2, 2, 60, 60), BOX(3.6, 3.6, 3.9, 3.9)],
    )


def test_hits_of_many_sites_are_the_hits_of_each():
    layer = LayerIndex(Frame(coverage(4, cells=9)))
    rng = np.random.default_rng(4)
    middle = shapely.points(rng.uniform((112, 37), (113, 38), (60, 2)))
    sites = np.concatenate(
        [
            shapely.buffer(middle[:40], 0.03, quad_segs=2),
            middle[40:],
            [shapely.LineString([(112.1, 37.1), (112.9, 37.8)])],
        ]
    )
    many = layer.hits_of_sites(sites)
    assert sum(hit.share == 1.0 for hits in many for hit in hits) > 10
    for site, hits in zip(sites, many, strict=True):
        alone = layer.hits(site)
        assert [(hit.row, hit.on_boundary) for hit in hits] == [(hit.row, hit.on_boundary) for hit in alone]
        assert [hit.share for hit in hits] == pytest.approx([hit.share for hit in alone])
        assert [hit.measure for hit in hits] == pytest.approx([hit.measure for hit in alone])
