"""Hold kept findings against the present: on the page when somebody looks, and in the background for all of them."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from greenrule.casework.screening import Screener
from greenrule.casework.since import ask_again, asked_on, change_key, since, title, unreadable
from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.core.tongue import speaking
from greenrule.packs.book import Law
from greenrule.packs.library.edition import edition, edition_key
from greenrule.store.desk.records import load_finding
from greenrule.store.watching import watches
from greenrule.store.watching.deliveries import sweep
from greenrule.store.watching.models import Change
from greenrule.store.watching.subscriptions import sweep_mail
from greenrule.web.engine import engine
from greenrule.web.mailing import Post
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
    # Whoever looks may read English; what is kept, and what makes a change this one and no other, is Chinese.
    with speaking("zh"):
        found = _found(finding, screener, day, before, after, days)
        key, told = (change_key(found), title(found)) if found else ("", "")
    return watches.settle(name, stamp, found, key, told, finding)


def _found(
    finding: dict[str, Any], screener: Screener, day: date, before: Any, after: Any, days: tuple[str, str]
) -> dict[str, Any] | None:
    try:
        again = ask_again(finding, screener, day)
        again = replace(again, finding=json.loads(json.dumps(again.finding, ensure_ascii=False)))
        return since(finding, again, before, after, (days[0], asked_on(again.finding)))
    except EnvironmentFault:
        raise
    except InputFault as error:
        return unreadable(finding, error.faults, days)


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


def run(stopping: Callable[[], bool], pause: float = 2.0, every: float = 3600.0) -> None:
    """The background: deliver, mail, and check whenever the present becomes another, until told to stop."""
    from django.db import DatabaseError, close_old_connections

    seen, looked, post = "", -every, Post()

    def meanwhile(done: int) -> None:
        # Many findings take long, and somebody waits for a mail to confirm.
        if done % 20 == 0:
            deliver(stopping=stopping)
            post.send()

    while not stopping():
        close_old_connections()
        try:
            deliver(stopping=stopping)
            with engine().asked() as screener:
                stamp = stamp_of(screener, today())
            if stamp != seen or time.monotonic() - looked > every:
                check_all(stopping, meanwhile)
                sweep()
                sweep_mail()
                seen, looked = stamp, time.monotonic()
            post.send()
        except (DatabaseError, EnvironmentFault) as error:
            # A database that is away or a full disk passes; what was due stays due.
            _LOG.error("watch: %s", error)
        time.sleep(pause)
