"""A grid holds what the inventory holds, to the gram, over any polygons, sizes and proxies."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.casework.inventory import Stock
from greenrule.casework.inventory_grid import cell_size, grid, write_grid
from greenrule.core.errors import InputFault
from greenrule.packs.book import default_packs
from greenrule.packs.inventory import load_inventory
from greenrule.sources.inventory import Activity, Estimate, Factor, Inventory, Origin, take_stock
from greenrule.sources.inventory_range import Draws
from greenrule.spatial.gridding import Mesh

HERE = Origin("演示")
LAW = load_inventory(default_packs())


def stock(grams: dict[str, Fraction], points: list[tuple[float, float, Fraction]] = []) -> Stock:  # noqa: B006
    """An inventory of given grams: by county, and at positions."""
    rows = [Activity("dust.road", county, 2024, Estimate(amount), "吨", HERE) for county, amount in grams.items()]
    rows += [
        Activity("process.coking", "甲", 2024, Estimate(amount), "吨", HERE, str(at), point=(lon, lat))
        for at, (lon, lat, amount) in enumerate(points)
    ]
    factors = [Factor(name, "PM10", Estimate(Fraction(1)), "g/t", HERE) for name in ("dust", "process")]
    parents = {item.id: item.parent for item in LAW.categories.values()}
    return Stock(LAW, take_stock(rows, factors, [], parents, ["PM10"]), Draws(100))


def areas(path: Path, shapes: dict[str, shapely.Polygon]) -> Path:
    features = [
        {"type": "Feature", "properties": {"县区": name}, "geometry": json.loads(shapely.to_geojson(shape))}
        for name, shape in shapes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def round_shape(lon: float, lat: float, radii: list[float]) -> shapely.Polygon:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    return shapely.Polygon(
        np.column_stack([lon + np.array(radii) * np.cos(angles), lat + np.array(radii) * np.sin(angles)])
    )


amounts = st.fractions(min_value=0, max_value=10**12, max_denominator=991)


@settings(max_examples=20)
@given(
    st.lists(st.floats(0.02, 0.4), min_size=3, max_size=12), amounts, amounts,
    st.lists(st.tuples(st.floats(112.0, 113.0), st.floats(37.0, 38.0), amounts), max_size=4),
    st.sampled_from(["0.05度", "0.3度", "7km", "31km", "900m"]),
)  # fmt: skip
def test_mass_is_conserved_to_the_gram(tmp_path_factory, radii, one, other, points, size) -> None:
    shapes = {"甲": round_shape(112.3, 37.5, radii), "乙": round_shape(113.2, 37.4, [0.01, 0.02, 0.015])}
    path = areas(tmp_path_factory.mktemp("areas") / "a.geojson", shapes)
    found = grid(stock({"甲": one, "乙": other}, points), size, path)

    assert int(found.grams["PM10"].sum()) == round(one) + round(other) + sum(round(grams) for *_, grams in points)
    assert found.grams["PM10"].min() >= 0


def test_shares_follow_the_area() -> None:
    """A polygon over two and a half cells of a plane: its weights are as its areas."""
    mesh = Mesh((112.0, 37.0, 112.5, 37.5), 1000.0, True)
    west, north = mesh.left + 5000, mesh.top - 5000
    square = shapely.box(west, north - 1000, west + 2500, north)
    degrees = shapely.transform(square, mesh._land.degrees)
    cells, weights = mesh.shares(degrees)

    assert cells.tolist()[:3] == [[5, 5], [5, 6], [5, 7]]
    assert weights[:3] == pytest.approx([1e8, 1e8, 0.5e8], rel=1e-4)
    assert weights[3:].sum() < 1e4


def test_degrees_are_weighted_by_true_area() -> None:
    """Cells of the same degrees are smaller in the north."""
    mesh = Mesh((112.0, 34.0, 112.5, 41.0), 0.5, False)
    _, weights = mesh.shares(shapely.box(112.0, 34.0, 112.5, 41.0))

    assert mesh.shape == (14, 1)
    assert weights[0] / weights[-1] == pytest.approx(np.cos(np.deg2rad(40.75)) / np.cos(np.deg2rad(34.25)), rel=2e-3)


def test_a_proxy_draws_the_mass_to_itself(tmp_path: Path) -> None:
    path = areas(tmp_path / "a.geojson", {"甲": shapely.box(112, 37, 113, 38), "乙": shapely.box(113, 37, 114, 38)})
    proxy = tmp_path / "p.csv"
    proxy.write_text("经度,纬度,权重,源类\n112.15,37.15,3,扬尘源\n112.85,37.85,1,扬尘源\n", encoding="utf-8")
    found = grid(stock({"甲": Fraction(1000), "乙": Fraction(100)}), "0.1度", path, proxy)
    grams = found.grams["PM10"]

    assert sorted(grams[:, :10][grams[:, :10] > 0]) == [250, 750]
    assert grams[:, 10:].sum() == 100
    assert (grams[:, 10:] == 1).all()
    assert found.notes == ["乙 里没有“扬尘源”的代理权重，按面积分配"]


@pytest.mark.parametrize("name", ["g.gpkg", "g.geojson", "g.csv", "g.xlsx", "g.parquet", "g.tif"])
def test_every_format_holds_the_grams(tmp_path: Path, name: str) -> None:
    path = areas(tmp_path / "a.geojson", {"甲": round_shape(112.3, 37.5, [0.2, 0.3, 0.25, 0.1])})
    found = grid(stock({"甲": Fraction(123_456_789)}, [(112.3, 37.5, Fraction(10**15))]), "10km", path)
    out = tmp_path / name
    write_grid(out, found)
    if name.endswith(".tif"):
        import rasterio

        with rasterio.open(out) as raster:
            assert raster.descriptions == ("PM10",)
            total = int(raster.read(1).sum())
    elif name.endswith((".gpkg", ".geojson")):
        from greenrule.spatial.vectorfile import read_vector

        total = sum(read_vector(out).columns["PM10_g"])
    else:
        from greenrule.casework.outlook_sheets import read_sheets

        total = sum(int(text) for text in read_sheets(out)[0].words("PM10_g") if text)

    assert total == 123_456_789 + 10**15


def test_what_cannot_be_laid_is_told_all_at_once(tmp_path: Path) -> None:
    path = areas(tmp_path / "a.geojson", {"甲": shapely.box(112, 37, 113, 38)})
    everything = stock({"甲": Fraction(1), "乙": Fraction(1), "丙": Fraction(1)})

    def codes(*words, which: Stock = everything) -> list[str]:
        with pytest.raises(InputFault) as caught:
            grid(which, *words)
        return [fault.code for fault in caught.value.faults]

    assert codes("3km", path) == ["I023", "I023"]
    assert codes("3km", None) == ["I022"]
    assert codes("3 里", path) == ["I020"]
    assert codes("1m", path, which=stock({"甲": Fraction(1)})) == ["I025"]
    several = Stock(
        LAW,
        Inventory(
            [
                *everything.inventory.lines,
                *take_stock(
                    [Activity("dust", "甲", 2023, Estimate(Fraction(1)), "吨", HERE)], [], [], {"dust": None}, ["PM10"]
                ).lines,
            ]
        ),
        Draws(100),
    )
    assert codes("3km", path, which=several) == ["I021"]


def test_sizes() -> None:
    assert [cell_size(text) for text in ("1000m", "3公里", "0.1deg")] == [(1000.0, True), (3000.0, True), (0.1, False)]
