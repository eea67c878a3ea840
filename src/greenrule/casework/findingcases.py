"""Whole projects with the findings they must get: `cases/findings/*.yaml` of a pack.

Each file is a project file with an `expect` block: decisions by name (`access`, `eia.form`, `approver` …, lists for those that
collect), `because` and `not_because` (rules that must or must not hold), `missing` (facts that must be asked for), `conflicts`
(disagreements of the texts that must be told, as certain).  A file with `findings:` holds several such projects by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.core.errors import Fault, Place
from greenrule.packs.cases import CASE_DAY
from greenrule.packs.marked import load_marked


def finding_cases(path: Path) -> dict[str, tuple[dict[str, Any], Place]]:
    """The projects of a file with what they expect, by name."""
    document = load_marked(path)
    several = document.mapping().get("findings")
    if several is None:
        raw = document.plain()
        return {str(raw["name"]): (raw, document.place)}
    return {
        name: ({"name": name, "on": CASE_DAY, **item.plain()}, item.place) for name, item in several.mapping().items()
    }


def check_file(path: Path, screener: Screener) -> list[Fault]:
    """What the findings of a file lack of what it expects (C020)."""
    return [fault for raw, place in finding_cases(path).values() for fault in _check(raw, place, screener)]


def _check(raw: dict[str, Any], place: Place, screener: Screener) -> list[Fault]:
    expect = raw.pop("expect")
    finding = screener.screen(project_from(raw, screener.law))
    said: dict[str, Any] = {
        "access": finding["decision"], "eia.form": finding["eia"]["form"], "eia.catalogue_form": finding["eia"]["catalogue_form"],
        "permit.class": finding["permit"]["class"], "approver": finding["approver"]["level"], "quota.timing": finding["quota"]["timing"],
        "eia.route": finding["eia"]["routes"], "quota.needed": [item["pollutant"] for item in finding["quota"]["needed"]],
        "conflicts": [item["id"] for item in finding["conflicts"] if item.get("certain")],
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
    return [Fault("C020", f"{raw['name']}：{text}", place) for text in wrong]
