"""The server's own pages and the mails of accounts in English: every page that can be opened is walked, no Chinese of ours is left."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest

from greenrule.packs.book import load_book
from tests.web.english_world import CHINESE, entered

#: What stays Chinese on purpose: the name of the language, the mark of demonstration data, what is typed into a form in Chinese.
KEPT = re.compile("^中文$|演示数据（非官方）|炼焦|生产能力：106 万吨/年")
PROJECT = {"name": "A coking project", "on": "2026-11-21", "industry": "2521", "nature": "new"}
ENGLISH = {"Accept-Language": "en"}


def _texts(page: str) -> set[str]:
    """What a reader meets on a page: its text and what is said of pictures, fields and buttons."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.S)
    said = re.findall(r'\b(?:alt|title|placeholder|aria-label|value|content)="([^"]*)"', page)
    return {html.unescape(text).strip() for text in (*re.split(r"<[^>]*>", page), *said)}


@lru_cache(maxsize=1)
def _documents() -> list[str]:
    """Titles and numbers of documents, which are Chinese in every language; the longest first."""
    found = load_book().instruments.values()
    return sorted({text for item in found for text in (item.title["zh"], item.number) if text}, key=len, reverse=True)


def _left(answer: Any) -> list[str]:
    found, others = [], entered()
    for text in _texts(answer.content.decode()):
        left = KEPT.sub("", text)
        for name in (*_documents(), *others) if CHINESE.search(left) else ():
            left = left.replace(name, "")
        if CHINESE.search(left):
            found.append(text)
    return sorted(found)


@pytest.fixture
def administrator(served: Any, client: Any, settings_of: Any) -> Iterator[Any]:
    """A browser in which an administrator has logged in and been let through."""
    from django.contrib.auth import get_user_model

    settings_of(SECOND_FACTOR="off")
    user = get_user_model().objects.create_superuser("english-pages", email="english@example.org", password="for-pages")
    client.force_login(user)
    yield client
    user.delete()


def test_every_page_without_a_parameter(client: Any, administrator: Any) -> None:
    from django.test import Client

    from greenrule.web.doors import page_patterns

    opened, lacking = 0, {}
    for browser in (Client(), administrator):
        for pattern in sorted(page_patterns()):
            if "<" in pattern or "(" in pattern or pattern.startswith(("ogc", "api/", "tiles", "sw.js")):
                continue
            answer = browser.get(f"/{pattern}", headers=ENGLISH, follow=True)
            # The shell of the app, where the app is built, is one file for both languages; the app speaks by itself.
            if answer["Content-Type"].startswith("text/html") and b'id="app"' not in answer.content:
                opened += 1
                if left := _left(answer):
                    lacking[pattern] = left[:5]
    assert opened > 50
    assert lacking == {}


def test_every_table_of_the_administration(administrator: Any) -> None:
    from django.contrib import admin

    for model, shown in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        pages = [base] + ([f"{base}add/"] if shown.has_add_permission(_as(administrator)) else [])
        row = model._default_manager.order_by("-pk").first()
        if row is not None and model._meta.model_name != "finding":  # whose body is the sealed Chinese
            pages += [f"{base}{row.pk}/change/", f"{base}{row.pk}/history/"]
        for page in pages:
            answer = administrator.get(page, headers=ENGLISH, follow=True)
            assert answer.status_code == 200, page
            own = {str(row), str(getattr(row, "name", ""))} if row is not None else set()
            assert [text for text in _left(answer) if not any(name and name in text for name in own)] == [], page


def _as(client: Any) -> Any:
    from django.contrib.auth import get_user_model
    from django.test import RequestFactory

    request = RequestFactory().get("/admin/")
    request.user = get_user_model().objects.get(pk=client.session["_auth_user_id"])
    return request


def test_pages_of_a_finding_and_what_is_not_there(client: Any) -> None:
    body = json.dumps(PROJECT)
    name = client.post("/api/v1/findings?save=true", body, content_type="application/json").json()["id"]
    bar = client.get(f"/f/{name}", headers=ENGLISH).content.decode()
    for part in (
        r'<header class="gr-bar">.*?</header>',
        r'<p class="gr-tools">.*?</p>',
        r'<aside class="gr-keep".*?</aside>',
    ):
        found = re.search(part, bar, re.S)
        assert found, part
        assert not [text for text in _texts(found[0]) if CHINESE.search(KEPT.sub("", text))], part
    for page in (
        f"/f/{name}/watch",
        "/plain?lon=x&lat=1",
        "/f/F0",
        "/nothing/here",
        "/accounts/password/reset/key/x-y/",
    ):
        assert _left(client.get(page, headers=ENGLISH, follow=True)) == [], page


def test_catalogues_are_complete() -> None:
    from tools.messages import WEB, compiled, untranslated

    for path in WEB.glob("locale/*/LC_MESSAGES/*.po"):
        assert path.with_suffix(".mo").read_bytes() == compiled(path)
        assert untranslated(path) == []


def test_mails_of_accounts_are_in_the_language_of_the_asking(client: Any, settings_of: Any, mailbox: list[Any]) -> None:
    from greenrule.store.desk.people import add_person, password_replaced

    user, _ = add_person("bilingual", "bilingual@example.org", "test")
    password_replaced(user)
    kept = "django.core.mail.backends.locmem.EmailBackend"
    settings_of(MAIL_SENT=True, EMAIL_BACKEND=kept, ACCOUNT_EMAIL_NOTIFICATIONS=True)
    asked = {"email": "bilingual@example.org"}
    client.post("/accounts/password/reset/", asked)
    client.post("/accounts/password/reset/", asked, headers={"Accept-Language": "en"})
    user.set_password("x")
    user.save()
    client.force_login(user)
    change = {"oldpassword": "x", "password1": "Own-Words-7391", "password2": "Own-Words-7391"}
    client.post("/accounts/password/change/", change, headers={"Accept-Language": "en"})
    chinese, english, changed = mailbox
    assert chinese.subject.startswith("绿尺 ")
    assert "您好：" in chinese.body
    for mail, about in ((english, "Greenrule Password Reset Email"), (changed, "Greenrule Password Changed")):
        assert mail.subject == about
        assert not re.search("[\u4e00-\u9fff]", mail.body), mail.body
        assert "Greenrule (testserver)" in mail.body

    user.delete()
