"""Filings as cases: the desk's list of today, registers, steps, opinions, decisions, papers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from ninja import Field, Query, Schema

from greenrule.casework.filing import DECISIONS, EVENTS, STATES, against
from greenrule.casework.filing_ledger import CHECKS as CHECK_LABELS
from greenrule.casework.filing_ledger import DECISIONS as DECISION_LABELS
from greenrule.casework.report_words import DECISION
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.desk.areas import ALL, either
from greenrule.store.filings import cases
from greenrule.store.filings.agenda import agenda, first_of, in_state, late, newest_of
from greenrule.store.filings.cases import Actor
from greenrule.store.filings.models import Case, KeyProject
from greenrule.web.api.access import May, once
from greenrule.web.api.filing_parts import HANDLING, answer, asking, guarded, page, router, steps_for
from greenrule.web.filing_desk import (
    APPLICANT_STEPS,
    actor,
    areas_below,
    judge,
    kind_of,
    law,
    official_case,
    own_case,
    readable,
    renewed,
    standings_of,
    today,
)
from greenrule.web.filing_views import OPINIONS, case_json, row_json
from greenrule.web.problems import Problem

_MOST = 200


#: A word that is the beginning of a 收件号.
_NUMBER = re.compile(r"\d{6}[\d-]*")
#: Above this the desk says "more"; nobody works through a list that is longer.
_COUNTED = 999


class Filter(Schema):
    """What a register of cases is filtered by."""

    area: str = ""
    state: str = ""
    kind: str = ""
    text: str = Field("", max_length=100)
    handling: int | None = None
    late: bool | None = None
    key: bool = False
    against: bool = False
    commitment: str = ""
    after: int | None = None
    size: int = 50


class Step(Schema):
    """A step of a case; which of the rest it needs depends on the event.  `version`: the case as it was read."""

    event: str = Field(max_length=30)
    version: int
    day: date | None = None
    items: list[str] = Field(default_factory=list, max_length=100)
    until: date | None = None
    reason: str = Field("", max_length=4000)
    result: str = Field("", max_length=4000)
    kept: bool | None = None
    note: str = Field("", max_length=4000)


class AskedOne(Schema):
    """One department that is asked."""

    department: str = Field(min_length=1, max_length=200)
    until: date | None = None
    question: str = Field("", max_length=4000)


class Asked(Schema):
    """Opinions asked of several departments at once, each with its own limit."""

    version: int
    departments: list[AskedOne] = Field(min_length=1, max_length=30)


class Opined(Schema):
    """What a department says; an officer may write down for it what came on paper (`department`)."""

    version: int | None = None
    says: str
    opinion: str = Field(min_length=1, max_length=8000)
    department: str = Field("", max_length=200)
    day: date | None = None


class Decided(Schema):
    """A decision; against the finding it needs the reason."""

    version: int
    decision: str
    reason: str = Field("", max_length=8000)
    paper: str = Field("", max_length=200)


# -- reading -------------------------------------------------------------------------------------------------
@router.get("/filings/kinds", auth=May("filings.read"), summary="办件种类、步骤、时限")
def kinds(request: HttpRequest) -> dict[str, Any]:
    """The kinds of filings with their limits, and the words for states and steps."""
    return {
        "kinds": [
            {"id": item.id, "label": item.label, "days": item.decide.days, "counting": item.decide.counting, "from": item.since,
             "cites": [item.decide.cite], "sure": item.decide.sure, "note": item.decide.note}
            for item in law().kinds.values()
        ],
        "states": STATES, "events": EVENTS, "decisions": DECISION_LABELS, "opinions": OPINIONS,
    }  # fmt: skip


@router.get("/filings/today", auth=May("filings.read"), summary="今天要办的")
def desk_today(request: HttpRequest, within: Query[int] = 5, size: Query[int] = 50) -> dict[str, Any]:
    """Cases that are late, that fall due within so many days, that wait for others, and that nobody has received yet."""
    day, size = today(), max(1, min(size, _MOST))
    renewed()
    scopes, until = readable(asking(request)), day + timedelta(days=max(0, min(within, 60)))
    parts = {
        name: first_of(scopes, branches, _COUNTED + 1 if name != "owed" else size)
        for name, branches in agenda(day, until).items()
    }
    rows = _rows({number for part in parts.values() for number in part[:size]})
    owed = [rows[number] for number in parts.pop("owed")]
    out: dict[str, Any] = {"day": day, "until": until}
    for name, part in parts.items():
        out[name] = {
            "count": min(len(part), _COUNTED),
            "more": len(part) > _COUNTED,
            "items": [row_json(rows[number], day) for number in part[:size]],
        }
    out["owed"] = [
        {"case": row_json(case, day),
         "items": [{"item": name, "until": end, "late": day > end} for name, end in standing.owed.items()]}
        for case, standing in zip(owed, standings_of(owed, day), strict=True)
    ]  # fmt: skip
    return out


def _rows(numbers: Iterable[int]) -> dict[int, Case]:
    """Cases by number, with what a line of a list tells of them."""
    return Case.objects.select_related("project", "handling").in_bulk(list(numbers))


def filtered(asked: Filter) -> tuple[Any, list[Q], list[str]]:
    """What the filter says: cases that fit, the branches one of which they must fit besides, and words that they must hold."""
    day = today()
    rows, branches, words = Case.objects.all(), [ALL], list[str]()
    if asked.area:
        rows = rows.filter(areas_below(asked.area))
    if asked.state:
        branches = in_state(asked.state, day)
    if asked.kind:
        rows = rows.filter(kind=kind_of(asked.kind).id)
    if asked.handling is not None:
        rows = rows.filter(handling=asked.handling)
    if asked.late:
        branches = [branch & part for branch in branches for part in late(day)]
    elif asked.late is not None:
        rows = rows.exclude(either(late(day)))
    if asked.commitment:
        if asked.commitment not in CHECK_LABELS:
            told = f"没有 `{asked.commitment}` 这种核查情况"
            raise InputFault(Fault("DSK054", told, Place("commitment"), f"可用：{'、'.join(CHECK_LABELS)}"))
        rows = rows.filter(commitment=asked.commitment)
    if asked.against:
        rows = rows.filter(against_finding=True)
    if asked.key:
        rows = rows.filter(Exists(KeyProject.objects.filter(project=OuterRef("project"), until=None)))
    for word in asked.text.split():
        if _NUMBER.fullmatch(word):
            rows = rows.filter(number__startswith=word)
        elif Case.objects.filter(number=word).exists():
            rows = rows.filter(number=word)
        else:
            words.append(word)
    return rows, branches, words


@router.get("/filings/cases", auth=May("filings.read"), summary="办件台账")
def list_cases(request: HttpRequest, asked: Query[Filter]) -> dict[str, Any]:
    """Cases of the areas in which one reads, the newest first; `after` is the `next` of the page before."""
    rows, branches, words = filtered(asked)
    scopes = [scope & branch for scope in readable(asking(request)) for branch in branches]

    def newest(rows: Any, most: int) -> list[Case]:
        found = newest_of(scopes, rows, words, most)
        known = _rows(found)
        return [known[number] for number in found]

    return page(rows, asked.after, asked.size, lambda item: row_json(item, today()), newest)


@router.get("/filings/cases/{int:number}", auth=May("filings.read"), summary="一个办件")
def get_case(request: HttpRequest, number: int, on: date | None = None) -> dict[str, Any]:
    """A case with its timeline, clocks on a day, opinions, claims, files, and the steps that the reader may take."""
    person = asking(request)
    return case_json(official_case(person, number), on or today(), steps_for(person, number))


@router.get("/filings/mine", auth=May("filings.apply"), summary="我的申报")
def list_mine(request: HttpRequest, after: int | None = None, size: Query[int] = 50) -> dict[str, Any]:
    """The cases of the organisations for which one applies, the newest first."""
    rows = Case.objects.filter(project__organisation__in=asking(request).at("filings.apply"))
    return page(
        rows.select_related("project", "handling").order_by("-pk"), after, size, lambda item: row_json(item, today())
    )


@router.get("/filings/mine/{int:number}", auth=May("filings.apply"), summary="我的一个申报")
def get_mine(request: HttpRequest, number: int) -> dict[str, Any]:
    """A case of one's own organisation."""
    return case_json(own_case(asking(request), number), today(), APPLICANT_STEPS)


