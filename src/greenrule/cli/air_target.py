"""`greenrule air target`: where the yearly targets stand, what the rest of the year may average, how likely that is."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import DAY, FORMAT, LEVEL, PACKS, echo_json
from greenrule.core.errors import Fault, InputFault

if TYPE_CHECKING:
    from greenrule.casework.air_target import PlaceTarget, TargetReport

_STATES = {"kept": "完成", "missed": "未完成", "open": "进行中", "out_of_reach": "已无法完成", "unknown": "未知"}
_KINDS = {"binding": "约束", "striving": "力争", "own": "自定"}


@click.command()
@click.option("--workspace", "-w", required=True, type=click.Path(path_type=Path), help="工作区目录。")
@click.option("--year", type=click.IntRange(1990, 2100), help="看哪一年的目标；缺省看包里的全部。")
@click.option("--place", "places", multiple=True, metavar="地点", help="只看这些地点，如 太原市，可多次给出。")
@click.option(
    "--target", "own", multiple=True, metavar="地点=数值", help="自己的目标（μg/m³），如 太原市=36，须写 --year。"
)
@click.option("--on", type=DAY, metavar="日期", help="按这一天结束时的数据；缺省为最后有数据的一天。")
@click.option(
    "--episode",
    type=click.IntRange(1, 60),
    default=5,
    show_default=True,
    metavar="天",
    help="算一次几天的重污染过程的代价。",
)
@click.option(
    "--by",
    type=click.Choice(["city", "county", "township", "station"]),
    default="city",
    show_default=True,
    help="地点是哪一级。",
)
@LEVEL
@click.option("--chart", "chart", type=click.Path(path_type=Path), metavar="文件", help="达标进度图：.svg 或 .png。")
@PACKS
@FORMAT
def target(
    workspace: Path, year: int | None, places: tuple[str, ...], own: tuple[str, ...], on: datetime | None, episode: int, by: str,
    level: str | None, chart: Path | None, packs: tuple[Path, ...], format: str,
) -> None:  # fmt: skip
    """PM2.5 年均目标：到目前的均值，余下各日平均最多多少才能达标，达标的可能性，一次重污染的代价。

    目标取自政策包（晋政发〔2024〕7号任务26），或用 --target 自己写。可能性由往年同期的日均值成段重抽得出，
    不是预报；没有往年数据的写未知。

    \b
    例：greenrule air target -w 空气 --year 2025
        greenrule air target -w 空气 --year 2026 --target 太原市=36 --on 2026-09-30 --chart 进度.svg
    """
    from greenrule.casework.air_target import stand, wanted
    from greenrule.packs.air import load_editions
    from greenrule.packs.book import default_packs
    from greenrule.packs.instruments import load_instruments
    from greenrule.packs.places import load_places
    from greenrule.packs.targets import load_targets
    from greenrule.store.workspace import Workspace

    folders = packs or default_packs()
    targets = load_targets(folders, load_instruments(folders), load_places(folders))
    asked = wanted(targets, _own(own), year, places)
    found = stand(
        Workspace.open(workspace),
        load_editions(packs or None),
        asked,
        on.date() if on else None,
        by,
        episode_days=episode,
        level=level,
    )
    if chart is not None:
        from greenrule.casework.air_target_chart import target_chart
        from greenrule.casework.writing import write_bytes

        write_bytes(chart, target_chart(found.items, chart.suffix.lower()))
        click.echo(f"写入 {chart}", err=True)
    if format == "json":
        echo_json(found.to_json())
    else:
        _show(found)


def _own(words: tuple[str, ...]) -> dict[str, Fraction]:
    out, faults = {}, []
    for word in words:
        place, _, value = word.partition("=")
        try:
            out[place.strip()] = Fraction(value.strip())
            if not place.strip() or out[place.strip()] <= 0:
                raise ValueError
        except (ValueError, ZeroDivisionError):
            faults.append(Fault("AT003", f"`{word}` 不是“地点=数值”", None, "如 太原市=36"))
    if faults:
        raise InputFault(faults)
    return out


def _show(found: TargetReport) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("地点", "年", "目标", "性质", "状态", "均值", "有效日", "余日", "余日均值至多", "可能性", box=None, pad_edge=False,
                  title=f"PM2.5 年均目标，截至 {found.on}", title_justify="left")  # fmt: skip
    editions: dict[tuple[str, int | None], set[str | None]] = {}
    for item in found.items:
        editions.setdefault((item.place, item.year), set()).add(item.edition)
    for item in found.items:
        # Two lines of one place and year are told apart by the edition.
        table.add_row(*_cells(item, item.edition is not None and len(editions[item.place, item.year] - {None}) > 1))
    console = Console(width=None if Console().is_terminal else 110, highlight=False)
    console.print(table)
    told: dict[str, list[str]] = {}
    for item in found.items:
        for text in (*([item.reason] if item.reason else []), *_episode(item), *item.notes):
            told.setdefault(text, []).append(item.place)
    for text, names in told.items():
        console.print(f"{'、'.join(dict.fromkeys(names))}：{text}")
    for text in found.notes:
        console.print(f"注意：{text}")
    cites = sorted({cite for item in found.items for cite in item.cites})
    if cites:
        console.print(f"依据 {'、'.join(cites)}")


def _cells(item: PlaceTarget, beside: bool) -> list[str]:
    def text(value: Any, form: str = "g") -> str:
        return "—" if value is None else format(float(value), form)

    chance = "—" if item.chance is None else f"{item.chance.share:.0%}±{2 * item.chance.error:.0%}"
    return [
        item.place, "—" if item.year is None else f"{item.year}（{item.edition} 版）" if beside else str(item.year), text(item.target), _KINDS.get(item.kind, item.kind), _STATES[item.state],
        text(item.so_far), str(item.days) if item.days else "—", str(item.left) if item.days else "—", text(item.allowed, ".1f"), chance,
    ]  # fmt: skip


def _episode(item: PlaceTarget) -> list[str]:
    if item.episode is None or item.state != "open":
        return []
    part = item.episode
    adds = "" if part.adds is None else f"使年均值升高 {float(part.adds):.2f}，"
    after = "不能再达标" if part.allowed_after is None else f"其余各日平均至多 {float(part.allowed_after):.1f}"
    return [f"若来一次 {part.days} 天、日均 {float(part.concentration):g} 的重污染，{adds}{after}"]
