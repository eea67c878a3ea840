"""Demonstration of the officer's desk: invented organisations, people, projects and cases, all marked 演示数据（非官方）."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from greenrule.store.desk.organisations import Membership, Organisation
from greenrule.store.desk.records import log, save_finding
from greenrule.store.filings.cases import Actor, Judge, add_events, open_case
from greenrule.store.filings.models import Case, KeyProject, Liaison, Project

#: A project as the contract has it → its finding, and where it lies: area, county, lon, lat.
Screen = Callable[[Mapping[str, Any]], tuple[dict[str, Any], Mapping[str, Any]]]

_WHO = "demo"
#: key → name, sort, level, area
_ORGANISATIONS: Mapping[str, tuple[str, str, str, str]] = {
    "province": ("演示省级审批单位", "authority", "province", "14"),
    "xinzhou": ("演示忻州审批单位", "authority", "city", "1409"),
    "yuanping": ("演示原平审批单位", "authority", "county", "140981"),
    "taiyuan": ("演示太原审批单位", "authority", "city", "1401"),
    "water": ("演示原平水利部门", "department", "county", "140981"),
    "forest": ("演示原平林草部门", "department", "county", "140981"),
    "coke": ("演示甲焦化公司", "enterprise", "county", "140981"),
    "casting": ("演示乙铸造公司", "enterprise", "county", "140981"),
}
#: user name → organisation, role
PEOPLE: Mapping[str, tuple[str, str]] = {
    "demo-window": ("yuanping", "window"), "demo-officer": ("yuanping", "officer"), "demo-city": ("xinzhou", "officer"),
    "demo-province": ("province", "officer"), "demo-taiyuan": ("taiyuan", "officer"), "demo-water": ("water", "department"),
    "demo-forest": ("forest", "department"), "demo-applicant": ("coke", "applicant"), "demo-steward": ("yuanping", "steward"),
}  # fmt: skip
_AT = [112.71, 38.73]
_COKE: Mapping[str, Any] = {"industry": "2521", "nature": "new", "facts": {"capacity": "106 万吨/年"}}
_CAST: Mapping[str, Any] = {"industry": "3391", "nature": "expand", "facts": {"capacity": "3 万吨/年"}}
#: name, project, where beside `_AT` (degrees), applicant, kind, events as (event, days before today, what belongs to it)
_Steps = Sequence[tuple[str, int, Mapping[str, Any]]]
_CASES: Sequence[tuple[str, Mapping[str, Any], tuple[float, float], str, str, _Steps]] = (
    ("演示一号焦化项目", _COKE, (-0.40, 0.01), "coke", "eia_book", ()),
    ("演示二号铸造项目", _CAST, (0.01, 0.00), "casting", "eia_form", (("received", 1, {}),)),
    ("演示三号铸造项目", _CAST, (0.02, 0.01), "casting", "eia_form", (
        ("received", 6, {}), ("told_once", 5, {"items": ["总量来源说明", "防护距离图"]}),
    )),
    ("演示四号焦化项目", _COKE, (-0.40, 0.02), "coke", "eia_book", (
        ("received", 24, {}), ("accepted_tolerant", 22, {"items": ["水土保持批复", "用地预审意见"], "until": 3}),
        ("opinion_asked", 21, {"department": "water", "until": -2, "question": "取水与排水"}),
        ("opinion_asked", 21, {"department": "forest", "until": 6, "question": "是否涉及林地"}),
        ("followed_up", 8, {"items": ["水土保持批复"]}),
    )),
    ("演示五号铸造项目", _CAST, (0.03, -0.01), "casting", "eia_form", (
        ("received", 45, {}), ("accepted", 44, {}), ("paused", 40, {"reason": "专家评审"}), ("resumed", 36, {}),
    )),
    ("演示六号铸造项目", _CAST, (-0.01, 0.02), "casting", "eia_form", (
        ("received", 27, {}), ("accepted", 26, {}), ("proposed", 6, {}),
    )),
    ("演示七号铸造项目", _CAST, (0.02, -0.02), "casting", "eia_form", (
        ("received", 60, {}), ("accepted", 58, {}), ("committed", 57, {}), ("decided", 40, {"decision": "approved"}),
        ("checked", 10, {"result": "现场与承诺一致"}),
    )),
    ("演示八号铸造项目", _CAST, (0.00, -0.02), "casting", "eia_form", (
        ("received", 80, {}), ("not_accepted", 78, {"reason": "不属于本单位审批"}),
    )),
)  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """What `fill` made; nothing where the demonstration was there already."""

    organisations: int
    people: int
    cases: int


def fill(judge: Judge, screen: Screen, today: date) -> Filled:
    """Make the demonstration, once: a second call finds it and makes nothing.

    People have no password that works: whoever may manage them sets one.
    """
    with transaction.atomic():
        if Case.objects.filter(handling__name=_ORGANISATIONS["yuanping"][0]).exists():
            return Filled(0, 0, 0)
        places = {
            key: Organisation.objects.get_or_create(
                name=name, defaults={"sort": sort, "level": level, "area": area, "demo": True}
            )[0]
            for key, (name, sort, level, area) in _ORGANISATIONS.items()
        }
        people = _people(places)
        by = Actor(_WHO, None, places["yuanping"])
        for name, project, aside, applicant, kind, steps in _CASES:
            asked = {**project, "name": name, "on": today.isoformat(),
                     "location": {"point": [round(_AT[0] + aside[0], 4), round(_AT[1] + aside[1], 4)], "crs": "cgcs2000"}}  # fmt: skip
            row = _project(asked, places[applicant], screen)
            handling = _handling(row.area, places)
            case = open_case(row, kind, handling, actor=Actor(_WHO, None, places[applicant]), today=today, judge=judge)
            for what, before, data in steps:
                item = {"event": what, "day": today - timedelta(days=before), **_told(data, places, today)}
                add_events(case.pk, [item], version=None, actor=by, judge=judge, today=today, dated=True)
        _lists(places)
        log(_WHO, "demo.filled", "demo", f"{len(_CASES)} cases")
    return Filled(len(places), people, len(_CASES))


def _people(places: Mapping[str, Organisation]) -> int:
    made = 0
    for name, (place, role) in PEOPLE.items():
        user, new = get_user_model().objects.get_or_create(username=name)
        if new:
            user.set_unusable_password()
            user.save()
            made += 1
        Membership.objects.get_or_create(user=user, organisation=places[place], role=role)
    return made


def _project(asked: Mapping[str, Any], own: Organisation, screen: Screen) -> Project:
    finding, place = screen(asked)
    name = save_finding(finding, _WHO)
    return Project.objects.create(
        name=finding["title"], applicant=own.name, organisation=own, industry=str(asked["industry"]), area=place["area"],
        county=place["county"] or "", lon=place["lon"], lat=place["lat"], asked=finding["project"], finding_id=name, demo=True,
    )  # fmt: skip


def _handling(area: str, places: Mapping[str, Organisation]) -> Organisation:
    """The nearest of the demonstration's authorities."""
    fits = [item for item in places.values() if item.sort == "authority" and area.startswith(item.area)]
    return max(fits, key=lambda item: len(item.area))


def _told(data: Mapping[str, Any], places: Mapping[str, Organisation], today: date) -> dict[str, Any]:
    out = dict(data)
    if "until" in out:
        out["until"] = today + timedelta(days=out["until"])
    if "department" in out:
        out["department"] = places[out["department"]].name
    return out


def _lists(places: Mapping[str, Organisation]) -> None:
    for project in Project.objects.filter(demo=True, name__in=("演示四号焦化项目", "演示六号铸造项目")):
        KeyProject.objects.create(
            name=project.name,
            applicant=project.applicant,
            listed="city",
            area="1409",
            paper="演示名单",
            project=project,
            demo=True,
        )
    for key, person in (("yuanping", "演示联络员甲"), ("xinzhou", "演示联络员乙"), ("coke", "演示联络员丙")):
        place = places[key]
        Liaison.objects.create(organisation=place, person=person, area=place.area, demo=True)