# -- moving on -----------------------------------------------------------------------------------------------
@router.post("/filings/cases/{int:number}/steps", auth=May("filings.handle"), summary="办理一步", response={200: dict})
@once
@guarded
def post_step(request: HttpRequest, number: int, step: Step, who: str = "public") -> tuple[int, str]:
    """A step by the window or the officer; refused with what is possible now where it is not (422), or where the case moved on (409)."""
    person = asking(request)
    case = official_case(person, number, "filings.handle")
    by = actor(person, "filings.handle", case.handling.area)
    return answer(case_json(_step(case, step, by, HANDLING), today(), steps_for(person, number)))


@router.post(
    "/filings/mine/{int:number}/steps",
    auth=May("filings.apply"),
    summary="补正、补交、承诺、撤回",
    response={200: dict},
)
@once
@guarded
def post_own_step(request: HttpRequest, number: int, step: Step, who: str = "public") -> tuple[int, str]:
    """A step of the applicant: papers completed, tolerated gaps handed in, a commitment, a withdrawal; always of today."""
    person = asking(request)
    case = own_case(person, number)
    if step.day not in (None, today()):
        raise InputFault(Fault("DSK047", "网上提交只能记在当天", Place("day"), "不写 day"))
    by = actor(person, "filings.apply", own=case.project.organisation_id)
    return answer(case_json(_step(case, step, by, APPLICANT_STEPS), today(), APPLICANT_STEPS))


