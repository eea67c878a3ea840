"""What background work leaves behind is taken away when it is old: result files, uploads that no job waits for, answers kept for a key.

The jobs stay in the list, with their outcome; only the file is gone.  Findings, layers, filings and the audit are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from greenrule.core.errors import EnvironmentFault, Fault
from greenrule.store.desk.models import Reply
from greenrule.store.desk.records import log
from greenrule.store.planning.models import Job


@dataclass(frozen=True)
class Cleared:
    """How many jobs lost their file, files and bytes that went, kept answers that went."""

    jobs: int
    files: int
    size: int
    replies: int


def clear(workspace: Path, before: datetime, who: str, *, dry: bool = False) -> Cleared:
    """Take away what is older than a moment; `dry` only counts.

    A file goes only where no job names it any more and it was written before that moment: one that a job has just written, and not
    named yet, stays.  Raises EnvironmentFault PLD016 where the disk refuses; what is counted then goes the next time.
    """
    old = Job.objects.filter(state__in=("done", "failed"), ended__lt=before).exclude(file="")
    replies = Reply.objects.filter(at__lt=before)
    with transaction.atomic():
        named = set(Job.objects.exclude(file="").exclude(pk__in=old.values("pk")).values_list("file", flat=True))
        waiting = Job.objects.filter(state__in=("queued", "running")).values_list("asked__file", "asked__table")
        uploads = {name for pair in waiting for name in pair if name}
        files = [*_spent(workspace / "results", named, before), *_spent(workspace / "uploads", uploads, before)]
        found = Cleared(old.count(), len(files), sum(path.stat().st_size for path in files), replies.count())
        if dry or found == Cleared(0, 0, 0, 0):
            return found
        old.update(file="", stage="结果文件已清除")
        replies.delete()
        log(who, "job.clear", f"before:{before.date()}", f"{found.jobs} {found.files} {found.replies}")
    try:
        for path in files:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            Fault("PLD016", f"旧的结果文件删不掉：{error.strerror}", None, "检查文件夹权限后再清一次")
        ) from None
    return found


def _spent(folder: Path, named: set[str], before: datetime) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in named and path.stat().st_mtime < before.timestamp()
    ]
