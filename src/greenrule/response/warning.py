"""The warning as a pure state machine: start, escalate, lower, lift, with everything it looked at.

A step knows only what was known at its moment, so later data never change it.  The rules in short:

- demand: the highest level whose condition is true of an episode that is going on or ahead.  Two episodes whose pause does not
  pass the lift test are one, at the higher level; so is an oscillation between levels.
- up at once; down only where the air has come below the level's condition and is known to stay so for the waiting hours.
- what is not known neither starts nor lifts: it is named.

Source: the edition handed in (`packs/*/episodes/warnings.yaml`); how runs reach from the past into the future is our reading,
written in docs/how-to/respond-to-heavy-pollution.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.response.episode_air import Known, Reading, events
from greenrule.response.episode_rules import LEVELS, Edition
from greenrule.response.episode_runs import BOUNDLESS, FALSE, TRUE, UNKNOWN, Air, Runs, longest, runs

#: Action → what people call it.
ACTIONS = {
    "none": "不启动", "start": "启动", "escalate": "升级", "hold": "维持", "lower": "降级", "lift": "解除", "cancel": "撤销",
    "advise": "健康提示", "advice_end": "健康提示结束",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """Where a place stands: `level` 0–3, since when it was decided, from when it runs, which episode it is, what is advised."""

    level: int = 0
    since: datetime | None = None
    begins: datetime | None = None
    episode: int = 0
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A stretch that a step rests on: its first and last reading times, the indices, and the rows they stood in."""

    level: int
    words: str
    first: datetime
    hours: int
    values: tuple[int | None, ...]
    rows: tuple[int, ...]
    observed: int


@dataclass(frozen=True, slots=True)
class Step:
    """One evaluation: what came in, what it showed, what follows.  `missing` are the times that would have mattered.

    `reductions`: True the industrial list starts, False it does not, None nobody says what drives the episode.
    """

    number: int
    at: datetime
    action: str
    before: State
    after: State
    demand: int
    why: str
    edition: str
    seen: tuple[Seen, ...] = ()
    missing: tuple[datetime, ...] = ()
    beyond: bool = False
    reductions: bool | None = None
    inputs: tuple[Reading, ...] = ()
    late: bool = False


