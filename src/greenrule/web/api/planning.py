"""The planner's layers: versions and their lives, import, checks, difference, edited lists, filing with the level above, publication."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from greenrule.casework.layer_desk import area_of
from greenrule.casework.layerimport import kind_of, layer_kinds
from greenrule.casework.layerlife import due, history, national, take, unit_list
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault
from greenrule.spatial.layerdiff import keys_of
from greenrule.store.desk.records import log
from greenrule.store.desk.roles import Person
from greenrule.store.layers import LayerVersion
from greenrule.store.lifecycle import NEXT, STATES, state_of
from greenrule.store.planning import filing as filings
from greenrule.store.planning.models import FILING_STATES, OCCASIONS, LayerFiling
from greenrule.store.watching.outbox import emit
from greenrule.store.workspace import Workspace
from greenrule.web.api.access import May, once
from greenrule.web.api.jobs import folder, queue, received
from greenrule.web.engine import engine
from greenrule.web.problems import Problem

router = Router()
KINDS = (".zip", ".gpkg", ".geojson", ".json", ".kml", ".kmz", ".parquet")


def asking(request: HttpRequest) -> Person:
    """Who asks, on a route that says who may."""
    found: Person = request.auth
    return found


def province(workspace: Workspace) -> str:
    """The area code of the whole workspace: what its counties share; empty where it knows none."""
    layers = workspace.layers()
    version = layers.get("county") or layers.get("city")
    return area_of("county", {"code": workspace.read(version).columns["code"]}, "") if version else ""


def version_area(workspace: Workspace, version: LayerVersion) -> str:
    """The area that a version speaks for."""
    return area_of(version.kind, workspace.read(version).columns, province(workspace))


def _version(number: int) -> tuple[Workspace, LayerVersion]:
    workspace = Workspace.open(folder())
    found = next((item for item in workspace.versions() if item.seq == number), None)
    if found is None:
        raise Http404(f"没有编号为 {number} 的图层版本")
    return workspace, found


def _within(request: HttpRequest, permission: str, workspace: Workspace, version: LayerVersion) -> tuple[Person, str]:
    person, area = asking(request), version_area(workspace, version)
    if not person.may(permission, area):
        raise Problem(403, f"这个图层管的是 {area or '全部'}，不在您的辖区")
    return person, area


@router.get("/layer-kinds", auth=May("layers.read"), summary="图层种类")
def kinds(request: HttpRequest) -> dict[str, Any]:
    """Kinds of layers with their fields, as the packs describe them."""
    return {
        "items": [
            {"id": kind.id, "label": kind.label, "geometry": kind.geometry, "coverage": kind.coverage,
             "fields": [{"id": item.name, "label": item.label, "required": item.required, "aliases": list(item.aliases),
                         "words": item.words} for item in kind.fields.values()]}
            for kind in layer_kinds().values()
        ],
        "occasions": OCCASIONS, "states": STATES,
    }  # fmt: skip


@router.get("/layers", auth=May("layers.read"), summary="图层版本")
def list_layers(request: HttpRequest, kind: str = "", after: Query[int] = 0, size: Query[int] = 100) -> dict[str, Any]:
    """Versions with their states and steps, oldest first; `due` are the coverages that will be up for regular adjustment."""
    size = max(1, min(size, 500))
    workspace = Workspace.open(folder())
    rows = [row for row in history(workspace, kind or None) if row["seq"] > after]
    labels = {item.id: item.label for item in layer_kinds().values()}
    with engine().asked() as screener:
        law = screener.law
    page = [{**row, "kind_label": labels.get(row["kind"], row["kind"])} for row in rows[:size]]
    return {
        "items": page,
        "next": page[-1]["seq"] if len(rows) > size else None,
        "due": due(workspace, law, china_today()),
    }


class Imported(Schema):
    """What is stated of a layer that is uploaded."""

    kind: str
    title: str = Field("", max_length=200)
    source: str = Field("", max_length=300)
    crs: str = ""
    encoding: str = ""
    layer: str = ""
    accuracy_m: float | None = Field(None, ge=0, le=1e5)
    complete: bool = False
    valid_from: date | None = None
    demo: bool = False


@router.post("/layers", auth=May("layers.edit"), summary="导入图层", response={202: dict})
@once
def post_layer(
    request: HttpRequest, stated: Form[Imported], file: File[UploadedFile], table: File[UploadedFile | None] = None
) -> Status[dict[str, Any]]:
    """Upload a layer; a background job reads and checks it and adds it as a draft."""
    kind = kind_of(stated.kind)
    person = asking(request)
    area = province(Workspace.open(folder()))
    asked: dict[str, Any] = {key: value for key, value in stated.dict().items() if value not in ("", None)}
    asked["valid_from"] = stated.valid_from.isoformat() if stated.valid_from else None
    asked |= dict(zip(("file", "name"), received(file, KINDS), strict=True))
    if table is not None:
        asked["table"], _ = received(table, (".xlsx", ".csv"))
    own = next(iter(person.areas("layers.edit")), area)
    return queue("layer.import", person, "layers.read", own, {**asked, "kind": kind.id})


@router.get("/layers/{number}", auth=May("layers.read"), summary="一个图层版本")
def get_layer(request: HttpRequest, number: int) -> dict[str, Any]:
    """A version with its steps, the checks of its import, its filings and what may be done next."""
    workspace, version = _version(number)
    row = next(row for row in history(workspace, version.kind) if row["seq"] == number)
    frame = workspace.read(version)
    area = version_area(workspace, version)
    others = [item for item in history(workspace, version.kind) if item["seq"] != number]
    return {
        **row, "kind_label": kind_of(version.kind).label, "area": area, "checks": frame.meta.get("checks"),
        "edited_from": frame.meta.get("edited_from"), "may_follow": list(NEXT[row["state"]]),
        "published": next((item["seq"] for item in reversed(others) if item["state"] == "published"), None),
        "may": {name: asking(request).may(name, area) for name in ("layers.edit", "layers.publish")},
        "filings": [_filing(item) for item in
                    LayerFiling.objects.filter(layer_version=number).select_related("organisation").prefetch_related("steps").order_by("id")],
        "superior": getattr(filings.superior(area), "name", None),
    }  # fmt: skip


@router.get("/layers/{number}/features", auth=May("layers.read"), summary="图层清单")
def features(
    request: HttpRequest, number: int, q: str = "", after: Query[int] = 0, size: Query[int] = 50
) -> dict[str, Any]:
    """The rows of a layer without their shapes; `q` looks in codes and names."""
    workspace, version = _version(number)
    frame = workspace.read(version)
    kind = kind_of(version.kind)
    size = max(1, min(size, 500))
    out: list[dict[str, Any]] = []
    rest = False
    for row, key in enumerate(keys_of(frame)):
        if row < after or (q and q not in key and q not in str(frame.columns.get("name", [""] * len(frame))[row])):
            continue
        if len(out) == size:
            rest = True
            break
        out.append({"row": row, "key": key, "cells": frame.row(row)})
    columns = [
        {"id": name, "label": kind.fields[name].label if name in kind.fields else name,
         "words": kind.fields[name].words if name in kind.fields else {}, "editable": name != "code"}
        for name in frame.columns
    ]  # fmt: skip
    return {"columns": columns, "items": out, "next": out[-1]["row"] + 1 if rest else None}


class Edited(Schema):
    """Cells to be written anew: feature → column → value."""

    edits: dict[str, dict[str, str | None]] = Field(max_length=2000)


@router.post("/layers/{number}/edits", auth=May("layers.edit"), summary="修改清单", response={202: dict})
@once
def post_edits(request: HttpRequest, number: int, body: Edited) -> Status[dict[str, Any]]:
    """Edit cells of a list; a background job checks them and adds a new draft, the version itself stays as it is."""
    workspace, version = _version(number)
    person, area = _within(request, "layers.edit", workspace, version)
    return queue("layer.edit", person, "layers.read", area, {"version": number, "edits": body.edits})


@router.post("/layers/{number}/check", auth=May("layers.read"), summary="过发布关", response={202: dict})
@once
def post_check(request: HttpRequest, number: int) -> Status[dict[str, Any]]:
    """Ask the gates of publication in a background job."""
    workspace, version = _version(number)
    person, area = _within(request, "layers.read", workspace, version)
    return queue("layer.check", person, "layers.read", area, {"version": number})


@router.post("/layers/{number}/diff/{other}", auth=May("layers.read"), summary="比较两个版本", response={202: dict})
@once
def post_diff(request: HttpRequest, number: int, other: int) -> Status[dict[str, Any]]:
    """Compare a version (`other`) with an earlier one in a background job: km² by class, GeoJSON, findings it touches."""
    _version(other)
    workspace, version = _version(number)
    person, area = _within(request, "layers.read", workspace, version)
    return queue("layer.diff", person, "layers.read", area, {"before": number, "after": other})


class Stepped(Schema):
    """A step in the life of a version."""

    state: str
    paper: str = Field("", max_length=200)
    reason: str = Field("", max_length=1000)


@router.post("/layers/{number}/steps", auth=May("layers.edit"), summary="登记图层状态", response={201: dict, 202: dict})
@once
def post_step(request: HttpRequest, number: int, body: Stepped) -> Status[dict[str, Any]]:
    """Take a version one step on; publication runs in a background job (202), for its gates take a while.

    Filing and publication need `layers.publish`; where a level above is known here, filing is its answer and not written down by hand.
    """
    workspace, version = _version(number)
    needed = "layers.publish" if body.state in ("filed", "published") else "layers.edit"
    person, area = _within(request, needed, workspace, version)
    state = state_of(workspace.life.steps(number))
    if body.state == "published":
        if "published" not in NEXT[state]:
            told = "先检查、报备案；备案以后才能发布"
            raise InputFault(Fault("PLD049", f"现在是“{STATES[state]}”，不能发布", None, told))
        if not body.paper.strip():
            raise InputFault(Fault("PLD049", "发布要写明文号或名称", None, "填写发布文号"))
        asked = {"version": number, "paper": body.paper.strip(), "reason": body.reason.strip() or None}
        return queue("layer.publish", person, "layers.read", area, asked)
    if body.state == "filed" and filings.superior(area) is not None:
        told = "用“报上一级备案”，由上一级答复"
        raise InputFault(Fault("PLD046", "备案由上一级在系统里答复，不能自己登记", None, told))
    done = take(
        workspace,
        version,
        body.state,
        who=person.name,
        paper=body.paper.strip() or None,
        reason=body.reason.strip() or None,
    )
    with transaction.atomic():
        log(person.name, f"layer.{done[0].state}", f"layer:{number}", f"sha256:{version.sha256}")
        emit(f"layer.{done[0].state}", str(number), {"kind": version.kind}, area=area)
    return Status(201, {"steps": [step.to_json() for step in done]})


class Submitted(Schema):
    """Why a version is put before the level above."""

    occasion: str
    reason: str = Field(max_length=5000)


@router.post("/layers/{number}/filings", auth=May("layers.publish"), summary="报上一级备案", response={201: dict})
@once
def post_filing(request: HttpRequest, number: int, body: Submitted) -> Status[dict[str, Any]]:
    """Put a checked version before the authority of the level above."""
    workspace, version = _version(number)
    person, area = _within(request, "layers.publish", workspace, version)
    state = state_of(workspace.life.steps(number))
    if state != "checked":
        raise InputFault(
            Fault("PLD047", f"现在是“{STATES[state]}”，只有“已检查”的版本可以报备案", None, "先登记为已检查")
        )
    made = filings.submit(person.name, number, area, body.occasion, body.reason)
    return Status(201, _filing(made))


@router.get("/layer-filings", auth=May("layers.read"), summary="图层备案件")
def list_filings(request: HttpRequest, state: str = "", after: Query[int] = 0, size: Query[int] = 50) -> dict[str, Any]:
    """Filings of the asker's area and those put before its organisations."""
    from greenrule.store.dispatch.ledger import within

    size = max(1, min(size, 500))
    areas = asking(request).areas("layers.read")
    rows = LayerFiling.objects.filter(within(areas) | within(areas, "organisation__area"), id__gt=after)
    if state:
        rows = rows.filter(state=state)
    found = list(rows.select_related("organisation").prefetch_related("steps").order_by("id")[: size + 1])
    return {
        "items": [_filing(item) for item in found[:size]],
        "next": found[size - 1].id if len(found) > size else None,
    }


