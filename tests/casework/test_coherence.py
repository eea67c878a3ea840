"""Neighbours that disagree: what is told of either side is what projects there are told, along every stretch."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import shapely

from greenrule.casework.coherence import LISTS, RANKS, Coherence, coherence
from greenrule.casework.coherence_table import frame, plain, text
from greenrule.casework.project import project_from
from greenrule.casework.siting import land
from greenrule.core.errors import InputFault
from greenrule.spatial.borders import out_of_step
from greenrule.spatial.frame import Frame
from greenrule.spatial.overlay import lengths_m
from greenrule.store.workspace import Workspace
from tests.casework.test_unit_atlas import DAY, SAID, asked


@pytest.fixture(scope="module")
def found(demo_workspace) -> Coherence:
    question = asked(demo_workspace)
    return coherence(question, within=land(question.screener.ground(DAY), "晋城市"), industries=["B", "C", "G"])


def told_at(found: Coherence, code: str, point) -> str:
    """What a project of a class is told at a point, by whole screening."""
    question = found.question
    facts = {name: raw for name, raw in question.assumed.items() if code not in question.set_aside.get(name, ())}
    raw = {"name": "甲", "on": DAY.isoformat(), "industry": code, "nature": "新建", "none_of": list(question.none_of), "facts": facts,
           "location": {"crs": "cgcs2000", "point": [point.x, point.y]}}  # fmt: skip
    project = project_from(raw, question.screener.law)
    return question.machine.answer(question.screener.inquire(project).given, "access").outcomes["access"].word


def test_either_side_is_told_what_is_said(found) -> None:
    """At random stretches that differ: projects a step to either side are told decisions that are listed, and different ones."""
    random = Random(20261121)
    asked_of = 0
    for pair in random.sample(found.pairs, 12):
        stretch = random.choice(pair.differing)
        codes = random.sample(sorted(pair.classes), 3)
        said = {code: (told_at(found, code, stretch.one), told_at(found, code, stretch.other)) for code in codes}
        for code, decisions in said.items():
            if decisions[0] != decisions[1]:
                asked_of += 1
                assert any(code in item.classes and item.decisions == decisions for item in pair.partings), (
                    code,
                    decisions,
                )
        units = [
            found.question.screener.ground(DAY).index("control_unit").frame.geometry[row]
            for row in (pair.one, pair.other)
        ]
        assert shapely.contains_properly(units[0], stretch.one)
        assert shapely.contains_properly(units[1], stretch.other)
    assert asked_of > 10


def test_neighbours_that_agree_are_not_named(found) -> None:
    named = {(pair.one, pair.other) for pair in found.pairs}
    random = Random(4)
    calm = [border for border in found.borders if (border.one, border.other) not in named]
    assert calm
    for border in random.sample(calm, 6):
        middle = shapely.line_interpolate_point(shapely.get_parts(border.line)[0], 0.37, normalized=True)
        units = found.frame.geometry[[border.one, border.other]]
        sides = [shapely.intersection(unit, shapely.buffer(middle, 5e-6)) for unit in units]
        code = random.choice(found.classes)
        one, other = (told_at(found, code, shapely.point_on_surface(side)) for side in sides)
        assert one == other


def test_lengths_are_true_and_within_the_border(found) -> None:
    for pair in found.pairs:
        assert 0 < pair.differing_m <= pair.border.length_m * (1 + 1e-9)
        assert pair.opposed_m <= pair.differing_m + 1e-6
        assert bool(pair.opposed) == (pair.steps == 2)
    assert found.unclear_m < 0.001 * sum(border.length_m for border in found.borders)
    assert found.facing == []


@pytest.mark.parametrize("by", list(RANKS))
def test_the_ranking_is_by_what_was_asked(demo_workspace, by) -> None:
    question = asked(demo_workspace, SAID)
    ranked = coherence(question, by=by, within=land(question.screener.ground(DAY), "晋城市"), industries=["26"])
    measure = {
        "severity": lambda pair: pair.steps,
        "classes": lambda pair: len(pair.classes),
        "length": lambda pair: pair.differing_m,
    }[by]
    values = [measure(pair) for pair in ranked.pairs]
    assert values == sorted(values, reverse=True)
    assert len(values) > 3


def test_city_lines_are_a_part_of_the_county_lines(demo_workspace, found) -> None:
    question = asked(demo_workspace)
    cities = coherence(
        question, across="city", within=land(question.screener.ground(DAY), "晋城市"), industries=["B", "C", "G"]
    )
    named = {(pair.one, pair.other): pair for pair in found.pairs}
    for pair in cities.pairs:
        assert named[pair.one, pair.other] == pair
    lines = plain(found, True)
    assert {tuple(unit["unit"] for unit in item["units"]) for item in plain(cities, True)["pairs"]} == {
        tuple(unit["unit"] for unit in item["units"]) for item in lines["pairs"] if item["city_line"]
    }


def test_table_and_lines_say_the_same(found) -> None:
    answer = plain(found, True)
    lines = frame(found, answer)
    assert len(lines) == len(found.pairs) == answer["disagreeing"]
    assert np.allclose(lengths_m(lines.geometry), [pair.differing_m for pair in found.pairs], rtol=1e-6)
    assert set(lines.columns["notice"]) == {"演示数据（非官方）"}
    shown = text(answer, most=3)
    assert "【演示数据（非官方）】" in shown
    assert shown.count(" ｜ ") >= 3
    assert f"另有 {len(found.pairs) - 3} 对" in shown


def workspace_of(path, shapes, counties, **columns) -> Workspace:
    workspace = Workspace.create(path)
    count = len(shapes)
    units = Frame(np.array(shapes), {"code": [f"U{n}" for n in range(count)], "name": [f"单元{n}" for n in range(count)],
                                     "class": ["priority", "key", "key"][:count], "city": ["某市"] * count, "county": counties, **columns})  # fmt: skip
    whole = Frame(np.array([shapely.union_all(shapes)]), {"name": ["某县"], "city": ["某市"]})
    for kind, one in (("control_unit", units), ("county", whole)):
        workspace.import_frame(
            kind,
            one,
            title=kind,
            source="测试",
            accuracy_m=5.0,
            complete=True,
            valid_from=DAY.replace(2021),
            recorded=DAY.replace(2021),
        )
    return workspace


def test_units_that_do_not_meet_are_told_and_not_compared(tmp_path) -> None:
    shapes = [
        shapely.box(112, 37, 112.1, 37.1),
        shapely.box(112.1 + 3e-5, 37, 112.2, 37.1),
        shapely.box(112.2 - 3e-5, 37, 112.3, 37.1),
    ]
    assert out_of_step(np.array(shapes)).any()
    workspace = workspace_of(tmp_path / "ws", shapes, ["甲县", "乙县", "丙县"])
    got = coherence(asked(workspace), industries=["2521"])
    assert got.facing == [(0, 1), (1, 2)]
    assert got.borders == got.pairs == []
    assert "未比较" in text(plain(got, False))


def test_units_without_counties_are_refused(tmp_path) -> None:
    shapes = [shapely.box(112, 37, 112.1, 37.1), shapely.box(112.1, 37, 112.2, 37.1)]
    workspace = workspace_of(tmp_path / "ws", shapes, [None, None])
    with pytest.raises(InputFault) as fault:
        coherence(asked(workspace))
    assert fault.value.faults[0].code == "T011"


def test_lists_that_differ_are_named(found) -> None:
    columns = found.frame.columns
    named = [pair for pair in found.pairs if pair.lists]
    assert named
    for pair in found.pairs:
        for name in LISTS:
            assert (name in pair.lists) == (columns[name][pair.one] != columns[name][pair.other])
    told = plain(found, False)["pairs"][found.pairs.index(named[0])]
    assert told["lists"] == [LISTS[name] for name in named[0].lists]
