"""What the server knows of an account beside name and password."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from greenrule.core.tongue import said
from greenrule.store.desk.labels import said_later
from greenrule.store.desk.roles import VISITOR


class Account(models.Model):
    """Of one user: whether the password is a one-time one that must be replaced at the next log-in."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="greenrule_account")
    must_change = models.BooleanField(said_later("登录后须改口令"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = said_later("账号状态")

    def __str__(self) -> str:
        return str(self.user)


def not_reserved(name: str) -> None:
    """Refuse the name that visitors have in the records, in whatever letters.  Raises ValidationError."""
    if name.casefold() == VISITOR.name:
        raise ValidationError(said("“{name}”在记录里指没有登录的来客，不能作账号").format(name=name))
