"""A PostgreSQL of the tests' own: made in a temporary folder, on a free port of the loopback address, gone afterwards.

`initdb` refuses root; started as root, everything runs as the user `postgres` (or `nobody`), who owns the folder.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from greenrule.web.postgres import find_tool

USER = "green"
PASSWORD = "loopback-only"


class Cluster:
    """One cluster with a database `rule`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    @classmethod
    def make(cls) -> Cluster:
        """Make and start one."""
        folder = Path(tempfile.mkdtemp(prefix="greenrule-pg-", dir="/tmp"))
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        cluster = cls(folder, port)
        secret = folder / "password"
        secret.write_text(PASSWORD + "\n", encoding="ascii")
        if os.geteuid() == 0:
            for path in (folder, secret):
                os.chown(path, *cluster._owner()[1:])
        cluster._run(
            "initdb", "-D", folder / "data", "-U", USER, "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8",
            "--locale", "C.UTF-8", "--no-sync",
        )  # fmt: skip
        cluster.start()
        cluster._run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", USER, "rule")
        return cluster

    @property
    def address(self) -> str:
        """How Django is told of it."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/rule"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run(
            "pg_ctl", "-D", self.folder / "data", "-w", "-t", "60", "-l", self.folder / "log", "-o", options, "start"
        )

    def stop(self, how: str = "immediate") -> None:
        """Stop it as a power cut would."""
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", how, "stop")

    def remove(self) -> None:
        """Stop it and take the folder away."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run_sql(self, text: str, database: str = "rule") -> str:
        """What `psql` says to a statement."""
        return self._run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-At", "-c", text, database)

    @staticmethod
    def _owner() -> tuple[str, int, int]:
        for name in ("postgres", "nobody"):
            try:
                found = pwd.getpwnam(name)
            except KeyError:
                continue
            return name, found.pw_uid, found.pw_gid
        raise RuntimeError("no unprivileged user to run PostgreSQL as")

    def _run(self, name: str, *words: object) -> str:
        command = [str(find_tool(name)), *(str(word) for word in words)]
        who: dict[str, object] = {}
        if os.geteuid() == 0:
            _, uid, gid = self._owner()
            who = {"user": uid, "group": gid, "extra_groups": []}
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if name != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if name != "pg_ctl" else subprocess.DEVNULL, text=True, check=False,
            env={**os.environ, "PGPASSWORD": PASSWORD, "LC_ALL": "C.UTF-8"}, **who,
        )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}\n{log.read_text() if log.exists() else ''}")
        return (done.stdout or "").strip()
