"""People, their organisations, roles, passwords and tokens: each change in one transaction, and in the audit."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from greenrule.core.errors import Fault, InputFault, near
from greenrule.store.desk.accounts import Account
from greenrule.store.desk.models import Membership, Organisation, Token
from greenrule.store.desk.organisations import person_of
from greenrule.store.desk.records import log
from greenrule.store.desk.roles import LEVELS, PERMISSIONS, ROLES, SORTS, Person, role_fits

#: How long a token is in force where nobody says, and at most, in days.
TOKEN_DAYS, MOST_TOKEN_DAYS = 90, 366
#: How many tokens one person may have.
MOST_TOKENS = 50
#: Secrets begin so; whoever searches files for lost secrets finds them by it.
TOKEN_MARK = "gr_"


def one_time_password() -> str:
    """A random password that is told once (some 96 bits)."""
    return secrets.token_urlsafe(12)


def must_change(user: Any) -> bool:
    """Whether the password is a one-time one."""
    return Account.objects.filter(user=user, must_change=True).exists()


def password_replaced(user: Any) -> None:
    """The password is the person's own from now on."""
    Account.objects.filter(user=user).update(must_change=False)


def give_password(user: Any) -> str:
    """Give a one-time password, inside the caller's transaction; sessions that are open end by it."""
    password = one_time_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    Account.objects.update_or_create(user=user, defaults={"must_change": True})
    return password


def add_person(name: str, email: str, who: str, *, administrator: bool = False) -> tuple[Any, str]:
    """Make an account; the user and its one-time password.

    Raises InputFault SEC001 where the name or the address is taken or is none.
    """
    users = get_user_model()
    with transaction.atomic():
        if users.objects.filter(username__iexact=name).exists():
            raise InputFault(Fault("SEC001", f"已有账号 {name}", None, "换一个名字，或用 `greenrule people list` 查看"))
        if email and users.objects.filter(email__iexact=email).exists():
            raise InputFault(Fault("SEC001", f"邮箱 {email} 已属于另一个账号", None, "换一个邮箱"))
        user = users(username=name, email=email, is_staff=administrator, is_superuser=administrator)
        user.set_unusable_password()
        try:
            user.full_clean()
        except ValidationError as error:
            told = "；".join(text for texts in error.message_dict.values() for text in texts)
            raise InputFault(
                Fault("SEC001", f"账号 {name} 不成立：{told}", None, "名字用字母、数字和 @ . + - _")
            ) from None
        user.save()
        password = give_password(user)
        log(who, "person.add", f"person:{name}" + (":administrator" if administrator else ""))
    return user, password


def find_person(name: str) -> Any:
    """An account by its name.  Raises InputFault SEC002."""
    users = get_user_model().objects
    found = users.filter(username=name).first()
    if found is None:
        close = near(name, list(users.values_list("username", flat=True)[:10_000]))
        told = f"是否想写 {close[0]}？" if close else "用 `greenrule people list` 查看"
        raise InputFault(Fault("SEC002", f"没有账号 {name}", None, told))
    return found


def renew_password(name: str, who: str, *, second_factor: bool = False) -> str:
    """Another one-time password for somebody who has lost theirs; `second_factor`: their authenticators go too."""
    from allauth.mfa.models import Authenticator

    with transaction.atomic():
        user = find_person(name)
        password = give_password(user)
        log(who, "person.password", f"person:{name}")
        if second_factor and Authenticator.objects.filter(user=user).delete()[0]:
            log(who, "second_factor.removed", f"person:{name}")
    return password


def add_organisation(name: str, sort: str, level: str, area: str, who: str, parent: str | None = None) -> Organisation:
    """Register an organisation.  Raises InputFault SEC003 with all that is wrong."""
    faults = []
    if sort not in SORTS:
        faults.append(Fault("SEC003", f"没有 {sort} 这种单位", None, "可写 " + "、".join(SORTS)))
    if level not in LEVELS:
        faults.append(Fault("SEC003", f"没有 {level} 这个层级", None, "可写 " + "、".join(LEVELS)))
    above = find_organisation(parent) if parent else None
    made = Organisation(name=name, sort=sort, level=level, area=area, parent=above)
    if not faults:
        try:
            made.full_clean()
        except ValidationError as error:
            faults += [
                Fault("SEC003", f"{field}：{text}", None, "核对单位的名称、层级和辖区代码")
                for field, texts in error.message_dict.items()
                for text in texts
            ]
    if faults:
        raise InputFault(faults)
    with transaction.atomic():
        made.save()
        log(who, "organisation.add", f"organisation:{name}:{area}")
    return made


def find_organisation(name: str) -> Organisation:
    """An organisation by its name.  Raises InputFault SEC004."""
    found = Organisation.objects.filter(name=name).first()
    if found is None:
        close = near(name, list(Organisation.objects.values_list("name", flat=True)[:10_000]))
        told = f"是否想写 {close[0]}？" if close else "先用 `greenrule people organisation` 登记"
        raise InputFault(Fault("SEC004", f"没有单位 {name}", None, told))
    return found


