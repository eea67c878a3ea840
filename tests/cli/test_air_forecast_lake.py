"""`air forecast -w`: the days of a workspace are those of the file it was filled from, and of the evaluation."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from greenrule.casework.air_evaluate import grouped
from greenrule.casework.air_lake import import_files
from greenrule.casework.outlook_lake import lake_observations
from greenrule.casework.outlook_tables import read_observations
from greenrule.cli.main import main
from greenrule.packs.air import load_editions
from greenrule.store.observations_days import days_between
from greenrule.store.workspace import Workspace

NEED = load_editions()
FIRST, DAYS = date(2025, 7, 20), 170


def table(path: Path, ends: bool) -> Path:
    """Hours of two stations whose levels fade from day to day, with gaps; times name the end of the hour, or its start."""
    rng = np.random.default_rng(8)
    lines = ["station,time,城市,pm25,pm10,so2,no2,co,o3"]
    for station in ("A1", "A2"):
        level = 0.0
        for at in range(DAYS):
            level = 0.6 * level + rng.normal() * 0.4
            for hour in range(24 if at < DAYS - 1 else 20):
                if rng.random() < 0.06:
                    continue
                value = int(30 * np.exp(level) + rng.integers(0, 12))
                time = datetime.combine(FIRST + timedelta(days=at), datetime.min.time()) + timedelta(hours=hour + ends)
                lines.append(
                    f"{station},{time},太原市,{value},{value + 25},12,{31 + hour},0.{1 + hour % 8},{40 + 2 * hour}"
                )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Path]:
    folder = tmp_path_factory.mktemp("lake")
    made = Workspace.create(folder / "ws")
    import_files(made, [table(folder / "ends.csv", True)], NEED)
    return made, table(folder / "starts.csv", False)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["air", "forecast", *map(str, words)])


def test_stations_are_those_of_the_file_bit_for_bit(filled: tuple[Workspace, Path]) -> None:
    workspace, path = filled
    lake, file = lake_observations(workspace, NEED, "station"), read_observations([path], NEED)
    assert set(lake.stations) == set(file.stations) == {"A1", "A2"}
    for name, series in file.stations.items():
        mine = lake.stations[name]
        assert (mine.first, mine.last) == (series.first, series.last) == (FIRST, FIRST + timedelta(days=DAYS - 2))
        np.testing.assert_array_equal(mine.values, series.values)
        np.testing.assert_allclose(mine.late, series.late, atol=1e-3)
        assert not np.isnan(mine.late).all(axis=0).any()


def test_cities_are_those_of_the_evaluation(filled: tuple[Workspace, Path]) -> None:
    workspace, _ = filled
    (city,) = lake_observations(workspace, NEED, "city").stations.values()
    days = days_between(workspace.observations, NEED, FIRST, city.last)
    assert days is not None
    wanted = grouped(days, workspace.stations.read(), "city", (), None, NEED, [])
    exact = wanted.exact["pm25"][0]
    assert city.place == "太原市"
    np.testing.assert_array_equal(city.values[:, 0], np.where(exact < 0, np.nan, exact / float(wanted.denominator)))
    co = wanted.exact["co"][0]
    np.testing.assert_array_equal(city.values[:, 4], np.where(co < 0, np.nan, co / float(10 * wanted.denominator)))


def test_the_command_reads_the_workspace(filled: tuple[Workspace, Path]) -> None:
    workspace, path = filled
    lake = run("-w", workspace.path, "--by", "station", "--station", "A1", "--days", 1, "--format", "json")
    file = run(path, "--station", "A1", "--days", 1, "--format", "json")
    assert lake.exit_code == file.exit_code == 0, lake.output + file.output
    (mine,), (theirs,) = (json.loads(item.stdout)["places"] for item in (lake, file))
    assert mine["place"] == "A1"
    assert mine["observed_to"] == theirs["observed_to"] == "2026-01-04"
    assert mine["days"][0]["date"] == "2026-01-05"
    assert mine["skill"].keys() == theirs["skill"].keys()


def test_what_does_not_go_together_and_what_is_not_there_is_told(
    filled: tuple[Workspace, Path], tmp_path: Path
) -> None:
    workspace, path = filled
    empty = Workspace.create(tmp_path / "empty").path
    for code, words in (
        ("F044", ()),
        ("F045", (path, "-w", workspace.path)),
        ("F045", ("-w", workspace.path, "--hour-ends")),
        ("F017", ("-w", empty)),
        ("A056", ("-w", workspace.path, "--station", "大同市")),
    ):
        found = run(*words)
        assert (found.exit_code, found.stderr.split()[0]) == (2, code), found.stderr
