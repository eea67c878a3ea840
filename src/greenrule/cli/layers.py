"""`greenrule demo`, `layer`, `finding`: what a workspace holds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from greenrule.cli.coherence import coherence
from greenrule.cli.layerlife import COMMANDS as LIFE
from greenrule.cli.options import DAY, FORMAT, LANG, PACKS, PAPER, echo_json, refuse_screen, refuse_sealed

if TYPE_CHECKING:
    from greenrule.core.tongue import Language

_F = TypeVar("_F", bound=Callable[..., Any])
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
        echo_json(rows)
        return
    if not rows:
        click.echo("没有这一天有效的图层；`greenrule layer import` 可导入。", err=True)
    for row in rows:
        accuracy = f"精度 {row['accuracy_m']:g} 米" if row["accuracy_m"] is not None else "精度未说明"
        click.echo(
            f"{row['kind']:<22} {row['features']:>6} 个  {row['valid_from']} 起  {accuracy}  {row['sha256'][:12]}  {row['title']}"
        )


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
        echo_json(rows)
    elif not rows:
        click.echo("还没有保存过结论；`greenrule screen … --save` 会保存。")
    else:
        for row in rows:
            click.echo("  ".join(row.values()))


@finding.command("show")
@click.argument("name")
@_WORKSPACE
@PACKS
@PAPER
@LANG
@click.option("--out", type=click.Path(path_type=Path), help="写到文件；缺省打印到屏幕。")
def show_finding(
    name: str, workspace: Path, packs: tuple[Path, ...], format: str, lang: Language, out: Path | None
) -> None:
    """打印一份保存的结论。

    \b
    例：greenrule finding show 1a2b3c -w demo/workspace
        greenrule finding show 1a2b3c -w demo/workspace --format pdf --lang en --out finding.pdf
    """
    from greenrule.casework.printing import MAPPED, gathered
    from greenrule.casework.report import render
    from greenrule.casework.writing import write_bytes
    from greenrule.store.workspace import Workspace

    refuse_screen(format, out)
    refuse_sealed(format, lang)
    told, picture = Workspace.open(workspace).load_finding(name), None
    if lang == "en" or format in MAPPED:
        from greenrule.casework.screening import open_screener
        from greenrule.casework.verifying import known_day

        told, picture = gathered(told, format, open_screener(workspace, packs, known_day(told)), lang)
    data = render(told, format, map_data=picture, lang=lang)
    if out is None:
        click.echo(data.decode("utf-8"), nl=not data.endswith(b"\n"))
        return
    write_bytes(out, data)
    click.echo(f"已写入 {out}", err=True)


_FILE_OPTIONS = [
    click.option("--layer", "layer_name", help="文件里有多个图层时，用哪一个。"),
    click.option("--crs", help="坐标系：cgcs2000、wgs84、gcj02、bd09、EPSG:n、gk3:37；文件已注明则不必写。"),
    click.option("--encoding", help="属性表的编码；缺省自动识别 UTF-8 与 GBK。"),
    click.option("--table", type=click.Path(path_type=Path), help="Excel 准入清单，按管控单元编码与图形连接。"),
]


def _with(options: list[Callable[[Any], Any]]) -> Callable[[_F], _F]:
    def wrap(command: _F) -> _F:
        for option in reversed(options):
            command = option(command)
        return command

    return wrap


@layer.command("kinds")
@FORMAT
def kinds(format: str) -> None:
    """列出图层种类和它们的字段名。

    例：greenrule layer kinds
    """
    from greenrule.casework.layerimport import layer_kinds

    found = layer_kinds()
    if format == "json":
        rows = {k.id: {"label": k.label, "geometry": k.geometry, "fields": {f.name: {"label": f.label, "aliases": list(f.aliases)} for f in
                k.fields.values()}} for k in found.values()}  # fmt: skip
        echo_json(rows)
        return
    for kind in found.values():
        click.echo(f"{kind.id:<22} {kind.label}：{'、'.join(f.label for f in kind.fields.values())}")


@layer.command("check")
@click.argument("kind")
@click.argument("path", type=click.Path(path_type=Path))
@_with(_FILE_OPTIONS)
@FORMAT
def check(
    kind: str,
    path: Path,
    layer_name: str | None,
    crs: str | None,
    encoding: str | None,
    table: Path | None,
    format: str,
) -> None:
    """检查一个图层文件，不导入；有错误即以 1 退出。

    例：greenrule layer check control_unit 管控单元.gpkg
    """
    from greenrule.casework.layerimport import kind_of
    from greenrule.spatial.layercheck import check_frame
    from greenrule.spatial.layerread import read_layer

    spec = kind_of(kind)
    report = check_frame(spec, read_layer(spec, path, layer=layer_name, crs=crs, encoding=encoding, table=table))
    if format == "json":
        echo_json(report.to_json())
    else:
        click.echo(report.text())
    raise SystemExit(1 if report.errors else 0)


@layer.command("import")
@click.argument("kind")
@click.argument("path", type=click.Path(path_type=Path))
@_WORKSPACE
@_with(_FILE_OPTIONS)
@click.option("--title", help="图层名称。")
@click.option("--source", help="来源：文件名称、发布单位、文号。")
@click.option("--accuracy", type=float, help="图层平面精度（米）；不写则边界疑义不作数值判断。")
@click.option("--complete", is_flag=True, help="图层是全的：不在其中即为“不位于”；不加则只能答“位于”或“不知道”。")
@click.option("--valid-from", type=DAY, help="生效日；缺省为今天。")
@click.option("--valid-to", type=DAY, help="失效日（该日起不再有效）。")
@click.option("--draft", is_flag=True, help="作为草案导入：发布（layer step）以前不参与任何回答。")
@FORMAT
def import_(
    kind: str, path: Path, workspace: Path, layer_name: str | None, crs: str | None, encoding: str | None, table: Path | None,
    title: str | None, source: str | None, accuracy: float | None, complete: bool, valid_from: datetime | None, valid_to: datetime | None,
    draft: bool, format: str,
) -> None:  # fmt: skip
    """导入一个图层文件：先读、先查，全部通过才成为一个不可更改的版本。

    \b
    例：greenrule layer import control_unit 管控单元.shp -w ws --table 准入清单.xlsx --accuracy 10 --complete
    """
    from greenrule.casework.layerimport import import_layer, kind_of, refused
    from greenrule.store.workspace import Workspace

    spec = kind_of(kind)
    place = Workspace.open(workspace)
    with _steps(6, "导入图层") as say:
        result = import_layer(
            place, spec, path, title=title, source=source, table=table, layer=layer_name, crs=crs, encoding=encoding, accuracy_m=accuracy,
            complete=complete, valid_from=valid_from.date() if valid_from else None, valid_to=valid_to.date() if valid_to else None,
            draft=draft, progress=lambda stage, fraction: say(stage),
        )  # fmt: skip
    if result.version is None:
        raise refused(path, result.report)
    if format == "json":
        echo_json({"version": result.version.to_json(), "report": result.report.to_json()})
    else:
        click.echo(result.report.text())
        click.echo(
            f"已导入 {result.version.title}：{result.version.features} 个要素，版本 {result.version.sha256[:12]}"
        )


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def workspace(path: Path) -> None:
    """建立一个空的工作区。

    例：greenrule workspace ws
    """
    from greenrule.store.workspace import Workspace

    Workspace.create(path)
    click.echo(f"已建立工作区 {path}；用 `greenrule layer import` 导入图层")


for _command in (*LIFE, coherence):
    layer.add_command(_command)
