"""Organisations and who belongs to them in which role."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from greenrule.store.desk.roles import LEVELS, PERMISSIONS, ROLES, SORTS, Person, area_fits, role_fits, sphere


def roles() -> list[tuple[str, str]]:
    """The roles that can be chosen."""
    return [(name, label) for name, (label, _) in ROLES.items()]


class Organisation(models.Model):
    """An authority, a department, an enterprise or a consultant, with the area in which it acts."""

    name = models.CharField("名称", max_length=200, unique=True)
    sort = models.CharField("性质", max_length=20, choices=list(SORTS.items()), default="authority")
    level = models.CharField("层级", max_length=10, choices=list(LEVELS.items()))
    area = models.CharField("辖区代码", max_length=6, db_index=True, help_text="省两位、市四位、县和园区六位")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, verbose_name="上级单位")
    demo = models.BooleanField("演示数据（非官方）", default=False)
    history = HistoricalRecords(app="desk", verbose_name="单位沿革", verbose_name_plural="单位沿革")

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering: ClassVar = ["area", "name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an area code that is not one of the level."""
        if not area_fits(self.level, self.area):
            raise ValidationError({"area": f"辖区代码 {self.area} 与层级不符：省两位、市四位、县和园区六位数字"})


class Membership(models.Model):
    """A person's role in an organisation."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField("角色", max_length=20, choices=roles)
    history = HistoricalRecords(app="desk", verbose_name="任职沿革", verbose_name_plural="任职沿革")

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organisation", "role"], name="desk_membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.organisation} {ROLES[self.role][0]}"

    def clean(self) -> None:
        """Refuse an official's role in an enterprise."""
        if self.organisation_id and not role_fits(self.organisation.sort, self.role):
            raise ValidationError({"role": f"{SORTS[self.organisation.sort]}的人员只能是{ROLES['applicant'][0]}"})


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
