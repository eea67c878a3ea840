"""A plan as a workbook: summary, differences of law, flipped projects one by one, requirements gained and lost, the atlas."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from greenrule.casework.lawdiff import CHANGES, KINDS
from greenrule.casework.plan_text import cause_words, outcome_words

#: Rows that a sheet of a workbook holds, its header among them (ECMA-376: 1,048,576).
_MOST = 1_048_576


def plan_xlsx(found: Mapping[str, Any]) -> bytes:
    """The plan (`plan_json`) as an .xlsx file; what does not fit into a sheet goes on in the next."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _sheet(book, "概要", ("项", "值"), _summary(found))
    _sheet(book, "规定的差别", ("变化", "种类", "编号", "名称", "现行", "草案", "条款", "只改文字", "位置"), (
        (CHANGES[item["change"]], KINDS[item["kind"]], item["id"], item["label"], item["before"], item["after"],
         "；".join(item["clauses"]), "是" if item["wording"] else "", item["place"]) for item in found["law"]
    ))  # fmt: skip
    _sheet(book, "改变的项目", ("项目编号", "项目名称", "决定", "现行", "草案", "起因", "条款"), (
        (project["id"], project["title"], turn["label"], outcome_words(turn["before"]), outcome_words(turn["after"]),
         cause_words(turn), _clauses(turn)) for turn in found["projects"]["turns"] for project in turn["projects"]
    ))  # fmt: skip
    _sheet(book, "要求与支持", ("决定", "内容", "变化", "项目数", "起因", "条款", "项目（前 50）"), (
        (piece["label"], piece["title"], "增加" if piece["change"] == "gained" else "减少", piece["count"], cause_words(piece),
         _clauses(piece), "、".join(project["title"] for project in piece["projects"][:50])) for piece in found["projects"]["pieces"]
    ))  # fmt: skip
    if found["projects"]["aside"]:
        _sheet(
            book, "未能重读", ("编号", "原因"), ((item["id"], item["reason"]) for item in found["projects"]["aside"])
        )
    if found["atlas"] is not None:
        _sheet(book, "图谱", ("决定", "现行", "草案", "格", "行业代码", "行业", "单元", "地点", "起因", "条款"), (
            (turn["label"], outcome_words(turn["before"]), outcome_words(turn["after"]), turn["count"], item["code"], item["name"],
             "、".join(turn["units"]), "、".join(turn["places"]), cause_words(turn), _clauses(turn))
            for turn in found["atlas"]["turns"] for item in turn["classes"]
        ))  # fmt: skip
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _summary(found: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    yield "比较日", found["on"]
    for draft in found["drafts"]:
        yield "草案", f"{draft['id']}（{'取代同 id 的现有包' if draft['replaces'] else '叠在现有各包之上'}）"
    yield "规定的差别", sum(not item["wording"] for item in found["law"])
    yield "已存项目", found["projects"]["count"]
    yield "至少一项结论改变的项目", found["projects"]["flipped"]
    for cause in found["projects"]["by_cause"]:
        yield f"因 {cause['label']}（{cause['id']}）改变的项目", cause["count"]
    if found["atlas"] is not None:
        yield "图谱格数", found["atlas"]["cells"]
        yield "改变的格", found["atlas"]["flipped"]
    for name, digest in found["packs"]["draft"].items():
        yield f"政策包 {name}", digest


def _clauses(item: Mapping[str, Any]) -> str:
    return "；".join(dict.fromkeys(clause for cause in item["causes"] for clause in cause["clauses"]))


def _sheet(book: Any, title: str, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows under a header that stays in sight; a full sheet goes on in the next."""
    from openpyxl.utils import get_column_letter

    sheet: Any = None
    count, number = 0, 1
    for row in chain((None,), rows):  # a sheet without rows still shows its header
        if sheet is None or count >= _MOST:
            name = title if number == 1 else f"{title}{number}"
            sheet, count, number = book.create_sheet(name), 1, number + 1
            sheet.freeze_panes = "A2"
            for place, _ in enumerate(header, 1):
                sheet.column_dimensions[get_column_letter(place)].width = 24
            sheet.append(header)
        if row is not None:
            sheet.append([_cell(value) for value in row])
            count += 1


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula stays text; control characters go; a cell holds 32,767 characters."""
    if not isinstance(value, str):
        return value
    text = "".join(char for char in value if char >= " " or char in "\n\t")[:32_000]
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") and len(text) > 1 else text
