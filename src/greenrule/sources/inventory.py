"""An emission inventory: activity × factor × (1 − control), line by line, exact.

Every line keeps the rows that it was made of.  What is missing is named; a line with something missing is UNKNOWN and adds nothing,
so that a total says how much of it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from greenrule.core.errors import Place
from greenrule.core.units import UnitError, factor

#: What the product of activity and factor may be: a mass in the year of the row.
_MASSES = ("[mass]", "[mass]/[civil_year]")
_GRAMS = 1000  # the base unit of mass is the kilogram


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % range; `low` and `high` None where nobody stated one."""

    value: Fraction
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def ranged(self) -> bool:
        """Whether a range is stated."""
        return self.low is not None and self.high is not None

    def bounds(self) -> tuple[Fraction, Fraction]:
        """The range, or the value twice."""
        return (self.low, self.high) if self.low is not None and self.high is not None else (self.value, self.value)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a number comes from: what was cited, and the cell or line it stands in."""

    cite: str
    place: Place | None = None
    sure: bool = True
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """How much was done: `amount` in `unit`, in a county in a year.

    name : of the source, "" for the whole county · what : what is counted (燃煤量), "" where not said
    controls : technologies in series; () none, None where nobody said
    """

    category: str
    county: str
    year: int
    amount: Estimate
    unit: str
    origin: Origin
    name: str = ""
    what: str = ""
    controls: tuple[str, ...] | None = ()
    point: tuple[float, float] | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is the activity of, whatever the year."""
        return self.category, self.county, self.name, self.what


@dataclass(frozen=True, slots=True)
class Factor:
    """Emission per activity, for a category and all below it, in the years from `first` to `last` (None: open)."""

    category: str
    pollutant: str
    amount: Estimate
    unit: str
    origin: Origin
    what: str = ""
    first: int | None = None
    last: int | None = None

    def holds(self, year: int) -> bool:
        """Whether it may be used for a year."""
        return (self.first is None or self.first <= year) and (self.last is None or year <= self.last)


@dataclass(frozen=True, slots=True)
class Control:
    """The share of a pollutant that a technology takes out, 0 to 1."""

    technology: str
    pollutant: str
    share: Estimate
    origin: Origin


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a line is unknown: a factor, an efficiency, whether there is a control at all, or units that give no mass."""

    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    """One activity and one pollutant.

    grams : exact; None where something is missing · scale : grams per (activity unit × factor unit)
    """

    activity: Activity
    pollutant: str
    factor: Factor | None
    controls: tuple[Control, ...]
    grams: Fraction | None
    scale: Fraction = Fraction(1)
    missing: tuple[Missing, ...] = ()

    @property
    def left(self) -> Fraction:
        """The share that passes the controls."""
        out = Fraction(1)
        for control in self.controls:
            out *= 1 - control.share.value
        return out


@dataclass
class Inventory:
    """All lines, in the order of the activities."""

    lines: list[Line] = field(default_factory=list)

    def years(self) -> list[int]:
        """The years that occur."""
        return sorted({line.activity.year for line in self.lines})

    def pollutants(self) -> list[str]:
        """The pollutants that occur, in their first order."""
        return list(dict.fromkeys(line.pollutant for line in self.lines))

    def of(self, keep: Callable[[Line], bool]) -> Inventory:
        """The lines that are kept."""
        return Inventory([line for line in self.lines if keep(line)])


@dataclass
class Total:
    """A sum of lines: what is known of it in grams, and the lines that are not."""

    grams: Fraction = Fraction(0)
    known: int = 0
    unknown: list[Line] = field(default_factory=list)


@lru_cache(maxsize=4096)
def mass_scale(activity: str, per: str) -> Fraction | None:
    """Grams in the product of one activity unit and one factor unit; None where that is no mass.

    >>> mass_scale("万吨", "kg/t"), mass_scale("万立方米/年", "g/m3"), mass_scale("辆", "kg/t")
    (Fraction(10000000, 1), Fraction(10000, 1), None)
    """
    above, below = [], []
    for unit in (activity, per):
        head, *rest = unit.replace("／", "/").split("/")
        above.append(head)
        below += rest
    try:
        dimension, base = factor("/".join(["*".join(above), *below]))
    except UnitError:
        return None
    return base * _GRAMS if dimension in _MASSES else None


def take_stock(
    activities: Sequence[Activity], factors: Iterable[Factor], controls: Iterable[Control], parents: Mapping[str, str | None],
    pollutants: Sequence[str], labels: Mapping[str, str] | None = None,
) -> Inventory:  # fmt: skip
    """Every activity times every pollutant asked for.

    parents : category → the one above it; a factor of a category above counts where there is no nearer one
    labels : category → what to call it where something is missing
    """
    by_key: dict[tuple[str, str], list[Factor]] = {}
    for item in factors:
        by_key.setdefault((item.category, item.pollutant), []).append(item)
    book = _Book(by_key, {(item.technology, item.pollutant): item for item in controls}, parents, labels or {})
    out = Inventory()
    for activity in activities:
        for pollutant in pollutants:
            recipe = book.recipe(activity, pollutant)
            grams = None if recipe.rate is None else activity.amount.value * recipe.rate
            out.lines.append(
                Line(activity, pollutant, recipe.factor, recipe.controls, grams, recipe.scale, recipe.missing)
            )
    return out


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How lines that are alike are reckoned: grams per unit of activity, or what is missing for it."""

    factor: Factor | None
    controls: tuple[Control, ...]
    scale: Fraction
    rate: Fraction | None
    missing: tuple[Missing, ...]


