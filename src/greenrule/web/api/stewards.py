"""Organisations and people of an area, for its steward."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from greenrule.core.errors import Fault, InputFault
from greenrule.core.tongue import language, said
from greenrule.store.desk import stewarding
from greenrule.store.desk.organisations import Organisation
from greenrule.store.desk.roles import LEVELS, ROLES, SORTS
from greenrule.store.desk.stewarding import MANAGE, OutOfArea
from greenrule.store.watching.invitations import invite
from greenrule.web.accounts.sessions import end_all
from greenrule.web.api.access import May, once, once_telling, person
from greenrule.web.letters import offered
from greenrule.web.problems import Problem

router = Router()
_LARGEST = 2**63


class Page(Schema):
    """Which part of a list."""

    after: int = Field(0, ge=0, lt=_LARGEST)
    size: int = Field(50, ge=1, le=200)


class NewOrganisation(Schema):
    """An organisation to be registered."""

    name: str = Field(max_length=200, description="名称")
    sort: str = Field("authority", description="、".join(f"{key} {label}" for key, label in SORTS.items()))
    level: str = Field(description="、".join(f"{key} {label}" for key, label in LEVELS.items()))
    area: str = Field(max_length=6, description="辖区代码")
    parent: str | None = Field(None, description="上级单位的名称")


class NewPerson(Schema):
    """An account to be opened."""

    name: str = Field(max_length=150, description="账号")
    email: str = Field("", max_length=254)
    organisation: int = Field(ge=1, lt=_LARGEST)
    role: str
    invite: bool = Field(False, description="发邮件邀请本人设定口令，不给一次性口令；服务器设了发信才行")


class Appointment(Schema):
    """A role in an organisation."""

    organisation: int = Field(ge=1, lt=_LARGEST)
    role: str


def _outside() -> Problem:
    return Problem(403, said("不在您的辖区，或不是您能管理的账号"))


def _organisation(item: Organisation) -> dict[str, Any]:
    return {
        "id": item.pk, "name": item.name, "sort": item.sort, "sort_label": SORTS[item.sort], "level": item.level,
        "level_label": LEVELS[item.level], "area": item.area, "parent": item.parent.name if item.parent else None, "demo": item.demo,
    }  # fmt: skip


def _person(user: Any) -> dict[str, Any]:
    return {
        "name": user.get_username(), "email": user.email, "active": user.is_active,
        "last_login": timezone.localtime(user.last_login).isoformat(timespec="seconds") if user.last_login else None,
        "roles": [
            {"organisation": {"id": row.organisation_id, "name": row.organisation.name, "area": row.organisation.area},
             "role": row.role, "label": ROLES[row.role][0] if row.role in ROLES else row.role}
            for row in user.memberships.all()
        ],
    }  # fmt: skip


def _paged(rows: Any, page: Page, show: Any) -> dict[str, Any]:
    found = list(rows.filter(pk__gt=page.after)[: page.size + 1])
    return {
        "items": [show(item) for item in found[: page.size]],
        "next": found[page.size - 1].pk if len(found) > page.size else None,
    }


@router.get("/organisations", auth=May(MANAGE), summary="本辖区的单位")
def list_organisations(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Organisations of the area."""
    return _paged(stewarding.organisations(person(request)), page, _organisation)


@router.post("/organisations", auth=May(MANAGE), summary="登记单位", response={201: dict[str, Any]})
@once
def register(request: HttpRequest, wanted: NewOrganisation) -> Status[dict[str, Any]]:
    """Register an organisation of the area; a name is registered once only."""
    try:
        made = stewarding.register(person(request), wanted.name, wanted.sort, wanted.level, wanted.area, wanted.parent)
    except OutOfArea:
        raise _outside() from None
    return Status(201, _organisation(made))


