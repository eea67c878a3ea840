"""The task board: tasks of the instruments, who answers for them, reports with evidence, lights, the monthly report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from greenrule.casework.task_board import (
    Duty,
    Judged,
    figure_of,
    judge,
    sums,
    targets_for,
)
from greenrule.casework.task_book import TaskBook, task_book
from greenrule.casework.task_light import COLOURS, measurable
from greenrule.core.errors import Fault, InputFault
from greenrule.packs.tasks import MODES, Task
from greenrule.store.desk.models import Organisation
from greenrule.store.desk.roles import LEVELS, Person
from greenrule.store.dispatch import ledger
from greenrule.store.dispatch.models import GRADES, Progress, TaskState
from greenrule.store.workspace import Workspace
from greenrule.web.api.access import May, once
from greenrule.web.problems import Problem

router = Router()
_MOST_FILES = 10
_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "html": "text/html; charset=utf-8",
}  # fmt: skip


def workspace() -> Path:
    """The folder of the server's workspace."""
    return Path(settings.WORKSPACE)


@lru_cache(maxsize=2)
def _cities(digest: str, folder: Path) -> dict[str, str]:
    found = Workspace.open(folder)
    version = found.layers().get("city")
    if version is None:
        return {}
    columns = found.read(version).columns
    return {str(code)[:4]: str(name) for code, name in zip(columns["code"], columns["name"], strict=True)}


def cities() -> dict[str, str]:
    """Area code of each city → its name, by the city layer now in force; empty without one."""
    return _cities(Workspace.open(workspace()).layers_digest(), workspace())


def today() -> date:
    """The day in China."""
    return timezone.localdate()


def asking(request: HttpRequest) -> Person:
    """Who asks, on a route that says who may."""
    found: Person = request.auth
    return found


def duty_of(state: TaskState, until: date | None = None) -> Duty:
    """A row of the records as the board takes it; `until` leaves out what came later."""
    reports = sorted(state.progress.all(), key=lambda item: (item.at, item.id))
    held = sorted(state.assessments.all(), key=lambda item: (item.at, item.id))
    if until is not None:
        reports = [item for item in reports if timezone.localdate(item.at) <= until]
        held = [item for item in held if timezone.localdate(item.at) <= until]
    latest = {
        item.deadline: item.grade for item in held
    }  # a later word on the same deadline takes the earlier one back
    return Duty(
        state.id, state.task, state.organisation.name, state.area, state.deadline,
        tuple(figure_of(one.target, one.value, one.as_of) for item in reports for one in item.figures.all()),
        reports[-1].grade if reports else None,
        tuple(day for day, grade in latest.items() if grade == "done"),
        tuple((timezone.localdate(item.at), item.text) for item in reports),
        GRADES[held[-1].grade] if held else None,
    )  # fmt: skip


def _row(state: TaskState, found: Judged, book: TaskBook) -> dict[str, Any]:
    task = book.task(state.task)
    return {
        "id": state.id, "task": task.id, "title": task.title, "departments": list(task.everyone),
        "organisation": {"id": state.organisation_id, "name": state.organisation.name, "level": state.organisation.level,
                         "level_label": LEVELS[state.organisation.level]},
        "area": state.area, "deadline": state.deadline, "due": found.due, "demand": state.demand, "version": state.version,
        "light": found.light.to_json(), "reports": len(found.duty.reported), "demo": state.organisation.demo,
        "last_report": found.duty.reported[-1][0] if found.duty.reported else None, "grade": found.duty.held,
    }  # fmt: skip


def _judged(rows: Iterable[TaskState], book: TaskBook) -> list[tuple[TaskState, Judged]]:
    names, day = cities(), today()
    # A task that a newer edition of the packs has dropped is left out; its records stay.
    return [(row, judge(duty_of(row), book, names, day)) for row in rows if row.task in book.tasks]


class Wanted(Schema):
    """Which tasks are asked for."""

    q: str = ""
    instrument: str = ""
    department: str = ""
    due_before: date | None = None
    after: str = ""
    size: int = 50


def _task(task: Task, book: TaskBook) -> dict[str, Any]:
    return {
        **task.to_json(), "mode_label": MODES[task.mode], "sources": [book.source(cite) for cite in task.cites],
        "measurable": sum(measurable(item) for item in book.targets_of(task)),
    }  # fmt: skip


