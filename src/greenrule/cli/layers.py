"""`greenrule demo`, `layer`, `finding`: what a workspace holds."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from greenrule.cli.screen import DAY, FORMAT

_WORKSPACE = click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")


@contextmanager
def _steps(total: int, words: str) -> Any:
    """Progress on standard error: a bar for people, silence for pipes."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.progress import Progress

    with Progress(transient=True) as bar:
        task = bar.add_task(words, total=total)

        def say(text: str) -> None:
            bar.update(task, advance=1, description=text)

        yield say


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--seed", type=int, help="随机种子；缺省为固定值，每次造出同样的工作区。")
def demo(path: Path, seed: int | None) -> None:
    """造一个演示工作区：真实的县界、虚构的 1,599 个管控单元和各类图层，处处标明 演示数据（非官方）。

    例：greenrule demo demo/workspace
    """
    from greenrule.casework.demo import SEED, build_demo

    with _steps(30, "造演示工作区") as say:
        workspace = build_demo(path, seed=SEED if seed is None else seed, progress=say)
    click.echo(f"已建立演示工作区 {path}：{len(workspace.layers())} 个图层，演示数据（非官方）")


@click.group()
def layer() -> None:
    """导入、检查、列出工作区的图层。"""


@layer.command("list")
@_WORKSPACE
@click.option("--on", type=DAY, help="哪一天有效的图层；缺省为今天。")
@click.option("--known", type=DAY, help="哪一天已知的图层；缺省为今天。")
@FORMAT
def list_layers(workspace: Path, on: datetime | None, known: datetime | None, format: str) -> None:
    """列出某一天有效的图层版本。

    例：greenrule layer list -w demo/workspace
    """
    from greenrule.store.workspace import Workspace

    versions = Workspace.open(workspace).layers(on.date() if on else None, known.date() if known else None)
    rows = [version.to_json() for _, version in sorted(versions.items())]
    if format == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        accuracy = f"精度 {row['accuracy_m']:g} 米" if row["accuracy_m"] is not None else "精度未说明"
        click.echo(f"{row['kind']:<22} {row['features']:>6} 个  {row['valid_from']} 起  {accuracy}  {row['sha256'][:12]}  {row['title']}")


@click.group()
def finding() -> None:
    """列出、取出已保存的结论。"""


@finding.command("list")
@_WORKSPACE
@FORMAT
def list_findings(workspace: Path, format: str) -> None:
    """列出工作区里保存的结论。

    例：greenrule finding list -w demo/workspace
    """
    from dataclasses import asdict

    from greenrule.store.workspace import Workspace

    rows = [{key: str(value) for key, value in asdict(row).items()} for row in Workspace.open(workspace).findings()]
    if format == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif not rows:
        click.echo("还没有保存过结论；`greenrule screen … --save` 会保存。")
    else:
        for row in rows:
            click.echo("  ".join(row.values()))


@finding.command("show")
@click.argument("name")
@_WORKSPACE
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="输出格式。")
def show_finding(name: str, workspace: Path, format: str) -> None:
    """打印一份保存的结论。

    例：greenrule finding show 1a2b3c -w demo/workspace
    """
    from greenrule.casework.report import render
    from greenrule.store.workspace import Workspace

    click.echo(render(Workspace.open(workspace).load_finding(name), format).decode("utf-8"))  # type: ignore[arg-type]


