"""The course of warnings as a picture (SVG): indices observed and forecast, the thresholds, and the level in force beneath."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from greenrule.casework.plotting import chart, picture
from greenrule.casework.warning_desk import PlaceLog, Warnings
from greenrule.core.errors import Fault, InputFault
from greenrule.response.episode_air import Reading
from greenrule.response.episode_rules import LEVEL_WORDS, Edition
from greenrule.response.warning import ACTIONS

_LEVELS = ("#e8ebef", "#f2c80f", "#ef8d1e", "#c4161c")
_MOST = 12


def warning_svg(found: Warnings) -> bytes:
    """One panel per place on a common time axis, at most twelve; the bytes depend on the content only.

    H034: no readings, or too many places.  EnvironmentFault D022: no Chinese font.
    """
    logs = [log for log in found.places if log.steps]
    if not logs:
        raise InputFault(Fault("H034", "没有数据可画", None, "换一个有数据的表"))
    if len(logs) > _MOST:
        raise InputFault(Fault("H034", f"{len(logs)} 个地点画不进一张图", None, f"用 --place 选不超过 {_MOST} 个"))
    with chart(9.6, 0.7 + 2.5 * len(logs)) as figure:
        panels = figure.subplots(2 * len(logs), 1, sharex=True, squeeze=False, height_ratios=[5, 1] * len(logs))[:, 0]
        first = min(item.start for log in logs for step in log.steps for item in step.inputs)
        last = max(
            item.start + timedelta(hours=item.hours) for log in logs for step in log.steps for item in step.inputs
        )
        for index, log in enumerate(logs):
            edition = next(item for item in found.episodes.editions if item.id == log.steps[-1].edition)
            _curve(panels[2 * index], log, edition)
            _strip(panels[2 * index + 1], log, first, last)
        panels[-1].set_xlim(_number(first), _number(last))
        _days(panels[-1], first, last)
        return picture(figure, ".svg", "重污染天气预警过程")


def _number(moment: datetime) -> float:
    return (moment - datetime(1970, 1, 1)) / timedelta(days=1)


def _latest(log: PlaceLog) -> tuple[list[Reading], list[Reading]]:
    """Observations, and of every unit the forecast that was issued last."""
    observed: dict[datetime, Reading] = {}
    forecast: dict[datetime, Reading] = {}
    for step in log.steps:
        for item in step.inputs:
            if item.observed:
                observed[item.start] = item
            elif item.start not in forecast or forecast[item.start].known <= item.known:
                forecast[item.start] = item
    return [observed[key] for key in sorted(observed)], [forecast[key] for key in sorted(forecast)]


def _curve(axis: Any, log: PlaceLog, edition: Edition) -> None:
    observed, forecast = _latest(log)
    bars = [item for item in observed if item.aqi is not None]
    missing = [item for item in observed if item.aqi is None]
    width = observed[0].hours / 24 if observed else forecast[0].hours / 24
    values = [item.aqi for item in bars if item.aqi is not None]
    axis.bar(
        [_number(item.start) for item in bars],
        values,
        width * 0.86,
        align="edge",
        color="#8d9db3",
        label="实测",
        linewidth=0,
    )
    line = [item for item in forecast if item.aqi is not None]
    axis.plot([_number(item.start) + width / 2 for item in line], [item.aqi for item in line], color="#1f3b63", marker="o" if width == 1 else None,
              markersize=3, linewidth=1.2, label="最近一次预报")  # fmt: skip
    indices = sorted({one.index for options in edition.levels.values() for together in options for one in together})
    top = max([*values, *(item.aqi for item in line if item.aqi is not None), indices[0]]) * 1.1
    for item in missing:
        axis.text(
            _number(item.start) + width / 2,
            top * 0.03,
            "缺" if width == 1 else "×",
            ha="center",
            va="bottom",
            fontsize=8,
            color="#9b1c1c",
        )
    for index in indices:
        if index < top:
            axis.axhline(index, color="#777777", linewidth=0.7, linestyle=(0, (4, 3)))
            axis.text(
                1.004, index, str(index), transform=axis.get_yaxis_transform(), fontsize=8, va="center", color="#555555"
            )
    axis.set_ylim(0, top)
    axis.set_ylabel("AQI", fontsize=9)
    axis.set_title(f"{log.place}　{edition.label}", loc="left", fontsize=11)
    axis.legend(loc="lower right", bbox_to_anchor=(1, 0.98), fontsize=8, frameon=False, ncols=2)
    axis.tick_params(labelsize=8, bottom=False, labelbottom=False)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _strip(axis: Any, log: PlaceLog, first: datetime, last: datetime) -> None:
    """The level in force: hatched from the decision until the episode begins."""
    changes = [(step.at, step.after.level, step.after.begins) for step in log.steps]
    for (at, level, begins), (until, _, _) in zip(
        changes, [*changes[1:], (max(last, changes[-1][0]), 0, None)], strict=True
    ):
        waiting = min(max(begins, at), until) if begins else at
        if level and waiting > at:
            axis.barh(
                0,
                _number(waiting) - _number(at),
                left=_number(at),
                height=0.8,
                facecolor="white",
                edgecolor=_LEVELS[level],
                hatch="////",
                linewidth=0,
            )
        axis.barh(
            0, _number(until) - _number(waiting), left=_number(waiting), height=0.8, color=_LEVELS[level], linewidth=0
        )
    shown = None
    for step in log.steps:
        if step.action in ("none", "hold"):
            continue
        x = _number(step.at)
        axis.axvline(x, color="#333333", linewidth=0.8)
        if shown is None or x - shown > (_number(last) - _number(first)) / 24:
            words = ACTIONS[step.action] + (LEVEL_WORDS[step.after.level][0] if step.after.level else "")
            axis.text(x, 0.5, f" {words}", fontsize=8, va="bottom", ha="left")
            shown = x
    axis.set_ylim(-0.5, 1.3)
    axis.set_yticks([])
    axis.tick_params(labelsize=8)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)


def _days(axis: Any, first: datetime, last: datetime) -> None:
    """Days on the axis, at most sixteen of them named."""
    count = (last.date() - first.date()).days + 1
    step = max(1, -(-count // 16))
    days: Sequence[datetime] = [
        datetime(first.year, first.month, first.day) + timedelta(days=n) for n in range(0, count, step)
    ]
    axis.set_xticks([_number(day) for day in days], [f"{day.month}月{day.day}日" for day in days])
    axis.set_xlabel("虚线为各级条件用到的指数；斜线为已发布、尚未开始", fontsize=8)
