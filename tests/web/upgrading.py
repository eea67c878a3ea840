"""Run by `test_upgrade.py` and `test_postgres.py` in a process of its own: a database of the first versions, with rows, brought up to date.

Words: the workspace, and the address of an empty database (none: the workspace's own SQLite).
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

#: What people were registering with when the register of findings had no order, and cases no indexes of their own.
FIRST = [("desk", "0001_records")]
THEN = [
    ("desk", "0004_register"),
    ("filings", "0002_beside"),
    ("planning", None),
    ("dispatch", None),
    ("watching", None),
]


def main(workspace: Path, database: str | None) -> None:
    """Go through the versions; says what was seen at the end."""
    from greenrule.web.serving import connect, prepare

    connect(workspace, database, "testserver")
    from django.db import DatabaseError, connection, transaction

    migrate(FIRST)
    keep_findings([f"升级前第{number}号焦化" for number in range(3)])
    migrate(THEN)
    keep_findings(["升级中的水泥Ab厂"])
    case = keep_a_case()
    prepare(workspace, database, "testserver")

    from django.contrib.auth import get_user_model
    from django.test import Client

    from greenrule.store.chain import verify
    from greenrule.store.desk.people import find_person, password_replaced
    from greenrule.store.desk.records import audit_lines
    from greenrule.store.filings.models import CaseEvent

    password_replaced(find_person("admin"))
    client = Client()
    client.force_login(get_user_model().objects.get(username="admin"))

    def names(path: str, key: str) -> list[str]:
        answer = client.get("/api/v1" + path)
        assert answer.status_code == 200, answer.content.decode()
        return [item[key] for item in answer.json()["items"]]

    told = {
        "all": names("/findings?text=升级", "project"),
        "short": names("/findings?text=水泥ab", "project"),
        "projects": names("/filings/projects?text=甲", "name"),
        "cases": names("/filings/cases?area=140981&state=accepted&text=二期", "id"),
        "late": [item["id"] for item in client.get("/api/v1/filings/today").json()["late"]["items"]],
        "chain": [str(fault) for fault in verify(audit_lines()).faults],
        "case": case,
    }
    try:
        with transaction.atomic():
            CaseEvent.objects.update(who="乙")
        told["protected"] = False
    except DatabaseError:
        told["protected"] = True
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE '%%words' ORDER BY 1")
            told["indexes"] = [name for (name,) in cursor.fetchall()]
    print(json.dumps(told))


def migrate(targets: list[tuple[str, str | None]]) -> None:
    """Bring the tables to a version of some applications; None is the newest."""
    from django.core.management import call_command

    for app, version in targets:
        call_command("migrate", app, *([version] if version else []), verbosity=0, interactive=False)


def keep_findings(names: list[str]) -> None:
    """Findings with their lines in the audit, as the database of the day takes them."""
    from django.db import connection

    from greenrule.store.chain import chained

    with connection.cursor() as cursor:
        for name in names:
            key = f"F-{name}"
            cursor.execute(
                "INSERT INTO finding (id, digest, project, decision, body) VALUES (%s, '', %s, 'allowed', '{}')",
                [key, name],
            )
            cursor.execute("SELECT chain FROM audit ORDER BY seq DESC LIMIT 1")
            last = (cursor.fetchone() or ("",))[0]
            line = ("2026-01-01T00:00:00+08:00", "甲", "save_finding", key, "")
            cursor.execute(
                "INSERT INTO audit (at, who, action, subject, digest, chain) VALUES (%s, %s, %s, %s, %s, %s)",
                [*line, chained(last, line)],
            )


def keep_a_case() -> int:
    """A case that is late, with its event, through the models of that day."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    then: Any = executor.loader.project_state([("filings", "0002_beside"), ("desk", "0004_register")]).apps
    office = then.get_model("desk", "Organisation").objects.create(
        name="某局", sort="authority", level="county", area="140981"
    )
    project = then.get_model("filings", "Project").objects.create(name="甲焦化二期", applicant="甲公司", area="140981")
    case = then.get_model("filings", "Case").objects.create(
        project=project, kind="eia_form", handling=office, area="140981", opened=date(2026, 1, 1), opened_by="甲", state="accepted",
        received=date(2026, 1, 2), accepted=date(2026, 1, 5), decide_by=date(2026, 2, 1),
    )  # fmt: skip
    then.get_model("filings", "CaseEvent").objects.create(
        case=case, seq=1, event="received", day=date(2026, 1, 2), who="甲", data={}, at="", version=2, digest=""
    )
    then.get_model("filings", "CaseEvent").objects.create(
        case=case, seq=2, event="accepted", day=date(2026, 1, 5), who="甲", data={}, at="", version=3, digest=""
    )
    return int(case.pk)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
