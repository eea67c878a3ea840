"""Screening over the wire: a project goes in, a finding comes out, is kept, shown again, verified, printed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from greenrule.casework.mapping import site_features
from greenrule.casework.printing import gathered
from greenrule.casework.project import project_from
from greenrule.casework.report import render
from greenrule.casework.report_html import script_hash
from greenrule.casework.verifying import known_day, verify
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.core.tongue import language, said
from greenrule.store.desk.records import findings_page, load_finding, save_written
from greenrule.web.api.access import May, once, person
from greenrule.web.engine import engine
from greenrule.web.guard import policy
from greenrule.web.problems import Problem

router = Router()

_MEDIA = {
    "text": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8", "json": "application/json", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip
_PROJECT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "on": {"type": "string", "format": "date"},
                        "industry": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                        "nature": {"type": "string"},
                        "location": {"type": "object"},
                        "facts": {"type": "object"},
                    },
                },
                "example": {"industry": "2521", "nature": "new", "facts": {"capacity": "106 万吨/年"}},
            }
        },
    }
}


class Asked(Schema):
    """How a project is asked."""

    save: bool = False
    everything: bool = False
    known: date | None = None


def read_body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request.  Raises Problem 415 or 400 where it is none."""
    if request.content_type != "application/json":
        raise Problem(415, said("请求体应是 application/json"))
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, said("请求体不是 JSON：{error}").format(error=error)) from None
    if not isinstance(found, dict):
        raise Problem(400, said("请求体应是一个 JSON 对象"))
    return found


def refuse_files(project: dict[str, Any]) -> None:
    """A project from the network may not name a file of the server."""
    location = project.get("location")
    if isinstance(location, dict) and location.get("file") is not None:
        told = "把图形写进 location.geometry（GeoJSON）"
        raise InputFault(Fault("WEB011", "网上提问不能引用服务器上的文件", Place("project.location.file"), told))


@router.post("/findings", summary="审查一个项目", openapi_extra=_PROJECT, response={200: dict, 201: dict})
@once
def post_finding(request: HttpRequest, asked: Query[Asked], who: str = "public") -> tuple[int, bytes]:
    """Screen the project in the body (contract: project file); `save` keeps the finding under an address (201)."""
    raw = read_body(request)
    refuse_files(raw)
    with engine().asked(asked.known) as screener:
        finding, sealed = screener.screen_written(project_from(raw, screener.law), everything=asked.everything)
    if not asked.save:
        return 200, sealed.told()
    name = save_written(finding, sealed, who)
    return 201, b'{"id":"%b","url":"/f/%b","finding":%b}' % (name.encode(), name.encode(), sealed.told())


@router.get("/findings", auth=May("findings"), summary="结论清单")
def list_findings(
    request: HttpRequest, after: str = "", size: Query[int] = 50, decision: str = "", text: str = ""
) -> dict[str, Any]:
    """Findings of the asker's areas that were kept, the newest first; `after` is the last id of the page before.

    `decision`: only those that came out so; `text`: part of the project's name.
    """
    if "\x00" in after + decision + text:  # PostgreSQL knows no such character
        raise Problem(422, said("参数里有不可见的控制字符"))
    size = max(1, min(size, 500))
    rows = findings_page(after, size, decision, text, person(request).areas("findings"))
    return {"items": rows[:size], "next": rows[size - 1]["id"] if len(rows) > size else None}


@router.get("/findings/{name}", summary="一份结论")
def get_finding(request: HttpRequest, name: str) -> HttpResponse:
    """A kept finding; it never changes, so its digest is its ETag."""
    finding = load_finding(name)
    tag = f'"{finding["digest"]}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=86400, immutable", "Content-Language": "zh-CN"}
    held = {item.strip().removeprefix("W/") for item in request.headers.get("If-None-Match", "").split(",")}
    if held & {tag, "*"}:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(json.dumps(finding, ensure_ascii=False), content_type="application/json", headers=headers)


@router.get("/findings/{name}/verify", summary="重算一份结论")
def verify_finding(request: HttpRequest, name: str) -> dict[str, Any]:
    """Recompute a finding from the packs and the layers named in it, and say what differs."""
    finding = load_finding(name)
    with engine().asked(known_day(finding)) as screener:
        found = verify(finding, screener)
    return {"id": name, "digest": finding["digest"], "equal": not found, "differences": found}


@router.get("/findings/{name}/site", summary="结论的场址和单元")
def site(request: HttpRequest, name: str) -> dict[str, Any]:
    """The site of a finding and the control units that it touches as GeoJSON (CGCS2000 degrees), for a map; no features without a site."""
    finding = load_finding(name)
    with engine().asked(known_day(finding)) as screener:
        found = site_features(screener, project_from(finding["project"], screener.law), finding)
    return found or {"type": "FeatureCollection", "features": []}


@router.get("/findings/{name}/report.{fmt}", summary="结论的报告")
def report(request: HttpRequest, name: str, fmt: str) -> HttpResponse:
    """A finding as text, html, docx, pdf or json."""
    return printed(load_finding(name), fmt, name)


def printed(finding: dict[str, Any], fmt: str, name: str) -> HttpResponse:
    """A finding rendered, with its map, in the language that is spoken; JSON as it is sealed."""
    lang = "zh" if fmt == "json" else language()
    with engine().asked(known_day(finding)) as screener:
        told, picture = gathered(finding, fmt, screener, lang)
    data = render(told, fmt, map_data=picture, lang=lang)  # a paper takes its time: others may ask meanwhile
    response = HttpResponse(
        data, content_type=_MEDIA[fmt], headers={"Content-Language": "en" if lang == "en" else "zh-CN"}
    )
    if fmt == "html":
        response["Content-Security-Policy"] = policy(data.decode(), (script_hash(),))
    if fmt in ("docx", "pdf"):
        told_in = "-en" if lang == "en" else ""
        response["Content-Disposition"] = f'attachment; filename="{name}{told_in}.{fmt}"'
    return response
