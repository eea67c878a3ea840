"""How figures are taken and kept: contenders take turns, and a figure without a named peer or target is not a benchmark.

Absolute times belong to one machine on one day; only the ratio between contenders of the same run travels.
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

OURS = "greenrule"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured line.

    question : what was asked; contenders of one question are compared with each other
    who : `greenrule …` or the peer; median, p95 : seconds, or megabytes when unit is "MB", or what the unit says
    runs : how many single measurements; target : upper bound that this project set itself, for `bound` ("p95", "median")
    """

    question: str
    who: str
    median: float
    p95: float | None = None
    runs: int = 1
    unit: str = "s"
    target: float | None = None
    bound: str = "p95"
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return (self.p95 if self.bound == "p95" and self.p95 is not None else self.median) <= self.target


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison of answers between contenders of the same run."""

    what: str
    compared: int
    different: int
    note: str = ""


@dataclass
class Section:
    """Figures on one subject, with the comparisons that make them count."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data, with ratios to the first greenrule figure of the same question."""
        figures = [{**asdict(item), "ratio": ratio(item, self.figures), "met": item.met} for item in self.figures]
        return {
            "title": self.title,
            "figures": figures,
            "checks": [asdict(c) for c in self.checks],
            "notes": self.notes,
        }


def ratio(figure: Figure, figures: Sequence[Figure]) -> float | None:
    """How many times slower (or larger) a peer is than the first greenrule figure of its question; None for our own."""
    if figure.who.startswith(OURS):
        return None
    ours = next((f for f in figures if f.question == figure.question and f.who.startswith(OURS)), None)
    return figure.median / ours.median if ours is not None and ours.median else None


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the sorted values lies (nearest rank).

    >>> quantile([3.0, 1.0, 2.0, 4.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def turns(
    contenders: Mapping[str, Callable[[Any], Any]], items: Sequence[Any], loops: int = 1
) -> dict[str, list[float]]:
    """Seconds that each contender takes for each item, taking turns item by item so that disturbances hit all alike.

    `loops` repeats one measurement inside the clock, for work of microseconds. The garbage collector is left on, as for
    users: its pauses belong to the p95.
    """
    found: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    for item in items:
        for name, ask in contenders.items():
            start = time.perf_counter()
            for _ in range(loops):
                ask(item)
            found[name].append((time.perf_counter() - start) / loops)
    return found


def figures_of(question: str, taken: Mapping[str, Sequence[float]], **more: Any) -> list[Figure]:
    """Figures of contenders that took turns; `target`, `bound` go to the first greenrule line, `notes` by contender."""
    notes = more.pop("notes", {})
    out, given = [], False
    for who, seconds in taken.items():
        mine = who.startswith(OURS) and not given
        given = given or mine
        target = {key: value for key, value in more.items() if mine}
        out.append(
            Figure(
                question,
                who,
                quantile(seconds, 0.5),
                quantile(seconds, 0.95),
                len(seconds),
                note=notes.get(who, ""),
                **target,
            )
        )
    return out


def memory_beyond(ask: Callable[[], Any]) -> int | None:
    """Bytes by which the process grows at most while it answers (Linux; None elsewhere)."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    gc.collect()
    try:
        # What earlier runs gave back and the allocator kept would hide what this one takes.
        ctypes.CDLL(None).malloc_trim(0)
        reset.write_text("5", encoding="ascii")  # the peak begins anew
        before = _kilobytes(status, "VmRSS")
        kept = ask()
        after = _kilobytes(status, "VmHWM")
    except (OSError, AttributeError):
        return None
    del kept
    return max(0, after - before) * 1024


def _kilobytes(status: Path, name: str) -> int:
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])


def machine() -> dict[str, str]:
    """What the figures were taken on, without the name of the machine."""
    model = platform.processor() or platform.machine()
    memory = ""
    info, mem = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if info.exists():
        model = next(
            (line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")),
            model,
        )
    if mem.exists():
        memory = f"{int(mem.read_text().split()[1]) / 2**20:.0f} GiB"
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""
    return {"cpu": model, "cores": str(os.cpu_count()), "memory": memory, "system": platform.system(),
            "python": platform.python_version(), "load at start": load}  # fmt: skip
