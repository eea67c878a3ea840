"""`air inventory`: tables to sums by category, county or year, with ranges, what is missing, and the rows behind every figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.casework.inventory_tables import read_tables
from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.units import number_text
from greenrule.packs.inventory import InventoryLaw
from greenrule.sources.inventory import Estimate, Inventory, Line, Origin, Total, take_stock, totals
from greenrule.sources.inventory_change import PARTS, compared
from greenrule.sources.inventory_range import Draws, spread

BY = {"category": "源类", "county": "县区", "year": "年份"}
PART_WORDS = {
    "activity": "活动水平",
    "factor": "排放系数",
    "control": "控制",
    "new": "只见于后一年",
    "gone": "只见于前一年",
}
TONNE = Fraction(1_000_000)


@dataclass
class Stock:
    """An inventory with the words for its categories, and what was told while it was read."""

    law: InventoryLaw
    inventory: Inventory
    draws: Draws
    notes: list[str] = field(default_factory=list)

    def key(self, by: str) -> Callable[[Line], str]:
        """What a line is summed under."""
        if by == "county":
            return lambda line: line.activity.county
        if by == "year":
            return lambda line: str(line.activity.year)
        return lambda line: line.activity.category

    def label(self, by: str, key: str) -> str:
        """A key in words."""
        return self.law.categories[key].label if by == "category" else key


def open_stock(
    files: Sequence[Path], law: InventoryLaw, pollutants: Sequence[str] = (), years: Sequence[int] = (), draws: int | None = None
) -> Stock:  # fmt: skip
    """Read the files and reckon every line.

    pollutants : those asked for; none: all that have a factor · years : none: all of the files
    Errors: those of the reader; I011 no such pollutant · I012 no activity in a year asked for.
    """
    tables = read_tables(files, law)
    faults = []
    for name in pollutants:
        if name not in law.pollutants:
            close = "、".join(near(name, law.pollutants)) or "、".join(law.pollutants)
            faults.append(Fault("I011", f"没有污染物 `{name}`", None, f"可用：{close}"))
    known = sorted({item.year for item in tables.activities})
    for year in years:
        if year not in known:
            faults.append(Fault("I012", f"表里没有 {year} 年的活动水平", None, f"有：{'、'.join(map(str, known))}"))
    if faults:
        raise InputFault(faults)
    told = {item.pollutant for item in tables.factors}
    asked = list(pollutants) or [name for name in law.pollutants if name in told] or law.pollutants
    activities = [item for item in tables.activities if not years or item.year in years]
    parents = {item.id: item.parent for item in law.categories.values()}
    labels = {item.id: item.label for item in law.categories.values()}
    found = take_stock(activities, tables.factors, tables.controls, parents, asked, labels)
    notes = list(tables.notes)
    if not tables.factors:
        notes.append(f"没有排放系数：{law.reasons.get('factors', '没有给出系数表')}")
    bare = [item for item in tables.activities if not item.origin.sure] + [
        item for item in tables.factors if not item.origin.sure
    ]
    if bare:
        notes.append(f"{len(bare)} 行没有写依据，第一处 {bare[0].origin.place}")
    return Stock(law, found, Draws() if draws is None else Draws(draws), notes)


def sums(stock: Stock, by: str) -> dict[str, Any]:
    """Sums by `by`, year and pollutant as plain data; the parts of a total add up to it exactly (`grams` are exact fractions)."""
    key = stock.key(by)
    lines = stock.inventory.lines
    groups = totals(stock.inventory, lambda line: (key(line), line.activity.year, line.pollutant))
    whole = totals(stock.inventory, lambda line: (line.activity.year, line.pollutant))
    members: dict[Any, list[Line]] = {}
    for line in lines:
        for name in ((key(line), line.activity.year, line.pollutant), (line.activity.year, line.pollutant)):
            members.setdefault(name, []).append(line)
    rows = [{"key": name, "label": stock.label(by, name), "year": year, "pollutant": pollutant, **_total(stock, total, members[name, year, pollutant])}
            for (name, year, pollutant), total in groups.items()]  # fmt: skip
    return {
        "by": by, "years": stock.inventory.years(), "pollutants": stock.inventory.pollutants(), "rows": rows,
        "totals": [{"year": year, "pollutant": pollutant, **_total(stock, total, members[year, pollutant])} for (year, pollutant), total in whole.items()],
        "missing": missing(lines), "draws": stock.draws.count, "notes": stock.notes, "cites": [_origin(item) for item in stock.law.cites],
    }  # fmt: skip


def tonnes(grams: Fraction) -> float:
    """Grams as tonnes, to the gram."""
    return round(float(grams / TONNE), 6)


def _total(stock: Stock, total: Total, lines: list[Line]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "state": "known" if not total.unknown else "partial" if total.known else "unknown",
        "grams": str(total.grams) if total.known else None, "tonnes": tonnes(total.grams) if total.known else None,
        "known": total.known, "unknown": len(total.unknown),
        "missing": list(dict.fromkeys(item.told for line in total.unknown for item in line.missing)),
    }  # fmt: skip
    if total.known:
        found = spread(lines, stock.draws)
        out["range"] = {"low": tonnes(found.low), "high": tonnes(found.high), "p2.5": round(found.middle[0] / 1e6, 6),
                        "p50": round(found.middle[1] / 1e6, 6), "p97.5": round(found.middle[2] / 1e6, 6), "unstated": len(found.unstated)}  # fmt: skip
    return out


def missing(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """What is missing, each thing once, with how many lines wait for it and the first row that does."""
    out: dict[str, dict[str, Any]] = {}
    for line in lines:
        for item in line.missing:
            place = str(line.activity.origin.place)
            entry = out.setdefault(item.told, {"kind": item.kind, "told": item.told, "lines": 0, "first": place})
            entry["lines"] += 1
    return sorted(out.values(), key=lambda entry: -entry["lines"])


def changes(stock: Stock, one: int, other: int, by: str) -> dict[str, Any]:
    """Two years side by side as plain data: by group and pollutant, what of the difference is whose; the parts add up exactly."""
    key = stock.key(by)
    found = compared(stock.inventory, one, other, lambda line: (key(line), line.pollutant))
    whole = compared(stock.inventory, one, other, lambda line: line.pollutant)

    def row(change: Any) -> dict[str, Any]:
        parts = {name: getattr(change, name) for name in PARTS}
        return {
            "before": tonnes(change.before), "after": tonnes(change.after), "change": tonnes(change.whole), "change_grams": str(change.whole),
            "parts": {name: tonnes(value) for name, value in parts.items()}, "parts_grams": {name: str(value) for name, value in parts.items()},
            "unknown": change.unknown,
        }  # fmt: skip

    return {
        "from": one, "to": other, "by": by, "pollutants": stock.inventory.pollutants(),
        "rows": [{"key": name, "label": stock.label(by, name), "pollutant": pollutant, **row(change)} for (name, pollutant), change in found.items()],
        "totals": [{"pollutant": name, **row(change)} for name, change in whole.items()], "missing": missing(stock.inventory.lines), "notes": stock.notes,
    }  # fmt: skip


def why(stock: Stock, words: Sequence[str]) -> dict[str, Any]:
    """The lines behind a figure: those that bear every word (year, county, category or one above it, pollutant, name of the source).

    Errors: I013 a word that no line bears.
    """
    lines = stock.inventory.lines
    borne = [_words(stock, line) for line in lines]
    faults = []
    for word in words:
        if not any(word in names for names in borne):
            everything = sorted({name for names in borne for name in names})
            close = "、".join(near(word, everything)) or "年份、县区、源类、污染物或名称"
            faults.append(Fault("I013", f"没有哪一行与 `{word}` 有关", None, f"可用：{close}"))
    if faults:
        raise InputFault(faults)
    kept = [line for line, names in zip(lines, borne, strict=True) if all(word in names for word in words)]
    known = [line.grams for line in kept if line.grams is not None]
    return {"words": list(words), "lines": [_explained(stock, line) for line in kept], "tonnes": tonnes(sum(known, Fraction(0))) if known else None,
            "known": len(known), "unknown": len(kept) - len(known), "notes": stock.notes}  # fmt: skip


def _words(stock: Stock, line: Line) -> set[str]:
    out = {str(line.activity.year), line.activity.county, line.pollutant, line.activity.name}
    category: str | None = line.activity.category
    while category is not None:
        found = stock.law.categories[category]
        out |= {found.id, found.label}
        category = found.parent
    return out


def _estimate(item: Estimate, unit: str) -> dict[str, Any]:
    bounds = [number_text(side) for side in item.bounds()] if item.ranged else None
    return {"value": number_text(item.value), "unit": unit, "range": bounds}


def _origin(origin: Origin) -> dict[str, Any]:
    place = str(origin.place) if origin.place is not None else None
    return {"cite": origin.cite, "place": place, "sure": origin.sure, "note": origin.note}


def _explained(stock: Stock, line: Line) -> dict[str, Any]:
    activity = line.activity
    return {
        "year": activity.year, "county": activity.county, "category": activity.category, "label": stock.law.categories[activity.category].label,
        "name": activity.name, "what": activity.what, "pollutant": line.pollutant,
        "activity": {**_estimate(activity.amount, activity.unit), **_origin(activity.origin)},
        "factor": None if line.factor is None else {**_estimate(line.factor.amount, line.factor.unit), "category": line.factor.category, **_origin(line.factor.origin)},
        "controls": [{"technology": item.technology, **_estimate(item.share, ""), **_origin(item.origin)} for item in line.controls],
        "grams": None if line.grams is None else str(line.grams), "tonnes": None if line.grams is None else tonnes(line.grams),
        "missing": [item.told for item in line.missing],
    }  # fmt: skip
