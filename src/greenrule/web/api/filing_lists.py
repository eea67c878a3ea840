"""Registers beside the cases: projects, key projects, liaison officers, service days, and the ledger in and out."""

from __future__ import annotations

import math
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Query, Schema, UploadedFile

from greenrule.casework.filing_ledger import read_ledger, write_ledger
from greenrule.casework.report_words import DEMO
from greenrule.casework.service_days import CITE, READINGS, ics, reading_of, service_days
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.desk.areas import around, beginning, either, seen_by
from greenrule.store.desk.models import Finding
from greenrule.store.desk.organisations import Organisation
from greenrule.store.desk.roles import Person
from greenrule.store.desk.words import holding, newest_holding
from greenrule.store.filings.agenda import WORDED
from greenrule.store.filings.models import LISTS, KeyProject, Liaison, Project
from greenrule.store.filings.registers import import_rows, reading_for, renewed, save_versioned, set_reading
from greenrule.web.api.access import May, once
from greenrule.web.api.filing_parts import answer, asking, page, router
from greenrule.web.api.filings import Filter, filtered
from greenrule.web.filing_desk import actor, areas_below, judge, law, official_case, readable, today
from greenrule.web.filing_views import key_json, ledger_rows, liaison_json, project_json, row_json
from greenrule.web.problems import Problem

_AREA = Field(pattern=r"^\d{2}(\d{2}){0,2}$")
_MOST_SHEET = 8 * 1024 * 1024
_METRES = 111_320.0  # of a degree of latitude


class ProjectFilter(Schema):
    """What the register of projects is filtered by."""

    area: str = ""
    text: str = Field("", max_length=100)
    industry: str = Field("", max_length=10)
    after: int | None = None
    size: int = 50


class ProjectEdit(Schema):
    """What may be put right in the register of projects."""

    version: int
    name: str = Field(min_length=1, max_length=200)
    applicant: str = Field(min_length=1, max_length=200)
    industry: str = Field("", max_length=40)


class KeyEntry(Schema):
    """An entry of a list of key projects; `version` where it is changed."""

    name: str = Field(min_length=1, max_length=200)
    listed: str
    area: str = _AREA
    applicant: str = Field("", max_length=200)
    paper: str = Field("", max_length=200)
    since: date | None = None
    until: date | None = None
    project: int | None = None
    note: str = Field("", max_length=4000)
    version: int | None = None


class LiaisonEntry(Schema):
    """A liaison officer; `version` where it is changed."""

    organisation: int
    person: str = Field(min_length=1, max_length=60)
    phone: str = Field("", max_length=40)
    area: str = _AREA
    project: int | None = None
    active: bool = True
    version: int | None = None


class Reading(Schema):
    """How the first week of a month is read in an area."""

    area: str = _AREA
    reading: str
    paper: str = Field("", max_length=200)


# -- projects ------------------------------------------------------------------------------------------------
@router.get("/filings/projects", auth=May("filings.read"), summary="项目台账")
def projects(request: HttpRequest, asked: Query[ProjectFilter]) -> dict[str, Any]:
    """Projects of the areas in which one reads, the newest first."""
    rows = Project.objects.filter(seen_by(asking(request), "filings.read"))
    if asked.area:
        rows = rows.filter(areas_below(asked.area))
    if asked.industry:
        rows = rows.filter(beginning(asked.industry, "industry"))

    def newest(rows: Any, most: int) -> list[Project]:
        found = newest_holding(rows, asked.text.split(), ("name", "applicant"), most)
        known = Project.objects.in_bulk(found)
        return [known[number] for number in found]

    return page(rows, asked.after, asked.size, project_json, newest)


def _project(person: Person, number: int, permission: str) -> Project:
    found = Project.objects.filter(pk=number).first()
    if found is None:
        raise Problem(404, f"没有编号为 {number} 的项目")
    if not person.may(permission, found.area):
        raise Problem(403, "这个项目不在您的辖区")
    return found


