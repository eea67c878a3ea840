"""The part of a rulebook that one rule rests on: asking about it then costs microseconds, not the whole law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from greenrule.rules.book import Rulebook
from greenrule.rules.link import reads


class Slices:
    """Parts of a rulebook, each cut once.

    >>> Slices(book).of("eia-008-book-b").rules.keys()  # doctest: +SKIP
    dict_keys(['eia-008-book-b'])
    """

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.exceptions = book.all_exceptions()
        self._parts: dict[str, Rulebook] = {}

    @cached_property
    def needs(self) -> Mapping[str, frozenset[str]]:
        """Rule, definition or `decision:` mark → everything it rests on, itself included."""
        speak: dict[str, set[str]] = {}
        for rule in self.book.rules.values():
            for effect in rule.effects:
                speak.setdefault(effect.decision, set()).add(rule.id)
        direct = {name: self.reads(name) for name in (*self.book.rules, *self.book.definitions)}
        for name, spec in self.book.decisions.items():
            direct[f"decision:{name}"] = speak.get(name, set()) | ({f"decision:{spec.base}"} if spec.base else set())
        whole: dict[str, frozenset[str]] = {}
        for name in (*self.book.order, *direct):  # each comes after what it reads, so that one pass closes the relation
            if name not in whole:
                below = direct[name] & direct.keys()
                whole[name] = frozenset({name}).union(*(whole.get(other, frozenset({other})) for other in below))
        return whole

    def reads(self, name: str) -> set[str]:
        """What a rule or definition reads itself: rules, definitions and `decision:` marks."""
        return reads(self.book, self.book.rules.get(name) or self.book.definitions[name], self.exceptions)

    def of(self, rule: str) -> Rulebook:
        """The rulebook with only what one rule needs, and the decisions it speaks on."""
        if rule not in self._parts:
            wanted = set(self.needs[rule])
            todo = {effect.decision for effect in self.book.rules[rule].effects}
            while todo:
                name = todo.pop()
                wanted.add(f"decision:{name}")
                base = self.book.decisions[name].base
                if base and f"decision:{base}" not in wanted:
                    todo.add(base)
            book = self.book
            self._parts[rule] = replace(
                book,
                rules={name: item for name, item in book.rules.items() if name in wanted},
                definitions={name: item for name, item in book.definitions.items() if name in wanted},
                decisions={name: item for name, item in book.decisions.items() if f"decision:{name}" in wanted},
                order=tuple(name for name in book.order if name in wanted),
            )
        return self._parts[rule]
