"""A Parquet file of hours straight to all figures: millions of rows in seconds, without a workspace.

The rows may stand in any order; a later row of the same station and hour wins.  Negative values, instruments' codes and what is
no number are missing.  Questions of sense (CO in μg/m³, swapped columns) are not asked here: `air import` asks them.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.casework.air_sheets import header_key, in_micrograms
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.quality.days import THREADS, HourGrid
from greenrule.quality.editions import MISSING, POLLUTANTS, Editions
from greenrule.quality.folding import put_hours
from greenrule.quality.rollup import Rollup

#: From here a number is an instrument's code.
_CODE = 9999.0
#: A grid over more years than this is a slip in a time, and would fill the memory.
_LONGEST_YEARS = 40
_put: Any = put_hours  # a compiled loop, without types of its own
_HOUR_OF = {"s": 3600, "ms": 3_600_000, "us": 3_600_000_000, "ns": 3_600_000_000_000}


def roll_up(path: Path, editions: Editions) -> Rollup:
    """Every day, month, year, composite index and place of the stations of a Parquet file.

    Columns: station, time (end of the hour, Beijing time), so2 no2 o3 pm10 pm25 in μg/m³, co in mg/m³.
    Raises InputFault as `read_grid` does.
    """
    return Rollup(read_grid(path, editions), editions)


def read_grid(path: Path, editions: Editions) -> HourGrid:
    """The hours of a Parquet file side by side.

    Raises InputFault: A065 no such file · A066 no Parquet file · A064 a column is missing or of another kind ·
    A067 times that lie too far apart.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    at = Place(str(path))
    if not Path(path).is_file():
        raise InputFault(Fault("A065", "没有这个 Parquet 文件", at, "检查路径"))
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputFault(
            Fault("A066", f"打不开这个 Parquet 文件：{str(error)[:120]}", at, "检查文件是否完整")
        ) from None
    columns = _columns(file, at)
    unit = file.schema_arrow.field(columns["time"]).type.unit
    dictionary = [] if pa.types.is_integer(file.schema_arrow.field(columns["station"]).type) else [columns["station"]]
    groups = file.metadata.num_row_groups
    first, last, names = _reach(file, columns, unit, at)
    grid = HourGrid.empty(names, first, (last - first).days + 1)
    place = {name: row for row, name in enumerate(names)}
    start = int((np.datetime64(first, "h") + np.timedelta64(1, "h")).astype(np.int64))
    decimals = editions.items[0].decimals

    def put(part: range) -> None:
        # A reader of its own for each thread; the loops below hold no lock.
        own = pq.ParquetFile(path, read_dictionary=dictionary)
        for group in part:
            table = own.read_row_group(group, list(columns.values()), use_threads=False)
            for batch in table.to_batches():
                rows, hours = _keys(batch, columns, unit, place, start)
                for name in POLLUTANTS:
                    if name not in columns:
                        continue
                    values = _floats(batch.column(batch.schema.get_field_index(columns[name])))
                    _put(
                        rows,
                        hours,
                        values,
                        10 ** decimals[name],
                        values.dtype == np.float32,
                        _CODE,
                        MISSING,
                        grid.hours[name],
                    )

    shares = [range(groups * n // THREADS, groups * (n + 1) // THREADS) for n in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(put, shares))
    return grid


def _columns(file: Any, at: Place) -> dict[str, str]:
    """What each column is; A064 where one is missing or of another kind."""
    import pyarrow as pa

    found: dict[str, str] = {}
    faults = []
    for header in file.schema_arrow.names:
        key, unit = header_key(header)
        if key in ("station", "time") or key in POLLUTANTS:
            found.setdefault(str(key), header)
            if key == "co" and in_micrograms(unit):
                faults.append(Fault("A064", f"`{header}` 是 μg/m³", at, "换算成 mg/m³，或用 `greenrule air import`"))
    for key in ("station", "time"):
        if key not in found:
            faults.append(Fault("A064", f"没有列 `{key}`", at, f"现有：{'、'.join(file.schema_arrow.names[:12])}"))
    if not faults:
        kind = file.schema_arrow.field(found["time"]).type
        if not pa.types.is_timestamp(kind) or kind.tz is not None:
            faults.append(Fault("A064", f"时间列的类型是 {kind}", at, "存成不带时区的时间（北京时间）"))
        for key in POLLUTANTS:
            kind = file.schema_arrow.field(found[key]).type if key in found else None
            if kind is not None and not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
                faults.append(Fault("A064", f"`{found[key]}` 的类型是 {kind}", at, "存成数"))
    if faults:
        raise InputFault(faults)
    return found


def _reach(file: Any, columns: dict[str, str], unit: str, at: Place) -> tuple[date, date, list[str]]:
    """First and last day, and the stations; from the two columns alone."""
    import pyarrow.compute as pc

    names: set[str] = set()
    low, high = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    for low_here, high_here, stations in _extents(file, columns, unit, pc):
        low, high = min(low, low_here), max(high, high_here)
        names.update(stations)
    if not names:
        raise InputFault(Fault("A064", "表里没有一行", at, "写入小时值"))

    def day(hour: int) -> date:
        return date(1970, 1, 1) + timedelta(days=(hour - 1) // 24)

    first, last = day(low), day(high)
    if last.year - first.year > _LONGEST_YEARS:
        told = f"时间从 {first} 到 {last}，跨度太大"
        raise InputFault(Fault("A067", told, at, "多半有几行的时间写错了：改正或删去"))
    return first, last, sorted(names)


def _extents(file: Any, columns: dict[str, str], unit: str, pc: Any) -> Iterator[tuple[int, int, list[str]]]:
    for group in range(file.metadata.num_row_groups):
        column = file.metadata.row_group(group).column(file.schema_arrow.get_field_index(columns["time"]))
        stations = file.read_row_group(group, [columns["station"]])[columns["station"]]
        found = [str(name) for name in pc.unique(stations).to_pylist() if name is not None]
        statistics = column.statistics
        if statistics is not None and statistics.has_min_max:
            ends = [np.datetime64(moment, "h").astype(np.int64) for moment in (statistics.min, statistics.max)]
        else:
            times = (
                file.read_row_group(group, [columns["time"]])[columns["time"]]
                .to_numpy()
                .astype("datetime64[h]")
                .astype(np.int64)
            )
            ends = [times.min(), times.max()]
        yield int(ends[0]), int(ends[1]), found


def _keys(batch: Any, columns: dict[str, str], unit: str, place: dict[str, int], start: int) -> tuple[Any, Any]:
    """Row in the grid and hour in the grid of each row; hour -1 where one of them is not there."""
    import pyarrow as pa

    column = batch.column(batch.schema.get_field_index(columns["station"]))
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    codes = np.array([place.get(str(name), 0) for name in column.dictionary.to_pylist()], np.int64)
    rows = codes[column.indices.fill_null(0).to_numpy(zero_copy_only=False)]
    times = batch.column(batch.schema.get_field_index(columns["time"]))
    hours = times.view(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False) // _HOUR_OF[unit] - start
    if column.null_count:
        hours = np.where(column.is_null().to_numpy(zero_copy_only=False), -1, hours)
    return rows, hours


def _floats(column: Any) -> Any:
    """A column as floats, NaN where it is null."""
    import pyarrow as pa

    if pa.types.is_floating(column.type) and column.type != pa.float16():
        return column.to_numpy(zero_copy_only=False)
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)
