"""The real packs with later knowledge of every sort added to them: what was asked as known before answers as before."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from greenrule.casework.project import project_from, read_projects
from greenrule.casework.screening import Screener
from greenrule.core.errors import InputFault
from greenrule.packs.book import default_packs, load_book
from greenrule.store.workspace import Workspace
from tests.cli.workspace import ROOT, shared_law, write

LEARNT = date(2026, 12, 20)
LATER = {
    "instruments/sx-2027-1.yaml": (
        "id: sx-2027-1\nnumber: 某〔2027〕1号\nkind: provincial_policy\ntitle: {zh: 某修订办法, en: Some amendment}\nissuer: 某厅\n"
        "issued: 2026-12-20\nin_force: {from: 2027-03-01}\nrecorded: 2026-12-20\nquality: memory\n"
        "clauses:\n  - {id: '1', label: 第1条}\n"
    ),
    "rules/later.rules": (
        'rule later-a "太忻另行规定"\n  subject project\n  when site.taixin and nature is new\n  effect prohibit access\n'
        '  then "不予准入"\n  strength mandatory\n  cites sx-2027-1#1\n  replaces tx22-10-b\n'
        'rule later-b "两高另行规定"\n  subject project\n  when nature is new\n  effect restrict access\n'
        '  then "限制准入"\n  strength mandatory\n  cites sx-2027-1#1\n  overrides air-01-a\n  replaces air-01-b-fail\n'
        'rule later-c "环评形式另行规定"\n  subject project\n  when industry under @air_two_high_field\n  effect simplify eia.form = form\n'
        '  then "改报告表"\n  strength mandatory\n  cites sx-2027-1#1\n'
    ),
    "parameters/later.yaml": (
        "parameters:\n  air.coal_boiler_clear_max:\n    label: 燃煤锅炉动态清零的容量上限\n    unit: 蒸吨/小时\n    amends: true\n"
        "    values: [{from: 2024-03-08, value: 65, cite: 'sx-2027-1#1'}]\n"
        "  yellow_river.mining_ban_distance:\n    label: 黄河禁采距离\n    unit: 公里\n    amends: true\n"
        "    values: [{from: 2024-03-06, value: 500, cite: 'sx-2027-1#1'}]\n"
    ),
    "lists/later.yaml": (
        "lists:\n  air_two_high_field:\n    vocab: gbt4754\n    label: 可能属两高一低的行业\n    amends: true\n"
        "    versions: [{from: 2024-01-01, recorded: 2026-12-20, codes: [A]}]\n"
    ),
    "transitions.yaml": (
        "transitions:\n  later:\n    label: 某修订办法前后\n    to: sx-2027-1\n    event: case.accepted_on\n    before: undecided\n"
        "    decisions: [access, eia.form]\n    reason: 未载\n"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> tuple[Path, ...]:
    """The packs that come with the software, the later items written into the province's."""
    out = []
    for folder in default_packs():
        copy = tmp_path_factory.mktemp("packs") / folder.name
        shutil.copytree(folder, copy)
        out.append(copy)
    for name, text in LATER.items():
        path = out[1] / name
        write(path, path.read_text(encoding="utf-8") + text.partition("\n")[2] if path.exists() else text)
    return tuple(out)


@pytest.fixture(scope="module")
def later(packs):
    return load_book(packs)


def answers(finding: dict[str, Any]) -> dict[str, Any]:
    """A finding without what names the edition of the packs, which is another."""
    plain = {key: value for key, value in finding.items() if key != "digest"}
    plain["versions"] = {key: value for key, value in plain["versions"].items() if key != "packs"}
    return json.loads(json.dumps(plain, ensure_ascii=False))


def projects(law, on: date) -> list:
    """The examples, and projects that state a day of acceptance or of production."""
    out = [read_projects(path, law, on)[0] for path in sorted((ROOT / "examples").glob("*.yaml"))]
    for accepted in ("2024-01-10", "2026-12-01", "未知"):
        raw = {"name": "甲", "industry": "4411", "nature": "new", "facts": {"case.accepted_on": accepted,
               "production.started_on": "2019-01-01", "boiler.coal_capacity": "40 蒸吨/小时", "site.taixin": True}}  # fmt: skip
        out.append(project_from(raw, law, on))
    return out


@pytest.mark.parametrize("known", [date(2024, 4, 1), date(2026, 12, 19)])
@pytest.mark.parametrize("on", [date(2024, 4, 1), date(2027, 6, 1)])
def test_a_past_answer_stays_when_the_packs_learn_more(later, demo_workspace, known, on):
    """Every part of the finding: decisions, reasons, sentences, citations, doubts, boundaries."""
    before = Screener(shared_law(), demo_workspace, known)
    after = Screener(later, demo_workspace, known)
    for one, other in zip(projects(before.law, on), projects(after.law, on), strict=True):
        assert answers(before.screen(one, everything=True)) == answers(after.screen(other, everything=True)), one.name


def test_and_the_new_knowledge_counts_from_its_day_on(later, demo_workspace):
    """Otherwise the law above would prove nothing."""
    on = date(2027, 6, 1)
    before = Screener(later, demo_workspace, date(2026, 12, 19))
    after = Screener(later, demo_workspace, LEARNT)
    turned = [
        (one.name, first["decision"], second["decision"])
        for one in projects(later, on)
        if (first := before.screen(one)) and (second := after.screen(one)) and answers(first) != answers(second)
    ]
    book = after.machine(on).book

    assert len(turned) == len(projects(later, on))
    assert {word for _, word, _ in turned} != {word for _, _, word in turned}
    assert "later-a" in after.machine(on).program.live
    assert "tx22-10-b" not in after.machine(on).program.live
    assert "tx22-10-b" in before.machine(on).program.live
    assert "tx22-10-b" in after.machine(date(2027, 2, 28)).program.live
    assert book.lists["air_two_high_field"].codes == ("A",)
    assert (
        book.parameters["air.coal_boiler_clear_max"].on(on)
        == (book.parameters["air.coal_boiler_clear_max"].values[-1][1:])
    )


