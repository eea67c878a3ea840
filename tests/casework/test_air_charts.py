"""Charts of the air desk: drawn from the workspace, the same bytes again; winds read or refused with their rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from greenrule.casework.air_charts import calendar_chart, read_winds, rose_chart, trend_chart
from greenrule.casework.air_lake import import_files
from greenrule.casework.air_series import hour_values, month_values, span_of, year_days
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.store.workspace import Workspace

EDITIONS = load_editions()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One station, January to March of 2026; PM2.5 is 30 in January, 50 in February, 70 in March."""
    folder = tmp_path_factory.mktemp("charts")
    lines = ["station,time,城市,pm25,pm10,so2,no2,co,o3"]
    moment = datetime(2026, 1, 1, 1)
    while moment <= datetime(2026, 4, 1):
        lines.append(f"S1,{moment},甲市,{10 + 20 * (moment - timedelta(hours=1)).month},60,10,30,0.8,90")
        moment += timedelta(hours=1)
    (folder / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = Workspace.create(folder / "ws")
    import_files(made, [folder / "t.csv"], EDITIONS)
    return made


def test_series(workspace):
    assert span_of(workspace) == (date(2026, 1, 1), date(2026, 3, 31))
    assert month_values(workspace, EDITIONS, "pm25", "city", "甲市", *span_of(workspace)) == (
        date(2026, 1, 1),
        [30, 50, 70],
    )
    hours = hour_values(workspace, "S1", "pm25", workspace.observations.months())
    assert len(hours) == 90 * 24
    assert hours[np.datetime64("2026-02-01T00", "h")] == 30  # the hour that ends there is the last of January
    assert hours[np.datetime64("2026-02-01T01", "h")] == 50
    with pytest.raises(InputFault, match="AT009"):
        hour_values(workspace, "S2", "pm25", workspace.observations.months())


def test_the_calendar_holds_every_day_in_the_colour_of_its_level(workspace):
    rows = year_days(workspace, EDITIONS, 2026, "city", "甲市")
    made = calendar_chart(rows, EDITIONS, 2026, "甲市 2026 年", ".svg")
    assert made == calendar_chart(rows, EDITIONS, 2026, "甲市 2026 年", ".svg")
    text = made.decode()
    levels = {row["level"] for row in rows if row["level"]}
    colours = {item.number: item.hex.lower() for item in EDITIONS.items[0].levels}
    counts = {level: sum(1 for row in rows if row["level"] == level) for level in levels}
    for level in levels:  # one square a day and one in the legend
        assert text.count(f"fill: {colours[level]};") == counts[level] + 1


def test_a_trend_of_less_than_two_years_is_unknown():
    assert trend_chart([30.0, 50.0, None], date(2026, 1, 1), "pm25", "甲市", ".png").startswith(b"\x89PNG")


def test_winds(tmp_path: Path, workspace):
    path = tmp_path / "wind.csv"
    path.write_text(
        "时间,风向,风速\n2026-01-01 01:00,NNE,2\n2026-01-01 02:00,350,1.5\n2026-01-01 03:00,C,0\n2026-01-01 04:00,,\n",
        encoding="utf-8",
    )
    winds = read_winds(path)
    assert list(winds.hours.values()) == [(22.5, 2.0), (350.0, 1.5), (None, 0.0)]
    values = hour_values(workspace, "S1", "pm25", workspace.observations.months())
    assert rose_chart(values, winds, "pm25", "甲市", ".svg") == rose_chart(values, winds, "pm25", "甲市", ".svg")
    with pytest.raises(InputFault, match="AT008"):
        rose_chart({}, winds, "pm25", "甲市", ".svg")


def test_winds_that_cannot_be_read_are_named_all_at_once(tmp_path: Path):
    path = tmp_path / "wind.csv"
    path.write_text(
        "time,direction,speed\n2026-01-01 01:00,NNX,2\nyesterday,N,2\n2026-01-01 03:00,N,-1\n", encoding="utf-8"
    )
    with pytest.raises(InputFault) as raised:
        read_winds(path)
    assert [fault.code for fault in raised.value.faults] == ["AT007"] * 3
    assert [fault.place.line for fault in raised.value.faults] == [2, 3, 4]
    path.write_text("time,speed\n2026-01-01 01:00,2\n", encoding="utf-8")
    with pytest.raises(InputFault, match="AT006"):
        read_winds(path)
