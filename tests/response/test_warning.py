"""The warning as a state machine: thresholds to the letter, hysteresis, and laws that hold for any data."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.response.episode_air import Reading
from greenrule.response.episode_rules import LEVELS, Edition
from greenrule.response.warning import Step, replay, warn
from tests.response.episodes import FIRST, edition, episodes, forecast, hours, observed

RULES = {name: edition(name) for name in ("2018", "2024")}
CAUSES = episodes().causes_of(RULES["2024"].id)


def steps(
    readings: Sequence[Reading], rule: Edition | str = "2024", log: Sequence[Step] = (), within: int | None = None
) -> list[Step]:
    chosen = RULES[rule] if isinstance(rule, str) else rule
    return warn(readings, lambda day: chosen, lambda day: CAUSES, log, within)


def level_of(values: Sequence[int | None], rule: str) -> int:
    """The level that a forecast alone starts, issued before its first day after a clean day."""
    return steps([observed(0, 50), *(forecast(0, 1 + n, value) for n, value in enumerate(values)), ], rule)[-1].after.level  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "values", "level"),
    [
        ("2024", [200, 90], 0), ("2024", [201, 90], 1), ("2024", [150, 150, 90], 0), ("2024", [151, 151, 90], 1), ("2024", [151, 150, 151], 0),
        ("2024", [201, 201, 90], 2), ("2024", [201, 200, 90], 1), ("2024", [151, 151, 151, 90], 2), ("2024", [151, 151, 150, 90], 1),
        ("2024", [201, 201, 301, 90], 3), ("2024", [201, 201, 300, 90], 2), ("2024", [301, 301, 90], 2), ("2024", [301, 201, 201, 90], 3),
        ("2024", [201, 201, 200, 301, 90], 2),
        ("2018", [201, 90, 90], 0), ("2018", [201, 201, 90], 1), ("2018", [200, 201, 200], 0), ("2018", [201, 201, 201, 90], 2),
        ("2018", [201, 201, 201, 201], 2), ("2018", [201, 301, 301, 201, 90], 3), ("2018", [201, 301, 300, 301, 90], 2),
        ("2018", [499, 90], 0), ("2018", [500, 90], 3),
    ],
)  # fmt: skip
def test_thresholds_are_strict_and_durations_inclusive(rule: str, values: list[int], level: int) -> None:
    assert level_of(values, rule) == level


def course(truth: Sequence[int | None], ahead: int = 3) -> list[Reading]:
    """Observations of every day, and forecasts that come true."""
    out = [observed(n, value) for n, value in enumerate(truth)]
    for n in range(len(truth)):
        out += [forecast(n, n + k, truth[n + k]) for k in range(1, ahead + 1) if n + k < len(truth)]
    return out


def acted(found: Sequence[Step]) -> list[tuple[str, str, int]]:
    """(action, when, level) of every change."""
    return [
        (step.action, f"{step.at:%d %H}", step.after.level) for step in found if step.action not in ("hold", "none")
    ]


def test_one_episode_from_start_to_lift() -> None:
    found = steps(course([80, 90, 95, 210, 230, 140, 90, 80, 70, 70]))
    assert acted(found) == [("start", "01 17", 1), ("escalate", "02 17", 2), ("lift", "07 00", 0)]
    assert found[0].after.begins == datetime(2025, 1, 4)


def test_two_episodes_with_a_short_pause_are_one_at_the_higher_level() -> None:
    # 24 hours of clean air do not pass the lift test of 36: the yellow day and the orange days after it are one episode.
    found = steps(course([50, 210, 100, 220, 230, 90, 80, 70, 60], ahead=5))
    assert acted(found)[0] == ("start", "01 17", 2)
    assert found[0].after.begins == datetime(2025, 1, 2)
    assert [action for action, _, _ in acted(found)] == ["start", "lift"]


def test_two_episodes_with_a_long_pause_are_two() -> None:
    found = steps(course([50, 210, 100, 100, 90, 220, 230, 90, 80, 70, 60], ahead=6))
    assert [(action, level) for action, _, level in acted(found)] == [
        ("start", 1),
        ("lift", 0),
        ("start", 2),
        ("lift", 0),
    ]
    lift, start = (step for step in found if step.action in ("lift", "start") and step.at == datetime(2025, 1, 4))
    assert (lift.after.episode, start.after.episode, start.after.begins) == (1, 2, datetime(2025, 1, 6))


def test_an_oscillation_runs_the_higher_level() -> None:
    found = steps(course([50, 210, 230, 160, 160, 210, 220, 90, 80, 70, 60]))
    highest = {step.after.level for step in found if datetime(2025, 1, 3) < step.at < datetime(2025, 1, 8)}
    assert highest == {2}


def test_lowering_waits_for_thirty_six_clean_hours() -> None:
    one_day = [observed(n, v) for n, v in enumerate([50, 210, 90])] + [forecast(0, 1, 210), forecast(2, 3, 90)]
    found = steps([item for item in one_day if item.known <= datetime(2025, 1, 4)])
    assert found[-1].after.level == 1
    assert "尚无预报" in found[-1].why
    assert found[-1].missing == (datetime(2025, 1, 5),)
    # a forecast to the end of the fifth covers 48 hours: more than 36
    assert steps([*one_day, forecast(2, 4, 90)])[-1].action == "lift"


def test_a_missing_day_neither_starts_nor_lifts_and_is_named() -> None:
    ahead = [observed(0, 50), forecast(0, 1, 160), forecast(0, 2, None), forecast(0, 3, 90)]
    found = steps(ahead)
    assert (found[-1].after.level, found[-1].missing) == (0, (datetime(2025, 1, 3),))
    begun = course([50, 210, 90, 80, 70, 60])
    lost = [replace(item, aqi=None) if item == observed(2, 90) else item for item in begun]
    held = [step for step in steps(lost) if step.at == datetime(2025, 1, 4)]
    assert (held[-1].after.level, held[-1].missing) == (1, (datetime(2025, 1, 3),))
    assert [step for step in steps(begun) if step.at == datetime(2025, 1, 4)][-1].after.level == 0


def test_what_is_over_is_not_known_by_its_forecast() -> None:
    found = steps(
        [forecast(-1, 1, 210), forecast(0, 2, 90), forecast(2, 3, 90), forecast(2, 4, 80), forecast(2, 5, 80)]
    )
    assert found[-1].after.level == 1
    assert datetime(2025, 1, 2) in found[-1].missing


def test_an_episode_that_never_came_is_cancelled() -> None:
    found = steps([observed(0, 50), forecast(0, 3, 210), forecast(0, 1, 60), forecast(0, 2, 60), observed(1, 60), *(forecast(1, n, 70) for n in (2, 3, 4))])  # fmt: skip
    assert acted(found)[-1] == ("cancel", "02 17", 0)


def test_an_episode_that_comes_milder_is_lowered_before_it_begins() -> None:
    clean = [
        observed(0, 50),
        observed(1, 60),
        *(forecast(0, n, 60) for n in (1, 2, 3)),
        *(forecast(1, n, 60) for n in (2, 3)),
    ]
    found = steps(
        [*clean, *(forecast(0, n, 210) for n in (4, 5)), forecast(1, 4, 210), *(forecast(1, n, 60) for n in (5, 6, 7))]
    )
    assert acted(found) == [("start", "01 17", 2), ("lower", "02 17", 1)]
    assert found[-1].after.begins == datetime(2025, 1, 5)


def test_observations_alone_start_what_nobody_forecast() -> None:
    found = steps([observed(0, 50), observed(1, 210)])
    assert (found[-1].action, found[-1].after.level) == ("start", 1)


def test_dust_and_ozone_do_not_start_a_warning() -> None:
    for cause in ("dust", "o3"):
        found = steps([observed(0, 50), *(forecast(0, n, 260, cause) for n in (1, 2)), forecast(0, 3, 60)])
        assert (found[0].action, found[0].after.level, found[0].after.advice) == ("advise", 0, (cause,))
    unsaid = steps([observed(0, 50), *(forecast(0, n, 260, None) for n in (1, 2)), forecast(0, 3, 60)])[-1]
    assert (unsaid.after.level, unsaid.reductions) == (2, None)
    assert steps([observed(0, 50), *(forecast(0, n, 260) for n in (1, 2)), forecast(0, 3, 60)])[-1].reductions is True


def test_twenty_four_hours_may_cross_midnight() -> None:
    issued = FIRST + timedelta(hours=1)
    clean, foul = [60] * 13, [201] * 24  # one hour of 60 brings the mean below
    found = steps([*hours([50]), *hours([*clean, *foul, *[50] * 60], issued, issued)])
    assert (found[-1].after.level, found[-1].after.begins) == (1, FIRST + timedelta(hours=14))
    daily_means = [(13 * 60 + 50 + 10 * 201) / 24, (14 * 201 + 10 * 50) / 24]
    assert max(daily_means) < 150  # by calendar days nothing would have happened
    short = steps([*hours([50]), *hours([*clean, *foul[:-1], *[50] * 60], issued, issued)])
    assert short[-1].after.level == 0


def test_a_missing_hour_is_bounded_not_guessed() -> None:
    issued = FIRST + timedelta(hours=1)
    foul: list[int | None] = [260] * 24
    foul[5] = None  # 23 × 260 = 5980 > 24 × 200: above whatever the hour was
    assert steps([*hours([50]), *hours([*foul, *[50] * 60], issued, issued)])[-1].after.level == 1
    foul = [208] * 24
    foul[5] = None  # 23 × 208 = 4784 < 4800: it depends on the hour
    found = steps([*hours([50]), *hours([*foul, *[50] * 60], issued, issued)])[-1]
    assert found.after.level == 0
    assert [moment for moment in found.missing if moment >= FIRST] == [issued + timedelta(hours=5)]


def test_only_episodes_within_reach_are_announced() -> None:
    rows = [observed(0, 50), *(forecast(0, n, 60) for n in (1, 2, 3)), forecast(0, 4, 210), forecast(0, 5, 60)]
    assert steps(rows)[-1].after.level == 1
    assert steps(rows, within=48)[-1].after.level == 0


# -- laws --------------------------------------------------------------------------------------------------------------
_AQI = st.one_of(st.none(), st.sampled_from([50, 100, 149, 150, 151, 199, 200, 201, 299, 300, 301, 499, 500]))


@st.composite
def _tables(draw: st.DrawFn) -> list[Reading]:
    days = draw(st.integers(1, 8))
    out = []
    for n in range(days):
        if draw(st.integers(0, 5)):
            cause = draw(st.sampled_from(["pm25", "pm25", "pm25", None, "dust"]))
            out.append(observed(n, draw(_AQI), cause, draw(st.sampled_from([0, 0, 0, 2]))))
        out += [forecast(n, n + k, draw(_AQI)) for k in range(0, draw(st.integers(0, 4)))]
    return out


def plain_level(values: dict[int, int | None], now: int, rule: Edition) -> int:
    """The level that known values ahead of `now` demand by themselves: worked out day by day, in the plainest way."""

    def holds(index: int, reach: bool, days: int, first: int) -> bool:
        part = [values.get(first + n) for n in range(days)]
        return all(value is not None and (value >= index if reach else value > index) for value in part)

    out = 0
    for number, level in enumerate(LEVELS, 1):
        for together in rule.levels[level]:
            lead = max(together, key=lambda item: item.days)
            for first in range(now, now + 12):
                if holds(lead.index, lead.reach, lead.days, first) and all(
                    any(
                        holds(item.index, item.reach, item.days, at)
                        for at in range(first - item.days + 1, first + lead.days)
                    )
                    for item in together
                ):
                    out = number
    return out


@settings(max_examples=40, deadline=None)
@given(_tables(), st.sampled_from(["2018", "2024"]))
def test_the_state_is_never_lower_than_the_nearest_episode_demands(rows: list[Reading], rule: str) -> None:
    found = steps(rows, rule)
    for step in found:
        last = [other for other in found if other.at == step.at][-1]
        assert last.after.level >= last.demand


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([50, 150, 151, 200, 201, 300, 301, 500]), min_size=1, max_size=5),
    st.sampled_from(["2018", "2024"]),
)
def test_a_forecast_starts_what_the_plain_reading_of_the_rule_says(values: list[int], rule: str) -> None:
    # five days cannot hold two episodes with a pause of more than 36 hours between them that both count under one start
    chosen = RULES[rule]
    days = {1 + n: value for n, value in enumerate(values)}
    ends = [n for n, value in days.items() if value > 150]
    gaps = [b - a - 1 for a, b in itertools.pairwise(ends)]
    if any(gap >= 2 for gap in gaps):
        return
    assert level_of(values, rule) == plain_level(days, 1, chosen)


@settings(max_examples=40, deadline=None)
@given(_tables(), st.integers(0, 12))
def test_later_data_never_change_past_steps(rows: list[Reading], cut: int) -> None:
    until = FIRST + timedelta(days=cut)
    early = steps([item for item in rows if item.known <= until])
    assert steps(rows)[: len(early)] == early


@settings(max_examples=40, deadline=None)
@given(_tables(), st.integers(0, 12))
def test_going_on_from_a_log_is_the_same_as_one_run(rows: list[Reading], cut: int) -> None:
    until = FIRST + timedelta(days=cut)
    log = steps([item for item in rows if item.known <= until])
    assert steps(rows, log=log) == steps(rows)
    assert steps(rows, log=steps(rows)) == steps(rows)


@settings(max_examples=40, deadline=None)
@given(_tables(), st.integers(0, 12), st.randoms())
def test_a_log_replays_to_itself_even_with_late_data(rows: list[Reading], cut: int, shuffle: object) -> None:
    until = FIRST + timedelta(days=cut)
    kept, late = rows[::2], rows[1::2]
    log = steps([item for item in kept if item.known <= until])
    log = steps([*kept, *late], log=log)
    assert replay(log, lambda day: RULES["2024"], lambda day: CAUSES) == log


@settings(max_examples=40, deadline=None)
@given(_tables())
def test_nothing_is_lifted_without_yesterdays_value(rows: list[Reading]) -> None:
    # under both editions a day of 500 is a warning by itself or could be the last of a run, so an unknown yesterday holds
    for step in steps(rows):
        if step.action in ("lift", "cancel"):
            yesterday = datetime(step.at.year, step.at.month, step.at.day) - timedelta(days=1)
            values = [item.aqi for item in rows if item.observed and item.start == yesterday and item.known <= step.at]
            assert values
            assert values[-1] is not None
