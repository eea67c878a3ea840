"""Evaluate what a workspace holds: days, months, years of stations, cities, counties; each figure under its edition.

A period on which two editions meet has no edition of its own, for no text says which governs it: it is evaluated under both, side
by side, and said to be undecided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.casework.air_choice import chosen_editions
from greenrule.casework.air_readings import moment_of
from greenrule.casework.air_sheets import read_sheet
from greenrule.core.errors import Fault, InputFault
from greenrule.quality.cities import city_table
from greenrule.quality.composite import composite
from greenrule.quality.days import DayTable
from greenrule.quality.dust import DustProcess
from greenrule.quality.editions import LABELS, POLLUTANTS, Edition, Editions
from greenrule.quality.index import primary_names
from greenrule.quality.periods import Period, PeriodTable, day_counts, exceedance, rate, statistics
from greenrule.store.observations_days import Elsewhere, days_between
from greenrule.store.stations import LEVELS, Station
from greenrule.store.workspace import Workspace

#: What rows can be: stations, or places that stations belong to.
GROUPS = ("station", "city", "county", "township")
_GROUP_LABELS = {"station": "站点", "city": "城市", "county": "县区", "township": "乡镇"}


@dataclass(frozen=True, slots=True)
class Row:
    """A series in a period under an edition; numbers exact, None where there is none.

    values : statistic id → value as reported (μg/m³, CO mg/m³) · days : pollutant → valid days · exceeded : statistic id → multiple
    complete : whether all six pollutants have days enough · undecided : why the edition is not the only one
    """

    series: str
    period: str
    edition: str
    kind: str  # "raw" | "deducted"
    values: Mapping[str, Fraction | None]
    days: Mapping[str, int]
    complete: bool
    index: Fraction | None
    main: tuple[str, ...]
    index_days: int
    good_days: int
    heavy_days: int
    good_rate: Fraction | None
    attains: bool | None
    attains_headline: bool | None
    exceeded: Mapping[str, Fraction]
    undecided: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data: numbers as decimals, exactly as reported."""
        return {
            "series": self.series, "period": self.period, "edition": self.edition, "kind": self.kind,
            "values": {name: number(value) for name, value in self.values.items()}, "valid_days": dict(self.days),
            "complete": self.complete, "composite": number(self.index), "main_pollutants": list(self.main),
            "aqi_days": self.index_days, "good_days": self.good_days, "heavy_days": self.heavy_days, "good_rate": number(self.good_rate),
            "attains": self.attains, "attains_headline": self.attains_headline,
            "exceedance": {name: number(value) for name, value in self.exceeded.items()}, "undecided": self.undecided,
        }  # fmt: skip


@dataclass
class Evaluation:
    """Rows of an evaluation, with what is to be said about them."""

    rows: list[Row]
    editions: tuple[Edition, ...]
    notes: list[str] = field(default_factory=list)
    days: DayTable | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "rows": [row.to_json() for row in self.rows],
            "editions": [{"id": item.id, "label": item.label, "doubts": list(item.doubts)} for item in self.editions],
            "notes": self.notes,
        }


def number(value: Fraction | None) -> float | None:
    """An exact decimal as a number for JSON and tables."""
    return None if value is None else float(value)


def evaluate_workspace(
    workspace: Workspace, editions: Editions, periods: Sequence[Period], by: str = "station", only: Iterable[str] = (),
    edition: str = "auto", level: str | None = None, dust: Sequence[DustProcess] = (), elsewhere: Elsewhere | None = None,
) -> Evaluation:  # fmt: skip
    """Evaluate periods of the stations of a workspace, or of the places that they belong to.

    by : one of GROUPS · only : names to keep · edition : auto, both or an id · level : stations of this level only
    dust : processes to deduct; rows then come twice, as measured and deducted
    elsewhere : who makes the days from the hours (a cluster), in place of this machine; the figures are the same
    Raises InputFault: A030 no such edition · A062 before every edition · A055 no data in the periods · A056 no such name · A057 stations without the place.
    """
    first, last = min(period.first for period in periods), max(period.last for period in periods)
    out = Evaluation([], ())
    used: dict[str, Edition] = {}
    for kind, processes in (("raw", ()), ("deducted", dust)) if dust else (("raw", ()),):
        table = days_between(workspace.observations, editions, first, last, dust=processes, elsewhere=elsewhere)
        if table is None:
            have = workspace.observations.months()
            told = f"{first} 至 {last} 没有监测数据"
            raise InputFault(
                Fault(
                    "A055",
                    told,
                    None,
                    f"库里有 {have[0]} 至 {have[-1]}" if have else "先用 `greenrule air import` 导入",
                )
            )
        table = grouped(
            table, workspace.stations.read(), by, tuple(only), level, editions, out.notes if kind == "raw" else []
        )
        if kind == "raw":
            out.days = table
        index = table.index(editions)
        for period in periods:
            chosen, why = editions_of(period, editions, edition)
            for one in chosen:
                used[one.id] = one
                part = statistics(table, [period], one)
                forced = table.index(editions, one) if edition not in ("auto",) else index
                out.rows += _rows(part, forced, table, one, kind, why)
    if dust:
        short = sum(1 for row in out.rows if row.kind == "deducted" and not row.complete)
        out.notes.append(f"扣除沙尘 {len(dust)} 次：扣除后不足小时数的日子，颗粒物不计；扣除系列不完整的 {short} 行")
    out.editions = tuple(used.values())
    for period in periods:
        if not any(row.complete for row in out.rows if row.period == period.id):
            out.notes.append(f"{period.id}：没有一行的有效日数达到要求，只供参考")
    return out


