"""Hours of a network to daily AQI, monthly and annual statistics, composite indices and ranks, beside polars, DuckDB and pandas.

    python -m benchmarks.air --stations 1200 --years 3 --repeat 3

All contenders read one Parquet file and answer one question by one set of rules: values rounded to the last digit, twenty hours make a
day, eight-hour ozone over 17 windows, every statistic rounded once and half to even.  Peers do it with whole-number expressions, as a
user who wants one defined answer would have to write them, so that answers can be compared without a tolerance.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Check, Figure, Section

POLLUTANTS = ("so2", "no2", "co", "o3", "pm10", "pm25")
#: Percentiles of HJ 663 and limits of the composite index under the edition of the data (2012).
PERCENT = {"so2": 98, "no2": 98, "co": 95, "o3": 90, "pm10": 95, "pm25": 95}
#: C / S of the composite index: numerators over 3360 for C in whole numbers of the last digit.
WEIGHTS = {"so2_mean": 56, "no2_mean": 84, "co_p": 84, "o3_p": 21, "pm10_mean": 48, "pm25_mean": 96}
COMMON = 212_520
ENGINES = ("greenrule", "polars", "duckdb", "pandas")


def run(quick: bool, stations: int | None = None, years: int | None = None, repeat: int = 2) -> Section:
    """The section; small unless told otherwise."""
    stations = stations or (60 if quick else 300)
    years = years or 1
    hours = (date(2022 + years, 1, 1) - date(2022, 1, 1)).days * 24
    section = Section(
        f"空气：{stations:,} 站 × 6 项 × {years} 年小时值（{stations * hours * 6 / 1e6:.0f} 百万个数）到日 AQI、月年统计、指数、名次"
    )
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "hours.parquet"
        make(path, stations, hours)
        times: dict[str, list[float]] = {}
        memory: dict[str, float] = {}
        answers: dict[str, dict[str, Any]] = {}
        for _ in range(1 if quick else repeat):
            for engine in ENGINES:
                try:
                    seconds, peak, answer = _apart(engine, path)
                except ModuleNotFoundError as missing:
                    section.notes.append(f"{engine} 没有测：{missing}")
                    continue
                times.setdefault(engine, []).append(seconds)
                memory[engine] = max(memory.get(engine, 0), peak)
                answers[engine] = answer
        best = min(min(taken) for engine, taken in times.items() if engine != "greenrule")
        question = "从 Parquet 到全部结果"
        for engine, taken in times.items():
            mine = engine == "greenrule"
            goal = {"target": min(times.get("polars", [best])) / 1.3, "bound": "median"} if mine else {}
            section.figures.append(Figure(question, engine, sorted(taken)[len(taken) // 2], None, len(taken), **goal))
        for engine, peak in memory.items():
            goal = {"target": 1200.0, "bound": "median"} if engine == "greenrule" else {}
            section.figures.append(Figure("峰值内存", engine, peak, None, 1, "MB", **goal))
        for engine, answer in answers.items():
            if engine != "greenrule":
                section.checks.append(_same(engine, answers["greenrule"], answer))
        _lake(
            section,
            path,
            Path(temporary),
            min(times.get("polars", [best])),
            1 if quick else repeat,
            answers["greenrule"],
        )
        _one_hour(section, path, 5 if quick else 20)
        _table(section, Path(temporary), 50_000 if quick else 1_000_000)
    section.notes.append(
        "每个对手在自己的进程里读同一个文件，时间含读文件，不含启动和导入库；我们的编译结果已缓存。规则写成整数算式，答案逐个相等。"
        "自有湖里是整理成块的 int16，入湖的时间不计，另列；那是另一种输入，不与读 Parquet 相比，只回答‘数据已在库里时要多久’。"
    )
    return section


def make(path: Path, stations: int, hours: int) -> None:
    """A file of hours: float32, 2 % missing, with a season and a day; in the order of stations."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    time_ = np.datetime64("2022-01-01T01", "h") + np.arange(hours).astype("timedelta64[h]")
    season = 1 + 0.4 * np.cos(np.arange(hours) / 8766 * 2 * np.pi)
    daily = np.sin((np.arange(hours) % 24 - 8) / 24 * 2 * np.pi)
    schema = pa.schema(
        [("station", pa.string()), ("time", pa.timestamp("us")), *((name, pa.float32()) for name in POLLUTANTS)]
    )
    chance = np.random.default_rng(7)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for first in range(0, stations, 40):
            count = min(40, stations - first)
            columns: dict[str, Any] = {}
            for name, level in zip(POLLUTANTS, (12, 35, 0.9, 80, 80, 45), strict=True):
                level = level * chance.uniform(0.7, 1.4, (count, 1))
                values = (
                    level
                    * chance.gamma(4, 0.25, (count, hours))
                    * season
                    * (1 + (0.5 if name == "o3" else 0.1) * daily)
                )
                values = np.round(values, 1 if name == "co" else 0).astype(np.float32)
                values[chance.random(values.shape) < 0.02] = np.nan
                columns[name] = pa.array(values.ravel(), pa.float32(), from_pandas=True)
            names = pa.array([f"{1000 + first + n}A" for n in range(count)])
            table = {
                "station": names.take(pa.array(np.repeat(np.arange(count), hours))),
                "time": pa.array(np.tile(time_, count).astype("datetime64[us]")),
                **columns,
            }
            writer.write_table(pa.table(table, schema=schema))


