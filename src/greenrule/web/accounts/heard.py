"""What happens to accounts is written into the audit, and a one-time password is one until it is replaced."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver

from greenrule.store.desk.people import must_change, password_replaced
from greenrule.store.desk.records import log
from greenrule.web.accounts.gate import FIRST, SECOND
from greenrule.web.accounts.sessions import keep

_LOG = logging.getLogger("greenrule.accounts")


def _audit(user: Any, action: str, detail: str = "") -> None:
    name = user.get_username()
    log(name, action, f"person:{name}" + (f":{detail}" if detail else ""))


@receiver(user_logged_in)
def came(sender: Any, request: Any, user: Any, **rest: Any) -> None:
    """Somebody logged in."""
    if must_change(user):
        request.session[FIRST] = True
    keep(request, user)
    _audit(user, "login")


@receiver(user_logged_out)
def left(sender: Any, request: Any, user: Any, **rest: Any) -> None:
    """Somebody logged out."""
    if user is not None:
        _audit(user, "logout")


@receiver(user_login_failed)
def refused(sender: Any, credentials: dict[str, Any], request: Any = None, **rest: Any) -> None:
    """An attempt that failed goes to the log of the server; the audit is not for anybody to fill."""
    where = request.META.get("REMOTE_ADDR", "-") if request is not None else "-"
    _LOG.warning("login failed for %.100r from %s", credentials.get("username") or credentials.get("email"), where)


@receiver([password_changed, password_set, password_reset])
def replaced(sender: Any, request: Any, user: Any, **rest: Any) -> None:
    """A password of one's own."""
    request.session.pop(FIRST, None)
    with transaction.atomic():
        password_replaced(user)
        _audit(user, "password")


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def second(sender: Any, request: Any, user: Any, authenticator: Any, signal: Any, **rest: Any) -> None:
    """A second factor came, went, or was made anew."""
    request.session.pop(SECOND, None)
    action = {id(authenticator_added): "added", id(authenticator_removed): "removed"}.get(id(signal), "reset")
    _audit(user, f"second_factor.{action}", authenticator.type)


@receiver(social_account_added)
def joined(sender: Any, request: Any, sociallogin: Any, **rest: Any) -> None:
    """An identity elsewhere was joined to an account."""
    _audit(sociallogin.user, "provider.added", sociallogin.account.provider)


@receiver(social_account_removed)
def parted(sender: Any, request: Any, socialaccount: Any, **rest: Any) -> None:
    """An identity elsewhere was parted from an account."""
    _audit(socialaccount.user, "provider.removed", socialaccount.provider)
