"""A budget is exact: one step more and the target is missed, with the standard's rounding at the tie."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from greenrule.quality.budget import Budget
from greenrule.quality.rounding import round_fraction

BUDGETS = st.builds(
    Budget,
    target=st.integers(1, 120).map(Fraction) | st.integers(10, 1200).map(lambda n: Fraction(n, 10)),
    decimals=st.integers(0, 2),
    total=st.integers(0, 300_000).map(lambda n: Fraction(n, 7)),
    days=st.integers(0, 365),
    left=st.integers(1, 366),
)
TINY = Fraction(1, 10**9)


@given(BUDGETS)
def test_the_ceiling_is_the_last_sum_that_keeps_the_target(budget):
    most, reached = budget.ceiling
    assert budget.kept(most) is reached
    assert budget.kept(most - TINY)
    assert not budget.kept(most + TINY)


@given(BUDGETS, st.integers(0, 3))
def test_the_mean_allowed_keeps_the_target_and_the_next_larger_does_not(budget, decimals):
    allowed = budget.mean_allowed(decimals)
    step = Fraction(1, 10**decimals)
    if allowed is None:
        assert not budget.kept(Fraction(0))
        return
    assert budget.kept(allowed * budget.left)
    assert not budget.kept((allowed + step) * budget.left)


@given(BUDGETS, st.integers(1, 40), st.integers(0, 500))
def test_an_episode_is_days_like_others(budget, days, mean):
    after = budget.after(days, Fraction(mean))
    spent = min(days, budget.left)
    assert after.days + after.left == budget.days + budget.left
    for rest in (Fraction(0), Fraction(1000), Fraction(20_000)):
        assert after.kept(rest) is budget.kept(rest + spent * mean)


def test_the_published_rule_at_the_tie():
    # 35.5 is reported as 36, 34.5 as 34: half goes to the even digit.
    assert not Budget(Fraction(35), 0, Fraction(71), 2, 0).kept(Fraction(0))
    assert Budget(Fraction(34), 0, Fraction(69), 2, 0).kept(Fraction(0))
    assert round_fraction(Fraction(69, 2), 0) == 34
