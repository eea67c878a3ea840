"""The two sides of a comparison from what a reader names: a project file, a finding, or a finding saved in a workspace."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.casework.comparing import Side, default_on
from greenrule.casework.project import project_from, read_projects
from greenrule.casework.screening import Screener
from greenrule.casework.verifying import known_day, read_finding
from greenrule.core.errors import Fault, InputFault, Place

_SAVED = re.compile(r"F[0-9a-f]{16}")
_NUMBERED = re.compile(r"(.+)#([1-9][0-9]*)")


def open_side(
    name: str,
    text: str,
    screener: Screener,
    on: date | None = None,
    known: date | None = None,
    repair: bool = False,
) -> Side:
    """One side: `project.yaml`, `projects.xlsx#3` (the third), `finding.json`, or the id of a finding saved in the workspace.

    A finding is asked again as it was: on its day, as known on its known day, over its layer versions; `on` and `known`
    ask otherwise.  Where the packs are others than its own and say otherwise, a note tells so.
    CMP001 several projects and no number · CMP002 no project of that number · CMP003 the finding rests on layers, and no
    workspace is given · CMP004 a saved finding, and no workspace is given.
    """
    said = _finding(text, screener)
    if said is not None:
        return _again(name, text, said, screener, on, known)
    if known is not None:
        screener = replace(screener, known=known, _machines={}, _grounds={})
    numbered = None if Path(text).exists() else _NUMBERED.fullmatch(text)
    path = Path(numbered[1] if numbered else text)
    projects = read_projects(path, screener.law, on, repair=repair)
    if numbered is None and len(projects) > 1:
        help = f"写成 {path}#1 至 {path}#{len(projects)} 指明哪一个"
        raise InputFault(Fault("CMP001", f"文件里有 {len(projects)} 个项目", Place(str(path)), help))
    number = int(numbered[2]) if numbered else 1
    if number > len(projects):
        raise InputFault(
            Fault("CMP002", f"没有第 {number} 个项目", Place(str(path)), f"文件里有 {len(projects)} 个项目，从 1 数起")
        )
    return Side.of(name, projects[number - 1], screener, repair)


def _finding(text: str, screener: Screener) -> dict[str, Any] | None:
    """The finding that a text names, None where it names a project."""
    path = Path(text)
    if _SAVED.fullmatch(text) and not path.exists():
        if screener.workspace is None:
            raise InputFault(Fault("CMP004", f"结论 {text} 存在工作区里", None, "加上 `--workspace 目录`"))
        return screener.workspace.load_finding(text)
    if path.suffix.lower() != ".json" or not path.is_file():
        return None
    head = path.read_bytes()[: 1 << 20]
    # A project is a mapping too: only a finding has a digest.
    return read_finding(path) if b'"digest"' in head and b'"reasons"' in path.read_bytes() else None


def _again(name: str, text: str, said: dict[str, Any], screener: Screener, on: date | None, known: date | None) -> Side:
    layers = said["versions"].get("layers") or {}
    if layers and screener.workspace is None:
        raise InputFault(
            Fault("CMP003", "这份结论用了图层，没有工作区不能重问", Place(text), "加上做出它的 `--workspace 目录`")
        )
    as_it_was = on is None and known is None
    own = replace(
        screener,
        known=known or known_day(said),
        pinned=layers if as_it_was and layers else None,
        _machines={},
        _grounds={},
    )
    project = default_on(project_from(said["project"], own.law), on)
    side = Side.of(name, project, own, repair=True)
    if as_it_was and side.finding["decision"] != said["decision"]:
        side.notes.append(
            f"{text} 原来的结论是 {said['decision']}，按现有政策包重问得 {side.finding['decision']}；这里比较的是重问的"
        )
    elif as_it_was and said["versions"].get("packs") != side.finding["versions"]["packs"]:
        side.notes.append(f"{text} 是用另一版政策包做出的，这里按现有政策包重问")
    return side
