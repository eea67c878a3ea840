"""The plan of attainment as a chart: the mean of the year so far, where it may go, and the target."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate
from typing import Any

from greenrule.casework.air_target import PlaceTarget
from greenrule.casework.plotting import chart, picture
from greenrule.core.errors import Fault, InputFault

_MOST = 12
_INK, _TARGET, _FAN = "#17663f", "#b3261e", "#2f6fb0"


def target_chart(items: Sequence[PlaceTarget], suffix: str) -> bytes:
    """One panel a place, as SVG or PNG.  Raises InputFault AT002 where there is nothing to draw, or too much."""
    shown = [item for item in items if item.daily]
    if not 0 < len(shown) <= _MOST:
        told = f"{len(shown)} 个地点" if shown else "没有地点有数据"
        raise InputFault(Fault("AT002", f"{told}，画不成图", None, f"用 --place 选 1 到 {_MOST} 个有数据的地点"))
    columns = 1 if len(shown) == 1 else 2
    rows = -(-len(shown) // columns)
    with chart(5.2 * columns + 1, 3.1 * rows + 0.4) as figure:
        panels = figure.subplots(rows, columns, squeeze=False)
        for panel, item in zip(panels.flat, shown, strict=False):
            _panel(panel, item)
        for panel in panels.flat[len(shown) :]:
            panel.set_axis_off()
        return picture(figure, suffix, "PM2.5 年均目标")


def _panel(panel: Any, item: PlaceTarget) -> None:
    assert item.target is not None
    assert item.year is not None
    first = date(item.year, 1, 1)
    days = [first + timedelta(days=n) for n in range(len(item.daily))]
    known = [(day, float(value)) for day, value in zip(days, item.daily, strict=True) if value is not None]
    panel.plot([day for day, _ in known], [value for _, value in known], ".", ms=2.5, color="#9aa39d", label="日均值")
    sums = list(accumulate(value if value is not None else Fraction(0) for value in item.daily))
    counts = list(accumulate(value is not None for value in item.daily))
    running = [float(total / count) if count else None for total, count in zip(sums, counts, strict=True)]
    panel.plot(days, running, color=_INK, lw=2, label="年初以来均值")
    if item.chance is not None:
        ahead = [days[-1] + timedelta(days=n + 1) for n in range(item.left)]
        low, lower, middle, upper, high = item.chance.fan
        panel.fill_between(ahead, low, high, color=_FAN, alpha=0.15, lw=0, label="往年重抽 5%–95%")
        panel.fill_between(ahead, lower, upper, color=_FAN, alpha=0.3, lw=0, label="25%–75%")
        panel.plot(ahead, middle, color=_FAN, lw=1.2)
    panel.axhline(float(item.target), color=_TARGET, lw=1.4, ls="--")
    panel.annotate(f"目标 {float(item.target):g}", (date(item.year, 12, 31), float(item.target)), xytext=(0, 3), textcoords="offset points",
                   ha="right", va="bottom", color=_TARGET, fontsize=9)  # fmt: skip
    top = max([float(item.target), *[value for value in running[20:] if value is not None]]) * 1.9
    panel.set(xlim=(first, date(item.year, 12, 31)), ylim=(0, top))
    panel.set_title(f"{item.place}  {item.year} 年 PM2.5（{item.edition} 版）", loc="left", fontsize=11)
    panel.set_ylabel("μg/m³", fontsize=9)
    months = [date(item.year, month, 1) for month in range(1, 13, 2)]
    panel.set_xticks(months, [f"{month.month}月" for month in months])
    panel.tick_params(labelsize=9)
    over = sum(value > top for _, value in known)
    if over:
        panel.annotate(
            f"{over} 天高于图框",
            (0.99, 0.97),
            xycoords="axes fraction",
            ha="right",
            va="top",
            fontsize=8,
            color="#55625b",
        )
    panel.legend(loc="upper center", fontsize=8, framealpha=0.9, edgecolor="none", ncols=2)
