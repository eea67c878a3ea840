"""Pages of accounts that the account library has not: tokens, and the language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from greenrule.core.errors import Fault, InputFault
from greenrule.core.retelling import fault_json
from greenrule.core.tongue import said
from greenrule.store.desk.models import Token
from greenrule.store.desk.organisations import person_of
from greenrule.store.desk.people import MOST_TOKEN_DAYS, TOKEN_DAYS, make_token, revoke_token, token_row
from greenrule.store.desk.roles import PERMISSIONS
from greenrule.web.accounts.sessions import keep


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens: made, listed, put out of force; a secret is shown once, on the page that made it."""
    owner = person_of(request.user)
    if not owner.may("tokens"):
        raise PermissionDenied(said("没有“建立和撤销自己的接口令牌”的权限（tokens）"))
    shown: dict[str, Any] = {"faults": [], "words": {"days": TOKEN_DAYS}, "most": MOST_TOKEN_DAYS}
    if request.method == "POST" and "revoke" in request.POST:
        number = request.POST["revoke"]
        if number.isascii() and number.isdigit() and revoke_token(owner, int(number)):
            return redirect("tokens")
        shown["faults"] = [fault_json(Fault("SEC012", "没有这个令牌", None, "刷新页面再看"))]
    elif request.method == "POST":
        shown["words"] = {
            "name": request.POST.get("name", ""), "days": request.POST.get("days", ""), "scopes": request.POST.getlist("scopes")
        }  # fmt: skip
        try:
            days = int(shown["words"]["days"])
        except ValueError:
            days = 0
        try:
            made, secret = make_token(owner, shown["words"]["name"], shown["words"]["scopes"], days)
            shown |= {"made": made, "secret": secret, "words": {"days": TOKEN_DAYS}}
        except InputFault as error:
            shown["faults"] = [fault_json(fault) for fault in error.faults]
    shown["scopes"] = [(name, said(label)) for name, label in PERMISSIONS.items() if owner.may(name)]
    shown["tokens"] = [token_row(item) for item in Token.objects.filter(owner=request.user).order_by("-pk")]
    return render(request, "account/tokens.html", shown, status=422 if shown["faults"] else 200)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language that somebody chose, and go back to where they were."""
    wanted, back = request.POST.get("language", ""), request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    answer = redirect(back)
    if wanted in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            keep(request, request.user, "en" if wanted == "en" else "zh")
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax",
            secure=settings.BEHIND_TLS,
        )  # fmt: skip
    return answer
