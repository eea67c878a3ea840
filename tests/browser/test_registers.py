"""Registers of the desk: findings, a project put right, whom to call, a list of key projects, what the notice takes over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.test_desk import enter, sessions  # noqa: F401

pytestmark = pytest.mark.browser
HEAD = "项目名称,建设单位,名单,辖区代码,名单文号,列入日期,移出日期,项目台账编号,说明\n"


def test_registers_of_the_desk(pages: Any, live: Any, sessions: dict[str, str], axe: Any) -> None:  # noqa: F811
    page = pages(1280, 900, bypass_csp=True)
    enter(page, live, sessions, "demo-window")
    page.goto(f"{live.url}/desk")
    page.get_by_role("link", name="结论台账").click()
    page.locator("select").select_option("prohibited")
    page.get_by_role("button", name="查找").click()
    page.get_by_text("演示一号焦化项目").wait_for()
    page.get_by_text("演示二号铸造项目").wait_for(state="detached")
    assert axe(page) == []

    page.goto(f"{live.url}/desk/projects")
    page.get_by_text("场址一览").click()
    page.locator(".feature-map [data-ready=yes]").wait_for()
    page.get_by_text("个场址；点一个看它的项目").wait_for()
    page.get_by_role("link", name="演示八号铸造项目").click()
    page.get_by_label("申请单位", exact=True).fill("演示丙铸造公司")
    page.get_by_role("button", name="保存为新版本").click()
    page.get_by_text("已保存为第 2 版").wait_for()
    assert page.get_by_text("演示乙铸造公司").count() >= 1  # the version before stays
    assert axe(page) == []

    page.goto(f"{live.url}/desk/lists")
    page.get_by_role("button", name="登记联络员").click()
    page.locator("form select").select_option(label="演示原平审批单位")
    page.get_by_label("姓名", exact=True).fill("王联络")
    assert page.get_by_label("辖区代码", exact=True).input_value() == "140981"
    page.get_by_role("button", name="保存").click()
    page.get_by_role("cell", name="王联络").wait_for()
    page.get_by_text("导入名单").click()
    rows = HEAD + "名单项目甲,,县级重点项目,140981,某文,2026-01-05,,,\n"
    page.get_by_label("名单文件").set_input_files({"name": "名单.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_role("button", name="只检查").click()
    page.get_by_text("将新列入 1 项").wait_for()
    page.get_by_role("button", name="导入", exact=True).click()
    page.get_by_role("cell", name="名单项目甲").wait_for()
    assert axe(page) == []


def test_the_notice_takes_over_what_the_finding_leaves_open(pages: Any, live: Any, sessions: dict[str, str]) -> None:  # noqa: F811
    page = pages(360, 800, bypass_csp=True)
    enter(page, live, sessions, "demo-window")
    page.goto(f"{live.url}/desk/cases")
    page.get_by_role("link", name="演示二号铸造项目").click()
    page.get_by_role("button", name="一次性告知补正", exact=True).click()
    page.get_by_role("button", name="带入结论列明的待补事项").click()
    assert len(page.get_by_label("材料或事项").input_value().splitlines()) > 5
    page.get_by_text("填写拟作出的决定和反馈方式").click()
    page.get_by_label("拟作出的决定").select_option("approved")
    page.get_by_label("反馈方式").fill("0350-1")
    paper = page.locator("details a", has_text="HTML").get_attribute("href")
    text = page.request.get(f"{live.url}{paper}").text()
    assert "批准" in text
    assert "0350-1" in text
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
