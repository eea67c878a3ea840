"""Registers, cases, opinions, claims, lists; the events of a case are kept by triggers from being changed."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

_KEPT = "filings_caseevent"
_SQLITE = (
    "CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table}"
    " BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
)
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION greenrule_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$;
CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION greenrule_append_only();
"""


def keep_events(apps: Any, schema: Any) -> None:
    """What happened is not rewritten."""
    if schema.connection.vendor == "postgresql":
        schema.execute(_POSTGRESQL.format(table=_KEPT))
    else:
        for verb in ("update", "delete"):
            schema.execute(_SQLITE.format(table=_KEPT, verb=verb))


class Migration(migrations.Migration):
    """First tables of filings."""

    initial = True

    dependencies: ClassVar = [
        ("desk", "0002_organisations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(blank=True, max_length=40, null=True, unique=True, verbose_name="收件号")),
                ("kind", models.CharField(max_length=40, verbose_name="办件种类")),
                ("finding_says", models.CharField(blank=True, max_length=20, verbose_name="结论内容")),
                (
                    "area",
                    models.CharField(
                        help_text="国家行政区划代码：省两位、市四位、县六位", max_length=6, verbose_name="辖区代码"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("opened", models.DateField(verbose_name="建立于")),
                ("opened_by", models.CharField(max_length=150, verbose_name="建立人")),
                ("demo", models.BooleanField(default=False, verbose_name="演示数据（非官方）")),
                ("imported", models.BooleanField(default=False, verbose_name="由台账导入")),
                ("state", models.CharField(default="new", max_length=20, verbose_name="状态")),
                ("received", models.DateField(null=True, verbose_name="收件日期")),
                ("accepted", models.DateField(null=True, verbose_name="受理日期")),
                ("decided", models.DateField(null=True, verbose_name="决定日期")),
                ("tell_by", models.DateField(null=True, verbose_name="一次性告知期限")),
                ("decide_by", models.DateField(null=True, verbose_name="办结期限")),
                ("owed_by", models.DateField(null=True, verbose_name="容缺补交期限")),
                ("answer_by", models.DateField(null=True, verbose_name="部门答复期限")),
                ("paused", models.BooleanField(default=False, verbose_name="计时停止")),
                ("waiting", models.PositiveIntegerField(default=0, verbose_name="待答复部门")),
                ("owed", models.PositiveIntegerField(default=0, verbose_name="未补交材料")),
                ("sure", models.BooleanField(default=True, verbose_name="放假安排已知")),
                ("decision", models.CharField(blank=True, max_length=20, verbose_name="决定")),
                ("against_finding", models.BooleanField(default=False, verbose_name="与结论不一致")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("law", models.CharField(blank=True, max_length=80)),
                (
                    "finding",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="desk.finding",
                        verbose_name="依据的结论",
                    ),
                ),
                (
                    "handling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handled",
                        to="desk.organisation",
                        verbose_name="承办单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "办件",
                "verbose_name_plural": "办件",
            },
        ),
        migrations.CreateModel(
            name="HistoricalProject",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="项目名称")),
                ("applicant", models.CharField(max_length=200, verbose_name="申请单位")),
                ("industry", models.CharField(blank=True, max_length=40, verbose_name="行业代码")),
                (
                    "area",
                    models.CharField(
                        db_index=True,
                        help_text="国家行政区划代码：省两位、市四位、县六位",
                        max_length=6,
                        verbose_name="辖区代码",
                    ),
                ),
                ("county", models.CharField(blank=True, max_length=60, verbose_name="县（市、区）")),
                (
                    "lon",
                    models.FloatField(blank=True, help_text="CGCS2000，场址的代表点", null=True, verbose_name="经度"),
                ),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="纬度")),
                ("asked", models.JSONField(default=dict, verbose_name="项目内容")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("demo", models.BooleanField(default=False, verbose_name="演示数据（非官方）")),
                ("made", models.DateTimeField(blank=True, editable=False, verbose_name="登记于")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="desk.finding",
                        verbose_name="最近的结论",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="desk.organisation",
                        verbose_name="申请单位账户",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical 项目",
                "verbose_name_plural": "historical 项目",
                "db_table": "filings_project_history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="项目名称")),
                ("applicant", models.CharField(max_length=200, verbose_name="申请单位")),
                ("industry", models.CharField(blank=True, max_length=40, verbose_name="行业代码")),
                (
                    "area",
                    models.CharField(
                        db_index=True,
                        help_text="国家行政区划代码：省两位、市四位、县六位",
                        max_length=6,
                        verbose_name="辖区代码",
                    ),
                ),
                ("county", models.CharField(blank=True, max_length=60, verbose_name="县（市、区）")),
                (
                    "lon",
                    models.FloatField(blank=True, help_text="CGCS2000，场址的代表点", null=True, verbose_name="经度"),
                ),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="纬度")),
                ("asked", models.JSONField(default=dict, verbose_name="项目内容")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("demo", models.BooleanField(default=False, verbose_name="演示数据（非官方）")),
                ("made", models.DateTimeField(auto_now_add=True, verbose_name="登记于")),
                (
                    "finding",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="desk.finding",
                        verbose_name="最近的结论",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="projects",
                        to="desk.organisation",
                        verbose_name="申请单位账户",
                    ),
                ),
            ],
            options={
                "verbose_name": "项目",
                "verbose_name_plural": "项目",
            },
        ),
        migrations.AddField(
            model_name="case",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="filings.project",
                verbose_name="项目",
            ),
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField(verbose_name="序号")),
                ("event", models.CharField(max_length=30, verbose_name="步骤")),
                ("day", models.DateField(verbose_name="日期")),
                ("who", models.CharField(max_length=200, verbose_name="经办")),
                ("data", models.JSONField(default=dict, verbose_name="内容")),
                ("at", models.CharField(max_length=40, verbose_name="记于")),
                ("version", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="filings.case"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="desk.organisation"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "办件经过",
                "verbose_name_plural": "办件经过",
                "ordering": ["case_id", "seq"],
                "constraints": [models.UniqueConstraint(fields=("case", "seq"), name="filings_event_once")],
            },
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(fields=["lat", "lon"], name="filings_project_at"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["area", "state"], name="filings_case_area"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["state", "decide_by"], name="filings_case_due"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("against_finding", True)), fields=["-id"], name="filings_case_against"
            ),
        ),
        migrations.RunPython(keep_events, migrations.RunPython.noop),
    ]
