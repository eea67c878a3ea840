"""`greenrule air chart`: the calendar of a year, the trend of months, the rose of winds, the map of places."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, echo_json
from greenrule.core.errors import Fault, InputFault

_WORKSPACE = click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")
_OUT = click.option("--out", required=True, type=click.Path(path_type=Path), help="图写到哪里：.svg 或 .png。")
_BY = click.option("--by", type=click.Choice(["station", "city", "county", "township"]), default="city", show_default=True, help="PLACE 是哪一级。")  # fmt: skip
_POLLUTANT = click.option("--pollutant", type=click.Choice(["pm25", "pm10", "so2", "no2", "co", "o3"]), default="pm25", show_default=True, help="哪项污染物。")  # fmt: skip


@click.group()
def chart() -> None:
    """空气质量的常用图：日历、趋势、污染玫瑰、各市各县的地图。"""


def _write(out: Path, data: bytes) -> None:
    from greenrule.casework.writing import write_bytes

    write_bytes(out, data)
    click.echo(f"已写入 {out}", err=True)


def _opened(workspace: Path, packs: tuple[Path, ...]) -> tuple[Any, Any]:
    from greenrule.packs.air import load_editions
    from greenrule.store.workspace import Workspace

    return Workspace.open(workspace), load_editions(packs or None)


@chart.command("calendar")
@click.argument("place")
@_WORKSPACE
@click.option("--year", required=True, type=click.IntRange(1990, 2100), help="哪一年。")
@_BY
@_OUT
@PACKS
def calendar_(place: str, workspace: Path, year: int, by: str, out: Path, packs: tuple[Path, ...]) -> None:
    """一年每天的空气质量级别，按级别着色；各日按其日期的版次评价。

    例：greenrule air chart calendar 太原市 -w 空气 --year 2026 --out 日历.svg
    """
    from greenrule.casework.air_charts import calendar_chart
    from greenrule.casework.air_series import year_days

    opened, editions = _opened(workspace, packs)
    rows = year_days(opened, editions, year, by, place)
    _write(out, calendar_chart(rows, editions, year, f"{place} {year} 年空气质量日历", out.suffix.lower()))


@chart.command("trend")
@click.argument("place")
@_WORKSPACE
@_POLLUTANT
@_BY
@click.option("--from", "first", type=DAY, help="从哪一天所在的月起；缺省为库里最早的月。")
@click.option("--to", "last", type=DAY, help="到哪一天所在的月止；缺省为库里最晚的月。")
@_OUT
@PACKS
@FORMAT
def trend_(
    place: str, workspace: Path, pollutant: str, by: str, first: datetime | None, last: datetime | None, out: Path,
    packs: tuple[Path, ...], format: str,
) -> None:  # fmt: skip
    """逐月浓度、除去季节后的浓度和趋势线，附 95% 区间（分段重抽）；不足两年的趋势写未知。

    例：greenrule air chart trend 太原市 -w 空气 --pollutant pm25 --out 趋势.png
    """
    from greenrule.casework.air_charts import month_trend, trend_chart
    from greenrule.casework.air_series import month_values, span_of

    opened, editions = _opened(workspace, packs)
    low, high = span_of(opened)
    low, high = first.date() if first else low, last.date() if last else high
    start, values = month_values(opened, editions, pollutant, by, place, low, high)
    _write(out, trend_chart(values, start, pollutant, place, out.suffix.lower()))
    if format == "json":
        found = month_trend(values)
        echo_json({
            "place": place, "pollutant": pollutant, "first_month": start.isoformat()[:7], "values": values,
            "trend": None if found is None else {"slope_per_year": found.slope, "low": found.low, "high": found.high,
                                                 "significant": found.significant},
        })  # fmt: skip


@chart.command()
@click.argument("station")
@_WORKSPACE
@click.option("--wind", required=True, type=click.Path(path_type=Path), metavar="文件", help="逐时的风：时间、风向（度或 NNE 一类）、风速 m/s。")  # fmt: skip
@_POLLUTANT
@_OUT
def rose(station: str, workspace: Path, wind: Path, pollutant: str, out: Path) -> None:
    """一个站点的污染玫瑰：风从哪边来得多，来时空气多脏。

    例：greenrule air chart rose 1001A -w 空气 --wind 风.csv --pollutant pm25 --out 玫瑰.svg
    """
    from greenrule.casework.air_charts import read_winds, rose_chart
    from greenrule.casework.air_series import hour_values
    from greenrule.store.workspace import Workspace

    opened = Workspace.open(workspace)
    values = hour_values(opened, station, pollutant, opened.observations.months())
    _write(out, rose_chart(values, read_winds(wind), pollutant, station, out.suffix.lower()))


@chart.command("map")
@_WORKSPACE
@click.option("--month", metavar="年-月", help="哪一月，如 2026-03；与 --year 写一种。")
@click.option("--year", type=int, metavar="年", help="哪一年。")
@click.option("--by", type=click.Choice(["city", "county"]), default="city", show_default=True, help="各市还是各县。")
@click.option("--value", default="composite", show_default=True, metavar="量", help="画什么：composite 综合指数、good_rate 优良天数比例，或统计量 pm25_mean、pm10_mean、no2_mean、so2_mean、co_p95、o3_p90 等。")  # fmt: skip
@click.option("--edition", default="auto", show_default=True, metavar="版次", help="auto 按数据日期；跨两版的年写明一版：2012、2026。")  # fmt: skip
@_OUT
@PACKS
@FORMAT
def map_(
    workspace: Path, month: str | None, year: int | None, by: str, value: str, edition: str, out: Path, packs: tuple[Path, ...],
    format: str,
) -> None:  # fmt: skip
    """按一个量给各市或各县着色，数印在图上；用工作区的市界、县界图层。

    \b
    例：greenrule air chart map -w 空气 --month 2026-03 --by city --value pm25_mean --out 三月.svg
        greenrule air chart map -w 空气 --year 2025 --by county --out 综合指数.png

    有限值的量以二级限值为界，内外各按三分位分级；没有限值的按五分位。没有数据的地方画斜线。
    """
    from greenrule.casework.air_map import air_map
    from greenrule.casework.place_map import place_svg
    from greenrule.casework.writing import check_map_path, write_picture
    from greenrule.cli.air_evaluate import periods_asked

    check_map_path(out)
    if (month is None) == (year is None):
        raise InputFault(Fault("AT014", "地图画一个月或一年", None, "写 `--month 2026-03` 或 `--year 2025`，只写一个"))
    (period,) = periods_asked([month] if month else [], [year] if year else [], None, None, None)
    opened, editions = _opened(workspace, packs)
    found = air_map(opened, editions, period, by, value, edition)
    write_picture(out, place_svg(found.picture))
    click.echo(f"已写入 {out}", err=True)
    for note in found.notes:
        click.echo(f"注意：{note}", err=True)
    if found.off:
        click.echo(f"注意：图层里没有 {'、'.join(found.off)}，没有画", err=True)
    if found.shared:
        click.echo(f"注意：图层里不止一处叫 {'、'.join(found.shared)}，没有着色", err=True)
    if format == "json":
        echo_json(found.to_json())
