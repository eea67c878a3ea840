"""A comparison in words: one table of decisions, and under it what differs, the differences that count marked."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from greenrule.casework import report_words as words
from greenrule.casework.lawdiff import CHANGES, KINDS

_WIDTH = 120
_SOURCES = {"project": "申报", "derived": "推得", "declared": "申报：均无"}
_SIDES = (("a", "甲"), ("b", "乙"))


def compare_text(found: Mapping[str, Any], width: int = _WIDTH, everything: bool = False) -> str:
    """The comparison as text of at most `width` columns; with `everything` also the differences that do not count."""
    from rich.console import Console

    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    for key, zh in _SIDES:
        side = found[key]
        known = f"，按 {side['known']} 已知" if side["known"] else ""
        verdict = words.DECISION.get(side["decision"], side["decision"])
        console.print(f"{zh}：{side['title']}（{side['on']}{known}）——{verdict}", soft_wrap=True)
    for note in found["notes"]:
        console.print(f"注：{note}", soft_wrap=True)
    if found["decisions"]:
        _decisions(console, found)
    else:
        console.print("\n两份结论的每一项决定都相同。")
    if found["grounds"]:
        console.print("\n结论相同而依据不同")
        for item in found["grounds"]:
            _reasons(console, item)
    _facts(console, found, everything)
    _others(console, found)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _table(*columns: str, title: str) -> Any:
    from rich.table import Column, Table

    # Folded, never cut: a cause that ends in an ellipsis explains nothing.
    folded = [Column(name, overflow="fold") for name in columns]
    return Table(*folded, box=None, pad_edge=False, title=f"\n{title}", title_justify="left")


def _decisions(console: Any, found: Mapping[str, Any]) -> None:
    table = _table("", "甲", "乙", "最少的起因（甲 → 乙）", title="不同的决定")
    for item in found["decisions"]:
        if "because" in item:
            table.add_row(item["label"], _outcome(item, "a"), _outcome(item, "b"), _causes(item))
            continue
        for key, marks in (("lost", ("有", "—")), ("gained", ("—", "有"))):
            for piece in item[key]:
                table.add_row(f"{item['label']}·{_piece(item, piece)}", *marks, _causes(piece))
    console.print(table)
    console.print()
    for item in found["decisions"]:
        if "because" in item:
            _reasons(console, item)


def _outcome(item: Mapping[str, Any], key: str) -> str:
    values = {**item["values"], "undetermined": "待定", None: "无"}
    candidates = item[f"candidates_{key}"]
    if candidates:
        return f"待定（{'、'.join(str(values.get(value, value)) for value in candidates)}）"
    return str(values.get(item[key], item[key]))


def _piece(item: Mapping[str, Any], piece: Mapping[str, Any]) -> str:
    """A value of a collecting decision; where it is a rule, its title."""
    return str(item["values"].get(piece["value"]) or piece["rules"][0]["title"])


def _causes(item: Mapping[str, Any]) -> str:
    mark = "" if item["smallest"] else "（不可再少，未证明最少）"
    return "；".join(_cause(cause) for cause in item["because"]) + mark


def _cause(cause: Mapping[str, Any]) -> str:
    if cause["kind"] == "fact":
        return f"{cause['label']}：{cause['text_a']} → {cause['text_b']}"
    told = f"{CHANGES[cause['change']]}{KINDS[cause['kind']]}“{cause['label']}”（{cause['id']}）"
    if cause["kind"] == "parameter":
        told += f"：{cause['a'] or '—'} → {cause['b'] or '—'}"
    return told


def _reasons(console: Any, item: Mapping[str, Any]) -> None:
    """Rules that decide on one side only, with their clauses, and causes that would do as well."""
    both = {rule["rule"] for rule in item["rules_a"]} & {rule["rule"] for rule in item["rules_b"]}
    for key, zh in _SIDES:
        only = [rule for rule in item[f"rules_{key}"] if rule["rule"] not in both]
        for rule in only[:5]:
            console.print(
                f"{item['label']}，{zh}的依据：{rule['title']}（{rule['rule']}），{rule['text']}", soft_wrap=True
            )
        if len(only) > 5:
            console.print(f"{item['label']}，{zh}的依据：另有 {len(only) - 5} 条")
    for parts in item["instead"]:
        told = "；".join(_cause(cause) for cause in parts)
        console.print(f"{item['label']}，同样少的另一组起因：{told}", soft_wrap=True)


def _counted(found: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Differences that stand in some cause."""
    out = set()
    for item in found["decisions"]:
        for entry in (item, *item.get("gained", ()), *item.get("lost", ())):
            for parts in (entry.get("because", ()), *entry.get("instead", ())):
                out |= {(cause["kind"], cause["id"]) for cause in parts}
    return out


def _facts(console: Any, found: Mapping[str, Any], everything: bool) -> None:
    counted = _counted(found)
    facts = sorted(found["differences"]["facts"], key=lambda fact: ("fact", fact["id"]) not in counted)
    count = sum(("fact", fact["id"]) in counted for fact in facts)
    if not facts:
        return
    title = f"不同的事实 {len(facts)} 项，其中 {count} 项是起因（标 *）"
    table = _table("", "事实", "甲", "出处", "乙", "出处", title=title)
    for fact in facts if everything else facts[:count]:
        mark = "*" if ("fact", fact["id"]) in counted else ""
        cells = (fact["text_a"], _source(fact["from_a"]), fact["text_b"], _source(fact["from_b"]))
        table.add_row(mark, fact["label"], *cells)
    console.print(table if table.row_count else f"\n{title}")
    if not everything and count < len(facts):
        console.print(f"另有 {len(facts) - count} 项不同，不在起因之内，加 --all 列出。")


def _others(console: Any, found: Mapping[str, Any]) -> None:
    told = found["differences"]
    law = [item for item in told["law"] if not item["wording"]]
    counts = {kind: sum(item["kind"] == kind for item in law) for kind in KINDS}
    if law:
        sorts = "，".join(f"{KINDS[kind]} {count} 处" for kind, count in counts.items() if count)
        console.print(f"\n规定的差别：{sorts}")
    for unit in told["units"]:
        zh = dict(_SIDES)[unit["touched_by"]]
        kind = words.ZONE_CLASS.get(unit["class"], unit["class"])
        console.print(f"只有{zh}涉及管控单元：{unit['name']}（{unit['code']}，{kind}）", soft_wrap=True)
    for sort, name in (("layers", "图层"), ("packs", "政策包")):
        for pair in told[sort]:
            console.print(f"{name}版本不同：{pair['id']}，甲 {_short(pair['a'])}，乙 {_short(pair['b'])}")


def _source(source: str | None) -> str:
    if source is None:
        return ""
    kind, _, digest = source.removeprefix("layer:").partition("@")
    return f"图层 {kind}@{digest[:6]}" if digest else _SOURCES.get(source, source)


def _short(digest: str | None) -> str:
    return digest.removeprefix("sha256:")[:12] if digest else "无"
