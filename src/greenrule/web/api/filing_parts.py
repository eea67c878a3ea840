"""What the routes of filings share: answers, pages, who asks, which steps are somebody's, and what the other did."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from ninja import Router

from greenrule.casework.filing import EVENTS
from greenrule.core.errors import Fault
from greenrule.store.desk.roles import Person
from greenrule.store.filings.cases import Moved
from greenrule.store.filings.models import Case
from greenrule.web.filing_desk import OWN_ROUTES
from greenrule.web.filing_views import event_json
from greenrule.web.problems import Problem

#: One for all modules: paths that are read in one and changed in another must lie on one router.
router = Router()
_MOST = 200
#: Steps that the window and the officer take.
HANDLING = tuple(what for what in EVENTS if what not in OWN_ROUTES)


def answer(found: Any, status: int = 200) -> tuple[int, str]:
    """Plain data as a post answers it."""
    return status, json.dumps(found, ensure_ascii=False, default=str)


def guarded(view: Callable[..., Any]) -> Callable[..., Any]:
    """A changing view: where somebody else was first, tell what they did (409)."""

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except Moved as moved:
            done = [event_json(item) for item in moved.since]
            told = "；".join(f"{item['day']} {item['who']}：{item['label']}" for item in done) or "内容被修改"
            fault = Fault(
                "DSK042", f"您打开以后，办件已有变化：{told}", None, f"刷新后再办（现为第 {moved.case.version} 版）"
            )
            raise Problem(409, fault.message, [fault]) from None

    return wrapped


def page(
    rows: Any, after: int | None, size: int, shown: Callable[[Any], dict[str, Any]],
    newest: Callable[[Any, int], list[Any]] = lambda rows, most: list(rows.order_by("-pk")[:most]),
) -> dict[str, Any]:  # fmt: skip
    """A page of rows, the newest first; `newest` gives the first so many of some rows."""
    size = max(1, min(size, _MOST))
    if after is not None:
        rows = rows.filter(pk__lt=max(0, min(after, 2**62)))
    found = newest(rows, size + 1)
    return {"items": [shown(item) for item in found[:size]], "next": found[size - 1].pk if len(found) > size else None}


def steps_for(person: Person, number: int) -> list[str]:
    """Steps that somebody may take in a case, whether or not they are possible just now."""
    own, *areas = Case.objects.filter(pk=number).values_list("handling", "handling__area", "area").first() or (
        0,
        "",
        "",
    )
    out = []
    if person.acts("filings.handle", own, *areas):
        out += [*HANDLING, "opinion_given"]
    if person.acts("filings.decide", own, *areas):
        out.append("decided")
    if Case.objects.filter(
        pk=number, opinions__given=None, opinions__organisation__in=person.at("filings.opine")
    ).exists():
        out.append("opinion_given")
    return out


def asking(request: Any) -> Person:
    """Who asks, as `May` let them in."""
    found: Person = request.auth
    return found
