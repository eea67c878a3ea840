"""Make a workspace ready to be served, and serve it: secret, tables, first administrator, processes."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault
from greenrule.core.files import replace_file

#: One thread computes at a time (`web.engine`); the others wait for files that are read apart (two at most), or for the database.
_THREADS = 3
_LOG = logging.getLogger("greenrule.web")


@dataclass(frozen=True)
class Ready:
    """What a server was prepared with; `password` only when the administrator was just made."""

    workspace: Path
    administrator: str | None
    password: str | None


def prepare(workspace: Path, database: str | None, hosts: str | None = None) -> Ready:
    """Set the environment, bring the tables up to date, and make the first administrator where there is none.

    The administrator's password is random, told once and kept only as a hash.
    Raises EnvironmentFault WEB003 where the database cannot be reached.
    """
    os.environ["GREENRULE_WORKSPACE"] = str(workspace)
    if database:
        os.environ["GREENRULE_DATABASE"] = database
    if hosts:
        os.environ["GREENRULE_HOSTS"] = hosts
    os.environ.setdefault("GREENRULE_SECRET_KEY", secret_key(workspace))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenrule.web.settings")
    import django
    from django.core.management import call_command
    from django.db import OperationalError

    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        told = "检查 --database 的地址，以及数据库是否在运行"
        raise EnvironmentFault(Fault("WEB003", f"数据库连不上：{error}", None, told)) from None
    from django.contrib.auth import get_user_model

    people = get_user_model()
    if people.objects.filter(is_superuser=True).exists():
        return Ready(workspace, None, None)
    password = secrets.token_urlsafe(12)
    people.objects.create_superuser("admin", password=password)
    return Ready(workspace, "admin", password)


def draw(workspace: Path, progress: Callable[[str, int, int], None] | None = None) -> int:
    """Make the map tiles that are missing before the first visitor asks for them; how many layers were made.

    A disk that refuses is told when a tile is asked for: questions are answered without a map.
    """
    from greenrule.casework.tiling import make_all
    from greenrule.store.workspace import Workspace

    try:
        return make_all(Workspace.open(workspace), progress)
    except EnvironmentFault as error:
        _LOG.error("tiles: %s", error)
        return 0


def secret_key(workspace: Path) -> str:
    """The key that signs sessions: made once for an embedded workspace, readable by its owner only."""
    path = workspace / "server.key"
    if not path.exists():
        replace_file(path, (secrets.token_urlsafe(64) + "\n").encode())
        path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()


def run(address: str, port: int, workers: int) -> None:
    """Serve until stopped."""
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        "greenrule.web.application:application", address=address, port=port, interface=Interfaces.WSGI, workers=workers,
        blocking_threads=_THREADS, respawn_failed_workers=True,
    ).serve()  # fmt: skip
