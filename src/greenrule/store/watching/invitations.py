"""Invitations: whoever opens an account need not hand a password over; a mail brings the link by which one is set."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from greenrule.core.errors import Fault, InputFault
from greenrule.core.tongue import Language
from greenrule.store.desk.records import log
from greenrule.store.desk.roles import Person
from greenrule.store.watching.models import Invitation


def invite(who: Person, user: Any, language: Language) -> None:
    """Send somebody the link to set their password; the password they have holds until they do.

    Raises InputFault WAT009 where no mail address is known, or the account is shut.
    """
    if not user.email or not user.is_active:
        raise InputFault(
            Fault("WAT009", f"账号 {user.get_username()} 没有邮箱，或已停用，发不了邀请", None, "改给一次性口令")
        )
    with transaction.atomic():
        # One that still waits says the same; the link is made when it is sent.
        Invitation.objects.filter(user=user, mailed=None).delete()
        Invitation.objects.create(user=user, by=who.name[:150], language=language, mail_due=timezone.now())
        log(who.name, "person.invite", f"person:{user.get_username()}")
