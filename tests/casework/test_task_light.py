"""The lights of tasks: never green without a reason, worse for worse figures, what cannot be computed is said."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.task_book import task_book
from greenrule.casework.task_light import COLOURS, Figure, light, measurable, of_deadline, of_target, shared_out
from greenrule.packs.targets import Target

BY = date(2025, 12, 31)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
NUMBERS = st.fractions(0, 100, max_denominator=100)


def goal(operator: str = "<=", value: int | None = 25, **rest) -> Target:
    told = {"kind": "binding", "by": BY, **rest}
    return Target("t", "PM2.5", ("全省",), operator, None if value is None else Fraction(value), "μg/m3", told.pop("by"),
                  told.pop("kind"), (), **told)  # fmt: skip


def figures(*pairs: tuple[str, int]) -> list[Figure]:
    return [Figure("t", Fraction(value), date.fromisoformat(day)) for day, value in pairs]


@pytest.mark.parametrize(
    ("said", "on", "colour"),
    [
        ([], "2025-06-01", "unknown"),
        ([], "2026-01-01", "red"),
        ([("2025-12-31", 25)], "2026-01-05", "green"),
        ([("2025-12-31", 26)], "2026-01-05", "red"),
        ([("2025-06-30", 27)], "2025-07-01", "unknown"),  # one figure has no pace
        ([("2025-01-01", 35), ("2025-07-02", 29)], "2025-07-02", "green"),
        ([("2025-01-01", 35), ("2025-07-02", 31)], "2025-07-02", "amber"),
        ([("2025-01-01", 35), ("2025-07-02", 36)], "2025-07-02", "red"),
        ([("2023-06-30", 20)], "2025-07-01", "unknown"),  # too old to say anything
        ([("2023-06-30", 20)], "2026-01-02", "red"),
    ],
)
def test_a_target_against_its_figures(said, on, colour):
    assert of_target(goal(), figures(*said), date.fromisoformat(on)).colour == colour


@pytest.mark.parametrize(
    ("target", "value", "colour"),
    [
        (goal("rank", 10, among=168), 158, "green"), (goal("rank", 10, among=168), 159, "red"),
        (goal("between", 7, upper=Fraction(10)), 10, "green"), (goal("between", 7, upper=Fraction(10)), 11, "red"),
        (goal("=", 80, kind="striving"), 79, "unknown"), (goal("=", 100), 99, "red"), (goal(">", 5), 5, "red"),
        (goal("<", 5), 5, "red"), (goal(">=", 5), 5, "green"),
    ],
)  # fmt: skip
def test_each_kind_of_demand(target, value, colour):
    assert of_target(target, figures(("2025-12-31", value)), date(2026, 1, 1)).colour == colour


@given(first=NUMBERS, last=NUMBERS, better=st.fractions(0, 20, max_denominator=10), on=DAYS)
def test_a_better_figure_is_never_a_worse_light(first, last, better, on):
    order = list(COLOURS)

    def colour(value):
        said = [Figure("t", first, date(2024, 12, 31)), Figure("t", value, on)]
        return order.index(of_target(goal(), said, on).colour)

    if on > date(2024, 12, 31):
        assert colour(last - better) >= colour(last)


@given(on=DAYS, claimed=st.booleans())
def test_a_deadline_is_green_only_when_confirmed(on, claimed):
    assert of_deadline(BY, "甲", on, claimed, False).colour != "green"
    assert of_deadline(BY, "甲", on, claimed, True).colour == "green"


@given(on=DAYS)
def test_no_task_is_green_before_anything_is_known(on):
    book = task_book()
    for task in book.tasks.values():
        own, out = shared_out(book.targets_of(task), None, whole=True)
        found = light(task, own, (), on, left_out=out)
        assert found.colour != "green", task.id
        assert found.why


def test_the_pace_is_exact_on_the_line():
    said = figures(("2025-01-01", 35), ("2025-07-02", 30))
    assert (date(2025, 7, 2) - date(2025, 1, 1)) * 2 == (BY - date(2025, 1, 1))
    assert of_target(goal(), said, date(2025, 7, 2)).colour == "green"
    late = [said[0], Figure("t", Fraction(3001, 100), date(2025, 7, 2))]
    assert of_target(goal(), late, date(2025, 7, 2)).colour == "amber"


def test_targets_that_are_not_broken_down_are_told_and_left_out():
    book = task_book()
    task = book.task("t-air-26")
    own, out = shared_out(book.targets_of(task), "大同市", whole=False)
    assert [item.id for item in own] == ["g-air-26"]
    assert ("g-air-27", "PM2.5年均浓度：吕梁市的目标没有分解到本单位辖区") in out
    whole, _ = shared_out(book.targets_of(task), None, whole=True)
    assert {item.id for item in whole} == {item.id for item in book.targets_of(task) if measurable(item)}


def test_a_deadline_near_is_amber_and_a_far_one_says_that_it_cannot_be_computed():
    assert of_deadline(BY, "甲", BY - timedelta(days=30), False, False).colour == "amber"
    assert of_deadline(BY, "甲", BY - timedelta(days=31), False, False).colour == "unknown"
