"""The difference of two atlases as a workbook: what happened, to which classes in which units, and the matrix of changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from greenrule.casework.atlas_diff import CAUSES, KINDS, AtlasDiff
from greenrule.casework.atlas_xlsx import colours, dressed, letters_of, title_of
from greenrule.casework.grid_xlsx import Grid, loose_cell, style_of, with_grid
from greenrule.casework.report_words import ZONE_CLASS

_HEAD = 3


def diff_xlsx(diff: AtlasDiff, answer: Mapping[str, Any]) -> bytes:
    """The difference as an .xlsx file; `answer` is it as plain data."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "变化"
    _turns(sheet, answer)
    _classes(book.create_sheet("按行业小类"), diff, answer)
    return with_grid(book, _matrix(book.create_sheet("矩阵"), diff, answer))


def _header(sheet: Any, title: str, heads: tuple[tuple[str, int], ...], row: int = 2) -> None:
    from openpyxl.utils import get_column_letter

    dressed(sheet.cell(1, 1, title), bold=True, size=13)
    for column, (word, width) in enumerate(heads, 1):
        dressed(sheet.cell(row, column, word), bold=True, fill="DDE3EA")
        sheet.column_dimensions[get_column_letter(column)].width = width


def _turns(sheet: Any, answer: Mapping[str, Any]) -> None:
    title = f"图谱的变化：{answer['decision_label']}，{answer['before']['on']} → {answer['after']['on']}，{answer['changed']:,} 格"
    heads = (("发生了什么", 26), ("原来", 13), ("现在", 13), ("格数", 10), ("小类数", 8), ("单元数", 8), ("不再起作用的规定", 48),
             ("新起作用的规定", 48), ("条款", 60), ("起因在", 22))  # fmt: skip
    _header(sheet, title_of(answer, title), heads)
    for row, turn in enumerate(answer["turns"], 3):
        clauses = dict.fromkeys(text for rule in (*turn["gone"], *turn["come"]) for text in rule["clauses"])
        said = (
            KINDS[turn["kind"]], turn["before_label"], turn["after_label"], turn["cells"], len(turn["classes"]), len(turn["units"]),
            "；".join(rule["title"] for rule in turn["gone"]), "；".join(rule["title"] for rule in turn["come"]), "；".join(clauses),
            "、".join(CAUSES[name] for name in turn["cause"]),
        )  # fmt: skip
        for column, value in enumerate(said, 1):
            dressed(sheet.cell(row, column, value), size=9, wrapped=True)
    sheet.freeze_panes = "A3"


def _classes(sheet: Any, diff: AtlasDiff, answer: Mapping[str, Any]) -> None:
    """One row per class and group of cells, with the units."""
    heads = (
        ("行业小类", 10),
        ("名称", 34),
        ("发生了什么", 26),
        ("原来", 13),
        ("现在", 13),
        ("单元数", 8),
        ("管控单元", 90),
    )
    _header(sheet, title_of(answer, "改变的格，按行业小类"), heads)
    names = {item["code"]: item["name"] for item in diff.after.head["industry_table"]}
    row = 3
    for turn, told in zip(diff.turns, answer["turns"], strict=True):
        for at in np.unique(turn.classes).tolist():
            units = [diff.units[one] for one in turn.units[turn.classes == at].tolist()]
            said = (diff.classes[at], names[diff.classes[at]], KINDS[turn.kind], told["before_label"], told["after_label"], len(units),
                    "、".join(units)[:32_000])  # fmt: skip
            for column, value in enumerate(said, 1):
                sheet.cell(row, column, value)
            row += 1
    sheet.freeze_panes = "A3"


def _matrix(sheet: Any, diff: AtlasDiff, answer: Mapping[str, Any]) -> Grid:
    """Units × classes; a cell that changed says from what to what, in the colour of what it is now."""
    head = {**diff.after.head, "values": {**diff.before.head["values"], **diff.after.head["values"]}}
    letters, fills = letters_of(head), colours(head)
    _header(sheet, title_of(answer, "矩阵：改变的格（原来→现在；≈ 为结论未变而面积或依据改变）"),
            (("管控单元编码", 17), ("名称", 46), ("类别", 14)), _HEAD)  # fmt: skip
    names = {item["code"]: item["name"] for item in diff.after.head["industry_table"]}
    for column, code in enumerate(diff.classes, 4):
        dressed(sheet.cell(2, column, code), bold=True, fill="DDE3EA", across="center")
        dressed(sheet.cell(_HEAD, column, names[code]), size=9, fill="EEF1F5", across="center", turned=True)
    sheet.row_dimensions[_HEAD].height = 190
    sheet.freeze_panes = "D4"
    cells: list[tuple[str, int] | None] = [None]
    number = np.zeros((len(diff.units), len(diff.classes)), dtype=np.int32)
    for turn in diff.turns:
        fill, ink = fills[turn.after]
        text = f"{letters[turn.before]}→{letters[turn.after]}" if turn.kind == "decision" else f"≈{letters[turn.after]}"
        number[turn.units, turn.classes] = len(cells)
        cells.append((text, style_of(dressed(loose_cell(sheet), size=9, fill=fill, ink=ink, across="center"))))
    plain = style_of(dressed(loose_cell(sheet)))
    units = {item["unit"]: item for item in diff.after.head["unit_table"]}
    lead = [[(text, plain) for text in (key, units[key]["name"], ZONE_CLASS.get(units[key]["class"] or "", units[key]["class"] or ""))]
            for key in diff.units]  # fmt: skip
    return Grid("矩阵", _HEAD + 1, cells, lead, number)
