"""Import a layer: read, check, and only then add an immutable version to the workspace, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.book import default_packs
from greenrule.packs.marked import load_marked, take
from greenrule.spatial.layercheck import CheckReport, check_frame
from greenrule.spatial.layerdatum import check_datum
from greenrule.spatial.layerread import CodeRule, FieldKind, LayerKind, read_layer
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace


@dataclass(frozen=True)
class Imported:
    """What came of an import: the report always, the version only when nothing stood in the way."""

    report: CheckReport
    version: LayerVersion | None


def layer_kinds(path: Path | None = None) -> dict[str, LayerKind]:
    """The kinds of `layers.yaml`; faults of the file are raised together."""
    source = path or default_packs()[0] / "layers.yaml"
    faults: list[Fault] = []
    out: dict[str, LayerKind] = {}
    for name, entry in load_marked(source).mapping()["kinds"].mapping().items():
        found = take(
            entry, {"label": "text", "geometry": ("polygon", "line", "point"), "fields": "mapping"}, {"coverage": "boolean", "code": "any"},
            faults=faults, what=f"图层 {name} ",
        )  # fmt: skip
        fields = {}
        for key, item in (found["fields"] or {}).items():
            part = take(
                item,
                {"label": "text"},
                {"required": "boolean", "aliases": "texts", "words": "mapping"},
                faults=faults,
                what=key,
            )
            words = {word: value.text() for word, value in (part["words"] or {}).items()}
            fields[key] = FieldKind(
                key, part["label"] or key, bool(part["required"]), tuple(part["aliases"] or ()), words
            )
        code = None
        if found["code"] is not None:
            rule = found["code"].plain()
            code = CodeRule(rule["pattern"], rule["class_group"], rule["county_group"], rule["classes"])
        out[name] = LayerKind(
            name, found["label"] or name, found["geometry"] or "polygon", fields, bool(found["coverage"]), code
        )
    if faults:
        raise InputFault(faults)
    return out


def kind_of(name: str) -> LayerKind:
    """A layer kind by id or Chinese label; LAY010 with near names otherwise."""
    kinds = layer_kinds()
    for kind in kinds.values():
        if name in (kind.id, kind.label):
            return kind
    close = near(name, [*kinds, *(kind.label for kind in kinds.values())])
    listed = "、".join(f"{kind.id}（{kind.label}）" for kind in kinds.values())
    raise InputFault(
        Fault(
            "LAY010", f"没有名为 `{name}` 的图层种类", None, f"是否想写 `{close[0]}`？" if close else f"可用：{listed}"
        )
    )


def import_layer(
    workspace: Workspace, kind: LayerKind, path: Path, *, title: str | None = None, source: str | None = None, table: Path | None = None,
    layer: str | None = None, crs: str | None = None, encoding: str | None = None, accuracy_m: float | None = None,
    complete: bool = False, valid_from: date | None = None, valid_to: date | None = None, recorded: date | None = None,
    demo: bool = False, draft: bool = False, who: str = "", progress: Callable[[str, float], None] | None = None,
) -> Imported:  # fmt: skip
    """Read and check a layer file; add it as a version unless the check found errors.

    accuracy_m : stated positional accuracy; None leaves boundary doubts without a measure.
    complete : absence from the layer means "not there"; without it absence stays unknown.
    Errors: those of `read_layer` and of the workspace.
    """
    tell = progress or (lambda stage, fraction: None)
    frame = read_layer(kind, Path(path), layer=layer, crs=crs, encoding=encoding, table=table, progress=progress)
    tell("检查", 0.85)
    report = check_frame(kind, frame)
    day = valid_from or china_today()
    counties = workspace.layers(day, recorded).get("county")
    if counties is not None and kind.id != "county":
        check_datum(frame, workspace.read(counties), report)
    if report.errors:
        return Imported(report, None)
    tell("写入工作区", 0.95)
    version = workspace.import_frame(
        kind.id, replace(frame, meta={**frame.meta, "checks": report.to_json()}), title=title or f"{kind.label}（{Path(path).name}）",
        source=source or f"文件 {Path(path).name}", accuracy_m=accuracy_m, complete=complete, valid_from=day, valid_to=valid_to,
        recorded=recorded, demo=demo, draft=draft, who=who,
    )  # fmt: skip
    tell("完成", 1.0)
    return Imported(report, version)


def refused(path: Path, report: CheckReport) -> InputFault:
    """The errors of a report as faults (LAY020), for the command line."""
    shown, more = report.shown("error")
    place, help = Place(str(path)), "改正后重新导入；工作区未改动"
    faults = [Fault("LAY020", item.message + _spot(item.at), place, help) for item in shown]
    if more:
        rest = f"另有 {more} 处同类错误"
        faults.append(Fault("LAY020", rest, place, "用 `greenrule layer check --format json` 列出全部"))
    return InputFault(faults)


def _spot(at: tuple[float, float] | None) -> str:
    return f"（{at[0]:.5f}, {at[1]:.5f}）" if at else ""
