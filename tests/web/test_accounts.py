"""Accounts: the one-time password, the second factor, throttling, who may sign up, what the administration asks."""

from __future__ import annotations

import base64
import hmac
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.both


@pytest.fixture(autouse=True)
def quick_passwords(settings_of: Any) -> None:
    """What is tested here is not the hash."""
    settings_of(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


@pytest.fixture
def new_person(client: Any) -> Iterator[Any]:
    """Makes people: name → (user, one-time password); attempts of the test before are not held against them."""
    from django.core.cache import cache

    from greenrule.store.desk.people import add_person

    cache.clear()
    made = []

    def make(name: str, **rest: Any) -> tuple[Any, str]:
        user, password = add_person(name, rest.pop("email", ""), "测试", **rest)
        made.append(user)
        return user, password

    yield make
    for user in made:
        user.delete()


OWN = "绿水青山-2026-okay"


def log_in(client: Any, name: str, password: str, following: str = "") -> Any:
    return client.post(
        "/accounts/login/", {"login": name, "password": password, **({"next": following} if following else {})}
    )


def own_password(client: Any, once: str) -> Any:
    return client.post("/accounts/password/change/", {"oldpassword": once, "password1": OWN, "password2": OWN})


def authenticator(secret: str) -> str:
    """What an authenticator shows now (RFC 6238), computed apart from the library."""
    mac = hmac.digest(base64.b32decode(secret), int(time.time() // 30).to_bytes(8, "big"), "sha1")
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def code_of(user: Any) -> str:
    """The code that the person's authenticator shows now."""
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator

    kept = Authenticator.objects.get(user=user, type="totp").data["secret"]
    return authenticator(get_adapter().decrypt(kept))


def enrol(client: Any) -> str:
    """Set up an authenticator by the page; its secret."""
    answer = client.get("/accounts/2fa/totp/activate/")
    assert answer["Location"].startswith(
        "/accounts/reauthenticate/"
    )  # whoever sits down at an open desk knows no password
    answer = client.post(answer["Location"], {"password": OWN}, follow=True)
    found = re.search(r'id="authenticator_secret"[^>]*value="([A-Z2-7]+)"', answer.content.decode())
    assert found, answer
    answer = client.post("/accounts/2fa/totp/activate/", {"code": authenticator(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return found[1]


def test_a_one_time_password_opens_nothing_but_its_own_replacement(client: Any, new_person: Any) -> None:
    once = new_person("once")[1]
    assert log_in(client, "once", once).status_code == 302
    before = client.session.session_key
    for path in ("/", "/ask", "/accounts/tokens/", "/accounts/2fa/", "/admin/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/change/"), path
    refused = client.get("/api/v1/health")
    assert refused.status_code == 403
    assert "一次性口令" in refused.json()["detail"]
    assert client.get("/api/v1/me").json()["user"] == "once"
    assert "请先换成自己的口令" in client.get("/accounts/password/change/").content.decode()
    assert own_password(client, once).status_code == 302
    assert client.get("/api/v1/health").status_code == 200
    # The session is another one, and the old password is gone.
    assert client.session.session_key != before
    client.logout()
    assert log_in(client, "once", once).status_code == 200
    assert log_in(client, "once", OWN).status_code == 302
    assert client.get("/").status_code == 200

    from greenrule.store.desk.models import Audit

    said = list(Audit.objects.filter(subject__startswith="person:once").order_by("seq").values_list("who", "action"))
    assert ("测试", "person.add") in said
    assert ("once", "login") in said
    assert ("once", "password") in said


def test_the_session_is_another_one_after_log_in(client: Any, new_person: Any) -> None:
    once = new_person("rotate")[1]
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    log_in(client, "rotate", once)
    assert client.session.session_key not in (None, before)


def test_the_administration_asks_for_the_second_factor(client: Any, new_person: Any) -> None:
    user, once = new_person("root", administrator=True)
    answer = client.get("/admin/")
    assert answer["Location"].startswith("/accounts/login/?next=") or answer["Location"].startswith("/admin/login/")
    log_in(client, "root", once)
    own_password(client, once)
    answer = client.get("/admin/desk/organisation/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/")
    enrol(client)
    assert client.get("/admin/").status_code == 200
    # At the next log-in the password alone is not enough.
    client.logout()
    answer = log_in(client, "root", OWN, "/admin/")
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/api/v1/me").json()["user"] is None
    assert client.get("/admin/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    # A code is good once; that of the set-up was used, so the time step before is taken.
    from allauth.mfa.models import Authenticator
    from django.core.cache import cache

    cache.clear()
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(user)})
    assert answer.status_code == 302, answer.content.decode()
    assert client.get("/admin/").status_code == 200
    # What lies in the database is not the secret.
    assert not re.fullmatch("[A-Z2-7]+", Authenticator.objects.get(user=user, type="totp").data["secret"])


def test_recovery_codes_are_shown_once_and_open_once(client: Any, new_person: Any) -> None:
    once = new_person("recover")[1]
    log_in(client, "recover", once)
    own_password(client, once)
    enrol(client)
    page = client.post("/accounts/2fa/recovery-codes/generate/", follow=True).content.decode()
    codes = re.findall(r"\b\d{4}[ -]?\d{4}\b", page)
    assert len(codes) == 10
    assert codes[0] not in client.get("/accounts/2fa/recovery-codes/").content.decode()
    client.logout()
    for expected in (302, 200):
        log_in(client, "recover", OWN)
        assert client.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == expected
        client.logout()


def test_attempts_are_counted(client: Any, new_person: Any) -> None:
    once = new_person("target")[1]
    said = [log_in(client, "target", f"wrong-{number}").content.decode() for number in range(6)]
    assert "次数过多" in said[-1]
    # The right password does not help now.
    assert "次数过多" in log_in(client, "target", once).content.decode()
    from django.core.cache import cache

    cache.clear()
    assert log_in(client, "target", once).status_code == 302


def test_many_attempts_from_one_address_are_stopped(client: Any, new_person: Any) -> None:
    answers = [log_in(client, f"nobody{number}", "x") for number in range(32)]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"]
    assert "尝试太频繁" in answers[-1].content.decode()


def test_nobody_signs_up_where_it_is_not_open(client: Any, settings_of: Any) -> None:
    from django.contrib.auth import get_user_model

    body = {"username": "guest", "email": "guest@example.org", "password1": OWN, "password2": OWN}
    client.post("/accounts/signup/", body)
    assert not get_user_model().objects.filter(username="guest").exists()
    assert "注册账号" not in client.get("/accounts/login/").content.decode()
    settings_of(SIGNUP_OPEN=True)
    try:
        assert client.post("/accounts/signup/", body).status_code == 302
        # Whoever signs up has no role.
        assert client.get("/api/v1/findings").status_code == 403
    finally:
        get_user_model().objects.filter(username="guest").delete()


def test_everyone_can_be_asked_for_a_second_factor(client: Any, new_person: Any, settings_of: Any) -> None:
    once = new_person("every")[1]
    log_in(client, "every", once)
    own_password(client, once)
    assert client.get("/").status_code == 200
    settings_of(SECOND_FACTOR="everyone")
    assert client.get("/")["Location"] == "/accounts/2fa/"
    assert client.get("/api/v1/health").status_code == 403
    enrol(client)
    assert client.get("/").status_code == 200


def test_a_lost_password(client: Any, new_person: Any, settings_of: Any, mailbox: list[Any]) -> None:
    new_person("forgot", email="forgot@example.org")
    assert "没有设置发信" in client.get("/accounts/password/reset/").content.decode()
    settings_of(MAIL_SENT=True, EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
    client.post("/accounts/password/reset/", {"email": "forgot@example.org"})
    assert len(mailbox) == 1
    link = re.search(r"/accounts/password/reset/key/\S+", mailbox[0].body)
    assert link
    at = client.get(link[0])["Location"]
    assert client.post(at, {"password1": OWN, "password2": OWN}).status_code == 302
    assert log_in(client, "forgot", OWN).status_code == 302
    assert client.get("/").status_code == 200


def test_a_password_given_in_the_administration_is_a_one_time_one(client: Any, new_person: Any) -> None:
    from django.contrib.auth import get_user_model

    user, _ = new_person("given")
    from greenrule.store.desk.people import must_change, password_replaced

    password_replaced(user)
    root, _ = new_person("giver", administrator=True)
    password_replaced(root)
    client.force_login(root)
    enrol_direct(root)
    answer = client.post(
        f"/admin/auth/user/{user.pk}/password/",
        {"password1": OWN, "password2": OWN, "usable_password": "true", "set-password": "1"},
    )
    assert answer.status_code == 302, answer.content.decode()
    assert must_change(get_user_model().objects.get(pk=user.pk))


def enrol_direct(user: Any) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(user, generate_totp_secret())


def test_roles_given_in_the_administration_have_a_history_and_stand_in_the_audit(client: Any, new_person: Any) -> None:
    from greenrule.store.desk.models import Audit, Membership, Organisation
    from greenrule.store.desk.people import password_replaced

    root, _ = new_person("steward-in-chief", administrator=True)
    password_replaced(root)
    enrol_direct(root)
    client.force_login(root)
    answer = client.post("/admin/desk/organisation/add/", {
        "name": "沿革测试单位", "sort": "authority", "level": "city", "area": "1402",
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": root.pk, "memberships-0-role": "steward",
    })  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    made = Organisation.objects.get(name="沿革测试单位")
    assert made.history.get().history_user == root
    membership = Membership.objects.get(organisation=made)
    membership.delete()
    assert list(Membership.history.filter(organisation=made).values_list("history_type", flat=True)) == ["-", "+"]
    assert Audit.objects.filter(who="steward-in-chief", action="admin.add", subject=f"organisation:{made.pk}").exists()
    bad = client.post("/admin/desk/organisation/add/", {
        "name": "错层级", "sort": "authority", "level": "city", "area": "14",
        "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
    })  # fmt: skip
    assert "与层级不符" in bad.content.decode()
    made.delete()


def test_the_history_and_the_records_cannot_be_changed_in_the_administration(client: Any, new_person: Any) -> None:
    from greenrule.store.desk.models import Audit
    from greenrule.store.desk.people import password_replaced

    root, _ = new_person("reader-only", administrator=True)
    password_replaced(root)
    enrol_direct(root)
    client.force_login(root)
    last = Audit.objects.order_by("-seq").first()
    assert last is not None
    assert client.get(f"/admin/desk/audit/{last.pk}/change/").status_code == 200
    assert client.post(f"/admin/desk/audit/{last.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"/admin/desk/audit/{last.pk}/change/", {"who": "x"}).status_code == 403
    assert client.get("/admin/desk/token/add/").status_code == 403


def test_an_address_behind_a_proxy(served: Any) -> None:
    from greenrule.web.guard import client_address

    assert client_address("1.1.1.1, 2.2.2.2, 3.3.3.3", 2, "127.0.0.1") == "2.2.2.2"
    assert client_address("", 1, "127.0.0.1") == "127.0.0.1"
    assert client_address("1.1.1.1", 2, "127.0.0.1") == "127.0.0.1"
    assert client_address("::1", 1, "127.0.0.1") == "::1"


def test_tokens_are_made_listed_and_revoked_by_their_owner(client: Any, new_person: Any) -> None:
    from django.test import Client

    from greenrule.store.desk.models import Audit, Reply, Token
    from greenrule.store.desk.people import add_organisation, give_role, password_replaced

    user, _ = new_person("tokens")
    password_replaced(user)
    place = add_organisation("令牌测试单位", "authority", "city", "1401", "测试")
    give_role("tokens", "令牌测试单位", "officer", "测试")
    client.force_login(user)

    def post(body: dict[str, Any], **headers: str) -> Any:
        return client.post("/api/v1/tokens", body, content_type="application/json", headers=headers)

    refused = post({"name": " ", "scopes": ["people.manage", "nonsense"], "days": 30})
    assert [fault["code"] for fault in refused.json()["faults"]] == ["SEC010", "SEC010", "SEC011"]
    assert post({"name": "长", "scopes": ["findings"], "days": 10_000}).status_code == 422
    made = post({"name": "对接", "scopes": ["findings", "tokens"], "days": 30}).json()
    assert made["secret"].startswith("gr_")
    # Kept nowhere but as a digest.
    assert not Token.objects.filter(digest=made["secret"]).exists()
    assert not Reply.objects.filter(body__contains=made["secret"]).exists()
    program = Client(headers={"Authorization": f"Bearer {made['secret']}"})
    assert program.get("/api/v1/findings").status_code == 200
    assert (
        program.post(
            "/api/v1/tokens", {"name": "再", "scopes": ["findings"]}, content_type="application/json"
        ).status_code
        == 403
    )
    listed = client.get("/api/v1/tokens").json()["items"]
    assert [row["name"] for row in listed] == ["对接"]
    assert "secret" not in listed[0]
    # Another's token is not there for anybody else.
    other, _ = new_person("other")
    password_replaced(other)
    give_role("other", "令牌测试单位", "officer", "测试")
    stranger = Client()
    stranger.force_login(other)
    assert stranger.delete(f"/api/v1/tokens/{made['id']}").status_code == 404
    # The page does the same.
    page = client.post("/accounts/tokens/", {"name": "网页建", "days": "7", "scopes": ["screen"]}).content.decode()
    assert re.search("gr_[A-Za-z0-9_-]{43}", page)
    assert "gr_" not in client.get("/accounts/tokens/").content.decode()
    assert client.post("/accounts/tokens/", {"name": "x", "days": "0", "scopes": ["screen"]}).status_code == 422
    assert client.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert program.get("/api/v1/findings").status_code == 401
    actions = list(
        Audit.objects.filter(who="tokens", action__startswith="token.").order_by("seq").values_list("action", flat=True)
    )
    assert actions == ["token.make", "token.make", "token.revoke"]
    place.delete()


def test_a_page_in_english_and_in_chinese(client: Any) -> None:
    page = client.get("/accounts/login/", headers={"Accept-Language": "en-GB,en;q=0.9"}).content.decode()
    assert '<html lang="en">' in page
    assert "Log in" in page
    assert '<html lang="zh-CN">' in client.get("/accounts/login/", headers={"Accept-Language": "fr"}).content.decode()
    answer = client.post("/accounts/language/", {"language": "en", "next": "/accounts/login/?next=/"})
    assert answer["Location"] == "/accounts/login/?next=/"
    assert '<html lang="en">' in client.get("/accounts/login/").content.decode()
    # Nobody is sent elsewhere by it.
    assert client.post("/accounts/language/", {"language": "xx", "next": "https://evil.example/"})["Location"] == "/"


def test_the_administration_does_not_show_tables_that_hold_secrets(served: Any) -> None:
    from django.contrib import admin

    shown = {model._meta.label for model in admin.site._registry}
    assert not {label for label in shown if label.startswith(("mfa.", "socialaccount.", "sessions."))}
    assert {"desk.Organisation", "desk.Membership", "desk.Token", "auth.User"} <= shown


def test_a_lost_second_factor_goes_with_the_password(client: Any, new_person: Any) -> None:
    from allauth.mfa.utils import is_mfa_enabled

    from greenrule.store.desk.people import must_change, renew_password

    user, _ = new_person("lost")
    enrol_direct(user)
    renew_password("lost", "测试")
    assert is_mfa_enabled(user)
    password = renew_password("lost", "测试", second_factor=True)
    assert not is_mfa_enabled(user)
    assert must_change(user)
    assert log_in(client, "lost", password)["Location"] == "/"
