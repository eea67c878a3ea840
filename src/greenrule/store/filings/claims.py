"""Contested facts: filed with evidence, both outcomes kept beside each other, decided with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.records import log
from greenrule.store.filings.cases import Actor, held, say, set_finding, subject
from greenrule.store.filings.models import CLAIM_STATES, Case, Claim

#: A case with more open claims than this is a quarrel, not a procedure.
_MOST_OPEN = 50


def file_claim(
    case: Case,
    *,
    fact: str,
    label: str,
    value: Any,
    evidence: str,
    outcomes: Mapping[str, Any],
    actor: Actor,
    today: date,
) -> Claim:
    """File a claim on a case that is not settled.  Raises InputFault DSK020 settled · DSK021 the fact is contested already."""
    with transaction.atomic():
        case = held(case.pk, None)
        if case.state == "closed":
            raise InputFault(Fault("DSK020", "已办结的办件不再提出事实争议", None, "另行申报，或申请复议"))
        open_ones = list(case.claims.filter(state="open"))
        if any(item.fact == fact and item.value == value for item in open_ones) or len(open_ones) >= _MOST_OPEN:
            raise InputFault(Fault("DSK021", f"“{label}”已有同样的主张待裁定", None, "补充依据写在原主张之下（附件）"))
        claim = Claim.objects.create(
            case=case, fact=fact, label=label, value=value, evidence=evidence, outcomes=dict(outcomes), filed=today,
            filed_by=actor.told, organisation=actor.organisation,
        )  # fmt: skip
        log(actor.name, "claim.filed", f"{subject(case)}/claim/{claim.pk}", _told(outcomes))
        say(case, "claim.filed", {"claim": claim.pk, "fact": fact, "label": label})
    return claim


def decide_claim(number: int, *, state: str, reason: str, actor: Actor, today: date, case_version: int | None) -> Claim:
    """Uphold or reject a claim, with a reason.  Where it is upheld and has a finding of its own, the case rests on that from then on.

    Raises InputFault DSK022 decided already · DSK023 no such decision, or no reason; Moved.
    """
    if state not in ("upheld", "rejected"):
        told = f"可用：upheld（{CLAIM_STATES['upheld']}）、rejected（{CLAIM_STATES['rejected']}）"
        raise InputFault(Fault("DSK023", f"不能裁定为 `{state}`", None, told))
    if not reason.strip():
        raise InputFault(Fault("DSK023", "裁定缺 reason", None, "写明理由；理由始终可见"))
    with transaction.atomic():
        claim = Claim.objects.select_related("case").get(pk=number)
        case = held(claim.case_id, case_version)
        claim.refresh_from_db()
        if claim.state != "open":
            told = f"{claim.decided_by} 已于 {claim.decided} 裁定：{CLAIM_STATES[claim.state]}"
            raise InputFault(Fault("DSK022", told, None, "刷新后查看"))
        claim.state, claim.reason, claim.decided, claim.decided_by = state, reason, today, actor.told
        claim.save()
        claimed = claim.outcomes.get("sides", [{}, {}])[1]
        if state == "upheld" and claimed.get("finding") and case.state not in ("decided", "closed"):
            set_finding(case, claimed["finding"], claimed["outcomes"]["access"]["value"])
            case.project.finding_id = claimed["finding"]
            case.project.version += 1
            case.project._history_user = actor.user
            case.project.save()
        log(actor.name, f"claim.{state}", f"{subject(case)}/claim/{claim.pk}", str(claimed.get("finding") or ""))
        say(case, f"claim.{state}", {"claim": claim.pk, "fact": claim.fact, "label": claim.label})
    return claim


def _told(outcomes: Mapping[str, Any]) -> str:
    return " ".join(str(side.get("finding") or side.get("text")) for side in outcomes.get("sides", ()))[:200]
