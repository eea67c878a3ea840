"""Words in registers, and what is to be done today: the quick ways find what looking at every row would."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.filing_world import World, make_world

pytestmark = pytest.mark.both
TODAY = date(2026, 11, 25)
_NAMES = ["焦化厂", "甲厂二期", "Abc水泥", "水", "化厂Ab", "a%_b'c", "焦化焦化"]
_WORDS = st.text(st.sampled_from("焦化厂甲二期水泥AbBC%_'"), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def world(served: Any) -> World:
    return make_world()


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are many."""
    from greenrule.store.desk import words

    monkeypatch.setattr(words, "_WINDOWS", (2, 3))
    monkeypatch.setattr(words, "_RARE", 0.4)


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(_NAMES)), max_size=14),
    st.lists(_WORDS, max_size=2),
    st.integers(1, 6),
)
def test_a_page_of_what_holds_the_words(
    world: World, small_windows: None, rows: list[tuple[str, str]], words: list[str], size: int
) -> None:
    """Common or rare, capitals or not, one character or five: the newest that hold them all, and the next page after them."""
    from django.db import transaction

    from greenrule.store.desk.words import newest_holding
    from greenrule.store.filings.models import Project

    with transaction.atomic():
        made = [Project.objects.create(name=name, applicant=applicant, area="110101") for name, applicant in rows]
        every = [
            item.pk
            for item in reversed(made)
            if all(word.upper() in item.name.upper() or word.upper() in item.applicant.upper() for word in words)
        ]
        mine = Project.objects.filter(area="110101")
        found = newest_holding(mine, words, ("name", "applicant"), size)
        assert found == every[:size]
        if found:
            further = newest_holding(mine.filter(pk__lt=found[-1]), words, ("name", "applicant"), size)
            assert further == every[len(found) : len(found) + size]
        transaction.set_rollback(True)


_DAYS = st.one_of(st.none(), st.integers(-3, 3).map(lambda days: TODAY + timedelta(days=days)))


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({
            "area": st.sampled_from(["140105", "140981", "140902"]),
            "state": st.sampled_from(["new", "received", "to_complete", "accepted", "decided"]),
            "tell_by": _DAYS, "decide_by": _DAYS, "owed_by": _DAYS, "answer_by": _DAYS, "paused": st.booleans(),
            "waiting": st.integers(0, 1), "owed": st.integers(0, 1),
        }),
        max_size=10,
    ),
    st.sampled_from([["14"], ["1409"], ["140981"], ["140105", "1409"], []]),
    st.integers(1, 12),
)  # fmt: skip
def test_the_day_names_every_case_that_is_due_and_each_once(
    world: World, rows: list[dict[str, Any]], areas: list[str], most: int
) -> None:
    """Whatever the columns say: each part of the day has the cases that it should, in order, no case twice."""
    from django.db import transaction

    from greenrule.store.desk.areas import below
    from greenrule.store.filings.agenda import agenda, first_of, in_state, late
    from greenrule.store.filings.models import Case, Project

    until = TODAY + timedelta(days=1)
    with transaction.atomic():
        Case.objects.all().update(area="999999")
        project = Project.objects.create(name="某项目", applicant="某单位", area="140105")
        office = world.organisations["city"]
        made = [
            Case.objects.create(
                project=project, kind="eia_form", handling=office, opened=TODAY, opened_by="某人", **row
            )
            for row in rows
        ]
        mine = [item for item in made if any(item.area.startswith(area) for area in areas)]

        def told(item: Case) -> set[str]:
            silent = item.state == "received" and item.tell_by is not None and item.tell_by < TODAY
            running = (item.state == "accepted" and not item.paused) or silent
            papers = item.state == "accepted" and item.owed > 0
            out = set()
            if running and item.decide_by is not None:
                out |= {"late"} if item.decide_by < TODAY else {"due"} if item.decide_by <= until else set()
            if item.state == "received" and item.tell_by is not None and TODAY <= item.tell_by <= until:
                out.add("due")
            asked = item.state == "accepted" and item.waiting > 0 and item.answer_by is not None
            if (papers and item.owed_by is not None and item.owed_by < TODAY) or (asked and item.answer_by < TODAY):
                out.add("overdue_others")
            if item.state == "to_complete" or (item.state == "accepted" and (item.waiting or item.owed or item.paused)):
                out.add("waiting")
            return out | ({"new"} if item.state == "new" else set()) | ({"owed"} if papers else set())

        scopes = [below(area) for area in areas]
        for name, branches in agenda(TODAY, until).items():
            found = first_of(scopes, branches, most)
            whole = {item.pk for item in mine if name in told(item)}
            assert len(found) == len(set(found)) == min(most, len(whole))
            assert set(found) <= whole
            if name in ("waiting", "new"):
                assert found == sorted(whole)[:most]
            elif name == "late":
                days = {item.pk: item.decide_by for item in made}
                assert found == sorted(whole, key=lambda pk: (days[pk], pk))[:most]
        overdue = {item.pk for item in made if "late" in told(item)}
        assert {pk for part in late(TODAY) for pk in Case.objects.filter(part).values_list("pk", flat=True)} >= overdue
        for item in made:
            state = "accepted" if item.state == "received" and item.tell_by and item.tell_by < TODAY else item.state
            assert sum(Case.objects.filter(part, pk=item.pk).exists() for part in in_state(state, TODAY)) == 1
        transaction.set_rollback(True)


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(st.one_of(st.none(), st.sampled_from(_NAMES)), max_size=12), _WORDS, st.integers(1, 4))
def test_the_register_of_findings_looks_for_words_too(
    served: Any, small_windows: None, names: list[str | None], word: str, size: int
) -> None:
    """Findings without a name are in nobody's way."""
    from django.db import transaction

    from greenrule.store.desk.models import Finding
    from greenrule.store.desk.records import findings_page

    with transaction.atomic():
        for number, name in enumerate(names):
            Finding.objects.create(id=f"F-{number}", digest="", project=name, decision="word-test", body="{}")
        every = [
            f"F-{number}" for number, name in enumerate(names) if name is not None and word.upper() in name.upper()
        ]
        found = findings_page("", size, "word-test", word)
        assert [row["id"] for row in found] == every[::-1][: size + 1]
        transaction.set_rollback(True)
