"""Webhooks: addresses that are sent events, signed; what was sent to them and what came back."""

from __future__ import annotations

import json
import uuid
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from greenrule.core.errors import Fault, InputFault
from greenrule.store.watching import deliveries, hooks
from greenrule.store.watching.models import Delivery
from greenrule.store.watching.outbox import SORTS
from greenrule.web.api.access import May, once, once_telling
from greenrule.web.sending import private_allowed

router = Router()
_MAY = May("webhooks")


class NewHook(Schema):
    """An address, and what shall be sent to it."""

    name: str = Field(max_length=100)
    url: str = Field(max_length=500)
    events: list[str] = Field(max_length=50)


class Changed(Schema):
    """Other events, or on and off."""

    events: list[str] | None = Field(None, max_length=50)
    active: bool | None = None


class Page(Schema):
    """Which part of a list; `state`: only deliveries in that state."""

    after: int = Field(0, ge=0, lt=2**63)
    size: int = Field(50, ge=1, le=500)
    state: Literal["waiting", "done", "failed"] | None = None


def _who(request: HttpRequest) -> Any:
    return request.auth


@router.get("/hooks", auth=_MAY, summary="我的推送地址")
def list_hooks(request: HttpRequest) -> dict[str, Any]:
    """The asker's own addresses, how many deliveries of each are in which state, and the events there are."""
    found = list(_who(request).user.hooks.order_by("id"))
    sent = deliveries.counts(found)
    return {"items": [{**hooks.plain(hook), "deliveries": sent[hook.pk]} for hook in found], "next": None,
            "states": dict(Delivery.STATES), "events": [{"name": f"{name}.*", "label": label} for name, (label, _) in SORTS.items()]}  # fmt: skip


@router.post("/hooks", auth=_MAY, summary="登记推送地址", response={201: dict})
@once_telling("签名密钥")
def new_hook(request: HttpRequest, hook: NewHook) -> Status[dict[str, Any]]:
    """Register an address.  `secret` is shown here and when it is renewed, and nowhere else.

    Deliveries are POSTs of JSON with the headers Greenrule-Event, Greenrule-Delivery (the same at every try), Greenrule-Timestamp
    and Greenrule-Signature: `v1=` and HMAC-SHA256 of `timestamp.body` with the secret, in hex.  Any 2xx takes it; anything else is
    tried again for about two days.
    """
    person = _who(request)
    made = hooks.register(person.user, person.name, hook.name, hook.url, hook.events, private_allowed())
    return Status(201, {**hooks.plain(made), "secret": hooks.secret_of(made)})


@router.patch("/hooks/{uid}", auth=_MAY, summary="改推送的事件，停用或启用")
def change_hook(request: HttpRequest, uid: uuid.UUID, changed: Changed) -> dict[str, Any]:
    """Other events for an address, or on and off."""
    person = _who(request)
    return hooks.plain(hooks.change(hooks.own(person.user, uid), person.name, changed.events, changed.active))


@router.post("/hooks/{uid}/secret", auth=_MAY, summary="换签名密钥")
@once_telling("签名密钥")
def new_secret(request: HttpRequest, uid: uuid.UUID) -> dict[str, Any]:
    """A new secret; the old one signs nothing more."""
    person = _who(request)
    hook = hooks.renew(hooks.own(person.user, uid), person.name)
    return {**hooks.plain(hook), "secret": hooks.secret_of(hook)}


@router.delete("/hooks/{uid}", auth=_MAY, summary="删去推送地址", response={204: None})
def remove_hook(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """No more deliveries to an address; its log goes with it."""
    person = _who(request)
    hooks.remove(hooks.own(person.user, uid), person.name)
    return HttpResponse(status=204)


@router.get("/hooks/{uid}/deliveries", auth=_MAY, summary="推送记录")
def list_deliveries(
    request: HttpRequest, uid: uuid.UUID, page: Query[Page]
) -> dict[str, Any]:  # fmt: skip
    """What was sent to an address, the newest first, each with its tries; `after` is the last id of the page before."""
    hook = hooks.own(_who(request).user, uid)
    rows = Delivery.objects.filter(hook=hook).select_related("event").order_by("-id")
    rows = rows.filter(state=page.state) if page.state else rows
    rows = list((rows.filter(id__lt=page.after) if page.after else rows)[: page.size + 1])
    size = page.size
    return {
        "items": [deliveries.plain(row) for row in rows[:size]],
        "next": rows[size - 1].pk if len(rows) > size else None,
    }


@router.post("/hooks/{uid}/deliveries/again", auth=_MAY, summary="重新推送已放弃的")
@once
def send_all_again(request: HttpRequest, uid: uuid.UUID) -> dict[str, Any]:
    """Try anew whatever of an address was given up, as after its system was away for days; `again` is how many."""
    return {"again": deliveries.all_again(hooks.own(_who(request).user, uid))}


@router.post("/hooks/{uid}/deliveries/{number}/again", auth=_MAY, summary="重新推送")
@once
def send_again(request: HttpRequest, uid: uuid.UUID, number: int) -> HttpResponse:
    """Try a delivery anew; a receiver sees the same Greenrule-Delivery."""
    hook = hooks.own(_who(request).user, uid)
    # Beyond what a row number can be there is nothing either.
    found = Delivery.objects.filter(hook=hook, pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise InputFault(Fault("HOK007", "没有这次推送", None, "见推送记录"))
    deliveries.again(found)
    found.refresh_from_db()
    return HttpResponse(
        json.dumps(deliveries.plain(found), ensure_ascii=False), content_type="application/json", status=202
    )
