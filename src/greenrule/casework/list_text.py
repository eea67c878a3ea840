"""The check of a reduction list and its cheapest measures, as tables in the terminal."""

from __future__ import annotations

from collections import Counter

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from greenrule.casework.list_desk import Checked, Optimised, level_word, pollutant_word
from greenrule.response.episode_rules import LEVELS
from greenrule.response.list_checks import KINDS, kilograms, percent
from greenrule.response.reduction_list import Share

_MET = {True: "[green]达到[/]", False: "[red]未达到[/]", None: "[yellow]折抵后达到[/]"}


def show_checked(checked: Checked, limit: int = 20) -> None:
    """Shares, then complaints by kind."""
    console = Console(highlight=False)
    listed = checked.file.listed
    permits = (
        f"，对照 {len(checked.file.permits)} 张许可证"
        if checked.file.permits is not None
        else "；没有许可表，覆盖没有核对"
    )
    console.print(
        f"{len(listed.enterprises)} 家企业、{len(listed.processes)} 道工序{permits}　按 {checked.ground.on} 的比例"
    )
    _shares(console, checked.shares)
    counts = Counter(item.kind for item in checked.complaints)
    for kind, label in KINDS.items():
        mine = [item for item in checked.complaints if item.kind == kind]
        if not mine:
            continue
        console.print(f"[bold]{label}[/]（{counts[kind]}）")
        for item in mine[:limit]:
            where = f"{item.where}　" if item.row else ""
            console.print(f"  {where}{escape(item.message)}", soft_wrap=True)
        if counts[kind] > limit:
            console.print(f"  另有 {counts[kind] - limit} 处，用 --limit 或 --format json 看全")
        console.print(
            f"  怎么改：{escape('；'.join(dict.fromkeys(item.help for item in mine[:limit])))}", soft_wrap=True
        )
    if not checked.wrong:
        console.print("[green]没有发现问题[/]" + ("，但有不知道的" if checked.complaints else ""))
    _open_points(console, [*checked.file.notes, *checked.ground.doubts])


def _shares(console: Console, shares: list[Share]) -> None:
    # Figures whole in 80 columns: one space between columns, and digits fold before they are cut off.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("级别", no_wrap=True)
    table.add_column("污染物", no_wrap=True)
    for name in ("减排 千克/日", "基数 千克/日", "比例", "要求"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("结果", no_wrap=True)
    last = None
    for item in shares:
        table.add_row(
            level_word(item.level) if item.level != last else "", pollutant_word(item.pollutant), kilograms(item.cut), kilograms(item.base),
            percent(item.value), percent(item.needed), _MET[item.met] if item.base else "没有排放",
        )  # fmt: skip
        last = item.level
    console.print(table)


def _open_points(console: Console, points: list[str]) -> None:
    if points:
        console.print("没有定的：")
        for text in dict.fromkeys(points):
            console.print(f"  · {escape(text)}", soft_wrap=True)


def show_optimised(found: Optimised) -> None:
    """Losses, shares, the proven gap; or the reasons why there is no answer."""
    console = Console(highlight=False)
    if found.reasons is not None:
        _reasons(console, found)
        return
    if found.checked is None:
        console.print(f"[yellow]时间到，还没有找到可行的一组[/]（{found.answer.seconds:.0f} 秒）。加长 --seconds 再试")
        return
    words = {"optimal": f"证明的间隙 {100 * found.answer.gap:.2f}%（要求 {100 * found.gap:g}%）",
             "feasible": f"[yellow]没有证明到要求：间隙 {100 * found.answer.gap:.2f}%（要求 {100 * found.gap:g}%）[/]"}  # fmt: skip
    console.print(f"选出 {found.chosen} 项措施，{words[found.answer.status]}")
    listed = found.file.listed
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("级别", no_wrap=True)
    for name in ("采取措施的企业", "采取措施的工序", "损失 万元/日"):
        table.add_column(name, justify="right", no_wrap=True)
    for level in LEVELS:
        cutting = [item for item in listed.processes if level in item.measures and any(item.measures[level].cut)]
        table.add_row(
            level_word(level),
            str(len({item.enterprise for item in cutting})),
            str(len(cutting)),
            f"{found.losses.get(level, 0) / 10000:,.2f}",
        )
    console.print(table)
    _shares(console, found.checked.shares)
    if any(past for _, past, _ in found.burdens):
        table = Table(
            "企业",
            "既往损失 万元",
            "本次（三级各一日）万元",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            title="累计损失最多的企业",
            title_justify="left",
        )
        for name, past, new in found.burdens:
            table.add_row(escape(name), f"{past / 10000:,.2f}", f"{new / 10000:,.2f}")
        console.print(table)
    left = Counter(KINDS[item.kind] for item in found.checked.complaints)
    told = "，".join(f"{label} {count} 处" for label, count in left.items())
    console.print(f"用 list check 复核：{told or '没有发现问题'}")
    _open_points(console, [*found.file.notes, *found.ground.doubts])


def _reasons(console: Console, found: Optimised) -> None:
    assert found.reasons is not None
    console.print("[red]没有一组措施能同时达到这些比例。[/]缺一不可的原因：")
    for number, reason in enumerate(found.reasons.core, 1):
        reach = ""
        if reason.asked is not None and reason.reachable is not None:
            reach = f"　最多能到 {100 * reason.reachable:.2f}%（要求 {100 * reason.asked:.2f}%）"
        console.print(f"  {number}. {escape(reason.group.words)}{reach}", soft_wrap=True)
        if reason.group.names:
            names = "、".join(reason.group.names[:8]) + (
                f"等 {len(reason.group.names)} 家" if len(reason.group.names) > 8 else ""
            )
            console.print(f"     {escape(names)}", soft_wrap=True)
    if not any(item.group.kind in ("exempt", "own", "order") for item in found.reasons.core):
        console.print("  没有豁免也达不到：备选措施本身不够，先补措施")
    if not found.reasons.whole:
        console.print("  工序可以只做一部分时是够的，整道工序地选才不够：补几项较小的措施")
    if found.reasons.short:
        console.print("单独看也达不到的其他比例：")
        for reason in found.reasons.short:
            if reason.asked is not None and reason.reachable is not None:
                console.print(
                    f"  · {escape(reason.group.words)}　最多能到 {100 * reason.reachable:.2f}%", soft_wrap=True
                )
    _open_points(console, [*found.file.notes, *found.ground.doubts])
