"""The register of findings: the newest first, filtered, each once, whoever saved it and wherever."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.both


@pytest.fixture(scope="module")
def kept(served: Any) -> list[dict[str, Any]]:
    """Findings saved in turn: through the workspace as the command line does (where the database is its own), and through the server."""
    from django.db import connection

    from greenrule.casework.project import project_from
    from greenrule.casework.screening import open_screener
    from greenrule.store.desk.records import save_finding
    from greenrule.store.workspace import Workspace

    screener, workspace = open_screener(served.workspace), Workspace.open(served.workspace)
    out, own = [], connection.vendor == "sqlite"
    for number in range(6):
        raw = {
            "name": f"登记簿第{number}号{'水泥' if number % 2 else '焦化'}",
            "industry": "3011" if number % 2 else "2521",
            "nature": "new",
        }
        finding = screener.screen(project_from(raw, screener.law))
        name = workspace.save_finding(finding, who="测试") if own and number % 3 else save_finding(finding, "测试")
        out.append({"id": name, "project": raw["name"], "decision": finding["decision"], "digest": finding["digest"]})
    return out


@pytest.fixture
def page(client: Any, token: Any, kept: list[dict[str, Any]]) -> Any:
    """A page of the register."""
    head = {"Authorization": f"Bearer {token('findings')}"}

    def get(**told: Any) -> Any:
        answer = client.get("/api/v1/findings", told, headers=head)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return get


def test_the_newest_come_first_whoever_saved_them(page: Any, kept: list[dict[str, Any]]) -> None:
    assert page(text="登记簿")["items"] == kept[::-1]


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_pages_join_without_a_seam(page: Any, kept: list[dict[str, Any]], size: int) -> None:
    seen, after = [], ""
    while after is not None:
        found = page(text="登记簿", size=size, after=after)
        assert len(found["items"]) <= size
        seen += found["items"]
        after = found["next"]
    assert seen == kept[::-1]


def test_filters(page: Any, kept: list[dict[str, Any]]) -> None:
    assert page(text="号水泥")["items"] == [item for item in kept[::-1] if item["project"].endswith("水泥")]
    decision = kept[0]["decision"]
    found = page(text="登记簿", decision=decision, size=500)["items"]
    assert found == [item for item in kept[::-1] if item["decision"] == decision]
    assert page(text="登记簿", decision="nothing")["items"] == []
    assert page(text="%") == {"items": [], "next": None}
    assert page(after="nothing")["items"] == []


def test_a_finding_saved_twice_is_entered_once(page: Any, kept: list[dict[str, Any]], served: Any) -> None:
    from greenrule.store.desk.records import load_finding, save_finding

    assert save_finding(load_finding(kept[2]["id"]), "测试") == kept[2]["id"]
    assert page(text="登记簿")["items"] == kept[::-1]
