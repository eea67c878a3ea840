"""Cases opened from a finding, by the applicant or at the window."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Field, Schema

from greenrule.casework.filing_procedure import fits
from greenrule.casework.report_words import DECISION, DEMO
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.desk.organisations import Organisation
from greenrule.store.desk.records import load_finding
from greenrule.store.desk.roles import Person
from greenrule.store.filings import cases
from greenrule.store.filings.cases import Actor
from greenrule.store.filings.models import UNSETTLED, Case, Project
from greenrule.web.api.access import May, once
from greenrule.web.api.filing_parts import answer, asking, router, steps_for
from greenrule.web.filing_desk import APPLICANT_STEPS, actor, handling_choices, judge, kind_of, law, site_of, today
from greenrule.web.filing_views import case_json, organisation_json
from greenrule.web.problems import Problem


class Opening(Schema):
    """A case to be opened from a finding; `again`: although the same is being handled already."""

    finding: str = Field(max_length=64)
    kind: str = Field(max_length=40)
    handling: int | None = None
    organisation: int | None = None
    applicant: str = Field("", max_length=200)
    area: str = Field("", max_length=6)
    again: bool = False


# -- opening -------------------------------------------------------------------------------------------------
@router.get("/filings/choices", auth=May("filings.apply"), summary="由结论申报：可选的种类和承办单位")
def choices(request: HttpRequest, finding: str) -> dict[str, Any]:
    """What a filing from a finding would be: kinds (the ones that fit the finding marked), who can handle it, for whom one applies."""
    return _choices(asking(request), finding, "filings.apply")


@router.get("/filings/cases/choices", auth=May("filings.handle"), summary="代为登记：可选的种类和承办单位")
def choices_at_window(request: HttpRequest, finding: str) -> dict[str, Any]:
    """The same for the window that registers papers handed in."""
    return _choices(asking(request), finding, "filings.handle")


def _choices(person: Person, name: str, permission: str) -> dict[str, Any]:
    finding = load_finding(name)
    place = site_of(finding)
    own = (
        Organisation.objects.filter(pk__in=person.at(permission)).order_by("pk")
        if permission == "filings.apply"
        else []
    )
    return {
        "finding": name, "title": finding.get("title"), "decision": finding["decision"], "decision_label": DECISION.get(finding["decision"]),
        **place, "notices": finding.get("notices") or [],
        "kinds": [{"id": item.id, "label": item.label, "fits": fits(finding, item.id)} for item in law().kinds.values()],
        "handling": [organisation_json(item) for item in handling_choices(place["area"] or "")],
        "organisations": [organisation_json(item) for item in own],
    }  # fmt: skip


@router.post("/filings/mine", auth=May("filings.apply"), summary="申报一个项目", response={201: dict})
@once
def open_mine(request: HttpRequest, asked: Opening, who: str = "public") -> tuple[int, str]:
    """Open a case from a finding for one's own organisation; the window then receives it."""
    person = asking(request)
    numbers = person.at("filings.apply")
    if asked.organisation not in numbers and not (asked.organisation is None and len(numbers) == 1):
        told = "说明为哪个单位申报（organisation）" if numbers else "您的账户没有挂在任何申报单位之下"
        raise InputFault(Fault("DSK043", told, Place("organisation"), "见 GET /filings/choices 的 organisations"))
    own = Organisation.objects.get(pk=asked.organisation or numbers[0])
    case = _open(asked, own, own.name, Actor(person.name, person.user, own))
    return answer(case_json(case, today(), APPLICANT_STEPS), 201)


@router.post("/filings/cases", auth=May("filings.handle"), summary="窗口登记一个申报", response={201: dict})
@once
def open_at_window(request: HttpRequest, asked: Opening, who: str = "public") -> tuple[int, str]:
    """Open a case for an applicant who came to the window."""
    person = asking(request)
    if not asked.applicant.strip():
        raise InputFault(Fault("DSK044", "没有写申请单位", Place("applicant"), "写申请单位全称"))
    own = Organisation.objects.filter(name=asked.applicant.strip(), sort__in=("enterprise", "consultant")).first()
    with transaction.atomic():
        case = _open(asked, own, asked.applicant.strip(), actor(person, "filings.handle", asked.area or None))
        if not person.acts("filings.handle", case.handling_id, case.handling.area):
            raise Problem(403, f"{case.handling.name} 承办的办件不在您的辖区")
    return answer(case_json(case, today(), steps_for(person, case.pk)), 201)


def _open(asked: Opening, own: Organisation | None, applicant: str, by: Actor) -> Case:
    kind = kind_of(asked.kind)
    finding = load_finding(asked.finding)
    place = site_of(finding)
    if place["area"] and asked.area and place["area"] != asked.area:
        told = f"结论的场址在 {place['county']}（{place['area']}），不是 {asked.area}"
        raise InputFault(Fault("DSK045", told, Place("area"), "以场址为准：不写 area"))
    area = place["area"] or asked.area
    if not (area.isascii() and area.isdigit() and len(area) == 6):
        told = "结论没有场址，无法确定所在县" if not asked.area else f"`{asked.area}` 不是六位县级代码"
        raise InputFault(Fault("DSK045", told, Place("area"), "写 area，例如 140105；或先补上场址再审查"))
    offered = handling_choices(area)
    handling = (
        next((item for item in offered if item.pk == asked.handling), None)
        if asked.handling
        else next(iter(offered), None)
    )
    if handling is None:
        names = "、".join(f"{item.name}（{item.pk}）" for item in offered) or "没有：请管理员先登记主管部门"
        raise InputFault(Fault("DSK046", f"辖区 {area} 没有这个承办单位", Place("handling"), f"可选：{names}"))
    same = Case.objects.filter(
        finding_id=asked.finding, kind=asked.kind, project__applicant=applicant, state__in=UNSETTLED
    ).first()
    if same is not None and not asked.again:
        told = f"同一结论的{kind.label}已在办理：{same.number or '未收件'}（办件 {same.pk}）"
        raise InputFault(
            Fault(
                "DSK074", told, Place("finding"), "打开原来的办件；要重新申报，先撤回它；确要另立一件，写 again: true"
            )
        )
    industries = "、".join(item["code"] for item in finding.get("industries") or ())
    with transaction.atomic():
        project = Project(
            name=str(finding.get("title") or "未命名项目")[:200], applicant=applicant, organisation=own, industry=industries[:40],
            area=area, county=place["county"] or "", lon=place["lon"], lat=place["lat"], asked=finding["project"],
            finding_id=asked.finding, demo=DEMO in (finding.get("notices") or ()),
        )  # fmt: skip
        project._history_user = by.user
        project.save()
        return cases.open_case(project, asked.kind, handling, actor=by, today=today(), judge=judge)
