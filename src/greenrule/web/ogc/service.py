"""What pygeoapi is told: the collections of today's workspace, the two processes, and nothing that reaches out to other hosts.

A service speaks one language, that of the request for which it is made; what is kept of layers (their own titles, sources, values) is
as it was written.
"""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

from pygeoapi.api import API

from greenrule.casework.layerimport import layer_kinds
from greenrule.casework.report_words import DEMO, bracketed
from greenrule.casework.tiling import layer_of
from greenrule.core.tongue import language, said
from greenrule.packs.english import english_words
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace
from greenrule.web.engine import engine
from greenrule.web.ogc.features import ID, picker
from greenrule.web.ogc.tilesets import SCHEME

_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0"
_TITLE = "绿尺：生态环境分区管控图层与审查"
#: How many features one page holds.
_USUAL_ITEMS, _MOST_ITEMS = 100, 5000


def service(workspace: Path, base: str) -> API:
    """The API of a workspace as it is now, under an address, in the language that is spoken."""
    spoken = language()
    opened = Workspace.open(workspace)
    held = opened.layers()
    today = {version.seq for version in held.values()}
    versions = sorted(opened.published(), key=lambda version: (version.seq not in today, version.kind, version.seq))
    resources: dict[str, Any] = {}
    for version in versions:
        name = version.kind if version.seq in today else f"{version.kind}-{version.sha256[:8]}"
        resources.setdefault(name, _collection(workspace, version, version.seq in today))
    for name, plugin in (("screen", "Screening"), ("place", "PlaceLookUp")):
        resources[name] = {"type": "process", "processor": {"name": f"greenrule.web.ogc.processes.{plugin}"}}
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 0}, "url": base, "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8",
            "gzip": False, "languages": [spoken], "cors": False, "pretty_print": False, "admin": False, "map": {"url": "", "attribution": ""},
            "limits": {"default_items": _USUAL_ITEMS, "max_items": _MOST_ITEMS, "on_exceed": "throttle"},
        },
        "logging": {"level": "CRITICAL"},
        "metadata": {
            "identification": {"title": {spoken: said(_TITLE)}, "description": {spoken: _described(held.values())},
                               "keywords": {spoken: [said("生态环境分区管控")]},
                               "keywords_type": "theme", "terms_of_service": base, "url": base},
            "license": {"name": said("见各图层来源"), "url": base}, "provider": {"name": said("绿尺"), "url": base},
            "contact": {"name": "", "position": "", "address": "", "city": "", "stateorprovince": "", "postalcode": "", "country": "",
                        "phone": "", "fax": "", "email": "", "url": base, "hours": "", "instructions": "", "role": ""},
        },
        "resources": resources,
    }  # fmt: skip
    from pygeoapi.openapi import get_oas

    root = logging.getLogger()
    before = root.level, list(root.handlers)
    made = API(config, get_oas(config))
    # It sets up the log of the whole process; the server's own stays as it is.
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)
    return made


def _described(versions: Any) -> str:
    told = said("图层按版本发布，只答 JSON；经纬度为 CGCS2000（与 CRS84 相差不足 0.1 米）。")
    return told + (_mark() if any(version.demo for version in versions) else "")


def _mark() -> str:
    return DEMO if language() == "zh" else said(f"【{DEMO}】")


def _collection(workspace: Path, version: LayerVersion, current: bool) -> dict[str, Any]:
    from greenrule.spatial.frame import bounds

    kind = layer_kinds().get(version.kind)
    labels = {name: said(field.label) for name, field in kind.fields.items()} if kind else {}
    valid = (said("{day} 至 {last}") if version.valid_to else said("{day} 起")).format(
        day=version.valid_from, last=version.valid_to
    )
    label = _kind_label(version.kind)
    titled = _titled(version, label)
    told = said("来源：{source}；{valid}有效；版本 {version}").format(
        source=version.source, valid=valid, version=version.sha256[:12]
    )
    return {
        "type": "collection", "title": {language(): titled if current else titled + bracketed(valid)}, "description": {language(): told},
        "keywords": {language(): [label or version.kind]}, "links": [],
        # The validity is put into the description of a collection by `views`: with it here, days outside would be refused, not empty.
        "extents": {"spatial": {"bbox": list(bounds(picker(workspace, version).frame)), "crs": _CRS84}},
        "greenrule": {"interval": [_instant(version.valid_from), _instant(version.valid_to)]},
        "providers": [
            {
                "type": "feature", "name": "greenrule.web.ogc.features.LayerFeatures", "id_field": ID, "storage_crs": _CRS84,
                "data": {"workspace": workspace, "version": version, "labels": labels}, "geom_field": "geometry",
                "crs": [_CRS84, f"{_EPSG}/4326", f"{_EPSG}/4490", f"{_EPSG}/3857"],
            },
            {
                "type": "tile", "name": "greenrule.web.ogc.tilesets.LayerTiles", "data": {"layer": layer_of(version)},
                "options": {"zoom": {"min": 4, "max": 12}, "schemes": [SCHEME]},
                "format": {"name": "mvt", "mimetype": "application/vnd.mapbox-vector-tile"},
            },
        ],
    }  # fmt: skip


def _kind_label(kind: str) -> str:
    """What a kind of layer is called; nothing for one that is not in the packs."""
    if language() == "zh":
        known = layer_kinds().get(kind)
        return known.label if known else ""
    with engine().asked() as screener:
        return english_words(screener.law).layers.get(kind, "")


def _titled(version: LayerVersion, label: str) -> str:
    """The title of a layer; where another language is spoken its kind, with the title where that says more."""
    known = layer_kinds().get(version.kind)
    if language() == "zh" or known is None:
        return version.title
    own = version.title.replace(DEMO, "").strip("【】（） ")
    told = label if own == known.label else f"{label} “{own}”"
    return told + (_mark() if version.demo else "")


def _instant(day: date | None) -> str | None:
    return f"{day.isoformat()}T00:00:00Z" if day else None
