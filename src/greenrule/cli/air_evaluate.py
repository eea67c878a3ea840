"""`greenrule air evaluate`, `greenrule air rank`: days, months and years by the standards of their dates; places by the composite index."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.cluster import CONF, MASTER, Cluster, cluster_of, session_on
from greenrule.cli.options import DAY, FORMAT, LEVEL, PACKS, echo_json, watched
from greenrule.core.errors import Fault, InputFault

if TYPE_CHECKING:
    from greenrule.casework.air_evaluate import Evaluation
    from greenrule.casework.air_rank import Ranking
    from greenrule.quality.periods import Period
    from greenrule.store.observations_days import Elsewhere

_BY = click.Choice(["station", "city", "county", "township"])
_EDITION = click.option(
    "--edition",
    default="auto",
    show_default=True,
    metavar="版次",
    help="auto 按数据日期；2012、2026、2031 按这一版；both 把 2012、2026 并列。",
)


def _period_options(command: Any) -> Any:
    for option in reversed((
        click.option("--month", "months", multiple=True, metavar="年-月", help="月，如 2026-03，可多次给出。"),
        click.option("--year", "years", multiple=True, type=int, metavar="年", help="年，可多次给出。"),
        click.option("--to-date", type=DAY, metavar="日期", help="当年 1 月 1 日到这一天。"),
        click.option("--from", "first", type=DAY, metavar="日期", help="任意一段的第一天，与 --to 一起写。"),
        click.option("--to", "last", type=DAY, metavar="日期", help="任意一段的最后一天。"),
    )):  # fmt: skip
        command = option(command)
    return command


def periods_asked(
    months: Sequence[str], years: Sequence[int], to_date: datetime | None, first: datetime | None, last: datetime | None
) -> list[Period]:
    """The periods that were asked for; A060 where one cannot be read or none is given."""
    from greenrule.quality.periods import Period

    out = []
    for text in months:
        try:
            day = datetime.strptime(text, "%Y-%m")
        except ValueError:
            raise InputFault(Fault("A060", f"`{text}` 不是月", None, "写成 2026-03")) from None
        out.append(Period.month(day.year, day.month))
    for year in years:
        if not 1990 <= year <= 2100:
            raise InputFault(Fault("A060", f"`{year}` 不是年", None, "写四位数的年"))
        out.append(Period.year(year))
    if to_date is not None:
        out.append(Period.span(date(to_date.year, 1, 1), to_date.date()))
    if (first is None) != (last is None) or (first is not None and last is not None and first > last):
        raise InputFault(
            Fault("A060", "`--from` 与 `--to` 须成对，先后不颠倒", None, "如 --from 2025-10-01 --to 2026-03-31")
        )
    if first is not None and last is not None:
        out.append(Period.span(first.date(), last.date()))
    if not out:
        raise InputFault(
            Fault(
                "A060",
                "没有写评价哪一段",
                None,
                "写 --month 2026-03、--year 2025、--to-date 2026-06-30 或 --from … --to …",
            )
        )
    return out


@click.command()
@click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")
@_period_options
@click.option("--by", type=_BY, default="station", show_default=True, help="按站点、城市、县区还是乡镇。")
@click.option("--station", "stations", multiple=True, metavar="站点", help="只看这些站点。")
@click.option("--city", "cities", multiple=True, metavar="城市", help="只看这些城市（按城市评价）。")
@LEVEL
@_EDITION
@click.option("--daily", is_flag=True, help="逐日列出浓度、分指数、AQI、首要污染物和级别。")
@click.option(
    "--dust",
    type=click.Path(path_type=Path),
    metavar="文件",
    help="沙尘过程表（起、止，站点或城市）：另给一列扣除后的结果。",
)
@click.option(
    "--engine",
    type=click.Choice(["threads", "spark"]),
    default="threads",
    show_default=True,
    help="小时值在本机折算成日值（算过的直接用），还是在 Spark 集群上全部重算；结果相同。",
)
@MASTER
@CONF
@click.option("--out", type=click.Path(path_type=Path), help="另写成表：.csv .xlsx .parquet。")
@PACKS
@FORMAT
def evaluate(
    workspace: Path, months: tuple[str, ...], years: tuple[int, ...], to_date: datetime | None, first: datetime | None, last: datetime | None,
    by: str, stations: tuple[str, ...], cities: tuple[str, ...], level: str | None, edition: str, daily: bool, dust: Path | None,
    engine: str, master: str | None, settings: tuple[str, ...], out: Path | None, packs: tuple[Path, ...], format: str,
) -> None:  # fmt: skip
    """按国家标准评价工作区里的监测数据：日、月、年的统计量、有效性、达标、超标倍数、综合指数。

    \b
    例：greenrule air evaluate -w 空气 --by city --year 2025
        greenrule air evaluate -w 空气 --city 太原市 --month 2026-03 --edition both
        greenrule air evaluate -w 空气 --station 1081A --month 2026-03 --daily --out 日报.csv

    每个数都写明按哪一版：数据日期在 2026-02-28 及以前的按 2012 年版，以后按 2026 年版。跨两版的时段（如 2026 年）按哪一版未见规定，
    两版并列给出。有效日数不足的照算，注明不足。年评价给出两种达标：各项均值和百分位数全部达标；只看年均值、CO 和 O3 百分位数。

    \b
    全国多年的小时值可以交给集群（需要 pip install 'greenrule[cluster]' 和 Java 17）：
        greenrule air evaluate -w 空气 --by city --year 2025 --engine spark --master spark://主机:7077
    一个月一个任务；算出的日值留在工作区，以后的评价、排名、月报直接用。
    """
    from greenrule.casework.air_aqi import write_table
    from greenrule.casework.air_evaluate import day_rows, evaluate_workspace, read_dust
    from greenrule.packs.air import load_editions
    from greenrule.store.workspace import Workspace

    if stations and cities:
        raise InputFault(Fault("A060", "`--station` 与 `--city` 只能写一种", None, "分两次评价"))
    cluster = cluster_of(engine, master, settings)
    by = "city" if cities else "station" if stations else by
    periods = periods_asked(months, years, to_date, first, last)
    editions = load_editions(packs or None)
    opened = Workspace.open(workspace)
    processes = read_dust(dust, opened.stations.read()) if dust is not None else []
    with _elsewhere(cluster) as elsewhere:
        found = evaluate_workspace(
            opened, editions, periods, by, (*stations, *cities), edition, level, processes, elsewhere
        )
    rows: list[dict[str, Any]] = []
    if daily and found.days is not None:
        for period in periods:
            rows += day_rows(found.days, editions, period.first, period.last, edition)
    else:
        rows = [_flat(row.to_json()) for row in found.rows]
    if out is not None:
        import polars as pl

        write_table(pl.DataFrame(rows, infer_schema_length=None), out)
    if format == "json":
        echo_json({**found.to_json(), **({"days": rows} if daily else {})})
        return
    _show_days(rows) if daily else _show(found)
    if out is not None:
        click.echo(f"写入 {out}")


@contextmanager
def _elsewhere(cluster: Cluster | None) -> Iterator[Elsewhere | None]:
    """Where days are made; None for this machine, which then needs no Spark."""
    if cluster is None:
        yield None
        return
    from greenrule.cluster.rollup import SparkDays

    with session_on(cluster) as session, watched() as say:
        yield SparkDays(session, say)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the evaluation as cells."""
    out = {key: row[key] for key in ("series", "period", "edition", "kind")}
    out.update(row["values"])
    out.update({"composite": row["composite"], "main_pollutants": "、".join(row["main_pollutants"])})
    out.update(
        {
            key: row[key]
            for key in ("complete", "aqi_days", "good_days", "heavy_days", "good_rate", "attains", "attains_headline")
        }
    )
    out.update({f"days_{name}": count for name, count in row["valid_days"].items()})
    out["exceedance"] = ";".join(f"{name}={value}" for name, value in row["exceedance"].items())
    out["undecided"] = row["undecided"]
    return out


