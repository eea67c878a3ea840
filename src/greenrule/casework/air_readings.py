"""Monitoring data made sound: times in Beijing time, whole numbers of the last digit, and a mark on everything that is not a value.

What can be put right without guessing is put right and said (CO in μg/m³, the feed's swapped ozone, times with an offset).
What looks wrong is marked and said.  What cannot be read is a fault.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.air_sheets import Sheet, needed_columns
from greenrule.casework.air_suspicions import carbon_monoxide, suspicions
from greenrule.core.clock import CHINA
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.editions import LABELS, MISSING, POLLUTANTS
from greenrule.quality.rounding import scaled_integers

BEIJING = CHINA
#: What stands for "no value" in tables.
BLANKS = ("", "-", "--", "-;", "—", "——", "/", "NA", "N/A", "NaN", "nan", "null", "None", "无", "缺", "缺测")
#: Marks on a value, by number; 0 is sound.
MARKS = ("", "missing", "negative", "code", "stuck", "invalid")
MARK_NAMES = {
    "missing": "缺测", "negative": "负值", "code": "仪器代码（9999 等）", "stuck": "长时间不变", "invalid": "来源标为无效",
}  # fmt: skip
#: What a source writes beside a value that stands (N of HJ 212: normal); anything else makes it invalid.
_STANDS = ("", "0", "n", "ok", "valid", "有效", "正常", "true", "-")
#: From here a number is an instrument's code and no concentration.
_CODE = 9999
#: As many faults of one kind are told one by one; a column that is wrong throughout would hide the rest.
_MOST = 50
_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d %H", "%Y/%m/%d %H", "%Y%m%d%H", "%Y年%m月%d日%H时",
    "%Y年%m月%d日 %H时", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日",
)  # fmt: skip


@dataclass
class Readings:
    """Rows of one table: `station` (n,) int32 into `stations`, `time` (n,) datetime64[h] (a day: its 00:00), values and marks.

    kind : "hour" or "day"; values : pollutant → (n,) int16, MISSING where there is none; marks : pollutant → (n,) uint8 into MARKS
    repeated : (n,) bool, rows whose station and time stand in an earlier row too
    """

    sheet: Sheet
    kind: str
    stations: list[str]
    station: npt.NDArray[np.int32]
    time: npt.NDArray[np.datetime64]
    values: dict[str, npt.NDArray[np.int16]]
    marks: dict[str, npt.NDArray[np.uint8]]
    repeated: npt.NDArray[np.bool_]
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.time)


def read_readings(sheet: Sheet, kind: str = "auto", stuck_hours: int = 24, shift_hours: int = 0) -> Readings:
    """The readings of a table.

    kind : "hour", "day", or "auto": days where no time has an hour and no station a day twice
    stuck_hours : a value that stays exactly the same for so many hours in a row is marked (and kept)
    shift_hours : added to every time, for clocks that are known to be off
    Raises InputFault with all faults: A026 a column is missing · A027 not a time · A028 not a number · A029 no station.
    """
    needed_columns(sheet)
    faults: list[Fault] = []
    notes: list[str] = list(sheet.notes)
    stations, station = _stations(sheet, faults)
    time, dated = _times(sheet, faults, notes)
    if shift_hours:
        time = time + np.timedelta64(shift_hours, "h")
        notes.append(f"所有时间加了 {shift_hours} 小时")
    raw = {
        name: _numbers(sheet, name, faults)
        for name in (*POLLUTANTS, "o3_8h", "o3_24h", "o3_8h_24h")
        if name in sheet.columns
    }
    if faults:
        raise InputFault(faults)
    order = np.lexsort((time, station))
    same = (station[order][1:] == station[order][:-1]) & (time[order][1:] == time[order][:-1])
    repeated = np.zeros(len(time), np.bool_)
    repeated[order[1:][same]] = True
    if kind == "auto" and not dated and _midnights(station[order], time[order]):
        dated = True
        notes.append("时间都是 0 时，且同一站有多天：按日均值读；若是小时值，写 `--period hour`")
    if kind == "auto":
        kind = "day" if dated and not repeated.any() else "hour"
        if dated and repeated.any():
            notes.append("时间列只有日期，但同一站同一天有多行：按小时值读")
    _ozone(raw, kind, sheet, notes)
    if "co" in raw:
        raw["co"] = carbon_monoxide(raw["co"], station, stations, time, kind, sheet.units.get("co", ""), notes)
    values, marks = {}, {}
    for name in POLLUTANTS:
        if name in raw:
            values[name], marks[name] = _sound(raw[name], 1 if name == "co" else 0)
            _take_marks(sheet, name, values[name], marks[name])
    out = Readings(sheet, kind, stations, station, time, values, marks, repeated, notes)
    if kind == "hour" and stuck_hours > 1:
        _mark_stuck(out, order, stuck_hours)
    _tell(out)
    return out


def _midnights(station: npt.NDArray[np.int32], time: npt.NDArray[np.datetime64]) -> bool:
    """Whether all times are midnights and a station has several: days that a program wrote with a time (sorted by both)."""
    if (time != time.astype("datetime64[D]")).any():
        return False
    return bool(((station[1:] == station[:-1]) & (time[1:] != time[:-1])).any())


def _stations(sheet: Sheet, faults: list[Fault]) -> tuple[list[str], npt.NDArray[np.int32]]:
    import polars as pl

    column = sheet.frame[sheet.columns["station"]].cast(pl.String).str.strip_chars()
    empty = np.flatnonzero((column.is_null() | (column == "")).to_numpy())
    for row in empty[:_MOST]:
        faults.append(Fault("A029", "没有站点编号", sheet.place(int(row), "station"), "补上站点编号，或删去这一行"))
    column = column.fill_null("")
    names = sorted(column.unique().to_list())
    codes = column.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int32)
    return names, codes


def _times(sheet: Sheet, faults: list[Fault], notes: list[str]) -> tuple[npt.NDArray[np.datetime64], bool]:
    """Times as datetime64[h] in Beijing time, and whether they are days only."""
    import polars as pl

    frame, columns = sheet.frame, sheet.columns
    key = "time" if "time" in columns else "date"
    if key not in columns:
        parts = [
            frame[columns[name]].cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
            for name in ("year", "month", "day")
        ]
        text = (
            parts[0].cast(pl.String)
            + "-"
            + parts[1].cast(pl.String).str.zfill(2)
            + "-"
            + parts[2].cast(pl.String).str.zfill(2)
        )
    else:
        text = frame[columns[key]]
    if text.dtype == pl.Date:
        text = text.cast(pl.Datetime("us"))
    dated = True
    if isinstance(text.dtype, pl.Datetime):
        if text.dtype.time_zone is not None:
            text = text.dt.convert_time_zone("Asia/Shanghai").dt.replace_time_zone(None)
            notes.append("时间带时区，已换算成北京时间")
        time = text.cast(pl.Datetime("us")).to_numpy().astype("datetime64[h]")
        dated = bool((text.dt.hour() == 0).all())
        _tell_minutes(int((text.dt.minute() != 0).sum()), notes)
        bad = np.flatnonzero(np.isnat(time))
    else:
        column = text.cast(pl.String).str.strip_chars()
        kinds = column.unique().to_list()
        read = {kind: moment_of(kind) for kind in kinds}
        if any(found is not None and found[1] for found in read.values()):
            notes.append("时间带时区，已换算成北京时间")
        dated = not any(found is not None and found[2] for found in read.values())
        moments = (
            pl.Series(kinds, dtype=pl.String),
            [None if (found := read[kind]) is None else found[0] for kind in kinds],
        )
        mapped = column.replace_strict(
            moments[0], pl.Series(moments[1], dtype=pl.Datetime("us")), return_dtype=pl.Datetime("us")
        )
        time = mapped.to_numpy().astype("datetime64[h]")
        _tell_minutes(int((mapped.dt.minute() != 0).sum()), notes)
        bad = np.flatnonzero(np.isnat(time))
    if "hour" in columns and key != "time":
        hour = frame[columns["hour"]].cast(pl.Float64, strict=False).to_numpy()
        wrong = ~((hour >= 0) & (hour <= 24))
        for row in np.flatnonzero(wrong)[:_MOST]:
            faults.append(
                Fault(
                    "A027",
                    f"`{frame[columns['hour']][int(row)]}` 不是钟点",
                    sheet.place(int(row), "hour"),
                    "写 0 到 24",
                )
            )
        time = time + np.where(wrong, 0, hour).astype("timedelta64[h]")
        dated = False
    for row in bad[:_MOST]:
        shown = "空" if text[int(row)] is None else f"`{text[int(row)]}`"
        faults.append(
            Fault("A027", f"{shown} 不是时间", sheet.place(int(row), key), "写成 2026-03-01 08:00 或 2026-03-01")
        )
    if len(bad) > _MOST:
        faults.append(
            Fault("A027", f"另有 {len(bad) - _MOST} 行的时间读不通", sheet.place(int(bad[_MOST]), key), "同上")
        )
    return time, dated


def _tell_minutes(rows: int, notes: list[str]) -> None:
    if rows:
        notes.append(f"{rows:,} 行的时间不是整点，分钟略去（1:30 记作 1 时）")


def moment_of(text: str | None) -> tuple[datetime, bool, bool] | None:
    """(moment in Beijing time, whether it was converted, whether it has an hour); None where it is no time.

    >>> moment_of("2026-02-28T16:00:00Z")
    (datetime.datetime(2026, 3, 1, 0, 0), True, True)
    >>> moment_of("2026-03-01 24:00")[0]
    datetime.datetime(2026, 3, 2, 0, 0)
    """
    if text is None:
        return None
    hour = ":" in text or len(text) > 11 or text.endswith("时")
    if " 24:" in text or "T24:" in text:
        found = moment_of(text.replace(" 24:", " 00:").replace("T24:", "T00:"))
        return None if found is None else (found[0] + timedelta(days=1), found[1], True)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        for form in _FORMATS:
            try:
                moment = datetime.strptime(text, form)
                break
            except ValueError:
                continue
        else:
            return None
        hour = "%H" in form
    if moment.tzinfo is not None:
        return moment.astimezone(BEIJING).replace(tzinfo=None), moment.utcoffset() != BEIJING.utcoffset(None), True
    return moment, False, hour


def _numbers(sheet: Sheet, name: str, faults: list[Fault]) -> npt.NDArray[Any]:
    """A column as float64, NaN where it is blank; A028 for what is neither number nor blank."""
    import polars as pl

    column = sheet.frame[sheet.columns[name]]
    if column.dtype.is_numeric():
        return column.cast(pl.Float64 if column.dtype != pl.Float32 else pl.Float32).fill_null(float("nan")).to_numpy()
    text = column.cast(pl.String)
    number = text.cast(pl.Float64, strict=False)
    wrong = number.is_null() & text.is_not_null()
    if wrong.any():
        rest = text.filter(wrong).str.strip_chars()
        again = rest.cast(pl.Float64, strict=False)
        rows = np.flatnonzero(wrong.to_numpy())
        out = number.fill_null(float("nan")).to_numpy().copy()
        out[rows] = again.fill_null(float("nan")).to_numpy()
        unread = np.flatnonzero((again.is_null() & ~rest.is_in(BLANKS)).to_numpy())
        for at in unread[:_MOST]:
            told, help = f"`{str(rest[int(at)])[:40]}` 不是数", "改成数；没有值的留空或写 `-`"
            faults.append(Fault("A028", told, sheet.place(int(rows[at]), name), help))
        if len(unread) > _MOST:
            told = f"这一列另有 {len(unread) - _MOST} 处不是数"
            faults.append(Fault("A028", told, sheet.place(int(rows[unread[_MOST]]), name), "同上"))
        return out
    return number.fill_null(float("nan")).to_numpy()


def _ozone(raw: dict[str, npt.NDArray[Any]], kind: str, sheet: Sheet, notes: list[str]) -> None:
    """Which column is the ozone of the report; the feed's swapped columns are told by what the largest hour of a day must be."""
    if kind == "day":
        if "o3_8h" in raw or "o3_8h_24h" in raw:
            raw["o3"] = raw["o3_8h"] if "o3_8h" in raw else raw["o3_8h_24h"]
        elif "o3" in raw:
            notes.append(f"日值的 `{sheet.columns['o3']}` 按日最大8小时平均读")
    elif "o3" in raw and "o3_24h" in raw:
        # o3_24h is the largest hour of the day so far: it cannot lie below the hour.
        both = ~np.isnan(raw["o3"]) & ~np.isnan(raw["o3_24h"])
        below = (raw["o3_24h"] < raw["o3"]) & both
        above = (raw["o3_24h"] > raw["o3"]) & both
        if below.sum() > 0.05 * both.sum() and above.sum() < 0.01 * both.sum():
            raw["o3"] = raw["o3_24h"]
            notes.append("`o3` 与 `o3_24h` 两列对调了（日最大值不可能小于小时值），已按 `o3_24h` 是小时值更正")
        elif below.any() and above.any():
            notes.append(f"有 {int(below.sum())} 行的 `o3_24h` 小于 `o3`：两列可能有误，请核对")
    for name in ("o3_8h", "o3_24h", "o3_8h_24h"):
        raw.pop(name, None)


