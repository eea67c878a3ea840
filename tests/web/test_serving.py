"""The server's set-up: one administrator once, a secret that stays, settings from the environment, a database that is not there."""

from __future__ import annotations

import stat

import pytest

from greenrule.core.errors import EnvironmentFault


def test_the_first_administrator_is_made_once(served):
    from greenrule.web.serving import prepare

    assert served.administrator == "admin"
    assert len(served.password) >= 12
    assert prepare(served.workspace, None, "testserver").password is None


def test_the_secret_is_kept_and_is_nobody_elses(served):
    from greenrule.web.serving import secret_key

    path = served.workspace / "server.key"
    assert secret_key(served.workspace) == path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_secret_stands_in_the_settings(settings_file):
    text = settings_file.read_text(encoding="utf-8")
    assert "SECRET_KEY = _needed(" in text


def test_addresses_of_databases(served, tmp_path):
    from greenrule.web.settings import database

    found = database("postgresql://u:p%40ss@db.example:5433/rule", tmp_path)
    assert (found["HOST"], found["PORT"], found["NAME"], found["PASSWORD"]) == ("db.example", "5433", "rule", "p@ss")
    for wrong in (
        "mysql://a/b",
        "postgresql://host",
        "nonsense",
        "postgresql://u:p@db:port/rule",
        "postgresql://u@[::1/rule",
    ):
        with pytest.raises(EnvironmentFault, match="WEB002"):
            database(wrong, tmp_path)


def test_a_mail_server_whose_port_is_no_number(served):
    from greenrule.web.settings import mail

    with pytest.raises(EnvironmentFault, match="WEB005"):
        mail("smtp://a:b@mail.example:port")


def test_a_place_to_listen_that_is_taken_is_refused_even_where_addresses_may_be_shared(served):
    import socket

    from greenrule.web.serving import refuse_taken

    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the server itself does
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        with pytest.raises(EnvironmentFault, match=r"WEB009.*占用"):
            refuse_taken("127.0.0.1", port)
    refuse_taken("127.0.0.1", port)
    with pytest.raises(EnvironmentFault, match=r"WEB009.*不能用"):
        refuse_taken("192.0.2.7", port)  # an address for documents, of no machine


@pytest.mark.parametrize("content", [b"", b"\n", "键".encode()])
def test_a_key_file_without_a_key_is_told(served, tmp_path, content):
    from greenrule.web.serving import secret_key

    (tmp_path / "server.key").write_bytes(content)
    with pytest.raises(EnvironmentFault, match="WEB008"):
        secret_key(tmp_path)
    assert (tmp_path / "server.key").read_bytes() == content


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("GREENRULE_PROXIES", "x", "WEB005"),
        ("GREENRULE_DATABASE", "postgresql://u@db:port/rule", "WEB002"),
        ("GREENRULE_SMTP", "smtp://a@b:port", "WEB005"),
    ],
)
def test_settings_that_make_no_sense_are_told_without_a_traceback(served, variable, value, code):
    done = _serve(served, {variable: value}, "--check")
    assert done.returncode == 3
    assert done.stderr.startswith(code)
    assert "Traceback" not in done.stderr


def test_records_that_are_no_database_are_told(served, tmp_path):
    import shutil
    from types import SimpleNamespace

    (tmp_path / "w").mkdir()
    shutil.copy(served.workspace / "workspace.json", tmp_path / "w")
    (tmp_path / "w" / "records.sqlite").write_bytes(b"no database " * 100)
    done = _serve(SimpleNamespace(workspace=tmp_path / "w"), {}, "--prepare-only")
    assert done.returncode == 3
    assert done.stderr.startswith("WEB003")
    assert "restore" in done.stderr


def _serve(served, more, *words):
    """`greenrule serve` in a process of its own: Django reads its settings once."""
    import os
    import subprocess
    import sys

    kept = {name: value for name, value in os.environ.items() if not name.startswith("GREENRULE_")}
    command = [sys.executable, "-m", "greenrule.cli.main", "serve", "-w", str(served.workspace), *words]
    return subprocess.run(command, env=kept | more, capture_output=True, text=True, check=False)


def test_how_often_a_visitor_may_ask(served):
    from greenrule.web.settings import public_rate

    assert public_rate(" 0.5/1 ") == (0.5, 1)
    for wrong in ("", "2", "0/60", "2/0", "-1/5", "2/6.5"):
        with pytest.raises(EnvironmentFault, match="WEB005"):
            public_rate(wrong)


def test_the_deployment_check_is_clean(served, monkeypatch):
    import subprocess
    import sys

    # A fresh process: the settings are read once.
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env={
            "GREENRULE_WORKSPACE": str(served.workspace), "GREENRULE_SECRET_KEY": "k" * 32 + "0123456789abcdefghijklm",
            "GREENRULE_BEHIND_TLS": "1", "DJANGO_SETTINGS_MODULE": "greenrule.web.settings", "PATH": "",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_broken_links_of_the_audit_are_found(served, client):
    import json

    from django.db import connection

    from greenrule.store.chain import verify
    from greenrule.store.desk.records import audit_lines, log

    body = json.dumps({"industry": "2521", "nature": "new"})
    client.post("/api/v1/findings?save=true", body, content_type="application/json")
    assert verify(audit_lines()).faults == ()
    with connection.cursor() as cursor:  # around the triggers, as a vandal with the file would
        log("甲", "test", "x")
        cursor.execute("DROP TRIGGER audit_keeps_update")
        try:
            cursor.execute("UPDATE audit SET who = '乙' WHERE seq = (SELECT max(seq) FROM audit)")
            assert [fault.code for fault in verify(audit_lines()).faults] == ["W022"]
        finally:
            cursor.execute("UPDATE audit SET who = '甲' WHERE seq = (SELECT max(seq) FROM audit)")
            cursor.execute(
                "CREATE TRIGGER audit_keeps_update BEFORE update ON audit BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
            )
    assert verify(audit_lines()).faults == ()


def test_doctests_of_what_is_served(served):
    import doctest
    import importlib
    import pkgutil

    import greenrule.store.desk
    import greenrule.store.dispatch
    import greenrule.store.filings
    import greenrule.store.planning
    import greenrule.store.watching
    import greenrule.web

    run = 0
    rooms = (
        greenrule.store.desk,
        greenrule.store.dispatch,
        greenrule.store.filings,
        greenrule.store.planning,
        greenrule.store.watching,
    )
    for package in (greenrule.web, *rooms):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            result = doctest.testmod(importlib.import_module(found.name))
            assert not result.failed, found.name
            run += result.attempted
    assert run >= 4
