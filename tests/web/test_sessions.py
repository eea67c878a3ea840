"""One's own sessions: listed at log-in, ended elsewhere, never somebody else's, never by a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def person(served: Any, settings_of: Any) -> Iterator[Any]:
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.people import add_organisation, add_person, give_role, password_replaced

    settings_of(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    place = add_organisation("会话测试局", "authority", "city", "1407", "测试")
    made = []
    for name in ("se-one", "se-other"):
        user, _ = add_person(name, "", "测试")
        password_replaced(user)
        give_role(name, place.name, "officer", "测试")
        made.append(user)
    yield made
    get_user_model().objects.filter(username__startswith="se-").delete()
    place.delete()


def _end(client: Any, **body: Any) -> Any:
    return client.post("/api/v1/me/sessions/end", body, content_type="application/json")


def test_sessions_are_listed_and_ended(client: Any, person: Any) -> None:
    from django.test import Client

    from greenrule.store.desk.models import Audit

    elsewhere, third, stranger = Client(headers={"User-Agent": "Phone 3"}), Client(), Client()
    for one in (client, elsewhere, third):
        one.force_login(person[0])
    stranger.force_login(person[1])
    for one in (client, elsewhere, third):  # as if ten minutes had passed: each is seen again at its next request
        kept = one.session
        kept["greenrule.seen"] = 0
        kept.save()
        assert one.get("/api/v1/me").json()["user"] == "se-one"
    listed = client.get("/api/v1/me/sessions").json()["items"]
    assert [item["here"] for item in listed] == [True, False, False]
    assert "Phone 3" in {item["program"] for item in listed}
    mine = next(item["id"] for item in listed if item["program"] == "Phone 3")
    theirs = stranger.get("/api/v1/me/sessions").json()["items"][0]["id"]
    assert _end(client, id=theirs).json() == {"ended": 0}
    assert _end(client, id=mine).json() == {"ended": 1}
    assert elsewhere.get("/api/v1/me").json()["user"] is None
    assert third.get("/api/v1/me").json()["user"] == "se-one"
    assert _end(client).json() == {"ended": 1}
    assert third.get("/api/v1/me").json()["user"] is None
    assert client.get("/api/v1/me").json()["user"] == "se-one"  # one's own stays
    assert stranger.get("/api/v1/me").json()["user"] == "se-other"
    assert Audit.objects.filter(action="sessions.end", subject="person:se-one:1").count() == 2


def test_a_visitor_and_a_token_have_no_sessions(client: Any, token: Any) -> None:
    assert client.get("/api/v1/me/sessions").status_code == 401
    told = client.get("/api/v1/me/sessions", headers={"Authorization": f"Bearer {token('screen')}"})
    assert told.status_code == 403


def test_a_session_is_written_down_now_and_then_not_at_every_request(client: Any, person: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(person[0])
    client.get("/api/v1/me")
    with CaptureQueriesContext(connection) as queries:
        client.get("/api/v1/me")
    assert not [one for one in queries.captured_queries if one["sql"].startswith(("UPDATE", "INSERT"))]
