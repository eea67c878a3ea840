"""A post with an Idempotency-Key is carried out once: every route that posts, and what it answers the second time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.filing_world import World, make_world, opened

pytestmark = pytest.mark.both


@pytest.fixture(scope="module")
def world(served: Any) -> World:
    return make_world()


def posts() -> dict[str, Any]:
    """The view of every route that posts, by the name of the route."""
    from greenrule.web.doors import api_routes

    return {f"POST {route.path}": route.operation.view_func for route in api_routes() if route.method == "POST"}


def test_every_post_heeds_its_key(served: Any) -> None:
    """Each view is asked with a key that cannot be: one that heeds keys says so before it does anything."""
    from django.test import RequestFactory

    from greenrule.store.desk.roles import Person
    from greenrule.web.api.access import READING_POSTS
    from greenrule.web.problems import Problem

    views = posts()
    assert len(views) > 40
    said = {}
    for name, view in views.items():
        request = RequestFactory().post("/", {}, headers={"Idempotency-Key": "k" * 201})
        request.auth = Person("某人")  # type: ignore[attr-defined]
        try:
            view(request)
        except (Problem, TypeError) as error:  # without its own parameters a view can do nothing
            said[name] = str(getattr(error, "detail", ""))
    heedless = {name for name in views if "Idempotency-Key" not in said.get(name, "")}
    assert heedless == set(READING_POSTS)
    assert all(READING_POSTS.values())


@pytest.fixture
def admin(client: Any) -> Any:
    from django.contrib.auth import get_user_model

    client.force_login(get_user_model().objects.get(username="admin"))
    return client


def send(client: Any, path: str, body: Any, key: str) -> Any:
    return client.post(f"/api/v1{path}", body, content_type="application/json", headers={"Idempotency-Key": key})


def test_a_register_gets_one_line(admin: Any) -> None:
    from greenrule.store.desk.models import Organisation

    body = {"name": "只登记一次的单位", "level": "county", "area": "140106"}
    one, two = (send(admin, "/organisations", body, "organisation") for _ in range(2))
    assert (one.status_code, one.content) == (two.status_code, two.content)
    assert one.status_code == 201, one.content.decode()
    assert Organisation.objects.filter(name=body["name"]).count() == 1
    assert send(admin, "/organisations", {**body, "area": "140105"}, "organisation").status_code == 409
    Organisation.objects.filter(name=body["name"]).delete()


def test_work_is_queued_once(admin: Any) -> None:
    from greenrule.store.planning.models import Job

    before = Job.objects.count()
    one, two = (send(admin, "/packs/prove", {}, "prove") for _ in range(2))
    assert one.status_code == two.status_code == 202
    assert one.json() == two.json()
    assert Job.objects.count() == before + 1
    Job.objects.filter(id=one.json()["id"]).update(state="failed")


def test_a_secret_is_not_kept_to_be_told_again(admin: Any) -> None:
    from greenrule.store.desk.models import Reply, Token

    body = {"name": "只给一次", "scopes": ["law"]}
    one, two = (send(admin, "/tokens", body, "token") for _ in range(2))
    assert one.status_code == 201, one.content.decode()
    assert two.status_code == 409
    assert "令牌只在当时给出一次" in two.json()["detail"]
    assert not Reply.objects.filter(body__contains=one.json()["secret"]).exists()
    rows = Token.objects.filter(name="只给一次")
    assert rows.count() == 1
    rows.delete()


def test_a_file_is_taken_once_whatever_the_boundary(world: World) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test.client import encode_multipart

    path = f"/api/v1/filings/cases/{opened(world)['id']}/attachments"
    firm, said = world.client("firm"), []
    for boundary, data in (("one", b"%PDF-1.4 a"), ("two", b"%PDF-1.4 a"), ("three", b"%PDF-1.4 b")):
        body = encode_multipart(boundary, {"file": SimpleUploadedFile("a.pdf", data), "purpose": "材料"})
        said.append(
            firm.post(
                path, body, content_type=f"multipart/form-data; boundary={boundary}", headers={"Idempotency-Key": path}
            )
        )
    assert [answer.status_code for answer in said] == [201, 201, 409]
    assert said[0].json() == said[1].json()


def test_a_key_is_its_owners(world: World) -> None:
    """Two people may use the same key; a name of any length has its own."""
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.models import Reply

    before = Reply.objects.count()
    long = [get_user_model().objects.create(username=f"{'甲' * 140}{number}", is_superuser=True) for number in (1, 2)]
    from django.test import Client

    ids = set()
    for user in long:
        client = Client()
        client.force_login(user)
        ids.add(send(client, "/inbox/read", {}, "the-same").status_code)
    assert ids == {200}
    assert Reply.objects.count() == before + 2
    for user in long:
        user.delete()


@pytest.mark.parametrize("name", ["public", "Public", "PUBLIC"])
def test_nobody_is_called_what_visitors_are(served: Any, name: str) -> None:
    """Who was would share the rate and the kept answers of visitors."""
    from allauth.account.adapter import get_adapter
    from django.core.exceptions import ValidationError

    from greenrule.core.errors import InputFault
    from greenrule.store.desk.people import add_person

    with pytest.raises(InputFault, match="没有登录的来客"):
        add_person(name, "", "测试")
    with pytest.raises(ValidationError, match="没有登录的来客"):
        get_adapter().clean_username(name)
