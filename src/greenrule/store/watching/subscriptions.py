"""Hearing of a finding by mail without an account: asked for, confirmed by a link in the mail, ended by another.

Asking does one and the same whatever is known of an address: it writes the wish down.  Whether a mail goes out is decided where
mails are sent, so that neither an answer nor its time tells whether somebody has subscribed.  The address stands in the wish until
that is confirmed or erased, and in `Subscriber` until the last subscription ends; nowhere else, the audit included.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import idna
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from greenrule.core.errors import Fault, InputFault
from greenrule.core.tongue import Language
from greenrule.store.desk.models import Finding
from greenrule.store.desk.records import load_finding, log
from greenrule.store.watching.links import DAYS, read_token
from greenrule.store.watching.models import Change, Subscriber, Subscription, Telling, Wish

#: Mails that an address is sent within a day because somebody asked; what is asked beyond that is forgotten in silence.
MOST_A_DAY = 3
#: Subscriptions of one address, and wishes of all that wait to be sent.
MOST, MOST_WAITING = 100, 1000
#: Days after which a wish that was mailed and not confirmed is erased, and one that could not be mailed.
CONFIRM_DAYS, UNSENT_DAYS = int(DAYS["confirm"] or 0), 7
#: Days for which it is remembered which change was told.
KEPT_DAYS = 90
#: How the audit names whoever acts by a link.
BY_LINK = "subscriber"

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def mail_address(text: str) -> str:
    """An address as it is kept: in small letters, its domain in ASCII.  Raises InputFault WAT002.

    Small letters before the `@` as well, for no mail system of today tells them apart, and one person is one subscriber.

    >>> mail_address(" Zhang.San@例子.CN ")
    'zhang.san@xn--fsqu00a.cn'
    """
    told = text.strip()
    local, at, domain = told.rpartition("@")
    try:
        sound = bool(at) and told.isprintable() and len(local) <= 64 and _LOCAL.fullmatch(local.lower()) is not None
        plain = idna.encode(domain, uts46=True).decode().lower() if sound else ""
    except (idna.IDNAError, UnicodeError):
        plain = ""
    found = f"{local.lower()}@{plain}"
    if "." not in plain or plain.rpartition(".")[2].isdigit() or len(found) > 254:
        help = "写成 name@example.cn；@ 前面只用英文字母、数字和 . _ - +，域名可以是中文"
        raise InputFault(Fault("WAT002", "这不是邮箱地址", None, help))
    return found


# -- asking ------------------------------------------------------------------------------------------------
def ask(address: str, finding: str, language: Language) -> None:
    """Write a wish down: to hear of a finding, or, where that is "", to be sent the link to one's subscriptions.

    Errors: those of `load_finding`; InputFault WAT002 for what is no address, WAT006 where too many wait to be sent.
    """
    kept = mail_address(address)
    if finding:
        load_finding(finding)
    now = timezone.now()
    with transaction.atomic():
        if Wish.objects.filter(mailed=None, mail_due__isnull=False).count() >= MOST_WAITING:
            raise InputFault(Fault("WAT006", "等着发出的邮件太多，这一封没有收下", None, "过十分钟再试"))
        Wish.objects.create(address=kept, finding=finding, language=language, mail_due=now)


def over_the_day(wish: Wish) -> bool:
    """Whether the address of a wish was sent as many mails as it is sent within a day."""
    since = timezone.now() - timedelta(days=1)
    return Wish.objects.filter(address=wish.address, mailed__gte=since).count() >= MOST_A_DAY


def forget(wish: Wish) -> None:
    """Erase a wish of which no mail is sent."""
    Wish.objects.filter(pk=wish.pk).delete()


def known(address: str, finding: str = "") -> Subscriber | None:
    """The subscriber of an address, where there is one, who hears of that finding where one is named."""
    rows = Subscriber.objects.filter(address=address)
    return (rows.filter(subscriptions__finding=finding) if finding else rows).first()


# -- by a link ---------------------------------------------------------------------------------------------
def wished(token: str) -> str:
    """The finding that a link to confirm is about.

    Raises InputFault WAT003, WAT004 (`read_token`), WAT005 where it was used, or what it was for is gone.
    """
    uid = read_token("confirm", token)
    found = Wish.objects.filter(uid=uid).exclude(finding="").values_list("finding", flat=True).first()
    if found is None:
        raise _used(uid)
    return str(found)


def confirm(token: str) -> Subscription:
    """Begin a subscription; a link does this once.

    Errors: those of `wished`; InputFault WAT007 where the address has too many already.
    """
    uid = read_token("confirm", token)
    with transaction.atomic():
        wishes = Wish.objects.filter(uid=uid).exclude(finding="")
        address = wishes.values_list("address", flat=True).first()
        # The subscriber first, then the wish, as whoever ends the last one does.
        subscriber = _held(address) if address is not None else None
        wish = wishes.select_for_update().first()
        if wish is None or subscriber is None:
            raise _used(uid)  # and what was made for it is undone
        there = subscriber.subscriptions.filter(finding=wish.finding).first()
        if there is None and subscriber.subscriptions.count() >= MOST:
            raise InputFault(Fault("WAT007", f"这个邮箱已订阅 {MOST} 份结论", None, "先退订不再需要的"))
        made = there or Subscription.objects.create(
            uid=wish.uid, subscriber=subscriber, finding=wish.finding, language=wish.language
        )
        Wish.objects.filter(address=wish.address, finding=wish.finding).delete()
        if there is None:
            log(BY_LINK, "subscription.begin", f"subscription:{made.uid}:{made.finding}")
    return made


def _held(address: str) -> Subscriber:
    """The subscriber of an address, held until the transaction ends: whoever ends the last subscription at this moment erases the address,
    before or after."""
    while True:
        Subscriber.objects.get_or_create(address=address)
        found = Subscriber.objects.select_for_update().filter(address=address).first()
        if found is not None:  # else it was erased while we waited for it
            return found


def _used(uid: uuid.UUID) -> InputFault:
    if Subscription.objects.filter(uid=uid).exists():
        return InputFault(Fault("WAT005", "这个链接已经用过，订阅已生效", None, "不用再确认；退订用以后邮件里的链接"))
    return InputFault(Fault("WAT005", "这个链接已经用过，或等待确认的时间已过", None, "到结论页重新订阅"))


def subscriber_of(token: str) -> Subscriber:
    """Whose subscriptions a link shows.  Raises InputFault WAT003, WAT004, WAT005 where they have ended all."""
    found = Subscriber.objects.filter(uid=read_token("list", token)).first()
    if found is None:
        raise InputFault(Fault("WAT005", "这个邮箱没有订阅，地址已经抹去", None, "到结论页重新订阅"))
    return found


def subscribed(subscriber: Subscriber) -> list[dict[str, Any]]:
    """What somebody has subscribed to, with whether something has changed."""
    rows = list(subscriber.subscriptions.order_by("pk"))
    names = [row.finding for row in rows]
    titles = dict(Finding.objects.filter(id__in=names).values_list("id", "project"))
    changed = set(Change.objects.filter(finding__in=names, ended=None).values_list("finding", flat=True))
    return [
        {"id": str(row.uid), "finding": row.finding, "project": titles.get(row.finding), "language": row.language,
         "since": row.made.isoformat(timespec="seconds"), "changed": row.finding in changed}
        for row in rows
    ]  # fmt: skip


def ending(token: str) -> str | None:
    """The finding of which a link ends the mails; None where they have ended.  Raises InputFault WAT003."""
    uid = read_token("end", token)
    return Subscription.objects.filter(uid=uid).values_list("finding", flat=True).first()


def end(token: str) -> bool:
    """End the subscription of a link; whether there was one.  Raises InputFault WAT003."""
    return bool(_end(Subscription.objects.filter(uid=read_token("end", token))))


def end_some(subscriber: Subscriber, uids: Iterable[uuid.UUID] | None) -> int:
    """End some of somebody's subscriptions, or (None) all of them; how many there were."""
    rows = Subscription.objects.filter(subscriber=subscriber)
    return _end(rows if uids is None else rows.filter(uid__in=list(uids)))


