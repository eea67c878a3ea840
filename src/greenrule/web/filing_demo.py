"""The demonstration of the desk, filled with findings of this server's own law and layers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from greenrule.casework.project import project_from
from greenrule.store.filings.demo import Filled, fill
from greenrule.store.workspace import Workspace
from greenrule.web.engine import engine
from greenrule.web.filing_desk import judge, site_of, today


def fill_first(workspace: Path) -> Filled | None:
    """Fill the desk if all layers of the workspace are demonstration data; None where any is not, or there is none."""
    versions = Workspace.open(workspace).layers()
    return fill_demo() if versions and all(version.demo for version in versions.values()) else None


def fill_demo() -> Filled:
    """Fill the desk of a demonstration workspace; a second call makes nothing."""
    return fill(judge, _screened, today())


def _screened(asked: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    with engine().asked() as screener:
        finding = screener.screen(project_from(dict(asked), screener.law))
    return finding, site_of(finding)
