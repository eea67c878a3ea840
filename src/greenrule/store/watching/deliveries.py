"""Deliveries: made out of events, taken one at a time, tried until they are through or given up.

Whoever takes a delivery puts its day of reckoning ahead (a lease) before it sends, so that two workers do not send the same at
once.  A worker that dies in between has recorded nothing; after the lease the delivery is sent again, under the same id: at least
once, never lost, and the receiver can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from greenrule.store.desk.organisations import person_of
from greenrule.store.watching.models import Attempt, Delivery, Event, Hook
from greenrule.store.watching.outbox import hears, wants

#: Seconds to the next try after each that failed; after the last the delivery is given up (about two days in all).
PAUSES = (10, 60, 300, 1800, 7200, 21600, 43200, 86400)
#: Seconds for which a worker has a delivery to itself; longer than a try can take.
LEASE = 60
#: Days for which deliveries that are through, and their events, are kept.
KEPT_DAYS = 90


def spread(most: int = 200) -> int:
    """Make deliveries out of new events for every hook that wants them and whose owner may hear of them; how many were made."""
    made = 0
    for event in list(Event.objects.filter(spread=False).order_by("id")[:most]):
        with transaction.atomic():
            # Only one worker turns the mark; the deliveries stand or fall with it.
            if not Event.objects.filter(pk=event.pk, spread=False).update(spread=True):
                continue
            now = timezone.now()
            hooks = Hook.objects.filter(active=True, owner__is_active=True, made__lte=event.at).select_related("owner")
            chosen = [
                hook for hook in hooks
                if wants(hook.events, event.name) and (person := person_of(hook.owner)).may("webhooks") and hears(person, event)
            ]  # fmt: skip
            Delivery.objects.bulk_create([Delivery(event=event, hook=hook, due=now) for hook in chosen])
            made += len(chosen)
    return made


def take() -> Iterator[Delivery]:
    """Deliveries that are due, each taken for this worker alone."""
    while True:
        now = timezone.now()
        found = (
            Delivery.objects.filter(state="waiting", due__lte=now).select_related("event", "hook").order_by("due", "id").first()
        )  # fmt: skip
        if found is None:
            return
        ahead = now + timedelta(seconds=LEASE)
        if Delivery.objects.filter(pk=found.pk, state="waiting", due=found.due).update(due=ahead):
            found.due = ahead
            yield found


def record(delivery: Delivery, status: int | None, error: str, ms: int) -> None:
    """Write down what came of a try, and when the next one is; one transaction."""
    through = status is not None and 200 <= status < 300
    with transaction.atomic():
        Attempt.objects.create(delivery=delivery, status=status, error=error[:300], ms=ms)
        fields: dict[str, Any] = {"tries": F("tries") + 1}
        if through:
            fields["state"] = "done"
        elif delivery.tries >= len(PAUSES):
            fields["state"] = "failed"
        else:
            fields["due"] = timezone.now() + timedelta(seconds=PAUSES[delivery.tries])
        Delivery.objects.filter(pk=delivery.pk).update(**fields)


def again(delivery: Delivery) -> None:
    """Try a delivery anew, from the first pause on."""
    Delivery.objects.filter(pk=delivery.pk).update(state="waiting", tries=0, due=timezone.now())


def all_again(hook: Hook) -> int:
    """Try anew whatever of an address was given up; how many."""
    return int(Delivery.objects.filter(hook=hook, state="failed").update(state="waiting", tries=0, due=timezone.now()))


def counts(hooks: Iterable[Hook]) -> dict[int, dict[str, int]]:
    """How many deliveries of each address are in which state, by the address's number."""
    found = {hook.pk: dict.fromkeys(Delivery.STATES, 0) for hook in hooks}
    for number, state, count in (
        Delivery.objects.filter(hook__in=found).values_list("hook", "state").annotate(count=Count("id")).order_by()
    ):
        found[number][state] = count
    return found


def sweep() -> int:
    """Forget events whose deliveries are all through or given up and that are old; how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    old = Event.objects.filter(spread=True, at__lt=before).exclude(deliveries__state="waiting")
    return int(old.delete()[1].get("watching.Event", 0))


def plain(delivery: Delivery) -> dict[str, Any]:
    """A delivery with its tries, as plain data."""
    return {
        "id": delivery.pk, "at": delivery.event.at.isoformat(timespec="seconds"), "event": delivery.event.name, "subject": delivery.event.subject, "state": delivery.state,
        "state_label": Delivery.STATES[delivery.state], "tries": delivery.tries,
        "next": delivery.due.isoformat(timespec="seconds") if delivery.state == "waiting" else None,
        "attempts": [
            {"at": one.at.isoformat(timespec="seconds"), "status": one.status, "error": one.error or None, "ms": one.ms}
            for one in delivery.attempts.order_by("id")
        ],
    }  # fmt: skip
