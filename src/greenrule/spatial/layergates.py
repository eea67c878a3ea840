"""Gates before a layer of control units is released: beyond the checks of import, what a bureau must settle before it publishes.

Each gate has a severity – `error` shuts it, `warning` goes with it – and names the features.  Bands and tolerances are
working values of this program, said in each message; none of them is a law's.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.frame import Frame
from greenrule.spatial.layercheck import CheckReport, Finding, check_frame
from greenrule.spatial.layerdatum import check_datum
from greenrule.spatial.layerread import LayerKind
from greenrule.spatial.overlay import areas_m2, lengths_m

#: The number of features of a class may change by this share from one release to the next before it is questioned.
COUNT_BAND = 0.2
#: A county's units may differ from the county's own area by this share.
COUNTY_BAND = 0.001
#: A feature is a sliver when it is this many times longer around than a circle of its area, and smaller than `SLIVER_KM2`.
SLIVER_FORM = 12.0
SLIVER_KM2 = 0.05


def gates(kind: LayerKind, frame: Frame, before: Frame | None = None, counties: Frame | None = None) -> CheckReport:
    """All gates of one version.

    before : the version now published, for the count bands; counties : the county layer (`code`, `name`), for totals and codes
    """
    report = check_frame(kind, frame)
    _nulls(kind, frame, report)
    _slivers(frame, report)
    if before is not None:
        _counts(frame, before, report)
    if counties is not None:
        check_datum(frame, counties, report)
    if counties is not None and "code" in counties.columns:
        _orphans(kind, frame, counties, report)
        if kind.coverage:
            _county_totals(kind, frame, counties, report)
    return report


def _names(frame: Frame) -> list[str]:
    column = frame.columns.get("code") or frame.columns.get("name") or [None] * len(frame)
    return [str(value) if value is not None else f"第{number}个" for number, value in enumerate(column, 1)]


def _nulls(kind: LayerKind, frame: Frame, report: CheckReport) -> None:
    names = _names(frame)
    for spec in kind.fields.values():
        if not (spec.required or spec.name == "class") or spec.name not in frame.columns:
            continue
        empty = [names[row] for row, value in enumerate(frame.columns[spec.name]) if value in (None, "")]
        if empty:
            told = f"“{spec.label}”有 {len(empty)} 处空值：{'、'.join(empty[:5])}"
            report.findings.append(Finding("error", "null", told, tuple(empty)))


def _slivers(frame: Frame, report: CheckReport) -> None:
    """Long thin features: what digitising leaves where two borders do not quite meet."""
    areas = areas_m2(frame.geometry)
    rims = lengths_m(shapely.boundary(frame.geometry))
    form = rims / np.sqrt(4 * np.pi * np.maximum(areas, 1e-9))
    names = _names(frame)
    for row in np.flatnonzero((form > SLIVER_FORM) & (areas < SLIVER_KM2 * 1e6)).tolist():
        at = shapely.point_on_surface(frame.geometry[row])
        told = f"{names[row]} 形如碎屑：{areas[row]:,.0f} 平方米，周长 {rims[row]:,.0f} 米（周长为同面积圆的 {form[row]:.0f} 倍）"
        report.findings.append(
            Finding("warning", "sliver", told, (names[row],), (float(at.x), float(at.y)), round(float(areas[row]), 1))
        )


def _counts(frame: Frame, before: Frame, report: CheckReport) -> None:
    if "class" not in frame.columns or "class" not in before.columns:
        return
    now, then = Counter(map(str, frame.columns["class"])), Counter(map(str, before.columns["class"]))
    for name in sorted({*now, *then}):
        if then[name] == 0 or abs(now[name] - then[name]) > COUNT_BAND * then[name]:
            told = f"类别 {name} 由 {then[name]} 个变为 {now[name]} 个，变动超过 {COUNT_BAND:.0%}（本程序的核对幅度）"
            report.findings.append(Finding("warning", "count", told))


def _orphans(kind: LayerKind, frame: Frame, counties: Frame, report: CheckReport) -> None:
    """Codes whose county part is no county of the loaded layer."""
    if kind.code is None or kind.code.county_group is None or "code" not in frame.columns:
        return
    import re

    pattern, known = re.compile(kind.code.pattern), {str(code)[:6] for code in counties.columns["code"]}
    lost = [str(code) for code in frame.columns["code"]
            if (match := pattern.fullmatch(str(code or ""))) and match[kind.code.county_group] not in known]  # fmt: skip
    if lost:
        told = f"{len(lost)} 个编码的县代码不在县级行政区图层里：{'、'.join(lost[:5])}"
        report.findings.append(Finding("error", "orphan", told, tuple(lost)))


def _county_totals(kind: LayerKind, frame: Frame, counties: Frame, report: CheckReport) -> None:
    """Whether each county's units add up to the county."""
    import re

    if kind.code is None or kind.code.county_group is None or "code" not in frame.columns:
        return
    pattern = re.compile(kind.code.pattern)
    sums: dict[str, float] = {}
    for code, area in zip(frame.columns["code"], areas_m2(frame.geometry).tolist(), strict=True):
        match = pattern.fullmatch(str(code or ""))
        if match:
            sums[match[kind.code.county_group]] = sums.get(match[kind.code.county_group], 0.0) + area
    rows: list[tuple[Any, Any]] = list(
        zip(counties.columns["code"], counties.columns.get("name", counties.columns["code"]), strict=True)
    )
    for (code, name), area in zip(rows, areas_m2(counties.geometry).tolist(), strict=True):
        total = sums.get(str(code)[:6], 0.0)
        if abs(total - area) > COUNTY_BAND * area:
            severity = "error" if total == 0.0 else "warning"
            told = f"{name}（{code}）的单元合计 {total / 1e6:,.1f} 平方公里，县域 {area / 1e6:,.1f} 平方公里（核对幅度 {COUNTY_BAND:.1%}）"
            report.findings.append(Finding(severity, "county", told, (str(name),), None, round(abs(total - area), 1)))