def _step(case: Case, step: Step, by: Actor, allowed: tuple[str, ...]) -> Case:
    if step.event not in allowed:
        names = "、".join(f"{what}（{EVENTS[what]}）" for what in allowed)
        raise InputFault(Fault("DSK048", f"这里不能办 `{step.event}`", Place("event"), f"可办：{names}"))
    item: dict[str, Any] = {"event": step.event, "day": step.day or today()}
    if step.event == "checked":
        if step.kept is None:
            raise InputFault(Fault("DSK053", "事后核查没有写承诺是否做到", Place("kept"), "写 kept: true 或 false"))
        item["kept"] = step.kept
    item |= {key: value for key in ("items", "until", "reason", "result", "note") if (value := getattr(step, key))}
    if step.until is not None and step.until < item["day"]:
        raise InputFault(Fault("DSK049", f"期限 {step.until} 早于当天", Place("until"), "写以后的日期"))
    return cases.add_events(case.pk, [item], version=step.version, actor=by, judge=judge, today=today())


@router.post(
    "/filings/cases/{int:number}/opinions",
    auth=May("filings.handle"),
    summary="同时征求几个部门的意见",
    response={200: dict},
)
@once
@guarded
def ask_opinions(request: HttpRequest, number: int, asked: Asked, who: str = "public") -> tuple[int, str]:
    """Ask several departments at once (parallel approval), each with a limit of its own: all of them or none."""
    person = asking(request)
    case = official_case(person, number, "filings.handle")
    day = today()
    if any(item.until is not None and item.until < day for item in asked.departments):
        raise InputFault(Fault("DSK049", "答复期限早于当天", Place("departments"), "写以后的日期"))
    events = [
        {"event": "opinion_asked", "day": day, "department": item.department.strip(), "until": item.until, "question": item.question}
        for item in asked.departments
    ]  # fmt: skip
    by = actor(person, "filings.handle", case.handling.area)
    case = cases.add_events(case.pk, events, version=asked.version, actor=by, judge=judge, today=day)
    return answer(case_json(case, day, steps_for(person, number)))


@router.post("/filings/cases/{int:number}/opinion", auth=May("filings.opine"), summary="部门答复", response={200: dict})
@once
@guarded
def give_opinion(request: HttpRequest, number: int, said: Opined, who: str = "public") -> tuple[int, str]:
    """The answer of one's own department.  Several departments answer at the same time, so no version is needed."""
    person = asking(request)
    case = official_case(person, number, "filings.opine")
    own = case.opinions.filter(given=None, organisation__in=person.at("filings.opine")).order_by("pk").first()
    if own is None:
        raise Problem(403, "没有征求您所在部门的意见，或已经答复；不在您的辖区")
    by = actor(person, "filings.opine", own=own.organisation_id)
    return answer(case_json(_opinion(case, own.department, said, by), today(), steps_for(person, number)))


@router.post(
    "/filings/cases/{int:number}/paper-opinion",
    auth=May("filings.handle"),
    summary="登记部门的书面答复",
    response={200: dict},
)
@once
@guarded
def write_opinion(request: HttpRequest, number: int, said: Opined, who: str = "public") -> tuple[int, str]:
    """Write down what a department answered on paper."""
    person = asking(request)
    case = official_case(person, number, "filings.handle")
    by = actor(person, "filings.handle", case.handling.area)
    return answer(case_json(_opinion(case, said.department.strip(), said, by), today(), steps_for(person, number)))


def _opinion(case: Case, department: str, said: Opined, by: Actor) -> Case:
    if said.says not in OPINIONS:
        raise InputFault(Fault("DSK050", f"意见不能是 `{said.says}`", Place("says"), f"可用：{'、'.join(OPINIONS)}"))
    item = {
        "event": "opinion_given",
        "day": said.day or today(),
        "department": department,
        "opinion": said.opinion,
        "says": said.says,
    }
    return cases.add_events(case.pk, [item], version=said.version, actor=by, judge=judge, today=today())


@router.post(
    "/filings/cases/{int:number}/decision", auth=May("filings.decide"), summary="作出决定", response={200: dict}
)
@once
@guarded
def decide(request: HttpRequest, number: int, said: Decided, who: str = "public") -> tuple[int, str]:
    """Decide.  Against the finding only with a reason, which stays visible on the case, the finding's page and the ledger."""
    person = asking(request)
    case = official_case(person, number, "filings.decide")
    if said.decision not in DECISIONS:
        raise InputFault(
            Fault("DSK051", f"决定不能是 `{said.decision}`", Place("decision"), f"可用：{'、'.join(DECISIONS)}")
        )
    differs = against(case.finding_says, said.decision)
    if differs and not said.reason.strip():
        told = f"结论是“{DECISION.get(case.finding_says)}”，决定{DECISION_LABELS[said.decision]}与之不一致，须写明理由"
        raise InputFault(Fault("DSK052", told, Place("reason"), "理由在办件、结论页面和台账上始终可见"))
    item = {"event": "decided", "day": today(), "decision": said.decision, "finding": case.finding_id, "against_finding": differs,
            "reason": said.reason.strip(), "paper": said.paper}  # fmt: skip
    by = actor(person, "filings.decide", case.handling.area)
    case = cases.add_events(case.pk, [item], version=said.version, actor=by, judge=judge, today=today())
    return answer(case_json(case, today(), steps_for(person, number)))
