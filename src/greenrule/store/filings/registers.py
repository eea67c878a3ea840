"""Registers beside the cases: rows with versions, the reading of service days, and ledgers taken over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from django.db import transaction

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.desk.areas import seen_by
from greenrule.store.desk.models import Finding
from greenrule.store.desk.organisations import Organisation
from greenrule.store.desk.records import log
from greenrule.store.desk.roles import Person
from greenrule.store.filings.cases import Actor, Judge, add_events, open_case
from greenrule.store.filings.models import Case, Project, ServiceReading

_DEFAULT_READING = "first"


class LedgerRow(Protocol):
    """A row as `casework.filing_ledger.read_ledger` gives it."""

    @property
    def row(self) -> int:
        """Its number in the sheet."""

    @property
    def cells(self) -> Mapping[str, str]:
        """Its cells by key."""

    @property
    def kind(self) -> str:
        """The kind of filing."""

    @property
    def events(self) -> tuple[Mapping[str, Any], ...]:
        """The events that it stands for."""


def renewed(row: Any, actor: Actor, sort: str) -> Any:
    """Add a row to a register, with its line in the audit."""
    with transaction.atomic():
        row._history_user = actor.user
        row.save()
        log(actor.name, f"{sort}.added", f"{sort}/{row.pk}", "")
    return row


def projects_named(person: Person, text: str, limit: int) -> list[Project]:
    """Projects with a place whose name holds a text, in the areas whose filings the person may read, the latest first."""
    wanted = text.strip()
    if len(wanted) < 2 or limit < 1 or "\x00" in wanted or not person.may("filings.read"):
        return []
    rows = Project.objects.filter(
        seen_by(person, "filings.read"), name__contains=wanted, lon__isnull=False, lat__isnull=False
    )
    return list(rows.order_by("-pk")[:limit])


def save_versioned(row: Any, version: int, changed: Mapping[str, Any], actor: Actor) -> Any | None:
    """Change a row that is still at the version that was read; None where it is not."""
    sort = type(row).__name__.lower()
    with transaction.atomic():
        now = type(row).objects.select_for_update().get(pk=row.pk)
        if now.version != version:
            return None
        for name, value in changed.items():
            setattr(now, name, value)
        now.version += 1
        now._history_user = actor.user
        now.save()
        log(actor.name, f"{sort}.changed", f"{sort}/{now.pk}", f"v{now.version}")
    return now


def reading_for(area: str) -> tuple[str, str]:
    """How an area reads "the first week", and on what paper: its own setting, else the nearest above it."""
    codes = [area[:size] for size in (6, 4, 2) if len(area) >= size]
    rows = {row.area: row for row in ServiceReading.objects.filter(area__in=codes)}
    for code in codes:
        if code in rows:
            return rows[code].reading, rows[code].paper
    return _DEFAULT_READING, ""


def set_reading(area: str, reading: str, paper: str, actor: Actor) -> None:
    """Set the reading of an area."""
    with transaction.atomic():
        ServiceReading.objects.update_or_create(area=area, defaults={"reading": reading, "paper": paper})
        log(actor.name, "service-days.set", f"service-days/{area}", reading)


def import_rows(
    rows: Iterable[LedgerRow], file: str, actor: Actor, judge: Judge, today: date, person: Person
) -> list[int]:
    """Take over the rows of a ledger inside the caller's transaction: projects, cases, events as they are dated.

    All faults at once: DSK071 a 收件号 that is there already · DSK072 no authority of that name acts there · DSK073 a finding that is not
    there.
    """
    rows = list(rows)
    faults: list[Fault] = []
    numbers = [row.cells["number"] for row in rows if row.cells.get("number")]
    taken = _among(Case.objects, "number", numbers)
    known = _among(Finding.objects, "id", [row.cells["finding"] for row in rows if row.cells.get("finding")])
    offices = list(Organisation.objects.filter(sort="authority"))
    handlers: dict[int, Organisation] = {}
    for row in rows:
        area, cells = row.cells["area"], row.cells
        if cells.get("number") in taken:
            told = f"收件号 {cells['number']} 已在台账里"
            faults.append(Fault("DSK071", told, Place(file, row.row, "收件号"), "删去这一行，或改收件号"))
        if cells.get("finding") and cells["finding"] not in known:
            told = f"没有编号为 {cells['finding']} 的结论"
            faults.append(Fault("DSK073", told, Place(file, row.row, "审查结论"), "留空，或写对编号"))
        fits = [item for item in offices if area.startswith(item.area) and person.may("filings.handle", item.area)]
        named = [item for item in fits if item.name == cells.get("organisation")] if cells.get("organisation") else fits
        if not named:
            told = f"您的辖区里没有承办 {area} 的单位 {cells.get('organisation', '')}".strip()
            names = "、".join(item.name for item in fits) or "没有"
            faults.append(Fault("DSK072", told, Place(file, row.row, "承办单位"), f"可写：{names}"))
        else:
            handlers[row.row] = max(named, key=lambda item: len(item.area))
    if faults:
        raise InputFault(faults)
    made = []
    for row in rows:
        cells = row.cells
        project = Project(
            name=cells["project"][:200], applicant=cells["applicant"][:200], industry=cells.get("industry", "")[:40],
            area=cells["area"], finding_id=cells.get("finding") or None,
        )  # fmt: skip
        project._history_user = actor.user
        project.save()
        case = open_case(
            project,
            row.kind,
            handlers[row.row],
            actor=actor,
            today=today,
            judge=judge,
            imported=True,
            number=cells.get("number"),
        )
        case = add_events(case.pk, row.events, version=case.version, actor=actor, judge=judge, today=today, dated=True)
        made.append(case.pk)
    log(actor.name, "ledger.imported", "ledger", f"{len(made)} {file}"[:200])
    return made


def _among(objects: Any, column: str, values: list[str]) -> set[str]:
    """Those of the values that a column has; asked in portions, for a database takes only so many at once."""
    found: set[str] = set()
    for start in range(0, len(values), 500):
        found |= set(objects.filter(**{f"{column}__in": values[start : start + 500]}).values_list(column, flat=True))
    return found
