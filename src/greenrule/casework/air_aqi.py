"""A table of concentrations in, the same table with sub-indices, AQI, primary pollutants, level and edition out."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from greenrule.casework.air_choice import chosen_editions
from greenrule.casework.air_readings import MARKS, Readings
from greenrule.casework.writing import write_bytes
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.quality.editions import LABELS, NO_INDEX, POLLUTANTS, Edition, Editions
from greenrule.quality.index import evaluate, primary_names

if TYPE_CHECKING:
    import polars as pl

OUT_KINDS = (".csv", ".parquet", ".xlsx")
#: Names of added columns: English, Chinese.
_NAMES = {
    "aqi": "AQI", "primary": "首要污染物", "level": "级别", "category": "类别", "edition": "版次", "flags": "标记",
    **{f"iaqi_{name}": f"IAQI_{label}" for name, label in LABELS.items()},
}  # fmt: skip
#: Rows of a worksheet, its header included.
_MOST_XLSX_ROWS = 1_048_576


@dataclass
class Indexed:
    """The table with its index, and what came of it: rows by edition and by level, notes."""

    frame: pl.DataFrame
    kind: str
    rows: int
    by_edition: dict[str, int] = field(default_factory=dict)
    by_level: dict[str, int] = field(default_factory=dict)
    withheld: int = 0
    without: int = 0
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The summary as plain data."""
        return {
            "rows": self.rows, "kind": self.kind, "editions": self.by_edition, "levels": self.by_level, "withheld": self.withheld,
            "without": self.without, "notes": self.notes,
        }  # fmt: skip


def index_readings(
    readings: Readings,
    editions: Editions,
    edition: str = "auto",
    not_monitored: tuple[str, ...] = (),
    chinese: bool = False,
) -> Indexed:
    """Add the index to the rows of a table.

    edition : "auto" (that of each row's day), an edition's id, or "both": the first two side by side
    chinese : headings and values for people: 首要污染物 PM2.5、PM10, 级别 三级
    Raises InputFault A030: no such edition.
    """
    chosen = None if edition == "auto" else list(chosen_editions(editions, edition))
    # The hour that ends at midnight belongs to the day before.
    days = (readings.time - np.timedelta64(1, "h") if readings.kind == "hour" else readings.time).astype(
        "datetime64[D]"
    )
    out = Indexed(readings.sheet.frame, readings.kind, len(readings), notes=readings.notes)
    columns: dict[str, pl.Series] = {}
    if chosen is None:
        columns.update(
            _columns(
                readings, [(item, _within(days, item)) for item in editions.items], not_monitored, "", chinese, out
            )
        )
    else:
        for item in chosen:
            suffix = f"_{item.id}" if edition == "both" else ""
            columns.update(
                _columns(readings, [(item, np.ones(len(readings), bool))], not_monitored, suffix, chinese, out)
            )
    flags = _flags(readings)
    if flags is not None:
        columns["flags"] = flags
    named = []
    for name, series in columns.items():
        base, _, suffix = name.partition("@")
        named.append(series.alias((_NAMES[base] if chinese else base) + suffix))
    frame, mine = out.frame, {series.name for series in named}
    taken = [name for name in frame.columns if name in mine]
    if any(name in ("edition", "版次") or name.startswith("edition_") for name in taken):
        frame = frame.drop(taken)  # what an earlier run added is made anew
    elif taken:
        frame = frame.rename({name: f"{name}_given" for name in taken})
        out.notes.append(f"表里原有的 {'、'.join(taken)} 列改名为 …_given，未作依据")
    out.frame = frame.with_columns(named)
    return out


def _within(days: Any, edition: Edition) -> Any:
    after = days >= np.datetime64(edition.first, "D")
    return after if edition.last is None else after & (days <= np.datetime64(edition.last, "D"))


