"""What monitoring data do to a workspace when they are bad: every case of the list, from the file into the figures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from greenrule.casework.air_bulletin import bulletin
from greenrule.casework.air_evaluate import day_rows, evaluate_workspace
from greenrule.casework.air_lake import ImportReport, import_files, revision_rows
from greenrule.casework.paper import Table, Text
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.quality.periods import Period
from greenrule.store.observations_days import hour_grid
from greenrule.store.workspace import Workspace

EDITIONS = load_editions()
HEAD = "station,time,城市,pm25,pm10,so2,no2,co,o3\n"
MARCH = datetime(2026, 3, 1)


def table(days: int = 2, station: str = "A1", first: datetime = MARCH, **columns: Callable[[int], object]) -> str:
    """Hours of a station; a column is a function of the hour's number."""
    plain: dict[str, Callable[[int], object]] = {
        "pm25": lambda n: 30 + n % 5, "pm10": lambda n: 60 + n % 7, "so2": lambda n: 10 + n % 3, "no2": lambda n: 30 + n % 4,
        "co": lambda n: f"{0.8 + n % 3 / 10:.1f}", "o3": lambda n: 60 + (40 if 11 <= n % 24 <= 17 else n % 6),
    }  # fmt: skip
    plain.update(columns)
    return "".join(
        f"{station},{first + timedelta(hours=n + 1)},甲市,{','.join(str(column(n)) for column in plain.values())}\n"
        for n in range(24 * days)
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


def put(workspace: Workspace, text: str, **options: object) -> ImportReport:
    path = workspace.path.parent / "t.csv"
    path.write_text(HEAD + text, encoding="utf-8")
    return import_files(workspace, [path], EDITIONS, **options)  # type: ignore[arg-type]


def day(workspace: Workspace, number: int = 0, by: str = "station") -> dict[str, object]:
    """A day of March as `air evaluate` has it."""
    found = evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)], by)
    assert found.days is not None
    at = (MARCH + timedelta(days=number)).date()
    (row,) = day_rows(found.days, EDITIONS, at, at)
    return row


@pytest.mark.parametrize("bad", ["-5", "9999", "-999", "99999"])
def test_negative_values_and_codes_are_none_and_withdraw_what_was_there(workspace: Workspace, bad: str) -> None:
    report = put(workspace, table(pm25=lambda n: bad if n < 4 else 40))
    assert any("负值" in note or "9999" in note for note in report.notes)
    assert day(workspace)["pm25"] == 40  # twenty hours, and not one of the four
    report = put(workspace, table(pm25=lambda n: bad if n < 5 else 40))
    assert report.imported.revised == 1
    assert day(workspace)["pm25"] is None  # nineteen hours
    assert [(row["old"], row["new"]) for row in revision_rows(workspace)] == [(40, None)]


def test_a_stuck_sensor_is_told_and_kept(workspace: Workspace) -> None:
    report = put(workspace, table(so2=lambda n: 17))
    assert any("SO2" in note and "不变" in note for note in report.notes)
    assert day(workspace)["so2"] == 17


def test_a_clock_eight_hours_off_is_told_and_put_right(workspace: Workspace) -> None:
    def sun(n: int) -> int:
        return round(80 + 60 * np.sin(((n + 1) % 24 - 1) / 24 * 2 * np.pi))  # highest at seven: 15 o'clock in UTC

    report = put(workspace, table(days=10, o3=sun))
    assert any("--shift-hours 8" in note for note in report.notes)
    fresh = Workspace.create(workspace.path.parent / "ws2")
    report = put(fresh, table(days=10, o3=sun), shift_hours=8)
    assert not any("--shift-hours 8" in note for note in report.notes)
    grid = hour_grid(fresh.observations, "2026-03")
    assert grid is not None
    assert int(np.argmax(grid.hours["o3"][0, 24:48])) in (13, 14, 15)