@router.get("/people/choices", auth=May(MANAGE), summary="可授的角色、单位的类别和层级")
def choices(request: HttpRequest) -> dict[str, Any]:
    """What a form about people and organisations offers, code to label; `by_mail`: whether people can be invited by mail."""
    return {
        "roles": {name: label for name, (label, _) in ROLES.items()}, "sorts": dict(SORTS), "levels": dict(LEVELS), "by_mail": offered(),
    }  # fmt: skip


@router.get("/people", auth=May(MANAGE), summary="本辖区的人员")
def list_people(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """People with a role in the area, with all their roles."""
    return _paged(stewarding.staff(person(request)), page, _person)


@router.post("/people", auth=May(MANAGE), summary="开账号", response={201: dict[str, Any]})
@once_telling("一次性口令")
def admit(request: HttpRequest, wanted: NewPerson) -> Status[dict[str, Any]]:
    """Open an account with its first role; `password` is a one-time one and told this once.

    With `invite` nobody is told a password: the person is mailed a link by which to set one.
    """
    if wanted.invite:
        _invitable()
    try:
        with transaction.atomic():
            user, password = stewarding.admit(
                person(request), wanted.name, wanted.email, wanted.organisation, wanted.role
            )
            if wanted.invite:
                invite(person(request), user, language())
    except OutOfArea:
        raise _outside() from None
    return Status(201, {**_person(user), "password": None if wanted.invite else password, "invited": wanted.invite})


def _invitable() -> None:
    if not offered():
        raise InputFault(Fault("WAT010", "这台服务器没有设置发信，发不了邀请", None, "不用邀请，改给一次性口令"))


@router.post("/people/{name}/invite", auth=May(MANAGE), summary="发邮件邀请设定口令")
@once
def invite_again(request: HttpRequest, name: str) -> dict[str, Any]:
    """Mail somebody all of whose roles lie in the area a link by which to set a password; the one they have holds until then."""
    _invitable()
    try:
        user = stewarding.wholly(person(request), name)
    except OutOfArea:
        raise _outside() from None
    invite(person(request), user, language())
    return {"name": name, "invited": True}


@router.post("/people/{name}/roles", auth=May(MANAGE), summary="授予角色")
@once
def appoint(request: HttpRequest, name: str, wanted: Appointment) -> dict[str, Any]:
    """Give somebody else a role in an organisation of the area."""
    return _appointed(request, name, wanted, take=False)


@router.post("/people/{name}/roles/take", auth=May(MANAGE), summary="收回角色")
@once
def dismiss(request: HttpRequest, name: str, wanted: Appointment) -> dict[str, Any]:
    """Take a role in an organisation of the area from somebody else."""
    return _appointed(request, name, wanted, take=True)


def _appointed(request: HttpRequest, name: str, wanted: Appointment, *, take: bool) -> dict[str, Any]:
    try:
        changed = stewarding.appoint(person(request), name, wanted.organisation, wanted.role, take=take)
    except OutOfArea:
        raise _outside() from None
    return {"name": name, "organisation": wanted.organisation, "role": wanted.role, "changed": changed}


class Standing(Schema):
    """Whether an account is open."""

    active: bool


@router.post("/people/{name}/standing", auth=May(MANAGE), summary="停用或恢复账号")
@once
def stand(request: HttpRequest, name: str, wanted: Standing) -> dict[str, Any]:
    """Shut the account of somebody all of whose roles lie in the area, or open it again; open sessions of a shut one end."""
    try:
        user, changed = stewarding.suspend(person(request), name, wanted.active)
    except OutOfArea:
        raise _outside() from None
    if not wanted.active:
        end_all(user)
    return {"name": name, "active": wanted.active, "changed": changed}


@router.post("/people/{name}/password", auth=May(MANAGE), summary="给一次性口令")
@once_telling("一次性口令")
def renew(request: HttpRequest, name: str) -> dict[str, Any]:
    """Another one-time password for somebody all of whose roles lie in the area; open sessions end."""
    try:
        return {"name": name, "password": stewarding.renew(person(request), name)}
    except OutOfArea:
        raise _outside() from None
