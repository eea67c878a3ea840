"""A park lies in a county and does not act for it; an enterprise's people act for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.filing_world import World, make_world, send

pytestmark = pytest.mark.both


@pytest.fixture
def world(served: Any) -> Iterator[World]:
    """The world of filings with a park in its county."""
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.models import Membership, Organisation

    found = make_world()
    where = {"level": "park", "area": "140981"}
    park, _ = Organisation.objects.update_or_create(name="原平园区管委会（测试）", sort="authority", defaults=where)
    found.organisations["park"] = park
    for who, place, role in (("park", park, "officer"), ("parkhead", park, "steward"), ("parkplan", park, "planner"),
                             ("posing", found.organisations["rival"], "officer")):  # fmt: skip
        user, _ = get_user_model().objects.get_or_create(username=f"filing-{who}")
        Membership.objects.get_or_create(user=user, organisation=place, role=role)
        found.users[who] = user
    yield found
    get_user_model().objects.filter(username__in=["filing-parkhead", "filing-parkplan", "filing-posing"]).delete()
    park.area = "140999"  # its cases stay; other tests do not see it in their county
    park.save()


def _opened(world: World, place: str) -> dict[str, Any]:
    body = {"finding": world.finding, "kind": "permit_key", "handling": world.organisations[place].pk, "again": True}
    made = send(world.client("firm"), "/mine", body)
    assert made.status_code == 201, made.content.decode()
    return made.json()


def _close(world: World, case: dict[str, Any]) -> None:
    """Withdraw before anybody has received it."""
    done = send(world.client("firm"), f"/mine/{case['id']}/steps", {"event": "withdrawn", "version": case["version"]})
    assert (done.status_code, done.json()["state"]) == (200, "closed"), done.content.decode()


def test_a_park_handles_its_own_cases_only(world: World) -> None:
    park, county = world.client("park"), world.client("officer")
    theirs, own = _opened(world, "county"), _opened(world, "park")
    received = {"event": "received", "version": 1}
    # The county's case can be read, and nothing can be done to it.
    read = park.get(f"/api/v1/filings/cases/{theirs['id']}")
    assert (read.status_code, read.json()["steps"]) == (200, [])
    assert send(park, f"/cases/{theirs['id']}/steps", received).status_code == 403
    decision = {"version": 1, "decision": "approved"}
    assert send(park, f"/cases/{theirs['id']}/decision", decision).status_code == 403
    # Its own goes all the way, and the county, in whose area it lies, may act too.
    case = send(park, f"/cases/{own['id']}/steps", received)
    assert case.status_code == 200, case.content.decode()
    case = send(park, f"/cases/{own['id']}/steps", {"event": "accepted", "version": 2}).json()
    assert "decided" in {step["event"] for step in case["steps"]}
    _close(world, theirs)
    assert send(county, f"/cases/{own['id']}/steps", {"event": "withdrawn", "version": 3}).status_code == 200


def test_what_is_an_areas_business_is_not_a_parks(world: World) -> None:
    head, plan = world.client("parkhead"), world.client("parkplan")
    assert head.get("/api/v1/people").status_code == 403
    assert head.get("/api/v1/organisations").status_code == 403
    assert plan.get("/api/v1/layers").status_code == 200
    for path in ("/layers", "/problems/import"):
        assert plan.post(f"/api/v1{path}", {}).status_code == 403, path
    key = {"name": "某项目", "listed": "county", "area": "140981"}
    assert send(world.client("park"), "/key-projects", key).status_code == 403
    reading = {"area": "140981", "reading": "full_week"}
    assert send(world.client("park"), "/service-days", reading, "put").status_code == 403


def test_an_officers_role_in_an_enterprise_gives_nothing(world: World) -> None:
    from django.core.exceptions import ValidationError

    from greenrule.store.desk.models import Membership

    posing = world.client("posing")
    assert posing.get("/api/v1/filings/cases").status_code == 403
    assert "filings.decide" not in posing.get("/api/v1/me").json()["permissions"]
    with pytest.raises(ValidationError, match="企业或环评单位"):
        Membership.objects.get(user=world.users["posing"]).full_clean()
