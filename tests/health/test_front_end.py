"""The web app's sources: the lock names no host, words exist in both languages, the hash tells a change."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from tools import front_end


def test_the_lock_names_no_host():
    text = (front_end.SOURCES / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    found = json.loads(text)["packages"]
    assert all(
        "integrity" in item
        for name, item in found.items()
        if name and not item.get("bundled") and not item.get("inBundle")
    )


def test_a_change_of_any_source_is_told(tmp_path, monkeypatch):
    copy = tmp_path / "frontend"
    shutil.copytree(front_end.SOURCES, copy, ignore=shutil.ignore_patterns("node_modules", ".lock"))
    before = front_end.digest()
    monkeypatch.setattr(front_end, "SOURCES", copy)
    assert front_end.digest() == before
    (copy / "node_modules").mkdir()
    (copy / "node_modules" / "x.js").write_text("x")
    assert front_end.digest() == before
    with (copy / "src" / "App.vue").open("a", encoding="utf-8") as out:
        out.write("\n")
    assert front_end.digest() != before


def test_an_old_node_is_told(monkeypatch):
    monkeypatch.setattr(front_end.shutil, "which", lambda name: None)
    assert front_end.no_node() == "Node is not installed"
    assert front_end.main(["--check"]) == 0


def test_no_template_has_inline_styles_or_foreign_markup():
    for path in front_end.SOURCES.glob("src/**/*.vue"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'\sstyle="', text), path.name
        assert "v-html" not in text, path.name


def test_nothing_is_loaded_from_another_host():
    """Addresses in the sources: the name spaces of XML and the national base map, which needs a key."""
    allowed = ("http://www.w3.org/", "https://t${host}.tianditu.gov.cn/")
    for path in front_end.SOURCES.rglob("*"):
        name = path.relative_to(front_end.SOURCES)
        if (
            path.suffix in (".ts", ".vue", ".css", ".svg", ".js", ".json", ".webmanifest")
            and "node_modules" not in name.parts
        ):
            found = re.findall(r"https?://[^\s'\"`]*", path.read_text(encoding="utf-8"))
            assert [url for url in found if not url.startswith(allowed)] == [], path.name


@pytest.fixture(scope="module")
def built():
    """The build, made from the sources as they are."""
    why = None if front_end.current() else front_end.no_node()
    if why:
        pytest.skip(f"the web app is not built and cannot be: {why}")
    front_end.build()
    return front_end.BUILD


def test_the_build_is_current(built):
    assert front_end.current()
    assert not front_end.build()


def _first_load(built, page):
    """Scripts that a page needs before a map: those of the app and of the page with all that they import."""
    chunks = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    waiting, files = ["src/main.ts", page], set()
    while waiting:
        chunk = chunks[waiting.pop()]
        if chunk["file"] not in files:
            files.add(chunk["file"])
            waiting += chunk.get("imports", [])
    return files


@pytest.mark.parametrize("page", ["front/FrontPage", "place/PlacePage", "project/ProjectPage", "recent/RecentPage"])
def test_a_first_page_is_small(built, page):
    """250 kB of scripts, compressed, before the map."""
    files = _first_load(built, f"src/rooms/{page}.vue")
    assert sum((built / f"{file}.gz").stat().st_size if (built / f"{file}.gz").exists() else (built / file).stat().st_size for file in files) <= 250_000  # fmt: skip
    assert not any("mapengine" in file for file in files)


def test_what_is_kept_offline_holds_the_public_pages_and_nothing_of_another_host(built):
    worker = (built / "sw.js").read_text(encoding="utf-8")
    for page in ("front/FrontPage", "place/PlacePage", "project/ProjectPage", "recent/RecentPage"):
        for file in _first_load(built, f"src/rooms/{page}.vue"):
            assert f"/static/app/{file}" in worker
    assert '"url":"/"' in worker
    manifest = json.loads((built / "app.webmanifest").read_text(encoding="utf-8"))
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    for icon in manifest["icons"]:
        assert (built / icon["src"].removeprefix("/static/app/")).exists()
