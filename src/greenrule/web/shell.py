"""The page that holds the app, and the app's service worker; the app itself is static files that `frontend/` is built into."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from greenrule.web import pages

#: Where the build lies; it ships inside the wheel.
BUILD = Path(__file__).resolve().parent / "static" / "app"
#: First parts of the addresses that belong to the app; the app decides what lies below them.
ROOMS = ("place", "project", "recent", "law", "desk", "planner", "tasks", "account", "about", "denied")
_ENTRY = "src/main.ts"
#: Pages that are fetched along with the app, so that a slow line is waited for once.
_FIRST = {"": "src/rooms/front/FrontPage.vue", "place": "src/rooms/place/PlacePage.vue", "project": "src/rooms/project/ProjectPage.vue"}  # fmt: skip
#: What a visitor gets at these addresses where the app was not built.
_WITHOUT = {"place": "plain", "project": "plain-ask"}


@require_safe
@ensure_csrf_cookie
def app(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """The page that loads the app; where it was not built, the plain pages stand in for what they can do."""
    found = built()
    room = path.partition("/")[0]
    if found is None:
        if not path:
            return pages.front(request)
        if room == "law":  # the reader is there without script too, under the same addresses
            return redirect(f"/plain/{path}")
        if room in _WITHOUT:
            return redirect(_WITHOUT[room])
        told = "这套页面没有构建：装上 Node 20 或更新版本后，在源码目录运行 make demo。接口和简易版不受影响。"
        return render(request, "greenrule/told.html", {"title": "没有这套页面", "told": told}, status=503)
    files = _files(found, _ENTRY, _FIRST.get(room, ""))
    shown = {"script": files["script"][0], "ahead": files["script"][1:], "styles": files["style"], "tianditu": settings.TIANDITU_KEY}  # fmt: skip
    answer = render(request, "greenrule/app.html", shown)
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def worker(request: HttpRequest) -> FileResponse:
    """The service worker, at the root so that it may serve every page."""
    path = BUILD / "sw.js"
    if not path.exists():
        raise Http404("这套页面没有构建")
    return FileResponse(path.open("rb"), content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})  # fmt: skip


def built() -> dict[str, Any] | None:
    """The manifest of the build (source → files), None where there is none."""
    path = BUILD / "manifest.json"
    try:
        return _manifest(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=2)
def _manifest(path: Path, _changed: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _files(manifest: dict[str, Any], *names: str) -> dict[str, list[str]]:
    """Addresses of the scripts and sheets of some sources and of all that they import, each once, the first source's first."""
    out: dict[str, list[str]] = {"script": [], "style": []}
    waiting, seen = list(names), set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in manifest:
            continue
        seen.add(name)
        chunk = manifest[name]
        out["script"].append(f"{settings.STATIC_URL}app/{chunk['file']}")
        out["style"] += [f"{settings.STATIC_URL}app/{file}" for file in chunk.get("css", ())]
        waiting += chunk.get("imports", ())
    return out
