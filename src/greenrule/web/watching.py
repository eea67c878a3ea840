"""Hold kept findings against the present: on the page when somebody looks, and in the background for all of them."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from greenrule.casework.screening import Screener
from greenrule.casework.since import ask_again, asked_on, change_key, outcome_text, since, title, unreadable
from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.packs.book import Law
from greenrule.packs.library.edition import edition, edition_key
from greenrule.store.desk.records import load_finding
from greenrule.store.watching import watches
from greenrule.store.watching.deliveries import sweep
from greenrule.store.watching.models import Change, Notice
from greenrule.web.engine import engine
from greenrule.web.reading import today
from greenrule.web.sending import deliver

_LOG = logging.getLogger("greenrule.watch")
#: The edition of the law of this process, once it is kept.
_KEPT: dict[str, dict[str, Any]] = {}


def present_edition(law: Law) -> dict[str, Any]:
    """What the packs of this process say, kept in the database under their digests."""
    key = edition_key(law.versions)
    if key not in _KEPT:
        body = json.loads(json.dumps(edition(law)))
        watches.keep_edition(key, body)
        _KEPT.clear()
        _KEPT[key] = body
    return _KEPT[key]


def stamp_of(screener: Screener, day: date) -> str:
    """What the present is, as far as findings rest on it: packs, layers, and which rules and values hold on a day.

    Days on which no clock passes have the same stamp, so that nothing is asked again for nothing.
    """
    machine = screener.machine(day)
    values = {name: str(spec.on(day, None)[0]) for name, spec in machine.book.parameters.items()}
    told = [edition_key(screener.law.versions), screener.versions(day)["layers"], sorted(machine.program.live), values]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def check(name: str, screener: Screener, stamp: str, day: date) -> Change | None:
    """Hold one finding against the present and write down what came of it."""
    finding = load_finding(name)
    after = present_edition(screener.law)
    packs = finding["versions"]["packs"]
    before = after if packs == dict(screener.law.versions) else watches.edition_of(edition_key(packs))
    days = asked_on(finding), day.isoformat()
    found: dict[str, Any] | None
    try:
        again = ask_again(finding, screener, day)
        again = replace(again, finding=json.loads(json.dumps(again.finding, ensure_ascii=False)))
        found = since(finding, again, before, after, (days[0], asked_on(again.finding)))
    except EnvironmentFault:
        raise
    except InputFault as error:
        found = unreadable(finding, error.faults, days)
    key, told = (change_key(found), title(found)) if found else ("", "")
    return watches.settle(name, stamp, found, key, told, finding)


def changes_of(name: str) -> list[Change]:
    """What has changed under a finding, looked at now if the present is another than when it was last looked at."""
    with engine().asked() as screener:
        day = today()
        stamp = stamp_of(screener, day)
        if not watches.is_checked(name, stamp):
            check(name, screener, stamp, day)
    return watches.open_changes(name)


def check_all(stopping: Callable[[], bool] = lambda: False, say: Callable[[int], None] | None = None) -> dict[str, int]:
    """Hold every finding against the present that was not yet; how many were asked, how many have changed, how many failed."""
    counts = {"checked": 0, "changed": 0, "failed": 0}
    day = today()
    with engine().asked() as screener:
        present_edition(screener.law)
        stamp = stamp_of(screener, day)
    for name in watches.unchecked(stamp):
        if stopping():
            break
        try:
            with engine().asked() as screener:
                counts["changed"] += check(name, screener, stamp, day) is not None
            counts["checked"] += 1
        except EnvironmentFault:
            raise
        except InputFault as error:  # a record that was altered: told, and the others are looked at all the same
            counts["failed"] += 1
            _LOG.warning("finding %s cannot be checked: %s", name, error)
        if say is not None:
            say(sum((counts["checked"], counts["failed"])))
    return counts


def mail_text(notice: Notice) -> tuple[str, str]:
    """Subject and text of the mail of a notice."""
    body, name = notice.change.body, notice.change.finding
    finding = load_finding(name)
    base = str(settings.GREENRULE_ADDRESS).rstrip("/")
    lines = [f"您关注的结论“{finding['title']}”（{name}）之后有变化：{body['title']}。", ""]
    for item in body["items"][:20]:
        sides = f"：{item['before'] or '无'} → {item['after'] or '无'}" if item["before"] or item["after"] else ""
        lines.append(f"· {item['kind_label']}“{item['label']}”{item['change_label']}{sides}")
    if len(body["items"]) > 20:
        lines.append(f"· 另有 {len(body['items']) - 20} 处")
    lines += ["", f"按现在（{body['now']['on']}）的规定和图层："]
    lines += [f"· {outcome_text(row)}" for row in body["outcome"]] or ["· 结论不变"]
    lines += ["", f"详见 {base}/f/{name}" if base else f"结论编号 {name}", "不想再收到：登录后在该结论页取消关注。"]
    return f"结论之后有变化：{finding['title']}".replace("\n", " ")[:150], "\n".join(lines)


def send_mail() -> int:
    """Send the mails that are due; how many went out."""
    sent = 0
    if not settings.EMAIL_HOST:
        return sent
    for notice in watches.take_mail():
        subject, text = mail_text(notice)
        try:
            EmailMessage(subject, text, to=[notice.user.email]).send()
        except (OSError, SMTPException) as error:
            _LOG.warning("mail to %s not sent: %s", notice.user.get_username(), error)
            watches.record_mail(notice, False)
        else:
            watches.record_mail(notice, True)
            sent += 1
    return sent


def run(stopping: Callable[[], bool], pause: float = 2.0, every: float = 3600.0) -> None:
    """The background: deliver, mail, and check whenever the present becomes another, until told to stop."""
    from django.db import DatabaseError, close_old_connections

    seen, looked = "", -every
    while not stopping():
        close_old_connections()
        try:
            deliver(stopping=stopping)
            with engine().asked() as screener:
                stamp = stamp_of(screener, today())
            if stamp != seen or time.monotonic() - looked > every:
                check_all(stopping)
                sweep()
                seen, looked = stamp, time.monotonic()
            send_mail()
        except (DatabaseError, EnvironmentFault) as error:
            # A database that is away or a full disk passes; what was due stays due.
            _LOG.error("watch: %s", error)
        time.sleep(pause)
