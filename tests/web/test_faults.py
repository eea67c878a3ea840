"""A killed server, a full disk, an older database: nothing half-written, a clear message, and it goes on afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from greenrule.store.workspace import Workspace

BEGIN = """
import json, os, resource, signal, sys
from pathlib import Path
from greenrule.web.serving import prepare
prepare(Path(sys.argv[1]), None, "testserver")
from django.test import Client
from greenrule.store.desk import records
client = Client(raise_request_exception=False)
body = json.dumps({"name": sys.argv[2], "industry": "2521", "nature": "new"})
def post():
    return client.post("/api/v1/findings?save=true", body, content_type="application/json")
"""


@pytest.fixture
def place(demo_workspace: Any, tmp_path: Path) -> Path:
    shutil.copytree(demo_workspace.path, tmp_path / "w")
    return tmp_path / "w"


def run(place: Path, script: str, name: str = "某项目", *more: str) -> subprocess.CompletedProcess[str]:
    surroundings = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GREENRULE_", "DJANGO_")) or key == "GREENRULE_CACHE"
    }
    return subprocess.run(
        [sys.executable, "-c", BEGIN + script, str(place), name, *more], env=surroundings, capture_output=True, text=True, check=False
    )  # fmt: skip


def records_of(place: Path) -> tuple[int, int]:
    workspace = Workspace.open(place)
    assert workspace.check() == []
    return len(workspace.findings()), len(workspace.records.audit())


KILLED = """
real = records.Finding.objects.get_or_create
def kill(*rest, **words):
    {before}
    os.kill(os.getpid(), signal.SIGKILL)
records.Finding.objects.get_or_create = kill
post()
"""


@pytest.mark.parametrize("before", ["pass", "real(*rest, **words)"], ids=["between the rows", "before the commit"])
def test_a_server_killed_in_the_middle_of_a_write(place: Path, before: str) -> None:
    done = run(place, "print(post().status_code)")
    assert done.stdout.strip() == "201", done.stderr
    kept = records_of(place)
    done = run(place, KILLED.format(before=before), "另一项目")
    assert done.returncode == -signal.SIGKILL
    assert records_of(place) == kept
    done = run(place, "print(post().status_code)", "另一项目")
    assert done.stdout.strip() == "201"
    assert records_of(place) == (kept[0] + 1, kept[1] + 1)


FULL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
post()
size = max(os.path.getsize(Path(sys.argv[1]) / name) for name in ("records.sqlite", "records.sqlite-wal"))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
body = json.dumps({"name": "满" * 100, "industry": "2521", "nature": "new", "facts": {}})
said = []
for number in range(40):  # until the log of the database is as long as it may get
    body = json.dumps({"name": f"项目{number}", "industry": "2521", "nature": "new"})
    answer = post()
    said.append(answer.status_code)
    if answer.status_code != 201:
        break
told = answer.json() if answer["Content-Type"].startswith("application/problem") else {}
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
again = post()
print(json.dumps({"said": said, "told": told, "again": again.status_code, "retry": answer.get("Retry-After")}))
"""


def test_a_full_disk_under_the_server(place: Path) -> None:
    done = run(place, FULL)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["said"][-1] == 503, told
    assert "没有留下任何改动" in told["told"]["detail"]
    assert told["retry"]
    assert told["again"] == 201
    findings, lines = records_of(place)
    assert findings == len(told["said"]) + 1  # the first, those that were kept, the last tried again
    # The administrator's making is a line too.
    assert lines == findings + 1


def test_a_database_of_the_version_before_is_brought_up_with_all_it_holds(place: Path) -> None:
    surroundings = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GREENRULE_", "DJANGO_")) or key == "GREENRULE_CACHE"
    }
    named = {
        **surroundings,
        "GREENRULE_WORKSPACE": str(place),
        "GREENRULE_SECRET_KEY": "k" * 50,
        "DJANGO_SETTINGS_MODULE": "greenrule.web.settings",
    }
    for step in (["auth"], ["contenttypes"], ["sessions"], ["admin"], ["desk", "0002"]):
        subprocess.run([sys.executable, "-m", "django", "migrate", *step, "-v", "0"], env=named, check=True)
    import sqlite3

    Workspace.open(place).records.save_finding({"decision": "allowed", "project": {"name": "旧项目"}}, who="甲")
    with sqlite3.connect(place / "records.sqlite") as connection:
        connection.execute(
            "INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)"
            " VALUES (7, 'argon2$x', 1, 'old', '', '', '', 1, 1, '2026-01-01')"
        )
        connection.execute("INSERT INTO desk_organisation VALUES (3, '旧单位', 'authority', 'city', '1401', 0, NULL)")
        connection.execute(
            "INSERT INTO desk_membership (id, role, user_id, organisation_id) VALUES (5, 'officer', 7, 3)"
        )
    # Commands that need the new tables say so, and touch nothing.
    command = [sys.executable, "-m", "greenrule.cli.main"]
    early = subprocess.run(
        [*command, "people", "list", "-w", str(place)], env=surroundings, capture_output=True, text=True, check=False
    )
    assert (early.returncode, "WEB007" in early.stderr) == (3, True)
    done = subprocess.run(
        [*command, "serve", "--prepare-only", "-w", str(place)],
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "口令" not in done.stdout  # there is an administrator
    listed = subprocess.run(
        [*command, "people", "list", "-w", str(place), "--format", "json"],
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    )
    (person,) = json.loads(listed.stdout)
    assert (person["name"], person["roles"][0]["organisation"], person["one_time_password"]) == ("old", "旧单位", False)
    workspace = Workspace.open(place)
    assert [row.project for row in workspace.findings()] == ["旧项目"]
    assert workspace.check() == []
