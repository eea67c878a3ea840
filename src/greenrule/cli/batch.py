"""`greenrule screen --batch`: a table of projects in, a table of answers out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.cluster import Cluster, session_on
from greenrule.cli.options import echo_json
from greenrule.core.errors import Fault, InputFault

if TYPE_CHECKING:
    from greenrule.casework.batch import Summary
    from greenrule.casework.batch_engines import Engine
    from greenrule.packs.book import Law

#: Decisions of the summary, in the order in which people ask.
_TOLD = {"decision": "access", "eia_form": "eia.form", "permit_class": "permit.class", "approver": "approver"}


def run_batch(
    table: Path, out: Path | None, screener: Any, on: date | None, repair: bool, ignore: tuple[str, ...], headers: str, format: str,
    cluster: Cluster | None = None,
) -> None:  # fmt: skip
    """Screen a table, here or on a cluster, tell what came of it, and leave with 2 where rows were set aside."""
    from greenrule.casework.batch import screen_table

    if out is None:
        raise InputFault(Fault("D011", "`--batch` 需要 `--out`", None, "加上 `--out 结果.csv`（.csv .parquet .xlsx）"))
    if format not in ("text", "json"):
        raise InputFault(Fault("D011", f"`--batch` 的汇总不能是 {format}", None, "`--format` 用 text 或 json"))
    with _engine(cluster) as engine, _bar() as progress:
        summary = screen_table(
            table, out, screener, on=on, repair=repair, ignore=ignore, chinese=headers == "zh", progress=progress, engine=engine
        )  # fmt: skip
    for fault in summary.faults:
        click.echo(str(fault), err=True)
    more = sum(summary.codes.values()) - len(summary.faults)
    if more > 0:
        click.echo(f"…… 另有 {more:,} 处，见下面的文件", err=True)
    if format == "json":
        echo_json(summary.to_json())
    else:
        _table(summary, screener.law)
    if summary.set_aside:
        raise SystemExit(InputFault.exit_code)


@contextmanager
def _engine(cluster: Cluster | None) -> Iterator[Engine | None]:
    """Where the rows are answered; None for this machine, which then needs no Spark."""
    if cluster is None:
        yield None
        return
    from greenrule.cluster.screening import Spark

    with session_on(cluster) as session:
        yield Spark(session)


@contextmanager
def _bar() -> Iterator[Callable[[float], None] | None]:
    """A bar on standard error when somebody is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("审查表格"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("审查表格", total=1.0)
        yield lambda share: progress.update(task, completed=share)


def _table(summary: Summary, law: Law) -> None:
    """The summary for people."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    resumed = f"（其中 {summary.taken_over:,} 行接续上次）" if summary.taken_over else ""
    console.print(f"已答 {summary.answered:,} 行{resumed}，写入 {summary.out}")
    table = Table("决定", "结论", "行数", box=None, pad_edge=False)
    for column, decision in _TOLD.items():
        spec = law.book.decisions[decision]
        labels = {**dict(spec.values), "undetermined": "未定"}
        order = {value: place for place, (value, _) in enumerate(reversed(spec.values))}
        title = spec.zh
        for value, count in sorted(summary.counts[column].items(), key=lambda item: order.get(item[0], len(order))):
            table.add_row(title, labels.get(value, value), f"{count:,}")
            title = ""
    console.print(table)
    if summary.demo:
        console.print("图层含演示数据（非官方）")
    if summary.ignored:
        console.print(f"略去的列：{'、'.join(summary.ignored)}")
    if summary.set_aside:
        from greenrule.casework.batch_files import set_aside_path

        console.print(
            f"有 {summary.set_aside:,} 行读不通，没有审查，原样放在 {set_aside_path(summary.out)}：改好后拿它再跑一次"
        )
