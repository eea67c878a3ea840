"""Where documents disagree: `conflicts.yaml` of a pack, read strictly.

A conflict is between rules, and then shows in every finding in which at least two of them may hold; or between clauses that no rule
about a project carries (how violations are punished, which lorries go first), and then stands only in the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.instruments import Instruments
from greenrule.packs.marked import Marked, load_marked, take

#: How a conflict may be resolved.
RESOLVED = ("newer", "special", "higher", "stricter", "both_apply")


def read_conflicts(path: Path, faults: list[Fault]) -> list[Mapping[str, Any]]:
    """The conflicts of one file, as plain mappings; each has `rules` or `clauses`."""
    try:
        document = take(load_marked(path), {"conflicts": "sequence"}, {}, faults=faults, what="conflicts.yaml ")
    except InputFault as error:
        faults.extend(error.faults)
        return []
    out: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    for item in document["conflicts"] or []:
        found = take(
            item, {"id": "text", "topic": "text", "differ": "text", "resolved_by": RESOLVED, "reason": "text"},
            {"rules": "texts", "clauses": "texts", "prefer": "texts"}, faults=faults, what="conflicts ",
        )  # fmt: skip
        if any(found[key] is None for key in ("id", "topic", "differ", "resolved_by", "reason")):
            continue
        faults += _check(item, found, seen)
        seen.add(found["id"])
        out.append({key: found[key] or [] if key in ("rules", "clauses", "prefer") else found[key] for key in found})
    return out


def _check(item: Marked, found: Mapping[str, Any], seen: set[str]) -> Iterable[Fault]:
    sides = found["rules"] or found["clauses"] or []
    if found["id"] in seen:
        yield item.fault("P120", f"冲突 `{found['id']}` 写了两次", "改其中一个的编号")
    if bool(found["rules"]) == bool(found["clauses"]) or len(set(sides)) < 2:
        yield item.fault(
            "P120", f"冲突 `{found['id']}` 应写两条以上规则，或两条以上条款", "写 `rules:` 或 `clauses:` 之一"
        )
    for name in found["prefer"] or []:
        if name not in sides:
            yield item.fault("P120", f"冲突 `{found['id']}` 取的 `{name}` 不在各方之中", "`prefer:` 只写各方之一")


def resolve_conflicts(
    conflicts: Iterable[Mapping[str, Any]], rules: Iterable[str], instruments: Instruments, faults: list[Fault]
) -> None:
    """Check that rules (P055) and clauses of conflicts exist."""
    known = set(rules)
    for item in conflicts:
        for rule in item["rules"]:
            if rule not in known:
                close = "、".join(near(rule, known)) or "改正编号"
                faults.append(
                    Fault("P055", f"conflicts.yaml 的 `{item['id']}` 提到的规则 `{rule}` 不存在", None, close)
                )
        for cite in item["clauses"]:
            try:
                instruments.find(cite)
            except InputFault as error:
                faults.extend(error.faults)
