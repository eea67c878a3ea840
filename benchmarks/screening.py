"""One whole screening with the workspace loaded: from a project to a sealed finding."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.measure import Section, figures_of, turns
from benchmarks.sites import point_projects, polygon_projects
from greenrule.casework.screening import Screener

POINT_TARGET_S = 0.030
POLYGON_TARGET_S = 0.100


def run(screener: Screener, quick: bool) -> Section:
    """p50 and p95 of `Screener.screen` over random sites and six trades."""
    section = Section("一次完整审查（工作区已装载）")
    points = point_projects(screener, 40 if quick else 300)
    polygons = polygon_projects(screener, 10 if quick else 60)
    sizes: list[int] = []

    def ask(project: Any) -> None:
        screener.screen(project)

    for project in points[:6] + polygons[:2]:
        finding = screener.screen(project)
        sizes.append(len(json.dumps(finding, ensure_ascii=False)))
    section.figures += figures_of("点状项目", turns({"greenrule": ask}, points), target=POINT_TARGET_S)
    section.figures += figures_of("5,000 点多边形项目", turns({"greenrule": ask}, polygons), target=POLYGON_TARGET_S)
    law = screener.law.book
    section.notes.append(
        f"规则 {len(law.rules)} 条、事实 {len(law.facts)} 个；结论为 {min(sizes) / 1024:.0f}—{max(sizes) / 1024:.0f} KB JSON，"
        "含依据、缺项追问、可改之处、边界距离和摘要。没有做同样事情的公开软件可比，只比目标；其中可比的两部分见下两表。"
    )
    return section
