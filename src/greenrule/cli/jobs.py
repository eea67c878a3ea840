"""`greenrule jobs run`: a worker for the server's background work."""

from __future__ import annotations

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
