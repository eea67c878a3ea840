"""A steward manages people of the area: nobody elsewhere, not oneself, and nobody who also acts elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.both


@pytest.fixture
def world(served: Any, settings_of: Any) -> Iterator[dict[str, Any]]:
    """Two cities; a steward of one, a person of the other, one of both."""
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.models import Organisation
    from greenrule.store.desk.people import add_organisation, add_person, give_role, password_replaced

    settings_of(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    found: dict[str, Any] = {
        "here": add_organisation("甲市局", "authority", "city", "1401", "测试"),
        "county": add_organisation("甲市某县局", "authority", "county", "140105", "测试", "甲市局"),
        "there": add_organisation("乙市局", "authority", "city", "1402", "测试"),
    }
    for name, roles in {
        "st-steward": [("甲市局", "steward")], "st-far": [("乙市局", "officer")],
        "st-both": [("甲市局", "officer"), ("乙市局", "officer")], "st-near": [("甲市某县局", "officer")],
    }.items():  # fmt: skip
        user, _ = add_person(name, "", "测试")
        password_replaced(user)
        for place, role in roles:
            give_role(name, place, role, "测试")
        found[name] = user
    yield found
    get_user_model().objects.filter(username__startswith="st-").delete()
    for name in ("甲公司", "甲市某县局", "甲市另一县局", "甲市局", "乙市局"):
        Organisation.objects.filter(name=name).delete()


def test_an_enterprises_people_are_applicants(client: Any, world: dict[str, Any]) -> None:
    client.force_login(world["st-steward"])

    def post(path: str, **body: Any) -> Any:
        return client.post(f"/api/v1{path}", body, content_type="application/json")

    firm = post("/organisations", name="甲公司", sort="enterprise", level="county", area="140105").json()["id"]
    private = post("/people/st-near/roles", organisation=firm, role="officer")
    assert [fault["code"] for fault in private.json()["faults"]] == ["SEC007"]
    assert post("/people/st-near/roles", organisation=firm, role="applicant").json()["changed"]


def test_a_steward_sees_and_manages_the_area(client: Any, world: dict[str, Any]) -> None:
    from greenrule.store.desk.models import Audit

    client.force_login(world["st-steward"])

    def post(path: str, **body: Any) -> Any:
        return client.post(f"/api/v1{path}", body, content_type="application/json")

    names = {item["name"] for item in client.get("/api/v1/organisations").json()["items"]}
    assert {"甲市局", "甲市某县局"} <= names
    assert "乙市局" not in names
    seen = {item["name"] for item in client.get("/api/v1/people?size=200").json()["items"]}
    assert {"st-steward", "st-both", "st-near"} <= seen
    assert "st-far" not in seen
    first = client.get("/api/v1/people?size=1").json()
    assert len(first["items"]) == 1
    assert client.get(f"/api/v1/people?size=200&after={first['next']}").json()["items"]

    made = post("/organisations", name="甲市另一县局", level="county", area="140106")
    assert made.status_code == 201
    assert post("/organisations", name="甲市另一县局", level="county", area="140106").status_code == 422
    assert post("/organisations", name="乙市某县局", level="county", area="140205").status_code == 403
    opened = post("/people", name="st-new", organisation=made.json()["id"], role="officer")
    assert opened.status_code == 201
    assert opened.json()["roles"][0]["organisation"]["area"] == "140106"
    assert len(opened.json()["password"]) >= 12
    assert post("/people", name="st-else", organisation=world["there"].pk, role="officer").status_code == 403
    # All or nothing: an account without its role is not left behind.
    wrong = post("/people", name="st-norole", organisation=world["here"].pk, role="emperor")
    assert [fault["code"] for fault in wrong.json()["faults"]] == ["SEC005"]
    assert "st-norole" not in str(client.get("/api/v1/people?size=200").content.decode())

    assert post("/people/st-near/roles", organisation=world["here"].pk, role="window").json()["changed"]
    assert not post("/people/st-near/roles", organisation=world["here"].pk, role="window").json()["changed"]
    assert post("/people/st-near/roles/take", organisation=world["here"].pk, role="window").json()["changed"]
    assert post("/people/st-near/roles", organisation=world["there"].pk, role="window").status_code == 403
    # Not to oneself: whoever gives roles does not decide filings by them.
    own = post("/people/st-steward/roles", organisation=world["here"].pk, role="officer")
    assert [fault["code"] for fault in own.json()["faults"]] == ["SEC006"]
    said = list(Audit.objects.filter(who="st-steward").order_by("seq").values_list("action", flat=True))
    assert said[-4:] == ["person.add", "role.give", "role.give", "role.take"]


def test_a_steward_opens_nobody_elses_account(client: Any, world: dict[str, Any]) -> None:
    client.force_login(world["st-steward"])

    def renewed(name: str) -> int:
        return client.post(f"/api/v1/people/{name}/password", {}, content_type="application/json").status_code

    assert renewed("st-near") == 200
    for name in ("st-far", "st-both", "admin"):
        assert renewed(name) == 403, name
    assert renewed("st-steward") == 422
    assert renewed("st-nobody") == 422
    assert world["st-both"].check_password("") is False


def test_a_shut_account_is_out_at_once_and_can_be_opened_again(client: Any, world: dict[str, Any]) -> None:
    from django.test import Client

    other = Client()
    other.force_login(world["st-near"])
    assert other.get("/api/v1/me").json()["user"] == "st-near"
    client.force_login(world["st-steward"])

    def stand(name: str, active: bool) -> Any:
        return client.post(f"/api/v1/people/{name}/standing", {"active": active}, content_type="application/json")

    assert stand("st-near", False).json() == {"name": "st-near", "active": False, "changed": True}
    assert other.get("/api/v1/me").json()["user"] is None
    assert not stand("st-near", False).json()["changed"]
    assert stand("st-near", True).json()["changed"]
    assert other.get("/api/v1/me").json()["user"] is None  # the session is over, not asleep
    # Not somebody who also acts elsewhere, nobody elsewhere, not oneself.
    assert [stand(name, False).status_code for name in ("st-both", "st-far", "st-steward")] == [403, 403, 422]
