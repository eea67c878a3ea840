"""What always holds at the desk: the server says of a case what casework says, nobody sees another's area, no two decide at once."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.filing_world import World, make_world, opened, step

TODAY = date(2026, 11, 25)
_DATA: dict[str, dict[str, Any]] = {
    "told_once": {"items": ["甲"]}, "accepted_tolerant": {"items": ["甲", "乙"], "until": date(2026, 12, 30)}, "followed_up": {"items": ["甲"]},
    "opinion_asked": {"department": "水利局"}, "opinion_given": {"department": "水利局", "opinion": "同意", "says": "agree"},
    "paused": {"reason": "评估"}, "not_accepted": {"reason": "不属"}, "decided": {"decision": "refused"}, "checked": {"result": "属实"},
}  # fmt: skip

pytestmark = pytest.mark.both


@pytest.fixture(scope="module")
def world(served: Any) -> World:
    return make_world()


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_server_says_of_a_case_what_casework_says(world: World, data: st.DataObject) -> None:
    """Any events whatever, in any order: both refuse the same, and where a case stands is the same on every later day."""
    from django.db import transaction

    from greenrule.casework.filing import EVENTS, fold, read_events
    from greenrule.casework.filing_row import Row
    from greenrule.core.errors import InputFault
    from greenrule.store.filings import agenda, cases
    from greenrule.store.filings.cases import Actor
    from greenrule.store.filings.models import Case, Project
    from greenrule.web.filing_desk import judge, kind_of, law

    kind = data.draw(st.sampled_from(sorted(law().kinds)))
    with transaction.atomic():
        by = Actor("测试", None, world.organisations["county"])
        project = Project.objects.create(name="任意", applicant="任意", area="140981")
        case = cases.open_case(project, kind, by.organisation, actor=by, today=TODAY, judge=judge)
        told: list[dict[str, Any]] = []
        day = TODAY - timedelta(days=120)
        for _ in range(data.draw(st.integers(1, 7))):
            day += timedelta(days=data.draw(st.integers(0, 9)))
            possible = fold(kind_of(kind), read_events(told), law(), day).possible
            what = data.draw(st.sampled_from([*possible, *sorted(EVENTS)]))
            event = {"event": what, "day": day, **_DATA.get(what, {})}
            try:
                fold(kind_of(kind), read_events([*told, event | {"who": by.told}]), law(), day)
                fits = True
            except InputFault:
                fits = False
            try:
                case = cases.add_events(
                    case.pk, [event], version=case.version, actor=by, judge=judge, today=TODAY, dated=True
                )
                went = True
            except InputFault:
                went = False
            assert went == fits, what
            if went:
                told.append(event | {"who": by.told})
        case = Case.objects.get(pk=case.pk)
        assert case.events.count() == len(told) == case.version - 1
        later = day + timedelta(days=data.draw(st.integers(0, 60)))
        standing = fold(kind_of(kind), read_events(told), law(), later)
        row = Row(
            case.state,
            case.tell_by,
            case.decide_by,
            case.owed_by,
            case.answer_by,
            case.paused,
            case.waiting,
            case.owed,
            case.sure,
        )
        assert row.state_on(later) == standing.state
        listed = Case.objects.filter(pk=case.pk)
        assert any(listed.filter(part).exists() for part in agenda.in_state(standing.state, later))
        assert any(listed.filter(part).exists() for part in agenda.late(later)) == row.late_on(later)
        assert (case.waiting, case.owed) == (len(standing.waiting), len(standing.owed))
        over = standing.state in ("decided", "closed")  # nobody is asked any more for what was not answered
        assert over or case.opinions.filter(given=None).count() == len(standing.waiting)
        assert case.commitment == standing.commitment
        assert cases.altered() == []
        transaction.set_rollback(True)


_AREAS = ["14", "1401", "140105", "140106", "1409", "140981", "140902", "15"]


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(_AREAS), st.sampled_from(["officer", "window", "department", "applicant"])),
        max_size=4,
    )
)
def test_areas_never_leak(world: World, jobs: list[tuple[str, str]]) -> None:
    """Random memberships and cases of every county: what a register gives is what nesting of codes allows, and no more."""
    from django.db import transaction

    from greenrule.store.desk.areas import either
    from greenrule.store.desk.roles import ROLES, Person
    from greenrule.store.filings import cases
    from greenrule.store.filings.cases import Actor
    from greenrule.store.filings.models import Case, Project
    from greenrule.web.filing_desk import judge, official_case, readable
    from greenrule.web.problems import Problem

    grants: dict[str, set[str]] = {}
    for area, role in jobs:
        for permission in ROLES[role][1]:
            grants.setdefault(permission, set()).add(area)
    person = Person("某人", None, {name: frozenset(areas) for name, areas in grants.items()})
    with transaction.atomic():
        by = Actor("测试")
        for area in ("140105", "140106", "140981", "140902"):
            office = world.organisations["city" if area.startswith("1409") else "elsewhere"]
            project = Project.objects.create(name="区域测试", applicant="任意", area=area)
            cases.open_case(project, "eia_form", office, actor=by, today=TODAY, judge=judge)
        mine = Case.objects.filter(project__name="区域测试").select_related("handling")
        seen = set(mine.filter(either(readable(person))).values_list("pk", flat=True))
        for case in mine:
            reads = any(case.area.startswith(area) and role != "applicant" for area, role in jobs)
            assert (case.pk in seen) == reads
            handles = any(case.handling.area.startswith(area) and role in ("officer", "window") for area, role in jobs)
            for permission, allowed in (("filings.read", reads), ("filings.handle", handles)):
                refused = None
                try:
                    official_case(person, case.pk, permission)
                except Problem as problem:
                    refused = problem.status
                let_in = refused is None
                assert refused in (None, 403)
                assert let_in == allowed, (permission, case.area)
        transaction.set_rollback(True)


def test_many_at_once_and_one_is_first(world: World) -> None:
    """Eight threads decide the same case: one is let through, seven hear of it, and the events are in order."""
    from django.db import connection

    case = step(world, "window", opened(world), "received").json()
    case = step(world, "officer", case, "accepted").json()
    answers: list[Any] = []
    ready = threading.Barrier(8)

    def decide(number: int) -> None:
        try:
            client = world.client("officer" if number % 2 else "second")
            ready.wait()
            from tests.web.filing_world import send

            answers.append(
                send(client, f"/cases/{case['id']}/decision", {"version": case["version"], "decision": "refused"})
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    from greenrule.store.chain import verify
    from greenrule.store.desk.records import audit_lines
    from greenrule.store.filings.cases import altered
    from greenrule.store.filings.models import CaseEvent

    assert list(CaseEvent.objects.filter(case=case["id"]).values_list("seq", "event")) == [
        (1, "received"), (2, "accepted"), (3, "decided"),
    ]  # fmt: skip
    assert verify(audit_lines()).faults == ()
    assert altered() == []


def test_numbers_are_given_once_however_many_windows_there_are(world: World) -> None:
    from django.db import connection

    made = [opened(world) for _ in range(6)]
    numbers: list[str] = []
    ready = threading.Barrier(6)

    def receive(case: dict[str, Any]) -> None:
        try:
            ready.wait()
            numbers.append(step(world, "window", case, "received").json()["number"])
        finally:
            connection.close()

    threads = [threading.Thread(target=receive, args=(case,)) for case in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 6


def test_a_full_disk_leaves_no_half_file_and_no_row(world: World, served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from greenrule.core import files
    from greenrule.store.filings.models import Attachment

    case = opened(world)
    before = Attachment.objects.count()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    path = f"/api/v1/filings/cases/{case['id']}/attachments"
    answer = world.client("firm").post(path, {"file": SimpleUploadedFile("满.pdf", b"%PDF-1.7 full disk")})
    assert answer.status_code == 503
    assert "DSK033" in answer.content.decode()
    assert Attachment.objects.count() == before
    assert not list((served.workspace / "attachments").rglob("*.tmp"))


def test_another_law_of_filings_is_worked_out_for_open_cases(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In portions, each case once; what is decided stays as it was decided."""
    from greenrule.store.filings import cases
    from greenrule.store.filings.models import Case
    from greenrule.web.filing_desk import judge, law_stamp

    monkeypatch.setattr(cases, "_AT_ONCE", 2)
    cases.renew(law_stamp(), judge)
    numbers = [step(world, "window", opened(world, "eia_form"), "received").json()["id"] for _ in range(5)]
    before = dict(Case.objects.filter(pk__in=numbers).values_list("pk", "decide_by"))
    Case.objects.filter(pk__in=numbers).update(law="another", decide_by=date(2020, 1, 1), tell_by=None)
    Case.objects.filter(pk=numbers[-1]).update(state="decided")
    assert cases.renew(law_stamp(), judge) == 4
    after = dict(Case.objects.filter(pk__in=numbers).values_list("pk", "decide_by"))
    assert after == before | {numbers[-1]: date(2020, 1, 1)}
    assert cases.renew(law_stamp(), judge) == 0
    Case.objects.filter(pk=numbers[-1]).update(law=law_stamp())
