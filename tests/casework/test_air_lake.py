"""Data into a workspace, figures and ranks out: corrections reach every figure, periods across editions stand side by side."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from greenrule.casework.air_evaluate import day_rows, evaluate_workspace, read_dust
from greenrule.casework.air_lake import import_files, read_register
from greenrule.casework.air_rank import before, rank_places, read_pay
from greenrule.casework.air_target import stand, wanted
from greenrule.casework.outlook_lake import lake_observations
from greenrule.casework.warning_lake import lake_days
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.quality.dust import DustProcess
from greenrule.quality.forecast_series import POLLUTANTS
from greenrule.quality.periods import Period
from greenrule.store.workspace import Workspace

EDITIONS = load_editions()
HEAD = "station,time,城市,pm25,pm10,so2,no2,co,o3\n"
CITIES = {"A1": "甲市", "A2": "甲市", "B1": "乙市", "C1": "丙市"}


def rows(station: str, first: datetime, hours: int, pm25: int = 30) -> str:
    city = CITIES.get(station, "")
    return "".join(f"{station},{first + timedelta(hours=n + 1)},{city},{pm25},60,10,30,0.8,90\n" for n in range(hours))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with four stations: January to April of 2025 and of 2026; read only."""
    folder = tmp_path_factory.mktemp("filled")
    text = HEAD
    for year in (2025, 2026):
        for station, pm25 in (("A1", 30), ("A2", 41), ("B1", 35 if year == 2025 else 36), ("C1", 40)):
            text += rows(
                station, datetime(year, 1, 1), 24 * 120, pm25 + (10 if station == "C1" and year == 2025 else 0)
            )
    (folder / "t.csv").write_text(text, encoding="utf-8")
    made = Workspace.create(folder / "ws")
    import_files(made, [folder / "t.csv"], EDITIONS)
    return made.path


def put(workspace: Workspace, text: str, name: str = "t.csv", **options: bool) -> object:
    path = workspace.path.parent / name
    path.write_text(text, encoding="utf-8")
    return import_files(workspace, [path], EDITIONS, **options)  # type: ignore[arg-type]


def codes(workspace: Workspace, *texts: str) -> list[str]:
    paths = []
    for number, text in enumerate(texts):
        paths.append(workspace.path.parent / f"bad{number}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        import_files(workspace, paths, EDITIONS)
    assert all(fault.help for fault in caught.value.faults)
    return [fault.code for fault in caught.value.faults]


def test_one_bad_file_keeps_all_out(workspace: Workspace) -> None:
    good = HEAD + rows("A1", datetime(2026, 3, 1), 24)
    twice = HEAD + "A1,2026-03-01 01:00,甲市,30,60,10,30,0.8,90\nA1,2026-03-01 01:00,甲市,31,60,10,30,0.8,90\n"
    daily = "station,time,pm25\nA1,2026-03-01,30\n"
    assert codes(workspace, good, twice, daily, good.replace(",30,", ",x,", 1)) == ["A051", "A052", "A028"]
    assert workspace.observations.months() == []
    assert workspace.stations.read() == []


def test_stations_are_registered_and_a_move_is_told(workspace: Workspace) -> None:
    feed = {
        "stationcode": "1081A",
        "positionname": "尖草坪",
        "area": "太原市",
        "timepoint": "2026-03-01T08:00:00",
        "pm2_5": "30",
        "o3": "90",
    }
    path = workspace.path.parent / "feed.json"

    def imported(lon: float) -> object:
        feature = {"properties": feed, "geometry": {"type": "Point", "coordinates": [lon, 37.8873]}}
        path.write_text(json.dumps({"features": [feature]}), encoding="utf-8")
        return import_files(workspace, [path], EDITIONS)

    assert imported(112.522).new_stations == 1  # type: ignore[attr-defined]
    (station,) = workspace.stations.read()
    assert (station.id, station.name, station.city, station.lon) == ("1081A", "尖草坪", "太原市", 112.522)
    moved = imported(112.622).moved  # type: ignore[attr-defined]
    assert [(name, round(away, -2)) for name, away in moved] == [("1081A", 8800)]
    workspace.stations.move("1081A", date(2026, 3, 1), 112.622, 37.8873)
    old, new = workspace.stations.read()
    assert (old.until, new.since, new.lon) == (date(2026, 2, 28), date(2026, 3, 1), 112.622)
    assert imported(112.622).moved == []  # type: ignore[attr-defined]


def test_a_move_within_a_file_and_another_city_are_told(workspace: Workspace) -> None:
    head = "station,time,城市,lon,lat,pm25\n"
    put(workspace, head + "A1,2026-03-01 01:00,甲市,112.5,37.9,30\nB1,2026-03-01 01:00,太原,112.1,37.1,30\n")
    rows = "A1,2026-03-02 01:00,甲市,112.5,37.9,30\nA1,2026-03-02 02:00,丙市,112.9,37.9,30\nB1,2026-03-02 01:00,太原市,112.1,37.1,30\n"
    report = put(workspace, head + rows)
    assert [name for name, _ in report.moved] == ["A1"]  # type: ignore[attr-defined]
    (note,) = [note for note in report.notes if "登记的是" in note]  # type: ignore[attr-defined]
    assert note.startswith("站点 A1 表里写 丙市，登记的是 甲市")
    assert [item.city for item in workspace.stations.read()] == ["甲市", "太原"]


def test_a_station_that_moved_counts_where_it_stood(workspace: Workspace) -> None:
    put(workspace, HEAD + rows("A1", datetime(2026, 3, 1), 24 * 31, 30) + rows("A2", datetime(2026, 3, 1), 24 * 31, 50))
    register = workspace.path.parent / "r.csv"
    register.write_text(
        "station,city,since,until\nA1,甲市,,\nA2,甲市,,2026-03-15\nA2,乙市,2026-03-16,\n", encoding="utf-8"
    )
    workspace.stations.write(read_register(register))
    told = {row.series: row for row in evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)], "city").rows}
    assert (told["乙市"].days["pm25"], told["乙市"].values["pm25_mean"], told["乙市"].complete) == (16, 50, False)
    assert told["甲市"].values["pm25_mean"] == round(Fraction(15 * 40 + 16 * 30, 31))


