"""The columns of a reduction list: what a header means, in which unit, and what stands in a cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from greenrule.casework.grids import Grid, Heading, headings
from greenrule.core.errors import Fault, near
from greenrule.response.reduction_list import NOTHING, Grams, ListRules

#: Header → field, for columns outside the amounts.
_FIELDS = {
    "企业名称": "name", "单位名称": "name", "统一社会信用代码": "code", "信用代码": "code", "企业编号": "code", "排污许可证编号": "permit",
    "许可证编号": "permit", "登记编号": "permit", "设区市": "city", "地市": "city", "市": "city", "县区": "county", "区县": "county", "县(市、区)": "county",
    "行业代码": "industry", "行业": "industry", "行业类别": "industry", "绩效等级": "grade", "绩效分级": "grade", "等级有效期至": "valid_to",
    "有效期至": "valid_to", "源类": "source", "源类型": "source", "豁免类别": "exempt", "豁免": "exempt", "豁免理由": "reason", "生产线": "line",
    "工序": "process", "产污工序": "process", "措施": "measure", "减排措施": "measure", "核查方式": "evidence", "现场核查方式": "evidence",
    "最低级别": "first", "起始级别": "first", "是否涉气": "gas", "涉气": "gas", "日损失": "loss", "损失": "loss", "累计损失": "burden", "既往损失": "burden",
}  # fmt: skip
_POLLUTANT = (
    ("二氧化硫", 0),
    ("so2", 0),
    ("氮氧化物", 1),
    ("nox", 1),
    ("颗粒物", 2),
    ("烟粉尘", 2),
    ("pm", 2),
    ("挥发性有机物", 3),
    ("vocs", 3),
)
LEVEL_MARKS = (("黄", 0), ("ⅲ", 0), ("橙", 1), ("ⅱ", 1), ("红", 2), ("ⅰ", 2))
YES, NO = ("是", "有", "yes", "true", "1"), ("否", "无", "no", "false", "0")
_IGNORED = ("序号", "备注", "说明", "地址", "详细地址")
_GRAMS = {"克/日": 1, "千克/日": 1000, "吨/日": 1_000_000}
_MONEY = {"元/日": 1, "元/天": 1, "万元/日": 10000, "万元/天": 10000, "元": 1, "万元": 10000}


@dataclass
class Column:
    """A column understood: field, pollutant, level and the multiplier of its unit."""

    field: str
    at: int
    head: Heading
    pollutant: int = -1
    level: int = -1
    times: Fraction = Fraction(0)


class Reader:
    """Understands headers and cells of one list and keeps what is wrong with them."""

    def __init__(self, rules: ListRules) -> None:
        self.rules = rules
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    # -- headers -------------------------------------------------------------------------------------------------------
    def columns(self, grid: Grid, needed: Mapping[str, str], amounts: str) -> tuple[list[Column], int]:
        """The columns of a sheet; `needed` field → label, `amounts` the field that bare pollutant columns stand for."""
        found = headings(grid, lambda words: _field(words) is not None or _pollutant(words) >= 0)
        if found is None:
            help = f"表头写 {'、'.join(needed.values())} 等，见 greenrule air list template"
            self.faults.append(Fault("H040", f"表“{grid.sheet}”没有看得懂的表头", grid.place(1), help))
            return [], len(grid.rows)
        out: list[Column] = []
        for head in found[0]:
            column = self._column(grid, head, amounts)
            if column is None:
                continue
            same = next(
                (
                    one
                    for one in out
                    if (one.field, one.pollutant, one.level) == (column.field, column.pollutant, column.level)
                ),
                None,
            )
            if same is not None:
                told = f"表头 `{head.whole}` 与 `{same.head.whole}` 是同一项"
                self.faults.append(Fault("H040", told, grid.place(head.row, head.column), "两列留一列"))
                continue
            out.append(column)
        have = {column.field for column in out}
        complete = have >= needed.keys()
        for name, label in needed.items():
            if name not in have:
                close = near(label, [head.words for head in found[0]], 1)
                help = f"是否就是 `{close[0]}`？" if close else "补上这一列"
                self.faults.append(
                    Fault("H041", f"表“{grid.sheet}”缺少 `{label}` 这一列", grid.place(found[0][0].row), help)
                )
        # Without a column that is needed every row would be complained of.
        return out, found[1] if complete else len(grid.rows)

    def _column(self, grid: Grid, head: Heading, amounts: str) -> Column | None:
        level = next((number for word, number in LEVEL_MARKS if word in head.group.lower()), -1)
        pollutant = _pollutant(head.words)
        name = _field(head.words)
        if pollutant >= 0:
            what = "cut" if level >= 0 or "减排" in head.group or "减排" in head.words else amounts
            return Column(what, head.column, head, pollutant, level, self._mass(grid, head))
        if name is None:
            if head.words not in _IGNORED and not head.words.startswith(_IGNORED):
                close = near(head.words, _FIELDS, 1)
                if close:
                    told = f"表头 `{head.whole}` 不认识"
                    self.faults.append(
                        Fault(
                            "H040", told, grid.place(head.row, head.column), f"是否想写 `{close[0]}`？不要的列改名 备注"
                        )
                    )
            return None
        column = Column(name, head.column, head, level=level if name in ("measure", "evidence") else -1)
        if name in ("loss", "burden"):
            unit = _unit(head)
            if unit not in _MONEY:
                told = f"表头 `{head.whole}` 没有写明钱的单位"
                self.faults.append(
                    Fault("H042", told, grid.place(head.row, head.column), "写成 日损失(万元/日)、累计损失(万元)")
                )
            column.times = Fraction(_MONEY.get(unit, 1))
        return column

    def _mass(self, grid: Grid, head: Heading) -> Fraction:
        unit = _daily(_unit(head))
        if unit in _GRAMS:
            return Fraction(_GRAMS[unit])
        told = f"表头 `{head.whole}` 的单位 `{unit or '没有写'}` 不是每日的质量"
        self.faults.append(Fault("H042", told, grid.place(head.row, head.column), "写成 (千克/日) 或 (吨/日)"))
        return Fraction(1)

    # -- cells ---------------------------------------------------------------------------------------------------------
    def wrong(self, code: str, told: str, grid: Grid, row: int, column: Column | None, help: str) -> None:
        """One fault at a cell."""
        self.faults.append(Fault(code, told, grid.place(row, column.at if column else None), help))

    def amount(self, grid: Grid, row: int, column: Column, cell: Any, up: bool) -> int:
        """A cell as a whole number of grams or yuan; what is finer is taken against who states it (`up` rounds up)."""
        if cell is None or str(cell).strip() in ("", "-", "—", "/"):
            return 0
        try:
            if isinstance(cell, bool):
                raise InvalidOperation
            # Fifteen digits is what a spreadsheet keeps; the rest of a binary number is noise.
            text = f"{cell:.15g}" if isinstance(cell, float) else str(cell).replace(",", "").replace("，", "")
            value = Decimal(text)
            if not value.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            self.wrong("H043", f"`{str(cell)[:30]}` 不是数", grid, row, column, "只写数，单位写在表头；没有的留空")
            return 0
        if value < 0:
            self.wrong("H043", f"`{cell}` 是负数", grid, row, column, "排放量、减排量、损失写 0 以上的数")
            return 0
        if value.adjusted() > 15:
            self.wrong("H043", f"`{cell}` 大得不像一天的量", grid, row, column, "核对单位和数字")
            return 0
        exact = Fraction(value) * column.times
        return -(-exact.numerator // exact.denominator) if up else exact.numerator // exact.denominator


def _pollutant(words: str) -> int:
    low = words.lower().replace("₂", "2").replace("ₓ", "x")
    return next((number for word, number in _POLLUTANT if word in low and "pm2.5" not in low), -1)


def _field(words: str) -> str | None:
    plain = words.replace("*", "")
    return _FIELDS.get(plain) or _FIELDS.get(re.sub(r"\(.*?\)$", "", plain))


def _unit(head: Heading) -> str:
    for words in (head.words, head.group):
        found = re.findall(r"\(([^()]*[/／][^()]*|元|万元)\)", words)
        if found:
            return str(found[-1]).replace("／", "/")
    return ""


def _daily(unit: str) -> str:
    return (
        unit.lower()
        .replace("kg/d", "千克/日")
        .replace("t/d", "吨/日")
        .replace("g/d", "克/日")
        .replace("/天", "/日")
        .replace("公斤", "千克")
    )


def cell_at(cells: Sequence[Any], column: Column) -> Any:
    """The cell of a column, None where the row is shorter."""
    return cells[column.at] if column.at < len(cells) else None


def text_at(cells: Sequence[Any], columns: Mapping[str, Column], name: str) -> str:
    """A cell as text, empty where there is none; numbers of codes without `.0`, days without hours."""
    if name not in columns:
        return ""
    cell = cell_at(cells, columns[name])
    if cell is None:
        return ""
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    return str(cell).strip()


def amounts_at(
    reader: Reader,
    grid: Grid,
    row: int,
    cells: Sequence[Any],
    columns: Sequence[Column],
    name: str,
    level: int,
    up: bool,
) -> Grams:
    """The four amounts of a row, in grams."""
    out = list(NOTHING)
    for column in columns:
        if column.field == name and column.level == level and column.pollutant >= 0:
            out[column.pollutant] = reader.amount(grid, row, column, cell_at(cells, column), up)
    return out[0], out[1], out[2], out[3]
