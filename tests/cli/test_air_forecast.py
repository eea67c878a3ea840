"""`air forecast` from files: what people hand in is read or told, row and column; the table it writes can be read back."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from greenrule.casework.outlook_sheets import moment, read_sheets
from greenrule.casework.outlook_tables import read_observations
from greenrule.casework.outlook_weather import read_weather
from greenrule.cli.main import main
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.quality.forecast_days import POLLUTANTS

NEED = load_editions()
HEAD = ["站点", "日期", "PM2.5", "PM10", "SO2", "NO2", "CO（mg/m³）", "O3_8h"]
REAL = Path(__file__).parents[3] / "shared" / "data" / "prsa_aotizhongxin_2013-2017.csv"


def daily(path: Path, days: int = 200, stations: tuple[str, ...] = ("甲站",)) -> Path:
    """A table of daily means whose levels fade from day to day."""
    rng = np.random.default_rng(5)
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(HEAD)
        for name in stations:
            level = 0.0
            for at in range(days):
                level = 0.6 * level + rng.normal() * 0.4
                value = 40 * np.exp(level)
                day = date(2026, 1, 1) + timedelta(days=at)
                out.writerow([name, day, *(f"{value * part:.1f}" for part in (1, 2, 0.2, 0.7, 0.02, 1.5))])
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["air", "forecast", *map(str, words)])


def codes(result: Result) -> list[str]:
    return [line.split()[0] for line in result.stderr.splitlines() if line[:1] == "F" and line[1:4].isdigit()]


def test_a_forecast_is_printed_and_written(tmp_path: Path) -> None:
    out, plot = tmp_path / "预报.csv", tmp_path / "预报.svg"
    result = run(daily(tmp_path / "甲.csv"), "--days", 2, "--out", out, "--plot", plot)

    assert result.exit_code == 0, result.stderr
    assert "甲站：2026-07-20 00:00 起报，实测到 2026-07-19" in result.stdout
    rows = list(csv.DictReader(out.open(encoding="utf-8-sig")))
    assert [(row["place"], row["date"], row["kind"], row["lead"]) for row in rows] == [
        ("甲站", "2026-07-20", "forecast", "1"), ("甲站", "2026-07-21", "forecast", "2")]  # fmt: skip
    assert (
        float(rows[0]["pm25_low95"])
        <= float(rows[0]["pm25_low80"])
        <= float(rows[0]["pm25"])
        <= float(rows[0]["pm25_high80"])
    )
    assert plot.read_text(encoding="utf-8").startswith("<?xml")


def test_json_holds_the_skill_that_the_forecast_rests_on(tmp_path: Path) -> None:
    result = run(daily(tmp_path / "甲.csv"), "--days", 1, "--format", "json")
    found = json.loads(result.stdout)

    place = found["places"][0]
    assert place["days"][0]["pollutants"]["co"]["unit"] == "mg/m³"
    assert set(place["skill"]) == set(POLLUTANTS)
    assert place["skill"]["pm25"][0]["pairs"] >= 60
    assert "windows" not in {need["name"] for need in found["needs"]}


def test_its_own_table_is_taken_as_another_model_s(tmp_path: Path) -> None:
    table, out = daily(tmp_path / "甲.csv"), tmp_path / "预报.csv"
    run(table, "--days", 2, "--out", out)
    result = run(table, "--days", 3, "--other", out, "--format", "json")
    days = json.loads(result.stdout)["places"][0]["days"]

    assert [day["pollutants"]["pm25"]["method"] for day in days[:2]] == ["other", "other"]
    assert days[2]["pollutants"]["pm25"]["method"] in ("climatology", "persistence")
    told = [float(row["pm25"]) for row in csv.DictReader(out.open(encoding="utf-8-sig"))]
    assert [day["pollutants"]["pm25"]["value"] for day in days[:2]] == pytest.approx(told, abs=0.11)


def test_a_city_is_the_mean_of_its_stations(tmp_path: Path) -> None:
    result = run(
        daily(tmp_path / "甲.csv", stations=("甲站", "乙站")), "--city", "某市", "--days", 1, "--format", "json"
    )

    assert [place["place"] for place in json.loads(result.stdout)["places"]] == ["某市"]


def test_skill_is_a_table_of_leads(tmp_path: Path) -> None:
    result = run(daily(tmp_path / "甲.csv"), "--skill", "--days", 2, "--tried", 90)

    assert result.exit_code == 0, result.stderr
    assert "滚动" not in result.stdout
    for word in ("甲站 PM2.5", "持续性", "气候值", "90% 区间", "80% 实得", "采用"):
        assert word in result.stdout


def test_all_faults_at_once_with_row_and_column(tmp_path: Path) -> None:
    table = tmp_path / "坏.csv"
    rows = [
        "站点,日期,PM2.5,CO（ppm）",
        "甲,2026-01-01,35,1",
        "甲,2026-02-30,36,1",
        "甲,2026-01-03,多云,1",
        ",2026-01-04,30,1",
    ]
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    result = run(table)

    assert result.exit_code == 2
    assert codes(result) == ["F004", "F004", "F008", "F014"]
    assert f"{table}:3:日期" in result.stderr
    assert f"{table}:4:PM2.5" in result.stderr
    assert f"{table}:5:站点" in result.stderr


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "F001"), (b"a,b\n", "F001"), (b"\x80\xff\x00", "F002"), ("时间,备注\n2026-01-01,无\n".encode(), "F005"),
        (b"PM2.5\n3\n", "F005"), ('站点,日期,PM2.5\n"甲,2026-01-01,3\n'.encode(), "F002"),
        ("站点,日期,PM2.5\n甲,2026-01-01,3\n甲,2026-01-01,4\n".encode(), "F006"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, code: str) -> None:
    table = tmp_path / "a.csv"
    table.write_bytes(content)
    result = run(table)

    assert result.exit_code == 2
    assert code in codes(result)
    assert "Traceback" not in result.output


def test_wishes_that_cannot_be_met(tmp_path: Path) -> None:
    table = daily(tmp_path / "甲.csv", 10)

    assert codes(run(table, "--skill", "--out", "x.csv", "--plot", "x.gif")) == ["F042", "F043"]
    assert codes(run(table, "--station", "乙站")) == ["F012"]
    assert codes(run(table, "--issued", "2026-03-01 08:00")) == ["F013"]
    assert codes(run(table, "--out", tmp_path / "x.doc")) == ["F041"]
    assert codes(run(table, "--weather", table)) == ["F010"]
    assert codes(run(table, "--other", table)) == ["F011"]
    assert codes(run(tmp_path / "无.csv")) == ["F001"]


def hours(path: Path, edit: dict[int, str] | None = None, count: int = 72, head: str = "PM2.5,CO") -> Path:
    """Three days of hours from 2026-01-01 00:00 on."""
    start = datetime(2026, 1, 1)
    lines = [f"站点,时间,{head}"]
    for at in range(count):
        lines.append((edit or {}).get(at) or f"甲,{start + timedelta(hours=at):%Y-%m-%d %H:%M},{at % 24},1.5")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_hours_become_days(tmp_path: Path) -> None:
    seen = read_observations([hours(tmp_path / "h.csv")], NEED)
    ends = read_observations([hours(tmp_path / "h.csv")], NEED, hour_ends=True)

    assert seen.hourly
    assert list(seen.stations["甲"].values[:, 0]) == [11.5] * 3
    assert seen.stations["甲"].first == date(2026, 1, 1)
    assert seen.stations["甲"].late[0, 0] == pytest.approx(20.5)
    # 00:00 names the last hour of the day before: one hour of New Year's Eve, and the last day lacks one.
    assert ends.stations["甲"].first == date(2025, 12, 31)
    assert ends.stations["甲"].values[1, 0] == pytest.approx(sum(range(1, 24)) / 24)
    assert [any("--hour-ends" in note for note in found.notes) for found in (seen, ends)] == [True, False]


def test_what_monitors_do_is_told(tmp_path: Path) -> None:
    """Negative and filler values, CO in µg/m³, hours told twice, a day that is not over."""
    edit = {3: "甲,2026-01-01 03:00,-5,1500", 4: "甲,2026-01-01 04:00,9999,1500", 30: "甲,2026-01-01 05:00,5,1500"}
    edit |= {
        at: f"甲,{datetime(2026, 1, 1) + timedelta(hours=at):%Y-%m-%d %H:%M},{at % 24},1500"
        for at in range(70)
        if at not in edit
    }
    seen = read_observations([hours(tmp_path / "h.csv", edit, 70)], NEED)
    told = " ".join(seen.notes)

    assert "2 个负值或填充值" in told
    assert "当作 µg/m³ 换成 mg/m³" in told
    assert "时间重复而数值相同" in told
    assert "还不完整" in told
    assert len(seen.stations["甲"]) == 2
    assert seen.stations["甲"].values[0, POLLUTANTS.index("co")] == pytest.approx(1.5)


def test_hours_and_days_are_not_mixed(tmp_path: Path) -> None:
    with pytest.raises(InputFault) as caught:
        read_observations([hours(tmp_path / "h.csv"), daily(tmp_path / "d.csv", 5)], NEED)

    assert [fault.code for fault in caught.value.faults] == ["F007"]


def test_the_same_table_in_three_formats(tmp_path: Path) -> None:
    import openpyxl
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    table = daily(tmp_path / "d.csv", 30)
    pq.write_table(pc.read_csv(table), tmp_path / "d.parquet")
    book = openpyxl.Workbook()
    for row in csv.reader(table.open(encoding="utf-8")):
        book.active.append([float(cell) if cell[:1].isdigit() and "-" not in cell else cell for cell in row])
    book.save(tmp_path / "d.xlsx")
    one, *others = (
        read_observations([tmp_path / f"d.{end}"], NEED).stations["甲站"] for end in ("csv", "xlsx", "parquet")
    )

    for other in others:
        assert np.array_equal(one.values, other.values, equal_nan=True)


def test_quoted_cells_keep_their_row_numbers(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text('a,b\n"x\ny",1\nz,2\n', encoding="utf-8")
    sheet = read_sheets(tmp_path / "q.csv")[0]

    assert sheet.words("a") == ["x\ny", "z"]
    assert list(sheet.rows) == [3, 4]


@pytest.mark.parametrize(
    "text", ["2026-01-05 13:00", "2026/1/5 13:00", "2026年1月5日13时", "20260105 13:00", "2026-01-05T13:00:00"]
)
def test_moments(text: str) -> None:
    assert moment(text) == datetime(2026, 1, 5, 13)


@pytest.mark.skipif(not REAL.is_file(), reason="the PRSA series lies beside the repository")
def test_the_real_series_is_read() -> None:
    seen = read_observations([REAL], NEED)
    series = seen.stations["Aotizhongxin"]

    assert (series.first, series.last) == (date(2013, 3, 1), date(2017, 2, 28))
    assert 0.5 < np.nanmedian(series.values[:, POLLUTANTS.index("co")]) < 2
    assert np.isnan(series.values).mean() < 0.1


def test_a_table_that_contradicts_itself_is_told(tmp_path: Path) -> None:
    """Ozone that peaks at six in the morning, PM2.5 above PM10; Beijing time and the right names are silent."""
    told = []
    for name, shift, one, other in (("wrong.csv", 8, 90, 60), ("right.csv", 0, 60, 90)):
        lines = ["站点,时间,PM2.5,PM10,O3"]
        for at in range(24 * 30):
            hour = datetime(2026, 6, 1) + timedelta(hours=at)
            ozone = 100 + 60 * np.cos((at % 24 + shift - 14) / 24 * 2 * np.pi)
            lines.append(f"甲,{hour:%Y-%m-%d %H:%M},{one},{other},{ozone:.0f}")
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        told.append(" ".join(read_observations([tmp_path / name], NEED).notes))

    assert "像是写反了" in told[0]
    assert "臭氧平均在 6 时最高" in told[0]
    assert "写反" not in told[1]
    assert "臭氧" not in told[1]


def test_years_that_cannot_be_are_a_fault(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("站点,日期,PM2.5\n甲,2026-01-01,3\n甲,9026-01-02,4\n", encoding="utf-8")

    assert codes(run(table)) == ["F016"]


def weather_file(path: Path, place: str = "甲站", archive: bool = True) -> Path:
    """Forecasts issued each morning at eight for three days, and analyses; the wind from the north at 3 m/s."""
    lines = ["地点,时间,起报时间,气温,风速,风向"]
    for at in range(200):
        day = date(2026, 1, 1) + timedelta(days=at)
        lines.append(f"{place},{day},,{at},3,N")
        for lead in range(1, 4) if archive else ():
            lines.append(f"{place},{day + timedelta(days=lead)},{day} 08:00,{at + lead + 0.5},3,0".replace(",0", ",N"))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_weather_is_read_by_issue_and_day(tmp_path: Path) -> None:
    series = read_observations([daily(tmp_path / "甲.csv")], NEED).stations["甲站"]
    rows = read_weather([weather_file(tmp_path / "w.csv")])
    found = rows.of(series, 0.0)

    assert rows.names == ("temperature", "wind_speed", "wind_u", "wind_v")
    assert found.analysed[7].tolist() == pytest.approx([7, 3, 0, -3], abs=1e-9)
    assert found.told[5, 1].tolist() == pytest.approx([7.5, 3, 0, -3], abs=1e-9)
    assert np.isnan(found.told[5, 3]).all()
    assert found.archived


def test_lead_in_hours_is_an_issue_time(tmp_path: Path) -> None:
    series = read_observations([daily(tmp_path / "甲.csv")], NEED).stations["甲站"]
    (tmp_path / "w.csv").write_text(
        "时间,时效（小时）,气温\n2026-01-08 12:00,36,5\n2026-01-08 18:00,42,7\n2026-01-08 12:00,0,9\n", encoding="utf-8"
    )
    found = read_weather([tmp_path / "w.csv"]).of(series, 0.0)

    # Issued at 00:00 of the 7th, which is the end of the 6th: known on days 5 and 6, not on day 4.
    assert [found.told[6, 0, 0], found.told[5, 1, 0]] == [6.0, 6.0]
    assert np.isnan(found.told[4, 2, 0])
    assert found.analysed[7, 0] == 9.0


def test_weather_that_is_not_used_is_said(tmp_path: Path) -> None:
    table = daily(tmp_path / "甲.csv")
    ask = ("--days", 1, "--format", "json", "--weather")
    with_archive = json.loads(run(table, *ask, weather_file(tmp_path / "a.csv")).stdout)["places"][0]
    without = json.loads(run(table, *ask, weather_file(tmp_path / "b.csv", archive=False)).stdout)["places"][0]
    elsewhere = json.loads(run(table, *ask, weather_file(tmp_path / "c.csv", "乙站")).stdout)["places"][0]

    assert (with_archive["weather"], with_archive["notes"]) == (True, [])
    assert "没有足够的历史预报" in without["notes"][0]
    assert elsewhere["notes"] == ["气象表里没有 甲站（有：乙站），没有用气象"]


def test_another_model_has_a_skill_table_too(tmp_path: Path) -> None:
    """Forecasts that hit have all the skill at the lead that they were made for, and none is known at the next."""
    table = daily(tmp_path / "甲.csv")
    rows = list(csv.reader(table.open(encoding="utf-8")))[1:]
    lines = ["place,date,lead,pm25"] + [f"甲站,{row[1]},1,{row[2]}" for row in rows]
    (tmp_path / "o.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ask = (table, "--skill", "--days", 2, "--tried", 90, "--other", tmp_path / "o.csv")
    one, two = json.loads(run(*ask, "--format", "json").stdout)["trials"][0]["leads"]

    assert (one["skill"], one["chosen"]) == (1.0, "other")
    assert (two["pairs"], two["skill"]) == (0, None)
    assert "外来预报" in run(*ask).stdout


@pytest.mark.long
@pytest.mark.skipif(not REAL.is_file(), reason="the PRSA series lies beside the repository")
def test_skill_on_the_real_series() -> None:
    """Tomorrow's PM2.5 is foretold better than by either reference; a week ahead nothing is claimed; intervals hold."""
    result = run(REAL, "--skill", "--tried", 365, "--days", 7, "--format", "json")
    leads = {item["pollutant"]: item["leads"] for item in json.loads(result.stdout)["trials"]}

    assert leads["pm25"][0]["chosen"] == "model"
    assert leads["pm25"][0]["skill_range"][0] > 0.05
    assert leads["pm25"][6]["chosen"] == "climatology"
    for scores in leads.values():
        assert all(abs(item["coverage"]["80%"] - 0.8) < 0.04 for item in scores)
