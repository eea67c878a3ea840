"""Watches, notices, events and webhooks."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """First tables of the watching room."""

    initial = True

    dependencies: ClassVar = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Checked",
            fields=[
                ("finding", models.TextField(primary_key=True, serialize=False)),
                ("stamp", models.CharField(default="", max_length=64)),
            ],
            options={
                "verbose_name": "已核对的结论",
                "verbose_name_plural": "已核对的结论",
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("tries", models.IntegerField(default=0)),
                ("due", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "推送",
                "verbose_name_plural": "推送",
            },
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("body", models.JSONField()),
            ],
            options={
                "verbose_name": "政策包版本",
                "verbose_name_plural": "政策包版本",
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=200)),
                ("area", models.CharField(default="", max_length=6)),
                ("organisation", models.BigIntegerField(null=True)),
                ("data", models.JSONField(default=dict)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("spread", models.BooleanField(db_index=True, default=False)),
            ],
            options={
                "verbose_name": "事件",
                "verbose_name_plural": "事件",
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("finding", models.TextField(db_index=True)),
                ("key", models.CharField(max_length=64)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("ended", models.DateTimeField(null=True)),
                ("body", models.JSONField()),
            ],
            options={
                "verbose_name": "结论之后的变化",
                "verbose_name_plural": "结论之后的变化",
                "constraints": [models.UniqueConstraint(fields=("finding", "key"), name="watching_change_once")],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("status", models.IntegerField(null=True)),
                ("error", models.CharField(default="", max_length=300)),
                ("ms", models.IntegerField(default=0)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="watching.delivery"
                    ),
                ),
            ],
            options={
                "verbose_name": "推送尝试",
                "verbose_name_plural": "推送尝试",
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="watching.event"
            ),
        ),
        migrations.CreateModel(
            name="Hook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=100, verbose_name="用途")),
                ("url", models.CharField(max_length=500, verbose_name="地址")),
                ("events", models.JSONField(default=list, verbose_name="事件")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                ("generation", models.IntegerField(default=1)),
                ("made", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hooks", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "推送地址",
                "verbose_name_plural": "推送地址",
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="hook",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="watching.hook"
            ),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("read", models.DateTimeField(null=True)),
                ("mail_due", models.DateTimeField(db_index=True, null=True)),
                ("mailed", models.DateTimeField(null=True)),
                ("tries", models.IntegerField(default=0)),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="watching.change"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "通知",
                "verbose_name_plural": "通知",
            },
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("finding", models.TextField(db_index=True)),
                ("email", models.BooleanField(default=True)),
                ("made", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="watches", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "关注",
                "verbose_name_plural": "关注",
            },
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["state", "due"], name="watching_delivery_next"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("event", "hook"), name="watching_delivery_once"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("user", "change"), name="watching_notice_once"),
        ),
        migrations.AddConstraint(
            model_name="watch",
            constraint=models.UniqueConstraint(fields=("user", "finding"), name="watching_watch_once"),
        ),
    ]
