"""Organisations and who belongs to them in which role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from greenrule.core.tongue import said
from greenrule.store.desk.labels import said_later
from greenrule.store.desk.roles import LEVELS, PERMISSIONS, ROLES, SORTS, Person, area_fits, role_fits, sphere


def roles() -> list[tuple[str, Any]]:
    """The roles that can be chosen."""
    return _choices({name: label for name, (label, _) in ROLES.items()})


def _choices(labels: Mapping[str, str]) -> list[tuple[str, Any]]:
    return [(name, said_later(label)) for name, label in labels.items()]


class Organisation(models.Model):
    """An authority, a department, an enterprise or a consultant, with the area in which it acts."""

    name = models.CharField(said_later("名称"), max_length=200, unique=True)
    sort = models.CharField(said_later("性质"), max_length=20, choices=_choices(SORTS), default="authority")
    level = models.CharField(said_later("层级"), max_length=10, choices=_choices(LEVELS))
    area = models.CharField(
        said_later("辖区代码"), max_length=6, db_index=True, help_text=said_later("省两位、市四位、县和园区六位")
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=said_later("上级单位")
    )
    demo = models.BooleanField(said_later("演示数据（非官方）"), default=False)
    history = HistoricalRecords(
        app="desk", verbose_name=said_later("单位沿革"), verbose_name_plural=said_later("单位沿革")
    )

    class Meta:
        verbose_name = verbose_name_plural = said_later("单位")
        ordering: ClassVar = ["area", "name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an area code that is not one of the level."""
        if not area_fits(self.level, self.area):
            told = said("辖区代码 {area} 与层级不符：省两位、市四位、县和园区六位数字")
            raise ValidationError({"area": told.format(area=self.area)})


class Membership(models.Model):
    """A person's role in an organisation."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(said_later("角色"), max_length=20, choices=roles)
    history = HistoricalRecords(
        app="desk", verbose_name=said_later("任职沿革"), verbose_name_plural=said_later("任职沿革")
    )

    class Meta:
        verbose_name = verbose_name_plural = said_later("任职")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organisation", "role"], name="desk_membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.organisation} {said(ROLES[self.role][0])}"

    def clean(self) -> None:
        """Refuse an official's role in an enterprise."""
        if self.organisation_id and not role_fits(self.organisation.sort, self.role):
            sort, role = said(SORTS[self.organisation.sort]), said(ROLES["applicant"][0])
            raise ValidationError({"role": said("{sort}的人员只能是{role}").format(sort=sort, role=role)})


def person_of(user: Any) -> Person:
    """What a logged-in user may do and where: the sum of the memberships; an administrator of the server may do everything."""
    name = str(user.get_username())
    if user.is_superuser:
        return Person(name, user, {permission: frozenset({""}) for permission in PERMISSIONS})
    grants: dict[str, set[str]] = defaultdict(set)
    at: dict[int, set[str]] = defaultdict(set)
    held = user.memberships.values_list(
        "organisation_id", "organisation__sort", "organisation__level", "organisation__area", "role"
    )
    for number, sort, level, area, role in held:
        for permission in ROLES[role][1] if role in ROLES and role_fits(sort, role) else ():
            where = sphere(level, area, number, permission)
            if where is not None:
                grants[permission].add(where)
                at[number].add(permission)
    for permission in ("screen", "law"):  # what a visitor may, everybody may
        grants[permission].add("")
    return Person(
        name, user, {item: frozenset(areas) for item, areas in grants.items()},
        {number: frozenset(granted) for number, granted in at.items()},
    )  # fmt: skip
