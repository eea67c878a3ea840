"""What the planner's desk shows of layer versions: whose area they are, findings of checks and differences on the map, edited lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from greenrule.casework.layerimport import kind_of
from greenrule.casework.layerlife import compare, plain, touched
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault, near
from greenrule.spatial.frame import Frame, as_geojson
from greenrule.spatial.layercheck import CheckReport, check_frame
from greenrule.spatial.layerdiff import keys_of
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace

#: Columns that say in which county a feature lies, in order of preference.
_COUNTY_COLUMNS = ("county_code", "city_code")
#: How many pieces of a difference are sent to a map; the rest is in the file to load down.
MOST_PIECES = 2000
_LONGEST_CELL = 2000


def area_of(kind: str, columns: Mapping[str, Sequence[Any]], otherwise: str) -> str:
    """The area code that a layer speaks for: what the county codes of its features share – province, city or county.

    otherwise : where no feature says a county.

    >>> area_of("control_unit", {"county_code": ["140105", "140106"]}, "14")
    '1401'
    """
    codes: list[str] = []
    for name in _COUNTY_COLUMNS:
        codes = [str(value) for value in columns.get(name) or () if value]
        if codes:
            break
    if not codes and kind in ("county", "city"):
        codes = [str(value) for value in columns.get("code") or () if value]
    if not codes:
        return otherwise
    first, last = min(codes), max(codes)  # what these two share, all share
    digits = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[: digits // 2 * 2][:6] or otherwise


def findings_map(report: Mapping[str, Any]) -> dict[str, Any]:
    """The findings of a check that have a place, as GeoJSON points."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": item["at"]},
             "properties": {"severity": item["severity"], "check": item["check"], "message": item["message"],
                            "features": "、".join(item["features"])}}
            for item in report["findings"]
            if item["at"]
        ],
    }  # fmt: skip


def difference(workspace: Workspace, before: LayerVersion, after: LayerVersion) -> dict[str, Any]:
    """Two versions compared, with the land that changed as GeoJSON, largest pieces first, and km² by class.

    Errors: PLD020 two kinds of layer.
    """
    if before.kind != after.kind:
        told = "选同一种图层的两个版本"
        raise InputFault(Fault("PLD020", f"{before.kind} 与 {after.kind} 不是同一种图层", None, told))
    found = compare(workspace, before, after)
    pieces = sorted(found.pieces, key=lambda item: -item.area_m2)
    said = plain(found, before, after, touched(workspace, found))
    said["map"] = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": as_geojson(item.geometry),
             "properties": {"before": item.before, "after": item.after, "old": item.old, "new": item.new,
                            "changed": item.before != item.after, "area_km2": round(item.area_m2 / 1e6, 4)}}
            for item in pieces[:MOST_PIECES]
        ],
    }  # fmt: skip
    said["pieces_left_out"] = max(0, len(pieces) - MOST_PIECES)
    return said


def edited(
    workspace: Workspace, version: LayerVersion, edits: Mapping[str, Mapping[str, Any]]
) -> tuple[Frame, CheckReport]:
    """A version with some cells written anew (feature key → column → value), and what the checks find in it.

    Raises InputFault with all faults: PLD021 no such feature, PLD022 a column that is none or may not be edited, PLD023 a value that
    is no text or is too long or not one of the column's words, PLD024 nothing is changed.
    """
    frame = workspace.read(version)
    kind = kind_of(version.kind)
    rows = {key: row for row, key in enumerate(keys_of(frame))}
    columns: dict[str, list[Any]] = {name: list(values) for name, values in frame.columns.items()}
    faults: list[Fault] = []
    changed = 0
    for key, cells in edits.items():
        if key not in rows:
            close = "、".join(near(key, rows)) or "从清单中选"
            faults.append(Fault("PLD021", f"没有 `{key}` 这个要素", None, close))
            continue
        for name, value in cells.items():
            if name not in columns or name == "code":
                open_to = [item for item in columns if item != "code"]
                told = f"可改：{'、'.join(open_to)}；编码和图形请重新导入图层"
                faults.append(Fault("PLD022", f"{key}：栏目 `{name}` 不能在清单里改", None, told))
                continue
            words = kind.fields[name].words if name in kind.fields else {}
            value = words.get(value, value) if isinstance(value, str) else value
            if value is not None and not isinstance(value, str):
                faults.append(Fault("PLD023", f"{key}.{name} 应是文字", None, "写文字；清空写 null"))
            elif value is not None and len(value) > _LONGEST_CELL:
                faults.append(
                    Fault("PLD023", f"{key}.{name} 有 {len(value)} 字，最多 {_LONGEST_CELL} 字", None, "写短些")
                )
            elif words and value not in words.values():
                faults.append(
                    Fault("PLD023", f"{key}.{name} 没有 `{value}` 这个取值", None, f"可用：{'、'.join(words)}")
                )
            elif columns[name][rows[key]] != value:
                columns[name][rows[key]] = value
                changed += 1
    if not faults and not changed:
        faults.append(Fault("PLD024", "没有改动任何一格", None, "改了再提交"))
    if faults:
        raise InputFault(faults)
    frame = Frame(frame.geometry, dict(columns), frame.meta)
    return frame, check_frame(kind, frame)


def keep_edited(
    workspace: Workspace, version: LayerVersion, frame: Frame, report: CheckReport, source: str, who: str
) -> LayerVersion:
    """Add an edited frame as a draft beside its origin: same title, accuracy and days, a source that names both."""
    meta = {**frame.meta, "checks": report.to_json(), "edited_from": version.seq, "edited_by": who}
    return workspace.import_frame(
        version.kind, replace(frame, meta=meta), title=version.title, source=source, accuracy_m=version.accuracy_m,
        complete=version.complete, valid_from=max(version.valid_from, china_today()), valid_to=version.valid_to,
        demo=version.demo, draft=True, who=who,
    )  # fmt: skip
