"""An inventory in words and as sheets: printed columns add up to their printed totals, and what is unknown is never a number."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from greenrule.casework.inventory import BY, PART_WORDS, TONNE
from greenrule.sources.shares import balanced

_WIDTH = 100
_STEP = Fraction(100_000)  # a tenth of a tonne


class Page:
    """Lines of text at the width of a terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        self.stream = io.StringIO()
        self.console = Console(file=self.stream, width=_WIDTH, highlight=False, markup=False, emoji=False)

    def line(self, text: str) -> None:
        """A paragraph."""
        self.console.print(text, soft_wrap=True)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], last: Sequence[str] | None = None) -> None:
        """A table whose first column is text; `last` is set off by a line."""
        from rich.table import Column, Table

        columns = [
            Column(name, overflow="fold", justify="left" if at == 0 else "right") for at, name in enumerate(heads)
        ]
        table = Table(*columns, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*row)
        if last is not None:
            table.add_section()
            table.add_row(*last)
        self.console.print(table)

    def text(self) -> str:
        """All of it."""
        return "\n".join(line.rstrip() for line in self.stream.getvalue().splitlines()).lstrip("\n") + "\n"


def amount(steps: int) -> str:
    """Tenths of a tonne as tonnes."""
    sign, size = ("-", -steps) if steps < 0 else ("", steps)
    return f"{sign}{size // 10:,}.{size % 10}"


def _cell(row: Mapping[str, Any] | None, steps: int) -> str:
    if row is None:
        return ""
    return {"known": amount(steps), "partial": f"≥{amount(steps)}", "unknown": "未知"}[row["state"]]


def sums_text(found: Mapping[str, Any], limit: int = 40) -> str:
    """A table for each year (one for all, where the years are the rows)."""
    page = Page()
    if found["by"] == "year":
        _sums(page, found, None, limit)
    else:
        for year in found["years"]:
            _sums(page, found, year, limit)
    _ranges(page, found)
    page.line("\n单位 吨，按十分之一吨平衡进位，各行相加等于合计。“未知”不是 0；“≥”是其中已知的部分。")
    _missing(page, found, limit)
    return page.text()


def _sums(page: Page, found: Mapping[str, Any], year: int | None, limit: int) -> None:
    names = found["pollutants"]
    mine = {(row["key"], row["pollutant"]): row for row in found["rows"] if year is None or row["year"] == year}
    labels = {row["key"]: row["label"] for row in found["rows"] if year is None or row["year"] == year}
    steps: dict[tuple[str, str], int] = {}
    last = ["合计"]
    for name in names:
        keys = [key for key in labels if (key, name) in mine]
        grams = [Fraction(mine[key, name]["grams"] or 0) for key in keys]
        parts = balanced(grams, _STEP)
        steps.update(zip(((key, name) for key in keys), parts, strict=True))
        states = {mine[key, name]["state"] for key in keys}
        state = "known" if states == {"known"} else "unknown" if states == {"unknown"} else "partial"
        last.append(_cell({"state": state}, sum(parts)))
    if year is not None:
        page.line(f"\n{year} 年排放量，按{BY[found['by']]}")
    else:
        page.line("\n排放量，按年份")
    rows = [
        [labels[key], *(_cell(mine.get((key, name)), steps.get((key, name), 0)) for name in names)] for key in labels
    ]
    page.table([BY[found["by"]], *names], rows[:limit], last if year is not None else None)
    if len(rows) > limit:
        page.line(f"  … 另有 {len(rows) - limit} 行，见 --out 或 --format json")


def _ranges(page: Page, found: Mapping[str, Any]) -> None:
    rows = []
    for row in found["totals"]:
        if row["state"] != "unknown":
            given = row["range"]
            value = ("≥" if row["state"] == "partial" else "") + f"{row['tonnes']:,.1f}"
            rows.append([f"{row['year']} {row['pollutant']}", value, f"{given['p2.5']:,.1f} – {given['p97.5']:,.1f}",
                         f"{given['low']:,.1f} – {given['high']:,.1f}", str(given["unstated"]) if given["unstated"] else ""])  # fmt: skip
    if rows:
        page.line("\n合计的不确定范围")
        page.table(["", "值", "95% 区间", "最坏界", "未给范围的数"], rows)
        page.line(
            f"95% 区间由 {found['draws']:,} 次固定种子的抽样得出，共用的系数一同变动；没有给范围的数当作准确，真的区间更宽。"
        )


def _missing(page: Page, found: Mapping[str, Any], limit: int) -> None:
    if found["missing"]:
        page.line("\n缺什么")
        for entry in found["missing"][:limit]:
            page.line(f"  {entry['told']}：{entry['lines']} 行算不出，第一处 {entry['first']}")
        if len(found["missing"]) > limit:
            page.line(f"  … 另有 {len(found['missing']) - limit} 项")
    for note in found["notes"]:
        page.line(f"注：{note}")


