"""A PostgreSQL of a benchmark's own, from Debian's packages under a temporary folder, and a program that asks a server on it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def asked(program: str, workspace: Path, *words: str) -> str | None:
    """The last line that a program writes; it gets workspace, address of the database and further words.  None without PostgreSQL."""
    with running() as address:
        if address is None:
            return None
        command = [sys.executable, "-c", program, str(workspace), address, *words]
        surroundings = {**os.environ, "GREENRULE_SECRET_KEY": "benchmark"}
        done = subprocess.run(command, cwd=ROOT, env=surroundings, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()[-1]


@contextmanager
def running() -> Iterator[str | None]:
    """The address of a server on a free port, under a user of its own where we are root; gone afterwards.  None without PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        yield None
        return
    programs = found[-1]
    user = {"user": "nobody"} if os.name == "posix" and os.geteuid() == 0 else {}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        if user:
            subprocess.run(["chown", "nobody", folder], check=True)
        data = str(Path(folder) / "data")

        def pg(program: str, *words: str) -> None:
            subprocess.run([str(programs / program), *words], check=True, cwd=folder, stdout=subprocess.DEVNULL, **user)  # type: ignore[call-overload]

        pg("initdb", "-D", data, "-U", "greenrule", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        pg(
            "pg_ctl",
            "-D",
            data,
            "-l",
            f"{folder}/log",
            "-w",
            "-o",
            f"-p {port} -k {folder} -c listen_addresses=127.0.0.1",
            "start",
        )
        try:
            pg("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "greenrule", "greenrule")
            yield f"postgresql://greenrule:none@127.0.0.1:{port}/greenrule"
        finally:
            pg("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
