"""The ledger of filings (申报台账) as a sheet: written for Excel, and read back, all of it or nothing.

Read with our own reader, not through a general import library: whoever corrects a ledger wants every fault with its row and column
at once, in words, before anything is stored.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from greenrule.casework.filing import fold, read_events
from greenrule.casework.paper import Paper, Table, Text, lay_out
from greenrule.casework.workbooks import MOST_UNPACKED, legible
from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.filings import FilingLaw

#: key → header, in the order of the sheet.
COLUMNS: Mapping[str, str] = {
    "number": "收件号", "project": "项目名称", "applicant": "申请单位", "industry": "行业代码", "area": "辖区代码", "organisation": "承办单位",
    "kind": "办件种类", "state": "状态", "received": "收件日期", "accepted": "受理日期", "decide_by": "办结期限", "decided": "决定日期",
    "decision": "决定", "finding": "审查结论", "finding_says": "结论内容", "reason": "与结论不一致的理由", "owed": "未补交的容缺材料",
    "liaison": "联络员", "remark": "备注",
}  # fmt: skip
#: What a row must say to become a case; the rest is worked out or may be absent.
NEEDED = ("project", "applicant", "area", "kind", "received")
DECISIONS = {"approved": "批准", "refused": "不予批准"}
MOST_ROWS = 20_000


@dataclass(frozen=True)
class LedgerRow:
    """One row that was read: its number in the sheet, its cells by key, and the events that it stands for."""

    row: int
    cells: Mapping[str, str]
    kind: str
    events: tuple[Mapping[str, Any], ...]


def write_ledger(rows: Iterable[Mapping[str, Any]], form: str, marks: Sequence[str] = ()) -> bytes:
    """The ledger as `xlsx` or `csv` (UTF-8 with a mark, as Excel wants it); what looks like a formula is text."""
    table = [[_text(row.get(key)) for key in COLUMNS] for row in rows]
    if form == "csv":
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(COLUMNS.values())
        writer.writerows([harmless(text) for text in row] for row in table)
        return out.getvalue().encode("utf-8-sig")
    paper = Paper("申报台账", [Text("日期为决定、受理、收件当日；办结期限按国务院放假调休日历推算。")], tuple(marks))
    paper.parts.append(Table("台账", tuple(COLUMNS.values()), table))
    return lay_out(paper, form)


def harmless(text: str) -> str:
    """A text that a spreadsheet does not run.

    >>> harmless("=1+1"), harmless("甲")
    ("'=1+1", '甲')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return "".join(char for char in text if char >= " " or char in "\n\t")[:32_000]


def read_ledger(path: Path, law: FilingLaw, today: date) -> list[LedgerRow]:
    """The rows of a ledger (.xlsx: first sheet that has the headers; .csv).

    Every fault of the sheet at once: DSK002 kind of file, encoding, size · DSK003 headers · DSK004 a cell that is needed is empty ·
    DSK005 a cell that is not what it should be · DSK006 the same 收件号 twice · DSK007 days that cannot follow each other.
    """
    table = _cells(path)
    head, rows = _header(table, path)
    faults: list[Fault] = []
    out: list[LedgerRow] = []
    numbers: dict[str, int] = {}
    for at, raw in rows:
        cells = {key: raw[column] for key, column in head.items() if column < len(raw) and raw[column]}
        if not cells:
            continue

        def place(key: str, at: int = at) -> Place:
            return Place(path.name, at, COLUMNS[key])

        mine = [Fault("DSK004", f"第 {at} 行没有写{COLUMNS[key]}", place(key), "补写") for key in NEEDED if not cells.get(key)]  # fmt: skip
        days = _days(cells, today, place, mine)
        kind = _choice(
            cells.get("kind", ""), {name: item.label for name, item in law.kinds.items()}, place("kind"), mine
        )
        decision = _choice(cells.get("decision", ""), DECISIONS, place("decision"), mine)
        area = cells.get("area", "")
        if area and not (area.isascii() and area.isdigit() and len(area) in (2, 4, 6)):
            mine.append(Fault("DSK005", f"辖区代码 `{area}` 不是两、四或六位数字", place("area"), "例如 140105"))
        if bool(decision) != ("decided" in days) and not mine:
            missing = "decided" if decision else "decision"
            mine.append(Fault("DSK004", f"第 {at} 行没有写{COLUMNS[missing]}", place(missing), "决定和决定日期一起写"))
        number = cells.get("number")
        if number and number in numbers:
            mine.append(
                Fault("DSK006", f"收件号 {number} 与第 {numbers[number]} 行相同", place("number"), "改其中一个")
            )
        if number:
            numbers.setdefault(number, at)
        if not mine and kind is not None:
            events = _events(cells, days, decision)
            try:
                fold(law.kinds[kind], read_events(events, path.name), law, today)
                out.append(LedgerRow(at, cells, kind, tuple(events)))
            except InputFault as error:
                told = "；".join(fault.message for fault in error.faults)
                mine.append(Fault("DSK007", f"第 {at} 行的日期连不起来：{told}", place("received"), "核对各日期"))
        faults += mine
    if faults:
        raise InputFault(faults)
    return out


