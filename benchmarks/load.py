"""A load tool in a process of its own: `python -m benchmarks.load HOST PORT CLIENTS FILE`; prints seconds of every answer as JSON.

FILE holds the requests as JSON: [[method, path, headers, body], …].  Each client keeps one connection and asks the next request as soon
as it has the last answer.  The tool shares the machine with the server it loads, as EnvErgo's or anybody's would.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def _bytes(request: list[Any], host: str) -> bytes:
    method, path, headers, body = request
    data = (body or "").encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode() + data


async def _client(host: str, port: int, requests: Iterator[bytes], out: list[tuple[float, int]]) -> None:
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 22)
    for request in requests:
        start = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
        elif b"transfer-encoding: chunked" in lower:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        out.append((time.perf_counter() - start, status))
    writer.close()


async def _load(host: str, port: int, clients: int, requests: list[bytes]) -> tuple[float, list[tuple[float, int]]]:
    left, out = iter(requests), list[tuple[float, int]]()
    start = time.perf_counter()
    await asyncio.gather(*(_client(host, port, left, out) for _ in range(clients)))
    return time.perf_counter() - start, out


def main(words: list[str]) -> None:
    """Ask everything, print what it took."""
    host, port, clients = words[0], int(words[1]), int(words[2])
    requests = [_bytes(item, host) for item in json.loads(Path(words[3]).read_text(encoding="utf-8"))]
    whole, out = asyncio.run(_load(host, port, clients, requests))
    print(
        json.dumps({"seconds": whole, "each": [item[0] for item in out], "status": sorted({item[1] for item in out})})
    )


if __name__ == "__main__":
    main(sys.argv[1:])