@dataclass
class _Book:
    """Factors and controls by what they are looked up by; each recipe is worked out once."""

    factors: Mapping[tuple[str, str], Sequence[Factor]]
    controls: Mapping[tuple[str, str], Control]
    parents: Mapping[str, str | None]
    labels: Mapping[str, str]
    _made: dict[Any, _Recipe] = field(default_factory=dict)

    def recipe(self, activity: Activity, pollutant: str) -> _Recipe:
        """The recipe of an activity for a pollutant."""
        key = activity.category, activity.year, activity.what, activity.unit, activity.controls, pollutant
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._recipe(activity, pollutant)
        return found

    def _recipe(self, activity: Activity, pollutant: str) -> _Recipe:
        missing: list[Missing] = []
        found = _nearest(activity, pollutant, self.factors, self.parents)
        scale = None
        if found is None:
            label = self.labels.get(activity.category, activity.category)
            missing.append(Missing("factor", f"没有 {label} 的 {pollutant} 排放系数（{activity.year} 年）"))
        else:
            scale = mass_scale(activity.unit, found.unit)
            if scale is None:
                missing.append(Missing("unit", f"活动水平 `{activity.unit}` × 系数 `{found.unit}` 得不出质量"))
        used: list[Control] = []
        if activity.controls is None:
            missing.append(Missing("control", "没有说有无控制措施"))
        for name in activity.controls or ():
            if (name, pollutant) in self.controls:
                used.append(self.controls[name, pollutant])
            else:
                missing.append(Missing("control", f"没有 {name} 对 {pollutant} 的去除效率"))
        rate = None
        if found is not None and scale is not None and not missing:
            rate = found.amount.value * scale
            for control in used:
                rate *= 1 - control.share.value
        return _Recipe(found, tuple(used), scale or Fraction(1), rate, tuple(missing))


def _nearest(
    activity: Activity, pollutant: str, factors: Mapping[tuple[str, str], Sequence[Factor]], parents: Mapping[str, str | None]
) -> Factor | None:  # fmt: skip
    """The factor of the category or the nearest above it, for what is counted; one that names it goes before one that does not."""
    category: str | None = activity.category
    while category is not None:
        fitting = [item for item in factors.get((category, pollutant), ())
                   if item.holds(activity.year) and (not item.what or not activity.what or item.what == activity.what)]  # fmt: skip
        if fitting:
            return min(fitting, key=lambda item: item.what != activity.what)
        category = parents.get(category)
    return None


def totals(inventory: Inventory, by: Callable[[Line], Any]) -> dict[Any, Total]:
    """Sums of lines by a key, in the order of first occurrence; the sums of all keys together are the sum of all lines, exactly."""
    out: dict[Any, Total] = {}
    for line in inventory.lines:
        total = out.setdefault(by(line), Total())
        if line.grams is None:
            total.unknown.append(line)
        else:
            total.grams += line.grams
            total.known += 1
    return out


def overlapping(factors: Iterable[Factor]) -> list[tuple[Factor, Factor]]:
    """Pairs of factors of one category, pollutant and thing counted that hold in one year: nobody could say which is meant."""
    groups: dict[tuple[str, str, str], list[Factor]] = {}
    for item in factors:
        groups.setdefault((item.category, item.pollutant, item.what), []).append(item)
    out = []
    for items in groups.values():
        for at, one in enumerate(items):
            for other in items[at + 1 :]:
                starts = max(one.first or 0, other.first or 0)
                if one.holds(starts) and other.holds(starts):
                    out.append((one, other))
    return out
