"""`greenrule jobs`: a worker for the server's background work, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def jobs() -> None:
    """后台作业：导入图层、比较版本、推演草案等费时的工作。

    `greenrule serve` 自带一个作业进程；工作多的服务器可另外运行几个。
    """


@jobs.command("run")
@click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path),
    default=Path("demo/workspace"),
    show_default=True,
    help="工作区文件夹。",
)
@click.option(
    "--database", metavar="地址", envvar="GREENRULE_DATABASE", help="与 serve 的相同；缺省用工作区自带的 SQLite。"
)
@click.option("--once", is_flag=True, help="队列空了就结束；缺省一直等新的作业。")
def run(workspace: Path, database: str | None, once: bool) -> None:
    """从队列里取作业，一个接一个地做，每个在单独的、限内存和时间的进程里。

    中途被终止的作业自动重新排队一次，不留半成品。内存上限 GREENRULE_JOB_MEMORY（MB），时间上限 GREENRULE_JOB_SECONDS（秒）。

    \b
    例：greenrule jobs run -w 工作区
        greenrule jobs run -w 工作区 --once
    """
    from greenrule.store.workspace import Workspace
    from greenrule.web.serving import prepare

    Workspace.open(workspace)
    prepare(workspace.resolve(), database)
    from greenrule.web.working import run as work

    done = work(once)
    click.echo(f"做完 {done} 个作业")


@jobs.command("clear")
@click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path),
    default=Path("demo/workspace"),
    show_default=True,
    help="工作区文件夹。",
)
@click.option(
    "--database", metavar="地址", envvar="GREENRULE_DATABASE", help="与 serve 的相同；缺省用工作区自带的 SQLite。"
)
@click.option("--older-than", type=click.IntRange(1, 36500), default=90, show_default=True, help="清除多少天以前的。")
@click.option("--dry-run", is_flag=True, help="只数一数，不清除。")
@click.option(
    "--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True, help="输出格式。"
)
def clear(workspace: Path, database: str | None, older_than: int, dry_run: bool, fmt: str) -> None:
    """清除作业的旧结果文件、没有作业再等的上传文件，以及为 Idempotency-Key 留存的旧答复。

    作业仍在清单里，结果摘要仍可看，只是文件不再能下载。结论、图层、办件和审计记录不动。服务器可用 GREENRULE_RESULTS_DAYS 定期自动清除。

    \b
    例：greenrule jobs clear -w 工作区 --dry-run
        greenrule jobs clear -w 工作区 --older-than 30
    """
    from dataclasses import asdict

    from greenrule.web.serving import connect_prepared

    connect_prepared(workspace, database)
    from greenrule.store.people import user
    from greenrule.web.working import clear_older

    found = clear_older(older_than, user(), dry=dry_run)
    if fmt == "json":
        click.echo(json.dumps({**asdict(found), "dry": dry_run}))
        return
    done = "将清除" if dry_run else "已清除"
    told = f"{done} {older_than} 天以前的：{found.jobs} 个作业的结果文件，共 {found.files} 个文件、{found.size / 1e6:,.1f} MB；"
    click.echo(f"{told}留存的答复 {found.replies} 条")
