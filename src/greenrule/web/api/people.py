"""Who is logged in, and what they may do: what a page needs to show only what can be opened."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router

from greenrule.store.desk.roles import LEVELS, PERMISSIONS, ROLES, VISITOR
from greenrule.web.api.access import person

router = Router()


@router.get("/me", summary="我是谁，能做什么")
def me(request: HttpRequest) -> dict[str, Any]:
    """The person of the session or token; a visitor has no `user`.  Sets the CSRF cookie that changes must repeat."""
    found = person(request)
    get_token(request)
    memberships = []
    if found.user is not None:
        rows = found.user.memberships.select_related("organisation").order_by("organisation__area", "role")
        memberships = [
            {
                "organisation": {"id": row.organisation.id, "name": row.organisation.name, "area": row.organisation.area,
                                 "level": row.organisation.level, "level_label": LEVELS[row.organisation.level]},
                "role": row.role, "label": ROLES[row.role][0] if row.role in ROLES else row.role,
            }
            for row in rows
        ]  # fmt: skip
    return {
        "user": None if found is VISITOR else found.name,
        "memberships": memberships,
        "permissions": {
            name: {"label": label, "areas": list(found.areas(name))} for name, label in PERMISSIONS.items() if found.may(name)
        },
    }  # fmt: skip