def holding(finding) -> bool:
    """Whether nothing that the list leaves open stands in the way of the rule that rests on it."""
    open_texts = {item["rule"] for item in finding["doubts"] if item["kind"] == "text"}
    return "m24-09-a" in {item["rule"] for item in finding["reasons"]} - open_texts


def test_a_list_that_a_user_adds_later_stays_out_of_known_day_answers(tmp_path, demo_workspace):
    """Undated, it counts for the questions of today only, and the finding says so; dated, it counts from its day on."""
    text = "lists:\n  standard_report: {vocab: gbt4754, label: 自备, codes: ['2522']}\n"
    mine = write(tmp_path / "mine.yaml", text)
    on, known = date(2026, 11, 21), date(2026, 11, 1)
    plain = Screener(shared_law(), None, known)
    undated = Screener(load_book(extra_lists=[mine]), None, known)
    raw = {"name": "甲", "industry": "2522", "nature": "new"}
    first = answers(plain.screen(project_from(raw, plain.law, on)))
    second = answers(undated.screen(project_from(raw, undated.law, on)))
    told = [item["message"] for item in second["doubts"] if item not in first["doubts"]]

    assert len(told) == 1
    assert "没有写 recorded" in told[0]
    second["doubts"] = first["doubts"]
    assert first == second
    now = Screener(undated.law, None)
    assert holding(now.screen(project_from(raw, now.law, on)))
    write(mine, text.replace("codes", "recorded: 2026-10-01, codes"))
    dated = Screener(load_book(extra_lists=[mine]), None, known)
    assert holding(dated.screen(project_from(raw, dated.law, on)))
    assert not holding(plain.screen(project_from(raw, plain.law, on)))


def test_a_later_layer_changes_no_answer_as_known_before(tmp_path, demo_workspace):
    """A whole finding, asked again after a red line was drawn around the site."""
    folder = tmp_path / "world"
    shutil.copytree(demo_workspace.path, folder)
    workspace = Workspace.open(folder)
    recorded = max(version.recorded for version in workspace.versions())
    on = date(2026, 11, 21)
    raw = {"name": "甲", "industry": "2521", "nature": "new", "location": {"crs": "cgcs2000", "point": [112.55, 37.87]}}
    before = Screener(shared_law(), workspace, recorded).screen(project_from(raw, shared_law(), on))
    version = workspace.layers(on)["ecological_red_line"]
    frame = workspace.read(version)
    from shapely.geometry import box

    from greenrule.spatial.frame import Frame

    around = Frame(
        [box(112.5, 37.8, 112.6, 37.9)], {name: [column[0]] for name, column in frame.columns.items()}, dict(frame.meta)
    )
    workspace.import_frame(
        "ecological_red_line", around, title="红线", source="另一次划定", accuracy_m=10.0, complete=True,
        valid_from=date(2020, 1, 1), recorded=date(2027, 1, 1), demo=True,
    )  # fmt: skip
    again = Screener(shared_law(), workspace, recorded).screen(project_from(raw, shared_law(), on))
    now = Screener(shared_law(), workspace, date(2027, 1, 1)).screen(project_from(raw, shared_law(), on))

    assert again == before
    assert now["decision"] == "prohibited" != before["decision"]


def test_what_is_wrong_with_additions_and_transitions_comes_at_once(packs, tmp_path):
    """Each with its place."""
    copies = [tmp_path / folder.name for folder in packs]
    for folder, copy in zip(packs, copies, strict=True):
        shutil.copytree(folder, copy)
    write(copies[1] / "parameters" / "later.yaml", (
        "parameters:\n  air.coal_boiler_clear_mx:\n    label: 甲\n    unit: 蒸吨/小时\n    amends: true\n"
        "    values: [{from: 2027-03-01, value: 65, cite: 'sx-2027-1#1'}]\n"
        "  air.heat_radius:\n    label: 乙\n    unit: 蒸吨/小时\n    amends: true\n"
        "    values: [{from: 2027-03-01, value: 65, cite: 'sx-2027-1#9'}]\n"
    ))  # fmt: skip
    write(copies[1] / "transitions.yaml", (
        "transitions:\n"
        "  a: {label: 甲, to: sx-2027-1, event: capacity, before: undecided, decisions: [acess], reason: 未载}\n"
        "  b: {label: 乙, to: sx-2027-1, event: case.accepted_on, before: old, decisions: [access]}\n"
        "  c: {label: 丙, to: sx-2027-1, event: case.accepted_on, before: undecided, decisions: [access]}\n"
        "  d: {label: 丁, to: sx-2027, event: case.accepted_on, before: undecided, decisions: [access], reason: 未载}\n"
    ))  # fmt: skip
    with pytest.raises(InputFault) as caught:
        load_book(copies)

    codes = sorted(fault.code for fault in caught.value.faults)
    assert codes == ["P023", "P024", "P057", "P058", "TRN001", "TRN002", "TRN003", "TRN003"]
    assert all(fault.place is not None and fault.place.line for fault in caught.value.faults)
