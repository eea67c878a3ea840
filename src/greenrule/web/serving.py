"""Make a workspace ready to be served, and serve it: secret, tables, first administrator, processes."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.core.files import replace_file
from greenrule.store.people import user
from greenrule.web.sharing import VARIABLE

#: One thread computes at a time (`web.engine`); the others wait for files that are read apart (two at most), or for the database.
_THREADS = 3
_LOG = logging.getLogger("greenrule.web")

#: Whoever brings the tables up to date holds this lock meanwhile; any number that nobody else in the database uses.
_MIGRATING = 0x6D696772617465


@dataclass(frozen=True)
class Ready:
    """What a server was prepared with; `password` only when the administrator was just made."""

    workspace: Path
    administrator: str | None
    password: str | None


def connect(workspace: Path, database: str | None = None, hosts: str | None = None) -> None:
    """Set the environment and Django up for a workspace; touches nothing in the database."""
    os.environ["GREENRULE_WORKSPACE"] = str(workspace)
    if database:
        os.environ["GREENRULE_DATABASE"] = database
    if hosts:
        os.environ["GREENRULE_HOSTS"] = hosts
    os.environ.setdefault("GREENRULE_SECRET_KEY", secret_key(workspace))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenrule.web.settings")
    import django

    django.setup()


def connect_prepared(workspace: Path, database: str | None = None) -> None:
    """As `connect`, for commands that work on what a server was prepared with.

    Raises InputFault WEB004 where that is no workspace, EnvironmentFault WEB003 where the database cannot be reached, WEB007 where
    its tables are not those of this version.
    """
    if not (workspace / "workspace.json").exists():
        raise InputFault(Fault("WEB004", f"{workspace} 不是工作区", None, "用 `--workspace` 指明工作区文件夹"))
    connect(workspace.resolve(), database)
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise _unreachable(error) from None
    if waiting:
        told = "先运行 `greenrule serve --prepare-only`（升级前请备份）"
        raise EnvironmentFault(Fault("WEB007", f"数据表还不是这个版本的（差 {len(waiting)} 步）", None, told))


def _unreachable(error: Exception) -> EnvironmentFault:
    if os.environ.get("GREENRULE_DATABASE"):
        told = "检查 --database 的地址，以及数据库是否在运行"
        return EnvironmentFault(Fault("WEB003", f"数据库连不上：{str(error).strip()}", None, told))
    told = "检查工作区能否写入、磁盘空间；文件损坏时用 `greenrule restore` 从备份恢复"
    return EnvironmentFault(
        Fault("WEB003", f"工作区的 records.sqlite 打不开或写不下：{str(error).strip()}", None, told)
    )


def up_to_date(workspace: Path, database: str | None = None, hosts: str | None = None) -> None:
    """As `connect`, and bring the tables up to date.  Raises EnvironmentFault WEB003 where the database cannot be reached."""
    connect(workspace, database, hosts)
    from django.core.management import call_command
    from django.db import DatabaseError, OperationalError, connection

    try:
        if connection.vendor == "postgresql":  # replicas that start together wait for each other
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
    except DatabaseError as error:
        # Anything else that a step of the migrations does wrong is ours, and told as it is.
        if not (isinstance(error, OperationalError) or type(error) is DatabaseError):
            raise
        raise _unreachable(error) from None


def prepare(workspace: Path, database: str | None, hosts: str | None = None) -> Ready:
    """As `up_to_date`, work out again what another law of filings had said of open cases, and make the first administrator where there is none.

    The administrator's password is random, told once and kept only as a hash; it must be replaced at the first log-in.
    """
    up_to_date(workspace, database, hosts)
    from django.contrib.auth import get_user_model

    from greenrule.web.filing_desk import renewed

    renewed()  # not while the first officer of the day waits
    if get_user_model().objects.filter(is_superuser=True).exists():
        return Ready(workspace, None, None)
    from greenrule.store.desk.people import add_person

    _, password = add_person("admin", "", user(), administrator=True)
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


def unfit() -> list[str]:
    """What of the settings is not fit for the public: Django's own check for deployment, and ours."""
    from django.conf import settings
    from django.core.checks import WARNING, run_checks

    told = [f"{item.id} {item.msg}" for item in run_checks(include_deployment_checks=True) if item.level >= WARNING]
    if len(settings.SECRET_KEY) < 50:
        told.append("GREENRULE_SECRET_KEY 少于 50 个字符")
    if settings.SECOND_FACTOR == "off":
        told.append("GREENRULE_SECOND_FACTOR=off：管理后台没有两步验证")
    if set(settings.ALLOWED_HOSTS) <= {"127.0.0.1", "localhost", "[::1]"}:
        told.append("GREENRULE_HOSTS 没有对外的域名")
    return told


