"""`greenrule atlas`: what every class of industry is told in every control unit, and how two such atlases differ."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, WORKSPACE, echo_json, watched
from greenrule.core.clock import china_today

if TYPE_CHECKING:
    from greenrule.casework.class_verdicts import ClassQuestion
    from greenrule.casework.screening import Screener

_ENDINGS = (".parquet", ".xlsx")


@click.command()
@WORKSPACE
@PACKS
@click.option(
    "--industry", "industries", multiple=True, help="只看这些行业：门类、大类、中类、小类的代码或名称，可多次给出。"
)
@click.option(
    "--unit", "units", multiple=True, help="只看这些管控单元：编码、名称、类别（priority…）或子类，可多次给出。"
)
@click.option("--within", help="只看有地在此的单元：县、市、园区的名称，或一个面文件；单元仍按整块答。")
@click.option(
    "--decision",
    default="access",
    show_default=True,
    help="问哪一项决定：access 准入、eia.form、permit.class、approver…",
)
@click.option("--nature", default="new", show_default=True, help="建设性质：新建 new、扩建 expand、改建 rebuild…")
@click.option("--bare", is_flag=True, help="其余事实都当作不知道；缺省把可以申报“均无”的各组都作均无。")
@click.option(
    "--assume", "assumed", multiple=True, metavar="事实=值",
    help="每一类项目都成立的事实，可多次给出，如 两高项目=否；也可写一组事实，如 符合性=是。",
)  # fmt: skip
@click.option("--on", type=DAY, help="按哪一天的规定回答；缺省为今天。")
@click.option("--known", type=DAY, help="按哪一天已知的规定和图层回答。")
@click.option(
    "--out",
    "outs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="写成 .parquet（全部）或 .xlsx（工作簿），可多次给出。",
)
@click.option(
    "--diff", "pair", nargs=2, type=click.Path(path_type=Path), metavar="前.parquet 后.parquet",
    help="比较两份图谱：哪些格变了、由什么变成什么、因哪一条；只与 --out（.xlsx）、--format 同用。",
)  # fmt: skip
@FORMAT
def atlas(
    workspace: Path | None, packs: tuple[Path, ...], industries: tuple[str, ...], units: tuple[str, ...], within: str | None,
    decision: str, nature: str, bare: bool, assumed: tuple[str, ...], on: datetime | None, known: datetime | None,
    outs: tuple[Path, ...], pair: tuple[Path, Path] | None, format: str,
) -> None:  # fmt: skip
    """准入图谱：每个行业小类落在每个管控单元会得到什么结论，由哪一条决定。

    一格答的是点：这一小类的项目，除假定外什么都没有说明，落在这个单元里会得到的结论；图层把单元分成几块的，
    以面积大的一块为准，其余各块连同所占比例一并写出。假定写在结果里；不知道的就是不知道。

    \b
    例：greenrule atlas -w demo/workspace --out 图谱.parquet --out 图谱.xlsx
        greenrule atlas -w demo/workspace --within 介休市 --industry 炼焦 --assume 符合性=是
        greenrule atlas --diff 去年.parquet 今年.parquet --out 变化.xlsx
    """
    _endings(outs, (".xlsx",) if pair else _ENDINGS)
    if pair:
        _differ(pair, outs, format)
        return
    from greenrule.casework.asked_land import asked_area
    from greenrule.casework.atlas_file import atlas_parquet, head
    from greenrule.casework.atlas_text import plain, text
    from greenrule.casework.atlas_xlsx import atlas_xlsx
    from greenrule.casework.screening import open_screener
    from greenrule.casework.unit_atlas import unit_atlas
    from greenrule.casework.writing import write_bytes

    screener = open_screener(workspace, packs, known.date() if known else None)
    question = class_question(screener, on, decision, nature, bare, assumed)
    area = asked_area(screener.ground(question.on), within)
    with watched() as say:
        found = unit_atlas(question, industries=industries, units=units, within=area, within_name=within, say=say)
    told = head(found)
    answer = plain(found, told)
    for out in outs:
        write_bytes(
            out, atlas_parquet(found, told) if out.suffix.lower() == ".parquet" else atlas_xlsx(found, told, answer)
        )
        click.echo(f"已写入 {out}", err=True)
    if format == "json":
        echo_json(answer)
    else:
        click.echo(text(answer))


def class_question(
    screener: Screener, on: datetime | None, decision: str, nature: str, bare: bool, assumed: tuple[str, ...]
) -> ClassQuestion:
    """What is asked of every class, from the words of the command line."""
    from greenrule.casework.class_verdicts import ClassQuestion, assumptions
    from greenrule.core.errors import Place

    law = screener.law
    labels = law.book.vocabularies["nature"].labels
    code = next((code for code, label in labels.items() if nature in (code, label)), nature)
    free = () if bare else tuple(name for name, (_, none_of) in law.groups.items() if none_of)
    return ClassQuestion(
        screener,
        on.date() if on else china_today(),
        decision,
        code,
        free,
        assumptions(law, assumed, Place("--assume")),
        tuple(assumed),
    )


def _endings(outs: tuple[Path, ...], allowed: tuple[str, ...]) -> None:
    from greenrule.core.errors import Fault, InputFault, Place

    help = f"可用：{'、'.join(allowed)}"
    faults = [Fault("T010", f"不会写 `{out.suffix or '没有扩展名'}` 文件", Place(str(out)), help)
              for out in outs if out.suffix.lower() not in allowed]  # fmt: skip
    if faults:
        raise InputFault(faults)


def _differ(pair: tuple[Path, Path], outs: tuple[Path, ...], format: str) -> None:
    from greenrule.casework.atlas_diff import atlas_diff, diff_plain, diff_text
    from greenrule.casework.atlas_file import read_atlas
    from greenrule.casework.writing import write_bytes

    found = atlas_diff(*(read_atlas(path) for path in pair))
    answer: dict[str, Any] = diff_plain(found)
    for out in outs:
        from greenrule.casework.atlas_diff_xlsx import diff_xlsx

        write_bytes(out, diff_xlsx(found, answer))
        click.echo(f"已写入 {out}", err=True)
    if format == "json":
        echo_json(answer)
    else:
        click.echo(diff_text(answer))
