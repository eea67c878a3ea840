"""The lake of observations: idempotent, corrected with a record, all or nothing, and what is derived from it the same either way."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.core.errors import EnvironmentFault
from greenrule.packs.air import load_editions
from greenrule.quality.editions import MISSING, POLLUTANTS
from greenrule.store.observations import Imported, ObservationLake
from greenrule.store.observations_days import days_between, hour_grid, refresh
from greenrule.store.observations_merging import ABSENT, HourBatch

EDITIONS = load_editions()
START = np.datetime64("2026-02-27T01", "h")


def batch(rows: list[tuple[str, int, int | None]], pollutant: str = "pm25", mark: int = ABSENT) -> HourBatch:
    """Rows of (station, hours after START, value or None)."""
    stations = sorted({station for station, _, _ in rows})
    values = np.array([MISSING if value is None else value for _, _, value in rows], np.int16)
    return HourBatch(
        stations, np.array([stations.index(station) for station, _, _ in rows], np.int32),
        START + np.array([hour for _, hour, _ in rows], np.int64).astype("timedelta64[h]"), {pollutant: values},
        {pollutant: np.where(values == MISSING, mark, 0).astype(np.uint8)},
    )  # fmt: skip


def value(lake: ObservationLake, station: str, hour: int, pollutant: str = "pm25") -> int:
    moment = START + np.timedelta64(hour, "h")
    found = lake.read_month(str((moment - np.timedelta64(1, "h")).astype("datetime64[M]")))
    assert found is not None
    first = np.datetime64(found.id, "M").astype("datetime64[h]") + np.timedelta64(1, "h")
    return int(
        found.values[POLLUTANTS.index(pollutant), found.stations.index(station), int((moment - first).astype(int))]
    )


def test_the_same_hours_twice_change_nothing(tmp_path: Path) -> None:
    lake = ObservationLake(tmp_path / "air")
    hours = batch([("A", hour, 10 + hour) for hour in range(50)])
    first = lake.import_hours(hours)
    assert (first.id, first.rows, first.new, first.revised, first.months) == (1, 50, 50, 0, ["2026-02", "2026-03"])
    tags = lake.tags()
    again = lake.import_hours(hours)
    assert (again.id, again.new, again.same, again.months, lake.tags()) == (None, 0, 50, [], tags)
    assert lake.revisions() is None
    # The hour that ends at midnight of the first of March lies in February.
    found = lake.read_month("2026-02")
    assert found is not None
    assert found.values[POLLUTANTS.index("pm25"), 0, -1] == 10 + 47


def test_a_correction_replaces_and_is_recorded(tmp_path: Path) -> None:
    lake = ObservationLake(tmp_path / "air")
    lake.import_hours(batch([("A", hour, 10) for hour in range(5)]))
    # What was not there is filled in: no revision. What was there is replaced: a revision each.
    lake.import_hours(batch([("A", 2, 99), ("A", 3, None), ("A", 7, 50)]))
    lake.import_hours(batch([("A", 1, None)], mark=2))
    lake.import_hours(batch([("A", 0, 7)], "so2"))
    assert [value(lake, "A", hour) for hour in (0, 1, 2, 3, 7)] == [10, MISSING, 99, 10, 50]
    assert value(lake, "A", 0, "so2") == 7
    told = lake.revisions().select(["import_id", "station", "pollutant", "old", "new", "new_mark"]).to_pylist()
    assert told == [
        {"import_id": 2, "station": "A", "pollutant": "pm25", "old": 10, "new": 99, "new_mark": 0},
        {"import_id": 3, "station": "A", "pollutant": "pm25", "old": 10, "new": MISSING, "new_mark": 2},
    ]
    lake.import_hours(batch([("A", 3, None)]), withdraw_blanks=True)
    assert value(lake, "A", 3) == MISSING


def test_late_rows_and_new_stations_join_a_month(tmp_path: Path) -> None:
    lake = ObservationLake(tmp_path / "air")
    lake.import_hours(batch([("B", 5, 1), ("D", 5, 2)]))
    lake.import_hours(batch([("A", 5, 3), ("C", 1, 4)]))
    lake.import_hours(batch([("B", 5, 9)]))
    assert [value(lake, name, 5) for name in "ABD"] == [3, 9, 2]
    assert value(lake, "C", 1) == 4
    assert len(lake._files()["2026-02"]) == 1  # a correction writes the month as one file


def test_many_appends_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenrule.store.observations._MOST_FILES", 3)
    monkeypatch.setattr("greenrule.store.observations._TIDY_EVERY", 2)
    lake = ObservationLake(tmp_path / "air")
    counts = []
    for hour in range(6):
        lake.import_hours(batch([("A", hour, hour)]))
        counts.append(len(lake._files()["2026-02"]))
    assert counts == [1, 2, 3, 1, 2, 3]
    assert [value(lake, "A", hour) for hour in range(6)] == list(range(6))


def test_days_are_made_again_only_where_the_month_changed(tmp_path: Path) -> None:
    lake = ObservationLake(tmp_path / "air")
    refresh(lake, EDITIONS, lake.import_hours(batch([("A", hour, 30) for hour in range(24 * 4)])).months)
    kept = {path.name for path in (lake.folder / "days").iterdir()}
    assert len(kept) == 2
    first, last = date(2026, 2, 27), date(2026, 3, 3)
    before = days_between(lake, EDITIONS, first, last)
    assert before is not None
    assert before.rounded["pm25"].tolist() == [[30, 30, 30, 30, -1]]
    refresh(lake, EDITIONS, lake.import_hours(batch([("A", 24 * 2, 54)])).months)  # the first hour of March
    now = {path.name for path in (lake.folder / "days").iterdir()}
    assert {name for name in now if name.startswith("2026-02")} == {name for name in kept if name.startswith("2026-02")}
    assert {name for name in now if name.startswith("2026-03")}.isdisjoint(kept)
    assert len(now) == len(list((lake.folder / "dense").glob("*.npy"))) == 2
    after = days_between(lake, EDITIONS, first, last)
    assert after is not None
    assert after.rounded["pm25"].tolist() == [[30, 30, 31, 30, -1]]


VALUE = st.one_of(st.none(), st.integers(0, 400))
ROWS = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 24 * 5), VALUE), min_size=1, max_size=120)


@settings(max_examples=12)
@given(st.lists(ROWS, min_size=1, max_size=5))
def test_piece_by_piece_is_the_whole_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[str, int, int | None]]]
) -> None:
    """Any imports in any order with refreshing between: the figures equal those made anew, and those of the last values alone."""
    folder = tmp_path_factory.mktemp("lake")
    lake = ObservationLake(folder / "a")
    last: dict[tuple[str, int], int] = {}
    for part in parts:
        refresh(lake, EDITIONS, lake.import_hours(batch(part)).months)
        once = {(station, hour): found for station, hour, found in part}
        last.update({key: found for key, found in once.items() if found is not None})
        for key in once:
            last.setdefault(key, MISSING)
    whole = ObservationLake(folder / "b")
    whole.import_hours(
        batch([(station, hour, None if found == MISSING else found) for (station, hour), found in last.items()])
    )
    span = (date(2026, 2, 27), date(2026, 3, 4))
    tables = [
        days_between(lake, EDITIONS, *span),
        days_between(lake, EDITIONS, *span, kept="hours"),
        days_between(lake, EDITIONS, *span, kept="none"),
        days_between(whole, EDITIONS, *span, kept="none"),
    ]
    for table in tables[1:]:
        assert table is not None
        assert tables[0] is not None
        assert list(table.series) == list(tables[0].series)
        for name in POLLUTANTS:
            assert (table.exact[name] == tables[0].exact[name]).all()
            assert (table.rounded[name] == tables[0].rounded[name]).all()
            assert (table.counts[name] == tables[0].counts[name]).all()


def test_the_dense_file_is_the_month(tmp_path: Path) -> None:
    lake = ObservationLake(tmp_path / "air")
    lake.import_hours(batch([("B", hour, hour) for hour in range(30)] + [("A", 3, 8)]))
    fresh, mapped = hour_grid(lake, "2026-02"), hour_grid(lake, "2026-02")
    assert fresh is not None
    assert mapped is not None
    assert (list(mapped.stations), mapped.days) == (["A", "B"], 28)
    assert all((fresh.hours[name] == mapped.hours[name]).all() for name in POLLUTANTS)
    assert hour_grid(lake, "2025-01") is None


def test_two_importers_do_not_mix(tmp_path: Path) -> None:
    lake = ObservationLake(tmp_path / "air")
    with lake._locked(), pytest.raises(EnvironmentFault, match="A050"):
        lake.import_hours(batch([("A", 1, 1)]))
    assert lake.months() == []


IMPORTER = """
import sys
import numpy as np
from pathlib import Path
from greenrule.store.observations import ObservationLake
from greenrule.store.observations_merging import HourBatch
stations = [f"S{n:03}" for n in range(150)]
hours = np.arange(24 * 120)
station = np.repeat(np.arange(150, dtype=np.int32), len(hours))
time = np.datetime64("2025-01-01T01", "h") + np.tile(hours, 150).astype("timedelta64[h]")
value = ((station * 7 + np.tile(hours, 150)) % 200 + int(sys.argv[2])).astype(np.int16)
print("ready", flush=True)
lake = ObservationLake(Path(sys.argv[1]))
lake.import_hours(HourBatch(stations, station, time, {"pm25": value}, {"pm25": np.zeros(len(value), np.uint8)}))
"""


def state(lake: ObservationLake) -> str:
    """`none`, `old` or `new`; anything between is a failure."""
    kinds = set()
    for month in ("2025-01", "2025-02", "2025-03", "2025-04"):
        found = lake.read_month(month)
        if found is None:
            kinds.add("none")
            continue
        values = found.values[POLLUTANTS.index("pm25")]
        assert (values != MISSING).sum() == (found.ids > 0).sum() == values.size
        kinds.add({(0, 199): "old", (1, 200): "new"}[int(values.min()), int(values.max())])
    assert len(kinds) == 1, kinds
    return kinds.pop()


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(0.0, marks=pytest.mark.long),
        pytest.param(0.25, marks=pytest.mark.long),
        "pending",
        pytest.param("log", marks=pytest.mark.long),
    ],
)
def test_kill_9_leaves_the_old_state_or_the_new(tmp_path: Path, wait: float | str) -> None:
    folder = tmp_path / "air"
    script = tmp_path / "importer.py"
    script.write_text(textwrap.dedent(IMPORTER), encoding="utf-8")
    subprocess.run([sys.executable, script, folder, "0"], check=True, capture_output=True)
    lake = ObservationLake(folder)
    assert state(lake) == "old"
    with subprocess.Popen([sys.executable, str(script), str(folder), "1"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        give_up = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < give_up:
            if isinstance(wait, float):
                time.sleep(wait)
                break
            if wait == "pending" and any((folder / "pending").glob("*")):
                break
            if wait == "log" and (folder / "hours" / "_delta_log" / f"{1:020}.json").exists():
                break
        process.send_signal(signal.SIGKILL)
    found = state(lake)
    assert found in ("old", "new")
    revisions = lake.revisions()
    # Whoever imports next finishes what was left: the record says exactly what the values say.
    subprocess.run([sys.executable, script, folder, "1"], check=True, capture_output=True)
    assert state(lake) == "new"
    revisions = lake.revisions()
    assert revisions.num_rows == 150 * 24 * 120
    assert set(revisions["import_id"].to_pylist()) == {2}
    assert not any((folder / "pending").glob("*"))


def test_the_report_is_plain_data() -> None:
    assert Imported(1, 2, 1, 1, 0, ["2026-01"]).to_json() == {
        "import": 1, "rows": 2, "new": 1, "revised": 1, "same": 0, "months": ["2026-01"],
    }  # fmt: skip
