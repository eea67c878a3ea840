"""`/ogc`: addresses to pygeoapi's functions; answers in JSON only, nothing kept, nothing fetched from elsewhere."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from greenrule.core.tongue import language, said
from greenrule.store.workspace import Workspace
from greenrule.web.api.access import within_rate
from greenrule.web.guard import Bucket
from greenrule.web.problems import Problem, problem

#: GIS programs page quickly; an address gets as many requests at once, then so many a second.
OGC = Bucket(rate=10.0, burst=300)
_CLASSES = [
    *(f"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/{name}" for name in ("core", "landing-page", "json", "oas30")),
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "oas30", "geojson")),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}" for name in ("queryables", "queryables-query-parameters")),
    *(f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}" for name in ("core", "mvt", "tileset", "tilesets-list", "geodata-tilesets")),
    *(f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}" for name in ("core", "ogc-process-description", "json", "oas30")),
]  # fmt: skip
_ITEMS = {"bbox", "bbox-crs", "crs", "limit", "offset", "resulttype", "datetime", "sortby", "properties", "skipGeometry", "q", "filter",
          "filter-lang", "filter-crs"}  # fmt: skip
_EVERYWHERE = {"f", "lang"}
#: Kinds of documents that are not served here, and whose links would lead nowhere.
_ABSENT = ("text/html", "application/ld+json")
_SERVICES: dict[tuple[str, str, str], Any] = {}
_MAKING = threading.Lock()


@csrf_exempt
def ogc(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer anything below `/ogc`.  Sessions mean nothing here: what is served is public, and nothing is changed."""
    try:
        waits = OGC.take(request.META.get("REMOTE_ADDR", "") or "-")
        if waits:
            raise Problem(429, said("请求太频繁，请稍后再试"), headers={"Retry-After": str(math.ceil(waits))})
        return _answer(request, [part for part in rest.split("/") if part])
    except Problem as told:
        return problem(request, told.status, told.detail, told.faults, told.headers)


def _answer(request: HttpRequest, parts: list[str]) -> HttpResponse:
    running = len(parts) == 3 and parts[0] == "processes" and parts[2] == "execution"
    allowed = ("POST",) if running else ("GET", "HEAD")
    if request.method not in allowed:
        raise Problem(405, "", headers={"Allow": ", ".join(allowed)})
    asked = request.GET.get("f", "json")
    tile = len(parts) == 7
    if asked not in (("mvt", "json") if tile else ("json",)):
        raise Problem(400, said("这里只有 JSON（f=json）；网页在 /，接口说明在 /ogc/openapi"))
    if parts == ["conformance"]:
        return _json(json.dumps({"conformsTo": _CLASSES}))
    api = _service(request)
    if running:
        within_rate(request)
        _refuse_callbacks(request)
    _refuse_unknown(request, parts, api)
    function, words = _function(parts)
    headers, status, content = function(api, _asked_class().from_django(request, api.locales), *words)
    if tile:
        if int(status) == 204:
            return HttpResponse(status=204)
        if int(status) == 200:
            return HttpResponse(content, content_type=headers["Content-Type"])
        raise Problem(int(status), said("没有这块瓦片") if int(status) == 404 else said("瓦片正在生成，请稍后再试"))
    response = _json(_cleaned(content, parts, api), int(status))
    response["Content-Type"] = _media(parts, headers, int(status))
    for name in ("Content-Crs", "Content-Language"):
        if name in headers:
            response[name] = headers[name]
    return response


def _function(parts: list[str]) -> tuple[Callable[..., Any], list[str]]:
    """The function of pygeoapi for an address, and what it is given."""
    import pygeoapi.api as core
    from pygeoapi.api import itemtypes, processes, tiles

    if parts[:1] == ["collections"]:
        by_length: dict[Any, Callable[..., Any]] = {
            1: core.describe_collections, 2: core.describe_collections, (3, "schema"): core.get_collection_schema,
            (3, "queryables"): itemtypes.get_collection_queryables, (3, "items"): itemtypes.get_collection_items,
            (4, "items"): itemtypes.get_collection_item, (3, "tiles"): tiles.get_collection_tiles,
            (4, "tiles"): tiles.get_collection_tiles_metadata, (7, "tiles"): tiles.get_collection_tiles_data,
        }  # fmt: skip
        found = by_length.get((len(parts), parts[2]) if len(parts) > 2 else len(parts))
        if found:
            return found, [part for at, part in enumerate(parts) if at not in (0, 2)]
    flat: dict[Any, Callable[..., Any]] = {
        (): core.landing_page, ("openapi",): core.openapi_, ("TileMatrixSets",): tiles.tilematrixsets, ("processes",): processes.describe_processes,
    }  # fmt: skip
    if tuple(parts) in flat:
        return flat[tuple(parts)], []
    if len(parts) == 2 and parts[0] == "TileMatrixSets":
        return tiles.tilematrixset, parts[1:]
    if len(parts) == 2 and parts[0] == "processes":
        return processes.describe_processes, parts[1:]
    if len(parts) == 3 and parts[0] == "processes" and parts[2] == "execution":
        return processes.execute_process, parts[1:2]
    raise Problem(404, said("没有这个地址"))


