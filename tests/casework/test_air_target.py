"""Targets against days: the state, the budget against brute force, what is unknown, and the picture."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from greenrule.casework.air_lake import import_files
from greenrule.casework.air_target import stand, wanted
from greenrule.casework.air_target_chart import target_chart
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.packs.book import default_packs
from greenrule.packs.instruments import load_instruments
from greenrule.packs.places import load_places
from greenrule.packs.targets import load_targets
from greenrule.store.workspace import Workspace

EDITIONS = load_editions()
TARGETS = load_targets(default_packs(), load_instruments(default_packs()), load_places(default_packs()))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two cities, 2024 whole and 2025 to the end of September: PM2.5 30 in one; 20 by summer, 60 by winter in the other."""
    folder = tmp_path_factory.mktemp("targets")
    lines = ["station,time,城市,pm25"]
    moment, end = datetime(2024, 1, 1, 1), datetime(2025, 10, 1)
    while moment <= end:
        day = (moment - timedelta(hours=1)).date()
        winter = 60 if day.month in (1, 2, 11, 12) else 20
        if day != date(2025, 3, 5):
            lines += [f"S1,{moment},太原市,30", f"S2,{moment},大同市,{winter}"]
        moment += timedelta(hours=1)
    (folder / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = Workspace.create(folder / "ws")
    import_files(made, [folder / "t.csv"], EDITIONS)
    return made


def test_the_targets_of_the_plan_are_asked_for_by_year():
    asked = wanted(TARGETS, {}, 2025, ())
    values = {item.place: item.target for item in asked if item.target is not None}
    assert len(values) == 11
    assert (values["大同市"], values["太原市"], values["运城市"]) == (25, 38, 44)
    assert all(item.cites == ("sx-2024-7-air#26",) for item in asked if item.target is not None)
    ranked = [item for item in asked if item.target is None]
    assert ranked
    assert all(item.state == "unknown" and item.reason for item in ranked)
    with pytest.raises(InputFault, match="AT001"):
        wanted(TARGETS, {}, 2031, ())
    with pytest.raises(InputFault, match="AT001"):
        wanted(TARGETS, {"太原市": Fraction(3)}, None, ())


def test_where_cities_stand(workspace):
    found = {
        item.place: item for item in stand(workspace, EDITIONS, wanted(TARGETS, {}, 2025, ())).items if item.target
    }
    taiyuan = found["太原市"]
    assert (taiyuan.so_far, taiyuan.days, taiyuan.missing, taiyuan.left) == (30, 272, 1, 92)
    assert taiyuan.state == "open"
    assert taiyuan.chance.share == 1.0  # every day of the year before was 30
    # By hand: 38.5 is reported as 38, so 364 days may sum up to 364 · 38.5.
    assert taiyuan.allowed == Fraction(int((Fraction(77, 2) * 364 - 272 * 30) / 92 * 10), 10)
    datong = found["大同市"]
    assert datong.chance.median_ahead == pytest.approx((31 * 20 + 61 * 60) / 92, abs=3)
    assert datong.chance.share == 0.0
    assert datong.episode.adds > 0
    assert datong.episode.concentration == 151
    assert found["吕梁市"].state == "unknown"


def test_a_year_that_is_over_is_kept_or_missed(workspace):
    own = wanted(TARGETS, {"太原市": Fraction(30), "大同市": Fraction(33)}, 2024, ())
    states = {item.place: item.state for item in stand(workspace, EDITIONS, own).items}
    mean = (121 * 60 + 245 * 20) / 366  # 33.2…, reported as 33
    assert 33 < mean < 33.5
    assert states == {"太原市": "kept", "大同市": "kept"}
    own = wanted(TARGETS, {"太原市": Fraction("29.4")}, 2024, ())
    assert stand(workspace, EDITIONS, own).items[0].state == "missed"


def test_a_target_that_no_clean_day_can_save_is_out_of_reach(workspace):
    own = wanted(TARGETS, {"太原市": Fraction(5)}, 2025, ())
    item = stand(workspace, EDITIONS, own).items[0]
    assert (item.state, item.allowed) == ("out_of_reach", None)


def test_later_days_do_not_change_an_earlier_day(workspace):
    own = wanted(TARGETS, {"大同市": Fraction(40)}, 2025, ())
    item = stand(workspace, EDITIONS, own, on=date(2025, 2, 28)).items[0]
    assert (item.so_far, item.days, item.left) == (60, 59, 306)


def test_without_years_before_the_chance_is_unknown(workspace):
    own = wanted(TARGETS, {"大同市": Fraction(40)}, 2024, ())
    item = stand(workspace, EDITIONS, own, on=date(2024, 6, 30)).items[0]
    assert item.chance is None
    assert any("未知" in note for note in item.notes)
    assert item.episode.adds is None


def test_plain_data_and_pictures(workspace, tmp_path: Path):
    report = stand(workspace, EDITIONS, wanted(TARGETS, {}, 2025, ("太原市", "大同市")))
    assert json.loads(json.dumps(report.to_json()))["on"] == "2025-09-30"
    svg = target_chart(report.items, ".svg")
    assert svg == target_chart(report.items, ".svg")
    assert target_chart(report.items, ".png").startswith(b"\x89PNG")
    with pytest.raises(InputFault, match="AT002"):
        target_chart([], ".svg")
    with pytest.raises(InputFault, match="D024"):
        target_chart(report.items, ".gif")