def _sound(raw: npt.NDArray[Any], decimals: int) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint8]]:
    marks = np.zeros(len(raw), np.uint8)
    missing = np.isnan(raw)
    # Converted CO may carry a code of 9.999.
    code = raw >= _CODE if decimals == 0 else (raw >= 999) | np.isin(raw, (9.999, 99.99))
    negative = raw < 0
    scaled = scaled_integers(raw, decimals)
    marks[missing], marks[code], marks[negative] = 1, 3, 2
    scaled[missing | code | negative] = MISSING
    return scaled.astype(np.int16), marks


def _take_marks(sheet: Sheet, name: str, values: npt.NDArray[np.int16], marks: npt.NDArray[np.uint8]) -> None:
    """What the source itself calls invalid is no value."""
    import polars as pl

    if f"{name}_mark" not in sheet.columns:
        return
    said = sheet.frame[sheet.columns[f"{name}_mark"]].cast(pl.String).fill_null("").str.strip_chars().str.to_lowercase()
    invalid = ~said.is_in(_STANDS).to_numpy() & (values != MISSING)
    values[invalid], marks[invalid] = MISSING, MARKS.index("invalid")


def _mark_stuck(readings: Readings, order: npt.NDArray[Any], hours: int) -> None:
    """Mark runs of the same value in consecutive hours; they stay, for calm air can be steady."""
    station, time = readings.station[order], readings.time[order]
    joined = (station[1:] == station[:-1]) & ((time[1:] - time[:-1]) == np.timedelta64(1, "h"))
    for name, column in readings.values.items():
        values = column[order]
        same = joined & (values[1:] == values[:-1]) & (values[1:] != MISSING)
        starts = np.flatnonzero(np.concatenate(([True], ~same)))
        lengths = np.diff(np.append(starts, len(values)))
        long = lengths >= hours
        for start, length in zip(starts[long], lengths[long], strict=True):
            rows = order[start : start + length]
            readings.marks[name][rows] = 4


def _tell(readings: Readings) -> None:
    """Say how much is marked, and what looks wrong as a whole."""
    notes = readings.notes
    for name, marks in readings.marks.items():
        counted = Counter(dict(enumerate(np.bincount(marks, minlength=len(MARKS)).tolist())))
        told = [f"{MARK_NAMES[MARKS[mark]]} {counted[mark]:,}" for mark in (2, 3, 4, 5) if counted[mark]]
        if told:
            notes.append(f"{LABELS[name]}：{'，'.join(told)}")
    if readings.repeated.any():
        notes.append(f"重复的站点和时间 {int(readings.repeated.sum()):,} 行")
    notes.extend(suspicions(readings.kind, readings.stations, readings.station, readings.time, readings.values))
