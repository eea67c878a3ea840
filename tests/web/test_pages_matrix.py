"""Every page says who may open it, and opens to nobody else; what every answer carries, errors among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from greenrule.store.desk.roles import ROLES


def filled(pattern: str) -> str:
    """An address that fits a pattern."""
    path = re.sub(r"\(\?P<path>\(\?:(\w+)\|[^$]*\$", r"\1", pattern)
    path = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "1", path)
    path = re.sub(r"<int:\w+>", "1", path)
    path = re.sub(r"<[^>]+>", "x", path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\", "")


def test_every_page_is_in_the_table(served: Any) -> None:
    from greenrule.web.doors import PAGES, WHO, page_patterns, who_may

    patterns = page_patterns()
    assert [item for item in patterns if who_may(item) is None] == [], "say in web/doors.py who may open it, and why"
    assert {who for who, _ in PAGES.values()} == set(WHO)
    unused = [
        entry for entry in PAGES
        if not any(item == entry or (entry.endswith("*") and item.startswith(entry[:-1])) for item in patterns)
    ]  # fmt: skip
    assert unused == []


@pytest.fixture(scope="module")
def somebody(served: Any) -> Iterator[Any]:
    """A person of every role at once, who is no administrator."""
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.models import Membership, Organisation

    user = get_user_model().objects.create_user("matrix-somebody", password="for-the-matrix")
    place = Organisation.objects.create(name="页面矩阵单位", level="province", area="14")
    for role in ROLES:
        Membership.objects.create(user=user, organisation=place, role=role)
    yield user
    user.delete()
    place.delete()


def to_log_in(answer: Any) -> bool:
    return answer.status_code == 302 and "/login/" in answer["Location"]


@pytest.mark.parametrize("who", ["visitor", "person", "administrator without a second factor"])
def test_a_page_opens_to_whom_it_is_for(client: Any, somebody: Any, who: str) -> None:
    from django.contrib.auth import get_user_model

    from greenrule.web.doors import page_patterns, who_may

    if who == "person":
        client.force_login(somebody)
    elif who != "visitor":
        client.force_login(get_user_model().objects.get(username="admin"))
    wrong = []
    for pattern in page_patterns():
        needs = (who_may(pattern) or ("nobody", ""))[0]
        answer = client.get(filled(pattern))
        if needs == "everybody":
            # What is a later step of logging in sends whoever has not begun back to the first.
            step = pattern.startswith(("accounts/", "admin/"))
            unknown = 401 if pattern.endswith("login/error/") else 0  # it tells of just that
            expected = answer.status_code not in {401, 403, 500} - {unknown} and (step or not to_log_in(answer))
            if pattern.startswith("admin/"):
                expected = answer.status_code in (302, 403, 404)
        elif needs == "person":
            # Some pages of the account library send a visitor to where the way begins; none shows anything.
            refused = answer.status_code in (302, 403, 404)
            expected = refused if who == "visitor" else answer.status_code not in (401, 403, 500)
        else:
            # Nobody here is an administrator with a second factor.
            expected = answer.status_code in (302, 403) and (
                who == "person" or to_log_in(answer) or "/2fa/" in answer["Location"]
            )
        if not expected:
            wrong.append((pattern, needs, answer.status_code, answer.get("Location")))
        client.logout() if who == "visitor" else None
    assert wrong == []


# -- what every answer carries -------------------------------------------------------------------------------------
ANSWERS = {
    "a page": "/plain", "the log-in": "/accounts/login/", "a static file": "/static/greenrule/pages.css",
    "a static file that is not there": "/static/greenrule/none.css", "a page that is not there": "/nowhere",
    "the API": "/api/v1/health", "the API, not there": "/api/v1/none", "the API, refused": "/api/v1/findings",
    "the administration": "/admin/", "a file of the administration": "/static/admin/css/base.css",
    "the OGC prefix": "/ogc/conformance",
}  # fmt: skip


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_carries_the_headers(client: Any, what: str) -> None:
    headed(client.get(ANSWERS[what]))


def headed(answer: Any) -> None:
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert (
        "default-src 'none'" in answer["Content-Security-Policy"]
        or "default-src 'self'" in answer["Content-Security-Policy"]
    )
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=(self)" in answer["Permissions-Policy"]
    assert "Server" not in answer


def test_an_answer_to_a_failure_carries_the_headers(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.test import Client

    from greenrule.web import pages

    def broken(*rest: Any) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(pages, "place", broken)
    answer = client.get("/plain?lon=1&lat=2")
    assert answer.status_code == 500
    assert "secret inside" not in answer.content.decode()
    headed(answer)
    forged = Client(enforce_csrf_checks=True, raise_request_exception=False).post("/plain/ask", {})
    assert forged.status_code == 403
    assert "CSRF" in forged.content.decode()
    headed(forged)
    headed(client.get("/plain", headers={"Host": "evil.example"}))


def test_nothing_private_is_kept_by_a_cache(client: Any, somebody: Any) -> None:
    client.force_login(somebody)
    for path in ("/accounts/tokens/", "/accounts/2fa/", "/accounts/password/change/"):
        assert "no-store" in client.get(path)["Cache-Control"]
    assert "Cookie" in client.get("/api/v1/me")["Vary"]


def test_no_migration_is_missing(served: Any) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_secret_stands_in_the_source() -> None:
    """Passwords, keys and tokens come by the environment; what looks like one in a file is a fault."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    looks = re.compile(
        r"(?i)(?:password|passwd|secret|secret_key|api_key|token)\s*[:=]\s*[\"'][A-Za-z0-9+/_\-]{12,}[\"']"
        r"|-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----|\bgr_[A-Za-z0-9_-]{40,}"
    )
    assert looks.search('SECRET_KEY = "abcdefghijklmnop"')
    found = []
    for folder in ("src", "examples", "tools", ".ci", "docs", "frontend/src"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in (
                ".py",
                ".sh",
                ".env",
                ".conf",
                ".service",
                ".yaml",
                ".yml",
                ".toml",
                ".md",
                ".ts",
                ".vue",
                ".json",
                "",
            ):
                text = path.read_text(encoding="utf-8", errors="replace")
                found += [f"{path.relative_to(root)}: {hit[0]}" for hit in looks.finditer(text)]
    assert found == []


def test_the_english_is_compiled_and_whole() -> None:
    from tools.messages import main

    assert main(["--check"]) == 0
