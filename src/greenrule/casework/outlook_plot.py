"""The picture of an outlook: what was measured, and the fan of what is to be expected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from greenrule.casework.outlook import METHOD_WORDS
from greenrule.casework.plotting import chart, picture
from greenrule.quality.forecast_days import LABELS, POLLUTANTS, UNITS
from greenrule.quality.forecast_series import Series

#: Days of the past that are shown.
_PAST = 45
_SHADES = {"95%": "#cfe3f1", "80%": "#9cc4df", "50%": "#5b9bc4"}
_MARKERS = {"model": "o", "other": "o", "persistence": "s", "climatology": "D"}


def forecast_plot(place: Mapping[str, Any], series: Series, kind: str) -> bytes:
    """One place of an outlook as SVG or PNG: a panel per pollutant, the last weeks and the fan of intervals."""
    names = [name for name in POLLUTANTS if any(name in day["pollutants"] for day in place["days"])]
    rows = (len(names) + 1) // 2
    told = f"{place['place']}  {place['issued'].replace('T', ' ')} 起报，{'用了' if place['weather'] else '没有用'}气象预报"
    with chart(11, 2.6 * rows + 0.9) as figure:
        for at, name in enumerate(names):
            _panel(figure.add_subplot(rows, 2, at + 1), place, series, name)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        figure.suptitle(told, fontsize=13)
        return picture(figure, f".{kind}", told)


def _panel(panel: Any, place: Mapping[str, Any], series: Series, name: str) -> None:
    from matplotlib import dates

    ticks: Any = dates

    values = series.values[-_PAST:, POLLUTANTS.index(name)]
    days = [series.last - timedelta(days=len(values) - 1 - at) for at in range(len(values))]
    panel.plot(days, values, color="#444444", linewidth=1.2, marker=".", markersize=3, label="实测日值")
    told = [
        (date.fromisoformat(day["date"]), day["pollutants"][name]) for day in place["days"] if name in day["pollutants"]
    ]
    ahead = [day for day, _ in told]
    for level, shade in _SHADES.items():
        bounds = np.array([item["intervals"].get(level, [np.nan, np.nan]) for _, item in told], dtype=float)
        panel.fill_between(ahead, bounds[:, 0], bounds[:, 1], color=shade, linewidth=0, label=f"{level} 区间")
    for method, marker in _MARKERS.items():
        mine = [(day, item["value"]) for day, item in told if item["method"] == method]
        label = METHOD_WORDS[method].partition("（")[0]
        panel.plot([day for day, _ in mine], [value for _, value in mine], color="#0b3c5d", linestyle="", marker=marker,
                   markersize=4.5, fillstyle="full" if method in ("model", "other") else "none",
                   label=label if method != "other" or mine else "_")  # fmt: skip
    panel.axvline(series.last + timedelta(hours=12), color="#999999", linewidth=0.8, linestyle=":")
    panel.set_title(f"{LABELS[name]}（{UNITS[name]}）", fontsize=10, loc="left")
    panel.set_ylim(bottom=0)
    top = max(
        [
            np.nanmax(values, initial=0.0),
            *(item["intervals"].get("80%", [0, item["value"] or 0])[1] for _, item in told),
        ]
    )
    panel.set_ylim(top=1.15 * top or 1)
    panel.xaxis.set_major_locator(ticks.DayLocator(interval=10))
    panel.xaxis.set_major_formatter(ticks.DateFormatter("%m-%d"))
    panel.tick_params(labelsize=8)
    panel.grid(axis="y", color="#eeeeee")
