"""The worker: takes jobs from the queue one after the other and runs each in a limited process of its own.

GREENRULE_JOB_MEMORY    most memory of one job in megabytes (default 6144)
GREENRULE_JOB_SECONDS   most processor time of one job in seconds (default 3600)
GREENRULE_RESULTS_DAYS  for how many days files of jobs are kept; absent: until `greenrule jobs clear`
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from greenrule.web.serving import when_input_ends

if TYPE_CHECKING:
    from greenrule.store.planning.clearing import Cleared

_LOG = logging.getLogger("greenrule.jobs")
#: How often the worker shows that it lives, and looks for work, in seconds.
_BEAT, _LOOK = 5.0, 1.0
_DAY, _MOST_DAYS = 86_400.0, 36_500
_PR_SET_PDEATHSIG = 1


def run(once: bool = False, stop: Callable[[], bool] = lambda: False) -> int:
    """Work until stopped, or until the queue is empty (`once`); returns how many jobs were done."""
    from django.db import OperationalError, close_old_connections

    from greenrule.store.planning import jobs

    count, cleared = 0, -_DAY
    while not stop():
        try:
            close_old_connections()
            jobs.recover()
            if time.monotonic() - cleared >= _DAY:
                cleared = time.monotonic()
                clear_old()
            job = jobs.claim()
        except OperationalError as error:  # the database is away for a moment
            _LOG.warning("queue not reachable: %s", error)
            job = None
            if once:
                raise
        if job is None:
            if once:
                break
            time.sleep(_LOOK)
            continue
        supervise(job.id, job.attempt)
        count += 1
    return count


def clear_old() -> None:
    """Take away what is older than the server keeps files of jobs, where it says for how long."""
    days = os.environ.get("GREENRULE_RESULTS_DAYS", "")
    if not days:
        return
    if not days.isdigit() or not 0 < int(days) <= _MOST_DAYS:
        _LOG.error("GREENRULE_RESULTS_DAYS should be a number of days, is %.40r: nothing is cleared", days)
        return
    from greenrule.core.errors import EnvironmentFault

    try:
        _LOG.info("cleared %s", clear_older(int(days), "作业进程"))
    except EnvironmentFault as error:
        _LOG.error("old files: %s", error)


def clear_older(days: int, who: str, *, dry: bool = False) -> Cleared:
    """Take away what background work left behind more than so many days ago; `dry` only counts.  Raises EnvironmentFault PLD016."""
    from django.conf import settings
    from django.utils import timezone

    from greenrule.store.planning.clearing import clear

    return clear(Path(settings.WORKSPACE), timezone.now() - timedelta(days=days), who, dry=dry)


def supervise(number: int, attempt: int) -> None:
    """Run one job in its own process, show that it lives, and say so where the process ended without an outcome."""
    from django.conf import settings

    from greenrule.core.errors import Fault
    from greenrule.store.planning import jobs, uploads

    command = [sys.executable, "-m", "greenrule.web.job_process", str(number), str(attempt)]
    child = subprocess.Popen(command, preexec_fn=_limits())
    try:
        while True:
            try:
                code = child.wait(timeout=_BEAT)
                break
            except subprocess.TimeoutExpired:
                if not jobs.show_life(number, attempt):
                    child.kill()  # given to another worker meanwhile
    except BaseException:  # the worker is told to end: the next one begins this job anew
        child.kill()
        child.wait()
        jobs.give_back(number, attempt)
        raise
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    if code:
        why = {-signal.SIGXCPU: "用时超过上限", -signal.SIGKILL: "被系统中止（多半是内存不够）"}.get(
            code, f"意外结束（{code}）"
        )
        told = "没有留下半成品；把文件拆小再试，或请管理员看日志"
        jobs.fail(number, attempt, [Fault("PLD005", f"作业进程{why}", None, told)])
    uploads.forget(Path(settings.WORKSPACE), jobs.spent_uploads(number))


def _limits() -> Callable[[], None]:
    """What is set in the child before it begins: memory, time, no core file, and that it dies with the worker."""
    memory = int(os.environ.get("GREENRULE_JOB_MEMORY", "6144")) << 20
    seconds = int(os.environ.get("GREENRULE_JOB_SECONDS", "3600"))
    system = ctypes.CDLL(None) if sys.platform == "linux" else None

    def set_limits() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if system is not None:
            system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return set_limits


def main() -> None:
    """A worker by itself, as `greenrule serve` starts it; ends at SIGTERM after the job at hand is given back to the queue."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenrule.web.settings")
    django.setup()

    def ended(number: int, frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, ended)
    # A server that is killed cannot say so; the job at hand is given back all the same.
    if "--with-parent" in sys.argv[1:]:
        when_input_ends(lambda: os.kill(os.getpid(), signal.SIGTERM))
    run()


if __name__ == "__main__":
    main()
