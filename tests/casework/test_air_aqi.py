"""A table in, a table with its index out: headers, files, editions by date; and everything that monitoring data do to one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.air_aqi import Indexed, index_readings, write_table
from greenrule.casework.air_readings import MARKS, Readings, moment_of, read_readings
from greenrule.casework.air_sheets import read_sheet
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.quality.editions import MISSING

EDITIONS = load_editions()
FEED = Path(__file__).resolve().parents[3] / "shared" / "data" / "cnemc_national_20170707T16.json"
HEAD = "station,time,pm25,pm10,so2,no2,co,o3\n"


def read(folder: Path, text: str | bytes, name: str = "t.csv", **options: object) -> Readings:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_readings(read_sheet(path), **options)  # type: ignore[arg-type]


def indexed(folder: Path, text: str, edition: str = "auto", **options: object) -> Indexed:
    return index_readings(read(folder, text, **options), EDITIONS, edition)


def faults(folder: Path, text: str | bytes, name: str = "t.csv") -> list[tuple[str, str]]:
    with pytest.raises(InputFault) as caught:
        read(folder, text, name)
    assert all(fault.help for fault in caught.value.faults)
    return [(fault.code, str(fault.place).removeprefix(str(folder) + "/")) for fault in caught.value.faults]


def test_the_edition_is_that_of_the_date(tmp_path: Path) -> None:
    row = "83,126,18,46,1.3,72\n"
    found = indexed(tmp_path, HEAD + f"A,2026-02-28,{row}A,2026-03-01,{row}")
    assert (found.kind, found.by_edition) == ("day", {"2012": 1, "2026": 1})
    columns = (
        "iaqi_so2",
        "iaqi_no2",
        "iaqi_co",
        "iaqi_o3",
        "iaqi_pm10",
        "iaqi_pm25",
        "aqi",
        "primary",
        "level",
        "category",
        "edition",
    )
    assert found.frame.select(columns).rows() == [
        (18, 58, 33, 36, 88, 110, 110, "pm25", 3, "轻度污染", "2012"), (18, 58, 33, 36, 103, 121, 121, "pm25", 3, "轻度污染", "2026"),
    ]  # fmt: skip
    assert indexed(tmp_path, HEAD + f"A,2026-02-28,{row}", "2026").frame["aqi"].to_list() == [121]
    both = indexed(tmp_path, HEAD + f"A,2026-02-28,{row}", "both").frame
    assert both.select("aqi_2012", "aqi_2026").rows() == [(110, 121)]
    with pytest.raises(InputFault, match="A030"):
        indexed(tmp_path, HEAD + f"A,2026-02-28,{row}", "2016")


def test_chinese_headers_units_and_gb_encoding(tmp_path: Path) -> None:
    text = "站点名称,监测时间,PM₂.₅（μg/m³）,PM10(ug/m3),二氧化硫,NO2,CO（μg/m³）,臭氧\n小店,2026年3月1日 8时,60.4,40,5,20,1300,90\n"
    readings = read(tmp_path, text.encode("gb18030"))
    assert (readings.kind, int(readings.values["pm25"][0]), int(readings.values["co"][0])) == ("hour", 60, 13)
    frame = index_readings(readings, EDITIONS).frame
    assert frame.select("aqi", "primary", "level", "category").rows() == [(100, "pm25", 2, "良")]
    frame = index_readings(readings, EDITIONS, chinese=True).frame
    assert frame.select("AQI", "首要污染物", "级别", "类别", "版次").rows() == [(100, "PM2.5", "二级", "良", "2026")]


def test_rounding_comes_before_the_index(tmp_path: Path) -> None:
    rows = "".join(
        f"A,2026-03-0{day},{value},10,1,1,0.65,1\n" for day, value in ((1, "60.4"), (2, "60.5"), (3, "61.5"))
    )
    readings = read(tmp_path, HEAD + rows)
    assert readings.values["pm25"].tolist() == [60, 60, 62]
    assert readings.values["co"].tolist() == [6, 6, 6]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_every_kind_of_file_in_and_out(tmp_path: Path, suffix: str) -> None:
    rows = [("A", datetime(2026, 3, 1, hour), 83, 126, 18, None, 1.3, 72) for hour in range(1, 4)]
    frame = pl.DataFrame(rows, schema=["station", "time", "pm25", "pm10", "so2", "no2", "co", "o3"], orient="row")
    path = tmp_path / f"in{suffix}"
    if suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in (frame.columns, *rows):
            book.active.append(list(row))
        book.save(path)
    else:
        write_table(frame, path)
    found = index_readings(read_readings(read_sheet(path)), EDITIONS)
    assert found.kind == "hour"
    assert found.frame["aqi"].to_list() == [121] * 3
    assert found.frame["flags"].to_list() == ["no2:missing"] * 3
    out = tmp_path / f"out{suffix}"
    write_table(found.frame, out)
    again = read_sheet(out).frame
    assert [int(value) for value in again["aqi"]] == [121] * 3
    twice = index_readings(read_readings(read_sheet(out)), EDITIONS).frame
    assert twice.columns == found.frame.columns


def test_the_feed_is_read_as_it_comes() -> None:
    if not FEED.exists():
        pytest.skip("the national hour is not beside the checkout")
    readings = read_readings(read_sheet(FEED))
    assert any("对调" in note for note in readings.notes)
    frame = index_readings(readings, EDITIONS).frame
    published = frame["aqi_given"].cast(pl.Int16, strict=False)
    assert published.is_not_null().sum() == 1462
    assert (frame["aqi"].filter(published.is_not_null()) == published.drop_nulls()).all()
    right = json.loads(FEED.read_text(encoding="utf-8"))
    for feature in right["features"]:
        own = feature["properties"]
        own["o3"], own["o3_24h"] = own["o3_24h"], own["o3"]
    assert readings.values["o3"][0] == float(right["features"][0]["properties"]["o3"])


def test_the_right_order_of_ozone_is_left_alone(tmp_path: Path) -> None:
    rows = "".join(f"S{n},2017-07-07T16:00:00,{100 + n},{120 + n}\n" for n in range(30))
    readings = read(tmp_path, "stationcode,timepoint,o3,o3_24h\n" + rows)
    assert readings.values["o3"].tolist() == [100 + n for n in range(30)]
    assert not readings.notes


def test_what_is_no_value_is_marked_and_not_used(tmp_path: Path) -> None:
    text = HEAD + "A,2026-03-01 01:00,-3,9999,-,—,0.8,40\nA,2026-03-01 02:00,NA,-999,/,,99999,41\n"
    readings = read(tmp_path, text)
    told = {name: [MARKS[mark] for mark in marks] for name, marks in readings.marks.items()}
    assert told == {
        "pm25": ["negative", "missing"], "pm10": ["code", "negative"], "so2": ["missing", "missing"], "no2": ["missing", "missing"],
        "co": ["", "code"], "o3": ["", ""],
    }  # fmt: skip
    assert all((readings.values[name][readings.marks[name] > 0] == MISSING).all() for name in readings.values)
    frame = index_readings(readings, EDITIONS).frame
    assert frame["aqi"].to_list() == [None, None]
    assert frame["flags"][0] == "so2:missing;no2:missing;pm10:code;pm25:negative;aqi:incomplete".replace(
        "so2:missing;no2:missing", "so2:missing;no2:missing"
    )


def hours(
    count: int, column: str, values: list[object], start: datetime = datetime(2025, 6, 1, 1), station: str = "A"
) -> str:
    head = f"station,time,{column}\n"
    return head + "".join(f"{station},{start + timedelta(hours=n)},{values[n]}\n" for n in range(count))


def test_a_stuck_sensor_is_marked_and_kept(tmp_path: Path) -> None:
    values: list[object] = [10 + n % 3 for n in range(20)] + [33] * 24 + [10 + n % 3 for n in range(20)]
    readings = read(tmp_path, hours(64, "pm25", values))
    assert np.flatnonzero(readings.marks["pm25"] == MARKS.index("stuck")).tolist() == list(range(20, 44))
    assert (readings.values["pm25"][20:44] == 33).all()
    # A gap of an hour breaks the run.
    text = hours(64, "pm25", values).splitlines()
    del text[30]
    assert (read(tmp_path, "\n".join(text)).marks["pm25"] == 0).all()
    assert (read(tmp_path, hours(64, "pm25", values), stuck_hours=0).marks["pm25"] == 0).all()


def test_carbon_monoxide_in_micrograms_is_noticed_by_station(tmp_path: Path) -> None:
    rows = "".join(
        f"{s},2025-06-0{d} 0{h}:00,{v}\n" for s, v in (("A", 900), ("B", 0.9)) for d in range(1, 4) for h in range(1, 5)
    )
    readings = read(tmp_path, "station,time,co\n" + rows)
    assert set(readings.values["co"].tolist()) == {9}
    assert any("1 站（A）" in note for note in readings.notes)


def test_a_clock_of_utc_is_noticed_and_put_right(tmp_path: Path) -> None:
    values: list[object] = [round(60 + 50 * np.sin((n % 24 - 0) / 24 * 2 * np.pi)) for n in range(240)]
    text = hours(240, "o3", values)  # highest at 07:00
    assert any("--shift-hours 8" in note for note in read(tmp_path, text).notes)
    shifted = read(tmp_path, text, shift_hours=8)
    assert not any("--shift-hours 8" in note for note in shifted.notes)
    assert str(shifted.time[0]) == "2025-06-01T09"


def test_times_with_an_offset_are_beijing_time(tmp_path: Path) -> None:
    readings = read(
        tmp_path, HEAD + "A,2026-02-28T16:00:00Z,83,126,18,46,1.3,72\nA,2026-03-01T00:00:00+08:00,83,126,18,46,1.3,72\n"
    )
    assert [str(time) for time in readings.time] == ["2026-03-01T00"] * 2
    assert any("时区" in note for note in readings.notes)
    assert readings.repeated.tolist() == [False, True]


def test_repeated_hours_are_flagged(tmp_path: Path) -> None:
    found = indexed(tmp_path, HEAD + "A,2026-03-01 01:00,83,126,18,46,1.3,72\n" * 2)
    assert found.frame["flags"].to_list() == [None, "row:repeated"]
    assert any("重复" in note for note in found.notes)


def test_swapped_particles_are_noticed(tmp_path: Path) -> None:
    rows = "".join(f"A,2025-06-01 {h:02}:00,{100 + h},{60 + h},1,1,0.1,1\n" for h in range(24))
    assert any("PM2.5 大多高于 PM10" in note for note in read(tmp_path, HEAD + rows).notes)


def test_faults_are_told_all_at_once_with_row_and_column(tmp_path: Path) -> None:
    text = HEAD + "A,2026-03-01 01:00,abc,1,1,1,0.1,1\n,2026-02-30,1,1,1,1,x,1\nA,,1,1,1,1,0.1,1\n"
    assert faults(tmp_path, text) == [
        ("A029", "t.csv:3:station"), ("A027", "t.csv:3:time"), ("A027", "t.csv:4:time"), ("A028", "t.csv:3:co"), ("A028", "t.csv:2:pm25"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("", "t.csv", "A023"),
        (HEAD, "t.csv", "A023"),
        ("a,b\n1,2\n", "t.csv", "A026"),
        ("station,time\nA,2026-03-01\n", "t.csv", "A026"),
        ("station,time,pm25,PM2.5\nA,2026-03-01,1,1\n", "t.csv", "A024"),
        ("station,time,pm25\nA,2026-03-01,1,2,3\n", "t.csv", "A022"),
        (b"\xff\xfe\x00\x81\xff", "t.csv", "A022"),
        ("x", "t.xlsx", "A022"),
        ("x", "t.parquet", "A022"),
        ("{", "t.json", "A022"),
        ("{}", "t.json", "A022"),
        ("x", "t.docx", "A021"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, text: str | bytes, name: str, code: str) -> None:
    assert {found for found, _ in faults(tmp_path, text, name)} == {code}


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["station", "time", "pm25"])
    book.active.append(["A", "2026-03-01 01:00", 30])
    book.save(tmp_path / "t.xlsx")
    assert len(read_sheet(tmp_path / "t.xlsx").frame) == 1
    monkeypatch.setattr("greenrule.casework.air_sheets.MOST_UNPACKED", 100)
    with pytest.raises(InputFault, match=r"A022(.|\n)*解开后超过"):
        read_sheet(tmp_path / "t.xlsx")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="A020"):
        read_sheet(tmp_path / "none.csv")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_faults(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.csv", "any.json"):
        try:
            read(folder, data, name)
        except InputFault:
            continue


def test_days_that_a_program_wrote_with_a_time(tmp_path: Path) -> None:
    rows = "".join(f"A,2026-03-0{day} 00:00:00,83,126,18,46,1.3,72\n" for day in (1, 2))
    readings = read(tmp_path, HEAD + rows)
    assert (readings.kind, any("0 时" in note for note in readings.notes)) == ("day", True)
    assert read(tmp_path, HEAD + rows, kind="hour").kind == "hour"
    # One midnight of several stations is an hour.
    assert read(tmp_path, HEAD + "A,2026-03-01 00:00,1,1,1,1,1,1\nB,2026-03-01 00:00,1,1,1,1,1,1\n").kind == "hour"
    book = openpyxl.Workbook()
    book.active.append(["station", "time", "pm25"])
    book.active.append(["A", datetime(2026, 3, 1), 60])
    book.save(tmp_path / "t.xlsx")
    assert read_readings(read_sheet(tmp_path / "t.xlsx")).kind == "day"


def test_midnight_in_its_two_forms() -> None:
    assert moment_of("2026-03-01 24:00") == (datetime(2026, 3, 2), False, True)
    assert moment_of("2026-03-02 00:00") == (datetime(2026, 3, 2), False, True)
    assert moment_of("20260301") == (datetime(2026, 3, 1), False, False)
    assert moment_of("昨天") is None
