"""Organisations and memberships."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import greenrule.store.desk.organisations


class Migration(migrations.Migration):
    """Second tables: who belongs where."""

    dependencies: ClassVar = [
        ("desk", "0001_records"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="reply",
            name="id",
            field=models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
        ),
        migrations.AlterField(
            model_name="token",
            name="id",
            field=models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="名称")),
                (
                    "sort",
                    models.CharField(
                        choices=[
                            ("authority", "生态环境主管部门"),
                            ("department", "其他部门"),
                            ("enterprise", "企业"),
                            ("consultant", "环评等服务单位"),
                        ],
                        default="authority",
                        max_length=20,
                        verbose_name="性质",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("province", "省级"), ("city", "市级"), ("county", "县级"), ("park", "园区")],
                        max_length=10,
                        verbose_name="层级",
                    ),
                ),
                (
                    "area",
                    models.CharField(
                        db_index=True, help_text="省两位、市四位、县和园区六位", max_length=6, verbose_name="辖区代码"
                    ),
                ),
                ("demo", models.BooleanField(default=False, verbose_name="演示数据（非官方）")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="desk.organisation",
                        verbose_name="上级单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "单位",
                "verbose_name_plural": "单位",
                "ordering": ["area", "name"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=greenrule.store.desk.organisations.roles, max_length=20, verbose_name="角色"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="desk.organisation"
                    ),
                ),
            ],
            options={
                "verbose_name": "任职",
                "verbose_name_plural": "任职",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "organisation", "role"), name="desk_membership_once")
                ],
            },
        ),
    ]
