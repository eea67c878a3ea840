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


def read_target(law: Law, decision: str, target: str) -> tuple[str, str]:
    """A decision and the value it shall come out as: `allowed` of the decision named, or `eia.form=form`; labels will do.

    Of decisions that collect, one of the values that a rule may add.  ASK006 for a decision, TURN001 for a value that does not exist.
    """
    name, sign, value = target.partition("=")
    goal = read_goals(law, (name.strip() if sign else decision,))[0]
    wanted = (value if sign else target).strip()
    spec = law.book.decisions[goal]
    values = dict(spec.values) or {rule: law.book.rules[rule].title for rule in _collected(law, goal)}
    by_label = {label: code for code, label in values.items()}
    code = by_label.get(wanted, wanted)
    if code not in values:
        close = near(wanted, [*values, *by_label])
        shown = [f"{by_label.get(item, item)}（{values[by_label.get(item, item)]}）" for item in close]
        every = "、".join(f"{code} {label}" for code, label in list(values.items())[:20])
        raise InputFault(
            Fault("TURN001", f"决定 `{goal}`（{spec.zh}）没有取值 `{wanted}`", None, f"相近的有：{'、'.join(shown)}" if shown else f"可用：{every}")
        )  # fmt: skip
    return goal, code


def _collected(law: Law, goal: str) -> list[str]:
    """Rules whose title is what a decision without values of its own collects."""
    return [rule.id for rule in law.book.rules.values() if any(effect.decision == goal for effect in rule.effects)]
