"""Background jobs over the wire: how far they are, what came out, the file they made; and uploads that wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Status
from ninja.files import UploadedFile

from greenrule.store.desk.roles import Person
from greenrule.store.planning.jobs import enqueue
from greenrule.store.planning.models import JOB_STATES, Job
from greenrule.store.planning.uploads import receive, result_path
from greenrule.web.api.access import May
from greenrule.web.problems import Problem
from greenrule.web.works import WORKS

router = Router()


def folder() -> Path:
    """The folder of the server's workspace."""
    return Path(settings.WORKSPACE)


def queue(kind: str, person: Person, permission: str, area: str, asked: Mapping[str, Any]) -> Status[dict[str, Any]]:
    """Queue work and answer 202 with where to ask for it."""
    return Status(202, job_json(enqueue(kind, person.name, permission, area, asked)))


def received(file: UploadedFile, kinds: tuple[str, ...]) -> tuple[str, str]:
    """Keep an uploaded file until its job has read it: (what names it, how its owner calls it)."""
    name = Path((file.name or "").replace("\\", "/")).name[-150:]
    return receive(folder(), name, file.chunks(), kinds), name


def job_json(job: Job, whole: bool = False) -> dict[str, Any]:
    """A job as plain data; `whole` with what came out."""
    out: dict[str, Any] = {
        "id": job.id, "kind": job.kind, "label": WORKS[job.kind][0] if job.kind in WORKS else job.kind, "state": job.state,
        "state_label": JOB_STATES[job.state], "who": job.who, "stage": job.stage, "done": round(job.done, 3), "made": job.made.isoformat(),
        "ended": job.ended.isoformat() if job.ended else None, "faults": job.faults, "url": f"/api/v1/jobs/{job.id}",
        "file": {"name": job.file_name, "url": f"/api/v1/jobs/{job.id}/file"} if job.file else None,
    }  # fmt: skip
    return {**out, "asked": job.asked, "result": job.result} if whole else out


def _visible(person: Person, job: Job) -> bool:
    return person.may(job.permission, job.area) if job.area else person.may(job.permission)


def _job(request: HttpRequest, number: int) -> Job:
    job = Job.objects.filter(id=number).first()
    if job is None:
        raise Http404(f"没有编号为 {number} 的作业")
    person: Person = request.auth
    if not _visible(person, job):
        raise Problem(403, "这个作业不在您的辖区或权限之内")
    return job


@router.get("/jobs", auth=May("layers.read"), summary="后台作业清单")
def list_jobs(request: HttpRequest, kind: str = "", before: Query[int] = 0, size: Query[int] = 20) -> dict[str, Any]:
    """Jobs that the asker may see, newest first; `before` is the last id of the page before."""
    size = max(1, min(size, 100))
    rows = Job.objects.order_by("-id").defer("result")
    if kind:
        rows = rows.filter(kind=kind)
    if before > 0:
        rows = rows.filter(id__lt=before)
    person: Person = request.auth
    found = [job for job in rows[: 4 * size + 1] if _visible(person, job)][: size + 1]
    return {"items": [job_json(job) for job in found[:size]], "next": found[size - 1].id if len(found) > size else None}


@router.get("/jobs/{number}", auth=May("layers.read"), summary="一个后台作业")
def get_job(request: HttpRequest, number: int) -> dict[str, Any]:
    """How far a job is, and what came out."""
    return job_json(_job(request, number), whole=True)


@router.get("/jobs/{number}/file", auth=May("layers.read"), summary="作业的结果文件")
def get_file(request: HttpRequest, number: int) -> HttpResponse:
    """The file that a job made."""
    job = _job(request, number)
    if not job.file:
        raise Http404("这个作业没有结果文件")
    path = result_path(folder(), job.file)
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=job.file_name, content_type="application/octet-stream"
    )
