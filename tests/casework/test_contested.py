"""A contested fact: both outcomes, and which decisions turn on it."""

from __future__ import annotations

from typing import Any

import pytest

from greenrule.casework.contested import both_outcomes, contested_fact, current_value
from greenrule.casework.screening import Screener
from greenrule.casework.verifying import verify
from greenrule.core.errors import InputFault
from tests.cli.workspace import shared_law


@pytest.fixture(scope="module")
def screener(demo_workspace: Any) -> Screener:
    return Screener(shared_law(), demo_workspace)


PROJECT = {
    "name": "某焦化项目", "on": "2026-11-25", "industry": "2521", "nature": "new", "location": {"point": [112.31, 38.74], "crs": "cgcs2000"},
    "facts": {"生产能力": "106 万吨/年"},
}  # fmt: skip


def test_a_fact_of_the_project_gives_two_findings_that_can_be_recomputed(screener: Screener) -> None:
    found = both_outcomes(screener, PROJECT, "建设性质", ["new", "upgrade"])
    assert [item["decision"] for item in found["differ"]] == ["access"]
    for side in found["sides"]:
        assert side["finding"]["decision"] == side["outcomes"]["access"]["value"]
        assert verify(side["finding"], screener) == []


def test_a_fact_off_a_layer_gives_outcomes_and_no_finding(screener: Screener) -> None:
    assert current_value(screener, PROJECT, "site.red_line") is True
    found = both_outcomes(screener, PROJECT, "site.red_line", [True, False])
    assert found["layer"].startswith("layer:ecological_red_line@")
    assert [side["finding"] for side in found["sides"]] == [None, None]
    assert [side["outcomes"]["access"]["value"] for side in found["sides"]] == ["prohibited", "undetermined"]


def test_a_value_stated_under_another_name_is_replaced(screener: Screener) -> None:
    found = both_outcomes(screener, PROJECT, "capacity", ["106 万吨/年", None, "50 万吨/年"])
    assert [side["finding"]["project"]["facts"] for side in found["sides"]] == [
        {"capacity": "106 万吨/年"}, {"capacity": "?"}, {"capacity": "50 万吨/年"},
    ]  # fmt: skip
    assert [side["text"] for side in found["sides"]] == ["106 万吨/年", "未知", "50 万吨/年"]


@pytest.mark.parametrize(("name", "value", "code"), [("无此事实", "1", "DSK001"), ("生产能力", "很大", "J02")])
def test_what_cannot_be_claimed(screener: Screener, name: str, value: str, code: str) -> None:
    with pytest.raises(InputFault, match=code):
        contested_fact(screener.law, name, value)
