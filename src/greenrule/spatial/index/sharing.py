"""Work shared among threads: kernels run without the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def workers() -> int:
    """How many threads a kernel may use: the processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


def together(work: Callable[[int, int], Result], ranges: Sequence[tuple[int, int]]) -> list[Result]:
    """The results of `work` on each range, in order; in threads where there are several.

    The caller takes the first range itself: a thread that only waits would be woken late, and its processor lie idle for
    as long as many an answer takes.
    """
    first, *others = ranges
    if not others:
        return [work(*first)]
    with ThreadPoolExecutor(len(others)) as pool:
        begun = [pool.submit(work, *bounds) for bounds in others]
        return [work(*first), *(one.result() for one in begun)]


def shares_of(count: int, shares: int) -> list[tuple[int, int]]:
    """Ranges of equal length over `count` items, at most one per worker."""
    shares = max(1, min(shares, workers(), count))
    return [(count * k // shares, count * (k + 1) // shares) for k in range(shares)]