def secret_key(workspace: Path) -> str:
    """The key that signs sessions: made once for an embedded workspace, readable by its owner only.

    Raises EnvironmentFault WEB008 where there is a file and no key in it: what it sealed could not be read with another.
    """
    path = workspace / "server.key"
    if not path.exists():
        replace_file(path, (secrets.token_urlsafe(64) + "\n").encode())
        path.chmod(0o600)
    key = path.read_bytes().strip()
    if not key or not key.isascii():
        told = "从备份取回；没有备份就移走它，重新登录并重设两步验证"
        raise EnvironmentFault(Fault("WEB008", f"{path} 里没有密钥", None, told))
    return key.decode("ascii")


def refuse_taken(address: str, port: int) -> None:
    """Raises EnvironmentFault WEB009 where nothing can listen there.

    The server itself would not notice another of its kind: it lets several processes share an address, and so would take half of the
    questions that are meant for a server over another workspace.
    """
    try:
        family, kind, proto, _, where = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, proto) as tried:
            tried.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # connections of one that has just ended do not count
            tried.bind(where)
            tried.listen(1)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "已被别的程序占用" if taken else f"不能用：{error.strerror or error}"
        told = (
            "用 `--port` 换一个，或先停下占用它的程序"
            if taken
            else "核对 --address 和 --port；小于 1024 的端口要有特权"
        )
        raise EnvironmentFault(Fault("WEB009", f"{shown(address)}:{port} {why}", None, told)) from None


def loopback(address: str) -> bool:
    """Whether only this machine reaches an address.

    >>> loopback("127.0.0.1"), loopback("localhost"), loopback("::1"), loopback("0.0.0.0"), loopback("10.1.1.1")
    (True, True, True, False, False)
    """
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def shown(address: str) -> str:
    """An address as it stands before a port.

    >>> shown("::1"), shown("127.0.0.1")
    ('[::1]', '127.0.0.1')
    """
    return f"[{address}]" if ":" in address else address


def run(address: str, port: int, workers: int, watching: bool = True) -> None:
    """Serve until stopped, with what works beside the server and ends with it: long jobs, and (`watching`) the background.

    The background checks findings and sends what is due.
    """
    beside = [["-m", "greenrule.web.working", "--with-parent"]]
    if watching:
        beside.append(
            ["-m", "greenrule.cli.main", "watch", "run", "--with-parent", "-w", os.environ["GREENRULE_WORKSPACE"]]
        )
    with ExitStack() as stack:
        for words in beside:
            stack.enter_context(_kept_running([sys.executable, *words]))
        if workers > 1:
            os.environ[VARIABLE] = str(Path(stack.enter_context(TemporaryDirectory(prefix="greenrule-"))) / "shares")
        _server(address, port, workers).serve()


@contextmanager
def _kept_running(command: list[str]) -> Iterator[None]:
    """A process beside the server: started anew when it dies, ended with the server; it sees its input end where that is killed."""
    over = threading.Event()

    def keep() -> None:
        while not over.is_set():
            process = subprocess.Popen(command, stdin=subprocess.PIPE)
            while process.poll() is None and not over.wait(0.5):
                pass
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
            over.wait(2.0)  # one that cannot start is not started in a frenzy

    thread = threading.Thread(target=keep, name=command[-1])
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=15)


def when_input_ends(then: Callable[[], object]) -> None:
    """Do something when the standard input is closed: however a parent ends, its end of the pipe closes."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        then()

    threading.Thread(target=wait, daemon=True).start()


def _server(address: str, port: int, workers: int) -> Any:
    from granian.constants import Interfaces
    from granian.server import Server

    return Server(
        "greenrule.web.worker:application", address=address, port=port, interface=Interfaces.WSGI, workers=workers,
        blocking_threads=_THREADS, respawn_failed_workers=True,
    )  # fmt: skip
