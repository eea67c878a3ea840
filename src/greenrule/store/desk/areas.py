"""Area codes as conditions: areas nest, and a code is the beginning of the codes inside it."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable

from django.db.models import Q

from greenrule.store.desk.roles import Person

_PROVINCE, _COUNTY = 2, 6


def within(codes: Iterable[str], column: str = "area") -> Q:
    """Rows whose code lies within any of the areas; an index on the column serves it on every database.

    >>> str(within(["1401"]))
    "(AND: ('area__gte', '1401'), ('area__lt', '1402'))"
    >>> str(within([]))
    "(AND: ('pk__in', []))"
    """
    return either(below(code, column) for code in codes)


def either(conditions: Iterable[Q]) -> Q:
    """Rows that fit any of the conditions; none where there is no condition."""
    found = list(conditions)
    return functools.reduce(operator.or_, found) if found else Q(pk__in=[])


#: Every row.
ALL = Q(pk__isnull=False)


def below(code: str, column: str = "area") -> Q:
    """Rows whose code lies within one area; a county has nothing below it, and "" is everywhere.

    >>> str(below("140105")), str(below("1409"))
    ("(AND: ('area', '140105'))", "(AND: ('area__gte', '1409'), ('area__lt', '1410'))")
    """
    return Q(**{column: code}) if len(code) == _COUNTY else beginning(code, column)


def beginning(code: str, column: str) -> Q:
    """Rows whose code begins with a code of digits: a range, which any index serves.

    Its end is the next number, for databases place other signs before or after digits as they like.
    """
    if not code:
        return ALL
    if not (code.isascii() and code.isdigit()) or not code.strip("9"):
        return Q(**{f"{column}__startswith": code})
    return Q(**{f"{column}__gte": code, f"{column}__lt": str(int(code) + 1).zfill(len(code))})


def around(codes: Iterable[str], column: str = "area") -> Q:
    """Rows whose area lies within any of the areas, or above one: what a city lists holds for its counties.

    >>> str(around(["14"]))
    "(OR: (AND: ('area__gte', '14'), ('area__lt', '15')), ('area__in', ['14']))"
    """
    known = list(codes)
    above = sorted({code[:size] for code in known for size in (2, 4, 6) if len(code) >= size})
    return within(known, column) | Q(**{f"{column}__in": above})


def everywhere(codes: Iterable[str]) -> bool:
    """Whether some areas are all that a server holds, which is one province.

    >>> everywhere(["14"]), everywhere([""]), everywhere(["1401", "140921"])
    (True, True, False)
    """
    return any(len(code) <= _PROVINCE for code in codes)


def seen_by(person: Person, permission: str, column: str = "area") -> Q:
    """Rows of the areas in which a person has a permission."""
    return within(person.areas(permission), column)
