"""A load tool in a process of its own: `python -m benchmarks.load HOST PORT CLIENTS FILE`; prints seconds of every answer as JSON.

FILE holds the requests as JSON: [[method, path, headers, body], …].  Each client keeps one connection and asks the next request as soon
as it has the last answer.  The tool shares the machine with the server it loads, as EnvErgo's or anybody's would, so it does no more
than it must: requests are bytes before the clock starts, answers are read into one buffer, and every `EVERY`th is kept to be checked.
"""

from __future__ import annotations

import gc
import hashlib
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Of how many answers one is kept, by its digest.
EVERY = 25
#: Bytes that are read at once.
_BUFFER = 1 << 18


def _bytes(request: list[Any], host: str) -> bytes:
    method, path, headers, body = request
    data = (body or "").encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode() + data


class Client:
    """One connection, one request after the other; an answer says how long it is."""

    def __init__(self, host: str, port: int) -> None:
        self.address = host, port
        self.socket = self._connected()
        self.number, self.start, self.status = -1, 0.0, 0
        self.left: int | None = None  # bytes of the body to come, None while the head is not whole
        self.head = b""
        self.digest: Any = None
        self.ends = False  # whether the server ends the connection with this answer

    def _connected(self) -> socket.socket:
        made = socket.create_connection(self.address)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def anew(self) -> None:
        """Connect again, as a browser does where the server asks for it."""
        self.socket.close()
        self.socket = self._connected()

    def ask(self, number: int, request: bytes) -> None:
        """Send a request."""
        self.number, self.left, self.head = number, None, b""
        self.digest = hashlib.sha256() if number % EVERY == 0 else None
        self.start = time.perf_counter()
        self.socket.sendall(request)

    def read(self, buffer: bytearray, view: memoryview) -> bool:
        """Read what is there; whether the answer is whole.  Raises ConnectionError where the server closed the connection."""
        count = self.socket.recv_into(buffer)
        if not count:
            raise ConnectionError("the server closed the connection")
        body = view[:count]
        if self.left is None:
            self.head += bytes(body)
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self.head[:end].lower() + b"\r\n"
            self.status = int(head[9:12])
            at = head.find(b"\r\ncontent-length:")
            if at < 0 and self.status != 204:
                raise ConnectionError("an answer that does not say how long it is")
            self.ends = b"\r\nconnection: close" in head
            self.left = int(head[at + 17 : head.index(b"\r\n", at + 2)]) if at >= 0 else 0
            body = memoryview(self.head)[end + 4 :]
        self.left -= len(body)
        if self.digest is not None:
            self.digest.update(body)
        return self.left <= 0


def load(host: str, port: int, clients: int, requests: list[bytes]) -> dict[str, Any]:
    """Ask everything: seconds, by answer and in all; status; digests of the answers that were kept; the tool's own processor time."""
    left: Iterator[tuple[int, bytes]] = iter(enumerate(requests))
    buffer = bytearray(_BUFFER)
    view = memoryview(buffer)
    each, status, kept = list[float](), set[int](), dict[int, str]()
    anew = 0
    gc.disable()
    with selectors.DefaultSelector() as waiting:
        cpu, start = time.process_time(), time.perf_counter()
        for _, (number, request) in zip(range(clients), left, strict=False):
            client = Client(host, port)
            waiting.register(client.socket, selectors.EVENT_READ, client)
            client.ask(number, request)
        while waiting.get_map():
            for key, _ in waiting.select():
                client = key.data
                if not client.read(buffer, view):
                    continue
                each.append(time.perf_counter() - client.start)
                status.add(client.status)
                if client.digest is not None:
                    kept[client.number] = client.digest.hexdigest()
                following = next(left, None)
                if following is None:
                    waiting.unregister(client.socket)
                    client.socket.close()
                    continue
                start_again = time.perf_counter()
                if client.ends:
                    anew += 1
                    waiting.unregister(client.socket)
                    client.anew()
                    waiting.register(client.socket, selectors.EVENT_READ, client)
                client.ask(*following)
                client.start = start_again  # connecting belongs to the answer
        seconds = time.perf_counter() - start
        return {
            "seconds": seconds,
            "each": each,
            "status": sorted(status),
            "kept": kept,
            "anew": anew,
            "cpu": time.process_time() - cpu,
        }


def main(words: list[str]) -> None:
    """Ask everything, print what it took."""
    host, port, clients = words[0], int(words[1]), int(words[2])
    requests = [_bytes(item, host) for item in json.loads(Path(words[3]).read_text(encoding="utf-8"))]
    print(json.dumps(load(host, port, clients, requests)))


if __name__ == "__main__":
    main(sys.argv[1:])
