"""Rank places by the composite index: level and improvement, ties share a place; reward and penalty by a table that the user gives.

The documents say that there are rewards and penalties and not how much: without the user's table the amount is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.casework.air_evaluate import Evaluation, Row, editions_of, evaluate_workspace, number
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.quality.composite import ranks
from greenrule.quality.dust import DustProcess
from greenrule.quality.editions import LABELS, Editions
from greenrule.quality.periods import Period
from greenrule.store.workspace import Workspace

RANKINGS = {"level": "水平", "improvement": "改善"}
PAY_UNKNOWN = "奖惩金额未知：文件没有给出计算办法；有办法时用 `--pay 表.yaml` 给出"
#: Improvement is a rate in percent with this many decimals, as bulletins print it.
_RATE_DECIMALS = 1


@dataclass(frozen=True, slots=True)
class PayRule:
    """From a day to a day: who stands at places `first`–`last` of a ranking (negative: from the end) gets `amount` (minus: pays)."""

    first_day: date
    last_day: date | None
    ranking: str
    first: int
    last: int
    amount: Fraction
    unit: str
    cite: str

    def covers(self, place: int, count: int) -> bool:
        """Whether a place of `count` is meant."""
        low, high = (self.first, self.last) if self.first > 0 else (count + 1 + self.first, count + 1 + self.last)
        return low <= place <= high


@dataclass(frozen=True, slots=True)
class RankedPlace:
    """A place in the ranking: index now and a year before under the same edition, change in percent, places (tied: shared)."""

    series: str
    place: int
    tied: bool
    index: Fraction
    main: tuple[str, ...]
    complete: bool
    before: Fraction | None
    change: Fraction | None
    improvement_place: int | None
    improvement_tied: bool
    pay: tuple[dict[str, Any], ...] | None

    def to_json(self) -> dict[str, Any]:
        """Plain data; `pay` null: unknown."""
        return {
            "series": self.series, "place": self.place, "tied": self.tied, "composite": number(self.index),
            "main_pollutants": [LABELS[name] for name in self.main], "complete": self.complete, "before": number(self.before),
            "change_percent": number(self.change), "improvement_place": self.improvement_place,
            "improvement_tied": self.improvement_tied, "pay": None if self.pay is None else list(self.pay),
        }  # fmt: skip


@dataclass
class Ranking:
    """A ranking under one edition.

    rows : what it ranks · then : series → row of the stretch of the year before
    reached : the last day of the period with data, where that is not its last day · kind : "raw", or "deducted" of dust
    """

    period: str
    edition: str
    places: list[RankedPlace]
    without: list[str]
    notes: list[str] = field(default_factory=list)
    rows: Sequence[Row] = ()
    then: dict[str, Row] = field(default_factory=dict)
    reached: date | None = None
    kind: str = "raw"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "period": self.period, "edition": self.edition, "kind": self.kind,
            "reached": None if self.reached is None else self.reached.isoformat(), "places": [place.to_json() for place in self.places], "without": self.without,
            "notes": self.notes,
        }  # fmt: skip


def rank_places(
    workspace: Workspace, editions: Editions, period: Period, by: str = "city", edition: str = "auto", level: str | None = None,
    pay: Sequence[PayRule] | None = None, dust: Sequence[DustProcess] = (),
) -> list[Ranking]:  # fmt: skip
    """Rank by the composite index of a period; a ranking for each edition that governs it.

    The improvement is against the same stretch of the year before, both under the edition of the period; where the data end
    before the period does, the stretch of the year before ends on the same day.
    dust : processes whose particles are deducted, of both years
    Raises InputFault as `evaluate_workspace` does.
    """
    kind = "deducted" if dust else "raw"
    out = []
    chosen, why = editions_of(period, editions, edition)
    for one in chosen:
        now = evaluate_workspace(workspace, editions, [period], by, edition=one.id, level=level, dust=dust)
        reached = _reached(now, period)
        earlier = before(period if reached is None else Period.span(period.first, reached))
        try:
            found = evaluate_workspace(workspace, editions, [earlier], by, edition=one.id, level=level, dust=dust)
        except InputFault as fault:
            if fault.faults[0].code != "A055":
                raise
            found = Evaluation([], ())
        then = {row.series: row for row in found.rows if row.kind == kind}
        ranking = _rank(period, one.id, [row for row in now.rows if row.kind == kind], then, pay)
        ranking.reached, ranking.kind = reached, kind
        ranking.notes = [*now.notes, *ranking.notes, *([why] if why else [])]
        if not then:
            ranking.notes.append(f"没有 {earlier.id} 的数据，改善幅度不排")
        elif reached is not None:
            ranking.notes.append(f"数据到 {reached}，上年同期取 {earlier.first} 至 {earlier.last}")
        out.append(ranking)
    return out


def _reached(found: Evaluation, period: Period) -> date | None:
    """The last day of a period on which anything was measured; None where that is its last day."""
    assert found.days is not None
    there = np.flatnonzero(np.any([(array >= 0).any(axis=0) for array in found.days.rounded.values()], axis=0))
    if not len(there):
        return None
    last = found.days.first + timedelta(days=int(there[-1]))
    return last if period.first <= last < period.last else None


def before(period: Period) -> Period:
    """The same stretch of the year before; a 29 February ends on the 28th."""

    def back(day: date) -> date:
        return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)

    if period.kind == "month":
        return Period.month(period.first.year - 1, period.first.month)
    if period.kind == "year":
        return Period.year(period.first.year - 1)
    return Period.span(back(period.first), back(period.last))


def _rank(
    period: Period, edition: str, rows: Sequence[Row], then: dict[str, Row], pay: Sequence[PayRule] | None
) -> Ranking:
    from greenrule.quality.rounding import round_fraction

    ranked = [row for row in rows if row.index is not None]
    places = ranks(np.array([int(row.index * 10**6) for row in ranked if row.index is not None], np.int32))
    changes: list[Fraction | None] = []
    for row in ranked:
        old = then.get(row.series)
        known = old is not None and old.index is not None and row.index is not None and old.index > 0
        changes.append(
            round_fraction((row.index - old.index) / old.index * 100, _RATE_DECIMALS) if known else None  # type: ignore[union-attr, operator]
        )
    # Shifted so that every rate is a positive number: the most negative change is the best.
    keys = np.array(
        [-1 if change is None else int((change + 1000) * 10**_RATE_DECIMALS) for change in changes], np.int32
    )
    better = ranks(keys)
    count, improving = len(ranked), int((keys >= 0).sum())
    day = period.last
    out = []
    for row, place, change, second in zip(ranked, places.tolist(), changes, better.tolist(), strict=True):
        old = then.get(row.series)
        assert row.index is not None
        found: tuple[dict[str, Any], ...] | None = None
        if pay is not None:
            hits = [("level", place, count), *([("improvement", second, improving)] if second else [])]
            found = tuple(
                {"ranking": rule.ranking, "amount": number(rule.amount), "unit": rule.unit, "cite": rule.cite}
                for rule in pay
                for kind, at, of in hits
                if rule.ranking == kind
                and rule.covers(at, of)
                and rule.first_day <= day
                and (rule.last_day is None or day <= rule.last_day)
            )
        out.append(
            RankedPlace(
                row.series, place, int((places == place).sum()) > 1, row.index, row.main, row.complete, old.index if old is not None else None,
                change, second or None, second > 0 and int((better == second).sum()) > 1, found,
            )
        )  # fmt: skip
    out.sort(key=lambda item: (item.place, item.series))
    without = sorted(row.series for row in rows if row.index is None)
    ranking = Ranking(period.id, edition, out, without, rows=rows, then=then)
    partial = [item.series for item in out if not item.complete]
    if partial:
        shown = "、".join(partial[:5]) + ("等" if len(partial) > 5 else "")
        ranking.notes.append(f"{len(partial)} 个（{shown}）的有效日数不足或期间未完，名次只供参考")
    weak = [item.series for item in out if item.before is not None and not then[item.series].complete]
    if weak and period.kind != "span":
        shown = "、".join(weak[:5]) + ("等" if len(weak) > 5 else "")
        ranking.notes.append(f"{len(weak)} 个（{shown}）上年同期的有效日数不足，改善幅度只供参考")
    if pay is None:
        ranking.notes.append(PAY_UNKNOWN)
    return ranking


def read_pay(path: Path) -> list[PayRule]:
    """The user's table of rewards and penalties: YAML with `pay:`, a list of

        {from: 2026-01-01, to: 2026-12-31, ranking: level, places: [1, 3], amount: 100, unit: 万元, cite: 文号}

    places from 1, or from the end with minus ([-3, -1]: the last three); tied places each get what their place gets.
    Raises InputFault with all faults: those of packs.marked · A059 a line that cannot be read.
    """
    from greenrule.packs.marked import load_marked, take

    faults: list[Fault] = []
    top = take(load_marked(path), {"pay": "sequence"}, {}, faults=faults, what=path.name)
    out = []
    for item in top["pay"] or []:
        row = take(
            item, {"from": "date", "ranking": tuple(RANKINGS), "places": "sequence", "amount": "text", "unit": "text", "cite": "text"},
            {"to": "date"}, faults=faults, what="pay ",
        )  # fmt: skip
        places = [part.value for part in row["places"] or []]
        try:
            first, last = (int(part) for part in places)
            amount = Fraction(row["amount"] or "")
        except (ValueError, TypeError):
            faults.append(item.fault("A059", "名次或金额读不通", "名次写两个整数，如 [1, 3]；金额只写数"))
            continue
        if first == 0 or first > last or (first > 0) != (last > 0):
            faults.append(item.fault("A059", f"名次 {first} 至 {last} 不成段", "从前数写 [1, 3]，从后数写 [-3, -1]"))
            continue
        if row["from"] and row["ranking"] and row["unit"] and row["cite"]:
            out.append(PayRule(row["from"], row["to"], row["ranking"], first, last, amount, row["unit"], row["cite"]))
    if not out and not faults:
        faults.append(Fault("A059", "表里没有一条", Place(str(path)), "至少写一条"))
    if faults:
        raise InputFault(faults)
    return out
