"""Tokens of one's own, for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from greenrule.store.desk.models import Token
from greenrule.store.desk.people import MOST_TOKEN_DAYS, TOKEN_DAYS, make_token, revoke_token, token_row
from greenrule.web.api.access import May, once_telling, person
from greenrule.web.problems import Problem

router = Router()


class Page(Schema):
    """Which part of a list."""

    after: int = Field(0, ge=0, lt=2**63)
    size: int = Field(50, ge=1, le=200)


class Wanted(Schema):
    """A token to be made."""

    name: str = Field(description="用途")
    scopes: list[str] = Field(description="权限，不超过本人所有")
    days: int = Field(TOKEN_DAYS, ge=1, le=MOST_TOKEN_DAYS, description="有效天数")


@router.get("/tokens", auth=May("tokens"), summary="自己的令牌")
def own(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """One's own tokens, in the order in which they were made."""
    rows = list(Token.objects.filter(owner=person(request).user, pk__gt=page.after).order_by("pk")[: page.size + 1])
    return {
        "items": [token_row(item) for item in rows[: page.size]],
        "next": rows[page.size - 1].pk if len(rows) > page.size else None,
    }


@router.post("/tokens", auth=May("tokens"), summary="建立令牌", response={201: dict[str, Any]})
@once_telling("令牌")
def make(request: HttpRequest, wanted: Wanted) -> Status[dict[str, Any]]:
    """Make a token; `secret` is told this once and never kept, so a post with the same Idempotency-Key is refused."""
    if request.headers.get("Authorization"):
        raise Problem(403, "令牌不能再发令牌，请登录后建立")
    made, secret = make_token(person(request), wanted.name, wanted.scopes, wanted.days)
    return Status(201, {**token_row(made), "secret": secret})


@router.delete("/tokens/{number}", auth=May("tokens"), summary="撤销令牌", response={204: None})
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Put a token of one's own out of force at once."""
    if not 0 < number < 2**63 or not revoke_token(person(request), number):
        raise Problem(404, "没有这个令牌")
    return HttpResponse(status=204)
