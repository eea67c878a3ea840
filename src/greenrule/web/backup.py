"""Backup and restore where the records lie in PostgreSQL: by its own dump, checked by the chain of the audit after it is back."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.store.backup import DUMP, Backup, Say, described, head_agrees, unpacked, write_backup
from greenrule.store.chain import AuditRow, Report, verify
from greenrule.web.postgres import find_tool

_LINES = "SELECT seq, at, who, action, subject, digest, chain FROM audit ORDER BY seq"


def write(out: Path, workspace: Path, database: str, *, key: bool = False, say: Say = None) -> Backup:
    """Write workspace and database into one file; the dump is one consistent snapshot, and the chain is that of the snapshot.

    Raises EnvironmentFault OPS011 where PostgreSQL refuses.
    """
    import psycopg

    with tempfile.TemporaryDirectory(prefix="greenrule-dump-") as aside:
        dump = Path(aside) / DUMP
        try:
            with psycopg.connect(database, connect_timeout=10) as connection:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                row = connection.execute("SELECT pg_export_snapshot()").fetchone()
                assert row is not None
                found = _chain(connection)
                if found.faults:
                    raise InputFault(found.faults)
                _run(
                    "pg_dump",
                    database,
                    "--format=custom",
                    "--no-owner",
                    "--no-privileges",
                    f"--snapshot={row[0]}",
                    f"--file={dump}",
                )
        except psycopg.Error as error:
            raise _refused(str(error)) from None
        return write_backup(out, workspace, key=key, dump=dump, dump_head=found.head, say=say)


def restore(path: Path, into: Path, database: str, say: Say = None) -> Backup:
    """Restore workspace and database; the database must be empty, and stays so unless all went well.

    Raises InputFault OPS012 where it is not empty, OPS013 where the backup has no dump; EnvironmentFault OPS011.
    """
    import psycopg

    with unpacked(path, into, say) as (folder, manifest):
        if not manifest["dump"]:
            raise InputFault(
                Fault("OPS013", "备份里没有 PostgreSQL 的转储", None, "不加 --database 恢复到工作区自带的 SQLite")
            )
        try:
            with psycopg.connect(database, connect_timeout=10) as connection:
                count = connection.execute(
                    "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
                ).fetchone()
            if count and count[0]:
                raise InputFault(
                    Fault("OPS012", f"数据库不是空的（{count[0]} 张表）", None, "新建一个空的数据库再恢复")
                )
            _run(
                "pg_restore", database, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
                str(folder / DUMP),
            )  # fmt: skip
            with psycopg.connect(database, connect_timeout=10) as connection:
                head_agrees(_chain(connection), manifest, path)
        except psycopg.Error as error:
            raise _refused(str(error)) from None
    return described(path, manifest)


def _chain(connection: Any) -> Report:
    with connection.cursor(name="audit_lines") as cursor:
        cursor.execute(_LINES)
        return verify(AuditRow(*row) for row in cursor)


def _run(name: str, database: str, *words: str) -> None:
    """One of PostgreSQL's programs; the password goes by the environment, for anybody may read a command line."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    parts: dict[str, Any] = dict(conninfo_to_dict(database))
    password = parts.pop("password", None)
    surroundings = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    done = subprocess.run(
        [str(find_tool(name)), f"--dbname={make_conninfo(**parts)}", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env=surroundings, check=False,
    )  # fmt: skip
    if done.returncode:
        raise _refused(f"{name}：{done.stderr.strip()[-500:]}")


def _refused(message: str) -> EnvironmentFault:
    return EnvironmentFault(
        Fault("OPS011", f"PostgreSQL 没有完成：{message.strip()}", None, "检查地址、权限和版本，处理后重来")
    )
