"""Contested facts and files of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Form, Schema, UploadedFile

from greenrule.casework.contested import both_outcomes, contested_fact, current_value
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.desk.records import load_finding, save_finding
from greenrule.store.desk.roles import Person
from greenrule.store.filings.attachments import MOST_BYTES, attach, content
from greenrule.store.filings.claims import decide_claim, file_claim
from greenrule.store.filings.models import Attachment, Case, Claim
from greenrule.web.api.access import May, once
from greenrule.web.api.filing_parts import answer, asking, guarded, router
from greenrule.web.engine import engine
from greenrule.web.filing_desk import actor, official_case, own_case, today
from greenrule.web.filing_views import attachment_json, claim_json
from greenrule.web.problems import Problem


class Claimed(Schema):
    """Somebody says that a fact is otherwise; on what evidence."""

    fact: str = Field(min_length=1, max_length=200)
    value: str | bool | int | float | list[str] | None = None
    evidence: str = Field(min_length=1, max_length=8000)


class Judged(Schema):
    """What is decided of a claim, and why; `version`: the case as it was read."""

    state: str
    reason: str = Field(max_length=8000)
    version: int


class Purpose(Schema):
    """What a file is for."""

    purpose: str = Field("", max_length=100)
    claim: int | None = None


def _party(person: Person, number: int) -> tuple[Case, Any]:
    """A case and who acts in it: the applicant, or an official who may read it."""
    if Case.objects.filter(pk=number, project__organisation__in=person.at("filings.apply")).exists():
        case = own_case(person, number)
        return case, actor(person, "filings.apply", own=case.project.organisation_id)
    case = official_case(person, number)
    return case, actor(person, "claims.file", case.area)


@router.get("/filings/cases/{int:number}/contest", auth=May("claims.file"), summary="预看一个事实两种取值的结果")
def preview(request: HttpRequest, number: int, fact: str, value: str = "") -> dict[str, Any]:
    """What would come out with the value as the finding has it and with another; nothing is kept."""
    case, _ = _party(asking(request), number)
    return _outcomes(case, fact, value or None)[0]


@router.post(
    "/filings/cases/{int:number}/claims", auth=May("claims.file"), summary="对一个事实提出异议", response={201: dict}
)
@once
def post_claim(request: HttpRequest, number: int, said: Claimed, who: str = "public") -> tuple[int, str]:
    """File a claim; both outcomes are computed and shown until it is decided.  Applicants claim in their own cases, officials in their area."""
    case, by = _party(asking(request), number)
    found, findings = _outcomes(case, said.fact, said.value)
    for side, finding in zip(found["sides"], findings, strict=True):
        side["finding"] = save_finding(finding, by.name) if finding is not None else None
    claim = file_claim(
        case, fact=found["fact"], label=found["label"], value=found["sides"][1]["value"], evidence=said.evidence, outcomes=found,
        actor=by, today=today(),
    )  # fmt: skip
    return answer(claim_json(claim), 201)


def _outcomes(case: Case, fact: str, value: Any) -> tuple[dict[str, Any], list[dict[str, Any] | None]]:
    """Both outcomes without the whole findings, and those."""
    if case.finding_id is None:
        raise InputFault(Fault("DSK060", "这个办件没有依据的结论，无从比较", None, "先审查项目，再由结论立案"))
    project = load_finding(case.finding_id)["project"]
    with engine().asked() as screener:
        spec, _ = contested_fact(screener.law, fact, "?" if value is None else value)
        own = current_value(screener, project, spec.id)
        found = both_outcomes(screener, project, spec.id, [own, value])
    if found["sides"][0]["value"] == found["sides"][1]["value"]:
        told = f"结论采用的“{found['label']}”已是 {found['sides'][0]['text']}"
        raise InputFault(Fault("DSK061", told, Place("value"), "写与结论不同的值"))
    return found, [side.pop("finding") for side in found["sides"]]


@router.post(
    "/filings/claims/{int:number}/decision", auth=May("claims.decide"), summary="裁定有争议的事实", response={200: dict}
)
@once
@guarded
def judge_claim(request: HttpRequest, number: int, said: Judged, who: str = "public") -> tuple[int, str]:
    """Uphold or reject a claim, with the reason; upheld, the case rests on the finding with the claimed value."""
    person = asking(request)
    claim = Claim.objects.filter(pk=number).first()
    if claim is None:
        raise Problem(404, f"没有编号为 {number} 的主张")
    case = official_case(person, claim.case_id, "claims.decide")
    by = actor(person, "claims.decide", case.handling.area)
    done = decide_claim(
        number, state=said.state, reason=said.reason, actor=by, today=today(), case_version=said.version
    )
    return answer(claim_json(done))


# -- files ---------------------------------------------------------------------------------------------------
@router.post(
    "/filings/cases/{int:number}/attachments", auth=May("claims.file"), summary="上传附件", response={201: dict}
)
@once
def upload(
    request: HttpRequest, number: int, file: File[UploadedFile], said: Form[Purpose], who: str = "public"
) -> tuple[int, str]:
    """Add a file: PDF, OFD, DOCX, XLSX, PNG or JPEG of at most 20 MB, by the applicant or an official of the area."""
    case, by = _party(asking(request), number)
    if (file.size or 0) > MOST_BYTES:
        raise Problem(413, f"附件超过 {MOST_BYTES // 1024 // 1024} MB")
    claim = None
    if said.claim is not None:
        claim = case.claims.filter(pk=said.claim).first()
        if claim is None:
            raise InputFault(
                Fault("DSK062", f"这个办件没有编号为 {said.claim} 的主张", Place("claim"), "不写 claim，或写对编号")
            )
    row = attach(
        Path(settings.WORKSPACE), case, file.name or "附件", file.read(), purpose=said.purpose, actor=by, claim=claim
    )
    return answer(attachment_json(row), 201)


@router.get("/filings/cases/{int:number}/attachments/{int:file}", auth=May("claims.file"), summary="下载附件")
def download(request: HttpRequest, number: int, file: int) -> HttpResponse:
    """The bytes of a file, always as a download."""
    case, _ = _party(asking(request), number)
    row = Attachment.objects.filter(case=case, pk=file).first()
    if row is None:
        raise Problem(404, f"没有编号为 {file} 的附件")
    out = HttpResponse(content(Path(settings.WORKSPACE), row), content_type=row.media)
    out.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(row.name)}"
    out.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return out


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