def _console() -> Any:
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 100, highlight=False)


def _show(found: Evaluation) -> None:
    from rich.table import Table

    from greenrule.casework.air_evaluate import statistic_label

    ids = ("so2_mean", "no2_mean", "pm10_mean", "pm25_mean", "co_p95", "o3_p90")
    table = Table(
        "",
        "时段",
        "版",
        *(statistic_label(id) for id in ids),
        "指数",
        "优良",
        "重污",
        "达标",
        "数据",
        box=None,
        pad_edge=False,
    )
    for column in table.columns[3:]:
        column.justify = "right"
    for row in found.rows:
        values = [
            _number(row.values.get(id), 1 if id.startswith("co") else 0) + ("↑" if id in row.exceeded else "")
            for id in ids
        ]
        reached = {None: "", True: "是", False: "否"}[row.attains]
        if row.attains is False and row.attains_headline:
            reached = "否*"
        table.add_row(
            row.series + ("（扣沙）" if row.kind == "deducted" else ""), _period_label(row.period), row.edition, *values, _number(row.index, 2),
            f"{row.good_days}/{row.index_days}", str(row.heavy_days), reached, "" if row.complete else "不足",
        )  # fmt: skip
    console = _console()
    console.print(table)

    def say(text: str) -> None:
        console.print(text, soft_wrap=True)

    say(
        "均值和百分位数 μg/m³（CO mg/m³）；↑ 超过该版二级限值；指数是综合指数；优良是 AQI 不高于 100 的天数/有 AQI 的天数"
    )
    if any(row.attains is False and row.attains_headline for row in found.rows):
        say("否*：年均值和 CO、O3 百分位数达标，但另有日均值百分位数超标")
    for item in found.editions:
        say(
            f"{item.id} 版：{item.label}"
            + (f"；其中 {len(item.doubts)} 处未见原文或凭记忆，见 --format json" if item.doubts else "")
        )
    for why in dict.fromkeys(row.undecided for row in found.rows if row.undecided):
        say(f"注意：{why}")
    for note in found.notes:
        say(f"注意：{note}")


