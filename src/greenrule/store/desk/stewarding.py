"""What a steward may do with people: within the area, never to oneself, never to somebody who also acts elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.models import Membership, Organisation
from greenrule.store.desk.people import add_organisation, add_person, give_password, give_role
from greenrule.store.desk.records import log
from greenrule.store.desk.roles import Person

#: The permission that all of it needs.
MANAGE = "people.manage"
#: Digits of the code of a province: there is one in an installation.
_PROVINCE = 2


class OutOfArea(Exception):
    """What is asked lies outside the area in which the person may."""


def within(areas: Iterable[str], field: str) -> Q:
    """A filter: the area code in `field` lies in one of the areas."""
    found = Q(pk__in=())
    for area in areas:
        found |= Q(**{f"{field}__startswith": area})
    return found


def organisations(who: Person) -> Any:
    """The organisations of the area, in order of their numbers."""
    return Organisation.objects.filter(within(who.areas(MANAGE), "area")).select_related("parent").order_by("pk")


def staff(who: Person) -> Any:
    """The people who have a role in the area, in order of their numbers; of an administrator everybody."""
    users = get_user_model().objects.order_by("pk").prefetch_related("memberships__organisation")
    if "" in who.areas(MANAGE):
        return users
    return users.filter(within(who.areas(MANAGE), "memberships__organisation__area")).distinct()


def audited(who: Person) -> Q:
    """The lines of the audit that somebody may read: all for a province; below it what people with a role in the area did, and were.

    What the public and the server did belongs to no area.
    """
    areas = who.areas("audit.read")
    if any(len(area) <= _PROVINCE for area in areas):
        return Q()
    users = get_user_model().objects.filter(within(areas, "memberships__organisation__area")).distinct()
    names = list(users.values_list("username", flat=True))
    found = Q(who__in=names) | Q(
        who__in=[
            f"{owner}/{token}" for owner, token in users.values_list("username", "greenrule_tokens__name") if token
        ]
    )
    return found | Q(subject__in=[f"person:{name}" for name in names])


def register(who: Person, name: str, sort: str, level: str, area: str, parent: str | None = None) -> Organisation:
    """Register an organisation of the area.  Raises OutOfArea, InputFault SEC003."""
    if not who.may(MANAGE, area):
        raise OutOfArea
    return add_organisation(name, sort, level, area, who.name, parent)


def _place(who: Person, number: int) -> Organisation:
    found = Organisation.objects.filter(pk=number).first()
    if found is None or not who.may(MANAGE, found.area):
        raise OutOfArea
    return found


def _other(who: Person, name: str) -> Any:
    """Somebody else than oneself.  Raises InputFault SEC002 for nobody, SEC006 for oneself."""
    from greenrule.store.desk.people import find_person

    found = find_person(name)
    if who.user is not None and found.pk == who.user.pk:
        raise InputFault(Fault("SEC006", "不能给自己授权或收回自己的角色", None, "请上级管理员办理"))
    return found


def admit(who: Person, name: str, email: str, organisation: int, role: str) -> tuple[Any, str]:
    """Open an account with a role in an organisation of the area; the user and the one-time password.

    Raises OutOfArea; InputFault SEC001, SEC005.
    """
    place = _place(who, organisation)
    with transaction.atomic():
        user, password = add_person(name, email, who.name)
        give_role(name, place.name, role, who.name)
    return user, password


def appoint(who: Person, name: str, organisation: int, role: str, *, take: bool = False) -> bool:
    """Give somebody else a role in an organisation of the area, or take it; whether anything changed.

    Raises OutOfArea; InputFault SEC002, SEC005, SEC006.
    """
    place, other = _place(who, organisation), _other(who, name)
    return give_role(other.get_username(), place.name, role, who.name, take=take)


def wholly(who: Person, name: str) -> Any:
    """Somebody else all of whose roles lie in the area: else an area could open or shut another's accounts.

    Raises OutOfArea; InputFault SEC002, SEC006.
    """
    other = _other(who, name)
    areas = list(Membership.objects.filter(user=other).values_list("organisation__area", flat=True))
    everywhere = "" in who.areas(MANAGE)
    if not everywhere and (other.is_staff or not areas or not all(who.may(MANAGE, area) for area in areas)):
        raise OutOfArea
    return other


def suspend(who: Person, name: str, active: bool) -> tuple[Any, bool]:
    """Shut somebody's account, or open it again: sessions and tokens of a shut one are in force no more; whether anything changed.

    Raises OutOfArea; InputFault SEC002, SEC006.
    """
    other = wholly(who, name)
    with transaction.atomic():
        changed = bool(get_user_model().objects.filter(pk=other.pk, is_active=not active).update(is_active=active))
        if changed:
            log(who.name, "person.open" if active else "person.suspend", f"person:{name}")
    other.is_active = active
    return other, changed


def renew(who: Person, name: str) -> str:
    """A one-time password for somebody all of whose roles lie in the area.

    Raises OutOfArea; InputFault SEC002, SEC006.
    """
    other = wholly(who, name)
    with transaction.atomic():
        password = give_password(other)
        log(who.name, "person.password", f"person:{name}")
    return password
