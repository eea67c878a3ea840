"""Whole projects with the findings they must get: `cases/findings/*.yaml` of a pack.

Each file is a project file with an `expect` block: decisions by name (`access`, `eia.form`, `approver` …, lists for those that
collect), `because` and `not_because` (rules that must or must not hold), `missing` (facts that must be asked for).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.core.errors import Fault, Place
from greenrule.packs.marked import load_marked


def check_file(path: Path, screener: Screener) -> list[Fault]:
    """What a finding lacks of what its case expects (C020)."""
    raw = load_marked(path).plain()
    expect = raw.pop("expect")
    finding = screener.screen(project_from(raw, screener.law))
    said: dict[str, Any] = {
        "access": finding["decision"], "eia.form": finding["eia"]["form"], "eia.catalogue_form": finding["eia"]["catalogue_form"],
        "permit.class": finding["permit"]["class"], "approver": finding["approver"]["level"], "quota.timing": finding["quota"]["timing"],
        "eia.route": finding["eia"]["routes"], "quota.needed": [item["pollutant"] for item in finding["quota"]["needed"]],
    }  # fmt: skip
    holding = {reason["rule"] for reason in finding["reasons"] if reason["state"] == "true"}
    asked = {item["fact"] for item in finding["missing"]}
    wrong: list[str] = []
    for name, value in expect.items():
        if name == "because":
            wrong += [f"规则 {rule} 应成立" for rule in value if rule not in holding]
        elif name == "not_because":
            wrong += [f"规则 {rule} 不应成立" for rule in value if rule in holding]
        elif name == "missing":
            wrong += [f"应问到 {fact}" for fact in value if fact not in asked]
        elif name not in said:
            wrong.append(f"不认识的期望 {name}")
        elif isinstance(said[name], list):
            wrong += [f"{name} 应含 {item}，得 {said[name]}" for item in value if item not in said[name]]
        elif said[name] != value:
            wrong.append(f"{name} 应为 {value}，得 {said[name]}")
    return [Fault("C020", text, Place(str(path))) for text in wrong]
