"""The audit, for whoever may read it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from greenrule.store.chain import read_anchors, verify
from greenrule.store.desk.models import Audit
from greenrule.store.desk.records import audit_lines
from greenrule.store.desk.stewarding import audited
from greenrule.web.api.access import May

router = Router()


class Asked(Schema):
    """Which lines."""

    after: int = Field(0, ge=0, lt=2**63, description="上一页最后一行的序号")
    size: int = Field(100, ge=1, le=1000)
    who: str | None = Field(None, description="只列某人的")
    action: str | None = Field(None, description="只列某种动作")
    subject: str | None = Field(None, description="只列某个对象")


@router.get("/audit", auth=May("audit.read"), summary="审计记录")
def lines(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """The audit, oldest first; every line with its seal, so that the chain can be checked elsewhere.

    Below the province only lines of people of the area: of who they are and of what they did.
    """
    wanted = {name: value for name in ("who", "action", "subject") if (value := getattr(asked, name)) is not None}
    found = Audit.objects.filter(audited(request.auth), seq__gt=asked.after, **wanted).order_by("seq")
    rows = list(found.values("seq", "at", "who", "action", "subject", "digest", "chain")[: asked.size + 1])
    return {"items": rows[: asked.size], "next": rows[asked.size - 1]["seq"] if len(rows) > asked.size else None}


@router.get("/audit/verify", auth=May("audit.read"), summary="核对审计记录的链")
def check(request: HttpRequest, anchor: Query[list[str]] = []) -> dict[str, Any]:  # noqa: B006 - the framework copies it
    """Whether the chain is whole, and agrees with anchors (`seq:chain`) that were kept elsewhere."""
    anchors = [one for text in anchor for one in read_anchors(text)]
    found = verify(audit_lines(), anchors)
    return {
        "lines": found.lines, "whole": not found.faults, "anchors": len(anchors),
        "head": {"seq": found.head.seq, "chain": found.head.chain} if found.head else None,
        "faults": [fault.to_json() for fault in found.faults],
    }  # fmt: skip
