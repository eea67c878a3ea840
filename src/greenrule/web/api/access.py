"""Who asks: a visitor, a person who has logged in, or a program with a token; how often; and the same post only once."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import math
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Status
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from greenrule.core.tongue import said
from greenrule.store.desk.models import Reply, Token
from greenrule.store.desk.organisations import person_of
from greenrule.store.desk.people import token_digest, token_in_force
from greenrule.store.desk.roles import PERMISSIONS, VISITOR, Person
from greenrule.web.guard import Bucket
from greenrule.web.problems import Problem

#: What a visitor's address may ask, in requests: some at once, then so many a second.
PUBLIC = Bucket(*settings.PUBLIC_RATE)
_LONGEST_KEY, _LONGEST_OWNER = 200, 100


#: Routes that anybody may use, and why; every other route says which permission it needs (`May`).
PUBLIC_ROUTES: dict[str, str] = {
    "GET /health": "监测服务是否在运行",
    "GET /me": "页面要知道来人是谁、能做什么",
    "POST /findings": "公众可以提问；限次",
    "GET /findings/{name}": "结论凭地址查阅；地址猜不出",
    "GET /findings/{name}/since": "持有结论的人要知道它之后有没有变化",
    "GET /findings/{name}/verify": "持有结论的人可以验证",
    "GET /findings/{name}/site": "持有结论的人可以在地图上看",
    "GET /findings/{name}/report.{fmt}": "持有结论的人可以打印",
    "POST /findings/{name}/subscriptions": "没有账号的人可以订阅；限次，邮箱里确认才生效",
    "POST /subscriptions/links": "索取自己的订阅清单，只寄到邮箱；限次",
    "POST /subscriptions/confirm": "凭信中的链接",
    "POST /subscriptions/list": "凭信中的链接",
    "POST /subscriptions/end": "凭信中的链接",
    "POST /interview": "公众可以提问；限次",
    "GET /place": "公众可以查询地点；限次",
    "GET /place/rules": "公众可以查询地点；限次",
    "GET /places": "公众可以按名称找地点；限次",
    "POST /geometry": "公众可以上传场地范围；限次、限量、另起进程读取",
    "GET /places/names": "公众看的地图；限次",
    "GET /industries": "公开的行业分类",
    "GET /facts": "公开的词表",
    "GET /instruments": "公开的文件清单",
    "GET /instruments/{name}": "公开的条款",
    "GET /instruments/{name}/clauses/{clause}": "公开的条款",
    "GET /rules/{name}": "公开的规则",
    "GET /search": "公开的规则",
    "GET /filings/service-days": "服务日是告知公众的",
    "GET /filings/service-days.ics": "服务日是告知公众的",
}


class May(AuthBase):
    """Lets in who has a permission: a person by session (posts with CSRF token), a program by a token with that scope.

    A view finds the `Person` as `request.auth`; where the permission holds in some area only, the view checks the area.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, permission: str) -> None:
        if permission not in PERMISSIONS:
            raise ValueError(f"no permission is called {permission}")
        super().__init__()
        self.permission = permission

    def __call__(self, request: HttpRequest) -> Person | None:
        """The person, or None (401).  Raises Problem 403 where the permission is not granted."""
        found = person(request)
        if found is VISITOR:
            return None
        if not found.may(self.permission):
            raise Problem(403, f"没有“{PERMISSIONS[self.permission]}”的权限（{self.permission}）")
        return found


def person(request: HttpRequest) -> Person:
    """Who asks, by token or by session; `VISITOR` where nobody is named.

    Raises Problem 401 for a token that is not in force, 403 for a change asked by a session without its CSRF token.
    """
    head = request.headers.get("Authorization", "")
    if head:
        found = find_token(head[7:].strip()) if head.lower().startswith("bearer ") else None
        if found is None:
            raise _no_token()
        return person_of(found.owner).narrowed(found.scopes, f"{found.owner.get_username()}/{found.name}")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return VISITOR
    if request.method not in ("GET", "HEAD", "OPTIONS", "TRACE") and check_csrf(request) is not None:
        raise Problem(403, said("页面已过期，请刷新后再试（CSRF）"))
    return person_of(user)


def find_token(secret: str) -> Token | None:
    """A token in force, by its secret."""
    found = Token.objects.select_related("owner").filter(digest=token_digest(secret)).first()
    if found is None or (found.until is not None and found.until <= timezone.now()) or not found.owner.is_active:
        return None
    return found


def _no_token() -> Problem:
    return Problem(401, said("令牌无效或已过期"), headers={"WWW-Authenticate": "Bearer"})


def asker(request: HttpRequest) -> str:
    """How the records name who asks: the person's or token's name, or "public".  Raises Problem 403 where they may not ask."""
    head = request.headers.get("Authorization", "")
    if not head:
        found = person(request)
        name, may = found.name, found.may("screen")
    else:  # everybody may screen (`person_of`), so that the token's own scopes decide
        known = token_in_force(head[7:].strip()) if head.lower().startswith("bearer ") else None
        if known is None:
            raise _no_token()
        name, may = known[0], "screen" in known[1]
    if not may:
        raise Problem(403, said("令牌没有 `screen` 权限"))
    return name


