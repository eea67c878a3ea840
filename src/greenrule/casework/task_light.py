"""Red, amber, green of a task, computed from its targets and deadlines; what cannot be computed is said to be so, never green.

The rule, part by part (a part is one measurable target or one deadline):

target    met by the latest figure: green.  Not met and its day has passed, or no figure and its day has passed: red.
          Not met yet: the straight line from the first figure to the target says what is due today – on it or ahead green,
          behind amber, worse than the first figure red; with one figure only, or no day, nothing can be computed.
          A figure older than a year says nothing any more.
deadline  (where no measurable target of the task has that day) confirmed by the dispatcher: green; passed: red, or amber while the
          reported completion waits to be confirmed; within thirty days: amber; further off: nothing can be computed.

The task takes the worst of its parts: red, amber, not computable, green.  Targets that are not broken down to the area of whoever
answers for the task are told and left out.  Thirty days and a year are this software's own, not a law's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from greenrule.core.units import number_text
from greenrule.packs.targets import Target
from greenrule.packs.tasks import Task

#: Colours from worst to best, with what people call them.
COLOURS = {"red": "红灯", "amber": "黄灯", "unknown": "不可算", "green": "绿灯"}
NEAR = timedelta(days=30)
STALE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that was reported for a target, in the target's unit, and the day that it describes."""

    target: str
    value: Fraction
    as_of: date


