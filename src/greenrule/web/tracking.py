"""What the records tell of a year or of five, for the tracking report of an area."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import greenrule.casework.tracking_paper as papers
from greenrule.casework.layerlife import due, history
from greenrule.casework.paper import Paper
from greenrule.casework.report_words import DECISION
from greenrule.casework.screening import open_screener
from greenrule.core.clock import china_today
from greenrule.spatial.overlay import areas_m2
from greenrule.store.desk.models import Audit, Finding
from greenrule.store.planning.models import PROBLEM_STATES, Narrative, Problem
from greenrule.store.workspace import Workspace

_CLASSES = {"priority": "优先保护单元", "key": "重点管控单元", "general": "一般管控单元"}


def report_paper(folder: Path, kind: str, area: str, year: int, tell: Callable[[str, float], None]) -> Paper:
    """The report of an area as a paper, from the records of the period."""
    first, last = papers.period(kind, year)
    workspace = Workspace.open(folder)
    screener = open_screener(folder)
    tell("统计单元", 0.1)
    units, where, demo = _units(workspace, area, min(last, china_today()))
    tell("统计结论", 0.4)
    findings = _findings(area, first, last)
    tell("统计问题", 0.7)
    problems = [
        {"number": item.number, "title": item.title, "place": item.place, "found_on": item.found_on, "state": item.state,
         "organisation": item.organisation.name if item.organisation else None,
         "late": item.state != "closed" and item.deadline is not None and item.deadline < min(last, china_today())}
        for item in Problem.objects.select_related("organisation").filter(
            area__startswith=area, found_on__gte=first, found_on__lte=last).order_by("found_on", "id")
    ]  # fmt: skip
    years = _years(workspace, area, first.year, min(last, china_today()).year, findings) if kind == "five_year" else ()
    instrument, clause = screener.law.instruments.find(papers.CITE)
    source = f"{instrument.number or '《' + instrument.title['zh'] + '》'}{clause.label if clause else ''}"
    standing = papers.Standing(
        where, area, first, last, history(workspace, "control_unit"), units, sum(findings.values(), Counter()), (), problems, texts(kind, area, year),
        due(workspace, screener.law, min(last, china_today())) if kind == "five_year" else (), years, demo,
    )  # fmt: skip
    return papers.tracking_paper(kind, standing, source, PROBLEM_STATES, DECISION)


def _years(
    workspace: Workspace, area: str, first: int, last: int, findings: Mapping[int, Counter[str]]
) -> list[papers.Year]:
    """Every year of the period that has begun, by itself."""
    out = []
    # Most years end with the version that they began with.
    told: dict[object, list[tuple[str, int, float]]] = {}
    for year in range(first, last + 1):
        begin, end = date(year, 1, 1), min(date(year, 12, 31), china_today())
        version = workspace.layers(end).get("control_unit")
        if version not in told:
            told[version] = _units(workspace, area, end)[0]
        units = told[version]
        found = Problem.objects.filter(area__startswith=area, found_on__gte=begin, found_on__lte=end)
        out.append(
            papers.Year(
                year, {name: (count, size) for name, count, size in units} if units else None, findings.get(year, {}),
                found.count(), found.filter(state="closed").count(),
            )
        )  # fmt: skip
    return out


def texts(kind: str, area: str, year: int) -> dict[str, str]:
    """Section → the latest text that was written for it."""
    found: dict[str, str] = {}
    for row in Narrative.objects.filter(kind=kind, area=area, year=year).order_by("id"):
        found[row.section] = row.text
    return found


def _units(workspace: Workspace, area: str, on: date) -> tuple[list[tuple[str, int, float]], str, bool]:
    layers = workspace.layers(on)
    city = layers.get("city")
    names: dict[str, str] = {}
    if city is not None:
        columns = workspace.read(city).columns
        names = {str(code)[:4]: str(name) for code, name in zip(columns["code"], columns["name"], strict=True)}
        names |= {
            str(code)[:2]: str(name)
            for code, name in zip(columns["code"], columns.get("province") or columns["name"], strict=True)
        }
    version = layers.get("control_unit")
    if version is None:
        return [], names.get(area, area), False
    frame = workspace.read(version)
    counties = frame.columns.get("county_code") or [None] * len(frame)
    sizes = areas_m2(frame.geometry)
    count: Counter[str] = Counter()
    land: dict[str, float] = {}
    for row, (code, name) in enumerate(zip(counties, frame.columns["class"], strict=True)):
        if str(code or "").startswith(area):
            count[str(name)] += 1
            land[str(name)] = land.get(str(name), 0.0) + float(sizes[row])
    return (
        [(_CLASSES.get(name, name), count[name], land[name] / 1e6) for name in sorted(count, key=list(_CLASSES).index)],
        names.get(area, area),
        version.demo,
    )


def _findings(area: str, first: date, last: date) -> dict[int, Counter[str]]:
    """Year → decision → findings first saved in it that touch a unit of the area (codes of units hold the county's)."""
    seen: set[str] = set()
    out: defaultdict[int, Counter[str]] = defaultdict(Counter)
    rows = Audit.objects.filter(
        action="save_finding", at__gte=first.isoformat(), at__lt=f"{last.isoformat()}U"
    ).order_by("seq")
    for name, at in rows.values_list("subject", "at").iterator():
        if name in seen:
            continue
        seen.add(name)
        body = Finding.objects.filter(id=name).values_list("body", flat=True).first()
        found = json.loads(body) if body else {}
        if any(str(unit.get("code", ""))[2:].startswith(area) for unit in found.get("units", ())):
            out[int(str(at)[:4])][str(found.get("decision"))] += 1
    return out
