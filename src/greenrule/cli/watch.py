"""`greenrule watch`: hold kept findings against the present, send notices and webhooks; for timers and for the background."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import click

from greenrule.cli.options import FORMAT, echo_json, watched

_WORKSPACE = click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")
_DATABASE = click.option(
    "--database", metavar="地址", envvar="GREENRULE_DATABASE", help="postgresql://…；缺省用工作区自带的 SQLite。"
)


@click.group()
def watch() -> None:
    """结论之后的变化：规定、参数、图层变了，哪些已出具的结论会不同，通知关注的人，推送给登记的系统。

    \b
    例：greenrule watch check -w 工作区
        greenrule watch run -w 工作区

    `greenrule serve` 自带后台，平时不必另外运行；不常开服务时，用定时任务运行 check。
    邮件服务器由环境变量 GREENRULE_SMTP 设置，见 docs/how-to/watch.md。
    """


def _ready(workspace: Path, database: str | None) -> None:
    from greenrule.store.workspace import Workspace
    from greenrule.web.serving import up_to_date

    Workspace.open(workspace)
    up_to_date(workspace.resolve(), database)


@watch.command()
@_WORKSPACE
@_DATABASE
@FORMAT
def check(workspace: Path, database: str | None, format: str) -> None:
    """核对全部已保存的结论：所用的规则、参数、图层是否有变，现在会是什么结论；有变的通知关注的人，发出到期的邮件。

    同一变化对同一人只通知一次。规定和图层都没有变的日子不重算。没有确认的订阅过期即抹去。
    """
    _ready(workspace, database)
    from greenrule.store.watching.subscriptions import sweep_mail
    from greenrule.web.mailing import send_mail
    from greenrule.web.watching import check_all

    whole = _count()
    with watched() as say:
        found: dict[str, Any] = check_all(say=(lambda done: say("核对结论", done, whole)) if say else None)
    found["mailed"] = send_mail(most=100_000)
    sweep_mail()
    if format == "json":
        echo_json(found)
        return
    click.echo(f"核对 {found['checked']} 份，有变化 {found['changed']} 份，发出邮件 {found['mailed']} 封")
    if found["failed"]:
        click.echo(f"读不出 {found['failed']} 份，用 `greenrule workspace` 的检查核对记录", err=True)
        sys.exit(1)


def _count() -> int:
    from greenrule.store.desk.models import Finding

    return int(Finding.objects.count())


@watch.command()
@_WORKSPACE
@_DATABASE
@FORMAT
def deliver(workspace: Path, database: str | None, format: str) -> None:
    """送出到期的推送一遍：签名、记录结果；送不到的按 10 秒到 1 天的间隔再试，约两天后放弃。"""
    _ready(workspace, database)
    from greenrule.web.sending import deliver as send

    tried = send(most=10_000)
    if format == "json":
        echo_json({"tried": tried})
    else:
        click.echo(f"推送 {tried} 次")


@watch.command()
@_WORKSPACE
@_DATABASE
@click.option("--with-parent", is_flag=True, hidden=True, help="标准输入关闭即停：由 serve 启动时用。")
def run(workspace: Path, database: str | None, with_parent: bool) -> None:
    """在后台一直运行：推送、邮件，规定或图层一有变化就核对结论；Ctrl+C 停止。"""
    _ready(workspace, database)
    import threading

    from greenrule.web.serving import when_input_ends
    from greenrule.web.watching import run as running

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    if with_parent:
        when_input_ends(stop.set)
    running(stop.is_set)
