"""The emergency reduction list: enterprises, their processes, daily emissions in whole grams, measures by warning level.

Amounts are integers (grams per day, yuan per day), so that a share is reached or it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from greenrule.response.episode_rules import LEVELS

POLLUTANTS = ("so2", "nox", "pm", "vocs")
POLLUTANT_WORDS = {"so2": "二氧化硫", "nox": "氮氧化物", "pm": "颗粒物", "vocs": "挥发性有机物"}
#: Four amounts in grams per day, in the order of `POLLUTANTS`.
Grams = tuple[int, int, int, int]
NOTHING: Grams = (0, 0, 0, 0)
INDUSTRY = "industry"
SOURCES = {INDUSTRY: "工业源", "mobile": "移动源", "dust": "扬尘源", "other": "其他源"}


def added(amounts: Iterable[Grams]) -> Grams:
    """The sum of amounts.

    >>> added([(1, 2, 3, 4), (1, 0, 0, 0)])
    (2, 2, 3, 4)
    """
    total = [0, 0, 0, 0]
    for amount in amounts:
        for index, value in enumerate(amount):
            total[index] += value
    return total[0], total[1], total[2], total[3]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a process does at a level, how much it cuts, and by what an inspector sees it on the spot."""

    text: str
    cut: Grams = NOTHING
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the list.  `exempt`: why it must not be cut (livelihood, safety), empty where it may be."""

    enterprise: str
    line: str
    name: str
    emission: Grams
    measures: Mapping[str, Measure] = field(default_factory=dict)
    exempt: str = ""
    reason: str = ""
    row: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What options refer to."""
        return self.enterprise, self.line, self.name

    @property
    def label(self) -> str:
        """How people call it."""
        return " ".join(part for part in (self.line, self.name) if part)


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One enterprise of the list; `id` is its credit code or, failing that, its name."""

    id: str
    name: str
    grade: str = ""
    industry: str = ""
    permit: str = ""
    city: str = ""
    county: str = ""
    source: str = INDUSTRY
    valid_to: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """A measure that a process could take: its cut, its loss in yuan per day, the mildest level that may use it (1–3)."""

    process: tuple[str, str, str]
    text: str
    cut: Grams
    loss: int
    evidence: str = ""
    first: int = 1
    row: int = 0


@dataclass(frozen=True)
class ReductionList:
    """A list with what it is measured against: `base` in grams per day where it is stated apart from the list's own sum."""

    enterprises: tuple[Enterprise, ...]
    processes: tuple[Process, ...]
    options: tuple[Option, ...] = ()
    base: Grams | None = None
    #: enterprise → yuan that it has lost in earlier episodes
    burden: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_id(self) -> dict[str, Enterprise]:
        """Enterprises by id."""
        return {item.id: item for item in self.enterprises}

    @property
    def total(self) -> Grams:
        """What the list emits on a normal day."""
        return added(item.emission for item in self.processes)

    @property
    def denominator(self) -> Grams:
        """What shares are taken of."""
        return self.base if self.base is not None else self.total


@dataclass(frozen=True, slots=True)
class Grade:
    """A performance grade: `rank` from the best (0) on, None where it is outside the order; `own` who cuts by own decision."""

    id: str
    label: str
    rank: int | None
    own: bool = False


@dataclass(frozen=True)
class ListRules:
    """How a list is read and checked: grades and exemptions by id, every way of writing them, and the words that tell."""

    grades: Mapping[str, Grade]
    exemptions: Mapping[str, str]
    grade_of: Mapping[str, str]
    exemption_of: Mapping[str, str]
    own_words: tuple[str, ...]
    stop_words: tuple[str, ...]
    limit_words: tuple[str, ...]
    vague_words: tuple[str, ...]
    evidence_words: tuple[str, ...]
    cite: str = ""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a level asks for: the share of each pollutant, and the sum for SO2 and NOx where they may be set off."""

    share: Fraction
    traded: Fraction | None
    cites: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """What a level reaches for a pollutant: `cut` of `base` against `needed`; `met` None where it rests on setting off.

    `base` 0: there is nothing to cut, which is met.
    """

    level: str
    pollutant: str
    cut: int
    base: int
    needed: Fraction
    met: bool | None
    lacking: int

    @property
    def value(self) -> Fraction:
        """The share itself."""
        return Fraction(self.cut, self.base) if self.base else Fraction(0)


def shares(
    listed: ReductionList, demands: Mapping[str, Demand], skipped: Iterable[tuple[str, str, str]] = ()
) -> list[Share]:
    """The shares that a list reaches by its measures, level by level; exact, in integers.

    `skipped` processes do not count (their measures are not binding).
    """
    out = []
    base = listed.denominator
    left_out = set(skipped)
    for level in LEVELS:
        if level not in demands:
            continue
        cut = added(
            item.measures[level].cut for item in listed.processes if level in item.measures and item.key not in left_out
        )
        demand = demands[level]
        traded = _traded(cut, base, demand)
        for index, pollutant in enumerate(POLLUTANTS):
            needed = demand.share * base[index]
            enough = cut[index] >= needed
            met: bool | None = True if enough or not base[index] else None if traded and index < 2 else False
            lacking = 0 if met else max(0, -(-needed.numerator // needed.denominator) - cut[index])
            out.append(Share(level, pollutant, cut[index], base[index], demand.share, met, lacking))
    return out


def _traded(cut: Grams, base: Grams, demand: Demand) -> bool:
    """Whether the shares of SO2 and NOx add up to what setting off asks for."""
    if demand.traded is None or not base[0] or not base[1]:
        return False
    return Fraction(cut[0], base[0]) + Fraction(cut[1], base[1]) >= demand.traded
