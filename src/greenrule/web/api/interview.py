"""The shortest interview, one question a request: the server keeps nothing, the asker sends what was answered so far."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from greenrule.casework.asking import state
from greenrule.casework.interview import Interview
from greenrule.casework.project import project_from
from greenrule.casework.question import Question, unknown
from greenrule.core.tongue import said
from greenrule.web.api.access import once
from greenrule.web.api.findings import refuse_files
from greenrule.web.engine import engine
from greenrule.web.problems import Problem
from greenrule.web.tongues import labelled

router = Router()


class Talk(Schema):
    """What is known so far, and what is to be decided."""

    project: dict[str, Any] = Field(default_factory=dict)
    goals: list[str] = Field(default_factory=lambda: ["access"], min_length=1, max_length=20)
    checklists: bool = True
    asked: list[str] | None = None
    answer: Any = None
    skip: bool = False
    placeless: bool = False


@router.post("/interview", summary="下一个问题", response={200: dict})
@once
def next_question(request: HttpRequest, talk: Talk, who: str = "public") -> tuple[int, str]:
    """The next question that can still matter, or that none is left.

    Answers go into `project` (facts: `"?"` is unknown), or into `answer` (`skip`: nobody knows), which is read as the answer to the
    question that `project` leads to; `asked` names the facts that were shown, so that an answer never goes to another question.
    The `project` that comes back has the answer in it.  `placeless`: nobody knows where the project is.
    """
    refuse_files(talk.project)
    with engine().asked() as screener:
        found = Interview(
            screener, project_from(talk.project, screener.law), tuple(talk.goals), checklists=talk.checklists
        )
        placeless = talk.placeless
        _pass_place(found, placeless)
        if talk.skip or talk.answer is not None:
            question = _answer(found, talk)
            placeless = placeless or (talk.skip and question.sort == "place")
            _pass_place(found, placeless)
        told = state(found) | ({"placeless": True} if placeless else {})
        # What nobody knows is part of what is known so far: the server keeps nothing from which it could tell next time.
        unknowns = dict.fromkeys(sorted(found.standing.skipped), "?")
        if unknowns:
            told["project"] = told["project"] | {"facts": unknowns | told["project"].get("facts", {})}
    return 200, json.dumps(labelled(told), ensure_ascii=False, default=str)


def _pass_place(found: Interview, placeless: bool) -> None:
    if placeless and found.question is not None and found.question.sort == "place":
        found.skip()


def _answer(found: Interview, talk: Talk) -> Question:
    question = found.question
    if question is None or (talk.asked is not None and list(question.facts) != talk.asked):
        raise Problem(409, said("问题已经变了：请按新的问题回答"))
    if talk.skip or (isinstance(talk.answer, str) and unknown(talk.answer)):
        found.skip()
    else:
        found.answer(talk.answer)
    return question
