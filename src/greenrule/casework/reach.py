"""How far an item of a change of law reaches: which rules and decisions can feel it, and in which cases it turned something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar import Answers
from greenrule.casework.lawdiff import LawItem
from greenrule.rules.book import Rulebook
from greenrule.rules.link import reads
from greenrule.rules.nodes import Fact, In, Node, Parameter, Table, Under

Key = tuple[str, str]
Masks = Mapping[Key, npt.NDArray[np.bool_]]


class Reach:
    """The items of a change over two frozen books.

    An item that is a rule turned something in a case where the rule's truth is another than before (or its effect or
    weight is another and it may hold).  Any other item did where the truth of a rule that reads it is another.
    """

    def __init__(self, before: Rulebook, after: Rulebook, items: Sequence[LawItem]) -> None:
        self.books = (before, after)
        self.items = {item.key: item for item in items}
        self.rules = {item.id for item in items if item.kind == "rule"}
        #: node → what it reads, over both books: rules, definitions, `decision:`, and items by (kind, id) as text
        self.needs: dict[str, set[str]] = {}
        for book in self.books:
            exceptions = book.all_exceptions()
            for name, rule in book.rules.items():
                self._need(name, reads(book, rule, exceptions) | self._items_in(rule.when, book))
                for effect in rule.effects:
                    self._need(f"decision:{effect.decision}", {name})
            for name, definition in book.definitions.items():
                self._need(name, reads(book, definition) | self._items_in(definition.body, book))
            for name, spec in book.decisions.items():
                self._need(f"decision:{name}", {f"decision:{spec.base}"} if spec.base else set())
        self._kept: dict[str, frozenset[Key]] = {}
        self._readers: dict[Key, tuple[str, ...]] = {}
        for key in self.items:
            if key[0] != "rule":
                self._readers[key] = tuple(
                    name for name in {**before.rules, **after.rules} if key in self.closure(name)
                )  # fmt: skip

    def _need(self, name: str, found: set[str]) -> None:
        self.needs.setdefault(name, set()).update(found)

    def _items_in(self, node: Node, book: Rulebook) -> set[str]:
        """Items other than rules and definitions that an expression reads, directly or through what facts derive from."""
        out: set[str] = set()
        facts: list[str] = []
        for part in node.walk():
            if isinstance(part, Parameter):
                out.add(f"parameter {part.id}")
            elif isinstance(part, Table):
                out.add(f"parameter {part.parameter}")
            elif isinstance(part, Under) and part.listed is not None:
                out.add(f"list {part.listed}")
            if isinstance(part, (Fact, In, Under)):
                facts.append(part.id if isinstance(part, Fact) else part.fact)
        for fact in facts:
            out.add(f"fact {fact}")
            spec = book.facts[fact]
            if spec.kind.vocab:
                out.add(f"vocabulary {spec.kind.vocab}")
            if f"fact {fact}" not in self.needs:
                self.needs[f"fact {fact}"] = set()
                for item in spec.derive:
                    for side in (item.value, item.when):
                        if side is not None:
                            self.needs[f"fact {fact}"] |= self._items_in(side, book)
        return out

    def closure(self, name: str) -> frozenset[Key]:
        """Items of the change that a rule, a definition or a `decision:` can feel."""
        if name not in self._kept:
            seen, ahead = {name}, [name]
            while ahead:
                more = self.needs.get(ahead.pop(), set()) - seen
                seen |= more
                ahead += more
            found = set()
            for item in seen:
                kind, _, rest = item.partition(" ")
                for key in (
                    (kind, rest),
                    ("rule", item),
                    ("definition", item),
                    ("decision", item.removeprefix("decision:")),
                ):
                    if key in self.items:
                        found.add(key)
            self._kept[name] = frozenset(found)
        return self._kept[name]

    # -- in which cases ------------------------------------------------------------------------------------
    def touched(self, before: Answers, after: Answers) -> dict[Key, npt.NDArray[np.bool_]]:
        """Item → (n,) whether it turned something in a case."""
        turned: dict[str, npt.NDArray[np.bool_]] = {}

        def differs(rule: str) -> npt.NDArray[np.bool_]:
            if rule not in turned:
                one, other = before.truth(rule), after.truth(rule)
                found: Any = one != other
                if rule in self.rules and all(rule in book.rules for book in self.books):
                    # Both hold alike, but they may say something else.
                    ones, others = (book.rules[rule] for book in self.books)
                    if (ones.effects, ones.strength) != (others.effects, others.strength) or self._weights(rule):
                        found = found | (one > 0) | (other > 0)
                turned[rule] = found
            return turned[rule]

        out: dict[Key, npt.NDArray[np.bool_]] = {}
        for key, item in self.items.items():
            if key[0] == "rule":
                out[key] = differs(item.id)
            elif key[0] == "decision":
                out[key] = np.ones(len(before), dtype=np.bool_)
            else:
                mask = np.zeros(len(before), dtype=np.bool_)
                for rule in self._readers[key]:
                    mask |= differs(rule)
                out[key] = mask
        return out

    def _weights(self, rule: str) -> bool:
        one, other = (book.validity.get(rule) for book in self.books)
        return one is not None and other is not None and one[3] != other[3]

    def of_decision(self, decision: str, touched: Masks) -> list[Key]:
        """Items of the change that a decision can feel, in a steady order."""
        return sorted(key for key in self.closure(f"decision:{decision}") if key in touched)

    def of_rules(self, rules: Iterable[str], touched: Masks) -> list[Key]:
        """Items of the change that any of some rules can feel."""
        return sorted({key for rule in rules for key in self.closure(rule) if key in touched})

    def can_move(self, rules: Iterable[str], touched: Masks) -> bool:
        """Whether the change can bear on any of some rules in any case."""
        return any(touched[key].any() for key in self.of_rules(rules, touched))
