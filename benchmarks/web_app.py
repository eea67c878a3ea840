"""The first page of the web app on a slow phone line: when it can be used, and how much of it is script.

Chromium's own throttling: 1.6 Mbit/s down, 0.75 up, 150 ms for each answer, and a processor four times slower ("slow 4G" as
page audits use it).  A page can be used once its heading stands and the main thread is idle.  Beside it the same question on the
page without script.
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tools import front_end

from benchmarks.measure import OURS, Figure, Section

CHROMIUM = "/usr/bin/chromium"
TARGET_S, TARGET_KB = 3.0, 250.0
_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
_IDLE = """(() => { const look = () => document.querySelector('h1')
  ? requestIdleCallback(() => { window.usable = performance.now() }) : requestAnimationFrame(look); look() })()"""


def run(workspace: Path, quick: bool) -> Section:
    """Pages as a new visitor opens them; without Node or Chromium there is nothing to measure and the section says so."""
    section = Section("The web app: the first page on a slow phone line")
    if (why := front_end.no_node()) and not front_end.current():
        print(f" (skipped: {why})", file=sys.stderr)
        return section
    front_end.build()
    for name, page in (("/", "front/FrontPage"), ("/place", "place/PlacePage"), ("/project", "project/ProjectPage")):
        size = scripts_kb(f"src/rooms/{page}.vue")
        section.figures.append(Figure(f"scripts of {name} before the map, gzip", OURS, size, unit="kB", target=TARGET_KB, bound="median"))  # fmt: skip
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return section
    if not Path(CHROMIUM).exists():
        return section
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "workspace"
        shutil.copytree(workspace, copy)
        server, url = _serve(copy)
        try:
            with sync_playwright() as started:
                browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])  # fmt: skip
                for path, who in (
                    ("/", OURS),
                    ("/place", OURS),
                    ("/project", OURS),
                    ("/plain", "the page without script"),
                ):
                    times = [_usable(browser, url + path) for _ in range(2 if quick else 7)]
                    section.figures.append(
                        Figure(f"usable on slow 4G: {path}", who, statistics.median(times), max(times), len(times), target=TARGET_S if who == OURS else None, bound="median")
                    )  # fmt: skip
                browser.close()
        finally:
            server.terminate()
            server.wait(20)
    return section


def scripts_kb(page: str) -> float:
    """Compressed scripts of the app and of one page with all that they import, in kB."""
    chunks = json.loads((front_end.BUILD / "manifest.json").read_text(encoding="utf-8"))
    waiting, files = ["src/main.ts", page], set()
    while waiting:
        chunk = chunks[waiting.pop()]
        if chunk["file"] not in files:
            files.add(chunk["file"])
            waiting += chunk.get("imports", [])
    paths = [front_end.BUILD / f"{file}.gz" for file in files]
    return sum((path if path.exists() else path.with_suffix("")).stat().st_size for path in paths) / 1000


def _usable(browser: Any, url: str) -> float:
    """Seconds from the click to a page that answers, in a browser that has never been here."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, service_workers="block")  # fmt: skip
    page = context.new_page()
    page.add_init_script(_IDLE)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(url, wait_until="commit")
    while (found := page.evaluate("window.usable")) is None:
        time.sleep(0.05)
    context.close()
    return float(found) / 1000


def _serve(workspace: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "greenrule.cli.main", "serve", "--workspace", str(workspace), "--port", str(port), "--workers", "1"]  # fmt: skip
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/api/v1/health", timeout=5):
                return server, url
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    server.terminate()
    raise SystemExit("the server does not answer")
