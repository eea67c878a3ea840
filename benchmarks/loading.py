"""Filling a workspace: the demonstration from nothing, opening it, and 1,599 control units out of a GeoPackage."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks.measure import Check, Section, figures_of, turns
from benchmarks.sites import ON
from greenrule.casework.screening import Screener, open_screener


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


def by_greenrule(source: Path, folder: Path) -> int:
    """Read, check (validity, overlaps and gaps, codes, columns) and store as an immutable version of a new workspace."""
    from greenrule.casework.layerimport import import_layer, kind_of
    from greenrule.store.workspace import Workspace

    done = import_layer(Workspace.create(folder / "workspace"), kind_of("control_unit"), source)
    if done.version is None:
        raise ValueError("；".join(str(item) for item in done.report.errors[:3]))
    return done.version.features


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
        _import(section, source, count, folder, rounds)
    return section


def _open(workspace: Path, packs: tuple[Path, ...]) -> None:
    screener = open_screener(workspace, packs)
    ground = screener.ground(date.fromisoformat(ON))
    assert ground is not None
    for kind in ground.versions:
        ground.index(kind)


def _import(section: Section, source: Path, count: int, folder: Path, rounds: int) -> None:
    contenders = {
        "greenrule layer import": by_greenrule,
        "geopandas: read, make_valid, overlaps, to_parquet": by_geopandas,
    }
    found: dict[str, int] = {}

    def timed(who: str) -> Callable[[int], None]:
        def ask(number: int) -> None:
            own = folder / f"{number}-{len(found)}-{who[:3]}"
            own.mkdir()
            found[who] = contenders[who](source, own)

        return ask

    question = f"导入 {count:,} 个管控单元（GPKG，含检查，在进程内）"
    taken = turns({who: timed(who) for who in contenders}, range(rounds))
    section.figures += figures_of(question, taken)
    section.checks.append(Check("两者读到的图斑数相同", len(found), sum(number != count for number in found.values())))
    section.notes.append(
        "greenrule 的检查多于旁边一行：另查范围、编码、类别和缝隙，存成带摘要的不可更改版本并刷盘；倍数不是同样的工作。"
    )
