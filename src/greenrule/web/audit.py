"""The audit of a server with a database of its own, for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from greenrule.store.chain import AuditRow
from greenrule.web.serving import connect_prepared


def lines(workspace: Path, database: str) -> Iterator[AuditRow]:
    """The audit line by line, oldest first."""
    connect_prepared(workspace, database)
    from greenrule.store.desk.records import audit_lines

    return audit_lines()
