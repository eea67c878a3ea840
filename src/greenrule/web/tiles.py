"""The map's layers and their vector tiles, from archives in the workspace; a tile's address changes with its layer."""

from __future__ import annotations

import gzip
import math
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from greenrule.casework.tiling import TileLayer, describe, find_layer, layer_of, map_layers
from greenrule.store.workspace import Workspace
from greenrule.web.api.access import person
from greenrule.web.guard import Bucket
from greenrule.web.problems import Problem, problem
from greenrule.web.tongues import labelled

if TYPE_CHECKING:
    from greenrule.spatial.tilearchive import TileArchive

#: A map fetches some dozens of tiles at each step, and browsers keep them.
TILES = Bucket(rate=100.0, burst=2000)
_MEDIA = "application/vnd.mapbox-vector-tile"
#: How long a request waits for tiles that are being made; a province takes seconds, a nation longer.
_PATIENCE_S = 12.0
_OPENED: dict[tuple[str, str], tuple[TileArchive, bool]] = {}
_MAKING: dict[tuple[str, str], subprocess.Popen[bytes]] = {}
_LOCK = threading.Lock()
_MOST_OPEN = 512


def _workspace() -> Workspace:
    from django.conf import settings

    return Workspace(Path(settings.WORKSPACE))


def _sees_drafts(request: HttpRequest) -> bool:
    try:
        return person(request).may("layers.read")
    except Problem:  # a token that is not in force sees what a visitor sees
        return False


@require_safe
def layers(request: HttpRequest) -> HttpResponse:
    """The layers of the map on a day (`?on=`, today where absent), for a style to be made from."""
    try:
        on = date.fromisoformat(request.GET["on"]) if "on" in request.GET else None
    except ValueError:
        return problem(request, 422, "on 应是日期，例如 2024-03-06")
    workspace = _workspace()
    shown = map_layers(workspace, on)
    if request.GET.get("drafts") == "1":
        if not _sees_drafts(request):
            return problem(request, 403, "草稿只给有权限的人看")
        public = {version.seq for version in workspace.published()}
        shown += [layer_of(version) for version in workspace.versions() if version.seq not in public]
    return JsonResponse(
        labelled(describe(workspace, shown)),
        json_dumps_params={"ensure_ascii": False},
        headers={"Cache-Control": "no-cache"},
    )


@require_safe
def tile(request: HttpRequest, layer: str, digest: str, z: int, x: int, y: int) -> HttpResponse:
    """One tile; 204 where the layer has nothing, 404 where there is no such layer, 503 while its tiles are being made."""
    waits = TILES.take(request.META.get("REMOTE_ADDR", "") or "-")
    if waits:
        return problem(request, 429, "请求太频繁，请稍后再试", headers={"Retry-After": str(math.ceil(waits))})
    found = _OPENED.get((layer, digest))
    if found is None:
        wanted = find_layer(_workspace(), layer, digest)
        if wanted is None:
            return problem(request, 404, "没有这个图层，或它的版本已不在")
        archive = archive_of(wanted[0])
        if archive is None:
            return problem(request, 503, "图层的瓦片正在生成，请稍后再试", headers={"Retry-After": "5"})
        with _LOCK:
            while len(_OPENED) >= _MOST_OPEN:
                del _OPENED[next(iter(_OPENED))]
            found = _OPENED[layer, digest] = archive, wanted[1]
    archive, public = found
    if not public and not _sees_drafts(request):
        return problem(request, 404, "没有这个图层，或它的版本已不在")
    body = archive.tile(z, x, y)
    kept = f"{'public' if public else 'private'}, max-age=31536000, immutable"
    if body is None:
        return HttpResponse(status=204, headers={"Cache-Control": kept})
    headers = {"Cache-Control": kept, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return HttpResponse(body, content_type=_MEDIA, headers=headers)


def archive_of(layer: TileLayer) -> TileArchive | None:
    """The archive; where it is missing a process of its own makes it, and None says that it is not ready yet."""
    tiles = _workspace().tiles
    archive = tiles.open(layer.id, layer.digest)
    if archive is not None:
        return archive
    key = layer.id, layer.digest
    with _LOCK:
        maker = _MAKING.get(key)
        if maker is None or maker.poll() is not None:
            command = [sys.executable, "-m", "greenrule.casework.tiling", str(_workspace().path), *key]
            maker = _MAKING[key] = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    until = time.monotonic() + _PATIENCE_S
    while maker.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    return tiles.open(layer.id, layer.digest)
