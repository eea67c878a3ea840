"""The administration: people, organisations, roles, tokens; every change is in the audit too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import urlencode

from greenrule.core.seal import digest
from greenrule.core.tongue import said, speaking
from greenrule.store.desk.labels import said_later
from greenrule.store.desk.records import log

#: Applications whose tables hold secrets; providers are set by the environment.
_SECRETIVE = ("mfa", "socialaccount")


class Site(admin.AdminSite):
    """The administration site; log-in, log-out and passwords are those of the accounts."""

    site_header = site_title = said_later("绿尺管理")
    index_title = said_later("人员、单位与台账")
    enable_nav_sidebar = False  # it needs room that a phone has not

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register; what the account library would show of authenticators and providers stays out: it holds secrets."""
        models: list[Any] = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        kept = [model for model in models if model._meta.app_label not in _SECRETIVE]
        super().register(kept, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the one place where one logs in; a person without the right hears so there."""
        from django.core.exceptions import PermissionDenied

        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect("admin:index")
            raise PermissionDenied(said("管理后台只对服务器管理员开放"))
        wanted = request.GET.get("next") or request.path.replace("login/", "")
        return HttpResponseRedirect("/accounts/login/?" + urlencode({"next": wanted}))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the one place where one logs out."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the one place where a password is changed."""
        return redirect("account_change_password")


class Audited(admin.ModelAdmin):
    """What is changed in the administration is written into the audit with the change, in Chinese whoever reads English."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Something was added."""
        with speaking("zh"):
            self._audit(request, "add", obj, message)
            return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Something was changed."""
        with speaking("zh"):
            self._audit(request, "change", obj, message)
            return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        """Something was deleted."""
        with speaking("zh"):
            for item in queryset:
                self._audit(request, "delete", item, str(item))
            return super().log_deletions(request, queryset)

    @staticmethod
    def _audit(request: HttpRequest, action: str, obj: Any, message: Any) -> None:
        log(
            request.user.get_username(), f"admin.{action}", f"{obj._meta.model_name}:{obj.pk}",
            digest({"what": str(obj), "message": message}),
        )  # fmt: skip


class Unchanging(Audited):
    """Read only: records and what others made."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted by hand."""
        return False


#: Groups are not how rights are given here.
HIDDEN = (Group,)
