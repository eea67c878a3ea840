"""Filling a workspace: the demonstration from nothing, opening it, and 1,599 control units out of a GeoPackage."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Check, Figure, Section, figures_of, quantile, turns
from benchmarks.sites import ON
from greenrule.casework.screening import Screener, open_screener

ROOT = Path(__file__).resolve().parents[1]


def by_geopandas(source: Path, folder: Path) -> int:
    """What one does today: read, mend what is invalid, look for overlaps between neighbours, write GeoParquet."""
    import geopandas

    frame = geopandas.read_file(source)
    frame["geometry"] = frame.geometry.make_valid()
    pairs = geopandas.sjoin(frame[["geometry"]], frame[["geometry"]], predicate="overlaps")
    frame.to_parquet(folder / "units.parquet")
    return len(frame) + 0 * len(pairs)


def gpkg(screener: Screener, path: Path) -> int:
    """The control units of the demonstration as a GeoPackage that a bureau might hand over; returns how many."""
    import geopandas

    ground = screener.ground(date.fromisoformat(ON))
    assert ground is not None
    index = ground.index("control_unit")
    assert index is not None
    columns = {name: list(values) for name, values in index.frame.columns.items()}
    geopandas.GeoDataFrame(columns, geometry=list(index.frame.geometry), crs="EPSG:4490").to_file(path, driver="GPKG")
    return len(index.frame)


def imported(source: Path, workspace: Path) -> float:
    """Seconds of `greenrule layer import` as a process, checks included; the layer is new to the workspace."""
    command = [sys.executable, "-m", "greenrule.cli.main", "layer", "import", str(source), "--kind", "control_unit",
               "--workspace", str(workspace)]  # fmt: skip
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ}, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise RuntimeError((done.stderr or done.stdout).strip()[-300:])
    return seconds


def run(screener: Screener, workspace: Path, packs: tuple[Path, ...], quick: bool) -> Section:
    """Demo build, opening, first and second screening ground, and the import of the unit layer."""
    from greenrule.casework.demo import build_demo

    section = Section("装载与导入")
    rounds = 1 if quick else 3
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        built = turns({"greenrule": lambda n: build_demo(folder / f"demo-{n}")}, range(rounds))
        section.figures += figures_of("造演示工作区", built)
        opened = turns({"greenrule": lambda _: _open(workspace, packs)}, range(rounds + 2))
        section.figures += figures_of("打开工作区、装入规则、装载并索引全部图层", opened)
        source = folder / "units.gpkg"
        try:
            count = gpkg(screener, source)
        except ImportError as error:
            section.notes.append(f"没有 geopandas，未造 GeoPackage，导入未测（{error}）。")
            return section
        _import(section, source, count, folder, rounds, by_geopandas)
    return section


def _open(workspace: Path, packs: tuple[Path, ...]) -> None:
    screener = open_screener(workspace, packs)
    ground = screener.ground(date.fromisoformat(ON))
    assert ground is not None
    for kind in ground.versions:
        ground.index(kind)


def _import(
    section: Section, source: Path, count: int, folder: Path, rounds: int, peer: Callable[[Path, Path], int]
) -> None:
    question = f"导入 {count:,} 个管控单元（GPKG，含检查）"
    theirs: list[float] = []
    found = count
    for _ in range(rounds):
        start = time.perf_counter()
        found = peer(source, folder)
        theirs.append(time.perf_counter() - start)
    ours = _ours(section, source, folder, rounds)
    if ours:
        section.figures += [Figure(question, "greenrule layer import (process)", quantile(ours, 0.5), None, len(ours))]
    section.figures += [
        Figure(
            question,
            "geopandas: read, make_valid, overlaps, to_parquet (in process)",
            quantile(theirs, 0.5),
            None,
            len(theirs),
        )
    ]
    section.checks.append(Check("读到的图斑数与 geopandas 相同", 1, int(found != count)))


def _ours(section: Section, source: Path, folder: Path, rounds: int) -> Sequence[Any]:
    if importlib.util.find_spec("greenrule.casework.layerimport") is None:
        section.notes.append("图层导入命令尚不存在，未测；下面只有 geopandas 的时间。")
        return []
    from greenrule.store.workspace import Workspace

    times = []
    for number in range(rounds):
        Workspace.create(folder / f"import-{number}")
        try:
            times.append(imported(source, folder / f"import-{number}"))
        except RuntimeError as error:
            section.notes.append(f"图层导入未完成，未测：{error}")
            return []
    return times
