"""What goes into exchange files and what comes out of them: units as layer versions, applications as findings, findings as results."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.casework.exchange import envelope, path_of
from greenrule.casework.layerimport import Imported, import_layer, kind_of, refused
from greenrule.casework.layerlife import national
from greenrule.casework.project import project_from
from greenrule.casework.report_words import DECISION
from greenrule.casework.screening import Screener
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.spatial.frame import as_geojson
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace


def units_version(workspace: Workspace, number: int | None = None) -> LayerVersion:
    """The control units in force, or one version of them.  Raises InputFault ADP030 where there are none."""
    if number is None:
        found = workspace.layers().get("control_unit")
    else:
        found = next((item for item in workspace.versions("control_unit") if item.seq == number), None)
    if found is None:
        told = "用 `greenrule layer history control_unit` 查看版本号"
        raise InputFault(Fault("ADP030", "工作区没有这样的管控单元图层", None, told))
    return found


def units_document(workspace: Workspace, version: LayerVersion, made: date) -> dict[str, Any]:
    """A version of the control units in the national field names; classes as the codes 1, 2, 3."""
    frame = workspace.read(version)
    spec = kind_of("control_unit")
    columns = {
        name: [_code(spec.fields[name].words, value) for value in values] if name in spec.fields else list(values)
        for name, values in frame.columns.items()
    }
    named = national(type(frame)(frame.geometry, dict(columns), frame.meta), "control_unit")
    features = [
        {"type": "Feature", "geometry": as_geojson(shape), "properties": _plain(named.row(row))}
        for row, shape in enumerate(named.geometry)
    ]
    layer = {
        "title": version.title, "source": version.source, "valid_from": version.valid_from.isoformat(), "accuracy_m": version.accuracy_m,
        "complete": version.complete, "demo": version.demo, "sha256": version.sha256,
    }  # fmt: skip
    return envelope("zoning-units", made, version.demo, layer=layer, features=features)


def _code(words: Mapping[str, str], value: Any) -> Any:
    """The first word that means a value: for classes the code of the layout."""
    return next((word for word, meant in words.items() if meant == value), value)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if value is None or isinstance(value, str | int | float) else str(value)
        for name, value in row.items()
    }


def import_units(
    workspace: Workspace, document: Mapping[str, Any], name: str, who: str = "", mark: str = ""
) -> Imported:
    """The units of a checked document as a draft version, all or none; the report says what the checks found."""
    layer = document["layer"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "units.geojson"
        # GeoJSON is WGS 84 by its standard; the older `crs` member states the system of the document.
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
        found = {"type": "FeatureCollection", "crs": crs, "features": document["features"]}
        path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        return import_layer(
            workspace, kind_of("control_unit"), path, title=layer["title"], source=f"{layer['source']}（交换文件 {name}）{mark}",
            accuracy_m=layer.get("accuracy_m"), complete=layer["complete"], valid_from=date.fromisoformat(layer["valid_from"]),
            demo=layer["demo"], draft=True, who=who,
        )  # fmt: skip


def or_refused(imported: Imported, name: str) -> LayerVersion:
    """The version, or the errors of the checks as an InputFault."""
    if imported.version is None:
        raise refused(Path(name), imported.report)
    return imported.version


def read_applications(document: Mapping[str, Any], screener: Screener, name: str) -> list[tuple[str, dict[str, Any]]]:
    """The finding of every application of a checked document: (number, finding); nothing is kept yet.

    Raises InputFault with the faults of all applications: ADP020 a number twice, ADP021 a project that names a file, ADP022 submitted
    after the document was made; those of project files, each with the application's place.
    """
    faults: list[Fault] = []
    projects = []
    seen: dict[str, int] = {}
    for row, item in enumerate(document["applications"]):
        place = Place(f"{name}#{path_of(['applications', row])}")
        if item["number"] in seen:
            told = f"办件编号 {item['number']} 与第 {seen[item['number']] + 1} 件重复"
            faults.append(Fault("ADP020", told, place, "每件一个编号"))
        seen.setdefault(item["number"], row)
        if item["submitted"] > document["made"]:
            faults.append(Fault("ADP022", f"提交日期 {item['submitted']} 晚于文件的日期", place, "核对日期"))
        location = item["project"].get("location")
        if isinstance(location, dict) and location.get("file") is not None:
            faults.append(Fault("ADP021", "办件不能引用文件", place, "把图形写进 location.geometry"))
            continue
        raw = {"name": item["applicant"]["name"], "on": item["submitted"], **item["project"]}
        try:
            projects.append((item["number"], project_from(raw, screener.law)))
        except InputFault as error:
            faults += [
                Fault(fault.code, f"{item['number']}：{fault.message}", place, fault.help) for fault in error.faults
            ]
    found = []
    for number, project in projects:
        try:
            found.append((number, screener.screen(project)))
        except InputFault as error:
            faults += [
                Fault(fault.code, f"{number}：{fault.message}", Place(name), fault.help) for fault in error.faults
            ]
    if faults:
        raise InputFault(faults)
    return found


def results_document(findings: Iterable[tuple[str | None, str, Mapping[str, Any]]], made: date) -> dict[str, Any]:
    """Findings as results for the service platform: (number of the application or None, id, finding)."""
    results, demo = [], False
    for number, name, found in findings:
        demo = demo or any(
            "演示数据" in str(item.get("message", "")) or item.get("kind") == "layer"
            for item in found.get("doubts", ())
        )
        project = found.get("project") or {}
        results.append({
            "number": number, "finding": name, "digest": found["digest"], "project": project.get("name"), "on": project.get("on"),
            "decision": found["decision"], "decision_label": DECISION.get(found["decision"], found["decision"]),
            "reasons": [
                {"rule": item["rule"], "decision": item["decision"], "effect": item["effect"], "state": item["state"],
                 "cites": [f"{cite['instrument']}#{cite['clause']}" if cite.get("clause") else cite["instrument"] for cite in item["cites"]]}
                for item in found.get("reasons", ())
            ],
            "missing": [item["question"] or item["fact"] for item in found.get("missing", ())],
        })  # fmt: skip
    return envelope("service-results", made, demo, results=results)