def test_a_register_is_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        "站点编号,名称,级别,城市,经度,起,参与评价\nA,甲,国控,太原市,112.5,2024-01-01,\nB,乙,乡镇,太原市,,,否\n",
        encoding="utf-8",
    )
    one, other = read_register(path)
    assert (one.level, one.lon, one.since, one.evaluated) == ("national", 112.5, date(2024, 1, 1), True)
    assert (other.level, other.evaluated) == ("township", False)
    path.write_text("站点编号,级别,经度,起\nA,国空,东,昨天\n", encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        read_register(path)
    assert [(fault.code, fault.place and fault.place.column) for fault in caught.value.faults] == [
        ("A054", "级别"),
        ("A054", "经度"),
        ("A054", "起"),
    ]


def test_a_month_of_cities(filled: Path) -> None:
    found = evaluate_workspace(Workspace.open(filled), EDITIONS, [Period.month(2026, 3)], "city")
    told = {row.series: row for row in found.rows}
    assert list(told) == ["丙市", "乙市", "甲市"]
    assert told["甲市"].values["pm25_mean"] == 36  # (30 + 41) / 2 = 35.5, to even
    assert (told["甲市"].edition, told["甲市"].complete, told["甲市"].index_days, told["甲市"].good_days) == (
        "2026",
        True,
        31,
        31,
    )
    assert told["甲市"].attains is None
    assert told["甲市"].exceeded == {"pm25_mean": Fraction("0.2")}
    only = evaluate_workspace(Workspace.open(filled), EDITIONS, [Period.month(2026, 3)], "city", ["乙市"])
    assert [row.series for row in only.rows] == ["乙市"]
    for by, names, code in (("city", ["丁市"], "A056"), ("station", ["Z"], "A056"), ("township", [], "A057")):
        with pytest.raises(InputFault, match=code):
            evaluate_workspace(Workspace.open(filled), EDITIONS, [Period.month(2026, 3)], by, names)
    with pytest.raises(InputFault, match="A055"):
        evaluate_workspace(Workspace.open(filled), EDITIONS, [Period.month(2023, 3)])


def test_a_period_across_editions_stands_side_by_side(filled: Path) -> None:
    workspace = Workspace.open(filled)
    found = evaluate_workspace(workspace, EDITIONS, [Period.year(2026)], "city", ["甲市"])
    assert [(row.edition, row.undecided is not None, row.complete) for row in found.rows] == [
        ("2012", True, False),
        ("2026", True, False),
    ]
    assert [row.exceeded.get("pm25_mean") for row in found.rows] == [Fraction("0.03"), Fraction("0.2")]
    assert any("没有一行" in note for note in found.notes)
    alone = evaluate_workspace(workspace, EDITIONS, [Period.year(2026)], "city", ["甲市"], "2026")
    assert [(row.edition, row.undecided) for row in alone.rows] == [("2026", None)]
    both = evaluate_workspace(workspace, EDITIONS, [Period.month(2025, 1)], "city", ["甲市"], "both")
    assert [(row.edition, row.undecided) for row in both.rows] == [("2012", None), ("2026", None)]
    days = day_rows(found.days, EDITIONS, date(2026, 2, 28), date(2026, 3, 1)) if found.days else []
    assert [(row["date"], row["edition"], row["pm25"], row["iaqi_pm25"]) for row in days] == [
        ("2026-02-28", "2012", 36, 52),
        ("2026-03-01", "2026", 36, 52),
    ]


def test_days_under_both_editions(filled: Path) -> None:
    found = evaluate_workspace(Workspace.open(filled), EDITIONS, [Period.month(2026, 3)], "station", ["A2"], "both")
    assert found.days is not None
    days = day_rows(found.days, EDITIONS, date(2026, 3, 1), date(2026, 3, 1), "both")
    assert [(row["edition"], row["iaqi_pm25"], row["iaqi_pm10"]) for row in days] == [
        ("2012", 58, 55),
        ("2026", 62, 58),
    ]


def test_a_correction_of_last_year_reaches_every_figure(workspace: Workspace) -> None:
    put(workspace, HEAD + rows("A1", datetime(2025, 1, 1), 24 * 60, 30) + rows("A1", datetime(2026, 1, 1), 24 * 31, 30))
    (first,) = rank_places(workspace, EDITIONS, Period.month(2026, 1))
    assert first.places[0].change == 0
    report = put(workspace, HEAD + rows("A1", datetime(2025, 1, 1), 24 * 31, 60))
    assert report.imported.revised == 24 * 31  # type: ignore[attr-defined]
    (now,) = rank_places(workspace, EDITIONS, Period.month(2026, 1))
    assert now.places[0].change is not None
    assert now.places[0].change < -10
    year = evaluate_workspace(workspace, EDITIONS, [Period.year(2025)])
    assert year.rows[0].values["pm25_mean"] == 46  # (31 · 60 + 29 · 30) / 60 = 45.5
    assert workspace.observations.revisions().num_rows == 24 * 31


def test_forty_percent_missing_is_no_day(workspace: Workspace) -> None:
    lines = rows("A1", datetime(2026, 3, 1), 24 * 31).splitlines(keepends=True)
    put(workspace, HEAD + "".join(line for number, line in enumerate(lines) if number % 5 > 1))
    found = evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)])
    # Fourteen or fifteen hours make no day; ozone keeps windows of six hours nowhere either.
    assert found.rows == []


