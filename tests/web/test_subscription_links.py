"""Links of mails that are forged, late or used, pressed at one moment; and what is written where an address should be."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from tests.web.post_office import Post
from tests.web.subscribed import OLD, api, at_once, codes, round_of_mail
from tests.web.watched import PROJECT, held, saved

pytestmark = [pytest.mark.usefixtures("unwatched"), pytest.mark.both]


@pytest.fixture
def name(screener: Any) -> str:
    return saved(screener, OLD)


# -- links -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("purpose", ["confirm", "list", "end"])
def test_a_forged_link_opens_nothing(
    client: Any, screener: Any, name: str, subscribe: Any, post_office: Post, purpose: str
) -> None:
    import uuid

    from greenrule.store.watching.links import link_token
    from greenrule.store.watching.models import Subscription

    client.post(subscribe(name))
    held(name, screener)
    round_of_mail()
    kept = Subscription.objects.get()
    good = link_token(purpose, kept.uid)  # type: ignore[arg-type]
    other = {"confirm": "list", "list": "end", "end": "confirm"}[purpose]
    changed = ("B" if good[0] == "A" else "A") + good[1:]
    forged = [
        changed,
        good[:-1],
        good[:-2] + "aa",
        "x",
        "a.b.c",
        good.replace(".", ""),
        link_token(other, kept.uid),
        "%00",
        "é",
    ]  # type: ignore[arg-type]
    for token in forged:
        for answer in (client.get(f"/watch/{purpose}/{token}"), client.post(f"/watch/{purpose}/{token}", {"all": "1"})):
            assert answer.status_code == 404, token
    for token in (changed, "\x00", "é", ""):
        assert codes(api(client, f"/subscriptions/{purpose}", token=token)) == ["WAT003"], token
    # What is signed for nobody opens nothing either.
    assert client.post(f"/watch/{purpose}/{link_token(purpose, uuid.uuid4())}").status_code == (
        200 if purpose == "end" else 404
    )  # type: ignore[arg-type]
    assert Subscription.objects.count() == 1


def test_a_link_is_used_once_and_in_time(
    client: Any, name: str, subscribe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core import signing

    from greenrule.store.watching.models import Subscription

    path = subscribe(name)
    assert client.post(path).status_code == 200
    again = client.post(path)
    assert again.status_code == 404
    assert "已经用过，订阅已生效" in again.content.decode()
    assert Subscription.objects.count() == 1
    # Ended, the old link does not begin it again.
    Subscription.objects.all().delete()
    assert client.post(path).status_code == 404
    assert Subscription.objects.count() == 0

    path = subscribe(name, "late@example.org")
    now = time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 3 * 86400 + 5)
    answer = client.post(path)
    assert answer.status_code == 404
    assert "已过期" in answer.content.decode()
    monkeypatch.setattr(signing.time, "time", lambda: now + 3 * 86400 - 60)
    assert client.post(path).status_code == 200


def test_a_link_signed_with_the_key_before_still_opens(
    client: Any, name: str, subscribe: Any, settings_of: Any
) -> None:
    from django.conf import settings

    path = subscribe(name)
    before = settings.SECRET_KEY
    settings_of(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[])
    assert client.post(path).status_code == 404
    settings_of(SECRET_KEY_FALLBACKS=[before])
    assert client.post(path).status_code == 200


def test_of_two_links_for_the_same_one_begins_it(client: Any, name: str, subscribe: Any) -> None:
    from greenrule.store.watching.models import Subscription

    paths = [subscribe(name), subscribe(name)]
    assert [client.post(path).status_code for path in paths] == [200, 404]
    assert Subscription.objects.count() == 1


def test_who_confirms_twice_at_once_confirms_once(name: str, post_office: Post) -> None:
    from greenrule.core.errors import InputFault
    from greenrule.store.watching import subscriptions
    from greenrule.store.watching.links import link_token
    from greenrule.store.watching.models import Subscriber, Subscription, Wish

    for number in range(5):
        subscriptions.ask(f"twice{number}@example.org", name, "zh")
        token = link_token("confirm", Wish.objects.get().uid)
        came = at_once(*[lambda token=token: subscriptions.confirm(token)] * 4)
        assert [type(one) for one in came].count(Subscription) == 1, came
        assert sum(isinstance(one, InputFault) and one.faults[0].code == "WAT005" for one in came) == 3, came
    assert (Subscriber.objects.count(), Subscription.objects.count(), Wish.objects.count()) == (5, 5, 0)


def test_who_ends_the_last_one_and_begins_another_at_once_keeps_the_other(
    screener: Any, name: str, post_office: Post
) -> None:
    from greenrule.store.watching import subscriptions
    from greenrule.store.watching.links import link_token
    from greenrule.store.watching.models import Subscriber, Subscription, Wish

    other = saved(screener, {**PROJECT, "on": "2024-03-02"})
    for _ in range(8):
        Subscriber.objects.all().delete()
        subscriber = Subscriber.objects.create(address="both@example.org")
        first = Subscription.objects.create(subscriber=subscriber, finding=name)
        wish = Wish.objects.create(address="both@example.org", finding=other)
        ending, beginning = link_token("end", first.uid), link_token("confirm", wish.uid)
        came = at_once(
            lambda token=ending: subscriptions.end(token), lambda token=beginning: subscriptions.confirm(token).finding
        )
        # The address may be erased before it is confirmed again: then the wish went with it, and the link says so.
        if isinstance(came[1], str):
            assert came == [True, other]
            assert [row.finding for row in Subscription.objects.all()] == [other]
        else:
            assert came[0] is True
            assert came[1].faults[0].code == "WAT005"
            assert Subscriber.objects.count() == 0


def test_who_unsubscribes_while_a_change_is_written_down_is_not_in_its_way(
    screener: Any, name: str, post_office: Post
) -> None:
    from greenrule.store.watching import subscriptions
    from greenrule.store.watching.links import link_token
    from greenrule.store.watching.models import Change, Checked, Subscriber, Subscription, Telling

    stays = Subscription.objects.create(subscriber=Subscriber.objects.create(address="stays@example.org"), finding=name)
    held(name, screener)  # so that what takes long is known
    for number in range(8):
        Change.objects.all().delete()
        Checked.objects.all().delete()
        leaves = [
            Subscription.objects.create(
                subscriber=Subscriber.objects.create(address=f"leaves{n}@example.org"), finding=name
            )
            for n in range(3)
        ]
        links = [link_token("end", row.uid) for row in leaves]
        came = at_once(
            lambda: held(name, screener),
            *[
                lambda token=token, pause=number: time.sleep(0.02 * pause) or subscriptions.end(token)
                for token in links
            ],
        )
        assert isinstance(came[0], Change), came
        assert came[1:] == [True] * 3
        assert [row.subscription_id for row in Telling.objects.all()] == [stays.pk]


def test_an_address_has_so_many_and_no_more(
    client: Any, screener: Any, name: str, subscribe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from greenrule.store.watching import subscriptions

    monkeypatch.setattr(subscriptions, "MOST", 1)
    client.post(subscribe(name))
    path = subscribe(saved(screener, {**PROJECT, "on": "2024-03-02"}))
    answer = client.post(path)
    assert answer.status_code == 422
    assert "WAT007" in answer.content.decode()


# -- addresses -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\nBcc: b@example.org", "a@example.org\r\nSubject: x", "a\r\n@example.org", "a@exam\nple.org", "a@example.org, b@example.org",
        "A <a@example.org>", "<a@example.org>", '"a b"@example.org', "a@b", "@example.org", "a@", "a", "", "a b@example.org", "a..b@example.org",
        ".a@example.org", "张三@example.org", "a@[127.0.0.1]", "a@127.0.0.1", "a@-x-.org", "a@example..org", "a" * 65 + "@example.org",
        "a@" + "b" * 64 + ".org", "a@" + ".".join(["b" * 60] * 5), "a@example.org\x00", "a\u202e@example.org", "a@ex\u200bample.org;x",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_nothing_is_written_down(
    client: Any, name: str, post_office: Post, address: str
) -> None:
    from greenrule.store.watching.models import Wish

    assert codes(api(client, f"/findings/{name}/subscriptions", email=address)) == ["WAT002"]
    assert client.post("/watch", {"email": address}).status_code == 422
    assert Wish.objects.count() == 0


@given(some.text(max_size=60))
@example("a@例子。中国")
@example("a@xn--fsqu00a.xn--fiqs8s")
@example("x@ß.de")
def test_an_address_that_is_taken_is_one_line_of_ascii(text: str) -> None:
    from greenrule.core.errors import InputFault
    from greenrule.store.watching.subscriptions import mail_address

    try:
        found = mail_address(text)
    except InputFault:
        return
    assert found.isascii()
    assert found.isprintable()
    assert found.count("@") == 1
    assert not set(' <>,;:"()[]\\') & set(found)
    assert mail_address(found) == found


def test_a_chinese_domain_is_written_to(client: Any, name: str, subscribe: Any, post_office: Post) -> None:
    path = subscribe(name, "Wang@例子.中国")
    assert post_office.recipients[-1] == "wang@xn--fsqu00a.xn--fiqs8s"
    assert client.post(path).status_code == 200
    client.post("/watch", {"email": "wang@XN--fsqu00a.xn--fiqs8s"})
    assert round_of_mail() == 1
    assert post_office.read()["Subject"] == "您的订阅"


def test_a_title_cannot_write_headers(client: Any, screener: Any, subscribe: Any, post_office: Post) -> None:
    name = saved(screener, {**OLD, "name": "甲\nBcc: b@example.org\n\n乙" + "很长" * 200})
    subscribe(name)
    mail = post_office.read()
    assert mail["Bcc"] is None
    assert "甲 Bcc: b@example.org 乙" in mail["Subject"]
