"""A steward manages people of the area: nobody elsewhere, not oneself, and nobody who also acts elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.both
#: What the page on which a password is set has, and the page of a link that opens nothing has not.
FORM = 'name="password1"'


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


def test_an_invitation_brings_a_link_that_sets_the_password_once(
    client: Any, world: dict[str, Any], post_office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re
    from datetime import datetime, timedelta

    from django.contrib.auth.tokens import PasswordResetTokenGenerator
    from django.test import Client

    from greenrule.store.desk.models import Audit
    from greenrule.store.desk.people import find_person, must_change
    from greenrule.web.mailing import send_mail

    client.force_login(world["st-steward"])

    def post(path: str, **body: Any) -> Any:
        return client.post(f"/api/v1{path}", body, content_type="application/json")

    assert client.get("/api/v1/people/choices").json()["by_mail"] is True
    told = post(
        "/people", name="st-new", email="new@example.org", organisation=world["here"].pk, role="officer", invite=True
    )
    assert told.status_code == 201
    assert (told.json()["password"], told.json()["invited"]) == (None, True)
    assert Audit.objects.order_by("-seq").values_list("who", "action", "subject")[0] == (
        "st-steward",
        "person.invite",
        "person:st-new",
    )
    assert send_mail() == 1
    mail = post_office.read()
    assert mail["To"] == "new@example.org"
    assert "st-steward" in mail.get_content()
    assert "st-new" in mail["Subject"]
    link = re.search(r"https://lvchi.example.org(/accounts/password/reset/key/\S+)", mail.get_content())[1]

    def opened(path: str) -> tuple[Client, Any]:
        visitor = Client()
        return visitor, visitor.get(path, follow=True)

    visitor, page = opened(link)
    assert FORM in page.content.decode()
    words = {"password1": "a-password-of-my-own", "password2": "a-password-of-my-own"}
    assert must_change(find_person("st-new"))
    assert visitor.post(page.redirect_chain[-1][0], words).status_code == 302
    user = find_person("st-new")
    assert user.check_password("a-password-of-my-own")
    assert not must_change(user)
    # The link is spent; another is sent on demand, and holds three days.
    assert FORM not in opened(link)[1].content.decode()
    assert post("/people/st-new/invite").json() == {"name": "st-new", "invited": True}
    post("/people/st-new/invite")
    assert send_mail() == 1
    link = re.search(r"https://lvchi.example.org(/accounts/password/reset/key/\S+)", post_office.read().get_content())[
        1
    ]
    forged = link.rstrip("/")[:-1] + ("a" if link.rstrip("/")[-1] != "a" else "b") + "/"
    assert FORM not in opened(forged)[1].content.decode()
    later = datetime.now() + timedelta(seconds=3 * 86400 + 60)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: later)
    assert FORM not in opened(link)[1].content.decode()
    assert post("/people/st-far/invite").status_code == 403
    # Without an address there is nothing to send, and nobody to keep.
    wrong = post("/people", name="st-none", organisation=world["here"].pk, role="officer", invite=True)
    assert [fault["code"] for fault in wrong.json()["faults"]] == ["WAT009"]
    assert "st-none" not in client.get("/api/v1/people?size=200").content.decode()


def test_without_mail_nobody_is_invited_and_the_password_is_told(client: Any, world: dict[str, Any]) -> None:
    client.force_login(world["st-steward"])
    body = {"name": "st-new", "email": "new@example.org", "organisation": world["here"].pk, "role": "officer"}
    assert client.get("/api/v1/people/choices").json()["by_mail"] is False
    wrong = client.post("/api/v1/people", {**body, "invite": True}, content_type="application/json")
    assert [fault["code"] for fault in wrong.json()["faults"]] == ["WAT010"]
    assert client.post("/api/v1/people", body, content_type="application/json").json()["password"]


def test_a_stewards_audit_is_that_of_the_area(client: Any, world: dict[str, Any]) -> None:
    from greenrule.store.desk.models import Token
    from greenrule.store.desk.people import token_digest
    from greenrule.store.desk.records import log

    Token.objects.create(owner=world["st-near"], name="某程序", digest=token_digest("st-token"), scopes=["screen"])
    done = {"st-near": "st-1", "st-near/某程序": "st-2", "st-far": "st-3", "public": "st-4", "st-both": "st-5"}
    for who, subject in done.items():
        log(who, "test", subject)
    client.force_login(world["st-steward"])

    def seen(**asked: str) -> set[str]:
        found, after = set(), 0
        while after is not None:
            page = client.get("/api/v1/audit", {"size": 1000, "after": after, "action": "test", **asked}).json()
            found |= {line["subject"] for line in page["items"]}
            after = page["next"]
        return found

    mine = set(done.values())
    assert seen() & mine == {"st-1", "st-2", "st-5"}
    assert seen(who="st-far") == set()
    assert client.get("/api/v1/audit/verify").json()[
        "whole"
    ]  # that the chain is whole anybody may see who may read of it
    world["st-steward"].is_superuser = True
    world["st-steward"].save()
    assert seen() & mine == mine
