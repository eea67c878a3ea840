"""Being told of changes by mail without an account: asked for here, confirmed and ended by links in mails."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from greenrule.core.errors import InputFault
from greenrule.core.tongue import language, said
from greenrule.store.watching import subscriptions
from greenrule.web.api.access import once, within_rate
from greenrule.web.subscribing import asked_by_mail

router = Router()


class Asked(Schema):
    """Where the mail goes."""

    email: str = Field(max_length=320)


class Link(Schema):
    """What is signed in a link of a mail: its last part."""

    token: str = Field(max_length=300)


class Ended(Link):
    """Which are ended: with the link of a mail about a change that one; with the link to the list some of it, or all."""

    ids: list[uuid.UUID] | None = Field(None, max_length=1000)


def _asked() -> Status[dict[str, Any]]:
    told = said("地址无误的话，几分钟内会收到一封邮件；打开其中的链接才生效。")
    return Status(202, {"told": told, "days": subscriptions.CONFIRM_DAYS})


@router.post("/findings/{name}/subscriptions", summary="用邮箱订阅一份结论的变化", response={202: dict})
@once
def subscribe(request: HttpRequest, name: str, asked: Asked) -> Status[dict[str, Any]]:
    """Ask to be told of changes by mail, in the language of this request; nothing is begun before the link in the mail is opened.

    The answer is the same whether the address has subscribed already, was asked for too often today, or does not exist.
    """
    asked_by_mail(request, asked.email, name)
    return _asked()


@router.post("/subscriptions/links", summary="索取订阅清单的链接", response={202: dict})
@once
def ask_link(request: HttpRequest, asked: Asked) -> Status[dict[str, Any]]:
    """Ask for the link to one's subscriptions; it is mailed where there are any, and the answer does not tell."""
    asked_by_mail(request, asked.email)
    return _asked()


@router.post("/subscriptions/confirm", summary="凭邮件里的链接确认订阅")
@once
def confirm(request: HttpRequest, link: Link) -> dict[str, Any]:
    """Begin a subscription by the link of its mail, once."""
    made = subscriptions.confirm(link.token)
    return {"id": str(made.uid), "finding": made.finding, "language": language()}


@router.post("/subscriptions/list", summary="凭邮件里的链接看自己的订阅")
def list_own(request: HttpRequest, link: Link) -> dict[str, Any]:
    """What the address of a link has subscribed to."""
    within_rate(request)
    return {"items": subscriptions.subscribed(subscriptions.subscriber_of(link.token)), "next": None}


@router.post("/subscriptions/end", summary="凭邮件里的链接退订")
@once
def end(request: HttpRequest, link: Ended) -> dict[str, Any]:
    """End the subscription of a mail's link; or, by the link to the list, those named in `ids`, without them all.

    `ended` is how many there were.  With the last one the address is erased.
    """
    try:
        return {"ended": int(subscriptions.end(link.token))}
    except InputFault as error:
        if {fault.code for fault in error.faults} != {"WAT003"}:
            raise
    return {"ended": subscriptions.end_some(subscriptions.subscriber_of(link.token), link.ids)}
