"""One whole screening with the workspace loaded: from a project to a sealed finding."""

from __future__ import annotations

import json
import time

from benchmarks.measure import Section, figures_of
from benchmarks.sites import point_projects, polygon_projects
from greenrule.casework.project import Project
from greenrule.casework.screening import Screener

POINT_TARGET_S = 0.030
POLYGON_TARGET_S = 0.100


def run(screener: Screener, quick: bool) -> Section:
    """p50 and p95 of `Screener.screen` over random sites and six trades."""
    section = Section("一次完整审查（工作区已装载）")
    points = point_projects(screener, 40 if quick else 300)
    polygons = polygon_projects(screener, 10 if quick else 60)
    sizes: list[int] = []

    for project in points[:6] + polygons[:2]:
        sizes.append(len(json.dumps(screener.screen(project), ensure_ascii=False)))
    for question, projects, target in (
        ("点状项目", points, POINT_TARGET_S),
        ("5,000 点多边形项目", polygons, POLYGON_TARGET_S),
    ):
        wall, busy = _both_clocks(screener, projects)
        section.figures += figures_of(question, {"greenrule": wall}, target=target)
        section.figures += figures_of(question, {"greenrule, CPU time of the thread": busy})
    law = screener.law.book
    section.notes.append(
        f"规则 {len(law.rules)} 条、事实 {len(law.facts)} 个；结论为 {min(sizes) / 1024:.0f}—{max(sizes) / 1024:.0f} KB JSON，"
        "含依据、缺项追问、可改之处、边界距离和摘要。没有做同样事情的公开软件可比，只比目标；其中可比的两部分见下两表。"
        "第二行是线程自身的 CPU 时间，不含等待机器上其他工作的时间：两行的差就是当时的干扰。"
    )
    return section


def _both_clocks(screener: Screener, projects: list[Project]) -> tuple[list[float], list[float]]:
    """Seconds on the wall and on the CPU for each project, asked once: a second time it would find things remembered."""
    wall, busy = [], []
    for project in projects:
        start, spent = time.perf_counter(), time.thread_time()
        screener.screen(project)
        wall.append(time.perf_counter() - start)
        busy.append(time.thread_time() - spent)
    return wall, busy
