"""Questions that nobody asked: what is compiled, opened and written when it is first needed is there when somebody does."""

from __future__ import annotations

from typing import Any

from greenrule.casework.interview import Interview
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.core.clock import china_today
from greenrule.core.errors import InputFault

#: How many industries are asked about, and how often: a third question about one is answered in another way.
_INDUSTRIES, _TIMES = 3, 4


def practise(screener: Screener) -> int:
    """Screen projects of some industries, new ones, in the middle of some county; how many were answered."""
    law, ground, done = screener.law, screener.ground(china_today()), 0
    vocabulary = law.book.vocabularies["gbt4754"]
    finest = sorted(set(vocabulary.labels) - set(vocabulary.parent.values()))
    counties = ground.index("county") if ground is not None else None
    for number in range(_INDUSTRIES):
        raw: dict[str, Any] = {
            "name": "",
            "industry": finest[len(finest) * (2 * number + 1) // (2 * _INDUSTRIES)],
            "nature": "new",
        }
        if counties is not None and len(counties):
            inside = counties.frame.geometry[len(counties) * number // _INDUSTRIES].representative_point()
            raw["location"] = {"point": [inside.x, inside.y], "crs": "cgcs2000"}
        for _ in range(_TIMES):
            try:
                screener.screen_written(project_from(raw, law))
                done += 1
            except InputFault:
                break  # layers that do not fit together are told to whoever asks
    return done


def practise_asking(screener: Screener) -> None:
    """Ask for the industry of a project of which nothing is known: all industries are gone through for it."""
    for _ in range(_TIMES):
        _ = Interview(screener, project_from({"name": ""}, screener.law)).question
