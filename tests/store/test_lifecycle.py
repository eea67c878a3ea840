"""The life of a layer version: steps follow one another, drafts stay out, and no step changes a past answer."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.spatial.frame import Frame
from greenrule.store.lifecycle import NEXT, STATES, Step, state_of
from greenrule.store.workspace import Workspace

START = date(2024, 1, 1)


def frame(number: int) -> Frame:
    west = 112.0 + number / 100
    return Frame(np.array([shapely.box(west, 37.0, west + 0.01, 37.01)], dtype=object), {"name": [f"甲{number}"]})


def put(workspace: Workspace, number: int, day: date, draft: bool):
    return workspace.import_frame(
        "park",
        frame(number),
        title=f"甲{number}",
        source="乙",
        accuracy_m=None,
        complete=True,
        valid_from=START,
        recorded=day,
        draft=draft,
    )


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


def step(workspace: Workspace, version: int, state: str, day: date, **more) -> Step:
    return workspace.life.take(Step(version, state, day, "某局", **more))


def test_a_draft_stays_out_until_it_is_published(workspace) -> None:
    old = put(workspace, 1, START, draft=False)
    new = put(workspace, 2, START + timedelta(10), draft=True)
    assert workspace.layers(START, START + timedelta(20))["park"].seq == old.seq
    step(workspace, new.seq, "filed", START + timedelta(30), paper="备案〔2024〕1号")
    step(workspace, new.seq, "published", START + timedelta(40), paper="发布〔2024〕1号")
    assert workspace.layers(START, START + timedelta(39))["park"].seq == old.seq
    assert workspace.layers(START, START + timedelta(40))["park"].seq == new.seq
    assert [state_of(workspace.life.steps(version.seq)) for version in (old, new)] == ["published", "published"]


@pytest.mark.parametrize(
    ("state", "more", "code"),
    [
        ("published", {"paper": "一号"}, "W030"),  # checked → published leaves out the filing
        ("superseded", {}, "W030"),
        ("approved", {}, "W030"),
        ("filed", {}, "W031"),
        ("filed", {"paper": "一号", "day": START - timedelta(1)}, "W032"),
    ],
)
def test_steps_that_may_not_be(workspace, state, more, code) -> None:
    version = put(workspace, 1, START, draft=True)
    before = workspace.life.steps()
    with pytest.raises(InputFault) as caught:
        step(workspace, version.seq, state, more.pop("day", START), **more)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert workspace.life.steps() == before


def test_an_import_may_not_be_dated_before_a_publication(workspace) -> None:
    draft = put(workspace, 1, START, draft=True)
    step(workspace, draft.seq, "filed", START + timedelta(5), paper="一号")
    step(workspace, draft.seq, "published", START + timedelta(9), paper="二号")
    with pytest.raises(InputFault):
        put(workspace, 2, START + timedelta(8), draft=False)


def test_a_file_from_before_steps_is_read_and_brought_up(workspace) -> None:
    put(workspace, 1, START, draft=False)
    with sqlite3.connect(workspace.path / "records.sqlite") as connection:
        connection.execute("DROP TABLE layer_step")
        connection.execute("PRAGMA user_version = 1")
    assert workspace.layers(START, START)["park"].title == "甲1"
    assert workspace.life.steps() == []
    put(workspace, 2, START + timedelta(1), draft=False)
    assert [item.state for item in workspace.life.steps()] == ["published"]
    assert workspace.layers(START, START)["park"].title == "甲1"


def test_steps_are_not_rewritten(workspace) -> None:
    put(workspace, 1, START, draft=True)
    for change in ("UPDATE layer_step SET who = '别人'", "DELETE FROM layer_step"):
        with sqlite3.connect(workspace.path / "records.sqlite") as connection, pytest.raises(sqlite3.IntegrityError):
            connection.execute(change)


def test_every_state_has_a_word_and_what_may_follow() -> None:
    assert set(NEXT) == set(STATES)
    assert {name for names in NEXT.values() for name in names} <= set(STATES)


@given(st.data())
def test_later_steps_never_change_an_earlier_answer(tmp_path_factory, data) -> None:
    workspace = Workspace.create(tmp_path_factory.mktemp("life") / "ws")
    day, asked = START, []
    for number in range(data.draw(st.integers(1, 5))):
        day += timedelta(data.draw(st.integers(0, 3)))
        drafts = [v.seq for v in workspace.versions() if state_of(workspace.life.steps(v.seq)) in ("checked", "filed")]
        if drafts and data.draw(st.booleans()):
            seq = data.draw(st.sampled_from(drafts))
            state = "filed" if state_of(workspace.life.steps(seq)) == "checked" else "published"
            step(workspace, seq, state, day, paper="一号")
        else:
            put(workspace, number, day, draft=data.draw(st.booleans()))
        for known, before in asked:
            assert workspace.layers(START, known) == before
        # What is told of a day stands once the day is over.
        asked.append((day - timedelta(1), workspace.layers(START, day - timedelta(1))))
