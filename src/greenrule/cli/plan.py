"""`greenrule compare` and `greenrule plan`: why two findings differ, and what a change of law would do."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, WORKSPACE, echo_json, progress

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


@click.command()
@click.option(
    "--draft", "drafts", multiple=True, required=True, type=click.Path(path_type=Path),
    help="草案政策包目录，可多次给出：与现有包同 id 的取代它，不同 id 的叠在最上面。",
)  # fmt: skip
@WORKSPACE
@PACKS
@click.option(
    "--projects", "files", multiple=True, type=click.Path(path_type=Path),
    help="项目文件或表格（YAML、JSON、CSV、XLSX），可多次给出；与工作区里存下的结论一并比较。",
)  # fmt: skip
@click.option("--on", type=DAY, help="按哪一天比较；缺省为草案全部施行之日，不早于今天。")
@click.option("--known", type=DAY, help="按哪一天已知的规定和图层比较。")
@click.option("--nature", "natures", multiple=True, help="图谱的建设性质（new、expand…），可多次给出；缺省为新建。")
@click.option("--bare", is_flag=True, help="图谱的其余事实都当作不知道；缺省把可以申报“均无”的各组都作均无。")
@click.option(
    "--assume", "assumed", multiple=True, metavar="事实=值", help="图谱每一格都成立的事实，可多次给出，如 两高项目=否。"
)
@click.option("--no-atlas", is_flag=True, help="不比较图谱，只比较已存项目。")
@click.option(
    "--format", type=click.Choice(["text", "json", "xlsx"]), default="text", show_default=True, help="输出格式。"
)
@click.option("--out", type=click.Path(path_type=Path), help="写到文件；缺省打印到屏幕。")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="文本里每张表最多列几行。")
def plan(
    drafts: tuple[Path, ...], workspace: Path | None, packs: tuple[Path, ...], files: tuple[Path, ...], on: datetime | None,
    known: datetime | None, natures: tuple[str, ...], bare: bool, assumed: tuple[str, ...],
    no_atlas: bool, format: str, out: Path | None, limit: int,
) -> None:  # fmt: skip
    """规定若改成草案那样，谁的结论会变：从什么变成什么，因哪一条，有多少。

    \b
    已存项目：工作区里存下的结论（screen --save）和 --projects 给出的表格。
    图谱：每个行业小类 × 每类管控单元 × 每种地点。
    例：greenrule plan --draft 草案 -w demo
        greenrule plan --draft 草案 -w demo --projects 项目.xlsx --format xlsx --out 影响.xlsx
    草案读不进来的，所有毛病连同位置一次报全。
    """
    from greenrule.casework.plan_text import plan_text
    from greenrule.casework.screening import open_screener, own_lists
    from greenrule.casework.whatif import plan as compare_laws
    from greenrule.casework.whatif import plan_json
    from greenrule.casework.writing import write_bytes
    from greenrule.core.errors import Fault, InputFault
    from greenrule.packs.drafts import load_draft

    if format == "xlsx" and out is None:
        raise InputFault(Fault("PLAN003", "xlsx 不能打印到屏幕", None, "加上 `--out 影响.xlsx`"))
    screener = open_screener(workspace, packs, _day(known))
    allowed = screener.law.book.vocabularies["nature"].labels
    wrong = [name for name in natures if name not in allowed]
    if wrong:
        help = f"可用：{'、'.join(allowed)}"
        raise InputFault([Fault("PLAN004", f"没有建设性质 `{name}`", None, help) for name in wrong])
    given = _assumed(assumed, screener)
    draft = load_draft(screener.law, drafts, own_lists(workspace))
    with progress() as say:
        found = compare_laws(
            screener, draft, files, on=_day(on), folders=drafts, natures=natures or ("new",), with_atlas=not no_atlas, bare=bare, assumed=given,
            say=say
        )  # fmt: skip
    told = plan_json(found)
    if format == "xlsx":
        from greenrule.casework.plan_xlsx import plan_xlsx

        data = plan_xlsx(told)
    elif format == "json":
        data = (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()
    else:
        data = plan_text(told, limit=limit).encode()
    if out is None:
        click.echo(data.decode(), nl=False)
    else:
        write_bytes(out, data)
        click.echo(f"已写入 {out}", err=True)


def _assumed(words: tuple[str, ...], screener: Any) -> dict[str, Any]:
    """`事实=值` as facts; what is wrong with any of them is told at once."""
    from greenrule.core.errors import Fault, InputFault, Place
    from greenrule.packs.values import read_facts_given

    faults: list[Fault] = []
    pairs: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if sign:
            pairs[name.strip()] = value.strip()
        else:
            faults.append(Fault("PLAN005", f"`{word}` 里没有等号", Place("--assume"), "写成 事实=值，如 两高项目=否"))
    found = read_facts_given(screener.law.book, pairs, Place("--assume"), faults)
    if faults:
        raise InputFault(faults)
    return found


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None
