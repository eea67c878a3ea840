"""What a draft would do: every flip against two scalar machines, every cause against mixtures of the two laws."""

from __future__ import annotations

import io
import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

from greenrule.backends.columnar import Columns
from greenrule.casework.atlas import atlas
from greenrule.casework.lawdiff import differences, mixture
from greenrule.casework.plan_text import plan_text
from greenrule.casework.plan_xlsx import plan_xlsx
from greenrule.casework.planning import Change, as_given
from greenrule.casework.screening import Screener
from greenrule.casework.situation import Machine
from greenrule.casework.whatif import default_day, plan, plan_json
from greenrule.core.errors import InputFault
from greenrule.core.units import Quantity
from greenrule.packs.drafts import load_draft, overlay
from tests.casework.changes_of_law import EDITS, edited, layered
from tests.cli.workspace import ROOT, golden, run, shared_law, told, write
from tests.cli.worlds import World

DAY = date(2027, 2, 1)


@pytest.fixture(scope="module")
def drafts(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("drafts")
    return {"layered": layered(folder / "layered"), "edited": edited(folder / "edited", *EDITS)}


@pytest.fixture(scope="module", params=["layered", "edited"])
def change(request, drafts) -> Change:
    return Change(shared_law(), load_draft(shared_law(), [drafts[request.param]]), DAY)


@pytest.fixture(scope="module")
def cases() -> list[dict[str, object]]:
    """Described projects and sketches of projects, on purpose where the drafts bite."""
    world, random = World(Screener(shared_law())), Random(7)
    out: list[dict[str, object]] = []
    for number in range(120):
        facts = dict(world.described(random))
        if number % 2:
            for name in random.sample(sorted(facts), len(facts) // 3):
                if name not in ("industry", "nature"):
                    del facts[name]
        facts["site.taixin"], facts["site.taiyuan_basin"] = random.random() < 0.5, random.random() < 0.5
        facts["two_high"] = random.random() < 0.5
        facts["industry_catalogue.class"] = "permitted"
        facts.update({name: True for name in facts if name.startswith("conformity.")})
        if random.random() < 0.5:
            facts["boiler.any"] = True
            facts["boiler.coal_capacity"] = Quantity(Fraction(random.randint(0, 2)), "蒸吨/小时")
            facts["boiler.single_capacity"] = facts["boiler.total_capacity"] = Quantity(
                Fraction(random.randint(1, 30)), "蒸吨/小时"
            )
            facts["emission.so2"] = Quantity(Fraction(random.randint(0, 40)), "吨/年")
        out.append(facts)
    return out


def outcome(machine: Machine, facts, decision):
    found = machine.answer({n: v for n, v in facts.items() if n in machine.book.facts}).outcomes[decision]
    return frozenset(found.candidates), frozenset(value for value, _ in found.collected)


def test_who_flips_and_who_does_not(change, cases):
    """Against the scalar machines, one project at a time: values, open outcomes, and what collecting decisions gain and lose."""
    effects = change.effects(Columns.of(change.base.book, cases))
    machines = [Machine(law, DAY) for law in (change.base, change.draft)]
    turned = {(turn.decision, int(row)): (turn.before, turn.after) for turn in effects.turns for row in turn.rows}
    moved = {(p.decision, p.value, p.gained, int(row)) for p in effects.pieces for row in p.rows}
    seen = set()
    for row, facts in enumerate(cases):
        answers = [m.answer({n: v for n, v in facts.items() if n in m.book.facts}) for m in machines]
        for name in change.decisions(collect=False):
            pair = tuple(frozenset(answer.outcomes[name].candidates) for answer in answers)
            assert turned.get((name, row)) == (None if pair[0] == pair[1] else pair), (name, row)
        for name in change.decisions(collect=True):
            one, other = ({value for value, _ in answer.outcomes[name].collected} for answer in answers)
            seen |= {(name, value, True, row) for value in other - one} | {
                (name, value, False, row) for value in one - other
            }
    assert moved == seen
    assert len(turned) > 20
    assert len(seen) > 5
    assert effects.flipped == len({row for _, row in turned})


def test_what_makes_them_flip(change, cases):
    """The items named make the difference with everything else as it was; the draft without them does not."""
    effects = change.effects(Columns.of(change.base.book, cases))
    before, after = change.frozen
    everything = [item.key for item in change.items if not item.wording]
    for turn in effects.turns[:: max(1, len(effects.turns) // 12)]:
        facts = cases[int(turn.rows[0])]
        rest = [key for key in everything if key not in turn.causes]
        without = change.machine(mixture(before, after, rest))

        assert turn.causes, turn
        assert turn.exact, turn
        assert outcome(without, facts, turn.decision)[0] != turn.after, turn
        # A rule that was renamed is an item that goes and an item that comes: alone each of them would flip nothing.
        alone = change.machine(mixture(before, after, turn.causes))
        assert outcome(alone, facts, turn.decision)[0] == turn.after, turn
    count = effects.by_cause()
    assert sum(count.values()) >= effects.flipped
    assert set(count) <= set(everything)


def test_mixtures_reach_from_the_one_law_to_the_other(change, cases):
    """Nothing taken is the law in force, everything taken is the draft."""
    before, after = change.frozen
    items = [item.key for item in change.items]

    assert differences(mixture(before, after, items), after) == []
    assert [item for item in differences(before, mixture(before, after, ())) if item.kind == "rule"] == []
    assert differences(before, before) == []
    machines = [Machine(change.draft, DAY), change.machine(mixture(before, after, items))]
    for facts in cases[:20]:
        for decision in ("access", "eia.form", "permit.class", "obligations"):
            assert outcome(machines[0], facts, decision) == outcome(machines[1], facts, decision)


def test_a_cell_of_the_atlas_is_a_project(change):
    """Any cell, asked of the scalar machines with the facts that the cell states."""
    free = [name for name, (_, none_of) in change.draft.groups.items() if none_of]
    found = atlas(change.draft.book, ("new", "expand"), free, {"two_high": True})
    effects = change.effects(found.columns.taken(slice(0, 40_000)))
    machines = [Machine(law, DAY) for law in (change.base, change.draft)]
    turned = {(turn.decision, int(row)): turn for turn in effects.turns for row in turn.rows}
    rows = {int(turn.rows[place]) for turn in effects.turns for place in (0, -1)} | set(range(5, 40_000, 4_001))

    assert found.shape()[0] == 1382
    assert found.columns.size == int(np.prod(found.shape()))
    for row in sorted(rows):
        axes = {name: int(numbers[0]) for name, numbers in found.axes(np.array([row])).items()}
        facts = as_given(change.base.book, found.columns.facts(row))
        assert facts["industry"] == frozenset({found.classes[axes["class"]]})
        assert facts["nature"] == found.natures[axes["nature"]]
        held = {name for name, value in facts.items() if value is True and name.startswith(("site.", "sensitive."))}
        assert {name for name, _ in (found.units[axes["unit"]], found.places[axes["place"]]) if name} <= held
        for name in change.decisions(collect=False):
            ones, others = (frozenset(m.answer(facts).outcomes[name].candidates) for m in machines)
            turn = turned.get((name, row))
            assert (turn.before, turn.after) == (ones, others) if turn else ones == others


def test_a_draft_of_the_same_id_replaces_and_another_lies_on_top(drafts):
    """In place of the pack, or above all of them."""
    folders = shared_law().folders

    assert overlay(folders, [drafts["edited"]]) == (folders[0], drafts["edited"])
    assert overlay(folders, [drafts["layered"]]) == (*folders, drafts["layered"])
    assert overlay(folders, [drafts["layered"], drafts["edited"]]) == (folders[0], drafts["edited"], drafts["layered"])
    for wrong, code in (([ROOT / "nowhere"], "PLAN001"), ([drafts["layered"]] * 2, "PLAN002")):
        with pytest.raises(InputFault) as caught:
            overlay(folders, wrong)
        assert [fault.code for fault in caught.value.faults] == [code]


def test_the_day_of_comparison(drafts):
    """Today, or when all that the draft adds is in force; a day asked for is told what it does not reach."""
    base = shared_law()
    draft = load_draft(base, [drafts["layered"]])

    assert default_day(base, draft, date(2026, 12, 1)) == date(2027, 1, 1)
    assert default_day(base, draft, date(2027, 5, 5)) == date(2027, 5, 5)
    assert default_day(base, base, date(2026, 12, 1)) == date(2026, 12, 1)
    early = plan_json(plan(Screener(base), draft, on=date(2026, 12, 31), with_atlas=False))
    assert early["law"] == []
    assert [item["rule"] for item in early["later"]] == ["draft-01", "draft-02"]


def test_rewriting_the_past_is_told(drafts):
    """An addition leaves what was known; an edit in place does not."""
    base = shared_law()
    added = plan_json(plan(Screener(base), load_draft(base, [drafts["layered"]]), with_atlas=False))
    rewritten = plan_json(plan(Screener(base), load_draft(base, [drafts["edited"]]), on=DAY, with_atlas=False))

    assert added["rewrites"] == []
    assert {item["id"] for item in rewritten["rewrites"]} >= {"tx22-10-a", "zn-05-c", "zn-05-c-renamed", "emits.air"}
    assert "改写了早已知道的" in plan_text(rewritten)


def test_stored_projects_of_all_sorts(tmp_path, drafts, demo_workspace):
    """Saved findings (one project saved twice counts once), a table, and cases that state their days."""
    import shutil

    from greenrule.casework.project import read_projects
    from greenrule.store.workspace import Workspace

    shutil.copytree(demo_workspace.path, tmp_path / "world")
    workspace = Workspace.open(tmp_path / "world")
    screener = Screener(shared_law(), workspace)
    coking = read_projects(ROOT / "examples" / "qingxu-coking.yaml", screener.law)[0]
    for day in (date(2026, 11, 20), date(2026, 11, 21)):
        from dataclasses import replace

        workspace.save_finding(screener.screen(replace(coking, on=day, raw={**coking.raw, "on": day.isoformat()})))
    rows = [
        ["项目名称", "行业", "建设性质", "锅炉总容量", "有锅炉", "重点排污单位", "环评文件受理日期", "单台锅炉容量"]
    ]
    book = screener.law.book
    rows[0] = ["项目名称", "行业", "建设性质", *(book.facts[n].zh for n in ("boiler.total_capacity", "boiler.any", "list.key_discharger",
               "case.accepted_on", "boiler.single_capacity"))]  # fmt: skip
    rows += [["甲", "443", "新建", "12 蒸吨/小时", "是", "否", "2025-01-01", "12 蒸吨/小时"],
             ["乙", "443", "新建", "12 蒸吨/小时", "是", "否", None, "12 蒸吨/小时"],
             ["丙", "443", "新建", "30 蒸吨/小时", "是", "否", "未知", "30 蒸吨/小时"]]  # fmt: skip
    table = write(tmp_path / "表.xlsx", rows)
    draft = load_draft(screener.law, [drafts["layered"]])
    asked: list[str] = []
    first = plan(screener, draft, [table], on=DAY, with_atlas=False, folders=[drafts["layered"]],
                 say=lambda what, done, whole: asked.append(what))  # fmt: skip
    read = asked.count("读取项目")
    again = plan(screener, draft, [table], on=DAY, with_atlas=False, folders=[drafts["layered"]],
                 say=lambda what, done, whole: asked.append(what))  # fmt: skip
    found = plan_json(first)

    assert read == 2  # the one project of the findings, the one piece of the table
    assert asked.count("读取项目") == read  # the second time from what was kept
    assert plan_json(again) == found
    assert found["projects"]["count"] == 4
    permits = {p["id"] for t in found["projects"]["turns"] if t["decision"] == "permit.class" for p in t["projects"]}
    assert permits == {"表.xlsx#2", "表.xlsx#3"}
    assert {frozenset(group) for group, _ in first.projects.groups()} == {frozenset(), frozenset({"case.accepted_on"})}
    (workspace.path / "cache").joinpath("findings-x.parquet").write_bytes(b"torn")
    for file in (workspace.path / "cache").glob("*.parquet"):
        file.write_bytes(b"torn")
    assert plan_json(plan(screener, draft, [table], on=DAY, with_atlas=False, folders=[drafts["layered"]])) == found


def test_a_finding_that_can_no_longer_be_read_stands_aside(tmp_path, drafts, demo_workspace):
    """Told with its reason; the others are compared."""
    import shutil

    from greenrule.casework.sealing import sealed
    from greenrule.store.workspace import Workspace

    shutil.copytree(demo_workspace.path, tmp_path / "world")
    workspace = Workspace.open(tmp_path / "world")
    workspace.save_finding(sealed({"project": {"name": "旧", "facts": {"no.such.fact": True}}, "decision": "allowed"}))
    workspace.save_finding(sealed({"project": {"name": "新", "industry": "2521"}, "decision": "allowed"}))
    screener = Screener(shared_law(), workspace)
    found = plan_json(plan(screener, load_draft(screener.law, [drafts["layered"]]), on=DAY, with_atlas=False))

    assert found["projects"]["count"] == 1
    assert [("no.such.fact" in item["reason"]) for item in found["projects"]["aside"]] == [True]


def test_rows_of_a_table_that_cannot_be_read_stand_aside(tmp_path, drafts):
    """With their row and what is wrong; a table that is wrong as a whole is refused."""
    table = write(
        tmp_path / "p.csv", "项目名称,行业,site.taiyuan_basin\n甲,2521,是\n乙,9999,是\n丙,2521,也许\n丁,2521,否\n"
    )
    draft = load_draft(shared_law(), [drafts["layered"]])
    found = plan_json(plan(Screener(shared_law()), draft, [table], on=DAY, with_atlas=False))

    assert (found["projects"]["count"], found["projects"]["flipped"]) == (2, 1)
    assert [(item["id"], item["reason"][:4]) for item in found["projects"]["aside"]] == [
        ("p.csv#3", "IND0"),
        ("p.csv#4", "J021"),
    ] or [item["id"] for item in found["projects"]["aside"]] == ["p.csv#3", "p.csv#4"]
    assert "未能重读 p.csv#3" in plan_text(found)
    with pytest.raises(InputFault):
        plan(Screener(shared_law()), draft, [write(tmp_path / "q.csv", "项目名称,没有的事实\n甲,是\n")], on=DAY)


def test_a_table_states_days_as_a_project_does(tmp_path):
    """Batch and single screening choose the same edition for the same case, and tell the same of it."""
    import csv

    from greenrule.casework.batch import screen_table
    from greenrule.casework.project import read_projects

    text = "项目名称,日期,行业,建设性质,环评文件受理日期\n" + "".join(
        f"项目{n},{on},2521,新建,{accepted}\n"
        for n, (on, accepted) in enumerate([("2026-11-21", ""), ("2026-11-21", "2020-05-01"), ("2026-11-21", "未知"),
                                            ("2020-06-01", "2020-05-01"), ("2024-04-01", "2024-03-20"), ("2026-11-21", "2024-03-20")])
    )  # fmt: skip
    table = write(tmp_path / "p.csv", text)
    screener = Screener(shared_law())
    screen_table(table, tmp_path / "out.csv", screener)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    remarks = 0
    for row, project in zip(rows, read_projects(table, screener.law), strict=True):
        finding = screener.screen(project)
        assert (row["decision"], row["eia_form"], row["permit_class"]) == (
            finding["decision"], finding["eia"]["form"], finding["permit"]["class"],
        )  # fmt: skip
        told = [item["message"] for item in finding["doubts"] if "受理日期" in item["message"] and item["rule"] is None]
        assert [part for part in row["remarks"].split("；环") if "受理日期" in part] or not told
        assert all(message in row["remarks"] for message in told)
        remarks += len(told)
    assert remarks > 10


def test_a_moved_boundary_is_measured_again(tmp_path, drafts, demo_workspace):
    """A draft that changes how far a place reaches asks the layers again under its own distances."""
    further = edited(tmp_path / "further", ("parameters/zoning.yaml", "value: 1, cite: sx-zoning-opinion#4", "value: 400, cite: sx-zoning-opinion#4"))  # fmt: skip
    screener = Screener(shared_law(), demo_workspace)
    draft = load_draft(screener.law, [further])
    site = {"name": "甲", "industry": "0610", "nature": "new", "location": {"crs": "cgcs2000", "point": [112.0, 37.0]}}
    file = write(tmp_path / "site.json", json.dumps(site, ensure_ascii=False))
    found = plan(screener, draft, [file], on=DAY, with_atlas=False)
    turns = [turn for _, effects in found.effects for turn in effects.turns]

    assert [(turn.decision, turn.after) for turn in turns if turn.decision == "access"] == [
        ("access", frozenset({"prohibited"}))
    ]


BROKEN = {
    "pack.toml": 'id = "broken"\n',
    "instruments/broken.yaml": "id: broken\nnumber: unknown\nkind: law\ntitle: {zh: 坏, en: b}\nissuer: unknown\nissued: 2026-13-01\n"
    "in_force: {from: 2027-01-01}\nrecorded: 2026-12-01\nquality: memory\n",
    "rules/a.rules": 'rule b-1 "甲"\n  subject project\n  when capacty >= 3 公里\n  effect prohibit acess\n  then "不"\n  strength mandatory\n'
    '  cites sx-2024-7-measures#99\n  replaces no-such-rule\nrule b-2 "乙"\n  subject project\n  when nature is nwe\n  then "不"\n'
    "  strength mandatory\n  cites cn-eia-law#art1\n",
    "parameters/p.yaml": "parameters:\n  p: {label: 甲, unit: 吨/里, values: [{from: 2027-01-01, value: 三}]}\n",
    "lists/l.yaml": "lists:\n  l: {vocab: gbt4754, label: 甲, codes: ['9999']}\n",
}  # fmt: skip


def test_a_draft_that_does_not_load_tells_everything_at_once(tmp_path, demo_workspace):
    """All complaints of all files, each with its place, and exit code 2."""
    for name, text in BROKEN.items():
        write(tmp_path / "broken" / name, text)
    cases = [
        ("broken", run("plan", "--draft", tmp_path / "broken")),
        ("no folder", run("plan", "--draft", tmp_path / "none")),
        ("xlsx to the screen", run("plan", "--draft", layered(tmp_path / "good"), "--format", "xlsx")),
        ("no such nature", run("plan", "--draft", tmp_path / "good", "--nature", "neu", "--assume", "x")),
        ("assumed", run("plan", "--draft", tmp_path / "good", "--assume", "x", "--assume", "两高=否", "--assume", "capacity=三吨")),
        ("projects", run("plan", "--draft", tmp_path / "good", "--projects", tmp_path / "no.xlsx", "--projects", tmp_path / "no.csv")),
    ]  # fmt: skip

    assert {result.exit_code for _, result in cases} == {2}
    golden("plan", told(cases, tmp_path))


def test_the_report_in_words_json_and_workbook(tmp_path, drafts):
    """The same figures in all three; nothing in a cell is run as a formula."""
    import openpyxl

    table = write(tmp_path / "p.csv", "项目名称,行业,site.taiyuan_basin\n=1+1,2521,是\n乙,2521,否\n")
    common = ("plan", "--draft", drafts["layered"], "--projects", table, "--on", "2027-02-01")
    found = json.loads(run(*common, "--format", "json").stdout)
    text = plan_text(found)
    result = run(*common, "--no-atlas", "--format", "xlsx", "--out", tmp_path / "影响.xlsx")
    short = openpyxl.load_workbook(tmp_path / "影响.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(plan_xlsx(found)))

    assert result.exit_code == 0
    assert short.sheetnames == book.sheetnames[:-1]
    assert found["projects"]["flipped"] == 1
    assert "已存项目 2 个，1 个至少有一项结论改变" in text
    assert f"{found['atlas']['cells']:,} 格，{found['atlas']['flipped']:,} 格改变" in text
    assert book.sheetnames == ["概要", "规定的差别", "改变的项目", "要求与支持", "图谱"]
    flips = list(book["改变的项目"].iter_rows(min_row=2, values_only=True))
    assert len(flips) == sum(turn["count"] for turn in found["projects"]["turns"])
    assert {row[1] for row in flips} == {"'=1+1"}
    classes = sum(len(turn["classes"]) for turn in found["atlas"]["turns"])
    assert book["图谱"].max_row == classes + 1