def _service(request: HttpRequest) -> Any:
    """The service for the layers that hold now, under the name by which it was asked, in the language that is spoken."""
    from django.conf import settings

    from greenrule.web.ogc.service import service

    workspace = Path(settings.WORKSPACE)
    base = request.build_absolute_uri("/ogc")
    stamp = Workspace.open(workspace).layers_digest()
    with _MAKING:
        wanted = stamp, base, language()
        if wanted not in _SERVICES:
            for old in [key for key in _SERVICES if key[0] != stamp]:
                del _SERVICES[old]
            _SERVICES[wanted] = service(workspace, base)
        return _SERVICES[wanted]


def _refuse_unknown(request: HttpRequest, parts: list[str], api: Any) -> None:
    """Parameters that mean nothing are refused, as the standard asks: a mistyped filter must not give everything."""
    known = set(_EVERYWHERE)
    if len(parts) == 3 and parts[0] == "collections" and parts[2] == "items":
        from pygeoapi.plugin import load_plugin

        found = api.config["resources"].get(parts[1], {"type": ""})
        known |= _ITEMS
        if found["type"] == "collection":
            known |= set(load_plugin("provider", found["providers"][0]).fields)
    elif len(parts) == 4 and parts[0] == "collections" and parts[2] == "items":
        known |= {"crs"}
    elif parts[:1] == ["processes"]:
        known |= {"limit", "offset"}
    elif parts[2:] in (["queryables"], ["schema"]):
        known |= {"profile", "properties"}
    unknown = sorted(set(request.GET) - known)
    if unknown:
        raise Problem(400, said("没有参数 {names}").format(names=said("、").join(unknown)[:200]))


def _refuse_callbacks(request: HttpRequest) -> None:
    """The server calls nobody's address on request."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return
    if not isinstance(body, dict):
        raise Problem(400, said("请求体应是一个 JSON 对象"))
    if "subscriber" in body:
        raise Problem(400, said("不支持 subscriber：这里只同步执行"))


def _cleaned(content: Any, parts: list[str], api: Any) -> str:
    """A document without links to kinds of documents that are not here; of features only what follows them is looked at."""
    text = content.decode() if isinstance(content, bytes) else str(content)
    if parts == ["openapi"] or (parts[:1] == ["processes"] and len(parts) == 3):
        return text
    head = ""
    if len(parts) == 3 and parts[2] == "items":
        before, found, after = text.rpartition('"links":')  # quotes inside a value are escaped: this is the key
        if not found:
            return text
        head, text = before, "{" + found + after
    document = json.loads(text)
    _drop(document)
    if parts == ["collections"]:
        for item in document["collections"]:
            _date(item, api)
    elif len(parts) == 2 and parts[0] == "collections" and "extent" in document:
        _date(document, api)
    told = json.dumps(document, ensure_ascii=False)
    return head + told[1:] if head else told


def _drop(item: Any) -> None:
    if isinstance(item, list):
        for part in item:
            _drop(part)
    elif isinstance(item, dict):
        if isinstance(item.get("links"), list):
            item["links"] = [
                link
                for link in item["links"]
                if link.get("type") not in _ABSENT and not str(link.get("href")).endswith("/jobs")
            ]
        for part in item.values():
            _drop(part)


def _date(collection: dict[str, Any], api: Any) -> None:
    found = api.config["resources"][collection["id"]]["greenrule"]["interval"]
    collection["extent"]["temporal"] = {"interval": [found]}


def _media(parts: list[str], headers: dict[str, str], status: int) -> str:
    if status == 200 and len(parts) in (3, 4) and parts[0] == "collections" and parts[2] == "items":
        return "application/geo+json"
    told = headers.get("Content-Type", "")
    return told if "json" in told else "application/json"


def _json(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="application/json")


@lru_cache(maxsize=1)
def _asked_class() -> Any:
    from pygeoapi.api import APIRequest

    class Asked(APIRequest):
        """A request that wants JSON, whatever a browser says it would accept."""

        def _get_format(self, headers: Any) -> str:
            return "mvt" if self._args.get("f") == "mvt" else "json"

    return Asked
