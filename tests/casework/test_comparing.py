"""Why two findings differ: every cause asked again by another way, and nothing smaller found."""

from __future__ import annotations

import json
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.casework.comparing import Side, compare
from greenrule.casework.project import project_from, read_projects
from greenrule.casework.roster import with_law
from greenrule.casework.screening import Screener
from greenrule.casework.sides import open_side
from greenrule.core.errors import InputFault
from greenrule.packs.drafts import load_draft
from tests.casework.changes_of_law import layered
from tests.cli.workspace import ROOT, run, shared_law, write
from tests.cli.worlds import INDUSTRIES, ON, World, of


@pytest.fixture(scope="session")
def screener() -> Screener:
    return Screener(shared_law())


@pytest.fixture(scope="session")
def world(screener) -> World:
    return World(screener)


def key(outcome, piece=None):
    if not outcome.candidates:
        return piece in {value for value, _ in outcome.collected}
    return outcome.value, frozenset(outcome.candidates)


def reached(machine, a, b, causes, decision, piece=None):
    """The first case with some facts of the second, asked with the whole rulebook and not only the decision's part."""
    facts = {**a, **{cause["id"]: b.get(cause["id"]) for cause in causes}}
    return key(machine.answer(facts).outcomes[decision], piece)


@settings(max_examples=6)
@given(data=st.data())
def test_every_cause_makes_the_difference_and_nothing_smaller_does(data, world):
    """Two projects of one industry that differ in a handful of facts."""
    random = data.draw(st.randoms(use_true_random=False))
    one = world.described(random)
    other = dict(one)
    (industry,) = one["industry"]
    for name in random.sample(world.facts[industry], 6):
        value = random.choice([*world.values[name], None])
        other[name] = value
    other = {name: value for name, value in other.items() if value is not None}
    found = compare(Side.of("a", of(one), world.screener), Side.of("b", of(other), world.screener))
    before, after = world.machine.answer(one), world.machine.answer(other)
    differing = [fact["id"] for fact in found["differences"]["facts"]]

    assert set(differing) == {name for name in {*one, *other} if one.get(name) != other.get(name)}
    seen = set()
    for item in found["decisions"]:
        name = item["decision"]
        seen.add(name)
        entries = [(item, None)] if "because" in item else [(p, p["value"]) for p in (*item["gained"], *item["lost"])]
        for entry, piece in entries:
            target = key(after.outcomes[name], piece)
            assert key(before.outcomes[name], piece) != target
            for causes in (entry["because"], *entry["instead"]):
                assert reached(world.machine, one, other, causes, name, piece) == target
            assert entry["smallest"]
            for size in range(len(entry["because"])):
                for parts in combinations(differing, size):
                    assert reached(world.machine, one, other, [{"id": p} for p in parts], name, piece) != target
    for name in found["same"]:
        collected = [{value for value, _ in answer.outcomes[name].collected} for answer in (before, after)]
        assert collected[0] == collected[1]
        assert before.outcomes[name].candidates == after.outcomes[name].candidates, name
    assert seen.isdisjoint(found["same"])
    assert seen | set(found["same"]) == set(before.outcomes)


def test_two_days_differ_by_the_rules_that_came(screener):
    """The same project before and after the plan of 2024-03-08: the rule that turned it, found among hundreds."""
    raw = json.loads(json.dumps({"name": "甲", "industry": "2521", "nature": "new", "facts": {
        "coking.independent": True, "site.taiyuan_basin": True, "industry_catalogue.class": "permitted"}}))  # fmt: skip
    sides = [Side.of(n, project_from(raw, screener.law, day), screener)
             for n, day in (("a", date(2024, 2, 1)), ("b", date(2024, 3, 8)))]  # fmt: skip
    found = compare(*sides)
    access = next(item for item in found["decisions"] if item["decision"] == "access")
    causes = [[(c["kind"], c["id"], c["change"]) for c in parts] for parts in (access["because"], *access["instead"])]

    assert access["b"] == "prohibited" != access["a"]
    assert ["rule", "air-24-a", "added"] in [list(parts[0]) for parts in causes]
    assert {len(parts) for parts in causes} == {1}
    assert found["differences"]["facts"] == []
    assert len(found["differences"]["law"]) > 100
    assert compare(sides[0], sides[0])["decisions"] == []


