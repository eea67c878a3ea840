"""The workspace's SQLite file: how it is opened, its tables, and SQLite's troubles told as faults.

A connection lives for one operation.  Writers take the write lock at once (`BEGIN IMMEDIATE`) and hold it while the
files of an import are written, so two importers wait for each other and a killed one leaves no lock behind.  Readers
are never blocked (WAL).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

#: `PRAGMA user_version` of the tables below; a version-1 file is brought up when it is first written to.
SCHEMA_VERSION = 2

#: How long a writer waits for another writer before it gives up, in seconds.
LOCK_WAIT = 60.0

_STEP_TABLES = (
    """CREATE TABLE layer_step (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL REFERENCES layer_version (seq), state TEXT NOT NULL,
        day TEXT NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, paper TEXT, reason TEXT)""",
    "CREATE INDEX layer_step_version ON layer_step (version, seq)",
)
_APPEND_ONLY = (
    "CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table}"
    " BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
)


def _kept(*tables: str) -> tuple[str, ...]:
    """The past is not rewritten: rows of history can be added, not changed."""
    return tuple(_APPEND_ONLY.format(table=table, verb=verb) for table in tables for verb in ("update", "delete"))


#: Version of a file → what makes it the next version.
_UPGRADES = {1: (*_STEP_TABLES, *_kept("layer_step"))}

_TABLES = (
    """CREATE TABLE layer_version (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, sha256 TEXT NOT NULL, title TEXT NOT NULL,
        source TEXT NOT NULL, accuracy_m REAL, complete INTEGER NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT,
        recorded TEXT NOT NULL, demo INTEGER NOT NULL, features INTEGER NOT NULL)""",
    "CREATE INDEX layer_version_kind ON layer_version (kind, recorded, seq)",
    """CREATE TABLE finding (
        id TEXT PRIMARY KEY, digest TEXT NOT NULL, project TEXT, decision TEXT, body TEXT NOT NULL)""",
    """CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
        subject TEXT NOT NULL, digest TEXT NOT NULL, chain TEXT NOT NULL)""",
    *_STEP_TABLES,
    *_kept("layer_version", "finding", "audit", "layer_step"),
)


@contextmanager
def told(action: str, path: Path) -> Iterator[None]:
    """Turn troubles of the disk and of SQLite inside the block into an EnvironmentFault that names the action."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            help_line = "另一个进程正在写入该工作区；等它结束后重试"
        elif "readonly" in str(error) or isinstance(error, PermissionError) or getattr(error, "errno", None) == 30:
            help_line = "该工作区只读：请取得写权限，或复制到可写的文件夹后再操作"
        else:
            help_line = "请检查磁盘空间、文件大小限额与文件夹权限后重试；工作区保持原样"
        raise EnvironmentFault(Fault("W010", f"{action}失败：{error}", Place(str(path)), help_line)) from error


class Database:
    """`records.sqlite` of one workspace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the file and its tables; the folder exists."""
        with told("建立记录库", self.path):
            connection = sqlite3.connect(self.path, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                for statement in _TABLES:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                connection.execute("COMMIT")
            finally:
                connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; works in a read-only folder too."""
        with told("读取记录库", self.path):
            connection = self._open_to_read()
        try:
            with told("读取记录库", self.path):
                yield connection
        finally:
            connection.close()

    @contextmanager
    def writing(self, action: str) -> Iterator[sqlite3.Connection]:
        """One transaction under the write lock: committed when the block ends well, undone when it raises."""
        with told(action, self.path):
            if not os.access(self.path, os.W_OK) or not os.access(self.path.parent, os.W_OK):
                raise PermissionError(13, "工作区只读")
            connection = sqlite3.connect(self._uri("rw"), uri=True, isolation_level=None, timeout=LOCK_WAIT)
            try:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("BEGIN IMMEDIATE")
                self._check_version(connection)
                _upgrade(connection)
                yield connection
                connection.execute("COMMIT")
            finally:
                # An unfinished transaction is rolled back by SQLite when the connection closes.
                connection.close()

    def _uri(self, options: str) -> str:
        return f"{self.path.resolve().as_uri()}?mode={options}"

    def _open_to_read(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self._uri("ro"), uri=True, isolation_level=None, timeout=LOCK_WAIT)
            self._check_version(connection)
            return connection
        except sqlite3.OperationalError:
            # A WAL database in a folder that cannot be written has no shared-memory file.  Without a pending log
            # nobody is writing and the file can be read as it stands.
            log = self.path.with_name(self.path.name + "-wal")
            if not self.path.exists() or (log.exists() and log.stat().st_size > 0):
                raise
            connection = sqlite3.connect(self._uri("ro&immutable=1"), uri=True, isolation_level=None)
            self._check_version(connection)
            return connection

    def _check_version(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA_VERSION and version not in _UPGRADES:
            connection.close()
            raise InputFault(
                Fault(
                    "W003",
                    f"记录库的版本是 {version}，本程序认识的是 {SCHEMA_VERSION}",
                    Place(str(self.path)),
                    "请使用与该工作区相配的程序版本，或新建工作区后重新导入图层",
                )
            )


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring an older file up inside the writer's transaction: all of it or nothing."""
    while True:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in _UPGRADES:
            return
        for statement in _UPGRADES[version]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version + 1}")
