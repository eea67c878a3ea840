"""From the shell to a printed finding: time of the whole process, its memory, and the bare import."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Figure, Section, figures_of, quantile

ROOT = Path(__file__).resolve().parents[1]
START_TARGET_S, MEMORY_TARGET_MB, IMPORT_TARGET_S = 1.5, 300.0, 0.150
#: The high-water mark of the process itself: `getrusage` would carry over the parent's from before the exec.
_PEAK = "print(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1], file=sys.stderr)"
_GEOPANDAS = (
    "import sys, geopandas; layer = geopandas.read_parquet(sys.argv[1]);"
    "site = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([float(sys.argv[2])], [float(sys.argv[3])]), crs=layer.crs);"
    "print(geopandas.sjoin(site, layer).to_string())"
)


def _timed(command: list[str], cache: str) -> tuple[float, str]:
    """Seconds of one process, and what it wrote to standard error."""
    environment = {**os.environ, "GREENRULE_CACHE": cache, "PYTHONIOENCODING": "utf-8"}
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} … left with {done.returncode}: {done.stderr[-400:]}")
    return seconds, done.stderr


def run(workspace: Path, packs: tuple[Path, ...], quick: bool) -> Section:
    """`greenrule screen EXAMPLE` cold and warm, its memory, and imports; beside a process that only asks geopandas for the unit."""
    section = Section("从命令行到打印结论")
    rounds = 3 if quick else 9
    words = ["screen", "examples/jishan-coking.yaml", "--workspace", str(workspace)]
    for folder in packs:
        words += ["--packs", str(folder)]
    units = next((workspace / "layers" / "control_unit").glob("*.parquet"), None) or next(
        workspace.rglob("control_unit/*.parquet")
    )
    ours = [sys.executable, "-m", "greenrule.cli.main", *words]
    theirs = [sys.executable, "-c", _GEOPANDAS, str(units), "110.925", "35.63"]
    peak = f"import sys\nfrom greenrule.cli.main import main\ntry:\n    main({words!r})\nfinally:\n    {_PEAK}"
    cold, warm, other = [], [], []
    with tempfile.TemporaryDirectory() as cache:
        for number in range(rounds):
            cold.append(_timed(ours, str(Path(cache) / f"cold-{number}"))[0])
            warm.append(_timed(ours, str(Path(cache) / "cold-0"))[0])
            other.append(_timed(theirs, cache)[0])
        question = "进程启动到打印结论"
        section.figures += figures_of(
            question, {"greenrule, compiled packs cached": warm}, target=START_TARGET_S, bound="median"
        )
        section.figures += figures_of(
            f"{question}（首次，先编译政策包）", {"greenrule, empty cache": cold}, target=START_TARGET_S, bound="median"
        )
        section.figures += figures_of(question, {"geopandas: one layer, one sjoin": other})
        if Path("/proc/self/status").exists():
            for target, who, program in (
                (MEMORY_TARGET_MB, "greenrule, compiled packs cached", peak),
                (None, "geopandas: one layer, one sjoin", f"import sys\n{_GEOPANDAS}\n{_PEAK}"),
            ):
                arguments = [] if target else theirs[3:]
                sizes = [int(_timed([sys.executable, "-c", program, *arguments], str(Path(cache) / "cold-0"))[1].split()[-1]) / 1024
                         for _ in range(3)]  # fmt: skip
                section.figures.append(
                    Figure("该进程的内存峰值", who, quantile(sizes, 0.5), None, 3, "MB", target, "median")
                )
        _imports(section, rounds, cache)
    section.notes.append(
        "文件已在系统缓存中；“首次”只指政策包尚未编译，不指磁盘缓存为空。geopandas 一行只回答在哪个管控单元，不读规则，"
        "是今天最短的做法，不是同样的工作。"
    )
    return section


def _imports(section: Section, rounds: int, cache: str) -> None:
    """Import time with the interpreter's own start taken off, contenders taking turns."""
    names = ("pass", "import greenrule", "import geopandas", "import zen")
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            try:
                taken[name].append(_timed([sys.executable, "-c", name], cache)[0])
            except RuntimeError:  # a peer that is not installed
                continue
    start = quantile(taken["pass"], 0.5)
    net = {
        name.removeprefix("import "): [max(t - start, 0.0) for t in seconds]
        for name, seconds in taken.items()
        if seconds
    }
    net.pop("pass")
    section.figures += figures_of("import（扣除解释器自身启动）", net, target=IMPORT_TARGET_S, bound="median")
