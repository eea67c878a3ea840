"""A project whose finding is held against the present."""

from __future__ import annotations

from datetime import date
from typing import Any

PROJECT = {
    "name": "某焦化项目", "on": "2026-11-21", "industry": "2521", "nature": "new",
    "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}, "facts": {"capacity": "106 万吨/年"},
}  # fmt: skip
DAY = date(2026, 11, 25)


def saved(screener: Any, project: dict[str, Any] | None = None) -> str:
    from greenrule.casework.project import project_from
    from greenrule.store.desk.records import save_finding

    return save_finding(screener.screen(project_from(project or PROJECT, screener.law)), "test")


def held(name: str, screener: Any, day: date = DAY) -> Any:
    from greenrule.web.watching import check, stamp_of

    return check(name, screener, stamp_of(screener, day), day)
