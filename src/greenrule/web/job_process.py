"""One job in a process of its own: `python -m greenrule.web.job_process ID ATTEMPT`, started by the worker with limits set.

Whatever happens in it – a bomb of an archive, a library that crashes – ends this process and no other.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path
from typing import Any

_LOG = logging.getLogger("greenrule.jobs")
#: A word on progress costs a write; more than one a second helps nobody.
_PAUSE = 1.0


def main(number: int, attempt: int) -> None:
    """Do the job and keep what came of it; a job that was taken away is left alone and its writes are undone."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenrule.web.settings")
    import django

    django.setup()
    from django.conf import settings

    from greenrule.core.errors import Fault, InputFault
    from greenrule.store.planning import jobs
    from greenrule.store.planning.models import Job
    from greenrule.web.works import WORKS

    job = Job.objects.get(id=number)
    last: tuple[float, str] = (0.0, "")

    def tell(stage: str, done: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last[0] >= _PAUSE or (stage != last[1] and done < 1.0):
            last = (now, stage)
            jobs.tell(number, attempt, stage, done)

    try:
        outcome = WORKS[job.kind][1](job, Path(settings.WORKSPACE), tell)
        _finish(number, attempt, outcome)
    except jobs.Lost:
        _LOG.warning("job %s was taken over by another worker", number)
    except InputFault as error:
        jobs.fail(number, attempt, error.faults)
    except MemoryError:
        told = "把文件拆小，或请管理员放宽 GREENRULE_JOB_MEMORY"
        jobs.fail(number, attempt, [Fault("PLD003", "作业用的内存超过上限", None, told)])
    except Exception:
        _LOG.exception("job %s (%s) failed", number, job.kind)
        jobs.fail(number, attempt, [Fault("PLD004", "作业出错，已记录", None, "请把作业编号告诉管理员")])


def _finish(number: int, attempt: int, outcome: Any) -> None:
    from django.db import transaction

    from greenrule.store.planning import jobs

    with transaction.atomic():
        more = outcome.write() if outcome.write is not None else {}
        jobs.finish(number, attempt, {**outcome.result, **more}, outcome.file, outcome.file_name)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
