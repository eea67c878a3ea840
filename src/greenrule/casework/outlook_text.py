"""An outlook and its skill in words: a table per place, and what each number rests on."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from greenrule.casework.outlook import METHOD_WORDS
from greenrule.quality.forecast_days import LABELS, POLLUTANTS, UNITS

_WIDTH = 100
_MARKS = {"model": "", "persistence": "ᵖ", "climatology": "ᶜ", "other": "", "none": ""}


def _console() -> tuple[Any, io.StringIO]:
    from rich.console import Console

    stream = io.StringIO()
    return Console(file=stream, width=_WIDTH, highlight=False, markup=False, emoji=False), stream


def _table(*columns: str, left: int = 1) -> Any:
    from rich.table import Column, Table

    heads = [Column(name, overflow="fold", justify="left" if at < left else "right") for at, name in enumerate(columns)]
    return Table(*heads, box=None, pad_edge=False)


def _told(stream: io.StringIO) -> str:
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()).lstrip("\n") + "\n"


def forecast_text(found: Mapping[str, Any]) -> str:
    """The outlook of every place: value and 80 % interval per day and pollutant; marks where it is not the model's."""
    console, stream = _console()
    for place in found["places"]:
        console.print(f"\n{place['place']}：{place['issued'].replace('T', ' ')} 起报，实测到 {place['observed_to']}，"
                      f"{'用了' if place['weather'] else '没有用'}气象预报", soft_wrap=True)  # fmt: skip
        table = _table("日期", *(LABELS[name] for name in POLLUTANTS))
        for day in place["days"]:
            table.add_row(
                f"{day['date'][5:]} +{day['lead']}", *(_cell(day["pollutants"].get(name)) for name in POLLUTANTS)
            )
        console.print(table)
        for note in place["notes"]:
            console.print(f"注：{note}", soft_wrap=True)
    units = "、".join(f"{LABELS[name]} {UNITS[name]}" for name in ("pm25", "co"))
    console.print(f"\n日均值（O3 为日最大8小时平均），括号内为 80% 区间；单位 {units}，余同 PM2.5。", soft_wrap=True)
    used = {item["method"] for place in found["places"] for day in place["days"] for item in day["pollutants"].values()}
    if used & {"persistence", "climatology"}:
        console.print(
            "带 ᶜ 的是气候值、带 ᵖ 的是最近一日的值：那一时效上模型没有胜过它们，不冒充预报。", soft_wrap=True
        )
    if "other" in used:
        console.print("数值取自所给的外来预报；它与参照相比的技巧见 --skill。", soft_wrap=True)
    _foot(console, found)
    return _told(stream)


def _cell(item: Mapping[str, Any] | None) -> str:
    if item is None or item["value"] is None:
        return "—"
    digits = 2 if item["unit"] == "mg/m³" else 0
    value = f"{item['value']:.{digits}f}{_MARKS[item['method']]}"
    bounds = item["intervals"].get("80%")
    return value if bounds is None else f"{value} ({bounds[0]:.{digits}f}–{bounds[1]:.{digits}f})"


def _foot(console: Any, found: Mapping[str, Any]) -> None:
    for note in found["notes"]:
        console.print(f"注：{note}", soft_wrap=True)
    unsure = [need for need in found["needs"] if not need["sure"]]
    if unsure:
        told = "；".join(f"{need['label']} {need['value']:g}（{need['cite']}，{need['note']}）" for need in unsure)
        console.print(f"未核实的数：{told}", soft_wrap=True)


def skill_text(found: Mapping[str, Any]) -> str:
    """The rolling origin: mean absolute errors beside persistence and climatology, skill with its range, how often intervals held."""
    console, stream = _console()
    for trial in found["trials"]:
        foreign = any("other" in lead["mae"] for lead in trial["leads"])
        mine = "other" if foreign else "model"
        weather = "外来预报" if foreign else "模型用了当时的气象预报" if trial["weather"] else "模型没有用气象预报"
        console.print(
            f"\n{trial['place']} {LABELS[trial['pollutant']]}（{trial['unit']}），{trial['from']} 至 {trial['to']} 逐日起报，{weather}",
            soft_wrap=True,
        )
        heads = [
            "时效",
            "天数",
            "外来预报" if foreign else "模型",
            "持续性",
            "气候值",
            "技巧",
            "90% 区间",
            "80% 实得",
            "95% 实得",
            "采用",
        ]
        if trial["bound"]:
            heads.insert(7, "上限*")
        table = _table(*heads)
        for at, lead in enumerate(trial["leads"]):
            cells = [f"{lead['lead']} 天", f"{lead['pairs']:,}", *(_number(lead["mae"].get(name), trial) for name in (mine, "persistence", "climatology")),
                     _share(lead["skill"]), _range(lead["skill_range"]), _rate(lead["coverage"].get("80%")), _rate(lead["coverage"].get("95%")),
                     METHOD_WORDS[lead["chosen"]].partition("（")[0]]  # fmt: skip
            if trial["bound"]:
                cells.insert(7, _share(trial["bound"][at]["skill"]))
            table.add_row(*cells)
        console.print(table)
    if not found["trials"]:
        console.print("\n历史太短，没有可以检验的日子。")
    console.print(
        "\n平均绝对误差；技巧 = 1 − 模型误差 ÷ 两个参照中较小的误差，区间由 14 天一块的自助法得出，下限高于 0 才算有技巧。",
        soft_wrap=True,
    )
    console.print("“实得”是当时给出的区间后来包住实测的比例。每个起报日只用它以前的数据。", soft_wrap=True)
    if any(trial["bound"] for trial in found["trials"]):
        console.print("* 用事后的实测气象代替气象预报所得的技巧：是上限，不是能做到的预报。", soft_wrap=True)
    _foot(console, found)
    return _told(stream)


def _number(value: float | None, trial: Mapping[str, Any]) -> str:
    return "—" if value is None else f"{value:.{2 if trial['unit'] == 'mg/m³' else 1}f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:+.2f}"


def _range(value: list[float] | None) -> str:
    return "—" if value is None else f"{value[0]:+.2f}…{value[1]:+.2f}"


def _rate(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"
