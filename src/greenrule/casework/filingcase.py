"""A case file: a filing's kind, project and events as YAML or JSON, read against the packs' law of filings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenrule.casework.filing import Clock, Event, Standing, read_events
from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.book import default_packs
from greenrule.packs.filings import FilingKind, FilingLaw, load_filings
from greenrule.packs.instruments import load_instruments
from greenrule.packs.marked import load_marked


@dataclass(frozen=True)
class Case:
    """A filing as it was read."""

    kind: FilingKind
    project: str | None
    events: tuple[Event, ...]
    law: FilingLaw


def filing_law(packs: tuple[Path, ...] | None = None) -> FilingLaw:
    """The law of filings in the packs that come with the software, or in others."""
    folders = packs or default_packs()
    return load_filings(folders, load_instruments(folders))


def read_case(path: Path, packs: tuple[Path, ...] | None = None) -> Case:
    """A case file.  Raises InputFault: FIL007 not a case, FIL008 no such kind of filing, and those of its events."""
    raw = load_marked(Path(path)).plain()
    if not isinstance(raw, Mapping) or not isinstance(raw.get("events"), list):
        raise InputFault(
            Fault("FIL007", "不是办件文件：应有 kind 和 events", Place(str(path)), "见 docs/how-to/follow-a-filing.md")
        )
    wrong = [number for number, item in enumerate(raw["events"], 1) if not isinstance(item, Mapping)]
    if wrong:
        raise InputFault(
            Fault("FIL007", f"events 的第 {wrong[0]} 项不是键值表", Place(str(path)), "每步写 event、day、who")
        )
    law = filing_law(packs)
    name = str(raw.get("kind"))
    if name not in law.kinds:
        close = near(name, law.kinds, 1)
        help = f"是否想写 {close[0]}？" if close else f"可用：{'、'.join(law.kinds)}"
        raise InputFault(Fault("FIL008", f"没有 `{name}` 这种办件", Place(str(path)), help))
    events = read_events(raw["events"], str(path))
    return Case(law.kinds[name], raw.get("project"), tuple(events), law)


def standing_json(standing: Standing) -> dict[str, Any]:
    """Where a case stands, as plain data."""
    return {
        "kind": standing.kind.id, "state": standing.state, "deemed": list(standing.deemed),
        "accepted": standing.accepted.isoformat() if standing.accepted else None, "commitment": standing.commitment,
        "clocks": [
            clock_json(clock)
            for clock in standing.clocks
        ],
        "possible": list(standing.possible),
        "answer_by": {name: day.isoformat() for name, day in standing.answer_by.items()},
        "waiting": {name: day.isoformat() for name, day in standing.waiting.items()},
        "owed": {name: day.isoformat() for name, day in standing.owed.items()}, "duties": list(standing.duties),
    }  # fmt: skip


def clock_json(clock: Clock) -> dict[str, Any]:
    """A period and the limit that it rests on, as plain data."""
    return {
        "limit": clock.limit.id, "label": clock.limit.label, "days": clock.limit.days, "counting": clock.limit.counting,
        "since": clock.since.isoformat(), "end": clock.end.day.isoformat() if clock.end else None,
        "holidays_known": clock.end.sure if clock.end else None, "done": clock.done.isoformat() if clock.done else None,
        "late": clock.late, "cites": [clock.limit.cite], "sure": clock.limit.sure, "note": clock.limit.note,
    }  # fmt: skip