def test_hours_told_twice_count_once_and_contradictions_are_refused(workspace: Workspace) -> None:
    once = table()
    report = put(workspace, once + once.splitlines(keepends=True)[3])
    assert any("重复" in note for note in report.notes)
    assert (report.imported.new, report.imported.revised) == (48, 0)
    with pytest.raises(InputFault) as error:
        put(workspace, once + once.splitlines(keepends=True)[3].replace(",33,", ",90,"))
    (fault,) = error.value.faults
    assert (fault.code, fault.place and fault.place.line) == ("A051", 50)
    assert "第 5 行" in fault.message


def test_an_hour_that_a_clock_leaps_over_is_missing_and_one_that_it_repeats_is_asked_for(workspace: Workspace) -> None:
    lines = table().splitlines(keepends=True)
    spring = "".join(line for number, line in enumerate(lines) if number != 1)  # from one straight to three
    put(workspace, spring)
    grid = hour_grid(workspace.observations, "2026-03")
    assert grid is not None
    assert np.flatnonzero(grid.hours["pm25"][0, :24] < 0).tolist() == [1]
    assert day(workspace)["pm25"] == 32  # of twenty-three hours
    autumn = table(first=MARCH + timedelta(days=2)).splitlines(keepends=True)
    again = autumn[1].replace(",31,", ",55,")
    with pytest.raises(InputFault, match="A051"):
        put(workspace, "".join([*autumn[:2], again, *autumn[2:]]))
    assert day(workspace, 2)["pm25"] is None


def test_swapped_pollutants_are_told(workspace: Workspace) -> None:
    report = put(workspace, table(pm25=lambda n: 90 + n % 5, pm10=lambda n: 50 + n % 7))
    assert any("PM2.5 大多高于 PM10" in note for note in report.notes)


def test_one_station_with_swapped_particles_among_many_is_named(workspace: Workspace) -> None:
    sound = "".join(table(station=name) for name in ("B1", "B2", "B3"))
    report = put(workspace, table(pm25=lambda n: 90 + n % 5, pm10=lambda n: 50 + n % 7) + sound)
    assert "1 站（A1）PM2.5 大多高于 PM10：两列可能对调了，请核对" in "\n".join(report.notes)
    assert not any("大多高于 PM10" in note for note in put(workspace, sound).notes)


@pytest.mark.parametrize(("off", "shift"), [(-8, "8"), (8, "-8")])
def test_one_station_whose_clock_is_off_among_many_is_named(workspace: Workspace, off: int, shift: str) -> None:
    def sun(n: int) -> int:
        return round(80 + 60 * np.sin(((n + 1) % 24 - 9) / 24 * 2 * np.pi))  # highest at 15

    sound = "".join(table(days=14, station=name, o3=sun) for name in ("B1", "B2", "B3"))
    wrong = table(days=14, o3=sun, first=MARCH + timedelta(hours=off))
    notes = [note for note in put(workspace, wrong + sound).notes if "--shift-hours" in note]
    assert len(notes) == 1
    assert "1 站（A1）" in notes[0]
    assert notes[0].endswith(f"`--shift-hours {shift}` 更正")
    assert not any("--shift-hours" in note for note in put(workspace, sound).notes)


@pytest.mark.parametrize("changed", [0, 1, 3, 5, 6])
def test_carbon_monoxide_whose_unit_changes_midway_is_put_right_day_by_day(workspace: Workspace, changed: int) -> None:
    report = put(workspace, table(days=6, co=lambda n: 0.9 if n < 24 * changed else 900))
    said = [note for note in report.notes if "换了单位" in note]
    assert bool(said) == (0 < changed < 6)
    assert [day(workspace, number)["co"] for number in range(6)] == [0.9] * 6


def test_a_single_value_that_nobody_could_breathe_is_told_and_kept(workspace: Workspace) -> None:
    report = put(workspace, table(co=lambda n: 800 if n == 7 else 0.9))
    assert any("CO：1 个值高于 50 mg/m³" in note for note in report.notes)