def editions_of(period: Period, editions: Editions, wish: str) -> tuple[tuple[Edition, ...], str | None]:
    """The editions that a period is evaluated under, and why there are several."""
    if wish != "auto":
        return chosen_editions(editions, wish), None
    governing = editions.governing(period.first, period.last)
    if not governing:
        raise InputFault(Fault("A062", f"{period.id} 早于所有版次", None, f"最早的一版自 {editions.items[0].first} 起"))
    if len(governing) > 1:
        names = "、".join(item.id for item in governing)
        return governing, f"{period.id} 跨 {names} 两版，按哪一版评价未见规定，并列给出"
    return governing, None


def grouped(
    table: DayTable,
    register: Sequence[Station],
    by: str,
    only: tuple[str, ...],
    level: str | None,
    editions: Editions,
    notes: list[str],
) -> DayTable:
    """The days of stations, or of what they belong to; `level` and the register's `evaluated` choose the stations."""
    lines = {item.id: item for item in register if item.on(table.first, table.last)}
    if by == "station":
        keep = [
            at for at, name in enumerate(table.series)
            if (not only or name in only or (name in lines and lines[name].name in only)) and (level is None or (name in lines and lines[name].level == level))
        ]  # fmt: skip
        if not keep:
            wish = f"{LEVELS[level]}站点" if level is not None else "站点"
            told = f"没有{wish} {'、'.join(only)}" if only else f"没有{wish}"
            raise InputFault(Fault("A056", told, None, f"如 {'、'.join(list(table.series)[:5])}"))
        rows = np.array(keep)
        return DayTable(
            [table.series[at] for at in keep], table.first, table.denominator, {name: array[rows] for name, array in table.exact.items()},
            {name: array[rows] for name, array in table.rounded.items()}, {name: array[rows] for name, array in table.counts.items()},
        )  # fmt: skip
    members: dict[str, dict[int, np.ndarray]] = {}
    without = 0
    for at, name in enumerate(table.series):
        own = [item for item in register if item.id == name and item.on(table.first, table.last)]
        if not any(getattr(item, by) for item in own):
            without += 1
        for item in own:
            if getattr(item, by) and item.evaluated and (level is None or item.level == level):
                # A station counts where it stood on the day; one that moved within the place goes on counting there.
                low = 0 if item.since is None else max(0, (item.since - table.first).days)
                high = table.days if item.until is None else min(table.days, (item.until - table.first).days + 1)
                stood = members.setdefault(getattr(item, by), {}).setdefault(at, np.zeros(table.days, np.bool_))
                stood[low:high] = True
    if without:
        notes.append(f"{without} 站没有登记{_GROUP_LABELS[by]}，未计入")
    if level is None and by in ("city", "county"):
        notes += _mixed(register, {str(name) for name in table.series}, by, only)
    if not members:
        told = f"没有一个{'' if level is None else LEVELS[level]}站点登记了{_GROUP_LABELS[by]}"
        raise InputFault(Fault("A057", told, None, "用 `greenrule air stations 登记表 --workspace 目录` 登记站点"))
    unknown = [name for name in only if name not in members]
    if unknown:
        told = f"没有{_GROUP_LABELS[by]} {'、'.join(unknown)}"
        raise InputFault(Fault("A056", told, None, f"有：{'、'.join(list(members)[:8])}"))
    chosen = {name: members[name] for name in sorted(members) if not only or name in only}
    present = {name: np.array(list(stood.values())) for name, stood in chosen.items()}
    return city_table(table, {name: list(stood) for name, stood in chosen.items()}, editions, present)


def _mixed(register: Sequence[Station], names: set[str], by: str, only: tuple[str, ...]) -> list[str]:
    """That stations of several levels are taken together, which a city's assessment seldom does."""
    levels: dict[str, set[str]] = {}
    for item in register:
        place = getattr(item, by)
        if item.id in names and item.evaluated and place and (not only or place in only):
            levels.setdefault(place, set()).add(item.level)
    places = sorted(place for place, found in levels.items() if len(found) > 1)
    if not places:
        return []
    union = set().union(*(levels[place] for place in places))
    shown = "、".join(places[:3]) + (f" 等 {len(places)} 处" if len(places) > 3 else "")
    told = "、".join(label for key, label in LEVELS.items() if key in union)
    return [f"{shown}的站点分属{told}，合在一起算；只用一级的站点写 `--level`"]


