"""`greenrule backup`, `greenrule restore`: a workspace and its records in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from greenrule.cli.options import DATABASE, FORMAT, SERVED, echo_json, watched
from greenrule.store.backup import Backup


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-key", is_flag=True, help="连同会话和两步验证的密钥（server.key）；这份备份要像密钥一样保管。")
@SERVED
@DATABASE
@FORMAT
def backup(file: Path, with_key: bool, workspace: Path, database: str | None, format: str) -> None:
    """把工作区（图层、记录、附件）写成一个备份文件，服务不用停。

    FILE 以 .tar 或 .tar.gz 结尾。写完才换上，中途被杀不留半个文件，原有的备份不动。
    记录在 PostgreSQL 时加 --database（或环境变量 GREENRULE_DATABASE），用 pg_dump 取一致的快照。

    \b
    例：greenrule backup /备份/绿尺-2026-11-25.tar.gz --workspace 工作区
    """
    with watched() as say:
        if database:
            from greenrule.web.backup import write

            done = write(file, workspace, database, key=with_key, say=say)
        else:
            from greenrule.store.backup import write_backup

            done = write_backup(file, workspace, key=with_key, say=say)
    if format == "json":
        echo_json(_shown(done))
    else:
        click.echo(f"已备份 {done.files} 个文件，{done.bytes / 1e6:.1f} MB：{done.path}")
        click.echo(f"审计记录的末行（锚点） {done.head or '无'}")
        if not done.key:
            click.echo("不含密钥：恢复后已启用的两步验证要靠另存的 server.key 或 GREENRULE_SECRET_KEY")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), required=True, help="恢复到这个文件夹：不存在，或是空的。")
@DATABASE
@FORMAT
def restore(file: Path, into: Path, database: str | None, format: str) -> None:
    """从备份恢复，逐个核对摘要和审计记录的链；不对就什么也不留。

    \b
    例：greenrule restore 绿尺-2026-11-25.tar.gz --into 新工作区
        greenrule restore 备份.tar --into 新工作区 --database postgresql://用户:口令@主机/空库
    """
    with watched() as say:
        if database:
            from greenrule.web.backup import restore as restore_both

            done = restore_both(file, into, database, say)
        else:
            from greenrule.store.backup import restore_backup

            done = restore_backup(file, into, say)
    if format == "json":
        echo_json({**_shown(done), "into": str(into)})
    else:
        click.echo(f"已恢复 {done.files} 个文件到 {into}，摘要和审计记录都核对过（末行 {done.head or '无'}）")
        if not done.key:
            click.echo("备份不含密钥：请放回 server.key 或设 GREENRULE_SECRET_KEY，否则已启用的两步验证须重设")


def _shown(done: Backup) -> dict[str, Any]:
    return {
        "file": str(done.path), "files": done.files, "bytes": done.bytes, "head": str(done.head) if done.head else None,
        "key": done.key, "database": done.dump,
    }  # fmt: skip
