"""Which other clauses touch a clause: same facts, same parameter or list, exceptions, conflicts; the strongest tie first.

A fact that nearly every rule reads (the industry) ties nothing together; a rare one ties much.  The weight of a tie is that of
its rarity among clauses, with conflicts and exceptions before everything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import Any

from greenrule.packs.library.shelf import Key, Shelf
from greenrule.rules.nodes import Applies

#: How clauses touch → what people call it, the strongest first.
TIES = {
    "conflict": "说法不一", "exception": "例外", "rests_on": "以之为前提", "parameter": "同一参数", "list": "同一名录", "fact": "同一事实",
}  # fmt: skip
_WORTH = {"conflict": 30.0, "exception": 20.0, "rests_on": 15.0, "parameter": 2.0, "list": 1.5, "fact": 1.0}
#: What more clauses than these share ties none of them together.
_COMMON = 30
#: Facts come in bundles (seven pollutants behind one phrase): two of them count in full, the rest so much.
_FULL, _REST = 2, 0.1


@dataclass(frozen=True, slots=True)
class Touch:
    """Another clause with what it shares: (kind of tie, id, label) each."""

    instrument: str
    clause: str
    ties: tuple[tuple[str, str, str], ...]
    weight: float


class Touching:
    """The ties between all clauses of a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._of: dict[Key, set[tuple[str, str]]] = defaultdict(set)
        self._at: dict[tuple[str, str], set[Key]] = defaultdict(set)
        for key, kinds in shelf.carried.items():
            for tie in self._shared(kinds):
                self._of[key].add(tie)
                self._at[tie].add(key)

    def _shared(self, kinds: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        for rule in kinds.get("rules", ()):
            reads = self.shelf.reads(rule)
            yield from (("fact", name) for name in reads.facts)
            yield from (("parameter", name) for name in reads.parameters)
            yield from (("list", name) for name in reads.lists)
        yield from (("parameter", name) for name in kinds.get("parameters", ()))
        yield from (("list", name) for name in kinds.get("lists", ()))
        yield from (("conflict", name) for name in kinds.get("conflicts", ()))

    @cached_property
    def _between(self) -> dict[Key, list[tuple[str, str, Key]]]:
        """Ties from one rule to another: exceptions and premises, both ways."""
        book = self.shelf.law.book
        out: dict[Key, list[tuple[str, str, Key]]] = defaultdict(list)
        pairs = [("exception", rule, other) for rule, others in book.all_exceptions().items() for other in others]
        pairs += [
            ("rests_on", rule.id, part.rule) for rule in book.rules.values() for part in rule.when.walk() if isinstance(part, Applies)
        ]  # fmt: skip
        for kind, one, other in pairs:
            if one in book.rules and other in book.rules:
                for left in _keys(book.rules[one].cites):
                    for right in _keys(book.rules[other].cites):
                        if left != right:
                            out[left].append((kind, other, right))
                            out[right].append((kind, one, left))
        return out

    def of(self, instrument: str, clause: str) -> list[Touch]:
        """The clauses that touch one, the strongest tie first; what is above and below it in its document is not among them."""
        key = (instrument, clause)
        found: dict[Key, dict[tuple[str, str], float]] = defaultdict(dict)
        for tie in self._of.get(key, ()):
            others = self._at[tie]
            if len(others) > _COMMON and tie[0] != "conflict":
                continue
            for other in others - {key}:
                found[other][tie] = _WORTH[tie[0]] / log(1 + len(others))
        for kind, rule, other in self._between.get(key, ()):
            found[other][kind, rule] = _WORTH[kind]
        out = [
            Touch(*other, tuple((kind, id, self.label(kind, id)) for kind, id in sorted(ties, key=lambda tie: (-ties[tie], tie))), _weight(ties))
            for other, ties in found.items() if other[1]
        ]  # fmt: skip
        return sorted(out, key=lambda item: (-item.weight, item.instrument, item.clause))

    def label(self, kind: str, id: str) -> str:
        """What people call that which is shared."""
        book: Any = self.shelf.law.book
        if kind == "conflict":
            return str(self.shelf.conflicts[id]["topic"])
        if kind in ("exception", "rests_on"):
            return str(book.rules[id].title)
        if kind == "parameter":
            return str((book.parameters.get(id) or self.shelf.tables[id]).zh)
        return str(book.lists[id].title if kind == "list" else book.facts[id].zh)


def _weight(ties: Mapping[tuple[str, str], float]) -> float:
    facts = sorted((worth for (kind, _), worth in ties.items() if kind == "fact"), reverse=True)
    others = sum(worth for (kind, _), worth in ties.items() if kind != "fact")
    return others + sum(facts[:_FULL]) + _REST * sum(facts[_FULL:])


def _keys(cites: tuple[str, ...]) -> list[Key]:
    out = []
    for cite in cites:
        name, _, clause = cite.partition("#")
        out.append((name, clause))
    return out
