"""Holders are told: on the page, in the inbox, by mail, by a background that ends with who started it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from greenrule.core.clock import china_today
from tests.web.post_office import Post
from tests.web.watched import PROJECT, held, saved

pytestmark = pytest.mark.usefixtures("unwatched")


def test_page_and_api_show_it_and_the_inbox_keeps_it(client: Any, holders: list[Any]) -> None:
    body = json.dumps({**PROJECT, "on": "2024-03-01"})
    name = client.post("/api/v1/findings?save=true", body, content_type="application/json").json()["id"]
    other = client.post(
        "/api/v1/findings?save=true",
        json.dumps({**PROJECT, "on": china_today().isoformat()}),
        content_type="application/json",
    ).json()["id"]
    assert client.put(f"/api/v1/findings/{name}/watch", "{}", content_type="application/json").status_code == 401
    client.force_login(holders[0])
    assert client.put(f"/api/v1/findings/{name}/watch", "{}", content_type="application/json").status_code == 200
    assert client.put("/api/v1/findings/F0/watch", "{}", content_type="application/json").status_code == 404
    told = client.get(f"/api/v1/findings/{name}/since").json()
    assert told["watched"] is True
    assert told["changes"][0]["items"]
    assert client.get(f"/api/v1/findings/{other}/since").json()["changes"] == []
    page = client.get(f"/f/{name}").content.decode()
    assert "结论之后有变化" in page
    assert "结论之后有变化" not in client.get(f"/f/{other}").content.decode()
    inbox = client.get("/api/v1/inbox").json()
    assert (inbox["unread"], inbox["items"][0]["finding"]) == (1, name)
    number = inbox["items"][0]["id"]
    client.force_login(holders[1])
    assert client.post(f"/api/v1/inbox/{number}/read").status_code == 404  # another's
    client.force_login(holders[0])
    assert client.post(f"/api/v1/inbox/{number}/read").json() == {"marked": 1}
    assert client.get("/api/v1/inbox?unread=true").json()["items"] == []
    assert client.get("/api/v1/watches").json()["items"][0]["changed"] is True
    assert client.delete(f"/api/v1/findings/{name}/watch").status_code == 204
    assert client.get("/api/v1/watches").json()["items"] == []


def test_the_mail_to_a_holder_is_in_the_language_in_which_they_last_asked(
    client: Any, screener: Any, holders: list[Any], post_office: Post
) -> None:
    from greenrule.store.watching import watches
    from greenrule.web.accounts.sessions import language_of
    from greenrule.web.mailing import send_mail

    name = saved(screener, {**PROJECT, "on": "2024-03-01"})
    for user in holders:
        watches.watch(user, name)
    assert language_of(holders[0]) == "zh"  # never here
    client.force_login(holders[0])
    assert language_of(holders[0]) == "zh"
    client.post("/accounts/language/", {"language": "en", "next": "/"})
    assert language_of(holders[0]) == "en"
    client.force_login(holders[1])
    client.post("/accounts/language/", {"language": "zh-hans", "next": "/"})
    held(name, screener)
    assert send_mail() == 2
    by = {to: post_office.read(number) for number, to in enumerate(post_office.recipients)}
    own = by["holder-1@example.org"]
    assert own["Subject"] == f"Changed since the finding: {PROJECT['name']}"
    assert not re.search("[\u4e00-\u9fff]", own.get_content().replace(str(PROJECT["name"]), "")), own.get_content()
    assert "结论之后有变化" in by["holder-2@example.org"]["Subject"]
    client.force_login(holders[0])
    told = client.get("/api/v1/inbox?lang=en").json()["items"][0]["title"]
    assert not re.search("[\u4e00-\u9fff]", told), told


def test_mail_goes_out_once_and_is_tried_again_where_it_does_not(
    screener: Any, holders: list[Any], post_office: Post
) -> None:
    import email
    import email.policy

    from django.utils import timezone

    from greenrule.store.watching import watches
    from greenrule.store.watching.models import Notice
    from greenrule.web.mailing import send_mail

    name = saved(screener, {**PROJECT, "on": "2024-03-01"})
    watches.watch(holders[0], name)
    watches.watch(holders[1], name, email=False)
    held(name, screener)
    post_office.busy = True
    assert send_mail() == 0
    assert Notice.objects.get(user=holders[0]).tries == 1
    post_office.busy = False
    assert send_mail() == 0  # not before the pause is over
    Notice.objects.exclude(mail_due=None).update(mail_due=timezone.now())
    assert send_mail() == 1
    assert send_mail() == 0
    assert len(post_office.mails) == 1
    mail = email.message_from_bytes(post_office.mails[0], policy=email.policy.default)
    assert mail["To"] == "holder-1@example.org"
    assert mail["Subject"].startswith("结论之后有变化")
    text = mail.get_content()
    assert f"https://lvchi.example.org/f/{name}" in text
    assert "开始施行" in text


def test_the_background_checks_by_itself_and_stops_when_told(client: Any, holders: list[Any]) -> None:
    from greenrule.store.watching import watches
    from greenrule.web.watching import run

    name = client.post(
        "/api/v1/findings?save=true", json.dumps({**PROJECT, "on": "2024-03-01"}), content_type="application/json"
    ).json()["id"]
    watches.watch(holders[0], name)
    begun = iter([False])
    run(lambda: len(watches.open_changes(name)) > 0 and next(begun, True), pause=0.01)
    assert watches.unread(holders[0]) == 1


def test_the_command_checks_what_the_command_line_saved(own_workspace: Path, tmp_path: Path) -> None:
    import greenrule
    from greenrule.store.workspace import Workspace

    place = tmp_path / "workspace"
    shutil.copytree(own_workspace, place)
    Workspace.open(place).save_finding(greenrule.screen({**PROJECT, "on": "2024-03-01"}, place))

    def asked() -> dict[str, int]:
        words = [sys.executable, "-m", "greenrule.cli.main", "watch", "check", "-w", str(place), "--format", "json"]

        clean = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("GREENRULE_W", "GREENRULE_S", "GREENRULE_D", "DJANGO"))
        }
        done = subprocess.run(words, env=clean, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, int] = json.loads(done.stdout)
        return found

    assert asked() == {"checked": 1, "changed": 1, "failed": 0, "mailed": 0}
    assert asked() == {"checked": 0, "changed": 0, "failed": 0, "mailed": 0}


@pytest.mark.long
def test_the_background_ends_with_who_started_it(own_workspace: Path, tmp_path: Path) -> None:
    """`serve` starts it with a pipe; however `serve` ends, the pipe closes."""

    import greenrule
    from greenrule.store.workspace import Workspace

    place = tmp_path / "workspace"
    shutil.copytree(own_workspace, place)
    Workspace.open(place).save_finding(greenrule.screen({**PROJECT, "on": "2024-03-01"}, place))
    words = [sys.executable, "-m", "greenrule.cli.main", "watch", "run", "--with-parent", "-w", str(place)]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("GREENRULE_", "DJANGO"))}
    running = subprocess.Popen(words, env=clean, stdin=subprocess.PIPE)
    try:
        until = time.monotonic() + 120
        found = 0
        while not found and time.monotonic() < until and running.poll() is None:
            time.sleep(0.3)
            try:
                with sqlite3.connect(place / "records.sqlite", timeout=10) as records:
                    found = records.execute("SELECT count(*) FROM watching_change").fetchone()[0]
            except sqlite3.OperationalError:  # the tables are being made
                continue
        assert found == 1
        assert running.stdin is not None
        running.stdin.close()
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
