"""A site from a file or a list of corners: a shape that the map draws and a project can carry, with what was assumed."""

from __future__ import annotations

import json
import math
from typing import Any, Literal

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, UploadedFile

from greenrule.core.errors import Fault, InputFault
from greenrule.core.tongue import said
from greenrule.web import uploads
from greenrule.web.api.access import within_rate
from greenrule.web.guard import Bucket
from greenrule.web.problems import Problem

router = Router()

#: Reading a file costs a process of its own; an address gets some at once and then one every five seconds.
UPLOADS = Bucket(rate=0.2, burst=20)


class Described(Schema):
    """What the asker says of the file."""

    text: str | None = None
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    shape: Literal["polygon", "line", "point"] = "polygon"
    repair: bool = False


@router.post("/geometry", summary="读取场地范围的文件或坐标")
def post_geometry(
    request: HttpRequest, told: Form[Described], file: File[UploadedFile | None] = None
) -> dict[str, Any]:
    """Read a site from `file` (SHP in .zip, KML/KMZ, GeoJSON, GeoPackage, DXF, corner lists as TXT/CSV/DAT) or from `text`.

    `crs` where the file does not say it; `layer` where it has several; `shape`: what a list of points makes; `repair`: mend rings that
    cross themselves.  The answer is GeoJSON in CGCS2000 with every reading that is possible (`candidates`, the assumed one first).
    """
    who = within_rate(request)
    if who == "public":
        waits = UPLOADS.take(request.META.get("REMOTE_ADDR", "") or "-")
        if waits:
            raise Problem(429, said("上传太频繁，请稍后再试"), headers={"Retry-After": str(math.ceil(waits))})
    if (file is None) == (not (told.text or "").strip()):
        raise InputFault(Fault("UPL008", "应给出文件或坐标文字，且只给其中一种", None, "multipart 的 file，或 text"))
    asked = {key: getattr(told, key) or None for key in ("crs", "layer", "encoding")}
    if file is not None:
        return uploads.read(file.name or "", file.chunks(), **asked, shape=told.shape, repair=told.repair)
    text = told.text or ""
    return uploads.read(
        "粘贴的坐标" + _ending(text),
        [text.encode()],
        **asked | {"encoding": "utf-8"},
        shape=told.shape,
        repair=told.repair,
    )


def _ending(text: str) -> str:
    """Pasted text is GeoJSON where it is JSON, KML where it is XML, else a list of corners."""
    if text.lstrip().startswith("<"):
        return ".kml"
    try:
        return ".geojson" if isinstance(json.loads(text), dict) else ".txt"
    except (ValueError, RecursionError):
        return ".txt"
