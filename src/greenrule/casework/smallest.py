"""The smallest part of some differences that by itself makes the whole difference, found by asking again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Smallest(Generic[T]):
    """`parts`: a set of least size; `others`: more of the same size; `proven`: no smaller one exists (all were asked)."""

    parts: tuple[T, ...]
    others: tuple[tuple[T, ...], ...] = ()
    proven: bool = True


def smallest(items: Sequence[T], reaches: Callable[[frozenset[T]], bool], budget: int = 3000) -> Smallest[T]:
    """The smallest set of items for which `reaches` holds; it must hold of all of them together and not of none.

    First items are left out, half of them at once and then fewer, while the rest still reaches; then every smaller set is asked, as long as there
    are no more than `budget` of them: else the answer is minimal (nothing can be left out) but not proven smallest.

    >>> smallest("abcd", lambda taken: "b" in taken and "d" in taken).parts
    ('b', 'd')
    >>> smallest("abcd", lambda taken: "c" in taken or {"a", "b"} <= taken).parts
    ('c',)
    """
    kept = _without_idle(list(items), reaches)
    asked = 0
    for size in range(1, len(kept) + 1):
        asked += comb(len(items), size)
        if asked > budget:
            return Smallest(tuple(kept), (), size == len(kept))
        found = [parts for parts in combinations(items, size) if reaches(frozenset(parts))]
        if found:
            return Smallest(found[0], tuple(found[1:6]))
    return Smallest(tuple(kept))


def _without_idle(kept: list[T], reaches: Callable[[frozenset[T]], bool]) -> list[T]:
    """Items of which no single one can be left out; halves first, so that many idle ones go at once."""
    size = len(kept) // 2
    while size:
        start = 0
        while start < len(kept):
            rest = kept[:start] + kept[start + size :]
            if rest and reaches(frozenset(rest)):
                kept = rest
            else:
                start += size
        size //= 2
    dropped = True
    while dropped and len(kept) > 1:
        # What could not go before may go once others went: the question is not monotone.
        dropped = False
        for item in list(kept):
            rest = [other for other in kept if other != item]
            if rest and reaches(frozenset(rest)):
                kept, dropped = rest, True
    return kept
