"""Send a delivery to an address that somebody else wrote: never into our own network, never for longer than a few seconds.

The name is resolved once, every address it has is looked at, and the connection goes to the address that was looked at: a name
that answers otherwise a moment later leads nowhere else.  Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from greenrule.casework.sealing import engine_version
from greenrule.store.watching import deliveries
from greenrule.store.watching.hooks import secret_of, signature
from greenrule.store.watching.models import Delivery

#: Seconds for a whole try, from looking up the name to the status line.
DEADLINE = 10.0
#: What the library takes for public and is not: 6to4 with its relays, NAT64 and Teredo lead elsewhere than they say; the site's own
#: addresses of old IPv6; those for documents.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(net)
    for net in ("2002::/16", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "fec0::/10", "3fff::/20")
)


class Refused(Exception):
    """An address that is not sent to, with the reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, or why nothing did."""

    status: int | None
    error: str
    ms: int


def private_allowed() -> bool:
    """Whether the one who runs the server lets it send into private networks and without TLS."""
    return os.environ.get("GREENRULE_HOOKS_PRIVATE") == "1"


def public(address: str) -> bool:
    """Whether an IP address lies in the public network.

    >>> [public(a) for a in ("8.8.8.8", "10.1.1.1", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1", "fec0::1")]
    [True, False, False, False, False, False, False]
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return public(str(found.ipv4_mapped))
    if any(found in net for net in _NOT_PUBLIC):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def resolve(host: str, port: int, allow_private: bool) -> str:
    """The address to connect to.  Raises Refused where the name has none, or any that is not public."""
    try:
        found = [str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Refused(f"域名解析不了：{error}") from None
    if not allow_private and not all(public(address) for address in found):
        raise Refused("地址在内部网络，不推送（服务器未设 GREENRULE_HOOKS_PRIVATE=1）")
    return found[0]


def post(url: str, body: bytes, headers: dict[str, str], allow_private: bool, deadline: float = DEADLINE) -> Answer:
    """One POST; never raises for what the other side does."""
    begun = time.monotonic()

    def answer(status: int | None, error: str = "") -> Answer:
        return Answer(status, error, round((time.monotonic() - begun) * 1000))

    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        secure = parts.scheme == "https"
        if not host or parts.scheme not in ("https", "http") or (not secure and not allow_private):
            raise Refused("只推送到 https 地址")
        port = parts.port or (443 if secure else 80)
        address = resolve(host, port, allow_private)
    except (Refused, ValueError) as error:
        return answer(None, str(error))
    link = http.client.HTTPConnection(host, port, timeout=deadline)
    cut = threading.Event()
    watch = threading.Timer(deadline, _cut, (link, cut))
    watch.daemon = True
    try:
        raw = socket.create_connection((address, port), timeout=deadline)
        link.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if secure else raw
        # Each read has its own time-out; a receiver that sends a byte now and then must be cut off by somebody else.
        watch.start()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        link.request("POST", path, body, headers)
        status = link.getresponse().status
        return answer(status, "收到转向，不跟随" if 300 <= status < 400 else "" if status < 400 else "对方报错")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return answer(
            None,
            "超过时限"
            if cut.is_set() or isinstance(error, TimeoutError)
            else f"送不到：{error or type(error).__name__}",
        )
    finally:
        watch.cancel()
        link.close()


def _cut(link: Any, cut: threading.Event) -> None:
    cut.set()
    try:
        link.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):
        return


def message(delivery: Delivery, now: int | None = None) -> tuple[bytes, dict[str, str]]:
    """The body of a delivery and its headers, signed."""
    event = delivery.event
    body = json.dumps(
        {"id": str(event.uid), "event": event.name, "subject": event.subject, "at": event.at.isoformat(), "data": event.data},
        ensure_ascii=False,
    ).encode()  # fmt: skip
    now = int(time.time()) if now is None else now
    signed = signature(secret_of(delivery.hook), now, body)
    return body, {
        "Content-Type": "application/json; charset=utf-8", "User-Agent": engine_version().replace(" ", "/"),
        "Greenrule-Event": event.name, "Greenrule-Delivery": str(event.uid), "Greenrule-Timestamp": str(now),
        "Greenrule-Signature": f"v1={signed}", "Connection": "close",
    }  # fmt: skip


def deliver(most: int = 200, stopping: Callable[[], bool] = lambda: False) -> int:
    """Make and send what is due; how many deliveries were tried."""
    deliveries.spread()
    tried = 0
    for delivery in deliveries.take():
        body, headers = message(delivery)
        found = post(delivery.hook.url, body, headers, private_allowed())
        deliveries.record(delivery, found.status, found.error, found.ms)
        tried += 1
        if tried >= most or stopping():
            break
    return tried
