"""Area codes as conditions: areas nest, and a code is the beginning of the codes inside it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from greenrule.store.desk.roles import Person


def within(codes: Iterable[str], column: str = "area") -> Q:
    """Rows whose code lies within any of the areas; an index on the column serves it on every database.

    >>> str(within(["1401"]))
    "(AND: ('area__gte', '1401'), ('area__lt', '1402'))"
    >>> str(within([]))
    "(AND: ('pk__in', []))"
    """
    out: Q | None = None
    for code in codes:
        one = Q(**{f"{column}__gte": code, f"{column}__lt": _after(code)}) if code else Q(pk__isnull=False)
        out = one if out is None else out | one
    return out if out is not None else Q(pk__in=[])


def _after(code: str) -> str:
    """The first text that does not begin with a code of digits.

    >>> _after("1401"), _after("149")
    ('1402', '14:')
    """
    return code[:-1] + chr(ord(code[-1]) + 1)


def around(codes: Iterable[str], column: str = "area") -> Q:
    """Rows whose area lies within any of the areas, or above one: what a city lists holds for its counties.

    >>> str(around(["14"]))
    "(OR: (AND: ('area__gte', '14'), ('area__lt', '15')), ('area__in', ['14']))"
    """
    known = list(codes)
    above = sorted({code[:size] for code in known for size in (2, 4, 6) if len(code) >= size})
    return within(known, column) | Q(**{f"{column}__in": above})


def seen_by(person: Person, permission: str, column: str = "area") -> Q:
    """Rows of the areas in which a person has a permission."""
    return within(person.areas(permission), column)
