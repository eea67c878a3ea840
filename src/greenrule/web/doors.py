"""Every address of the server and who may open it: what the API's routes say of themselves, and a table of the pages.

A page that the table does not name is a fault of the house: a test walks all addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

#: Who can be meant: anybody; whoever has logged in; an administrator of the server with a second factor.
WHO: Mapping[str, str] = {"everybody": "所有人", "person": "已登录的人", "administrator": "服务器管理员（两步验证）"}

#: Address (as Django writes its pattern; `*` at the end: and everything below) → who, and why.
PAGES: Mapping[str, tuple[str, str]] = {
    "": ("everybody", "首页"),
    "^(?P<path>(?:place|*": ("everybody", "应用的外壳；数据由接口按权限给"),
    "sw.js": ("everybody", "离线用的脚本"),
    "plain": ("everybody", "查地点，不用脚本"),
    "plain/ask": ("everybody", "问项目，不用脚本；限次"),
    "plain/law*": ("everybody", "公开的规定，不用脚本"),
    "ogc": ("everybody", "公开的图层和提问，给地理信息软件；限次"),
    "ogc/*": ("everybody", "公开的图层和提问，给地理信息软件；限次"),
    "tiles/*": ("everybody", "公开的地图；草案只给能看草案的人"),
    "f/*": ("everybody", "结论凭地址查阅；地址猜不出"),
    "watch": ("everybody", "索取自己的订阅清单，只寄到邮箱；限次"),
    "watch/confirm/*": ("everybody", "凭信中的链接确认订阅；链接签名、过期、只用一次"),
    "watch/list/*": ("everybody", "凭信中的链接看和退订自己的订阅；链接签名、过期"),
    "watch/end/*": ("everybody", "凭信中的链接退订一份；链接签名"),
    "accounts/language/": ("everybody", "换语言"),
    "accounts/login/": ("everybody", "登录；限次"),
    "accounts/login/code/confirm/": ("everybody", "登录的一步"),
    "accounts/logout/": ("everybody", "退出"),
    "accounts/inactive/": ("everybody", "说明账号已停用"),
    "accounts/signup/": ("everybody", "注册；缺省关闭"),
    "accounts/confirm-email/": ("everybody", "说明确认信已发出"),
    "accounts/^confirm-email/*": ("everybody", "凭信中的链接确认邮箱"),
    "accounts/password/reset/*": ("everybody", "忘记口令；限次"),
    "accounts/^password/reset/key/*": ("everybody", "凭信中的链接改口令"),
    "accounts/2fa/authenticate/": ("everybody", "登录的第二步"),
    "accounts/3rdparty/login/*": ("everybody", "统一认证没有成功时的说明"),
    "accounts/3rdparty/signup/": ("everybody", "统一认证后开账号；缺省关闭"),
    "accounts/social/login/*": ("everybody", "旧地址"),
    "accounts/social/signup/": ("everybody", "旧地址"),
    "accounts/social/connections/": ("everybody", "旧地址，转到现在的"),
    "accounts/oidc/*": ("everybody", "统一认证的来去"),
    "accounts/sessions/": ("person", "自己的登录会话"),
    "accounts/tokens/": ("person", "自己的接口令牌"),
    "accounts/reauthenticate/": ("person", "再次确认口令"),
    "accounts/email/": ("person", "自己的邮箱"),
    "accounts/password/*": ("person", "自己的口令"),
    "accounts/2fa/*": ("person", "自己的两步验证"),
    "accounts/3rdparty/": ("person", "自己的统一认证"),
    "admin/*": ("administrator", "管理后台"),
    "admin/login/": ("everybody", "转到登录"),
    "admin/(?P<url>.*)$": ("everybody", "不存在的地址，一律转到登录"),
    "admin/logout/": ("person", "转到退出"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the API: `permission` None where anybody may, and `why` then."""

    method: str
    path: str
    permission: str | None
    why: str
    operation: Any


def api_routes() -> list[Route]:
    """Every route of the API, as it says itself."""
    from greenrule.web.api import api
    from greenrule.web.api.access import PUBLIC_ROUTES, May

    found = []
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                asks: list[Any] = list(operation.auth_callbacks)
                if len(asks) > 1 or not all(isinstance(item, May) for item in asks):
                    raise TypeError(f"{path}: a route is kept by one May, or is public")
                address = re.sub("//+", "/", f"/{prefix}/{path}")
                for method in operation.methods:
                    why = "" if asks else PUBLIC_ROUTES.get(f"{method} {address}", "")
                    found.append(Route(method, address, asks[0].permission if asks else None, why, operation))
    return found


def page_patterns() -> list[str]:
    """The pattern of every page (what is below the API's prefix apart)."""

    def walk(resolver: Any, before: str) -> Iterator[str]:
        for item in resolver.url_patterns:
            pattern = before + str(item.pattern)
            if isinstance(item, URLResolver):
                yield from walk(item, pattern)
            elif isinstance(item, URLPattern):
                yield pattern

    return [pattern for pattern in walk(get_resolver(), "") if not pattern.startswith("api/v1/")]


def who_may(pattern: str) -> tuple[str, str] | None:
    """Who may open a page, and why; the longest entry of the table that fits, None where none does."""
    if pattern in PAGES:
        return PAGES[pattern]
    fitting = [entry for entry in PAGES if entry.endswith("*") and pattern.startswith(entry[:-1])]
    return PAGES[max(fitting, key=len)] if fitting else None
