"""Words looked for in registers of a million lines: a page of what holds a word is found quickly, be the word common or rare.

A planner that knows neither guesses wrong about one of them, so it is not asked.  The newest lines are read first, a window at a time: a
common word fills a page there.  A word that is rare among them is looked up in an index of all pieces of one to three characters
(`greenrule_grams`, PostgreSQL; migration `desk.0005`), which is worth it for rare words only.  SQLite has no such index and reads on.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Upper

#: Lines that are read at once: first, then, and ever after; and the share of them that must hold the words for reading to go on.
_WINDOWS, _RARE = (500, 4000), 0.01
_LONGEST = 3


class _Grams(Func):
    """The pieces of one to three characters of some columns, written as the index has them."""

    function = "greenrule_grams"
    template = "%(function)s(upper(%(expressions)s))"
    arg_joiner = " || E'\\n' || "


class _Holds(Func):
    """Whether an array has all of some elements."""

    template = "(%(expressions)s)"
    arg_joiner = " @> "


class _Listed(Func):
    """An array."""

    function = "ARRAY"
    template = "%(function)s[%(expressions)s]"


def grams_of(word: str) -> list[str]:
    """The pieces by which a word is looked up: all of three characters, or the whole of a shorter word.

    >>> grams_of("焦化厂二期"), grams_of("焦化")
    (['焦化厂', '化厂二', '厂二期'], ['焦化'])
    """
    return [word[at : at + _LONGEST] for at in range(max(1, len(word) - _LONGEST + 1))]


def holding(words: Iterable[str], columns: Sequence[str]) -> Q:
    """Rows in which each of the words is a part of one of the columns, in small letters or capitals.

    >>> str(holding(["焦化"], ["name", "applicant"]))
    "(OR: ('name__icontains', '焦化'), ('applicant__icontains', '焦化'))"
    """
    found = Q()
    for word in words:
        found &= functools.reduce(operator.or_, (Q(**{f"{column}__icontains": word}) for column in columns))
    return found


def newest_holding(rows: QuerySet[Any], words: Sequence[str], columns: Sequence[str], size: int) -> list[int]:
    """Primary keys of the newest rows that hold all of the words, the newest first.

    rows : narrowed by everything else; its primary keys grow with time.  columns : those of which migration `desk.0005` or one like it
    made an index, in its order
    """
    rows = rows.order_by("-pk").values_list("pk", flat=True)
    if not words:
        return list(rows[:size])
    fits = holding(words, columns)
    if connection.vendor != "postgresql":
        return list(rows.filter(fits)[:size])
    found: list[int] = []
    read = 0
    for window in itertools.chain(_WINDOWS, itertools.repeat(_WINDOWS[-1])):
        # The window is cut before the words are looked for, so that their rarity cannot mislead the planner about it.
        found += (
            rows.model.objects.filter(fits, pk__in=rows[:window])
            .order_by("-pk")
            .values_list("pk", flat=True)[: size - len(found)]
        )
        if len(found) >= size or (last := rows[window - 1 : window].first()) is None:
            break
        read += window
        rows = rows.filter(pk__lt=last)
        if len(found) < read * _RARE:
            found += _looked_up(rows.filter(fits), words, columns)[: size - len(found)]
            break
    return found


def _looked_up(rows: QuerySet[Any], words: Sequence[str], columns: Sequence[str]) -> QuerySet[Any]:
    """The same rows, by the index; the order is written so that the primary key's own index cannot give it."""
    pieces = _Grams(*(F(column) for column in columns))
    for word in words:
        rows = rows.filter(
            _Holds(pieces, _Listed(*(Upper(Value(piece)) for piece in grams_of(word))), output_field=BooleanField())
        )
    return rows.order_by((F("pk") + 0).desc())
