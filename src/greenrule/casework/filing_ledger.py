"""The ledger of filings (申报台账) as a sheet: written for Excel, and read back, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.casework.filing import fold, read_events
from greenrule.casework.register_sheet import choice, sheet_rows, write_sheet
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.filings import FilingLaw

#: key → header, in the order of the sheet.
COLUMNS: Mapping[str, str] = {
    "number": "收件号", "project": "项目名称", "applicant": "申请单位", "industry": "行业代码", "area": "辖区代码", "organisation": "承办单位",
    "kind": "办件种类", "state": "状态", "received": "收件日期", "accepted": "受理日期", "decide_by": "办结期限", "decided": "决定日期",
    "decision": "决定", "finding": "审查结论", "finding_says": "结论内容", "reason": "与结论不一致的理由", "owed": "未补交的容缺材料",
    "commitment": "承诺核查", "liaison": "联络员", "remark": "备注",
}  # fmt: skip
#: What a row must say to become a case; the rest is worked out or may be absent.
NEEDED = ("project", "applicant", "area", "kind", "received")
DECISIONS = {"approved": "批准", "refused": "不予批准"}
#: What became of a commitment after approval.
CHECKS = {"due": "待核查", "failed": "不符合承诺", "passed": "符合承诺"}


@dataclass(frozen=True)
class LedgerRow:
    """One row that was read: its number in the sheet, its cells by key, and the events that it stands for."""

    row: int
    cells: Mapping[str, str]
    kind: str
    events: tuple[Mapping[str, Any], ...]


def write_ledger(rows: Iterable[Mapping[str, Any]], form: str, marks: Sequence[str] = ()) -> bytes:
    """The ledger as `xlsx` or `csv` (UTF-8 with a mark, as Excel wants it); what looks like a formula is text."""
    told = "日期为决定、受理、收件当日；办结期限按国务院放假调休日历推算。"
    return write_sheet("申报台账", "台账", COLUMNS, rows, form, told, marks)


def read_ledger(path: Path, law: FilingLaw, today: date) -> list[LedgerRow]:
    """The rows of a ledger (.xlsx: first sheet that has the headers; .csv).

    Every fault of the sheet at once: those of `sheet_rows` and `choice` · DSK004 a cell that is needed is empty ·
    DSK005 a cell that is not what it should be · DSK006 the same 收件号 twice · DSK007 days that cannot follow each other.
    """
    faults: list[Fault] = []
    out: list[LedgerRow] = []
    numbers: dict[str, int] = {}
    for at, cells in sheet_rows(path, COLUMNS, NEEDED, "台账"):

        def place(key: str, at: int = at) -> Place:
            return Place(path.name, at, COLUMNS[key])

        mine = [Fault("DSK004", f"第 {at} 行没有写{COLUMNS[key]}", place(key), "补写") for key in NEEDED if not cells.get(key)]  # fmt: skip
        days = _days(cells, today, place, mine)
        kind = choice(
            cells.get("kind", ""), {name: item.label for name, item in law.kinds.items()}, place("kind"), mine
        )
        decision = choice(cells.get("decision", ""), DECISIONS, place("decision"), mine)
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
