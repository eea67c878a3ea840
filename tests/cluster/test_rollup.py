"""Days that a cluster made of the lake's hours, and all that follows from them, are those of one machine, bit for bit."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from greenrule.casework.air_evaluate import evaluate_workspace
from greenrule.casework.air_rank import rank_places
from greenrule.cluster import rollup
from greenrule.cluster.rollup import SparkDays
from greenrule.core.errors import EnvironmentFault
from greenrule.packs.air import load_editions
from greenrule.quality.days import DayTable
from greenrule.quality.dust import DustProcess
from greenrule.quality.editions import MISSING, POLLUTANTS
from greenrule.quality.periods import Period, months_of, years_of
from greenrule.store.observations_days import days_between
from greenrule.store.observations_merging import HourBatch
from greenrule.store.stations import Station
from greenrule.store.workspace import Workspace
from tests.cli.workspace import run

EDITIONS = load_editions()
#: Months under both editions; the year of 2026 is governed by two.
FIRST, LAST = date(2025, 12, 1), date(2026, 4, 30)
PERIODS = [*months_of(FIRST, LAST), *years_of(FIRST, LAST), Period.span(date(2025, 12, 20), date(2026, 3, 9))]
DUST = (
    DustProcess(np.datetime64("2026-03-05T08", "h"), np.datetime64("2026-03-06T20", "h"), frozenset({"S1", "S2"})),
    DustProcess(np.datetime64("2026-01-31T20", "h"), np.datetime64("2026-02-01T02", "h")),
)


def hours(seed: int, share: float) -> HourBatch:
    """Hours of five stations: gaps, days short of hours, values that were withdrawn, ties at the half."""
    chance = np.random.default_rng(seed)
    count = ((LAST - FIRST).days + 1) * 24
    names = [f"S{n}" for n in range(5)]
    keep = chance.random(5 * count) < share
    station = np.repeat(np.arange(5, dtype=np.int32), count)[keep]
    time = (np.datetime64(FIRST, "h") + np.arange(1, count + 1).astype("timedelta64[h]"))[
        np.tile(np.arange(count), 5)[keep]
    ]
    values, marks = {}, {}
    for name in POLLUTANTS:
        column = chance.integers(1, 250, len(time)).astype(np.int16)
        gone = chance.random(len(time)) < 0.06
        values[name] = np.where(gone, MISSING, column).astype(np.int16)
        marks[name] = np.where(gone, 2, 0).astype(np.uint8)
    return HourBatch(names, station, time, values, marks)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two imports (the second corrects some of the first) and nothing derived from them."""
    made = Workspace.create(tmp_path_factory.mktemp("lake") / "ws")
    made.observations.import_hours(hours(1, 0.93))
    made.observations.import_hours(hours(2, 0.05))
    made.stations.write(
        [Station(f"S{n}", f"站{n}", city="甲市" if n < 3 else "乙市", county=f"县{n // 2}") for n in range(5)]
    )
    return made.path


@pytest.fixture
def two(filled: Path, tmp_path: Path) -> tuple[Workspace, Workspace]:
    """The same workspace twice: for one machine, for the cluster."""
    for name in ("here", "there"):
        shutil.copytree(filled, tmp_path / name)
    return Workspace.open(tmp_path / "here"), Workspace.open(tmp_path / "there")


def kept(workspace: Workspace) -> dict[str, bytes]:
    """The files of days that were kept."""
    return {path.name: path.read_bytes() for path in (workspace.observations.folder / "days").glob("*.npz")}


def arrays(table: DayTable | None) -> dict[str, np.ndarray]:
    assert table is not None
    return {
        f"{kind} {name}": array
        for kind, group in (("exact", table.exact), ("rounded", table.rounded), ("counts", table.counts))
        for name, array in group.items()
    }


def test_days_are_the_same_bit_for_bit(two, session):
    """Exact numerators, rounded values, counts; the files that are kept; nothing else is left in the lake."""
    here, there = two
    shares: list[tuple[int, int]] = []
    engine = SparkDays(session, lambda what, done, whole: shares.append((done, whole)))
    mine = days_between(here.observations, EDITIONS, FIRST, LAST)
    its = days_between(there.observations, EDITIONS, FIRST, LAST, elsewhere=engine)
    assert mine is not None
    assert (list(mine.series), mine.first, mine.denominator) == (list(its.series), its.first, its.denominator)
    wanted, found = arrays(mine), arrays(its)
    assert [name for name in wanted if not np.array_equal(wanted[name], found[name])] == []
    assert 0.3 < (mine.exact["pm25"] >= 0).mean() < 1  # days short of hours are among them
    assert kept(there) == kept(here)
    assert len(kept(there)) == 5
    assert shares[-1] == (5, 5)
    assert len(shares) > 1


