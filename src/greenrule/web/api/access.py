"""Who asks: a visitor, a person who has logged in, or a program with a token; how often; and the same post only once."""

from __future__ import annotations

import functools
import hashlib
import inspect
import math
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.security import HttpBearer

from greenrule.store.desk.models import Reply, Token
from greenrule.web.guard import Bucket
from greenrule.web.problems import Problem

#: What a visitor's address may ask, in requests: some at once, then so many a second.
PUBLIC = Bucket(rate=2.0, burst=60)
_LONGEST_KEY = 200


def token_digest(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Scoped(HttpBearer):
    """A bearer token that has a scope; a session of a person who may do the same counts as well."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        """The owner of the token, or the person of the session."""
        if not request.headers.get("Authorization"):
            user = getattr(request, "user", None)
            return user if user is not None and user.is_authenticated and user.is_staff else None
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The token's owner.  Raises Problem 403 for a token without the scope."""
        found = find_token(token)
        if found is None:
            return None
        if self.scope not in found.scopes:
            raise Problem(403, f"令牌没有 `{self.scope}` 权限")
        return found.owner


def find_token(secret: str) -> Token | None:
    """A token in force, by its secret."""
    found = Token.objects.select_related("owner").filter(digest=token_digest(secret)).first()
    if found is None or (found.until is not None and found.until <= timezone.now()) or not found.owner.is_active:
        return None
    return found


def asker(request: HttpRequest) -> str:
    """How the records name who asks: the person's or token's name, or "public"."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return str(user.get_username())
    head = request.headers.get("Authorization", "")
    if head.lower().startswith("bearer "):
        found = find_token(head[7:].strip())
        if found is None:
            raise Problem(401, "令牌无效或已过期", headers={"WWW-Authenticate": "Bearer"})
        if "screen" not in found.scopes:
            raise Problem(403, "令牌没有 `screen` 权限")
        return f"{found.owner.get_username()}/{found.name}"
    return "public"


def within_rate(request: HttpRequest) -> str:
    """The asker; a visitor who asks too often is told when to come again (429)."""
    who = asker(request)
    if who == "public":
        waits = PUBLIC.take(request.META.get("REMOTE_ADDR", "") or "-")
        if waits:
            raise Problem(429, "提问太频繁，请稍后再试", headers={"Retry-After": str(math.ceil(waits))})
    return who


def once(view: Callable[..., tuple[int, str]]) -> Callable[..., HttpResponse]:
    """A posting view that returns (status, JSON text): with an Idempotency-Key the first answer is given again.

    The same key with another body is refused (409).  The answer is kept in the transaction in which it was made, so a request
    that was cut off half-way leaves neither record nor reply.
    """

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        who = within_rate(request)
        key = request.headers.get("Idempotency-Key")
        if key is None:
            status, body = view(request, *args, who=who, **kwargs)
            return HttpResponse(body, status=status, content_type="application/json")
        if not 0 < len(key) <= _LONGEST_KEY:
            raise Problem(422, f"Idempotency-Key 应有 1 到 {_LONGEST_KEY} 个字符")
        own = f"{who}@{request.META.get('REMOTE_ADDR', '')}" if who == "public" else who
        asked = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
        try:
            with transaction.atomic():
                kept = _kept(own, key, asked)
                if kept is None:
                    status, body = view(request, *args, who=who, **kwargs)
                    Reply.objects.create(who=own, key=key, request=asked, status=status, body=body)
                    kept = status, body
        except IntegrityError:  # the same request came twice at once, and the other was first
            kept = _kept(own, key, asked)
            if kept is None:
                raise
        return HttpResponse(kept[1], status=kept[0], content_type="application/json")

    # The framework reads parameters off the signature; `who` is ours to fill in, not the asker's.
    own = inspect.signature(view, eval_str=True)
    wrapped.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[item for name, item in own.parameters.items() if name != "who"]
    )
    return wrapped


def _kept(who: str, key: str, asked: str) -> tuple[int, str] | None:
    found = Reply.objects.filter(who=who, key=key).first()
    if found is None:
        return None
    if found.request != asked:
        raise Problem(409, "这个 Idempotency-Key 已用于另一个请求")
    return found.status, found.body
