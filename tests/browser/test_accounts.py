"""Pages of accounts on a phone: the one-time password, an authenticator, a security key; no script of a page itself, nothing that axe minds."""

from __future__ import annotations

import base64
import hmac
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
OWN = "绿水青山-2026-okay"


@pytest.fixture
def person(live: Any) -> tuple[str, str]:
    """Somebody with a one-time password."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GREENRULE_", "DJANGO_"))}
    name = f"browser{time.monotonic_ns()}"
    done = subprocess.run(
        [sys.executable, "-m", "greenrule.cli.main", "people", "add", name, "-w", str(live.workspace)],
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"口令 (\S+?)（", done.stdout)
    assert found
    return name, found[1]


def authenticator(secret: str) -> str:
    mac = hmac.digest(base64.b32decode(secret), int(time.time() // 30).to_bytes(8, "big"), "sha1")
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def send(page: Any) -> None:
    page.locator(".gr-account form button[type=submit]").first.click()


def log_in(page: Any, base: str, name: str, password: str) -> None:
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("账号").or_(page.locator("#id_login")).first.fill(name)
    page.fill("#id_password", password)
    send(page)


def replace_password(page: Any, once: str) -> None:
    assert page.url.endswith("/accounts/password/change/")
    for field, text in (("oldpassword", once), ("password1", OWN), ("password2", OWN)):
        page.fill(f"#id_{field}", text)
    send(page)


def narrow(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_without_script_from_a_one_time_password_to_an_authenticator(
    live: Any, pages: Callable[..., Any], person: tuple[str, str]
) -> None:
    page = pages(360, 740, java_script_enabled=False)
    log_in(page, live.url, *person)
    replace_password(page, person[1])
    page.goto(f"{live.url}/accounts/2fa/totp/activate/")
    page.fill("#id_password", OWN)
    send(page)
    page.fill("#id_code", authenticator(page.input_value("#authenticator_secret")))
    send(page)
    assert "/accounts/2fa/recovery-codes/" in page.url
    assert len(re.findall(r"\b\d{8}\b", page.content())) == 10
    page.goto(f"{live.url}/accounts/logout/")
    send(page)
    log_in(page, live.url, person[0], OWN)
    assert "/accounts/2fa/authenticate/" in page.url


def test_a_security_key_under_our_policy(live: Any, pages: Callable[..., Any], person: tuple[str, str]) -> None:
    """Browsers want a name for it, not an address."""
    base = live.url.replace("127.0.0.1", "localhost")
    page = pages(360, 740)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }})  # fmt: skip
    log_in(page, base, *person)
    replace_password(page, person[1])
    page.goto(f"{base}/accounts/2fa/webauthn/add/")
    page.fill("#id_password", OWN)
    send(page)
    page.fill("#id_name", "钥匙")
    page.locator(".gr-account button.gr-button").first.click()
    page.wait_for_url("**/recovery-codes/**")
    page.context.clear_cookies()
    log_in(page, base, person[0], OWN)
    page.wait_for_url("**/2fa/authenticate/**")
    page.locator("button", has_text="安全密钥").first.click()
    page.wait_for_url(f"{base}/")
    assert page.context.request.get(f"{base}/api/v1/me").json()["user"] == person[0]


def test_pages_of_accounts_are_accessible_and_fit_a_phone(
    live: Any, pages: Callable[..., Any], person: tuple[str, str], axe: Any
) -> None:
    page = pages(360, 740, bypass_csp=True)
    faults = []

    def look(path: str) -> None:
        page.goto(f"{live.url}{path}")
        faults.extend(f"{path}: {told}" for told in axe(page))
        if not narrow(page):
            faults.append(f"{path}: wider than the phone")

    for path in (
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/signup/",
        "/plain",
        "/plain/ask",
        "/nowhere",
    ):
        look(path)
    log_in(page, live.url, *person)
    look("/accounts/password/change/")
    replace_password(page, person[1])
    for path in ("/accounts/2fa/", "/accounts/email/", "/accounts/logout/", "/accounts/reauthenticate/"):
        look(path)
    page.context.clear_cookies()
    live.log_in(page)
    look("/accounts/tokens/")
    assert faults == []
