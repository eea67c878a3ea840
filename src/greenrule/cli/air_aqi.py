"""`greenrule air aqi`: sub-indices, AQI, primary pollutants and level for every row of a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from greenrule.cli.options import FORMAT, PACKS, echo_json
from greenrule.core.errors import Fault, InputFault

if TYPE_CHECKING:
    from greenrule.casework.air_aqi import Indexed


@click.command()
@click.argument("table", type=click.Path(path_type=Path), metavar="文件")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="结果写到哪里：.csv .parquet .xlsx。")
@click.option(
    "--edition", default="auto", show_default=True, metavar="版次",
    help="auto 按每行数据的日期；2012、2026、2031 全部按这一版；both 把 2012、2026 两版并列。",
)  # fmt: skip
@click.option(
    "--period", type=click.Choice(["auto", "hour", "day"]), default="auto", show_default=True,
    help="行里是小时值还是日均值；auto：时间列只有日期的是日均值。",
)  # fmt: skip
@click.option(
    "--not-monitored", metavar="项目", default="", help="按方案不监测的项目（逗号分开，如 so2,co），缺它们不算缺项。"
)
@click.option(
    "--stuck-hours",
    default=24,
    show_default=True,
    metavar="小时",
    help="同一个值连续这么多小时不变就标记（不剔除）；0 不查。",
)
@click.option(
    "--shift-hours", default=0, metavar="小时", help="已知时钟有偏差时，给每个时间加上这么多小时，如 UTC 的加 8。"
)
@click.option(
    "--headers",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="增加的列用英文还是中文表头和取值。",
)
@PACKS
@FORMAT
def aqi(
    table: Path, out: Path, edition: str, period: str, not_monitored: str, stuck_hours: int, shift_hours: int, headers: str,
    packs: tuple[Path, ...], format: str,
) -> None:  # fmt: skip
    """给表格的每一行算空气质量分指数、指数（AQI）、首要污染物和级别，按数据日期取新旧版次。

    \b
    例：greenrule air aqi 小时值.csv --out 结果.csv
        greenrule air aqi 日均值.xlsx --edition both --out 对比.xlsx

    列：station 站点，time 时间，pm25 pm10 so2 no2 o3（μg/m³）co（mg/m³），中英文表头都可以；日均值的臭氧是日最大8小时
    （o3_8h 或 o3）。另认国家发布平台的 JSON。增加 iaqi_*、aqi、primary、level、category、edition；有疑问的值在 flags 里标明：
    负值、9999 之类的代码、长时间不变、重复的时间。空的、`-`、NA 是缺测。

    2026 年版：缺项时由其余各项算出的指数高于 100 才给出，否则 aqi 留空、flags 写 aqi:incomplete。
    """
    from greenrule.casework.air_aqi import check_out, index_readings, write_table
    from greenrule.casework.air_readings import read_readings
    from greenrule.casework.air_sheets import read_sheet
    from greenrule.packs.air import load_editions
    from greenrule.quality.editions import POLLUTANTS

    check_out(out)
    left_out = tuple(part.strip().lower() for part in not_monitored.replace("，", ",").split(",") if part.strip())
    for name in left_out:
        if name not in POLLUTANTS:
            raise InputFault(Fault("A032", f"没有项目 `{name}`", None, f"可用：{'、'.join(POLLUTANTS)}"))
    editions = load_editions(packs or None)
    readings = read_readings(read_sheet(table), period, stuck_hours, shift_hours)
    found = index_readings(readings, editions, edition, left_out, headers == "zh")
    write_table(found.frame, out)
    if format == "json":
        echo_json({**found.to_json(), "out": str(out)})
    else:
        _show(found, out)


def _show(found: Indexed, out: Path) -> None:
    """The summary for people."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    kind = "小时值" if found.kind == "hour" else "日均值"
    console.print(f"{found.rows:,} 行{kind}，写入 {out}")
    console.print("版次：" + "，".join(f"{name} 版 {count:,} 行" for name, count in found.by_edition.items()))
    table = Table("类别", "行数", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name, count in found.by_level.items():
        table.add_row(name, f"{count:,}")
    if found.withheld:
        table.add_row("缺项，不发布", f"{found.withheld:,}")
    if found.without:
        table.add_row("没有可算的项", f"{found.without:,}")
    console.print(table)
    for note in found.notes:
        console.print(f"注意：{note}", soft_wrap=True)
