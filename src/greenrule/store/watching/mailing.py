"""Mails on their way: what is due is taken by one worker at a time and tried until it is through or given up.

Whoever takes one puts its day ahead (a lease) before it sends.  A worker that dies before the mail server has taken the mail has
recorded nothing: after the lease it is sent, once.  One that dies in the moment between the server's word and the record sends again,
under the same `Message-ID`, by which mail systems know it for the same.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from greenrule.store.watching.models import Invitation, Notice, Posted, Telling, Wish

#: Minutes to the next try after each that failed (about four days in all); after the last the mail is given up.
PAUSES = (1, 5, 30, 120, 720, 1440, 1440, 1440)
#: For how long a worker has a mail to itself; longer than a try can take.
LEASE = timedelta(minutes=5)
#: Somebody waits for the first two.
_ROW: tuple[tuple[type[Posted], tuple[str, ...]], ...] = (
    (Wish, ()), (Invitation, ("user",)), (Notice, ("user", "change")), (Telling, ("subscription__subscriber", "change")),
)  # fmt: skip


def take_mail(links: bool = True) -> Iterator[Posted]:
    """What is due, each taken for this worker alone; `links`: also mails that are nothing without a link."""
    for model, related in _ROW:
        if not links and model is not Notice:
            continue
        while True:
            now = timezone.now()
            rows = model._default_manager.filter(mailed=None, mail_due__lte=now)
            found = rows.select_related(*related).order_by("mail_due", "pk").first()
            if found is None:
                break
            ahead = now + LEASE
            if model._default_manager.filter(pk=found.pk, mailed=None, mail_due=found.mail_due).update(mail_due=ahead):
                found.mail_due = ahead
                yield found


def mine(posted: Posted) -> bool:
    """Whether what was taken is still there and still ours: a subscription may have ended, a lease run out."""
    return bool(type(posted)._default_manager.filter(pk=posted.pk, mailed=None, mail_due=posted.mail_due).exists())


def record_mail(posted: Posted, sent: bool, *, hopeless: bool = False) -> None:
    """Write down whether a mail went out, and when it is tried again; `hopeless`: it is not."""
    now = timezone.now()
    rows = type(posted)._default_manager.filter(pk=posted.pk)
    if sent:
        rows.update(mailed=now, mail_due=None)
        return
    again = not hopeless and posted.tries < len(PAUSES)
    rows.update(mail_due=now + timedelta(minutes=PAUSES[posted.tries]) if again else None, tries=posted.tries + 1)


def put_back(posted: Posted) -> None:
    """Nobody could be asked to take it: no try, and due as it was."""
    type(posted)._default_manager.filter(pk=posted.pk, mailed=None).update(mail_due=timezone.now())


def message_id(posted: Posted, host: str) -> str:
    """The same for every try at the same mail, and guessed by nobody."""
    told = f"greenrule mail {type(posted).__name__} {posted.pk} {posted.at.isoformat()}".encode()
    return f"<{hmac.new(str(settings.SECRET_KEY).encode(), told, hashlib.sha256).hexdigest()[:32]}@{host}>"


def waiting() -> int:
    """How many mails are on their way."""
    return sum(model._default_manager.filter(mailed=None).exclude(mail_due=None).count() for model, _ in _ROW)