def _events(cells: Mapping[str, str], days: Mapping[str, date], decision: str | None) -> list[dict[str, Any]]:
    who = cells.get("organisation") or "台账导入"
    events: list[dict[str, Any]] = [{"event": "received", "day": days["received"], "who": who}]
    if "accepted" in days:
        events.append({"event": "accepted", "day": days["accepted"], "who": who})
    if decision is not None and "decided" in days:
        events.append({"event": "decided", "day": days["decided"], "who": who, "decision": decision}
                      | ({"reason": cells["reason"]} if cells.get("reason") else {}))  # fmt: skip
    return events


def _days(cells: Mapping[str, str], today: date, place: Callable[[str], Place], faults: list[Fault]) -> dict[str, date]:
    out = {}
    for key in ("received", "accepted", "decided"):
        text = cells.get(key)
        if not text:
            continue
        try:
            out[key] = date.fromisoformat(text.replace("/", "-").replace(".", "-"))
        except ValueError:
            faults.append(Fault("DSK005", f"{COLUMNS[key]} `{text}` 不是日期", place(key), "写 2026-11-25"))
            continue
        if out[key] > today:
            faults.append(Fault("DSK005", f"{COLUMNS[key]} {text} 在今天之后", place(key), "只写已经发生的"))
    return out


def _choice(text: str, choices: Mapping[str, str], place: Place, faults: list[Fault]) -> str | None:
    """The key of a choice that is written as its key or as its label."""
    if not text:
        return None
    for key, label in choices.items():
        if text in (key, label):
            return key
    close = near(text, choices.values(), 1)
    help = f"是否想写 {close[0]}？" if close else f"可用：{'、'.join(choices.values())}"
    faults.append(Fault("DSK005", f"没有 `{text}`", place, help))
    return None


def _header(table: list[list[str]], path: Path) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Where each column is, and the rows below with their numbers."""
    names = {label: key for key, label in COLUMNS.items()} | {key: key for key in COLUMNS}
    for at, row in enumerate(table[:20]):
        found = {names[text]: column for column, text in enumerate(row) if text in names}
        if len(found) < 3:
            continue
        faults = [Fault("DSK003", f"没有“{COLUMNS[key]}”一列", Place(path.name, at + 1), "按导出的台账写表头")
                  for key in NEEDED if key not in found]  # fmt: skip
        faults += [Fault("DSK003", f"不认识的表头 `{text}`", Place(path.name, at + 1, text), f"可用：{'、'.join(COLUMNS.values())}")
                   for text in row if text and text not in names]  # fmt: skip
        if faults:
            raise InputFault(faults)
        return found, [(at + 2 + number, row) for number, row in enumerate(table[at + 1 :])]
    raise InputFault(Fault("DSK003", "没有找到台账的表头", Place(path.name, 1), f"第一行写：{'、'.join(COLUMNS[key] for key in NEEDED)} 等"))  # fmt: skip


def _cells(path: Path) -> list[list[str]]:
    suffix = path.suffix.lower()
    if suffix == ".csv":
        table = _csv(path)
    elif suffix == ".xlsx":
        table = _xlsx(path)
    else:
        raise InputFault(Fault("DSK002", f"台账不能是 `{suffix}` 文件", Place(path.name), "用 .xlsx 或 .csv"))
    if len(table) > MOST_ROWS:
        raise InputFault(Fault("DSK002", f"台账超过 {MOST_ROWS} 行", Place(path.name), "分几次导入"))
    return [[_plain(cell) for cell in row] for row in table]


def _csv(path: Path) -> list[list[Any]]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputFault(Fault("DSK002", "编码既不是 UTF-8 也不是 GB18030", Place(path.name), "另存为 UTF-8"))
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise InputFault(Fault("DSK002", f"读不成表格：{error}", Place(path.name), "检查引号是否成对")) from None


def _xlsx(path: Path) -> list[list[Any]]:
    import openpyxl

    with legible(path, MOST_UNPACKED // 8, "删去图片和无关的表，另存为 .xlsx"):
        book = openpyxl.load_workbook(path, data_only=True, read_only=True)
        known = set(COLUMNS.values())
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what the file says of its own size is not believed
                rows = []
                for row in sheet.iter_rows(values_only=True):
                    rows.append(list(row[:200]))
                    if len(rows) > MOST_ROWS + 20:
                        break
                if any(len(known & {str(cell).strip() for cell in row if cell}) >= 3 for row in rows[:20]):
                    return rows
        finally:
            book.close()
    return []


def _plain(cell: Any) -> str:
    """A cell as text; a quote before what looked like a formula is taken off again."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    return text[1:] if text[:1] == "'" and harmless(text[1:]) != text[1:] else text
