"""The Django application of the planner's desk."""

from __future__ import annotations

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """Planner's desk."""

    name = "greenrule.store.planning"
    label = "planning"
    verbose_name = "分区管控工作台"
    default_auto_field = "django.db.models.BigAutoField"
