"""What is done to the task board, each in one transaction with its line in the audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.models import Organisation
from greenrule.store.desk.records import log
from greenrule.store.dispatch.models import GRADES, Assessment, Evidence, Figure, Progress, TaskState
from greenrule.store.watching.outbox import emit

#: How long a text may be; a report that needs more belongs into an evidence file.
LONGEST = 5000


def within(areas: Sequence[str], field: str = "area") -> Q:
    """The condition that an area code lies in one of some areas ("" is everywhere)."""
    found = Q(pk__in=[])
    for area in areas:
        found |= Q(**{f"{field}__startswith": area})
    return found


def assign(
    who: str, task: str, organisations: Iterable[Organisation], deadline: date | None, demand: str
) -> list[TaskState]:
    """Give a task to organisations, all or none.

    Raises InputFault TSK010 naming every organisation that has it already, TSK011 for a text that is too long.
    """
    chosen = list(organisations)
    _not_too_long(demand)
    with transaction.atomic():
        there = set(
            TaskState.objects.filter(task=task, organisation__in=chosen).values_list("organisation_id", flat=True)
        )
        if there:
            told = "改期限请修改原有的分派"
            raise InputFault(
                [Fault("TSK010", f"任务 {task} 已分派给{item.name}", None, told) for item in chosen if item.id in there]
            )
        made = [
            TaskState.objects.create(
                task=task, organisation=item, area=item.area, deadline=deadline, demand=demand.strip(), by=who
            )
            for item in chosen
        ]
        for state in made:
            log(who, "task.assign", f"task:{state.id}")
            _tell("task.assigned", state, {"deadline": str(deadline) if deadline else None})
    return made


def change(who: str, number: int, version: int, deadline: date | None, demand: str) -> TaskState | None:
    """Change what the dispatcher asks of an assignment; None where somebody else changed it since `version`."""
    _not_too_long(demand)
    with transaction.atomic():
        changed = TaskState.objects.filter(id=number, version=version).update(
            deadline=deadline, demand=demand.strip(), version=version + 1
        )
        if not changed:
            return None
        log(who, "task.change", f"task:{number}", f"v{version + 1}")
        state = TaskState.objects.get(id=number)
        _tell("task.changed", state, {"deadline": str(deadline) if deadline else None})
    return state


def report(who: str, state: TaskState, text: str, grade: str, figures: Sequence[tuple[str, str, date]]) -> Progress:
    """Add a report; `figures` are (target, value as it was written, the day it describes).

    Raises InputFault with all faults: TSK011 a text that is empty or too long, TSK012 a grade that there is not.
    """
    faults = report_faults(text, grade)
    if faults:
        raise InputFault(faults)
    with transaction.atomic():
        made = Progress.objects.create(state=state, at=timezone.now(), who=who, text=text.strip(), grade=grade)
        Figure.objects.bulk_create(
            Figure(progress=made, target=target, value=value, as_of=as_of) for target, value, as_of in figures
        )
        log(who, "task.report", f"task:{state.id}/{made.id}")
        _tell("task.reported", state, {"grade": grade})
    return made


def assess(who: str, state: TaskState, grade: str, deadline: date | None, remark: str) -> Assessment:
    """Add the dispatcher's assessment.  Raises InputFault TSK011, TSK012."""
    _not_too_long(remark)
    faults = _grade_faults(grade)
    if faults:
        raise InputFault(faults)
    with transaction.atomic():
        made = Assessment.objects.create(
            state=state, at=timezone.now(), who=who, grade=grade, deadline=deadline, remark=remark.strip()
        )
        log(who, "task.assess", f"task:{state.id}/{made.id}", grade)
        _tell("task.assessed", state, {"grade": grade})
    return made


def attach(who: str, progress: Progress, name: str, media: str, size: int, sha256: str, most: int) -> Evidence:
    """Note a file that was kept.  Raises InputFault TSK029 where the report has `most` files already."""
    with transaction.atomic():
        Progress.objects.select_for_update().get(id=progress.id)
        if progress.evidence.count() >= most:
            raise InputFault(Fault("TSK029", f"一次进展最多附 {most} 个文件", None, "合并文件，或另报一次进展"))
        made = Evidence.objects.create(
            progress=progress, at=timezone.now(), who=who, name=name, media=media, size=size, sha256=sha256
        )
        log(who, "task.evidence", f"task:{progress.state_id}/{progress.id}/{made.id}", f"sha256:{sha256}")
    return made


def states(areas: Sequence[str], **conditions: Any) -> QuerySet[TaskState]:
    """Assignments in some areas, with what a light and a list need fetched at once."""
    return (
        TaskState.objects.filter(within(areas), **conditions)
        .select_related("organisation")
        .prefetch_related("progress__figures", "assessments")
        .order_by("id")
    )


def _tell(event: str, state: TaskState, data: dict[str, Any]) -> None:
    emit(event, str(state.id), {**data, "task": state.task}, area=state.area, organisation=state.organisation_id)


def _not_too_long(text: str) -> None:
    if len(text) > LONGEST:
        raise InputFault(Fault("TSK011", f"文字有 {len(text)} 字，最多 {LONGEST} 字", None, "长的材料作为佐证文件上传"))


def report_faults(text: str, grade: str) -> list[Fault]:
    """What is wrong with the words of a report (TSK011, TSK012)."""
    return [*_text_faults(text), *_grade_faults(grade)]


def _text_faults(text: str) -> list[Fault]:
    if not text.strip():
        return [Fault("TSK011", "进展没有写", None, "写明做了什么、到什么程度")]
    if len(text) > LONGEST:
        return [Fault("TSK011", f"进展有 {len(text)} 字，最多 {LONGEST} 字", None, "长的材料作为佐证文件上传")]
    return []


def _grade_faults(grade: str) -> list[Fault]:
    if grade in GRADES:
        return []
    offered = "、".join(f"{name}（{label}）" for name, label in GRADES.items())
    return [Fault("TSK012", f"没有 `{grade}` 这种评定", None, f"可用：{offered}")]
