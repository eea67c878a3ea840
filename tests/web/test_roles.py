"""Every route says who may use it; each role is let in where it is granted and nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from greenrule.store.desk.roles import PERMISSIONS, ROLES, VISITOR, Person, area_fits


def operations() -> list[tuple[str, str, Any]]:
    """(method, path, the framework's operation) of every route of the API."""
    from greenrule.web.api import api

    found = []
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    found.append((method, re.sub("//+", "/", f"/{prefix}/{path}"), operation))
    return found


def permission_of(operation: Any) -> str | None:
    from greenrule.web.api.access import May

    callbacks = list(operation.auth_callbacks)
    assert len(callbacks) <= 1
    assert all(isinstance(item, May) for item in callbacks), callbacks
    return callbacks[0].permission if callbacks else None


def test_every_route_names_its_permission_or_is_public_with_a_reason(served: Any) -> None:
    from greenrule.web.api.access import PUBLIC_ROUTES

    routes = {f"{method} {path}": permission_of(operation) for method, path, operation in operations()}
    open_routes = {name for name, permission in routes.items() if permission is None}
    assert open_routes == set(PUBLIC_ROUTES)
    assert all(PUBLIC_ROUTES.values())
    assert {permission for permission in routes.values() if permission} <= set(PERMISSIONS)


@pytest.fixture(scope="module")
def people(served: Any) -> Iterator[dict[str, Any]]:
    """One person of each role, in the city of Taiyuan."""
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.models import Membership, Organisation

    users = get_user_model()
    place = Organisation.objects.create(name="角色测试单位", level="city", area="1401")
    made = {}
    for role in ROLES:
        made[role] = users.objects.create_user(f"role-{role}", password=None)
        Membership.objects.create(user=made[role], organisation=place, role=role)
    yield made
    for user in made.values():
        user.delete()
    place.delete()


def fill(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "1", path)


@pytest.mark.parametrize("role", [*ROLES, "visitor", "stranger"])
def test_a_role_opens_what_it_is_granted_and_nothing_else(client: Any, people: dict[str, Any], role: str) -> None:
    """A stranger has logged in and belongs to nobody."""
    from django.contrib.auth import get_user_model

    granted = ROLES[role][1] if role in ROLES else frozenset()
    if role in people:
        client.force_login(people[role])
    elif role == "stranger":
        granted = frozenset({"screen", "law"})
        client.force_login(get_user_model().objects.get_or_create(username="role-stranger")[0])
    wrong = []
    for method, path, operation in operations():
        permission = permission_of(operation)
        body = {} if method in ("GET", "HEAD") else {"data": json.dumps({}), "content_type": "application/json"}
        answer = getattr(client, method.lower())(f"/api/v1{fill(path)}", **body)
        if permission is None:
            expected = answer.status_code not in (401, 403)
        elif role == "visitor":
            expected = answer.status_code == 401
        elif permission in granted:
            # Let in; what is asked for is not there or lies in no area of theirs.
            expected = answer.status_code not in (401, 500) and (
                answer.status_code != 403 or "辖区" in answer.content.decode()
            )
        else:
            expected = answer.status_code == 403
        if not expected:
            wrong.append((role, method, path, permission, answer.status_code))
    assert wrong == []


def test_a_session_changes_nothing_without_its_csrf_token(served: Any, people: dict[str, Any]) -> None:
    from django.test import Client

    checked = Client(enforce_csrf_checks=True, raise_request_exception=False)
    checked.force_login(people["officer"])
    answer = checked.post("/api/v1/findings", "{}", content_type="application/json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    checked.get("/api/v1/me")
    token = checked.cookies["csrftoken"].value
    answer = checked.post(
        "/api/v1/findings", '{"industry": "2521"}', content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 200


def test_me_tells_what_can_be_opened(client: Any, people: dict[str, Any]) -> None:
    assert client.get("/api/v1/me").json() == {
        "user": None, "memberships": [],
        "permissions": {name: {"label": PERMISSIONS[name], "areas": [""]} for name in VISITOR.grants},
    }  # fmt: skip
    client.force_login(people["planner"])
    told = client.get("/api/v1/me").json()
    assert told["user"] == "role-planner"
    assert told["memberships"][0]["organisation"]["level_label"] == "市级"
    assert told["permissions"]["layers.publish"]["areas"] == ["1401"]
    assert "filings.decide" not in told["permissions"]


def test_a_token_may_no_more_than_its_owner(client: Any, people: dict[str, Any]) -> None:
    from greenrule.store.desk.models import Token
    from greenrule.web.api.access import token_digest

    Token.objects.create(
        owner=people["applicant"], name="多要", digest=token_digest("more"), scopes=["findings", "screen"]
    )
    answer = client.get("/api/v1/findings", headers={"Authorization": "Bearer more"})
    assert answer.status_code == 403


def test_areas_nest() -> None:
    person = Person("a", grants={"filings.read": frozenset({"14", "1401", "150105"})})
    assert person.areas("filings.read") == ("14", "150105")
    assert person.may("filings.read", "140581")
    assert not person.may("filings.read", "1501")
    assert person.narrowed(["law"], "a/t").areas("filings.read") == ()
    assert [area_fits(level, "1401") for level in ("province", "city", "county", "park")] == [False, True, False, False]


def test_nothing_is_granted_that_is_not_described() -> None:
    assert {permission for _, granted in ROLES.values() for permission in granted} <= set(PERMISSIONS)
