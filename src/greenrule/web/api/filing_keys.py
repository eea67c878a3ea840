"""Lists of key projects out and in as sheets."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import File, Query, UploadedFile

from greenrule.casework.key_list import COLUMNS, KeyRow, read_key_list
from greenrule.casework.register_sheet import write_sheet
from greenrule.casework.report_words import DEMO
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.desk.areas import around
from greenrule.store.desk.roles import Person
from greenrule.store.filings.models import LISTS, KeyProject, Project
from greenrule.store.filings.registers import renewed, save_versioned
from greenrule.web.api.access import May, once
from greenrule.web.api.filing_parts import answer, asking, router
from greenrule.web.filing_desk import actor, areas_below
from greenrule.web.problems import Problem

SHEETS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_MOST_SHEET = 8 * 1024 * 1024


@router.get("/filings/key-list.{fmt}", auth=May("filings.read"), summary="导出重点项目名单")
def key_list(request: HttpRequest, fmt: str, area: str = "", current: Query[bool] = True) -> HttpResponse:
    """The lists of key projects as a sheet (xlsx, csv); cells that look like formulas are text."""
    if fmt not in SHEETS:
        raise Problem(404, f"名单没有 {fmt} 格式：可用 xlsx、csv")
    rows = KeyProject.objects.filter(around(asking(request).areas("filings.read"))).order_by("pk")
    if area:
        rows = rows.filter(areas_below(area))
    if current:
        rows = rows.filter(until=None)
    table = [
        {"name": row.name, "applicant": row.applicant, "listed": LISTS[row.listed], "area": row.area, "paper": row.paper,
         "since": row.since, "until": row.until, "project": row.project_id, "note": row.note}
        for row in rows
    ]  # fmt: skip
    marks = (DEMO,) if any(row.demo for row in rows) else ()
    told = "名单由有关部门公布；项目台账编号指本系统里的项目，没有的留空。"
    out = HttpResponse(write_sheet("重点项目名单", "名单", COLUMNS, table, fmt, told, marks), content_type=SHEETS[fmt])
    out["Content-Disposition"] = f'attachment; filename="key-projects.{fmt}"'
    return out


@router.post(
    "/filings/key-list", auth=May("filings.handle"), summary="导入重点项目名单", response={200: dict, 201: dict}
)
@once
def load_key_list(
    request: HttpRequest, file: File[UploadedFile], dry: bool = False, who: str = "public"
) -> tuple[int, str]:
    """Take over a list, all rows or none: an entry that is there (same list, area and name) is changed, others are added.

    Every fault with its row and column at once.  `dry`: only look.
    """
    person = asking(request)
    if (file.size or 0) > _MOST_SHEET:
        raise Problem(413, f"名单超过 {_MOST_SHEET // 1024 // 1024} MB")
    name = Path(file.name or "名单").name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(name).stem[:60] or '名单'}{Path(name).suffix}"
        path.write_bytes(file.read())
        rows = read_key_list(path, LISTS)
    _refuse_outside(rows, name, person)
    counts = {"added": 0, "changed": 0, "same": 0}
    with transaction.atomic():
        for row in rows:
            counts[_take(row, person)] += 1
        if dry:
            transaction.set_rollback(True)
    return answer({"rows": len(rows), **counts, "dry": dry}, 200 if dry else 201)


def _refuse_outside(rows: list[KeyRow], file: str, person: Person) -> None:
    """Raise DSK083 for areas that are not the person's, DSK084 for projects that the person cannot see, all at once."""
    numbers = {row.project for row in rows if row.project is not None}
    seen = {
        number
        for number, area in Project.objects.filter(pk__in=numbers).values_list("pk", "area")
        if person.may("filings.read", area)
    }
    faults = []
    for row in rows:
        if not person.may("filings.handle", row.area):
            told = f"第 {row.row} 行的辖区 {row.area} 不在您的辖区"
            faults.append(Fault("DSK083", told, Place(file, row.row, COLUMNS["area"]), "删去这一行"))
        if row.project is not None and row.project not in seen:
            told = f"您的辖区里没有编号为 {row.project} 的项目"
            faults.append(Fault("DSK084", told, Place(file, row.row, COLUMNS["project"]), "核对编号，或留空"))
    if faults:
        raise InputFault(faults)


def _take(row: KeyRow, person: Person) -> str:
    said: dict[str, Any] = asdict(row)
    del said["row"]
    said["project_id"] = said.pop("project")
    by = actor(person, "filings.handle", row.area)
    same = KeyProject.objects.filter(listed=row.listed, area=row.area, name=row.name).order_by("-pk").first()
    if same is None:
        renewed(KeyProject(**said), by, "key-project")
        return "added"
    changed = {key: value for key, value in said.items() if _differs(getattr(same, key), value)}
    if not changed:
        return "same"
    save_versioned(same, same.version, changed, by)
    return "changed"


def _differs(before: Any, after: Any) -> bool:
    return (str(before) if isinstance(before, date) else before) != (str(after) if isinstance(after, date) else after)
