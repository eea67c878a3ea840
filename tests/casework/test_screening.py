"""Honesty of findings, end to end over the real packs: they are stable, cited, dated, and never unsay what was sure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.core.seal import canonical
from greenrule.store.records import finding_row, written_row
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_demo, shared_law, write
from tests.cli.worlds import INDUSTRIES, ON, World, of

SITE = {"crs": "cgcs2000", "point": [112.55, 37.87]}


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    return shared_demo(tmp_path_factory)


@pytest.fixture(scope="session")
def screener(demo) -> Screener:
    return Screener(shared_law(), Workspace.open(demo))


@pytest.fixture(scope="session")
def world(screener) -> World:
    return World(screener)


@settings(max_examples=60)
@given(data=st.data())
def test_learning_a_fact_never_unsays_a_decision(data, world):
    """Kleene monotonicity: what is decided stays decided and stays the same, whatever else becomes known."""
    known, unknown = world.draw(data)
    before = world.machine.answer(known)
    _, derived = world.machine.complete(known)
    for name in unknown[:12]:
        value = data.draw(st.sampled_from(world.values[name]))
        if name in derived and derived[name].value != value:
            continue  # this contradicts what was said, it does not add to it
        after = world.machine.answer({**known, name: value})
        for decision, outcome in before.outcomes.items():
            if outcome.value is not None:
                assert after.outcomes[decision].value == outcome.value, (decision, name, value)
            elif outcome.candidates:
                assert set(after.outcomes[decision].candidates) <= set(outcome.candidates), (decision, name, value)


def test_a_project_fully_described_is_decided(world):
    """The law above speaks of decided decisions: there are some in every industry."""
    for code in INDUSTRIES:
        known = {
            "industry": frozenset([code]),
            "nature": "new",
            **{name: world.values[name][-1] for name in world.facts[code]},
        }
        outcomes = world.machine.answer(known).outcomes
        assert [d for d in ("access", "eia.form", "permit.class") if outcomes[d].value is None] == [], code


@settings(max_examples=10)
@given(data=st.data())
def test_learning_a_fact_never_unsays_a_finding(data, world):
    """The same through the whole house, layers included."""
    known, unknown = world.draw(data)
    assume(unknown)
    name = unknown[0]
    value = data.draw(st.sampled_from(world.values[name]))
    before = world.screener.inquire(of(known, SITE))
    _, derived = world.machine.complete(before.given)
    assume(before.given.get(name) in (None, value) and (name not in derived or derived[name].value == value))

    one, other = world.screener.screen(of(known, SITE)), world.screener.screen(of({**known, name: value}, SITE))

    for said, now in (
        (one["decision"], other["decision"]), (one["eia"]["form"], other["eia"]["form"]), (one["permit"]["class"], other["permit"]["class"]),
    ):  # fmt: skip
        assert said in ("undetermined", now)


@settings(max_examples=12)
@given(data=st.data())
def test_every_true_reason_is_cited_and_the_same_twice(data, world):
    """At least one citation that resolves to a titled instrument and a clause; the same question, the same bytes."""
    known, _ = world.draw(data)
    finding = world.screener.screen(of(known, SITE))

    for reason in finding["reasons"]:
        if reason["state"] == "true":
            cites = [
                world.screener.law.instruments.resolve("#".join(filter(None, (c["instrument"], c["clause"]))), ON)
                for c in reason["cites"]
            ]
            assert cites, reason["rule"]
            assert all(cite.title and (cite.clause_label or cite.clause is None) for cite in cites), reason["rule"]
    assert canonical(finding) == canonical(world.screener.screen(of(known, SITE)))


@settings(max_examples=12)
@given(data=st.data())
def test_what_is_written_is_what_is_found(data, world):
    """A finding that is written in one go is, byte for byte, the one that is put together and then written; so is what is kept."""
    known, _ = world.draw(data)
    project, everything = of(known, SITE), data.draw(st.booleans())
    finding = world.screener.screen(project, everything=everything)
    _, sealed = world.screener.screen_written(project, everything=everything)
    assert (sealed.digest, json.loads(sealed.told())) == (finding["digest"], finding)
    assert sealed.told() == f'{{"digest":"{sealed.digest}",'.encode() + canonical(finding)[1:]
    assert written_row(finding, sealed) == finding_row(finding)


def test_findings_share_nothing_that_can_be_changed(world):
    """What is kept of one rulebook for all findings is not handed out."""
    project = of({"industry": frozenset(["2521"]), "nature": "new"}, SITE)
    spoilt = world.screener.screen(project)
    before = canonical(spoilt)
    for reason in spoilt["reasons"]:
        reason["cites"][0]["title"] = reason["facts"] = None
    for item in spoilt["missing"]:
        item["affects"].clear()
    assert canonical(world.screener.screen(project)) == before
    assert canonical(spoilt) != before


def test_another_process_says_the_same_bytes(demo, tmp_path):
    """Whatever the order of sets and dictionaries there."""
    project = write(tmp_path / "甲.yaml", "name: 甲\non: 2026-11-21\nindustry: ['2521', '4411', '2614']\nnature: new\n"
                    "location: {point: [112.55, 37.87]}\nfacts: {capacity: 106 万吨/年, burns_coal: 是}\n")  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "greenrule.cli.main",
        "screen",
        str(project),
        "-w",
        str(demo),
        "--format",
        "json",
        "--all",
    ]

    said = [
        subprocess.run(
            command,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "GREENRULE_CACHE": cache},
        ).stdout
        for seed, cache in (("1", "off"), ("2", str(tmp_path / "cache")))
    ]

    assert said[0] == said[1]
    assert json.loads(said[0])["digest"].startswith("sha256:")


def test_another_day_has_another_law(screener):
    """Only rules that are in force on the day speak, and the days differ."""
    found = {}
    for day in (date(2022, 6, 1), ON):
        finding = screener.screen(
            project_from({"industry": "2521", "nature": "new", "on": day.isoformat()}, screener.law), everything=True
        )
        found[day] = {reason["rule"] for reason in finding["reasons"]}
        for rule in found[day]:
            first, last, *_ = screener.law.book.validity[rule]
            assert first <= day
            assert last is None or day <= last
    dawn = {rule for rule, (first, *_) in screener.law.book.validity.items() if first > date(2022, 6, 1)}

    assert dawn
    assert not found[date(2022, 6, 1)] & dawn
    assert found[ON] & dawn


def test_what_was_not_yet_recorded_was_not_known(demo, screener):
    """The day before the layers were recorded they say nothing; the day after they speak."""
    recorded = min(version.recorded for version in Workspace.open(demo).versions())
    project = project_from({"industry": "2521", "nature": "new", "location": SITE}, screener.law, on=ON)
    before = Screener(screener.law, screener.workspace, recorded - timedelta(days=1)).screen(project)
    after = Screener(screener.law, screener.workspace, recorded).screen(project)

    assert (before["versions"]["layers"], before["units"], before["site"]["county"], before["notices"]) == (
        {},
        [],
        None,
        [],
    )
    assert after["units"]
    assert after["notices"] == ["演示数据（非官方）"]
    assert not [
        fact for reason in before["reasons"] for fact in reason["facts"] if str(fact["from"]).startswith("layer:")
    ]


def test_what_the_layer_says_prevails_and_is_told(screener):
    """A writer who contradicts a layer is not believed in silence."""
    spec = next(spec for spec in screener.law.book.facts.values() if spec.place is not None and spec.kind.form == "truth"
                and screener.inquire(of({}, SITE)).given.get(spec.id) is False)  # fmt: skip
    finding = screener.screen(of({spec.id: True}, SITE))

    assert [doubt["fact"] for doubt in finding["doubts"] if doubt["kind"] == "layer"] == [spec.id]
    assert screener.inquire(of({spec.id: True}, SITE)).given[spec.id] is False


def test_nothing_known_decides_nothing(screener):
    """No industry, no place, no facts: no verdict."""
    finding = screener.screen(project_from({"name": "甲"}, screener.law, on=ON))

    assert finding["decision"] == "undetermined"
    assert finding["missing"]