# -- contenders: each returns sum of the daily AQI, days with one, and by period statistics, index and place ------------
def greenrule(path: Path) -> dict[str, Any]:
    """Ours, from the file."""
    from greenrule.casework.air_rollup import roll_up
    from greenrule.packs.air import load_editions

    return _told(roll_up(path, load_editions()))


def _told(rollup: Any) -> dict[str, Any]:
    aqi = rollup.index.aqi
    out: dict[str, Any] = {"aqi_days": int((aqi >= 0).sum()), "aqi_sum": int(aqi[aqi >= 0].astype(np.int64).sum())}
    for (period, _), figures in sorted(rollup.figures.items()):
        values = figures.table.values
        for id in (
            "so2_mean",
            "no2_mean",
            "pm10_mean",
            "pm25_mean",
            "so2_p98",
            "no2_p98",
            "pm10_p95",
            "pm25_p95",
            "co_p95",
            "o3_p90",
        ):
            out[f"{period} {id}"] = int(values[id].astype(np.int64).sum())
        out[f"{period} index"] = int(figures.composite.value.astype(np.int64).sum())
        weight = np.arange(1, len(figures.places) + 1)
        out[f"{period} places"] = int((figures.places.astype(np.int64) * weight).sum())
    return out


_STEPS = (0, 50, 100, 150, 200, 300, 400, 500)
_POINTS = {
    "so2": (0, 50, 150, 475, 800, 1600, 2100, 2620), "no2": (0, 40, 80, 180, 280, 565, 750, 940), "co": (0, 20, 40, 140, 240, 360, 480, 600),
    "o3": (0, 100, 160, 215, 265, 800), "pm10": (0, 50, 150, 250, 350, 420, 500, 600), "pm25": (0, 35, 75, 115, 150, 250, 350, 500),
}  # fmt: skip


