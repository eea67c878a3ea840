"""What the desk's routes share: the law of filings, the judge of events, who acts for whom, what a finding says of where a case belongs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Q
from django.utils import timezone

from greenrule.casework.filing import EVENTS, Standing, fold, read_events
from greenrule.casework.filing_row import columns, row_of
from greenrule.casework.filingcase import filing_law
from greenrule.casework.placing import county_code
from greenrule.casework.project import project_from
from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.book import default_packs
from greenrule.packs.filings import FilingKind, FilingLaw
from greenrule.store.desk.areas import below
from greenrule.store.desk.organisations import Organisation
from greenrule.store.desk.roles import Person
from greenrule.store.filings.cases import Actor, raw_events, raw_events_of, renew
from greenrule.store.filings.models import Case, Opinion
from greenrule.web.engine import engine
from greenrule.web.problems import Problem

#: Steps that an applicant takes for a case of its own.
APPLICANT_STEPS = ("completed", "followed_up", "committed", "withdrawn")
#: Steps that have routes and permissions of their own.
OWN_ROUTES = ("decided", "opinion_given")


@lru_cache(maxsize=1)
def law() -> FilingLaw:
    """The law of filings of this process."""
    return filing_law()


@lru_cache(maxsize=1)
def law_stamp() -> str:
    """Changes when the packs' law of filings or calendar of holidays does."""
    total = hashlib.sha256()
    for folder in default_packs():
        for name in ("filings.yaml", "calendar.yaml"):
            if (folder / name).is_file():
                total.update((folder / name).read_bytes())
    return total.hexdigest()[:32]


@lru_cache(maxsize=1)
def renewed() -> int:
    """Work out again, once in a process, what was worked out under another law of filings."""
    return renew(law_stamp(), judge)


def today() -> date:
    """The day in China."""
    return timezone.localdate()


def kind_of(name: str) -> FilingKind:
    """A kind of filing.  Raises InputFault DSK040 where there is none."""
    if name not in law().kinds:
        close = near(name, law().kinds, 1)
        help = f"是否想写 {close[0]}？" if close else f"可用：{'、'.join(law().kinds)}"
        raise InputFault(Fault("DSK040", f"没有 `{name}` 这种办件", None, help))
    return law().kinds[name]


def judge(kind: str, events: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Whether the last event may follow the others, and the columns of a case that follow; a refusal says what is possible."""
    found = kind_of(kind)
    read = read_events(events)
    try:
        row = row_of(found, read, law())
    except InputFault as error:
        if len(read) < 1 or not {fault.code for fault in error.faults} & {"FIL005", "FIL006"}:
            raise
        before = fold(found, read[:-1], law(), read[-1].day)
        possible = "、".join(EVENTS[what] for what in before.possible) or "没有可办的步骤（已办结）"
        raise InputFault(
            Fault(fault.code, fault.message, None, f"{fault.help}；现在可以：{possible}") for fault in error.faults
        ) from None
    return {**columns(row), "law": law_stamp()}


def standing_of(case: Case, day: date) -> Standing:
    """Where a case stands on a day."""
    return fold(kind_of(case.kind), read_events(raw_events(case)), law(), day)


def standings_of(rows: Sequence[Case], day: date) -> list[Standing]:
    """Where many cases stand on a day, in their order."""
    events = raw_events_of(row.pk for row in rows)
    return [fold(kind_of(row.kind), read_events(events[row.pk]), law(), day) for row in rows]


def actor(person: Person, permission: str, area: str | None = None, own: int | None = None) -> Actor:
    """Who acts, and for which of the organisations that grant it: the one named, else the nearest one above the area."""
    numbers = person.at(permission)
    found = Organisation.objects.filter(pk__in=numbers)
    if own is not None:
        return Actor(person.name, person.user, found.filter(pk=own).first())
    fits = [item for item in found if area is None or area.startswith(item.area)]
    return Actor(person.name, person.user, max(fits, key=lambda item: len(item.area), default=None))


def readable(person: Person) -> list[Q]:
    """Cases that a person may read as an official: of each of their areas, and those of which their organisation was asked an opinion.

    >>> readable(Person("nobody"))
    []
    """
    own = person.at("filings.opine")
    scopes = [below(code) for code in person.areas("filings.read")]
    return [*scopes, Q(pk__in=Opinion.objects.filter(organisation__in=own).values("case"))] if own else scopes


def official_case(person: Person, number: int, permission: str = "filings.read") -> Case:
    """A case for an official.  Raises Problem 404, or 403 where it lies outside the area of that permission.

    Who handles or decides must act for the area of the handling organisation: a county does not decide what its city handles, nor a park
    what its county does.
    """
    case = Case.objects.select_related("project", "handling").filter(pk=number).first()
    if case is None:
        raise Problem(404, f"没有编号为 {number} 的办件")
    if permission in ("filings.read", "filings.opine"):
        allowed = any(Case.objects.filter(scope, pk=number).exists() for scope in readable(person))
    else:
        allowed = person.acts(permission, case.handling_id, case.handling.area, case.area)
    if not allowed:
        raise Problem(403, "这个办件不在您的辖区，或不由您所在的层级承办")
    return case


def own_case(person: Person, number: int) -> Case:
    """A case of the person's own organisation.  Raises Problem 404 for anybody else's, whether it is there or not."""
    case = (
        Case.objects.select_related("project", "handling")
        .filter(pk=number, project__organisation__in=person.at("filings.apply"))
        .first()
    )
    if case is None:
        raise Problem(404, f"没有编号为 {number} 的办件")
    return case


def site_of(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Where the project of a finding lies: county code and name, and a point of it; None where the finding knows no place."""
    out: dict[str, Any] = {"area": None, "county": None, "city": None, "lon": None, "lat": None}
    site = finding.get("site") or {}
    out["county"], out["city"] = site.get("county"), site.get("city")
    with engine().asked() as screener:
        project = project_from(finding["project"], screener.law)
        out["area"] = county_code(screener.ground(project.on), out["county"], out["city"])
        if site:
            found = screener.inquire(project, repair=True).site
            if found is not None:
                point = found.geometry.representative_point()
                out["lon"], out["lat"] = round(point.x, 6), round(point.y, 6)
    return out


def handling_choices(area: str) -> list[Organisation]:
    """Authorities in whose area a place lies, the nearest first."""
    codes = [area[:size] for size in (6, 4, 2) if len(area) >= size]
    return sorted(
        Organisation.objects.filter(sort="authority", area__in=codes), key=lambda item: (-len(item.area), item.pk)
    )


def areas_below(code: str) -> Q:
    """A filter by area code.  Raises InputFault DSK041 for what is none."""
    if not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6)):
        raise InputFault(Fault("DSK041", f"辖区代码 `{code}` 不是两、四或六位数字", None, "例如 1401"))
    return below(code)