def _show_days(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from greenrule.quality.editions import LABELS, POLLUTANTS

    table = Table(
        "", "日期", *(LABELS[name] for name in POLLUTANTS), "AQI", "首要污染物", "类别", "版", box=None, pad_edge=False
    )
    for column in table.columns[2:9]:
        column.justify = "right"
    for row in rows:
        values = ["—" if row[name] is None else f"{row[name]:g}" for name in POLLUTANTS]
        shown = "NA" if row["aqi"] is None else str(row["aqi"])
        table.add_row(
            row["series"],
            row["date"],
            *values,
            shown,
            row["primary"] or "",
            row["category"] or "",
            row["edition"] or "",
        )
    _console().print(table)


def _period_label(id: str) -> str:
    """A period as it fits into a column: a stretch of days on two lines."""
    first, dots, last = id.partition("..")
    return f"{first}\n至 {last.removeprefix(first[:5])}" if dots else id


def _number(value: Any, decimals: int) -> str:
    return "—" if value is None else f"{float(value):.{decimals}f}"


@click.command()
@click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")
@_period_options
@click.option("--by", type=_BY, default="city", show_default=True, help="给城市、县区、乡镇还是站点排名。")
@LEVEL
@_EDITION
@click.option(
    "--dust",
    type=click.Path(path_type=Path),
    metavar="文件",
    help="沙尘过程表（同 air evaluate）：按扣除后的结果排名。",
)
@click.option(
    "--pay",
    type=click.Path(path_type=Path),
    metavar="文件",
    help="奖惩办法（YAML）：各名次的金额，带起止日期和出处。没有则金额未知。",
)
@click.option("--out", type=click.Path(path_type=Path), help="另写成表：.csv .xlsx .parquet。")
@PACKS
@FORMAT
def rank(
    workspace: Path, months: tuple[str, ...], years: tuple[int, ...], to_date: datetime | None, first: datetime | None, last: datetime | None,
    by: str, level: str | None, edition: str, dust: Path | None, pay: Path | None, out: Path | None, packs: tuple[Path, ...], format: str,
) -> None:  # fmt: skip
    """按综合指数排名：水平和改善幅度（比上年同期，两年按同一版算），指数相同的并列。

    \b
    例：greenrule air rank -w 空气 --month 2026-03
        greenrule air rank -w 空气 --to-date 2026-06-30 --by county --pay 奖惩.yaml

    奖惩办法一行一条：{from: 2026-01-01, ranking: level, places: [1, 3], amount: 100, unit: 万元, cite: 文号}；
    ranking 写 level（水平）或 improvement（改善），从后数写 [-3, -1]，要交的金额写负数。并列的各按其名次计。
    """
    from greenrule.casework.air_aqi import write_table
    from greenrule.casework.air_evaluate import read_dust
    from greenrule.casework.air_rank import rank_places, read_pay
    from greenrule.packs.air import load_editions
    from greenrule.store.workspace import Workspace

    periods = periods_asked(months, years, to_date, first, last)
    rules = read_pay(pay) if pay is not None else None
    editions = load_editions(packs or None)
    opened = Workspace.open(workspace)
    processes = read_dust(dust, opened.stations.read()) if dust is not None else ()
    found = [
        ranking
        for period in periods
        for ranking in rank_places(opened, editions, period, by, edition, level, rules, processes)
    ]
    if out is not None:
        import polars as pl

        rows = [
            {"period": item.period, "edition": item.edition, **_cells(place.to_json())}
            for item in found
            for place in item.places
        ]
        write_table(pl.DataFrame(rows, infer_schema_length=None), out)
    if format == "json":
        echo_json({"rankings": [item.to_json() for item in found]})
        return
    for ranking in found:
        _show_ranking(ranking)
    if out is not None:
        click.echo(f"写入 {out}")


def _cells(place: dict[str, Any]) -> dict[str, Any]:
    from greenrule.casework.air_rank import RANKINGS

    pay = place.pop("pay")
    told = (
        "未知"
        if pay is None
        else "；".join(
            f"{RANKINGS[item['ranking']]} {item['amount']:g} {item['unit']}（{item['cite']}）" for item in pay
        )
    )
    return {**place, "main_pollutants": "、".join(place["main_pollutants"]), "pay": told}


def _show_ranking(ranking: Ranking) -> None:
    from rich.table import Table

    from greenrule.quality.editions import LABELS

    table = Table("名次", "", "综合指数", "主要污染物", "上年同期", "变化%", "改善名次", "奖惩", title=f"{ranking.period}（{ranking.edition} 版{'，扣除沙尘' if ranking.kind == 'deducted' else ''}）",
                  title_justify="left", box=None, pad_edge=False)  # fmt: skip
    for item in ranking.places:
        pay = (
            "未知" if item.pay is None else "，".join(f"{part['amount']:+g}{part['unit']}" for part in item.pay) or "—"
        )
        change = "—" if item.change is None else f"{float(item.change):+.1f}"
        better = (
            "—"
            if item.improvement_place is None
            else f"{item.improvement_place}{'并列' if item.improvement_tied else ''}"
        )
        table.add_row(
            f"{item.place}{'并列' if item.tied else ''}", item.series, _number(item.index, 2), "、".join(LABELS[name] for name in item.main),
            _number(item.before, 2), change, better, pay,
        )  # fmt: skip
    console = _console()
    console.print(table)
    if ranking.without:
        console.print(f"没有综合指数（缺项）：{'、'.join(ranking.without)}", soft_wrap=True)
    for note in ranking.notes:
        console.print(f"注意：{note}", soft_wrap=True)
