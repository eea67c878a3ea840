"""Tables of the watching room."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class Edition(models.Model):
    """What the packs said, item by item, under the digests that findings name; kept when the packs are others."""

    key = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    body = models.JSONField()

    class Meta:
        verbose_name = verbose_name_plural = "政策包版本"

    def __str__(self) -> str:
        return self.key[:12]


class Checked(models.Model):
    """That a finding was held against the law and the layers of a moment (`stamp`)."""

    finding = models.TextField(primary_key=True)
    stamp = models.CharField(max_length=64, default="")

    class Meta:
        verbose_name = verbose_name_plural = "已核对的结论"

    def __str__(self) -> str:
        return self.finding


class Change(models.Model):
    """What has changed under a finding, and what its outcome would be now; `ended` once everything is as it was."""

    finding = models.TextField(db_index=True)
    key = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)
    body = models.JSONField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["finding", "key"], name="watching_change_once")]
        verbose_name = verbose_name_plural = "结论之后的变化"

    def __str__(self) -> str:
        return f"{self.finding} {self.key[:12]}"


class Watch(models.Model):
    """Somebody who wants to hear when something changes under a finding."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watches")
    finding = models.TextField(db_index=True)
    email = models.BooleanField(default=True)
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "finding"], name="watching_watch_once")]
        verbose_name = verbose_name_plural = "关注"

    def __str__(self) -> str:
        return f"{self.user} {self.finding}"


class Posted(models.Model):
    """Something of which a mail goes out: when it is due (null: none is to be sent), when it went, how often it was tried."""

    at = models.DateTimeField(auto_now_add=True)
    mail_due = models.DateTimeField(null=True, db_index=True)
    mailed = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)

    class Meta:
        abstract = True


class Notice(Posted):
    """A line in somebody's inbox; one for each change and holder."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="notices")
    read = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "change"], name="watching_notice_once")]
        verbose_name = verbose_name_plural = "通知"

    def __str__(self) -> str:
        return f"{self.user} {self.change}"


class Wish(Posted):
    """What somebody without an account asked for by mail, before a link in that mail was opened; erased when it was, or was not in time.

    `finding`: hear of its changes; "": see one's subscriptions.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    address = models.CharField(max_length=254, db_index=True)
    finding = models.TextField(default="", blank=True)
    language = models.CharField(max_length=2, default="zh")

    class Meta:
        verbose_name = verbose_name_plural = "待确认的订阅"

    def __str__(self) -> str:
        return str(self.uid)


class Subscriber(models.Model):
    """A mail address whose holder has confirmed it, as long as something is subscribed to; nothing else is known of them."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    address = models.CharField(max_length=254, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "订阅人"

    def __str__(self) -> str:
        return str(self.uid)


class Subscription(models.Model):
    """A finding of whose changes an address is told, in the language in which that was asked for."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    finding = models.TextField(db_index=True)
    language = models.CharField(max_length=2, default="zh")
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "finding"], name="watching_subscription_once")
        ]
        verbose_name = verbose_name_plural = "订阅"

    def __str__(self) -> str:
        return f"{self.uid} {self.finding}"


class Telling(Posted):
    """A change of which a subscriber is told; once."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="tellings")
    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="tellings")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "change"], name="watching_telling_once")
        ]
        verbose_name = verbose_name_plural = "邮件通知"

    def __str__(self) -> str:
        return f"{self.subscription} {self.change}"


class Invitation(Posted):
    """A link by which somebody whose account was opened sets the password."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations")
    by = models.CharField(max_length=150)
    language = models.CharField(max_length=2, default="zh")

    class Meta:
        verbose_name = verbose_name_plural = "邀请"

    def __str__(self) -> str:
        return f"{self.user}"


class Event(models.Model):
    """Something that happened, written in the transaction in which it happened."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    #: where it counts: who may read the sort of thing there is told ("" is everywhere)
    area = models.CharField(max_length=6, default="")
    #: the organisation whose own it is, which is told as well
    organisation = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)
    #: whether deliveries have been made out of it
    spread = models.BooleanField(default=False, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "事件"

    def __str__(self) -> str:
        return f"{self.id} {self.name} {self.subject}"


class Hook(models.Model):
    """An address to which events are sent.  Its secret is not kept: it follows from the server's key (`hooks.secret_of`)."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hooks")
    name = models.CharField("用途", max_length=100)
    url = models.CharField("地址", max_length=500)
    events = models.JSONField("事件", default=list)
    active = models.BooleanField("启用", default=True)
    #: counts up with every new secret
    generation = models.IntegerField(default=1)
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "推送地址"

    def __str__(self) -> str:
        return f"{self.name} {self.url}"


class Delivery(models.Model):
    """An event on its way to a hook."""

    STATES: ClassVar = {"waiting": "待送", "done": "已送达", "failed": "已放弃"}

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, default="waiting")
    tries = models.IntegerField(default=0)
    #: not before this; a worker that takes it sets it ahead, so that nobody else does while it is at work
    due = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "hook"], name="watching_delivery_once")]
        indexes: ClassVar = [models.Index(fields=["state", "due"], name="watching_delivery_next")]
        verbose_name = verbose_name_plural = "推送"

    def __str__(self) -> str:
        return f"{self.event} {self.hook} {self.state}"


class Attempt(models.Model):
    """One try at a delivery: what came back, or why nothing did."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(auto_now_add=True)
    status = models.IntegerField(null=True)
    error = models.CharField(max_length=300, default="")
    ms = models.IntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "推送尝试"

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status or self.error}"
