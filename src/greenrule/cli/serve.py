"""`greenrule serve`: the server in one command."""

from __future__ import annotations

import os
from pathlib import Path

import click

from greenrule.cli.options import watched
from greenrule.core.errors import Fault, InputFault


@click.command()
@click.option("--workspace", "-w", type=click.Path(path_type=Path), default=Path("demo/workspace"), show_default=True,
              help="工作区文件夹；没有则先建演示工作区（演示数据，非官方）。")  # fmt: skip
@click.option("--database", metavar="地址", envvar="GREENRULE_DATABASE",
              help="postgresql://用户:口令@主机:端口/库名；缺省用工作区自带的 SQLite。")  # fmt: skip
@click.option("--address", default="127.0.0.1", show_default=True, help="监听的地址；对外服务请放在 nginx 之后。")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="监听的端口。")
@click.option("--workers", type=click.IntRange(1, 64), default=min(os.cpu_count() or 1, 4), show_default=True,
              help="进程数：一个进程同时答一个问题。")  # fmt: skip
@click.option("--host", "hosts", multiple=True, metavar="域名", help="对外的域名，可多次给出；缺省只认本机。")
@click.option("--no-watch", is_flag=True, help="不带后台（核对结论、通知、推送）：另用 `greenrule watch run` 时。")
@click.option("--prepare-only", is_flag=True, help="只建表、管理员和地图瓦片，不启动。")
@click.option("--check", is_flag=True, help="只核对设置是否适合对外服务，不建表、不启动；不适合则退出码 1。")
def serve(
    workspace: Path, database: str | None, address: str, port: int, workers: int, hosts: tuple[str, ...], no_watch: bool,
    prepare_only: bool, check: bool,
) -> None:  # fmt: skip
    """启动服务：公众页面、管理后台、接口（/api/v1），一条命令。

    第一次启动建好数据表和管理员 admin，一次性显示其口令。出错不留半成品，可以重来。

    \b
    例：greenrule serve
        greenrule serve --workspace 工作区 --port 8080
        greenrule serve --database postgresql://greenrule:口令@127.0.0.1/greenrule --host lvchi.example.cn
    """
    from greenrule.web.serving import connect, draw, loopback, prepare, refuse_taken, run, shown, unfit

    # Names that the environment gives hold unless the command line gives others.
    named = (
        None
        if not hosts and os.environ.get("GREENRULE_HOSTS")
        else ",".join(["127.0.0.1", "localhost", "[::1]", *hosts])
    )
    if check:
        connect(workspace.resolve(), database, named)
        told = unfit()
        for line in told:
            click.echo(line)
        if told:
            raise SystemExit(1)
        click.echo("设置适合对外服务")
        return
    if not prepare_only:
        refuse_taken(address, port)
    if not (workspace / "workspace.json").exists():
        if workspace.exists() and not workspace.is_dir():
            raise InputFault(Fault("WEB004", f"{workspace} 不是文件夹", None, "用 `--workspace` 指明工作区文件夹"))
        if workspace.exists() and any(workspace.iterdir()):
            raise InputFault(Fault("WEB004", f"{workspace} 不是工作区", None, "换一个文件夹，或先移走其中的文件"))
        from greenrule.casework.demo import build_demo

        click.echo("正在建演示工作区（演示数据，非官方）……", err=True)
        build_demo(workspace)
    ready = prepare(workspace.resolve(), database, named)
    if ready.password:
        from greenrule.web.filing_demo import fill_first

        if (filled := fill_first(ready.workspace)) is not None and filled.cases:
            click.echo(
                f"已建演示办件 {filled.cases} 件、演示单位和人员（演示数据，非官方）；演示人员没有口令，由管理员设定后才能登录"
            )
        click.echo(f"管理员 {ready.administrator}，口令 {ready.password}（只显示这一次，登录后请修改）")
    with watched() as progress:
        draw(workspace.resolve(), progress)
    if prepare_only:
        return
    if not loopback(address):
        warning = "对外请放在 nginx 之后（docs/how-to/deploy.md）：直接对外时，几个慢慢发送请求的连接就能让别人等下去，口令也不加密"
        click.echo(warning, err=True)
    click.echo(f"绿尺：http://{shown(address)}:{port}/ ，接口说明 /api/v1/openapi.json，按 Ctrl+C 停止")
    run(address, port, workers, watching=not no_watch)
