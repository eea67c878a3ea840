"""The page that holds the app: with a build and without one, its files, its worker, its policy."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest


@pytest.fixture
def shell(served):
    """The module, once Django is set up."""
    from greenrule.web import shell

    return shell


@pytest.fixture
def build(tmp_path, monkeypatch, shell):
    """A build as Vite leaves it."""
    monkeypatch.setattr(shell, "BUILD", tmp_path)
    manifest = {
        "src/main.ts": {"file": "assets/main-12345678.js", "css": ["assets/main-abcdefgh.css"], "isEntry": True},
        "src/rooms/place/PlacePage.vue": {
            "file": "assets/PlacePage-1.js", "imports": ["src/main.ts", "_MapView-2.js"], "css": ["assets/PlacePage-1.css"],
        },
        "_MapView-2.js": {"file": "assets/MapView-2.js"},
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "sw.js").write_text("// worker", encoding="utf-8")
    return tmp_path


def test_the_page_names_the_files_of_the_build(client, build):
    page = client.get("/place")
    text = page.content.decode()
    assert re.findall(r'<script type="module" src="([^"]+)">', text) == ["/static/app/assets/main-12345678.js"]
    assert re.findall(r'rel="modulepreload" href="([^"]+)"', text) == ["/static/app/assets/PlacePage-1.js", "/static/app/assets/MapView-2.js"]  # fmt: skip
    assert re.findall(r'rel="stylesheet" href="([^"]+)"', text) == ["/static/app/assets/main-abcdefgh.css", "/static/app/assets/PlacePage-1.css"]  # fmt: skip
    assert page["Cache-Control"] == "no-cache"
    assert "csrftoken" in page.cookies
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "<script>" not in text


def test_the_page_stands_at_every_room_and_nowhere_else(client, build):
    for path in (
        "/",
        "/place",
        "/project",
        "/law/x/y",
        "/desk",
        "/planner/a",
        "/tasks",
        "/account",
        "/about",
        "/recent",
    ):
        assert "/static/app/assets/main-" in client.get(path).content.decode(), path
    for path in ("/placebo", "/x/place", "/desktop"):
        assert client.get(path).status_code == 404, path
    assert client.post("/place").status_code == 405


def test_the_worker_may_serve_every_page(client, build):
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert b"".join(answer.streaming_content) == b"// worker"


def test_without_a_build_the_plain_pages_stand_in(client, tmp_path, monkeypatch, shell):
    monkeypatch.setattr(shell, "BUILD", tmp_path)
    assert "这个地点有什么要求" in client.get("/").content.decode()
    assert client.get("/place")["Location"] == "/plain"
    assert client.get("/project")["Location"] == "/plain/ask"
    answer = client.get("/desk")
    assert answer.status_code == 503
    assert "没有构建" in answer.content.decode()
    assert client.get("/sw.js").status_code == 404


def test_the_national_base_map_needs_a_key(client, build, settings_with_key):
    page = client.get("/place")
    assert 'content="k&lt;ey"' in page.content.decode()
    assert "connect-src 'self' https://t0.tianditu.gov.cn" in page["Content-Security-Policy"]


@pytest.fixture
def settings_with_key(served, monkeypatch):
    from django.conf import settings

    monkeypatch.setattr(settings, "TIANDITU_KEY", "k<ey")


def test_without_a_key_nothing_may_come_from_elsewhere(client, build):
    assert "http" not in client.get("/place")["Content-Security-Policy"]
    assert "tianditu" not in client.get("/place").content.decode()


def test_the_manifest_of_the_installed_app_is_sent_as_one(client: Any) -> None:
    from django.contrib.staticfiles import finders

    if finders.find("app/app.webmanifest") is None:
        pytest.skip("the web app is not built")
    assert client.get("/static/app/app.webmanifest")["Content-Type"].partition(";")[0] == "application/manifest+json"
