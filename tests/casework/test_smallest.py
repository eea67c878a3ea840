"""The smallest part of a difference, against every subset asked."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.smallest import smallest

ITEMS = tuple("abcdef")
SUBSETS = [frozenset(parts) for size in range(len(ITEMS) + 1) for parts in combinations(ITEMS, size)]


@given(st.frozensets(st.sampled_from([parts for parts in SUBSETS if parts]), max_size=12))
def test_it_is_the_smallest_of_all_sets_that_reach(reaching):
    """Any question at all, monotone or not, that holds of everything together."""
    good = reaching | {frozenset(ITEMS)}
    found = smallest(ITEMS, good.__contains__)
    least = min(len(parts) for parts in good)

    assert found.proven
    assert frozenset(found.parts) in good
    assert len(found.parts) == least
    assert {frozenset(parts) for parts in (found.parts, *found.others)} <= {p for p in good if len(p) == least}
    assert len(found.others) == min(5, sum(len(parts) == least for parts in good) - 1)


@given(st.frozensets(st.sampled_from([parts for parts in SUBSETS if parts]), max_size=12))
def test_without_the_means_to_prove_it_says_so(reaching):
    """Still a set that reaches, and from which nothing can be left out alone."""
    good = reaching | {frozenset(ITEMS)}
    found = smallest(ITEMS, good.__contains__, budget=3)

    assert frozenset(found.parts) in good
    assert all(frozenset(found.parts) - {item} not in good for item in found.parts if len(found.parts) > 1)
    if found.proven:
        assert len(found.parts) == 1


def test_it_stops_asking():
    """The budget bounds the sets that are asked beside the leaving out."""
    asked = []

    def reaches(taken):
        asked.append(taken)
        return len(taken) >= 10

    found = smallest(tuple(range(20)), reaches, budget=500)

    assert len(found.parts) == 10
    assert not found.proven
    assert len(asked) < 800