@router.get("/filings/projects/{int:number}", auth=May("filings.read"), summary="一个项目及其历次版本")
def project(request: HttpRequest, number: int) -> dict[str, Any]:
    """A project with its earlier versions and its cases."""
    found = _project(asking(request), number, "filings.read")
    versions = [
        {"version": row.version, "at": row.history_date, "who": row.history_user.get_username() if row.history_user else None,
         "name": row.name, "applicant": row.applicant, "industry": row.industry, "finding": row.finding_id}
        for row in found.history.select_related("history_user").order_by("history_id")
    ]  # fmt: skip
    cases = found.cases.select_related("project", "handling").order_by("-pk")
    return project_json(found) | {"asked": found.asked, "versions": versions, "cases": [row_json(item, today()) for item in cases],
                                  "key_lists": [key_json(item) for item in found.listings.all()]}  # fmt: skip


@router.put("/filings/projects/{int:number}", auth=May("filings.handle"), summary="更正项目台账", response={200: dict})
@once
def edit_project(request: HttpRequest, number: int, said: ProjectEdit, who: str = "public") -> tuple[int, str]:
    """Put a name, an applicant or an industry right; the version before stays in the history."""
    person = asking(request)
    found = _project(person, number, "filings.handle")
    changed = {"name": said.name, "applicant": said.applicant, "industry": said.industry}
    return answer(project_json(_saved(found, said.version, changed, person)))


def _saved(row: Any, version: int | None, changed: dict[str, Any], person: Person) -> Any:
    """A row of a register, changed; 409 where somebody else changed it first."""
    if version is None:
        raise InputFault(Fault("DSK063", "没有写 version", Place("version"), "写读到的版本号"))
    by = actor(person, "filings.handle", getattr(row, "area", None))
    done = save_versioned(row, version, changed, by)
    if done is None:
        now = type(row).objects.get(pk=row.pk)
        fault = Fault("DSK064", f"您打开以后已有人修改（现为第 {now.version} 版）：{now}", None, "刷新后再改")
        raise Problem(409, fault.message, [fault])
    return done


@router.get("/filings/cases/{int:number}/near", auth=May("filings.read"), summary="附近的项目和结论")
def near_case(request: HttpRequest, number: int, metres: Query[int] = 3000) -> dict[str, Any]:
    """Projects and their findings within so many metres (at most 50 km) of a case's site, the nearest first."""
    person = asking(request)
    case = official_case(person, number)
    lon, lat, metres = case.project.lon, case.project.lat, max(1, min(metres, 50_000))
    if lon is None or lat is None:
        return {"items": [], "metres": metres, "note": "这个办件没有场址坐标"}
    wide = metres / (_METRES * max(math.cos(math.radians(lat)), 0.1))
    tall = metres / _METRES
    rows = Project.objects.filter(
        seen_by(person, "filings.read"), lat__range=(lat - tall, lat + tall), lon__range=(lon - wide, lon + wide)
    ).exclude(pk=case.project_id)[:2000]
    found = sorted(((_apart(lon, lat, row), row) for row in rows), key=lambda item: (item[0], item[1].pk))
    says = dict(Finding.objects.filter(pk__in=[row.finding_id for _, row in found[:100]]).values_list("id", "decision"))
    return {
        "metres": metres, "note": None,
        "items": [
            project_json(row) | {"distance_m": round(apart), "decision": says.get(row.finding_id)}
            for apart, row in found[:100] if apart <= metres
        ],
    }  # fmt: skip


def _apart(lon: float, lat: float, row: Project) -> float:
    """Metres between two points some kilometres apart, on a sphere."""
    east = (row.lon - lon) * math.cos(math.radians((row.lat + lat) / 2))
    return math.hypot(east, row.lat - lat) * _METRES


# -- key projects, liaison officers --------------------------------------------------------------------------
@router.get("/filings/key-projects", auth=May("filings.read"), summary="重点项目清单")
def key_projects(
    request: HttpRequest, area: str = "", current: Query[bool] = True, after: int | None = None, size: Query[int] = 50
) -> dict[str, Any]:
    """The lists of key projects of the areas in which one reads and of those above; `current`: without those taken off."""
    rows = KeyProject.objects.filter(around(asking(request).areas("filings.read"))).order_by("-pk")
    if area:
        rows = rows.filter(areas_below(area))
    if current:
        rows = rows.filter(until=None)
    return page(rows, after, size, key_json)


def _key_values(person: Person, said: KeyEntry) -> dict[str, Any]:
    if said.listed not in LISTS:
        raise InputFault(Fault("DSK065", f"没有 `{said.listed}` 名单", Place("listed"), f"可用：{'、'.join(LISTS)}"))
    if said.since and said.until and said.until < said.since:
        raise InputFault(Fault("DSK065", "移出日期早于列入日期", Place("until"), "核对日期"))
    if not person.may("filings.handle", said.area):
        raise Problem(403, f"{said.area} 不在您的辖区")
    project = _project(person, said.project, "filings.read") if said.project is not None else None
    return {**said.dict(exclude={"version", "project"}), "project": project}


