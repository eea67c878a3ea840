"""Charts of the air desk that people know: the calendar of a year, the trend of months, the rose of winds."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.casework.air_sheets import read_sheet
from greenrule.casework.plotting import chart, picture
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.editions import LABELS, Editions
from greenrule.quality.trend import Trend, trend

_NO_DATA = "#eceff1"
_WEEKDAYS = "一二三四五六日"
_SECTORS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_BLUES = ("#d5e4f2", "#a9c9e6", "#74a9d3", "#3d82b8", "#1b5a91", "#0c3660")


def calendar_chart(rows: Sequence[Mapping[str, Any]], editions: Editions, year: int, title: str, suffix: str) -> bytes:
    """Every day of a year in the colour of its level, months apart; `rows` as `day_rows` gives them for one series."""
    levels = {item.number: item for edition in editions.items[:1] for item in edition.levels}
    by_day = {date.fromisoformat(row["date"]): row for row in rows}
    with chart(9.6, 7.4) as figure:
        panels = figure.subplots(3, 4)
        for month, panel in enumerate(panels.flat, 1):
            _month(panel, year, month, by_day, levels)
        figure.suptitle(title, fontsize=13)
        handles = [_patch(levels[number].hex, levels[number].name) for number in sorted(levels)] + [
            _patch(_NO_DATA, "无数据")
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=9, frameon=False)
        return picture(figure, suffix, title)


def _patch(colour: str, label: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(facecolor=colour, edgecolor="#9aa3ad", linewidth=0.4, label=label)


def _month(
    panel: Any, year: int, month: int, by_day: Mapping[date, Mapping[str, Any]], levels: Mapping[int, Any]
) -> None:
    from matplotlib.patches import Rectangle

    first = date(year, month, 1).weekday()
    for day in range(1, calendar.monthrange(year, month)[1] + 1):
        row, column = divmod(first + day - 1, 7)
        found = by_day.get(date(year, month, day))
        number = found["level"] if found is not None else None
        colour = levels[number].hex if number else _NO_DATA
        panel.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.2))
        dark = number is not None and number >= 4
        panel.text(
            column + 0.5,
            row + 0.5,
            str(day),
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else "#22262e",
        )
    panel.set(xlim=(0, 7), ylim=(6, 0), aspect="equal")
    panel.set_xticks(np.arange(7) + 0.5, list(_WEEKDAYS), fontsize=7)
    panel.xaxis.tick_top()
    panel.set_yticks([])
    panel.tick_params(length=0)
    for side in panel.spines.values():
        side.set_visible(False)
    panel.set_title(f"{month}月", fontsize=10, loc="left", pad=4)


def month_trend(values: Sequence[float | None]) -> Trend | None:
    """The trend of consecutive monthly values."""
    return trend(np.array([np.nan if value is None else value for value in values], np.float64))


def trend_chart(values: Sequence[float | None], first: date, pollutant: str, place: str, suffix: str) -> bytes:
    """Months, months without their season, and the trend with its interval."""
    found = month_trend(values)
    months = [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(len(values))
    ]
    name = LABELS[pollutant]
    with chart(8.6, 4.2) as figure:
        axis: Any = figure.subplots()
        axis.plot(
            months,
            [np.nan if value is None else value for value in values],
            color="#b9c2cb",
            lw=1.2,
            marker="o",
            ms=3,
            label="月值",
        )
        title = f"{place} {name} 逐月"
        if found is None:
            title += "（不足两年，趋势未知）"
        else:
            steps = np.arange(len(values))
            middle = float(found.line[len(found.line) // 2])
            centre = len(values) // 2
            axis.plot(months, found.deseasoned, color="#3d82b8", lw=1.4, label="除去季节")
            axis.plot(months, found.line, color="#b3261e", lw=2, label="趋势")
            axis.fill_between(
                months,
                middle + found.low / 12 * (steps - centre),
                middle + found.high / 12 * (steps - centre),
                color="#b3261e",
                alpha=0.15,
                lw=0,
                label="95% 区间",
            )
            sure = "" if found.significant else "，区间含 0，看不出升降"
            title += f"：每年 {found.slope:+.1f} μg/m³（{found.low:+.1f} 至 {found.high:+.1f}{sure}）"
        axis.set_title(title, loc="left", fontsize=11)
        axis.set_ylabel("mg/m³" if pollutant == "co" else "μg/m³")
        axis.set_ylim(bottom=0)
        figure.legend(fontsize=9, frameon=False, ncols=4, loc="outside lower center")
        return picture(figure, suffix, f"{place} {name}")


@dataclass(frozen=True)
class Winds:
    """Winds by the hour: moment → (direction in degrees, None when calm; speed in m/s)."""

    hours: Mapping[Any, tuple[float | None, float]]


def read_winds(path: Path) -> Winds:
    """Winds from a table: time 时间, direction 风向 (degrees or NNE …), speed 风速 (m/s).

    Raises InputFault: those of reading · AT006 a column that is not there · AT007 a row that cannot be read, all at once.
    """
    from greenrule.casework.air_readings import moment_of

    sheet = read_sheet(path)
    heads = {
        "time": ("time", "时间"),
        "direction": ("direction", "wd", "风向"),
        "speed": ("speed", "wspm", "ws", "风速"),
    }
    columns = {
        key: next((name for name in sheet.frame.columns if name.strip().lower() in words), None)
        for key, words in heads.items()
    }
    lacking = [key for key, name in columns.items() if name is None]
    if lacking:
        raise InputFault(
            Fault(
                "AT006",
                f"风的表缺 {'、'.join(lacking)}",
                sheet.place(-1),
                "列：time、direction、speed（时间、风向、风速）",
            )
        )
    out: dict[Any, tuple[float | None, float]] = {}
    faults = []
    for row, record in enumerate(sheet.frame.iter_rows(named=True)):
        cells = {
            key: str(record[name]).strip() if record[name] is not None else "" for key, name in columns.items() if name
        }
        if not cells["direction"] and not cells["speed"]:
            continue
        moment = moment_of(cells["time"])
        wind = _wind(cells["direction"], cells["speed"])
        if moment is None or wind is None:
            faults.append(
                Fault(
                    "AT007",
                    "这一行的时间、风向或风速读不通",
                    sheet.place(row),
                    "风向写 0–360 度或 NNE 一类，风速写 m/s",
                )
            )
        else:
            out[np.datetime64(moment[0], "h")] = wind
    if faults:
        raise InputFault(faults)
    return Winds(out)


def _wind(direction: str, speed: str) -> tuple[float | None, float] | None:
    try:
        metres = float(speed)
    except ValueError:
        return None
    if not 0 <= metres < 120:
        return None
    if direction.upper() in _SECTORS:
        return _SECTORS.index(direction.upper()) * 22.5, metres
    if direction in ("", "C", "静风") or direction.upper() == "NA":
        return None, metres
    try:
        degrees = float(direction)
    except ValueError:
        return None
    return (degrees % 360, metres) if 0 <= degrees <= 360 else None


def rose_chart(values: Mapping[Any, float], winds: Winds, pollutant: str, place: str, suffix: str) -> bytes:
    """How often the wind comes from each of 16 sides, each bar cut by how dirty the air then is.

    Raises InputFault AT008 where no hour has both a wind and a value.
    """
    both = [(winds.hours[hour], value) for hour, value in values.items() if hour in winds.hours]
    if not both:
        raise InputFault(Fault("AT008", "没有一个小时同时有风和浓度", None, "核对两张表的时间"))
    found = np.array([value for _, value in both])
    edges = np.unique(np.quantile(found, np.linspace(0, 1, len(_BLUES) + 1)).round(1 if pollutant == "co" else 0))
    if len(edges) == 1:  # the same value in every hour
        edges = np.array([edges[0], edges[0] + 1])
    counts = np.zeros((16, len(edges) - 1))
    calm = 0
    for (direction, _), value in both:
        if direction is None:
            calm += 1
            continue
        place_ = min(int(np.searchsorted(edges, value, side="right")) - 1, len(edges) - 2)
        counts[int((direction + 11.25) // 22.5) % 16, max(place_, 0)] += 1
    share = 100 * counts / len(both)
    with chart(6.4, 6.2) as figure:
        axis: Any = figure.add_subplot(projection="polar")
        axis.set_theta_zero_location("N")
        axis.set_theta_direction(-1)
        bottom = np.zeros(16)
        for number in range(share.shape[1]):
            axis.bar(np.deg2rad(np.arange(16) * 22.5), share[:, number], width=np.deg2rad(20), bottom=bottom, color=_BLUES[number],
                     edgecolor="white", linewidth=0.4, label=f"{edges[number]:g}–{edges[number + 1]:g}")  # fmt: skip
            bottom += share[:, number]
        axis.set_xticks(np.deg2rad(np.arange(8) * 45), ["北", "东北", "东", "东南", "南", "西南", "西", "西北"])
        axis.yaxis.set_major_formatter("{x:g}%")
        axis.tick_params(labelsize=9)
        unit = "mg/m³" if pollutant == "co" else "μg/m³"
        axis.set_title(
            f"{place} {LABELS[pollutant]} 与风（静风 {100 * calm / len(both):.1f}%，{len(both):,} 小时）",
            fontsize=11,
            pad=16,
        )
        figure.legend(
            loc="outside lower center", ncols=3, fontsize=9, frameon=False, title=f"{LABELS[pollutant]}，{unit}"
        )
        return picture(figure, suffix, f"{place} 风与污染")
