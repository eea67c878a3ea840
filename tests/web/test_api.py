"""The API: the same finding as at the command line, one shape of problems, kept replies, tokens."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

COKING = {
    "name": "某焦化项目", "on": "2026-11-21", "industry": "2521", "nature": "new",
    "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}, "facts": {"capacity": "106 万吨/年"},
}  # fmt: skip


def post(client, path: str, body: object, **headers: str):
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def test_the_answer_is_that_of_the_library(client, served):
    import greenrule

    assert post(client, "/findings", COKING).json() == greenrule.screen(COKING, served.workspace)


@pytest.mark.both
def test_a_kept_finding_has_an_address_an_etag_and_can_be_verified(client, served):
    made = post(client, "/findings?save=true", COKING)
    assert made.status_code == 201
    name, found = made.json()["id"], made.json()["finding"]
    kept = client.get(f"/api/v1/findings/{name}")
    assert kept.json() == found
    assert kept["ETag"] == f'"{found["digest"]}"'
    for held in (kept["ETag"], f'"other", W/{kept["ETag"]}', "*"):
        again = client.get(f"/api/v1/findings/{name}", headers={"If-None-Match": held})
        assert again.status_code == 304
        # What is kept elsewhere takes these over: the same as with the whole answer (RFC 9110, 15.4.5).
        assert all(again[header] == kept[header] for header in ("ETag", "Cache-Control", "Vary"))
    assert client.get(f"/api/v1/findings/{name}", headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(f"/api/v1/findings/{name}/verify").json()["equal"] is True


def test_the_command_line_sees_the_same_record_in_the_same_file(client, served):
    from greenrule.store.workspace import Workspace

    made = post(client, "/findings?save=true", COKING).json()
    assert Workspace.open(served.workspace).load_finding(made["id"]) == made["finding"]
    assert Workspace.open(served.workspace).check() == []


@pytest.mark.parametrize("fmt", ["text", "html", "docx", "json"])
def test_a_kept_finding_can_be_printed(client, fmt):
    name = post(client, "/findings?save=true", COKING).json()["id"]
    printed = client.get(f"/api/v1/findings/{name}/report.{fmt}")
    assert printed.status_code == 200
    assert len(printed.content) > 1000


def test_all_faults_come_at_once_in_one_shape(client):
    told = post(client, "/findings", {**COKING, "industry": "25219", "nature": "nw"})
    assert told.status_code == 422
    assert told["Content-Type"] == "application/problem+json"
    assert [fault["code"] for fault in told.json()["faults"]] == ["P068", "J027"]
    assert set(told.json()) == {"type", "title", "status", "instance", "detail", "faults"}


def test_a_project_may_not_name_a_file_of_the_server(client):
    for path, body in (("/findings", {**COKING, "location": {"file": "/etc/passwd"}}),
                       ("/interview", {"project": {"location": {"file": "/etc/passwd"}}})):  # fmt: skip
        told = post(client, path, body)
        assert [fault["code"] for fault in told.json()["faults"]] == ["WEB011"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [("{", "application/json", 400), ("[1]", "application/json", 400), ("a: 1", "text/yaml", 415), ("[" * 200_000, "application/json", 400)],
)  # fmt: skip
def test_bodies_that_are_no_project(client, body, kind, status):
    told = client.post("/api/v1/findings", body, content_type=kind)
    assert told.status_code == status
    assert told.json()["status"] == status


def test_a_body_over_the_limit_is_refused(client):
    told = client.post("/api/v1/findings", "x" * (4 * 1024 * 1024 + 1), content_type="application/json")
    assert told.status_code == 413


@pytest.mark.parametrize(
    "path", ["/findings/Fnone", "/findings/Fnone/verify", "/rules/none", "/instruments/none", "/nowhere"]
)
def test_what_is_not_there(client, path):
    told = client.get(f"/api/v1{path}")
    assert told.status_code == 404
    assert told["Content-Type"] == "application/problem+json"


@pytest.mark.both
def test_a_key_gives_the_first_answer_again(client):
    from greenrule.store.desk.models import Audit

    first = post(client, "/findings?save=true", COKING, **{"Idempotency-Key": "k-1"})
    lines = Audit.objects.count()
    again = post(client, "/findings?save=true", COKING, **{"Idempotency-Key": "k-1"})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert Audit.objects.count() == lines
    other = post(client, "/findings?save=true", {**COKING, "name": "乙"}, **{"Idempotency-Key": "k-1"})
    assert other.status_code == 409


@pytest.mark.both
def test_scopes(client, token):
    from django.utils import timezone

    listed = "/api/v1/findings"
    assert client.get(listed).status_code == 401
    assert client.get(listed, headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert client.get(listed, headers={"Authorization": f"Bearer {token('screen')}"}).status_code == 403
    late = token("findings", until=timezone.now() - timedelta(seconds=1))
    assert client.get(listed, headers={"Authorization": f"Bearer {late}"}).status_code == 401
    post(client, "/findings?save=true", COKING)
    good = client.get(listed, headers={"Authorization": f"Bearer {token('findings')}"})
    assert good.status_code == 200
    assert good.json()["items"]
    told = post(client, "/findings", COKING, Authorization=f"Bearer {token('findings')}")
    assert told.status_code == 403


@pytest.mark.both
def test_who_asks_by_token_is_known_by_it_while_it_is_in_force(client, token):
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from greenrule.store.desk.models import Audit, Token

    def ask(secret):
        return post(client, "/findings?save=true", COKING, Authorization=f"Bearer {secret}").status_code

    hour = timedelta(hours=1)
    good = token("screen", until=timezone.now() + hour)
    assert (ask(good), ask("nonsense"), ask(token("screen", until=timezone.now() - hour))) == (201, 401, 401)
    kept = Token.objects.select_related("owner").order_by("pk").first()
    assert Audit.objects.order_by("-seq").first().who == f"{kept.owner.get_username()}/{kept.name}"
    owners = get_user_model().objects.filter(pk=kept.owner.pk)
    owners.update(is_active=False)
    try:
        assert ask(good) == 401
    finally:
        owners.update(is_active=True)  # the account of the whole session


@pytest.mark.both
def test_pages_of_the_list_hold_every_finding_once(client, token):
    for number in range(5):
        post(client, "/findings?save=true", {**COKING, "name": f"第{number}个"})
    head = {"Authorization": f"Bearer {token('findings')}"}
    whole = [item["id"] for item in client.get("/api/v1/findings?size=500", headers=head).json()["items"]]
    paged, after = [], ""
    while after is not None:
        page = client.get(f"/api/v1/findings?size=2&after={after}", headers=head).json()
        paged += [item["id"] for item in page["items"]]
        after = page["next"]
    assert paged == whole
    assert len(set(whole)) == len(whole) >= 5


def test_the_interview_over_the_wire_is_the_interview(client, served):
    import greenrule
    from greenrule.casework.asking import state

    project = {"industry": "2521", "nature": "new", "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}}
    told = post(client, "/interview", {"project": project, "goals": ["access"]}).json()
    own = state(greenrule.interview(project, served.workspace))
    assert told == json.loads(json.dumps(own, default=str))
    assert told["question"]["items"]


def test_a_place_has_its_units(client):
    found = client.get("/api/v1/place?lon=112.55&lat=37.87").json()
    assert found["city"] == "太原市"
    assert [unit["code"] for unit in found["units"]]
    assert found["notices"] == ["演示数据（非官方）"]
    outside = client.get("/api/v1/place?lon=100&lat=30")
    assert [fault["code"] for fault in outside.json()["faults"]] == ["J030"]
    assert client.get("/api/v1/place?lon=x&lat=37").json()["faults"][0]["code"] == "WEB010"


def test_the_law_can_be_read(client):
    assert client.get("/api/v1/industries?q=炼焦").json()["items"][0]["code"] == "2521"
    assert any(item["id"] == "capacity" for item in client.get("/api/v1/facts?q=capacity").json()["items"])
    names = [item["id"] for item in client.get("/api/v1/instruments").json()["items"]]
    assert "sx-2024-7-air" in names
    tree = client.get("/api/v1/instruments/sx-2024-7-air").json()
    carried = {rule for clause in tree["clauses"] for rule in clause["rules"]}
    assert "air-24-b-new" in carried
    rule = client.get("/api/v1/rules/air-24-b-new").json()
    assert rule["cites"][0]["instrument"] == "sx-2024-7-air"
    assert client.get("/api/v1/search?q=").json()["items"] == []


def test_the_description_names_every_address(client):
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert {"/api/v1/findings", "/api/v1/interview", "/api/v1/place", "/api/v1/rules/{name}"} <= set(described["paths"])
    parameters = {item["name"] for item in described["paths"]["/api/v1/findings"]["post"]["parameters"]}
    assert parameters == {"save", "everything", "known"}


def test_a_visitor_who_asks_too_often_is_told_when_to_come_again(client, monkeypatch):
    from greenrule.web.api import access
    from greenrule.web.guard import Bucket

    monkeypatch.setattr(access, "PUBLIC", Bucket(rate=0.1, burst=2))
    codes = [client.get("/api/v1/place?lon=112.55&lat=37.87") for _ in range(3)]
    assert [answer.status_code for answer in codes] == [200, 200, 429]
    assert 0 < int(codes[-1]["Retry-After"]) <= 10


def test_an_error_of_ours_does_not_show_its_insides(client, monkeypatch):
    from greenrule.casework import screening

    def broken(*args: object, **rest: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(screening.Screener, "screen_written", broken)
    told = post(client, "/findings", COKING)
    assert told.status_code == 500
    assert "secret inside" not in told.content.decode()
