"""A log worked out again: what is kept and what is worked out anew make the log that everything worked out anew makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.response.episode_air import Reading
from greenrule.response.episode_rules import Edition
from greenrule.response.warning import Step, go_on, warn
from greenrule.response.warning_replay import amendments, news, resume, settled, turns
from tests.response.episodes import edition, episodes, forecast, observed

RULE = edition("2024")
CAUSES = episodes().causes_of(RULE.id)


def rule(day: date) -> Edition:
    return RULE


def causes(day: date) -> dict[str, object]:
    return dict(CAUSES)


def course(truth: Sequence[int | None]) -> list[Reading]:
    """Observations of every day and forecasts of the next two, which come true."""
    out = [observed(n, value) for n, value in enumerate(truth)]
    for n in range(len(truth)):
        out += [forecast(n, n + k, truth[n + k]) for k in (1, 2) if n + k < len(truth)]
    return out


def log_of(readings: Sequence[Reading]) -> list[Step]:
    return warn(readings, rule, causes)


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.none(), st.sampled_from([60, 140, 155, 205, 310])), min_size=4, max_size=14), st.data()
)  # fmt: skip
def test_resuming_is_working_everything_out(truth: list[int | None], data: st.DataObject) -> None:
    before = course(truth)
    log = log_of(before)
    places = data.draw(st.sets(st.integers(0, len(before) - 1), max_size=3))
    values = st.one_of(st.none(), st.integers(0, 400))
    after = [replace(item, aqi=data.draw(values)) if at in places else item for at, item in enumerate(before)]
    after += course([*truth, 180])[len(before) :] if data.draw(st.booleans()) else []
    steps, kept = resume(log, after, rule, causes)
    assert steps == log_of(after)
    assert steps[:kept] == log[:kept]
    changed = {item.reading.known for item in amendments(log, after)}
    if changed:
        assert all(step.at < min(changed) for step in log[:kept])
        assert kept == sum(step.at < min(changed) for step in log)
    assert all(turn.at >= min(changed) for turn in turns(log, steps))


def test_a_value_that_is_corrected_back_is_news_each_time() -> None:
    readings = course([60, 60, 210, 210, 60])
    log = log_of(readings)
    at = next(place for place, item in enumerate(readings) if item == observed(3, 210))
    wrong = [replace(item, aqi=90) if place == at else item for place, item in enumerate(readings)]
    assert news(readings, log) == []
    lived = go_on(news(wrong, log), rule, causes, log)
    assert [item.aqi for item in lived[-1].inputs] == [90]
    lived = go_on(news(readings, lived), rule, causes, lived)
    assert [(item.aqi, step.late) for step in lived[-1:] for item in step.inputs] == [(210, True)]
    assert lived[: len(log)] == log


def test_forecasts_that_are_not_handed_in_again_stay() -> None:
    readings = course([60, 160, 170, 165])
    log = log_of(readings)
    again = settled(log, [replace(item, row=9, file="other") for item in readings if item.observed])
    assert sorted(map(str, again)) == sorted(map(str, readings))
    assert resume(log, again, rule, causes) == (log, len(log))
