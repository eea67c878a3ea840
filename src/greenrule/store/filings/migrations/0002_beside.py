"""What belongs to a case or stands beside it: opinions, claims, files, key projects, liaison officers, service days."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Second tables of filings."""

    dependencies: ClassVar = [
        ("filings", "0001_filings"),
        ("desk", "0002_organisations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="ServiceReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area",
                    models.CharField(
                        help_text="国家行政区划代码：省两位、市四位、县六位",
                        max_length=6,
                        unique=True,
                        verbose_name="辖区代码",
                    ),
                ),
                ("reading", models.CharField(max_length=20, verbose_name="读法")),
                ("paper", models.CharField(blank=True, max_length=200, verbose_name="依据")),
            ],
            options={
                "verbose_name": "环保服务日读法",
                "verbose_name_plural": "环保服务日读法",
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fact", models.CharField(max_length=120, verbose_name="事实")),
                ("label", models.CharField(max_length=200, verbose_name="名称")),
                ("value", models.JSONField(null=True, verbose_name="主张的值")),
                ("evidence", models.TextField(verbose_name="依据")),
                ("outcomes", models.JSONField(default=dict, verbose_name="两种结果")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待裁定"),
                            ("upheld", "予以采信"),
                            ("rejected", "不予采信"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="open",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("filed", models.DateField(verbose_name="提出于")),
                ("filed_by", models.CharField(max_length=200, verbose_name="提出人")),
                ("decided", models.DateField(null=True, verbose_name="裁定于")),
                ("decided_by", models.CharField(blank=True, max_length=200, verbose_name="裁定人")),
                ("reason", models.TextField(blank=True, verbose_name="裁定理由")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="filings.case"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="desk.organisation"),
                ),
            ],
            options={
                "verbose_name": "有争议的事实",
                "verbose_name_plural": "有争议的事实",
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("purpose", models.CharField(blank=True, max_length=100, verbose_name="用途")),
                ("media", models.CharField(max_length=100, verbose_name="类型")),
                ("size", models.PositiveBigIntegerField(verbose_name="字节")),
                ("digest", models.CharField(max_length=64)),
                ("who", models.CharField(max_length=200, verbose_name="上传")),
                ("at", models.CharField(max_length=40, verbose_name="上传于")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="filings.case"
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="filings.claim",
                    ),
                ),
            ],
            options={
                "verbose_name": "附件",
                "verbose_name_plural": "附件",
            },
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("department", models.CharField(max_length=200, verbose_name="部门")),
                ("asked", models.DateField(verbose_name="征求于")),
                ("question", models.TextField(blank=True, verbose_name="征求内容")),
                ("until", models.DateField(null=True, verbose_name="应答复于")),
                ("given", models.DateField(null=True, verbose_name="答复于")),
                ("says", models.CharField(blank=True, max_length=20, verbose_name="意见")),
                ("opinion", models.TextField(blank=True, verbose_name="意见内容")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="opinions", to="filings.case"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="desk.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "部门意见",
                "verbose_name_plural": "部门意见",
            },
        ),
        migrations.CreateModel(
            name="Liaison",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(max_length=60, verbose_name="姓名")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="电话")),
                (
                    "area",
                    models.CharField(
                        db_index=True,
                        help_text="国家行政区划代码：省两位、市四位、县六位",
                        max_length=6,
                        verbose_name="辖区代码",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="在任")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("demo", models.BooleanField(default=False, verbose_name="演示数据（非官方）")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="liaisons", to="desk.organisation"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="liaisons",
                        to="filings.project",
                    ),
                ),
            ],
            options={
                "verbose_name": "联络员",
                "verbose_name_plural": "联络员",
            },
        ),
        migrations.CreateModel(
            name="KeyProject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="项目名称")),
                ("applicant", models.CharField(blank=True, max_length=200, verbose_name="建设单位")),
                (
                    "listed",
                    models.CharField(
                        choices=[("province", "省级重点项目"), ("city", "市级重点项目"), ("county", "县级重点项目")],
                        max_length=10,
                        verbose_name="名单",
                    ),
                ),
                (
                    "area",
                    models.CharField(
                        db_index=True,
                        help_text="国家行政区划代码：省两位、市四位、县六位",
                        max_length=6,
                        verbose_name="辖区代码",
                    ),
                ),
                ("paper", models.CharField(blank=True, max_length=200, verbose_name="名单文号")),
                ("since", models.DateField(blank=True, null=True, verbose_name="列入日期")),
                ("until", models.DateField(blank=True, null=True, verbose_name="移出日期")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("demo", models.BooleanField(default=False, verbose_name="演示数据（非官方）")),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="listings",
                        to="filings.project",
                    ),
                ),
            ],
            options={
                "verbose_name": "重点项目",
                "verbose_name_plural": "重点项目",
            },
        ),
        migrations.CreateModel(
            name="HistoricalKeyProject",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="项目名称")),
                ("applicant", models.CharField(blank=True, max_length=200, verbose_name="建设单位")),
                (
                    "listed",
                    models.CharField(
                        choices=[("province", "省级重点项目"), ("city", "市级重点项目"), ("county", "县级重点项目")],
                        max_length=10,
                        verbose_name="名单",
                    ),
                ),
                (
                    "area",
                    models.CharField(
                        db_index=True,
                        help_text="国家行政区划代码：省两位、市四位、县六位",
                        max_length=6,
                        verbose_name="辖区代码",
                    ),
                ),
                ("paper", models.CharField(blank=True, max_length=200, verbose_name="名单文号")),
                ("since", models.DateField(blank=True, null=True, verbose_name="列入日期")),
                ("until", models.DateField(blank=True, null=True, verbose_name="移出日期")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("demo", models.BooleanField(default=False, verbose_name="演示数据（非官方）")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                    "project",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="filings.project",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical 重点项目",
                "verbose_name_plural": "historical 重点项目",
                "db_table": "filings_keyproject_history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
