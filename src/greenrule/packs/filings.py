"""The calendar of working days and the kinds of filings, from the packs: `calendar.yaml` and `filings.yaml`.

::

    years:                                  limits:
      2026:                                   tell_once: {label: …, days: 5, counting: working, cite: a-law#art32}
        cite: some-notice                   kinds:
        off: [{from: …, to: …, name: …}]      eia_book: {label: …, decide: eia_book, from: received}
        worked: [2026-02-14]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from greenrule.core.errors import Fault, InputFault
from greenrule.core.workdays import WorkCalendar
from greenrule.packs.instruments import Instruments
from greenrule.packs.marked import Marked, load_marked, take

_COUNTING = ("working", "calendar")
_FROM = ("received", "accepted")
_PUBLISHED = ("acceptance", "proposed")


@dataclass(frozen=True, slots=True)
class Limit:
    """A period that a law sets: so many days, how they are counted, where it stands; `sure` False: not read in the text."""

    id: str
    label: str
    days: int
    counting: str
    cite: str
    sure: bool = True
    note: str | None = None


@dataclass(frozen=True, slots=True)
class FilingKind:
    """A kind of filing: the limit for its decision, and whether it runs from receipt or from acceptance.

    publish : for how long acceptance (`acceptance`) and what is going to be decided (`proposed`) are published, where a text says so
    """

    id: str
    label: str
    decide: Limit
    since: str
    publish: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True)
class FilingLaw:
    """What the packs say of filings."""

    calendar: WorkCalendar
    tell_once: Limit
    kinds: dict[str, FilingKind]


def load_filings(packs: Iterable[Path], instruments: Instruments) -> FilingLaw:
    """Calendar, limits and kinds of all packs.

    Raises InputFault with all faults: P125 a day that cannot be, P126 a limit that is not there, P023/P024 a cite that is none.
    """
    faults: list[Fault] = []
    off: set[date] = set()
    worked: set[date] = set()
    years: set[int] = set()
    limits: dict[str, Limit] = {}
    declared: dict[str, Marked] = {}
    for folder in packs:
        if (path := folder / "calendar.yaml").is_file():
            _calendar(load_marked(path), off, worked, years, instruments, faults)
        if (path := folder / "filings.yaml").is_file():
            found = take(
                load_marked(path), {}, {"limits": "mapping", "kinds": "mapping"}, faults=faults, what=path.name
            )
            for name, entry in (found["limits"] or {}).items():
                limit = _limit(name, entry, instruments, faults)
                if limit is not None:
                    limits[name] = limit
            declared.update(found["kinds"] or {})
    kinds = {}
    for name, entry in declared.items():
        needed: dict[str, str | tuple[str, ...]] = {"label": "text", "decide": "text", "from": _FROM}
        row = take(entry, needed, {"publish": "mapping"}, faults=faults, what=f"办件 {name} ")
        published = {}
        if row["publish"]:
            said: dict[str, str | tuple[str, ...]] = dict.fromkeys(_PUBLISHED, "text")
            published = take(entry.mapping()["publish"], {}, said, faults=faults, what=f"办件 {name} 的公示")
        named = [row["decide"], *published.values()]
        if missing := [one for one in named if one is not None and one not in limits]:
            told = f"办件 {name} 的时限 `{'`、`'.join(missing)}` 没有写"
            faults.append(entry.fault("P126", told, f"可用：{'、'.join(limits)}"))
        elif all(row[key] is not None for key in needed):
            publish = {what: limits[one] for what, one in published.items() if one is not None}
            kinds[name] = FilingKind(name, row["label"], limits[row["decide"]], row["from"], publish)
    if "tell_once" not in limits and not faults:
        faults.append(Fault("P127", "没有哪个包写了时限 tell_once（一次性告知）", None, "写进某个包的 filings.yaml"))
    if faults:
        raise InputFault(faults)
    return FilingLaw(WorkCalendar(frozenset(off), frozenset(worked), frozenset(years)), limits["tell_once"], kinds)


def _calendar(
    document: Marked, off: set[date], worked: set[date], years: set[int], instruments: Instruments, faults: list[Fault]
) -> None:
    found = take(document, {"years": "mapping"}, faults=faults, what="工作日历")
    for name, entry in (found["years"] or {}).items():
        row = take(entry, {"cite": "text", "off": "sequence", "worked": "sequence"}, faults=faults, what=f"{name} 年")
        _cited(row["cite"], entry, instruments, faults)
        year = int(name) if str(name).isdigit() else 0
        for item in row["off"] or ():
            span = take(item, {"from": "date", "to": "date", "name": "text"}, faults=faults, what="假日")
            if span["from"] is None or span["to"] is None:
                continue
            if span["from"] > span["to"] or span["from"].year != year:
                faults.append(item.fault("P125", f"{span['name']}的起止日不对", f"写 {year} 年之内、先起后止的日期"))
                continue
            day = span["from"]
            while day <= span["to"]:
                off.add(day)
                day += timedelta(days=1)
        for item in row["worked"] or ():
            if not isinstance(item.value, date) or item.value.weekday() < 5 or item.value.year != year:
                faults.append(item.fault("P125", f"`{item.raw}` 不是 {year} 年的周末", "调休上班的日子都是周末"))
            else:
                worked.add(item.value)
        years.add(year)


def _limit(name: str, entry: Marked, instruments: Instruments, faults: list[Fault]) -> Limit | None:
    row = take(
        entry, {"label": "text", "days": "integer", "counting": _COUNTING, "cite": "text"}, {"sure": "boolean", "note": "text"},
        faults=faults, what=f"时限 {name} ",
    )  # fmt: skip
    _cited(row["cite"], entry, instruments, faults)
    if any(row[key] is None for key in ("label", "days", "counting", "cite")):
        return None
    if row["days"] < 1:
        faults.append(entry.fault("P125", f"时限 {name} 至少一日", "改 days"))
        return None
    sure = row["sure"] is not False
    return Limit(name, row["label"], row["days"], row["counting"], row["cite"], sure, row["note"])


def _cited(cite: str | None, entry: Marked, instruments: Instruments, faults: list[Fault]) -> None:
    if cite is None:
        return
    try:
        instruments.find(cite, entry.place)
    except InputFault as error:
        faults.extend(error.faults)
