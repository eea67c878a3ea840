"""Places over the wire, and an interview that the server does not remember."""

from __future__ import annotations

import json

import pytest


def test_a_place_has_labels(client):
    found = client.get("/api/v1/place?lon=112.55&lat=37.87").json()
    assert found["units"][0]["label"].endswith("管控单元")
    assert found["notices"] == ["演示数据（非官方）"]
    assert all("演示" not in layer["title"] for layer in found["layers"])


def test_the_rules_of_a_place(client):
    found = client.get("/api/v1/place/rules?lon=112.55&lat=37.87").json()
    ban = next(item for item in found["items"] if item["fact"] == "site.fuel_ban_zone")
    assert {"禁止"} <= {effect["label"] for rule in ban["rules"] for effect in rule["effects"]}
    assert all(rule["cites"] for item in found["items"] for rule in item["rules"])
    assert client.get("/api/v1/place/rules?lon=1&lat=2").status_code == 422


@pytest.mark.parametrize(("q", "kind"), [("112.55, 37.87", "point"), ("小店区", "county"), ("没有这里", None)])
def test_finding_a_place(client, q, kind):
    found = client.get("/api/v1/places", {"q": q}).json()
    assert (found["items"][0]["kind"] if found["items"] else None) == kind
    assert bool(found["notes"]) == (kind != "county")


def test_an_address_is_told_to_be_found_in_part(client):
    found = client.get("/api/v1/places", {"q": "太原市小店区某路 3 号"}).json()
    assert [one["name"] for one in found["items"]] == ["小店区", "太原市"]
    assert "门牌" in found["notes"][0]
    assert client.get("/api/v1/places", {"q": "太原市小店区某路 3 号", "lang": "en"}).json()["notes"][0].startswith("There is no list of addresses")  # fmt: skip


def test_a_reference_system_that_nobody_said_stays_unsaid(client):
    assert client.get("/api/v1/places", {"q": "112.55, 37.87"}).json()["in_doubt"]
    assert not client.get("/api/v1/places", {"q": "112.55, 37.87", "crs": "wgs84"}).json()["in_doubt"]


def test_names_for_the_map(client):
    found = client.get("/api/v1/places/names").json()["items"]
    assert {"kind": "city", "name": "太原市"} in [{key: one[key] for key in ("kind", "name")} for one in found]


def _ask(client, **body):
    answer = client.post("/api/v1/interview", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_an_interview_with_answers_and_unknowns(client):
    body = {"project": {"industry": "2521", "nature": "new", "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}}}
    status, told = _ask(client, **body)
    assert status == 200
    seen = set()
    for turn in range(60):
        question = told["question"]
        if question is None:
            break
        facts = [item["fact"] for item in question["items"]]
        assert seen.isdisjoint(facts)  # what nobody knows is not asked again
        seen.update(facts)
        body = {"project": told["project"], "asked": facts}
        status, told = _ask(client, **body, **({"skip": True} if turn % 2 or question["sort"] != "checklist" else {"answer": "均无"}))  # fmt: skip
        assert status == 200
    assert told["question"] is None
    assert told["ending"]
    assert "?" in told["project"]["facts"].values()
    # The project can be screened as it came back.
    assert (
        client.post("/api/v1/findings", json.dumps(told["project"]), content_type="application/json").status_code == 200
    )


def test_an_answer_to_another_question_is_refused(client):
    status, told = _ask(client, project={"industry": "2521"}, asked=["burns_coal"], answer="是")
    assert status == 409
    assert "问题已经变了" in told["detail"]


def test_an_answer_that_cannot_be_read_is_told(client):
    _, told = _ask(client, project={"industry": "2521", "nature": "new"}, placeless=True)
    assert told["placeless"]
    status, told = _ask(client, project=told["project"], placeless=True, answer="不存在的一类")
    assert status == 422
    assert told["faults"][0]["code"].startswith("J0")


def test_projects_are_found_by_those_who_may_read_filings_of_the_area(client, served):
    from django.test import Client

    from greenrule.store.filings.models import Project
    from tests.web.filing_world import make_world

    world = make_world()
    made = Project.objects.create(
        name="某段某号找得到的项目", applicant="某公司", area="140981", county="原平市", lon=112.71, lat=38.73
    )
    try:

        def found(who):
            return [item["name"] for item in who.get("/api/v1/places", {"q": "找得到的"}).json()["items"]]

        near = next(
            name
            for name in world.users
            if world.client(name).get("/api/v1/me").json()["permissions"].get("filings.read", {}).get("areas")
            in (["140981"], ["1409"])
        )
        assert found(world.client(near)) == [made.name]
        assert found(client) == []
        far = [
            name
            for name in world.users
            if world.client(name).get("/api/v1/me").json()["permissions"].get("filings.read", {}).get("areas")
            == ["1401"]
        ]
        assert far
        assert found(world.client(far[0])) == []
        assert found(Client()) == []
    finally:
        made.delete()
