"""The atlas as a workbook: what it is, sums per division and class of unit, the coloured matrix, what each code rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from greenrule.casework.atlas_file import clauses
from greenrule.casework.atlas_text import assumed_words, division, share_words, strictest_first
from greenrule.casework.grid_xlsx import MOST_COLUMNS, MOST_ROWS, Grid, loose_cell, style_of, with_grid
from greenrule.casework.layerimport import kind_of
from greenrule.casework.report_text import display_width
from greenrule.casework.report_words import DEMO, ZONE_CLASS
from greenrule.casework.unit_atlas import Cell, Part, UnitAtlas
from greenrule.core.errors import Fault, InputFault

#: Fill and ink of a decision: the mildest value, the strictest, those between, and what is not determined.
_MILD, _HARD, _BETWEEN, _OPEN = ("CFE8D2", "1F5B38"), ("E7A79B", "6E1208"), ("F6DDA6", "6B4A00"), ("E4E6EA", "454B57")
#: Columns of a unit before the matrix, with their widths.
_LEAD = (("管控单元编码", 17), ("名称", 46), ("类别", 14), ("市", 10), ("县（市、区）", 13))
#: Parts of a cell smaller than this are not written into it; the Parquet file has them.
_LEAST = 0.001
_HEAD = 4


@dataclass
class Codes:
    """Short codes of what a part of a cell says: a letter for the decision, a number for what it rests on."""

    letters: dict[str, str]
    numbers: dict[tuple[str, tuple[Any, ...]], int] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)

    def of(self, part: Part) -> str:
        """The code of a part, a new number if it rests on something new."""
        key = (part.decision, part.basis)
        if key not in self.numbers:
            self.numbers[key] = self.count[part.decision] = self.count.get(part.decision, 0) + 1
        return f"{self.letters[part.decision]}{self.numbers[key]}"

    def cell(self, cell: Cell) -> str:
        """The codes of a cell, its own first; parts that hardly exist are left out."""
        return "+".join(self.of(part) for place, part in enumerate(cell.parts) if not place or part.share >= _LEAST)


def atlas_xlsx(atlas: UnitAtlas, told: Mapping[str, Any], answer: Mapping[str, Any]) -> bytes:
    """The atlas as an .xlsx file; `told` is its head, `answer` its sums (`atlas_text.plain`).

    Errors: T008 (InputFault) where the matrix is larger than a sheet.
    """
    from openpyxl import Workbook

    rows, columns = atlas.number.shape
    if columns + len(_LEAD) > MOST_COLUMNS or rows + _HEAD > MOST_ROWS:
        help = "用 --unit、--industry、--within 选一部分，或写成 .parquet"
        raise InputFault(Fault("T008", f"{rows:,} 行 × {columns:,} 列装不进一张工作表", None, help))
    codes = Codes(letters_of(told))
    shown = [codes.cell(cell) for cell in atlas.cells]  # the codes are numbered in the order in which cells appear
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "说明"
    _about(first, told, answer)
    _sums(book.create_sheet("汇总"), atlas, told)
    grid = _matrix(book.create_sheet("矩阵"), atlas, told, shown)
    _basis(book.create_sheet("依据"), told, codes)
    _units(book.create_sheet("管控单元"), told)
    return with_grid(book, grid)


def letters_of(told: Mapping[str, Any]) -> dict[str, str]:
    """One character per decision: the first that tells its words apart."""
    letters: dict[str, str] = {}
    for value, label in told["values"].items():
        word = (
            "未" if value == "undetermined" else next((char for char in label if char not in letters.values()), label)
        )
        letters[value] = word
    return letters


def colours(told: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Fill and ink per decision."""
    values = [value for value in told["values"] if value != "undetermined"]
    out = dict.fromkeys(values, _BETWEEN)
    out[values[0]], out[values[-1]], out["undetermined"] = _MILD, _HARD, _OPEN
    return out


def _styled(sheet: Any, row: int, column: int, value: Any, **look: Any) -> Any:
    return dressed(sheet.cell(row, column, value), **look)


