"""`greenrule air forecast`: what the air will be like in one to ten days, and how good that has been."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import FORMAT, LEVEL, PACKS, watched

if TYPE_CHECKING:
    from greenrule.casework.outlook import Desk


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE…]")
@click.option(
    "--workspace", "-w", type=click.Path(path_type=Path), help="工作区：实测直接取自导入的监测数据，到最后一整天。"
)
@click.option(
    "--by",
    type=click.Choice(["city", "county", "township", "station"]),
    default="city",
    show_default=True,
    help="工作区的站点合成什么地点。",
)
@LEVEL
@click.option(
    "--weather",
    "weathers",
    multiple=True,
    type=click.Path(path_type=Path),
    help="气象预报表，可多次给出：历年存档和本次预报。",
)
@click.option("--days", type=click.IntRange(1, 10), default=10, show_default=True, help="报几天。")
@click.option(
    "--station", "stations", multiple=True, help="只报这个站（工作区：--by 的这个地点），可多次给出；缺省为全部。"
)
@click.option("--city", help="把所选各站合成这个城市的日值来报；文件有 城市 列的不必写。")
@click.option("--calendar", type=click.Path(path_type=Path), help="日历表：名称（采暖、春节）、起、止。")
@click.option(
    "--other", type=click.Path(path_type=Path), help="另一个模型的预报表：用它代替本模型，一样检验、一样给区间。"
)
@click.option(
    "--issued", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="发布时间；缺省为实测最后一天的 24 时。"
)
@click.option("--hour-ends", is_flag=True, help="时间是每小时的终点（00:00 属前一天）；缺省为起点。")
@click.option("--skill", is_flag=True, help="不报未来，只在过去逐日起报，与持续性和气候值比。")
@click.option("--tried", type=click.IntRange(60, 3650), default=730, show_default=True, help="--skill 检验最近多少天。")
@click.option("--out", type=click.Path(path_type=Path), help="预报表写到 .csv、.xlsx 或 .parquet。")
@click.option("--plot", type=click.Path(path_type=Path), help="图写到 .svg 或 .png；多个地点的在文件名后加地名。")
@PACKS
@FORMAT
def forecast(
    files: tuple[Path, ...], workspace: Path | None, by: str, level: str | None, weathers: tuple[Path, ...], days: int, stations: tuple[str, ...], city: str | None, calendar: Path | None,
    other: Path | None, issued: datetime | None, hour_ends: bool, skill: bool, tried: int, out: Path | None, plot: Path | None,
    packs: tuple[Path, ...], format: str,
) -> None:  # fmt: skip
    """预报一至十天的日均浓度，连区间；哪一天没有技巧就直说，改给气候值或最近一日的值。

    \b
    FILE 是小时值或日值表（CSV、XLSX、Parquet）：站点、时间、PM2.5、PM10、SO2、NO2、CO、O3（日表为 O3_8h）。
    气象表：地点、时间、起报时间（或 时效，小时）、气温、风速、风向、相对湿度、气压、降水、边界层高度……；
    没有起报时间的行是实况。只有存了往年的预报，气象才会被学习和采用。
    不给 FILE 而给 --workspace：各地各日由库里的小时值按评价的规矩得出，与 `air evaluate` 同一套日值。
    例：greenrule air forecast 太原2023-2026.csv
        greenrule air forecast -w 空气 --station 太原市 --out 预报.csv
        greenrule air forecast 太原.csv --weather 存档.csv --weather 今日.csv --out 预报.csv --plot 预报.svg
        greenrule air forecast 太原.csv --skill                     与持续性、气候值比
        greenrule air forecast 太原.csv --other 数值模式.csv         检验并采用别的模型
    """
    from greenrule.casework import outlook
    from greenrule.casework.outlook_text import forecast_text, skill_text
    from greenrule.core.errors import Fault, InputFault
    from greenrule.packs.book import default_packs
    from greenrule.packs.outlook import load_outlook

    faults = []
    if not files and workspace is None:
        faults.append(
            Fault("F044", "没有给出表格，也没有给出工作区", None, "greenrule air forecast FILE，或 --workspace 目录")
        )
    if workspace is None and level is not None:
        faults.append(Fault("F045", "`--level` 只用于工作区的站点", None, "去掉 --level，或给出 --workspace"))
    if workspace is not None and (files or city is not None or hour_ends):
        told = "表格、`--city`、`--hour-ends` 不与工作区一起用"
        faults.append(Fault("F045", told, None, "工作区的地点用 --by 和 --station 选"))
    if skill and (out is not None or plot is not None):
        faults.append(Fault("F042", "`--skill` 不出预报表和图", None, "去掉 `--out`、`--plot`，或去掉 `--skill`"))
    if plot is not None and plot.suffix.lower() not in (".svg", ".png"):
        faults.append(Fault("F043", f"不会画 `{plot.suffix or plot.name}` 文件", None, "用 .svg 或 .png"))
    if faults:
        raise InputFault(faults)
    question = outlook.Question(
        files, weathers, calendar, other, stations, city, days, issued, hour_ends, workspace, by, level
    )
    desk = outlook.open_desk(question, load_outlook(packs or default_packs()))
    with watched() as say:
        found = outlook.skill_table(desk, days, tried, say) if skill else outlook.forecast(desk, say)
    if out is not None or plot is not None:
        _written(found, desk, out, plot)
    if format == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        click.echo(skill_text(found) if skill else forecast_text(found), nl=False)


def _written(found: dict[str, Any], desk: Desk, out: Path | None, plot: Path | None) -> None:
    """The table and the pictures, made before the first is written."""
    from greenrule.casework.outlook import table_columns, table_rows
    from greenrule.casework.outlook_files import table_bytes
    from greenrule.casework.writing import write_bytes

    made: list[tuple[Path, bytes]] = []
    if out is not None:
        made.append((out, table_bytes(out, {"预报": (table_columns(), table_rows(found))})))
    if plot is not None:
        from greenrule.casework.outlook_plot import forecast_plot

        places = found["places"]
        for place in places:
            path = (
                plot
                if len(places) == 1
                else plot.with_name(f"{plot.stem}-{place['place'].replace('/', '_')}{plot.suffix}")
            )
            series = desk.history[place["place"]]
            made.append((path, forecast_plot(place, series, path.suffix.lower().lstrip("."))))
    for path, data in made:
        write_bytes(path, data)
        click.echo(f"已写入 {path}", err=True)
