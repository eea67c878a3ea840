"""Decisions as people name them: by id or by Chinese label, and with a value where one is wanted."""

from __future__ import annotations

from collections.abc import Iterable

from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.book import Law


def read_goals(law: Law, goals: Iterable[str]) -> tuple[str, ...]:
    """Decisions by id or Chinese label; ASK006 with near ones for what is none."""
    faults, out = [], []
    by_label = {spec.zh: spec.id for spec in law.book.decisions.values()}
    for goal in goals:
        name = by_label.get(goal, goal)
        if name not in law.book.decisions:
            close = near(goal, [*law.book.decisions, *by_label])
            told = "、".join(f"{item}（{law.book.decisions[by_label.get(item, item)].zh}）" for item in close)
            every = "、".join(law.book.decisions)
            faults.append(
                Fault("ASK006", f"没有名为 `{goal}` 的决定", None, f"相近的有：{told}" if close else f"可用：{every}")
            )
        out.append(name)
    if faults:
        raise InputFault(faults)
    return tuple(dict.fromkeys(out))
