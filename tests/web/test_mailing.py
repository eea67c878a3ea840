"""Mails on their way: a queue that is full, a mail server that is away or says no, a worker that is killed; nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any

import pytest

from tests.web.post_office import Post
from tests.web.subscribed import OLD, api, codes, round_of_mail
from tests.web.watched import PROJECT, held, saved

pytestmark = [pytest.mark.usefixtures("unwatched"), pytest.mark.both]


@pytest.fixture
def name(screener: Any) -> str:
    return saved(screener, OLD)


def subscribers(name: str, count: int) -> None:
    """That many addresses that have confirmed."""
    from greenrule.store.watching.models import Subscriber, Subscription

    for number in range(count):
        Subscription.objects.create(
            subscriber=Subscriber.objects.create(address=f"reader{number}@example.org"), finding=name
        )


def due() -> None:
    """As if the pauses were over."""
    from django.utils import timezone

    from greenrule.store.watching.models import Notice, Telling, Wish

    for model in (Notice, Telling, Wish):
        model.objects.exclude(mail_due=None).update(mail_due=timezone.now())


def test_a_full_queue_takes_no_more_and_says_so(
    client: Any, name: str, post_office: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from greenrule.store.watching import subscriptions
    from greenrule.store.watching.models import Wish

    monkeypatch.setattr(subscriptions, "MOST_WAITING", 3)
    asked = [api(client, f"/findings/{name}/subscriptions", email=f"a{number}@example.org") for number in range(4)]
    assert [answer.status_code for answer in asked] == [202, 202, 202, 503]
    assert codes(asked[3]) == ["WAT006"]
    assert asked[3]["Retry-After"] == "600"
    page = client.post(f"/f/{name}/watch", {"email": "b@example.org"})
    assert page.status_code == 503
    assert "十分钟" in page.content.decode()
    assert Wish.objects.count() == 3
    assert round_of_mail() == 3
    assert api(client, f"/findings/{name}/subscriptions", email="b@example.org").status_code == 202


def test_a_mail_server_that_is_away_costs_no_try(
    screener: Any, name: str, holders: list[Any], post_office: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.test import override_settings

    from greenrule.store.watching import watches
    from greenrule.store.watching.models import Notice, Telling
    from greenrule.web import mailing

    subscribers(name, 3)
    watches.watch(holders[0], name)
    held(name, screener)
    post = mailing.Post()
    now = time.monotonic()
    monkeypatch.setattr(mailing.time, "monotonic", lambda: now)
    opened: list[int] = []
    original = mailing.get_connection
    monkeypatch.setattr(mailing, "get_connection", lambda: opened.append(1) or original())
    with override_settings(EMAIL_PORT=1):
        for _ in range(3):
            assert post.send() == 0
        assert len(opened) == 1  # left alone meanwhile
        for step in (16, 31, 61, 121):
            now += step
            assert post.send() == 0
        assert len(opened) == 5
    tried = [row.tries for model in (Notice, Telling) for row in model.objects.all()]
    assert tried == [0] * 4
    assert post.send() == 0
    now += 1000
    assert post.send() == 4
    assert sorted(post_office.recipients) == ["holder-1@example.org", *(f"reader{n}@example.org" for n in range(3))]


def test_what_is_refused_for_good_is_given_up_and_the_others_go_out(
    screener: Any, name: str, post_office: Post
) -> None:
    from greenrule.store.watching.models import Telling

    subscribers(name, 3)
    post_office.refused = {"reader1@example.org"}
    held(name, screener)
    assert round_of_mail() == 2
    refused = Telling.objects.get(subscription__subscriber__address="reader1@example.org")
    assert (refused.mailed, refused.mail_due) == (None, None)
    due()
    assert round_of_mail() == 0


def test_what_is_refused_for_now_is_tried_for_days_and_then_given_up(
    screener: Any, name: str, post_office: Post
) -> None:
    from greenrule.store.watching.mailing import PAUSES
    from greenrule.store.watching.models import Telling

    subscribers(name, 1)
    post_office.busy = True
    held(name, screener)
    for tries in range(1, len(PAUSES) + 1):
        assert round_of_mail() == 0
        assert Telling.objects.get().tries == tries
        due()
    assert Telling.objects.exclude(mail_due=None).count() == 1
    assert round_of_mail() == 0
    assert Telling.objects.exclude(mail_due=None).count() == 0


def test_a_finding_that_was_altered_stops_nobody_elses_mail(
    screener: Any, name: str, holders: list[Any], post_office: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from greenrule.core.errors import Fault, InputFault
    from greenrule.store.watching import watches
    from greenrule.web import letters

    other = saved(screener, {**PROJECT, "on": "2024-03-02"})
    for one in (other, name):
        watches.watch(holders[0], one)
        held(one, screener)
    load = letters.load_finding

    def altered(wanted: str) -> Any:
        if wanted == other:
            raise InputFault(Fault("W021", "改过的", None, ""))
        return load(wanted)

    monkeypatch.setattr(letters, "load_finding", altered)
    assert round_of_mail() == 1
    assert name in post_office.read().get_content()
    due()
    assert round_of_mail() == 0


def test_ended_while_its_mail_waits_it_is_not_sent(screener: Any, name: str, post_office: Post) -> None:
    from greenrule.store.watching.models import Subscription
    from greenrule.store.watching.subscriptions import end_some

    subscribers(name, 2)
    held(name, screener)
    first = Subscription.objects.order_by("pk")[0]
    end_some(first.subscriber, None)
    assert round_of_mail() == 1
    assert post_office.recipients == ["reader1@example.org"]


def test_two_workers_at_once_send_each_mail_once(screener: Any, name: str, post_office: Post) -> None:
    from django.db import connections

    subscribers(name, 12)
    held(name, screener)
    sent: list[int] = []

    def work() -> None:
        try:
            sent.append(round_of_mail())
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(sent) == 12
    assert Counter(post_office.recipients) == {f"reader{n}@example.org": 1 for n in range(12)}


_WORKER = """
import os
from pathlib import Path
from greenrule.web.serving import connect
connect(Path(os.environ["GREENRULE_WORKSPACE"]), os.environ.get("GREENRULE_DATABASE"))
from greenrule.web.mailing import send_mail
print(send_mail(), flush=True)
"""


@pytest.mark.parametrize("kept", [False, True], ids=["before it is taken", "after it is taken"])
def test_a_worker_that_is_killed_loses_nothing_and_sends_nothing_else_twice(
    screener: Any, name: str, post_office: Post, kept: bool
) -> None:
    """Killed while the mail server has the fourth mail in hand; whether it keeps that one is for the mail server to say."""
    from django.conf import settings

    from greenrule.store.watching.models import Telling

    subscribers(name, 8)
    held(name, screener)
    worker: Any = None
    dead, over = list[bytes](), threading.Event()

    def kill(mail: bytes) -> None:
        if len(post_office.mails) == 3 and not dead:
            os.kill(worker.pid, signal.SIGKILL)
            dead.append(mail)
            if kept:  # RFC 1047: it had the whole mail, and nobody heard it say so
                post_office.mails.append(mail)
                post_office.recipients.append("killed")
            over.set()
            raise ConnectionResetError

    post_office.before_answer = kill
    post_office.handle_error = lambda *rest: None  # type: ignore[method-assign]
    env = {
        **os.environ, "GREENRULE_SMTP": f"smtp://127.0.0.1:{post_office.server_address[1]}", "GREENRULE_ADDRESS": "https://lvchi.example.org",
        "GREENRULE_SECRET_KEY": settings.SECRET_KEY,
    }  # fmt: skip
    worker = subprocess.Popen([sys.executable, "-c", _WORKER], env=env, stdout=subprocess.PIPE)
    assert worker.wait(120) == -signal.SIGKILL
    assert over.wait(30)
    done = len(post_office.mails)
    # At once, the others go out; the one that was in hand waits until nobody can have it any more.
    assert round_of_mail() == 4
    assert Telling.objects.filter(mailed=None).count() == 1
    due()
    assert round_of_mail() == 1
    assert round_of_mail() == 0
    ids = Counter(post_office.read(number)["Message-ID"] for number in range(len(post_office.mails)))
    assert len(ids) == 8
    assert len(post_office.mails) == done + 5
    # A mail that is there twice is the one that was in hand, and says that it is the same.
    assert [count for count in ids.values() if count > 1] == ([2] if kept else [])
