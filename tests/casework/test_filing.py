"""A filing as its events: clocks by the published calendar, acceptance by silence, tolerated gaps, and faults."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.filing import fold, publication_clock, read_events
from greenrule.casework.filingcase import filing_law, read_case, standing_json
from greenrule.core.errors import InputFault

LAW = filing_law()
FORM = LAW.kinds["eia_form"]


def events(*steps: tuple):
    return read_events(
        [{"event": what, "day": day, "who": "甲", **(rest[0] if rest else {})} for what, day, *rest in steps]
    )


def codes(raised) -> list[str]:
    return [fault.code for fault in raised.value.faults]


def test_papers_of_which_nobody_says_in_time_what_is_missing_are_accepted():
    case = events(("received", "2026-06-01"))
    last = fold(FORM, case, LAW, date(2026, 6, 8))
    assert (last.state, last.deemed) == ("received", ())
    assert last.clocks[0].end.day == date(2026, 6, 8)
    after = fold(FORM, case, LAW, date(2026, 6, 9))
    assert after.state == "accepted"
    assert after.deemed
    assert after.clocks[0].since == date(2026, 6, 1)
    with pytest.raises(InputFault, match="视为受理"):
        fold(
            FORM,
            events(("received", "2026-06-01"), ("told_once", "2026-06-10", {"items": ["x"]})),
            LAW,
            date(2026, 6, 11),
        )


def test_a_paper_of_acceptance_that_comes_too_late_changes_nothing():
    case = events(("received", "2026-06-01"), ("accepted", "2026-06-15"))
    assert fold(FORM, case, LAW, date(2026, 6, 16)).clocks[0].since == date(2026, 6, 1)
    permit = LAW.kinds["permit_key"]
    assert fold(permit, case, LAW, date(2026, 6, 16)).clocks[0].since == date(2026, 6, 1)


def test_a_form_is_decided_in_thirty_days_with_the_pause_left_out():
    case = events(
        ("received", "2026-06-01"), ("accepted", "2026-06-02"), ("paused", "2026-06-10", {"reason": "评估"}), ("resumed", "2026-06-20"),
        ("decided", "2026-07-12", {"decision": "approved"}),
    )  # fmt: skip
    found = fold(FORM, case, LAW, date(2026, 8, 1))
    clock = found.clocks[0]
    assert clock.end.day == date(2026, 7, 11)  # 1 July, and the ten days from 10 to 19 June
    assert clock.late
    assert found.state == "decided"
    assert found.duties == ()


def test_tolerated_gaps_and_opinions_are_owed_until_they_come():
    steps = [
        ("received", "2026-06-01"), ("accepted_tolerant", "2026-06-03", {"items": ["水保批复", "用地预审"], "until": "2026-06-30"}),
        ("opinion_asked", "2026-06-04", {"department": "水利局"}), ("followed_up", "2026-06-10", {"items": ["水保批复"]}),
    ]  # fmt: skip
    found = fold(FORM, events(*steps), LAW, date(2026, 7, 2))
    assert found.owed == {"用地预审": date(2026, 6, 30)}
    assert found.waiting == {"水利局": date(2026, 6, 4)}
    assert any("用地预审" in text and "已逾期" in text for text in found.duties)
    with pytest.raises(InputFault, match="FIL006"):
        fold(FORM, events(*steps, ("followed_up", "2026-06-11", {"items": ["水保批复"]})), LAW, date(2026, 7, 2))
    with pytest.raises(InputFault, match="FIL006"):
        fold(
            FORM,
            events(*steps, ("opinion_given", "2026-06-11", {"department": "林业局", "opinion": "同意"})),
            LAW,
            date(2026, 7, 2),
        )


@pytest.mark.parametrize(
    "steps",
    [
        [("accepted", "2026-06-01")],
        [("received", "2026-06-01"), ("decided", "2026-06-02", {"decision": "approved"})],
        [("received", "2026-06-01"), ("accepted", "2026-06-02"), ("accepted", "2026-06-03")],
        [("received", "2026-06-01"), ("not_accepted", "2026-06-02", {"reason": "x"}), ("accepted", "2026-06-03")],
        [("received", "2026-06-01"), ("withdrawn", "2026-06-02"), ("received", "2026-06-03")],
    ],
)
def test_steps_out_of_turn(steps):
    with pytest.raises(InputFault) as raised:
        fold(FORM, events(*steps), LAW, date(2026, 7, 1))
    assert codes(raised) == ["FIL005"]


def test_nobody_waits_for_an_opinion_after_the_decision():
    asked = [("received", "2026-06-01"), ("accepted", "2026-06-02"),
             ("opinion_asked", "2026-06-03", {"department": "水利局", "until": "2026-06-10"})]  # fmt: skip
    after = fold(FORM, events(*asked, ("decided", "2026-06-20", {"decision": "refused"})), LAW, date(2026, 7, 30))
    assert (after.waiting, after.answer_by, after.duties) == ({}, {}, ())
    owing = [("received", "2026-06-01"), ("accepted_tolerant", "2026-06-02", {"items": ["图"], "until": "2026-06-10"})]
    assert fold(FORM, events(*owing, ("withdrawn", "2026-06-05")), LAW, date(2026, 7, 30)).owed == {}
    decided = ("decided", "2026-06-05", {"decision": "approved"})
    assert fold(FORM, events(*owing, decided), LAW, date(2026, 7, 30)).owed


def test_a_filing_can_be_taken_back_before_anybody_received_it():
    assert fold(FORM, events(("withdrawn", "2026-06-01")), LAW, date(2026, 7, 1)).state == "closed"


def test_all_faults_of_a_case_come_at_once():
    raw = [
        {"event": "recieved", "day": "2026-06-01", "who": "甲"},
        {"event": "received", "day": "01.06.2026", "who": "甲"},
        {"event": "received", "day": "2026-06-02", "who": ""},
        {"event": "accepted", "day": "2026-06-03", "who": "甲"},
        {"event": "decided", "day": "2026-06-01", "who": "甲", "decision": "maybe"},
        {
            "event": "decided",
            "day": "2026-06-05",
            "who": "甲",
            "decision": "refused",
            "finding": "F1",
            "against_finding": True,
        },
    ]
    with pytest.raises(InputFault) as raised:
        read_events(raw)
    assert codes(raised) == ["FIL001", "FIL002", "FIL003", "FIL002", "FIL004", "FIL003"]


STEPS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from([
            ("told_once", {"items": ["x"]}), ("completed", {}), ("accepted", {}), ("paused", {"reason": "r"}), ("resumed", {}),
            ("opinion_asked", {"department": "水利局"}), ("decided", {"decision": "approved"}), ("withdrawn", {}),
        ]),
    ),
    max_size=8,
)  # fmt: skip


@given(STEPS, st.integers(0, 60))
def test_what_happens_later_never_changes_where_a_case_stood(steps, later):
    day, case = date(2026, 3, 2), [("received", date(2026, 3, 2))]
    for gap, (what, data) in steps:
        day += timedelta(days=gap)
        case.append((what, day, data))
    known = events(*[step for step in case if step[1] <= date(2026, 3, 2) + timedelta(days=later)])
    today = date(2026, 3, 2) + timedelta(days=later)
    try:
        then = fold(FORM, known, LAW, today)
    except InputFault:
        return
    assert fold(FORM, events(*case), LAW, today) == then
    assert standing_json(then)["state"] == then.state


def test_a_case_file(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text(
        "kind: eia_form\nproject: 某项目\nevents:\n  - {event: received, day: 2026-06-01, who: 窗口}\n",
        encoding="utf-8",
    )
    found = read_case(path)
    assert (found.kind.id, found.project, len(found.events)) == ("eia_form", "某项目", 1)
    for text, code in (
        ("kind: eia_from\nevents: []\n", "FIL008"),
        ("a: 1\n", "FIL007"),
        ("kind: eia_form\nevents: [1]\n", "FIL007"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputFault) as raised:
            read_case(path)
        assert codes(raised) == [code]


def test_a_publication_lasts_as_long_as_the_law_says_and_no_text_is_made_up():
    book = LAW.kinds["eia_book"]
    alone, merged = (publication_clock(book, LAW, date(2026, 9, 28), merged=merged) for merged in (False, True))
    # Five working days of which the first week of October is none.
    assert (alone.limit.days, alone.end.day) == (5, LAW.calendar.end(date(2026, 9, 28), 5).day)
    assert alone.end.day > date(2026, 10, 7)
    assert merged.limit.days == max(limit.days for limit in book.publish.values()) == 10
    assert merged.end.day == LAW.calendar.end(date(2026, 9, 28), 10).day
    assert not alone.limit.sure
    assert alone.limit.note
    assert publication_clock(FORM, LAW, date(2026, 9, 28), merged=True) is None


def test_a_publication_that_names_no_limit_is_a_fault(tmp_path):
    (tmp_path / "filings.yaml").write_text(
        "limits: {tell_once: {label: 告知, days: 5, counting: working, cite: 'old#art1'}}\n"
        "kinds: {one: {label: 一种, decide: tell_once, from: received, publish: {proposed: nowhere, other: tell_once}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "old.yaml").write_text(
        "id: old\nnumber: 甲〔2020〕1号\nkind: law\ntitle: {zh: 旧法, en: Old law}\nissuer: 某机关\nissued: 2020-01-01\n"
        "in_force: {from: 2020-03-01}\nrecorded: 2020-01-01\nquality: memory\n"
        'ranges: [{prefix: art, from: 1, to: 3, label: "第{n}条", sub: "第{n}款"}]\n',
        encoding="utf-8",
    )
    with pytest.raises(InputFault, match="nowhere") as raised:
        filing_law((tmp_path,))
    assert "P126" in codes(raised)
    assert any("other" in fault.message for fault in raised.value.faults)
