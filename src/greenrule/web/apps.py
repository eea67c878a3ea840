"""The Django application of pages and API."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, templates and static files."""

    name = "greenrule.web"
    label = "greenrule_web"
    verbose_name = "绿尺"
