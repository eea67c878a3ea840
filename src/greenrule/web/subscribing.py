"""Pages for being told of changes, without script: with an account or by mail; and what the links in mails open.

A link's page changes nothing until its button is pressed: mail programs and their guards open links before people do.  What is signed
in the link is all the authority there is, so these forms need no cookie; mail programs post to the one that ends by themselves
(RFC 8058).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from allauth.core import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.core.retelling import fault_json
from greenrule.core.tongue import language, said
from greenrule.store.desk.models import Finding
from greenrule.store.desk.organisations import person_of
from greenrule.store.desk.records import load_finding
from greenrule.store.watching import subscriptions, watches
from greenrule.store.watching.links import DAYS
from greenrule.web.letters import offered
from greenrule.web.problems import Problem

#: Seconds after which a visitor who asked too often may ask again, and after which a queue may have room.
_LATER, _SOON = "3600", "600"

Page = Callable[..., HttpResponse]


def asked_by_mail(request: HttpRequest, address: str, finding: str = "") -> None:
    """Write down what a visitor wants to be mailed.

    Raises InputFault WAT002 (no address), WAT008 (this server sends no mail), W020 (no such finding); Problem 429 for too many from one
    place, 503 (WAT006) where too many wait.
    """
    if not offered():
        help = "结论页本身随时说明之后有没有变化；有账号的可在收件箱里得到通知"
        raise InputFault(Fault("WAT008", "这台服务器没有设置发信，不能用邮箱订阅", None, help))
    subscriptions.mail_address(address)  # who errs in writing has not asked yet
    if finding:
        load_finding(finding)
    if not ratelimit.consume(request, action="subscribe"):
        raise Problem(429, said("索取邮件太频繁，请一小时后再试"), headers={"Retry-After": _LATER})
    try:
        subscriptions.ask(address, finding, language())
    except InputFault as error:
        if error.faults[0].code == "WAT006":
            raise Problem(503, error.faults[0].message, error.faults, {"Retry-After": _SOON}) from None
        raise


def _private(view: Page) -> Page:
    """A page that no cache keeps and no index lists."""

    def wrapped(request: HttpRequest, *args: Any, **rest: Any) -> HttpResponse:
        answer = view(request, *args, **rest)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    return never_cache(wrapped)


def _refused(error: InputFault | Problem, shown: dict[str, Any]) -> int:
    """Put what went wrong on the page; its status."""
    if isinstance(error, EnvironmentFault):
        raise error
    shown["faults"] = [fault_json(fault) for fault in error.faults] or [
        {"message": str(error), "help": None, "code": ""}
    ]
    return error.status if isinstance(error, Problem) else 422


@require_http_methods(["GET", "HEAD", "POST"])
@_private
def finding(request: HttpRequest, name: str) -> HttpResponse:
    """How to be told when something changes under a finding: with the account one has, or by mail."""
    try:
        title = load_finding(name)["title"]
    except EnvironmentFault:
        raise
    except InputFault as error:
        raise Http404(error.faults[0].message) from None
    user = request.user
    may = user.is_authenticated and person_of(user).may("watch")
    shown: dict[str, Any] = {
        "name": name, "title": title, "faults": [], "may": may, "offered": offered(), "days": subscriptions.CONFIRM_DAYS, "asked": False,
        "words": {"email": request.POST.get("email", "")},
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        try:
            status = _wanted(request, name, may, shown)
        except (InputFault, Problem) as error:
            status = _refused(error, shown)
    if may:
        shown["watch"] = user.watches.filter(finding=name).first()
    return render(request, "greenrule/watch_finding.html", shown, status=status)


def _wanted(request: HttpRequest, name: str, may: bool, shown: dict[str, Any]) -> int:
    match request.POST.get("do"):
        case "watch" if may:
            watches.watch(request.user, name, "mail" in request.POST)
        case "unwatch" if may:
            watches.unwatch(request.user, name)
        case _:
            asked_by_mail(request, request.POST.get("email", ""), name)
            shown["asked"] = True
            return 202
    return 200


@require_http_methods(["GET", "HEAD", "POST"])
@_private
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the link to one's subscriptions."""
    shown: dict[str, Any] = {
        "faults": [], "offered": offered(), "days": DAYS["list"], "asked": False, "words": {"email": request.POST.get("email", "")},
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        try:
            asked_by_mail(request, request.POST.get("email", ""))
            shown["asked"], status = True, 202
        except (InputFault, Problem) as error:
            status = _refused(error, shown)
    return render(request, "greenrule/watch_ask.html", shown, status=status)


def _by_link(view: Page) -> Page:
    """A page that a mail's link opens; a link that opens nothing is told as a page."""

    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return view(request, token)
        except EnvironmentFault:
            raise
        except InputFault as error:
            fault = fault_json(error.faults[0])
            shown = {"title": _("这个链接打不开"), "fault": fault, "again": True}
            status = 422 if fault["code"] == "WAT007" else 404
            return render(request, "greenrule/watch_link.html", shown, status=status)

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(_private(wrapped)))


def _title(name: str) -> str:
    return Finding.objects.filter(id=name).values_list("project", flat=True).first() or name


@_by_link
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Begin a subscription."""
    if request.method == "POST":
        name, done = subscriptions.confirm(token).finding, True
    else:
        name, done = subscriptions.wished(token), False
    return render(request, "greenrule/watch_confirm.html", {"name": name, "project": _title(name), "done": done})


@_by_link
def end(request: HttpRequest, token: str) -> HttpResponse:
    """End a subscription; asked again it says that it has ended, for mail programs ask more than once."""
    name = subscriptions.ending(token)
    if request.method == "POST":
        subscriptions.end(token)
    shown = {"name": name, "project": _title(name) if name else "", "done": request.method == "POST" or name is None}
    return render(request, "greenrule/watch_end.html", shown)


@_by_link
def listed(request: HttpRequest, token: str) -> HttpResponse:
    """One's subscriptions, and an end to any of them."""
    subscriber = subscriptions.subscriber_of(token)
    ended = 0
    if request.method == "POST":
        ended = subscriptions.end_some(
            subscriber, None if "all" in request.POST else _uids(request.POST.getlist("end"))
        )
    rows = subscriptions.subscribed(subscriber)
    return render(request, "greenrule/watch_list.html", {"rows": rows, "ended": ended, "address": subscriber.address})


def _uids(told: list[str]) -> list[uuid.UUID]:
    found = []
    for text in told:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
