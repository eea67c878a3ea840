"""Connections shared evenly by the processes of one server.

Processes take connections from one listening socket, whoever is first, and a client that keeps its connection stays with its process:
eleven clients of sixteen may sit with one, whose answers then take twice as long as its neighbour's.  Each process therefore says in a
common file how many connections it holds; one that holds clearly more than another asks a client, with its answer, to connect anew.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

#: Where the processes of a server find their common file; not set, nothing is shared.
VARIABLE = "GREENRULE_SHARES"
_SLOTS, _SLOT = 64, struct.Struct("<IId")
# Seconds between two counts, and after which a process that says nothing is gone.
_PAUSE, _GONE = 0.05, 5.0
_FEWEST = 2

Start = Callable[..., Any]


def connections() -> int | None:
    """How many sockets this process holds open; None where the system does not tell."""
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return None
    found = 0
    for name in names:
        try:
            found += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
        except OSError:  # closed in between
            continue
    return found


class Shares:
    """A WSGI application that asks a client to connect anew where this process holds clearly more connections than another.

    file : common to the processes, made where it is absent
    count : how many connections this process holds
    """

    def __init__(
        self, application: Callable[..., Iterable[bytes]], file: Path, count: Callable[[], int | None] = connections
    ) -> None:
        self.application, self._count = application, count
        with file.open("a+b") as stream:
            if stream.seek(0, os.SEEK_END) < _SLOTS * _SLOT.size:
                stream.truncate(_SLOTS * _SLOT.size)
            self._table = mmap.mmap(stream.fileno(), _SLOTS * _SLOT.size)
        self._slot = os.getpid() % _SLOTS
        self._lock, self._next = threading.Lock(), 0.0

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """Answer, and say whether the connection ends with the answer."""
        if not self._too_many():
            return self.application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], *more)

        return self.application(environ, start)

    def _too_many(self) -> bool:
        now = time.time()
        if now < self._next or not self._lock.acquire(blocking=False):
            return False
        try:
            self._next = now + _PAUSE
            mine = self._count()
            if mine is None:
                self._next = float("inf")
                return False
            _SLOT.pack_into(self._table, self._slot * _SLOT.size, os.getpid(), mine, now)
            others = [
                held
                for pid, held, at in _SLOT.iter_unpack(self._table[:])
                if pid != os.getpid() and pid and now - at < _GONE
            ]
            return bool(others) and mine - min(others) >= _FEWEST
        finally:
            self._lock.release()
