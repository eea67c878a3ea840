"""What a visitor does on a phone: a place by a tap, a project from the first question to its finding, the finding offline."""

from __future__ import annotations

import json
import re

import pytest

pytestmark = pytest.mark.browser


def _map(page):
    page.locator("[data-ready=yes]").wait_for(timeout=30_000)


def _start(page, where=None):
    page.goto("/project")
    page.get_by_label("项目名称").fill("某焦化项目")
    page.get_by_role("combobox", name="行业").fill("炼焦")
    page.get_by_role("option", name="2521 炼焦").click()
    if where:
        page.get_by_label("一个点").check()
        page.get_by_role("searchbox").fill(where)
        page.get_by_role("button", name="查找").click()
        page.get_by_text("已取：").wait_for()


def _begin(page):
    page.get_by_role("button", name="开始", exact=True).click()
    page.get_by_text(re.compile("第 1 题|问完了")).wait_for(timeout=60_000)


def _skip(page, number):
    page.get_by_role("button", name="不知道").click()
    page.get_by_text(re.compile(f"第 {number + 1} 题|问完了")).wait_for(timeout=60_000)


def test_a_place_by_a_tap(phone):
    phone.goto("/place")
    _map(phone)
    box = phone.locator(".map canvas").bounding_box()
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    phone.locator(".unit").first.wait_for(timeout=60_000)
    assert phone.get_by_text("演示数据（非官方）", exact=True).first.is_visible()
    assert "lon=" in phone.url
    phone.locator(".fact summary").first.click()
    phone.locator(".fact li").first.wait_for()
    phone.get_by_role("button", name="收起").click()
    assert not phone.locator(".unit").first.is_visible()


def test_a_place_by_name_and_by_keyboard_only(desktop):
    desktop.goto("/")
    desktop.get_by_role("searchbox").focus()
    desktop.keyboard.type("小店区")
    desktop.keyboard.press("Enter")
    desktop.locator(".search-items button").first.focus()
    desktop.keyboard.press("Enter")
    desktop.get_by_role("heading", name="太原市小店区", exact=True).wait_for(timeout=60_000)
    assert desktop.get_by_text("“小店区”是一片地方").is_visible()
    # The map as well: the arrow keys move it, a button takes its centre.
    _map(desktop)
    before = desktop.url
    desktop.locator(".map canvas").focus()
    desktop.keyboard.press("ArrowUp")
    desktop.wait_for_timeout(600)
    desktop.get_by_role("button", name="取地图中心").focus()
    desktop.keyboard.press("Enter")
    desktop.wait_for_url(lambda url: url != before)


def test_what_cannot_be_read_is_told(phone):
    phone.goto("/place?q=0%2C%200")
    assert "在中国之外" in phone.get_by_role("alert").inner_text()
    # Outside the layers is no fault of whoever asks, and is over when something else is looked for.
    phone.goto("/place?q=116.4%2C%2039.9")
    beyond = phone.get_by_role("alert").filter(has_text="山西省以外")
    beyond.wait_for()
    assert "J030" not in phone.locator("main").inner_text()
    phone.get_by_role("searchbox").fill("没有这里")
    phone.get_by_role("button", name="查找").click()
    phone.get_by_text("图层里没有这个名称").wait_for()
    assert beyond.count() == 0


def test_a_latitude_that_comes_first_is_turned_and_said(phone):
    phone.goto("/place?q=37.87%2C%20112.55")
    phone.get_by_text("纬度在前，已换为经度在前").wait_for()
    assert "杏花岭区" in phone.locator("main").inner_text()