def test_ranks_improvement_and_pay(filled: Path, tmp_path: Path) -> None:
    workspace = Workspace.open(filled)
    path = tmp_path / "pay.yaml"
    path.write_text(
        "pay:\n"
        "  - {from: 2026-01-01, ranking: level, places: [1, 1], amount: 100, unit: 万元, cite: 演示办法}\n"
        "  - {from: 2026-01-01, ranking: level, places: [-1, -1], amount: -50, unit: 万元, cite: 演示办法}\n"
        "  - {from: 2026-01-01, to: 2026-01-31, ranking: level, places: [1, 3], amount: 7, unit: 万元, cite: 演示办法}\n"
        "  - {from: 2026-01-01, ranking: improvement, places: [1, 1], amount: 30, unit: 万元, cite: 演示办法}\n",
        encoding="utf-8",
    )
    (found,) = rank_places(workspace, EDITIONS, Period.month(2026, 4), pay=read_pay(path))
    # 36 in both 甲市 and 乙市: one index, one place; the next place is skipped.
    assert [(item.series, item.place, item.tied) for item in found.places] == [
        ("乙市", 1, True),
        ("甲市", 1, True),
        ("丙市", 3, False),
    ]
    assert [item.improvement_place for item in found.places] == [3, 2, 1]
    paid = {item.series: [part["amount"] for part in item.pay or ()] for item in found.places}
    assert paid == {"乙市": [100.0], "甲市": [100.0], "丙市": [-50.0, 30.0]}
    (unknown,) = rank_places(workspace, EDITIONS, Period.month(2026, 4))
    assert all(item.pay is None for item in unknown.places)
    assert any("未知" in note for note in unknown.notes)
    spans = rank_places(workspace, EDITIONS, Period.span(date(2026, 1, 1), date(2026, 4, 30)))
    assert [item.edition for item in spans] == ["2012", "2026"]
    (early,) = rank_places(workspace, EDITIONS, Period.month(2025, 1))
    assert any("改善幅度不排" in note for note in early.notes)


@pytest.mark.parametrize(
    "line",
    [
        "{from: 2026-01-01, ranking: level, places: [3, 1], amount: 1, unit: 万元, cite: x}",
        "{from: 2026-01-01, ranking: level, places: [1], amount: 1, unit: 万元, cite: x}",
        "{from: 2026-01-01, ranking: level, places: [0, 1], amount: 1, unit: 万元, cite: x}",
        "{from: 2026-01-01, ranking: level, places: [1, 1], amount: 很多, unit: 万元, cite: x}",
    ],
)
def test_pay_that_cannot_be_read(tmp_path: Path, line: str) -> None:
    path = tmp_path / "pay.yaml"
    path.write_text(f"pay:\n  - {line}\n", encoding="utf-8")
    with pytest.raises(InputFault, match="A059"):
        read_pay(path)