def _rows(part: PeriodTable, index: Any, table: DayTable, one: Edition, kind: str, why: str | None) -> list[Row]:
    found = composite(part)
    ids = list(dict.fromkeys(item.id for item in (*one.statistics, *one.composite)))
    out = []
    for at, series in enumerate(part.series):
        for place, period in enumerate(part.periods):
            counts = day_counts(index, at, period, table.first)
            if not any(int(array[at, place]) for array in part.days.values()):
                continue
            exceeded = {}
            for item in one.statistics:
                value, limit = part.value(item.id, at, place), one.limit(item.pollutant, item.averaging)
                if value is not None and limit is not None and value > limit:
                    exceeded[item.id] = exceedance(value, limit, one)
            year = period.kind == "year"
            out.append(
                Row(
                    str(series), period.id, one.id, kind, {id: part.value(id, at, place) for id in ids},
                    {name: int(part.days[name][at, place]) for name in POLLUTANTS}, part.complete(at, place), found.published(at, place),
                    found.main_pollutants(at, place), counts.valid, counts.good, counts.heavy, rate(counts.good, counts.valid, one),
                    part.attains(at, place) if year else None, part.attains(at, place, headline=True) if year else None, exceeded, why,
                )
            )  # fmt: skip
    return out


def day_rows(
    days: DayTable, editions: Editions, first: date, last: date, edition: str = "auto"
) -> list[dict[str, Any]]:
    """The days of a table as plain rows: concentrations, sub-indices, AQI, primary pollutants, level, edition."""
    forced: tuple[Edition | None, ...] = (None,) if edition == "auto" else chosen_editions(editions, edition)
    names = {level.number: level.name for item in editions.items[:1] for level in item.levels}
    indices = [days.index(editions, one) for one in forced]
    out = []
    for at, series in enumerate(days.series):
        for place in range(max(0, (first - days.first).days), min(days.days, (last - days.first).days + 1)):
            row: dict[str, Any] = {"series": str(series), "date": (days.first + timedelta(days=place)).isoformat()}
            for name in POLLUTANTS:
                value = int(days.rounded[name][at, place])
                row[name] = None if value < 0 else value / 10 if name == "co" else value
            for index in indices:
                iaqi = {f"iaqi_{name}": _there(index.iaqi[name][at, place]) for name in POLLUTANTS}
                level = int(index.level[at, place])
                primary = "、".join(primary_names(int(index.primary[at, place]), labels=True)) or None
                told = {
                    "aqi": _there(index.aqi[at, place]),
                    "primary": primary,
                    "level": level or None,
                    "category": names.get(level),
                }
                out.append({**row, **iaqi, **told, "edition": index.edition[place]})
    return out


def _there(value: Any) -> int | None:
    return None if value < 0 else int(value)


def read_dust(path: Path, register: Sequence[Station]) -> list[DustProcess]:
    """Dust processes from a table: from 起, to 止 (ends of hours, both included), and station 站点 or city 城市 (neither: everywhere).

    Raises InputFault: those of reading · A058 a row that cannot be read.
    """
    sheet = read_sheet(path)
    heads = {
        "from": ("from", "起", "开始"),
        "to": ("to", "止", "结束"),
        "station": ("station", "站点"),
        "city": ("city", "城市"),
    }
    columns = {
        key: next((name for name in sheet.frame.columns if name.strip().lower() in words), None)
        for key, words in heads.items()
    }
    faults, out = [], []
    start, end = columns["from"], columns["to"]
    if start is None or end is None:
        raise InputFault(Fault("A058", "没有起止时间两列", sheet.place(-1), "写 `from`、`to`（或 起、止）"))
    for row, record in enumerate(sheet.frame.iter_rows(named=True)):
        moments = [moment_of(None if record[name] is None else str(record[name]).strip()) for name in (start, end)]
        if moments[0] is None or moments[1] is None or moments[0][0] > moments[1][0]:
            faults.append(Fault("A058", "起止时间读不通，或先后颠倒", sheet.place(row), "写成 2026-03-14 08:00"))
            continue
        names: frozenset[str] | None = None
        if columns["station"] is not None and record[columns["station"]]:
            names = frozenset([str(record[columns["station"]]).strip()])
        elif columns["city"] is not None and record[columns["city"]]:
            city = str(record[columns["city"]]).strip()
            names = frozenset(item.id for item in register if item.city == city)
            if not names:
                faults.append(Fault("A058", f"登记里没有城市 `{city}`", sheet.place(row), "先登记站点，或写站点编号"))
        first, last = (np.datetime64(moment[0], "h") for moment in moments if moment is not None)
        out.append(DustProcess(first, last, names))
    if faults:
        raise InputFault(faults)
    return out


def statistic_label(id: str) -> str:
    """`pm25_mean` as a reader expects it.

    >>> statistic_label("pm25_mean"), statistic_label("o3_p90")
    ('PM2.5', 'O3-90%')
    """
    pollutant, _, kind = id.partition("_")
    return LABELS[pollutant] if kind == "mean" else f"{LABELS[pollutant]}-{kind[1:]}%"
