"""`greenrule turn`: what to change so that a decision comes out otherwise, or the proof that nothing can."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import DAY, FORMAT, PACKS, WORKSPACE, echo_json

if TYPE_CHECKING:
    from greenrule.casework.situation import Machine
    from greenrule.casework.turns import Turn, Turnings
    from greenrule.packs.book import Law

_JUDGED = "代价是政策包里的相对估计（facts/*.yaml、fact_groups.yaml），不是法定数值；每个方案都已改后重新判定。"


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
@click.option(
    "--to", "target", required=True, metavar="取值", help="要变成什么：allowed，或 决定=取值，如 eia.form=form。"
)
@click.option("--decision", default="access", show_default=True, help="`--to` 只写取值时所指的决定。")
@WORKSPACE
@PACKS
@click.option("--on", type=DAY, help="按哪一天的规定（YYYY-MM-DD）；缺省为项目文件所写，再缺省为今天。")
@click.option("--known", type=DAY, help="按哪一天已知的规定和图层。")
@click.option("--keep", multiple=True, metavar="事实", help="不许改的事实（编号或名称），可多次给出。")
@click.option("--most", type=click.IntRange(1, 50), default=5, show_default=True, help="最多给出几个方案。")
@click.option(
    "--patience", type=click.FloatRange(0.001), default=20.0, show_default=True, help="求解器每一步最多用多少秒。"
)
@click.option("--move/--no-move", default=True, show_default=True, help="要移动场址的方案，是否求最短移到哪里。")
@click.option(
    "--room", type=click.FloatRange(0.1, 10_000), default=1.0, show_default=True, help="移后离结论改变的界线至少几米。"
)
@click.option("--reach", type=click.FloatRange(0.1, 100), default=50.0, show_default=True, help="最远移多少公里。")
@FORMAT
def turn(
    project: Path, target: str, decision: str, workspace: Path | None, packs: tuple[Path, ...], on: datetime | None,
    known: datetime | None, keep: tuple[str, ...], most: int, patience: float, move: bool, room: float, reach: float,
    format: str,
) -> None:  # fmt: skip
    """改什么能改变结论：代价最小的几组改动，各自改后重判；或证明怎么改都不行，并指出是哪些规则。

    \b
    例：greenrule turn examples/qingxu-coking.yaml --to allowed -w demo
        greenrule turn 项目.yaml --to eia.form=form --keep nature
        greenrule turn 项目.yaml --to allowed -w demo --room 50 --reach 20
    每一组都是最小的：其中的改动一项也不能少。行业、名录、身份等不改；场址的事实随移动场址一起变。
    有场址和图层时，要移动场址的方案给出最短的移动（不转动场址）：方位、距离、移后的位置，并已在该处复审；
    够得着的范围内没有这样的地方时，说明是哪些条款。
    """
    from greenrule.casework.goals import read_target
    from greenrule.casework.project import read_projects
    from greenrule.casework.screening import open_screener
    from greenrule.casework.turning import Turning
    from greenrule.core.errors import Fault, InputFault, Place

    screener = open_screener(workspace, packs, known.date() if known else None)
    goal, wanted = read_target(screener.law, decision, target)
    found = read_projects(project, screener.law, on.date() if on else None)
    if len(found) != 1:
        told = "把要问的那一个另存为一个文件"
        raise InputFault(Fault("TURN002", f"文件里有 {len(found)} 个项目，一次只能问一个", Place(str(project)), told))
    machine = screener.machine(found[0].on, screener.events(found[0]))
    kept = _kept(screener.law, keep)
    search = Turning(machine, screener.inquire(found[0]).given, goal, wanted, keep=kept, patience_s=patience)
    result = search.run(most)
    if move:
        from greenrule.casework.moving import Mover, with_moves

        mover = Mover(screener, found[0], room_m=room, reach_m=reach * 1000)
        result = with_moves(mover, search, result)
    if format == "json":
        echo_json(state(screener.law, machine, result))
    else:
        click.echo(found[0].name)
        for line in _lines(screener.law, machine, result):
            click.echo(line)


def _kept(law: Law, names: Iterable[str]) -> list[str]:
    """Facts by id or label; J020 for what is none."""
    from greenrule.core.errors import Fault, InputFault, Place
    from greenrule.packs.values import find_fact, near_facts

    out, faults = [], []
    for name in names:
        spec = find_fact(law.book, name)
        if spec is None:
            close = near_facts(law.book, name)
            told = f"相近的有：{'、'.join(close)}" if close else "用 `greenrule facts` 查看全部"
            faults.append(Fault("J020", f"没有名为 `{name}` 的事实", Place("--keep"), told))
        else:
            out.append(spec.id)
    if faults:
        raise InputFault(faults)
    return out


def state(law: Law, machine: Machine, result: Turnings) -> dict[str, Any]:
    """The result as plain data."""
    now, wall = result.now, None
    if result.wall is not None:
        rules = [
            {"rule": rule, "title": law.book.rules[rule].title, "cite": _cite(law, machine, rule)}
            for rule in result.wall.rules
        ]
        wall = {"rules": rules, "fixed": [{"fact": name, "label": law.book.facts[name].zh} for name in result.wall.facts]}  # fmt: skip
    return {
        "decision": result.decision, "target": result.target, "now": now.word, "because": list(now.deciding),
        "turns": [_plain(law, machine, item) for item in result.turns], "ending": result.ending, "wall": wall,
        "move_only": None if result.alone is None else state(law, machine, result.alone),
    }  # fmt: skip


def _plain(law: Law, machine: Machine, item: Turn) -> dict[str, Any]:
    """A turn; the rules that leave no place within reach with their titles and clauses."""
    out = item.to_json()
    for row in (out["move"] or {}).get("rules", ()):
        row |= {"title": law.book.rules[row["rule"]].title, "cite": _cite(law, machine, row["rule"])}
    return out


def _cite(law: Law, machine: Machine, rule: str) -> str:
    found = law.instruments.resolve(law.book.rules[rule].cites[0], machine.on)
    return f"{found.number or f'《{found.title}》'}{found.clause_label or ''}"


def _word(law: Law, decision: str, value: str | None) -> str:
    if value is None:
        return "尚不能判定"
    spec = law.book.decisions[decision]
    return dict(spec.values).get(value) or law.book.rules[value].title


# -- for people ----------------------------------------------------------------------------------------------------
def _lines(law: Law, machine: Machine, result: Turnings) -> Iterable[str]:
    spec = law.book.decisions[result.decision]
    wanted = _word(law, result.decision, result.target)
    if spec.collect:
        yield f"{spec.zh}：要能有“{wanted}”"
    else:
        yield f"{spec.zh}：现为{_word(law, result.decision, result.now.value)}，要变为{wanted}"
        yield from (f"  - {law.book.rules[rule].title}（{_cite(law, machine, rule)}）" for rule in result.now.deciding)
    if result.ending == "already":
        yield "已经如此，不必改。"
        return
    for number, item in enumerate(result.turns, 1):
        yield ""
        yield f"方案 {number}（代价 {item.cost}）"
        yield from _turn_lines(law, machine, result.decision, item, wanted)
    yield ""
    if result.alone is not None:
        yield f"只移动场址、别的都不改，能否{wanted}："
        for item in result.alone.turns:
            yield from _turn_lines(law, machine, result.decision, item, wanted)
        if not result.alone.turns:
            yield from (f"  {line}" for line in _ending(law, machine, result.alone, wanted))
        yield ""
    yield from _ending(law, machine, result, wanted)


def _turn_lines(law: Law, machine: Machine, decision: str, item: Turn, wanted: str) -> Iterable[str]:
    moved = [change for change in item.changes if change.act == "move"]
    if moved:
        told = "；".join(f"{change.label}：{change.within}" for change in moved)
        yield f"  - 移动场址，新址要：{told}（其余场址事实如现址）"
    for change in item.changes:
        if change.act != "move":
            yield f"  - {change.label}：{_said(change.before)} → {change.within}"
    if not item.changes:
        yield "  - 已填的都不必改"
    premises = [condition for condition in item.conditions if not condition.usual]
    others = [condition for condition in item.conditions if condition.usual]
    if premises:
        yield f"  前提：{'；'.join(f'{one.label}：{one.within}' for one in premises)}"
    if others:
        yield f"  未填而须查明为此的 {len(others)} 项：{'；'.join(f'{one.label}：{one.within}' for one in others)}"
    if item.follows:
        yield f"  随之改变：{'；'.join(f'{zh}：{_said(value)}' for _, zh, value in item.follows)}"
    yield f"  改后重判：{wanted if item.verified else '未得到确认'}"
    yield from _move_lines(law, machine, decision, item, wanted)


def _move_lines(law: Law, machine: Machine, decision: str, item: Turn, wanted: str) -> Iterable[str]:
    """The smallest move of a turn, or why there is none."""
    from greenrule.casework.moving import Move, direction

    move = item.move
    if move is None:
        return
    if not isinstance(move, Move):
        yield f"  {move.reach_m / 1000:g} 公里之内没有这样的地方（按图层）" + (
            "，因为：" if move.rules else "：要保留的场址事实在别处都变了"
        )
        for rule, share in move.rules[:5]:
            said = "处处如此" if rule in move.everywhere else f"占 {share:.0%}"
            yield f"    - {law.book.rules[rule].title}（{_cite(law, machine, rule)}）：{said}"
        return
    yield (
        f"  最短的移动：向{direction(move.bearing)}（方位角 {move.bearing:.1f}°）{_metres(move.distance_m)}，"
        f"场址中点到 {move.lon:.6f}, {move.lat:.6f}（{move.county}）；在该处复审：{wanted}"
    )
    if move.as_stated != move.outcome:
        yield f"    只按已填的事实，该处为{_word(law, decision, None if move.as_stated == 'undetermined' else move.as_stated)}"
    told = {change.fact for change in item.changes}
    others = [
        f"{zh}：{_known(before)} → {_known(after)}" for name, zh, before, after in move.turned if name not in told
    ]
    if others:
        yield f"    该处另有不同：{'；'.join(others)}"
    but = f"（场址轮廓离界线不足 {move.tolerance_m:.1f} 米的除外）" if move.tolerance_m >= 0.05 else ""
    yield f"    已证明：短于 {_metres(move.at_least_m)}的移动都不行{but}；移到后再挪 {move.room_m:g} 米以内结论不变"


def _metres(metres: float) -> str:
    return f"{metres:,.1f} 米"


def _known(value: bool | None) -> str:
    return "不知道" if value is None else "是" if value else "否"


def _said(value: Any) -> str:
    from greenrule.casework.report_words import NATURE
    from greenrule.casework.saying import shown

    if isinstance(value, bool):
        return "是" if value else "否"
    text = shown(value)
    return NATURE.get(text, text) if isinstance(text, str) else str(text)


def _ending(law: Law, machine: Machine, result: Turnings, wanted: str) -> Iterable[str]:
    if result.ending == "none" and result.wall is not None:
        yield f"已证明：只改可以改的事实，得不到{wanted}。"
        facts = "、".join(law.book.facts[name].zh for name in result.wall.facts)
        if result.wall.rules:
            yield f"不论其余如何，凭不改的事实（{facts}）这些规则就成立："
            yield from (
                f"  - {law.book.rules[rule].title}（{_cite(law, machine, rule)}）" for rule in result.wall.rules
            )
        else:
            yield f"起作用的是不改的事实（{facts}）：没有一条单独成立的规则，是几条规则合起来总有一条成立，或没有规则给出这一结论。"
        return
    if result.ending == "timeout":
        yield "求解超时：" + (
            "以上方案仍然有效，可能还有别的。" if result.turns else "没有找到方案，也没有证明不行；可加大 --patience。"
        )
    elif result.ending == "all":
        yield "已证明：没有别的最小方案。"
    else:
        yield "可能还有别的方案，用 --most 多看几个。"
    if result.turns:
        yield _JUDGED
