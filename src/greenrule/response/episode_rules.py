"""What the warning rules say, as data: levels, conditions, editions; the numbers come from the packs.

Source: 环办大气函〔2018〕875号, 环大气〔2024〕6号 as `packs/cn/episodes/warnings.yaml` encodes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

#: Mildest first; 0 stands for no warning, n for `LEVELS[n - 1]`.
LEVELS = ("yellow", "orange", "red")
LEVEL_WORDS = ("无预警", "黄色预警", "橙色预警", "红色预警")
RESPONSES = ("无应急响应", "Ⅲ级应急响应", "Ⅱ级应急响应", "Ⅰ级应急响应")
HOURS = 24


@dataclass(frozen=True, slots=True)
class Condition:
    """The index over 24 hours is above `index` (or reaches it, where `reach`) for `hours` and longer.

    >>> Condition(200, 48).words, Condition(500, 24, reach=True).words
    ('AQI>200 持续48小时及以上', 'AQI≥500 达24小时')
    """

    index: int
    hours: int
    reach: bool = False

    @property
    def days(self) -> int:
        """How many 24-hour windows in a row it takes."""
        return -(-self.hours // HOURS)

    @property
    def words(self) -> str:
        """The condition as people say it."""
        if self.days == 1:
            return f"AQI{'≥' if self.reach else '>'}{self.index} 达{self.hours}小时"
        return f"AQI{'≥' if self.reach else '>'}{self.index} 持续{self.hours}小时及以上"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Hours that a text asks for before something may happen; `more_than` where the number itself is not enough."""

    hours: int
    more_than: bool
    cite: str
    sure: bool = True
    note: str | None = None

    def units(self, unit_hours: int) -> int:
        """Whole units (days or hours) that have to be looked at.

        >>> rule = Waiting(36, True, "x")
        >>> rule.units(24), rule.units(1)
        (2, 37)
        """
        whole = -(-self.hours // unit_hours)
        return whole + (1 if self.more_than and self.hours % unit_hours == 0 else 0)


@dataclass(frozen=True, slots=True)
class Edition:
    """The warning rule of some years: level → alternatives, each a tuple of conditions that hold together.

    `doubts` are the reasons why it is not certain; they go with every result that rests on it.
    """

    id: str
    label: str
    first: date
    last: date | None
    levels: Mapping[str, tuple[tuple[Condition, ...], ...]]
    lift: Waiting
    lead: Waiting
    cite: str
    doubts: tuple[str, ...] = ()
    outside: str | None = None
    reading: str | None = None

    def words(self, level: int) -> str:
        """What a level asks for, in Chinese."""
        options = self.levels[LEVELS[level - 1]]
        return "，或 ".join(" 且 ".join(item.words for item in together) for together in options)

    @property
    def longest(self) -> int:
        """The most 24-hour windows that any condition looks at."""
        return max(item.days for options in self.levels.values() for together in options for item in together)


def edition_on(editions: Iterable[Edition], day: date) -> Edition | None:
    """The edition in force on a day; None where none is known."""
    return next((item for item in editions if item.first <= day and (item.last is None or day <= item.last)), None)


@dataclass(frozen=True, slots=True)
class Cause:
    """What drives an episode; `reductions`: whether the industrial list is started for it."""

    id: str
    label: str
    reductions: bool
    told: str
