"""`greenrule filing`: the clocks of a filing, and the papers that a finding makes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from greenrule.cli.options import DAY, FORMAT, echo_json
from greenrule.core.clock import china_today


@click.group()
def filing() -> None:
    """办件：按经过推算状态与时限，由结论生成一次性告知书和承诺书，排环保服务日。"""


@filing.command()
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--on", type=DAY, help="推算到哪一天（YYYY-MM-DD）；缺省为今天。")
@FORMAT
def status(case: Path, on: datetime | None, format: str) -> None:
    """一个办件到某一天的状态、时限和下一步。

    CASE 是 YAML 或 JSON：kind（eia_book、eia_form、permit_key、permit_simplified）、project、events（每步的 event、day、who 等）。
    时限按国务院公布的放假调休日历计算；还没有公布的年份只除去周末，并注明。

    \b
    例：greenrule filing status 办件.yaml
        greenrule filing status 办件.yaml --on 2026-12-31 --format json
    """
    from greenrule.casework.filing import EVENTS, STATES, fold
    from greenrule.casework.filingcase import read_case, standing_json

    found = read_case(case)
    standing = fold(found.kind, found.events, found.law, on.date() if on else china_today())
    if format == "json":
        echo_json(standing_json(standing))
        return
    click.echo(f"{found.project or '未命名项目'}  {standing.kind.label}：{STATES[standing.state]}")
    for event in found.events:
        click.echo(f"  {event.day}  {EVENTS[event.what]}（{event.who}）")
    for text in standing.deemed:
        click.echo(f"  —— {text}（{found.law.tell_once.cite}）")
    for clock in standing.clocks:
        end = "计时停止中" if clock.end is None else f"至 {clock.end.day}"
        days = "工作日" if clock.limit.counting == "working" else "日"
        unsure = "" if clock.limit.sure else "；时限凭记忆，请核对"
        click.echo(
            f"时限  {clock.limit.label} {clock.limit.days} {days}，自 {clock.since} 起，{end}{'，已逾期' if clock.late else ''}（{clock.limit.cite}{unsure}）"
        )
    for text in standing.duties:
        click.echo(f"待办  {text}")


def _paper(finding: Path, out: Path | None, which: str) -> None:
    from greenrule.casework.filing_notice import commitment, notice
    from greenrule.casework.filing_procedure import procedure_for
    from greenrule.casework.paper import lay_out
    from greenrule.casework.verifying import read_finding
    from greenrule.casework.writing import write_bytes

    said = read_finding(finding)
    paper = notice(said, procedure_for(said)) if which == "notice" else commitment(said)
    if out is None:
        click.echo(lay_out(paper, "text").decode(), nl=False)
        return
    suffix = out.suffix.lower()
    write_bytes(out, lay_out(paper, "text" if suffix in (".txt", "") else suffix.lstrip(".")))
    click.echo(f"已写入 {out}", err=True)


_OUT = click.option(
    "--out", type=click.Path(path_type=Path), help="写到哪个文件：.docx .pdf .html .txt；缺省显示在屏幕上。"
)


@filing.command()
@click.argument("finding", type=click.Path(path_type=Path))
@_OUT
def notice(finding: Path, out: Path | None) -> None:
    """由一份结论（greenrule screen --format json）生成一次性告知书草稿：要补的一次说全。

    例：greenrule filing notice 结论.json --out 告知书.docx
    """
    _paper(finding, out, "notice")


@filing.command()
@click.argument("finding", type=click.Path(path_type=Path))
@_OUT
def commitment(finding: Path, out: Path | None) -> None:
    """由一份结论生成告知承诺书草稿；结论没有认定适用告知承诺制的，草稿里写明。

    例：greenrule filing commitment 结论.json --out 承诺书.docx
    """
    _paper(finding, out, "commitment")


@filing.command("service-days")
@click.argument("year", type=click.IntRange(2022, 2100))
@click.option("--reading", type=click.Choice(["first", "week_of_first", "main_week", "full_week"]), default="first", show_default=True,
              help="“每月第一周”的读法：first 当月第一个；week_of_first 1日所在周，可能落在上月末；main_week 多数日子在当月的第一个周；full_week 第一个完整的周。")  # fmt: skip
@FORMAT
def service_days(year: int, reading: str, format: str) -> None:
    """一年的环保服务日（晋环发〔2022〕8号第2条：每月第一周星期二）；遇放假的注明，是否顺延原文未载。

    例：greenrule filing service-days 2026 --reading full_week
    """
    from greenrule.casework.filingcase import filing_law
    from greenrule.casework.service_days import CITE
    from greenrule.casework.service_days import service_days as days_of

    rows = days_of(filing_law(), year, reading)
    if format == "json":
        echo_json({"reading": reading, "cites": [CITE], "days": rows})
        return
    for row in rows:
        told = {True: "", False: "  放假，是否顺延原文未载", None: "  当年放假安排未录入"}[row["working"]]
        click.echo(f"{row['day']}  星期二{told}")
