"""A table on one machine and on Spark: rows a second with places and without, what a session and its shipping cost, what the
driver can feed; a lake of hours to days.  The cluster is two executors of one core on this machine, so it can win no more than the second core."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Check, Figure, Section, figures_of, turns
from greenrule.casework.batch import PIECE, screen_table
from greenrule.casework.batch_files import Parts
from greenrule.casework.batch_kernel import Kernel, Terms
from greenrule.casework.batch_tables import open_table
from greenrule.casework.batch_wire import answered_batch, answers_of, sent
from greenrule.casework.screening import Screener

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MASTER = "local-cluster[2,1,1536]"
DAY = date(2026, 11, 21)


def run(screener: Screener, quick: bool) -> Section:
    """Both engines take turns on the same tables; the files that they write are compared byte for byte."""
    from greenrule.cluster.screening import Spark
    from greenrule.cluster.session import spark_session
    from greenrule.cluster.shipping import Bearings, packed

    section = Section(f"一台机器与 Spark（{MASTER}，同一台机器上两个单核执行端）")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        placed = _table(folder / "有地点.csv", 4_000 if quick else 20_000, True)
        plain = _table(folder / "无地点.csv", 65_000 if quick else 500_000, False)
        start = time.perf_counter()
        archive, _ = packed(screener.law, screener.workspace, DAY, Bearings(None, DAY), folder)
        section.figures.append(Figure("规则和图层打成一包", "greenrule", time.perf_counter() - start))
        section.notes.append(f"包 {archive.stat().st_size / 1e6:.0f} MB，每个执行端取一次。")
        start = time.perf_counter()
        with spark_session(MASTER, {"spark.executor.memory": "1g", "spark.driver.memory": "1g"}) as session:
            section.figures.append(Figure("Spark 会话起来", "greenrule", time.perf_counter() - start))
            engine = Spark(session)
            small = _table(folder / "几行.csv", 10, True)
            start = time.perf_counter()
            screen_table(small, folder / "几行-果.csv", screener, on=DAY, engine=engine)
            section.figures.append(
                Figure("第一块：取包、装规则和图层、答 10 行", "greenrule", time.perf_counter() - start)
            )
            for path, rows in ((placed, 4_000 if quick else 20_000), (plain, 65_000 if quick else 500_000)):
                _both(section, path, rows, screener, engine, 1 if quick else 3)
            _roll_up(section, session, folder, 60 if quick else 1_200, 1 if quick else 3)
        _driver(section, plain, screener, folder)
    return section


def _table(path: Path, rows: int, placed: bool) -> Path:
    """Projects of four trades at random points of the province, or nowhere."""
    dice = random.Random(1)
    lines = ["项目名称,行业,建设性质,生产能力（万吨/年）,用煤" + (",经度,纬度,坐标系" if placed else "")]
    for number in range(rows):
        trade = dice.choice(("2521", "0690", "4411", "3110"))
        cells = [
            f"项目{number}",
            trade,
            dice.choice(("新建", "扩建")),
            str(dice.randrange(1, 5000) / 10),
            dice.choice(("是", "否", "")),
        ]
        if placed:
            cells += [f"{dice.uniform(111.5, 113.4):.5f}", f"{dice.uniform(35.6, 39.2):.5f}", "cgcs2000"]
        lines.append(",".join(cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _both(section: Section, path: Path, rows: int, screener: Screener, engine: object, loops: int) -> None:
    """One table by both engines, in turn."""
    outs = {"一台机器": path.with_name("单机.csv"), "Spark": path.with_name("集群.csv")}
    asks: dict[str, Callable[[Path], object]] = {
        "greenrule，一台机器": lambda table: screen_table(table, outs["一台机器"], screener, on=DAY),
        "greenrule，Spark": lambda table: screen_table(table, outs["Spark"], screener, on=DAY, engine=engine),
    }
    question = f"{rows:,} 行{path.stem}"
    taken = turns(asks, [path] * (loops + 1))
    taken = {who: seconds[1:] or seconds for who, seconds in taken.items()}  # the first one warms both
    section.figures += figures_of(question, taken)
    one, other = (sorted(seconds)[len(seconds) // 2] for seconds in taken.values())
    section.notes.append(f"{question}：一台机器每秒 {rows / one:,.0f} 行，Spark 每秒 {rows / other:,.0f} 行。")
    here, there = (out.read_bytes().splitlines() for out in outs.values())
    different = sum(a != b for a, b in zip(here, there, strict=False)) + abs(len(here) - len(there))
    section.checks.append(Check(f"{question}，两种引擎逐行相同", len(here), different))


def _roll_up(section: Section, session: SparkSession, folder: Path, stations: int, loops: int) -> None:
    """A year of hours in a lake to its days and all that follows, from the rows of the lake, by both; no days are kept."""
    from benchmarks import air
    from greenrule.casework.air_rollup import read_grid
    from greenrule.cluster.rollup import SparkDays
    from greenrule.packs.air import load_editions
    from greenrule.quality.composite import composite
    from greenrule.quality.periods import months_of, statistics, years_of
    from greenrule.store.observations_days import days_between, packed

    editions, first, last = load_editions(), date(2022, 1, 1), date(2022, 12, 31)
    air.make(folder / "hours.parquet", stations, 365 * 24)
    lake = air.fill(folder / "air", read_grid(folder / "hours.parquet", editions))
    largest = max(sum(map(len, lake.month_files(month))) for month in lake.months())
    found: dict[str, list[bytes]] = {}
    taken: dict[str, list[float]] = {"greenrule，一台机器": [], "greenrule，Spark": []}
    follows = []
    for _ in range(loops + 1):
        for who, seconds in taken.items():
            start = time.perf_counter()
            if who.endswith("Spark"):
                days = days_between(lake, editions, first, last, elsewhere=SparkDays(session))
            else:
                days = days_between(lake, editions, first, last, kept="none")
            assert days is not None
            middle = time.perf_counter()
            edition = editions.governing(first, last)[0]
            table = statistics(days, [*months_of(first, last), *years_of(first, last)], edition)
            index = composite(table)
            seconds.append(time.perf_counter() - start)
            follows.append(time.perf_counter() - middle)
            arrays = [*table.values.values(), *table.days.values(), index.value]
            found[who] = [packed(days), *(array.tobytes() for array in arrays)]
    taken = {who: seconds[1:] for who, seconds in taken.items()}  # the first one warms both
    question = f"{stations:,} 站一年的湖，从小时值到日、月、年、指数"
    section.figures += figures_of(question, taken)
    here, there = found.values()
    different = sum(a != b for a, b in zip(here, there, strict=True))
    section.checks.append(Check(f"{question}，两种引擎逐位相同", len(here), different))
    section.notes.append(
        f"{question}：日值以后的部分 {sorted(follows)[len(follows) // 2]:.2f} s，留在驱动端；最大的一个月 {largest / 1e6:.1f} MB。"
    )


def _driver(section: Section, path: Path, screener: Screener, folder: Path) -> None:
    """What the driver does for a piece: put it together, hand it out, take the answers and keep them."""
    import pyarrow as pa

    table = open_table(path)
    kernel = Kernel(screener, Terms(table.head, DAY, DAY))
    load = next(iter(table.pieces(PIECE)))
    answers = pa.Table.from_batches([answered_batch(kernel, sent(load()))])
    parts = Parts.open(folder / "驱动.csv", {})
    rows, seconds = answers.num_rows, []
    for number in range(5):
        start = time.perf_counter()
        sent(load())
        answered = answers_of(answers)
        parts.add(number, answered.rows, {"rows": rows})
        seconds.append(time.perf_counter() - start)
    section.figures += figures_of(f"驱动端经手 {rows:,} 行（拆、装、落盘，不含网络）", {"greenrule": seconds})
    section.notes.append(
        f"驱动端一个线程每秒经手约 {rows / sorted(seconds)[2]:,.0f} 行，这是集群再大也过不去的上限；四个任务同时在途，网络另算。"
    )
