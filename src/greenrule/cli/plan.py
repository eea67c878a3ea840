"""`greenrule compare` and `greenrule plan`: why two findings differ, and what a change of law would do."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, WORKSPACE, echo_json

_DRAFT = click.option(
    "--draft", "drafts", multiple=True, type=click.Path(path_type=Path),
    help="草案政策包目录，可多次给出：与现有包同 id 的取代它，不同 id 的叠在最上面。",
)  # fmt: skip


@click.command()
@click.argument("a")
@click.argument("b")
@WORKSPACE
@PACKS
@_DRAFT
@click.option("--on-a", type=DAY, help="甲按哪一天的规定问；缺省为项目文件或结论所写。")
@click.option("--on-b", type=DAY, help="乙按哪一天的规定问。")
@click.option("--known-a", type=DAY, help="甲按哪一天已知的规定和图层问。")
@click.option("--known-b", type=DAY, help="乙按哪一天已知的规定和图层问。")
@click.option("--repair", is_flag=True, help="自相交的多边形自动修正（会注明）。")
@click.option("--all", "everything", is_flag=True, help="不起作用的差别也列出。")
@FORMAT
def compare(
    a: str, b: str, workspace: Path | None, packs: tuple[Path, ...], drafts: tuple[Path, ...], on_a: datetime | None,
    on_b: datetime | None, known_a: datetime | None, known_b: datetime | None, repair: bool, everything: bool,
    format: str,
) -> None:  # fmt: skip
    """比较两份结论：哪些决定不同，最少由哪几项差别造成（逐一重问核实）。

    \b
    甲、乙各是项目文件、结论（screen --format json 的输出）或工作区里结论的编号；
    表格里的第几个项目写作 文件#序号。
    例：greenrule compare 甲.yaml 乙.yaml -w demo                     两个项目，或同一项目的两个场址
        greenrule compare 甲.yaml 甲.yaml -w demo --on-b 2024-02-01   同一项目在两个日子
        greenrule compare 甲.yaml 甲.yaml --draft 草案                同一项目在现行规定和草案之下
    """
    from dataclasses import replace

    from greenrule.casework.compare_text import compare_text
    from greenrule.casework.comparing import compare as explain
    from greenrule.casework.screening import open_screener, own_lists
    from greenrule.casework.sides import open_side
    from greenrule.packs.drafts import load_draft

    screener = open_screener(workspace, packs)
    other = screener
    if drafts:
        other = replace(screener, law=load_draft(screener.law, drafts, own_lists(workspace)), _machines={}, _grounds={})
    one = open_side("a", a, screener, _day(on_a), _day(known_a), repair)
    two = open_side("b", b, other, _day(on_b), _day(known_b), repair)
    found = explain(one, two)
    if format == "json":
        echo_json(found)
    else:
        click.echo(compare_text(found, everything=everything), nl=False)


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None