def polars(path: Path) -> dict[str, Any]:
    """Lazy frames, whole-number expressions, streaming engine."""
    import polars as pl

    def half_even(numerator: Any, denominator: Any) -> Any:
        whole = numerator // denominator
        twice = 2 * (numerator - whole * denominator)
        return whole + ((twice > denominator) | ((twice == denominator) & (whole % 2 == 1))).cast(pl.Int64)

    ints = [
        (pl.col(name) * (10 if name == "co" else 1)).round(0, mode="half_to_even").cast(pl.Int32).alias(name)
        for name in POLLUTANTS
    ]
    start = (pl.col("time") - pl.duration(hours=1)).alias("start")
    base = pl.scan_parquet(path).select("station", start, *ints).with_columns(pl.col("start").dt.date().alias("day"))
    plain = [name for name in POLLUTANTS if name != "o3"]
    # The file is sorted and has every hour, so that eight rows are eight hours; of a day only the means that end in it count.
    total = pl.col("o3").cast(pl.Int64).rolling_sum(8, min_samples=6)
    count = pl.col("o3").is_not_null().cast(pl.Int64).rolling_sum(8, min_samples=1)
    base = base.with_columns(pl.when(pl.col("start").dt.hour() >= 7).then(total * (COMMON // count.clip(6))).alias("w"))
    days = base.group_by("station", "day").agg(
        *(pl.col(name).sum().cast(pl.Int64).alias(f"{name}_s") for name in plain),
        *(pl.col(name).count().cast(pl.Int64).alias(f"{name}_n") for name in plain),
        pl.col("w").max().alias("best"), pl.col("w").count().alias("found"),
    )  # fmt: skip
    best, found = pl.col("best"), pl.col("found")
    days = days.with_columns(
        *(
            pl.when(pl.col(f"{name}_n") >= 20)
            .then(pl.col(f"{name}_s") * (COMMON // pl.col(f"{name}_n").clip(1)))
            .alias(name)
            for name in plain
        ),
        pl.when((found >= 14) | (half_even(best, pl.lit(COMMON)) > 160)).then(best).alias("o3"),
    ).select("station", "day", *POLLUTANTS)

    def iaqi(name: str) -> Any:
        value = half_even(pl.col(name), pl.lit(COMMON))
        points = _POINTS[name]
        found = pl.when(value > points[-1]).then(None if name == "o3" else 500)
        for at in range(1, len(points)):
            low, high, one, other = points[at - 1], points[at], _STEPS[at - 1], _STEPS[at]
            found = found.when(value <= high).then(one - (-(other - one) * (value - low)) // (high - low))
        return found

    table = days.collect(engine="streaming")
    aqi = table.select(pl.max_horizontal(iaqi(name) for name in POLLUTANTS).alias("aqi"))["aqi"].drop_nulls()
    out: dict[str, Any] = {"aqi_days": len(aqi), "aqi_sum": int(aqi.cast(pl.Int64).sum())}
    for form in ("%Y-%m", "%Y"):
        keyed = table.with_columns(pl.col("day").dt.to_string(form).alias("period"))
        aggregates = []
        for name in POLLUTANTS:
            count = pl.col(name).count().cast(pl.Int64)
            part = (count - 1) * PERCENT[name] % 100
            first, second = (
                pl.col(name).quantile(PERCENT[name] / 100, kind).cast(pl.Int64)
                for kind in ("lower", "higher")  # the two neighbours, exactly; between them in whole numbers
            )
            aggregates += [
                half_even(pl.col(name).sum(), (COMMON * count).clip(1)).alias(f"{name}_mean"),
                half_even(first * (100 - part) + second * part, pl.lit(100 * COMMON)).alias(f"{name}_p"),
            ]
        stats = keyed.group_by("period", "station").agg(aggregates).sort("period", "station")
        total = sum((pl.col(name) * weight for name, weight in WEIGHTS.items()), pl.lit(0))
        stats = stats.with_columns(half_even(total * 100, pl.lit(3360)).alias("index"))
        stats = stats.with_columns(pl.col("index").rank("min").over("period").cast(pl.Int64).alias("place"))
        weight = pl.col("station").rank("ordinal").over("period").cast(pl.Int64)
        sums = stats.group_by("period").agg(
            pl.col("^.*_(mean|p)$").sum(), pl.col("index").sum(), (pl.col("place") * weight).sum().alias("places")
        )
        out.update(_keyed(sums.to_dicts()))
    return out


def _keyed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums by period under the names of our answer."""
    out = {}
    for row in rows:
        for name in POLLUTANTS:
            if name not in ("co", "o3"):
                out[f"{row['period']} {name}_mean"] = int(row[f"{name}_mean"])
            out[f"{row['period']} {name}_p{PERCENT[name]}"] = int(row[f"{name}_p"])
        out[f"{row['period']} index"], out[f"{row['period']} places"] = int(row["index"]), int(row["places"])
    return out


def duckdb(path: Path) -> dict[str, Any]:
    """SQL on two threads, whole-number expressions."""
    import duckdb as engine

    connection = engine.connect()
    connection.execute("SET threads = 2")
    connection.execute(
        "CREATE MACRO half_even(n, d) AS (n // d) + CASE WHEN 2 * (n % d) > d OR (2 * (n % d) = d AND (n // d) % 2 = 1) THEN 1 ELSE 0 END"
    )
    plain = [name for name in POLLUTANTS if name != "o3"]
    ints = ", ".join(
        f"CAST(round_even({name} * {10 if name == 'co' else 1}, 0) AS BIGINT) AS {name}" for name in POLLUTANTS
    )
    windows = ", ".join(
        f"CASE WHEN count(o3) FILTER (h BETWEEN {last - 7} AND {last}) >= 6 THEN CAST(sum(o3) FILTER (h BETWEEN {last - 7} AND {last}) AS BIGINT)"
        f" * ({COMMON} // count(o3) FILTER (h BETWEEN {last - 7} AND {last})) END"
        for last in range(7, 24)
    )
    means = ", ".join(
        f"CASE WHEN count({name}) >= 20 THEN CAST(sum({name}) AS BIGINT) * ({COMMON} // count({name})) END AS {name}"
        for name in plain
    )
    connection.execute(
        f"""CREATE TABLE days AS WITH h AS (
            SELECT station, CAST(time - INTERVAL 1 HOUR AS DATE) AS day, hour(time - INTERVAL 1 HOUR) AS h, {ints} FROM '{path}'),
        d AS (SELECT station, day, {means}, list_filter([{windows}], lambda x: x IS NOT NULL) AS w FROM h GROUP BY ALL)
        SELECT station, day, {", ".join(plain)},
            CASE WHEN len(w) >= 14 OR half_even(list_max(w), {COMMON}) > 160 THEN list_max(w) END AS o3 FROM d"""
    )

    def iaqi(name: str) -> str:
        points = _POINTS[name]
        parts = []
        for at in range(1, len(points)):
            low, high, one, other = points[at - 1], points[at], _STEPS[at - 1], _STEPS[at]
            parts.append(
                f"WHEN v_{name} <= {high} THEN {one} + ({other - one} * (v_{name} - {low}) + {high - low - 1}) // {high - low}"
            )
        return f"CASE WHEN v_{name} IS NULL THEN NULL {' '.join(parts)} ELSE {'NULL' if name == 'o3' else 500} END"

    rounded = ", ".join(f"half_even({name}, {COMMON}) AS v_{name}" for name in POLLUTANTS)
    count, total = connection.execute(
        f"SELECT count(a), sum(a) FROM (SELECT greatest({', '.join(iaqi(name) for name in POLLUTANTS)}) AS a FROM (SELECT {rounded} FROM days))"
    ).fetchone()
    out: dict[str, Any] = {"aqi_days": int(count), "aqi_sum": int(total)}
    for form in ("%Y-%m", "%Y"):
        lists = ", ".join(
            f"list_sort(list({name}) FILTER ({name} IS NOT NULL)) AS l_{name}, CAST(sum({name}) AS BIGINT) AS s_{name}, count({name}) AS n_{name}"
            for name in POLLUTANTS
        )
        parts = []
        for name in POLLUTANTS:
            place = f"(n_{name} - 1) * {PERCENT[name]}"
            parts.append(f"half_even(s_{name}, {COMMON} * n_{name}) AS {name}_mean")
            parts.append(
                f"half_even(l_{name}[{place} // 100 + 1] * (100 - {place} % 100) + l_{name}[least({place} // 100 + 2, n_{name})] * ({place} % 100), {100 * COMMON}) AS {name}_p"
            )
        total_ = " + ".join(f"{name} * {weight}" for name, weight in WEIGHTS.items())
        sums = ", ".join(f"sum({name}_mean) AS {name}_mean, sum({name}_p) AS {name}_p" for name in POLLUTANTS)
        rows = connection.execute(
            f"""WITH g AS (SELECT strftime(day, '{form}') AS period, station, {lists} FROM days GROUP BY ALL),
            s AS (SELECT period, station, {", ".join(parts)} FROM g), i AS (SELECT *, half_even(({total_}) * 100, 3360) AS index FROM s),
            r AS (SELECT *, rank() OVER (PARTITION BY period ORDER BY index) AS place, row_number() OVER (PARTITION BY period ORDER BY station) AS w FROM i)
            SELECT period, {sums}, sum(index) AS index, sum(place * w) AS places FROM r GROUP BY period"""
        )
        names = [column[0] for column in rows.description]
        out.update(_keyed([dict(zip(names, row, strict=True)) for row in rows.fetchall()]))
    return out


def pandas(path: Path) -> dict[str, Any]:
    """Group-bys, whole numbers where they are needed."""
    import pandas as pd

    def half_even(numerator: Any, denominator: Any) -> Any:
        whole = numerator // denominator
        twice = 2 * (numerator - whole * denominator)
        return whole + ((twice > denominator) | ((twice == denominator) & (whole % 2 == 1))).astype("int64")

    frame = pd.read_parquet(path)
    start = frame["time"] - pd.Timedelta(hours=1)
    frame["day"] = start.dt.normalize()
    frame["station"] = frame["station"].astype("category")
    for name in POLLUTANTS:
        frame[name] = (frame[name].astype("float64") * (10 if name == "co" else 1)).round(0)
    keys = ["station", "day"]
    plain = [name for name in POLLUTANTS if name != "o3"]
    groups = frame.groupby(keys, observed=True, sort=True)[plain]
    sums, counts = groups.sum(), groups.count()
    days = pd.DataFrame(index=sums.index)
    for name in plain:
        n = counts[name].clip(lower=1)
        days[name] = (sums[name].astype("int64") * (COMMON // n)).where(counts[name] >= 20)
    # Sorted and complete, as for polars: eight rows are eight hours.
    total = frame["o3"].rolling(8, min_periods=6).sum()
    count = frame["o3"].notna().rolling(8, min_periods=1).sum().clip(lower=6).astype("int64")
    frame["w"] = (total.fillna(0).round(0).astype("int64") * (COMMON // count)).where(
        total.notna() & (start.dt.hour >= 7)
    )
    eight = frame.groupby(keys, observed=True, sort=True)["w"]
    best, found = eight.max(), eight.count()
    high = half_even(best.fillna(0).astype("int64"), COMMON) > 160
    days["o3"] = best.where(((found >= 14) | high) & best.notna())
    aqi = None
    for name in POLLUTANTS:
        there = days[name].notna()
        value = half_even(days[name].fillna(0).astype("int64"), COMMON).to_numpy()
        points = np.array(_POINTS[name])
        at = np.clip(np.searchsorted(points, value, "left"), 1, len(points) - 1)
        steps = np.array(_STEPS)
        one = steps[at - 1] - (-(steps[at] - steps[at - 1]) * (value - points[at - 1])) // (points[at] - points[at - 1])
        one = np.where(value > points[-1], -1 if name == "o3" else 500, one)
        one = np.where(there, one, -1)
        aqi = one if aqi is None else np.maximum(aqi, one)
    out: dict[str, Any] = {"aqi_days": int((aqi >= 0).sum()), "aqi_sum": int(aqi[aqi >= 0].sum())}
    days = days.reset_index()
    for form in ("%Y-%m", "%Y"):
        days["period"] = days["day"].dt.strftime(form)
        stats = {}
        for name in POLLUTANTS:
            there = days.loc[days[name].notna(), ["period", "station", name]]
            there = there.assign(**{name: there[name].astype("int64")}).sort_values(["period", "station", name])
            by = there.groupby(["period", "station"], observed=True)[name]
            total, count = by.sum(), by.count()
            stats[f"{name}_mean"] = half_even(total, COMMON * count)
            first = count.cumsum() - count
            place = (count - 1) * PERCENT[name]
            values = there[name].to_numpy()
            low = values[first + place // 100]
            high_ = values[first + np.minimum(place // 100 + 1, count - 1)]
            stats[f"{name}_p"] = half_even(low * (100 - place % 100) + high_ * (place % 100), 100 * COMMON)
        table = pd.DataFrame(stats)
        total = sum(table[name] * weight for name, weight in WEIGHTS.items())
        table["index"] = half_even(total * 100, 3360)
        table["places"] = table.groupby("period")["index"].rank(method="min").astype("int64") * (
            table.groupby("period").cumcount() + 1
        )
        out.update(_keyed(table.groupby("period").sum().reset_index().to_dict("records")))
    return out


# -- how they are run ---------------------------------------------------------------------------------------------------
def _apart(engine: str, path: Path) -> tuple[float, float, dict[str, Any]]:
    """Seconds, peak megabytes and answer of a contender in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.air", "--engine", engine, "--file", str(path)]
    found = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[1]
    )
    if found.returncode:
        if "ModuleNotFoundError" in found.stderr:
            raise ModuleNotFoundError(found.stderr.strip().splitlines()[-1])
        raise RuntimeError(found.stderr)
    told = json.loads(found.stdout)
    return told["seconds"], told["peak_mb"], told["answer"]


def _alone(engine: str, path: Path) -> None:
    """What a process of `_apart` does: import, warm the compiled loops on nothing, measure once."""
    contenders: dict[str, Callable[[Path], dict[str, Any]]] = {
        "greenrule": greenrule,
        "polars": polars,
        "duckdb": duckdb,
        "pandas": pandas,
    }
    __import__("greenrule.casework.air_rollup" if engine == "greenrule" else engine)
    if engine == "greenrule":
        small = path.with_name("warm.parquet")
        if not small.exists():
            make(small, 1, 24 * 40)
        greenrule(small)
    gc.collect()
    start = time.perf_counter()
    answer = contenders[engine](path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "answer": answer}))


def _same(engine: str, mine: dict[str, Any], other: dict[str, Any]) -> Check:
    different = [key for key in {*mine, *other} if mine.get(key) != other.get(key)]
    return Check(
        f"与 {engine}：日 AQI、月年各统计量、指数、名次的和",
        len(mine),
        len(different),
        "、".join(sorted(different)[:3]),
    )


def fill(folder: Path, grid: Any) -> Any:
    """A lake with the hours of a grid, imported by quarters."""
    from greenrule.store.observations import ObservationLake
    from greenrule.store.observations_merging import HourBatch

    lake = ObservationLake(folder)
    hours, rows = 24 * grid.days, np.arange(len(grid.stations), dtype=np.int32)
    stamps = np.datetime64(grid.first, "h") + np.arange(1, hours + 1).astype("timedelta64[h]")
    for low in range(0, hours, 24 * 92):
        high = min(hours, low + 24 * 92)
        values = {name: np.ascontiguousarray(array[:, low:high]).ravel() for name, array in grid.hours.items()}
        marks = {name: (column < 0).astype(np.uint8) for name, column in values.items()}
        lake.import_hours(
            HourBatch(grid.stations, np.repeat(rows, high - low), np.tile(stamps[low:high], len(rows)), values, marks)
        )
    return lake


def _lake(section: Section, path: Path, folder: Path, polars_s: float, repeat: int, expected: dict[str, Any]) -> None:
    """The same figures from a workspace's lake, and what filling it took."""
    from greenrule.casework.air_rollup import read_grid
    from greenrule.packs.air import load_editions
    from greenrule.quality.rollup import Rollup
    from greenrule.store.observations_days import days_between, hour_grid, refresh

    editions = load_editions()
    grid = read_grid(path, editions)
    start = time.perf_counter()
    lake = fill(folder / "air", grid)
    for month in lake.months():
        hour_grid(lake, month)
    filled = time.perf_counter() - start
    first, last = grid.first, date.fromordinal(grid.first.toordinal() + grid.days - 1)
    del grid

    def figures(kept: str) -> dict[str, Any]:
        days = days_between(lake, editions, first, last, kept=kept)
        assert days is not None
        return _told(Rollup(_OnlyStations(days.series, first, days.days), editions, days))  # type: ignore[arg-type]

    taken: dict[str, list[float]] = {"hours": [], "days": []}
    refresh(lake, editions, lake.months())
    for _ in range(max(repeat, 2)):
        for kept, seconds in taken.items():
            start = time.perf_counter()
            answer = figures(kept)
            seconds.append(time.perf_counter() - start)
    section.checks.append(
        Check("自有湖与 Parquet 的结果", len(expected), sum(expected[key] != answer.get(key) for key in expected))
    )
    question = "从自有湖到全部结果"
    section.figures.append(
        Figure(
            question,
            "greenrule，从小时值",
            min(taken["hours"]),
            None,
            len(taken["hours"]),
            target=polars_s / 5,
            bound="median",
        )
    )
    section.figures.append(Figure(question, "greenrule，日值已在", min(taken["days"]), None, len(taken["days"])))
    section.figures.append(Figure(question, "polars，从 Parquet", polars_s))
    section.figures.append(Figure("入湖（一次提交一季，含整理成块）", "greenrule", filled))


class _OnlyStations:
    """A grid whose hours are not needed, for days are there."""

    def __init__(self, stations: Any, first: date, days: int) -> None:
        self.stations, self.first, self.days = stations, first, days


def _one_hour(section: Section, path: Path, repeat: int) -> None:
    """One new hour of all stations into day, month, year, index and rank; and through the lake with its commit."""
    from greenrule.casework.air_rollup import roll_up
    from greenrule.packs.air import load_editions
    from greenrule.store.observations import ObservationLake
    from greenrule.store.observations_merging import HourBatch

    rollup = roll_up(path, load_editions())
    rows = np.arange(len(rollup.grid.stations))
    chance = np.random.default_rng(3)
    seconds = []
    # The last hours of a day in late December: day, month and year all change.
    base = np.datetime64(f"{rollup.days.last.year}-12-27T21", "h")
    for number in range(repeat):
        moment = np.full(len(rows), base + np.timedelta64(number % 3, "h"))
        values = {name: chance.integers(1, 200, len(rows)).astype(np.int16) for name in POLLUTANTS}
        start = time.perf_counter()
        touched = rollup.put(moment, rows, values)
        seconds.append(time.perf_counter() - start)
        assert len(touched) >= 2
    seconds.sort()
    question = "全部站点新来一小时，更新日、月、年、指数、名次"
    section.figures.append(
        Figure(question, "greenrule", seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.95)], len(seconds), target=0.020, bound="median")
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        lake = ObservationLake(Path(temporary) / "air")
        durable = []
        for number in range(min(repeat, 6)):
            values = {name: chance.integers(1, 200, len(rows)).astype(np.int16) for name in POLLUTANTS}
            marks = {name: np.zeros(len(rows), np.uint8) for name in POLLUTANTS}
            time_ = np.full(len(rows), base + np.timedelta64(number, "h"))
            start = time.perf_counter()
            lake.import_hours(
                HourBatch(list(map(str, rollup.grid.stations)), rows.astype(np.int32), time_, values, marks)
            )
            durable.append(time.perf_counter() - start)
        section.figures.append(
            Figure(
                "同一小时提交入湖（Delta，落盘）", "greenrule", sorted(durable)[len(durable) // 2], None, len(durable)
            )
        )


def _table(section: Section, folder: Path, rows: int) -> None:
    """`air aqi` over a CSV: read, checked, rounded, indexed, written; polars does the same arithmetic and checks nothing."""
    import polars as pl

    from greenrule.casework.air_aqi import index_readings, write_table
    from greenrule.casework.air_readings import read_readings
    from greenrule.casework.air_sheets import read_sheet
    from greenrule.packs.air import load_editions

    chance = np.random.default_rng(5)
    stamps = (np.datetime64("2024-01-01T01", "h") + np.arange(rows // 100).astype("timedelta64[h]")).astype(str)
    frame = pl.DataFrame({
        "station": np.repeat([f"{n}A" for n in range(100)], rows // 100), "time": np.tile(np.char.replace(stamps, "T", " "), 100),
        **{name: chance.integers(1, 250, rows) / (100 if name == "co" else 1) for name in POLLUTANTS},
    })  # fmt: skip
    path, out = folder / "t.csv", folder / "o.csv"
    frame.with_columns(pl.col("time") + ":00").write_csv(path)
    editions = load_editions()
    columns = {name: points for name, points in _POINTS.items() if name in ("pm10", "pm25")} | {
        "so2": (0, 150, 500, 650, 800), "no2": (0, 100, 200, 700, 1200, 2340, 3090, 3840), "co": (0, 50, 100, 350, 600, 900, 1200, 1500),
        "o3": (0, 160, 200, 300, 400, 800, 1000, 1200),
    }  # fmt: skip

    def ours() -> Any:
        found = index_readings(read_readings(read_sheet(path)), editions, "2012").frame
        write_table(found, out)
        return found["aqi"]

    def theirs() -> Any:
        parts = []
        for name in POLLUTANTS:
            value = (pl.col(name) * (10 if name == "co" else 1)).round(0, mode="half_to_even").cast(pl.Int64)
            points = columns[name]
            found = pl.when(value > points[-1]).then(None if name == "so2" else 500)
            for at in range(1, len(points)):
                low, high, one, other = points[at - 1], points[at], _STEPS[at - 1], _STEPS[at]
                found = found.when(value <= high).then(one - (-(other - one) * (value - low)) // (high - low))
            parts.append(found.alias(f"iaqi_{name}"))
        table = pl.read_csv(path).with_columns(parts)
        table = table.with_columns(pl.max_horizontal("^iaqi_.*$").alias("aqi"))
        table.write_csv(out)
        return table["aqi"]

    seconds: dict[str, list[float]] = {"greenrule": [], "polars，只算 AQI": []}
    answers = {}
    for _ in range(3):
        for (who, taken), ask in zip(seconds.items(), (ours, theirs), strict=True):
            start = time.perf_counter()
            answers[who] = ask()
            taken.append(time.perf_counter() - start)
    question = f"air aqi：{rows:,} 行 CSV 到 CSV"
    for who, taken in seconds.items():
        goal: dict[str, Any] = {"target": 5.0, "bound": "median"} if who == "greenrule" else {}
        section.figures.append(Figure(question, who, sorted(taken)[1], None, 3, **goal))
    one, other = answers.values()
    section.checks.append(
        Check("air aqi 与 polars 的 AQI", rows, int((one.cast(pl.Int64) != other.cast(pl.Int64)).sum()))
    )


def main() -> int:
    """The section on its own, at any size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.air", description="空气评价的基准，规模自定。")
    parser.add_argument("--stations", type=int)
    parser.add_argument("--years", type=int)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        _alone(options.engine, options.file)
        return 0
    from benchmarks.run import show

    section = run(options.quick, options.stations, options.years, options.repeat).to_json()
    print(f"{datetime.now():%Y-%m-%d %H:%M}，负载 {os.getloadavg()[0]:.1f}", file=sys.stderr)
    show({"sections": [section]})
    return 1 if any(check["different"] for check in section["checks"]) else 0


if __name__ == "__main__":
    sys.exit(main())
