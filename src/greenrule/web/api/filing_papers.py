"""Papers of a case: one-time notice, commitment, merged publication."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query

from greenrule.casework.filing import against
from greenrule.casework.filing_ledger import DECISIONS as DECISION_LABELS
from greenrule.casework.filing_notice import commitment, notice, publication
from greenrule.casework.paper import lay_out
from greenrule.store.desk.records import load_finding
from greenrule.store.filings.models import Case
from greenrule.web.api.access import May
from greenrule.web.api.filing_parts import asking, router
from greenrule.web.filing_desk import official_case, own_case, today
from greenrule.web.filing_views import basis_of, contacts_of, procedure_of, published_json, row_json
from greenrule.web.problems import Problem

_MEDIA = {
    "html": "text/html; charset=utf-8", "pdf": "application/pdf", "text": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


# -- papers --------------------------------------------------------------------------------------------------
@router.get(
    "/filings/cases/{int:number}/papers/{which}.{fmt}", auth=May("filings.read"), summary="告知书、承诺书、公示"
)
def paper(
    request: HttpRequest, number: int, which: str, fmt: str, decision: str = "", reason: str = "", until: date | None = None,
    contact: Query[str] = "",
) -> HttpResponse:  # fmt: skip
    """The one-time notice (notice), the commitment, the merged publication of acceptance and proposed decision, as html, text, docx, pdf.

    `until`: how long it is published; without it as long as the law asks, counted from today, where a text says so.
    """
    case = official_case(asking(request), number)
    return _paper(case, which, fmt, {"decision": decision, "reason": reason, "until": until, "contact": contact})


@router.get("/filings/mine/{int:number}/papers/{which}.{fmt}", auth=May("filings.apply"), summary="我的告知书、承诺书")
def own_paper(request: HttpRequest, number: int, which: str, fmt: str) -> HttpResponse:
    """The same papers for the applicant."""
    return _paper(own_case(asking(request), number), which, fmt, {})


def _paper(case: Case, which: str, fmt: str, said: dict[str, Any]) -> HttpResponse:
    if which not in ("notice", "commitment", "publication") or fmt not in _MEDIA:
        raise Problem(404, f"没有 {which}.{fmt}：可用 notice、commitment、publication 的 html、text、docx、pdf")
    finding = load_finding(case.finding_id) if case.finding_id else None
    if finding is None and which != "publication":
        raise Problem(404, "这个办件没有依据的结论，不能生成文书")
    if which == "publication":
        decision = said.get("decision") or case.decision
        row, until, basis = row_json(case, today()), str(said.get("until") or ""), None
        period = published_json(case.kind, today())["merged"]
        if not until and period is not None and period["end"]:
            until, basis = period["end"], basis_of(period)
        made = publication({
            "number": case.number, "kind_label": row["kind_label"], "applicant": case.project.applicant, "project": case.project.name,
            "organisation": case.handling.name, "received": str(case.received or ""), "accepted": str(case.accepted or ""),
            "decision_label": DECISION_LABELS.get(str(decision)), "until": until, "basis": basis, "contact": said.get("contact"),
            "reason": (said.get("reason") or case.reason) if against(case.finding_says, str(decision)) else None, "marks": row["notices"],
        }, finding)  # fmt: skip
    elif which == "notice":
        made = notice(finding or {}, procedure_of(case.kind), contacts_of(case))
    else:
        made = commitment(finding or {})
    out = HttpResponse(lay_out(made, fmt), content_type=_MEDIA[fmt])
    if fmt in ("docx", "pdf"):
        out["Content-Disposition"] = f'attachment; filename="{which}-{case.pk}.{fmt}"'
    return out
