"""Cases: opened, moved on by events, each in one transaction with its line in the audit.

What an event may be and what follows from it is said by a judge (`casework`, which lies above): it gets the kind and all events, raises
`InputFault` where the last one cannot be, and returns the columns of `Case` that are worked out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F

from greenrule.core.errors import Fault, InputFault
from greenrule.store.desk.models import Audit
from greenrule.store.desk.organisations import Organisation
from greenrule.store.desk.records import log
from greenrule.store.filings.models import UNSETTLED, Case, CaseEvent, Claim, Opinion, Project
from greenrule.store.records import china_time
from greenrule.store.watching.outbox import emit

Judge = Callable[[str, Sequence[Mapping[str, Any]]], Mapping[str, Any]]

#: Steps that keep or stop a clock of the authority's: their day is the day on which they are written down.  The others are papers
#: that came in, which may be written down later than they came; that can only make a clock end earlier.
_TODAY_ONLY = frozenset({
    "told_once", "accepted", "accepted_tolerant", "not_accepted", "paused", "opinion_asked", "proposed", "decided", "checked", "withdrawn",
})  # fmt: skip


#: Cases that are worked out again in one transaction.
_AT_ONCE = 500
#: Of an event, what those hear who listen.
_TOLD = frozenset({"day", "items", "until", "department", "decision", "against_finding"})


@dataclass(frozen=True)
class Actor:
    """Who does something: the name for the records, the account, and for whom."""

    name: str
    user: Any = None
    organisation: Organisation | None = None

    @property
    def told(self) -> str:
        """The name as the case tells it."""
        return f"{self.organisation.name} {self.name}" if self.organisation is not None else self.name


class Moved(Exception):
    """The case went on since it was read: somebody else did something first."""

    def __init__(self, case: Case, since: Sequence[CaseEvent]) -> None:
        super().__init__(f"case {case.pk} is at version {case.version}")
        self.case, self.since = case, list(since)


def open_case(
    project: Project, kind: str, handling: Organisation, *, actor: Actor, today: date, judge: Judge, imported: bool = False,
    number: str | None = None,
) -> Case:  # fmt: skip
    """A new case of a project, not yet received.

    Raises InputFault DSK010 where the handling organisation does not act in the project's area, those of the judge for the kind.
    """
    if handling.sort not in ("authority", "department") or not project.area.startswith(handling.area):
        told = f"{handling.name} 的辖区（{handling.area}）不含项目所在的 {project.area}"
        raise InputFault(Fault("DSK010", told, None, "选择项目所在县、市或省的主管部门"))
    columns = judge(kind, [])
    with transaction.atomic():
        case = Case.objects.create(
            project=project, kind=kind, finding=project.finding, handling=handling, area=project.area, opened=today,
            finding_says=project.finding.decision or "" if project.finding else "", opened_by=actor.told, imported=imported,
            demo=project.demo, number=number, **columns,
        )  # fmt: skip
        log(actor.name, "filing.opened", subject(case), _digest([kind, project.pk, case.finding_id, handling.pk]))
        say(case, "filing.opened", {})
    return case


def subject(case: Case) -> str:
    """How the audit names a case."""
    return f"case/{case.pk}"


def say(case: Case, event: str, data: Mapping[str, Any]) -> None:
    """Tell whoever listens, inside the transaction: the case as far as it may be told, and what belongs to the event."""
    told = {
        "case": case.pk,
        "number": case.number,
        "project": case.project.name,
        "kind": case.kind,
        "state": case.state,
        **data,
    }
    emit(event, subject(case), told, area=case.area, organisation=case.project.organisation_id)


def held(number: int, version: int | None) -> Case:
    """The case, locked for the rest of the transaction.  Raises Moved where it is not at the version that was read."""
    case = Case.objects.select_for_update(of=("self",)).select_related("project", "handling").get(pk=number)
    if version is not None and case.version != version:
        raise Moved(case, case.events.filter(version__gt=version))
    return case


def raw_events(case: Case) -> list[dict[str, Any]]:
    """The events as `casework.filing.read_events` takes them."""
    return raw_events_of([case.pk])[case.pk]


def raw_events_of(numbers: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """The same of many cases, by number."""
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers}
    rows = CaseEvent.objects.filter(case__in=list(found)).order_by("case", "seq")
    for number, event, day, who, data in rows.values_list("case", "event", "day", "who", "data"):
        found[number].append({**data, "event": event, "day": day, "who": who})
    return found


def add_events(
    number: int, events: Sequence[Mapping[str, Any]], *, version: int | None, actor: Actor, judge: Judge, today: date,
    dated: bool = False,
) -> Case:  # fmt: skip
    """Add events (`event`, `day`, and what belongs to them), all or none; the case as it is then.

    dated : days are taken as they are written, for a ledger or a demonstration; else `DSK011` refuses a day to come, and a day gone
    by for a step that keeps a clock of the authority's.  Raises Moved, and what the judge raises.
    """
    with transaction.atomic():
        case = held(number, version)
        before = raw_events(case)
        for item in events:
            _check_day(item, today, dated)
            added = {key: value for key, value in item.items() if value not in (None, "")} | {"who": actor.told}
            before.append(added)
            columns = judge(case.kind, before)
            _append(case, added, actor)
            _follow(case, added, today)
            for name, value in columns.items():
                setattr(case, name, value)
            told = {key: _plain(value) for key, value in added.items() if key in _TOLD}
            say(case, f"filing.{added['event']}", told)
        case.save()
    return case


def _check_day(item: Mapping[str, Any], today: date, dated: bool) -> None:
    day = item["day"]
    if dated or not isinstance(day, date):
        return
    if day > today:
        raise InputFault(Fault("DSK011", f"{day} 还没有到", None, "写已经发生的日期"))
    if day < today and item.get("event") in _TODAY_ONLY:
        told = f"这一步只能记在当天（{today}），不能补记为 {day}"
        raise InputFault(Fault("DSK011", told, None, "补记会改动法定时限；去掉 day，或写今天"))


def _append(case: Case, item: Mapping[str, Any], actor: Actor) -> None:
    seq = case.events.count() + 1
    case.version += 1
    data = {key: _plain(value) for key, value in item.items() if key not in ("event", "day", "who")}
    event = CaseEvent(
        case=case, seq=seq, event=item["event"], day=item["day"], who=item["who"], user=actor.user, organisation=actor.organisation,
        data=data, at=china_time(), version=case.version,
    )  # fmt: skip
    event.digest = event_digest(event)
    event.save(force_insert=True)
    log(actor.name, f"filing.{event.event}", f"{subject(case)}#{seq}", event.digest)


def _follow(case: Case, item: Mapping[str, Any], today: date) -> None:
    """What an event changes besides the clocks."""
    what = item["event"]
    if what == "received" and case.number is None:
        case.number = _next_number(case, item["day"])
    if what == "received":
        case.received = item["day"]
    elif what == "opinion_asked":
        name = str(item["department"])
        asked = Organisation.objects.filter(name=name).first()
        until = item.get("until")
        Opinion.objects.create(
            case=case, department=name, organisation=asked, asked=item["day"], question=str(item.get("question") or ""),
            until=date.fromisoformat(str(until)) if until else None,
        )  # fmt: skip
    elif what == "opinion_given":
        Opinion.objects.filter(case=case, department=str(item["department"]), given=None).update(
            given=item["day"], opinion=str(item["opinion"]), says=str(item.get("says") or "")
        )
    elif what == "decided":
        case.decided, case.decision = item["day"], item["decision"]
        case.against_finding = bool(item.get("against_finding"))
        case.reason = str(item.get("reason") or "")


def _next_number(case: Case, day: date) -> str:
    """The next 收件号 of an organisation in a year, by area code, organisation, year and count."""
    Organisation.objects.select_for_update().get(pk=case.handling_id)  # two windows of one organisation take turns
    head = f"{case.handling.area}-{case.handling_id}-{day.year}-"
    last = Case.objects.filter(number__startswith=head).order_by("-number").values_list("number", flat=True).first()
    return f"{head}{int(last.rpartition('-')[2]) + 1 if last else 1:05}"


def event_digest(event: CaseEvent) -> str:
    """The digest of what happened; the audit names it."""
    return _digest([event.case_id, event.seq, event.event, str(event.day), event.who, event.data, event.at])


def _digest(plain: Any) -> str:
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def altered() -> list[str]:
    """Events that are not what the audit says was written down, and lines of the audit whose event is gone."""
    said = dict(Audit.objects.filter(action__startswith="filing.", subject__contains="#").values_list("subject", "digest"))  # fmt: skip
    out = []
    for event in CaseEvent.objects.order_by("pk").iterator():
        name = f"case/{event.case_id}#{event.seq}"
        if said.pop(name, None) != event_digest(event):
            out.append(name)
    return out + sorted(said)


def renew(law: str, judge: Judge) -> int:
    """Work out again the days of open cases that were worked out under another law of filings; how many there were."""
    stale = Case.objects.filter(state__in=UNSETTLED).exclude(law=law)
    count = 0
    while True:
        with transaction.atomic():
            rows = list(stale.select_for_update(of=("self",)).order_by("pk")[:_AT_ONCE])
            if not rows:
                return count
            events = raw_events_of(row.pk for row in rows)
            names: set[str] = set()
            for row in rows:
                columns = judge(row.kind, events[row.pk])
                names.update(columns)
                for name, value in columns.items():
                    setattr(row, name, value)
            Case.objects.bulk_update(rows, sorted(names))
            count += len(rows)


def told_about(finding: str) -> dict[str, list[dict[str, Any]]]:
    """What the page of a finding has to say besides: decisions that rest on it, against it or not and why, and facts contested."""
    rows = Case.objects.filter(finding_id=finding).exclude(decision="").select_related("handling").order_by("decided")
    decisions = [
        {"number": row.number, "decision": row.decision, "day": row.decided, "organisation": row.handling.name,
         "against_finding": row.against_finding, "reason": row.reason}
        for row in rows
    ]  # fmt: skip
    claims = [
        {"label": row.label, "sides": row.outcomes.get("sides", []), "filed": row.filed}
        for row in Claim.objects.filter(case__finding_id=finding, state="open").order_by("pk")[:20]
    ]
    return {"decisions": decisions, "claims": claims}


def set_finding(case: Case, finding_id: str, says: str) -> None:
    """The case rests on another finding from here on (inside the caller's transaction, case locked)."""
    Case.objects.filter(pk=case.pk).update(finding_id=finding_id, finding_says=says, version=F("version") + 1)
    case.refresh_from_db()
