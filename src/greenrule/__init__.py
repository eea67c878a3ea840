"""Greenrule (绿尺): a province's ecological-environment policy as something one can ask.

>>> import greenrule
>>> finding = greenrule.screen({"name": "甲", "industry": "2521", "nature": "new"})
>>> finding["decision"] in ("prohibited", "restricted", "allowed", "undetermined")
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenrule.casework.interview import Interview

__all__ = ["interview", "screen"]


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


def interview(
    project: Mapping[str, Any] | Path | str | None = None,
    workspace: Path | str | None = None,
    goal: str | Iterable[str] = "access",
    **options: Any,
) -> Interview:
    """The shortest interview about a project, for one decision or several; nothing is asked that cannot matter.

    The object does no input or output: `question`, `answer`, `skip`, `back`, `possible`, `finding`.
    Errors: `greenrule.core.errors.InputFault` as for `screen`; ASK006 for a decision that does not exist.
    """
    from greenrule.casework.interview import Interview
    from greenrule.casework.project import project_from, read_projects
    from greenrule.casework.screening import open_screener

    screener = open_screener(workspace)
    if project is None or isinstance(project, Mapping):
        start = project_from(dict(project or {}), screener.law)
    else:
        start = read_projects(Path(project), screener.law)[0]
    return Interview(screener, start, (goal,) if isinstance(goal, str) else tuple(goal), **options)
