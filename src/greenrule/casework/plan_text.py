"""A plan in words: what the draft says differently, whom it hits among the stored projects, and where on the atlas."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from greenrule.casework.lawdiff import CHANGES, KINDS

_WIDTH = 120
_LISTED = 20
_PLAIN = "每格的其余事实：可以申报“均无”的各组都作均无，别的不知道"
_BARE = "每格的其余事实都不知道"


def plan_text(found: Mapping[str, Any], width: int = _WIDTH, limit: int = _LISTED) -> str:
    """The plan (`plan_json`) as text of at most `width` columns; `limit` bounds how many groups and projects are listed."""
    from rich.console import Console

    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    for draft in found["drafts"]:
        how = "取代同 id 的现有包" if draft["replaces"] else "叠在现有各包之上"
        console.print(f"草案：{draft['id']}（{draft['folder']}），{how}", soft_wrap=True)
    known = f"，按 {found['known']} 已知" if found["known"] else ""
    console.print(f"比较日：{found['on']}{known}")
    _law(console, found, limit)
    _projects(console, found["projects"], limit)
    if found["atlas"] is not None:
        _atlas(console, found["atlas"], limit)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _table(*columns: str) -> Any:
    from rich.table import Column, Table

    return Table(*(Column(name, overflow="fold") for name in columns), box=None, pad_edge=False)


def _law(console: Any, found: Mapping[str, Any], limit: int) -> None:
    heavy = [item for item in found["law"] if not item["wording"]]
    wording = len(found["law"]) - len(heavy)
    more = f"，另有 {wording} 处只改文字" if wording else ""
    console.print(f"\n规定的差别 {len(heavy)} 处{more}")
    for item in heavy[:limit]:
        console.print(f"  {law_line(item)}", soft_wrap=True)
    _rest(console, len(heavy), limit)
    if found["later"]:
        names = "、".join(f"{item['rule']}（{item['from']}）" for item in found["later"][:5])
        console.print(f"草案另有 {len(found['later'])} 条规则在比较日还未施行：{names}", soft_wrap=True)
    if found["rewrites"]:
        names = "、".join(item["id"] for item in found["rewrites"][:5])
        console.print(
            f"注意：草案改写了早已知道的 {len(found['rewrites'])} 项（{names}），不是新增；按从前已知日期的回答会随之改变。"
            "要留住过去，用新规则的 replaces、参数和名录的 amends 写成新增。",
            soft_wrap=True,
        )


def law_line(item: Mapping[str, Any]) -> str:
    """One item of a change in a line."""
    told = f"{CHANGES[item['change']]}{KINDS[item['kind']]}“{item['label']}”（{item['id']}）"
    if item["kind"] in ("parameter", "list") and item["change"] == "changed":
        told += f"：{item['before']} → {item['after']}"
    return told + (f"，{item['clauses'][0]}" if item["clauses"] else "")


def _rest(console: Any, count: int, limit: int) -> None:
    if count > limit:
        console.print(f"  … 另有 {count - limit} 处，见 --format json 或 xlsx")


def cause_words(turn: Mapping[str, Any]) -> str:
    """The items that make a group flip, in words."""
    if not turn["causes"]:
        return "—"
    told = "；".join(f"{CHANGES[c['change']]}{KINDS[c['kind']]}“{c['label']}”（{c['id']}）" for c in turn["causes"])
    return told if turn.get("exact", True) else f"{told}（之中）"


def outcome_words(values: Sequence[str]) -> str:
    """Possible outcomes in words: one is decided, several are open."""
    if not values:
        return "—"
    return values[0] if len(values) == 1 else f"待定（{'、'.join(values)}）"


def _projects(console: Any, found: Mapping[str, Any], limit: int) -> None:
    console.print(f"\n已存项目 {found['count']:,} 个，{found['flipped']:,} 个至少有一项结论改变")
    for item in found["aside"][:5]:
        console.print(f"  未能重读 {item['id']}：{item['reason']}", soft_wrap=True)
    if len(found["aside"]) > 5:
        console.print(f"  … 另有 {len(found['aside']) - 5} 个未能重读")
    if found["turns"]:
        table = _table("决定", "现行", "草案", "项目", "起因")
        ordered = sorted(found["turns"], key=lambda turn: -turn["count"])
        for turn in ordered[:limit]:
            row = (turn["label"], outcome_words(turn["before"]), outcome_words(turn["after"]), f"{turn['count']:,}")
            table.add_row(*row, cause_words(turn))
        console.print(table)
        _rest(console, len(ordered), limit)
    _by_cause(console, found["by_cause"], "个项目", limit)
    if found["turns"]:
        seen: dict[str, str] = {}
        for turn in found["turns"]:
            for project in turn["projects"]:
                seen.setdefault(project["id"], project["title"])
                if len(seen) > limit:
                    break
        names = list(seen.items())[:limit]
        console.print("改变的项目：" + "、".join(f"{title}（{name}）" for name, title in names), soft_wrap=True)
        if found["flipped"] > len(names):
            console.print(f"  … 共 {found['flipped']:,} 个，全部名单见 --format json 或 xlsx")
    if found["pieces"]:
        table = _table("要求、支持与办理方式", "变化", "项目", "起因")
        ordered = sorted(found["pieces"], key=lambda piece: -piece["count"])
        for piece in ordered[:limit]:
            change = "增加" if piece["change"] == "gained" else "减少"
            table.add_row(f"{piece['label']}·{piece['title']}", change, f"{piece['count']:,}", cause_words(piece))
        console.print()
        console.print(table)
        _rest(console, len(ordered), limit)


def _by_cause(console: Any, causes: Sequence[Mapping[str, Any]], unit: str, limit: int) -> None:
    for cause in causes[:limit]:
        clause = f"，{cause['clauses'][0]}" if cause["clauses"] else ""
        told = f"{CHANGES[cause['change']]}{KINDS[cause['kind']]}“{cause['label']}”（{cause['id']}）{clause}"
        console.print(f"  {told}：{cause['count']:,} {unit}", soft_wrap=True)


def _atlas(console: Any, found: Mapping[str, Any], limit: int) -> None:
    axes = f"{found['classes']:,} 小类 × {len(found['units'])} 类单元 × {len(found['places'])} 种地点"
    natures = f" × {len(found['natures'])} 种建设性质" if len(found["natures"]) > 1 else ""
    console.print(f"\n图谱 {axes}{natures}，{found['cells']:,} 格，{found['flipped']:,} 格改变")
    console.print("  " + (_PLAIN if found["plain"] else _BARE))
    if found["turns"]:
        table = _table("决定", "现行", "草案", "格", "行业小类", "单元", "地点", "起因")
        ordered = sorted(found["turns"], key=lambda turn: -turn["count"])
        for turn in ordered[:limit]:
            table.add_row(
                turn["label"], outcome_words(turn["before"]), outcome_words(turn["after"]), f"{turn['count']:,}",
                _several([f"{item['code']}{item['name']}" for item in turn["classes"]], found["classes"]),
                _several(turn["units"], len(found["units"])), _several(turn["places"], len(found["places"])), cause_words(turn),
            )  # fmt: skip
        console.print(table)
        _rest(console, len(ordered), limit)
    _by_cause(console, found["by_cause"], "格", limit)


def _several(names: Sequence[str], whole: int) -> str:
    if len(names) == whole:
        return "全部"
    return "、".join(names[:3]) + (f" 等 {len(names)} 个" if len(names) > 3 else "")
