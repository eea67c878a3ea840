"""The tables of the task board; what was reported and assessed is kept as it was."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

from greenrule.store.desk.append_only import keep


def keep_history(apps: Any, schema: Any) -> None:
    """Reports, figures, evidence and assessments are only added."""
    keep(schema, *(f"dispatch_{name}" for name in ("progress", "figure", "evidence", "assessment")))


class Migration(migrations.Migration):
    """First tables."""

    initial = True

    dependencies: ClassVar = [
        ("desk", "0002_organisations"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                ("who", models.CharField(max_length=200)),
                ("text", models.TextField(verbose_name="进展")),
                (
                    "grade",
                    models.CharField(
                        choices=[("done", "已完成"), ("on_track", "按序推进"), ("behind", "滞后"), ("stalled", "停滞")],
                        max_length=10,
                        verbose_name="自评",
                    ),
                ),
            ],
            options={
                "verbose_name": "进展",
                "verbose_name_plural": "进展",
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("who", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("media", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "progress",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="dispatch.progress"
                    ),
                ),
            ],
            options={
                "verbose_name": "佐证材料",
                "verbose_name_plural": "佐证材料",
            },
        ),
        migrations.CreateModel(
            name="TaskState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(db_index=True, max_length=100, verbose_name="任务")),
                ("area", models.CharField(db_index=True, max_length=6, verbose_name="辖区代码")),
                ("deadline", models.DateField(blank=True, null=True, verbose_name="调度期限")),
                ("demand", models.TextField(blank=True, verbose_name="调度要求")),
                ("version", models.PositiveIntegerField(default=1)),
                ("made", models.DateTimeField(auto_now_add=True, verbose_name="分派于")),
                ("by", models.CharField(max_length=200, verbose_name="分派人")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="desk.organisation",
                        verbose_name="责任单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "任务分派",
                "verbose_name_plural": "任务分派",
            },
        ),
        migrations.AddField(
            model_name="progress",
            name="state",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="progress", to="dispatch.taskstate"
            ),
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("who", models.CharField(max_length=200)),
                (
                    "grade",
                    models.CharField(
                        choices=[("done", "已完成"), ("on_track", "按序推进"), ("behind", "滞后"), ("stalled", "停滞")],
                        max_length=10,
                        verbose_name="评定",
                    ),
                ),
                ("deadline", models.DateField(null=True)),
                ("remark", models.TextField(blank=True, verbose_name="意见")),
                (
                    "state",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assessments", to="dispatch.taskstate"
                    ),
                ),
            ],
            options={
                "verbose_name": "调度评定",
                "verbose_name_plural": "调度评定",
            },
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("target", models.CharField(max_length=100)),
                ("value", models.CharField(max_length=40)),
                ("as_of", models.DateField()),
                (
                    "progress",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="dispatch.progress"
                    ),
                ),
            ],
            options={
                "verbose_name": "目标数值",
                "verbose_name_plural": "目标数值",
                "constraints": [models.UniqueConstraint(fields=("progress", "target"), name="dispatch_figure_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="taskstate",
            constraint=models.UniqueConstraint(fields=("task", "organisation"), name="dispatch_task_once"),
        ),
        migrations.RunPython(keep_history, migrations.RunPython.noop),
    ]
