"""What every answer carries for safety, and how often one address may ask."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from greenrule.core.tongue import said

#: Hosts of the national base map's tiles, allowed only where a key for it is set.
_TIANDITU = "".join(f" https://t{host}.tianditu.gov.cn" for host in range(4))
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_POLICY = "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{tiles}; worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"  # fmt: skip


class ClientAddress:
    """Middleware: behind proxies of ours, who asks is whom the outermost of them saw, not the proxy itself.

    Only as many entries of `X-Forwarded-For` count as there are proxies: what stands before them the asker wrote himself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Put the address where everybody looks for it (`REMOTE_ADDR`)."""
        from django.conf import settings

        if settings.PROXIES:
            request.META["REMOTE_ADDR"] = client_address(
                request.META.get("HTTP_X_FORWARDED_FOR", ""), settings.PROXIES, request.META.get("REMOTE_ADDR", "")
            )
        return self.get_response(request)


def client_address(forwarded: str, proxies: int, seen: str) -> str:
    """The client's address, of what the proxies wrote; `seen`, the peer's own, where they wrote none that is one.

    >>> client_address("6.6.6.6, 10.1.1.1", 1, "127.0.0.1"), client_address("x", 1, "127.0.0.1")
    ('10.1.1.1', '127.0.0.1')
    """
    entries = [entry.strip() for entry in forwarded.split(",")]
    try:
        return str(ipaddress.ip_address(entries[-proxies]))
    except (IndexError, ValueError):
        return seen


class ContentPolicy:
    """Middleware: nothing is loaded from elsewhere, nothing inline runs; a report's own style sheets go by their hash."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the policy to an answer that has none."""
        response = self.get_response(request)
        if "Content-Security-Policy" not in response:
            page = ""
            if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
                page = response.content.decode("utf-8", "replace")
            response["Content-Security-Policy"] = policy(page)
        if request.path.startswith(("/accounts/", "/admin/")):
            response.setdefault("Cache-Control", "no-store")
        elif request.path.startswith("/api/"):  # what never changes says so itself
            response.setdefault("Cache-Control", "private, no-cache")
        response.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
        return response


class BodyLimit:
    """Middleware: bodies over the limit of their address are refused before anything of them is read or kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """413 where the request says that it is too long, 411 where it has a body and does not say how long it is."""
        from django.conf import settings

        from greenrule.web.problems import problem

        if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
            # The interface to the application knows no such bodies: what was sent would be taken for nothing.
            return problem(request, 411, said("请求要写明长度（Content-Length），这里不收分块传送的内容"))
        most = settings.BODY_LIMITS.get(request.path)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if most is not None and length.isdigit() and int(length) > most:
            return problem(
                request, 413, said("请求体超过 {most} MB：只上传场地范围的图层，或精简坐标").format(most=most >> 20)
            )
        return self.get_response(request)


def policy(page: str, scripts: tuple[str, ...] = ()) -> str:
    """The content security policy of a page; `scripts`: hashes of scripts inside it that are known to be ours.

    Style sheets inside a page go by the hash of what is there, scripts never: one that was smuggled in must not run.
    """
    return _POLICY.format(
        styles="".join(f" '{name}'" for name in style_hashes(page)), scripts="".join(f" '{name}'" for name in scripts),
        tiles=_TIANDITU if settings.TIANDITU_KEY else "",
    )  # fmt: skip


def style_hashes(page: str) -> list[str]:
    """The hashes by which a policy allows the style sheets inside a page.

    >>> style_hashes("<style>p{}</style>")
    ['sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y=']
    """
    return [
        "sha256-" + base64.b64encode(hashlib.sha256(found.encode()).digest()).decode() for found in _STYLE.findall(page)
    ]


class Bucket:
    """A token bucket for each address: `burst` requests at once, `rate` a second thereafter.

    Kept in the process: with several workers an address gets as many times more.  A proxy in front can do better.
    """

    def __init__(self, rate: float, burst: int, most: int = 20_000) -> None:
        self.rate, self.burst, self.most = rate, burst, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str, now: float | None = None) -> float:
        """Take one; 0.0 where there was one, else the seconds to wait.

        >>> bucket = Bucket(rate=1, burst=1)
        >>> bucket.take("a", 0.0), bucket.take("a", 0.25), bucket.take("a", 1.0), bucket.take("b", 1.0)
        (0.0, 0.75, 0.0, 0.0)
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            left, then = self._left.pop(who, (float(self.burst), now))
            left = min(float(self.burst), left + (now - then) * self.rate)
            waits = 0.0 if left >= 1.0 else (1.0 - left) / self.rate
            self._left[who] = (left - 1.0 if waits == 0.0 else left, now)
            while len(self._left) > self.most:
                self._left.popitem(last=False)
        return waits
