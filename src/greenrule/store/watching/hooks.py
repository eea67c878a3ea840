"""Addresses that are sent events: registering, changing, new secrets, who may hear what."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.records import log
from greenrule.store.watching.models import Hook
from greenrule.store.watching.outbox import SORTS

#: A person has no more addresses than these.
MOST = 20


def secret_of(hook: Hook) -> str:
    """The secret with which deliveries to an address are signed: derived from the server's key, kept nowhere.

    A new key of the server, or a new generation of the hook, makes it another.
    """
    told = f"greenrule webhook {hook.uid} {hook.generation}".encode()
    found = hmac.new(str(settings.SECRET_KEY).encode(), told, hashlib.sha256).digest()
    return "whsec_" + base64.urlsafe_b64encode(found).decode().rstrip("=")


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.body`, in hex.

    >>> signature("s", 1, b"{}")[:12]
    'b253639bcd70'
    """
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def check(name: str, url: str, events: Sequence[str], plain: bool = False) -> list[Fault]:
    """What is wrong with a hook as somebody writes it: HOK001 its address, HOK002 its events, HOK003 its name.

    plain : http is allowed beside https (where the server may send into its own network)
    """
    faults = []
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.scheme in (("https", "http") if plain else ("https",))
        sound = (
            sound
            and not parts.username
            and not parts.password
            and not parts.fragment
            and len(url) <= 500
            and url.isprintable()
        )
        parts.port  # noqa: B018  a port that is no number says so only now
    except ValueError:
        sound = False
    if not sound:
        told = "写完整的 https:// 地址，不含用户名、口令和 #"
        faults.append(Fault("HOK001", f"推送地址 `{url[:80]}` 不能用", None, told))
    for event in events:
        sort, _, what = event.partition(".")
        if event != "*" and (sort not in SORTS or not what):
            told = f"可用：*，{'，'.join(f'{name}.*' for name in SORTS)}，或单个事件如 filing.accepted"
            faults.append(Fault("HOK002", f"没有 `{event[:60]}` 这种事件", None, told))
    if not events:
        faults.append(Fault("HOK002", "没有写要哪些事件", None, "例如 finding.changed"))
    if not name.strip() or len(name) > 100:
        faults.append(Fault("HOK003", "用途应有 1 到 100 个字", None, "写清是谁的哪个系统，如 政务服务平台"))
    return faults


def register(user: Any, who: str, name: str, url: str, events: Sequence[str], plain: bool = False) -> Hook:
    """A new hook.  Raises InputFault with all faults (`check`), HOK004 where there are too many already, HOK006 for the same address twice."""
    faults = check(name, url, events, plain)
    if faults:
        raise InputFault(faults)
    with transaction.atomic():
        if Hook.objects.filter(owner=user).count() >= MOST:
            raise InputFault(Fault("HOK004", f"推送地址已有 {MOST} 个", None, "先删去不用的"))
        if Hook.objects.filter(owner=user, url=url).exists():
            raise InputFault(Fault("HOK006", "这个推送地址已经登记", None, "改它的事件，或先删去"))
        hook = Hook.objects.create(owner=user, name=name.strip(), url=url, events=list(dict.fromkeys(events)))
        log(who, "register_hook", str(hook.uid), hashlib.sha256(url.encode()).hexdigest())
    return hook


def own(user: Any, uid: uuid.UUID) -> Hook:
    """One of a person's hooks.  Raises InputFault HOK005 where it is not theirs, or not there."""
    found = Hook.objects.filter(owner=user, uid=uid).first()
    if found is None:
        raise InputFault(Fault("HOK005", "没有这个推送地址", None, "推送地址见 /api/v1/hooks"))
    return found


def change(hook: Hook, who: str, events: Sequence[str] | None, active: bool | None) -> Hook:
    """Other events, or on and off.  Raises InputFault HOK002."""
    faults = check(hook.name, hook.url, events, True) if events is not None else []
    if faults:
        raise InputFault(faults)
    with transaction.atomic():
        if events is not None:
            hook.events = list(dict.fromkeys(events))
        if active is not None:
            hook.active = active
        hook.save(update_fields=["events", "active"])
        log(who, "change_hook", str(hook.uid))
    return hook


def renew(hook: Hook, who: str) -> Hook:
    """A new secret; the old one signs nothing more."""
    with transaction.atomic():
        hook = Hook.objects.select_for_update().get(pk=hook.pk)
        hook.generation += 1
        hook.save(update_fields=["generation"])
        log(who, "renew_hook", str(hook.uid))
    return hook


def remove(hook: Hook, who: str) -> None:
    """No more deliveries to it; its log goes with it."""
    with transaction.atomic():
        log(who, "remove_hook", str(hook.uid))
        hook.delete()


def plain(hook: Hook) -> dict[str, Any]:
    """A hook as plain data, without its secret."""
    return {"id": str(hook.uid), "name": hook.name, "url": hook.url, "events": hook.events, "active": hook.active,
            "made": hook.made.isoformat(timespec="seconds")}  # fmt: skip
