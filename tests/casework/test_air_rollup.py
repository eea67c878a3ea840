"""A Parquet file straight to figures: as the slow and careful way reads it, whatever the order and the kind of numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from greenrule.casework.air_lake import import_files
from greenrule.casework.air_rollup import read_grid, roll_up
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.quality.editions import MISSING, POLLUTANTS
from greenrule.quality.rounding import scaled_integers
from greenrule.store.observations_days import days_between
from greenrule.store.workspace import Workspace

EDITIONS = load_editions()


def table(kind: type[pl.DataType], hours: int = 24 * 40, seed: int = 1) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    parts = []
    for station in ("B", "A", "C"):
        columns: dict[str, object] = {
            "station": [station] * hours,
            "time": [datetime(2026, 2, 10, 1) + timedelta(hours=n) for n in range(hours)],
        }
        for name in POLLUTANTS:
            values = chance.integers(0, 4000, hours) / (100 if name == "co" else 20)  # many halves
            columns[name] = np.where(
                chance.random(hours) < 0.03, np.nan, np.where(chance.random(hours) < 0.01, -1, values)
            )
        parts.append(pl.DataFrame(columns))
    frame = pl.concat(parts).with_columns(pl.col(POLLUTANTS).cast(kind).fill_nan(None))
    return frame.sample(fraction=1.0, shuffle=True, seed=seed)


@pytest.mark.parametrize("kind", [pl.Float32, pl.Float64])
def test_the_quick_way_reads_what_the_careful_way_reads(tmp_path: Path, kind: type[pl.DataType]) -> None:
    frame = table(kind)
    path = tmp_path / "t.parquet"
    frame.write_parquet(path, row_group_size=500)
    grid = read_grid(path, EDITIONS)
    assert (grid.stations, grid.first, grid.days) == (["A", "B", "C"], date(2026, 2, 10), 40)
    hour = ((frame["time"] - datetime(2026, 2, 10, 1)).dt.total_hours()).to_numpy()
    row = frame["station"].replace_strict(["A", "B", "C"], [0, 1, 2], return_dtype=pl.Int64).to_numpy()
    for name in POLLUTANTS:
        raw = frame[name].fill_null(float("nan")).to_numpy()
        expected = scaled_integers(raw, 1 if name == "co" else 0)
        expected[~(raw >= 0)] = MISSING
        assert (grid.hours[name][row, hour] == expected).all(), name
    # The same file through a workspace gives the same days.
    workspace = Workspace.create(tmp_path / "ws")
    import_files(workspace, [path], EDITIONS)
    days = days_between(workspace.observations, EDITIONS, grid.first, date(2026, 3, 21))
    rollup = roll_up(path, EDITIONS)
    assert days is not None
    for name in POLLUTANTS:
        assert (days.exact[name] == rollup.days.exact[name]).all()
    assert ("2026-02", "2012") in rollup.figures
    assert rollup.figures["2026-03", "2026"].places.tolist() != [0, 0, 0]


def test_integers_and_numbered_stations(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame(
        {"station": [7, 7, 3], "time": [datetime(2026, 3, 1, hour) for hour in (1, 2, 1)], "pm25": [10, 9999, 30]}
    ).write_parquet(path)
    grid = read_grid(path, EDITIONS)
    assert grid.stations == ["3", "7"]
    assert grid.hours["pm25"][:, :2].tolist() == [[30, MISSING], [10, MISSING]]


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"

    def codes(frame: pl.DataFrame) -> list[str]:
        frame.write_parquet(path)
        with pytest.raises(InputFault) as caught:
            read_grid(path, EDITIONS)
        return [fault.code for fault in caught.value.faults]

    assert codes(pl.DataFrame({"a": [1]})) == ["A064", "A064"]
    assert codes(pl.DataFrame({"station": ["A"], "time": ["2026"], "pm25": ["x"]})) == ["A064", "A064"]
    assert codes(pl.DataFrame({"station": [], "time": []}, schema={"station": pl.String, "time": pl.Datetime})) == [
        "A064"
    ]
    far = pl.DataFrame(
        {"station": ["A", "A"], "time": [datetime(1926, 3, 1), datetime(2026, 3, 1)], "pm25": [1.0, 2.0]}
    )
    assert codes(far) == ["A067"]
    path.write_bytes(b"no")
    with pytest.raises(InputFault, match="A066"):
        read_grid(path, EDITIONS)
    with pytest.raises(InputFault, match="A065"):
        read_grid(tmp_path / "none.parquet", EDITIONS)
