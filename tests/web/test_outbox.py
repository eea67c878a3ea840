"""Events are written with what they tell of, or not at all."""

from __future__ import annotations

import pytest

from greenrule.store.desk.roles import Person

pytestmark = pytest.mark.both


@pytest.fixture
def events(served):
    from greenrule.store.watching.models import Event

    Event.objects.all().delete()
    yield Event.objects
    Event.objects.all().delete()


def test_an_event_goes_with_its_transaction(events):
    from django.db import transaction

    from greenrule.store.watching.outbox import emit

    with transaction.atomic():
        emit("filing.accepted", "C1", {"area": "140105", "organisation": 7})

    def broken_off() -> None:
        with transaction.atomic():
            emit("filing.decided", "C1", {})
            raise KeyError

    with pytest.raises(KeyError):
        broken_off()
    assert list(events.values_list("name", "subject", "area", "organisation")) == [
        ("filing.accepted", "C1", "140105", 7)
    ]


def test_an_event_outside_a_transaction_or_of_no_sort_is_a_mistake(events):
    from django.db import transaction

    from greenrule.store.watching.outbox import emit

    with pytest.raises(RuntimeError):
        emit("filing.accepted", "C1", {})
    for name in ("weather.rain", "filing", "filing."):
        with pytest.raises(ValueError, match="no sort"), transaction.atomic():
            emit(name, "C1", {})
    assert events.count() == 0


def test_who_hears_is_who_may_read_there_or_whose_own_it_is(events):
    from greenrule.store.watching.models import Event
    from greenrule.store.watching.outbox import hears

    event = Event(name="filing.accepted", subject="C1", area="140105", organisation=7)
    reader = {"filings.read": frozenset({"1401"})}
    assert hears(Person("a", grants=reader), event)
    assert not hears(Person("a", grants={"filings.read": frozenset({"1402"})}), event)
    assert hears(Person("a", organisations={7: frozenset({"filings.apply"})}), event)
    assert not hears(Person("a", organisations={8: frozenset({"filings.apply"})}), event)
    # Without an area only who may read everywhere hears of it.
    assert not hears(Person("a", grants=reader), Event(name="filing.accepted", subject="C1"))
    assert hears(Person("a", grants={"filings.read": frozenset({""})}), Event(name="filing.accepted", subject="C1"))
