"""The chain of the audit: what it shows when somebody altered, removed, moved or cut off lines by force.

Each line's seal is over its own words and the seal before.  Altered, removed, added and moved lines show by the seals alone; a
tail that was cut off does not, for what is left is a whole chain.  An anchor (the number and seal of the last line, kept where the
database's owner cannot change it) shows that too, and that the chain was not made anew from some line on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from greenrule.core.errors import Fault, InputFault, Place

_ANCHOR = re.compile(r"(\d{1,19}):([0-9a-f]{64})(?:\s.*)?")


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit: who did what to which subject, when; `chain` seals it together with all lines before."""

    seq: int
    at: str
    who: str
    action: str
    subject: str
    digest: str
    chain: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last line of the audit at some time: its number and its seal."""

    seq: int
    chain: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.chain}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of the chain found: how many lines, the last of them, and every break as a fault (W022, OPS001, OPS002)."""

    lines: int
    head: Anchor | None
    faults: tuple[Fault, ...]


def chained(last: str, entry: tuple[str, ...]) -> str:
    """The seal of an audit line: over its own words and the seal of the line before."""
    return hashlib.sha256(json.dumps([last, *entry], ensure_ascii=False).encode()).hexdigest()


def read_anchors(text: str, place: Place | None = None) -> list[Anchor]:
    """Anchors, one a line (`seq:chain`, then anything after a space); empty lines and lines with `#` do not count.

    >>> read_anchors("# kept at the archive\\n3:" + "a" * 64 + " 2026-11-25")[0].seq
    3
    """
    anchors, faults = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _ANCHOR.fullmatch(line.strip())
        if found is None:
            where = Place(place.file, number) if place else None
            faults.append(
                Fault(
                    "OPS003",
                    f"`{line.strip()[:40]}` 不是锚点",
                    where,
                    "每行一个 `序号:摘要`，即 `greenrule audit anchor` 的输出",
                )
            )
        else:
            anchors.append(Anchor(int(found[1]), found[2]))
    if faults:
        raise InputFault(faults)
    return anchors


def verify(rows: Iterable[AuditRow], anchors: Iterable[Anchor] = (), place: Place | None = None) -> Report:
    """Walk the chain once, in order of the numbers; memory does not grow with it."""
    kept: dict[int, set[str]] = {}
    for anchor in anchors:
        kept.setdefault(anchor.seq, set()).add(anchor.chain)
    faults: list[Fault] = []
    head: Anchor | None = None
    lines, last = 0, ""
    told = "用备份和锚点找出被改动的部分，不要在此记录上继续"
    for row in rows:
        lines += 1
        if chained(last, (row.at, row.who, row.action, row.subject, row.digest)) != row.chain:
            faults.append(Fault("W022", f"审计记录第 {row.seq} 行与前文不相接", place, told))
        for chain in kept.pop(row.seq, ()):
            if chain != row.chain:
                faults.append(Fault("OPS001", f"第 {row.seq} 行与锚点不符：记录从此行或之前起被重写", place, told))
        last = row.chain
        head = Anchor(row.seq, row.chain)
    for seq in sorted(kept):
        faults.append(Fault("OPS002", f"锚点所在的第 {seq} 行不见了：记录被截去", place, told))
    return Report(lines, head, tuple(faults))
