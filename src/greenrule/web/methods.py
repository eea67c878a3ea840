"""Methods of HTTP that no view has of its own: HEAD is GET without its body, OPTIONS tells what is allowed, 405 has the one shape."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from greenrule.core.tongue import said
from greenrule.web.problems import FOR_PROGRAMS, problem


class Methods:
    """Middleware: RFC 9110 asks every server for HEAD; link checkers and monitors use it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer HEAD as GET, and say in our own words what an address does not do."""
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        response = self.get_response(request)
        if response.status_code == 405:
            response = _not_allowed(request, asked or "", response.get("Allow", ""))
        return _without_body(response) if asked == "HEAD" else response


def _not_allowed(request: HttpRequest, asked: str, allow: str) -> HttpResponse:
    """Which methods there are: the answer to OPTIONS, the refusal of any other."""
    methods = sorted({name.strip() for name in allow.split(",") if name.strip()})
    if "GET" in methods:
        methods.append("HEAD")
    headers = {"Allow": ", ".join(dict.fromkeys([*methods, "OPTIONS"]))}
    if asked == "OPTIONS":
        return HttpResponse(status=204, headers=headers)
    told = said("这个地址只接受 {methods}").format(methods=", ".join(methods))
    if request.path.startswith(FOR_PROGRAMS):
        return problem(request, 405, told, headers=headers)
    return HttpResponse(told, status=405, content_type="text/plain; charset=utf-8", headers=headers)


def _without_body(response: HttpResponse) -> HttpResponse:
    """The same head, told how long the body would have been."""
    if response.streaming:
        return response  # files: the server in front sends none of it for HEAD
    length = len(response.content)
    response.content = b""
    response["Content-Length"] = str(length)
    return response