class Answered(Schema):
    """The answer of the level above; `version` is the one that was read."""

    state: str
    paper: str = Field("", max_length=200)
    remark: str = Field("", max_length=5000)
    version: int = Field(ge=1, le=2**31 - 1)


@router.post("/layer-filings/{number}/answer", auth=May("layers.publish"), summary="答复备案")
@once
def post_answer(request: HttpRequest, number: int, body: Answered) -> dict[str, Any]:
    """Acknowledge a filing, which makes its version filed, or return it, which makes it a draft again; 409 where it was answered."""
    found = LayerFiling.objects.select_related("organisation").filter(id=number).first()
    if found is None:
        raise Http404(f"没有编号为 {number} 的备案件")
    person = asking(request)
    if not person.may("layers.publish", found.organisation.area):
        raise Problem(403, f"答复的是{found.organisation.name}，不在您的辖区")
    workspace, version = _version(found.layer_version)
    filings.check_answer(body.state, body.paper, body.remark)
    if found.state != "submitted" or found.version != body.version:
        raise Problem(409, "这个备案件已经答复过了")
    goal = "filed" if body.state == "acknowledged" else "draft"
    state = state_of(workspace.life.steps(version.seq))
    # The layers' own record comes first: of two answers at once its lock lets one through.  Where a process ended between the two
    # records, the step is there already and only the answer is missing.
    if state == "checked":
        paper, reason = (
            body.paper.strip() or None,
            f"备案件 {number}" + (f" 退回：{body.remark.strip()}" if goal == "draft" else ""),
        )
        take(workspace, version, goal, who=person.name, paper=paper, reason=reason)
    elif state != goal:
        raise InputFault(Fault("PLD048", f"这个版本现在是“{STATES[state]}”，不能再答复", None, "请报送单位重新报备案"))
    answered = filings.answer(person.name, number, body.version, body.state, body.paper, body.remark)
    if answered is None:
        raise Problem(409, "这个备案件已经答复过了")
    return _filing(answered)


