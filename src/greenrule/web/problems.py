"""One shape for everything that goes wrong at the API (RFC 9457), with all faults of the input at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.core.retelling import fault_json, retold
from greenrule.core.tongue import language, said

_LOG = logging.getLogger("greenrule.web")
#: Where programs ask, who hear of errors in their own shape.
FOR_PROGRAMS = ("/api/", "/tiles/", "/ogc")
_TITLES = {
    400: "请求看不懂", 401: "需要登录或令牌", 403: "没有这项权限", 404: "没有这个对象", 405: "不支持这种方法", 409: "与先前的请求冲突",
    411: "没有写明长度", 413: "请求太大", 415: "不支持这种内容", 422: "输入有错", 429: "请求太多", 500: "服务器出错", 503: "服务暂时不可用",
}  # fmt: skip
#: Faults that say that what an address names is not there.
_NOT_THERE = {"W020", "LAW001", "LAW002", "HOK005", "HOK007", "WAT001", "WAT003", "WAT004", "WAT005"}


class Problem(Exception):
    """Something that ends a request with a status of its own."""

    def __init__(
        self, status: int, detail: str = "", faults: Iterable[Fault] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.faults, self.headers = status, detail, tuple(faults), headers or {}


def problem(
    request: HttpRequest,
    status: int,
    detail: str = "",
    faults: Sequence[Fault] = (),
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """The answer that tells of a problem."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": said(_TITLES.get(status, "请求未完成")),
        "status": status,
        "instance": request.path,
    }
    if detail:
        # In English the first fault tells what went wrong, where its code has a sentence; else the Chinese stays with it.
        told = said(detail)
        if faults and detail == faults[0].message:
            told = fault_json(faults[0])["message"]
        elif language() == "en" and told == detail:
            told = retold(detail) or detail
        body["detail"] = told
    if faults:
        body["faults"] = [fault_json(fault) for fault in faults]
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json", headers=headers
    )


def of_fault(request: HttpRequest, error: InputFault) -> HttpResponse:
    """Faults of the input are the asker's (422), those of the machine ours (503); of records that are not there 404."""
    if isinstance(error, EnvironmentFault):
        _LOG.error("environment fault: %s", error)
        return problem(
            request,
            503,
            said("服务器的存储或环境有问题，已记录"),
            [Fault(f.code, f.message, None, f.help) for f in error.faults],
        )
    status = 404 if {fault.code for fault in error.faults} <= _NOT_THERE else 422
    return problem(request, status, error.faults[0].message, error.faults)
