"""One's own sessions: where one is logged in, and signing out elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from greenrule.core.tongue import said
from greenrule.web.accounts import sessions
from greenrule.web.api.access import May, once
from greenrule.web.problems import Problem

router = Router()


class Ended(Schema):
    """Which session; none: all others."""

    id: int | None = Field(None, ge=1, lt=2**63)


def _own(request: HttpRequest) -> Any:
    """Whose session asks: a token has none, and may not look at those of its owner."""
    if request.headers.get("Authorization"):
        raise Problem(403, said("会话只能在登录后的页面里管理，令牌不行"))
    return request.user


@router.get("/me/sessions", auth=May("screen"), summary="自己的登录会话")
def list_sessions(request: HttpRequest) -> dict[str, Any]:
    """Where one is logged in, this session first."""
    return {"items": sessions.sessions(request, _own(request)), "next": None}


@router.post("/me/sessions/end", auth=May("screen"), summary="退出别处的会话")
@once
def end_sessions(request: HttpRequest, wanted: Ended) -> dict[str, Any]:
    """End another session of one's own, or all others; `ended` is how many there were."""
    return {"ended": sessions.end(request, _own(request), wanted.id)}