def dressed(cell: Any, *, bold: bool = False, size: int = 10, fill: str = "", ink: str = "22262E", across: str = "left",
            turned: bool = False, wrapped: bool = False) -> Any:  # fmt: skip
    """An openpyxl cell in the look of the workbook."""
    from openpyxl.styles import Alignment, Font, PatternFill

    cell.font = Font(name="Microsoft YaHei", size=size, bold=bold, color=ink)
    cell.alignment = Alignment(
        horizontal=across,
        vertical="top" if wrapped else "center",
        wrap_text=wrapped,
        text_rotation=255 if turned else 0,
    )
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)
    return cell


def title_of(told: Mapping[str, Any], what: str) -> str:
    """A heading that carries the mark of demonstration data."""
    return what + "".join(f"【{notice}】" for notice in told["notices"])


def _about(sheet: Any, told: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """What was asked, how to read it, what it assumes, on what it rests."""
    sheet.sheet_view.showGridLines = False
    for column, width in ((1, 22), (2, 16), (3, 78)):
        sheet.column_dimensions["ABC"[column - 1]].width = width
    row = 1
    _styled(sheet, row, 1, title_of(told, f"生态环境准入图谱：{told['decision_label']}"), bold=True, size=16)
    row += 1
    if told["notices"]:
        _styled(sheet, row, 1, f"{DEMO}：图层是虚构的，不得作为办理依据", bold=True, ink="7A0019")
        row += 1
    asked = [("哪一天的规定", told["on"]), ("哪一天所知", told["versions"]["known"] or "今天"),
             ("行业小类 × 管控单元", f"{told['classes']:,} × {told['units']:,} = {answer['cells_total']:,} 格"),
             ("答案不止一种的格", f"{answer['cells_in_parts']:,}")]  # fmt: skip
    asked += [
        ("只看" + {"industry": "行业", "unit": "单元", "within": "范围"}[name], "、".join(words))
        for name, words in told["filters"].items()
    ]
    for label, value in asked:
        _styled(sheet, row, 1, label, bold=True)
        _styled(sheet, row, 3, value)
        row += 1
    row += 1
    _styled(sheet, row, 1, "图例", bold=True, size=12)
    row += 1
    letters, fills = letters_of(told), colours(told)
    for value in strictest_first(told):
        fill, ink = fills[value]
        _styled(sheet, row, 1, letters[value], fill=fill, ink=ink, across="center", bold=True)
        _styled(sheet, row, 2, f"{answer['totals'][value]:,} 格", across="right")
        _styled(sheet, row, 3, told["values"][value])
        row += 1
    reading = (
        "一格答的是点：这一小类的项目，除下列假定外什么都没有说明，落在这个单元里会得到的结论。",
        "字母后的数字是依据的编号，见“依据”表：哪些规定、哪些条款，或还缺哪些事实。",
        "图层把单元分成几块、答案不同的，先写面积大的一块，再以 + 连接其余各块；斜纹底色即为此类。不足千分之一的块不写在格里。",
        "占地跨单元、跨图层边界的项目，请用 greenrule screen 逐个判定。",
    )
    row = _paragraphs(sheet, row + 1, "怎样读", reading)
    row = _paragraphs(sheet, row + 1, "假定", assumed_words(told))
    if told["untold_places"]:
        row = _paragraphs(
            sheet, row + 1, "没有图层、不知道的地方", ["、".join(told["facts"][name] for name in told["untold_places"])]
        )
    versions = [f"政策包 {name}：{found}" for name, found in told["versions"]["packs"].items()]
    versions += [f"图层 {name}：{found}" for name, found in told["versions"]["layers"].items()]
    _paragraphs(sheet, row + 1, "版本", versions)


def _paragraphs(sheet: Any, row: int, heading: str, lines: Any) -> int:
    _styled(sheet, row, 1, heading, bold=True, size=12)
    for line in lines:
        row += 1
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=3)
        _styled(sheet, row, 1, line, wrapped=True)
        sheet.row_dimensions[row].height = 15.5 * (1 + display_width(line) // 124)
    return row + 1


def _sums(sheet: Any, atlas: UnitAtlas, told: Mapping[str, Any]) -> None:
    """Divisions × classes of units: which share of the cells says what."""
    values = strictest_first(told)
    place = list(told["values"])
    decided = np.array([place.index(cell.decision) for cell in atlas.cells], dtype=np.int64)[atlas.number]
    kinds = np.array([unit.kind or "" for unit in atlas.units])
    order = [kind for kind in (*ZONE_CLASS, *sorted(set(kinds.tolist()) - set(ZONE_CLASS))) if (kinds == kind).any()]
    divisions = np.array([division(atlas, code) for code in atlas.classes])
    fills = colours(told)
    _styled(sheet, 1, 1, title_of(told, f"行业大类 × 单元类别：各种结论占格数的比例，{told['on']}"), bold=True, size=13)
    for column, (word, width) in enumerate((("大类", 7), ("名称", 40), ("小类数", 8)), 1):
        _styled(sheet, 3, column, word, bold=True, fill="DDE3EA")
        sheet.column_dimensions[_letter(column)].width = width
    for group, kind in enumerate(order):
        start = 4 + group * len(values)
        _styled(sheet, 2, start, f"{ZONE_CLASS.get(kind, kind or '未分类')}（{(kinds == kind).sum():,} 个）", bold=True)
        for offset, value in enumerate(values):
            _styled(
                sheet,
                3,
                start + offset,
                told["values"][value],
                bold=True,
                fill=fills[value][0],
                ink=fills[value][1],
                across="center",
            )
            sheet.column_dimensions[_letter(start + offset)].width = 11
    for row, code in enumerate(dict.fromkeys(divisions.tolist()), 4):
        columns = np.flatnonzero(divisions == code)
        _styled(sheet, row, 1, code)
        _styled(sheet, row, 2, atlas.label(code) if code else "")
        _styled(sheet, row, 3, len(columns), across="right")
        for group, kind in enumerate(order):
            part = decided[np.ix_(kinds == kind, columns)]
            for offset, value in enumerate(values):
                share = float((part == place.index(value)).mean())
                fill, ink = fills[value]
                cell = _styled(sheet, row, 4 + group * len(values) + offset, share, fill=_faint(fill, share) if share else "",
                               ink=ink if share else "B8BDC6", across="right")  # fmt: skip
                cell.number_format = "0.0%"
    sheet.freeze_panes = "D4"


def _faint(fill: str, share: float) -> str:
    """A colour between white and the fill: a tenth of it at the least, so that what is there is seen."""
    weight = max(0.15, share)
    return "".join(f"{round(255 - (255 - int(fill[at : at + 2], 16)) * weight):02X}" for at in (0, 2, 4))


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _matrix(sheet: Any, atlas: UnitAtlas, told: Mapping[str, Any], shown: list[str]) -> Grid:
    """Headers of the matrix; its rows come as a grid."""
    from openpyxl.styles import PatternFill

    letters = letters_of(told)
    legend = "  ".join(
        f"{letters[value]} {label}"
        for value, label in ((value, told["values"][value]) for value in strictest_first(told))
    )
    _styled(sheet, 1, 1, title_of(told, f"矩阵：{told['decision_label']}，{told['on']}"), bold=True, size=13)
    _styled(sheet, 2, 1, f"{legend}；数字见“依据”表，+ 为单元的其余部分，斜纹为答案不止一种", ink="5A616D")
    for column, (word, width) in enumerate(_LEAD, 1):
        _styled(sheet, 4, column, word, bold=True, fill="DDE3EA")
        sheet.column_dimensions[_letter(column)].width = width
    for column, code in enumerate(atlas.classes, len(_LEAD) + 1):
        _styled(sheet, 3, column, code, bold=True, fill="DDE3EA", across="center")
        _styled(sheet, 4, column, atlas.label(code), size=9, fill="EEF1F5", across="center", turned=True)
        sheet.column_dimensions[_letter(column)].width = 9
    sheet.row_dimensions[4].height = 190
    sheet.freeze_panes = f"{_letter(len(_LEAD) + 1)}5"
    fills = colours(told)
    styles: dict[tuple[str, ...], int] = {}

    def style(*decisions: str) -> int:
        if decisions not in styles:
            fill, ink = fills[decisions[0]]
            cell = dressed(loose_cell(sheet), size=9, fill=fill, ink=ink, across="center")
            if len(decisions) > 1:
                cell.fill = PatternFill("lightUp", fgColor=fills[decisions[1]][0], bgColor=fill)
            styles[decisions] = style_of(cell)
        return styles[decisions]

    written: list[tuple[str, int]] = []
    for cell, text in zip(atlas.cells, shown, strict=True):
        parts = [part.decision for place, part in enumerate(cell.parts) if not place or part.share >= _LEAST]
        written.append((text, style(*parts[:2])))
    plain = style_of(dressed(loose_cell(sheet)))
    # Equal cells are written once.
    place = {one: number for number, one in enumerate(dict.fromkeys(written))}
    number = np.array([place[one] for one in written], dtype=np.int32)[atlas.number]
    lead = [
        [
            (text, plain)
            for text in (unit.key, unit.name, ZONE_CLASS.get(unit.kind or "", unit.kind or ""), unit.city, unit.county)
        ]
        for unit in atlas.units
    ]
    return Grid("矩阵", _HEAD + 1, list(place), lead, number)


def _basis(sheet: Any, told: Mapping[str, Any], codes: Codes) -> None:
    """What each code rests on."""
    fills = colours(told)
    _styled(sheet, 1, 1, title_of(told, "依据：格里的编号是什么意思"), bold=True, size=13)
    heads = (
        ("编号", 8),
        ("结论", 13),
        ("起作用的规定", 52),
        ("要求", 52),
        ("条款", 60),
        ("还缺的事实", 52),
        ("规定编号", 40),
    )
    for column, (word, width) in enumerate(heads, 1):
        _styled(sheet, 2, column, word, bold=True, fill="DDE3EA")
        sheet.column_dimensions[_letter(column)].width = width
    rank = {value: -place for place, value in enumerate(told["values"])}
    rank["undetermined"] = 1
    for row, ((decision, basis), number) in enumerate(
        sorted(codes.numbers.items(), key=lambda item: (rank[item[0][0]], item[1])), 3
    ):
        deciding, waiting, missing = basis
        rules = deciding or waiting
        fill, ink = fills[decision]
        told_rules = [told["rules"][rule] for rule in rules]
        _styled(sheet, row, 1, f"{codes.letters[decision]}{number}", fill=fill, ink=ink, bold=True, across="center")
        texts = (
            told["values"][decision], "；".join(item["title"] for item in told_rules) or "没有规定不许",
            "；".join(dict.fromkeys(item["then"] for item in told_rules)), clauses(told, rules),
            "、".join(told["facts"][name] for name in missing) if decision == "undetermined" else "", "; ".join(rules),
        )  # fmt: skip
        for column, words in enumerate(texts, 2):
            _styled(sheet, row, column, words[:32_000], wrapped=True, size=9)
    sheet.freeze_panes = "C3"
    sheet.auto_filter.ref = f"A2:{_letter(len(heads))}{2 + len(codes.numbers)}"


def _units(sheet: Any, told: Mapping[str, Any]) -> None:
    """The units and what lies in them."""
    _styled(sheet, 1, 1, title_of(told, "管控单元与其中的地方"), bold=True, size=13)
    heads = (
        ("管控单元编码", 17),
        ("名称", 36),
        ("类别", 14),
        ("子类", 20),
        ("市", 10),
        ("县（市、区）", 13),
        ("面积（平方公里）", 15),
        ("其中的地方（占单元面积）", 90),
    )
    for column, (word, width) in enumerate(heads, 1):
        _styled(sheet, 2, column, word, bold=True, fill="DDE3EA")
        sheet.column_dimensions[_letter(column)].width = width
    said_of = kind_of("control_unit").fields["subtype"].words
    words = {value: said for said, value in reversed(list(said_of.items()))}
    for row, unit in enumerate(told["unit_table"], 3):
        there = "，".join(
            f"{told['facts'][name].removeprefix('位于')} {share_words(share)}"
            for name, share in sorted(unit["places"].items(), key=lambda item: -item[1])
        )
        said = (unit["unit"], unit["name"], ZONE_CLASS.get(unit["class"] or "", unit["class"] or ""), words.get(unit["subtype"] or "", unit["subtype"] or ""), unit["city"],
                unit["county"], unit["area_km2"], there)  # fmt: skip
        for column, value in enumerate(said, 1):
            sheet.cell(row, column, value)
        sheet.cell(row, 7).number_format = "#,##0.0"
    sheet.freeze_panes = "C3"
    sheet.auto_filter.ref = f"A2:{_letter(len(heads))}{2 + len(told['unit_table'])}"
