"""Run by `test_postgres.py` on a cluster of its own: chains under concurrency, lost connections, a database that goes away."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.web.cluster import Cluster

COKING = {
    "name": "某焦化项目",
    "on": "2026-11-21",
    "industry": "2521",
    "nature": "new",
    "facts": {"capacity": "106 万吨/年"},
}


def at_once(count: int, work: Callable[[int], None]) -> list[BaseException]:
    """Run in so many threads, all let go together; what went wrong in them."""
    from django.db import connections

    gate, wrong = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            gate.wait()
            work(number)
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.fixture
def cluster(served: Any) -> Cluster:
    from django.conf import settings

    assert settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    return Cluster(Path(os.environ["GREENRULE_TEST_CLUSTER"]), int(settings.DATABASES["default"]["PORT"]))


def chain() -> Any:
    from greenrule.store.chain import verify
    from greenrule.store.desk.records import audit_lines

    return verify(audit_lines())


def test_the_chain_holds_when_many_write_at_once(served: Any) -> None:
    from django.db import transaction

    from greenrule.store.desk.records import log

    before = chain().lines

    def write(number: int) -> None:
        for line in range(15):
            if line % 3 == 0:  # inside a longer transaction, and undone now and then
                try:
                    with transaction.atomic():
                        log(f"甲{number}", "test", f"undone:{line}")
                        raise ZeroDivisionError
                except ZeroDivisionError:
                    continue
            log(f"甲{number}", "test", f"kept:{line}")

    assert at_once(8, write) == []
    found = chain()
    assert found.faults == ()
    assert found.lines == before + 8 * 10


def test_the_past_is_protected(served: Any) -> None:
    from django.db import DatabaseError, transaction

    from greenrule.store.desk.models import Audit
    from greenrule.store.desk.records import log

    log("甲", "test", "x")
    for change in (lambda: Audit.objects.all().delete(), lambda: Audit.objects.update(who="乙")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def post(client: Any, **headers: str) -> Any:
    return client.post(
        "/api/v1/findings?save=true", json.dumps(COKING), content_type="application/json", headers=headers
    )


def test_the_same_post_at_once_is_carried_out_once(client: Any) -> None:
    from django.test import Client

    from greenrule.store.desk.models import Audit

    before = Audit.objects.filter(action="save_finding").count()
    said: list[Any] = []

    def ask(number: int) -> None:
        answer = post(Client(), **{"Idempotency-Key": "the-same"})
        said.append((answer.status_code, answer.content))

    assert at_once(4, ask) == []
    assert len(set(said)) == 1
    assert said[0][0] == 201
    assert Audit.objects.filter(action="save_finding").count() == before + 1
    assert chain().faults == ()


def test_a_connection_that_is_lost_in_the_middle_leaves_nothing(
    client: Any, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import close_old_connections, connection

    from greenrule.store.desk import records

    before = chain().lines
    real = records.Finding.objects.get_or_create

    def cut(*rest: Any, **words: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            number = cursor.fetchone()[0]
        cluster.run_sql(f"SELECT pg_terminate_backend({number})")
        return real(*rest, **words)

    monkeypatch.setattr(records.Finding.objects, "get_or_create", cut)
    answer = post(client)
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"]
    assert "没有留下任何改动" in answer.json()["detail"]
    monkeypatch.undo()
    close_old_connections()
    assert post(client).status_code == 201
    assert chain().lines == before + 1
    assert chain().faults == ()


def test_two_officers_who_decide_at_once(client: Any) -> None:
    """One decides; the other hears that somebody did, and nothing of theirs is kept."""
    from greenrule.store.filings.models import Case
    from tests.web.filing_world import make_world, opened, send, step

    world = make_world()
    case = opened(world)
    for event in ("received", "accepted"):
        answer = step(world, "window", case, event)
        assert answer.status_code == 200, answer.content.decode()
        case = answer.json()
    officers = [world.client(who) for who in ("officer", "second")]
    said: list[int] = []

    def decide(number: int) -> None:
        body = {"version": case["version"], "decision": "approved", "reason": f"第 {number} 位审批人的理由"}
        said.append(send(officers[number], f"/cases/{case['id']}/decision", body).status_code)

    assert at_once(2, decide) == []
    assert sorted(said) == [200, 409]
    row = Case.objects.get(pk=case["id"])
    assert row.version == case["version"] + 1
    assert row.events.filter(event="decided").count() == 1
    assert chain().faults == ()


def test_a_database_that_goes_away_and_comes_back(client: Any, cluster: Cluster) -> None:
    from django.db import close_old_connections

    name = post(client).json()["id"]
    cluster.stop()
    try:
        for path in (f"/api/v1/findings/{name}", f"/f/{name}", "/accounts/login/"):
            answer = client.get(path)
            if path == "/accounts/login/" and answer.status_code == 200:
                continue  # it asks nothing of the database
            assert answer.status_code == 503, path
            assert answer["Retry-After"]
            assert "default-src" in answer["Content-Security-Policy"]
        assert client.post("/accounts/login/", {"login": "admin", "password": "x"}).status_code == 503
        # What needs no database still answers.
        assert client.get("/api/v1/health").status_code == 200
    finally:
        cluster.start()
    # A server does this at the beginning of every request; the test client is the one that leaves it out.
    close_old_connections()
    assert client.get(f"/api/v1/findings/{name}").status_code == 200
    assert chain().faults == ()
