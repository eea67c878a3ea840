"""Reports on tasks: progress with figures, evidence files, the dispatcher's assessment, the monthly report."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from greenrule.casework.paper import lay_out
from greenrule.casework.task_board import dispatch_paper, month_of, read_figures
from greenrule.casework.task_book import task_book
from greenrule.core.errors import Fault, InputFault
from greenrule.store.dispatch import ledger
from greenrule.store.dispatch.models import GRADES, Evidence, Progress
from greenrule.store.evidence import MOST_BYTES, keep_file, read_file
from greenrule.web.api.access import May, once
from greenrule.web.api.dispatch import asking, cities, duty_of, report_json, reporter_of, state_of, today, workspace
from greenrule.web.problems import Problem

router = Router()
_MOST_FILES = 10
_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "html": "text/html; charset=utf-8",
}  # fmt: skip


class Reported(Schema):
    """A report; figures are {target, value, as_of}, values written as numbers or text, kept exactly."""

    text: str
    grade: str
    figures: list[dict[str, Any]] = Field(default_factory=list, max_length=100)


@router.post("/assignments/{number}/progress", auth=May("tasks.report"), summary="填报进展", response={201: dict})
@once
def post_progress(request: HttpRequest, number: int, body: Reported) -> Status[dict[str, Any]]:
    """Add a report; it cannot be changed afterwards, a mistake is corrected by the next one."""
    state = state_of(request, number, "tasks.report")
    person = reporter_of(request, state)
    faults: list[Fault] = []
    figures: list[tuple[str, str, date]] = []
    try:
        figures = read_figures(body.figures, state.task, task_book(), state.area, cities(), today())
    except InputFault as error:
        faults += error.faults
    faults += ledger.report_faults(body.text, body.grade)
    if faults:
        raise InputFault(faults)
    return Status(201, report_json(ledger.report(person.name, state, body.text, body.grade, figures)))


@router.post("/progress/{number}/evidence", auth=May("tasks.report"), summary="上传佐证材料", response={201: dict})
@once
def post_evidence(request: HttpRequest, number: int, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Add a file to a report (PDF, DOCX, XLSX, ZIP, JPG, PNG, TIF, CSV, TXT; at most 20 MB, ten for a report)."""
    item = Progress.objects.select_related("state__organisation").filter(id=number).first()
    if item is None:
        raise Http404(f"没有编号为 {number} 的进展")
    if not asking(request).may("tasks.report", item.state.area):
        raise Problem(403, f"{item.state.organisation.name}不在您的辖区")
    person = reporter_of(request, item.state)
    name = Path((file.name or "").replace("\\", "/")).name[-150:]
    data = file.read(MOST_BYTES + 1)
    sha256, media = keep_file(workspace(), name, data)
    made = ledger.attach(person.name, item, name, media, len(data), sha256, _MOST_FILES)
    return Status(
        201,
        {
            "id": made.id,
            "name": made.name,
            "size": made.size,
            "sha256": sha256,
            "url": f"/api/v1/evidence/{made.id}",
        },
    )


@router.get("/evidence/{number}", auth=May("tasks.read"), summary="下载佐证材料")
def get_evidence(request: HttpRequest, number: int) -> HttpResponse:
    """A file of evidence as it was uploaded; always to be saved, never shown."""
    found = Evidence.objects.select_related("progress__state__organisation").filter(id=number).first()
    if found is None:
        raise Http404(f"没有编号为 {number} 的材料")
    if not asking(request).may("tasks.read", found.progress.state.area):
        raise Problem(403, f"{found.progress.state.organisation.name}不在您的辖区")
    return _download(read_file(workspace(), found.sha256), found.name, "application/octet-stream")


def _download(data: bytes, name: str, media: str) -> HttpResponse:
    from django.http.response import content_disposition_header

    response = HttpResponse(data, content_type=media)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


class Held(Schema):
    """What the dispatcher holds of a task; without a deadline, of the whole."""

    grade: str
    deadline: date | None = None
    remark: str = ""


@router.post("/assignments/{number}/assessments", auth=May("tasks.dispatch"), summary="调度评定", response={201: dict})
@once
def post_assessment(request: HttpRequest, number: int, body: Held) -> Status[dict[str, Any]]:
    """Add an assessment; `done` turns deadlines green, figures stay as they are."""
    state = state_of(request, number, "tasks.dispatch")
    known = {item.by for item in task_book().task(state.task).deadlines} | {state.deadline}
    if body.deadline is not None and body.deadline not in known:
        told = f"可用：{'、'.join(str(day) for day in sorted(day for day in known if day))}；不写则评定整项任务"
        raise InputFault(Fault("TSK014", f"这项任务没有 {body.deadline} 的期限", None, told))
    made = ledger.assess(asking(request).name, state, body.grade, body.deadline, body.remark)
    return Status(201, {"id": made.id, "grade": made.grade, "label": GRADES[made.grade]})


class Month(Schema):
    """A month and the area that it is reported for; the reader's whole area without one."""

    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    area: str = Field("", pattern=r"^\d{0,6}$")


@router.get("/dispatch/report.{fmt}", auth=May("tasks.read"), summary="调度月报")
def monthly(request: HttpRequest, fmt: str, asked: Query[Month]) -> HttpResponse:
    """The dispatch report of a month as xlsx, docx, pdf or html, from what was known on its last day."""
    if fmt not in _MEDIA:
        raise Http404(f"没有 {fmt} 格式；可用：{'、'.join(_MEDIA)}")
    first, last = month_of(asked.month)
    if first > today():
        raise InputFault(Fault("TSK042", f"{asked.month} 还没有到", None, "选本月或以前的月份"))
    person = asking(request)
    areas = person.areas("tasks.read")
    if asked.area:
        if not person.may("tasks.read", asked.area):
            raise Problem(403, f"{asked.area} 不在您的辖区")
        areas = (asked.area,)
    end = timezone.make_aware(datetime.combine(last, time())) + timedelta(days=1)
    rows = [row for row in ledger.states(areas, made__lt=end) if row.task in task_book().tasks]
    where = cities().get(asked.area, asked.area and f"（{asked.area}）") or "山西省"
    demo = ("演示数据（非官方）",) if any(row.organisation.demo for row in rows) else ()
    paper = dispatch_paper(
        [duty_of(row, last) for row in rows], task_book(), cities(), asked.month, today(), where, demo
    )
    return _download(lay_out(paper, fmt), f"{where}任务调度月报{asked.month}.{fmt}", _MEDIA[fmt])