def changes_text(found: Mapping[str, Any], limit: int = 40) -> str:
    """What of the difference between two years is whose, pollutant by pollutant."""
    page = Page()
    heads = [BY[found["by"]], str(found["from"]), str(found["to"]), "变化", *(PART_WORDS[name] for name in found["totals"][0]["parts"]) ] if found["totals"] else []  # fmt: skip
    for total in found["totals"]:
        rows = [row for row in found["rows"] if row["pollutant"] == total["pollutant"]]
        page.line(f"\n{total['pollutant']}，{found['from']} → {found['to']} 年（吨）")
        body = [[row["label"], *_change(row)] for row in rows]
        page.table(heads, body[:limit], ["合计", *_change(total)])
        if total["unknown"]:
            page.line(f"有 {total['unknown']} 项在其中一年算不出，两年都没有计入。")
    page.line("\n各部分是三者按所有先后顺序变动的平均影响，精确相加等于变化；表里各数分别进位到十分之一吨。")
    _missing(page, found, limit)
    return page.text()


def _change(row: Mapping[str, Any]) -> list[str]:
    grams = [Fraction(value) for value in row["parts_grams"].values()]
    parts = balanced(grams, _STEP)
    before = round(Fraction(str(row["before"])) * TONNE / _STEP)
    whole = sum(parts)
    return [amount(before), amount(before + whole), amount(whole), *map(amount, parts)]


def why_text(found: Mapping[str, Any], limit: int = 40) -> str:
    """The rows and citations behind a figure."""
    page = Page()
    value = "未知" if found["tonnes"] is None else f"{'≥' if found['unknown'] else ''}{found['tonnes']:,.3f} 吨"
    page.line(f"{'，'.join(found['words']) or '全部'}：{value}（{found['known']} 行算得出，{found['unknown']} 行未知）")
    for line in found["lines"][:limit]:
        name = f" {line['name']}" if line["name"] else ""
        page.line(
            f"\n{line['year']} {line['county']}{name} {line['label']} {line['pollutant']}："
            + ("未知" if line["tonnes"] is None else f"{line['tonnes']:,.3f} 吨")
        )
        page.line(f"  活动水平 {_number(line['activity'])} {line['what']}".rstrip() + f"  {_cite(line['activity'])}")
        if line["factor"] is not None:
            page.line(f"  × 系数 {_number(line['factor'])}  {_cite(line['factor'])}")
        for item in line["controls"]:
            page.line(f"  × (1 − {item['technology']} {_number(item).strip()})  {_cite(item)}")
        for told in line["missing"]:
            page.line(f"  缺：{told}")
    if len(found["lines"]) > limit:
        page.line(f"\n… 另有 {len(found['lines']) - limit} 行，见 --format json")
    for note in found["notes"]:
        page.line(f"注：{note}")
    return page.text()


def _number(item: Mapping[str, Any]) -> str:
    bounds = f"（{item['range'][0]}–{item['range'][1]}）" if item["range"] else ""
    return f"{item['value']} {item['unit']}{bounds}"


def _cite(item: Mapping[str, Any]) -> str:
    return f"[{item['cite']}；{item['place']}]"


def sums_sheets(found: Mapping[str, Any]) -> dict[str, tuple[list[str], list[list[Any]]]]:
    """Sums as sheets: rows, totals, what is missing."""
    heads = ["年份", "污染物", "状态", "吨", "95%下限", "95%上限", "最坏下限", "最坏上限", "已知行", "未知行", "缺什么"]
    words = {"known": "已知", "partial": "部分已知", "unknown": "未知"}

    def cells(row: Mapping[str, Any]) -> list[Any]:
        given = row.get("range") or {}
        return [row["year"], row["pollutant"], words[row["state"]], row["tonnes"], given.get("p2.5"), given.get("p97.5"), given.get("low"),
                given.get("high"), row["known"], row["unknown"], "；".join(row["missing"])]  # fmt: skip

    by = BY[found["by"]]
    return {
        "分项": ([by, f"{by}名称", *heads], [[row["key"], row["label"], *cells(row)] for row in found["rows"]]),
        "合计": (heads, [cells(row) for row in found["totals"]]),
        "缺什么": (["缺什么", "行数", "第一处"], [[item["told"], item["lines"], item["first"]] for item in found["missing"]]),
    }  # fmt: skip


def changes_sheets(found: Mapping[str, Any]) -> dict[str, tuple[list[str], list[list[Any]]]]:
    """A comparison as sheets."""
    heads = ["污染物", str(found["from"]), str(found["to"]), "变化", *PART_WORDS.values(), "未知项"]

    def cells(row: Mapping[str, Any]) -> list[Any]:
        return [row["pollutant"], row["before"], row["after"], row["change"], *row["parts"].values(), row["unknown"]]

    by = BY[found["by"]]
    return {"分项": ([by, f"{by}名称", *heads], [[row["key"], row["label"], *cells(row)] for row in found["rows"]]),
            "合计": (heads, [cells(row) for row in found["totals"]])}  # fmt: skip
