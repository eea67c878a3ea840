"""What mails say: to holders with an account and without, to whoever asked for something, to whom an account was opened.

Each is written in the language in which it was asked for; to holders with an account in the one in which they last asked anything.
Links are signed when a mail is sent and kept nowhere.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation

from greenrule.core.tongue import Language, language, said, speaking
from greenrule.store.desk.records import load_finding
from greenrule.store.watching import subscriptions
from greenrule.store.watching.links import DAYS, Purpose, link_token
from greenrule.store.watching.mailing import message_id
from greenrule.store.watching.models import Change, Invitation, Notice, Posted, Subscriber, Telling, Wish
from greenrule.web.accounts.sessions import language_of
from greenrule.web.tongues import change_told

_LOG = logging.getLogger("greenrule.watch")
#: Items of a change that a mail names; the page has all.
_MOST_ITEMS = 12
_LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Letter:
    """A mail before it is one: to whom, what it says, and headers of its own."""

    to: str
    subject: str
    lines: list[str]
    headers: dict[str, str] = field(default_factory=dict)


def address() -> str:
    """How people reach the server, without a slash at the end; "" where nobody said."""
    return str(settings.GREENRULE_ADDRESS).rstrip("/")


def offered() -> bool:
    """Whether somebody without an account can subscribe: mail can be sent, and links in it lead somewhere."""
    return bool(settings.MAIL_SENT and address())


def link(purpose: Purpose, uid: Any) -> str:
    """The address of the page that a mail's link opens, in the language of the mail."""
    path = reverse(f"watch-{purpose}", args=[link_token(purpose, uid)])
    return f"{address()}{path}{'?lang=en' if language() == 'en' else ''}"


def finding_link(name: str) -> str:
    """The address of a finding, or its number where nobody said how the server is reached."""
    if not address():
        return said("结论编号 {name}").format(name=name)
    return f"{address()}/f/{name}{'?lang=en' if language() == 'en' else ''}"


def letter(posted: Posted) -> Letter | None:
    """What is to be sent, in its language; None where nothing is.

    Errors: those of `load_finding`.
    """
    spoken: Language = "en" if _language(posted) == "en" else "zh"
    with speaking(spoken), translation.override("en" if spoken == "en" else "zh-hans"):
        match posted:
            case Wish():
                return _wish(posted)
            case Invitation():
                return _invitation(posted)
            case Notice():
                subject, lines = changed(posted.change)
                lines += ["", said("不想再收到：登录后在收件箱取消关注。")]
                return Letter(posted.user.email, subject, lines) if posted.user.email else None
            case Telling():
                return _telling(posted)
    raise TypeError(f"no mail is written for {type(posted).__name__}")


def _language(posted: Posted) -> str:
    match posted:
        case Telling():
            return str(posted.subscription.language)
        case Notice():
            return language_of(posted.user)
        case Wish() | Invitation():
            return str(posted.language)
    return "zh"


def message(posted: Posted, told: Letter) -> EmailMessage:
    """The mail itself.  Every try at it has the same `Message-ID`."""
    host = (
        urlsplit(address()).hostname or str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].strip("> ") or "localhost"
    )
    headers = {"Message-ID": message_id(posted, host), "Auto-Submitted": "auto-generated", **told.headers}
    subject = " ".join(told.subject.split())[:_LONGEST_SUBJECT]
    return _Mail(subject, "\n".join(told.lines) + "\n", to=[told.to], headers=headers)


class _Mail(EmailMessage):
    """A mail whose headers stay on their line: a folded `List-Unsubscribe` begins with an empty one, which not every reader takes."""

    def message(self, *rest: Any, **more: Any) -> Any:
        told = super().message(*rest, **more)
        told.policy = told.policy.clone(max_line_length=998)  # RFC 5322, 2.1.1
        return told


# -- changes -----------------------------------------------------------------------------------------------
def changed(change: Change) -> tuple[str, list[str]]:
    """Subject and lines about a change, in the language that is spoken."""
    body, name = change_told(change.body), change.finding
    title = load_finding(name)["title"]
    lines = [
        said("您关注的结论“{title}”（{name}）之后有变化：{told}。").format(title=title, name=name, told=body["title"])
    ]
    lines += ["", said("按现在（{on}）的规定和图层：").format(on=body["now"]["on"])]
    lines += [f"· {row}" for row in body["rows"]]
    if not body["rows"]:
        lines.append(said("· 结论不变") if body["now"]["decision"] else said("· 现在无法重新判定"))
    lines += ["", said("变了什么（{number} 处）：").format(number=len(body["items"]))]
    lines += [_item(item) for item in body["items"][:_MOST_ITEMS]]
    if len(body["items"]) > _MOST_ITEMS:
        lines.append(said("· 另有 {number} 处").format(number=len(body["items"]) - _MOST_ITEMS))
    lines += ["", said("详见 {link}").format(link=finding_link(name)) if address() else finding_link(name)]
    lines.append(said("原结论照原样保存，效力不因本通知改变；要按现在的规定办事，请重新提问得一份新的结论。"))
    return said("结论之后有变化：{title}").format(title=title), lines


