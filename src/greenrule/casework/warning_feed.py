"""What warnings are worked out from: a table of indices, the observations of a workspace, tables of forecasts; one set of readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.casework.air_evaluate import read_dust
from greenrule.casework.warning_forecast import Forecasts, ForetoldDay, read_forecasts
from greenrule.casework.warning_lake import lake_days
from greenrule.casework.warning_log import Source
from greenrule.casework.warning_rows import Rows, read_rows
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.air import load_editions
from greenrule.packs.episodes import EpisodeLaw
from greenrule.packs.regions import same_place
from greenrule.quality.editions import Editions
from greenrule.quality.forecast_index import QUANTILES
from greenrule.store.workspace import Workspace

#: Quantile of the concentrations → what people call it.
VALUE_WORDS = {
    name: "预报值（中位数）" if name == "point" else f"{name[-2:]}% 区间的{'下' if name.startswith('low') else '上'}限"
    for name in QUANTILES
}


@dataclass(frozen=True)
class Feed:
    """Where readings come from besides a table of indices.

    by : what the stations of the workspace are grouped to · first : the first day · value : the quantile of forecasts that drives
    dust : a table of sand-dust processes, as `air evaluate` takes it; with a workspace only
    level : stations of this level only
    """

    workspace: Path | None = None
    by: str = "city"
    first: date | None = None
    forecasts: tuple[Path, ...] = ()
    value: str = "point"
    dust: Path | None = None
    level: str | None = None


@dataclass
class Gathered:
    """Readings by place, and what stands behind them."""

    rows: Rows
    source: Source
    editions: Editions | None = None
    workspace: Workspace | None = None
    foretold: dict[str, list[ForetoldDay]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def gather(
    path: Path | None, feed: Feed, episodes: EpisodeLaw, versions: Mapping[str, str], packs: Sequence[Path], old: Source
) -> Gathered:
    """Read everything.  `old`: what the state file was fed with; what is not stated goes on as it was.

    Errors: those of `read_rows`, `lake_days`, `read_forecasts`; H039 a table and a workspace at once, or sand-dust without a workspace.
    """
    if path is not None and feed.workspace is not None:
        told = "表格和工作区只能给一个"
        raise InputFault(Fault("H039", told, Place(str(path)), "实测在工作区的用 --workspace，预报用 --forecast"))
    if feed.dust is not None and feed.workspace is None:
        told = "沙尘过程表只用于工作区的监测数据"
        raise InputFault(Fault("H039", told, Place(str(feed.dust)), "表格里写在 首要污染物 一列（沙尘）"))
    rows = read_rows(path) if path is not None else Rows(feed.workspace or Path("-"))
    if feed.workspace is None and not feed.forecasts:
        return Gathered(rows, Source())
    editions = load_editions(packs or None)
    first = feed.first or (date.fromisoformat(old.first) if old.first else None)
    out = Gathered(rows, Source(value=feed.value), editions)
    if feed.workspace is not None:
        out.workspace = Workspace.open(feed.workspace)
        processes = read_dust(feed.dust, out.workspace.stations.read()) if feed.dust is not None else []
        level = feed.level or old.level
        found = lake_days(out.workspace, editions, feed.by, first, episodes.editions[0].first, processes, level)
        rows.places.update(found.places)
        out.notes += found.notes
        told_first = None if first is None else first.isoformat()
        out.source = Source(feed.by, feed.value, told_first, found.imports, dict(versions), level)
    if feed.forecasts:
        _foretell(out, read_forecasts(feed.forecasts, editions, feed.value))
    return out


def _foretell(out: Gathered, found: Forecasts) -> None:
    """Put forecasts beside the observations of the same place; with a workspace, of its places only."""
    places = out.rows.places
    strange = []
    for name, days in found.places.items():
        own = next((place for place in places if same_place(place, [name])), None)
        if own is None and out.workspace is not None:
            strange.append(name)
            continue
        own = own or name
        out.foretold.setdefault(own, []).extend(days)
        places.setdefault(own, []).extend(day.reading for day in days)
    out.notes += found.notes
    if strange:
        told = "、".join(strange[:5]) + (f"等 {len(strange)} 处" if len(strange) > 5 else "")
        out.notes.append(f"预报表里的 {told} 不在工作区的地点之列，未用")


def chances(found: Gathered, episodes: EpisodeLaw, place: str) -> dict[str, Any] | None:
    """Of the forecast that was issued last: day by day the index and how likely it passes each number of the warning rule.

    None where nothing is foretold.  A probability is a range, for how pollutants go together is not foretold.
    """
    days = found.foretold.get(place, [])
    if not days or found.editions is None:
        return None
    issued = max(day.reading.known for day in days)
    out = []
    for day in sorted((day for day in days if day.reading.known == issued), key=lambda day: day.reading.start):
        start = day.reading.start
        edition, rule = found.editions.on(start.date()), episodes.edition(issued.date())
        if edition is None or rule is None:
            continue
        limits = sorted(
            {(item.index, item.reach) for options in rule.levels.values() for some in options for item in some}
        )
        told = []
        for index, reach in limits:
            chance = day.foretold.chance(edition, index, reach)
            told.append(
                {
                    "index": index,
                    "reach": reach,
                    "probability": None if chance is None else [round(side, 4) for side in chance],
                }
            )
        out.append({"date": start.date().isoformat(), "aqi": day.reading.aqi, "cause": day.reading.cause, "edition": edition.id, "chances": told})  # fmt: skip
    return {"issued": issued.isoformat(timespec="minutes"), "value": found.source.value, "days": out} if out else None
