"""On what terms a clause that closes land still lets a line through, as the packs say it (`line_exceptions.yaml`).

A pack names, for one of its rules, the exceptions that speak of lines: on what terms, who confirms it, under which clause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from greenrule.core.errors import Fault, InputFault
from greenrule.packs.book import Law
from greenrule.packs.marked import load_marked


@dataclass(frozen=True, slots=True)
class LineException:
    """One exception of a rule for lines.

    fact : the fact that says it holds; says : on what terms; authority : who confirms it; sure : whether the wording was
    checked against the text, note : what to know where it was not
    """

    rule: str
    fact: str
    says: str
    authority: str
    cites: tuple[str, ...]
    sure: bool
    note: str


def line_exceptions(law: Law) -> dict[str, tuple[LineException, ...]]:
    """Rule → its exceptions for lines, of all packs of a law.

    Errors: N026 (InputFault) for a rule or fact that the law does not have, or an exception without clause.
    """
    found: dict[str, tuple[LineException, ...]] = {}
    faults: list[Fault] = []
    for folder in law.folders:
        path = folder / "line_exceptions.yaml"
        if not path.exists():
            continue
        marked = load_marked(path)
        for rule, items in marked.plain()["exceptions"].items():
            for item in items:
                faults += [
                    Fault("N026", f"`{rule}` 的例外：{told}", None, f"改正 {path.name}")
                    for told in _wrong(law, rule, item)
                ]
            found[rule] = tuple(
                LineException(
                    rule, str(item.get("fact")), str(item.get("says")), str(item.get("authority")), tuple(item.get("cites") or ()),
                    bool(item.get("sure", True)), str(item.get("note") or ""),
                )
                for item in items
            )  # fmt: skip
    if faults:
        raise InputFault(faults)
    return found


def _wrong(law: Law, rule: str, item: dict[str, Any]) -> list[str]:
    """What is wrong with one exception."""
    told = [] if rule in law.book.rules else ["没有这条规则"]
    if item.get("fact") not in law.book.facts:
        told.append(f"没有事实 `{item.get('fact')}`")
    told += [f"没有写 `{key}`" for key in ("says", "authority", "cites") if not item.get(key)]
    return told
