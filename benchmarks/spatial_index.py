"""Many sites at once: the exact index beside shapely, geopandas and sedonadb, over a drawn province.

Each contender is given the sites in the form it works on (coordinates, shapely objects, a GeoDataFrame, a view of WKB)
and gives back the pairs of site and feature as arrays.  Shapely's trees and prepared features and geopandas' spatial
index are made beforehand where the question is warm; sedonadb has nothing to keep and builds its own each time.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks import province
from benchmarks.measure import Check, Figure, Section, figures_of, quantile, turns

Pairs = tuple[np.ndarray, np.ndarray]
OPEN_TARGET_S, SIZE_TARGET_MB = 0.05, 200.0
#: How many times faster than the fastest peer of the same run this project set out to be.
GOALS = {"points": 25.0, "layers": 20.0, "footprints": 8.0, "lines": 15.0, "borders": 8.0, "cold": 1.5}


def fingerprint(pairs: list[Pairs]) -> tuple[int, int]:
    """Number of pairs, and a sum over them that no other set of pairs is likely to have."""
    count, total = 0, 0
    for layer, (item, row) in enumerate(pairs):
        count += len(item)
        mixed = (
            item.astype(np.uint64) * np.uint64(1_000_003) + row.astype(np.uint64) + np.uint64(layer * 7919)
        ) * np.uint64(0x9E3779B97F4A7C15)
        total ^= int((mixed ^ (mixed >> np.uint64(31))).sum(dtype=np.uint64))
    return count, total


#: Each contender is asked so often, in turn; the quickest counts.  Three were too few for answers of thirty milliseconds.
ROUNDS = 7


class Ours:
    """Indexes opened from files, as a workspace does."""

    name = "greenrule, index opened from its file"

    def __init__(self, layers: Mapping[str, np.ndarray], folder: Path) -> None:
        from greenrule.spatial.index.exact import ExactIndex
        from greenrule.spatial.index.storing import index_path, open_index, store_index

        self.indexes, self.opened, self.size = [], [], 0
        for number, (name, geometry) in enumerate(layers.items()):
            built = ExactIndex.build(geometry)
            assert built is not None
            digest = f"{number:064x}"
            store_index(built, folder, digest)
            self.size += index_path(folder, digest).stat().st_size
            start = time.perf_counter()
            index = open_index(folder, digest, lambda geometry=geometry: shapely.get_parts(geometry))
            self.opened.append(time.perf_counter() - start)
            assert index is not None, name
            self.indexes.append(index)

    def points(self, asked: np.ndarray) -> list[Pairs]:
        from greenrule.spatial.index.exact import PointBatch

        batch = PointBatch(asked)
        return [(met.item, met.row) for met in (index.points(batch) for index in self.indexes)]

    def sites(self, asked: np.ndarray) -> list[Pairs]:
        return [(met.item, met.row) for met in (index.sites(asked) for index in self.indexes)]


def ours_cold(geometry: np.ndarray, folder: Path) -> Callable[[np.ndarray], list[Pairs]]:
    """Built, stored in its file and asked."""

    def ask(asked: np.ndarray) -> list[Pairs]:
        from greenrule.spatial.index.exact import ExactIndex
        from greenrule.spatial.index.storing import store_index

        index = ExactIndex.build(geometry)
        assert index is not None
        store_index(index, folder, "c" * 64)
        met = index.points(asked)
        return [(met.item, met.row)]

    return ask


class Shapely:
    """A tree over the parts' boxes, and prepared parts."""

    name = "shapely STRtree + prepared"

    def __init__(self, layers: Mapping[str, np.ndarray]) -> None:
        self.layers = []
        for geometry in layers.values():
            # Copies, so that preparing them helps nobody else.
            parts, row = shapely.get_parts(shapely.from_wkb(shapely.to_wkb(geometry)), return_index=True)
            shapely.prepare(parts)
            self.layers.append((shapely.STRtree(parts), row))

    def ask(self, asked: np.ndarray) -> list[Pairs]:
        out = []
        for tree, row in self.layers:
            item, part = tree.query(asked, predicate="intersects")
            pairs = np.unique(np.column_stack([item, row[part]]), axis=0) if len(row) != row[-1] + 1 else None
            out.append((item, row[part]) if pairs is None else (pairs[:, 0], pairs[:, 1]))
        return out


class Geopandas:
    """`sjoin`, layer by layer."""

    name = "geopandas.sjoin"

    def __init__(self, layers: Mapping[str, np.ndarray]) -> None:
        import geopandas

        self.layers = [
            geopandas.GeoDataFrame({"row": np.arange(len(geometry))}, geometry=list(geometry), crs="EPSG:4490")
            for geometry in layers.values()
        ]
        for layer in self.layers:
            _ = layer.sindex

    @staticmethod
    def given(asked: np.ndarray) -> Any:
        import geopandas

        return geopandas.GeoDataFrame({"item": np.arange(len(asked))}, geometry=asked, crs="EPSG:4490")

    def ask(self, asked: Any) -> list[Pairs]:
        import geopandas

        out = []
        for layer in self.layers:
            joined = geopandas.sjoin(asked, layer, predicate="intersects")
            out.append((joined["item"].to_numpy(), joined["row"].to_numpy()))
        return out


