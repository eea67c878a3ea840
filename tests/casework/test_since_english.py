"""A change under a finding in English: every kind and every way of changing has a word, and what the packs name has theirs."""

from __future__ import annotations

import re
from typing import Any

from greenrule.casework.since import CHANGES, KINDS
from greenrule.casework.since_english import outcome_in_english, since_in_english
from greenrule.packs.library.edition import edition
from tests.cli.workspace import shared_law

CHINESE = re.compile("[\u4e00-\u9fff]")


def item(kind: str, name: str, label: str, change: str = "changed", **sides: str) -> dict[str, Any]:
    return {"kind": kind, "kind_label": KINDS[kind], "id": name, "label": label, "change": change, "change_label": CHANGES[change],
            "before": None, "after": None, "cites": [], **sides}  # fmt: skip


def found(
    items: list[dict[str, Any]], outcome: list[dict[str, Any]] | None = None, now: str | None = "restricted"
) -> dict[str, Any]:
    return {"items": items, "outcome": outcome or [], "law_kept": True, "then": {"on": "2026-01-01", "decision": "allowed", "label": "允许准入"},
            "now": {"on": "2026-02-01", "decision": now, "label": "限制准入" if now else "无法重新判定"}}  # fmt: skip


def test_every_kind_and_every_change_has_its_word() -> None:
    items = [item(kind, "x", "X", change) for kind in KINDS for change in CHANGES]
    told = since_in_english(found(items), shared_law())
    assert not CHINESE.search(str([(one["kind_label"], one["change_label"], one["label"]) for one in told["items"]]))
    assert told["title"] == "Rule “X” added, and 87 more; access turns from “allowed” to “restricted”"
    assert "cannot be determined again" in since_in_english(found(items, now=None), shared_law())["title"]


def test_what_rules_read_is_named_in_english() -> None:
    book, kept = shared_law().book, edition(shared_law())
    reads = [rule["reads"] for rule in kept["rules"].values()]
    items = [item("rule", rule.id, rule.title, "starts", after="自 2026-01-01 起") for rule in book.rules.values()]
    items += [item("fact", name, spec.zh, before="是", after="否") for name, spec in book.facts.items()]
    for kind, table in (("parameter", "parameters"), ("list", "lists"), ("definition", "definitions")):
        names = sorted({name for read in reads for name in read.get(table, ())})
        assert names, table
        items += [item(kind, name, kept[table][name]["title"], before="35 蒸吨/小时") for name in names]
    told = since_in_english(found(items), shared_law())["items"]
    assert len(told) == len(items)
    assert [one for one in told if CHINESE.search(f"{one['label']}{one['before']}{one['after']}")] == []
    assert {one["after"] for one in told if one["kind"] == "rule"} == {"from 2026-01-01"}
    assert {one["before"] for one in told if one["kind"] == "parameter"} == {"35 t of steam/h"}


def test_an_outcome_is_told_in_english_and_the_change_itself_stays_as_it_is() -> None:
    rule = next(iter(shared_law().book.rules.values()))
    rows = [
        {"decision": "eia.route", "label": "环评办理方式", "before": [], "after": ["standard_template"], "gained": ["一本式标准化模板"], "lost": []},
        {"decision": "obligations", "label": "义务", "before": [rule.title], "after": [], "gained": [], "lost": [rule.title]},
        {"decision": "approver", "label": "审批层级", "before": "city", "after": None, "before_label": "市级", "after_label": "待定"},
    ]  # fmt: skip
    change = found([item("rule", rule.id, rule.title)], rows)
    before = str(change)
    lines = [outcome_in_english(row) for row in since_in_english(change, shared_law())["outcome"]]
    assert not CHINESE.search("".join(lines)), lines
    assert lines[2].endswith("→ undetermined")
    assert lines[1].startswith("Obligations: no longer: ")
    assert str(change) == before
