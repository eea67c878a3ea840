"""Greenrule (绿尺): a province's ecological-environment policy as something one can ask.

>>> import greenrule
>>> finding = greenrule.screen({"name": "甲", "industry": "2521", "nature": "new"})
>>> finding["decision"] in ("prohibited", "restricted", "allowed", "undetermined")
True
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["screen"]


def screen(
    project: Mapping[str, Any] | Path | str, workspace: Path | str | None = None, **options: Any
) -> dict[str, Any]:
    """The finding of one project: a mapping as in the contract, or the path of a project file.

    Errors: `greenrule.core.errors.InputFault` with all faults at once.
    """
    from greenrule.casework.project import project_from, read_projects
    from greenrule.casework.screening import open_screener

    screener = open_screener(workspace)
    if isinstance(project, Mapping):
        return screener.screen(project_from(project, screener.law), **options)
    return screener.screen(read_projects(Path(project), screener.law)[0], **options)
