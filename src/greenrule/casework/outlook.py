"""`air forecast`: files or a workspace to outlooks of stations and cities, and their skill, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.casework.outlook_lake import lake_observations
from greenrule.casework.outlook_tables import Observations, read_calendar, read_observations
from greenrule.casework.outlook_weather import WeatherRows, read_other, read_weather
from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.outlook import OutlookLaw
from greenrule.quality.forecast import Outlook, Trial, outlook, trial
from greenrule.quality.forecast_days import LABELS, POLLUTANTS, UNITS
from greenrule.quality.forecast_intervals import LEVELS
from greenrule.quality.forecast_series import Calendar, Series, Weather, city_series
from greenrule.quality.forecast_skill import LeadSkill
from greenrule.store.workspace import Workspace

METHOD_WORDS = {
    "model": "模型", "persistence": "持续性（最近一日的值）", "climatology": "气候值", "other": "外来预报", "none": "无",
}  # fmt: skip
_DIGITS = {"co": 2}
Say = Callable[[str, int, int], None]


@dataclass
class Question:
    """What is asked: files or a workspace (its stations grouped `by`), and wishes, as the command takes them."""

    files: Sequence[Path]
    weather: Sequence[Path] = ()
    calendar: Path | None = None
    other: Path | None = None
    stations: Sequence[str] = ()
    city: str | None = None
    days: int = 10
    issued: datetime | None = None
    hour_ends: bool = False
    workspace: Path | None = None
    by: str = "city"
    level: str | None = None


@dataclass
class Desk:
    """The files of a question, read: places to speak of, their weather, the calendar."""

    question: Question
    places: list[Series]
    calendar: Calendar
    weather: WeatherRows | None
    notes: list[str]
    needs: list[dict[str, Any]]
    history: dict[str, Series] = field(default_factory=dict)

    def delay(self, series: Series) -> float:
        """Days between the end of a place's last day and the moment of issue."""
        issued = self.question.issued
        if issued is None:
            return 0.0
        end = datetime.combine(series.last + timedelta(days=1), datetime.min.time())
        return float(max((issued - end) / timedelta(days=1), 0.0))

    def weather_of(self, series: Series) -> Weather | None:
        """The weather over a place's days."""
        return None if self.weather is None else self.weather.of(series, self.delay(series))

    def weather_notes(self, series: Series) -> list[str]:
        """That a weather table says nothing of a place, which would else go unseen."""
        if self.weather is None or self.weather.has(series.place):
            return []
        names = "、".join(sorted(set(self.weather.places.tolist()))[:5])
        return [f"气象表里没有 {series.place}（有：{names}），没有用气象"]

    def issued(self, series: Series) -> datetime:
        """The moment of issue: stated, or the end of the last day."""
        return self.question.issued or datetime.combine(series.last + timedelta(days=1), datetime.min.time())


def open_desk(question: Question, law: OutlookLaw) -> Desk:
    """Read the files of a question, or the observations of its workspace.

    Errors: those of the readers; F012 no station of that name; F013 issued before the observations end, or a day and more after.
    """
    if question.workspace is not None:
        seen = lake_observations(
            Workspace.open(question.workspace), law.editions, question.by, question.stations, question.level
        )
    else:
        seen = read_observations(question.files, law.editions, question.hour_ends)
    stations = _chosen(seen, question)
    groups: dict[str, list[Series]] = {}
    if question.city is not None:
        groups[question.city] = stations
    else:
        for item in stations:
            if item.place in seen.cities:
                groups.setdefault(seen.cities[item.place], []).append(item)
    cities = [city_series(name, items, law.editions)
              for name, items in groups.items() if len(items) > 1 or name == question.city]  # fmt: skip
    places = cities if question.city is not None else [*cities, *stations]
    grouped = bool(cities) if question.workspace is None else question.by != "station"
    festivals, heating = read_calendar(question.calendar) if question.calendar is not None else ([], [])
    weather = read_weather(question.weather) if question.weather else None
    notes = list(dict.fromkeys([*seen.notes, *(weather.notes if weather is not None else [])]))
    shown = [{"name": name, "label": need.label, "value": need.value, "cite": need.cite, "sure": need.sure, "note": need.note}
             for name, need in law.needs(max(item.last for item in places), seen.hourly, grouped).items()]  # fmt: skip
    desk = Desk(question, places, Calendar((*law.festivals, *festivals), tuple(heating)), weather, notes, shown)
    for item in places:
        end = datetime.combine(item.last + timedelta(days=1), datetime.min.time())
        if question.issued is not None and not timedelta(0) <= question.issued - end < timedelta(days=1):
            told = f"{item.place} 的实测到 {item.last}，发布时间 {question.issued:%Y-%m-%d %H:%M} 不在其后一天之内"
            raise InputFault(Fault("F013", told, None, "补上最近的实测值，或改 `--issued`"))
    return desk


def _chosen(seen: Observations, question: Question) -> list[Series]:
    faults = []
    for name in question.stations if question.workspace is None else ():
        if name not in seen.stations:
            close = near(name, seen.stations) or list(seen.stations)[:5]
            faults.append(Fault("F012", f"文件里没有站点 `{name}`", None, f"有：{'、'.join(close)}"))
    if faults:
        raise InputFault(faults)
    if question.workspace is not None:  # chosen there, by name or by number
        return list(seen.stations.values())
    return [item for name, item in seen.stations.items() if not question.stations or name in question.stations]


