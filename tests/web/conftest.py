"""A server over a copy of the demonstration workspace; Django can be set up once in a process, so one for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def served(demo_workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What `prepare` made of a workspace."""
    from greenrule.web.serving import prepare

    place = tmp_path_factory.mktemp("served") / "workspace"
    shutil.copytree(demo_workspace.path, place)
    before = dict(os.environ)
    try:
        ready = prepare(place, os.environ.get("GREENRULE_TEST_DATABASE"), "testserver,localhost")
        from greenrule.store.desk.people import find_person, password_replaced

        password_replaced(find_person("admin"))  # as if it had been; `test_accounts.py` makes others that have not
        yield ready
    finally:
        from django.db import connections

        connections.close_all()
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def client(served: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A visitor, whose rate is not held against the test before."""
    from django.test import Client

    from greenrule.web.api import access
    from greenrule.web.guard import Bucket

    monkeypatch.setattr(access, "PUBLIC", Bucket(rate=1000, burst=1000))
    return Client(raise_request_exception=False)


@pytest.fixture
def token(served: Any) -> Iterator[Any]:
    """Makes tokens: scopes → the secret; gone after the test."""
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.models import Token
    from greenrule.store.desk.people import token_digest

    owner = get_user_model().objects.get(username="admin")
    made: list[Token] = []

    def make(*scopes: str, **rest: Any) -> str:
        secret = f"secret-{len(made)}"
        made.append(
            Token.objects.create(owner=owner, name="测试", digest=token_digest(secret), scopes=list(scopes), **rest)
        )
        return secret

    yield make
    for item in made:
        item.delete()


@pytest.fixture
def settings_file() -> Path:
    """Where the settings are written down."""
    import greenrule.web.settings

    return Path(greenrule.web.settings.__file__)


@pytest.fixture
def settings_of(served: Any) -> Iterator[Any]:
    """Changes settings of the server for a test."""
    from django.test.utils import override_settings

    changed: list[Any] = []

    def change(**words: Any) -> None:
        changed.append(override_settings(**words))
        changed[-1].enable()

    yield change
    for item in reversed(changed):
        item.disable()


@pytest.fixture
def mailbox(served: Any) -> Iterator[list[Any]]:
    """Where mail goes with the backend that keeps it in memory."""
    from django.core import mail

    mail.outbox = []
    yield mail.outbox
    del mail.outbox


@pytest.fixture
def post_office(served: Any) -> Iterator[Any]:
    """A mail server, and a server of ours that sends by it."""
    from django.core.cache import cache
    from django.test import override_settings

    from tests.web.post_office import Post

    cache.clear()  # how often the tests before have asked for mail
    server = Post()
    with override_settings(
        MAIL_SENT=True, EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=server.server_address[1], EMAIL_USE_TLS=False, EMAIL_USE_SSL=False, DEFAULT_FROM_EMAIL="lvchi@example.org",
        GREENRULE_ADDRESS="https://lvchi.example.org/",
    ):  # fmt: skip
        yield server
    server.close()


@pytest.fixture
def subscribe(client: Any, post_office: Any) -> Callable[..., str]:
    """Subscribes an address to a finding; the path of the link by which it is confirmed."""
    from tests.web.post_office import link_of
    from tests.web.subscribed import round_of_mail

    def ask(name: str, address: str = "reader@example.org", **more: Any) -> str:
        answer = client.post(f"/f/{name}/watch", {"email": address, "do": "mail"}, **more)
        assert answer.status_code == 202, answer.content.decode()
        assert round_of_mail() == 1
        return link_of(post_office.read(), "confirm")

    return ask


@pytest.fixture
def unwatched(served: Any) -> Iterator[None]:
    """No watches, changes and events before and after; findings stay."""
    from greenrule.store.desk.models import Finding
    from greenrule.store.watching.models import Change, Checked, Event, Invitation, Subscriber, Watch, Wish

    def sweep() -> None:
        for model in (Change, Checked, Watch, Event, Subscriber, Wish, Invitation):
            model.objects.all().delete()

    sweep()
    kept = set(Finding.objects.values_list("id", flat=True))
    yield
    sweep()
    assert kept <= set(Finding.objects.values_list("id", flat=True))  # findings are never taken away


@pytest.fixture
def holders(served: Any) -> Iterator[list[Any]]:
    """Two people with mail addresses."""
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
    """A copy of the demonstration workspace that no server uses."""
    place = tmp_path_factory.mktemp("watched") / "workspace"
    shutil.copytree(demo_workspace.path, place)
    return place


@pytest.fixture
def screener(own_workspace: Path) -> Any:
    """Asks in it."""
    from greenrule.casework.screening import open_screener

    return open_screener(own_workspace)
