"""What cannot be otherwise (`greenrule.packs.worlds`), compiled: which statements some facts make false."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from greenrule.backends.scalar import facts_in
from greenrule.backends.writer import Writer
from greenrule.packs.book import Law
from greenrule.packs.worlds import Statement, load_statements


@dataclass(frozen=True, slots=True)
class Check:
    """One statement with what it reads and the function that tells its truth (0, 1, 2)."""

    statement: Statement
    reads: frozenset[str]
    truth: Any


class Statements:
    """The statements of a law on a day."""

    def __init__(self, law: Law, on: date) -> None:
        writer = Writer(law.book, on)
        self.checks = []
        for item in load_statements(law).values():
            function = eval(compile(f"lambda g, t, d: {writer.run(item.holds)}", f"<{item.id}>", "eval"), writer.names)
            self.checks.append(Check(item, facts_in(item.holds), function))
        self.reads = frozenset(name for check in self.checks for name in check.reads)

    def about(self, names: Iterable[str]) -> list[Check]:
        """Those that read one of some facts."""
        wanted = set(names)
        return [check for check in self.checks if not check.reads.isdisjoint(wanted)]

    def broken(self, values: Mapping[str, Any]) -> list[Check]:
        """Those that machine entries make false."""
        return [check for check in self.checks if check.truth(values.get, {}, {}) == 0]


@dataclass(frozen=True, eq=False)
class _One:
    """A law as itself: two laws are one only if they are the same object."""

    law: Law

    def __hash__(self) -> int:
        return id(self.law)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _One) and other.law is self.law


@lru_cache(maxsize=8)
def _compiled(one: _One, on: date) -> Statements:
    return Statements(one.law, on)


def statements_of(law: Law, on: date) -> Statements:
    """The statements of a law on a day, compiled once; kept outside the law, which may be pickled."""
    return _compiled(_One(law), on)
