"""What an outlook takes from the packs: how many hours a day needs, how many stations a city needs, and Spring Festivals.

Read strictly from `outlook/*.yaml` of every pack; a later pack's value goes before an earlier one's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from greenrule.core.errors import Fault, InputFault
from greenrule.packs.instruments import load_instruments
from greenrule.packs.marked import Marked, load_marked, take

#: What a pack must give.
NEEDED = ("day_hours", "eight_hours", "windows", "city_share", "city_few", "city_few_share")


@dataclass(frozen=True, slots=True)
class Need:
    """One number with what it rests on."""

    value: float
    label: str
    cite: str
    sure: bool = True
    note: str | None = None


@dataclass(frozen=True)
class OutlookLaw:
    """The numbers by name, and the days of Spring Festival."""

    needs: Mapping[str, Need]
    festivals: tuple[date, ...] = field(default=())


def load_outlook(packs: Iterable[Path]) -> OutlookLaw:
    """Read `outlook/*.yaml` of the packs; InputFault with every fault: those of packs.marked, F050 a name that is missing or not
    known, F051 not sure without a reason, F052 not a day; of a cite P022–P024."""
    folders = tuple(packs)
    faults: list[Fault] = []
    needs: dict[str, Need] = {}
    festivals: list[date] = []
    cited: list[tuple[str, Marked]] = []
    for path in (path for folder in folders for path in sorted((folder / "outlook").glob("*.yaml"))):
        try:
            document = load_marked(path)
        except InputFault as error:
            faults.extend(error.faults)
            continue
        found = take(document, {}, {"completeness": "mapping", "festivals": "any"}, faults=faults, what=path.name)
        for name, entry in (found["completeness"] or {}).items():
            need = _need(name, entry, faults)
            if need is not None:
                needs[name] = need
                cited.append((need.cite, entry))
        if found["festivals"] is not None:
            festivals += _festivals(found["festivals"], cited, faults)
    for name in NEEDED:
        if name not in needs and not faults:
            faults.append(Fault("F050", f"政策包没有给出 `{name}`", None, "在 outlook/*.yaml 的 completeness 下补上"))
    if not faults:
        instruments = load_instruments(folders)
        for cite, entry in cited:
            try:
                instruments.find(cite, entry.place)
            except InputFault as error:
                faults.extend(error.faults)
    if faults:
        raise InputFault(faults)
    return OutlookLaw(needs, tuple(sorted(set(festivals))))


def _need(name: str, entry: Marked, faults: list[Fault]) -> Need | None:
    if name not in NEEDED:
        faults.append(entry.fault("F050", f"`{name}` 不认识", f"可用：{'、'.join(NEEDED)}"))
        return None
    found = take(
        entry, {"value": "number", "cite": "text", "label": "text"}, {"sure": "boolean", "note": "text"}, faults=faults, what=name
    )  # fmt: skip
    if found["sure"] is False and not found["note"]:
        faults.append(entry.fault("F051", f"`{name}` 标了 `sure: false`，却没有说明理由", "用 `note:` 写明为何不确定"))
    if found["value"] is None or not found["cite"]:
        return None
    return Need(float(found["value"]), found["label"] or name, found["cite"], found["sure"] is not False, found["note"])


def _festivals(entry: Marked, cited: list[tuple[str, Marked]], faults: list[Fault]) -> list[date]:
    found = take(entry, {"cite": "text", "days": "sequence"}, {"note": "text"}, faults=faults, what="festivals")
    if found["cite"]:
        cited.append((found["cite"], entry))
    out = []
    for item in found["days"] or []:
        if isinstance(item.value, date):
            out.append(item.value)
        else:
            faults.append(item.fault("F052", f"`{item.raw}` 不是日期", "写作 2027-02-06"))
    return out
