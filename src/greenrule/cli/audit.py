"""`greenrule audit`: who did what, and whether the chain of the audit is whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from greenrule.cli.options import DATABASE, FORMAT, SERVED, echo_json
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.chain import Anchor, AuditRow, read_anchors, verify
from greenrule.store.records import china_time


@click.group()
def audit() -> None:
    """审计记录：谁何时对什么做了什么；每行与前一行相扣，改动、删去、调换都看得出。"""


def _lines(workspace: Path, database: str | None) -> Iterator[AuditRow]:
    if database:
        from greenrule.web.audit import lines

        return lines(workspace, database)
    from greenrule.store.workspace import Workspace

    return Workspace.open(workspace).records.audit_lines()


@audit.command("verify")
@click.option("--anchor", "given", multiple=True, metavar="序号:摘要", help="以前另行保存的锚点，可多次给出。")
@click.option("--anchors", "file", type=click.Path(path_type=Path), help="锚点文件，每行一个。")
@SERVED
@DATABASE
@FORMAT
def verify_chain(given: tuple[str, ...], file: Path | None, workspace: Path, database: str | None, format: str) -> None:
    """核对整条链；断了就指出断在第几行，退出码 1。

    末尾被截去，链本身看不出，要靠另存的锚点（`greenrule audit anchor`）。

    \b
    例：greenrule audit verify --workspace 工作区
        greenrule audit verify --anchors 锚点.txt --format json
    """
    anchors: list[Anchor] = [anchor for text in given for anchor in read_anchors(text)]
    if file is not None:
        try:
            anchors += read_anchors(file.read_text(encoding="utf-8-sig"), Place(str(file)))
        except (OSError, UnicodeDecodeError) as error:
            raise InputFault(
                Fault("OPS004", f"锚点文件读不了：{error}", Place(str(file)), "核对路径和编码（UTF-8）")
            ) from None
    found = verify(_lines(workspace, database), anchors)
    if format == "json":
        echo_json(
            {"lines": found.lines, "whole": not found.faults, "anchors": len(anchors),
             "head": asdict(found.head) if found.head else None, "faults": [fault.to_json() for fault in found.faults]}
        )  # fmt: skip
    elif found.faults:
        click.echo(f"审计记录 {found.lines} 行，{len(found.faults)} 处不对：")
        for fault in found.faults:
            click.echo(f"  {fault.message}")
        click.echo(found.faults[0].help)
    else:
        kept = f"，与 {len(anchors)} 个锚点相符" if anchors else "；末尾是否被截去，要有另存的锚点才看得出"
        click.echo(f"审计记录 {found.lines} 行，首尾相接{kept}")
    if found.faults:
        raise SystemExit(1)


@audit.command("list")
@click.option("--last", type=click.IntRange(1, 100_000), default=50, show_default=True, help="最近多少行。")
@click.option("--who", help="只列某人的。")
@click.option("--subject", help="只列对象中含有这段文字的。")
@SERVED
@DATABASE
@FORMAT
def list_lines(
    last: int, who: str | None, subject: str | None, workspace: Path, database: str | None, format: str
) -> None:
    """列出最近的审计记录。

    \b
    例：greenrule audit list --last 20
        greenrule audit list --who wangfang --format json
    """
    rows = deque(
        (row for row in _lines(workspace, database) if (who is None or row.who == who) and (not subject or subject in row.subject)),
        maxlen=last,
    )  # fmt: skip
    if format == "json":
        echo_json([asdict(row) for row in rows])
        return
    from rich.console import Console
    from rich.table import Column, Table

    table = Table("序号", "时间", "谁", "做了什么", Column("对象", overflow="fold"))
    for row in rows:
        table.add_row(str(row.seq), row.at[:16].replace("T", " "), row.who, row.action, row.subject)
    Console().print(table)


@audit.command()
@SERVED
@DATABASE
@FORMAT
def anchor(workspace: Path, database: str | None, format: str) -> None:
    """打印链头（锚点）：请定期另存到数据库管理员改不到的地方。

    链不完整时不给锚点，退出码 1。

    \b
    例：greenrule audit anchor >> /另一处/锚点.txt
    """
    found = verify(_lines(workspace, database))
    if found.faults:
        raise _Broken(found.faults)
    at = china_time()
    if format == "json":
        echo_json({"at": at, "lines": found.lines, "head": asdict(found.head) if found.head else None})
    else:
        click.echo(f"{found.head} {at}" if found.head else f"# 还没有审计记录 {at}")


class _Broken(InputFault):
    """A check that found something."""

    exit_code = 1
