"""What an inventory takes from the packs: categories of sources, pollutants, and such factors and efficiencies as carry a citation.

Read strictly from `inventory/*.yaml` of every pack.  A list without rows says why; users then hand in their own tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.instruments import load_instruments
from greenrule.packs.marked import Marked, load_marked, take
from greenrule.sources.inventory import Control, Estimate, Factor, Origin


@dataclass(frozen=True, slots=True)
class Category:
    """A category of sources, under another one or on top."""

    id: str
    label: str
    parent: str | None = None


@dataclass
class InventoryLaw:
    """What the packs say; `reasons`: why a list (factors, controls) has no rows."""

    categories: dict[str, Category] = field(default_factory=dict)
    pollutants: list[str] = field(default_factory=list)
    factors: list[Factor] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    cites: list[Origin] = field(default_factory=list)


def load_inventory(packs: Iterable[Path]) -> InventoryLaw:
    """Read `inventory/*.yaml` of the packs.

    Errors, all in one InputFault: those of packs.marked; I050 a category twice or under one that is not there; I051 a category or
    pollutant of a row that is not listed; I052 not sure without a reason, or no rows without one; I053 a range that does not hold
    the value, a share outside 0 to 1; I054 not a number; of a cite P022–P024.
    """
    folders = tuple(packs)
    out = InventoryLaw()
    faults: list[Fault] = []
    cited: list[tuple[str, Marked]] = []
    for path in (path for folder in folders for path in sorted((folder / "inventory").glob("*.yaml"))):
        try:
            document = load_marked(path)
        except InputFault as error:
            faults.extend(error.faults)
            continue
        kinds = {"categories": "any", "pollutants": "texts", "factors": "any", "controls": "any"}
        found = take(document, {}, kinds, faults=faults, what=path.name)
        if found["categories"] is not None:
            _categories(found["categories"], out, cited, faults)
        out.pollutants += [name for name in found["pollutants"] or [] if name not in out.pollutants]
        for kind in ("factors", "controls"):
            if found[kind] is not None:
                _rows(kind, found[kind], out, cited, faults)
    if not faults:
        instruments = load_instruments(folders)
        for cite, entry in cited:
            try:
                instruments.find(cite, entry.place)
            except InputFault as error:
                faults.extend(error.faults)
    if faults:
        raise InputFault(faults)
    return out


def _categories(entry: Marked, out: InventoryLaw, cited: list[tuple[str, Marked]], faults: list[Fault]) -> None:
    found = take(
        entry, {"cite": "text", "tree": "sequence"}, {"sure": "boolean", "note": "text"}, faults=faults, what="categories"
    )  # fmt: skip
    _sure(entry, found, "categories", faults)
    if found["cite"]:
        cited.append((found["cite"], entry))
        out.cites.append(Origin(found["cite"], entry.place, found["sure"] is not False, found["note"]))
    for item in found["tree"] or []:
        row = take(item, {"id": "text", "label": "text"}, {"parent": "text"}, faults=faults, what="源类")
        name, parent = row["id"], row["parent"]
        if name in out.categories:
            faults.append(item.fault("I050", f"源类 `{name}` 重复", "两处留一处"))
        elif parent is not None and parent not in out.categories:
            close = "、".join(near(parent, out.categories)) or "先写上级，再写下级"
            faults.append(item.fault("I050", f"源类 `{name}` 的上级 `{parent}` 不存在", close))
        elif name and row["label"]:
            out.categories[name] = Category(name, row["label"], parent)


def _sure(entry: Marked, found: dict[str, Any], what: str, faults: list[Fault]) -> None:
    if found["sure"] is False and not found["note"]:
        faults.append(entry.fault("I052", f"{what} 标了 `sure: false`，却没有说明理由", "用 `note:` 写明为何不确定"))


def _rows(kind: str, entry: Marked, out: InventoryLaw, cited: list[tuple[str, Marked]], faults: list[Fault]) -> None:
    found = take(entry, {"rows": "sequence"}, {"reason": "text"}, faults=faults, what=kind)
    if found["reason"]:
        out.reasons[kind] = found["reason"]
    elif not found["rows"]:
        faults.append(entry.fault("I052", f"{kind} 没有内容，也没有说明理由", "用 `reason:` 写明为何没有"))
    own = {"factors": {"category": "text", "unit": "text"}, "controls": {"technology": "text"}}[kind]
    more = {"factors": {"what": "text", "from": "integer", "to": "integer"}, "controls": {}}[kind]
    for item in found["rows"] or []:
        row = take(
            item, {"pollutant": "text", "value": "any", "cite": "text", **own},
            {"low": "any", "high": "any", "sure": "boolean", "note": "text", **more}, faults=faults, what=kind,
        )  # fmt: skip
        _sure(item, row, kind, faults)
        amount = _estimate(item, row, kind == "controls", faults)
        if row["pollutant"] and row["pollutant"] not in out.pollutants:
            faults.append(
                item.fault("I051", f"污染物 `{row['pollutant']}` 没有列出", f"可用：{'、'.join(out.pollutants)}")
            )
        if kind == "factors" and row["category"] and row["category"] not in out.categories:
            close = "、".join(near(row["category"], out.categories)) or "见 categories"
            faults.append(item.fault("I051", f"源类 `{row['category']}` 没有列出", close))
        if amount is None or not row["cite"] or not row["pollutant"] or any(not row[key] for key in own):
            continue
        cited.append((row["cite"], item))
        origin = Origin(row["cite"], item.place, row["sure"] is not False, row["note"])
        if kind == "factors":
            out.factors.append(
                Factor(row["category"], row["pollutant"], amount, row["unit"], origin, row["what"] or "", row["from"], row["to"])
            )  # fmt: skip
        else:
            out.controls.append(Control(row["technology"], row["pollutant"], amount, origin))


def _estimate(item: Marked, row: dict[str, Any], share: bool, faults: list[Fault]) -> Estimate | None:
    """Value and range, exact as written."""
    numbers: list[Fraction | None] = []
    for key in ("value", "low", "high"):
        cell = row[key]
        try:
            numbers.append(None if cell is None or cell.raw is None else Fraction(cell.raw))
        except (ValueError, ZeroDivisionError):
            faults.append(cell.fault("I054", f"`{key}` 不是数", "只写数"))
            return None
    value, low, high = numbers
    if value is None:
        return None
    bad = (low is None) != (high is None) or (low is not None and high is not None and not low <= value <= high)
    outside = share and any(number is not None and not 0 <= number <= 1 for number in numbers)
    if bad or outside or min(number for number in numbers if number is not None) < 0:
        told = "去除效率应在 0 到 1 之间" if outside else "范围应是不小于 0 的 low ≤ value ≤ high，两头都写或都不写"
        faults.append(item.fault("I053", told, "核对原文"))
        return None
    return Estimate(value, low, high)