def test_a_draft_and_a_fact_together(screener, tmp_path):
    """Law and facts differ at once: the cause names both where both are needed."""
    draft = with_law(screener, load_draft(screener.law, [layered(tmp_path / "draft")]))
    raw = {"name": "甲", "industry": "443", "nature": "new", "facts": {"boiler.any": True, "list.key_discharger": False,
           "boiler.coal_capacity": "0 蒸吨/小时", "boiler.single_capacity": "5 蒸吨/小时", "boiler.total_capacity": "5 蒸吨/小时"}}  # fmt: skip
    larger = {
        **raw,
        "facts": {**raw["facts"], "boiler.single_capacity": "12 蒸吨/小时", "boiler.total_capacity": "12 蒸吨/小时"},
    }
    day = date(2027, 2, 1)
    a = Side.of("a", project_from(raw, screener.law, day), screener)
    b = Side.of("b", project_from(larger, draft.law, day), draft)
    found = compare(a, b)
    permit = next(item for item in found["decisions"] if item["decision"] == "permit.catalogue_class")

    assert {(c["kind"], c["id"]) for c in permit["because"]} in (
        {("parameter", "permit.boiler_limit"), ("fact", "boiler.single_capacity")},
        {("parameter", "permit.boiler_limit"), ("fact", "boiler.total_capacity")},
    )
    assert permit["smallest"]
    assert {(i["kind"], i["id"]) for i in found["differences"]["law"]} == {
        ("rule", "draft-01"), ("rule", "draft-02"), ("rule", "air-24-a"), ("rule", "zn-05-c"), ("parameter", "permit.boiler_limit"),
    }  # fmt: skip


def test_sides_are_projects_findings_and_saved_findings(demo_workspace, tmp_path):
    """A finding is asked again as it was; what cannot be found or asked is told."""
    screener = Screener(shared_law(), demo_workspace)
    path = ROOT / "examples" / "qingxu-coking.yaml"
    project = read_projects(path, screener.law)[0]
    finding = screener.screen(project)
    file = write(tmp_path / "结论.json", json.dumps(finding, ensure_ascii=False))
    a, b = open_side("a", str(path), screener), open_side("b", str(file), screener)

    assert a.finding["digest"] == b.finding["digest"] == finding["digest"]
    assert compare(a, b)["decisions"] == []
    assert compare(a, b)["notes"] == []
    other = dict(finding, decision="allowed", versions={**finding["versions"], "packs": {"cn": "sha256:00"}})
    stale = open_side("b", str(write(tmp_path / "b.json", json.dumps(other, ensure_ascii=False))), screener)
    assert "原来的结论是 allowed" in stale.notes[0]
    rows = [["项目名称", "行业"], *([f"项目{n}", code] for n, code in enumerate(INDUSTRIES[:3]))]
    sheet = write(tmp_path / "many.xlsx", rows)
    assert open_side("a", f"{sheet}#3", screener).project.name == "项目2"
    for text, who, code in ((str(sheet), screener, "CMP001"), (f"{sheet}#4", screener, "CMP002"),
                            (str(file), Screener(shared_law()), "CMP003"), ("F0123456789abcdef", Screener(shared_law()), "CMP004"),
                            ("F0123456789abcdef", screener, "W020"), (str(tmp_path / "none.yaml"), screener, "J001")):  # fmt: skip
        with pytest.raises(InputFault) as caught:
            open_side("a", text, who)
        assert [fault.code for fault in caught.value.faults] == [code]


def test_the_command_tells_in_words_and_in_json(demo_workspace):
    """The same content; nothing is cut off."""
    files = [ROOT / "examples" / name for name in ("jishan-coking.yaml", "qingxu-coking.yaml")]
    text = run("compare", *files, "-w", demo_workspace.path).stdout
    found = json.loads(run("compare", *files, "-w", demo_workspace.path, "--format", "json").stdout)

    assert "…" not in text
    for item in found["decisions"]:
        assert item["label"] in text
    assert found["a"]["on"] == ON.isoformat()
    assert {"a", "b", "differences", "decisions", "grounds", "same", "notes"} == set(found)
