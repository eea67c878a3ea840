"""A finding hears of what changes under it: rules, values, boundaries, clocks; each holder once, and of nothing that does not matter."""

from __future__ import annotations

import json
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

PROJECT = {
    "name": "某焦化项目", "on": "2026-11-21", "industry": "2521", "nature": "new",
    "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}, "facts": {"capacity": "106 万吨/年"},
}  # fmt: skip
DAY = date(2026, 11, 25)
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean(served: Any) -> Iterator[None]:
    from greenrule.store.desk.models import Finding
    from greenrule.store.watching.models import Change, Checked, Event, Watch

    def sweep() -> None:
        for model in (Change, Checked, Watch, Event):
            model.objects.all().delete()

    sweep()
    kept = set(Finding.objects.values_list("id", flat=True))
    yield
    sweep()
    assert kept <= set(Finding.objects.values_list("id", flat=True))  # findings are never taken away


@pytest.fixture
def holders(served: Any) -> Iterator[list[Any]]:
    from django.contrib.auth import get_user_model

    users = get_user_model()
    made = [
        users.objects.create_superuser(f"holder-{n}", email=f"holder-{n}@example.org", password=None) for n in (1, 2)
    ]
    yield made
    for user in made:
        user.delete()


@pytest.fixture(scope="session")
def own_workspace(demo_workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("watched") / "workspace"
    shutil.copytree(demo_workspace.path, place)
    return place


def saved(screener: Any, project: dict[str, Any] | None = None) -> str:
    from greenrule.casework.project import project_from
    from greenrule.store.desk.records import save_finding

    return save_finding(screener.screen(project_from(project or PROJECT, screener.law)), "test")


def held(name: str, screener: Any, day: date = DAY) -> Any:
    from greenrule.web.watching import check, stamp_of

    return check(name, screener, stamp_of(screener, day), day)


@pytest.fixture
def screener(own_workspace: Path) -> Any:
    from greenrule.casework.screening import open_screener

    return open_screener(own_workspace)


def test_nothing_has_changed_where_nothing_has(screener: Any) -> None:
    assert held(saved(screener), screener) is None


def published(place: Path, kind: str, drop: Any) -> None:
    """A new version of a layer without the features for which `drop` says so."""
    from greenrule.spatial.frame import Frame
    from greenrule.store.workspace import Workspace

    workspace = Workspace.open(place)
    before = workspace.layers()[kind]
    frame = workspace.read(before)
    rows = [row for row in range(len(frame)) if not drop(frame.geometry[row])]
    assert 0 < len(rows) < len(frame)
    fewer = Frame(
        frame.geometry[rows],
        {name: [column[row] for row in rows] for name, column in frame.columns.items()},
        frame.meta,
    )
    workspace.import_frame(
        kind,
        fewer,
        title="新版",
        source="测试",
        accuracy_m=before.accuracy_m,
        complete=before.complete,
        valid_from=date(2020, 1, 1),
        demo=True,
    )


def test_a_layer_matters_only_where_it_changes_at_the_site(screener: Any, own_workspace: Path, tmp_path: Path) -> None:
    import shapely

    from greenrule.casework.screening import open_screener
    from greenrule.store.workspace import Workspace

    here = shapely.Point(112.55, 37.87)
    place = tmp_path / "workspace"
    shutil.copytree(own_workspace, place)
    name = saved(open_screener(place))
    published(place, "control_unit", lambda shape: shape.distance(here) > 1.5)
    assert len(Workspace.open(place).versions("control_unit")) == 2
    assert held(name, open_screener(place)) is None  # far away
    published(place, "built_up_area", lambda shape: shape.intersects(here))
    change = held(name, open_screener(place))
    assert change is not None
    told = [(item["kind"], item["before"], item["after"]) for item in change.body["items"]]
    assert ("fact", "是", "否") in told
    assert not [item for item in change.body["items"] if item["kind"] in ("rule", "parameter", "unit")]


@pytest.fixture(scope="session")
def later_packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The packs with one value, one rule's condition and one wording changed."""
    place = tmp_path_factory.mktemp("later")
    for name in ("cn", "cn-shanxi"):
        shutil.copytree(ROOT / "packs" / name, place / name, ignore=shutil.ignore_patterns("cases"))
    for file, old, new in (
        ("rules/air-plan-2024.rules", 'rule air-02-d "焦化企业纳入绿色发展考核"', 'rule air-02-d "焦化企业纳入考核"'),
        ("parameters/air-thresholds.yaml", "value: 35, cite", "value: 40, cite"),
    ):
        path = place / "cn-shanxi" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return place / "cn", place / "cn-shanxi"


def test_a_new_edition_of_the_packs_tells_which_rule_and_which_value(
    screener: Any, own_workspace: Path, later_packs: Any
) -> None:
    from greenrule.casework.screening import open_screener
    from greenrule.web.watching import present_edition

    name = saved(screener)
    present_edition(screener.law)
    change = held(name, open_screener(own_workspace, packs=later_packs))
    assert change is not None
    told = {(item["kind"], item["id"]): item for item in change.body["items"]}
    assert told["rule", "air-02-d"]["change"] == "wording"
    value = told["parameter", "air.coal_boiler_clear_max"]
    assert (value["before"], value["after"]) == ("35 蒸吨/小时", "40 蒸吨/小时")
    assert value["cites"] == ["sx-2024-7-air#9"]
    assert {kind for kind, _ in told} == {"rule", "parameter"}
    assert change.body["law_kept"] is True


def test_without_the_edition_of_then_the_packs_are_named(screener: Any, own_workspace: Path, later_packs: Any) -> None:
    from greenrule.casework.screening import open_screener
    from greenrule.store.watching.models import Edition

    name = saved(screener)
    Edition.objects.all().delete()
    change = held(name, open_screener(own_workspace, packs=later_packs))
    assert change is not None
    assert change.body["law_kept"] is False
    assert [item["id"] for item in change.body["items"] if item["kind"] == "pack"] == ["cn-shanxi"]


def test_a_clock_that_passes_is_a_change(screener: Any) -> None:
    name = saved(screener, {**PROJECT, "on": "2024-03-01"})
    change = held(name, screener)
    assert change is not None
    started = {item["id"] for item in change.body["items"] if item["change"] == "starts"}
    assert "air-24-b-new" in started
    assert change.body["now"]["on"] == DAY.isoformat()


def test_what_was_asked_as_known_on_an_earlier_day_is_told_by_the_rules_that_hold_now(own_workspace: Path) -> None:
    from greenrule.casework.screening import open_screener

    early = open_screener(own_workspace, known=date(2024, 3, 1))
    name = saved(early, PROJECT)
    change = held(name, open_screener(own_workspace))
    assert change is not None
    assert {item["change"] for item in change.body["items"] if item["kind"] == "rule"} == {"applies"}


def test_days_on_which_no_clock_passes_are_one_moment(screener: Any) -> None:
    from greenrule.web.watching import stamp_of

    assert stamp_of(screener, DAY) == stamp_of(screener, DAY + timedelta(days=1))
    assert stamp_of(screener, DAY) != stamp_of(screener, date(2024, 3, 1))


def test_each_holder_is_told_once(screener: Any, holders: list[Any]) -> None:
    from greenrule.store.watching import watches
    from greenrule.store.watching.models import Change, Event, Notice

    name = saved(screener, {**PROJECT, "on": "2024-03-01"})
    Event.objects.all().delete()
    for user in holders:
        watches.watch(user, name)
        watches.watch(user, name)
    first = held(name, screener)
    again = held(name, screener, DAY + timedelta(days=1))  # the same change, on another day
    assert first.pk == again.pk
    assert Notice.objects.filter(change=first).count() == len(holders)
    assert Event.objects.filter(name="finding.changed", subject=name).count() == 1
    # As it was: the change is over; as it became again: told no second time.
    assert held(name, screener, date(2024, 3, 1)) is None
    assert watches.open_changes(name) == []
    assert held(name, screener).pk == first.pk
    assert len(watches.open_changes(name)) == 1
    assert Notice.objects.count() == len(holders)
    assert Change.objects.count() == 1
    assert Event.objects.filter(name="finding.changed").count() == 1


def test_a_project_that_can_no_longer_be_asked_is_told(screener: Any, own_workspace: Path, tmp_path: Path) -> None:
    import shapely

    from greenrule.casework.screening import open_screener

    place = tmp_path / "workspace"
    shutil.copytree(own_workspace, place)
    name = saved(open_screener(place))
    published(place, "county", lambda shape: shape.intersects(shapely.Point(112.55, 37.87)))
    change = held(name, open_screener(place))
    assert change.body["items"][0]["kind"] == "project"
    assert "图层" in change.body["items"][0]["after"]


def test_page_and_api_show_it_and_the_inbox_keeps_it(client: Any, holders: list[Any]) -> None:
    body = json.dumps({**PROJECT, "on": "2024-03-01"})
    name = client.post("/api/v1/findings?save=true", body, content_type="application/json").json()["id"]
    other = client.post(
        "/api/v1/findings?save=true",
        json.dumps({**PROJECT, "on": date.today().isoformat()}),
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


class Post(socketserver.ThreadingTCPServer):
    """A mail server: keeps what it is sent, or says that it is busy."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.busy = False
        super().__init__(("127.0.0.1", 0), _Talk)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                mail = []
                while (text := self.rfile.readline()) != b".\r\n":
                    mail.append(text)
                server.mails.append(b"".join(mail))
                self.wfile.write(b"250 kept\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"451 busy\r\n" if server.busy and word == b"MAIL" else b"250 ok\r\n")


@pytest.fixture
def post_office(served: Any) -> Iterator[Post]:
    from django.test import override_settings

    server = Post()
    with override_settings(
        MAIL_SENT=True, EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.server_address[1],
        EMAIL_USE_TLS=False, EMAIL_USE_SSL=False, GREENRULE_ADDRESS="https://lvchi.example.org/",
    ):  # fmt: skip
        yield server
    server.shutdown()
    server.server_close()


def test_mail_goes_out_once_and_is_tried_again_where_it_does_not(
    screener: Any, holders: list[Any], post_office: Post
) -> None:
    import email
    import email.policy

    from django.utils import timezone

    from greenrule.store.watching import watches
    from greenrule.store.watching.models import Notice
    from greenrule.web.watching import send_mail

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
        import os

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
    import os
    import sqlite3
    import time

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