def _end(rows: Any) -> int:
    with transaction.atomic():
        found = list(rows.values_list("pk", "uid", "finding", "subscriber_id"))
        if not found:
            return 0
        subscriber = Subscriber.objects.select_for_update().filter(pk=found[0][3]).first()
        if subscriber is None:
            return 0
        here = set(subscriber.subscriptions.select_for_update().order_by("pk").values_list("pk", flat=True))
        gone = [row for row in found if row[0] in here]
        Subscription.objects.filter(pk__in=[row[0] for row in gone]).delete()
        for _, uid, name, _ in gone:
            log(BY_LINK, "subscription.end", f"subscription:{uid}:{name}")
        if not subscriber.subscriptions.exists():
            Wish.objects.filter(address=subscriber.address).delete()
            subscriber.delete()
    return len(gone)


# -- changes, and what is daily ----------------------------------------------------------------------------
def tell(change: Change) -> None:
    """A mail to everybody who has subscribed to the finding of a change, inside the caller's transaction; each once."""
    now = timezone.now()
    # Whoever ends one at this moment is waited for, or waits.
    rows = Subscription.objects.select_for_update(no_key=True).filter(finding=change.finding).order_by("pk")
    Telling.objects.bulk_create(
        [Telling(subscription=row, change=change, mail_due=now) for row in rows], ignore_conflicts=True
    )


def sweep_mail() -> dict[str, int]:
    """Erase wishes that nobody confirmed in time, and forget tellings of long ago; how many of each."""
    now = timezone.now()
    late = Q(mailed__lt=now - timedelta(days=CONFIRM_DAYS)) | Q(mailed=None, at__lt=now - timedelta(days=UNSENT_DAYS))
    with transaction.atomic():
        wishes = Wish.objects.filter(late).delete()[0]
        if wishes:
            log("watch", "subscription.erase", f"unconfirmed:{wishes}")
    tellings = Telling.objects.filter(mailed__lt=now - timedelta(days=KEPT_DAYS)).delete()[0]
    return {"wishes": wishes, "tellings": tellings}