@dataclass
class _View:
    """One moment's view of a place under an edition."""

    known: Known
    now: int
    edition: Edition
    air: Air
    first: int
    horizon: int
    levels: list[list[Runs]]
    nexts: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Known, now: int, edition: Edition, causes: bool = True) -> _View:
        reach = edition.longest * known.window
        horizon = max(now - 1, known.last if known.last is not None else now - 1)
        first, last = now - 2 * reach, horizon + reach + known.window
        air = known.air(first, last, now)
        above = {
            item: air.above(item, causes)
            for options in edition.levels.values()
            for together in options
            for item in together
        }
        levels = [[runs(air, together, above) for together in edition.levels[level]] for level in LEVELS]
        view = cls(known, now, edition, air, first, horizon, levels)
        ahead = now + known.window - 1 - first
        for number, level in enumerate(LEVELS, 1):
            view.nexts[number] = [int(above[longest(together)][ahead]) for together in edition.levels[level]]
        return view

    def going_on(self, level: int) -> list[tuple[Runs, npt.NDArray[np.int64]]]:
        """Runs of a level that are true and going on or ahead: the places (in the view) where they end."""
        out = []
        width, here = self.air.window, self.now - self.first
        for item, following in zip(self.levels[level - 1], self.nexts[level], strict=True):
            ends = np.flatnonzero(item.truth == TRUE)
            ahead = ends >= here + width - 1
            # A run that ends just now goes on unless the next 24 hours are known to be better.
            just_now = (ends >= here - 1) & (following != FALSE)
            out.append((item, ends[ahead | just_now]))
        return out

    def covered(self) -> npt.NDArray[np.int8]:
        """Highest level per unit of the view over all runs that go on or lie ahead."""
        out = np.zeros(len(self.air), np.int8)
        for level in range(1, len(LEVELS) + 1):
            change = np.zeros(len(self.air) + 1, np.int64)
            for item, ends in self.going_on(level):
                np.add.at(change, np.maximum(ends - item.length + 1, 0), 1)
                np.add.at(change, ends + 1, -1)
            out[np.cumsum(change)[:-1] > 0] = level
        return out

    def episode(self, within: int | None) -> tuple[int, int, int]:
        """(level, first unit, last unit) of the first episode that goes on or lies ahead; level 0 where there is none."""
        covered = self.covered()
        places = np.flatnonzero(covered)
        if not len(places):
            return 0, 0, 0
        begin = end = int(places[0])
        if within is not None and begin + self.first > self.now + within:
            return 0, 0, 0
        for place in map(int, places):
            gap = place - end - 1
            hidden = (self.air.high[end + 1 : place] == BOUNDLESS).any()
            if gap * self.known.unit_hours > self.edition.lift.hours and not hidden:
                break
            end = place
        return int(covered[begin : end + 1].max()), begin + self.first, end + self.first

    def apart(self, begin: int) -> bool:
        """Whether an episode ahead is so far off that the pause until then passes the lift test, and none of it is unknown."""
        hidden = (self.air.high[self.now - self.first : begin - self.first] == BOUNDLESS).any()
        return (begin - self.now) * self.known.unit_hours > self.edition.lift.hours and not hidden

    def blocking(self, level: int) -> list[tuple[Runs, npt.NDArray[np.int64]]]:
        """Runs of a level that may be true now or within the waiting hours."""
        out = []
        width, here = self.air.window, self.now - self.first
        wait = self.edition.lift.units(self.known.unit_hours)
        for item in self.levels[level - 1]:
            ends = np.flatnonzero(item.truth != FALSE)
            begins = ends - item.length + 1
            out.append((item, ends[(ends >= here - 1) & (begins + width - 1 <= here + wait - 1)]))
        return [(item, ends) for item, ends in out if len(ends)]

    def undecided(self, above: int) -> tuple[list[int], bool]:
        """Units that would have to be known to rule out a level higher than `above`, and whether one lies beyond the forecast."""
        hidden = self.air.high == BOUNDLESS
        within = np.concatenate([[0], np.cumsum(hidden)])
        covered = np.zeros(len(self.air) + 1, np.int64)
        beyond = False
        here, end = self.now - self.first, self.horizon - self.first
        for level in range(above + 1, len(LEVELS) + 1):
            for item in self.levels[level - 1]:
                ends = np.flatnonzero(item.truth == UNKNOWN)
                begins = np.maximum(ends - item.length + 1, 0)
                ahead = (ends >= here + self.air.window - 1) & (begins <= end)
                inside = ahead & (ends <= end)
                np.add.at(covered, begins[inside], 1)
                np.add.at(covered, ends[inside] + 1, -1)
                # A run that leaves the forecast: at least 24 hours of it lie within, and all of these are known.
                leaving = ahead & (ends > end) & (end - begins + 1 >= self.air.window)
                beyond = beyond or bool((within[end + 1] == within[begins[leaving]]).any())
        units = np.flatnonzero((np.cumsum(covered)[:-1] > 0) & hidden)
        return [int(unit) + self.first for unit in units], beyond

    def seen(self, level: int, item: Runs, place: int) -> Seen:
        """The readings of a run."""
        first = place - item.length + 1 + self.first
        found = [self.known.at(unit, self.now) for unit in range(first, place + self.first + 1)]
        return Seen(
            level, item.words, self.known.moment(first), self.known.unit_hours, tuple(one.aqi if one else None for one in found),
            tuple(one.row for one in found if one), sum(1 for one in found if one and one.observed),
        )  # fmt: skip

    def witnesses(self, level: int) -> tuple[Seen, ...]:
        """The first run that makes a level true."""
        for item, ends in self.going_on(level):
            if len(ends):
                return (self.seen(level, item, int(ends[0])),)
        return ()

    def driven(self, begin: int, end: int) -> bool | None:
        """Whether an episode is one that starts the industrial list: all, or not known; units below every threshold say nothing."""
        floor = min(item.index for options in self.edition.levels.values() for together in options for item in together)
        part = slice(begin - self.first, end - self.first + 1)
        high = self.air.low[part] > floor
        counted = self.air.counted[part][high]
        return True if (counted == TRUE).all() else None