@router.post("/filings/key-projects", auth=May("filings.handle"), summary="列入重点项目", response={201: dict})
@once
def add_key_project(request: HttpRequest, said: KeyEntry, who: str = "public") -> tuple[int, str]:
    """Put a project on a list."""
    person = asking(request)
    row = renewed(KeyProject(**_key_values(person, said)), actor(person, "filings.handle", said.area), "key-project")
    return answer(key_json(row), 201)


@router.put(
    "/filings/key-projects/{int:number}", auth=May("filings.handle"), summary="修改、移出重点项目", response={200: dict}
)
@once
def edit_key_project(request: HttpRequest, number: int, said: KeyEntry, who: str = "public") -> tuple[int, str]:
    """Change an entry, or take it off with `until`; the version before stays in the history."""
    person = asking(request)
    row = KeyProject.objects.filter(pk=number).first()
    if row is None:
        raise Problem(404, f"没有编号为 {number} 的重点项目")
    if not person.may("filings.handle", row.area):
        raise Problem(403, "这个重点项目不在您的辖区")
    return answer(key_json(_saved(row, said.version, _key_values(person, said), person)))


@router.get("/filings/liaisons", auth=May("filings.read"), summary="联络员")
def liaisons(request: HttpRequest, area: str = "", after: int | None = None, size: Query[int] = 50) -> dict[str, Any]:
    """Liaison officers of the areas in which one reads and of those above."""
    rows = (
        Liaison.objects.filter(around(asking(request).areas("filings.read")))
        .select_related("organisation")
        .order_by("-pk")
    )
    return page(rows.filter(areas_below(area)) if area else rows, after, size, liaison_json)


def _liaison_values(person: Person, said: LiaisonEntry) -> dict[str, Any]:
    if not person.may("filings.handle", said.area):
        raise Problem(403, f"{said.area} 不在您的辖区")
    organisation = Organisation.objects.filter(pk=said.organisation).first()
    if organisation is None:
        raise InputFault(Fault("DSK066", f"没有编号为 {said.organisation} 的单位", Place("organisation"), "核对编号"))
    project = _project(person, said.project, "filings.read") if said.project is not None else None
    return {
        **said.dict(exclude={"version", "project", "organisation"}),
        "project": project,
        "organisation": organisation,
    }


@router.post("/filings/liaisons", auth=May("filings.handle"), summary="登记联络员", response={201: dict})
@once
def add_liaison(request: HttpRequest, said: LiaisonEntry, who: str = "public") -> tuple[int, str]:
    """Name a liaison officer of an organisation, for an area or for one project."""
    person = asking(request)
    row = renewed(Liaison(**_liaison_values(person, said)), actor(person, "filings.handle", said.area), "liaison")
    return answer(liaison_json(row), 201)


@router.put("/filings/liaisons/{int:number}", auth=May("filings.handle"), summary="修改联络员", response={200: dict})
@once
def edit_liaison(request: HttpRequest, number: int, said: LiaisonEntry, who: str = "public") -> tuple[int, str]:
    """Change a liaison officer; `active: false` when somebody else follows."""
    person = asking(request)
    row = Liaison.objects.select_related("organisation").filter(pk=number).first()
    if row is None:
        raise Problem(404, f"没有编号为 {number} 的联络员")
    if not person.may("filings.handle", row.area):
        raise Problem(403, "这个联络员不在您的辖区")
    return answer(liaison_json(_saved(row, said.version, _liaison_values(person, said), person)))


# -- service days --------------------------------------------------------------------------------------------
@router.get("/filings/service-days", summary="环保服务日")
def days(request: HttpRequest, year: int, area: str = "14") -> dict[str, Any]:
    """The service days of a year as an area reads the text; the text leaves the reading open."""
    reading, paper = _reading(year, area)
    return {"year": year, "area": area, "reading": reading, "reading_label": READINGS[reading], "paper": paper, "cites": [CITE],
            "readings": READINGS, "days": service_days(law(), year, reading)}  # fmt: skip


