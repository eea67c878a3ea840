"""`python -m benchmarks.run [--quick]`: all benchmarks, a table on the screen, `benchmarks/results/<section>.json`.

Sections may be measured at different times: each keeps the day, the revision and the machine that it was taken with, and
`--docs` writes the page from the latest of every section.

Exits with 1 when answers of two contenders differ; a slow machine is never an error.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "reference" / "performance.md"
PEERS = (
    "shapely",
    "geopandas",
    "zen-engine",
    "common-expression-language",
    "json-logic-qubit",
    "numpy",
    "numba",
    "scikit-image",
    "python-docx",
    "pypdf",
    "sedonadb",
    "polars",
    "duckdb",
    "pandas",
    "deltalake",
    "openfisca-core",
    "z3-solver",
    "pyspark",
    "highspy",
    "scipy",
    "scikit-learn",
    "django",
    "granian",
)
SECTIONS = (
    "screening",
    "place",
    "rules",
    "interview",
    "process",
    "loading",
    "siting",
    "documents",
    "spatial_index",
    "plan",
    "air",
    "columnar",
    "proofs",
    "atlas",
    "desk",
    "cluster",
    "response",
    "outlook",
    "reading",
    "server",
    "register",
    "filings",
    "web_app",
)


def main(words: list[str] | None = None) -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description="基准：与今天的做法同场比较，并核对答案。"
    )
    parser.add_argument("--quick", action="store_true", help="少量样本，只看能否跑通、答案是否一致")
    parser.add_argument("--workspace", type=Path, help="演示工作区；缺省临时造一个")
    parser.add_argument(
        "--packs", type=Path, action="append", default=[], help="政策包目录，可多次给出；缺省为随软件安装的"
    )
    parser.add_argument("--only", choices=SECTIONS, action="append", help="只跑某一部分，可多次给出")
    parser.add_argument("--docs", action="store_true", help="另写 docs/reference/performance.md")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as temporary:
        workspace = options.workspace.resolve() if options.workspace else Path(temporary) / "demo"
        if options.workspace is None:
            from greenrule.casework.demo import build_demo

            build_demo(workspace)
        result = measure(
            workspace, tuple(path.resolve() for path in options.packs), options.quick, options.only or SECTIONS
        )
    show(result)
    keep(result, RESULTS)
    if options.docs:
        from benchmarks.page import page

        _write(PAGE, page(kept(RESULTS)))
        print(f"已写入 {PAGE.relative_to(ROOT)}", file=sys.stderr)
    return 1 if any(check["different"] for section in result["sections"] for check in section["checks"]) else 0


def keep(result: dict[str, Any], folder: Path) -> None:
    """Write every section with what it was taken with; a few samples do not replace what was measured in full."""
    taken = {name: value for name, value in result.items() if name != "sections"}
    for section in result["sections"]:
        name = section["name"] + (".quick" if result["quick"] else "")
        _write(folder / f"{name}.json", json.dumps(section | {"taken": taken}, ensure_ascii=False, indent=2) + "\n")


def kept(folder: Path) -> list[dict[str, Any]]:
    """The sections measured in full, in their order; one never measured has no figures."""
    out = []
    for name in SECTIONS:
        path = folder / f"{name}.json"
        out.append(json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"name": name, "taken": None})
    return out


def measure(workspace: Path, packs: tuple[Path, ...], quick: bool, chosen: Any) -> dict[str, Any]:
    """All chosen sections as plain data, with the machine and the versions they were taken with."""
    from benchmarks import (
        air,
        atlas,
        cluster,
        columnar,
        desk,
        documents,
        filings,
        interview,
        loading,
        outlook,
        place,
        plan,
        process,
        proofs,
        reading,
        register,
        response,
        rules,
        screening,
        server,
        siting,
        spatial_index,
        web_app,
    )
    from benchmarks.measure import Section, machine
    from greenrule.casework.screening import Screener, open_screener

    screener = open_screener(workspace, packs)
    makers: dict[str, Callable[[], Section]] = {
        "screening": lambda: screening.run(screener, quick),
        "place": lambda: place.run(screener, quick),
        "rules": lambda: rules.run(screener, quick),
        "interview": lambda: interview.run(Screener(screener.law), quick),
        "process": lambda: process.run(workspace, packs, quick),
        "loading": lambda: loading.run(screener, workspace, packs, quick),
        "siting": lambda: siting.run(screener, quick),
        "plan": lambda: plan.run(screener, quick),
        "columnar": lambda: columnar.run(screener, quick),
        "proofs": lambda: proofs.run(screener, quick),
        "atlas": lambda: atlas.run(screener, quick),
        "desk": lambda: desk.run(screener, quick),
        "documents": lambda: documents.run(quick),
        "outlook": lambda: outlook.run(quick),
        "spatial_index": lambda: spatial_index.run(quick),
        "air": lambda: air.run(quick),
        "cluster": lambda: cluster.run(screener, quick),
        "response": lambda: response.run(quick),
        "reading": lambda: reading.run(screener, quick),
        "server": lambda: server.run(screener, workspace, quick),
        "register": lambda: register.run(workspace, quick),
        "filings": lambda: filings.run(workspace, quick),
        "web_app": lambda: web_app.run(workspace, quick),
    }
    sections = []
    for name in (name for name in SECTIONS if name in chosen):
        start = time.perf_counter()
        print(f"… {name}", end="", file=sys.stderr, flush=True)
        sections.append({"name": name, "machine": machine()} | makers[name]().to_json())
        print(f" {time.perf_counter() - start:.0f} s", file=sys.stderr)
    law = screener.law
    return {
        "date": date.today().isoformat(), "revision": _revision(), "quick": quick, "packs": dict(law.versions),
        "rules": len(law.book.rules), "facts": len(law.book.facts), "versions": _versions(), "sections": sections,
    }  # fmt: skip


def _revision() -> str:
    """The commit that was measured, `+` where the tree differs from it; nothing outside of a checkout."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


def _versions() -> dict[str, str]:
    out = {}
    for name in ("greenrule", *PEERS):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            continue
    return out


def show(result: dict[str, Any]) -> None:
    """The tables on the screen."""
    from rich.console import Console
    from rich.table import Table

    from benchmarks.page import amount, verdict

    console = Console(width=None if sys.stdout.isatty() else 180)
    for section in result["sections"]:
        table = Table(
            "问题",
            "谁",
            "中位",
            "p95",
            "倍数",
            "目标",
            title=section["title"],
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        for item in section["figures"]:
            times = f"{item['ratio']:.2g}×" if item["ratio"] is not None else ""
            table.add_row(
                item["question"],
                item["who"],
                amount(item["median"], item["unit"]),
                amount(item["p95"], item["unit"]),
                times,
                verdict(item),
            )
        console.print(table)
        for check in section["checks"]:
            same = "全部相同" if not check["different"] else f"不同 {check['different']:,} 个"
            console.print(f"  核对：{check['what']}：{check['compared']:,} 个，{same}", highlight=False)
        for note in section["notes"]:
            console.print(f"  注：{note}", highlight=False)
        console.print()


def _write(path: Path, text: str) -> None:
    """Written beside its place, flushed, renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    with partial.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)


if __name__ == "__main__":
    sys.exit(main())
