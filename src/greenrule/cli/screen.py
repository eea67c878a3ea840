"""`greenrule screen`, `verify`, `facts`, `industry`: the questions people ask."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.cluster import CONF, MASTER, cluster_of
from greenrule.cli.options import DAY, FORMAT, LANG, PACKS, PAPER, WORKSPACE, echo_json, refuse_screen, refuse_sealed

if TYPE_CHECKING:
    from greenrule.core.errors import Fault
    from greenrule.core.tongue import Language


@click.command()
@click.argument("projects", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--batch",
    "table",
    type=click.Path(path_type=Path),
    help="整张表一次审完（.csv .xlsx .parquet .geojson .gpkg），一行一个项目，结果是一张表。",
)
@WORKSPACE
@PACKS
@click.option("--on", type=DAY, help="按哪一天的规定回答（YYYY-MM-DD）；缺省为项目文件所写，再缺省为今天。")
@click.option("--known", type=DAY, help="按哪一天已知的规定和图层回答：那天会得到什么答案。")
@PAPER
@LANG
@click.option("--out", type=click.Path(path_type=Path), help="写到文件（多个项目时为目录）；缺省打印到屏幕。")
@click.option("--all", "everything", is_flag=True, help="列出问过的每一条规则，包括不适用的。")
@click.option("--repair", is_flag=True, help="自相交的多边形自动修正（会注明）；不加则拒绝并指出位置。")
@click.option("--save", is_flag=True, help="把结论存入工作区；缺省什么也不存。")
@click.option(
    "--ignore",
    multiple=True,
    metavar="列名",
    help="`--batch`：略去与审查无关的列，可多次给出；`*` 略去所有不认识的列。",
)
@click.option(
    "--headers",
    type=click.Choice(["code", "zh"]),
    default="code",
    show_default=True,
    help="`--batch`：结果表用代码（供程序）还是中文（供人看）。",
)
@click.option(
    "--engine",
    type=click.Choice(["threads", "spark"]),
    default="threads",
    show_default=True,
    help="`--batch`：在本机的线程里审，还是交给 Spark 集群；答案相同。",
)
@MASTER
@CONF
def screen(
    projects: tuple[Path, ...], table: Path | None, workspace: Path | None, packs: tuple[Path, ...], on: datetime | None, known: datetime | None,
    format: str, lang: Language, out: Path | None, everything: bool, repair: bool, save: bool, ignore: tuple[str, ...], headers: str,
    engine: str, master: str | None, settings: tuple[str, ...],
) -> None:  # fmt: skip
    """审查项目：一个项目、一个地点、一天 → 一份句句有出处的结论。

    \b
    例：greenrule demo demo
        greenrule screen examples/jishan-coking.yaml -w demo
        greenrule screen projects.xlsx -w demo --format html --out reports/
        greenrule screen examples/jishan-coking.yaml -w demo --lang en
        greenrule screen --batch 全省项目.xlsx -w demo --out 结果.xlsx --headers zh

    \b
    `--batch` 逐行给出准入结论、环评形式、排污许可类别、审批层级、依据和待补事实；读不通的行原样
    放进 结果-待改.csv（改好可以再跑），其余照常；中途被打断，原样再运行一次即可接续。

    \b
    表太长、地点太多时交给集群（需要 pip install 'greenrule[cluster]' 和 Java 17）：
        greenrule screen --batch 全国.parquet -w 工作区 --out 结果.parquet --engine spark --master spark://主机:7077
    规则和图层随任务送到每个执行端，结果、待改的行、接续都与单机相同。
    """
    from greenrule.casework.project import read_projects
    from greenrule.casework.screening import open_screener
    from greenrule.core.errors import Fault, InputFault

    if (table is None) == (not projects):
        raise InputFault(
            Fault("D011", "要么给出项目文件，要么给出 `--batch 表格`", None, "见 `greenrule screen --help`")
        )
    if table is not None and (save or everything):
        raise InputFault(Fault("D011", "`--batch` 不能与 `--save`、`--all` 同用", None, "单个项目才有逐条列出的结论"))
    if lang == "en" and table is not None:
        raise InputFault(Fault("D011", "`--batch` 不能与 `--lang en` 同用", None, "结果表的表头用 `--headers`"))
    refuse_sealed(format, lang)
    cluster = cluster_of(engine, master, settings)
    if cluster is not None and table is None:
        raise InputFault(Fault("D011", "`--engine spark` 审的是整张表", None, "加上 `--batch 表格`"))
    if table is not None:
        from greenrule.cli.batch import run_batch

        screener = open_screener(workspace, packs, known.date() if known else None)
        run_batch(table, out, screener, on.date() if on else None, repair, ignore, headers, format, cluster)
        return
    if save and workspace is None:
        raise InputFault(Fault("W011", "`--save` 需要工作区", None, "加上 `--workspace 目录`"))
    refuse_screen(format, out)
    screener = open_screener(workspace, packs, known.date() if known else None)
    found: list[Any] = []
    faults: list[Fault] = []
    for path in projects:
        try:
            found += read_projects(path, screener.law, on.date() if on else None, repair=repair)
        except InputFault as error:
            faults += _told(error)
    if len(found) > 1 or faults:
        # Nothing is written before every place is known to be good: a batch is answered whole or refused whole.
        for project in found:
            try:
                screener.inquire(project, repair)
            except InputFault as error:
                faults += _told(error)
    if faults:
        raise InputFault(faults)
    for number, project in enumerate(_progress(found), 1):
        finding = screener.screen(project, everything=everything, repair=repair)
        if save and screener.workspace is not None:
            name = screener.workspace.save_finding(finding)
            click.echo(f"已存入工作区：{name}", err=True)
        listed = len(found) > 1 and format == "json" and out is None
        if listed:  # several findings on the screen are still one JSON document
            click.echo("[" if number == 1 else ",")
        _deliver(finding, screener, project, format, lang, out, number if len(found) > 1 else None)
        if listed and number == len(found):
            click.echo("]")


def _told(error: Any) -> list[Any]:
    """The faults of one project of many; troubles of the machine are not collected but end the run."""
    from greenrule.core.errors import EnvironmentFault

    if isinstance(error, EnvironmentFault):
        raise error
    return list(error.faults)


def _progress(items: list[Any]) -> Any:
    """A bar on standard error when there is enough to wait for and somebody is watching."""
    if len(items) < 50 or not sys.stderr.isatty():
        return items
    from rich.progress import track

    return track(items, description="审查项目")


def _deliver(
    finding: dict[str, Any],
    screener: Any,
    project: Any,
    format: str,
    lang: Language,
    out: Path | None,
    number: int | None,
) -> None:
    from greenrule.casework.printing import gathered
    from greenrule.casework.report import render
    from greenrule.casework.writing import write_bytes

    told, picture = gathered(finding, format, screener, lang, project)
    data = render(told, format, map_data=picture, lang=lang)
    if out is None:
        click.echo(data.decode("utf-8"), nl=not data.endswith(b"\n"))
        return
    path = (
        out / f"{number:03d}-{_safe(finding['title'])}.{'txt' if format == 'text' else format}"
        if number is not None
        else out
    )
    write_bytes(path, data)
    click.echo(f"已写入 {path}", err=True)


def _safe(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_（）" else "_" for char in name)[:60] or "project"


@click.command()
@click.argument("finding", type=click.Path(path_type=Path))
@WORKSPACE
@PACKS
@FORMAT
def verify(finding: Path, workspace: Path | None, packs: tuple[Path, ...], format: str) -> None:
    """离线重算一份结论：逐字节相同，或指出哪里不同（以 1 退出）。

    例：greenrule verify 结论.json -w demo
    """
    from greenrule.casework.screening import open_screener
    from greenrule.casework.verifying import known_day, read_finding
    from greenrule.casework.verifying import verify as recompute

    said = read_finding(finding)
    screener = open_screener(workspace, packs, known_day(said))
    differences = recompute(said, screener)
    if format == "json":
        echo_json({"equal": not differences, "digest": said["digest"], "differences": differences})
    elif differences:
        click.echo(f"不同：{len(differences)} 处")
        for item in differences[:40]:
            click.echo(f"  {item['path']}：原为 {_short(item['said'])}，重算得 {_short(item['found'])}")
    else:
        click.echo(f"相同：{said['digest']}")
    raise SystemExit(1 if differences else 0)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 80 else text[:77] + "…"


@click.command()
@PACKS
@click.option("--industry", help="只列与该行业（代码或名称）的规则有关的事实。")
@FORMAT
def facts(packs: tuple[Path, ...], industry: str | None, format: str) -> None:
    """列出可以填写的事实：编号、名称、种类、单位、要问的问题。

    例：greenrule facts --industry 炼焦
    """
    from greenrule.casework.vocabulary import fact_table
    from greenrule.packs.compiled import load_law

    rows = fact_table(load_law(packs or None), industry)
    if format == "json":
        echo_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("编号", "名称", "种类", "单位", "问题", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["id"], row["label"]["zh"], row["kind"], row["unit"] or "", row["question"])
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@click.command()
@click.argument("text")
@PACKS
@FORMAT
def industry(text: str, packs: tuple[Path, ...], format: str) -> None:
    """按名称、俗名或代码查国民经济行业分类（GB/T 4754-2017，含第1号修改单）。

    例：greenrule industry 洗煤厂
    """
    from greenrule.packs.compiled import load_law

    law = load_law(packs or None)
    matches = law.industries.find(text)
    rows = [
        {"code": m.code, "name": law.industries[m.code].name, "how": m.how, "score": round(m.score, 3)} for m in matches
    ]
    if format == "json":
        echo_json(rows)
    elif not rows:
        click.echo("没有找到相近的行业；换个说法，或给出 2–4 位代码。")
    else:
        for row in rows:
            click.echo(f"{row['code']:<5} {row['name']}（{row['how']}）")
