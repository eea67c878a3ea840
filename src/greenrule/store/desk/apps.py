"""The Django application that holds the records."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Records of the server."""

    name = "greenrule.store.desk"
    label = "desk"
    verbose_name = "绿尺台账"
    default_auto_field = "django.db.models.BigAutoField"
