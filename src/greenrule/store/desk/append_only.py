"""Tables whose past is not rewritten: rows can be added, not changed or taken away, whoever writes to the database."""

from __future__ import annotations

from typing import Any


def keep(schema: Any, *tables: str) -> None:
    """Make tables append-only, in a migration (`schema` is its schema editor); the same call serves SQLite and PostgreSQL."""
    postgresql = schema.connection.vendor == "postgresql"
    if postgresql:
        schema.execute(
            "CREATE OR REPLACE FUNCTION greenrule_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$"
        )
    for table in tables:
        if postgresql:
            schema.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION greenrule_append_only()"
            )
            continue
        for verb in ("update", "delete"):
            schema.execute(
                f"CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
            )
