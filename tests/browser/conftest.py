"""A real server over a copy of the demonstration workspace, and Chromium before it.

Rooms use `live` (address, administrator, password), `phone` and `desktop` (fresh pages that fail the test when the console
tells an error), and `axe` (faults of accessibility).  The app is built first; without Node or Chromium the tests skip.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tools import front_end
from tools.chromium import CHROMIUM

ROOT = Path(__file__).resolve().parents[2]
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--enable-unsafe-swiftshader"]  # fmt: skip
_REPLACED = """
import sys
from pathlib import Path
from greenrule.web.serving import connect
connect(Path(sys.argv[1]))
from greenrule.store.desk.people import find_person, password_replaced
password_replaced(find_person(sys.argv[2]))
"""


@dataclass(frozen=True)
class Live:
    """A running server: its address without a slash at the end, its workspace, and who administers it."""

    url: str
    workspace: Path
    administrator: str
    password: str

    def log_in(self, page: Any, name: str | None = None, password: str | None = None) -> None:
        """Log in as the administrator or as somebody else, without the pages for it."""
        asked = page.context.request
        form = asked.get(f"{self.url}/accounts/login/")
        if form.status == 404:
            form = asked.get(f"{self.url}/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text())
        assert token, "no form to log in"
        who = name or self.administrator
        words = {"csrfmiddlewaretoken": token[1], "username": who, "login": who, "password": password or self.password, "next": "/api/v1/me"}  # fmt: skip
        asked.post(form.url, form=words, headers={"Referer": form.url})
        assert asked.get(f"{self.url}/api/v1/me").json()["user"] == who


@pytest.fixture(scope="session")
def app_built() -> None:
    """The web app, built from the sources as they are; skips where Node is absent."""
    why = None if front_end.current() else front_end.no_node()
    if why:
        pytest.skip(f"the web app is not built and cannot be: {why}")
    front_end.build()


@pytest.fixture(scope="session")
def live(app_built: None, demo_workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """`greenrule serve` as a process of its own."""
    workspace = tmp_path_factory.mktemp("live") / "workspace"
    shutil.copytree(demo_workspace.path, workspace)
    with serving(workspace) as found:
        yield found


@contextmanager
def serving(workspace: Path, **more: str) -> Iterator[Live]:
    """`greenrule serve` over a workspace; `more`: settings of its surroundings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GREENRULE_", "DJANGO_"))}
    env["GREENRULE_PUBLIC_RATE"] = "100/1000"  # all tests are one visitor
    env |= {"GREENRULE_ADDRESS": url} | more
    command = [sys.executable, "-m", "greenrule.cli.main", "serve", "--workspace", str(workspace), "--port", str(port), "--workers", "1"]  # fmt: skip
    log = workspace.with_name("server.log")
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + 120
        while not _answers(f"{url}/api/v1/health"):
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(log.read_text(encoding="utf-8"))
            time.sleep(0.2)
        told = re.search(r"管理员 (\S+?)，口令 (\S+?)（", log.read_text(encoding="utf-8"))
        assert told, log.read_text(encoding="utf-8")
        # Rooms log in with the password that was printed; that it must be replaced first is looked at elsewhere.
        subprocess.run([sys.executable, "-c", _REPLACED, str(workspace), told[1]], cwd=ROOT, env=env, check=True)
        yield Live(url, workspace, told[1], told[2])
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium; skips where it is absent.  While it runs, Django may not be used in this process: closed after each module."""
    from playwright import sync_api as playwright

    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=_SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def pages(chromium: Any, live: Live) -> Iterator[Callable[..., Any]]:
    """Makes pages in contexts of their own; an error in a console fails the test when it ends."""
    contexts: list[Any] = []
    errors: list[str] = []

    def make(width: int, height: int, **rest: Any) -> Any:
        context = chromium.new_context(
            base_url=live.url,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **rest,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda told: errors.append(f"{page.url}: {told.text}") if told.type == "error" and not _known(told.text) else None)  # fmt: skip
        return page

    yield make
    for context in contexts:
        context.close()
    assert not errors, "\n".join(errors)


def _known(text: str) -> bool:
    """What the console tells that is no error of the app: answers that say no, and a network that was switched off."""
    return "Failed to load resource" in text or "ERR_INTERNET_DISCONNECTED" in text


@pytest.fixture
def phone(pages: Callable[..., Any]) -> Any:
    """A phone of 360 by 740 points that is touched."""
    return pages(360, 740, has_touch=True, is_mobile=True, device_scale_factor=2)


@pytest.fixture
def desktop(pages: Callable[..., Any]) -> Any:
    """A window of 1280 by 800."""
    return pages(1280, 800)


@pytest.fixture
def axe(live: Live) -> Callable[[Any], list[str]]:
    """Serious and critical faults that axe-core finds on a page (run where the policy of the page was bypassed)."""
    source = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists():
        front_end.packages()

    def look(page: Any) -> list[str]:
        page.evaluate(source.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{item['id']} ({item['impact']}): {json.dumps([node['html'][:160] for node in item['nodes']], ensure_ascii=False)}"
            for item in found["violations"]
            if item["impact"] in ("serious", "critical")
        ]

    return look
