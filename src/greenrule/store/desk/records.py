"""Findings and audit through the server's database: the same rows and the same chain as a workspace's own records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from greenrule.core.seal import Sealed
from greenrule.store.chain import AuditRow, chained
from greenrule.store.desk.areas import everywhere, within
from greenrule.store.desk.models import Audit, Entry, Finding
from greenrule.store.desk.words import newest_holding
from greenrule.store.records import (
    FindingText,
    china_time,
    finding_row,
    no_such_finding,
    read_body,
    written_row,
)

#: Any number will do as long as nobody else in the database uses it; it serialises writers of the audit.
_AUDIT_LOCK = 0x677265656E
_COLUMNS = ("seq", "at", "who", "action", "subject", "digest", "chain")


def save_finding(finding: dict[str, Any], who: str) -> str:
    """Keep a finding and say so in the audit; the same finding saved again keeps its id.

    Raises InputFault W023 where the finding's digest is not its own.
    """
    return _save(finding_row(finding), finding, who)


def save_written(finding: dict[str, Any], sealed: Sealed, who: str) -> str:
    """The same for a finding that is sealed and written already, of which `finding` may lack the longest parts."""
    return _save(written_row(finding, sealed), finding, who)


def _save(row: FindingText, finding: dict[str, Any], who: str) -> str:
    from greenrule.store.watching.outbox import emit  # that room's tables are loaded after these

    name, own, title, decision, body = row
    with transaction.atomic():
        log(who, "save_finding", name, own)
        _, new = Finding.objects.get_or_create(
            id=name, defaults={"digest": own, "project": title, "decision": decision, "body": body}
        )
        if new:
            told = {"project": title, "decision": decision, "digest": own, "url": f"/f/{name}"}
            emit("finding.saved", name, told, area=area_of(finding))
    return name


def area_of(finding: dict[str, Any]) -> str:
    """The county's area code of a finding's site, as the codes of its control units begin; "" where there is none.

    >>> area_of({"units": [{"code": "ZH14010520001"}]}), area_of({})
    ('140105', '')
    """
    for unit in finding.get("units") or ():
        found = re.match(r"[A-Z]{2}(\d{6})", str(unit.get("code") or ""))
        if found:
            return found[1]
    return ""


def register(areas: Iterable[str]) -> QuerySet[Entry]:
    """The lines of the register of some areas; those of no place are told to who acts for the province."""
    codes = list(areas)
    return Entry.objects.all() if everywhere(codes) else Entry.objects.filter(within(codes))


def findings_page(
    after: str, size: int, decision: str = "", text: str = "", areas: Iterable[str] = ("",)
) -> list[dict[str, Any]]:  # fmt: skip
    """One line more than a page of the register, the newest first: id, digest, project, decision.

    after : id of the last finding of the page before; decision : only those that came out so; text : part of the project's name;
    areas : only those of these areas
    """
    entries = register(areas)
    if after:
        last = Entry.objects.filter(finding=after).values_list("seq", flat=True).first()
        entries = entries.filter(seq__lt=last) if last is not None else entries.none()
    if decision:
        entries = entries.filter(decision=decision)
    kept = newest_holding(entries, [text] if text else [], ["project"], size + 1)
    names = [row.finding for row in sorted(Entry.objects.filter(pk__in=kept), key=lambda row: -row.seq)]
    found = {
        row["id"]: row for row in Finding.objects.filter(id__in=names).values("id", "digest", "project", "decision")
    }
    return [found[name] for name in names if name in found]


def log(who: str, action: str, subject: str, digest: str = "") -> None:
    """Add a line to the audit, inside the caller's transaction, or in one of its own where there is none.

    SQLite holds its only write lock already (transactions begin immediate); PostgreSQL is asked for an advisory one, for two
    lines with the same line before would break the chain.
    """
    if not connection.in_atomic_block:
        with transaction.atomic():
            log(who, action, subject, digest)
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_AUDIT_LOCK])
    last = Audit.objects.order_by("-seq").values_list("chain", flat=True).first() or ""
    at = china_time()
    Audit.objects.create(
        at=at, who=who, action=action, subject=subject, digest=digest, chain=chained(last, (at, who, action, subject, digest))
    )  # fmt: skip


def load_finding(name: str) -> dict[str, Any]:
    """A finding as it was kept.  Raises InputFault W020 where there is none, W021 where it was altered."""
    row = Finding.objects.filter(id=name).values_list("digest", "body").first()
    if row is None:
        raise no_such_finding(name, list(Finding.objects.values_list("id", flat=True)[:1000]), None)
    return read_body(name, row[0], row[1], None)


def stored_projects() -> dict[str, str]:
    """The project of every saved finding as JSON text, by finding id, oldest first; the database cuts it out of the finding."""
    cut = (
        "(f.body::jsonb -> 'project')::text"
        if connection.vendor == "postgresql"
        else "json_extract(f.body, '$.project')"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT f.id, {cut} FROM finding f JOIN finding_entry e ON e.finding = f.id ORDER BY e.seq")
        return {name: text for name, text in cursor.fetchall() if text is not None}


def audit_lines() -> Iterator[AuditRow]:
    """The audit line by line, oldest first."""
    for row in Audit.objects.order_by("seq").values_list(*_COLUMNS).iterator(chunk_size=5000):
        yield AuditRow(*row)
