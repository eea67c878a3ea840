"""The place part of a screening: which features of which layers a site touches, and how much of it lies in each unit.

Beside: shapely by hand (one tree per layer, prepared features) and geopandas (`sjoin`, `overlay`), over the same layers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely

from benchmarks.measure import Check, Section, figures_of, turns
from benchmarks.sites import ON, outline, place
from greenrule.casework.ground import Ground
from greenrule.casework.screening import Screener

Touched = frozenset[tuple[str, int]]
#: Shares are compared to this: geopandas measures in a projection, greenrule on the ellipsoid.
SHARE_TOLERANCE = 1e-3
EQUAL_AREA = "+proj=aea +lat_1=25 +lat_2=47 +lon_0=112 +ellps=GRS80 +units=m"


def ours(ground: Ground, kinds: Sequence[str]) -> Callable[[Any], Touched]:
    """What the screening itself calls, layer by layer."""
    indexes = {kind: ground.index(kind) for kind in kinds}

    def ask(site: Any) -> Touched:
        found: set[tuple[str, int]] = set()
        for kind, index in indexes.items():
            assert index is not None
            found.update((kind, int(row)) for row in index.part_row[index.meeting(site)])
        return frozenset(found)

    return ask


def by_hand(frames: dict[str, np.ndarray]) -> Callable[[Any], Touched]:
    """What a programmer writes with shapely: a tree over the features, candidates by box, then prepared features."""
    trees = {}
    for kind, features in frames.items():
        copies = shapely.from_wkb(shapely.to_wkb(features))  # prepared for this contender alone
        shapely.prepare(copies)
        trees[kind] = (shapely.STRtree(copies), copies)

    def ask(site: Any) -> Touched:
        found: set[tuple[str, int]] = set()
        for kind, (tree, features) in trees.items():
            rows = tree.query(site)
            found.update((kind, int(row)) for row in rows[shapely.intersects(features[rows], site)])
        return frozenset(found)

    return ask


def by_geopandas(
    frames: dict[str, np.ndarray],
) -> tuple[Callable[[Any], Touched], Callable[[Sequence[Any]], list[Touched]]]:
    """`geopandas.sjoin` per site, as one would write it for one project, and once for all sites, as for a batch."""
    import geopandas

    layers = {
        kind: geopandas.GeoDataFrame({"row": range(len(f))}, geometry=list(f), crs="EPSG:4490")
        for kind, f in frames.items()
    }
    for layer in layers.values():
        _ = layer.sindex  # built once, like the others'

    def many(sites: Sequence[Any]) -> list[Touched]:
        asked = geopandas.GeoDataFrame({"site": range(len(sites))}, geometry=list(sites), crs="EPSG:4490")
        found: list[set[tuple[str, int]]] = [set() for _ in sites]
        for kind, layer in layers.items():
            joined = geopandas.sjoin(asked, layer, predicate="intersects")
            for site, row in zip(joined["site"].tolist(), joined["row"].tolist(), strict=True):
                found[site].add((kind, row))
        return [frozenset(item) for item in found]

    return (lambda site: many([site])[0]), many


def shares(ground: Ground, units: np.ndarray) -> dict[str, Callable[[Any], dict[int, float]]]:
    """Share of a site in each control unit: greenrule's exact overlay, and geopandas in an equal-area projection."""
    import geopandas

    index = ground.index("control_unit")
    assert index is not None
    flat = geopandas.GeoDataFrame({"row": range(len(units))}, geometry=list(units), crs="EPSG:4490").to_crs(EQUAL_AREA)
    _ = flat.sindex

    def overlay(site: Any) -> dict[int, float]:
        asked = geopandas.GeoDataFrame(geometry=[site], crs="EPSG:4490").to_crs(EQUAL_AREA)
        whole = float(asked.area.iloc[0])
        near = flat.iloc[flat.sindex.query(asked.geometry.iloc[0])]  # the whole layer at once is far slower
        cut = geopandas.overlay(asked, near, how="intersection", keep_geom_type=True)
        return {int(row): float(area) / whole for row, area in zip(cut["row"], cut.area, strict=True)}

    return {"greenrule": lambda site: {hit.row: hit.share for hit in index.hits(site)}, "geopandas.overlay": overlay}


def run(screener: Screener, quick: bool) -> Section:
    """Touched features of all layers for points and polygons, and shares of polygons in the control units."""
    section = Section("选址部分：触及哪些图斑（全部图层）")
    ground = screener.ground(date.fromisoformat(ON))
    assert ground is not None
    kinds = sorted(ground.versions)
    frames = {kind: np.asarray(ground.index(kind).frame.geometry, dtype=object) for kind in kinds}  # type: ignore[union-attr]
    count = sum(len(features) for features in frames.values())
    rng = random.Random(3)
    points = [shapely.Point(place(rng, screener)) for _ in range(60 if quick else 300)]
    polygons = [shapely.Polygon(outline(*place(rng, screener, 0.05))) for _ in range(12 if quick else 60)]
    one, many = by_geopandas(frames)
    contenders = {
        "greenrule": ours(ground, kinds),
        "shapely STRtree + prepared": by_hand(frames),
        "geopandas.sjoin": one,
    }
    for words, sites in (("点", points), ("5,000 点多边形", polygons)):
        question = f"{words}，{len(kinds)} 个图层 {count:,} 个图斑"
        for ask in contenders.values():
            ask(sites[0])
        section.figures += figures_of(question, turns(contenders, sites))
        taken = turns({"geopandas.sjoin, all sites in one batch": many}, [sites])
        (seconds,) = taken.values()
        section.figures += figures_of(question, {"geopandas.sjoin, all sites in one batch": [seconds[0] / len(sites)]})
        said = [contenders["greenrule"](site) for site in sites]
        for who, ask in list(contenders.items())[1:]:
            wrong = sum(ask(site) != mine for site, mine in zip(sites, said, strict=True))
            section.checks.append(Check(f"{words}：触及的图斑与 {who} 相同", len(sites), wrong))
    _shares(section, ground, frames["control_unit"], polygons)
    section.notes.append(
        "全部方法都已装载图层、建好索引，均不计入；greenrule 的结果含恰在边界上的图斑，与 intersects 同义。"
    )
    return section


def _shares(section: Section, ground: Ground, units: np.ndarray, polygons: Sequence[Any]) -> None:
    contenders = shares(ground, units)
    for ask in contenders.values():
        ask(polygons[0])
    section.figures += figures_of("5,000 点多边形在各管控单元中的面积份额", turns(contenders, polygons))
    wrong = 0
    for site in polygons:
        mine, theirs = (ask(site) for ask in contenders.values())
        rows = set(mine) | set(theirs)
        wrong += any(abs(mine.get(row, 0.0) - theirs.get(row, 0.0)) > SHARE_TOLERANCE for row in rows)
    section.checks.append(Check(f"面积份额与 geopandas.overlay 相差不超过 {SHARE_TOLERANCE:g}", len(polygons), wrong))
