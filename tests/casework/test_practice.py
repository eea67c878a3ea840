"""Questions that nobody asked: all are answered, and what is asked afterwards is answered as if they had not been."""

from __future__ import annotations

from greenrule.casework.practice import practise
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.core.seal import canonical
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_law


def test_practice_changes_no_answer(demo_workspace: Workspace) -> None:
    practised, fresh = (Screener(shared_law(), demo_workspace) for _ in range(2))
    assert practise(practised) == 12
    project = project_from(
        {"name": "甲", "industry": "2521", "nature": "new", "location": {"point": [112.55, 37.87]}}, shared_law()
    )
    assert canonical(practised.screen(project)) == canonical(fresh.screen(project))


def test_practice_needs_no_layers() -> None:
    assert practise(Screener(shared_law())) == 12