def test_a_project_from_the_first_question_to_its_finding_and_offline(phone):
    _start(phone, "112.55, 37.87")
    _begin(phone)
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    _skip(phone, 1)
    first = phone.get_by_text(re.compile("第 2 题，至多")).inner_text()
    # Closing the page loses nothing.
    phone.reload()
    assert phone.get_by_text(re.compile("第 2 题，至多")).inner_text() == first
    _skip(phone, 2)
    # An answer can be taken back.
    phone.get_by_role("button", name=re.compile("^改 ")).first.click()
    phone.get_by_text(re.compile("第 1 题")).wait_for(timeout=60_000)
    number = 1
    while not phone.get_by_role("heading", name="问完了").is_visible():
        _skip(phone, number)
        number += 1
        assert number < 60
    phone.get_by_role("button", name="出结论").click()
    phone.wait_for_url("**/f/F*", timeout=60_000)
    title = phone.get_by_role("heading", level=1).inner_text()
    assert title == "某焦化项目"
    # As wide as the phone, and no wider.
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.get_by_role("img", name="本结论地址的二维码").wait_for()

    phone.context.set_offline(True)
    phone.reload()
    assert phone.get_by_role("heading", level=1).inner_text() == title
    phone.goto("/recent")
    phone.get_by_text("· 可离线看").wait_for()
    phone.get_by_role("link", name="某焦化项目", exact=True).click()
    assert phone.get_by_role("heading", level=1).inner_text() == title
    phone.goto("/")
    phone.get_by_text("现在没有网络").wait_for()


def test_an_industry_that_was_not_said_is_asked(phone):
    phone.goto("/project")
    phone.get_by_label("项目名称").fill("说不准的项目")
    _begin(phone)
    phone.get_by_role("combobox", name="行业").fill("炼焦")
    phone.get_by_role("option", name="2521 炼焦").click()
    phone.get_by_role("button", name="下一题").click()
    phone.get_by_text(re.compile("第 2 题|问完了")).wait_for(timeout=60_000)
    # The answer stands among the answers, by its name.
    phone.get_by_text(re.compile("2521 炼焦")).first.wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_area_is_drawn(desktop):
    _start(desktop)
    desktop.get_by_label("线或范围").check()
    _map(desktop)
    desktop.locator(".map").scroll_into_view_if_needed()
    box = desktop.locator(".map canvas").bounding_box()
    for across, down in ((0.48, 0.40), (0.52, 0.40), (0.52, 0.46), (0.49, 0.46)):
        desktop.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        desktop.wait_for_timeout(350)  # two quick ones would be a double click, which zooms
    desktop.get_by_text("已取 4 点").wait_for()
    desktop.get_by_role("button", name="退一点").click()
    desktop.get_by_text("已取 3 点").wait_for()
    kept = desktop.evaluate("JSON.parse(localStorage.getItem('greenrule.project')).project.location")
    assert kept["geometry"]["type"] == "Polygon"
    assert len(kept["geometry"]["coordinates"][0]) == 4
    _begin(desktop)


def test_an_area_is_uploaded_and_keeps_its_doubt(phone, live, tmp_path):
    square = [[112.30, 37.60], [112.31, 37.60], [112.31, 37.61], [112.30, 37.61], [112.30, 37.60]]
    path = tmp_path / "site.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [square]}), encoding="utf-8")
    _start(phone)
    phone.get_by_label("线或范围").check()
    phone.locator("input[type=file]").set_input_files(path)
    phone.get_by_text("已读取：面").wait_for(timeout=30_000)

    def kept():
        return phone.evaluate("JSON.parse(localStorage.getItem('greenrule.project')).project.location")

    # Nobody said the reference system, so the project does not either, until somebody chooses.
    assert kept()["geometry"]["coordinates"] == [square]
    assert "crs" not in kept()
    phone.get_by_label(re.compile("GCJ-02")).check()
    assert kept()["crs"] == "cgcs2000"
    assert kept()["geometry"]["coordinates"] != [square]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_has_a_serious_fault_of_accessibility(pages, axe, width):
    page = pages(width, 800, bypass_csp=True, service_workers="block")
    found = {}

    def look(name):
        found[name] = axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name

    for path, ready in (("/", "h1"), ("/place?lon=112.55&lat=37.87", ".fact"), ("/recent", "h1"), ("/plain?lon=112.55&lat=37.87", "h1"), ("/plain/ask", "h1")):  # fmt: skip
        page.goto(path)
        page.locator(ready).first.wait_for(timeout=60_000)
        look(path)
    _start(page, "112.55, 37.87")
    look("start")
    _begin(page)
    page.locator(".why summary").click()
    look("question")
    page.get_by_role("button", name=re.compile("不再答了")).click()
    page.wait_for_url("**/f/F*", timeout=60_000)
    look("finding")
    assert {name: faults for name, faults in found.items() if faults} == {}
