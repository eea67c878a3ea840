"""Webhooks against a real receiver on this machine: signed, tried again, never redirected, never into the network unasked."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

pytestmark = pytest.mark.both


class Receiver:
    """Answers as it is told, and keeps what came."""

    def __init__(self) -> None:
        self.status, self.wait, self.seen = 204, 0.0, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.seen.append((self.path, dict(self.headers), body))
                time.sleep(outer.wait)
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/in?a=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def admin(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The administrator's session, and a clean house afterwards."""
    from django.contrib.auth import get_user_model

    from greenrule.store.watching.models import Event, Hook

    monkeypatch.setenv("GREENRULE_HOOKS_PRIVATE", "1")
    Event.objects.all().delete()
    client.force_login(get_user_model().objects.get(username="admin"))
    yield client
    Hook.objects.all().delete()
    Event.objects.all().delete()


def register(client: Any, url: str, *events: str) -> dict[str, Any]:
    answer = client.post(
        "/api/v1/hooks",
        json.dumps({"name": "测试", "url": url, "events": list(events)}),
        content_type="application/json",
    )
    assert answer.status_code == 201, answer.content.decode()
    return answer.json()


def happen(name: str = "filing.accepted") -> None:
    from django.db import transaction

    from greenrule.store.watching.outbox import emit

    with transaction.atomic():
        emit(name, "C1", {"state": "受理"})


def log(client: Any, hook: dict[str, Any]) -> list[dict[str, Any]]:
    return client.get(f"/api/v1/hooks/{hook['id']}/deliveries").json()["items"]


def overdue() -> None:
    """As if the pause had passed."""
    from django.utils import timezone

    from greenrule.store.watching.models import Delivery

    Delivery.objects.update(due=timezone.now() - timedelta(seconds=1))


def test_a_delivery_is_signed_and_logged(admin: Any, receiver: Receiver) -> None:
    from greenrule.web.sending import deliver

    hook = register(admin, receiver.url, "filing.*")
    happen()
    happen("task.reported")  # not asked for
    assert deliver() == 1
    path, headers, body = receiver.seen[0]
    assert path == "/in?a=1"
    told = hmac.new(
        hook["secret"].encode(), headers["Greenrule-Timestamp"].encode() + b"." + body, hashlib.sha256
    ).hexdigest()
    assert headers["Greenrule-Signature"] == f"v1={told}"
    assert abs(int(headers["Greenrule-Timestamp"]) - time.time()) < 60
    assert json.loads(body)["data"] == {"state": "受理"}
    assert json.loads(body)["id"] == headers["Greenrule-Delivery"]
    entry = log(admin, hook)[0]
    assert (entry["state"], entry["attempts"][0]["status"]) == ("done", 204)
    assert deliver() == 0
    assert "secret" not in admin.get("/api/v1/hooks").json()["items"][0]


def test_a_saved_finding_is_an_event(admin: Any, receiver: Receiver) -> None:
    from greenrule.web.sending import deliver

    register(admin, receiver.url, "finding.saved")
    body = json.dumps({"industry": "2521", "name": "推送测试"})
    for _ in range(2):  # the same finding saved again is no new one
        name = admin.post("/api/v1/findings?save=true", body, content_type="application/json").json()["id"]
    assert deliver() == 1
    assert json.loads(receiver.seen[0][2])["subject"] == name


@pytest.mark.parametrize(("status", "told"), [(500, "对方报错"), (302, "转向"), (404, "对方报错")])
def test_what_is_refused_is_tried_again_and_given_up_at_last(
    admin: Any, receiver: Receiver, status: int, told: str
) -> None:
    from greenrule.store.watching.deliveries import PAUSES
    from greenrule.web.sending import deliver

    hook = register(admin, receiver.url, "*")
    happen()
    receiver.status = status
    for tries in range(len(PAUSES) + 1):
        assert deliver() == 1
        assert deliver() == 0  # not before the pause is over
        entry = log(admin, hook)[0]
        assert entry["tries"] == tries + 1
        overdue()
    assert entry["state"] == "failed"
    assert deliver() == 0
    assert told in entry["attempts"][0]["error"]
    assert {path for path, *_ in receiver.seen} == {"/in?a=1"}
    assert len({headers["Greenrule-Delivery"] for _, headers, _ in receiver.seen}) == 1
    receiver.status = 200
    assert admin.post(f"/api/v1/hooks/{hook['id']}/deliveries/{entry['id']}/again").status_code == 202
    assert deliver() == 1
    assert log(admin, hook)[0]["state"] == "done"


