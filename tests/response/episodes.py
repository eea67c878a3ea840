"""Editions and readings that tests of warnings share."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from greenrule.packs.compiled import load_law
from greenrule.packs.episodes import EpisodeLaw, load_episodes
from greenrule.response.episode_air import Reading
from greenrule.response.episode_rules import Edition

FIRST = datetime(2025, 1, 1)


def episodes() -> EpisodeLaw:
    """What the packs say."""
    law = load_law()
    return load_episodes(law.folders, law.instruments)


def edition(name: str) -> Edition:
    """An edition of the packs, `2018` or `2024`."""
    return next(item for item in episodes().editions if item.id.endswith(name))


def observed(day: int, aqi: int | None, cause: str | None = "pm25", late: int = 0) -> Reading:
    """A day's index, known when the day is over."""
    start = FIRST + timedelta(days=day)
    return Reading(start, 24, True, aqi, start + timedelta(days=1 + late), cause)


def forecast(issued: int, day: int, aqi: int | None, cause: str | None = "pm25") -> Reading:
    """A day's index as forecast at five in the afternoon of another."""
    return Reading(FIRST + timedelta(days=day), 24, False, aqi, FIRST + timedelta(days=issued, hours=17), cause)


def hours(values: list[int | None], first: datetime = FIRST, issued: datetime | None = None) -> list[Reading]:
    """Hourly indices from a moment on: observed, or forecast where `issued` is given."""
    out = []
    for number, value in enumerate(values):
        start = first + timedelta(hours=number)
        out.append(Reading(start, 1, issued is None, value, issued or start + timedelta(hours=1), "pm25"))
    return out


def day(number: int) -> date:
    """The date of a day."""
    return (FIRST + timedelta(days=number)).date()
