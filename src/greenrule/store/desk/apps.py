"""The Django application that holds the records."""

from __future__ import annotations

from django.apps import AppConfig

from greenrule.store.desk.labels import said_later


class DeskConfig(AppConfig):
    """Records of the server."""

    name = "greenrule.store.desk"
    label = "desk"
    verbose_name = said_later("绿尺台账")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Nobody is called what the records call visitors: account pages, the administration and the command line all ask this field."""
        from django.contrib.auth import get_user_model

        from greenrule.store.desk.accounts import not_reserved

        get_user_model()._meta.get_field("username").validators.append(not_reserved)
