"""The atlas of every class in every unit, from command to files, beside the scalar machine; disagreeing neighbours."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from benchmarks.measure import Check, Figure, Section, figures_of
from greenrule.casework.atlas_diff import atlas_diff
from greenrule.casework.atlas_file import atlas_parquet, head, read_atlas
from greenrule.casework.atlas_text import plain
from greenrule.casework.atlas_xlsx import atlas_xlsx
from greenrule.casework.class_verdicts import ClassQuestion
from greenrule.casework.coherence import coherence
from greenrule.casework.screening import Screener
from greenrule.casework.unit_atlas import UnitAtlas, unit_atlas

TARGET_S = 60.0
ON = date(2026, 11, 21)


def _clocked(ask: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = ask()
    return time.perf_counter() - start, found


def _question(screener: Screener) -> ClassQuestion:
    free = tuple(name for name, (_, none_of) in screener.law.groups.items() if none_of)
    return ClassQuestion(screener, ON, none_of=free)


def run(screener: Screener, quick: bool) -> Section:
    """Law and layers opened; the atlas, its files, their difference; the command as a process; cells one by one."""
    industries = ("25", "26") if quick else ()
    assert screener.workspace is not None
    _clocked(lambda: unit_atlas(_question(screener), industries=["2521"], units=["general"]))  # compiled loops, indexes
    taken = [_clocked(lambda: unit_atlas(_question(screener), industries=industries)) for _ in range(1 if quick else 3)]
    atlas: UnitAtlas = taken[0][1]
    cells = atlas.number.size
    section = Section(f"准入图谱：{len(atlas.classes):,} 个行业小类 × {len(atlas.units):,} 个管控单元")
    section.figures += figures_of(
        f"{cells:,} 格，单元按图层切开，逐格的结论、份额与条款", {"greenrule": [seconds for seconds, _ in taken]}
    )
    told = head(atlas)
    seconds, data = _clocked(lambda: atlas_parquet(atlas, told))
    section.figures.append(Figure("写成 Parquet", "greenrule", seconds, note=f"{len(data) / 1e6:.1f} MB"))
    seconds, book = _clocked(lambda: atlas_xlsx(atlas, told, plain(atlas, told)))
    section.figures.append(
        Figure("写成工作簿（每格有颜色与编号）", "greenrule", seconds, note=f"{len(book) / 1e6:.1f} MB")
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "a.parquet").write_bytes(data)
        seconds, _ = _clocked(lambda: atlas_diff(read_atlas(folder / "a.parquet"), read_atlas(folder / "a.parquet")))
        section.figures.append(Figure("读两份并比较", "greenrule", seconds))
        section.figures.append(_command(screener, folder, quick))
    _scalar(section, atlas, taken[0][0] / cells, 40 if quick else 400)
    seconds, found = _clocked(lambda: coherence(_question(screener), industries=industries))
    section.figures.append(
        Figure(f"隔县界的 {len(found.borders):,} 对邻居，逐段比较全部小类（layers coherence）", "greenrule", seconds)
    )
    section.notes.append(
        "逐个审查是同一台机器上的另一种做法（场址落在单元里的一点，只问准入，不写结论书），不是别的软件：没有做同样事情的公开软件。"
    )
    return section


def _command(screener: Screener, folder: Path, quick: bool) -> Figure:
    """The command from start to both files, in a process of its own."""
    words = [sys.executable, "-m", "greenrule.cli.main", "atlas", "-w", str(screener.workspace.path), "--on", ON.isoformat(),
             "--out", str(folder / "b.parquet"), "--out", str(folder / "b.xlsx")]  # fmt: skip
    words += ["--industry", "25", "--industry", "26"] if quick else []
    seconds, _ = _clocked(lambda: subprocess.run(words, check=True, capture_output=True))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    target = {} if quick else {"target": TARGET_S, "bound": "median"}
    return Figure(
        "命令从启动到写完 Parquet 与工作簿", "greenrule atlas", seconds, note=f"最多 {memory:,.0f} MB", **target
    )


def _scalar(section: Section, atlas: UnitAtlas, each: float, sample: int) -> None:
    """The same cells by screening a project at a point of the unit, one after the other; decisions are compared."""
    question, screener = atlas.question, atlas.question.screener
    frame = screener.ground(ON).index("control_unit").frame
    draw = random.Random(20261121)
    seconds, different = [], 0
    for number in range(sample + 20):
        row, column = draw.randrange(len(atlas.units)), draw.randrange(len(atlas.classes))
        unit, code = atlas.units[row], atlas.classes[column]
        at = shapely.point_on_surface(frame.geometry[unit.row])
        project = replace(question.project(code), location={"crs": "cgcs2000", "point": [at.x, at.y]})
        start = time.perf_counter()
        outcome = question.machine.answer(screener.inquire(project).given, question.decision).outcomes[
            question.decision
        ]
        if number >= 20:  # the first ones write the functions of their trades
            seconds.append(time.perf_counter() - start)
        parts = {part.decision: set(part.deciding) for part in atlas.cells[int(atlas.number[row, column])].parts}
        different += outcome.word not in parts or not set(outcome.deciding) <= parts[outcome.word]
    section.figures.append(Figure("每格", "greenrule", each))
    section.figures += figures_of("每格", {"逐个审查（标量机）": seconds})
    section.checks.append(Check("抽样的格：单元内一点的审查结论与条款在格中", sample + 20, different))