def give_role(name: str, organisation: str, role: str, who: str, *, take: bool = False) -> bool:
    """Give somebody a role in an organisation, or take it; whether anything changed.  Raises InputFault SEC005, SEC007."""
    if role not in ROLES:
        raise InputFault(Fault("SEC005", f"没有角色 {role}", None, "可写 " + "、".join(ROLES)))
    user, place = find_person(name), find_organisation(organisation)
    if not take and not role_fits(place.sort, role):
        told = f"{place.name} 是{SORTS[place.sort]}，不能授予“{ROLES[role][0]}”"
        raise InputFault(
            Fault("SEC007", told, None, f"{SORTS[place.sort]}的人员授予 applicant（{ROLES['applicant'][0]}）")
        )
    with transaction.atomic():
        kept = Membership.objects.filter(user=user, organisation=place, role=role)
        if take:
            changed = kept.exists()
            for membership in kept:  # one by one: each leaves its line in the history
                membership.delete()
        else:
            _, changed = Membership.objects.get_or_create(user=user, organisation=place, role=role)
        if changed:
            log(who, "role.take" if take else "role.give", f"person:{name}:{role}@{organisation}")
    return changed


def people() -> list[dict[str, Any]]:
    """Every account with its roles and whether it has a second factor."""
    from allauth.mfa.models import Authenticator

    second = set(Authenticator.objects.values_list("user_id", flat=True))
    once = set(Account.objects.filter(must_change=True).values_list("user_id", flat=True))
    users = get_user_model().objects.order_by("username").prefetch_related("memberships__organisation")
    return [
        {
            "name": user.get_username(), "email": user.email, "active": user.is_active,
            "administrator": user.is_superuser, "second_factor": user.pk in second, "one_time_password": user.pk in once,
            "last_login": user.last_login.isoformat(timespec="seconds") if user.last_login else None,
            "roles": [
                {"organisation": row.organisation.name, "area": row.organisation.area, "role": row.role,
                 "label": ROLES[row.role][0] if row.role in ROLES else row.role}
                for row in user.memberships.all()
            ],
        }
        for user in users
    ]  # fmt: skip


def token_digest(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_in_force(secret: str) -> tuple[str, list[str]] | None:
    """How records name the holder of a token (`owner/purpose`), and its scopes; None where there is none in force.

    One plain statement: programs ask thousands of times, and objects for token and owner would take longer than looking up a place.
    """
    user, users = get_user_model(), get_user_model()._meta
    name, key = users.get_field(user.USERNAME_FIELD).column, users.pk.column
    sql = (
        f"SELECT u.{name}, t.name, t.scopes FROM {Token._meta.db_table} t JOIN {users.db_table} u ON u.{key} = t.owner_id"
        " WHERE t.digest = %s AND u.is_active AND (t.until IS NULL OR t.until > %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [token_digest(secret), connection.ops.adapt_datetimefield_value(timezone.now())])
        row = cursor.fetchone()
    if row is None:
        return None
    return f"{row[0]}/{row[1]}", json.loads(row[2]) if isinstance(row[2], str) else row[2]


def make_token(
    owner: Person, name: str, scopes: Iterable[str], days: int = TOKEN_DAYS, who: str | None = None
) -> tuple[Token, str]:
    """A token of somebody's own, and its secret, which is told this once; `who` makes it where that is not the owner.

    Raises InputFault SEC010 (a scope that there is none of, or that the owner has not), SEC011 (name, days, number).
    """
    wanted, faults = list(dict.fromkeys(scopes)), []
    for scope in wanted:
        if scope not in PERMISSIONS:
            faults.append(Fault("SEC010", f"没有权限 {scope}", None, "可写 " + "、".join(PERMISSIONS)))
        elif not owner.may(scope):
            faults.append(Fault("SEC010", f"您没有“{PERMISSIONS[scope]}”（{scope}），不能交给令牌", None, "去掉这一项"))
    if not wanted:
        faults.append(Fault("SEC010", "令牌至少要有一项权限", None, "例如 screen"))
    if not 0 < len(name.strip()) <= 100:
        faults.append(Fault("SEC011", "令牌要有用途，100 字以内", None, "例如 环评平台对接"))
    if not 1 <= days <= MOST_TOKEN_DAYS:
        faults.append(Fault("SEC011", f"有效期应为 1 到 {MOST_TOKEN_DAYS} 天", None, "到期前可以另建一个"))
    if faults:
        raise InputFault(faults)
    secret = TOKEN_MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        if Token.objects.filter(owner=owner.user).count() >= MOST_TOKENS:
            raise InputFault(Fault("SEC011", f"令牌已有 {MOST_TOKENS} 个", None, "先撤销不用的"))
        made = Token.objects.create(
            owner=owner.user, name=name.strip(), digest=token_digest(secret), scopes=wanted,
            until=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        log(who or owner.name, "token.make", f"token:{made.pk}:{owner.user.get_username()}", made.digest)
    return made, secret


def revoke_token(owner: Person, number: int) -> bool:
    """Put one's own token out of force; whether there was one."""
    with transaction.atomic():
        found = Token.objects.filter(owner=owner.user, pk=number).first()
        if found is None:
            return False
        log(owner.name, "token.revoke", f"token:{number}:{owner.user.get_username()}", found.digest)
        found.delete()
    return True


def token_row(token: Token, now: datetime | None = None) -> dict[str, Any]:
    """A token as its owner sees it; never its secret."""
    until = token.until
    return {
        "id": token.pk, "name": token.name, "scopes": token.scopes,
        "made": timezone.localtime(token.made).isoformat(timespec="seconds"),
        "until": timezone.localtime(until).isoformat(timespec="seconds") if until else None,
        "in_force": until is None or until > (now or timezone.now()),
    }  # fmt: skip


def person_named(name: str) -> Person:
    """What somebody may do, by name of the account."""
    return person_of(find_person(name))
