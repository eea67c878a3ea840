"""The queue of background work: in the database, so that any process may put in and any worker take out; nothing is lost or done by halves.

A worker that takes a job shows every few seconds that it lives.  One that falls silent loses the job: it is queued once more, and
given up as failed the second time.  Whoever finishes must still hold the attempt that it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from greenrule.core.errors import Fault
from greenrule.store.desk.records import log
from greenrule.store.planning.models import Job

#: A worker that has not been heard of for so long is taken for dead.
SILENT = timedelta(seconds=30)
MOST_ATTEMPTS = 2


class Lost(Exception):
    """The job was taken from this worker, or ended otherwise; what it did must be undone."""


def enqueue(kind: str, who: str, permission: str, area: str, asked: Mapping[str, Any]) -> Job:
    """Queue work; `permission` is what somebody needs to see its outcome, in `area`."""
    with transaction.atomic():
        job = Job.objects.create(kind=kind, who=who, permission=permission, area=area, asked=dict(asked))
        log(who, "job.queue", f"job:{job.id}", kind)
    return job


def claim() -> Job | None:
    """Take the oldest queued job; None where there is none.  Two workers never get the same one."""
    with transaction.atomic():
        # SQLite: the transaction began with the write lock.  PostgreSQL: the row is locked, others skip it.
        job = Job.objects.select_for_update(skip_locked=True).filter(state="queued").order_by("id").first()
        if job is None:
            return None
        job.state, job.attempt, job.stage, job.done = "running", job.attempt + 1, "开始", 0.0
        job.started = job.beat = timezone.now()
        job.save()
        return job


def show_life(job: int, attempt: int) -> bool:
    """Say that the worker lives; False where the job is no longer its own."""
    return bool(_held(job, attempt).update(beat=timezone.now()))


def tell(job: int, attempt: int, stage: str, done: float) -> None:
    """Say how far the work is (0 to 1).  Raises Lost."""
    if not _held(job, attempt).update(beat=timezone.now(), stage=stage[:100], done=max(0.0, min(1.0, done))):
        raise Lost


def finish(job: int, attempt: int, result: Mapping[str, Any], file: str = "", file_name: str = "") -> None:
    """Keep the outcome, inside the caller's transaction where it has one.  Raises Lost, which undoes that transaction."""
    changed = _held(job, attempt).update(
        state="done", result=dict(result), file=file, file_name=file_name, ended=timezone.now(), stage="完成", done=1.0
    )
    if not changed:
        raise Lost


def fail(job: int, attempt: int, faults: Iterable[Fault], result: Mapping[str, Any] | None = None) -> None:
    """Keep what was wrong; nothing where the job is no longer this worker's.

    An upload is told by the name under which it came, not by the digest under which it lies.
    """
    asked = Job.objects.filter(id=job).values_list("asked", flat=True).first() or {}
    kept, name = str(asked.get("file") or ""), str(asked.get("name") or "")
    told: list[dict[str, Any]] = [fault.to_json() for fault in faults]
    for item in told if kept and name else ():
        item |= {key: str(item[key]).replace(kept, name) for key in ("place", "message") if item.get(key)}
    _held(job, attempt).update(
        state="failed", faults=told, result=dict(result) if result else None,
        ended=timezone.now(), stage="未完成",
    )  # fmt: skip


def give_back(job: int, attempt: int) -> None:
    """Put a job back whose worker is told to end; the attempt does not count."""
    _held(job, attempt).update(state="queued", attempt=attempt - 1, stage="排队", done=0.0)


def spent_uploads(job: int) -> list[str]:
    """The uploads of a job that is over and of no other that waits or runs."""
    found = Job.objects.get(id=job)
    if found.state not in ("done", "failed"):
        return []
    waiting = Job.objects.filter(state__in=("queued", "running"))
    names = [found.asked[key] for key in ("file", "table") if found.asked.get(key)]
    return [name for name in names if not waiting.filter(Q(asked__file=name) | Q(asked__table=name)).exists()]


def recover() -> int:
    """Take jobs back from workers that fell silent: once more into the queue, then failed; returns how many."""
    late = timezone.now() - SILENT
    found = 0
    for job in Job.objects.filter(state="running", beat__lt=late):
        held = Job.objects.filter(id=job.id, attempt=job.attempt, state="running", beat__lt=late)
        if job.attempt < MOST_ATTEMPTS:
            found += held.update(state="queued", stage="后台进程中断，重新排队")
        else:
            fault = Fault(
                "PLD002", f"后台进程中断了 {job.attempt} 次，作业没有完成", None, "没有留下半成品；查明原因后重新提交"
            )
            found += held.update(state="failed", faults=[fault.to_json()], ended=timezone.now(), stage="未完成")
    return found


def _held(job: int, attempt: int) -> Any:
    return Job.objects.filter(id=job, attempt=attempt, state="running")
