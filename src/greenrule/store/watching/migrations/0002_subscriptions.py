"""Subscriptions by mail without an account, and invitations."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("watching", "0001_watching"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("address", models.CharField(max_length=254, unique=True)),
            ],
            options={
                "verbose_name": "订阅人",
                "verbose_name_plural": "订阅人",
            },
        ),
        migrations.CreateModel(
            name="Wish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("mail_due", models.DateTimeField(db_index=True, null=True)),
                ("mailed", models.DateTimeField(null=True)),
                ("tries", models.IntegerField(default=0)),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("address", models.CharField(db_index=True, max_length=254)),
                ("finding", models.TextField(blank=True, default="")),
                ("language", models.CharField(default="zh", max_length=2)),
            ],
            options={
                "verbose_name": "待确认的订阅",
                "verbose_name_plural": "待确认的订阅",
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("mail_due", models.DateTimeField(db_index=True, null=True)),
                ("mailed", models.DateTimeField(null=True)),
                ("tries", models.IntegerField(default=0)),
                ("by", models.CharField(max_length=150)),
                ("language", models.CharField(default="zh", max_length=2)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "邀请",
                "verbose_name_plural": "邀请",
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("finding", models.TextField(db_index=True)),
                ("language", models.CharField(default="zh", max_length=2)),
                ("made", models.DateTimeField(auto_now_add=True)),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to="watching.subscriber",
                    ),
                ),
            ],
            options={
                "verbose_name": "订阅",
                "verbose_name_plural": "订阅",
            },
        ),
        migrations.CreateModel(
            name="Telling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("mail_due", models.DateTimeField(db_index=True, null=True)),
                ("mailed", models.DateTimeField(null=True)),
                ("tries", models.IntegerField(default=0)),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tellings", to="watching.change"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tellings", to="watching.subscription"
                    ),
                ),
            ],
            options={
                "verbose_name": "邮件通知",
                "verbose_name_plural": "邮件通知",
            },
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("subscriber", "finding"), name="watching_subscription_once"),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.UniqueConstraint(fields=("subscription", "change"), name="watching_telling_once"),
        ),
    ]
