"""What every answer carries for safety, and how often one address may ask."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

#: Hosts of the national base map's tiles, allowed only where a key for it is set.
_TIANDITU = "".join(f" https://t{host}.tianditu.gov.cn" for host in range(4))
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_POLICY = "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{tiles}; worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"  # fmt: skip


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
        response.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
        return response


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
