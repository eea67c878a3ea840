"""What a layer tells of a place goes before what the project says of it, through whatever it follows: one answer everywhere."""

from __future__ import annotations

import csv
from datetime import date
from random import Random

import pytest
import shapely

from greenrule.casework.agreeing import contradictions, overruled, overrulers
from greenrule.casework.batch import screen_table
from greenrule.casework.class_verdicts import ClassQuestion
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.casework.siting import with_places
from greenrule.casework.turning import Turning
from greenrule.casework.unit_atlas import unit_atlas
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_demo, shared_law

DAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def screener(tmp_path_factory: pytest.TempPathFactory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


@pytest.fixture(scope="session")
def in_red_line(screener: Screener) -> tuple[float, float]:
    ground, rule = screener.ground(DAY), screener.law.book.facts["site.red_line"].place
    index = ground.index(rule["layer"])
    shapes = [index.frame.geometry[row] for row in ground.rows(rule["layer"], rule.get("where") or {})]
    point = shapely.point_on_surface(max(shapes, key=shapely.area))
    return point.x, point.y


def project(screener: Screener, point: tuple[float, float], **facts: object):
    raw = {"name": "甲", "on": str(DAY), "industry": "2521", "nature": "new", "facts": facts,
           "location": {"crs": "cgcs2000", "point": list(point)}}  # fmt: skip
    return project_from(raw, screener.law)


def test_no_sensitive_area_cannot_be_said_in_a_red_line(screener: Screener, in_red_line: tuple[float, float]) -> None:
    there = project(screener, in_red_line, **{"sensitive.any": False})
    inquiry = screener.inquire(there)
    assert inquiry.given["site.red_line"] is True
    assert "sensitive.any" not in inquiry.given
    assert contradictions(screener.law, DAY, inquiry.given) == []
    told = [doubt for doubt in screener.screen(there)["doubts"] if doubt.get("fact") == "sensitive.any"]
    assert [doubt["kind"] for doubt in told] == ["layer"]
    assert "按图层判定" in told[0]["message"]
    # The same project without that word is told the same.
    silent = screener.inquire(project(screener, in_red_line))
    assert screener.machine(DAY).answer(inquiry.given).outcomes == screener.machine(DAY).answer(silent.given).outcomes
    # And what would turn it can be asked.
    Turning(screener.machine(DAY), inquiry.given, "access", "allowed")


def test_elsewhere_the_word_stands(screener: Screener) -> None:
    index = screener.ground(DAY).index("county")
    random = Random(3)
    for shape in random.sample(list(index.frame.geometry), 40):
        point = shapely.point_on_surface(shape)
        inquiry = screener.inquire(project(screener, (point.x, point.y), **{"sensitive.any": False}))
        sensitive = [name for name, placed in inquiry.placed.items() if placed.value and _follows(screener, name)]
        assert ("sensitive.any" in inquiry.given) == (not sensitive), sensitive


def _follows(screener: Screener, name: str) -> bool:
    told = [name]
    return "sensitive.any" in overrulers(screener.law, DAY, ["sensitive.any"], told)


def test_after_it_nothing_contradicts(screener: Screener) -> None:
    """Random words about a place against random layers: what is left agrees with itself, and only written facts are gone."""
    law, random = screener.law, Random(20261121)
    places = [name for name, spec in law.book.facts.items() if spec.place is not None]
    others = [name for name, spec in law.book.facts.items()
              if spec.kind.form == "truth" and spec.place is None and overrulers(law, DAY, [name], places)]  # fmt: skip
    assert others
    gone = 0
    for _ in range(300):
        written = {name: random.random() < 0.3 for name in random.sample(others, min(4, len(others)))}
        if contradictions(law, DAY, written):
            continue
        layers = {name: random.random() < 0.3 for name in random.sample(places, 6)}
        if contradictions(law, DAY, layers):
            continue
        found = overruled(law, DAY, {**written, **layers}, layers)
        gone += len(found)
        assert {item.fact for item in found} <= set(written) - set(layers)
        left = with_places(screener.machine(DAY), written, layers)
        assert left.items() >= layers.items()
        # A layer's word stands where nothing written is against it; two layers may still be at odds with each other.
        assert not {name for name, _ in contradictions(law, DAY, left)} & set(written) - set(layers)
    assert gone > 10


def test_a_table_is_answered_as_its_projects_are(
    screener: Screener, in_red_line: tuple[float, float], tmp_path
) -> None:
    index = screener.ground(DAY).index("county")
    spots = [shapely.point_on_surface(shape) for shape in Random(5).sample(list(index.frame.geometry), 8)]
    points = [in_red_line, *((spot.x, spot.y) for spot in spots)]
    table, out = tmp_path / "项目.csv", tmp_path / "结果.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["项目名称", "行业", "建设性质", "经度", "纬度", "坐标系", "sensitive.any"])
        rows.writerows(["甲", "2521", "新建", f"{lon:.9f}", f"{lat:.9f}", "CGCS2000", "否"] for lon, lat in points)
    screen_table(table, out, screener, on=DAY)
    with out.open(encoding="utf-8", newline="") as stream:
        told = [row["decision"] for row in csv.DictReader(stream)]
    for word, (lon, lat) in zip(told, points, strict=True):
        one = project(screener, (round(lon, 9), round(lat, 9)), **{"sensitive.any": False})
        assert word == screener.screen(one)["decision"], (lon, lat)


def test_the_atlas_says_what_screening_says(screener: Screener) -> None:
    question = ClassQuestion(screener, DAY, assumed={"sensitive.any": "否"}, none_of=("sensitive",))
    assert "site.red_line" in question.places
    atlas = unit_atlas(question, industries=["2521", "4416", "3011"], keep_shapes=True)
    random, compared = Random(9), 0
    while compared < 60:
        row = random.randrange(len(atlas.units))
        place = random.randrange(len(atlas.units[row].pieces))
        point = shapely.point_on_surface(atlas.ground.shapes[row][place])
        code = random.choice(atlas.classes)
        raw = {"name": "甲", "on": str(DAY), "industry": code, "nature": "new", "none_of": ["sensitive"],
               "facts": {"sensitive.any": "否"}, "location": {"crs": "cgcs2000", "point": [point.x, point.y]}}  # fmt: skip
        given = screener.inquire(project_from(raw, screener.law)).given
        outcome = question.machine.answer(given, "access").outcomes["access"]
        verdict = atlas.verdicts.table[
            atlas.verdicts.number[atlas.classes.index(code), atlas.units[row].pieces[place][0]]
        ]
        assert (outcome.word, tuple(sorted(outcome.deciding)), tuple(sorted(outcome.open))) == (
            verdict.decision, verdict.deciding, verdict.open,
        ), (code, point)  # fmt: skip
        compared += 1
