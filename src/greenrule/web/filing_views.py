"""Cases and what belongs to them as plain data for the wire: English keys, Chinese labels beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from greenrule.casework.filing import EVENTS, STATES, Standing, publication_clock
from greenrule.casework.filing_ledger import CHECKS, DECISIONS
from greenrule.casework.filing_procedure import procedure
from greenrule.casework.filing_row import Row
from greenrule.casework.filingcase import clock_json, standing_json
from greenrule.casework.report_words import DECISION, DEMO
from greenrule.store.desk.organisations import Organisation
from greenrule.store.desk.roles import LEVELS
from greenrule.store.filings.models import (
    CLAIM_STATES,
    LISTS,
    Attachment,
    Case,
    CaseEvent,
    Claim,
    KeyProject,
    Liaison,
    Opinion,
    Project,
)
from greenrule.web.engine import engine
from greenrule.web.filing_desk import kind_of, law, standing_of, today

OPINIONS = {"agree": "同意", "conditional": "附条件同意", "disagree": "不同意"}


def organisation_json(item: Organisation) -> dict[str, Any]:
    """An organisation."""
    return {"id": item.pk, "name": item.name, "area": item.area, "level": item.level, "level_label": LEVELS[item.level]}


def row_json(case: Case, day: date) -> dict[str, Any]:
    """A case in a list, as it stands on a day."""
    row = Row(
        case.state,
        case.tell_by,
        case.decide_by,
        case.owed_by,
        case.answer_by,
        case.paused,
        case.waiting,
        case.owed,
        case.sure,
    )
    state = row.state_on(day)
    ends = {"received": case.tell_by, "accepted": None if case.paused else case.decide_by}.get(state)
    return {
        "id": case.pk, "number": case.number, "version": case.version, "kind": case.kind, "kind_label": kind_of(case.kind).label,
        "state": state, "state_label": STATES[state], "project": {"id": case.project_id, "name": case.project.name},
        "applicant": case.project.applicant, "industry": case.project.industry, "area": case.area, "county": case.project.county,
        "handling": {"id": case.handling_id, "name": case.handling.name, "area": case.handling.area},
        "received": case.received, "accepted": case.accepted, "decided": case.decided, "due": ends, "late": row.late_on(day),
        "days_left": (ends - day).days if ends is not None else None, "paused": case.paused, "waiting": case.waiting,
        "answer_by": case.answer_by, "owed": case.owed, "owed_by": case.owed_by, "holidays_known": case.sure,
        "decision": case.decision or None, "decision_label": DECISIONS.get(case.decision), "against_finding": case.against_finding,
        "commitment": case.commitment or None, "commitment_label": CHECKS.get(case.commitment),
        "finding": case.finding_id, "finding_says": case.finding_says or None,
        "finding_label": DECISION.get(case.finding_says), "notices": [DEMO] if case.demo else [],
    }  # fmt: skip


def case_json(case: Case, day: date, may: Iterable[str]) -> dict[str, Any]:
    """A whole case on a day; `may`: the steps that the reader may take, where they are possible."""
    standing = standing_of(case, day)
    steps = [what for what in standing.possible if what in set(may)]
    return row_json(case, day) | {
        "reason": case.reason or None, "opened": case.opened, "opened_by": case.opened_by, "imported": case.imported,
        "standing": _standing(standing), "published": published_json(case.kind, day),
        "steps": [{"event": what, "label": EVENTS[what]} for what in steps],
        "events": [event_json(item) for item in case.events.order_by("seq")],
        "opinions": [opinion_json(item, day) for item in case.opinions.order_by("pk")],
        "claims": [claim_json(item) for item in case.claims.order_by("pk")],
        "attachments": [attachment_json(item) for item in case.attachments.order_by("pk")],
        "liaisons": [liaison_json(item) for item in liaisons_of(case)],
        "key_lists": [key_json(item) for item in case.project.listings.filter(until=None)],
    }  # fmt: skip


def _standing(standing: Standing) -> dict[str, Any]:
    """Where a case stands, each clock with its clauses as a page names them."""
    out = standing_json(standing) | {"state_label": STATES[standing.state]}
    _name_clauses(out["clocks"])
    return out


def _name_clauses(clocks: Iterable[dict[str, Any]]) -> None:
    with engine().asked() as screener:
        machine = screener.machine(today())
        for clock in clocks:
            clock["clauses"] = [machine.citation(cite).to_json() for cite in clock["cites"]]
            for clause in clock["clauses"]:  # an instrument whose clauses are not registered has no words for them
                clause["clause_label"] = clause.get("label") or clause.get("clause")


def published_json(kind: str, day: date) -> dict[str, Any]:
    """Until when, at least, what is published on a day stays so: a proposed decision, and acceptance merged with it; None: no text says."""
    out: dict[str, Any] = {}
    for what, merged in (("proposed", False), ("merged", True)):
        clock = publication_clock(kind_of(kind), law(), day, merged=merged)
        out[what] = clock_json(clock) if clock is not None else None
    _name_clauses(clock for clock in out.values() if clock is not None)
    return out


def basis_of(clock: dict[str, Any]) -> str:
    """What a period rests on, in words for a paper."""
    clauses = "、".join(
        f"{cite.get('number') or '《' + str(cite.get('title')) + '》'}{cite.get('clause_label') or ''}"
        for cite in clock["clauses"]
    )
    counted = "个工作日" if clock["counting"] == "working" else "日"
    sure = "" if clock["sure"] else "；期限凭记忆录入，请核对原文"
    return f"自 {clock['since']} 起不少于 {clock['days']} {counted}，{clauses}{sure}"


def procedure_of(kind: str) -> list[str]:
    """The steps of a kind of filing and their periods, in words for a paper."""
    with engine().asked() as screener:
        machine = screener.machine(today())
        return procedure([kind_of(kind)], law(), lambda cite: machine.citation(cite).text)


def contacts_of(case: Case) -> list[str]:
    """Whom an applicant asks: the handling organisation, who received the papers and stays answerable, the liaison officers there."""
    out = [f"承办单位：{case.handling.name}"]
    first = case.events.filter(event="received").order_by("seq").first()
    if first is not None:
        out.append(f"首问责任人：{first.who}（{first.day} 收件）")
    own = case.project.organisation_id
    out += [
        f"联络员：{item.person}（{item.organisation.name}）{item.phone}".rstrip()
        for item in liaisons_of(case) if own is None or item.organisation_id != own
    ]  # fmt: skip
    return out


def liaisons_of(case: Case) -> Iterable[Liaison]:
    """Whom to call about a case: those of the project, of its handling organisation, of its applicant."""
    from django.db.models import Q

    who = Q(project=case.project) | Q(project=None, organisation=case.handling)
    if case.project.organisation_id:
        who |= Q(project=None, organisation=case.project.organisation_id)
    return Liaison.objects.select_related("organisation").filter(who, active=True).order_by("pk")[:20]


def event_json(item: CaseEvent) -> dict[str, Any]:
    """One thing that happened."""
    return {"seq": item.seq, "event": item.event, "label": EVENTS.get(item.event, item.event), "day": item.day, "who": item.who,
            "at": item.at, "data": item.data}  # fmt: skip


def opinion_json(item: Opinion, day: date) -> dict[str, Any]:
    """What a department was asked and said."""
    return {
        "id": item.pk, "department": item.department, "organisation": item.organisation_id, "asked": item.asked,
        "question": item.question, "until": item.until, "given": item.given, "says": item.says or None,
        "says_label": OPINIONS.get(item.says), "opinion": item.opinion or None,
        "late": item.until is not None and (item.given or day) > item.until,
    }  # fmt: skip


def claim_json(item: Claim) -> dict[str, Any]:
    """A contested fact with both outcomes."""
    return {
        "id": item.pk, "fact": item.fact, "label": item.label, "value": item.value, "evidence": item.evidence, "outcomes": item.outcomes,
        "state": item.state, "state_label": CLAIM_STATES[item.state], "filed": item.filed, "filed_by": item.filed_by,
        "decided": item.decided, "decided_by": item.decided_by or None, "reason": item.reason or None,
    }  # fmt: skip


def attachment_json(item: Attachment) -> dict[str, Any]:
    """A file, without its bytes."""
    return {"id": item.pk, "name": item.name, "purpose": item.purpose, "media": item.media, "size": item.size, "digest": item.digest,
            "who": item.who, "at": item.at, "claim": item.claim_id}  # fmt: skip


def liaison_json(item: Liaison) -> dict[str, Any]:
    """A liaison officer."""
    return {"id": item.pk, "person": item.person, "phone": item.phone, "area": item.area, "project": item.project_id,
            "organisation": {"id": item.organisation_id, "name": item.organisation.name}, "active": item.active,
            "version": item.version, "notices": [DEMO] if item.demo else []}  # fmt: skip


def key_json(item: KeyProject) -> dict[str, Any]:
    """An entry of a list of key projects."""
    return {"id": item.pk, "name": item.name, "applicant": item.applicant, "listed": item.listed, "listed_label": LISTS[item.listed],
            "area": item.area, "paper": item.paper, "since": item.since, "until": item.until, "project": item.project_id,
            "note": item.note, "version": item.version, "notices": [DEMO] if item.demo else []}  # fmt: skip


def project_json(item: Project) -> dict[str, Any]:
    """A project of the register."""
    return {
        "id": item.pk, "name": item.name, "applicant": item.applicant, "organisation": item.organisation_id, "industry": item.industry,
        "area": item.area, "county": item.county, "lon": item.lon, "lat": item.lat, "finding": item.finding_id,
        "version": item.version, "notices": [DEMO] if item.demo else [],
    }  # fmt: skip


def ledger_rows(cases: Iterable[Case], day: date) -> Iterable[Mapping[str, Any]]:
    """Cases as rows of the ledger, with whom to call: the liaison officers of the project, else those of who handles it."""
    of_project, of_office = defaultdict(list), defaultdict(list)
    for item in Liaison.objects.filter(active=True).order_by("pk"):
        told = f"{item.person} {item.phone}".strip()
        if item.project_id is not None:
            of_project[item.project_id].append(told)
        else:
            of_office[item.organisation_id].append(told)
    for case in cases:
        called = of_project.get(case.project_id) or of_office.get(case.handling_id) or ()
        yield {**_ledger_row(case, day), "liaison": "；".join(called) or None}


def _ledger_row(case: Case, day: date) -> Mapping[str, Any]:
    row = row_json(case, day)
    silent = ["逾期未告知补正，视为受理"] if case.state == "received" and row["state"] == "accepted" else []
    return {
        "number": case.number, "project": case.project.name, "applicant": case.project.applicant, "industry": case.project.industry,
        "area": case.area, "organisation": case.handling.name, "kind": row["kind_label"], "state": row["state_label"],
        "received": case.received, "accepted": case.accepted, "decide_by": case.decide_by, "decided": case.decided,
        "decision": row["decision_label"], "finding": case.finding_id, "finding_says": row["finding_label"],
        "reason": case.reason if case.against_finding else None, "owed": case.owed or None, "commitment": row["commitment_label"],
        "remark": "；".join([*silent, *row["notices"]]) or None,
    }  # fmt: skip