def within_rate(request: HttpRequest) -> str:
    """The asker; a visitor who asks too often is told when to come again (429)."""
    who = asker(request)
    if who == "public":
        waits = PUBLIC.take(request.META.get("REMOTE_ADDR", "") or "-")
        if waits:
            raise Problem(429, said("提问太频繁，请稍后再试"), headers={"Retry-After": str(math.ceil(waits))})
    return who


#: Posts that leave nothing behind: asked again they do the same again, with or without a key.
READING_POSTS: dict[str, str] = {
    "POST /geometry": "只读取送来的图形",
    "POST /exchange/check": "只核对送来的文件",
    "POST /subscriptions/list": "只凭链接列出；链接不放进地址，以免进了日志",
}


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """A posting view: with an Idempotency-Key the first answer is given again.

    The same key with another request is refused (409).  The answer is kept in the transaction in which it was made, so a request
    that was cut off half-way leaves neither record nor reply.  A view that takes `who` is told who asks.
    """
    return _once(view, "")


def once_telling(secret: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The same for a view whose answer tells a secret that is kept nowhere: asked again it does nothing, and says so (409)."""
    return lambda view: _once(view, secret)


def _once(view: Callable[..., Any], secret: str) -> Callable[..., Any]:
    own = inspect.signature(view, eval_str=True)
    wants_asker = "who" in own.parameters

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        known = getattr(request, "auth", None)  # a route with `May` has let somebody in already
        who = known.name if isinstance(known, Person) else within_rate(request)
        if wants_asker:
            kwargs["who"] = who
        key = request.headers.get("Idempotency-Key")
        if key is None:
            answer = view(request, *args, **kwargs)
            return HttpResponse(answer[1], status=answer[0], content_type="application/json") if wants_asker else answer
        if not 0 < len(key) <= _LONGEST_KEY:
            raise Problem(422, said("Idempotency-Key 应有 1 到 {most} 个字符").format(most=_LONGEST_KEY))
        owner, asked = _owner(request, known, who), _digest(request)
        try:
            with transaction.atomic():
                kept = _kept(owner, key, asked, secret)
                if kept is None:
                    kept = _written(view(request, *args, **kwargs))
                    Reply.objects.create(
                        who=owner, key=key, request=asked, status=kept[0], body="" if secret else kept[1]
                    )
        except IntegrityError:  # the same request came twice at once, and the other was first
            kept = _kept(owner, key, asked, secret)
            if kept is None:
                raise
        return HttpResponse(kept[1], status=kept[0], content_type="application/json")

    # The framework reads parameters off the signature; `who` is ours to fill in, not the asker's.
    wrapped.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[item for name, item in own.parameters.items() if name != "who"]
    )
    wrapped.kept_once = True  # type: ignore[attr-defined]
    return wrapped


def _owner(request: HttpRequest, known: Any, who: str) -> str:
    """Whose key it is: a person's or a token's; of visitors the address's."""
    told = who if isinstance(known, Person) or who != VISITOR.name else f"{who}@{request.META.get('REMOTE_ADDR', '')}"
    return told if len(told) <= _LONGEST_OWNER else hashlib.sha256(told.encode()).hexdigest()


def _digest(request: HttpRequest) -> str:
    """What is asked, as a digest; a form with files by its parts, for their boundary is another each time."""
    total = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        for name, values in sorted(request.POST.lists()):
            total.update(json.dumps([name, values]).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                content = hashlib.sha256()
                for chunk in file.chunks():
                    content.update(chunk)
                file.seek(0)
                total.update(json.dumps([name, file.name, content.hexdigest()]).encode())
    else:
        total.update(request.body)
    return total.hexdigest()


def _written(answer: Any) -> tuple[int, str]:
    """Status and text of whatever a view returns."""
    if isinstance(answer, HttpResponse):
        return answer.status_code, answer.content.decode()
    if isinstance(answer, Status):
        answer = (answer.status_code, answer.value)
    status, told = answer if isinstance(answer, tuple) else (200, answer)
    if isinstance(told, bytes):
        told = told.decode(errors="surrogatepass")
    return status, told if isinstance(told, str) else json.dumps(told, ensure_ascii=False, default=str)


def _kept(who: str, key: str, asked: str, secret: str) -> tuple[int, str] | None:
    found = Reply.objects.filter(who=who, key=key).first()
    if found is None:
        return None
    if found.request != asked:
        raise Problem(409, said("这个 Idempotency-Key 已用于另一个请求"))
    if secret:
        raise Problem(409, f"这个请求已经办过；{secret}只在当时给出一次，没有留存：没有收到的，另换一个新的")
    return found.status, found.body