def forecast(desk: Desk, say: Say | None = None) -> dict[str, Any]:
    """The outlook of every place as plain data."""
    out = []
    with_fits = 6 * len(desk.places) * len(POLLUTANTS)
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        if say is not None:
            say("预报", min(count, with_fits), with_fits)

    for series in desk.places:
        weather = desk.weather_of(series)
        other = read_other(desk.question.other, series, desk.delay(series)) if desk.question.other is not None else None
        found = outlook(series, desk.calendar, weather, days=desk.question.days, other=other, done=done)
        notes = [*_notes(found, series, weather), *desk.weather_notes(series)]
        out.append(_plain(found, desk.issued(series), notes))
        desk.history[series.place] = series
    return {"kind": "forecast", "places": out, "needs": desk.needs, "notes": desk.notes}


def _notes(found: Outlook, series: Series, weather: Weather | None) -> list[str]:
    """What a reader should know of the data behind an outlook."""
    notes = []
    empty = np.isnan(series.values).mean(axis=0)
    bad = [f"{LABELS[name]} {share:.0%}" for name, share in zip(POLLUTANTS, empty, strict=True) if share > 0.1]
    if bad:
        notes.append(f"缺测的日子：{'、'.join(bad)}")
    if (
        weather is not None
        and not found.weather
        and not (np.isnan(weather.told).all() and np.isnan(weather.analysed).all())
    ):
        notes.append("气象文件里没有足够的历史预报（近一年过半的日子），无从学习和检验，未用来预报")
    gap = np.flatnonzero(~np.isnan(series.values).all(axis=1))
    if len(gap) and len(series) - 1 - gap[-1] > 0:
        notes.append(f"最近 {len(series) - 1 - gap[-1]} 天没有有效日值")
    return notes


def _round(value: float, pollutant: str) -> float:
    return round(value, _DIGITS.get(pollutant, 1))


def _plain(found: Outlook, issued: datetime, notes: list[str]) -> dict[str, Any]:
    days: dict[int, dict[str, Any]] = {}
    for item in found.told:
        day = days.setdefault(item.lead, {"date": item.day.isoformat(), "lead": item.lead, "pollutants": {}})
        day["pollutants"][item.pollutant] = {
            "value": None if item.value is None else _round(item.value, item.pollutant), "unit": UNITS[item.pollutant],
            "method": item.method, "why": item.why,
            "intervals": {f"{level:.0%}": [_round(low, item.pollutant), _round(high, item.pollutant)]
                          for level, (low, high) in item.intervals.items()},
        }  # fmt: skip
    skill = {name: [score(item) for item in leads.values()] for name, leads in found.skill.items()}
    return {"place": found.place, "issued": issued.isoformat(timespec="minutes"), "observed_to": found.origin.isoformat(),
            "weather": found.weather, "notes": notes, "days": [days[lead] for lead in sorted(days)], "skill": skill}  # fmt: skip


def score(item: LeadSkill) -> dict[str, Any]:
    """The scores of one lead as plain data."""
    return {
        "lead": item.lead, "pairs": item.pairs, "mae": {key: round(value, 4) for key, value in item.mae.items()},
        "rmse": {key: round(value, 4) for key, value in item.rmse.items()}, "best_reference": item.best,
        "skill": None if item.skill is None else round(item.skill, 4),
        "skill_range": None if item.low is None or item.high is None else [round(item.low, 4), round(item.high, 4)],
        "chosen": item.chosen, "why": item.why, "intervals_tried": item.covered,
        "coverage": {f"{level:.0%}": round(share, 4) for level, share in item.coverage.items()},
    }  # fmt: skip


def skill_table(desk: Desk, days: int, tried: int, say: Say | None = None) -> dict[str, Any]:
    """The rolling origin of every place as plain data; `tried` days of the past."""
    out = []
    whole = len(desk.places) * len(POLLUTANTS) * -(-tried // 91)
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        if say is not None:
            say("滚动起报检验", min(count, whole), whole)

    notes = list(desk.notes)
    for series in desk.places:
        weather = desk.weather_of(series)
        notes += desk.weather_notes(series)
        other = read_other(desk.question.other, series, desk.delay(series)) if desk.question.other is not None else None
        for item in trial(series, desk.calendar, weather, days=days, tried=tried, other=other, done=done):
            out.append(_trial(item, series, weather is not None and weather.archived))
    return {"kind": "skill", "tried_days": tried, "trials": out, "needs": desk.needs, "notes": notes}


def _trial(item: Trial, series: Series, weather: bool) -> dict[str, Any]:
    first = series.day(item.rolled.first)
    return {"place": item.place, "pollutant": item.pollutant, "unit": UNITS[item.pollutant], "from": first.isoformat(), "to": series.last.isoformat(),
            "weather": weather, "leads": [score(skill) for skill in item.leads], "bound": [score(skill) for skill in item.bound]}  # fmt: skip


def table_columns() -> list[str]:
    """The columns of an outlook as a table, which `air warn` and `--other` take."""
    out = ["place", "date", "kind", "issued", "lead"]
    for name in POLLUTANTS:
        bounds = [f"{name}_{side}{level * 100:g}" for level in LEVELS for side in ("low", "high")]
        out += [name, *bounds, f"{name}_method"]
    return out


def table_rows(found: dict[str, Any]) -> list[list[Any]]:
    """An outlook as rows of that table: concentrations in µg/m³, CO in mg/m³; None where nothing can be said."""
    rows = []
    for place in found["places"]:
        for day in place["days"]:
            row: list[Any] = [place["place"], day["date"], "forecast", place["issued"].replace("T", " "), day["lead"]]
            for name in POLLUTANTS:
                item = day["pollutants"].get(name)
                bounds = (
                    [item["intervals"].get(f"{level:.0%}", [None, None]) for level in LEVELS]
                    if item
                    else [[None, None]] * len(LEVELS)
                )
                row += [
                    item["value"] if item else None,
                    *(side for pair in bounds for side in pair),
                    item["method"] if item else "none",
                ]
            rows.append(row)
    return rows
