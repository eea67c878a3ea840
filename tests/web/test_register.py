"""The register of findings: the newest first, filtered, each once, whoever saved it and wherever."""

from __future__ import annotations

import json
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


@pytest.fixture(scope="module")
def placed(served: Any) -> dict[str, str]:
    """Findings of the same project in two counties of one city, and of no place; saved by the server and, where it can be, by hand."""
    from django.db import connection
    from django.test import Client

    from greenrule.casework.project import project_from
    from greenrule.casework.screening import open_screener
    from greenrule.store.workspace import Workspace

    screener, workspace = open_screener(served.workspace), Workspace.open(served.workspace)
    counties = screener.ground(project_from({}, screener.law).on).index("county").frame
    codes = [str(code) for code in counties.columns["code"]]
    there = [
        codes.index(next(code for code in codes if code.startswith("1409"))),
        codes.index(next(code for code in codes if code.startswith("1401"))),
    ]
    out = {}
    for row in (*there, None):
        raw: dict[str, Any] = {
            "name": "辖区登记",
            "industry": "2521",
            "nature": "new",
            "facts": {"capacity": "106 万吨/年"},
        }
        if row is not None:
            inside = counties.geometry[row].representative_point()
            raw["location"] = {"point": [inside.x, inside.y], "crs": "cgcs2000"}
        if connection.vendor == "sqlite" and row == there[0]:
            name = workspace.save_finding(screener.screen(project_from(raw, screener.law)), who="命令行")
        else:
            name = (
                Client()
                .post("/api/v1/findings?save=true", json.dumps(raw), content_type="application/json")
                .json()["id"]
            )
        out[codes[row] if row is not None else ""] = name
    return out


def test_each_level_sees_the_findings_of_its_area(placed: dict[str, str]) -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client

    from greenrule.store.desk.models import Membership, Organisation

    first, second = (code for code in placed if code)

    def seen(level: str, area: str) -> set[str]:
        place = Organisation.objects.get_or_create(
            name=f"登记 {area}", defaults={"sort": "authority", "level": level, "area": area}
        )[0]
        user = get_user_model().objects.get_or_create(username=f"register-{area}")[0]
        Membership.objects.get_or_create(user=user, organisation=place, role="officer")
        browser = Client()
        browser.force_login(user)
        listed = browser.get("/api/v1/findings", {"text": "辖区登记", "size": 500}).json()["items"]
        given = browser.get("/api/v1/exchange/service-results", {"size": 1000}).json()["results"]
        mine = {item["id"] for item in listed} & set(placed.values())
        assert {item["finding"] for item in given} & set(placed.values()) == mine
        return mine

    assert seen("county", first) == {placed[first]}
    assert seen("city", second[:4]) == {placed[second]}
    assert seen("city", "1402") == set()
    assert seen("province", "14") == set(placed.values())


def test_a_finding_that_cannot_be_read_is_entered_without_a_place(served: Any) -> None:
    from django.db import transaction

    from greenrule.store.desk.models import Entry, Finding

    bodies = ("绿", "[]", '{"units": 3}', '{"units": [{"code": "X"}]}', '{"units": [{"code": "ZH14010520001"}]}')
    with transaction.atomic():
        for number, body in enumerate(bodies):
            Finding.objects.create(
                id=f"f-unread-{number}", digest=f"d{number}", project="读不出", decision="allowed", body=body
            )
        entered = Entry.objects.filter(finding__startswith="f-unread-").order_by("finding")
        found = list(entered.values_list("area", flat=True))
        transaction.set_rollback(True)
    assert found == [None, None, None, None, "140105"]
