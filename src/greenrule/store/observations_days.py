"""What is derived from the lake: hours of a month side by side, and days; kept per month and made anew when the month changed.

Both are named after the content that they were made from (the files of the month, the editions), so that a stale one is never
read; they may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from greenrule.core.files import replace_file
from greenrule.quality.days import THREADS, DayTable, HourGrid, day_table
from greenrule.quality.dust import DustProcess, deducted, touches
from greenrule.quality.editions import POLLUTANTS, Editions
from greenrule.store.observations import ObservationLake
from greenrule.store.observations_merging import Month, hours_in


def hour_grid(lake: ObservationLake, month: str, tag: str | None = None) -> HourGrid | None:
    """The valid hours of a month side by side, mapped from a file where it was made before; None where there is nothing."""
    tag = tag or lake.tags().get(month)
    if tag is None:
        return None
    folder = lake.folder / "dense"
    block, names = folder / f"{month}-{tag}.npy", folder / f"{month}-{tag}.json"
    first = date.fromisoformat(f"{month}-01")
    if block.exists() and names.exists():
        values: Any = np.load(block, mmap_mode="r")
        return HourGrid(
            json.loads(names.read_text(encoding="utf-8")), first, dict(zip(POLLUTANTS, values, strict=True))
        )
    found = lake.read_month(month)
    if found is None:
        return None
    buffer = io.BytesIO()
    np.save(buffer, found.values)
    _keep(names, json.dumps(found.stations, ensure_ascii=False).encode(), month)
    _keep(block, buffer.getvalue(), month)
    return HourGrid(found.stations, first, dict(zip(POLLUTANTS, found.values, strict=True)))


def last_whole_day(lake: ObservationLake) -> date | None:
    """The last day whose last hour, or a later one, somebody has measured."""
    for month in reversed(lake.months()):
        grid = hour_grid(lake, month)
        if grid is None:
            continue
        for day in range(grid.days - 1, -1, -1):
            part = np.stack([np.asarray(hours[:, 24 * day : 24 * (day + 1)]) for hours in grid.hours.values()])
            hours = np.flatnonzero((part >= 0).any(axis=(0, 1)))
            if len(hours):
                return grid.first + timedelta(days=day if int(hours[-1]) == 23 else day - 1)
    return None


def month_days(lake: ObservationLake, month: str, editions: Editions, tag: str | None = None) -> DayTable | None:
    """The days of a month, from a file where they were made before; None where there is nothing."""
    tag = tag or lake.tags().get(month)
    if tag is None:
        return None
    path = _days_path(lake, month, tag, editions)
    if path.exists():
        return unpacked(month, path.read_bytes())
    grid = hour_grid(lake, month, tag)
    if grid is None:
        return None
    table = day_table(grid, editions)
    _keep(path, packed(table), month)
    return table


def packed(table: DayTable) -> bytes:
    """The days of a month as a file of numpy's; the same days are the same bytes."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        f"{kind}_{name}": array[name]
        for kind, array in (("exact", table.exact), ("rounded", table.rounded), ("counts", table.counts))
        for name in POLLUTANTS
    }
    np.savez(buffer, series=np.array(table.series, str), denominator=table.denominator, **arrays)
    return buffer.getvalue()


def unpacked(month: str, data: bytes) -> DayTable:
    """What `packed` gave."""
    with np.load(io.BytesIO(data)) as kept:
        parts: list[dict[str, Any]] = [
            {name: kept[f"{kind}_{name}"] for name in POLLUTANTS} for kind in ("exact", "rounded", "counts")
        ]
        return DayTable(kept["series"].tolist(), _first(month), int(kept["denominator"]), *parts)


def folded(month: Month, editions: Editions, dust: Sequence[DustProcess] = (), threads: int = THREADS) -> DayTable:
    """The days of a month's hours, wherever this is done; particles of dust processes deducted."""
    grid = HourGrid(month.stations, month.first, dict(zip(POLLUTANTS, month.values, strict=True)))
    if any(touches(process, grid) for process in dust):
        grid = deducted(grid, dust)
    return day_table(grid, editions, threads=threads)


class Elsewhere(Protocol):
    """Who makes the days of months from the files of the lake somewhere else than in this process."""

    def days(
        self, lake: ObservationLake, months: Sequence[str], editions: Editions, dust: Sequence[DustProcess]
    ) -> Iterator[tuple[str, bytes]]:
        """Months and their days, as `packed` has them, in order."""
        ...