def test_the_year_before() -> None:
    assert before(Period.span(date(2024, 1, 1), date(2024, 2, 29))).last == date(2023, 2, 28)
    assert before(Period.month(2024, 2)).last == date(2023, 2, 28)
    assert before(Period.year(2024)).id == "2023"


def test_dust_is_deducted_beside_what_was_measured(workspace: Workspace, tmp_path: Path) -> None:
    text = HEAD + rows("A1", datetime(2026, 3, 1), 24 * 31)
    storm = rows("A1", datetime(2026, 3, 10, 2), 3, 400) + rows("A1", datetime(2026, 3, 20), 24, 300)
    for line in storm.splitlines():
        moment = line.split(",")[1]
        text = "\n".join(line if f",{moment}," in old else old for old in text.splitlines()) + "\n"
    put(workspace, text)
    table = tmp_path / "dust.csv"
    table.write_text(
        "起,止,城市\n2026-03-10 03:00,2026-03-10 05:00,甲市\n2026-03-20 01:00,2026-03-20 24:00,甲市\n", encoding="utf-8"
    )
    processes = read_dust(table, workspace.stations.read())
    found = evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)], "city", dust=processes)
    raw, less = found.rows
    assert (raw.kind, less.kind) == ("raw", "deducted")
    # Three hours fewer leave a day of 21; a whole day without particles does not count.
    assert (raw.days["pm25"], less.days["pm25"], less.days["so2"], less.complete) == (31, 30, 31, True)
    assert less.values["pm25_mean"] == 30
    for dust, row in (((), raw), (processes, less)):
        (ranking,) = rank_places(workspace, EDITIONS, Period.month(2026, 3), dust=dust)
        assert (ranking.kind, [item.index for item in ranking.places]) == (row.kind, [row.index])
    assert raw.values["pm25_mean"] == round(Fraction(30 * 29 * 24 + 30 * 21 + 400 * 3 + 300 * 24, 31 * 24))
    assert (
        evaluate_workspace(workspace, EDITIONS, [Period.month(2026, 3)]).rows[0].values["pm25_mean"]
        == raw.values["pm25_mean"]
    )
    table.write_text(
        "起,止,城市\n2026-03-10 05:00,2026-03-10 03:00,甲市\n2026-03-10 05:00,2026-03-10 06:00,丁市\n", encoding="utf-8"
    )
    with pytest.raises(InputFault) as caught:
        read_dust(table, workspace.stations.read())
    assert [fault.code for fault in caught.value.faults] == ["A058", "A058"]
    assert (
        DustProcess(np.datetime64("2026-03-10T03", "h"), np.datetime64("2026-03-10T05", "h"), frozenset({"A1"}))
        == processes[0]
    )


def test_stations_of_one_level_alone_make_the_place_everywhere(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, HEAD + rows("A1", datetime(2026, 3, 1), 24 * 31, 40) + rows("T1", datetime(2026, 3, 1), 24 * 31, 60))
    table = tmp_path / "register.csv"
    table.write_text("station,level,city\nA1,国控,甲市\nT1,乡镇,甲市\n", encoding="utf-8")
    workspace.stations.write(read_register(table))
    march = Period.month(2026, 3)
    both = evaluate_workspace(workspace, EDITIONS, [march], "city")
    assert any("甲市的站点分属国控、乡镇，合在一起算" in note for note in both.notes)
    (asked,) = wanted({}, {"甲市": Fraction(30)}, 2026, [])
    for level, mean in ((None, 50), ("national", 40), ("township", 60)):
        found = evaluate_workspace(workspace, EDITIONS, [march], "city", level=level)
        assert found.rows[0].values["pm25_mean"] == mean
        assert stand(workspace, EDITIONS, [asked], level=level).items[0].so_far == mean
        series = lake_observations(workspace, EDITIONS, "city", level=level).stations["甲市"]
        assert set(series.values[:, list(POLLUTANTS).index("pm25")].tolist()) == {mean}
        days = lake_days(workspace, EDITIONS, "city", None, date(2026, 3, 1), level=level).places["甲市"]
        assert [item.aqi for item in days] == [
            row["aqi"] for row in day_rows(found.days, EDITIONS, march.first, march.last)
        ]
    for by, told in (("city", "没有一个园区站点登记了城市"), ("station", "没有园区站点")):
        with pytest.raises(InputFault, match=told):
            evaluate_workspace(workspace, EDITIONS, [march], by, level="park")
