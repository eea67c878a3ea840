"""What is told when a request cannot be answered: to people as a page, to programs in the one shape of problems."""

from __future__ import annotations

import logging
import sys

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from greenrule.web.problems import FOR_PROGRAMS, problem

_LOG = logging.getLogger("greenrule.web")
#: Seconds after which somebody may try again when the database is away.
_AGAIN = "10"


def told(
    request: HttpRequest, status: int, title: str, detail: str = "", headers: dict[str, str] | None = None
) -> HttpResponse:
    """An answer that refuses."""
    if request.path.startswith(FOR_PROGRAMS):
        return problem(request, status, detail or title, headers=headers)
    # Without the request: what a page shows of a person asks the database, which may be what is away.
    page = render_to_string("greenrule/told.html", {"title": title, "told": detail})
    return HttpResponse(page, status=status, headers=headers)


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: a request that makes no sense."""
    return told(request, 400, _("请求看不懂"))


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: a right that is missing."""
    return told(request, 403, _("没有权限"), str(exception) if isinstance(exception, PermissionDenied) else "")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without its token, of an old page or from elsewhere."""
    return told(request, 403, _("页面已过期"), _("请退回上一页，刷新后再提交（CSRF）。"))


def throttled(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: too often."""
    return told(request, 429, _("尝试太频繁"), _("请过几分钟再试。"), {"Retry-After": "300"})


def failed(request: HttpRequest) -> HttpResponse:
    """500, or 503 where it was the database that could not be reached or written."""
    error = sys.exc_info()[1]
    if error is not None and is_of_the_database(error):
        return unreachable(request, error)
    return told(request, 500, _("服务器出错"), _("已经记录，请稍后再试。"))


def unreachable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503: the database is away, or its disk is full; nothing of the request was kept."""
    _LOG.error("database: %s", str(error).strip())
    return told(
        request,
        503,
        _("服务暂时不可用"),
        _("数据库连不上或写不下，本次请求没有留下任何改动，请稍后再试。"),
        {"Retry-After": _AGAIN},
    )


def is_of_the_database(error: BaseException) -> bool:
    """Whether an error is the database's absence, and not ours."""
    return isinstance(error, (OperationalError, InterfaceError))