def judge(known: Known, at: datetime, state: State, edition: Edition, within: int | None = None) -> list[Step]:
    """What follows at a moment from what is known: one step, two where one episode is lifted and the next announced.

    `within` hours: episodes that begin later are left for later.  Numbers and inputs are filled in by `warn`.
    """
    now = known.unit(at)
    view = _View.of(known, now, edition)
    ahead = None if within is None else within // known.unit_hours
    out: list[Step] = []
    step = _decide(view, at, state, view.episode(ahead))
    out.append(step)
    if step.action in ("lift", "cancel"):
        again = _decide(view, at, step.after, view.episode(ahead))
        if again.action == "start":
            out.append(again)
    advice = _advice(view, ahead)
    last = out[-1]
    if advice != state.advice:
        after = replace(last.after, advice=advice)
        if last.action in ("none", "hold"):
            words = "、".join(edition_cause(known, name) for name in (advice or state.advice))
            why = f"AQI 达到预警条件，但由{words}造成，不启动减排清单" if advice else f"{words}过程结束"
            out[-1] = replace(last, action="advise" if advice else "advice_end", after=after, why=f"{why}；{last.why}")
        else:
            out[-1] = replace(last, after=after)
    return out


def edition_cause(known: Known, name: str) -> str:
    """The Chinese name of a cause."""
    return known.causes[name].label if name in known.causes else name


def _decide(view: _View, at: datetime, state: State, found: tuple[int, int, int]) -> Step:
    known, edition, now = view.known, view.edition, view.now
    demand, begin, end = found
    waiting = edition.lift
    begun = state.begins is not None and state.begins <= at
    if demand and state.level and begun and view.apart(begin):
        demand = 0  # the episode ahead is another one: this one is lifted first
    missing, beyond = view.undecided(max(demand, state.level))
    starts = known.moment(max(begin, now)) if demand else None
    common: dict[str, Any] = {"number": 0, "at": at, "before": state, "demand": demand, "edition": edition.id,
                              "beyond": beyond, "missing": tuple(known.moment(unit) for unit in missing)}  # fmt: skip
    if demand:
        common.update(seen=view.witnesses(demand), reductions=view.driven(begin, end))
    if demand > state.level:
        action = "escalate" if state.level else "start"
        since = state.begins if state.begins is not None and starts is not None and state.begins < starts else starts
        after = State(demand, at, since, state.episode + (0 if state.level else 1), state.advice)
        return Step(action=action, after=after, why=f"满足{_level(demand)}条件：{edition.words(demand)}", **common)
    if demand == state.level:
        why = f"仍满足{_level(demand)}条件" if demand else "未达到任何一级的条件"
        if not demand and missing:
            why = "缺测缺报的时段可能改变结果，不据以启动"
        return Step(action="hold" if demand else "none", after=state, why=why, **common)
    level, reason = state.level, ""
    stretches: tuple[Seen, ...] = ()
    hidden: list[int] = []
    while level > demand:
        blocking = view.blocking(level)
        if blocking:
            reason, stretches, hidden = _held(view, level, blocking)
            break
        level -= 1
    if level == state.level:
        common["seen"], common["missing"] = stretches, tuple(known.moment(unit) for unit in hidden) or common["missing"]
        return Step(action="hold", after=state, why=reason, **common)
    told = f"已低于{_level(level + 1)}条件，预报此后{waiting.hours}小时{'以上' if waiting.more_than else ''}仍低于"
    if level:
        after = State(level, at, state.begins, state.episode, state.advice)
        return Step(action="lower", after=after, why=told + (f"；{reason}" if reason else ""), **common)
    after = State(0, at, None, state.episode, state.advice)
    return Step(action="lift" if begun else "cancel", after=after, why=told, **common)


