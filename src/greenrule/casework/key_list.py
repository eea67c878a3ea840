"""A list of key projects (重点项目名单) as a sheet: written for Excel, and read back, all of it or nothing.

Source: 晋环发〔2024〕7号（四）, 晋环发〔2022〕8号 1 and 26 rest on lists that other authorities publish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenrule.casework.register_sheet import choice, sheet_rows
from greenrule.core.errors import Fault, InputFault, Place

#: key → header, in the order of the sheet.
COLUMNS: Mapping[str, str] = {
    "name": "项目名称", "applicant": "建设单位", "listed": "名单", "area": "辖区代码", "paper": "名单文号", "since": "列入日期",
    "until": "移出日期", "project": "项目台账编号", "note": "说明",
}  # fmt: skip
NEEDED = ("name", "listed", "area")
_LONGEST = {"name": 200, "applicant": 200, "paper": 200, "note": 4000}


@dataclass(frozen=True)
class KeyRow:
    """One entry that was read: its number in the sheet, and what it says."""

    row: int
    name: str
    applicant: str
    listed: str
    area: str
    paper: str
    since: date | None
    until: date | None
    project: int | None
    note: str


def read_key_list(path: Path, lists: Mapping[str, str]) -> list[KeyRow]:
    """The entries of a list (.xlsx, .csv); `lists`: key → label of the lists that there are.

    Every fault of the sheet at once: those of `sheet_rows` and `choice` · DSK080 a cell that is needed is empty · DSK081 a cell that is
    not what it should be · DSK082 an entry twice.
    """
    faults: list[Fault] = []
    out: list[KeyRow] = []
    seen: dict[tuple[str, str, str], int] = {}
    for at, cells in sheet_rows(path, COLUMNS, NEEDED, "重点项目名单"):
        mine: list[Fault] = [
            Fault("DSK080", f"第 {at} 行没有写{COLUMNS[key]}", Place(path.name, at, COLUMNS[key]), "补写")
            for key in NEEDED
            if not cells.get(key)
        ]
        row = _read(at, cells, path.name, lists, mine)
        same = (row.listed, row.area, row.name)
        if not mine and same in seen:
            told = f"与第 {seen[same]} 行是同一个名单的同一个项目"
            mine.append(Fault("DSK082", told, Place(path.name, at, COLUMNS["name"]), "删去其中一行"))
        seen.setdefault(same, at)
        faults += mine
        out.append(row)
    if faults:
        raise InputFault(faults)
    return out


def _read(at: int, cells: Mapping[str, str], file: str, lists: Mapping[str, str], faults: list[Fault]) -> KeyRow:
    def wrong(key: str, help: str) -> None:
        told = f"{COLUMNS[key]} `{cells[key][:60]}` 不能用"
        faults.append(Fault("DSK081", told, Place(file, at, COLUMNS[key]), help))

    days: dict[str, date | None] = {}
    for key in ("since", "until"):
        text = cells.get(key, "").replace("/", "-").replace(".", "-")
        try:
            days[key] = date.fromisoformat(text) if text else None
        except ValueError:
            days[key] = None
            wrong(key, "写 2026-11-25")
    since, until = days["since"], days["until"]
    if since and until and until < since:
        wrong("until", "移出不能早于列入")
    area, number = cells.get("area", ""), cells.get("project", "")
    if area and not (area.isascii() and area.isdigit() and len(area) in (2, 4, 6)):
        wrong("area", "写两、四或六位数字，例如 1409")
    if number and not (number.isascii() and number.isdigit() and len(number) < 16):
        wrong("project", "写项目台账里的编号，或留空")
        number = ""
    for key, most in _LONGEST.items():
        if len(cells.get(key, "")) > most:
            wrong(key, f"最多 {most} 字")
    listed = choice(cells.get("listed", ""), lists, Place(file, at, COLUMNS["listed"]), faults) or ""
    return KeyRow(
        at, cells.get("name", ""), cells.get("applicant", ""), listed, area, cells.get("paper", ""), since, until,
        int(number) if number else None, cells.get("note", ""),
    )  # fmt: skip
