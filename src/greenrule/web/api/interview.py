"""The shortest interview, one question a request: the server keeps nothing, the asker sends what was answered so far."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from greenrule.casework.asking import state
from greenrule.casework.interview import Interview
from greenrule.casework.project import project_from
from greenrule.web.api.access import once
from greenrule.web.api.findings import refuse_files
from greenrule.web.engine import engine

router = Router()


class Talk(Schema):
    """What is known so far, and what is to be decided."""

    project: dict[str, Any] = Field(default_factory=dict)
    goals: list[str] = Field(default_factory=lambda: ["access"], min_length=1, max_length=20)
    checklists: bool = True


@router.post("/interview", summary="下一个问题", response={200: dict})
@once
def next_question(request: HttpRequest, talk: Talk, who: str = "public") -> tuple[int, str]:
    """The next question that can still matter, or that none is left; answers go into `project` (facts: `"?"` is unknown)."""
    refuse_files(talk.project)
    with engine().asked() as screener:
        found = Interview(
            screener, project_from(talk.project, screener.law), tuple(talk.goals), checklists=talk.checklists
        )
        return 200, json.dumps(state(found), ensure_ascii=False, default=str)
