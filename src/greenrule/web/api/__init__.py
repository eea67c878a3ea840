"""The JSON API under `/api/v1`: everything a page can do."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import BaseRenderer

from greenrule.casework.sealing import engine_version
from greenrule.core.errors import InputFault
from greenrule.core.tongue import said
from greenrule.web.api import (
    audit,
    dispatch,
    dispatch_reports,
    drafting,
    exchange,
    filing_routes,
    findings,
    geometry,
    hooks,
    interview,
    jobs,
    law,
    parameters,
    people,
    places,
    planning,
    sessions,
    stewards,
    subscriptions,
    supervision,
    tokens,
    watching,
)
from greenrule.web.api.description import DescribedAPI
from greenrule.web.problems import Problem, of_fault, problem
from greenrule.web.refusals import is_of_the_database, unreachable
from greenrule.web.tongues import labelled


class Plain(BaseRenderer):
    """JSON with Chinese written as Chinese; labels in the language that was asked for."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        """The text of an answer."""
        return json.dumps(labelled(data), ensure_ascii=False, default=str)


_LOG = logging.getLogger("greenrule.web")

api = DescribedAPI(
    title="绿尺 Greenrule",
    version="1",
    description="生态环境政策可以提问：项目进，逐条有依据的结论出。出错一律为 application/problem+json（RFC 9457），`faults` 列出全部错处。",
    docs_url=None,
    renderer=Plain(),
    urls_namespace="api-v1",
)
api.add_router("", findings.router, tags=["审查"])
api.add_router("", interview.router, tags=["提问"])
api.add_router("", places.router, tags=["地点"])
api.add_router("", geometry.router, tags=["地点"])
api.add_router("", law.router, tags=["规定"])
api.add_router("", people.router, tags=["人员"])
api.add_router("", hooks.router, tags=["推送"])
api.add_router("", watching.router, tags=["变化"])
api.add_router("", subscriptions.router, tags=["变化"])
api.add_router("", filing_routes.router, tags=["办件"])
api.add_router("", tokens.router, tags=["令牌"])
api.add_router("", audit.router, tags=["审计"])
api.add_router("", stewards.router, tags=["人员"])
api.add_router("", sessions.router, tags=["人员"])
api.add_router("", dispatch.router, tags=["任务"])
api.add_router("", dispatch_reports.router, tags=["任务"])
api.add_router("", jobs.router, tags=["作业"])
api.add_router("", planning.router, tags=["图层"])
api.add_router("", supervision.router, tags=["监督"])
api.add_router("", drafting.router, tags=["推演和评估"])
api.add_router("", exchange.router, tags=["交换"])


@api.get("/health", tags=["服务"], summary="服务是否正常")
def health(request: HttpRequest) -> dict[str, Any]:
    """Says that the process answers, and of which version it is."""
    return {"status": "ok", "engine": engine_version()}


@api.exception_handler(InputFault)
def on_fault(request: HttpRequest, error: InputFault) -> HttpResponse:
    """Faults of greenrule's own."""
    return of_fault(request, error)


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, error: Problem) -> HttpResponse:
    """A view that ends a request."""
    return problem(request, error.status, error.detail, error.faults, error.headers)


@api.exception_handler(ValidationError)
def on_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters that are not what they should be: each named."""
    return problem(request, 422, said("请求的参数不对"), parameters.faults(error.errors))


@api.exception_handler(AuthenticationError)
def on_authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No token, or one that is not valid."""
    return problem(request, 401, said("没有令牌，或令牌无效、已过期"), headers={"WWW-Authenticate": "Bearer"})


@api.exception_handler(HttpError)
def on_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Errors of the framework, bodies that are no JSON among them."""
    return problem(request, error.status_code, said("请求体不是 JSON") if error.status_code == 400 else str(error))


@api.exception_handler(Exception)
def on_error(request: HttpRequest, error: Exception) -> HttpResponse:
    """What should not happen: written to the log in full, told without its insides."""
    if is_of_the_database(error):
        return unreachable(request, error)
    _LOG.exception("%s %s", request.method, request.path)
    return problem(request, 500, said("服务器出错，已记录"))


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Nothing there."""
    return problem(request, 404, str(error))


@api.exception_handler(PermissionDenied)
def on_denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    """Not allowed."""
    return problem(request, 403, str(error))


@api.exception_handler(RequestDataTooBig)
def on_too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """A body over the limit."""
    return problem(request, 413, said("请求体超过 4 MB：坐标请先精简，或改用图层导入"))
