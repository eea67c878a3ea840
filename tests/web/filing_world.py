"""Organisations, people and findings for the tests of filings, made once in the server of the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

PROJECT = {
    "name": "某焦化项目", "on": "2026-11-25", "industry": "2521", "nature": "new",
    "location": {"point": [112.31, 38.74], "crs": "cgcs2000"}, "facts": {"生产能力": "106 万吨/年"},
}  # fmt: skip


@dataclass
class World:
    """Yuanping (140981) in Xinzhou (1409), and Taiyuan (1401) that has no say there."""

    finding: str = ""
    organisations: dict[str, Any] = field(default_factory=dict)
    users: dict[str, Any] = field(default_factory=dict)

    def client(self, who: str) -> Any:
        """A browser in which somebody has logged in."""
        from django.test import Client

        out = Client(raise_request_exception=False)
        out.force_login(self.users[who])
        return out


def send(client: Any, path: str, body: Any = None, method: str = "post", **head: Any) -> Any:
    """A JSON request to the API."""
    data = json.dumps(body if body is not None else {}, default=str)
    return getattr(client, method)(f"/api/v1/filings{path}", data, content_type="application/json", headers=head)


def make_world() -> World:
    """Everything once; a second call finds what is there."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from greenrule.store.desk.models import Membership, Organisation

    world = World()
    places = {
        "city": ("忻州市生态环境局（测试）", "authority", "city", "1409"),
        "county": ("原平分局（测试）", "authority", "county", "140981"),
        "elsewhere": ("太原市生态环境局（测试）", "authority", "city", "1401"),
        "water": ("原平市水利局（测试）", "department", "county", "140981"),
        "forest": ("原平市林业局（测试）", "department", "county", "140981"),
        "firm": ("甲焦化公司（测试）", "enterprise", "county", "140981"),
        "rival": ("乙焦化公司（测试）", "enterprise", "county", "140981"),
    }
    for key, (name, sort, level, area) in places.items():
        world.organisations[key] = Organisation.objects.get_or_create(
            name=name, defaults={"sort": sort, "level": level, "area": area}
        )[0]
    people = {
        "window": ("county", "window"), "officer": ("county", "officer"), "second": ("county", "officer"), "chief": ("city", "officer"),
        "stranger": ("elsewhere", "officer"), "water": ("water", "department"), "forest": ("forest", "department"),
        "firm": ("firm", "applicant"), "rival": ("rival", "applicant"),
    }  # fmt: skip
    for who, (place, role) in people.items():
        user, _ = get_user_model().objects.get_or_create(username=f"filing-{who}")
        Membership.objects.get_or_create(user=user, organisation=world.organisations[place], role=role)
        world.users[who] = user
    made = Client().post("/api/v1/findings?save=true", json.dumps(PROJECT), content_type="application/json")
    world.finding = made.json()["id"]
    return world


def opened(world: World, kind: str = "eia_book") -> dict[str, Any]:
    """A new case of the firm, handled by the county."""
    found = send(world.client("firm"), "/mine", {"finding": world.finding, "kind": kind, "again": True})
    assert found.status_code == 201, found.content.decode()
    case: dict[str, Any] = found.json()
    return case


def step(world: World, who: str, case: dict[str, Any], event: str, **rest: Any) -> Any:
    """A step by the window or an officer; the answer."""
    place = "mine" if who in ("firm", "rival") else "cases"
    body = {"event": event, "version": case["version"], **rest}
    return send(world.client(who), f"/{place}/{case['id']}/steps", body)


def accepted(world: World, kind: str = "eia_book") -> dict[str, Any]:
    """A new case of the firm that the county has accepted."""
    case = step(world, "window", opened(world, kind), "received").json()
    done = step(world, "officer", case, "accepted")
    assert done.status_code == 200, done.content.decode()
    found: dict[str, Any] = done.json()
    return found