@dataclass(frozen=True, slots=True)
class Part:
    """One target or deadline with its colour and the reason."""

    what: str
    colour: str
    why: str
    by: date | None = None
    target: str | None = None

    def to_json(self) -> dict[str, object]:
        """Plain data; days in ISO 8601."""
        return {
            "what": self.what, "colour": self.colour, "label": COLOURS[self.colour], "why": self.why,
            "by": self.by.isoformat() if self.by else None, "target": self.target,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Light:
    """The colour of a task and what it is made of; `left_out` are targets that say nothing here, with the reason."""

    colour: str
    parts: tuple[Part, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def why(self) -> str:
        """The reason of the worst part, in one sentence."""
        worst = next((part for part in self.parts if part.colour == self.colour), None)
        return f"{worst.what}：{worst.why}" if worst else "文中没有可量化的目标，也没有期限"

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "colour": self.colour, "label": COLOURS[self.colour], "why": self.why, "parts": [part.to_json() for part in self.parts],
            "left_out": [{"target": target, "why": why} for target, why in self.left_out],
        }  # fmt: skip


def measurable(target: Target) -> bool:
    """Whether figures can be held against a target: it has a number and is no baseline."""
    return target.kind != "baseline" and target.operator != "done" and target.value is not None


def shared_out(targets: Iterable[Target], place: str | None, whole: bool) -> tuple[list[Target], list[tuple[str, str]]]:
    """The targets that an assignee answers for, and those left out with the reason.

    place : name of the assignee's city, None where it is no city; whole : it acts in the whole province, and answers for all.
    """
    own, out = [], []
    for target in targets:
        if target.kind == "baseline":
            continue
        if not measurable(target):
            out.append((target.id, f"{target.indicator}：{target.note or '没有数，以调度认定为准'}"))
        elif whole or place in target.places:
            own.append(target)
        else:
            out.append((target.id, f"{target.indicator}：{'、'.join(target.places)}的目标没有分解到本单位辖区"))
    return own, out


def light(
    task: Task,
    targets: Sequence[Target],
    figures: Iterable[Figure],
    on: date,
    *,
    left_out: Sequence[tuple[str, str]] = (),
    deadline: date | None = None,
    claimed: bool = False,
    confirmed: Iterable[date | None] = (),
) -> Light:
    """The light of a task on a day.

    targets : those that the assignee answers for; deadline : a day that the dispatcher set besides those of the text
    claimed : completion is reported; confirmed : the deadlines that the dispatcher holds as met, None for the whole task
    """
    sure = set(confirmed)
    mine: dict[str, list[Figure]] = {}
    for figure in figures:
        mine.setdefault(figure.target, []).append(figure)
    parts = [of_target(target, mine.get(target.id, ()), on) for target in targets]
    judged = {target.by for target in targets}
    days = [(item.by, item.what) for item in task.deadlines if item.by not in judged]
    if deadline is not None and deadline not in {day for day, _ in days} | judged:
        days.append((deadline, "调度要求的期限"))
    parts += [of_deadline(day, what, on, claimed, None in sure or day in sure) for day, what in days]
    if not parts and None in sure:
        parts = [Part("任务", "green", "调度认定已完成")]
    present = {part.colour for part in parts}
    colour = next((name for name in COLOURS if name in present), "unknown")
    return Light(colour, tuple(parts), tuple(left_out))


def of_target(target: Target, figures: Iterable[Figure], on: date) -> Part:
    """One measurable target against the figures known on a day.

    >>> goal = Target("t", "甲", ("全省",), "<=", Fraction(25), "μg/m3", date(2025, 12, 31), "binding", ())
    >>> of_target(goal, [Figure("t", Fraction(30), date(2025, 1, 1)), Figure("t", Fraction(27), date(2025, 7, 1))], date(2025, 7, 2)).colour
    'green'
    >>> of_target(goal, [], date(2026, 1, 1)).colour
    'red'
    """
    what = f"{target.indicator}{target.demand}"
    known = sorted((item for item in figures if item.as_of <= on), key=lambda item: item.as_of)
    past = target.by is not None and on > target.by

    def told(colour: str, why: str) -> Part:
        return Part(what, colour, why, target.by, target.id)

    if not known:
        return told("red", f"期限 {target.by} 已过，没有报送数") if past else told("unknown", "还没有报送数")
    last = known[-1]
    said = f"{last.as_of} 为 {_figure(last.value, target)}"
    if min(on, target.by or on) - last.as_of > STALE:
        return told("red" if past else "unknown", f"{said}，已过一年，不能说明现状")
    met = reached(target, last.value)
    if met:
        return told("green", f"{said}，达到")
    if met is None:
        return told("unknown", f"{said}；目标写的是大致的数，允许的偏差未写")
    if past:
        return told("red", f"{said}，期限 {target.by} 已过，没有达到")
    if target.by is None or known[0].as_of == last.as_of:
        return told("unknown", f"{said}，未达到；{'没有期限' if target.by is None else '只有一个时点的数'}，进度不可算")
    return _pace(target, known[0], last, told, said)


def _pace(target: Target, first: Figure, last: Figure, told: Callable[[str, str], Part], said: str) -> Part:
    """A figure that is not there yet, against the straight line from the first figure to the target."""
    assert target.by is not None
    goal = target.value
    assert goal is not None
    if target.operator == "rank":
        goal = (target.among or 0) - goal
    if target.upper is not None and first.value > target.upper:
        goal = target.upper
    if first.as_of >= target.by or goal == first.value:
        return told("unknown", f"{said}，未达到；进度不可算")
    gone = Fraction((last.as_of - first.as_of).days, (target.by - first.as_of).days)
    due = first.value + (goal - first.value) * gone
    falling = goal < first.value
    ahead = last.value <= due if falling else last.value >= due
    worse = last.value > first.value if falling else last.value < first.value
    line = f"{said}；从 {first.as_of} 的 {_figure(first.value, target)} 到目标的直线上应为 {_figure(round(due, 2), target)}"
    if ahead:
        return told("green", line)
    return told("red", f"{line}，比起点还差") if worse else told("amber", f"{line}，落后")


def reached(target: Target, value: Fraction) -> bool | None:
    """Whether a figure meets a target; None where the text leaves open how near is near enough."""
    goal = target.value
    assert goal is not None
    match target.operator:
        case "<=":
            return value <= goal
        case "<":
            return value < goal
        case ">=":
            return value >= goal
        case ">":
            return value > goal
        case "between":
            return goal <= value <= (target.upper if target.upper is not None else goal)
        case "rank":  # a figure is a place in the ranking, 1 the best
            return value <= (target.among or 0) - goal
    if value == goal:
        return True
    return None if target.kind == "striving" else False


def of_deadline(day: date, what: str, on: date, claimed: bool, confirmed: bool) -> Part:
    """One deadline on a day.

    >>> of_deadline(date(2025, 12, 31), "甲", date(2026, 1, 1), claimed=True, confirmed=False).colour
    'amber'
    """
    if confirmed:
        return Part(what, "green", "调度认定已完成", day)
    if on > day:
        if claimed:
            return Part(what, "amber", f"期限 {day} 已过；已报完成，待调度认定", day)
        return Part(what, "red", f"期限 {day} 已过，没有认定完成", day)
    left = (day - on).days
    if day - on <= NEAR:
        return Part(what, "amber", f"距期限 {day} 还有 {left} 天，没有认定完成", day)
    return Part(what, "unknown", f"期限 {day}，还有 {left} 天；文中没有可量化的进度", day)


def _figure(value: Fraction, target: Target) -> str:
    return number_text(value) + ("" if target.unit == "%" else " ") + target.unit
