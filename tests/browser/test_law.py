"""The reader: search → clause → rule, tree by keyboard, deep links, on a phone; and the same addresses without script."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def test_from_a_word_to_the_rule_that_a_clause_carries(desktop: Any, axe: Any) -> None:
    desktop.goto("/law")
    desktop.get_by_role("link", name="深化生态环境保护服务支持高质量发展的若干措施").wait_for()
    desktop.keyboard.press("/")
    desktop.keyboard.type("两高 汾河谷地")
    desktop.keyboard.press("Enter")
    hit = desktop.locator("ol.hits > li").first
    hit.wait_for()
    assert "汾河谷地" in hit.locator("mark").all_inner_texts()
    desktop.get_by_role("searchbox").fill("法定保护区域严禁")
    desktop.get_by_role("button", name=re.compile(r"^规则 \d+")).click()
    desktop.get_by_role("link", name="法定保护区域严禁污染较重项目").click()
    desktop.wait_for_url("**/law/sx-2024-7-measures/24#m24-24-b")
    rule = desktop.locator("#m24-24-b")
    rule.wait_for()
    assert "当" in rule.inner_text()
    assert "重污染" in desktop.title() or "第（二十四）条" in desktop.title()
    assert axe(desktop) == []
    # What touches it leads on, and the way back leads back.
    desktop.get_by_role("link", name=re.compile("晋环发〔2022〕8号第9条")).click()
    desktop.get_by_role("heading", name=re.compile("第9条")).wait_for()
    desktop.go_back()
    desktop.get_by_role("heading", name=re.compile("第（二十四）条")).wait_for()


def test_the_tree_is_walked_by_keyboard_and_filtered(desktop: Any) -> None:
    desktop.goto("/law/sx-2024-7-air")
    tree = desktop.locator(".beside")
    first = tree.get_by_role("link").first
    first.focus()
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/law/sx-2024-7-air/s2")
    assert tree.locator("[aria-current=page]").inner_text().startswith("第二部分")
    tree.get_by_role("searchbox").fill("VOCs")
    assert 1 <= tree.get_by_role("link").count() <= 5


def test_links_of_both_forms_lead_to_the_clause_on_a_phone(phone: Any, axe: Any) -> None:
    phone.goto("/law/sx-2024-7-measures#7")
    phone.wait_for_url("**/law/sx-2024-7-measures/7")
    phone.get_by_role("heading", name=re.compile("告知承诺制")).first.wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(phone) == []
    phone.get_by_text("条款目录", exact=True).click()
    phone.locator(".fold").get_by_role("link", name=re.compile("环评审批下放市级")).click()
    phone.wait_for_url("**/law/sx-2024-7-measures/2")


def test_what_is_not_there_is_told(desktop: Any) -> None:
    desktop.goto("/law/sx-2024-7-air/99")
    assert "没有条款" in desktop.get_by_role("alert").inner_text()


def test_without_script_the_same_address_below_plain_shows_the_clause(live: Any, pages: Any) -> None:
    page = pages(360, 740, java_script_enabled=False)
    page.goto("/plain/law/sx-2024-7-measures/24")
    assert "法定保护区域严禁污染较重项目" in page.content()
    page.goto("/plain/law/search?q=焦化")
    assert page.locator("mark").first.inner_text() == "焦化"


def test_a_change_reaches_the_inbox(live: Any, desktop: Any) -> None:
    """Whoever watches a finding has a notice as soon as somebody looks at its page."""
    live.log_in(desktop)
    asked = desktop.context.request
    token = next(item["value"] for item in desktop.context.cookies() if item["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": live.url}
    project = {"name": "收件箱测试", "on": "2024-03-01", "industry": "2521"}
    made = asked.post(
        f"{live.url}/api/v1/findings?save=true",
        data=json.dumps(project),
        headers={**headers, "Content-Type": "application/json"},
    )
    name = made.json()["id"]
    assert asked.put(
        f"{live.url}/api/v1/findings/{name}/watch", data="{}", headers={**headers, "Content-Type": "application/json"}
    ).ok
    page = asked.get(f"{live.url}/f/{name}")
    assert "结论之后有变化" in page.text()
    desktop.goto("/account/inbox")
    desktop.get_by_role("link", name="收件箱测试").first.wait_for()
    desktop.get_by_role("button", name="标为已读 收件箱测试").first.click()
    desktop.get_by_role("button", name="标为已读 收件箱测试").wait_for(state="detached")
