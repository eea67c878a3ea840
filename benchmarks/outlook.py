"""The outlook beside persistence and climatology on a public series, and what it costs; an inventory beside polars.

Errors are those of a rolling origin over the last years of the series (UCI PRSA, Aotizhongxin); the model is also tried with the weather
as it came, which is a bound and no forecast.
"""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.measure import Check, Figure, Section, figures_of, turns
from greenrule.casework.outlook_tables import read_observations
from greenrule.casework.outlook_weather import read_weather
from greenrule.packs.book import default_packs
from greenrule.packs.outlook import load_outlook
from greenrule.quality.forecast import Trial, outlook, trial
from greenrule.quality.forecast_days import LABELS, POLLUTANTS, UNITS
from greenrule.quality.forecast_features import ground_of
from greenrule.quality.forecast_intervals import LEVELS
from greenrule.quality.forecast_model import Forecaster
from greenrule.quality.forecast_series import Calendar
from greenrule.sources.inventory import Activity, Estimate, Factor, Origin, take_stock, totals

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "prsa_aotizhongxin_2013-2017.csv"
#: Leads whose errors are shown.
_SHOWN = (1, 2, 3, 5, 7, 10)
_WORDS = {"model": "greenrule", "persistence": "persistence 持续性", "climatology": "climatology 气候值"}


def run(quick: bool) -> Section:
    """Skill, coverage and time; without the series beside the project only the inventory."""
    section = Section("空气质量预报与排放清单")
    if DATA.is_file():
        _outlook(section, quick)
    else:
        section.notes.append(f"没有 {DATA.name}，预报没有量。")
    _inventory(section, 2_000 if quick else 50_000)
    return section


def _outlook(section: Section, quick: bool) -> None:
    law = load_outlook(default_packs())
    start = time.perf_counter()
    series = next(iter(read_observations([DATA], law.editions).stations.values()))
    section.figures.append(Figure("读 35,064 小时 × 6 项并成日值", "greenrule", time.perf_counter() - start))
    calendar = Calendar(law.festivals)
    weather = read_weather([DATA]).of(series, 0.0)
    names = ("pm25",) if quick else tuple(LABELS)
    start = time.perf_counter()
    found = trial(series, calendar, weather, pollutants=names, tried=365 if quick else 730)
    section.figures.append(
        Figure(
            f"滚动起报检验 {365 if quick else 730} 天，{len(names)} 项，连上限",
            "greenrule",
            time.perf_counter() - start,
        )
    )
    for item in found:
        _errors(section, item)
        _coverage(section, item)
    ground = ground_of(series, calendar, None)
    fits = turns({"greenrule": lambda name: Forecaster.fit(ground, POLLUTANTS.index(name), len(series) - 1)}, names)
    section.figures += figures_of("一次拟合（一个站、一项、十个时效，四年日值）", fits)
    spans = [1] if quick else [1, 2, 3]
    taken = turns({"greenrule outlook": lambda _: outlook(series, calendar, pollutants=names)}, spans)
    section.figures += figures_of(f"一个站 {len(names)} 项的十天预报，连拟合与检验", taken)
    _no_future(section, series, calendar)
    section.notes.append(
        "误差之比大于 1 的是模型比参照好；技巧下限不高于 0 的时效，命令给参照而不给模型。没有气象预报存档，只用监测值。"
    )


def _errors(section: Section, item: Trial) -> None:
    """Mean absolute errors by lead, the references beside."""
    for at, skill in enumerate(item.leads):
        if skill.lead not in _SHOWN or skill.skill is None:
            continue
        question = f"{LABELS[item.pollutant]} 提前 {skill.lead} 天，平均绝对误差（{skill.pairs} 天）"
        low, high = skill.low, skill.high
        told = f"技巧 {skill.skill:+.2f}（{low:+.2f}…{high:+.2f}），给 {skill.chosen}"
        if item.bound and item.bound[at].skill is not None:
            told += f"；用实测气象的上限 {item.bound[at].skill:+.2f}"
        for method, error in skill.mae.items():
            note = told if method == "model" else ""
            section.figures.append(
                Figure(question, _WORDS[method], round(error, 3), None, skill.pairs, UNITS[item.pollutant], note=note)
            )


def _coverage(section: Section, item: Trial) -> None:
    """Intervals that held within three points of what they promise."""
    wide = [abs(skill.coverage[level] - level) > 0.03 for skill in item.leads for level in LEVELS if skill.coverage]
    section.checks.append(
        Check(f"{LABELS[item.pollutant]} 各时效三种区间的实得比例与所许相差不过 3 个百分点", len(wide), sum(wide))
    )


def _no_future(section: Section, series, calendar) -> None:
    """Forecasts at an origin, with everything behind it replaced."""
    origin = len(series) - 30
    spoilt = replace(series, values=series.values.copy(), late=series.late.copy())
    spoilt.values[origin + 1 :] = 500.0
    spoilt.late[origin + 1 :] = np.nan
    one, other = (outlook(item, calendar, origin=origin, pollutants=("pm25",)).told for item in (series, spoilt))
    section.checks.append(
        Check("改动起报日之后的数据，预报不变", len(one), sum(a != b for a, b in zip(one, other, strict=True)))
    )


def _inventory(section: Section, rows: int) -> None:
    """Exact sums of many lines beside the same sums in floating point."""
    import polars as pl

    dice = np.random.default_rng(5)
    amounts = dice.integers(1, 10**7, rows)
    counties = dice.integers(0, 117, rows)
    here = Origin("演示数据（非官方）")
    activities = [Activity("dust.road", f"县{county}", 2024, Estimate(Fraction(int(amount), 10)), "吨", here, str(at))
                  for at, (amount, county) in enumerate(zip(amounts, counties, strict=True))]  # fmt: skip
    values = {"SO2": "1.37", "NOx": "2.11", "PM10": "0.83", "PM2.5": "0.41"}
    factors = [Factor("dust", name, Estimate(Fraction(value)), "kg/t", here) for name, value in values.items()]
    parents = {"dust.road": "dust", "dust": None}
    answers: dict[str, dict] = {}

    def ours(_: int) -> None:
        found = take_stock(activities, factors, [], parents, list(values))
        answers["ours"] = totals(found, lambda line: (line.activity.county, line.pollutant))

    frame = pl.DataFrame({"county": [f"县{county}" for county in counties], "amount": amounts / 10})

    def theirs(_: int) -> None:
        table = frame.group_by("county").agg(
            **{name: (pl.col("amount") * float(value) * 1e3).sum() for name, value in values.items()}
        )
        answers["theirs"] = {row["county"]: row for row in table.to_dicts()}

    taken = turns({"greenrule, 精确分数，逐行可查": ours, "polars, 浮点，只有合计": theirs}, [1, 2, 3])
    section.figures += figures_of(f"{rows:,} 行活动 × 4 种污染物的县级合计", taken)
    far = sum(
        abs(float(total.grams) / answers["theirs"][county][name] - 1) > 1e-9
        for (county, name), total in answers["ours"].items()
    )
    section.checks.append(Check("县级合计与浮点合计相差不过十亿分之一", len(answers["ours"]), far))
