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


def test_the_administrator_can_log_in_and_sees_the_desk(served):
    from django.test import Client

    client = Client()
    assert client.login(username="admin", password=served.password)
    assert client.get("/admin/").status_code == 200


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
    for wrong in ("mysql://a/b", "postgresql://host", "nonsense"):
        with pytest.raises(EnvironmentFault, match="WEB002"):
            database(wrong, tmp_path)


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

    from greenrule.store.desk.records import broken_links, log

    body = json.dumps({"industry": "2521", "nature": "new"})
    client.post("/api/v1/findings?save=true", body, content_type="application/json")
    assert broken_links() == []
    with connection.cursor() as cursor:  # around the triggers, as a vandal with the file would
        log("甲", "test", "x")
        cursor.execute("DROP TRIGGER audit_keeps_update")
        try:
            cursor.execute("UPDATE audit SET who = '乙' WHERE seq = (SELECT max(seq) FROM audit)")
            assert len(broken_links()) == 1
        finally:
            cursor.execute("UPDATE audit SET who = '甲' WHERE seq = (SELECT max(seq) FROM audit)")
            cursor.execute(
                "CREATE TRIGGER audit_keeps_update BEFORE update ON audit BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
            )
    assert broken_links() == []


def test_doctests_of_what_is_served(served):
    import doctest
    import importlib
    import pkgutil

    import greenrule.store.desk
    import greenrule.store.filings
    import greenrule.web

    run = 0
    for package in (greenrule.web, greenrule.store.desk, greenrule.store.filings):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            result = doctest.testmod(importlib.import_module(found.name))
            assert not result.failed, found.name
            run += result.attempted
    assert run >= 4
