"""The demonstration of the desk: every state is there, everything is marked, nobody can log in, a second filling makes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.both


@pytest.fixture
def undone(served: Any) -> Iterator[None]:
    """What a test writes is gone after it: other tests count organisations and cases."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_the_demonstration_is_filled_once(undone: None) -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client

    from greenrule.store.desk.organisations import Membership, Organisation
    from greenrule.store.filings.cases import altered, told_about
    from greenrule.store.filings.demo import PEOPLE
    from greenrule.store.filings.models import Case
    from greenrule.web.filing_demo import fill_demo

    made = fill_demo()
    assert (made.people, made.cases) == (len(PEOPLE), Case.objects.filter(project__name__startswith="演示").count())
    again = fill_demo()
    assert (again.organisations, again.people, again.cases) == (0, 0, 0)
    assert {row.state for row in Case.objects.filter(project__name__startswith="演示")} == {
        "new", "received", "to_complete", "accepted", "decided", "closed",
    }  # fmt: skip
    users = get_user_model().objects.filter(username__in=PEOPLE)
    assert not any(user.has_usable_password() for user in users)
    officer = Client()
    officer.force_login(users.get(username="demo-officer"))
    today = officer.get("/api/v1/filings/today?size=200").json()
    assert any("演示五号" in item["project"]["name"] for item in today["late"]["items"])
    assert any("演示四号" in item["project"]["name"] for item in today["overdue_others"]["items"])
    assert all(
        item["notices"] == ["演示数据（非官方）"]
        for item in today["late"]["items"]
        if "演示" in item["project"]["name"]
    )
    assert altered() == []
    assert (
        told_about(Case.objects.get(project__name="演示七号铸造项目").finding_id)["decisions"][0]["decision"]
        == "approved"
    )
    assert Membership.objects.filter(user__in=users).count() == len(PEOPLE)
    assert Organisation.objects.filter(name__startswith="演示", demo=False).count() == 0
