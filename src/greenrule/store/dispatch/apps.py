"""The Django application of the task board."""

from __future__ import annotations

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Task board."""

    name = "greenrule.store.dispatch"
    label = "dispatch"
    verbose_name = "任务台账"
    default_auto_field = "django.db.models.BigAutoField"
