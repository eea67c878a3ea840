"""The public path in English: what is asked, what can be answered, and the finding; and the account's own page."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser
CHINESE = re.compile("[\u4e00-\u9fff]")


def test_a_project_is_asked_and_found_in_english(phone, live, axe):
    phone.goto("/project")
    phone.get_by_role("button", name="菜单").click()
    phone.get_by_role("button", name="English").click()
    phone.get_by_role("heading", name="May it be built, and what must be filed?").wait_for()
    phone.get_by_role("combobox").first.fill("2521")
    phone.locator("[role=listbox] [role=option]").first.click()
    phone.get_by_role("button", name="Begin", exact=True).click()
    question = phone.locator("form.question")
    question.wait_for()
    assert not CHINESE.search(question.inner_text())
    for reason in phone.locator(".why li").all():
        assert (
            not CHINESE.search(re.sub(r"[〔《].*|\S*[\u4e00-\u9fff]\S*号.*", "", reason.inner_text()))
            or "→" not in reason.inner_text()
        )
    assert axe(phone) == []
    # The same question in Chinese where the language is changed half-way, and back.
    phone.get_by_role("button", name="Menu").click()
    phone.get_by_role("button", name="中文").click()
    phone.wait_for_function("() => /[\\u4e00-\\u9fff]/.test(document.querySelector('form.question h2').innerText)")
    phone.get_by_role("button", name="菜单").click()
    phone.get_by_role("button", name="English").click()
    phone.wait_for_function("() => !/[\\u4e00-\\u9fff]/.test(document.querySelector('form.question h2').innerText)")
    phone.get_by_role("button", name="Stop here and conclude from what is known").click()
    phone.wait_for_url("**/f/F*")
    assert phone.locator("html").get_attribute("lang") == "en"
    assert phone.get_by_role("heading", name="What to file, and with whom").count() == 1
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(phone) == []
    phone.get_by_role("link", name="中文").click()
    phone.get_by_role("heading", name="办理链条").wait_for()


def test_a_fault_is_told_in_english(phone, live):
    phone.context.add_cookies([{"name": "language", "value": "en", "url": live.url}])
    phone.goto("/place?q=0%2C%200")
    told = phone.locator(".faults")
    told.wait_for()
    assert "outside China" in told.inner_text()
    assert told.locator("[lang=zh-CN]").count() == 1  # what the program said, which names the numbers


def test_the_account_shows_and_ends_sessions(desktop, live, axe):
    live.log_in(desktop)
    desktop.goto("/account")
    desktop.get_by_role("heading", name="登录在哪里").wait_for()
    desktop.locator("table tbody tr").first.wait_for()
    assert desktop.locator("table tbody tr", has_text="这里").count() == 1
    assert axe(desktop) == []
    desktop.get_by_role("link", name="单位和人员").click()
    desktop.get_by_role("heading", name="单位和人员").wait_for()
    desktop.locator("form", has_text="登记一个单位").locator("input").first.fill("浏览器测试局")
    desktop.locator("form", has_text="登记一个单位").locator("select").first.select_option("city")
    desktop.get_by_label("辖区代码").fill("1408")
    desktop.get_by_role("button", name="登记单位").click()
    desktop.get_by_role("cell", name="浏览器测试局").wait_for()
    form = desktop.locator("form", has_text="开一个账号")
    form.locator("input").first.fill("browser-person")
    form.locator("select").first.select_option(label="浏览器测试局")
    form.get_by_role("button", name="开账号").click()
    desktop.get_by_text("一次性口令只显示这一次").wait_for()
    desktop.once("dialog", lambda asked: asked.accept())
    desktop.get_by_role("button", name="管理 browser-person").click()
    desktop.get_by_role("button", name="停用").click()
    desktop.locator("tr", has_text="browser-person").get_by_text("已停用").wait_for()
    assert axe(desktop) == []


#: Pages of the rooms behind the login; what stands in them as names and texts of people stays as it was written.
ROOMS = (
    "/desk", "/desk/cases", "/desk/cases/4", "/desk/projects", "/desk/lists", "/desk/days", "/desk/register", "/planner", "/planner/layer/2",
    "/planner/layer/2/list", "/planner/drafts", "/planner/tracking", "/tasks", "/tasks/of/t-air-24", "/account/inbox", "/account/hooks",
)  # fmt: skip


def test_the_rooms_behind_the_login_speak_english(desktop, live):
    live.log_in(desktop)
    desktop.context.add_cookies([{"name": "language", "value": "en", "url": live.url}])
    for path in ROOMS:
        desktop.goto(path)
        desktop.wait_for_load_state("networkidle")
        own = desktop.locator("main h2, th, legend, caption, summary, nav a, button, .tag, dt").all_inner_texts()
        assert len(own) > 10, path
        left = [text for text in own if CHINESE.search(text.replace("演示数据（非官方）", "")) and text != "中文"]
        assert left == [], path
