"""A finding hears of what changes under it: rules, values, boundaries, clocks; each holder once, and of nothing that does not matter."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.web.watched import DAY, PROJECT, held, saved

pytestmark = [pytest.mark.usefixtures("unwatched"), pytest.mark.both]

ROOT = Path(__file__).parents[2]


def test_nothing_has_changed_where_nothing_has(screener: Any) -> None:
    assert held(saved(screener), screener) is None


def published(place: Path, kind: str, drop: Any) -> None:
    """A new version of a layer without the features for which `drop` says so."""
    from greenrule.spatial.frame import Frame
    from greenrule.store.workspace import Workspace

    workspace = Workspace.open(place)
    before = workspace.layers()[kind]
    frame = workspace.read(before)
    rows = [row for row in range(len(frame)) if not drop(frame.geometry[row])]
    assert 0 < len(rows) < len(frame)
    fewer = Frame(
        frame.geometry[rows],
        {name: [column[row] for row in rows] for name, column in frame.columns.items()},
        frame.meta,
    )
    workspace.import_frame(
        kind,
        fewer,
        title="新版",
        source="测试",
        accuracy_m=before.accuracy_m,
        complete=before.complete,
        valid_from=date(2020, 1, 1),
        demo=True,
    )


def test_a_layer_matters_only_where_it_changes_at_the_site(screener: Any, own_workspace: Path, tmp_path: Path) -> None:
    import shapely

    from greenrule.casework.screening import open_screener
    from greenrule.store.workspace import Workspace

    here = shapely.Point(112.55, 37.87)
    place = tmp_path / "workspace"
    shutil.copytree(own_workspace, place)
    name = saved(open_screener(place))
    published(place, "control_unit", lambda shape: shape.distance(here) > 1.5)
    assert len(Workspace.open(place).versions("control_unit")) == 2
    assert held(name, open_screener(place)) is None  # far away
    published(place, "built_up_area", lambda shape: shape.intersects(here))
    change = held(name, open_screener(place))
    assert change is not None
    told = [(item["kind"], item["before"], item["after"]) for item in change.body["items"]]
    assert ("fact", "是", "否") in told
    assert not [item for item in change.body["items"] if item["kind"] in ("rule", "parameter", "unit")]


@pytest.fixture(scope="session")
def later_packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The packs with one value, one rule's condition and one wording changed."""
    place = tmp_path_factory.mktemp("later")
    for name in ("cn", "cn-shanxi"):
        shutil.copytree(ROOT / "packs" / name, place / name, ignore=shutil.ignore_patterns("cases"))
    for file, old, new in (
        ("rules/air-plan-2024.rules", 'rule air-02-d "焦化企业纳入绿色发展考核"', 'rule air-02-d "焦化企业纳入考核"'),
        ("parameters/air-thresholds.yaml", "value: 35, cite", "value: 40, cite"),
    ):
        path = place / "cn-shanxi" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return place / "cn", place / "cn-shanxi"


def test_a_new_edition_of_the_packs_tells_which_rule_and_which_value(
    screener: Any, own_workspace: Path, later_packs: Any
) -> None:
    from greenrule.casework.screening import open_screener
    from greenrule.web.watching import present_edition

    name = saved(screener)
    present_edition(screener.law)
    change = held(name, open_screener(own_workspace, packs=later_packs))
    assert change is not None
    told = {(item["kind"], item["id"]): item for item in change.body["items"]}
    assert told["rule", "air-02-d"]["change"] == "wording"
    value = told["parameter", "air.coal_boiler_clear_max"]
    assert (value["before"], value["after"]) == ("35 蒸吨/小时", "40 蒸吨/小时")
    assert value["cites"] == ["sx-2024-7-air#9"]
    assert {kind for kind, _ in told} == {"rule", "parameter"}
    assert change.body["law_kept"] is True


def test_without_the_edition_of_then_the_packs_are_named(screener: Any, own_workspace: Path, later_packs: Any) -> None:
    from greenrule.casework.screening import open_screener
    from greenrule.store.watching.models import Edition

    name = saved(screener)
    Edition.objects.all().delete()
    change = held(name, open_screener(own_workspace, packs=later_packs))
    assert change is not None
    assert change.body["law_kept"] is False
    assert [item["id"] for item in change.body["items"] if item["kind"] == "pack"] == ["cn-shanxi"]


def test_a_clock_that_passes_is_a_change(screener: Any) -> None:
    name = saved(screener, {**PROJECT, "on": "2024-03-01"})
    change = held(name, screener)
    assert change is not None
    started = {item["id"] for item in change.body["items"] if item["change"] == "starts"}
    assert "air-24-b-new" in started
    assert change.body["now"]["on"] == DAY.isoformat()


def test_what_was_asked_as_known_on_an_earlier_day_is_told_by_the_rules_that_hold_now(own_workspace: Path) -> None:
    from greenrule.casework.screening import open_screener

    early = open_screener(own_workspace, known=date(2024, 3, 1))
    name = saved(early, PROJECT)
    change = held(name, open_screener(own_workspace))
    assert change is not None
    assert {item["change"] for item in change.body["items"] if item["kind"] == "rule"} == {"applies"}


def test_days_on_which_no_clock_passes_are_one_moment(screener: Any) -> None:
    from greenrule.web.watching import stamp_of

    assert stamp_of(screener, DAY) == stamp_of(screener, DAY + timedelta(days=1))
    assert stamp_of(screener, DAY) != stamp_of(screener, date(2024, 3, 1))


def test_each_holder_is_told_once(screener: Any, holders: list[Any]) -> None:
    from greenrule.store.watching import watches
    from greenrule.store.watching.models import Change, Event, Notice

    name = saved(screener, {**PROJECT, "on": "2024-03-01"})
    Event.objects.all().delete()
    for user in holders:
        watches.watch(user, name)
        watches.watch(user, name)
    first = held(name, screener)
    again = held(name, screener, DAY + timedelta(days=1))  # the same change, on another day
    assert first.pk == again.pk
    assert Notice.objects.filter(change=first).count() == len(holders)
    assert Event.objects.filter(name="finding.changed", subject=name).count() == 1
    # As it was: the change is over; as it became again: told no second time.
    assert held(name, screener, date(2024, 3, 1)) is None
    assert watches.open_changes(name) == []
    assert held(name, screener).pk == first.pk
    assert len(watches.open_changes(name)) == 1
    assert Notice.objects.count() == len(holders)
    assert Change.objects.count() == 1
    assert Event.objects.filter(name="finding.changed").count() == 1


def test_a_project_that_can_no_longer_be_asked_is_told(screener: Any, own_workspace: Path, tmp_path: Path) -> None:
    import shapely

    from greenrule.casework.screening import open_screener

    place = tmp_path / "workspace"
    shutil.copytree(own_workspace, place)
    name = saved(open_screener(place))
    published(place, "county", lambda shape: shape.intersects(shapely.Point(112.55, 37.87)))
    change = held(name, open_screener(place))
    assert change.body["items"][0]["kind"] == "project"
    assert "图层" in change.body["items"][0]["after"]