@router.get("/tasks", auth=May("tasks.read"), summary="任务清单")
def list_tasks(request: HttpRequest, wanted: Query[Wanted]) -> dict[str, Any]:
    """Tasks of the instruments in the order of the packs, each with the lights of its assignments in the reader's area."""
    book = task_book()
    chosen = [
        task for task in book.tasks.values()
        if wanted.q in task.title + task.id + task.output
        and (not wanted.instrument or any(cite.startswith(f"{wanted.instrument}#") for cite in task.cites))
        and (not wanted.department or any(wanted.department in name for name in task.everyone))
        and (wanted.due_before is None or any(item.by < wanted.due_before for item in task.deadlines))
    ]  # fmt: skip
    names = [task.id for task in chosen]
    start = names.index(wanted.after) + 1 if wanted.after in names else 0
    size = max(1, min(wanted.size, 500))
    page = chosen[start : start + size]
    mine = ledger.states(asking(request).areas("tasks.read"), task__in=[task.id for task in page])
    lights: dict[str, list[Judged]] = {}
    for state, found in _judged(mine, book):
        lights.setdefault(state.task, []).append(found)
    return {
        "items": [{**_task(task, book), "lights": sums(lights.get(task.id, ()))} for task in page],
        "next": page[-1].id if start + size < len(chosen) else None, "total": len(chosen),
        "instruments": [
            {"id": name, "number": book.instruments[name].number, "title": book.instruments[name].title["zh"]}
            for name in dict.fromkeys(cite.partition("#")[0] for task in book.tasks.values() for cite in task.cites)
        ],
        "departments": sorted({name for task in book.tasks.values() for name in task.everyone}),
    }  # fmt: skip


@router.get("/tasks/{name}", auth=May("tasks.read"), summary="一项任务")
def get_task(request: HttpRequest, name: str) -> dict[str, Any]:
    """A task with its clause, its targets and who answers for it in the reader's area."""
    book = task_book()
    if name not in book.tasks:
        raise Http404(f"没有编号为 {name} 的任务")
    task = book.task(name)
    mine = ledger.states(asking(request).areas("tasks.read"), task=name)
    return {
        **_task(task, book),
        "targets": [{**item.to_json(), "demand": item.demand, "measurable": measurable(item)} for item in book.targets_of(task)],
        "assignments": [_row(state, found, book) for state, found in _judged(mine, book)],
    }  # fmt: skip


class Chosen(Schema):
    """Which assignments are asked for."""

    task: str = ""
    organisation: int | None = None
    area: str = ""
    colour: str = ""
    due_before: date | None = None
    after: int = 0
    size: int = 50


@router.get("/assignments", auth=May("tasks.read"), summary="任务台账")
def list_assignments(request: HttpRequest, chosen: Query[Chosen]) -> dict[str, Any]:
    """Assignments in the reader's area with their lights; `sums` counts all that fit, not only this page."""
    if chosen.colour and chosen.colour not in COLOURS:
        raise InputFault(Fault("TSK041", f"没有 `{chosen.colour}` 这种灯色", None, f"可用：{'、'.join(COLOURS)}"))
    conditions: dict[str, Any] = {"area__startswith": chosen.area}
    if chosen.task:
        conditions["task"] = chosen.task
    if chosen.organisation is not None:
        conditions["organisation_id"] = chosen.organisation
    book = task_book()
    found = _judged(ledger.states(asking(request).areas("tasks.read"), **conditions), book)
    if chosen.due_before is not None:
        found = [(row, one) for row, one in found if one.due is not None and one.due < chosen.due_before]
    total = sums(one for _, one in found)
    found = [(row, one) for row, one in found if row.id > chosen.after and chosen.colour in ("", one.light.colour)]
    size = max(1, min(chosen.size, 500))
    page = found[:size]
    return {
        "items": [_row(row, one, book) for row, one in page],
        "next": page[-1][0].id if len(found) > size else None, "sums": total,
    }  # fmt: skip


class Assigned(Schema):
    """Who is to answer for a task."""

    organisations: list[int] = Field(min_length=1, max_length=500)
    deadline: date | None = None
    demand: str = ""


@router.post("/tasks/{name}/assignments", auth=May("tasks.dispatch"), summary="分派任务", response={201: dict})
@once
def post_assignments(request: HttpRequest, name: str, body: Assigned) -> Status[dict[str, Any]]:
    """Give a task to organisations of the dispatcher's area, all or none."""
    book = task_book()
    if name not in book.tasks:
        raise Http404(f"没有编号为 {name} 的任务")
    person = asking(request)
    wanted = dict.fromkeys(body.organisations)
    found = {item.id: item for item in Organisation.objects.filter(id__in=wanted)}
    missing = [number for number in wanted if number not in found]
    if missing:
        raise InputFault([Fault("TSK013", f"没有编号为 {number} 的单位", None, "从单位清单中选") for number in missing])
    outside = [item.name for item in found.values() if not person.may("tasks.dispatch", item.area)]
    if outside:
        raise Problem(403, f"{'、'.join(outside)}不在您的辖区，不能分派")
    made = ledger.assign(person.name, name, [found[number] for number in wanted], body.deadline, body.demand)
    return Status(
        201, {"items": [{"id": state.id, "organisation": state.organisation_id, "version": 1} for state in made]}
    )


