"""What somebody who has logged in must do first: replace a one-time password, set up a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from greenrule.web.problems import problem

#: What a session remembers: that its password is a one-time one; that its second factor was seen.
FIRST, SECOND = "greenrule.first", "greenrule.second"
_ALWAYS = ("/accounts/logout/", "/accounts/reauthenticate/", "/accounts/language/", "/static/")


class Gate:
    """Middleware: leads a session to what its owner must do first.  Tokens carry no session and are not held up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let through, or lead to the page where the thing is done (403 for programs)."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.path.startswith(_ALWAYS):
            wanted = self._wanted(request)
            if wanted is not None:
                address, told = wanted
                if request.path.startswith("/api/"):
                    # Who one is may be asked at any time: a page finds out by it what is to be done.
                    return self.get_response(request) if request.path == "/api/v1/me" else problem(request, 403, told)
                messages.warning(request, told)
                return redirect(address)
        return self.get_response(request)

    def _wanted(self, request: HttpRequest) -> tuple[str, str] | None:
        if request.session.get(FIRST):
            address = reverse("account_change_password")
            told = _("您用的是一次性口令，请先换成自己的口令")
            return None if request.path == address else (address, told)
        administration = request.path.startswith(reverse("admin:index"))
        if settings.SECOND_FACTOR == "off" or not (administration or settings.SECOND_FACTOR == "everyone"):
            return None
        if request.path.startswith("/accounts/") or not request.user.is_authenticated:
            return None
        if not administration and request.session.get(SECOND):
            return None
        if is_mfa_enabled(request.user):
            request.session[SECOND] = True
            return None
        return reverse("mfa_index"), _("请先启用两步验证，再继续")


def shown(request: HttpRequest) -> dict[str, Any]:
    """What templates of accounts ask about the server: whether it sends mail, whether anybody may sign up, a provider elsewhere."""
    return {
        "mail_sent": settings.MAIL_SENT, "signup_open": settings.SIGNUP_OPEN,
        "provider": bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]),
    }  # fmt: skip
