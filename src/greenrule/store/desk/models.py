"""Tables of the server.

`Finding` and `Audit` are the tables that a workspace's `records.sqlite` has anyway, so that a finding saved at the command
line and one saved through the server lie in one place; on PostgreSQL the migration makes the same tables.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from greenrule.store.desk.accounts import Account
from greenrule.store.desk.labels import said_later
from greenrule.store.desk.organisations import Membership, Organisation

__all__ = ["Account", "Audit", "Entry", "Finding", "Membership", "Organisation", "Reply", "Token"]


class Finding(models.Model):
    """A finding that was given out; never changed."""

    id = models.TextField(primary_key=True)
    digest = models.TextField()
    project = models.TextField(null=True)
    decision = models.TextField(null=True)
    body = models.TextField()

    class Meta:
        db_table = "finding"
        verbose_name = verbose_name_plural = said_later("审查结论")

    def __str__(self) -> str:
        return f"{self.id} {self.project or ''}"


class Entry(models.Model):
    """A finding's line in the register, in the order in which findings came; entered by a trigger of the database."""

    seq = models.BigAutoField(primary_key=True)
    finding = models.TextField(unique=True)
    project = models.TextField(null=True)
    decision = models.TextField(null=True)
    #: code of the county of its control unit with the largest share; none where the finding is of no place
    area = models.TextField(null=True)

    class Meta:
        db_table = "finding_entry"
        verbose_name = verbose_name_plural = said_later("结论登记")
        indexes: ClassVar = [
            models.Index(fields=["decision", "-seq"], name="finding_entry_decision"),
            models.Index(fields=["area", "-seq"], name="finding_entry_area"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.finding}"


class Audit(models.Model):
    """Who did what to which record; each line is chained to the one before."""

    seq = models.BigAutoField(primary_key=True)
    at = models.TextField()
    who = models.TextField()
    action = models.TextField()
    subject = models.TextField()
    digest = models.TextField()
    chain = models.TextField()

    class Meta:
        db_table = "audit"
        verbose_name = verbose_name_plural = said_later("审计记录")

    def __str__(self) -> str:
        return f"{self.seq} {self.at} {self.action} {self.subject}"


class Token(models.Model):
    """A key for programs: only its hash is kept."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="greenrule_tokens")
    name = models.CharField(said_later("用途"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(said_later("权限"), default=list)
    made = models.DateTimeField(said_later("建立于"), auto_now_add=True)
    until = models.DateTimeField(said_later("有效至"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = said_later("接口令牌")

    def __str__(self) -> str:
        return f"{self.name}（{self.owner}）"


class Reply(models.Model):
    """The answer once given to a request with an Idempotency-Key, to be given again."""

    who = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    status = models.IntegerField()
    body = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["who", "key"], name="desk_reply_once")]
        verbose_name = verbose_name_plural = said_later("已答复的请求")

    def __str__(self) -> str:
        return f"{self.who} {self.key}"