def _columns(
    readings: Readings,
    parts: list[tuple[Edition, Any]],
    not_monitored: tuple[str, ...],
    suffix: str,
    chinese: bool,
    out: Indexed,
) -> dict[str, pl.Series]:
    import polars as pl

    count = len(readings)
    iaqi = {name: np.full(count, NO_INDEX, np.int16) for name in POLLUTANTS}
    aqi = np.full(count, NO_INDEX, np.int16)
    highest = aqi.copy()
    primary, level, which = np.zeros(count, np.uint8), np.zeros(count, np.int8), np.zeros(count, np.int8)
    for place, (edition, mask) in enumerate(parts, 1):
        if not mask.any():
            continue
        rows: Any = slice(None) if mask.all() else np.flatnonzero(mask)
        found = evaluate(
            {name: column[rows] for name, column in readings.values.items()}, readings.kind, edition, not_monitored
        )
        for name in POLLUTANTS:
            iaqi[name][rows] = found.iaqi[name]
        aqi[rows], highest[rows], primary[rows], level[rows] = found.aqi, found.highest, found.primary, found.level
        which[rows] = place
        out.by_edition[edition.id] = out.by_edition.get(edition.id, 0) + int(mask.sum())
    names = ["", *(edition.id for edition, _ in parts)]
    levels = parts[-1][0].levels
    ordinals = [None, *((item.ordinal if chinese else item.number) for item in levels)]
    told = [
        ";".join(primary_names(mask)) if not chinese else "、".join(primary_names(mask, True)) for mask in range(64)
    ]
    withheld = (aqi == NO_INDEX) & (highest != NO_INDEX)
    out.withheld += int(withheld.sum())
    out.without += int((highest == NO_INDEX).sum())
    for item, number in zip(levels, np.bincount(level, minlength=7)[1:].tolist(), strict=True):
        out.by_level[item.name] = out.by_level.get(item.name, 0) + number
    if (which == 0).any():
        out.notes.append(f"有 {int((which == 0).sum()):,} 行早于所有版次（{parts[0][0].first} 之前），不评价")

    def numbers(array: Any) -> pl.Series:
        series = pl.Series(array)
        return series.set(pl.Series(array == NO_INDEX), None)

    def words(choices: list[Any], codes: Any) -> pl.Series:
        return pl.Series(choices, strict=False).gather(pl.Series(codes.astype(np.uint32)))

    end = f"@{suffix}" if suffix else ""
    columns = {f"iaqi_{name}{end}": numbers(iaqi[name]) for name in POLLUTANTS}
    columns[f"aqi{end}"] = numbers(aqi)
    columns[f"primary{end}"] = words([text or None for text in told], primary)
    columns[f"level{end}"] = words(ordinals, level)
    columns[f"category{end}"] = words([None, *(item.name for item in levels)], level)
    columns[f"edition{end}"] = words([name or None for name in names], which)
    if withheld.any():
        readings.marks.setdefault("aqi", np.zeros(count, np.uint8))[withheld] = 1
    return columns


def _flags(readings: Readings) -> pl.Series | None:
    """`pm25:negative;row:repeated` for the rows that have something; None where none has."""
    import polars as pl

    parts: list[tuple[str, Any]] = [("row:repeated", readings.repeated)]
    for name, marks in readings.marks.items():
        if name == "aqi":
            parts.append(("aqi:incomplete", marks == 1))
            continue
        parts += [(f"{name}:{MARKS[mark]}", marks == mark) for mark in range(1, len(MARKS))]
    parts = [(text, mask) for text, mask in parts if mask.any()]
    if not parts:
        return None
    # Few combinations occur: each is put into words once.
    code = np.zeros(len(readings), np.uint64)
    for bit, (_, mask) in enumerate(parts):
        code |= mask.astype(np.uint64) << np.uint64(bit)
    kinds, where = np.unique(code, return_inverse=True)
    texts = [";".join(text for bit, (text, _) in enumerate(parts) if int(kind) >> bit & 1) or None for kind in kinds]
    return pl.Series(texts, dtype=pl.String).gather(pl.Series(where.astype(np.uint32)))


def check_out(out: Path, place: str = "--out") -> None:
    """Raise A031 for a kind of file that is not written, before anything is computed."""
    if out.suffix.lower() not in OUT_KINDS:
        raise InputFault(Fault("A031", f"写不了 `{out.suffix}`", Place(place), f"可用：{' '.join(OUT_KINDS)}"))


def write_table(frame: pl.DataFrame, out: Path, place: str = "--out") -> None:
    """Write a frame as CSV, Parquet or XLSX, whole or not at all.

    Raises InputFault: A031 a kind of file that is not written · A033 more rows than a worksheet has; EnvironmentFault D001.
    """
    check_out(out, place)
    suffix = out.suffix.lower()
    buffer = io.BytesIO()
    if suffix == ".csv":
        frame.write_csv(buffer)
    elif suffix == ".parquet":
        frame.write_parquet(buffer)
    else:
        import openpyxl

        if frame.height >= _MOST_XLSX_ROWS:
            raise InputFault(
                Fault("A033", f"{frame.height:,} 行放不进一张工作表", Place(place), "改用 .csv 或 .parquet")
            )
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(frame.columns)
        for row in frame.iter_rows():
            sheet.append(row)
        book.save(buffer)
    write_bytes(out, buffer.getvalue())
