"""What the administration shows (Django finds this module by its name)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from greenrule.store.desk.accounts import Account
from greenrule.store.desk.labels import said_later
from greenrule.store.desk.models import Audit, Finding, Membership, Organisation, Token
from greenrule.web.accounts.administration import HIDDEN, Audited, Unchanging

for _model in (*HIDDEN, get_user_model()):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class GivenPassword(AdminPasswordChangeForm):
    """A password that somebody else gives is a one-time one."""

    def save(self, commit: bool = True) -> Any:
        """Set it, and have it replaced at the next log-in."""
        user = super().save(commit)
        Account.objects.update_or_create(user=user, defaults={"must_change": True})
        return user


class MembershipRows(admin.TabularInline):
    """The roles of a person, or of an organisation's people."""

    model = Membership
    extra = 0
    autocomplete_fields: ClassVar = ["user", "organisation"]


@admin.register(get_user_model())
class PersonAdmin(Audited, UserAdmin):
    """People."""

    inlines: ClassVar = [MembershipRows]
    change_password_form = GivenPassword
    list_display = ("username", "email", "is_active", "is_superuser", "last_login")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (said_later("联系"), {"fields": ("first_name", "last_name", "email")}),
        (said_later("状态"), {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    list_filter = ("is_active", "is_superuser")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A password that was given on adding is a one-time one."""
        super().save_model(request, obj, form, change)
        if not change:
            Account.objects.update_or_create(user=obj, defaults={"must_change": True})


@admin.register(Organisation)
class OrganisationAdmin(Audited, SimpleHistoryAdmin):
    """Organisations, with their history."""

    inlines: ClassVar = [MembershipRows]
    list_display = ("name", "sort", "level", "area", "parent", "demo")
    list_filter = ("sort", "level", "demo")
    search_fields = ("name", "area")
    autocomplete_fields: ClassVar = ["parent"]


@admin.register(Membership)
class MembershipAdmin(Audited, SimpleHistoryAdmin):
    """Who has which role where, with its history."""

    list_display = ("user", "organisation", "role")
    list_filter = ("role", "organisation__level")
    search_fields = ("user__username", "organisation__name")
    autocomplete_fields: ClassVar = ["user", "organisation"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what each row names."""
        return super().get_queryset(request).select_related("user", "organisation")


@admin.register(Token)
class TokenAdmin(Unchanging):
    """Tokens: their owners make them, an administrator can only put them out of force."""

    list_display = ("name", "owner", "scopes", "made", "until")
    search_fields = ("name", "owner__username")
    fields = ("name", "owner", "scopes", "made", "until")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Put out of force."""
        return bool(request.user.is_superuser)


@admin.register(Finding)
class FindingAdmin(Unchanging):
    """Findings that were given out."""

    list_display = ("id", "project", "decision")
    search_fields = ("id", "project")


@admin.register(Audit)
class AuditAdmin(Unchanging):
    """The audit."""

    list_display = ("seq", "at", "who", "action", "subject")
    search_fields = ("who", "action", "subject")
    ordering = ("-seq",)
