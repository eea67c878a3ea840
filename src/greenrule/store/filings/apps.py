"""The Django application that holds filings."""

from __future__ import annotations

from django.apps import AppConfig


class FilingsConfig(AppConfig):
    """Registers, cases, opinions, claims."""

    name = "greenrule.store.filings"
    label = "filings"
    verbose_name = "绿尺办件"
    default_auto_field = "django.db.models.BigAutoField"
