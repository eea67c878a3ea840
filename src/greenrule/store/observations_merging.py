"""Hours of a month side by side, and how an import is put into them: what is new, what replaces, what is recorded as revised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from greenrule.quality.editions import MISSING, POLLUTANTS

if TYPE_CHECKING:
    import pyarrow as pa

#: Pollutant → column of `hours`; the name says the unit where it is not μg/m³.
COLUMNS = {name: "co_tenth_mg" if name == "co" else name for name in POLLUTANTS}
#: Bits of a mark; six of them stand in `marks`, in the order of POLLUTANTS.
MARK_BITS = 4
#: The mark of a value that is not there (a row may lack a pollutant).
ABSENT = 1
HOUR = np.timedelta64(1, "h")


@dataclass
class HourBatch:
    """Hours to import: rows (n,) of stations (codes into `stations`), times (datetime64[h]), values (int16) and marks (uint8).

    A pollutant that is not among the values is left as it is; a value that is MISSING under mark ABSENT changes nothing either,
    one that is MISSING under another mark (negative, code) withdraws what was there.
    """

    stations: Sequence[str]
    station: npt.NDArray[Any]
    time: npt.NDArray[np.datetime64]
    values: Mapping[str, npt.NDArray[np.int16]]
    marks: Mapping[str, npt.NDArray[np.uint8]]


@dataclass
class Month:
    """A month's hours side by side: (6, stations, hours of the month) int16 values and uint8 marks, (stations, hours) import ids.

    ids : 0 where there is no row
    """

    id: str
    stations: list[str]
    values: npt.NDArray[np.int16]
    marks: npt.NDArray[np.uint8]
    ids: npt.NDArray[np.int32]

    @property
    def first(self) -> date:
        """Its first day."""
        return date.fromisoformat(f"{self.id}-01")


def months_of_hours(time: npt.NDArray[np.datetime64]) -> npt.NDArray[np.datetime64]:
    """The month (datetime64[M]) of hours that are dated by their end."""
    return (time.astype("datetime64[h]") - HOUR).astype("datetime64[M]")


def hours_in(month: str) -> int:
    """How many hours a month has."""
    start = np.datetime64(month, "M")
    return int(((start + 1).astype("datetime64[h]") - start.astype("datetime64[h]")).astype(int))


@dataclass
class Merged:
    """A month after an import; `altered`: rows that were there changed; `revisions`: columns of what replaced what."""

    month: Month
    changed: bool
    altered: bool
    new: int
    same: int
    revisions: dict[str, Any]


def empty_month(month: str, stations: list[str]) -> Month:
    """A month in which nothing is there."""
    shape = (len(stations), hours_in(month))
    return Month(
        month, stations, np.full((len(POLLUTANTS), *shape), MISSING, np.int16),
        np.full((len(POLLUTANTS), *shape), ABSENT, np.uint8), np.zeros(shape, np.int32),
    )  # fmt: skip


def side_by_side(month: str, tables: Sequence[pa.Table]) -> Month:
    """The rows of a month's files side by side."""
    import pyarrow as pa

    table = pa.concat_tables(tables)
    column = table["station"].combine_chunks().dictionary_encode()
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    names = column.dictionary.to_pylist()
    stations = sorted(names)
    place = {name: at for at, name in enumerate(stations)}
    code = np.array([place[name] for name in names], np.int64)[column.indices.to_numpy(zero_copy_only=False)]
    start = np.datetime64(month, "M").astype("datetime64[h]") + HOUR
    hour = (table["time"].to_numpy().astype("datetime64[h]") - start).astype(np.int64)
    out = empty_month(month, stations)
    packed = table["marks"].to_numpy()
    for at, name in enumerate(POLLUTANTS):
        out.values[at, code, hour] = table[COLUMNS[name]].fill_null(MISSING).to_numpy()
        out.marks[at, code, hour] = packed >> (MARK_BITS * at) & (2**MARK_BITS - 1)
    out.ids[code, hour] = table["import_id"].to_numpy()
    return out


