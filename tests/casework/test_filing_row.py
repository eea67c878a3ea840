"""What a register keeps of a case says on every later day what the case itself says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.filing import EVENTS, Event, fold
from greenrule.casework.filing_row import SETTLED, row_of
from greenrule.casework.filingcase import filing_law
from greenrule.core.errors import InputFault

LAW = filing_law()
_DATA: dict[str, dict[str, Any]] = {
    "told_once": {"items": ["甲"]}, "accepted_tolerant": {"items": ["甲", "乙"], "until": "2026-07-15"}, "followed_up": {"items": ["甲"]},
    "opinion_asked": {"department": "水利局", "until": "2026-07-01"}, "opinion_given": {"department": "水利局", "opinion": "同意"},
    "paused": {"reason": "评估"}, "not_accepted": {"reason": "不属"}, "decided": {"decision": "approved"}, "checked": {"result": "属实"},
}  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, list[Event]]:
    """A kind and events that may happen one after the other."""
    kind = LAW.kinds[draw(st.sampled_from(sorted(LAW.kinds)))]
    day, events = date(2026, 6, 1), [Event("received", date(2026, 6, 1), "甲", {})]
    for _ in range(draw(st.integers(0, 8))):
        day += timedelta(days=draw(st.integers(0, 6)))
        standing = fold(kind, events, LAW, day)
        if not standing.possible:
            break
        what = draw(st.sampled_from(standing.possible))
        if what == "opinion_asked" and standing.waiting:
            continue
        data = dict(_DATA.get(what, {}))
        if what == "followed_up":
            data = {"items": [draw(st.sampled_from(sorted(standing.owed)))]}
        events.append(Event(what, day, "甲", data))
    return kind, events


@given(cases(), st.integers(0, 90))
def test_the_row_says_what_the_case_says(case: tuple[Any, list[Event]], later: int) -> None:
    kind, events = case
    row = row_of(kind, events, LAW)
    day = events[-1].day + timedelta(days=later)
    found = fold(kind, events, LAW, day)
    assert row.state_on(day) == found.state
    assert (row.waiting, row.owed) == (len(found.waiting), len(found.owed))
    clock = next((clock for clock in found.clocks if clock.limit is kind.decide), None)
    if found.state not in SETTLED and clock is not None:
        assert row.late_on(day) == clock.late
        assert row.decide_by == (clock.end.day if clock.end else None)
        assert row.paused == (clock.end is None)
    else:
        assert not row.late_on(day)


@given(cases(), st.sampled_from(sorted(EVENTS)))
def test_what_is_possible_is_let_through_and_nothing_else(case: tuple[Any, list[Event]], what: str) -> None:
    kind, events = case
    day = events[-1].day
    standing = fold(kind, events, LAW, day)
    data = dict(_DATA.get(what, {}))
    if what == "followed_up" and standing.owed:
        data = {"items": [min(standing.owed)]}
    if what == "opinion_asked":
        data["department"] = "林业局"
    try:
        fold(kind, [*events, Event(what, day, "乙", data)], LAW, day)
        went = True
    except InputFault:
        went = False
    # An acceptance on paper after one by silence is let through and changes nothing; it is not offered.
    by_silence = bool(standing.deemed) and what in ("accepted", "accepted_tolerant") and standing.state == "accepted"
    assert went == (what in standing.possible or by_silence)


@given(cases(), st.integers(0, 30))
def test_no_later_step_moves_the_end_of_a_period_but_a_pause_and_new_papers(
    case: tuple[Any, list[Event]], later: int
) -> None:
    kind, events = case
    row = row_of(kind, events, LAW)
    day = events[-1].day + timedelta(days=later)
    for what in fold(kind, events, LAW, day).possible:
        if what in ("paused", "resumed", "completed", "accepted", "accepted_tolerant", "opinion_asked", "told_once"):
            continue
        data = dict(_DATA.get(what, {}))
        if what == "followed_up":
            data = {"items": [min(fold(kind, events, LAW, day).owed)]}
        after = row_of(kind, [*events, Event(what, day, "乙", data)], LAW)
        if after.state == "accepted":
            assert after.decide_by == row.decide_by
