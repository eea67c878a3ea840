"""The outbox: what happened is written beside the change itself, in its transaction, and sent afterwards by somebody else.

A transaction that is rolled back leaves no event; one that is committed loses none, whatever happens to the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from greenrule.store.watching.models import Event

#: Sorts of events → what people call them, and the permission that lets one hear of all of them in an area.
SORTS: Mapping[str, tuple[str, str]] = {
    "finding": ("结论", "findings"),
    "filing": ("申报", "filings.read"),
    "claim": ("事实异议", "filings.read"),
    "layer": ("图层", "layers.read"),
    "problem": ("监督问题", "tracking.read"),
    "task": ("任务", "tasks.read"),
}


def emit(
    event: str, subject: str, data: Mapping[str, Any], *, area: str | None = None, organisation: int | None = None
) -> None:
    """Write down that something happened, inside the caller's transaction.

    event : `sort.what`, the sort one of `SORTS` (`finding.saved`, `filing.accepted`)
    subject : id of what it happened to
    data : plain data that goes out with it; never a secret
    area : area code in which it counts; default `data["area"]`, else everywhere, and then only those hear it who may read everywhere
    organisation : whose own it is; those who may apply for it hear of it as well; default `data["organisation"]` where that is a number

    Errors: ValueError for a sort that nobody described, RuntimeError outside a transaction.
    """
    sort, dot, what = event.partition(".")
    if sort not in SORTS or not dot or not what:
        raise ValueError(f"no sort of event is called {event}")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event} of {subject} must be emitted in the transaction in which it happens")
    own = data.get("organisation") if organisation is None else organisation
    Event.objects.create(
        name=event, subject=subject, area=str(data.get("area") or "") if area is None else area, data=dict(data),
        organisation=own if isinstance(own, int) and not isinstance(own, bool) else None,
    )  # fmt: skip


def hears(person: Any, event: Event) -> bool:
    """Whether somebody may hear of an event: by permission in its area, or because it is their organisation's own."""
    _, permission = SORTS[event.name.partition(".")[0]]
    if person.may(permission, event.area):
        return True
    return event.organisation is not None and event.organisation in person.at("filings.apply")


def wants(patterns: list[str], name: str) -> bool:
    """Whether a list of patterns asks for an event.

    >>> wants(["filing.*"], "filing.accepted"), wants(["finding.saved"], "finding.changed"), wants(["*"], "finding.saved")
    (True, False, True)
    """
    return any(
        pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1])) for pattern in patterns
    )
