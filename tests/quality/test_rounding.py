"""GB/T 8170: the worked examples of the reference, and the law against decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.quality.editions import MISSING
from greenrule.quality.rounding import half_even, round_fraction, round_text, scaled_integers

EXAMPLES = [
    ("34.5", 0, "34"), ("35.5", 0, "36"), ("34.51", 0, "35"), ("0.65", 1, "0.6"), ("0.75", 1, "0.8"), ("1.25", 1, "1.2"),
    ("1.251", 1, "1.3"), ("2.675", 2, "2.68"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "decimals", "expected"), EXAMPLES)
def test_the_worked_example(text: str, decimals: int, expected: str) -> None:
    assert round_text(text, decimals) == expected
    assert round_fraction(Fraction(text), decimals) == Fraction(expected)
    assert scaled_integers(np.array([float(text)]), decimals)[0] == Fraction(expected) * 10**decimals
    assert scaled_integers(np.array([float(text)], np.float32), decimals)[0] == Fraction(expected) * 10**decimals


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(1, 10**6)), min_size=1, max_size=30))
def test_whole_arrays_round_as_single_decimals(pairs: list[tuple[int, int]]) -> None:
    numerators, denominators = (np.array(part, np.int64) for part in zip(*pairs, strict=True))
    expected = [round(Fraction(n, d)) for n, d in pairs]  # Python rounds exact fractions half to even
    assert half_even(numerators, denominators).tolist() == expected
    assert [half_even(n, d) for n, d in pairs] == expected


@given(st.integers(-30000, 30000), st.integers(0, 3), st.integers(0, 2))
def test_floats_are_the_decimals_that_were_written(digits: int, places: int, decimals: int) -> None:
    text = str(Decimal(digits).scaleb(-places))
    expected = int(Decimal(text).scaleb(decimals).to_integral_value(ROUND_HALF_EVEN))
    found = scaled_integers(np.array([float(text)]), decimals)[0]
    assert found == (expected if abs(expected) < -MISSING else MISSING)


def test_what_is_no_number_is_missing() -> None:
    assert scaled_integers(np.array([np.nan, np.inf, -np.inf, 1e9, 3.0]), 0).tolist() == [MISSING] * 4 + [3]
