"""`greenrule layer coherence` (also `layers coherence`): neighbours across a county or city line that say different things."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, WORKSPACE, echo_json, watched


@click.command("coherence")
@WORKSPACE
@PACKS
@click.option(
    "--across", type=click.Choice(["county", "city"]), default="county", show_default=True, help="隔县界还是隔市界。"
)
@click.option(
    "--by", type=click.Choice(["severity", "classes", "length"]), default="severity", show_default=True,
    help="先按什么排：相差几级、多少个小类、多长的界线。",
)  # fmt: skip
@click.option("--industry", "industries", multiple=True, help="只看这些行业：代码或名称，可多次给出。")
@click.option("--within", help="只看至少一方有地在此的：县、市、园区的名称，或一个面文件。")
@click.option(
    "--decision",
    default="access",
    show_default=True,
    help="问哪一项决定：access 准入、eia.form、permit.class、approver…",
)
@click.option("--nature", default="new", show_default=True, help="建设性质：新建 new、扩建 expand、改建 rebuild…")
@click.option("--bare", is_flag=True, help="其余事实都当作不知道；缺省把可以申报“均无”的各组都作均无。")
@click.option(
    "--assume",
    "assumed",
    multiple=True,
    metavar="事实=值",
    help="每一类项目都成立的事实或一组事实，可多次给出，如 符合性=是。",
)
@click.option("--most", type=click.IntRange(1, 10_000), default=10, show_default=True, help="文本里最多列几对。")
@click.option("--on", type=DAY, help="按哪一天的规定回答；缺省为今天。")
@click.option("--known", type=DAY, help="按哪一天已知的规定和图层回答。")
@click.option("--out", type=click.Path(path_type=Path), help="把结论不同的界线写成 .gpkg、.geojson 或 .parquet。")
@FORMAT
def coherence(
    workspace: Path | None, packs: tuple[Path, ...], across: str, by: str, industries: tuple[str, ...], within: str | None,
    decision: str, nature: str, bare: bool, assumed: tuple[str, ...], most: int, on: datetime | None, known: datetime | None,
    out: Path | None, format: str,
) -> None:  # fmt: skip
    """县界、市界两侧的管控单元，对同一行业小类说的是否一样。

    沿共用界线逐段比较：两侧各退 1 米的两个项目各会得到什么结论。写明界线多长、多少小类不同、差在哪一条和哪个图层。

    \b
    例：greenrule layers coherence -w demo/workspace --assume 符合性=是 --out 界线.gpkg
        greenrule layers coherence -w demo/workspace --across city --industry 炼焦 --by length
    """
    from greenrule.casework.asked_land import asked_area
    from greenrule.casework.coherence import coherence as compare
    from greenrule.casework.coherence_table import frame, plain, text
    from greenrule.casework.screening import open_screener
    from greenrule.cli.atlas import class_question
    from greenrule.spatial.vectorout import driver_of, write_vector

    if out is not None:
        driver_of(out)
    screener = open_screener(workspace, packs, known.date() if known else None)
    question = class_question(screener, on, decision, nature, bare, assumed)
    ground = screener.ground(question.on)
    area = asked_area(ground, within)
    with watched() as say:
        found = compare(question, across=across, by=by, industries=industries, within=area, say=say)
    demo = ground is not None and any(version.demo for version in ground.versions.values())
    answer = plain(found, demo)
    if out is not None and found.pairs:
        write_vector(out, {"coherence": frame(found, answer)})
    if out is not None:
        click.echo(f"已写入 {out}" if found.pairs else f"没有结论不同的界线，未写 {out}", err=True)
    if format == "json":
        echo_json(answer)
    else:
        click.echo(text(answer, most, by))
