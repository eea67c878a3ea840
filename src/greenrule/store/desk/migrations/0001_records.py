"""The records: a workspace's SQLite file has `finding` and `audit` already, another database gets them here."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_PROTECT = """
CREATE FUNCTION greenrule_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$;
CREATE TRIGGER finding_kept BEFORE UPDATE OR DELETE ON finding FOR EACH ROW EXECUTE FUNCTION greenrule_append_only();
CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION greenrule_append_only();
"""


def make_records(apps: Any, schema: Any) -> None:
    """Make what is not there; on PostgreSQL the past is protected by triggers as it is in SQLite."""
    there = schema.connection.introspection.table_names()
    for name in ("Finding", "Audit"):
        model = apps.get_model("desk", name)
        if model._meta.db_table not in there:
            schema.create_model(model)
    if schema.connection.vendor == "postgresql":
        schema.execute(_PROTECT)


class Migration(migrations.Migration):
    """First tables."""

    initial = True
    dependencies: ClassVar = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Finding",
                    fields=[
                        ("id", models.TextField(primary_key=True, serialize=False)),
                        ("digest", models.TextField()),
                        ("project", models.TextField(null=True)),
                        ("decision", models.TextField(null=True)),
                        ("body", models.TextField()),
                    ],
                    options={"db_table": "finding", "verbose_name": "审查结论", "verbose_name_plural": "审查结论"},
                ),
                migrations.CreateModel(
                    name="Audit",
                    fields=[
                        ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.TextField()),
                        ("who", models.TextField()),
                        ("action", models.TextField()),
                        ("subject", models.TextField()),
                        ("digest", models.TextField()),
                        ("chain", models.TextField()),
                    ],
                    options={"db_table": "audit", "verbose_name": "审计记录", "verbose_name_plural": "审计记录"},
                ),
            ],
        ),
        migrations.RunPython(make_records, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100, verbose_name="用途")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("scopes", models.JSONField(default=list, verbose_name="权限")),
                ("made", models.DateTimeField(auto_now_add=True, verbose_name="建立于")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="有效至")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="greenrule_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "接口令牌", "verbose_name_plural": "接口令牌"},
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("who", models.CharField(max_length=100)),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=64)),
                ("status", models.IntegerField()),
                ("body", models.TextField()),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"verbose_name": "已答复的请求", "verbose_name_plural": "已答复的请求"},
        ),
        migrations.AddConstraint(
            model_name="reply", constraint=models.UniqueConstraint(fields=("who", "key"), name="desk_reply_once")
        ),
    ]
