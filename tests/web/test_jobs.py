"""The queue: one worker for each job, a killed worker's job is done again, a lost one cannot finish, limits hold."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.both


@pytest.fixture
def queue(served: Any) -> Any:
    """An empty queue."""
    from greenrule.store.planning.models import Job

    Job.objects.filter(state__in=("queued", "running")).update(state="failed")
    return Job


def put(kind: str = "layer.check", **asked: Any) -> Any:
    from greenrule.store.planning.jobs import enqueue

    return enqueue(kind, "甲", "layers.read", "", asked)


def test_each_job_is_taken_once_and_in_order(queue):
    from greenrule.store.planning import jobs

    first, second = put(version=1), put(version=1)
    assert [jobs.claim().id, jobs.claim().id] == [first.id, second.id]
    assert jobs.claim() is None


def test_a_silent_worker_loses_its_job_once_then_for_good(queue):
    from django.utils import timezone

    from greenrule.store.planning import jobs

    number = put(version=1).id
    for attempt in (1, 2):
        assert jobs.claim().attempt == attempt
        queue.objects.filter(id=number).update(beat=timezone.now() - jobs.SILENT - timedelta(seconds=1))
        assert jobs.recover() == 1
        with pytest.raises(jobs.Lost):
            jobs.finish(number, attempt, {})
    found = queue.objects.get(id=number)
    assert found.state == "failed"
    assert found.faults[0]["code"] == "PLD002"


def test_what_a_lost_worker_wrote_is_undone(queue, served):
    from django.db import transaction

    from greenrule.store.desk.models import Audit
    from greenrule.store.desk.records import log
    from greenrule.store.planning import jobs
    from greenrule.web.job_process import _finish
    from greenrule.web.works import Outcome

    put(version=1)
    job = jobs.claim()
    queue.objects.filter(id=job.id).update(attempt=2)
    lines = Audit.objects.count()

    def write() -> dict[str, Any]:
        log("甲", "test.write", "x")
        return {}

    with pytest.raises(jobs.Lost):
        _finish(job.id, 1, Outcome(write=write))
    assert transaction.get_autocommit()
    assert Audit.objects.count() == lines


def test_a_worker_that_is_told_to_end_gives_its_job_back(queue):
    from greenrule.store.planning import jobs

    put(version=1)
    job = jobs.claim()
    jobs.give_back(job.id, job.attempt)
    again = jobs.claim()
    assert (again.id, again.attempt) == (job.id, 1)


def test_an_upload_goes_when_its_last_job_is_over(queue, served):
    from greenrule.store.planning import jobs, uploads

    name = uploads.receive(served.workspace, "a.json", [b"{}"], (".json",))
    first, second = put("exchange.units", file=name, name="a.json"), put("exchange.units", file=name, name="a.json")
    for number, left in ((first.id, True), (second.id, False)):
        job = jobs.claim()
        assert job.id == number
        jobs.finish(job.id, job.attempt, {})
        uploads.forget(served.workspace, jobs.spent_uploads(job.id))
        assert (served.workspace / "uploads" / name).exists() is left


def test_a_process_that_dies_is_told_as_such(queue, served, monkeypatch):
    from greenrule.store.planning import jobs
    from greenrule.web import working

    put(version=1)
    job = jobs.claim()
    monkeypatch.setenv("GREENRULE_JOB_MEMORY", "60")  # too little for Python and its libraries
    working.supervise(job.id, job.attempt)
    found = queue.objects.get(id=job.id)
    assert found.state == "failed"
    assert found.faults[0]["code"] in ("PLD003", "PLD004", "PLD005")


@pytest.mark.long
def test_a_killed_worker_leaves_nothing_half_done(queue, served):
    """kill -9 on the worker: its child dies with it, the job goes back and the next worker does it."""
    from django.utils import timezone

    from greenrule.store.planning import jobs

    number = put("atlas").id
    worker = subprocess.Popen([sys.executable, "-m", "greenrule.web.working"], env=dict(os.environ))
    try:
        until = time.monotonic() + 60
        while queue.objects.get(id=number).done == 0.0 and time.monotonic() < until:
            time.sleep(0.2)
        assert queue.objects.get(id=number).state == "running"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    time.sleep(1)
    stage = queue.objects.get(id=number)
    queue.objects.filter(id=number).update(beat=timezone.now() - jobs.SILENT * 2)
    assert jobs.recover() == 1
    assert queue.objects.get(id=number).state == "queued"
    assert queue.objects.get(id=number).file == "" == stage.file
    queue.objects.filter(id=number).update(state="failed")


def test_old_files_go_and_nothing_that_is_still_named(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    from datetime import timedelta

    from django.utils import timezone

    from greenrule.store.desk.models import Reply
    from greenrule.store.planning.clearing import Cleared, clear
    from greenrule.store.planning.models import Job
    from greenrule.store.planning.uploads import keep_result, receive
    from greenrule.web import working

    now, workspace = timezone.now(), served.workspace
    old, before = now - timedelta(days=100), now - timedelta(days=90)

    def kept(data: bytes, ended: Any) -> Any:
        digest = keep_result(workspace, data)
        return Job.objects.create(
            kind="atlas", who="甲", permission="layers.read", state="done", file=digest, file_name="a.xlsx", ended=ended
        )

    gone, shared, still, new = kept(b"gone", old), kept(b"shared", old), kept(b"shared", now), kept(b"new", now)
    orphan, fresh = keep_result(workspace, b"orphan"), keep_result(workspace, b"just written")
    spent, awaited = (receive(workspace, "a.zip", [data], (".zip",)) for data in (b"spent", b"awaited"))
    Job.objects.create(kind="packs.plan", who="甲", permission="packs.plan", asked={"file": awaited})
    for folder, names in (("results", (gone.file, shared.file, new.file, orphan)), ("uploads", (spent, awaited))):
        for name in names:
            os.utime(workspace / folder / name, (old.timestamp(),) * 2)
    reply = Reply.objects.create(who="甲", key="old", request="", status=200, body="{}")
    Reply.objects.filter(pk=reply.pk).update(at=old)
    told = clear(workspace, before, "测试", dry=True)
    assert (told.jobs, told.files, told.replies) == (2, 3, 1)  # gone, orphan and the upload that is spent
    monkeypatch.setenv("GREENRULE_RESULTS_DAYS", "many")
    working.clear_old()
    assert (workspace / "results" / gone.file).exists()
    monkeypatch.setenv("GREENRULE_RESULTS_DAYS", "90")
    working.clear_old()
    assert {path.name for path in (workspace / "results").iterdir()} >= {still.file, new.file, fresh}
    assert not any((workspace / "results" / name).exists() for name in (gone.file, orphan))
    assert not (workspace / "uploads" / spent).exists()
    assert (workspace / "uploads" / awaited).exists()
    gone.refresh_from_db()
    assert (gone.file, gone.stage) == ("", "结果文件已清除")
    assert not Reply.objects.filter(pk=reply.pk).exists()
    assert clear(workspace, before, "测试") == Cleared(0, 0, 0, 0)
    Job.objects.filter(state="queued").update(state="failed")
