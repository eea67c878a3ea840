"""The tables of the planner's desk; steps, evidence and texts are kept as they were."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

from greenrule.store.desk.append_only import keep


def keep_history(apps: Any, schema: Any) -> None:
    """Steps, evidence and texts are only added."""
    keep(schema, *(f"planning_{name}" for name in ("layerfilingstep", "problemstep", "problemevidence", "narrative")))


class Migration(migrations.Migration):
    """First tables."""

    initial = True

    dependencies: ClassVar = [
        ("desk", "0002_organisations"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "排队"), ("running", "进行中"), ("done", "完成"), ("failed", "未完成")],
                        db_index=True,
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("who", models.CharField(max_length=200)),
                ("permission", models.CharField(max_length=40)),
                ("area", models.CharField(blank=True, max_length=6)),
                ("asked", models.JSONField(default=dict)),
                ("stage", models.CharField(blank=True, max_length=100)),
                ("done", models.FloatField(default=0.0)),
                ("result", models.JSONField(null=True)),
                ("faults", models.JSONField(default=list)),
                ("file", models.CharField(blank=True, max_length=64)),
                ("file_name", models.CharField(blank=True, max_length=200)),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("made", models.DateTimeField(auto_now_add=True)),
                ("started", models.DateTimeField(null=True)),
                ("beat", models.DateTimeField(null=True)),
                ("ended", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "后台作业",
                "verbose_name_plural": "后台作业",
            },
        ),
        migrations.CreateModel(
            name="LayerFiling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("layer_version", models.PositiveIntegerField(db_index=True)),
                ("area", models.CharField(db_index=True, max_length=6)),
                (
                    "occasion",
                    models.CharField(
                        choices=[("first", "首次发布"), ("five_year", "五年定期调整"), ("dynamic", "动态更新")],
                        max_length=10,
                        verbose_name="事由",
                    ),
                ),
                ("reason", models.TextField(verbose_name="说明")),
                (
                    "state",
                    models.CharField(
                        choices=[("submitted", "已报备"), ("acknowledged", "已同意备案"), ("returned", "已退回")],
                        default="submitted",
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="layer_filings_received",
                        to="desk.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "图层备案",
                "verbose_name_plural": "图层备案",
            },
        ),
        migrations.CreateModel(
            name="LayerFilingStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("submitted", "已报备"), ("acknowledged", "已同意备案"), ("returned", "已退回")],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("who", models.CharField(max_length=200)),
                ("paper", models.CharField(blank=True, max_length=200)),
                ("remark", models.TextField(blank=True)),
                (
                    "filing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="planning.layerfiling"
                    ),
                ),
            ],
            options={
                "verbose_name": "图层备案经过",
                "verbose_name_plural": "图层备案经过",
            },
        ),
        migrations.CreateModel(
            name="Narrative",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("annual", "年度跟踪"), ("five_year", "五年评估")], max_length=10)),
                ("area", models.CharField(max_length=6)),
                ("year", models.PositiveIntegerField()),
                ("section", models.CharField(max_length=40)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                ("who", models.CharField(max_length=200)),
            ],
            options={
                "verbose_name": "跟踪评估文字",
                "verbose_name_plural": "跟踪评估文字",
                "indexes": [models.Index(fields=["kind", "area", "year"], name="planning_narrative_of")],
            },
        ),
        migrations.CreateModel(
            name="Problem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("batch", models.CharField(db_index=True, max_length=64, verbose_name="来源批次")),
                ("number", models.CharField(max_length=100, verbose_name="图斑编号")),
                ("title", models.CharField(max_length=300, verbose_name="问题")),
                ("source", models.CharField(max_length=200, verbose_name="来源")),
                ("found_on", models.DateField(verbose_name="发现日期")),
                ("geometry", models.JSONField()),
                ("area_m2", models.FloatField(null=True)),
                ("area", models.CharField(db_index=True, max_length=6, verbose_name="县代码")),
                ("place", models.CharField(max_length=200, verbose_name="位置")),
                ("units", models.JSONField(default=list)),
                ("layers", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("found", "已发现"),
                            ("assigned", "已交办"),
                            ("checked", "已核查"),
                            ("rectified", "已整改"),
                            ("rejected", "核查不属实"),
                            ("closed", "已销号"),
                        ],
                        db_index=True,
                        default="found",
                        max_length=10,
                    ),
                ),
                ("deadline", models.DateField(null=True, verbose_name="办理期限")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problems",
                        to="desk.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "监督问题",
                "verbose_name_plural": "监督问题",
            },
        ),
        migrations.CreateModel(
            name="ProblemStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("found", "已发现"),
                            ("assigned", "已交办"),
                            ("checked", "已核查"),
                            ("rectified", "已整改"),
                            ("rejected", "核查不属实"),
                            ("closed", "已销号"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("who", models.CharField(max_length=200)),
                ("text", models.TextField()),
                (
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="planning.problem"
                    ),
                ),
            ],
            options={
                "verbose_name": "监督问题经过",
                "verbose_name_plural": "监督问题经过",
            },
        ),
        migrations.CreateModel(
            name="ProblemEvidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("who", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="planning.problemstep"
                    ),
                ),
            ],
            options={
                "verbose_name": "监督问题佐证",
                "verbose_name_plural": "监督问题佐证",
            },
        ),
        migrations.AddConstraint(
            model_name="problem",
            constraint=models.UniqueConstraint(fields=("batch", "number"), name="planning_spot_once"),
        ),
        migrations.RunPython(keep_history, migrations.RunPython.noop),
    ]
