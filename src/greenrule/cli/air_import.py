"""`greenrule air import`, `greenrule air stations`: monitoring data and the register of stations into a workspace."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from greenrule.cli.options import FORMAT, PACKS, echo_json

_WORKSPACE = click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="文件…")
@_WORKSPACE
@click.option(
    "--withdraw-blanks", is_flag=True, help="空的格子也算更正：撤回库里原有的值。缺省时空格子不改动原有的值。"
)
@click.option("--shift-hours", default=0, metavar="小时", help="已知时钟有偏差时，给每个时间加上这么多小时。")
@PACKS
@FORMAT
def import_(
    files: tuple[Path, ...],
    workspace: Path,
    withdraw_blanks: bool,
    shift_hours: int,
    packs: tuple[Path, ...],
    format: str,
) -> None:
    """把小时值导入工作区：全部文件一次提交，要么都进，要么都不进。

    \b
    例：greenrule air import 2026-03.csv 2026-04.csv --workspace 空气
        greenrule air import 发布数据.json -w 空气

    认 CSV、XLSX、Parquet 和国家发布平台的 JSON（其中对调的臭氧两列会认出并更正）。同样的数据再导一次不起变化；值不同的以新的为准，
    旧值记入修订记录；负值、9999 撤回原有的值。受影响的月份随即重算各日；月、年、排名用到时由日值算出。
    小时值的时间是这一小时结束的时刻，0 时属于前一天。
    """
    from greenrule.casework.air_lake import import_files
    from greenrule.packs.air import load_editions
    from greenrule.store.workspace import Workspace

    opened = Workspace.open(workspace)
    with _bar() as progress:
        report = import_files(opened, files, load_editions(packs or None), withdraw_blanks, shift_hours, progress)
    if format == "json":
        echo_json(report.to_json())
        return
    done = report.imported
    if done.id is None:
        click.echo(f"{done.rows:,} 行与库里的相同，没有变化")
    else:
        months = (
            f"{done.months[0]} 至 {done.months[-1]}，{len(done.months)} 个月"
            if len(done.months) > 1
            else done.months[0]
        )
        click.echo(
            f"第 {done.id} 次导入：{done.rows:,} 行，新增 {done.new:,} 行，更正 {done.revised:,} 个值（{months}）"
        )
    if report.new_stations:
        click.echo(f"新站 {report.new_stations} 个，已登记；级别用 `greenrule air stations` 补上")
    for name, away in report.moved:
        click.echo(f"注意：站点 {name} 的坐标与登记的相距 {away:,.0f} m，可能搬迁：在登记表里写明起止日期")
    for note in report.notes:
        click.echo(f"注意：{note}")


@click.command()
@click.argument("table", required=False, type=click.Path(path_type=Path), metavar="[登记表]")
@_WORKSPACE
@FORMAT
def stations(table: Path | None, workspace: Path, format: str) -> None:
    """登记监测站点（整表替换），或列出已登记的。

    \b
    例：greenrule air stations 站点.xlsx --workspace 空气
        greenrule air stations -w 空气

    列：station 站点编号，name 站点名称，level 级别（国控 省控 市控 县级 乡镇 园区），city 城市，county 县区，township 乡镇，lon 经度，lat 纬度，
    since 起，until 止，evaluated 参与评价（对照点写 否）。搬迁的站点写两行，各有起止日期。
    """
    from greenrule.casework.air_lake import read_register
    from greenrule.store.stations import LEVELS
    from greenrule.store.workspace import Workspace

    register = Workspace.open(workspace).stations
    if table is not None:
        register.write(read_register(table))
    lines = register.read()
    if format == "json":
        rows = [
            {"station": item.id, "name": item.name, "level": item.level, "city": item.city, "county": item.county, "township": item.township,
             "lon": item.lon, "lat": item.lat, "since": item.since and item.since.isoformat(),
             "until": item.until and item.until.isoformat(), "evaluated": item.evaluated}
            for item in lines
        ]  # fmt: skip
        echo_json({"stations": rows})
        return
    if table is not None:
        click.echo(f"登记了 {len(lines):,} 行")
        return
    from rich.console import Console
    from rich.table import Table

    shown = Table("站点", "名称", "级别", "城市", "县区", "起", "止", "评价", box=None, pad_edge=False)
    for item in lines:
        shown.add_row(
            item.id,
            item.name,
            LEVELS[item.level],
            item.city,
            item.county,
            str(item.since or ""),
            str(item.until or ""),
            "是" if item.evaluated else "否",
        )
    Console(width=None if sys.stdout.isatty() else 100, highlight=False).print(shown)


@click.command()
@_WORKSPACE
@click.option("--station", "names", multiple=True, metavar="站点", help="只看这些站点。")
@click.option("--last", default=50, show_default=True, metavar="条", help="最后多少条；0 是全部。")
@FORMAT
def revisions(workspace: Path, names: tuple[str, ...], last: int, format: str) -> None:
    """列出修订记录：哪次导入把哪个站哪一小时的什么值从多少改成多少。

    例：greenrule air revisions -w 空气 --station 1081A
    """
    from greenrule.casework.air_lake import revision_rows
    from greenrule.store.workspace import Workspace

    rows = revision_rows(Workspace.open(workspace), names)
    shown = rows[-last:] if last > 0 else rows
    if format == "json":
        echo_json({"revisions": shown, "total": len(rows)})
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("导入", "记录于", "站点", "时间", "项目", "原值", "新值", box=None, pad_edge=False)
    for row in shown:
        old, new = ("—" if row[key] is None else f"{row[key]:g}" for key in ("old", "new"))
        why = f"（{row['why']}）" if row["why"] else ""
        table.add_row(
            str(row["import"]), row["recorded"][:16], row["station"], row["time"][:13], row["pollutant"], old, new + why
        )
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    console.print(table)
    console.print(f"共 {len(rows):,} 条" + (f"，列出最后 {len(shown):,} 条" if len(shown) < len(rows) else ""))


@contextmanager
def _bar() -> Iterator[Callable[[float], None] | None]:
    """A bar on standard error when somebody is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("导入"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("导入", total=1.0)
        yield lambda share: progress.update(task, completed=share)
