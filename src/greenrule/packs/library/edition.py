"""What an edition of the packs says, item by item, as digests small enough to keep when the packs themselves are gone.

A finding names the digests of its packs.  Whoever kept the edition with these digests can say later which rule, value or list of
the finding has become another, which came, which went, and which merely began or ceased to be in force.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from greenrule.core.units import factor, number_text
from greenrule.packs.book import Law
from greenrule.packs.library.entries import value_text
from greenrule.packs.library.shelf import reads_of
from greenrule.rules.items import CodeList, Rule
from greenrule.rules.render import expression_text

#: Changes with the shape of what `edition` gives.
FORM = 1


def edition_key(packs: Mapping[str, str]) -> str:
    """The key of an edition: one digest over the digests of its packs and of the user's own lists."""
    return _digest(["edition", FORM, *sorted(packs.items())])


def edition(law: Law) -> dict[str, Any]:
    """A law as plain data: digests, titles, days and citations of its rules, values of its parameters, digests of lists and phrases."""
    book = law.book
    exceptions = book.all_exceptions()
    return {
        "form": FORM,
        "packs": dict(law.versions),
        "rules": {rule.id: _rule(law, rule, exceptions.get(rule.id, ())) for rule in book.rules.values()},
        "parameters": {
            spec.id: {
                "title": spec.zh, "unit": spec.unit or None, "cites": list(spec.cites), "table": value_text(spec) if spec.table else None,
                "values": [
                    [first.isoformat(), None if value is None else number_text(value / (factor(spec.unit)[1] if spec.unit else 1))]
                    for first, value, _ in spec.values
                ],
            }
            for spec in book.parameters.values()
        },
        "lists": {item.id: {"title": item.title, "cites": list(item.cites), "digest": _list(item)} for item in book.lists.values()},
        "definitions": {
            item.name: {"title": item.title, "cites": [], "digest": _digest(expression_text(item.body))}
            for item in book.definitions.values()
        },
    }  # fmt: skip


def _rule(law: Law, rule: Rule, exceptions: tuple[str, ...]) -> dict[str, Any]:
    reads = reads_of(law.book, rule.when)
    first, last = law.book.validity[rule.id][:2] if rule.id in law.book.validity else (None, None)
    return {
        "title": rule.title, "cites": list(rule.cites), "from": _day(first), "to": _day(last),
        "deciding": _digest([expression_text(rule.when), [str(effect) for effect in rule.effects], rule.strength, sorted(exceptions)]),
        "wording": _digest([rule.title, rule.then, rule.due, list(rule.cites), list(rule.notes)]),
        "reads": {"parameters": sorted(reads.parameters), "lists": sorted(reads.lists), "definitions": sorted(reads.definitions)},
    }  # fmt: skip


def _list(item: CodeList) -> str:
    told: list[Any] = [item.vocab, list(item.codes), list(item.open_within)]
    told += [[_day(one.first), list(one.codes), list(one.open_within)] for one in item.versions]
    return _digest(told)


def _day(value: date | None) -> str | None:
    return None if value is None or value in (date.min, date.max) else value.isoformat()


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]
