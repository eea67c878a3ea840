"""Kleene's tables, printed in the documentation, computed here."""

from __future__ import annotations

from itertools import product

from greenrule.core.truth import FALSE, TRUE, UNKNOWN, Truth, every, some


def test_the_strong_tables():
    """Minimum, maximum, reflection."""
    for a, b in product(Truth, Truth):
        assert (a & b) is Truth(min(a, b))
        assert (a | b) is Truth(max(a, b))
        assert ~(a & b) is (~a | ~b)


def test_every_and_some_of_nothing():
    """True of nothing, false of nothing."""
    assert (every([]), some([])) == (TRUE, FALSE)
    assert (every([TRUE, UNKNOWN]), some([FALSE, UNKNOWN])) == (UNKNOWN, UNKNOWN)


def test_words_and_origin():
    """As the finding writes them."""
    assert [Truth.of(x).word for x in (True, False, None)] == ["true", "false", "unknown"]