def days_between(
    lake: ObservationLake,
    editions: Editions,
    first: date,
    last: date,
    kept: str = "days",
    dust: Sequence[DustProcess] = (),
    elsewhere: Elsewhere | None = None,
) -> DayTable | None:
    """The days of all stations from `first` to `last`; days without a row are days without a value.

    kept : "days" uses and keeps days that were made before, "hours" only hours side by side, "none" reads the rows of the lake
    dust : processes whose particles are deducted; only the months that they touch are made anew
    elsewhere : who makes all days from the rows, in place of this process; what it makes without deduction is kept
    """
    tags = {month: tag for month, tag in lake.tags().items() if f"{first:%Y-%m}" <= month <= f"{last:%Y-%m}"}
    made = {} if elsewhere is None else dict(_made_elsewhere(elsewhere, lake, tags, editions, dust))
    parts = []
    for month, tag in tags.items():
        table: DayTable | None
        grid = (
            None if month in made
            else _anew(lake, month) if kept == "none" else hour_grid(lake, month, tag) if dust or kept == "hours" else None
        )  # fmt: skip
        if month in made:
            table = made[month]
        elif grid is not None and any(touches(process, grid) for process in dust):
            table = day_table(deducted(grid, dust), editions)
        elif kept == "days":
            table = month_days(lake, month, editions, tag)
        else:
            table = None if grid is None else day_table(grid, editions)
        if table is not None:
            parts.append(table)
    return joined(parts, first, last) if parts else None


def _made_elsewhere(
    elsewhere: Elsewhere,
    lake: ObservationLake,
    tags: Mapping[str, str],
    editions: Editions,
    dust: Sequence[DustProcess],
) -> Iterator[tuple[str, DayTable]]:
    """All months, or with dust those that it touches: the others are the same as without."""
    months = [month for month in tags if not dust or any(touches(process, _bare(month)) for process in dust)]
    for month, data in elsewhere.days(lake, months, editions, dust):
        # An import meanwhile would have the files of another content under this tag.
        if not dust and lake.tags().get(month) == tags[month]:
            _keep(_days_path(lake, month, tags[month], editions), data, month)
        yield month, unpacked(month, data)


def _bare(month: str) -> HourGrid:
    """A month without stations: what a dust process is held against before there is anything."""
    return HourGrid.empty((), _first(month), hours_in(month) // 24)


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _days_path(lake: ObservationLake, month: str, tag: str, editions: Editions) -> Path:
    return lake.folder / "days" / f"{month}-{tag}-{editions_digest(editions)}.npz"


def _anew(lake: ObservationLake, month: str) -> HourGrid | None:
    found = lake.read_month(month)
    return (
        None
        if found is None
        else HourGrid(found.stations, found.first, dict(zip(POLLUTANTS, found.values, strict=True)))
    )


def joined(parts: Sequence[DayTable], first: date, last: date) -> DayTable:
    """Tables of single months as one, over the stations of all of them."""
    stations = sorted({name for part in parts for name in part.series})
    place = {name: at for at, name in enumerate(stations)}
    shape = (len(stations), (last - first).days + 1)
    out = DayTable(
        stations, first, parts[0].denominator,
        {name: np.full(shape, -1, np.int64) for name in POLLUTANTS}, {name: np.full(shape, -1, np.int16) for name in POLLUTANTS},
        {name: np.zeros(shape, np.int8) for name in POLLUTANTS},
    )  # fmt: skip
    for part in parts:
        low = max(0, (part.first - first).days)
        high = min(shape[1], (part.last - first).days + 1)
        skip = (first + timedelta(days=low) - part.first).days
        if low >= high:
            continue
        rows: Any = slice(None) if list(part.series) == stations else np.array([place[name] for name in part.series])
        for name in POLLUTANTS:
            for whole, piece in ((out.exact, part.exact), (out.rounded, part.rounded), (out.counts, part.counts)):
                whole[name][rows, low:high] = piece[name][:, skip : skip + high - low]
    return out


def refresh(lake: ObservationLake, editions: Editions, months: Sequence[str]) -> None:
    """Make the days of months that an import touched, so that the next reader finds them."""
    tags = lake.tags()
    for month in months:
        month_days(lake, month, editions, tags.get(month))


def editions_digest(editions: Editions) -> str:
    """A name for what the editions say."""
    return hashlib.sha256(repr(editions).encode()).hexdigest()[:12]


def _keep(path: Path, data: bytes, month: str) -> None:
    """Keep a derived file and drop those that an older state of the month left; a folder that cannot be written keeps none."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            return
        replace_file(path, data)
        for other in path.parent.glob(f"{month}-*{path.suffix}"):
            if other != path and other.name.split("-")[2].split(".")[0] != path.name.split("-")[2].split(".")[0]:
                other.unlink(missing_ok=True)