def test_a_receiver_that_is_down_or_slow_holds_nobody_up(admin: Any, receiver: Receiver) -> None:
    from greenrule.web.sending import post

    receiver.server.shutdown()
    receiver.server.server_close()
    assert "送不到" in post(receiver.url, b"{}", {}, True).error
    slow = Receiver()
    slow.wait = 5
    begun = time.monotonic()
    assert post(slow.url, b"{}", {}, True, deadline=0.3).error == "超过时限"
    assert time.monotonic() - begun < 3
    slow.server.shutdown()
    slow.server.server_close()


def test_a_receiver_that_drips_is_cut_off() -> None:
    import socket

    from greenrule.web.sending import post

    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        link, _ = listener.accept()
        with link:
            try:
                for _ in range(100):
                    link.sendall(b"H")
                    time.sleep(0.05)
            except OSError:
                return

    threading.Thread(target=drip, daemon=True).start()
    begun = time.monotonic()
    found = post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {}, True, deadline=0.4)
    assert found.status is None
    assert time.monotonic() - begun < 3
    listener.close()


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://169.254.169.254/latest", "https://localhost/",
     "https://[::ffff:192.168.0.1]/", "http://example.com/", "https://2130706433/", "https://0/", "ftp://a.b/", "https:///"],
)  # fmt: skip
def test_nothing_is_sent_into_our_own_network(url: str) -> None:
    from greenrule.web.sending import post

    found = post(url, b"{}", {}, allow_private=False)
    assert found.status is None
    assert "推送" in found.error or "解析" in found.error


