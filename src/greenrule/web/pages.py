"""Pages that need no script: ask about a place, ask about a project, read a finding at its own address."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from greenrule.casework.project import project_from
from greenrule.casework.report_html import script_hash
from greenrule.casework.report_words import DEMO
from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.core.retelling import fault_json, retold
from greenrule.core.tongue import language, said
from greenrule.store.desk.records import load_finding, save_finding
from greenrule.store.filings.cases import told_about
from greenrule.web.api.access import within_rate
from greenrule.web.api.findings import printed
from greenrule.web.api.places import At, place
from greenrule.web.engine import engine
from greenrule.web.guard import policy
from greenrule.web.problems import FOR_PROGRAMS, Problem, problem
from greenrule.web.tongues import change_told, labelled
from greenrule.web.watching import changes_of

_OWN_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
#: A citation of a report, which stands alone; on the server it opens the clause.
_CLAUSE = re.compile(r'<span class="(cite|where)" data-clause="([\w./-]+)">(.*?)</span>')
_HEAD = '<link rel="icon" href="/static/greenrule/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/static/greenrule/pages.css">'
_NATURES = (("new", "新建"), ("expand", "扩建"), ("rebuild", "改建"), ("relocate", "迁建"), ("upgrade", "技术改造"))
_CRS = (("", "没有注明"), ("cgcs2000", "CGCS2000"), ("wgs84", "WGS-84（手机卫星定位）"), ("gcj02", "GCJ-02（高德、腾讯）"), ("bd09", "BD-09（百度）"))  # fmt: skip
_CLASSES = {"priority": "优先保护单元", "key": "重点管控单元", "general": "一般管控单元"}
_DEMANDS = {
    "spatial_constraint": "空间布局约束", "pollution_control": "污染物排放管控", "risk_control": "环境风险防控",
    "resource_efficiency": "资源利用效率要求",
}  # fmt: skip


@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Ask about a place: which units it lies in and what they demand."""
    words = {key: request.GET.get(key, "").strip() for key in ("lon", "lat", "crs")}
    shown: dict[str, Any] = {"words": words, "systems": _CRS[1:], "faults": [], "place": None}
    if words["lon"] or words["lat"]:
        try:
            found = place(request, At(lon=float(words["lon"]), lat=float(words["lat"]), crs=words["crs"] or "cgcs2000"))
            for unit in found["units"]:
                unit["label"] = said(_CLASSES.get(unit["class"], "管控单元"))
                unit["demands"] = [(said(label), unit[key]) for key, label in _DEMANDS.items() if unit.get(key)]
            for layer in found["layers"]:  # the mark stands once at the top
                layer["title"] = layer["title"].replace(DEMO, "").strip()
            found["notices"] = [said(notice) for notice in found["notices"]]
            shown["place"] = found
        except ValueError:
            shown["faults"] = [fault_json(Fault("WEB012", "经度、纬度应是数", None, "例如 112.55 和 37.87"))]
        except (InputFault, Problem) as error:
            shown["faults"] = _faults(error)
    return render(request, "greenrule/front.html", shown, status=422 if shown["faults"] else 200)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask about a project: the form; its finding is kept and shown at an address of its own."""
    words = {key: value.strip() for key, value in request.POST.items() if isinstance(value, str)}
    words = words or {"lon": request.GET.get("lon", ""), "lat": request.GET.get("lat", "")}
    faults: list[dict[str, Any]] = []
    if request.method == "POST":
        try:
            return redirect("finding", name=_screened(request, words))
        except (InputFault, Problem) as error:
            faults = _faults(error)
    shown = {"words": words, "natures": _NATURES, "systems": _CRS, "faults": faults}
    return render(request, "greenrule/ask.html", shown, status=422 if faults else 200)


def _screened(request: HttpRequest, words: dict[str, str]) -> str:
    who = within_rate(request)
    raw: dict[str, Any] = {"name": words.get("name") or "未命名项目"}
    raw |= {key: words[key] for key in ("industry", "nature") if words.get(key)}
    location: dict[str, Any] = {}
    if words.get("lon") or words.get("lat"):
        location["point"] = _numbers(words)
    if words.get("geometry"):
        location = {"geometry": _geometry(words["geometry"])}
    if location and words.get("crs"):
        location["crs"] = words["crs"]
    if location:
        raw["location"] = location
    facts, faults = {}, []
    for number, line in enumerate(words.get("facts", "").splitlines(), 1):
        if not line.strip():
            continue
        name, sign, value = line.replace("：", ":").partition(":")
        if not sign:
            faults.append(
                Fault("WEB013", f"第 {number} 行 `{line.strip()}` 不是“事实：值”", None, "例如 生产能力：106 万吨/年")
            )
        facts[name.strip()] = value.strip()
    if faults:
        raise InputFault(faults)
    if facts:
        raw["facts"] = facts
    with engine().asked() as screener:
        found = screener.screen(project_from(raw, screener.law))
    return save_finding(found, who)


def _numbers(words: dict[str, str]) -> list[float]:
    try:
        return [float(words.get("lon", "")), float(words.get("lat", ""))]
    except ValueError:
        raise InputFault(Fault("WEB014", "经度、纬度应是数", None, "例如 112.55 和 37.87；不知道就都留空")) from None


def _geometry(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputFault(Fault("WEB015", "范围不是 GeoJSON", None, "粘贴一个 GeoJSON 图形，或留空只写点位")) from None


def _faults(error: InputFault | Problem) -> list[dict[str, Any]]:
    if isinstance(error, EnvironmentFault):
        raise error
    return [fault_json(fault) for fault in error.faults or (Fault("WEB016", str(error)),)]


@require_GET
def finding(request: HttpRequest, name: str) -> HttpResponse:
    """A kept finding as a page, with where to load it down and how to check it."""
    found = _kept(name)
    shown = {
        "name": name,
        "digest": found["digest"],
        "english": language() == "en",
        "address": request.build_absolute_uri(reverse("finding", args=[name])),
        "changes": [{"at": row.at, **change_told(row.body)} for row in changes_of(name)],
        **_beside(name),
    }
    page = printed(found, "html", name).content.decode()
    bar, keep = (render(request, f"greenrule/{part}.html", shown).content.decode() for part in ("bar", "keep"))
    # The report is a whole document with a policy of its own, for when it lies on somebody's disk; here ours holds instead.
    page = _OWN_POLICY.sub("", page, count=1)
    page = _CLAUSE.sub(r'<span class="\1"><a href="/law/\2">\3</a></span>', page)
    head, body, rest = page.partition("<body>")
    page = head.replace("</head>", f"{_HEAD}</head>") + body + bar + rest.replace("</body>", f"{keep}</body>")
    return HttpResponse(page, headers={"Content-Security-Policy": policy(page, (script_hash(),))})


def _beside(name: str) -> dict[str, Any]:
    """Decisions and contested facts beside a finding, in the language that is spoken; reasons as they were written."""
    told: dict[str, Any] = labelled(told_about(name))
    for claim in told["claims"]:
        claim["day"] = f"{claim['filed']:%Y-%m-%d}"
        claim["sides"] = [
            {"text": labelled({"label": side["text"]})["label"], "outcome": side["outcomes"]["access"]["label"]}
            for side in claim["sides"]
        ]
    return told


@require_GET
def report(request: HttpRequest, name: str, fmt: str) -> HttpResponse:
    """A kept finding as text, html, docx, pdf or json."""
    if fmt not in ("text", "html", "docx", "pdf", "json"):
        raise Http404(f"没有 {fmt} 格式")
    return printed(_kept(name), fmt, name)


@require_GET
def code(request: HttpRequest, name: str) -> HttpResponse:
    """A QR code that leads to the finding's address."""
    _kept(name)
    out = io.BytesIO()
    segno.make(request.build_absolute_uri(reverse("finding", args=[name])), error="m").save(out, kind="svg", scale=4)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


def _kept(name: str) -> dict[str, Any]:
    try:
        return load_finding(name)
    except InputFault as error:
        if isinstance(error, EnvironmentFault):
            raise
        raise Http404(error.faults[0].message) from None


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing at this address; programs hear it in their own shape."""
    told = str(exception) if isinstance(exception, Http404) else ""
    if "tried" in told or told.startswith("docs_url"):  # the frameworks' own words, for developers
        told = ""
    if request.path.startswith(FOR_PROGRAMS):
        return problem(request, 404, told or "没有这个地址")
    told = said(told) if language() == "zh" else retold(told) or said(told)
    return render(request, "greenrule/told.html", {"title": _("没有这一页"), "told": told}, status=404)
