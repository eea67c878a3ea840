"""What a place brings: rules that cannot hold elsewhere, the heaviest first, and none that would hold anywhere."""

from __future__ import annotations

from datetime import date

import pytest

from greenrule.casework.localrules import describe, local_rules
from greenrule.casework.screening import open_screener
from greenrule.core.truth import Truth

ON = date(2026, 11, 25)


@pytest.fixture(scope="module")
def asked(demo_workspace):
    screener = open_screener(demo_workspace.path)
    return screener.law, screener.machine(ON)


def test_nothing_known_brings_nothing(asked):
    law, machine = asked
    assert local_rules(law, machine, {}) == []
    assert local_rules(law, machine, {"site.fuel_ban_zone": False}) == []


def test_a_fuel_ban_zone_brings_its_prohibitions_first(asked):
    law, machine = asked
    (found,) = local_rules(law, machine, {"site.fuel_ban_zone": True})
    assert found.label == law.book.facts["site.fuel_ban_zone"].zh
    assert found.rules
    assert found.rules[0].effects[0].verb == "prohibit"
    for rule in found.rules:
        assert machine.program.run(machine.complete({"site.fuel_ban_zone": False})[0]).truth(rule.id) is Truth.FALSE
        told = describe(law, machine, rule)
        assert told["cites"][0]["label"]
        assert told["effects"][0]["decision_label"]


def test_what_is_said_of_the_project_is_no_fact_of_the_place(asked):
    law, machine = asked
    assert [one.fact for one in local_rules(law, machine, {"burns_coal": True, "site.fuel_ban_zone": True})] == ["site.fuel_ban_zone"]  # fmt: skip