@pytest.mark.parametrize("by", ["station", "city", "county"])
def test_every_figure_and_place_is_the_same(two, session, by):
    """Months, years under two editions, a span; composite index, attainment, rates; sand-dust deducted; ranks from what is kept."""
    here, there = two
    mine = evaluate_workspace(here, EDITIONS, PERIODS, by, dust=DUST)
    its = evaluate_workspace(there, EDITIONS, PERIODS, by, dust=DUST, elsewhere=SparkDays(session))
    assert its.rows == mine.rows
    assert its.notes == mine.notes
    assert {row.edition for row in mine.rows} >= {"2012", "2026"}
    raw = [row.values for row in mine.rows if row.kind == "raw"]
    assert raw != [row.values for row in mine.rows if row.kind == "deducted"]
    april = Period.month(2026, 4)
    assert [item.to_json() for item in rank_places(there, EDITIONS, april, by)] == [
        item.to_json() for item in rank_places(here, EDITIONS, april, by)
    ]


def test_what_was_kept_is_not_believed_but_made_anew(two, session):
    """A file of days that is wrong is what one machine would read; the cluster folds the hours and mends it."""
    here, there = two
    days_between(here.observations, EDITIONS, FIRST, LAST)
    days_between(there.observations, EDITIONS, FIRST, LAST)
    april, march = (
        next(path for path in (there.observations.folder / "days").glob(f"2026-{month}-*")) for month in ("04", "03")
    )
    april.write_bytes(march.read_bytes())
    assert kept(there) != kept(here)
    its = days_between(there.observations, EDITIONS, FIRST, LAST, elsewhere=SparkDays(session))
    wanted = arrays(days_between(here.observations, EDITIONS, FIRST, LAST))
    assert all(np.array_equal(wanted[name], array) for name, array in arrays(its).items())
    assert kept(there) == kept(here)


def test_an_executor_that_is_killed_changes_nothing(two, session):
    here, there = two
    application = session.sparkContext.applicationId.encode()
    killed = []

    def kill(what: str, done: int, whole: int) -> None:
        if killed:
            return
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if any(b"CoarseGrainedExecutorBackend" in word for word in words) and application in words:
                    os.kill(int(folder.name), signal.SIGKILL)
                    killed.append((int(folder.name), done, whole))
                    return

    its = days_between(there.observations, EDITIONS, FIRST, LAST, elsewhere=SparkDays(session, kill))
    wanted = arrays(days_between(here.observations, EDITIONS, FIRST, LAST))
    assert all(np.array_equal(wanted[name], array) for name, array in arrays(its).items())
    assert killed
    assert killed[0][1] < killed[0][2]


def test_faults_of_executors_are_told_and_nothing_is_kept(two, session, monkeypatch):
    """Other code there (K005); a file of the lake that cannot be read (K007, as it would fail here)."""
    _, there = two
    lake, april = there.observations, date(2026, 4, 1)
    with monkeypatch.context() as patch:
        patch.setattr(rollup, "code_digest", lambda: "0" * 64)
        with pytest.raises(EnvironmentFault) as error:
            days_between(lake, EDITIONS, april, LAST, elsewhere=SparkDays(session))
    assert [fault.code for fault in error.value.faults] == ["K005"]
    for file in (lake.folder / "hours").glob("month=2026-04/*.parquet"):
        file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(EnvironmentFault) as error:
        days_between(lake, EDITIONS, april, LAST, elsewhere=SparkDays(session))
    assert [fault.code for fault in error.value.faults] == ["K007"]
    assert kept(there) == {}


def test_the_command_gives_the_same_on_both_engines(two, session, tmp_path):
    words = ("--by", "city", "--month", "2026-03", "--year", "2026", "--format", "json")
    here, there = two
    mine = run("air", "evaluate", "-w", here.path, *words)
    its = run("air", "evaluate", "-w", there.path, *words, "--engine", "spark")
    assert (mine.exit_code, its.exit_code) == (0, 0)
    assert its.stdout == mine.stdout
    assert '"甲市"' in mine.stdout
    assert kept(there).items() >= kept(here).items()
    assert len(kept(there)) == 4


@pytest.mark.parametrize(
    "words", [("--master", "local[2]"), ("--conf", "spark.a=1"), ("--engine", "spark", "--conf", "a=1")]
)
def test_options_that_do_not_go_together(filled, words):
    result = run("air", "evaluate", "-w", filled, "--month", "2026-03", *words)
    assert result.exit_code == 2
    assert "D011" in result.stderr