@router.get("/filings/service-days.ics", summary="环保服务日（日历文件）")
def days_file(request: HttpRequest, year: int, area: str = "14") -> HttpResponse:
    """The same days as a calendar file to subscribe to."""
    reading, _ = _reading(year, area)
    office = (
        Organisation.objects.filter(area=area, sort="authority").order_by("pk").values_list("name", flat=True).first()
    )
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    out = HttpResponse(
        ics(service_days(law(), year, reading), office or area, stamp), content_type="text/calendar; charset=utf-8"
    )
    out["Content-Disposition"] = f'attachment; filename="service-days-{year}.ics"'
    return out


def _reading(year: int, area: str) -> tuple[str, str]:
    if not 2022 <= year <= 2100:
        raise InputFault(Fault("DSK067", f"没有 {year} 年的服务日", Place("year"), "写 2022 至 2100"))
    areas_below(area)
    reading, paper = reading_for(area)
    return reading_of(reading), paper


@router.put("/filings/service-days", auth=May("filings.decide"), summary="设定“第一周”的读法", response={200: dict})
@once
def choose_reading(request: HttpRequest, said: Reading, who: str = "public") -> tuple[int, str]:
    """Set how "the first week" is read in one's own area."""
    person = asking(request)
    if said.reading not in READINGS:
        raise InputFault(
            Fault("DSK068", f"没有 `{said.reading}` 这种读法", Place("reading"), f"可用：{'、'.join(READINGS)}")
        )
    if not person.may("filings.decide", said.area):
        raise Problem(403, f"{said.area} 不在您的辖区")
    set_reading(said.area, said.reading, said.paper, actor(person, "filings.decide", said.area))
    return answer(
        {"area": said.area, "reading": said.reading, "reading_label": READINGS[said.reading], "paper": said.paper}
    )


# -- the ledger ----------------------------------------------------------------------------------------------
_SHEETS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_MOST_OUT = 50_000


@router.get("/filings/ledger.{fmt}", auth=May("filings.read"), summary="导出台账")
def ledger(request: HttpRequest, fmt: str, asked: Query[Filter]) -> HttpResponse:
    """The cases that fit the filter as a sheet (xlsx, csv); cells that look like formulas are text."""
    if fmt not in _SHEETS:
        raise Problem(404, f"台账没有 {fmt} 格式：可用 xlsx、csv")
    fits, branches, words = filtered(asked)
    fits = fits.filter(either(readable(asking(request))), either(branches), holding(words, WORDED))
    rows = list(fits.select_related("project", "handling").order_by("pk")[: _MOST_OUT + 1])
    if len(rows) > _MOST_OUT:
        raise InputFault(Fault("DSK069", f"符合条件的办件超过 {_MOST_OUT} 件", None, "用 area、state、kind 分几次导出"))
    marks = (DEMO,) if any(row.demo for row in rows) else ()
    out = HttpResponse(write_ledger(ledger_rows(rows, today()), fmt, marks), content_type=_SHEETS[fmt])
    out["Content-Disposition"] = f'attachment; filename="ledger.{fmt}"'
    return out


@router.post("/filings/ledger", auth=May("filings.handle"), summary="导入台账", response={200: dict, 201: dict})
@once
def load_ledger(
    request: HttpRequest, file: File[UploadedFile], dry: bool = False, who: str = "public"
) -> tuple[int, str]:
    """Take over a ledger, all rows or none; every fault with its row and column at once.  `dry`: only look."""
    person = asking(request)
    if (file.size or 0) > _MOST_SHEET:
        raise Problem(413, f"台账超过 {_MOST_SHEET // 1024 // 1024} MB")
    name = Path(file.name or "台账").name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(name).stem[:60] or '台账'}{Path(name).suffix}"
        path.write_bytes(file.read())
        rows = read_ledger(path, law(), today())
    outside = [
        Fault(
            "DSK070",
            f"第 {row.row} 行的辖区 {row.cells['area']} 不在您的辖区",
            Place(name, row.row, "辖区代码"),
            "删去这一行",
        )
        for row in rows
        if not person.may("filings.handle", row.cells["area"])
    ]
    if outside:
        raise InputFault(outside)
    with transaction.atomic():
        made = import_rows(rows, name, actor(person, "filings.handle"), judge, today(), person)
        if dry:
            transaction.set_rollback(True)
    return answer({"rows": len(rows), "made": [] if dry else made, "dry": dry}, 200 if dry else 201)