def _item(item: Mapping[str, Any]) -> str:
    sides = ""
    if item["before"] or item["after"]:
        before, after = (item[side] or said("无") for side in ("before", "after"))
        sides = said("：{before} → {after}").format(before=before, after=after)
    return said("· {kind}“{label}”{change}{sides}").format(
        kind=item["kind_label"], label=item["label"], change=item["change_label"], sides=sides
    )


def _telling(posted: Telling) -> Letter:
    subscription = posted.subscription
    subject, lines = changed(posted.change)
    ending, seeing = link("end", subscription.uid), link("list", subscription.subscriber.uid)
    lines += [
        "", said("退订这一份（随时有效）：{link}").format(link=ending),
        said("看和退订全部订阅（{days} 天内有效）：{link}").format(days=DAYS["list"], link=seeing),
        said("转发这封信之前，请删去以上两个链接：谁有链接，谁就能退订。"),
    ]  # fmt: skip
    headers = {"List-Unsubscribe": f"<{ending}>"}
    if ending.startswith("https://"):  # RFC 8058: one click, and only by HTTPS
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return Letter(subscription.subscriber.address, subject, lines, headers)


# -- what somebody asked for -------------------------------------------------------------------------------
def _wish(wish: Wish) -> Letter | None:
    if subscriptions.over_the_day(wish):
        _LOG.info("wish %s: its address has been sent as many mails today as it is sent", wish.uid)
        return None
    subscriber = subscriptions.known(wish.address, wish.finding)
    if subscriber is not None:
        return _seeing(wish, subscriber)
    return _confirming(wish) if wish.finding else None


def _confirming(wish: Wish) -> Letter:
    title = load_finding(wish.finding)["title"]
    lines = [
        said("有人（应当是您）请求：结论“{title}”（{name}）所依据的规定、数值或图层以后有变化时，发邮件到这个邮箱。").format(title=title, name=wish.finding),
        "", said("确认请打开（{days} 天内有效，只能用一次）：").format(days=DAYS["confirm"]), link("confirm", wish.uid), "",
        said("不是您请求的，不必理会：不确认就不会再有邮件，{days} 天后这个地址从服务器上抹去。").format(days=DAYS["confirm"]),
        said("结论见 {link}").format(link=finding_link(wish.finding)),
    ]  # fmt: skip
    return Letter(wish.address, said("请确认订阅：{title}").format(title=title), lines)


def _seeing(wish: Wish, subscriber: Subscriber) -> Letter:
    if wish.finding:
        first = said("结论“{title}”您已经订阅，不用再确认。").format(title=load_finding(wish.finding)["title"])
    else:
        first = said("有人（应当是您）索取这个邮箱的订阅清单。")
    lines = [
        first, "", said("看和退订全部订阅（{days} 天内有效）：").format(days=DAYS["list"]), link("list", subscriber.uid), "",
        said("不是您请求的，不必理会；链接不要转给别人。"),
    ]  # fmt: skip
    return Letter(wish.address, said("您的订阅"), lines)


# -- accounts ----------------------------------------------------------------------------------------------
def password_link(user: Any) -> str:
    """The address of the page on which somebody sets a password: once, and for as long as the server gives (`PASSWORD_RESET_TIMEOUT`)."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return f"{address()}{path}"


def _invitation(posted: Invitation) -> Letter | None:
    user = posted.user
    if not user.email or not user.is_active:
        return None
    lines = [
        said("{by} 在绿尺（{address}）给您开了账号 {name}。").format(by=posted.by, address=address(), name=user.get_username()),
        "", said("设定口令请打开（{days} 天内有效，只能用一次）：").format(days=settings.PASSWORD_RESET_TIMEOUT // 86400),
        password_link(user), "", said("过期了，请开账号的人再发一次。不认得这个账号的，不必理会。"),
    ]  # fmt: skip
    return Letter(user.email, said("绿尺账号 {name}：请设定口令").format(name=user.get_username()), lines)