def _filing(item: LayerFiling) -> dict[str, Any]:
    return {
        "id": item.id, "layer_version": item.layer_version, "area": item.area, "occasion": item.occasion,
        "occasion_label": OCCASIONS[item.occasion], "reason": item.reason, "state": item.state, "state_label": FILING_STATES[item.state],
        "organisation": {"id": item.organisation_id, "name": item.organisation.name}, "version": item.version,
        "steps": [{"state": step.state, "label": FILING_STATES[step.state], "at": step.at.isoformat(), "who": step.who,
                   "paper": step.paper, "remark": step.remark} for step in item.steps.all()],
    }  # fmt: skip


@router.get("/layers/{number}/export.{fmt}", auth=May("layers.read"), summary="导出图层")
def export(request: HttpRequest, number: int, fmt: str) -> HttpResponse:
    """A version in the national layout (gpkg, geojson, zip: shapefile) or its list as a workbook (xlsx)."""
    import tempfile
    from pathlib import Path

    from django.http.response import content_disposition_header

    from greenrule.spatial.vectorout import write_vector

    if fmt not in ("gpkg", "geojson", "zip", "xlsx"):
        raise Http404(f"没有 {fmt} 格式；可用：gpkg、geojson、zip、xlsx")
    workspace, version = _version(number)
    frame = national(workspace.read(version), version.kind) if fmt != "xlsx" else workspace.read(version)
    if fmt == "xlsx":
        data = unit_list(frame, version.kind, version.title, version.demo)
    else:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / f"layer.{fmt}"
            write_vector(path, {version.kind: frame})
            data = path.read_bytes()
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, f"{version.kind}_{number}.{fmt}")
    return response
