"""The frame of the app: it opens, its pages have names, who may not see a page does not, nothing comes from elsewhere."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_the_app_opens_and_nothing_comes_from_elsewhere(desktop, live):
    asked = []
    desktop.on("request", lambda request: asked.append(request.url))
    desktop.goto("/")
    desktop.get_by_role("heading", level=1).wait_for()
    assert "绿尺" in desktop.title()
    assert asked
    assert [url for url in asked if not url.startswith((live.url, "data:", "blob:"))] == []


def test_a_page_that_is_none(desktop):
    desktop.goto("/about/nothing/here")
    assert desktop.get_by_role("heading", level=1).inner_text() == "没有这一页"


def test_the_language_is_kept(phone):
    phone.goto("/")
    phone.get_by_role("button", name="菜单").click()
    phone.get_by_role("button", name="English").click()
    assert phone.evaluate("document.documentElement.lang") == "en"
    phone.reload()
    phone.get_by_role("button", name="Menu").wait_for()


def test_who_has_logged_in_is_named(desktop, live):
    live.log_in(desktop)
    desktop.goto("/")
    desktop.get_by_text("admin").wait_for()
    assert desktop.get_by_role("link", name="退出").get_attribute("href") == "/accounts/logout/"
