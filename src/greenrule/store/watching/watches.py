"""Who wants to hear of a finding, what has changed under it, and the notices that come of it: one for each change and holder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.models import Finding
from greenrule.store.desk.records import area_of, load_finding, log
from greenrule.store.watching.models import Change, Checked, Edition, Notice, Subscription, Watch
from greenrule.store.watching.outbox import emit
from greenrule.store.watching.subscriptions import tell


# -- watching ----------------------------------------------------------------------------------------------
def watch(user: Any, name: str, email: bool = True) -> Watch:
    """Hear of changes under a finding; asked again it changes only whether by mail.  Errors: those of `load_finding`."""
    load_finding(name)
    found, _ = Watch.objects.update_or_create(user=user, finding=name, defaults={"email": email})
    return found


def unwatch(user: Any, name: str) -> bool:
    """Hear no more of it; whether there was anything to end."""
    return bool(Watch.objects.filter(user=user, finding=name).delete()[0])


def watched(user: Any, after: int = 0, size: int = 50) -> tuple[list[dict[str, Any]], int | None]:
    """What somebody watches, with whether something has changed; and where the next page begins."""
    rows = list(Watch.objects.filter(user=user, id__gt=after).order_by("id")[: size + 1])
    names = [row.finding for row in rows[:size]]
    titles = dict(Finding.objects.filter(id__in=names).values_list("id", "project"))
    changed = set(Change.objects.filter(finding__in=names, ended=None).values_list("finding", flat=True))
    items = [
        {"finding": row.finding, "project": titles.get(row.finding), "email": row.email, "changed": row.finding in changed,
         "since": row.made.isoformat(timespec="seconds")}
        for row in rows[:size]
    ]  # fmt: skip
    return items, rows[size - 1].pk if len(rows) > size else None


# -- editions and checks -----------------------------------------------------------------------------------
def keep_edition(key: str, body: dict[str, Any]) -> None:
    """Keep what the packs say under their digests, once."""
    Edition.objects.get_or_create(key=key, defaults={"body": body})


def edition_of(key: str) -> dict[str, Any] | None:
    """An edition that was kept."""
    return Edition.objects.filter(key=key).values_list("body", flat=True).first()


def is_checked(name: str, stamp: str) -> bool:
    """Whether a finding was held against the law and the layers of a moment."""
    return Checked.objects.filter(finding=name, stamp=stamp).exists()


def unchecked(stamp: str, size: int = 200) -> Iterator[str]:
    """Findings that were not yet held against a moment, those that somebody watches or has subscribed to first."""
    for only_watched in (True, False):
        last = ""
        while True:
            rows = Finding.objects.filter(id__gt=last).order_by("id")
            if only_watched:
                rows = rows.filter(
                    Q(id__in=Watch.objects.values("finding")) | Q(id__in=Subscription.objects.values("finding"))
                )
            names = list(rows.values_list("id", flat=True)[:size])
            if not names:
                break
            done = set(Checked.objects.filter(finding__in=names, stamp=stamp).values_list("finding", flat=True))
            yield from (name for name in names if name not in done)
            last = names[-1]


# -- changes -----------------------------------------------------------------------------------------------
def settle(
    name: str, stamp: str, found: dict[str, Any] | None, key: str, title: str, finding: dict[str, Any]
) -> Change | None:
    """Write down what a check found (None: nothing has changed), notify holders and tell the outbox; all or nothing.

    A change that is known is not told again; one that is over ends, and so does one that another takes the place of.
    """
    now = timezone.now()
    with transaction.atomic():
        Checked.objects.update_or_create(finding=name, defaults={"stamp": stamp})
        others = Change.objects.filter(finding=name, ended=None)
        if found is None:
            others.update(ended=now)
            return None
        others.exclude(key=key).update(ended=now)
        change, new = Change.objects.get_or_create(finding=name, key=key, defaults={"body": {**found, "title": title}})
        if change.ended is not None:
            Change.objects.filter(pk=change.pk).update(ended=None)
        if new:
            tell(change)  # rows are locked before the audit is, here as where a subscription ends
            log("watch", "finding_changed", name, key)
            told = {
                "title": title,
                "outcome": found["outcome"],
                "then": found["then"],
                "now": found["now"],
                "url": f"/f/{name}",
            }
            emit("finding.changed", name, told, area=area_of(finding))
            mailing = bool(settings.MAIL_SENT)
            Notice.objects.bulk_create(
                [
                    Notice(
                        user=row.user, change=change, mail_due=now if mailing and row.email and row.user.email else None
                    )
                    for row in Watch.objects.filter(finding=name, user__is_active=True).select_related("user")
                ],
                ignore_conflicts=True,
            )
    return change


def open_changes(name: str) -> list[Change]:
    """What has changed under a finding and still holds, the latest first."""
    return list(Change.objects.filter(finding=name, ended=None).order_by("-id"))


# -- inbox -------------------------------------------------------------------------------------------------
def inbox(
    user: Any, after: int = 0, size: int = 50, unread: bool = False, titled: Callable[[dict[str, Any]], str] = itemgetter("title")
) -> tuple[list[dict[str, Any]], int | None]:  # fmt: skip
    """Somebody's notices, the newest first, and where the next page begins; `titled`: a change in one line."""
    rows = Notice.objects.filter(user=user).select_related("change").order_by("-id")
    rows = rows.filter(read=None) if unread else rows
    found = list((rows.filter(id__lt=after) if after else rows)[: size + 1])
    titles = dict(Finding.objects.filter(id__in=[row.change.finding for row in found]).values_list("id", "project"))
    items = [
        {"id": row.pk, "at": row.at.isoformat(timespec="seconds"), "read": row.read is not None, "finding": row.change.finding,
         "project": titles.get(row.change.finding), "title": titled(row.change.body), "over": row.change.ended is not None,
         "differs": differs(row.change.body)}
        for row in found[:size]
    ]  # fmt: skip
    return items, found[size - 1].pk if len(found) > size else None


def differs(body: Mapping[str, Any]) -> str:
    """What of the outcome a change makes another: `decision`, `outcome` (something else of it), `none`.

    >>> differs({"then": {"decision": "allowed"}, "now": {"decision": "allowed"}, "outcome": []})
    'none'
    """
    if body["then"]["decision"] != body["now"]["decision"]:
        return "decision"
    return "outcome" if body["outcome"] else "none"


def unread(user: Any) -> int:
    """How many notices somebody has not read."""
    return int(Notice.objects.filter(user=user, read=None).count())


def mark_read(user: Any, number: int | None = None) -> int:
    """Mark a notice, or all, as read; how many were not.  Raises InputFault WAT001 where it is not there, or another's."""
    rows = Notice.objects.filter(user=user)
    if number is not None:
        rows = rows.filter(pk=number) if 0 < number < 2**63 else rows.none()
        if not rows.exists():
            raise InputFault(Fault("WAT001", "没有这条通知", None, "见 /api/v1/inbox"))
    return int(rows.filter(read=None).update(read=timezone.now()))