class Sedona:
    """sedonadb's own spatial join in SQL."""

    name = "sedonadb"

    def __init__(self, layers: Mapping[str, np.ndarray]) -> None:
        import sedonadb

        self.connection = sedonadb.connect()
        self.count = len(layers)
        for number, geometry in enumerate(layers.values()):
            self._view(f"layer{number}", "row", geometry)

    def _view(self, name: str, column: str, geometry: np.ndarray) -> None:
        import geoarrow.pyarrow
        import pyarrow as pa

        wkb = geoarrow.pyarrow.as_wkb(pa.array(shapely.to_wkb(geometry)))
        table = pa.table({column: np.arange(len(geometry)), "geometry": wkb})
        self.connection.create_data_frame(table).to_view(name, overwrite=True)

    def given(self, asked: np.ndarray, name: str) -> str:
        self._view(name, "item", asked)
        return name

    def ask(self, asked: str) -> list[Pairs]:
        out = []
        for number in range(self.count):
            joined = self.connection.sql(
                f"SELECT s.item, f.row FROM {asked} s JOIN layer{number} f ON ST_Intersects(f.geometry, s.geometry)"
            ).to_arrow_table()
            out.append((joined["item"].to_numpy(), joined["row"].to_numpy()))
        return out


class Arena:
    """All contenders over the same layers, and what they were found to answer."""

    def __init__(
        self, section: Section, layers: Mapping[str, np.ndarray], folder: Path, rounds: int, judged: bool
    ) -> None:
        self.section, self.rounds, self.judged = section, rounds, judged
        self.ours, self.shapely, self.geopandas = Ours(layers, folder), Shapely(layers), Geopandas(layers)
        self.sedona = Sedona(layers)

    def ask(self, question: str, goal: float, sites: np.ndarray, name: str, fewer: int = 1) -> None:
        """One question to everybody, in turns; sites: (n, 2) coordinates for points, else shapely geometries.

        fewer : shapely and geopandas, of which some questions take minutes, are asked the first of so many parts of the
        sites, once; their time is multiplied by it
        """
        points = sites.dtype != object
        shapes = shapely.points(sites) if points else sites
        few = shapes[: len(shapes) // fewer]
        frame, view = self.geopandas.given(few), self.sedona.given(shapes, name)
        answers: dict[str, list[Pairs]] = {}

        def kept(who: str, ask: Callable[[Any], list[Pairs]], asked: Any) -> Callable[[Any], None]:
            return lambda _: answers.__setitem__(who, ask(asked))

        contenders = {
            self.ours.name: kept(self.ours.name, self.ours.points if points else self.ours.sites, sites),
            self.sedona.name: kept(self.sedona.name, self.sedona.ask, view),
        }
        slow = {
            self.shapely.name: kept(self.shapely.name, self.shapely.ask, few),
            self.geopandas.name: kept(self.geopandas.name, self.geopandas.ask, frame),
        }
        if fewer == 1:
            contenders, slow = contenders | slow, {}
        self.compare(question, goal, contenders, answers, slow, (len(shapes), len(few)))

    def compare(
        self,
        question: str,
        goal: float,
        contenders: Mapping[str, Callable[[Any], None]],
        answers: dict[str, list[Pairs]],
        slow: Mapping[str, Callable[[Any], None]],
        rows: tuple[int, int],
    ) -> None:
        """Measure, compare the answers, say how the fastest peer did; `slow` are asked once, rows[1] of the rows[0]."""
        first = next(iter(contenders))
        contenders[first](None)  # kernels are compiled once per machine
        taken = turns(contenders, range(self.rounds))
        scale = rows[0] / max(rows[1], 1)
        for who, seconds in turns(slow, range(1)).items():
            taken[who] = [second * scale for second in seconds]
        note = f"只问前 {rows[1]:,} 行，耗时按行数折算" if rows[0] != rows[1] else ""
        self.section.figures += figures_of(question, taken, notes={who: note for who in slow if note})
        median = {who: quantile(seconds, 0.5) for who, seconds in taken.items()}
        fastest = min((who for who in median if who != first), key=lambda who: median[who])
        times = median[fastest] / median[first]
        # The goals are set for the full size.
        verdict = f"；目标 ≥ {goal:g}×，{'达到' if times >= goal else '未达到'}" if self.judged else ""
        folded = f"，{'、'.join(slow)} {note}" if slow and note else ""
        self.section.notes.append(f"{question}：最快的对手是 {fastest}，{times:.1f}×{verdict}{folded}。")
        print(f"\n  {self.section.notes[-1]}", end="", file=sys.stderr, flush=True)  # the whole takes minutes
        for who in [*contenders, *slow]:
            if who == first:
                continue
            mine = answers[first]
            if who in slow:
                mine = [(item[item < rows[1]], row[item < rows[1]]) for item, row in mine]
            count, total = fingerprint(mine)
            self.section.checks.append(
                Check(
                    f"{question}：数目与校验和与 {who} 相同", count, int(fingerprint(answers[who]) != (count, total)),
                    note if who in slow else "",
                )
            )  # fmt: skip


def run(quick: bool) -> Section:
    """Points, layers, footprints, lines, points by borders; cold; the size of the indexes and the time to open them."""
    size = province.QUICK if quick else province.FULL
    many = 20_000 if quick else 1_000_000
    drawn = province.draw(size)
    units = drawn.units.geometry
    section = Section(
        f"批量落图：{size.units:,} 个管控单元 {int(shapely.get_num_coordinates(units).sum()):,} 个顶点，"
        f"{size.layers} 个叠加图层 {size.polygons:,} 个多边形（{province.DEMO}）"
    )
    rng = np.random.default_rng(11)
    anywhere = province.points_anywhere(many, rng)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        arena = Arena(section, {"units": units}, folder / "units", ROUNDS, judged=not quick)
        tenth, rare = (1, 1) if quick else (10, 200)
        arena.ask(f"{many:,} 个点落在哪个单元", GOALS["points"], anywhere, "points", tenth)
        arena.ask(
            f"{many:,} 个点，距单元边界 10 m 以内",
            GOALS["borders"],
            province.points_by_borders(units, many, 10.0, rng),
            "near",
            tenth,
        )
        arena.ask(
            f"{many // 10:,} 个用地范围（多边形）", GOALS["footprints"], province.footprints(many // 10, rng), "feet"
        )
        arena.ask(f"{many // 500:,} 条长线路", GOALS["lines"], province.long_lines(many // 500, rng), "lines")
        _on_borders(section, arena, province.points_on_borders(units, many // 20, rng))
        _cold(section, arena, units, anywhere, folder)
        opened, taken = arena.ours.opened, arena.ours.size
        over = Arena(section, {name: frame.geometry for name, frame in drawn.layers.items()}, folder / "over",
                     ROUNDS, judged=not quick)  # fmt: skip
        over.ask(f"{many:,} 个点，{size.layers} 个叠加图层", GOALS["layers"], anywhere, "points", rare)
        section.figures += figures_of(
            "打开一个索引（核对后）", {"greenrule, units": opened}, target=OPEN_TARGET_S, bound="median"
        )
        section.figures.append(
            Figure("全部索引文件", "greenrule", (taken + over.ours.size) / 1e6, None, 1, "MB", SIZE_TARGET_MB, "median")
        )
    section.notes.append(
        "对手的索引（sedonadb 除外）事先建好，不计入；“含建索引”一行各家都从图形开始，greenrule 另含写入文件。"
        "编译内核每台机器一次，不计入。"
    )
    return section


def _on_borders(section: Section, arena: Arena, vertices: np.ndarray) -> None:
    """Points exactly on vertices are in all the units around them, for shapely and here."""
    ours = arena.ours.points(vertices)
    theirs = arena.shapely.ask(shapely.points(vertices))
    section.checks.append(
        Check("恰在单元顶点上的点：与 shapely 相同", len(ours[0][0]), int(fingerprint(ours) != fingerprint(theirs)))
    )


def _cold(section: Section, arena: Arena, units: np.ndarray, points: np.ndarray, folder: Path) -> None:
    """From geometries in memory to answers."""
    shapes, answers = shapely.points(points), {}
    frame = arena.geopandas.given(shapes)
    cold = ours_cold(units, folder)

    def by_geopandas(_: Any) -> None:
        answers["geopandas.sjoin"] = Geopandas({"units": units}).ask(frame)

    contenders = {
        "greenrule, built and stored": lambda _: answers.__setitem__("greenrule, built and stored", cold(points)),
        "sedonadb": lambda _: answers.__setitem__("sedonadb", arena.sedona.ask("points")),
    }
    slow = {
        "shapely STRtree + prepared": lambda _: answers.__setitem__(
            "shapely STRtree + prepared", _shapely_cold(units, shapes)
        ),
        "geopandas.sjoin": by_geopandas,
    }
    rows = (len(points), len(points))
    arena.compare(f"{len(points):,} 个点，含建索引", GOALS["cold"], contenders, answers, slow, rows)


def _shapely_cold(units: np.ndarray, shapes: np.ndarray) -> list[Pairs]:
    """Without the copies that `Shapely` makes: the features are new to this tree each time."""
    shapely.destroy_prepared(units)
    parts, row = shapely.get_parts(units, return_index=True)
    shapely.prepare(parts)
    item, part = shapely.STRtree(parts).query(shapes, predicate="intersects")
    return [(item, row[part])]
