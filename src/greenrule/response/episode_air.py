"""What is known of the air at one place by a moment: observations, and for the rest the latest forecast issued until then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from greenrule.response.episode_rules import HOURS, Cause
from greenrule.response.episode_runs import BOUNDLESS, FALSE, TRUE, UNKNOWN, Air

_EPOCH = datetime(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that somebody handed in: of a day (`hours` 24) or an hour, observed or forecast, known since `known`.

    `aqi` None: stated as missing.  `row` is where it stood in the file.
    """

    start: datetime
    hours: int
    observed: bool
    aqi: int | None
    known: datetime
    cause: str | None = None
    row: int = 0
    file: str = ""

    @property
    def key(self) -> tuple[datetime, bool, datetime | None]:
        """What it is a value of: a later one with the same key corrects it."""
        return self.start, self.observed, None if self.observed else self.known

    def to_json(self) -> dict[str, Any]:
        """Plain data for the log."""
        return {
            "start": _time(self.start), "hours": self.hours, "kind": "observed" if self.observed else "forecast",
            "aqi": self.aqi, "known": _time(self.known), "cause": self.cause, "file": self.file, "row": self.row,
        }  # fmt: skip

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Reading:
        """Read back what `to_json` wrote; raises KeyError, ValueError or TypeError where it did not."""
        aqi = entry["aqi"]
        if aqi is not None and (not isinstance(aqi, int) or isinstance(aqi, bool) or aqi < 0):
            raise ValueError(f"aqi {aqi!r}")
        if entry["kind"] not in ("observed", "forecast") or entry["hours"] not in (1, HOURS):
            raise ValueError("kind, hours")
        return cls(
            datetime.fromisoformat(entry["start"]), entry["hours"], entry["kind"] == "observed", aqi,
            datetime.fromisoformat(entry["known"]), entry["cause"], int(entry["row"]), str(entry["file"]),
        )  # fmt: skip


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


class Known:
    """Readings as they came in; `unit_hours` is 24 or 1, the same for all of them."""

    def __init__(self, unit_hours: int, causes: Mapping[str, Cause] | None = None) -> None:
        self.unit_hours = unit_hours
        self.causes = causes or {}
        self._observed: dict[int, Reading] = {}
        self._forecast: dict[int, Reading] = {}
        self.last: int | None = None

    @property
    def window(self) -> int:
        """Units in 24 hours."""
        return HOURS // self.unit_hours

    def unit(self, moment: datetime) -> int:
        """The unit that a moment lies in."""
        return int((moment - _EPOCH) // timedelta(hours=self.unit_hours))

    def moment(self, unit: int) -> datetime:
        """When a unit begins."""
        return _EPOCH + unit * timedelta(hours=self.unit_hours)

    def take(self, readings: Iterable[Reading]) -> None:
        """Add readings; of one unit the later observation and the later issued forecast stay."""
        for item in readings:
            unit = self.unit(item.start)
            if item.observed:
                self._observed[unit] = item
            else:
                old = self._forecast.get(unit)
                if old is None or old.known <= item.known:
                    self._forecast[unit] = item
            if item.aqi is not None and (self.last is None or unit > self.last):
                self.last = unit

    def at(self, unit: int, now: int) -> Reading | None:
        """What speaks for a unit at the unit `now`: its observation, else, unless it is over, the latest forecast.

        That an hour which is over was once forecast does not say how it was: without an observation it is unknown.
        """
        found = self._observed.get(unit)
        if found is None and unit >= now:
            found = self._forecast.get(unit)
        return found if found is not None and found.aqi is not None else None

    def air(self, first: int, last: int, now: int) -> Air:
        """Bounds of the units first … last as they look at the unit `now`."""
        count = last - first + 1
        low = np.zeros(count, np.int64)
        high = np.full(count, BOUNDLESS, np.int64)
        counted = np.zeros(count, np.int8)
        for index in range(count):
            found = self.at(first + index, now)
            if found is None or found.aqi is None:
                continue
            low[index] = high[index] = found.aqi
            cause = self.causes.get(found.cause or "")
            counted[index] = UNKNOWN if cause is None else TRUE if cause.reductions else FALSE
        return Air(low, high, counted, self.window)


def events(readings: Iterable[Reading], after: datetime | None = None) -> list[tuple[datetime, list[Reading], bool]]:
    """Readings by the moment they became known: (moment, readings, whether they came late); late ones, known before `after`
    but handed in only now, come first, at that moment: the past stays as it was.
    """
    late: list[Reading] = []
    by_time: dict[datetime, list[Reading]] = {}
    for item in readings:
        if after is not None and item.known <= after:
            late.append(item)
        else:
            by_time.setdefault(item.known, []).append(item)
    out = [(moment, sorted(items, key=_order), False) for moment, items in sorted(by_time.items())]
    if late and after is not None:
        out.insert(0, (after, sorted(late, key=_order), True))
    return out


def _order(item: Reading) -> tuple[Any, ...]:
    return item.start, item.observed, item.known, item.row


def undated(readings: Iterable[Reading], first: datetime) -> list[Reading]:
    """Forecasts without a time of issue count as issued when the first of them begins."""
    return [replace(item, known=first) for item in readings]