def test_times_that_have_not_come_and_times_between_hours_are_told(workspace: Workspace) -> None:
    report = put(workspace, "A1,2026-03-01 01:30,甲市,5,9,1,1,0.5,1\nA1,2199-01-01 02:00,甲市,5,9,1,1,0.5,1\n")
    assert any("1 行的时间不是整点" in note for note in report.notes)
    assert any("最晚 2199-01-01 02 时" in note for note in report.notes)


def test_carbon_monoxide_in_micrograms_is_put_right_station_by_station(workspace: Workspace) -> None:
    report = put(workspace, table(co=lambda n: 800 + 100 * (n % 3)) + table(station="B1"))
    assert any("CO" in note and "A1" in note and "B1" not in note for note in report.notes)
    found = evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)])
    assert found.days is not None
    assert [row["co"] for row in day_rows(found.days, EDITIONS, MARCH.date(), MARCH.date())] == [0.9, 0.9]


def test_forty_percent_missing_leaves_cities_without_days_and_says_so(workspace: Workspace) -> None:
    holes = [line for number, line in enumerate(table(days=20).splitlines(keepends=True)) if number % 5 > 1]
    put(workspace, "".join(holes) + table(days=10, station="B1"))
    found = evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)], "city")
    (row,) = found.rows
    # One of two stations is half, which is what a city of few stations needs; ten days make no month.
    assert (row.days["pm25"], row.complete) == (10, False)
    assert any("没有一行的有效日数达到要求" in note for note in found.notes)


def test_a_bulletin_of_a_month_that_is_not_over_says_so(workspace: Workspace) -> None:
    put(workspace, table(days=20) + table(days=31, station="B1").replace("甲市", "乙市"))
    paper = bulletin(workspace, EDITIONS, Period.month(2026, 3))
    told = " ".join(part.text for part in paper.parts if isinstance(part, Text))
    assert "1 个（甲市）的有效日数不足或期间未完，名次只供参考" in told
    (ranking,) = [part for part in paper.parts if isinstance(part, Table) and part.title == "综合指数"]
    assert len(ranking.rows) == 2
    assert "本期未完" not in told  # the other city's month is over


def test_a_month_that_is_not_over_is_compared_with_the_same_days_of_the_year_before(workspace: Workspace) -> None:
    before = datetime(2025, 3, 1)
    put(workspace, table(days=10) + table(days=10, first=before))
    put(workspace, table(days=21, first=before + timedelta(days=10), pm25=lambda n: 200))
    paper = bulletin(workspace, EDITIONS, Period.month(2026, 3))
    told = " ".join(part.text for part in paper.parts if isinstance(part, Text))
    assert "本期未完：数据到 2026-03-10，31 天中的 10 天" in told
    assert "上年同期取 2025-03-01 至 2025-03-10" in told
    (better,) = [part for part in paper.parts if isinstance(part, Table) and part.title == "改善幅度"]
    assert [row[2] for row in better.rows] == [row[3] for row in better.rows]


def test_a_kill_in_an_import_leaves_the_old_figures_or_the_new(workspace: Workspace) -> None:
    old, new = table(days=31), table(days=31, pm25=lambda n: 80 + n % 5)
    put(workspace, old)
    before = day(workspace)
    path = workspace.path.parent / "new.csv"
    path.write_text(HEAD + new + table(days=31, station="B1"), encoding="utf-8")
    command = [sys.executable, "-m", "greenrule.cli.main", "air", "import", str(path), "-w", str(workspace.path)]
    for wait in (0.6, 1.0):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        found = evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)])
        assert found.days is not None
        names = [str(name) for name in found.days.series]
        values = [row["pm25"] for row in day_rows(found.days, EDITIONS, MARCH.date(), MARCH.date())]
        assert (names, values) in ((["A1"], [before["pm25"]]), (["A1", "B1"], [82, 32])), "half an import"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)])
    assert found.days is not None
    assert [row["pm25"] for row in day_rows(found.days, EDITIONS, MARCH.date(), MARCH.date())] == [82, 32]