@router.get("/dispatch/organisations", auth=May("tasks.read"), summary="可分派的单位")
def organisations(request: HttpRequest, q: str = "", after: int = 0, size: Query[int] = 200) -> dict[str, Any]:
    """Authorities and departments in the reader's area."""
    size = max(1, min(size, 500))
    rows = list(
        Organisation.objects.filter(
            ledger.within(asking(request).areas("tasks.read")), sort__in=("authority", "department"), name__contains=q, id__gt=after
        ).order_by("id")[: size + 1]
    )  # fmt: skip
    return {
        "items": [{"id": item.id, "name": item.name, "area": item.area, "level": item.level, "level_label": LEVELS[item.level],
                   "demo": item.demo} for item in rows[:size]],
        "next": rows[size - 1].id if len(rows) > size else None,
    }  # fmt: skip


def state_of(request: HttpRequest, number: int, permission: str) -> TaskState:
    """An assignment in the area of whoever asks; Http404 where there is none, Problem 403 outside."""
    state = ledger.states(("",), id=number).first()
    if state is None:
        raise Http404(f"没有编号为 {number} 的分派")
    if not asking(request).may(permission, state.area):
        raise Problem(403, f"{state.organisation.name}不在您的辖区")
    return state


def reporter_of(request: HttpRequest, state: TaskState) -> Person:
    """Whoever may report for the assignee: its own people.  Raises Problem 403."""
    person = asking(request)
    if state.organisation_id in person.at("tasks.report") or "" in person.areas("tasks.report"):
        return person
    raise Problem(403, f"只有{state.organisation.name}的人员可以填报；它不在您的辖区或不是您的单位")


@router.get("/assignments/{number}", auth=May("tasks.read"), summary="一项分派的全部记录")
def get_assignment(request: HttpRequest, number: int) -> dict[str, Any]:
    """An assignment with its reports, figures, evidence and assessments, newest first."""
    state = state_of(request, number, "tasks.read")
    book = task_book()
    found = judge(duty_of(state), book, cities(), today())
    own, _ = targets_for(book, state.task, state.area, cities())
    person = asking(request)
    return {
        **_row(state, found, book), "detail": _task(book.task(state.task), book),
        "targets": [{**item.to_json(), "demand": item.demand} for item in own],
        "may": {
            "report": state.organisation_id in person.at("tasks.report") or "" in person.areas("tasks.report"),
            "dispatch": person.may("tasks.dispatch", state.area),
        },
        "progress": [report_json(item) for item in state.progress.order_by("-id").prefetch_related("figures", "evidence")],
        "assessments": [
            {"id": item.id, "at": item.at.isoformat(), "who": item.who, "grade": item.grade, "label": GRADES[item.grade],
             "deadline": item.deadline, "remark": item.remark}
            for item in state.assessments.order_by("-id")
        ],
    }  # fmt: skip


def report_json(item: Progress) -> dict[str, Any]:
    """A report as plain data."""
    return {
        "id": item.id, "at": item.at.isoformat(), "who": item.who, "text": item.text, "grade": item.grade, "label": GRADES[item.grade],
        "figures": [{"target": one.target, "value": one.value, "as_of": one.as_of} for one in item.figures.all()],
        "evidence": [
            {"id": one.id, "name": one.name, "size": one.size, "sha256": one.sha256, "url": f"/api/v1/evidence/{one.id}"}
            for one in item.evidence.all()
        ],
    }  # fmt: skip


class Changed(Schema):
    """What the dispatcher asks anew; `version` is the one that was read."""

    version: int = Field(ge=1, le=2**31 - 1)
    deadline: date | None = None
    demand: str = ""


@router.patch("/assignments/{number}", auth=May("tasks.dispatch"), summary="改期限和要求")
def patch_assignment(request: HttpRequest, number: int, body: Changed) -> dict[str, Any]:
    """Change deadline and demand; 409 where somebody else was first."""
    state = state_of(request, number, "tasks.dispatch")
    changed = ledger.change(asking(request).name, state.id, body.version, body.deadline, body.demand)
    if changed is None:
        raise Problem(409, "别人先改了这项分派，请重新打开再改")
    return {"id": changed.id, "version": changed.version}


@router.get("/dispatch/words", auth=May("tasks.read"), summary="灯色和评定的名称")
def words(request: HttpRequest) -> dict[str, Any]:
    """Colours and grades with what people call them."""
    return {"colours": COLOURS, "grades": GRADES}
