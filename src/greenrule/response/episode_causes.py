"""What drives an episode, as the readings that a step rests on say it: fine particles, ozone, sand-dust, or not settled.

Coarse particles alone may be sand-dust or not.  That a process was sand-dust is found by others and given, never guessed
from numbers; until then such days count as fine particles do, and it is said that they are not settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from greenrule.response.episode_air import Reading
from greenrule.response.warning import Step

#: The id of an index that coarse particles make, with nobody to say what they are; no edition knows it as a cause.
COARSE = "pm10"
COARSE_WORDS = "PM10（是否沙尘未认定）"
#: Primary pollutant → cause, the first that is there.
_CAUSES = {"pm25": "pm25", "o3": "o3", "pm10": COARSE}
DUST = "dust"


def cause_of(primary: Iterable[str], dust: bool = False) -> str | None:
    """What drives an episode, from the primary pollutants of its index; None where no cause of an episode is among them.

    dust : the day lies in a sand-dust process; where coarse particles make its index, that is the cause

    >>> cause_of(["pm10", "pm25"]), cause_of(["pm10"]), cause_of(["pm10"], dust=True), cause_of(["pm25"], dust=True)
    ('pm25', 'pm10', 'dust', 'pm25')
    """
    there = set(primary)
    if dust and COARSE in there:
        return DUST
    return next((cause for name, cause in _CAUSES.items() if name in there), None)


def step_causes(steps: Sequence[Step]) -> list[tuple[str | None, ...]]:
    """Step by step the causes of the stretches that it rests on, as they were known at it, each once; None: a day without one."""
    known: dict[datetime, Reading] = {}
    out: list[tuple[str | None, ...]] = []
    for step in steps:
        for item in step.inputs:
            old = known.get(item.start)
            if old is None or (item.observed, item.known) >= (old.observed, old.known):
                known[item.start] = item
        if not step.seen:
            out.append(())
            continue
        hours = next(iter(known.values())).hours if known else 24
        units = {seen.first + timedelta(hours=ahead) for seen in step.seen for ahead in range(0, seen.hours, hours)}
        there = (known[unit] for unit in sorted(units) if unit in known)
        out.append(tuple(dict.fromkeys(item.cause for item in there if item.aqi is not None)))
    return out
