"""The officer's path from a filing to a decision against the finding, each person in a window of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from greenrule.core.clock import china_today

pytestmark = pytest.mark.browser

_PEOPLE = ("demo-applicant", "demo-window", "demo-water", "demo-officer")
_SESSIONS = """
import django, sys
django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
for name in sys.argv[1:]:
    user = get_user_model().objects.get(username=name)
    kept = SessionStore()
    kept[SESSION_KEY], kept[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    kept[HASH_SESSION_KEY] = user.get_session_auth_hash()
    kept.create()
    print(name, kept.session_key)
"""
_PROJECT = {
    "name": "路径测试焦化项目", "industry": "2521", "nature": "new", "location": {"point": [112.31, 38.74], "crs": "cgcs2000"},
    "facts": {"生产能力": "106 万吨/年"},
}  # fmt: skip


@pytest.fixture(scope="module")
def sessions(live: Any) -> dict[str, str]:
    """Sessions of the demonstration's people, who have no passwords: name → key."""
    env = {**os.environ, "GREENRULE_WORKSPACE": str(live.workspace), "DJANGO_SETTINGS_MODULE": "greenrule.web.settings",
           "GREENRULE_SECRET_KEY": (live.workspace / "server.key").read_text().strip()}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _SESSIONS, *_PEOPLE], env=env, check=True, capture_output=True, text=True
    )
    return dict(line.split() for line in done.stdout.splitlines())


def enter(page: Any, live: Any, sessions: dict[str, str], who: str) -> None:
    """Be somebody in a window, with the token that changes need."""
    page.context.add_cookies([{"name": "sessionid", "value": sessions[who], "url": live.url}])
    assert page.context.request.get(f"{live.url}/api/v1/me").json()["user"] == who


def test_from_a_filing_to_a_decision_against_the_finding(
    pages: Any, live: Any, sessions: dict[str, str], axe: Any
) -> None:
    def window(who: str, width: int = 1280) -> Any:
        page = pages(width, 900, bypass_csp=True)
        enter(page, live, sessions, who)
        return page

    applicant = window("demo-applicant", 360)
    token = applicant.context.cookies()
    csrf = next(item["value"] for item in token if item["name"] == "csrftoken")
    saved = applicant.request.post(
        f"{live.url}/api/v1/findings?save=true", data=_PROJECT, headers={"X-CSRFToken": csrf, "Referer": live.url}
    ).json()["id"]
    applicant.goto(f"/desk/apply?finding={saved}")
    applicant.get_by_role("heading", name="路径测试焦化项目").wait_for()
    assert applicant.get_by_label("办什么").locator("option:checked").inner_text() == "环境影响报告书审批（与结论相符）"
    applicant.get_by_role("button", name="提交").click()
    applicant.wait_for_url("**/desk/mine/*")
    number = applicant.url.rpartition("/")[2]

    office = window("demo-window")
    office.goto("/desk")
    office.get_by_role("link", name="路径测试焦化项目").first.click()
    office.get_by_role("button", name="收件", exact=True).click()
    office.get_by_role("button", name="确认收件").click()
    office.get_by_role("button", name="容缺受理").click()
    office.get_by_label("材料或事项").fill("水土保持批复\n用地预审意见")
    office.get_by_label("期限").fill(str(china_today() + timedelta(days=20)))
    office.get_by_role("button", name="确认容缺受理").click()
    office.get_by_role("button", name="征求部门意见").click()
    office.get_by_role("combobox", name="部门").fill("演示原平水利部门")
    office.get_by_role("button", name="再加一个部门").click()
    office.get_by_role("combobox", name="部门").nth(1).fill("演示原平林草部门")
    office.get_by_role("button", name="同时征求").click()
    office.get_by_text("尚未答复").nth(1).wait_for()

    water = window("demo-water")
    water.goto(f"/desk/cases/{number}")
    water.get_by_role("button", name="部门答复").click()
    water.get_by_label("意见内容").fill("按批复取水")
    water.get_by_role("button", name="确认部门答复").click()
    water.get_by_text("按批复取水").first.wait_for()

    applicant.reload()
    applicant.get_by_role("button", name="补交容缺材料").click()
    applicant.get_by_label("用地预审意见").uncheck()
    applicant.get_by_role("button", name="确认补交容缺材料").click()
    applicant.get_by_text("申请人补交 用地预审意见").wait_for()

    officer = window("demo-officer")
    officer.goto(f"/desk/cases/{number}")
    officer.locator(".feature-map [data-ready=yes]").wait_for()
    officer.get_by_role("heading", name="场址和管控单元").wait_for()
    officer.get_by_role("button", name="拟审批公示").click()
    assert officer.get_by_label("期限", exact=True).input_value() > str(china_today())
    officer.get_by_text("生态环境部令第4号").first.wait_for()
    officer.get_by_role("button", name="不办了").click()
    officer.get_by_role("button", name="提出异议").click()
    officer.get_by_label("事实（名称或编号）").fill("建设性质")
    officer.get_by_label("您主张的值").fill("技术改造")
    officer.get_by_role("button", name="看两种结果").click()
    officer.get_by_text("若为 技术改造").wait_for()
    assert axe(officer) == []
    officer.get_by_role("button", name="作出决定").click()
    officer.get_by_label("批准", exact=True).check()
    officer.get_by_text("这个决定与它不一致").wait_for()
    officer.get_by_label("理由").fill("红线调整方案已批复")
    # The window has the case open as it was before the decision.
    office.reload()
    office.get_by_role("button", name="停止计时").click()
    office.get_by_label("理由").fill("评审")
    officer.get_by_role("button", name="确认作出决定").click()
    officer.get_by_text("与结论不一致的理由").wait_for()
    office.get_by_role("button", name="确认停止计时").click()
    office.get_by_text("办件已有变化").wait_for()
    officer.goto(f"/f/{saved}")
    officer.get_by_text("红线调整方案已批复").first.wait_for()
    assert axe(applicant) == []


def test_the_desk_of_today_and_the_register(desktop: Any, live: Any, sessions: dict[str, str]) -> None:
    enter(desktop, live, sessions, "demo-officer")
    desktop.goto("/desk")
    desktop.get_by_role("heading", name="已逾期").wait_for()
    desktop.get_by_role("link", name="演示五号铸造项目").first.wait_for()
    desktop.get_by_role("link", name="办件台账").first.click()
    desktop.get_by_label("项目、单位或收件号").fill("演示七号")
    desktop.get_by_role("button", name="查找").click()
    desktop.get_by_text("已列出 1 条").wait_for()
    desktop.goto("/desk/days")
    desktop.get_by_text("当月第一个星期二").first.wait_for()