def _held(
    view: _View, level: int, blocking: Sequence[tuple[Runs, npt.NDArray[np.int64]]]
) -> tuple[str, tuple[Seen, ...], list[int]]:
    """Why a level is not left: what still holds, or what nobody knows."""
    for item, ends in blocking:
        sure = ends[item.truth[ends] == TRUE]
        if len(sure):
            return (
                f"尚未低于{_level(level)}条件，或{view.edition.lift.hours}小时内又将达到",
                (view.seen(level, item, int(sure[0])),),
                [],
            )
    item, ends = blocking[0]
    covered = np.zeros(len(view.air) + 1, np.int64)
    for one, places in blocking:
        np.add.at(covered, np.maximum(places - one.length + 1, 0), 1)
        np.add.at(covered, places + 1, -1)
    hidden = {int(n) + view.first for n in np.flatnonzero((np.cumsum(covered)[:-1] > 0) & (view.air.high == BOUNDLESS))}
    # What lies behind the waiting hours matters only where these are known.
    near = {unit for unit in hidden if unit < view.now + view.edition.lift.units(view.known.unit_hours)}
    return (
        f"不能确认低于{_level(level)}条件：有时段缺测或尚无预报，不据以降低或解除",
        (view.seen(level, item, int(ends[0])),),
        sorted(near or hidden),
    )


def _level(level: int) -> str:
    from greenrule.response.episode_rules import LEVEL_WORDS

    return LEVEL_WORDS[level]


def _advice(view: _View, within: int | None) -> tuple[str, ...]:
    """Causes of episodes that reach a warning's condition by the index alone, without starting one."""
    if not (view.air.counted == FALSE).any():
        return ()
    known = view.known
    level, begin, end = _View.of(known, view.now, view.edition, causes=False).episode(within)
    if level <= view.episode(within)[0]:
        return ()
    found = [known.at(unit, view.now) for unit in range(begin, end + 1)]
    causes = (known.causes.get(item.cause or "") for item in found if item is not None)
    return tuple(sorted({cause.id for cause in causes if cause is not None and not cause.reductions}))


def warn(
    readings: Iterable[Reading],
    edition_of: Callable[[date], Edition],
    causes_of: Callable[[date], Mapping[str, Any]] | None = None,
    log: Sequence[Step] = (),
    within: int | None = None,
) -> list[Step]:
    """All steps of one place: those of `log`, and what follows from readings that it does not hold yet.

    `edition_of` gives the rule of a day.  Readings of one place are all of days or all of hours (ValueError otherwise).
    """
    held = {(item.key, item.aqi, item.cause) for step in log for item in step.inputs}
    fresh = [item for item in readings if (item.key, item.aqi, item.cause) not in held]
    return go_on(fresh, edition_of, causes_of, log, within)


def go_on(
    fresh: Iterable[Reading],
    edition_of: Callable[[date], Edition],
    causes_of: Callable[[date], Mapping[str, Any]] | None = None,
    log: Sequence[Step] = (),
    within: int | None = None,
) -> list[Step]:
    """The steps of `log` and those that follow from readings which are all news to it; errors as of `warn`."""
    steps = list(log)
    fresh = list(fresh)
    old = [item for step in steps for item in step.inputs]
    units = {item.hours for item in (*old, *fresh)}
    if len(units) > 1:
        raise ValueError("days and hours mixed")
    known = Known(units.pop() if units else 24)
    known.take(old)
    state = steps[-1].after if steps else State()
    for at, items, late in events(fresh, steps[-1].at if steps else None):
        edition = edition_of(at.date())
        if causes_of is not None:
            known.causes = causes_of(at.date())
        known.take(items)
        for number, step in enumerate(judge(known, at, state, edition, within)):
            steps.append(replace(step, number=len(steps) + 1, inputs=tuple(items) if number == 0 else (), late=late))
            state = step.after
    return steps


def replay(
    log: Sequence[Step],
    edition_of: Callable[[date], Edition],
    causes_of: Callable[[date], Mapping[str, Any]] | None = None,
    within: int | None = None,
) -> list[Step]:
    """The steps once more from the inputs that the log itself holds; equal to the log where nobody changed it."""
    out: list[Step] = []
    moments: list[tuple[datetime, list[Reading]]] = []
    for step in log:
        if step.inputs:
            moments.append((step.at, list(step.inputs)))
    for at, items in moments:
        # One moment after the other: what came late came late again.
        before = len(out)
        out = warn(items, edition_of, causes_of, out, within)
        if any(step.at != at for step in out[before:]):
            raise ValueError(f"{at}: readings of another moment")
    return out
