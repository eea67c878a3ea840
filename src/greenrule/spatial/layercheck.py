"""Checks of a layer before it becomes a version: each with a severity and the features named.

Errors keep the layer out; warnings go with it into the report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.crs import CHINA
from greenrule.spatial.frame import Frame
from greenrule.spatial.layerread import LayerKind
from greenrule.spatial.overlay import areas_m2
from greenrule.spatial.validity import find_flaws

#: Overlaps and gaps below this area are digitising noise, reported as warnings: m². A working value, not a legal one.
SLIVER_M2 = 100.0

#: How many findings of one check are shown to a person.
MOST_SHOWN = 20

#: Shared areas below this are rounding, not drawing: m².
_ROUNDING_M2 = 1e-4


@dataclass(frozen=True)
class Finding:
    """One thing found: severity `error` or `warning`, which check, which features, where, how large."""

    severity: str
    check: str
    message: str
    features: tuple[str, ...] = ()
    at: tuple[float, float] | None = None
    area_m2: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"severity": self.severity, "check": self.check, "message": self.message, "features": list(self.features),
                "at": list(self.at) if self.at else None, "area_m2": self.area_m2}  # fmt: skip


@dataclass
class CheckReport:
    """All findings of one layer."""

    kind: str
    features: int
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """Findings that keep the layer out."""
        return [item for item in self.findings if item.severity == "error"]

    def shown(self, severity: str) -> tuple[list[Finding], int]:
        """The findings of one severity that a person reads — the largest of each check — and how many more there
        are."""
        out: list[Finding] = []
        count: dict[str, int] = {}
        some = [item for item in self.findings if item.severity == severity]
        for item in sorted(some, key=lambda item: -(item.area_m2 or 0.0)):
            count[item.check] = count.get(item.check, 0) + 1
            if count[item.check] <= MOST_SHOWN:
                out.append(item)
        return out, len(some) - len(out)

    def text(self) -> str:
        """The report for people; `to_json` holds every finding."""
        lines = [f"{self.features} 个要素，{len(self.errors)} 处错误，{len(self.findings) - len(self.errors)} 处提示"]
        for severity, word in (("error", "错误"), ("warning", "提示")):
            shown, more = self.shown(severity)
            lines += [
                f"[{word}] {item.message}" + (f"（{item.at[0]:.5f}, {item.at[1]:.5f}）" if item.at else "")
                for item in shown
            ]
            lines += [f"[{word}] 另有 {more} 处同类{word}，见 JSON 报告"] if more else []
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "kind": self.kind,
            "features": self.features,
            "errors": len(self.errors),
            "findings": [f.to_json() for f in self.findings],
        }


def check_frame(kind: LayerKind, frame: Frame, sliver_m2: float = SLIVER_M2) -> CheckReport:
    """Extent, validity, codes, classes and, for coverages, overlaps and gaps."""
    report = CheckReport(kind.id, len(frame))
    names = _names(frame)
    _extent(frame, names, report)
    sound = _validity(frame, names, report)
    if kind.code is not None and "code" in frame.columns:
        _codes(kind, frame, report)
    if "code" in frame.columns:
        _duplicates(frame, report)
    _words(kind, frame, report)
    if kind.coverage and sound:
        _overlaps(frame, names, report, sliver_m2)
        _gaps(frame, report, sliver_m2)
    elif kind.coverage:
        report.findings.append(Finding("warning", "overlap", "有无效图形，未检查重叠与空洞；改正后再查"))
    return report


def _names(frame: Frame) -> list[str]:
    column = frame.columns.get("code") or frame.columns.get("name") or [None] * len(frame)
    return [str(value) if value is not None else f"第{number}个" for number, value in enumerate(column, 1)]


def _extent(frame: Frame, names: list[str], report: CheckReport) -> None:
    west, south, east, north = CHINA
    bounds = shapely.bounds(frame.geometry)
    outside = ~((bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north))
    if outside.any():
        first = [names[i] for i in np.flatnonzero(outside)[:5]]
        report.findings.append(
            Finding("error", "extent", f"{int(outside.sum())} 个要素在中国范围之外：{'、'.join(first)}", tuple(first))
        )


def _validity(frame: Frame, names: list[str], report: CheckReport) -> bool:
    bad = np.flatnonzero(~shapely.is_valid(frame.geometry))
    for index in bad:
        flaws = find_flaws(frame.geometry[index])
        lon, lat = (flaws[0].lon, flaws[0].lat) if flaws else (None, None)
        at = (lon, lat) if lon is not None and lat is not None else None
        said = flaws[0].message if flaws else "图形无效"
        report.findings.append(Finding("error", "validity", f"{names[index]}：{said}", (names[index],), at))
    return len(bad) == 0


def _codes(kind: LayerKind, frame: Frame, report: CheckReport) -> None:
    assert kind.code is not None
    pattern = re.compile(kind.code.pattern)
    classes = frame.columns.get("class") or [None] * len(frame)
    for code, said in zip(frame.columns["code"], classes, strict=True):
        match = pattern.fullmatch(str(code or ""))
        if match is None:
            report.findings.append(Finding("error", "code", f"编码 `{code}` 不合格式", (str(code),)))
            continue
        meant = kind.code.classes.get(match[kind.code.class_group])
        if said is not None and meant != said:
            report.findings.append(
                Finding("error", "class", f"{code} 的编码表示 {meant}，分类字段写 {said}", (str(code),))
            )


def _duplicates(frame: Frame, report: CheckReport) -> None:
    seen: dict[str, int] = {}
    for code in frame.columns["code"]:
        seen[str(code)] = seen.get(str(code), 0) + 1
    for code, count in seen.items():
        if count > 1:
            report.findings.append(Finding("error", "duplicate", f"编码 `{code}` 出现 {count} 次", (code,)))


def _overlaps(frame: Frame, names: list[str], report: CheckReport, sliver_m2: float) -> None:
    geometry = frame.geometry
    if shapely.coverage_is_valid(geometry):
        return
    tree = shapely.STRtree(geometry)
    one, other = tree.query(geometry, predicate="intersects")
    pairs = [
        (a, b)
        for a, b in zip(one.tolist(), other.tolist(), strict=True)
        if a < b and not shapely.touches(geometry[a], geometry[b])
    ]
    for a, b in pairs:
        common = shapely.intersection(geometry[a], geometry[b])
        parts = [part for part in shapely.get_parts(common) if part.geom_type == "Polygon"]
        area = float(np.sum(areas_m2(np.array(parts, dtype=object)))) if parts else 0.0
        if area <= _ROUNDING_M2:
            continue
        at = shapely.point_on_surface(max(parts, key=lambda part: part.area))
        severity = "error" if area > sliver_m2 else "warning"
        report.findings.append(Finding(severity, "overlap", f"{names[a]} 与 {names[b]} 重叠 {area:,.0f} 平方米", (names[a], names[b]),
                                       (float(at.x), float(at.y)), round(area, 1)))  # fmt: skip


def _gaps(frame: Frame, report: CheckReport, sliver_m2: float) -> None:
    whole = shapely.union_all(frame.geometry)
    holes = [
        shapely.Polygon(ring)
        for part in shapely.get_parts(whole)
        if part.geom_type == "Polygon"
        for ring in part.interiors
    ]
    for hole, area in zip(holes, areas_m2(np.array(holes, dtype=object)).tolist() if holes else [], strict=True):
        at = shapely.point_on_surface(hole)
        severity = "error" if area > sliver_m2 else "warning"
        report.findings.append(
            Finding(severity, "gap", f"空洞 {area:,.0f} 平方米", (), (float(at.x), float(at.y)), round(area, 1))
        )


def _words(kind: LayerKind, frame: Frame, report: CheckReport) -> None:
    """What the rules will ask for and the layer does not say: columns that are missing, values that stand for
    nothing."""
    for spec in kind.fields.values():
        if not spec.words:
            continue
        if spec.name not in frame.columns:
            report.findings.append(Finding("warning", "words", f"没有“{spec.label}”一栏，依据它的判断无从作出"))
            continue
        known = set(spec.words.values())
        said = {part for value in frame.columns[spec.name] if value is not None for part in str(value).split(";")}
        strange = sorted(part for part in said - known if part.lower() not in known)
        if strange:
            told = f"“{spec.label}”有不认识的值：{'、'.join(strange[:5])}；照原样保留，可用：{'、'.join(spec.words)}"
            report.findings.append(Finding("warning", "words", told))
