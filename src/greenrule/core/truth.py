"""Kleene's three truth values as small integers: false 0, unknown 1, true 2.

With this order *and* is the minimum, *or* the maximum and *not* is 2 − x.

Source: S. C. Kleene, Introduction to Metamathematics, 1952, §64 (strong tables).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Truth(IntEnum):
    """A truth value that may be unknown.

    >>> Truth.TRUE & Truth.UNKNOWN is Truth.UNKNOWN, Truth.FALSE & Truth.UNKNOWN is Truth.FALSE
    (True, True)
    >>> ~Truth.UNKNOWN is Truth.UNKNOWN
    True
    """

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    def __and__(self, other: int) -> Truth:
        return Truth(min(self, other))

    def __or__(self, other: int) -> Truth:
        return Truth(max(self, other))

    def __invert__(self) -> Truth:
        return Truth(2 - self)

    @property
    def word(self) -> str:
        """`true`, `false` or `unknown`, as the finding's JSON writes it."""
        return self.name.lower()

    @classmethod
    def of(cls, value: bool | None) -> Truth:
        """True, False or None (not known) as a truth value.

        >>> Truth.of(None).word
        'unknown'
        """
        return cls.UNKNOWN if value is None else cls.TRUE if value else cls.FALSE


FALSE, UNKNOWN, TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE


def every(values: Iterable[Truth]) -> Truth:
    """Conjunction; true of nothing."""
    return Truth(min(values, default=TRUE))


def some(values: Iterable[Truth]) -> Truth:
    """Disjunction; false of nothing."""
    return Truth(max(values, default=FALSE))
