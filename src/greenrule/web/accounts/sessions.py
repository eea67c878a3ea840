"""Where somebody is logged in, and in which language: kept at every log-in, seen again every few minutes, ended on demand (allauth's
user sessions).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from greenrule.core.tongue import Language
from greenrule.store.desk.records import log
from greenrule.web.tongues import reads

#: Seconds after which a session is written down as seen again: not at every request, which would each be a write.
_AGAIN = 600
_SEEN = "greenrule.seen"
_LANGUAGE = "language"


def _rows(user: Any) -> Any:
    from allauth.usersessions.models import UserSession

    return UserSession.objects.filter(user=user)


def keep(request: HttpRequest, user: Any, chosen: Language | None = None) -> None:
    """Write down where a session is: address, program and language, as they are now; `chosen`: the language from now on."""
    from allauth.usersessions.models import UserSession

    if not request.session.session_key:
        request.session.save()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user, "ip": request.META.get("REMOTE_ADDR") or "0.0.0.0", "last_seen_at": timezone.now(),
            "user_agent": request.headers.get("User-Agent", "")[:200], "data": {_LANGUAGE: chosen or reads(request)},
        },
    )  # fmt: skip
    request.session[_SEEN] = int(time.time())


def language_of(user: Any) -> Language:
    """The language in which somebody last asked, as far as a session of theirs is remembered; else Chinese."""
    kept = _rows(user).order_by("-last_seen_at", "-pk").values_list("data", flat=True).first() or {}
    return "en" if kept.get(_LANGUAGE) == "en" else "zh"


class Seen:
    """Middleware: a session that is used is seen, at most every ten minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Write it down where it is due."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.path.startswith("/static/"):
            due = time.time() - int(request.session.get(_SEEN, 0)) > _AGAIN
            if due and request.user.is_authenticated:
                keep(request, request.user)
        return self.get_response(request)


def sessions(request: HttpRequest, user: Any) -> list[dict[str, Any]]:
    """One's own sessions that are still open, this one first, then those seen last; what has run out is forgotten."""
    from allauth.usersessions.models import UserSession

    found = list(UserSession.objects.purge_and_list(user))
    here = request.session.session_key
    found.sort(key=lambda row: (row.session_key != here, -row.last_seen_at.timestamp()))
    return [
        {
            "id": row.pk, "here": row.session_key == here, "address": row.ip, "program": row.user_agent,
            "since": timezone.localtime(row.created_at).isoformat(timespec="seconds"),
            "seen": timezone.localtime(row.last_seen_at).isoformat(timespec="seconds"),
        }
        for row in found
    ]  # fmt: skip


def end(request: HttpRequest, user: Any, number: int | None = None) -> int:
    """End one of one's own sessions, or all but this one; how many there were."""
    with transaction.atomic():
        rows = _rows(user).exclude(session_key=request.session.session_key)
        ended = list(rows if number is None else rows.filter(pk=number))
        for row in ended:
            row.end()
        if ended:
            log(user.get_username(), "sessions.end", f"person:{user.get_username()}:{len(ended)}")
    return len(ended)


def end_all(user: Any) -> int:
    """End every session of somebody; how many there were."""
    ended = list(_rows(user))
    for row in ended:
        row.end()
    return len(ended)