@pytest.mark.parametrize(
    "address",
    ["fec0::1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "192.88.99.1", "3fff::1", "::ffff:169.254.169.254", "::127.0.0.1", "100.64.0.1"],
)  # fmt: skip
def test_addresses_that_only_look_public_are_refused(served: Any, address: str) -> None:
    from greenrule.web.sending import public

    assert not public(address)
    assert public("2606:4700::1111")


def test_the_address_that_was_looked_at_is_the_one_that_is_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers public first and private later gets us nowhere: it is asked once."""
    import socket

    from greenrule.web.sending import post

    asked = []

    def rebinding(host: str, port: int, *args: Any, **rest: Any) -> Any:
        asked.append(host)
        address = "8.8.8.8" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    used = []
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(
        socket,
        "create_connection",
        lambda address, **rest: used.append(address) or (_ for _ in ()).throw(OSError("closed")),
    )
    post(f"https://rebinds.example:{receiver.server.server_port}/", b"{}", {}, allow_private=False)
    assert asked == ["rebinds.example"]
    assert used[0][0] == "8.8.8.8"
    # One private address among several is enough to refuse them all.
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    )
    assert "内部网络" in post("https://both.example/", b"{}", {}, allow_private=False).error


def test_hooks_that_cannot_be(admin: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def codes(**body: Any) -> list[str]:
        answer = admin.post(
            "/api/v1/hooks",
            json.dumps({"name": "甲", "url": receiver.url, "events": ["*"], **body}),
            content_type="application/json",
        )
        return [fault["code"] for fault in answer.json().get("faults", ())]

    assert codes(url="https://a:b@c.example/", events=["weather.*"], name=" ") == ["HOK001", "HOK002", "HOK003"]
    assert codes(url="https://c.example:port/") == ["HOK001"]
    assert codes(events=[]) == ["HOK002"]
    monkeypatch.delenv("GREENRULE_HOOKS_PRIVATE")
    assert codes() == ["HOK001"]  # plain http
    monkeypatch.setenv("GREENRULE_HOOKS_PRIVATE", "1")
    assert codes() == []
    assert codes() == ["HOK006"]


def test_a_hook_is_its_owners_alone(admin: Any, receiver: Receiver) -> None:
    from django.contrib.auth import get_user_model

    hook = register(admin, receiver.url, "*")
    old = hook["secret"]
    assert admin.post(f"/api/v1/hooks/{hook['id']}/secret").json()["secret"] != old
    other = get_user_model().objects.create_superuser("other-admin", password=None)
    try:
        admin.force_login(other)
        assert admin.get(f"/api/v1/hooks/{hook['id']}/deliveries").status_code == 404
        assert admin.delete(f"/api/v1/hooks/{hook['id']}").status_code == 404
    finally:
        other.delete()


def test_two_workers_do_not_send_the_same_at_once(admin: Any, receiver: Receiver) -> None:
    from greenrule.store.watching import deliveries

    register(admin, receiver.url, "*")
    happen()
    assert (deliveries.spread(), deliveries.spread()) == (1, 0)
    first, second = deliveries.take(), deliveries.take()
    assert next(first).event.subject == "C1"
    assert next(second, None) is None


_WORKER = """
import os, signal, sys
import django; django.setup()
from greenrule.web import sending
real = sending.post
def dying(*args):
    real(*args)
    os.kill(os.getpid(), signal.SIGKILL)  # sent, and nothing recorded
sending.post = dying
sending.deliver()
"""


def test_a_worker_killed_between_sending_and_recording_sends_again_under_the_same_id(
    admin: Any, receiver: Receiver
) -> None:
    from greenrule.web.sending import deliver

    hook = register(admin, receiver.url, "*")
    happen()
    done = subprocess.run(
        [sys.executable, "-c", _WORKER], env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert len(receiver.seen) == 1
    assert log(admin, hook)[0]["state"] == "waiting"
    assert deliver() == 0  # the lease of the dead one holds
    overdue()
    assert deliver() == 1
    assert len({headers["Greenrule-Delivery"] for _, headers, _ in receiver.seen}) == 1
    assert log(admin, hook)[0]["state"] == "done"


def test_what_is_old_and_through_is_forgotten(admin: Any, receiver: Receiver) -> None:
    from django.utils import timezone

    from greenrule.store.watching.deliveries import KEPT_DAYS, sweep
    from greenrule.store.watching.models import Delivery, Event
    from greenrule.web.sending import deliver

    register(admin, receiver.url, "*")
    for _ in range(3):
        happen()
    assert deliver() == 3
    old = timezone.now() - timedelta(days=KEPT_DAYS + 1)
    first, second, _ = Event.objects.order_by("id")
    Event.objects.filter(pk__in=(first.pk, second.pk)).update(at=old)
    Delivery.objects.filter(event=second).update(state="waiting")  # still to be sent, however old
    assert sweep() == 1
    assert not Event.objects.filter(pk=first.pk).exists()
    assert Event.objects.count() == 2


def test_what_was_given_up_is_counted_listed_and_sent_again_all_at_once(admin: Any, receiver: Receiver) -> None:
    from greenrule.store.watching.models import Delivery
    from greenrule.web.sending import deliver

    hook = register(admin, receiver.url, "*")
    for _ in range(3):
        happen()
    assert deliver() == 3
    first = Delivery.objects.order_by("id")[0]
    Delivery.objects.exclude(pk=first.pk).update(state="failed", tries=9)
    own = next(item for item in admin.get("/api/v1/hooks").json()["items"] if item["id"] == hook["id"])
    assert own["deliveries"] == {"waiting": 0, "done": 1, "failed": 2}
    listed = admin.get(f"/api/v1/hooks/{hook['id']}/deliveries?state=failed").json()["items"]
    assert {row["state"] for row in listed} == {"failed"}
    assert len(listed) == 2
    assert admin.get(f"/api/v1/hooks/{hook['id']}/deliveries?state=lost").status_code == 422
    assert admin.post(f"/api/v1/hooks/{hook['id']}/deliveries/again").json() == {"again": 2}
    assert deliver() == 2
    assert Delivery.objects.filter(state="done").count() == 3
