"""Told by mail without an account: asked for, confirmed, told once, ended; and whatever is tried against it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from tests.web.post_office import Post, link_of
from tests.web.watched import PROJECT, held, saved

pytestmark = [pytest.mark.usefixtures("unwatched"), pytest.mark.both]

CHINESE = re.compile("[\u4e00-\u9fff]")
OLD = {**PROJECT, "on": "2024-03-01"}


def api(client: Any, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")


def codes(answer: Any) -> list[str]:
    return [fault["code"] for fault in answer.json().get("faults", ())]


def round_of_mail() -> int:
    from greenrule.web.mailing import send_mail

    return send_mail()


@pytest.fixture
def subscribe(client: Any, post_office: Post) -> Callable[..., str]:
    """Subscribes an address to a finding; the path of the link by which it is confirmed, or of the list where that is asked for."""

    def ask(name: str, address: str = "reader@example.org", **more: Any) -> str:
        answer = client.post(f"/f/{name}/watch", {"email": address, "do": "mail"}, **more)
        assert answer.status_code == 202, answer.content.decode()
        assert round_of_mail() == 1
        return link_of(post_office.read(), "confirm")

    return ask


@pytest.fixture
def name(screener: Any) -> str:
    return saved(screener, OLD)


def erased(address: str) -> bool:
    """Whether an address stands in no table of the server."""
    from django.apps import apps
    from django.db import models

    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, models.CharField | models.TextField) and (
                model._default_manager.filter(**{f"{field.name}__icontains": address}).exists()
            ):
                return False
    return True


# -- the way ---------------------------------------------------------------------------------------------
def test_from_asking_to_the_end(client: Any, screener: Any, name: str, subscribe: Any, post_office: Post) -> None:
    from greenrule.store.desk.models import Audit
    from greenrule.store.watching.models import Subscription, Wish

    before = Audit.objects.count()
    path = subscribe(name)
    mail = post_office.read()
    assert (mail["To"], mail["From"]) == ("reader@example.org", "lvchi@example.org")
    assert mail["Subject"] == "请确认订阅：某焦化项目"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    # Whatever opens links before people do begins nothing.
    assert "确认" in client.get(path).content.decode()
    assert Subscription.objects.count() == 0
    answer = client.post(path)
    assert answer.status_code == 200
    assert "订阅已生效" in answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer["Cache-Control"]
    assert Wish.objects.count() == 0

    held(name, screener)
    assert round_of_mail() == 1
    held(name, screener)
    assert round_of_mail() == 0
    mail = post_office.read()
    assert mail["Subject"] == "结论之后有变化：某焦化项目"
    assert "开始施行" in mail.get_content()
    assert f"https://lvchi.example.org/f/{name}" in mail.get_content()
    end = link_of(mail, "end")
    assert mail["List-Unsubscribe"] == f"<https://lvchi.example.org{end}>"
    assert b"\r\nList-Unsubscribe: <https://" in post_office.mails[-1]  # on its line
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    listed = link_of(mail, "list")
    assert "某焦化项目" in client.get(listed).content.decode()
    assert "不再发邮件" in client.get(end).content.decode()
    assert Subscription.objects.count() == 1
    # As a mail program does it: no cookie, no token of a form (RFC 8058).
    from django.test import Client

    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = program.post(end, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "已退订" in answer.content.decode()
    assert Subscription.objects.count() == 0
    assert erased("reader@example.org")
    assert client.get(listed).status_code == 404
    lines = list(Audit.objects.order_by("seq").values_list("who", "action", "subject"))[before:]
    own = [line for line in lines if line[1].startswith("subscription.")]
    assert [line[:2] for line in own] == [("subscriber", "subscription.begin"), ("subscriber", "subscription.end")]
    assert all(name in line[2] for line in own)


def test_the_api_does_what_the_pages_do(client: Any, screener: Any, name: str, post_office: Post) -> None:
    from greenrule.store.watching.models import Subscriber

    assert client.get(f"/api/v1/findings/{name}/since").json()["by_mail"] is True
    assert api(client, f"/findings/{name}/subscriptions", email="program@example.org").status_code == 202
    assert round_of_mail() == 1
    token = link_of(post_office.read(), "confirm").rpartition("/")[2]
    made = api(client, "/subscriptions/confirm", token=token).json()
    assert made["finding"] == name
    assert api(client, "/subscriptions/links", email="program@example.org").status_code == 202
    assert round_of_mail() == 1
    token = link_of(post_office.read(), "list").rpartition("/")[2]
    items = api(client, "/subscriptions/list", token=token).json()["items"]
    assert [(item["id"], item["finding"]) for item in items] == [(made["id"], name)]
    assert api(client, "/subscriptions/end", token=token, ids=[made["id"]]).json() == {"ended": 1}
    assert Subscriber.objects.count() == 0
    assert codes(api(client, "/subscriptions/end", token=token)) == ["WAT005"]


def test_the_list_ends_one_or_all(client: Any, screener: Any, subscribe: Any, post_office: Post) -> None:
    from greenrule.store.watching.models import Subscriber, Subscription

    names = [saved(screener, {**PROJECT, "on": f"2024-03-0{day}"}) for day in (1, 2, 3)]
    for name in names:
        assert client.post(subscribe(name)).status_code == 200
    assert client.post("/watch", {"email": "Reader@EXAMPLE.org"}).status_code == 202
    assert round_of_mail() == 1
    path = link_of(post_office.read(), "list")
    first = Subscription.objects.get(finding=names[0])
    page = client.post(path, {"end": str(first.uid)}).content.decode()
    assert "已退订 1 份" in page
    assert {row.finding for row in Subscription.objects.all()} == set(names[1:])
    assert "已退订 0 份" not in client.post(path, {"end": "no uuid"}).content.decode()
    assert "邮箱地址已经抹去" in client.post(path, {"all": "1"}).content.decode()
    assert (Subscription.objects.count(), Subscriber.objects.count()) == (0, 0)


def test_one_persons_list_ends_nobody_elses(
    client: Any, screener: Any, name: str, subscribe: Any, post_office: Post
) -> None:
    from greenrule.store.watching.models import Subscription

    client.post(subscribe(name, "one@example.org"))
    client.post(subscribe(name, "other@example.org"))
    client.post("/watch", {"email": "one@example.org"})
    round_of_mail()
    theirs = Subscription.objects.get(subscriber__address="other@example.org")
    client.post(link_of(post_office.read(), "list"), {"end": str(theirs.uid)})
    assert Subscription.objects.count() == 2


def test_mails_and_pages_are_in_the_language_of_the_asking(
    client: Any, screener: Any, name: str, subscribe: Any, post_office: Post
) -> None:
    own = re.compile("某焦化项目|" + re.escape(PROJECT["name"]))
    client.post(subscribe(name, "zh@example.org"))
    english = subscribe(name, "en@example.org", headers={"Accept-Language": "en"})
    mail = post_office.read()
    assert not CHINESE.search(own.sub("", mail["Subject"] + mail.get_content()))
    assert english.endswith("?lang=en")
    page = client.get(english, headers={"Accept-Language": "zh"}).content.decode()
    assert "Confirm the subscription" in page
    client.post(english)
    held(name, screener)
    assert round_of_mail() == 2
    by = {to: post_office.read(number) for number, to in enumerate(post_office.recipients)}
    assert "结论之后有变化" in by["zh@example.org"]["Subject"]
    told = by["en@example.org"]
    assert told["Subject"] == "Changed since the finding: 某焦化项目"
    assert not CHINESE.search(own.sub("", told.get_content())), told.get_content()


def test_who_looks_in_english_does_not_make_another_change(
    client: Any, screener: Any, name: str, subscribe: Any
) -> None:
    from greenrule.core.tongue import speaking
    from greenrule.store.watching.models import Change

    client.post(subscribe(name))
    with speaking("en"):
        held(name, screener)
    assert CHINESE.search(json.dumps(Change.objects.get().body["outcome"], ensure_ascii=False))
    held(name, screener)
    assert Change.objects.count() == 1
    assert round_of_mail() == 1


# -- what the server does not tell ---------------------------------------------------------------------------
def test_nothing_tells_whether_an_address_is_known(
    client: Any, screener: Any, name: str, subscribe: Any, post_office: Post
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.post(subscribe(name, "known@example.org"))

    def asked(path: str, address: str) -> tuple[Any, ...]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.post(path, {"email": address, "do": "mail"})
        shape = [re.sub(r"'[^']*'|\d+|\(.*\)", "?", query["sql"].split("VALUES")[0]) for query in queries]
        body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
        return page.status_code, body, [text for text in shape if "desk_cache" not in text]

    for path in (f"/f/{name}/watch", "/watch"):
        assert asked(path, "known@example.org") == asked(path, "never@example.org")
    sent = len(post_office.mails)
    round_of_mail()
    subjects = [
        (post_office.recipients[n], post_office.read(n)["Subject"]) for n in range(sent, len(post_office.mails))
    ]
    assert sorted(subjects) == [
        ("known@example.org", "您的订阅"), ("known@example.org", "您的订阅"), ("never@example.org", "请确认订阅：某焦化项目"),
    ]  # fmt: skip
    from greenrule.store.watching.models import Wish

    assert not Wish.objects.filter(address="never@example.org", finding="").exists()


def test_an_address_is_sent_three_mails_a_day_and_the_fourth_is_forgotten(
    client: Any, name: str, post_office: Post
) -> None:
    from django.core.cache import cache
    from django.utils import timezone

    from greenrule.store.watching.models import Wish

    for number in range(5):
        cache.clear()
        assert api(client, f"/findings/{name}/subscriptions", email="often@example.org").status_code == 202
        round_of_mail()
        assert len(post_office.mails) == min(number + 1, 3)
    assert Wish.objects.count() == 3
    Wish.objects.update(mailed=timezone.now() - timedelta(days=1, seconds=1))
    api(client, f"/findings/{name}/subscriptions", email="often@example.org")
    assert round_of_mail() == 1


def test_one_place_asks_ten_times_an_hour(client: Any, name: str, post_office: Post) -> None:
    def ask(number: int, place: str) -> Any:
        return client.post(f"/f/{name}/watch", {"email": f"a{number}@example.org"}, REMOTE_ADDR=place)

    assert [ask(number, "2001:db8::1").status_code for number in range(10)] == [202] * 10
    answer = ask(11, "2001:db8::2")  # the same network
    assert answer.status_code == 429
    assert "一小时后" in answer.content.decode()
    assert ask(12, "192.0.2.7").status_code == 202
    # What was written wrong was not asked.
    for _ in range(12):
        assert client.post(f"/f/{name}/watch", {"email": "nobody"}, REMOTE_ADDR="192.0.2.8").status_code == 422
    assert client.post(f"/f/{name}/watch", {"email": "a@example.org"}, REMOTE_ADDR="192.0.2.8").status_code == 202


def test_where_no_mail_is_sent_the_page_says_so(client: Any, name: str) -> None:
    page = client.get(f"/f/{name}/watch").content.decode()
    assert "没有设置发信" in page
    assert 'name="email"' not in page
    assert "没有设置发信" in client.get("/watch").content.decode()
    assert client.get(f"/api/v1/findings/{name}/since").json()["by_mail"] is False
    assert codes(api(client, f"/findings/{name}/subscriptions", email="a@example.org")) == ["WAT008"]
    assert client.post(f"/f/{name}/watch", {"email": "a@example.org"}).status_code == 422


def test_whoever_has_an_account_watches_with_it(client: Any, name: str, holders: list[Any]) -> None:
    assert client.get("/f/F0/watch").status_code == 404
    assert "/watch" in client.get(f"/f/{name}").content.decode()
    client.force_login(holders[0])
    assert "关注变化" in client.get(f"/f/{name}/watch").content.decode()
    assert "您在关注" in client.post(f"/f/{name}/watch", {"do": "watch"}).content.decode()
    assert holders[0].watches.get().email is False
    assert "您在关注" not in client.post(f"/f/{name}/watch", {"do": "unwatch"}).content.decode()


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


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Each in a thread, all let go together; what came of them."""
    from django.db import connections

    gate, found = threading.Barrier(len(works)), dict[int, Any]()

    def run(number: int) -> None:
        try:
            gate.wait()
            found[number] = works[number]()
        except Exception as error:
            found[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [found[number] for number in range(len(works))]


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


# -- what is daily -----------------------------------------------------------------------------------------
def test_what_nobody_confirms_is_erased(client: Any, name: str, subscribe: Any) -> None:
    from django.utils import timezone

    from greenrule.store.desk.models import Audit
    from greenrule.store.watching.models import Wish
    from greenrule.store.watching.subscriptions import sweep_mail

    path = subscribe(name, "gone@example.org")
    Wish.objects.update(mailed=timezone.now() - timedelta(days=2, hours=23))
    assert sweep_mail()["wishes"] == 0
    Wish.objects.update(mailed=timezone.now() - timedelta(days=3, seconds=1))
    assert sweep_mail()["wishes"] == 1
    assert erased("gone@example.org")
    assert client.post(path).status_code == 404
    assert Audit.objects.order_by("-seq").values_list("action", "subject").first() == (
        "subscription.erase",
        "unconfirmed:1",
    )
    # What could not be mailed waits longer, and not for ever.
    api(client, f"/findings/{name}/subscriptions", email="gone@example.org")
    Wish.objects.update(at=timezone.now() - timedelta(days=6))
    assert sweep_mail()["wishes"] == 0
    Wish.objects.update(at=timezone.now() - timedelta(days=8))
    assert sweep_mail()["wishes"] == 1


def test_every_page_is_english_on_demand(
    client: Any, screener: Any, name: str, subscribe: Any, post_office: Post
) -> None:
    def text(answer: Any) -> str:
        """What a page says, without the project's name and what a fault says in Chinese beside its English."""
        body = re.sub(r"<style.*?</style>|<[^>]*>", " ", answer.content.decode(), flags=re.DOTALL)
        return body.replace("某焦化项目", "")

    confirm = subscribe(name) + "?lang=en"
    asked = [client.get(f"/f/{name}/watch?lang=en"), client.post(f"/f/{name}/watch?lang=en", {"email": "x"}), client.get("/watch?lang=en"),
             client.post("/watch?lang=en", {"email": "a@example.org"}), client.get(confirm), client.post(confirm), client.post(confirm)]  # fmt: skip
    held(name, screener)
    round_of_mail()
    listed, end = (link_of(post_office.read(), purpose) + "?lang=en" for purpose in ("list", "end"))
    asked += [
        client.get(listed),
        client.get(end),
        client.post(end),
        client.get(listed),
        client.get("/watch/list/x?lang=en"),
    ]
    for number, answer in enumerate(asked):
        assert not CHINESE.search(text(answer)), (number, text(answer))
    page = client.get(f"/f/{name}?lang=en").content.decode()
    since = page[page.index('class="gr-since"') : page.index("</section>")]
    assert not CHINESE.search(since), since
