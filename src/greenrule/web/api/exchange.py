"""Exchange files over the wire: schemas, export, check, import – for the national zoning platform and the government service platform."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile

from greenrule.casework.exchange import KINDS, kind_named, read_document, schema
from greenrule.casework.exchange_files import read_applications, results_document, units_document, units_version
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.records import load_finding, register, save_finding
from greenrule.store.workspace import Workspace
from greenrule.web.api.access import May, once, person
from greenrule.web.api.jobs import folder, queue, received
from greenrule.web.api.planning import asking, province
from greenrule.web.engine import engine
from greenrule.web.problems import Problem

router = Router()
#: So many applications are screened within one request; longer files go through `greenrule exchange import`.
_MOST = 200
_MOST_BYTES = 20 * 1024 * 1024


@router.get("/exchange", auth=May("law"), summary="交换文件的种类")
def kinds(request: HttpRequest) -> dict[str, Any]:
    """Kinds of exchange files, and which way each goes."""
    return {"items": [{"id": name, "label": label, "ways": list(ways)} for name, (label, ways) in KINDS.items()]}


@router.get("/exchange/{kind}/schema", auth=May("law"), summary="交换文件的 JSON Schema")
def get_schema(request: HttpRequest, kind: str) -> dict[str, Any]:
    """The schema of a kind, our own reading and marked as such."""
    return schema(kind)


@router.get("/exchange/zoning-units", auth=May("layers.read"), summary="导出管控单元")
def export_units(request: HttpRequest, version: Query[int] = 0) -> HttpResponse:
    """The control units in force (or one version) in the national field names."""
    workspace = Workspace.open(folder())
    found = units_version(workspace, version or None)
    return _document(units_document(workspace, found, china_today()), f"zoning-units_{found.seq}.json")


@router.get("/exchange/service-results", auth=May("findings"), summary="导出研判结果")
def export_results(request: HttpRequest, after: str = "", size: Query[int] = 500) -> HttpResponse:
    """Stored findings of the asker's areas as results, by id from `after` on; at most a thousand at a time."""
    lines = register(person(request).areas("findings")).filter(finding__gt=after).order_by("finding")
    names = list(lines.values_list("finding", flat=True)[: max(1, min(size, 1000))])
    rows = [(None, name, load_finding(name)) for name in names]
    return _document(results_document(rows, china_today()), "service-results.json")


@router.post("/exchange/check", auth=May("law"), summary="核对交换文件")
def check(request: HttpRequest, file: File[UploadedFile]) -> dict[str, Any]:
    """Hold a file against the schema of its kind; every fault with its path (422)."""
    found = read_document(_bytes(file), file.name or "文件")
    count = next(len(found[key]) for key in ("features", "applications", "results") if key in found)
    return {"kind": found["kind"], "made": found["made"], "items": count}


@router.post("/exchange/zoning-units", auth=May("layers.edit"), summary="导入管控单元", response={202: dict})
@once
def import_units(request: HttpRequest, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Take in units; a background job checks them and adds them as a draft, all or none."""
    person = asking(request)
    area = province(Workspace.open(folder()))
    if not person.may("layers.edit", area):
        raise Problem(403, f"交换文件替换的是 {area or '全部'} 的单元图层，不在您的辖区")
    name, called = received(file, (".json",))
    return queue("exchange.units", person, "layers.read", area, {"file": name, "name": called})


@router.post("/exchange/service-applications", auth=May("filings.handle"), summary="导入办件", response={201: dict})
@once
def import_applications(request: HttpRequest, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Screen the applications of a file and keep all their findings, or none."""
    name = file.name or "文件"
    document = read_document(_bytes(file), name)
    if document["kind"] != "service-applications":
        kind_named(document["kind"], "import")
        raise InputFault(
            Fault("ADP031", f"这是{KINDS[document['kind']][0]}，不是办件", None, "用 /exchange/zoning-units 导入单元")
        )
    if len(document["applications"]) > _MOST:
        told = f"一次最多 {_MOST} 件；更多的用 `greenrule exchange import`"
        raise InputFault(Fault("ADP032", f"有 {len(document['applications'])} 件", None, told))
    with engine().asked() as screener:
        found = read_applications(document, screener, name)
    who = asking(request).name
    with transaction.atomic():
        names = [save_finding(finding, who) for _, finding in found]
    return Status(
        201,
        {
            "items": [
                {"number": number, "finding": own, "url": f"/f/{own}", "decision": finding["decision"]}
                for (number, finding), own in zip(found, names, strict=True)
            ]
        },
    )


def _bytes(file: UploadedFile) -> bytes:
    if (file.size or 0) > _MOST_BYTES:
        raise Problem(413, f"文件超过 {_MOST_BYTES // 1024 // 1024} MB")
    return bytes(file.read())


def _document(found: dict[str, Any], name: str) -> HttpResponse:
    response = HttpResponse(json.dumps(found, ensure_ascii=False), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