def month_of_files(month: str, files: Sequence[bytes]) -> Month:
    """A month out of the bytes of its files."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return side_by_side(month, [pq.read_table(pa.BufferReader(file), partitioning=None) for file in files])


def merge(
    old: Month | None, month: str, batch: HourBatch, rows: npt.NDArray[Any], id: int, withdraw_blanks: bool
) -> Merged:
    """A month with the rows of a batch put in; later rows of the same station and time win."""
    given = [batch.stations[code] for code in np.unique(batch.station[rows])]
    stations = sorted({*given, *(old.stations if old else ())})
    place = {name: at for at, name in enumerate(stations)}
    whole = empty_month(month, stations)
    if old is not None:
        into = np.array([place[name] for name in old.stations])
        whole.values[:, into], whole.marks[:, into], whole.ids[into] = old.values, old.marks, old.ids
    code_of = np.zeros(len(batch.stations), np.int64)
    for code in np.unique(batch.station[rows]):
        code_of[code] = place[batch.stations[code]]
    code = code_of[batch.station[rows]]
    start = np.datetime64(month, "M").astype("datetime64[h]") + HOUR
    hour = (batch.time[rows].astype("datetime64[h]") - start).astype(np.int64)
    # Of rows with the same station and time the last one counts.
    key = code * whole.ids.shape[1] + hour
    _, first = np.unique(key[::-1], return_index=True)
    keep = np.sort(len(key) - 1 - first)
    rows, code, hour = rows[keep], code[keep], hour[keep]
    existed = whole.ids[code, hour] > 0
    changed = ~existed
    revisions: dict[str, list[Any]] = {
        name: [] for name in ("station", "time", "pollutant", "old", "new", "old_mark", "new_mark")
    }
    for at, name in enumerate(POLLUTANTS):
        if name not in batch.values:
            continue
        value, mark = batch.values[name][rows], batch.marks[name][rows].astype(np.uint8)
        was, was_marked = whole.values[at, code, hour], whole.marks[at, code, hour]
        speaks = (mark != ABSENT) | withdraw_blanks
        differs = speaks & ((value != was) | (mark != was_marked))
        # Filling in what was not there is no revision.
        revised = differs & existed & (was_marked != ABSENT)
        changed |= differs
        whole.values[at, code[differs], hour[differs]] = value[differs]
        whole.marks[at, code[differs], hour[differs]] = mark[differs]
        if revised.any():
            revisions["station"].append(np.array(stations, object)[code[revised]])
            revisions["time"].append(batch.time[rows[revised]].astype("datetime64[us]"))
            revisions["pollutant"].append(np.full(int(revised.sum()), name, object))
            revisions["old"].append(was[revised])
            revisions["new"].append(value[revised])
            revisions["old_mark"].append(was_marked[revised].astype(np.int16))
            revisions["new_mark"].append(mark[revised].astype(np.int16))
    whole.ids[code[changed], hour[changed]] = id
    kinds: dict[str, Any] = {"station": object, "pollutant": object, "time": "datetime64[us]"}
    told = {name: np.concatenate([np.empty(0, kinds.get(name, np.int16)), *parts]) for name, parts in revisions.items()}
    return Merged(
        whole, bool(changed.any()), bool((changed & existed).any()), int((~existed).sum()), int((~changed).sum()), told
    )  # fmt: skip


def hours_schema() -> pa.Schema:
    """The columns of `hours`."""
    import pyarrow as pa

    values = [(COLUMNS[name], pa.int16()) for name in POLLUTANTS]
    fields = [("month", pa.string()), ("station", pa.string()), ("time", pa.timestamp("us")), *values]
    return pa.schema([*fields, ("marks", pa.int32()), ("import_id", pa.int32())])


def month_table(month: Month, only: int | None) -> pa.Table:
    """The rows of a month, or those of one import, by station and time."""
    import pyarrow as pa

    code, hour = np.nonzero(month.ids > 0 if only is None else month.ids == only)
    start = np.datetime64(month.id, "M").astype("datetime64[h]") + HOUR
    packed = np.zeros(len(code), np.int32)
    columns: dict[str, Any] = {
        "month": pa.array([month.id], pa.string()).take(pa.array(np.zeros(len(code), np.int8))),
        "station": pa.array(month.stations, pa.string()).take(pa.array(code)),
        "time": pa.array((start + hour.astype("timedelta64[h]")).astype("datetime64[us]")),
    }
    for at, name in enumerate(POLLUTANTS):
        value = month.values[at, code, hour]
        columns[COLUMNS[name]] = pa.array(value, pa.int16(), mask=value == MISSING)
        packed |= month.marks[at, code, hour].astype(np.int32) << (MARK_BITS * at)
    columns["marks"] = pa.array(packed)
    columns["import_id"] = pa.array(month.ids[code, hour])
    return pa.table(columns, schema=hours_schema())
