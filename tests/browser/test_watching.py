"""From a finding to its end: subscribed by mail on a phone, confirmed, told of a change, unsubscribed; the inbox; the people page."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Live, serving
from tests.web.post_office import Post, link_of
from tests.web.test_watch import published

pytestmark = pytest.mark.browser
READER = "reader@例子.中国"


@pytest.fixture(scope="module")
def post_office() -> Iterator[Post]:
    server = Post()
    yield server
    server.close()


@pytest.fixture(scope="module")
def live(
    app_built: None, demo_workspace: Any, post_office: Post, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """A server that sends mail, with its background."""
    workspace = tmp_path_factory.mktemp("mailing") / "workspace"
    shutil.copytree(demo_workspace.path, workspace)
    with serving(workspace, GREENRULE_SMTP=f"smtp://127.0.0.1:{post_office.server_address[1]}") as found:
        yield found


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.2)


def kept(live: Live) -> str:
    """A finding that says what holds today."""
    project = {"name": "某焦化项目", "industry": "2521", "nature": "new", "facts": {"capacity": "106 万吨/年"},
               "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}}  # fmt: skip
    asked = urllib.request.Request(
        f"{live.url}/api/v1/findings?save=true", json.dumps(project).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return str(json.load(answer)["id"])


def test_from_the_finding_to_the_end_of_its_mails(
    pages: Any, live: Live, post_office: Post, axe: Any, tmp_path: Path
) -> None:
    import shapely

    phone = pages(
        360, 740, has_touch=True, is_mobile=True, bypass_csp=True, service_workers="block", java_script_enabled=True
    )
    name, faults = kept(live), {}

    def look(what: str) -> None:
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), what
        faults[what] = axe(phone)

    phone.goto(f"/f/{name}")
    phone.get_by_role("link", name="有变化时告诉我").click()
    look("ask")
    phone.get_by_label("邮箱").fill("nobody")
    phone.get_by_role("button", name="发确认信").click()
    assert "这不是邮箱地址" in phone.get_by_role("alert").inner_text()
    phone.get_by_label("邮箱").fill(READER)
    phone.get_by_role("button", name="发确认信").click()
    phone.get_by_text("已收下。").wait_for()
    look("asked")
    until(lambda: len(post_office.mails) == 1)
    assert post_office.recipients == ["reader@xn--fsqu00a.xn--fiqs8s"]

    phone.goto(link_of(post_office.read(), "confirm"))
    look("confirm")
    phone.get_by_role("button", name="确认").click()
    phone.get_by_role("heading", name="订阅已生效").wait_for()

    # A built-up area is drawn otherwise where the site lies: the background sees it by itself.
    published(live.workspace, "built_up_area", lambda shape: shape.intersects(shapely.Point(112.55, 37.87)))
    until(lambda: len(post_office.mails) == 2)
    mail = post_office.read()
    assert mail["Subject"] == "结论之后有变化：某焦化项目"
    assert "是 → 否" in mail.get_content()
    assert mail["List-Unsubscribe"] == f"<{live.url}{link_of(mail, 'end')}>"
    assert mail["List-Unsubscribe-Post"] is None  # one click is for HTTPS only
    phone.goto(f"/f/{name}")
    phone.get_by_role("heading", name="结论之后有变化").wait_for()

    phone.goto(link_of(mail, "list"))
    phone.get_by_text("某焦化项目").first.wait_for()
    look("list")
    phone.goto(link_of(mail, "end"))
    look("end")
    phone.get_by_role("button", name="不再发邮件").click()
    phone.get_by_role("heading", name="已退订").wait_for()
    assert phone.goto(link_of(mail, "list")).status == 404
    look("gone")
    assert erased(live)
    assert {what: told for what, told in faults.items() if told} == {}


def erased(live: Live) -> bool:
    """Whether no row has the address."""
    import sqlite3

    with sqlite3.connect(live.workspace / "records.sqlite") as records:
        return not any(
            records.execute(f"SELECT count(*) FROM {table} WHERE address LIKE '%xn--fsqu00a%'").fetchone()[0]
            for table in ("watching_subscriber", "watching_wish")
        )


@pytest.mark.parametrize("width", [360, 1280])
def test_the_inbox_tells_what_came_and_forgets_no_page(pages: Any, live: Live, axe: Any, width: int) -> None:
    page = pages(width, 800, bypass_csp=True, service_workers="block")
    live.log_in(page)
    name = kept(live)
    page.goto(f"/f/{name}/watch")
    if page.get_by_role("button", name="关注变化").is_visible():
        page.get_by_role("button", name="关注变化").click()
    page.get_by_text("您在关注").wait_for()
    page.goto("/account/inbox")
    page.get_by_role("button", name="取消关注 某焦化项目").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert axe(page) == []
    page.goto("/account/hooks")
    page.get_by_label("用途").fill("政务服务平台")
    page.get_by_label("地址（https）").fill(f"https://example.org/{width}")
    page.get_by_role("button", name="登记", exact=True).click()
    page.get_by_text("只显示这一次").wait_for()
    assert page.locator(".secret code").inner_text().startswith("whsec_")
    assert axe(page) == []
    page.get_by_role("button", name="已存好").click()
    page.reload()
    page.get_by_role("heading", name="政务服务平台").first.wait_for()
    assert page.locator(".secret").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_account_is_opened_by_an_invitation(desktop: Any, live: Live, post_office: Post) -> None:
    from tests.browser.seeding import ORGANISATIONS, seed

    seed(live, ORGANISATIONS)
    live.log_in(desktop)
    desktop.goto("/account/people")
    form = desktop.locator("form", has_text="开一个账号")
    form.get_by_label("账号", exact=True).fill("wang.wu")
    form.get_by_label("邮箱（可以不写）").fill("wang@example.org")
    form.get_by_label("发邮件邀请本人设定口令").check()
    form.get_by_role("button", name="开账号").click()
    desktop.get_by_text("邀请已排队发往 wang.wu 的邮箱").wait_for()
    until(lambda: "wang@example.org" in post_office.recipients)
    assert "设定口令" in post_office.read()["Subject"]
