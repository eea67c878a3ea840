"""What has changed since a finding was given out; who wants to hear of it; the inbox."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from greenrule.store.desk.records import load_finding
from greenrule.store.watching import watches
from greenrule.web.api.access import May, once, person
from greenrule.web.letters import offered
from greenrule.web.tongues import change_told
from greenrule.web.watching import changes_of

router = Router()
_MAY = May("watch")


class Page(Schema):
    """Which part of a list."""

    after: int = Field(0, ge=0, lt=2**63)
    size: int = Field(50, ge=1, le=500)
    unread: bool = False


class Wish(Schema):
    """How somebody wants to hear of changes."""

    email: bool = True


@router.get("/findings/{name}/since", summary="结论之后的变化")
def since_finding(request: HttpRequest, name: str) -> dict[str, Any]:
    """What of the rules, values and boundaries that a finding used has changed since, and what its outcome would be now.

    `changes` is empty where nothing has; each has its items, the outcome that differs, and the days asked for.  `by_mail`: whether
    somebody without an account can be told by mail (`POST /findings/{name}/subscriptions`).
    """
    load_finding(name)
    asker = person(request)
    own = asker.user is not None and asker.user.watches.filter(finding=name).exists()
    rows = changes_of(name)
    return {
        "id": name, "watched": own, "by_mail": offered(), "changes": [
            {"id": row.pk, "at": row.at.isoformat(timespec="seconds"), **change_told(row.body)} for row in rows
        ],
    }  # fmt: skip


@router.put("/findings/{name}/watch", auth=_MAY, summary="关注一份结论")
def put_watch(request: HttpRequest, name: str, wish: Wish) -> dict[str, Any]:
    """Hear of changes under a finding, in the inbox and, where the server can, by mail."""
    found = watches.watch(request.auth.user, name, wish.email)
    return {"finding": name, "email": found.email, "since": found.made.isoformat(timespec="seconds")}


@router.delete("/findings/{name}/watch", auth=_MAY, summary="取消关注", response={204: None})
def delete_watch(request: HttpRequest, name: str) -> HttpResponse:
    """Hear no more of it."""
    watches.unwatch(request.auth.user, name)
    return HttpResponse(status=204)


@router.get("/watches", auth=_MAY, summary="我关注的结论")
def list_watches(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Findings that the asker watches, with whether something has changed."""
    items, after = watches.watched(request.auth.user, page.after, page.size)
    return {"items": items, "next": after}


@router.get("/inbox", auth=_MAY, summary="收件箱")
def list_inbox(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """The asker's notices, the newest first; `after` is the last id of the page before."""
    user = request.auth.user
    items, after = watches.inbox(user, page.after, page.size, page.unread, lambda body: change_told(body)["title"])
    return {"items": items, "next": after, "unread": watches.unread(user)}


@router.post("/inbox/read", auth=_MAY, summary="全部标为已读")
@once
def read_all(request: HttpRequest) -> dict[str, Any]:
    """Mark every notice as read."""
    return {"marked": watches.mark_read(request.auth.user)}


@router.post("/inbox/{number}/read", auth=_MAY, summary="标为已读")
@once
def read_one(request: HttpRequest, number: int) -> dict[str, Any]:
    """Mark a notice as read."""
    return {"marked": watches.mark_read(request.auth.user, number)}
