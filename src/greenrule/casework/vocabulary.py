"""The facts a project may state, as a table for people and programs."""

from __future__ import annotations

from typing import Any

from greenrule.backends.scalar import Program
from greenrule.backends.situation import members
from greenrule.packs.book import Law
from greenrule.rules.nodes import Defined, Fact, In, Node, Under


def fact_table(law: Law, industry: str | None = None) -> list[dict[str, Any]]:
    """All facts, or those that rules read which may concern an industry (code or name)."""
    book = law.book
    wanted: set[str] | None = None
    if industry is not None:
        code = law.industries.read(industry)
        found = members(book.vocabularies["gbt4754"], [code])
        program = Program(book, max(first for first, *_ in book.validity.values()))
        wanted = set()
        for step in program.steps:
            if step.body is not None and step.name in book.rules and program.passes(step, found):
                wanted |= _facts(law, step.body)
    return [
        {"id": spec.id, "kind": spec.kind.form, "unit": spec.unit or None, "vocab": spec.kind.vocab,
         "label": {"zh": spec.zh, "en": spec.en}, "question": spec.question, "group": spec.group,
         "derived_from_place": spec.place is not None, "note": spec.note}
        for spec in book.facts.values() if wanted is None or spec.id in wanted
    ]  # fmt: skip


def _facts(law: Law, node: Node) -> set[str]:
    out: set[str] = set()
    for part in node.walk():
        if isinstance(part, Fact):
            out.add(part.id)
        elif isinstance(part, (In, Under)):
            out.add(part.fact)
        elif isinstance(part, Defined):
            out |= _facts(law, law.book.definitions[part.name].body)
    return out
