"""The reduction list as plain data and as a workbook in the usual layout."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.response.episode_rules import LEVELS
from greenrule.response.list_checks import Permit
from greenrule.response.reduction_list import (
    POLLUTANT_WORDS,
    POLLUTANTS,
    SOURCES,
    Enterprise,
    Grams,
    ListRules,
    Measure,
    Option,
    Process,
    ReductionList,
)

if TYPE_CHECKING:
    from greenrule.casework.list_file import ListFile

FORM = "greenrule-reduction-list-1"
_LEVEL_HEADS = ("黄色预警(Ⅲ级)", "橙色预警(Ⅱ级)", "红色预警(Ⅰ级)")
_LEVEL_NAMES = ("黄色", "橙色", "红色")


def list_json(file: ListFile) -> dict[str, Any]:
    """The list as plain data: grams per day, yuan per day."""
    listed = file.listed
    return {
        "form": FORM,
        "enterprises": [
            {"id": e.id, "name": e.name, "grade": e.grade, "industry": e.industry, "permit": e.permit, "city": e.city, "county": e.county,
             "source": e.source, "valid_to": e.valid_to, "row": e.row} for e in listed.enterprises
        ],
        "processes": [
            {"enterprise": p.enterprise, "line": p.line, "name": p.name, "emission": list(p.emission), "exempt": p.exempt, "reason": p.reason,
             "row": p.row,
             "measures": {level: {"text": m.text, "cut": list(m.cut), "evidence": m.evidence} for level, m in p.measures.items()}}
            for p in listed.processes
        ],
        "options": [
            {"process": list(o.process), "text": o.text, "cut": list(o.cut), "loss": o.loss, "evidence": o.evidence, "first": o.first, "row": o.row}
            for o in listed.options
        ],
        "base": list(listed.base) if listed.base is not None else None,
        "burden": dict(listed.burden),
        "permits": None if file.permits is None else [
            {"number": p.number, "name": p.name, "gas": p.gas, "industry": p.industry, "row": p.row} for p in file.permits
        ],
    }  # fmt: skip


def read_list_json(path: Path) -> ListFile:
    """Read back what `list_json` wrote.  H050: not such a file; EnvironmentFault H051: cannot be read."""
    from greenrule.casework.list_file import ListFile

    at = Place(str(path))
    try:
        told = json.loads(path.read_bytes())
        if told["form"] != FORM:
            raise ValueError("form")
        enterprises = tuple(Enterprise(**entry) for entry in told["enterprises"])
        processes = tuple(
            Process(
                entry["enterprise"], entry["line"], entry["name"], _grams(entry["emission"]),
                {level: Measure(entry["measures"][level]["text"], _grams(entry["measures"][level]["cut"]), entry["measures"][level]["evidence"])
                 for level in LEVELS if level in entry["measures"]},
                entry["exempt"], entry["reason"], entry["row"],
            )
            for entry in told["processes"]
        )  # fmt: skip
        known = {item.id for item in enterprises}
        if any(item.enterprise not in known for item in processes):
            raise ValueError("enterprise")
        options = tuple(
            Option(tuple(entry["process"]), entry["text"], _grams(entry["cut"]), int(entry["loss"]), entry["evidence"], int(entry["first"]), entry["row"])
            for entry in told["options"]
        )  # fmt: skip
        base = None if told["base"] is None else _grams(told["base"])
        permits = None if told["permits"] is None else [Permit(**entry) for entry in told["permits"]]
        return ListFile(
            ReductionList(enterprises, processes, options, base, {str(k): int(v) for k, v in told["burden"].items()}),
            permits,
        )
    except FileNotFoundError:
        raise InputFault(Fault("H050", "没有这个清单文件", at, "检查路径")) from None
    except OSError as error:
        raise EnvironmentFault(Fault("H051", f"清单文件读不出来：{error.strerror}", at, "检查文件权限与磁盘")) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputFault(
            Fault("H050", f"不是清单的 JSON 文件：{type(error).__name__}", at, "用 `air list import` 写出的文件")
        ) from None


def _grams(cells: Sequence[Any]) -> Grams:
    values = [int(cell) for cell in cells]
    if len(values) != len(POLLUTANTS) or min(values) < 0 or values != list(cells):
        raise ValueError("grams")
    return values[0], values[1], values[2], values[3]


def list_xlsx(file: ListFile, rules: ListRules, title: str) -> bytes:
    """The list as a workbook in the usual layout: a title, merged headers, one row per process, kilograms per day."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    book = Workbook()
    listed = file.listed
    by_id = listed.by_id
    sheet: Any = book.active
    sheet.title = "减排清单"
    plain = ["序号", "企业名称", "统一社会信用代码", "排污许可证编号", "设区市", "县区", "行业代码", "绩效等级", "等级有效期至", "源类", "豁免类别", "豁免理由",
             "生产线", "工序"]  # fmt: skip
    words = [POLLUTANT_WORDS[name] for name in POLLUTANTS]
    groups = [
        ("正常排放量(千克/日)", words),
        *((f"{head}减排(千克/日)", ["措施", *words, "核查方式"]) for head in _LEVEL_HEADS),
    ]
    width = len(plain) + sum(len(names) for _, names in groups)
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    upper: list[Any] = list(plain)
    lower: list[Any] = [None] * len(plain)
    for head, names in groups:
        upper += [head, *[None] * (len(names) - 1)]
        lower += names
    sheet.append(upper)
    sheet.append(lower)
    for column in range(1, len(plain) + 1):
        sheet.merge_cells(start_row=2, start_column=column, end_row=3, end_column=column)
    at = len(plain) + 1
    for _, names in groups:
        sheet.merge_cells(start_row=2, start_column=at, end_row=2, end_column=at + len(names) - 1)
        at += len(names)
    for number, item in enumerate(listed.processes, 1):
        e = by_id[item.enterprise]
        grade = rules.grades[e.grade].label if e.grade in rules.grades else None
        row: list[Any] = [number, e.name, e.id if e.id != e.name else None, e.permit, e.city, e.county, e.industry, grade, e.valid_to,
                          SOURCES[e.source], rules.exemptions.get(item.exempt, item.exempt), item.reason, item.line, item.name]  # fmt: skip
        row += [_kilograms(amount) for amount in item.emission]
        for level in LEVELS:
            measure = item.measures.get(level)
            row += (
                [None] * 6
                if measure is None
                else [measure.text, *(_kilograms(amount) for amount in measure.cut), measure.evidence]
            )
        sheet.append([_cell(cell) for cell in row])
    thin = Side(style="thin", color="BBBBBB")
    for cells in sheet.iter_rows(min_row=1, max_row=3):
        for cell in cells:
            cell.font = Font(bold=True, size=14 if cell.row == 1 else 10)
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            if cell.row > 1:
                cell.fill = PatternFill("solid", fgColor="E8EEF4")
                cell.border = Border(top=thin, bottom=thin, left=thin, right=thin)
    for column in range(1, width + 1):
        label = str(sheet.cell(3, column).value or sheet.cell(2, column).value or "")
        sheet.column_dimensions[get_column_letter(column)].width = (
            30 if label in ("措施", "核查方式", "企业名称") else 13
        )
    sheet.freeze_panes = "C4"
    if listed.options:
        rows = [
            [by_id[o.process[0]].name, o.process[0] if o.process[0] != by_id[o.process[0]].name else None, o.process[1], o.process[2], o.text,
             _LEVEL_NAMES[o.first - 1], *(_kilograms(amount) for amount in o.cut), _shown(o.loss, 10000), o.evidence]
            for o in listed.options
        ]  # fmt: skip
        heads = [
            "企业名称",
            "统一社会信用代码",
            "生产线",
            "工序",
            "措施",
            "最低级别",
            *(f"{word}减排(千克/日)" for word in words),
            "日损失(万元/日)",
            "核查方式",
        ]
        _plain_sheet(book, "备选措施", heads, rows)
    if file.permits is not None:
        gas = {True: "是", False: "否", None: None}
        _plain_sheet(
            book,
            "排污许可证",
            ["排污许可证编号", "企业名称", "行业代码", "是否涉气"],
            [[p.number, p.name, p.industry, gas[p.gas]] for p in file.permits],
        )
    if listed.base is not None:
        _plain_sheet(
            book, "排放基数", [f"{word}(千克/日)" for word in words], [[_kilograms(amount) for amount in listed.base]]
        )
    if listed.burden:
        rows = [
            [by_id[id].name, id if id != by_id[id].name else None, _shown(value, 10000)]
            for id, value in listed.burden.items()
            if id in by_id
        ]
        _plain_sheet(book, "既往负担", ["企业名称", "统一社会信用代码", "累计损失(万元)"], rows)
    return _bytes(book)


