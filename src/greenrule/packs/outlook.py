"""What an outlook takes from the packs: Spring Festivals, and the validity of days as the evaluation has it.

Festivals are read strictly from `outlook/*.yaml` of every pack; how many hours and stations a day needs is in `parameters/air`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from greenrule.core.errors import Fault, InputFault
from greenrule.packs.air import load_editions, load_validity
from greenrule.packs.instruments import load_instruments
from greenrule.packs.marked import Marked, load_marked, take
from greenrule.quality.editions import Editions
from greenrule.rules.book import ParameterSpec

#: The parameters of the evaluation that a day, and a city's day, rest on.
_DAYS = ("day_hours", "window_hours", "windows")
_CITIES = ("city_share", "few_sites", "few_sites_share")


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
    """The editions that days are valid under, the numbers of validity with their citations, and the days of Spring Festival."""

    editions: Editions
    validity: Mapping[str, ParameterSpec]
    festivals: tuple[date, ...] = field(default=())

    def needs(self, day: date, hours: bool = True, cities: bool = True) -> dict[str, Need]:
        """The numbers in force on a day that days made of hours, or of stations, rest on."""
        out = {}
        for name in (*(_DAYS if hours else ()), *(_CITIES if cities else ())):
            spec = self.validity[f"air_validity.{name}"]
            value, cite = spec.on(max(day, self.editions.items[0].first))
            out[name] = Need(float(value or 0), spec.zh, cite or "", spec.sure, spec.note)
        return out


def load_outlook(packs: Iterable[Path]) -> OutlookLaw:
    """Read `outlook/*.yaml` of the packs, and the editions of the evaluation; InputFault with every fault: those of packs.marked
    and of packs.air, F052 not a day; of a cite P022–P024."""
    folders = tuple(packs)
    faults: list[Fault] = []
    festivals: list[date] = []
    cited: list[tuple[str, Marked]] = []
    for path in (path for folder in folders for path in sorted((folder / "outlook").glob("*.yaml"))):
        try:
            document = load_marked(path)
        except InputFault as error:
            faults.extend(error.faults)
            continue
        found = take(document, {}, {"festivals": "any"}, faults=faults, what=path.name)
        if found["festivals"] is not None:
            festivals += _festivals(found["festivals"], cited, faults)
    if not faults:
        instruments = load_instruments(folders)
        for cite, entry in cited:
            try:
                instruments.find(cite, entry.place)
            except InputFault as error:
                faults.extend(error.faults)
    if faults:
        raise InputFault(faults)
    return OutlookLaw(load_editions(folders), load_validity(folders), tuple(sorted(set(festivals))))


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
