"""Where places stand against their yearly targets of PM2.5: so far, what the days ahead may average, how likely that is.

Targets come from the packs (晋政发〔2024〕7号 26) or from the user; the days from the workspace; nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.air_evaluate import editions_of, grouped, number
from greenrule.casework.air_series import span_of
from greenrule.core.errors import Fault, InputFault
from greenrule.packs.targets import Target
from greenrule.quality.budget import Budget
from greenrule.quality.days import DayTable
from greenrule.quality.editions import Edition, Editions
from greenrule.quality.periods import Period
from greenrule.quality.resampling import Draws, draw
from greenrule.quality.rounding import round_fraction
from greenrule.store.observations_days import days_between
from greenrule.store.workspace import Workspace

#: The indicator of the packs that a yearly mean of PM2.5 answers.
_INDICATOR = "PM2.5年均浓度"
#: Days drawn together, and how far from their own time of the year: spells of weather last about a week.  A choice, not a law.
BLOCK, WINDOW = 7, 10
#: Number of the level that is called heavy pollution (重度污染) in every edition.
_HEAVY = 5
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Chance:
    """How likely the target is kept: share of the draws, standard error, from which years, multiplied by what."""

    share: float
    error: float
    years: tuple[int, ...]
    factor: float
    median_ahead: float
    fan: npt.NDArray[np.float64]


@dataclass(frozen=True)
class PlaceTarget:
    """One target of one place under one edition.

    state : kept | missed (the year is over) · out_of_reach | open (it is not) · unknown, for the `reason`
    """

    place: str
    target: Fraction | None
    year: int | None
    kind: str
    cites: tuple[str, ...]
    state: str
    edition: str | None = None
    reason: str | None = None
    so_far: Fraction | None = None
    days: int = 0
    missing: int = 0
    left: int = 0
    allowed: Fraction | None = None
    chance: Chance | None = None
    episode: Episode | None = None
    notes: tuple[str, ...] = ()
    daily: tuple[Fraction | None, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        chance, episode = self.chance, self.episode
        return {
            "place": self.place, "target": number(self.target), "year": self.year, "kind": self.kind, "cites": list(self.cites),
            "state": self.state, "edition": self.edition, "reason": self.reason, "so_far": number(self.so_far), "valid_days": self.days,
            "missing_days": self.missing, "days_left": self.left, "allowed_mean": number(self.allowed),
            "probability": None if chance is None else {
                "share": chance.share, "standard_error": chance.error, "years": list(chance.years), "factor": round(chance.factor, 4),
                "median_mean_ahead": round(chance.median_ahead, 1),
            },
            "episode": None if episode is None else {
                "days": episode.days, "concentration": number(episode.concentration), "adds_to_year": number(episode.adds),
                "allowed_mean_after": number(episode.allowed_after),
            },
            "notes": list(self.notes),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Episode:
    """What so many days at the lower end of heavy pollution cost: the yearly mean rises by `adds`, the rest may average less.

    `adds` is None where no year before says what such days usually bring.
    """

    days: int
    concentration: Fraction
    adds: Fraction | None
    allowed_after: Fraction | None


@dataclass
class TargetReport:
    """All targets that were asked about, at the end of a day."""

    on: date
    items: list[PlaceTarget]
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"on": self.on.isoformat(), "targets": [item.to_json() for item in self.items], "notes": self.notes}


def wanted(
    targets: Mapping[str, Target], own: Mapping[str, Fraction], year: int | None, only: Iterable[str]
) -> list[PlaceTarget]:
    """The targets to look at: the user's own for a year, else those of the packs; rank targets come as unknown with the reason.

    Raises InputFault AT001 where nothing is left.
    """
    only = set(only)
    if own and year is None:
        raise InputFault(Fault("AT001", "自己写的目标要写明年份", None, "加 --year 2026"))
    out = [PlaceTarget(place, value, year, "own", (), "open") for place, value in own.items()]
    for item in targets.values() if not own else ():
        last = item.by.year if item.by else None
        if year is not None and last != year:
            continue
        for place in item.places:
            if only and place not in only:
                continue
            if item.indicator == _INDICATOR and item.value is not None and item.operator == "<=" and last is not None:
                out.append(PlaceTarget(place, item.value, last, item.kind, item.cites, "open"))
            elif item.operator == "rank":
                told = (
                    f"要退出后 {item.value} 位（共 {item.among} 城）：须有全部城市的综合指数，工作区里没有"
                    if item.value is not None
                    else item.note or "文中没有数值"
                )
                out.append(PlaceTarget(place, None, last, item.kind, item.cites, "unknown", reason=told))
    if not out:
        years = sorted({item.by.year for item in targets.values() if item.by and item.indicator == _INDICATOR})
        told = f"包里的年份：{'、'.join(map(str, years)) or '无'}；别的用 --target 地点=数值 写"
        raise InputFault(Fault("AT001", "没有要看的目标", None, told))
    return out


def stand(
    workspace: Workspace, editions: Editions, asked: Sequence[PlaceTarget], on: date | None = None, by: str = "city",
    episode_days: int = 5, draws: int = 4000, seed: int = 1, level: str | None = None,
) -> TargetReport:  # fmt: skip
    """Where the targets stand at the end of a day (default: the last day with data).

    level : stations of this level only, one of store.stations.LEVELS

    Raises InputFault A055 where the workspace has no data.
    """
    first, last = span_of(workspace)
    table = days_between(workspace.observations, editions, first, last)
    assert table is not None
    notes: list[str] = []
    places = grouped(table, workspace.stations.read(), by, (), level, editions, notes)
    have = _last_measured(places)
    on = min(on, have) if on is not None else have
    items: list[PlaceTarget] = []
    for item in asked:
        if item.state == "unknown":
            items.append(item)
        elif item.place not in places.series:
            items.append(replace(item, state="unknown", reason="工作区里没有这个地点的监测数据"))
        else:
            items += _stand(places, editions, item, on, episode_days, draws, seed)
    return TargetReport(on, items, notes)


def _stand(
    places: DayTable, editions: Editions, item: PlaceTarget, on: date, episode_days: int, draws: int, seed: int
) -> list[PlaceTarget]:
    assert item.target is not None
    assert item.year is not None
    year = Period.year(item.year)
    if on < year.first:
        return [replace(item, state="unknown", reason=f"{item.year} 年还没有数据")]
    chosen, why = editions_of(year, editions, "auto")
    values = _daily(places, item.place)
    until = min(on, year.last)
    daily = tuple(values.get(year.first + timedelta(days=n)) for n in range((until - year.first).days + 1))
    known = [value for value in daily if value is not None]
    ahead = [until + timedelta(days=n + 1) for n in range((year.last - until).days)]
    if not known:
        return [replace(item, state="unknown", reason=f"{item.year} 年没有有效的日均值")]
    drawn, years, factor = _drawn(values, daily, year, ahead, draws, seed)
    out = []
    for one in chosen:
        budget = Budget(item.target, one.statistic_decimals["pm25"], sum(known, Fraction(0)), len(known), len(ahead))
        out.append(
            replace(
                item, edition=one.id, so_far=_mean(budget, one), days=len(known), missing=len(daily) - len(known), left=len(ahead),
                allowed=budget.mean_allowed(1), state=_state(budget), daily=daily,
                chance=_chance(drawn, budget, years, factor) if drawn is not None and ahead else None,
                episode=_episode(budget, one, drawn, episode_days) if ahead else None,
                notes=tuple(_notes(daily, known, ahead, drawn, why)),
            )
        )  # fmt: skip
    return out


def _state(budget: Budget) -> str:
    if budget.left == 0:
        return "kept" if budget.kept(Fraction(0)) else "missed"
    return "open" if budget.mean_allowed(1) is not None else "out_of_reach"


def _mean(budget: Budget, one: Edition) -> Fraction:
    return round_fraction(budget.total / budget.days, one.statistic_decimals["pm25"])


def _notes(
    daily: Sequence[Fraction | None],
    known: Sequence[Fraction],
    ahead: Sequence[date],
    drawn: Draws | None,
    why: str | None,
) -> list[str]:
    out = []
    if len(known) < len(daily):
        out.append(f"{len(daily) - len(known)} 天没有有效日均值，未计入，全年有效日数可能不足")
    if ahead:
        out.append("余下各日按都有效计")
        if drawn is None:
            out.append("没有往年同期的完整数据，达标可能性未知")
    return out + ([why] if why else [])


def _drawn(
    values: Mapping[date, Fraction],
    daily: Sequence[Fraction | None],
    year: Period,
    ahead: Sequence[date],
    draws: int,
    seed: int,
) -> tuple[Draws | None, tuple[int, ...], float]:
    """Draws of the days ahead from the years before, multiplied by how this year stands to the same days of theirs."""
    history = [(day, float(value)) for day, value in values.items() if day < year.first]
    if not ahead or not history:
        return None, (), 1.0
    pairs = []
    for place, value in enumerate(daily):
        day = year.first + timedelta(days=place)
        if value is None:
            continue
        for before in sorted({then.year for then, _ in history}):
            try:
                then = values.get(day.replace(year=before))
            except ValueError:
                then = None
            if then is not None:
                pairs.append((float(value), float(then)))
    factor = (
        sum(pair[0] for pair in pairs) / sum(pair[1] for pair in pairs) if pairs and any(p[1] for p in pairs) else 1.0
    )
    found = draw(history, ahead, BLOCK, WINDOW, draws, seed, factor)
    return found, tuple(sorted({day.year for day, _ in history})), factor


def _chance(drawn: Draws, budget: Budget, years: tuple[int, ...], factor: float) -> Chance:
    share, error = drawn.share_within(float(budget.ceiling[0]))
    median = float(np.median(drawn.days.mean(axis=1)))
    return Chance(share, error, years, factor, median, drawn.fan(float(budget.total), budget.days, _QUANTILES))


def _episode(budget: Budget, one: Edition, drawn: Draws | None, days: int) -> Episode | None:
    """Days just inside heavy pollution in place of what such days usually bring."""
    first = next(level.first for level in one.levels if level.number == _HEAVY)
    below = next((value for value, index in one.day["pm25"].points if index == first - 1), None)
    if below is None:
        return None
    level = Fraction(below + 1)
    spent = min(days, budget.left)
    adds = None
    if drawn is not None:
        usual = Fraction(float(np.median(drawn.days.mean(axis=1)))).limit_denominator(1000)
        adds = round_fraction(spent * (level - usual) / (budget.days + budget.left), 2)
    return Episode(spent, level, adds, budget.after(spent, level).mean_allowed(1))


def _daily(places: DayTable, place: str) -> dict[date, Fraction]:
    at_row = list(places.series).index(place)
    if places.fractions is not None:
        found = places.fractions["pm25"][at_row]
        return {places.first + timedelta(days=at): value for at, value in enumerate(found) if value is not None}
    row = places.exact["pm25"][at_row]
    return {
        places.first + timedelta(days=at): Fraction(int(value), places.denominator)
        for at, value in enumerate(row)
        if value >= 0
    }


def _last_measured(places: DayTable) -> date:
    columns = np.flatnonzero((places.exact["pm25"] >= 0).any(axis=0))
    if not len(columns):
        raise InputFault(Fault("A055", "工作区里没有有效的 PM2.5 日均值", None, "核对导入的数据"))
    return places.first + timedelta(days=int(columns[-1]))
