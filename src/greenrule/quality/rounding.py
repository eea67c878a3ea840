"""Rounding by GB/T 8170: less than half down, more than half up, exactly half to the even digit.  On integers, so that a half is a half.

A sum of whole numbers over a count is an exact fraction; floats would decide a half by their noise.  Numbers that arrive as
floats are taken as the shortest decimal that denotes them, which is what was written down.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.quality.editions import MISSING

#: How close to a half a float may be before its decimal digits are asked, in units of the last kept digit.
_NEAR_HALF = 1e-6


def half_even(numerator: Any, denominator: Any) -> Any:
    """numerator / denominator rounded to a whole number; both integers or arrays of them, the denominator positive.

    >>> [half_even(n, 2) for n in (1, 3, 5, -1, -3)]
    [0, 2, 2, 0, -2]
    >>> half_even(np.array([69, 71, 6902]), np.array([2, 2, 200])).tolist()
    [34, 36, 35]
    """
    whole, rest = numerator // denominator, numerator % denominator
    twice = 2 * rest
    up = (twice > denominator) | ((twice == denominator) & (whole % 2 == 1))
    return whole + (up.astype(whole.dtype) if isinstance(up, np.ndarray) else int(up))


def round_fraction(value: Fraction, decimals: int) -> Fraction:
    """An exact number rounded to some decimals.

    >>> round_fraction(Fraction("0.65"), 1), round_fraction(Fraction("2.675"), 2)
    (Fraction(3, 5), Fraction(67, 25))
    """
    scaled = value * 10**decimals
    return Fraction(int(half_even(scaled.numerator, scaled.denominator)), 10**decimals)


def round_text(text: str, decimals: int) -> str:
    """A decimal as it is written, rounded.

    >>> [round_text(text, 1) for text in ("0.65", "0.75", "1.25", "1.251")]
    ['0.6', '0.8', '1.2', '1.3']
    """
    return str(Decimal(text).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))


def scaled_integers(values: npt.NDArray[Any], decimals: int) -> npt.NDArray[np.int32]:
    """Floats as whole numbers of their `decimals`-th digit, rounded; MISSING for NaN and what no int16 holds.

    A float near a half is decided by its shortest decimal (0.65 is 65 hundredths, not 0.65000000000000002).

    >>> scaled_integers(np.array([0.65, 0.75, 1.251, np.nan]), 1).tolist()
    [6, 8, 13, -32768]
    """
    single = values.dtype == np.float32
    raw = values.astype(np.float64) * 10**decimals
    bad = ~(np.abs(raw) < -MISSING - 0.5)
    raw = np.where(bad, 0.0, raw)
    out = np.rint(raw).astype(np.int32)
    near = np.abs(np.abs(raw - np.floor(raw)) - 0.5) < (_NEAR_HALF + (np.abs(raw) * 1e-6 if single else 0.0))
    near &= ~bad
    if near.any():
        # Few distinct numbers are that close; each is asked once.
        kinds, which = np.unique(values[near], return_inverse=True)
        digits = [int((Decimal(str(kind)).scaleb(decimals)).to_integral_value(ROUND_HALF_EVEN)) for kind in kinds]
        out[near] = np.array(digits, np.int32)[which]
    out[bad] = MISSING
    return out