def _plain_sheet(book: Any, name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    sheet.append(list(heads))
    for column, head in enumerate(heads, 1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = max(12, 2 * len(head))
    for row in rows:
        sheet.append([_cell(cell) for cell in row])
    sheet.freeze_panes = "A2"


def _bytes(book: Any) -> bytes:
    """The workbook with one clock for all days."""
    import zipfile
    from datetime import datetime

    epoch = datetime(2000, 1, 1)
    book.properties.created = book.properties.modified = epoch
    raw = io.BytesIO()
    book.save(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":  # openpyxl writes the moment of saving
                import re

                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", data)
            target.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _shown(value: int, times: int) -> int | float:
    exact = Decimal(value) / times
    return int(exact) if exact == int(exact) else float(exact)


def _kilograms(grams: int) -> int | float:
    return _shown(grams, 1000)


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula stays text."""
    if not isinstance(value, str):
        return value
    text = "".join(char for char in value if char >= " " or char in "\n\t")[:32_000]
    if not text:
        return None
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") and len(text) > 1 else text


def empty_list(rules: ListRules) -> ReductionList:
    """A list with one row that shows how it is filled in."""
    enterprise = Enterprise("示例企业", "示例企业", "C", "2521", "", "", "", "industry", "", 0)
    measure = {level: Measure("停用1号线", (0, 0, 0, 0), "用电量") for level in LEVELS}
    return ReductionList((enterprise,), (Process("示例企业", "1号线", "工序名", (0, 0, 0, 0), measure),))


def demands_words(demands: Mapping[str, Any]) -> str:
    """The shares in one line."""
    return "、".join(
        f"{_LEVEL_NAMES[LEVELS.index(level)]} {float(item.share * 100):g}%" for level, item in demands.items()
    )
