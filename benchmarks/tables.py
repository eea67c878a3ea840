"""A long file from end to end: `greenrule screen --batch`, a million rows of sixty facts, as Parquet and as CSV."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Check, Figure, Section
from benchmarks.plan import described
from benchmarks.sites import ON
from greenrule.backends.derive import derivations_of
from greenrule.casework.agreeing import contradictions
from greenrule.casework.project import project_from, read_fact
from greenrule.casework.screening import Screener
from greenrule.casework.sheets import HEADERS
from greenrule.casework.statements import statements_of
from greenrule.core.errors import Place
from greenrule.packs.book import Law
from greenrule.packs.values import named_fact

TARGET_S = 20.0
_COLUMNS = 61
_DAY = date.fromisoformat(ON)


def long_table(screener: Screener, size: int, seeds: int = 3_000) -> Any:
    """Rows of ten trades with the facts that most of them are asked for, free of contradictions; what nothing follows from is
    shuffled within a trade, so that hardly two rows are alike."""
    import pyarrow as pa

    law = screener.law
    rows = [_consistent(law, row) for row in described(law, seeds)]
    derivations, statements = derivations_of(law.book, _DAY), statements_of(law, _DAY)
    bound = {*derivations.of, *derivations.sources, *statements.reads}
    many = Counter(name for row in rows for name in row if name != "项目名称")
    names = [name for name, _ in many.most_common(_COLUMNS)]
    trades: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        trades.setdefault(row["行业"], []).append(place)
    draw = np.random.default_rng(7)
    groups = [np.array(places) for places in trades.values()]
    trade_of = draw.integers(0, len(groups), size)

    def drawn() -> Any:
        taken = np.empty(size, dtype=np.int64)
        for number, group in enumerate(groups):
            mine = trade_of == number
            taken[mine] = group[draw.integers(0, len(group), int(mine.sum()))]
        return pa.array(taken)

    together = drawn()
    columns: dict[str, Any] = {"项目名称": pa.array([f"项目{number}" for number in range(size)])}
    for name in names:
        written = pa.array([row.get(name) for row in rows], pa.string())
        columns[name] = written.take(drawn() if name in law.book.facts and name not in bound else together)
    return pa.table(columns)


def _consistent(law: Law, row: dict[str, str]) -> dict[str, str]:
    """A row without the facts that contradict its others."""
    read = {}
    for name, cell in row.items():
        spec, meant = named_fact(law.book, HEADERS.get(name, name), cell)
        if spec is not None:
            faults: list[Any] = []
            read[spec.id] = name, read_fact(law, spec, meant, Place(""), faults)
    while against := {
        fact for fact, _ in contradictions(law, _DAY, {fact: value for fact, (_, value) in read.items()})
    }:
        for fact in against:
            row = {name: cell for name, cell in row.items() if name != read[fact][0]}
            del read[fact]
    return row


def whole_file(section: Section, screener: Screener, quick: bool) -> None:
    """The command from start to the last byte of its result; the two results are compared, and a sample with single answers."""
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    size = 20_000 if quick else 1_000_000
    table = long_table(screener, size)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pq.write_table(table, folder / "in.parquet")
        pc.write_csv(table, folder / "plain.csv", pc.WriteOptions(quoting_style="needed"))
        pc.write_csv(table, folder / "quoted.csv", pc.WriteOptions(quoting_style="all_valid"))
        results = {}
        for name, words in (("in.parquet", "Parquet"), ("plain.csv", "CSV"), ("quoted.csv", "CSV，每格都有引号")):
            out = folder / f"{name}.out.parquet"
            command = [sys.executable, "-m", "greenrule.cli.main", "screen", "--batch", str(folder / name), "--on", ON, "--out", str(out)]  # fmt: skip
            for one in screener.law.folders:
                command += ["--packs", str(one.resolve())]
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds = time.perf_counter() - start
            if pq.read_metadata(out).num_rows != size:
                raise ValueError(f"{pq.read_metadata(out).num_rows} rows of {size}")
            megabytes = (folder / name).stat().st_size / 1e6
            question = f"{size:,} 行、{_COLUMNS + 1} 列的 {words}（{megabytes:.0f} MB），从启动到写完结果"
            target = None if quick else TARGET_S
            section.figures.append(Figure(question, "greenrule screen --batch", seconds, target=target, bound="median"))
            results[words] = pq.read_table(out)
        first, *others = results.values()
        same = [_plain(other).equals(_plain(first)) for other in others]
        section.checks.append(Check("三种文件的结果逐行相同（文件数）", len(others), same.count(False)))
        section.checks.append(_sampled(screener, table, first, 20 if quick else 100))


def _plain(found: Any) -> Any:
    """A result as texts; without the number of the row, for a CSV counts its header."""
    import pyarrow as pa

    columns = [found[name].cast(pa.string()) for name in found.column_names if name != "row"]
    return pa.table([column.combine_chunks() for column in columns], names=found.column_names[1:])


def _sampled(screener: Screener, table: Any, found: Any, sample: int) -> Check:
    """Rows of the result beside the same project screened alone."""
    own, different = Screener(screener.law), 0
    for row in random.Random(11).sample(range(table.num_rows), sample):
        facts = {name: cell for name, cell in table.slice(row, 1).to_pylist()[0].items() if cell is not None}
        raw = {
            "name": facts.pop("项目名称"),
            "industry": facts.pop("行业"),
            "nature": facts.pop("建设性质"),
            "facts": facts,
        }
        finding = own.screen(project_from(raw, own.law, _DAY))
        said = found.slice(row, 1).to_pylist()[0]
        different += (said["decision"], said["eia_form"], said["permit_class"], said["approver"]) != (
            finding["decision"], finding["eia"]["form"], finding["permit"]["class"], finding["approver"]["level"])  # fmt: skip
    return Check("抽样行与单独审查的四项结论相同", sample, different)
