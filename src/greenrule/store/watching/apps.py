"""The Django application of the watching room."""

from __future__ import annotations

from django.apps import AppConfig


class WatchingConfig(AppConfig):
    """Watches, notices, webhooks."""

    name = "greenrule.store.watching"
    label = "watching"
    verbose_name = "变化与推送"
    default_auto_field = "django.db.models.BigAutoField"
