"""The Django application of pages and API."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class WebConfig(AppConfig):
    """Pages, templates and static files."""

    name = "greenrule.web"
    label = "greenrule_web"
    verbose_name = "绿尺"

    def ready(self) -> None:
        """Hear of log-ins and changed passwords."""
        from greenrule.web.accounts import heard  # noqa: F401


class Administration(AdminConfig):
    """The administration, behind the same log-in and second factor as everything else."""

    default_site = "greenrule.web.accounts.administration.Site"
