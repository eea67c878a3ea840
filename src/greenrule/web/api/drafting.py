"""Packs, drafts of law and reports of the planner: what is in force, what a draft would do, proofs, the atlas, tracking reports."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from greenrule.casework.tracking_paper import TITLES, sections
from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.records import log
from greenrule.store.planning.models import Narrative
from greenrule.web.api.access import May, once
from greenrule.web.api.jobs import queue, received
from greenrule.web.api.planning import asking
from greenrule.web.engine import engine
from greenrule.web.problems import Problem
from greenrule.web.tracking import texts

router = Router()


@router.get("/packs", auth=May("packs.plan"), summary="政策包")
def packs(request: HttpRequest) -> dict[str, Any]:
    """The packs in force: version, rules, instruments, known disagreements; they load without faults or the server would not run."""
    with engine().asked() as screener:
        law = screener.law
    return {
        "items": [
            {"id": name, "version": digest, "rules": len(law.rules_of.get(name, ()))} for name, digest in law.versions.items()
        ],
        "rules": len(law.book.rules), "facts": len(law.book.facts), "parameters": len(law.book.parameters),
        "instruments": len(law.instruments), "conflicts": len(law.conflicts),
    }  # fmt: skip


class Drafted(Schema):
    """How a draft is asked."""

    on: date | None = None
    atlas: bool = True


@router.post("/packs/plan", auth=May("packs.plan"), summary="推演草案", response={202: dict})
@once
def post_plan(request: HttpRequest, asked: Form[Drafted], file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Upload a zipped pack folder; a background job reads it (every fault with its place) and asks what it would change."""
    name, called = received(file, (".zip",))
    wish = {"file": name, "name": called, "on": asked.on.isoformat() if asked.on else None, "atlas": asked.atlas}
    return queue("packs.plan", asking(request), "packs.plan", "", wish)


@router.post("/packs/prove", auth=May("packs.plan"), summary="证明政策包", response={202: dict})
@once
def post_prove(request: HttpRequest) -> Status[dict[str, Any]]:
    """Look for contradictions, gaps and dead rules in a background job (some minutes)."""
    return queue("packs.prove", asking(request), "packs.plan", "", {})


class Mapped(Schema):
    """Which part of the atlas; all of it where nothing is named."""

    industries: list[str] = Field(default_factory=list, max_length=50)
    units: list[str] = Field(default_factory=list, max_length=200)


@router.post("/atlas", auth=May("layers.read"), summary="准入图谱", response={202: dict})
@once
def post_atlas(request: HttpRequest, body: Mapped) -> Status[dict[str, Any]]:
    """The atlas of classes and units as a workbook, made in a background job."""
    return queue("atlas", asking(request), "layers.read", "", body.dict())


@router.get("/tracking/{kind}/{area}/{year}", auth=May("tracking.read"), summary="跟踪评估的文字")
def get_texts(request: HttpRequest, kind: str, area: str, year: int) -> dict[str, Any]:
    """The sections that people write for a report, and what stands in them."""
    asks = sections(kind)
    if not asking(request).may("tracking.read", area):
        raise Problem(403, f"{area} 不在您的辖区")
    written = texts(kind, area, year) if 0 < year < 10_000 else {}
    return {
        "kind": kind, "label": TITLES[kind], "area": area, "year": year,
        "sections": [{"id": key, "title": title, "asks": ask, "text": written.get(key, "")} for key, (title, ask) in asks.items()],
    }  # fmt: skip


class Written(Schema):
    """One section of a report."""

    section: str
    text: str = Field(min_length=1, max_length=20_000)


def _year(year: int) -> None:
    if not 2000 <= year <= timezone.localdate().year:
        raise InputFault(Fault("PLD061", f"{year} 年不能报告", None, "写 2000 年以后、到今年为止的年份"))


@router.put("/tracking/{kind}/{area}/{year}", auth=May("tracking.edit"), summary="填写跟踪评估")
def put_text(request: HttpRequest, kind: str, area: str, year: int, body: Written) -> dict[str, Any]:
    """Write a section; what stood there before is kept in the history."""
    asks = sections(kind)
    person = asking(request)
    if not person.may("tracking.edit", area):
        raise Problem(403, f"{area} 不在您的辖区")
    _year(year)
    if body.section not in asks:
        told = f"可用：{'、'.join(asks)}"
        raise InputFault(Fault("PLD062", f"{TITLES[kind]}报告没有 `{body.section}` 一节", None, told))
    with transaction.atomic():
        made = Narrative.objects.create(
            kind=kind,
            area=area,
            year=year,
            section=body.section,
            text=body.text.strip(),
            at=timezone.now(),
            who=person.name,
        )
        log(person.name, "tracking.write", f"tracking:{kind}/{area}/{year}/{made.id}")
    return {"id": made.id, "section": made.section}


class Printed(Schema):
    """In which form a report is wanted."""

    form: str = Field("docx", pattern="^(docx|pdf|html|xlsx)$")


@router.post(
    "/tracking/{kind}/{area}/{year}/report", auth=May("tracking.read"), summary="生成跟踪评估报告", response={202: dict}
)
@once
def post_report(request: HttpRequest, kind: str, area: str, year: int, body: Printed) -> Status[dict[str, Any]]:
    """The annual report or five-year evaluation as DOCX, PDF, page or workbook, made in a background job."""
    sections(kind)
    person = asking(request)
    if not (area.isdigit() and len(area) in (2, 4, 6)) or not person.may("tracking.read", area):
        raise Problem(403, f"{area} 不在您的辖区")
    _year(year)
    return queue(
        "tracking.report", person, "tracking.read", area, {"kind": kind, "area": area, "year": year, "form": body.form}
    )
