"""Problems found in supervision over the wire: imported as spots, assigned, checked, rectified or rejected, closed."""

from __future__ import annotations

from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from greenrule.casework.spots import KINDS
from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.models import Organisation
from greenrule.store.dispatch.ledger import within
from greenrule.store.evidence import MOST_BYTES, keep_file, read_file
from greenrule.store.planning import supervision
from greenrule.store.planning.models import PROBLEM_STATES, Problem, ProblemEvidence, ProblemStep
from greenrule.web.api.access import May, once
from greenrule.web.api.jobs import folder, queue, received
from greenrule.web.api.planning import asking
from greenrule.web.problems import Problem as Ended

router = Router()
_MOST_FILES = 10


class Spots(Schema):
    """What is stated of a file of spots."""

    source: str = Field(min_length=1, max_length=200)
    found_on: date | None = None
    crs: str = ""


@router.post("/problems/import", auth=May("tracking.edit"), summary="导入监督图斑", response={202: dict})
@once
def post_spots(request: HttpRequest, stated: Form[Spots], file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Upload spots (GeoJSON, KML, GeoPackage, zipped shapefile, XLSX); a background job lays them over units and layers, all or none."""
    person = asking(request)
    areas = person.areas("tracking.edit")
    name, called = received(file, KINDS)
    asked = {
        "file": name, "name": called, "source": stated.source.strip(), "crs": stated.crs or None, "areas": list(areas),
        "found_on": stated.found_on.isoformat() if stated.found_on else None,
    }  # fmt: skip
    return queue("problem.import", person, "tracking.read", areas[0] if areas else "", asked)


class Chosen(Schema):
    """Which problems are asked for."""

    state: str = ""
    area: str = Field("", pattern=r"^\d{0,6}$")
    unit: str = ""
    late: bool = False
    after: int = 0
    size: int = 50


@router.get("/problems", auth=May("tracking.read"), summary="监督问题清单")
def list_problems(request: HttpRequest, chosen: Query[Chosen]) -> dict[str, Any]:
    """Problems in the asker's area, by number; `counts` by state of all that fit, `map` as GeoJSON of this page."""
    rows = Problem.objects.filter(within(asking(request).areas("tracking.read")), area__startswith=chosen.area)
    if chosen.late:
        rows = rows.filter(deadline__lt=timezone.localdate()).exclude(state="closed")
    counts = dict.fromkeys(PROBLEM_STATES, 0)
    for state in rows.values_list("state", flat=True):
        counts[state] += 1
    if chosen.state:
        rows = rows.filter(state=chosen.state)
    size = max(1, min(chosen.size, 500))
    rows = rows.filter(id__gt=chosen.after).select_related("organisation").order_by("id")
    found = list(islice((item for item in rows.iterator() if _lies_in(item, chosen.unit)), size + 1))
    page = found[:size]
    return {
        "items": [_row(item) for item in page], "next": found[size - 1].id if len(found) > size else None,
        "counts": counts, "states": PROBLEM_STATES,
        "map": {"type": "FeatureCollection", "features": [
            {"type": "Feature", "geometry": item.geometry,
             "properties": {"id": item.id, "number": item.number, "title": item.title, "state": item.state}} for item in page]},
    }  # fmt: skip


def _lies_in(item: Problem, unit: str) -> bool:
    return not unit or any(one["code"] == unit for one in item.units)


def _row(item: Problem) -> dict[str, Any]:
    return {
        "id": item.id, "number": item.number, "title": item.title, "source": item.source, "found_on": item.found_on, "area": item.area,
        "place": item.place, "area_m2": item.area_m2, "units": item.units, "layers": item.layers, "state": item.state,
        "state_label": PROBLEM_STATES[item.state], "deadline": item.deadline, "version": item.version,
        "organisation": {"id": item.organisation_id, "name": item.organisation.name} if item.organisation else None,
        "late": item.state != "closed" and item.deadline is not None and item.deadline < timezone.localdate(),
    }  # fmt: skip


def _problem(request: HttpRequest, number: int, permission: str) -> Problem:
    found = Problem.objects.select_related("organisation").filter(id=number).first()
    if found is None:
        raise Http404(f"没有编号为 {number} 的问题")
    if not asking(request).may(permission, found.area):
        raise Ended(403, f"{found.place}不在您的辖区")
    return found


@router.get("/problems/{number}", auth=May("tracking.read"), summary="一个监督问题")
def get_problem(request: HttpRequest, number: int) -> dict[str, Any]:
    """A problem with its shape, its steps and their evidence, and what may follow."""
    item = _problem(request, number, "tracking.read")
    return {
        **_row(item), "geometry": item.geometry, "may_edit": asking(request).may("tracking.edit", item.area),
        "may_follow": [{"state": name, "label": PROBLEM_STATES[name]} for name in supervision.NEXT[item.state]],
        "steps": [
            {"id": step.id, "state": step.state, "label": PROBLEM_STATES[step.state], "at": step.at.isoformat(), "who": step.who, "text": step.text,
             "evidence": [{"id": one.id, "name": one.name, "size": one.size, "url": f"/api/v1/problem-evidence/{one.id}"}
                          for one in step.evidence.all()]}
            for step in item.steps.prefetch_related("evidence").order_by("id")
        ],
    }  # fmt: skip


class Stepped(Schema):
    """A step; `version` is the one that was read."""

    state: str
    text: str = Field(max_length=5000)
    organisation: int | None = None
    deadline: date | None = None
    version: int = Field(ge=1, le=2**31 - 1)


@router.post("/problems/{number}/steps", auth=May("tracking.edit"), summary="办理监督问题", response={201: dict})
@once
def post_step(request: HttpRequest, number: int, body: Stepped) -> Status[dict[str, Any]]:
    """Take a problem one step on; 409 where somebody else was first."""
    item = _problem(request, number, "tracking.edit")
    to = None
    if body.organisation is not None:
        to = Organisation.objects.filter(id=body.organisation).first()
        if to is None:
            raise InputFault(Fault("PLD056", f"没有编号为 {body.organisation} 的单位", None, "从单位清单中选"))
    made = supervision.step(asking(request).name, item, body.version, body.state, body.text, to, body.deadline)
    if made is None:
        raise Ended(409, "别人先办了这一步，请重新打开再办")
    return Status(201, {"id": made.id, "state": made.state, "label": PROBLEM_STATES[made.state]})


@router.post(
    "/problem-steps/{number}/evidence", auth=May("tracking.edit"), summary="上传问题佐证", response={201: dict}
)
@once
def post_evidence(request: HttpRequest, number: int, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Add a file to a step."""
    step = ProblemStep.objects.filter(id=number).first()
    if step is None:
        raise Http404(f"没有编号为 {number} 的步骤")
    _problem(request, step.problem_id, "tracking.edit")
    name = Path((file.name or "").replace("\\", "/")).name[-150:]
    data = file.read(MOST_BYTES + 1)
    sha256, _ = keep_file(folder(), name, data)
    made = supervision.attach(asking(request).name, step, name, len(data), sha256, _MOST_FILES)
    return Status(201, {"id": made.id, "name": name, "size": made.size, "url": f"/api/v1/problem-evidence/{made.id}"})


@router.get("/problem-evidence/{number}", auth=May("tracking.read"), summary="下载问题佐证")
def get_evidence(request: HttpRequest, number: int) -> HttpResponse:
    """A file of evidence as it was uploaded; to be saved, not shown."""
    from django.http.response import content_disposition_header

    found = ProblemEvidence.objects.select_related("step").filter(id=number).first()
    if found is None:
        raise Http404(f"没有编号为 {number} 的材料")
    _problem(request, found.step.problem_id, "tracking.read")
    response = HttpResponse(read_file(folder(), found.sha256), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    return response
