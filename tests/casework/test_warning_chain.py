"""The chain's end: hours imported, days foretold, warnings worked out; a correction shows what it changes and rewrites nothing."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from greenrule.casework.air_lake import import_files
from greenrule.casework.warning_desk import verify_log, warnings_json, warnings_of
from greenrule.casework.warning_feed import Feed
from greenrule.casework.warning_log import step_json
from greenrule.cli.main import main
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.store.workspace import Workspace

EDITIONS = load_editions()
FIRST = date(2025, 12, 20)
#: PM2.5 of the days from the first on, as it came and as it was foretold at five in the afternoon of the day before.
CAME = [60, 55, 58, 66, 70, 68, 91, 96, 165, 172, 170, 60, 55]
TOLD = [None, 56, 60, 60, 66, 70, 88, 99, 118, 160, 66, 66, 57, 50, 45]


def hours(path: Path, days: dict[date, int], city: str = "太原市", stations: tuple[str, ...] = ("A1", "A2")) -> Path:
    """A file of hours whose daily means are the given ones."""
    lines = ["station,time,城市,pm25,pm10,so2,no2,co,o3"]
    for day, amount in days.items():
        start = datetime.combine(day, datetime.min.time())
        for station in stations:
            for h in range(24):
                value = amount + (-10, -6, -2, 2, 6, 10)[h % 6]
                lines.append(
                    f"{station},{start + timedelta(hours=h + 1)},{city},{value},{value + 30},{18 + h % 4},40,1.{h % 4},{30 + h}"
                )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def forecasts(path: Path, last: int) -> Path:
    """A table as `air forecast --out` writes it, of the issues up to a day: three days each."""
    lines = ["place,date,kind,issued,lead,pm25,pm25_low80,pm25_high80,pm25_method"]
    for n in range(last):
        for lead in (1, 2, 3):
            value = TOLD[n + lead] if n + lead < len(TOLD) else None
            if value is not None:
                day = FIRST + timedelta(days=n + lead)
                lines.append(
                    f"太原,{day},forecast,{FIRST + timedelta(days=n)} 17:00,{lead},{value},{value - 30},{value + 30},model"
                )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def came(first: int, last: int, **other: int) -> dict[date, int]:
    return {FIRST + timedelta(days=n): other.get(f"day{n}", CAME[n]) for n in range(first, last)}


def run(*words: object) -> str:
    found = CliRunner().invoke(main, ["air", *map(str, words)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def steps(path: Path, key: str = "places") -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))[key]["太原市"])


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    made = Workspace.create(tmp_path / "ws")
    import_files(made, [hours(tmp_path / "a.csv", came(0, 9))], EDITIONS)
    return made.path


def decisions(found: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [
        (step["at"][5:13], step["action"], step["after"]["level"])
        for step in found
        if step["action"] not in ("none", "hold")
    ]


def test_a_correction_shows_what_it_changes_and_is_a_full_replay_to_the_last_bit(
    workspace: Path, tmp_path: Path
) -> None:
    state, told = tmp_path / "s.json", forecasts(tmp_path / "f.csv", 9)
    run("warn", "-w", workspace, "--forecast", told, "--state", state)
    run("import", hours(tmp_path / "b.csv", came(9, 11)), "-w", workspace)
    run("warn", "-w", workspace, "--forecast", forecasts(told, 11), "--state", state)
    lived = steps(state)
    before = decisions(lived)
    assert before == [("12-26T17", "start", 1), ("12-29T00", "escalate", 2)]
    # One station's meter was off on the first bad day, which nobody knew until now.
    run("import", hours(tmp_path / "c.csv", came(8, 9, day8=110), stations=("A2",)), "-w", workspace)
    output = run("warn", "-w", workspace, "--state", state)
    assert "第 3 次导入更正 A2 的小时值" in output
    now = steps(state)
    assert now[: len(lived)] == lived, "what was lived is not rewritten"
    assert [step["late"] for step in now[len(lived) :]] == [True]
    (record,) = json.loads(state.read_text(encoding="utf-8"))["revisions"]["太原市"]
    assert [(one["day"], one["old"], one["new"]) for one in record["changed"]] == [("2025-12-28", 215, 183)]
    assert record["kept"] == sum(step["at"] < "2025-12-29T00:00" for step in lived)
    assert record["replayed"] == len(lived) - record["kept"]
    assert record["steps"]
    assert all(item["at"] >= "2025-12-29" for item in record["steps"])
    assert all(item["because"] == ["2025-12-28"] for item in record["steps"])
    assert record["old_steps"] == lived[record["kept"] :]
    assert verify_log(state)[1] == []
    # The same data told at once, and worked out from nothing.
    fresh = Workspace.create(tmp_path / "fresh")
    files = [
        hours(tmp_path / "whole.csv", came(0, 11)),
        hours(tmp_path / "c2.csv", came(8, 9, day8=110), stations=("A2",)),
    ]
    for file in files:
        import_files(fresh, [file], EDITIONS)
    whole = warnings_of(None, feed=Feed(fresh.path, forecasts=(told,)))
    (place,) = whole.places
    assert json.dumps([step_json(step) for step in place.steps]) == json.dumps(steps(state, "replays"))
    assert (place.replay, place.revisions) == (None, [])
    assert decisions(steps(state, "replays")) != before
    # Nothing new: nothing more is said.
    text = state.read_bytes()
    assert "更正 1" not in run("warn", "-w", workspace, "--state", state)
    assert state.read_bytes() == text


def test_corrected_back_the_log_is_the_old_one_again(workspace: Path, tmp_path: Path) -> None:
    state, told = tmp_path / "s.json", forecasts(tmp_path / "f.csv", 9)
    run("warn", "-w", workspace, "--forecast", told, "--state", state)
    lived = steps(state)
    for name, amount in (("c.csv", 40), ("d.csv", CAME[8])):
        run("import", hours(tmp_path / name, came(8, 9, day8=amount)), "-w", workspace)
        run("warn", "-w", workspace, "--state", state)
    assert steps(state, "replays") == lived
    assert [step["inputs"][0]["aqi"] for step in steps(state)[len(lived) :] if step["inputs"]] == [60, 215]
    assert len(json.loads(state.read_text(encoding="utf-8"))["revisions"]["太原市"]) == 2


def test_values_that_come_late_and_stations_that_are_struck_out_are_told_apart(workspace: Path, tmp_path: Path) -> None:
    state = tmp_path / "s.json"
    hole = {day: amount for day, amount in came(9, 12).items() if day != FIRST + timedelta(days=10)}
    run("import", hours(tmp_path / "b.csv", hole), "-w", workspace)
    run("warn", "-w", workspace, "--state", state)
    assert [item["aqi"] for step in steps(state) for item in step["inputs"]][10] is None
    run("import", hours(tmp_path / "late.csv", came(10, 11)), "-w", workspace)
    assert "实测 AQI 缺→220：第 3 次导入补报 48 站时" in run("warn", "-w", workspace, "--state", state)
    opened = Workspace.open(workspace)
    register = tmp_path / "r.csv"
    register.write_text("station,city,参与评价\nA1,太原市,\nA2,太原市,否\n", encoding="utf-8")
    run("import", hours(tmp_path / "one.csv", came(10, 11, day10=100), stations=("A2",)), "-w", workspace)
    run("stations", register, "-w", workspace)
    assert len(opened.stations.read()) == 2
    output = run("warn", "-w", workspace, "--state", state)
    assert "更正 2" not in output, "a station that does not count changes nothing"


def test_the_value_that_drives_is_chosen_and_chances_are_ranges(workspace: Path, tmp_path: Path) -> None:
    told = forecasts(tmp_path / "f.csv", 6)
    levels = {}
    for value in ("low80", "point", "high80"):
        found = warnings_of(None, feed=Feed(workspace, forecasts=(told,), value=value))
        (log,) = found.places
        levels[value] = max(step.after.level for step in log.steps if step.at < datetime(2025, 12, 26))
        assert log.chances is not None
    assert levels["low80"] <= levels["point"] <= levels["high80"]
    days = {day["date"]: day for day in warnings_json(found)["places"][0]["chances"]["days"]}
    first = days["2025-12-26"]["chances"][0]
    assert (first["index"], first["probability"]) == (
        150,
        [pytest.approx(0.4 * 2.5 / 30 + 0.1, abs=0.1), pytest.approx(0.15, abs=0.1)],
    )


def test_the_forecast_command_feeds_the_warning(tmp_path: Path) -> None:
    examples = Path(__file__).resolve().parents[2] / "examples"
    workspace = Workspace.create(tmp_path / "ws").path
    run("import", examples / "air-hours-demo.csv", "-w", workspace)
    days = tmp_path / "days.csv"
    lines = (examples / "air-days-demo.csv").read_text(encoding="utf-8").splitlines()
    days.write_text("\n".join([lines[0], *lines[-150:]]), encoding="utf-8")
    run("forecast", days, "--city", "演示市（非官方）", "--days", 3, "--out", tmp_path / "f.parquet")
    found = json.loads(run("warn", "-w", workspace, "--forecast", tmp_path / "f.parquet", "--format", "json"))
    (place,) = found["places"]
    assert place["place"] == "演示市（非官方）"
    issued = [item for step in place["steps"] for item in step["inputs"] if item["kind"] == "forecast"]
    assert [item["start"][:10] for item in issued] == ["2025-12-31", "2026-01-01", "2026-01-02"]
    assert all(item["aqi"] is not None for item in issued)
    assert [day["date"] for day in place["chances"]["days"]] == [item["start"][:10] for item in issued]


def test_the_last_day_counts_when_it_is_over(workspace: Path, tmp_path: Path) -> None:
    part = hours(tmp_path / "p.csv", came(9, 10))
    lines = part.read_text(encoding="utf-8").splitlines()
    part.write_text(
        "\n".join([line for line in lines if " 22:" not in line and " 23:" not in line and "2025-12-30" not in line]),
        encoding="utf-8",
    )
    run("import", part, "-w", workspace)
    (log,) = warnings_of(None, feed=Feed(workspace)).places
    assert log.steps[-1].at == datetime(2025, 12, 29)
    shutil.rmtree(workspace / "air" / "days")
    assert warnings_of(None, feed=Feed(workspace)).places[0].steps == log.steps


def _codes(error: pytest.ExceptionInfo[InputFault]) -> list[str]:
    return [fault.code for fault in error.value.faults]


def test_bad_forecasts_and_options_are_told(workspace: Path, tmp_path: Path) -> None:
    head = "place,date,issued,pm25\n"
    for text, codes in (
        ("place,date,pm25\n太原市,2026-01-01,50\n", ["H037"]),
        (head + "太原市,2025-12-01,2025-12-05 17:00,50\n,2025-12-06,2025-12-05 17:00,50\n", ["H037", "H037"]),
        (head + "太原市,2026-01-01,2025-12-31 17:00,50\n太原市,2026-01-01,2025-12-31 17:00,60\n", ["H037"]),
        (head + "太原市,2026-01-01,2025-12-31 17:00,x\n", ["F004"]),
    ):
        path = tmp_path / "f.csv"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputFault) as error:
            warnings_of(None, feed=Feed(workspace, forecasts=(path,)))
        assert _codes(error) == codes
    table = tmp_path / "t.csv"
    table.write_text("地点,日期,AQI,类别\n太原市,2026-01-01,50,实测\n", encoding="utf-8")
    with pytest.raises(InputFault) as error:
        warnings_of(table, feed=Feed(workspace))
    assert _codes(error) == ["H039"]
    with pytest.raises(InputFault) as error:
        warnings_of(None, feed=Feed(workspace, first=date(2027, 1, 1)))
    assert _codes(error) == ["H038"]
    state = tmp_path / "s.json"
    run("warn", "-w", workspace, "--state", state)
    for feed in (
        Feed(workspace, value="high80"),
        Feed(workspace, by="station"),
        Feed(workspace, first=date(2025, 12, 25)),
    ):
        with pytest.raises(InputFault) as error:
            warnings_of(None, state=state, feed=feed)
        assert _codes(error) == ["H033"]


def test_counties_of_a_region_come_out_of_the_workspace(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    import_files(workspace, [hours(tmp_path / "a.csv", came(0, 11))], EDITIONS)
    register = tmp_path / "r.csv"
    register.write_text("station,city,county\nA1,太原市,清徐县\nA2,吕梁市,交城县\n", encoding="utf-8")
    run("stations", register, "-w", workspace.path)
    told = tmp_path / "f.csv"
    text = forecasts(told, 11).read_text(encoding="utf-8").splitlines()
    rows = list(csv.reader(text))
    with told.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(rows[0])
        writer.writerows([place, *row[1:]] for row in rows[1:] for place in ("清徐县", "交城县", "祁县"))
    found = warnings_of(None, ["清徐-交城"], needed=2, feed=Feed(workspace.path, "county", forecasts=(told,)))
    assert [log.place for log in found.places] == ["清徐县", "交城县"]
    assert max(step.level or 0 for step in found.joint[0].steps) >= 2
    assert any("祁县" in note for note in found.notes)


def dusty(path: Path, days: dict[date, int]) -> Path:
    """Hours in which coarse particles alone make the index."""
    lines = ["station,time,城市,pm25,pm10,so2,no2,co,o3"]
    for day, amount in days.items():
        start = datetime.combine(day, datetime.min.time())
        lines += [
            f"B1,{start + timedelta(hours=h + 1)},大同市,{30 + h % 5},{amount + h},12,20,0.{1 + h % 4},{40 + h}"
            for h in range(24)
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_coarse_particles_are_named_and_are_dust_only_where_a_process_says_so(tmp_path: Path) -> None:
    folder = Workspace.create(tmp_path / "ws").path
    days = {date(2026, 3, 10) + timedelta(days=n): amount for n, amount in enumerate([60, 420, 430, 60, 60, 60])}
    run("import", dusty(tmp_path / "d.csv", days), "-w", folder)

    found = json.loads(run("warn", "-w", folder, "--format", "json"))["places"][0]
    causes = [item["cause"] for step in found["steps"] for item in step["inputs"]]
    assert causes[1:3] == ["pm10", "pm10"]
    demanded = [step for step in found["steps"] if step["demand"]]
    assert demanded, "two days of an index above 200"
    assert all(step["causes"] == ["pm10"] and step["reductions"] is None for step in demanded)
    assert any("PM10（是否沙尘未认定）" in text for text in found["doubts"])
    assert "PM10（是否沙尘未认定）" in "".join(run("warn", "-w", folder).split())

    processes = tmp_path / "沙尘.csv"
    processes.write_text("起,止,城市\n2026-03-11 09:00,2026-03-12 20:00,大同市\n", encoding="utf-8")
    storm = json.loads(run("warn", "-w", folder, "--dust", processes, "--format", "json"))
    place = storm["places"][0]
    assert [item["cause"] for step in place["steps"] for item in step["inputs"]][:4] == [
        causes[0],
        "dust",
        "dust",
        causes[3],
    ]
    assert not [step for step in place["steps"] if step["after"]["level"]]
    assert [step["action"] for step in place["steps"] if step["after"]["advice"]][:1] == ["advise"]
    assert any("沙尘过程 1 次" in note for note in storm["notes"])

    elsewhere = tmp_path / "别处.csv"
    elsewhere.write_text("起,止,站点\n2026-03-11 09:00,2026-03-12 20:00,Z9\n", encoding="utf-8")
    other = json.loads(run("warn", "-w", folder, "--dust", elsewhere, "--format", "json"))["places"][0]
    assert [item["cause"] for step in other["steps"] for item in step["inputs"]] == causes
    early = tmp_path / "早.csv"  # an hour's time is its end: 24 o'clock of the 10th is not the 11th
    early.write_text("起,止\n2026-03-10 09:00,2026-03-11 00:00\n", encoding="utf-8")
    day_before = json.loads(run("warn", "-w", folder, "--dust", early, "--format", "json"))["places"][0]
    assert [item["cause"] for step in day_before["steps"] for item in step["inputs"]][1] == "pm10"


def test_dust_for_a_table_is_written_in_the_table(tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text(
        "地点,日期,AQI,类别,首要污染物\n大同市,2026-03-10,230,实测,PM₁₀\n大同市,2026-03-11,240,实测,沙尘\n",
        encoding="utf-8",
    )
    (log,) = warnings_of(path).places
    assert [item.cause for step in log.steps for item in step.inputs] == ["pm10", "dust"]
    with pytest.raises(InputFault) as error:
        warnings_of(path, feed=Feed(dust=path))
    assert _codes(error) == ["H039"]
