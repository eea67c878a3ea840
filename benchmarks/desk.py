"""The planner's desk: spots laid over units and layers, two versions compared, lights of many tasks; beside geopandas."""

from __future__ import annotations

import json
import random
import tempfile
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.measure import Check, Section, figures_of, turns
from greenrule.casework.layerlife import compare
from greenrule.casework.screening import Screener
from greenrule.casework.spots import Spot, read_spots
from greenrule.casework.task_board import Duty, judge
from greenrule.casework.task_book import task_book
from greenrule.casework.task_light import Figure
from greenrule.spatial.frame import Frame

ON = date(2026, 11, 20)


def run(screener: Screener, quick: bool) -> Section:
    """Spots of four hundred metres spread over the province; a version with a twentieth of its classes changed; duties."""
    import geopandas

    ground = screener.ground(ON)
    assert ground is not None
    assert screener.workspace is not None
    count = 300 if quick else 5_000
    section = Section(f"分区管控工作台：{count:,} 个监督图斑、版本比较、任务灯色")
    boxes = _boxes(count)
    frames = {kind: screener.workspace.read(version) for kind, version in ground.versions.items()}
    tables = {kind: _table(geopandas, frame) for kind, frame in frames.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spots.geojson"
        path.write_text(json.dumps(_features(boxes), ensure_ascii=False), encoding="utf-8")
        read_spots(path, ground, today=ON)  # compiled loops and indexes
        ours, theirs = read_spots(path, ground, today=ON), _overlaid(geopandas, path, tables)
        taken = turns(
            {"greenrule": lambda _: read_spots(path, ground, today=ON), "geopandas.overlay": lambda _: _overlaid(geopandas, path, tables)},
            range(2),
        )  # fmt: skip
    section.figures += figures_of(f"读文件，叠到 {len(frames)} 个图层，单元带份额", taken)
    section.checks.append(_same_shares(ours, theirs))
    _versions(section, geopandas, frames["control_unit"], quick)
    _lights(section, 500 if quick else 5_000)
    section.notes.append(
        "geopandas.overlay 逐图层求交，在平面坐标里算面积；greenrule 按椭球面算，份额相差小于千分之一记为相同。"
    )
    return section


def _boxes(count: int) -> list[Any]:
    draw = random.Random(20261120)
    corners = [(draw.uniform(111.6, 113.2), draw.uniform(36.2, 38.8)) for _ in range(count)]
    return [shapely.box(x, y, x + 0.004, y + 0.004) for x, y in corners]


def _features(boxes: list[Any]) -> dict[str, Any]:
    features = [
        {"type": "Feature", "geometry": json.loads(shapely.to_geojson(box)),
         "properties": {"图斑编号": f"T{number}", "问题": "基准", "发现日期": "2026-10-01"}}
        for number, box in enumerate(boxes)
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def _table(geopandas: Any, frame: Frame) -> Any:
    names = frame.columns.get("code") or frame.columns.get("name") or list(range(len(frame)))
    return geopandas.GeoDataFrame({"key": list(names)}, geometry=list(frame.geometry), crs=4490)


def _overlaid(geopandas: Any, path: Path, tables: dict[str, Any]) -> Any:
    """What the peer gives for the control units; it is asked all layers, as we are."""
    spots = geopandas.read_file(path).to_crs(4490)
    found = None
    for kind, table in tables.items():
        hit = geopandas.overlay(spots[["图斑编号", "geometry"]], table, how="intersection", keep_geom_type=False)
        if kind == "control_unit":
            found = hit
    return found


def _same_shares(ours: list[Spot], theirs: Any) -> Check:
    whole = 0.004**2
    told = {
        (row["图斑编号"], row["key"]): row.geometry.area / whole
        for _, row in theirs.iterrows()
        if row.geometry.area > 1e-4 * whole
    }
    mine = {(spot.number, unit["code"]): unit["share"] for spot in ours for unit in spot.units if unit["share"] > 1e-4}
    keys = told.keys() | mine.keys()
    different = sum(abs(told.get(key, 0.0) - mine.get(key, 0.0)) > 1e-3 for key in keys)
    return Check("图斑落在单元里的份额", len(keys), different)


def _versions(section: Section, geopandas: Any, frame: Frame, quick: bool) -> None:
    """A new version in which every twentieth unit is of another class."""

    class Kept:
        def __init__(self, *frames: Frame) -> None:
            self.frames = frames

        def read(self, version: int) -> Frame:
            return self.frames[version]

    classes = list(frame.columns["class"])
    changed = ["priority" if row % 20 == 0 and name != "priority" else name for row, name in enumerate(classes)]
    after = Frame(frame.geometry, {**frame.columns, "class": changed})
    kept: Any = Kept(frame, after)
    both = [
        geopandas.GeoDataFrame({"class": values}, geometry=list(frame.geometry), crs=4490)
        for values in (classes, changed)
    ]

    def peer() -> Any:
        hit = geopandas.overlay(both[0], both[1], how="identity", keep_geom_type=True)
        return hit[hit["class_1"] != hit["class_2"]]

    taken = turns(
        {"greenrule": lambda _: compare(kept, 0, 1), "geopandas.overlay": lambda _: peer()},  # type: ignore[arg-type]
        range(1 if quick else 3),
    )
    section.figures += figures_of(f"两个版本比较，{len(frame):,} 个单元里二十分之一换了类别", taken)
    ours = sum(compare(kept, 0, 1).areas().values())  # type: ignore[arg-type]
    theirs = float(np.sum(peer().to_crs("+proj=cea +ellps=GRS80").area))
    section.checks.append(
        Check("换了类别的面积（相差小于万分之一）", 1, int(abs(ours - theirs) > 1e-4 * ours), f"{ours / 1e6:,.1f} km²")
    )


def _lights(section: Section, count: int) -> None:
    book = task_book()
    names = list(book.tasks)
    duties = [
        Duty(number, names[number % len(names)], "单位", ("14", "1401")[number % 2],
             figures=tuple(Figure(target.id, Fraction(number % 50), date(2026, month, 28))
                           for target in book.targets_of(book.task(names[number % len(names)])) for month in range(1, 11)))
        for number in range(count)
    ]  # fmt: skip
    taken = turns({"greenrule": lambda _: [judge(duty, book, {"1401": "太原市"}, ON) for duty in duties]}, range(3))
    section.figures += figures_of(f"{count:,} 项分派的灯色，各有十个月的数", taken, target=1.0, bound="median")
